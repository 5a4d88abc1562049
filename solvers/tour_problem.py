"""A problem of one vehicle as a tour through cities.

The cities are the clients, the depots where the vehicle starts and ends, and, for a path
that does not return to its start, one more that stands for the gap between its end and its
start: it costs nothing beside the ends that are fixed, and more than any tour elsewhere.
Cities are numbered along a space-filling curve, so that near ones are near in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from routewright.problem import Problem
from routewright.solution import Solution
from routewright.travel import UNREACHABLE, CoordinateTravel, FloatArray, IntArray, MetricKind

from .kernels.tour_state import MATRIX, OTHER, PLANE, TourArrays
from .neighbors import in_space, nearest_in_matrix, nearest_in_space

#: Up to so many cities, costs that are not Euclidean are kept in a matrix (128 MB).
_MOST_IN_MATRIX = 4000
#: Tours must cost less than this, so that sums with fractions of it stay exact in floats.
LARGEST_TOUR = 1 << 52


@dataclass(frozen=True)
class TourProblem:
    """Cities and what it costs to go from one to another.

    Parameters
    ----------
    problem
        The problem, of one vehicle.
    nodes
        Node of each city, shape (N,); -1 for the gap of a path.
    first, last
        Cities where the vehicle starts and ends; -1 where that is free.
    arrays
        Costs for kernels, without neighbors yet. The matrix may be asymmetric.
    unit
        Internal cost units of one unit of these costs.
    constant
        What every plan costs besides, in internal cost units.
    bonus
        Subtracted from the cost of each edge that the problem fixes.
    """

    problem: Problem
    nodes: IntArray
    first: int
    last: int
    arrays: TourArrays
    unit: int
    constant: int
    bonus: int = 0

    @property
    def size(self) -> int:
        """Number of cities, the gap included."""
        return len(self.nodes)

    @cached_property
    def is_symmetric(self) -> bool:
        """Whether costs are the same in both directions."""
        return self.arrays.mode != MATRIX or bool(
            (self.arrays.matrix == self.arrays.matrix.T).all()
        )

    def solution(self, tour: np.ndarray) -> Solution:
        """Return a tour as a plan."""
        order = self._turned(np.asarray(tour, dtype=np.int64))
        visits = self.nodes[order] - self.problem.num_depots
        return Solution.from_visits([visits[visits >= 0].tolist()])

    def _turned(self, tour: IntArray) -> IntArray:
        """The tour from where the vehicle starts, in the direction in which it drives."""
        anchor = self.arrays.ends if self.arrays.ends >= 0 else self.first
        at = int(np.flatnonzero(tour == anchor)[0])
        order = np.roll(tour, -at)
        if self.arrays.ends < 0 or not self.is_symmetric:
            return order
        backward = np.concatenate([order[:1], order[:0:-1]])
        is_right = order[1] == self.first if self.first >= 0 else order[-1] == self.last
        return order if is_right or (self.first < 0 and self.last < 0) else backward

    def tour(self, solution: Solution) -> IntArray | None:
        """Return a plan of one route through all clients as a tour; None if it is not one."""
        if len(solution.routes) != 1:
            return None
        visits = solution.routes[0].visits
        if sorted(visits) != list(range(self.problem.num_clients)):
            return None
        city = np.full(self.problem.num_depots + self.problem.num_clients, -1, dtype=np.int64)
        real = self.nodes >= 0
        city[self.nodes[real]] = np.flatnonzero(real)
        middle = city[np.asarray(visits, dtype=np.int64) + self.problem.num_depots]
        start = [self.first] if self.first >= 0 else []
        end = [self.last] if self.last >= 0 and self.last != self.first else []
        gap = [self.arrays.ends] if self.arrays.ends >= 0 else []
        return np.concatenate([gap, start, middle, end]).astype(np.int64)

    def cost(self, tour_cost: int) -> int:
        """Cost of a plan in internal units, from that of its tour."""
        return self.length(tour_cost) * self.unit + self.constant

    def length(self, tour_cost: int) -> int:
        """Cost of a tour without what the gap and fixed edges add to it and take away."""
        real = tour_cost + self.bonus * len(self.problem.fixed_edges)
        if self.arrays.ends >= 0 and self.is_symmetric:
            real -= int(self.arrays.ends_cost.max()) if min(self.first, self.last) < 0 else 0
        return real


def tour_problem(problem: Problem) -> TourProblem:
    """Return a problem of one vehicle as a tour."""
    vehicle = problem.vehicle_types[0]
    first = problem.num_depots
    clients = np.arange(first, first + problem.num_clients, dtype=np.int64)
    depots = [d for d in dict.fromkeys([vehicle.start, vehicle.end]) if d is not None]
    nodes = np.concatenate([np.array(depots, dtype=np.int64), clients])
    location = np.array([problem.node_location(int(v)) for v in nodes], dtype=np.int64)
    travel = problem.travels[vehicle.profile]
    if isinstance(travel, CoordinateTravel):
        order = curve_order(in_space(travel, location))
        nodes, location = nodes[order], location[order]
    city = {int(v): i for i, v in enumerate(nodes[:])} if depots else {}
    start = -1 if vehicle.start is None else city[vehicle.start]
    end = -1 if vehicle.end is None else city[vehicle.end]
    arrays, unit = _arrays(problem, location)
    arrays, bonus = _with_fixed_edges(problem, arrays, nodes)
    if start != end or start < 0:
        nodes = np.append(nodes, -1)
        arrays = _with_gap(arrays, start, end, bool(problem.precedences))
    return TourProblem(problem, nodes, start, end, arrays, unit, _constant(problem), bonus)


def _constant(problem: Problem) -> int:
    """What does not depend on the order: the vehicle, and time spent at the stops."""
    vehicle = problem.vehicle_types[0]
    service = sum(client.service for client in problem.clients)
    if vehicle.start is not None:
        service += problem.depots[vehicle.start].service
    return vehicle.fixed_cost + vehicle.unit_duration_cost * service


def has_time_costs(problem: Problem) -> bool:
    """Whether time costs something that distance does not tell."""
    return any(v.unit_duration_cost for v in problem.vehicle_types)


def _arrays(problem: Problem, location: IntArray) -> tuple[TourArrays, int]:
    """Costs between locations without neighbors, and the cost of one unit of them."""
    vehicle = problem.vehicle_types[0]
    travel = problem.travels[vehicle.profile]
    n, unit = len(location), vehicle.unit_distance_cost
    mode, matrix, xy = OTHER, np.zeros((0, 0), dtype=np.int64), np.zeros((0, 2))
    points = np.zeros((n, 3))
    kind, rule, scale, period = -1, 0, 1.0, 1.0
    if isinstance(travel, CoordinateTravel):
        metric = travel.metric
        kind, rule = int(metric.kind), int(metric.rule)
        scale, period = float(metric.scale), float(metric.period)
        points[:, : travel.coordinates.shape[1]] = travel.coordinates[location]
        if metric.kind is MetricKind.EUCLIDEAN and travel.coordinates.shape[1] == 2:
            mode, xy = PLANE, np.ascontiguousarray(points[:, :2])
    timed = has_time_costs(problem)
    needs_matrix = not isinstance(travel, CoordinateTravel) or timed or problem.precedences
    if needs_matrix or problem.fixed_edges or (mode == OTHER and n <= _MOST_IN_MATRIX):
        mode = MATRIX
        rows, columns = np.repeat(location, n), np.tile(location, n)
        matrix = travel.distances(rows, columns).reshape(n, n)
        if timed:
            duration = travel.durations(rows, columns).reshape(n, n)
            matrix = matrix * unit + duration * vehicle.unit_duration_cost
            unit = 1
        matrix = np.ascontiguousarray(matrix, dtype=np.int64)
    arrays = TourArrays(
        mode=mode,
        rule=rule,
        scale=scale,
        ends=-1,
        matrix=matrix,
        xy=xy,
        ends_cost=np.zeros(n, dtype=np.int64),
        near=np.zeros((n, 0), dtype=np.int32),
        near_cost=np.zeros((n, 0), dtype=np.int64),
        location=np.arange(n, dtype=np.int64),
        distance=np.zeros((1, 0, 0), dtype=np.int64),
        coordinates=np.ascontiguousarray(points[None]),
        metric_kind=np.array([kind]),
        metric_rule=np.array([rule]),
        metric_scale=np.array([scale]),
        metric_period=np.array([period]),
    )
    return arrays, unit


def _with_fixed_edges(
    problem: Problem, arrays: TourArrays, nodes: IntArray
) -> tuple[TourArrays, int]:
    """Costs with a bonus on the edges that must be there, larger than any tour."""
    if not problem.fixed_edges:
        return arrays, 0
    bonus = more_than_any_tour(arrays)
    city = {int(v): i for i, v in enumerate(nodes)}
    matrix = arrays.matrix.copy()
    for a, b in problem.fixed_edges:
        if a in city and b in city:
            matrix[city[a], city[b]] -= bonus
            matrix[city[b], city[a]] -= bonus
    return arrays._replace(matrix=matrix), bonus


def more_than_any_tour(arrays: TourArrays) -> int:
    """An upper bound on the cost of every tour that uses no unreachable arc."""
    n = len(arrays.location)
    if arrays.mode == MATRIX:
        usable = np.where(arrays.matrix < UNREACHABLE, arrays.matrix, 0)
        return int(usable.max(axis=1, initial=0).sum()) + 1
    if arrays.mode == PLANE:
        widths = np.ptp(arrays.xy, axis=0)
        return n * (int(np.hypot(*widths) * arrays.scale) + 2)
    return n * int(4e7 * arrays.metric_scale[0])  # the earth, or any plane of that size


def _with_gap(arrays: TourArrays, start: int, end: int, is_ordered: bool) -> TourArrays:
    """Costs with one more city between the end and the start of a path.

    They stay symmetric, unless the order of the cities matters.
    """
    n = len(arrays.location)
    most = more_than_any_tour(arrays)
    is_free = start < 0 and end < 0
    cost = np.full(n + 1, 0 if is_free else most, dtype=np.int64)
    cost[[c for c in (start, end) if c >= 0] + [n]] = 0
    arrays = arrays._replace(
        ends=n,
        ends_cost=cost,
        location=np.arange(n + 1, dtype=np.int64),
        near=np.zeros((n + 1, 0), dtype=np.int32),
        near_cost=np.zeros((n + 1, 0), dtype=np.int64),
        coordinates=np.ascontiguousarray(np.pad(arrays.coordinates, ((0, 0), (0, 1), (0, 0)))),
    )
    if arrays.mode == PLANE:
        return arrays._replace(xy=np.ascontiguousarray(np.pad(arrays.xy, ((0, 1), (0, 0)))))
    if arrays.mode == MATRIX:
        matrix = np.zeros((n + 1, n + 1), dtype=np.int64)
        matrix[:n, :n] = arrays.matrix
        # From the gap the vehicle goes to its start, and from its end into the gap.
        matrix[n, :n] = 0 if start < 0 else np.where(np.arange(n) == start, 0, most)
        matrix[:n, n] = 0 if end < 0 else np.where(np.arange(n) == end, 0, most)
        if not is_ordered and (arrays.matrix == arrays.matrix.T).all():
            matrix[n, :n] = matrix[:n, n] = cost[:n]
        return arrays._replace(matrix=matrix)
    return arrays


def curve_order(points: FloatArray, bits: int = 16) -> IntArray:
    """Return the order of points along a Hilbert curve through their first two coordinates."""
    if not len(points):
        return np.zeros(0, dtype=np.int64)
    flat = points[:, :2]
    span = max(float(np.ptp(flat, axis=0).max()), 1e-12)
    x, y = ((flat - flat.min(axis=0)) / span * ((1 << bits) - 1)).astype(np.int64).T
    key = np.zeros(len(flat), dtype=np.int64)
    side = 1 << (bits - 1)
    while side:
        right, upper = (x & side) > 0, (y & side) > 0
        key = key * 4 + ((3 * right) ^ upper)
        x, y = x & (side - 1), y & (side - 1)
        flip = ~upper & right
        x, y = np.where(flip, side - 1 - x, x), np.where(flip, side - 1 - y, y)
        x, y = np.where(upper, x, y), np.where(upper, y, x)
        side >>= 1
    return np.argsort(key, kind="stable")


def near_cities(t: TourProblem, k: int, workers: int) -> IntArray:
    """Return the k nearest cities of each, shape (N, k), without the gap of a path."""
    real = t.size - (t.arrays.ends >= 0)
    k = min(k, real - 1)
    if k < 1:
        return np.zeros((real, 0), dtype=np.int64)
    vehicle = t.problem.vehicle_types[0]
    travel = t.problem.travels[vehicle.profile]
    if t.arrays.mode != MATRIX and isinstance(travel, CoordinateTravel):
        location = np.array([t.problem.node_location(int(v)) for v in t.nodes[:real]])
        return nearest_in_space(travel, location, k, workers)
    return nearest_in_matrix(t.arrays.matrix[:real, :real], k)
