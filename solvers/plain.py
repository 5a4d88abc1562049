"""The engine for plain problems: one capacity, one depot, one type, cost by distance."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from routewright.arrays import ProblemArrays
from routewright.attributes import Attribute
from routewright.problem import Problem
from routewright.solution import Solution
from routewright.travel import CoordinateTravel, FloatArray, IntArray, MetricKind

from .edge_weights import EdgeWeights
from .fleet import Plan
from .kernels.plain_ruin import new_plain_settings
from .kernels.plain_search import run_plain_search
from .kernels.plain_start import run_plain_merges, run_plain_pairs, run_plain_tables
from .kernels.plain_state import (
    BEST_ENERGY,
    ENERGY,
    MATRIX,
    NUM_MEMBERS,
    PLANE,
    PlainArrays,
    new_plain_arrays,
    new_plain_state,
    run_plain_export,
    run_plain_load,
)
from .neighbors import nearest_neighbors
from .parts import places_in_plane

A = Attribute

#: What a plain problem may use.
PLAIN = frozenset({A.CAPACITY, A.DISTANCE_COSTS, A.FIXED_COSTS, A.LIMITED_FLEET})
#: Kernels to compile before the clock runs.
KERNELS = (
    "run_plain_tables",
    "run_plain_pairs",
    "run_plain_merges",
    "run_plain_load",
    "run_plain_search",
    "run_plain_export",
)
#: Up to this many clients, arcs are in a matrix (36 MB).
_MOST_IN_MATRIX = 3000
#: Neighbors that an insertion looks at, and the memory that they may take.
_NEAR = 100
_MOST_NEAR = 2_000_000
#: Neighbors that savings looks at.
_NEAR_SAVINGS = 40


def is_plain(problem: Problem) -> bool:
    """Whether the engine can handle the problem."""
    return problem.attributes() <= PLAIN


class PlainEngine:
    """What all workers of one search share."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        arrays = problem.arrays()
        self.offset = problem.num_depots - 1  # from the kernels' nodes to the problem's
        vehicle = problem.vehicle_types[0]
        self.depot = vehicle.start or 0
        self.demand = np.zeros(problem.num_clients + 1, dtype=np.int64)
        if problem.num_dimensions:
            self.demand[1:] = arrays.delivery[problem.num_depots :, 0]
        self.p = _shared(problem, arrays, self.depot)

    @property
    def positions(self) -> FloatArray:
        """A place in the plane for every node, for cutting a plan into parts."""
        return places_in_plane(self.problem)

    @property
    def anchors(self) -> IntArray:
        """Every node for itself."""
        return np.arange(len(self.demand) + self.offset, dtype=np.int64)

    @property
    def vehicles(self) -> IntArray:
        """How many vehicles there are."""
        return np.array([self.p.max_routes], dtype=np.int64)

    def mean_arc(self, plan: Plan) -> float:
        """Mean cost of an arc of a plan: the unit of temperatures."""
        nodes = plan.visits - self.offset
        routes = len(plan.start) - 1
        if not len(nodes):
            return float(self.p.depot_cost.mean())
        worker = self.worker((0,))
        worker.load(plan, np.zeros(0, dtype=np.int64), self.vehicles)
        return max(0, worker.energy + self.p.empty * routes) / (len(nodes) + routes)

    def route_costs(self, plan: Plan) -> IntArray | None:
        """Cost of every route of a plan; None where arcs are not in a matrix."""
        if self.p.mode != MATRIX or not len(plan.visits):
            return None
        nodes, first, last = plan.visits - self.offset, plan.start[:-1], plan.start[1:] - 1
        after = np.append(nodes[1:], 0)
        after[last] = 0
        arcs = self.p.matrix[nodes, after].astype(np.int64)
        costs = np.add.reduceat(arcs, first) + self.p.depot_cost[nodes[first]] - self.p.empty
        return np.asarray(costs, dtype=np.int64)

    def start(self, seconds: float = math.inf) -> Plan:
        """Return a plan by savings; with a limited fleet it may leave clients out."""
        n = self.problem.num_clients
        width = min(_NEAR_SAVINGS, self.p.near.shape[1])
        first, second, saving = np.zeros((3, n * width), dtype=np.int64)
        m = run_plain_pairs(self.p, width, first, second, saving) if width else 0
        order = np.argsort(-saving[:m], kind="stable")
        order = order[: np.searchsorted(-saving[order], 0, side="right")]
        visits, start = np.zeros(n, dtype=np.int64), np.zeros(n + 1, dtype=np.int64)
        s = new_plain_state(self.demand)
        routes = run_plain_merges(self.p, s, first, second, order, visits, start)
        return self._limited(visits, start[: routes + 1])

    def prefer(self, weights: EdgeWeights) -> None:
        """Look at likely neighbors first, in ruin and in moves."""
        clients = np.arange(1, len(self.p.near), dtype=np.int64)
        order = np.zeros(self.p.near.shape, dtype=np.int64)
        theirs = self.p.near[1:].astype(np.int64) + self.offset
        order[1:] = weights.likely_first(clients + self.offset, theirs)
        near, cost = (np.take_along_axis(a, order, 1) for a in (self.p.near, self.p.near_cost))
        self.p = self.p._replace(near=near, near_cost=cost)

    def adopt(self, solution: Solution) -> Plan:
        """Return a solution as a plan, without the visits that break its rules."""
        seen, routes = set[int](), list[list[int]]()
        for route in solution.routes:
            room, kept = self.p.capacity, list[int]()
            for c in route.visits:
                if c not in seen and 0 <= c < len(self.demand) - 1 and self.demand[c + 1] <= room:
                    room -= int(self.demand[c + 1])
                    kept.append(c + 1)
                    seen.add(c)
            routes += [kept] if kept else []
        plan = Plan.of(routes, np.zeros(len(routes), dtype=np.int64))
        return self._limited(plan.visits, plan.start)

    def solution(self, plan: Plan) -> Solution:
        """Return a plan as a solution."""
        return plan.solution(self.problem)

    def _limited(self, visits: IntArray, start: IntArray) -> Plan:
        """Return the plan without the lightest routes above the fleet."""
        routes = len(start) - 1
        if routes > self.p.max_routes:
            loads = np.add.reduceat(self.demand[visits], start[:-1])
            keep = np.sort(np.argsort(-loads, kind="stable")[: self.p.max_routes])
            sizes = np.diff(start)
            visits = visits[np.isin(np.repeat(np.arange(routes), sizes), keep)]
            start = np.concatenate([[0], np.cumsum(sizes[keep])])
        types = np.zeros(len(start) - 1, dtype=np.int64)
        return Plan(visits + self.offset, start, types)

    def worker(self, seed: Sequence[int]) -> PlainWorker:
        """Return a worker with random numbers of its own."""
        return PlainWorker(self, seed)


class PlainWorker:
    """One search over a plan or a part of it; several may run at once."""

    def __init__(self, engine: PlainEngine, seed: Sequence[int]) -> None:
        self.p, self.offset = engine.p, engine.offset
        self.state = new_plain_state(engine.demand)
        self.rng = np.random.SeedSequence(list(seed)).generate_state(1, np.uint64) | np.uint64(1)
        self.settings = new_plain_settings(0.0)

    def load(self, plan: Plan, absent: IntArray, vehicles: IntArray) -> None:
        """Take over a plan; ``absent`` are nodes to insert, all others are not its concern."""
        self.p = self.p._replace(max_routes=int(vehicles[0]))
        visits, absent = plan.visits - self.offset, absent - self.offset
        run_plain_load(self.p, self.state, visits, plan.start, absent)

    def run(self, iterations: int, temperature: float, slack: float) -> None:
        """Search on from the current plan; the temperature is in units of cost."""
        settings = self.settings._replace(slack=slack)
        run_plain_search(self.p, self.state, settings, self.rng, iterations, temperature)

    @property
    def energy(self) -> int:
        """Cost of the current plan, and the penalties for clients that it leaves out."""
        return int(self.state.counts[ENERGY])

    @property
    def best_energy(self) -> int:
        """Least energy since the plan was loaded."""
        return int(self.state.counts[BEST_ENERGY])

    def plan(self) -> Plan:
        """Return the current plan."""
        return self._export(0)

    def best_plan(self) -> Plan:
        """Return the plan with the least energy since the plan was loaded."""
        return self._export(1)

    def _export(self, best: int) -> Plan:
        members = int(self.state.counts[NUM_MEMBERS])
        visits, start = np.zeros(members, dtype=np.int64), np.zeros(members + 1, dtype=np.int64)
        routes = run_plain_export(self.state, best, visits, start)
        return Plan(
            visits[: start[routes]] + self.offset,
            start[: routes + 1].copy(),
            np.zeros(routes, dtype=np.int64),
        )


def _shared(problem: Problem, a: ProblemArrays, depot: int) -> PlainArrays:
    n, vehicle = problem.num_clients, problem.vehicle_types[0]
    near = np.zeros((n + 1, 0), dtype=np.int32)
    if n > 1:
        width = max(20, min(_NEAR, _MOST_NEAR // n))
        found = nearest_neighbors(problem, width, vehicle.profile) - (problem.num_depots - 1)
        near = np.concatenate([np.zeros((1, found.shape[1])), found]).astype(np.int32)
    location = np.concatenate([a.location[[depot]], a.location[problem.num_depots :]])
    p = new_plain_arrays(a, vehicle.profile, location)._replace(
        capacity=int(a.capacity[0, 0]) if problem.num_dimensions else 0,
        max_routes=int(a.num_available[0]),
        empty=-vehicle.fixed_cost,
        unit=vehicle.unit_distance_cost,
        near=near,
        near_cost=np.zeros_like(near),
    )
    travel = problem.travels[vehicle.profile]
    if isinstance(travel, CoordinateTravel) and travel.metric.kind is MetricKind.EUCLIDEAN:
        points = travel.coordinates[location]
        in_plane = points.shape[1] == 2
        p = p._replace(mode=PLANE, xy=np.ascontiguousarray(points)) if in_plane else p
    return _with_tables(p)


def _with_tables(p: PlainArrays) -> PlainArrays:
    """Return the arrays with their tables filled."""
    nodes = len(p.depot_cost)
    size = nodes if nodes - 1 <= _MOST_IN_MATRIX else 0
    matrix = np.empty((size, size), dtype=np.int32)
    largest = run_plain_tables(p, matrix, p.near_cost, p.depot_cost)
    # More than any plan that visits everyone can cost beyond one that does not.
    bound = 2 * int(p.depot_cost.sum()) - p.empty * (nodes - 1) + 1
    penalty = max(1, min(bound, (1 << 61) // nodes))
    if size and largest < (1 << 31) - 1:
        return p._replace(mode=MATRIX, matrix=matrix, penalty=penalty)
    return p._replace(penalty=penalty)
