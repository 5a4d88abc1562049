"""The general search as an engine: problems with any attribute, laid out for its kernels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from routewright.attributes import FUTURE_ATTRIBUTES, Attribute
from routewright.problem import Objective, Problem
from routewright.solution import Route, Solution
from routewright.travel import UNREACHABLE, FloatArray, IntArray

from .edge_weights import EdgeWeights
from .fleet import Plan
from .kernels import rich_columns as at
from .kernels.rich_changes import run_export
from .kernels.rich_search import run_alone, run_load, run_search
from .kernels.rich_types import RichProblem, new_rich_problem, new_rich_state
from .parts import places_in_plane
from .proximity import nearest_in_time
from .rich_start import KERNELS as START
from .rich_start import first_plan

A = Attribute

#: What a problem may use.
SUPPORTED = (
    frozenset(A) - FUTURE_ATTRIBUTES - {A.LOCKS, A.FIXED_EDGES, A.PRECEDENCE, A.SPLIT_DELIVERY}
)
#: Kernels to compile before the clock runs.
KERNELS = (*START, "run_alone", "run_load", "run_insert", "run_search", "run_export")
#: Up to this many nodes, distances and durations are kept as matrices.
_DENSE = 4000
#: Clients beside which one is inserted.
_NEAR = 100
#: Clients removed in an iteration on average, and from one route at most.
_AVERAGE, _LONGEST = 10.0, 10.0
#: Attributes with which time matters, even if no duration does.
_TIMED = {A.TIME_WINDOWS, A.DEPOT_WINDOWS, A.SHIFTS, A.RELEASE_TIMES}
#: More than the cost of any plan.
_MOST_COST = 1 << 62


class RichEngine:
    """A problem laid out for the general search, and what all its workers share.

    Parameters
    ----------
    problem
        Any problem without reserved attributes, locks, fixed edges, and precedences.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.kinds, self.members = _distinct_kinds(problem)
        #: What a missing client, a vehicle, and a unit of cost weigh: each more than all below.
        self.weights = _weights(problem)
        #: Whether plans may have no more routes than they are loaded with.
        self.frozen = False
        self.kind_of = {k: i for i, equals in enumerate(self.members) for k in equals}
        self.p = _laid_out(problem, self.kinds, self.members)
        run_alone(self.p, new_rich_state(self.p, (0,)), self.p.alone)

    @property
    def positions(self) -> FloatArray:
        """A place in the plane for every node, for cutting a plan into parts."""
        return places_in_plane(self.problem)

    @property
    def anchors(self) -> IntArray:
        """For every node one of its shipment or group, or itself."""
        anchors = np.arange(len(self.p.node), dtype=np.int64)
        partner, group = self.p.node[:, at.PARTNER], self.p.node[:, at.GROUP]
        paired, grouped = partner >= 0, group >= 0
        anchors[paired] = np.minimum(anchors, partner)[paired]
        first = self.p.group_nodes[self.p.group_start[:-1]]
        anchors[grouped] = first[group[grouped]]
        return anchors

    @property
    def vehicles(self) -> IntArray:
        """How many vehicles of each distinct kind there are."""
        return self.p.kind[:, at.AVAILABLE].copy()

    def mean_arc(self, plan: Plan) -> float:
        """Mean cost of an arc of a plan, fixed costs and lost prizes apart."""
        worker = self.worker((0,))
        worker.load(plan, np.zeros(0, dtype=np.int64), self.vehicles)
        visits, routes = len(plan.visits), len(plan.start) - 1
        fixed = int(self.p.kind[plan.vehicle_type, at.FIXED].sum())
        driving = int(worker.s.ctl[at.CURRENT]) - int(worker.s.ctl[at.LOST]) - fixed
        if visits and driving > 0:
            return driving / (visits + routes)
        alone = self.p.alone[self.p.alone < at.NEVER]
        return float(alone.mean()) / 2 if len(alone) else 1.0

    def start(self, seconds: float = math.inf) -> Plan:
        """Return a plan to start from, made in a small part of that time."""
        return first_plan(self, seconds)

    def prefer(self, weights: EdgeWeights) -> None:
        """Look at likely neighbors first, in ruin and in moves."""
        nodes = np.arange(len(self.p.near), dtype=np.int64)
        order = weights.likely_first(nodes, self.p.near.astype(np.int64))
        self.p = self.p._replace(near=np.take_along_axis(self.p.near, order, 1))

    def adopt(self, solution: Solution) -> Plan:
        """Return a solution as a plan; what breaks a rule is dropped when it is loaded."""
        first, routes, kinds = self.problem.num_depots, list[list[int]](), list[int]()
        for route in solution.routes:
            if route.vehicle_type not in self.kind_of:
                continue
            visits = [first + c for c in route.trips[0]]
            for depot, trip in zip(route.reloads, route.trips[1:], strict=False):
                visits += [depot, *(first + c for c in trip)]
            routes.append([v for v in visits if 0 <= v < len(self.p.node)])
            kinds.append(self.kind_of[route.vehicle_type])
        return Plan.of(routes, np.array(kinds, dtype=np.int64))

    def solution(self, plan: Plan) -> Solution:
        """Return a plan as a solution, its vehicles dealt out among types that are equal."""
        left = [[k for k in equals for _ in range(self._count(k))][::-1] for equals in self.members]
        first, routes = self.problem.num_depots, []
        for r, kind in enumerate(plan.vehicle_type.tolist()):
            trips, reloads = list[list[int]]([[]]), list[int]()
            for v in plan.route(r).tolist():
                if v < first:
                    reloads.append(v)
                    trips.append([])
                else:
                    trips[-1].append(v - first)
            k = left[kind].pop() if left[kind] else self.members[kind][-1]
            routes.append(Route(k, tuple(map(tuple, trips)), tuple(reloads)))
        return Solution(routes)

    def _count(self, k: int) -> int:
        count, n = self.problem.vehicle_types[k].count, self.problem.num_clients
        return n if count is None else min(count, n)

    def worker(self, seed: Sequence[int]) -> RichWorker:
        """Return a worker with random numbers of its own."""
        return RichWorker(self, seed)


class RichWorker:
    """One search over a plan or a part of it; several may run at once."""

    def __init__(self, engine: RichEngine, seed: Sequence[int]) -> None:
        self.engine, self.p, self.weights = engine, engine.p, engine.weights
        self.s = new_rich_state(engine.p, seed)

    def load(self, plan: Plan, absent: IntArray, vehicles: IntArray) -> None:
        """Take over a plan; ``absent`` are nodes to insert, all others are not its concern.

        Routes that break a rule are dropped, and their clients are to be inserted.
        """
        p, belongs = self.p, np.zeros(len(self.p.node), dtype=np.int64)
        belongs[plan.visits] = belongs[absent] = 1
        belongs[: p.num_depots] = 0
        self.s = self.s._replace(active=np.flatnonzero(belongs).astype(np.int32))
        self.s.fleet[:, at.MOST] = vehicles
        routes = len(plan.start) - 1 if self.engine.frozen else len(self.s.route)
        self.s.ctl[at.ROUTE_LIMIT] = routes
        run_load(p, self.s, plan.visits, plan.start, plan.vehicle_type, belongs)

    def run(self, iterations: int, temperature: float, slack: float) -> None:
        """Search on from the current plan; temperature and slack are in units of cost."""
        if len(self.s.active):
            run_search(self.p, self.s, iterations, temperature, slack, _AVERAGE, _LONGEST)

    @property
    def is_complete(self) -> bool:
        """Whether the best plan visits all that has to be visited."""
        return int(self.s.ctl[at.BEST_MISSING]) == 0

    @property
    def energy(self) -> int:
        """Cost of the current plan, and penalties for what it leaves out."""
        return self._energy(at.CURRENT, at.MISSING, at.NUM_ROUTES)

    @property
    def best_energy(self) -> int:
        """Least energy since the plan was loaded."""
        return self._energy(at.BEST, at.BEST_MISSING, at.BEST_ROUTES)

    def _energy(self, cost: int, missing: int, routes: int) -> int:
        values = (self.s.ctl[missing], self.s.ctl[routes], self.s.ctl[cost])
        return sum(weight * int(value) for weight, value in zip(self.weights, values, strict=True))

    def plan(self) -> Plan:
        """Return the current plan."""
        return self._export(0)

    def best_plan(self) -> Plan:
        """Return the plan with the least energy since the plan was loaded."""
        return self._export(1)

    def _export(self, best: int) -> Plan:
        s = self.s
        visits = np.zeros(len(s.visit) + len(s.trip), dtype=np.int64)
        start = np.zeros(len(s.route) + 1, dtype=np.int64)
        kinds = np.zeros(len(s.route), dtype=np.int64)
        n = run_export(s, best, visits, start, kinds)
        return Plan(visits[: start[n]].copy(), start[: n + 1].copy(), kinds[:n].copy())


def _weights(problem: Problem) -> tuple[int, int, int]:
    vehicle = _MOST_COST if problem.objective is Objective.VEHICLES_THEN_COST else 0
    return _MOST_COST * (problem.num_clients + 1), vehicle, 1


def _distinct_kinds(problem: Problem) -> tuple[list[int], list[list[int]]]:
    """Vehicle types that differ in more than their names: one of each, and its equals."""
    first: dict[object, int] = {}
    kinds: list[int] = []
    members: list[list[int]] = []
    serves = problem.arrays().may_serve
    for k, v in enumerate(problem.vehicle_types):
        key = (replace(v, id="", count=None, vehicle_ids=(), skills=frozenset()), bytes(serves[k]))
        if key not in first:
            first[key] = len(kinds)
            kinds.append(k)
            members.append([])
        members[first[key]].append(k)
    return kinds, members


def _laid_out(problem: Problem, kinds: list[int], members: list[list[int]]) -> RichProblem:
    """Return the arrays of a problem, with what its attributes ask for."""
    p, used = new_rich_problem(problem.arrays(), kinds), problem.attributes()
    reload_start, reload_depots = _reloads(problem, kinds)
    p = p._replace(
        near=nearest_in_time(problem, _NEAR),
        reload_start=reload_start,
        reload_depots=reload_depots,
    )
    for row, equals in zip(p.kind, members, strict=True):
        count = sum(int(problem.arrays().num_available[k]) for k in equals)
        row[at.AVAILABLE] = min(count, problem.num_clients)
    families = _families(problem, kinds)
    p.kind[:, at.FAMILY] = families
    heavy = bool(p.kind[:, at.HEAVY].any())
    timed = heavy or not used.isdisjoint(_TIMED) or _hides_ways(problem)
    segments = timed and (heavy or not used.isdisjoint({A.RELOADS, A.RELEASE_TIMES}))
    many = A.MULTIPLE_TIME_WINDOWS in used
    paired = A.SHIPMENTS in used
    ends = p.node[:, at.PARTNER] >= 0
    own_loads = bool((problem.arrays().delivery + problem.arrays().pickup)[ends].any())
    inexact = segments or many or own_loads or not used.isdisjoint({A.MAX_DISTANCE, A.BACKHAUL})
    p = p._replace(
        mixed=int(_mixes(p, families)),
        timed=int(timed),
        segments=int(segments),
        many_windows=int(many),
        paired=int(paired),
        grouped=int(A.GROUPS in used),
        exact_pairs=int(paired and inexact),
    )
    return _with_matrices(problem, p) if len(p.node) <= _DENSE else p


def _hides_ways(problem: Problem) -> bool:
    """Whether an arc has a distance and cannot be traveled: only durations say so."""
    if A.UNREACHABLE not in problem.attributes():
        return False
    pairs = [(t.distance_matrix(), t.duration_matrix()) for t in problem.travels]
    return any(bool(((b >= UNREACHABLE) & (a < UNREACHABLE)).any()) for a, b in pairs)


def _mixes(p: RichProblem, families: list[int]) -> bool:
    """Whether types that differ in capacity and costs alone may be used as often as wanted."""
    clients = len(p.node) - p.num_depots
    free = [f for f, row in zip(families, p.kind, strict=True) if row[at.AVAILABLE] >= clients]
    return len(set(free)) < len(free)


def _families(problem: Problem, kinds: list[int]) -> list[int]:
    """Number the types; those that differ in capacity and costs alone have one number."""
    numbers: dict[object, int] = {}
    out = []
    for k in kinds:
        key = replace(
            problem.vehicle_types[k],
            id="",
            count=None,
            vehicle_ids=(),
            capacity=(),
            fixed_cost=0,
            unit_distance_cost=0,
            unit_duration_cost=0,
            unit_overtime_cost=0,
            skills=frozenset(),
        )
        serves = bytes(problem.arrays().may_serve[k])
        out.append(numbers.setdefault((key, serves), len(numbers)))
    return out


def _with_matrices(problem: Problem, p: RichProblem) -> RichProblem:
    """Add distances and durations between nodes; equal matrices are one array."""
    cells = np.ix_(p.far.location, p.far.location)
    dist = np.stack([t.distance_matrix()[cells] for t in problem.travels])
    dur = np.stack([t.duration_matrix()[cells] for t in problem.travels])
    dist = dist_t = np.ascontiguousarray(dist, dtype=np.int64)
    dur = dur_t = dist if np.array_equal(dist, dur) else np.ascontiguousarray(dur, dtype=np.int64)
    if A.ASYMMETRIC in problem.attributes():
        dist_t = np.ascontiguousarray(dist.transpose(0, 2, 1))
        dur_t = dist_t if dur is dist else np.ascontiguousarray(dur.transpose(0, 2, 1))
    return p._replace(dense=1, dist=dist, dist_t=dist_t, dur=dur, dur_t=dur_t)


def _reloads(problem: Problem, kinds: list[int]) -> tuple[IntArray, IntArray]:
    depots = [sorted(set(problem.vehicle_types[k].reload_depots)) for k in kinds]
    start = np.cumsum([0, *map(len, depots)], dtype=np.int64)
    flat = np.array([d for row in depots for d in row], dtype=np.int64)
    return start, flat
