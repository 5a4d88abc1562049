"""The general search as an engine: problems with any attribute, laid out for its kernels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from routewright.arrays import ProblemArrays
from routewright.attributes import Attribute
from routewright.problem import Problem
from routewright.travel import UNLIMITED, IntArray

from .fleet import Plan
from .kernels import rich_columns as at
from .kernels.rich_changes import run_export
from .kernels.rich_search import run_alone, run_insert, run_load, run_search
from .kernels.rich_types import RichProblem, RichState
from .proximity import nearest_in_time

#: Up to this many nodes, distances and durations are kept as matrices.
_DENSE = 4000
#: Clients beside which one is inserted.
_NEAR = 100


class RichEngine:
    """A problem laid out for the general search; shared by all its workers.

    Parameters
    ----------
    problem
        Any problem without reserved attributes, locks, fixed edges, and precedences.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.kinds, self.members = _distinct_kinds(problem)
        near = nearest_in_time(problem, _NEAR)
        self.p = _laid_out(problem, self.kinds, self.members, near)
        scratch = new_state(self.p, 0)
        run_alone(self.p, scratch, self.p.alone)

    def worker(self, seed: int) -> RichWorker:
        """Return a search with its own plan and random numbers."""
        return RichWorker(self, seed)


class RichWorker:
    """One search of the general engine."""

    def __init__(self, engine: RichEngine, seed: int) -> None:
        self.engine = engine
        self.p = engine.p
        self.s = new_state(engine.p, seed)

    def load(self, plan: Plan, belongs: IntArray | None = None) -> None:
        """Start from a plan; what it does not visit is to be inserted.

        Parameters
        ----------
        plan
            Routes; those that break a rule are left out.
        belongs
            1 for each node that is of this search, or None for all.
        """
        p = self.p
        if belongs is None:
            belongs = np.ones(len(p.node), dtype=np.int64)
        clients = np.flatnonzero(belongs[p.num_depots :]) + p.num_depots
        self.s = self.s._replace(active=clients.astype(np.int32))
        run_load(p, self.s, plan.visits, plan.start, plan.vehicle_type, belongs)

    def insert(self, units: IntArray) -> None:
        """Put units into the plan where they cost least, one after the other."""
        run_insert(self.p, self.s, units)

    def run(self, iterations: int, temperature: float, slack: float = -1.0) -> None:
        """Search for a number of iterations at a temperature, in units of cost."""
        run_search(self.p, self.s, iterations, temperature, slack, 10.0, 10.0)

    def best_plan(self) -> Plan:
        """Return the best plan, with the distinct kinds of vehicles as types."""
        s = self.s
        visits = np.zeros(len(s.visit) + len(s.trip), dtype=np.int64)
        start = np.zeros(len(s.route) + 1, dtype=np.int64)
        kinds = np.zeros(len(s.route), dtype=np.int64)
        n = run_export(s, visits, start, kinds)
        return Plan(visits[: start[n]].copy(), start[: n + 1].copy(), kinds[:n].copy())


def _distinct_kinds(problem: Problem) -> tuple[list[int], list[list[int]]]:
    """Vehicle types that differ in more than their names: one of each, and its equals."""
    first: dict[object, int] = {}
    kinds: list[int] = []
    members: list[list[int]] = []
    for k, v in enumerate(problem.vehicle_types):
        allowed = frozenset(
            c
            for c, client in enumerate(problem.clients)
            if client.allowed_vehicles is not None and k in client.allowed_vehicles
        )
        key = (replace(v, id="", count=None, vehicle_ids=()), allowed)
        if key not in first:
            first[key] = len(kinds)
            kinds.append(k)
            members.append([])
        members[first[key]].append(k)
    return kinds, members


def _laid_out(
    problem: Problem, kinds: list[int], members: list[list[int]], near: IntArray
) -> RichProblem:
    a = problem.arrays()
    node = _nodes(a)
    kind = _kinds(problem, a, kinds, members)
    used = problem.attributes()
    timed = bool(
        used
        & {
            Attribute.TIME_WINDOWS,
            Attribute.DEPOT_WINDOWS,
            Attribute.SHIFTS,
            Attribute.RELEASE_TIMES,
        }
    ) or bool(kind[:, at.HEAVY].any())
    reloads, released = Attribute.RELOADS in used, Attribute.RELEASE_TIMES in used
    many = Attribute.MULTIPLE_TIME_WINDOWS in used
    segments = timed and (reloads or released or bool(kind[:, at.HEAVY].any()))
    dense = len(node) <= _DENSE
    if dense:
        dist, dur = _matrices(problem)
        symmetric = Attribute.ASYMMETRIC not in used
        dist_t = dist if symmetric else np.ascontiguousarray(dist.transpose(0, 2, 1))
        dur_t = dist_t if dur is dist else dur
        if dur is not dist and not symmetric:
            dur_t = np.ascontiguousarray(dur.transpose(0, 2, 1))
    else:
        dist = dist_t = dur = dur_t = np.zeros((len(problem.travels), 0, 0), dtype=np.int64)
    paired = Attribute.SHIPMENTS in used
    mixed = paired and bool((a.delivery + a.pickup)[a.partner >= 0].any())
    limited = bool((kind[:, at.MAX_DISTANCE] < UNLIMITED).any())
    exact_pairs = paired and (segments or many or mixed or limited or Attribute.BACKHAUL in used)
    nodes_k = np.array(kinds, dtype=np.int64)
    return RichProblem(
        num_depots=a.num_depots,
        num_dims=a.num_dims,
        num_types=len(kinds),
        backhaul=a.backhaul,
        timed=int(timed),
        segments=int(segments),
        many_windows=int(many),
        paired=int(paired),
        grouped=int(Attribute.GROUPS in used),
        exact_pairs=int(exact_pairs),
        vehicles_first=a.vehicles_first,
        dense=int(dense),
        dist=dist,
        dist_t=dist_t,
        dur=dur,
        dur_t=dur_t,
        location=a.location,
        distance=a.distance,
        duration=a.duration,
        coordinates=a.coordinates,
        metric_kind=a.metric_kind,
        metric_rule=a.metric_rule,
        metric_scale=a.metric_scale,
        metric_period=a.metric_period,
        duration_factor=a.duration_factor,
        node=node,
        window_start=a.window_start,
        window_early=a.window_early,
        window_late=a.window_late,
        delivery=a.delivery,
        change=a.pickup + a.amount,
        may_serve=np.ascontiguousarray(a.may_serve[nodes_k]),
        group_required=a.group_required,
        group_start=a.group_start,
        group_nodes=a.group_nodes,
        kind=kind,
        capacity=np.ascontiguousarray(a.capacity[nodes_k]),
        **_reloads(problem, kinds),
        near=near,
        alone=np.zeros((len(kinds), len(node)), dtype=np.int64),
    )


def _nodes(a: ProblemArrays) -> IntArray:
    node = np.zeros((len(a.location), at.NODE_COLUMNS), dtype=np.int64)
    node[:, at.EARLY], node[:, at.LATE] = a.tw_early, a.tw_late
    node[:, at.SERVICE], node[:, at.RELEASE] = a.service, a.release
    node[:, at.PRIZE], node[:, at.REQUIRED] = a.prize, a.required
    node[:, at.GROUP], node[:, at.PARTNER] = a.group, a.partner
    node[:, at.IS_PICKUP] = a.is_pickup
    node[:, at.KIND] = at.LINEHAUL * a.delivery.any(axis=1) + at.BACKHAUL * a.pickup.any(axis=1)
    return node


def _kinds(
    problem: Problem, a: ProblemArrays, kinds: list[int], members: list[list[int]]
) -> IntArray:
    """Rows of the distinct vehicle types; the counts of their equals are added up."""
    rows = np.zeros((len(kinds), at.KIND_COLUMNS), dtype=np.int64)
    columns = {
        at.START: a.start_depot,
        at.END: a.end_depot,
        at.SHIFT_EARLY: a.shift_early,
        at.SHIFT_LATE: a.shift_late,
        at.MAX_DISTANCE: a.max_distance,
        at.MAX_DURATION: a.max_duration,
        at.MAX_OVERTIME: a.max_overtime,
        at.MAX_STOPS: a.max_stops,
        at.MAX_RELOADS: a.max_reloads,
        at.FIXED: a.fixed_cost,
        at.PER_DISTANCE: a.unit_distance_cost,
        at.PER_DURATION: a.unit_duration_cost,
        at.PER_OVERTIME: a.unit_overtime_cost,
        at.PROFILE: a.profile,
    }
    for column, values in columns.items():
        rows[:, column] = values[kinds]
    for row, equals in zip(rows, members, strict=True):
        row[at.AVAILABLE] = min(int(a.num_available[equals].sum()), problem.num_clients)
    rows[:, at.HEAVY] = (rows[:, at.MAX_DURATION] < UNLIMITED) | (rows[:, at.PER_DURATION] > 0)
    return rows


def _reloads(problem: Problem, kinds: list[int]) -> dict[str, IntArray]:
    depots = [sorted(set(problem.vehicle_types[k].reload_depots)) for k in kinds]
    start = np.cumsum([0, *map(len, depots)], dtype=np.int64)
    flat = np.array([d for row in depots for d in row], dtype=np.int64)
    return {"reload_start": start, "reload_depots": flat}


def _matrices(problem: Problem) -> tuple[IntArray, IntArray]:
    """Distances and durations between nodes, (P, N, N); one array if they are equal."""
    places = problem.arrays().location
    cells = np.ix_(places, places)
    dist = np.stack([t.distance_matrix()[cells] for t in problem.travels])
    dur = np.stack([t.duration_matrix()[cells] for t in problem.travels])
    dist = np.ascontiguousarray(dist, dtype=np.int64)
    return dist, dist if np.array_equal(dist, dur) else np.ascontiguousarray(dur, dtype=np.int64)


def new_state(p: RichProblem, seed: int) -> RichState:
    """Return arrays for one search, without a plan."""
    n, dims = len(p.node), p.num_dims
    slots = n - p.num_depots + 2

    def ints(*shape: int) -> IntArray:
        return np.zeros(shape, dtype=np.int64)

    ctl = ints(at.CTL_SIZE)
    ctl[at.ROUTE_LIMIT] = slots
    word = np.random.SeedSequence(seed).generate_state(1, np.uint64)
    return RichState(
        visit=ints(n, at.VISIT_COLUMNS),
        load=ints(n, dims, 3),
        trip=ints(slots, at.TRIP_COLUMNS),
        trip_load=ints(slots, dims, 2),
        route=ints(slots, at.ROUTE_COLUMNS),
        before=ints(n, 5),
        behind=ints(n, 5),
        done=ints(slots, 5),
        rest=ints(slots, 5),
        used=ints(p.num_types),
        served=np.full(len(p.group_required), -1, dtype=np.int64),
        absence=np.ones(n, dtype=np.int64),
        touched=ints(slots, at.TOUCHED_COLUMNS),
        saved=ints(n),
        saved_trips=ints(slots, 4),
        kept=ints(at.KEPT_SIZE),
        free_routes=ints(slots + 1),
        free_trips=ints(slots + 1),
        absent=ints(n),
        absent_place=np.full(n, -1, dtype=np.int64),
        active=np.arange(p.num_depots, n, dtype=np.int32),
        removed=ints(2 * n),
        placed=ints(2 * n),
        requests=ints(2 * n + 32),
        key=np.zeros(2 * n + 32),
        buffer=ints(2 * n + 4),
        queue=ints(n),
        queued=ints(n),
        plans=ints(4, 2 * n + 4),
        seen=ints(slots),
        best_next=ints(n),
        best_trip=ints(slots, 3),
        best_route=np.full((slots, 2), -1, dtype=np.int64),
        dirty=ints(slots),
        ctl=ctl,
        rng=word | np.uint64(1),
    )
