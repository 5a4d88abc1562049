"""Travel: every metric against formulas coded again, one pair of points at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import routewright as rw
from routewright.travel import CoordinateTravel, Metric, MetricKind, Rounding, RoundingRule
from routewright.validate_travel import arc_bound, duration_bound

M = MetricKind
Point = Sequence[float]

# The formulas of TSPLIB95 and LKH, as they are written down ----------------------------


def nint(x: float) -> int:
    return int(x + 0.5)


def euc(a: Point, b: Point) -> float:
    return math.dist(a, b)


def man(a: Point, b: Point) -> float:
    return sum(abs(p - q) for p, q in zip(a, b, strict=True))


def maximum(a: Point, b: Point) -> float:
    return max(nint(abs(p - q)) for p, q in zip(a, b, strict=True))


def att(a: Point, b: Point) -> float:
    r = math.sqrt(sum((p - q) ** 2 for p, q in zip(a, b, strict=True)) / 10.0)
    t = nint(r)
    return t + 1 if t < r else t


def radians(x: float) -> float:
    degrees = int(x)
    minutes = x - degrees
    return 3.141592 * (degrees + 5.0 * minutes / 3.0) / 180.0


def sphere(radius: float, angle: Callable[[float], float], a: Point, b: Point) -> float:
    (lat_a, lon_a), (lat_b, lon_b) = map(angle, a), map(angle, b)
    q1, q2, q3 = math.cos(lon_a - lon_b), math.cos(lat_a - lat_b), math.cos(lat_a + lat_b)
    inside = 0.5 * ((1.0 + q1) * q2 - (1.0 - q1) * q3)
    return radius * math.acos(max(-1.0, min(1.0, inside))) + 1.0


def geo(a: Point, b: Point) -> float:
    return sphere(6378.388, radians, a, b)


def geom(a: Point, b: Point) -> float:
    return sphere(6378388.0, math.radians, a, b)


def haversine(a: Point, b: Point) -> float:
    """Great circle by the angle between unit vectors: another formula altogether."""

    def vector(p: Point) -> list[float]:
        lon, lat = map(math.radians, p)
        return [math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)]

    u, v = vector(a), vector(b)
    cross = [u[i - 2] * v[i - 1] - u[i - 1] * v[i - 2] for i in range(3)]
    return 6_371_008.8 * math.atan2(
        math.hypot(*cross), sum(p * q for p, q in zip(u, v, strict=True))
    )


def torus(a: Point, b: Point) -> float:
    wrapped = [min(abs(p - q), 100.0 - abs(p - q)) for p, q in zip(a, b, strict=True)]
    return math.hypot(*wrapped)


def xray(slow_x: float, slow_y: float, slow_z: float) -> Callable[[Point, Point], float]:
    def formula(a: Point, b: Point) -> float:
        phi = abs(a[0] - b[0])
        phi = min(phi, abs(phi - 360.0))
        return 100.0 * max(phi / slow_x, abs(a[1] - b[1]) / slow_y, abs(a[2] - b[2]) / slow_z)

    return formula


def andoyer(scale: float, angle: Callable[[float], float]) -> Callable[[Point, Point], float]:
    """Meeus, Astronomical Algorithms, chapter 11, in the notation of the book."""

    def formula(a: Point, b: Point) -> float:
        (phi1, l1), (phi2, l2) = map(angle, a), map(angle, b)
        f, g, lam = (phi1 + phi2) / 2, (phi1 - phi2) / 2, (l1 - l2) / 2
        sin, cos = math.sin, math.cos
        s = sin(g) ** 2 * cos(lam) ** 2 + cos(f) ** 2 * sin(lam) ** 2
        c = cos(g) ** 2 * cos(lam) ** 2 + sin(f) ** 2 * sin(lam) ** 2
        if s == 0:
            return 0.0
        w = math.atan(math.sqrt(s / c))
        r = math.sqrt(s * c) / w
        d, h1, h2 = 2 * w * 6378.137, (3 * r - 1) / (2 * c), (3 * r + 1) / (2 * s)
        flattening = 1 / 298.257
        up = flattening * h1 * sin(f) ** 2 * cos(g) ** 2
        return scale * d * (1 + up - flattening * h2 * cos(f) ** 2 * sin(g) ** 2)

    return formula


PLANE = st.tuples(*[st.floats(-1000, 1000)] * 2)
SPACE = st.tuples(*[st.floats(-1000, 1000)] * 3)
TORUS = st.tuples(*[st.floats(0, 99)] * 2)
LAT_LON = st.tuples(st.floats(-80, 80), st.floats(-179, 179))
LON_LAT = st.tuples(st.floats(-179, 179), st.floats(-80, 80))
DDD_MM = st.tuples(
    *[
        st.builds(
            lambda d, m: d + math.copysign(m, d) / 100, st.integers(-80, 80), st.integers(0, 59)
        )
    ]
    * 2
)

FORMULAS = [
    (Metric(M.EUCLIDEAN), euc, PLANE),
    (Metric(M.EUCLIDEAN), euc, SPACE),
    (Metric(M.MANHATTAN), man, PLANE),
    (Metric(M.MANHATTAN), man, SPACE),
    (Metric(M.MAXIMUM), maximum, PLANE),
    (Metric(M.MAXIMUM), maximum, SPACE),
    (Metric(M.ATT), att, PLANE),
    (Metric(M.GEO, RoundingRule.FLOOR), geo, DDD_MM),
    (Metric(M.GEOM, RoundingRule.FLOOR), geom, LAT_LON),
    (Metric.haversine(), haversine, LON_LAT),
    (Metric(M.TOROIDAL, period=100.0), torus, TORUS),
    (Metric(M.XRAY1), xray(1, 1, 1), SPACE),
    (Metric(M.XRAY2), xray(1.25, 1.5, 1.15), SPACE),
    (Metric(M.GEO_MEEUS), andoyer(1.0, radians), DDD_MM),
    (Metric(M.GEOM_MEEUS), andoyer(1000.0, math.radians), LAT_LON),
]
NAMES = [f"{metric.kind.name}-{i}" for i, (metric, _, _) in enumerate(FORMULAS)]
each_metric = pytest.mark.parametrize(("metric", "formula", "points"), FORMULAS, ids=NAMES)


def test_every_metric_is_tested() -> None:
    assert {metric.kind for metric, _, _ in FORMULAS} == set(M)


@each_metric
@given(data=st.data())
def test_formula(metric: Metric, formula: Any, points: Any, data: st.DataObject) -> None:
    a, b = data.draw(points), data.draw(points)
    (found,) = metric.raw(np.array([a]), np.array([b]))
    # Angles near 0 cost the arc cosine half of the digits: 1e-8 of an Earth radius.
    slack = 1.0 if metric.kind is M.GEOM else 1e-3
    assert found == pytest.approx(formula(a, b), rel=1e-6, abs=slack)


@each_metric
@given(data=st.data())
def test_arcs_agree_with_the_matrix(
    metric: Metric, formula: Any, points: Any, data: st.DataObject
) -> None:
    """Also: symmetric, nothing negative, and 0 from a location to itself."""
    places = np.array(data.draw(st.lists(points, min_size=1, max_size=6)))
    travel = CoordinateTravel(places, metric, duration_factor=0.75)
    matrix, times = travel.distance_matrix(), travel.duration_matrix()
    size = range(len(places))
    arcs = [(i, j) for i in size for j in size]
    origins, destinations = zip(*arcs, strict=True)
    assert travel.distances(origins, destinations).tolist() == matrix.ravel().tolist()
    assert travel.durations(origins, destinations).tolist() == times.ravel().tolist()
    assert (matrix == matrix.T).all()
    assert (matrix >= 0).all()
    assert not matrix.diagonal().any()
    assert (times == np.floor(matrix * 0.75 + 0.5)).all()
    assert matrix.dtype == times.dtype == np.int64


# Examples with known answers -----------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "a", "b", "expected"),
    [
        # TSPLIB95, section 2; ulysses16.tsp, cities 1 and 2, whose optimal tour is 6859
        (Metric(M.GEO, RoundingRule.FLOOR), (38.24, 20.42), (39.57, 26.15), 509),
        # att48.tsp, cities 1 and 2, whose optimal tour is 10628
        (Metric(M.ATT), (6734, 1453), (2233, 10), 1495),
        (Metric(M.EUCLIDEAN, RoundingRule.CEIL), (0, 0), (1, 1), 2),
        (Metric(M.EUCLIDEAN, RoundingRule.CEIL), (0, 0), (3, 4), 5),
        (Metric(M.EUCLIDEAN), (0, 0, 0), (2, 3, 6), 7),
        (Metric(M.MAXIMUM), (0, 0), (2.5, -1), 3),
        (Metric(M.MANHATTAN), (0, 0), (2.25, -1.25), 4),
        (Metric(M.TOROIDAL, period=10.0), (1, 1), (9, 9), 3),
        (Metric(M.TOROIDAL, period=10.0), (1, 1), (11, 21), 0),
        (Metric(M.XRAY1), (350, 0, 0), (10, 5, 3), 2000),
        (Metric(M.XRAY2), (350, 0, 0), (10, 30, 3), 2000),
    ],
)
def test_known_distances(metric: Metric, a: Point, b: Point, expected: int) -> None:
    assert metric(np.array(a), np.array(b)) == expected


def test_a_sphere_of_kilometers_puts_two_cities_at_one_place_1_apart() -> None:
    travel = CoordinateTravel(np.array([[10.0, 10.0]] * 2), Metric(M.GEO, RoundingRule.FLOOR))
    assert travel.distance_matrix().tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize("metric", [Metric.haversine(), Metric(M.GEOM_MEEUS), Metric(M.GEOM)])
def test_berlin_to_paris(metric: Metric) -> None:
    """878 km in every atlas; longitude comes first for great circles alone."""
    berlin, paris = (13.405, 52.52), (2.3522, 48.8566)
    if metric.kind is not M.HAVERSINE:
        berlin, paris = berlin[::-1], paris[::-1]
    assert metric(np.array(berlin), np.array(paris)) == pytest.approx(878_000, rel=0.005)


# Rounding ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rounding", "length", "internal"),
    [
        (Rounding.NINT, 0.5, 1),  # not half to even
        (Rounding.NINT, 2.5, 3),
        (Rounding.NINT, 2.4999, 2),
        (Rounding.TRUNC, 2.9999, 2),
        (Rounding.TRUNC, 3.0, 3),
        (Rounding.DEC1, 2.59, 25),
        (Rounding.DEC1, 2.6, 26),
        (Rounding.EXACT, 1.23449, 1234),
        (Rounding.EXACT, 1.2345, 1235),
        (Rounding.NONE, 1.2345678, 1_234_568),
    ],
)
def test_rounding_conventions(rounding: Rounding, length: float, internal: int) -> None:
    metric = Metric.euclidean(rounding)
    assert metric.scale == rounding.scale
    assert metric(np.array([0.0, 0.0]), np.array([length, 0.0])) == internal
    assert metric(np.array([0.0, length]), np.array([0.0, 0.0])) == internal


@given(st.integers(0, 9999), st.integers(0, 9999))
@example(9, 12)  # 1.2 - 0.9 is a little less than 0.3 in binary
@example(8, 11)  # 1.1 - 0.8 is a little more
def test_whole_tenths_survive_rounding_down_and_up(a: int, b: int) -> None:
    places = np.array([a / 10]), np.array([b / 10])
    for rule in RoundingRule:
        assert Metric(M.EUCLIDEAN, rule, scale=10)(*places) == abs(a - b)
    assert Metric.euclidean("dec1")(*places) == abs(a - b)


@given(st.lists(PLANE, min_size=2, max_size=2, unique=True), st.sampled_from(list(Rounding)))
def test_rounding_is_off_by_less_than_a_unit(places: list[Point], rounding: Rounding) -> None:
    found = Metric.euclidean(rounding)(np.array(places[0]), np.array(places[1])) / rounding.scale
    off = found - math.dist(*places)
    unit = 1 / rounding.scale
    floors = rounding in (Rounding.TRUNC, Rounding.DEC1)
    low, high = (-unit, 0) if floors else (-unit / 2, unit / 2)
    assert low - 1e-8 <= off <= high + 1e-8


# Matrices ---------------------------------------------------------------------------------


@given(st.integers(0, 1000), st.integers(1, 6))
def test_matrix_arcs(seed: int, size: int) -> None:
    distance, duration = np.random.default_rng(seed).integers(0, 50, (2, size, size))
    travel = rw.MatrixTravel(distance, duration)
    origins, destinations = np.divmod(np.arange(size * size), size)
    assert travel.distances(origins, destinations).tolist() == distance.ravel().tolist()
    assert travel.durations(origins, destinations).tolist() == duration.ravel().tolist()
    assert travel.distances([], []).tolist() == []
    symmetric = (distance == distance.T).all() and (duration == duration.T).all()
    assert travel.is_symmetric == symmetric


def test_missing_arcs_are_seen() -> None:
    near, gap = np.ones((2, 2), dtype=np.int64), np.ones((2, 2), dtype=np.int64)
    gap[0, 1] = rw.UNREACHABLE
    assert not rw.MatrixTravel(near, near).has_unreachable
    assert rw.MatrixTravel(near, gap).has_unreachable
    assert rw.MatrixTravel(gap, near).has_unreachable


def test_equality_is_that_of_the_numbers() -> None:
    points = np.array([[0.0, 0.0], [3.0, 4.0]])
    plain = CoordinateTravel(points, Metric())
    assert plain == CoordinateTravel(points.copy(), Metric())
    assert plain != CoordinateTravel(points + 1, Metric())
    assert plain != CoordinateTravel(points, Metric(M.MANHATTAN))
    assert plain != CoordinateTravel(points, Metric(), 2.0)
    matrix = plain.distance_matrix()
    assert plain != rw.MatrixTravel(matrix, matrix)
    assert rw.MatrixTravel(matrix, matrix) == rw.MatrixTravel(matrix.copy(), matrix)
    assert rw.MatrixTravel(matrix, matrix) != rw.MatrixTravel(matrix, matrix + 1)


@given(st.data())
def test_no_arc_is_above_the_bound_that_guards_against_overflow(data: st.DataObject) -> None:
    metric, _, points = data.draw(st.sampled_from(FORMULAS))
    places = np.array(data.draw(st.lists(points, min_size=1, max_size=6)))
    travel = CoordinateTravel(places, metric, data.draw(st.floats(0, 3)))
    assert travel.distance_matrix().max() <= arc_bound(travel)
    assert travel.duration_matrix().max() <= duration_bound(travel)
