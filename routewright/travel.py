"""Travel between locations: a metric over coordinates, or matrices.

Every value is an integer in internal units (see `problem.Scale`).
A metric is a raw formula, a rounding rule, and a scale, so that
``distance = rule(scale * formula(a, b))``. No n x n matrix is built for coordinates.

References
----------
Reinelt, G. (1995). *TSPLIB95*, section 2 (edge weight functions).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum, unique

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
#: Indices of locations.
Indices = Sequence[int] | npt.NDArray[np.integer]

#: Distance and duration of an arc that cannot be traveled, in internal units.
UNREACHABLE = 1 << 44
#: Stands for "no limit" in windows and limits, in internal units.
UNLIMITED = 1 << 60
#: Largest magnitude of any finite input value, in internal units (exact in a float).
MAX_VALUE = 1 << 53

EARTH_RADIUS_METERS = 6_371_008.8  # IUGG mean radius
FLOOR_SLACK = 1e-9  # a computed 2.9999999999 that stands for 3 must not become 2


@unique
class MetricKind(IntEnum):
    """Formulas over coordinates; the integer codes are those that kernels switch on."""

    EUCLIDEAN = 0
    MANHATTAN = 1
    MAXIMUM = 2
    ATT = 3
    GEO = 4  # TSPLIB: DDD.MM, latitude first, kilometers
    GEOM = 5  # LKH: decimal degrees, latitude first, meters
    HAVERSINE = 6  # decimal degrees, longitude first, meters
    TOROIDAL = 7
    XRAY1 = 8
    XRAY2 = 9
    GEO_MEEUS = 10
    GEOM_MEEUS = 11


@unique
class RoundingRule(IntEnum):
    """How a scaled real distance becomes an integer; the codes are those of kernels."""

    NINT = 0
    FLOOR = 1
    CEIL = 2


@unique
class Rounding(StrEnum):
    """Rounding conventions of the benchmark sets, as offered to users.

    ``none`` keeps doubles to one millionth; ``nint`` is int(d + 0.5); ``trunc`` is
    floor(d); ``dec1`` is floor(10 d) / 10 (DIMACS); ``exact`` is nint(1000 d) / 1000.
    """

    NONE = "none"
    NINT = "nint"
    TRUNC = "trunc"
    DEC1 = "dec1"
    EXACT = "exact"

    @property
    def rule(self) -> RoundingRule:
        """The integer rule that the convention applies after scaling."""
        floors = (Rounding.TRUNC, Rounding.DEC1)
        return RoundingRule.FLOOR if self in floors else RoundingRule.NINT

    @property
    def scale(self) -> int:
        """Internal units per user unit of distance."""
        return {"none": 1_000_000, "nint": 1, "trunc": 1, "dec1": 10, "exact": 1000}[self.value]


@dataclass(frozen=True, slots=True)
class Metric:
    """A distance formula over coordinates with its rounding.

    Parameters
    ----------
    kind
        The formula.
    rule
        How the scaled value becomes an integer.
    scale
        Internal units per unit of the formula.
    period
        Side of the torus, for ``TOROIDAL`` only.
    """

    kind: MetricKind = MetricKind.EUCLIDEAN
    rule: RoundingRule = RoundingRule.NINT
    scale: int = 1
    period: float = 0.0

    @classmethod
    def euclidean(cls, rounding: Rounding | str = Rounding.NONE) -> Metric:
        """Return the Euclidean metric under one of the users' rounding conventions."""
        rounding = Rounding(rounding)
        return cls(MetricKind.EUCLIDEAN, rounding.rule, rounding.scale)

    @classmethod
    def haversine(cls) -> Metric:
        """Return great-circle distances in whole meters over (longitude, latitude)."""
        return cls(MetricKind.HAVERSINE, RoundingRule.NINT, 1)

    def raw(self, a: FloatArray, b: FloatArray) -> FloatArray:
        """Unrounded distances between rows of ``a`` and ``b`` (broadcast, last axis 2 or 3)."""
        return _FORMULAS[self.kind](self, a, b)

    def __call__(self, a: FloatArray, b: FloatArray) -> IntArray:
        """Distances in internal units between rows of ``a`` and ``b`` (broadcast)."""
        scaled = self.raw(a, b) * self.scale
        if self.rule is RoundingRule.FLOOR:
            rounded = np.floor(scaled + FLOOR_SLACK)
        elif self.rule is RoundingRule.CEIL:
            rounded = np.ceil(scaled - FLOOR_SLACK)
        else:
            rounded = np.floor(scaled + 0.5)
        return rounded.astype(np.int64)


def _euclidean(_: Metric, a: FloatArray, b: FloatArray) -> FloatArray:
    d = a - b
    return np.asarray(np.sqrt((d * d).sum(axis=-1)))


def _manhattan(_: Metric, a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(np.abs(a - b).sum(axis=-1))


def _maximum(metric: Metric, a: FloatArray, b: FloatArray) -> FloatArray:
    # TSPLIB 2.3: MAX_2D rounds each component before taking the maximum.
    d = np.abs(a - b)
    if metric.rule is RoundingRule.NINT:
        d = np.floor(d * metric.scale + 0.5) / metric.scale
    return np.asarray(d.max(axis=-1))


def _att(_: Metric, a: FloatArray, b: FloatArray) -> FloatArray:
    d = a - b
    r = np.sqrt((d * d).sum(axis=-1) / 10.0)
    t = np.floor(r + 0.5)
    return np.asarray(np.where(t < r, t + 1.0, t))


def _radians_ddd_mm(x: FloatArray) -> FloatArray:
    degrees = np.trunc(x)
    return np.asarray(3.141592 * (degrees + 5.0 * (x - degrees) / 3.0) / 180.0)


def _spherical(
    radius: float,
    lat_a: FloatArray,
    lon_a: FloatArray,
    lat_b: FloatArray,
    lon_b: FloatArray,
) -> FloatArray:
    q1 = np.cos(lon_a - lon_b)
    q2 = np.cos(lat_a - lat_b)
    q3 = np.cos(lat_a + lat_b)
    cosine = np.clip(0.5 * ((1.0 + q1) * q2 - (1.0 - q1) * q3), -1.0, 1.0)
    # The "+ 1.0" is part of TSPLIB's formula: two cities at one place are 1 apart.
    return np.asarray(radius * np.arccos(cosine) + 1.0)


def _geo(_: Metric, a: FloatArray, b: FloatArray) -> FloatArray:
    ra, rb = _radians_ddd_mm(a), _radians_ddd_mm(b)
    return _spherical(6378.388, ra[..., 0], ra[..., 1], rb[..., 0], rb[..., 1])


def _geom(_: Metric, a: FloatArray, b: FloatArray) -> FloatArray:
    ra, rb = np.asarray(np.pi * a / 180.0), np.asarray(np.pi * b / 180.0)
    return _spherical(6378388.0, ra[..., 0], ra[..., 1], rb[..., 0], rb[..., 1])


def _haversine(_: Metric, a: FloatArray, b: FloatArray) -> FloatArray:
    ra, rb = np.radians(a), np.radians(b)
    lon, lat = ra[..., 0] - rb[..., 0], ra[..., 1] - rb[..., 1]
    h = np.sin(lat / 2) ** 2 + np.cos(ra[..., 1]) * np.cos(rb[..., 1]) * np.sin(lon / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_METERS * np.arcsin(np.sqrt(np.clip(h, 0.0, 1.0))))


def _toroidal(metric: Metric, a: FloatArray, b: FloatArray) -> FloatArray:
    d = np.abs(a - b) % metric.period
    d = np.minimum(d, metric.period - d)
    return np.asarray(np.sqrt((d * d).sum(axis=-1)))


def _xray(metric: Metric, a: FloatArray, b: FloatArray) -> FloatArray:
    # TSPLIB 2.7, Bland and Shallcross: three motors move at once.
    d = np.abs(a - b)
    x = np.minimum(d[..., 0], np.abs(d[..., 0] - 360.0))
    if metric.kind is MetricKind.XRAY1:
        return np.asarray(100.0 * np.maximum(np.maximum(x, d[..., 1]), d[..., 2]))
    slowed = np.maximum(np.maximum(x / 1.25, d[..., 1] / 1.5), d[..., 2] / 1.15)
    return np.asarray(100.0 * slowed)


def _meeus(metric: Metric, a: FloatArray, b: FloatArray) -> FloatArray:
    """Ellipsoidal distance; Meeus, *Astronomical Algorithms*, chapter 11 (as LKH uses it)."""
    kilometers = metric.kind is MetricKind.GEO_MEEUS
    ra = _radians_ddd_mm(a) if kilometers else np.radians(a)
    rb = _radians_ddd_mm(b) if kilometers else np.radians(b)
    f, g = (ra[..., 0] + rb[..., 0]) / 2, (ra[..., 0] - rb[..., 0]) / 2
    half = (ra[..., 1] - rb[..., 1]) / 2
    sin2g, cos2g = np.sin(g) ** 2, np.cos(g) ** 2
    sin2f, cos2f = np.sin(f) ** 2, np.cos(f) ** 2
    sin2l, cos2l = np.sin(half) ** 2, np.cos(half) ** 2
    s, c = sin2g * cos2l + cos2f * sin2l, cos2g * cos2l + sin2f * sin2l
    with np.errstate(divide="ignore", invalid="ignore"):
        w = np.arctan(np.sqrt(s / c))
        r = np.sqrt(s * c) / w
        h1, h2 = (3 * r - 1) / (2 * c), (3 * r + 1) / (2 * s)
        flat = 1.0 / 298.257
        d = 2 * w * 6378.137 * (1 + flat * (h1 * sin2f * cos2g - h2 * cos2f * sin2g))
    d = np.where(s == 0.0, 0.0, d)
    return np.asarray(d if kilometers else 1000.0 * d)


_FORMULAS = {
    MetricKind.EUCLIDEAN: _euclidean,
    MetricKind.MANHATTAN: _manhattan,
    MetricKind.MAXIMUM: _maximum,
    MetricKind.ATT: _att,
    MetricKind.GEO: _geo,
    MetricKind.GEOM: _geom,
    MetricKind.HAVERSINE: _haversine,
    MetricKind.TOROIDAL: _toroidal,
    MetricKind.XRAY1: _xray,
    MetricKind.XRAY2: _xray,
    MetricKind.GEO_MEEUS: _meeus,
    MetricKind.GEOM_MEEUS: _meeus,
}


def _indices(values: Indices) -> npt.NDArray[np.intp]:
    # An empty list alone would become an array of floats.
    return np.asarray(values, dtype=np.intp)


@dataclass(frozen=True, eq=False)
class CoordinateTravel:
    """Travel computed from coordinates; memory is linear in the number of locations.

    Parameters
    ----------
    coordinates
        Shape (locations, 2 or 3), in the metric's own units.
    metric
        Distance formula, rounding, and scale.
    duration_factor
        Internal units of time per internal unit of distance (1 / speed);
        ``duration = nint(distance * duration_factor)``.
    """

    coordinates: FloatArray
    metric: Metric
    duration_factor: float = 1.0

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, CoordinateTravel)
            and self.metric == other.metric
            and self.duration_factor == other.duration_factor
            and np.array_equal(self.coordinates, other.coordinates)
        )

    __hash__ = None  # type: ignore[assignment]

    @property
    def num_locations(self) -> int:
        """Number of locations."""
        return len(self.coordinates)

    def distances(self, origins: Indices, destinations: Indices) -> IntArray:
        """Distances of the arcs origin[k] -> destination[k], in internal units."""
        i, j = _indices(origins), _indices(destinations)
        d = self.metric(self.coordinates[i], self.coordinates[j])
        return np.where(i == j, 0, d)

    def durations(self, origins: Indices, destinations: Indices) -> IntArray:
        """Durations of the arcs origin[k] -> destination[k], in internal units."""
        return self._duration(self.distances(origins, destinations))

    def distance_matrix(self) -> IntArray:
        """Return the full (locations, locations) matrix; for small problems only."""
        c = self.coordinates
        d = self.metric(c[:, None, :], c[None, :, :])
        np.fill_diagonal(d, 0)
        return d

    def duration_matrix(self) -> IntArray:
        """Return the full (locations, locations) matrix of durations."""
        return self._duration(self.distance_matrix())

    def _duration(self, distance: IntArray) -> IntArray:
        if self.duration_factor == 1.0:
            return distance
        return np.asarray(np.floor(distance * self.duration_factor + 0.5).astype(np.int64))

    @property
    def is_symmetric(self) -> bool:
        """Whether every arc equals its reverse."""
        return True

    @property
    def has_unreachable(self) -> bool:
        """Whether some arc cannot be traveled."""
        return False


@dataclass(frozen=True, eq=False)
class MatrixTravel:
    """Travel given by matrices of integers in internal units.

    Parameters
    ----------
    distance, duration
        Shape (locations, locations), int64; ``UNREACHABLE`` where no way exists.
    coordinates
        Shape (locations, 2), for pictures only; or None.
    """

    distance: IntArray
    duration: IntArray
    coordinates: FloatArray | None = None
    _cache: dict[str, bool] = field(default_factory=dict, repr=False)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, MatrixTravel)
            and np.array_equal(self.distance, other.distance)
            and np.array_equal(self.duration, other.duration)
        )

    __hash__ = None  # type: ignore[assignment]

    @property
    def num_locations(self) -> int:
        """Number of locations."""
        return len(self.distance)

    def distances(self, origins: Indices, destinations: Indices) -> IntArray:
        """Distances of the arcs origin[k] -> destination[k], in internal units."""
        return np.asarray(self.distance[_indices(origins), _indices(destinations)])

    def durations(self, origins: Indices, destinations: Indices) -> IntArray:
        """Durations of the arcs origin[k] -> destination[k], in internal units."""
        return np.asarray(self.duration[_indices(origins), _indices(destinations)])

    def distance_matrix(self) -> IntArray:
        """Return the (locations, locations) matrix of distances."""
        return self.distance

    def duration_matrix(self) -> IntArray:
        """Return the (locations, locations) matrix of durations."""
        return self.duration

    @property
    def is_symmetric(self) -> bool:
        """Whether every arc equals its reverse, in distance and in duration."""
        if "symmetric" not in self._cache:
            self._cache["symmetric"] = bool(
                np.array_equal(self.distance, self.distance.T)
                and np.array_equal(self.duration, self.duration.T)
            )
        return self._cache["symmetric"]

    @property
    def has_unreachable(self) -> bool:
        """Whether some arc cannot be traveled."""
        return bool((self.distance >= UNREACHABLE).any() or (self.duration >= UNREACHABLE).any())


Travel = CoordinateTravel | MatrixTravel
