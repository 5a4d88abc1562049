"""Plain kernels: every delta is exact, undo restores, and the state stays consistent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import routewright as rw
from routewright.solvers.fleet import Plan
from routewright.solvers.kernels import COMPILED, kernel
from routewright.solvers.kernels import plain_moves as moves
from routewright.solvers.kernels import plain_state as state
from routewright.solvers.kernels.plain_moves import (
    apply_move,
    delta_relocate,
    delta_swap,
    delta_two_opt,
    try_swap_star,
)
from routewright.solvers.kernels.plain_state import arc_cost, undo_routes
from routewright.solvers.plain import PlainEngine, PlainWorker
from routewright.travel import CoordinateTravel, MatrixTravel, Metric, MetricKind

NOBODY = np.zeros(0, dtype=np.int64)
_STAMP, _SAVED, _BACKUP, _QUEUED = state.STAMP, state.NUM_SAVED, state.NUM_BACKUP, state.NUM_QUEUED
_strings = moves._strings


@kernel
def run_arc_costs(p: Any, costs: Any) -> None:
    for i in range(len(costs)):
        for j in range(len(costs)):
            costs[i, j] = arc_cost(p, i, j)


@kernel
def run_move(p: Any, s: Any, c: Any, u: Any, v: Any, family: Any) -> Any:
    """Apply the best move of a family that makes u and v adjacent, though it may cost more."""
    s.counts[_STAMP] += 1
    s.counts[_SAVED] = s.counts[_BACKUP] = 0
    same, near, worst = s.at[u] == s.at[v], arc_cost(p, u, v), 1 << 60
    delta, kind, string = worst, 0, 0
    if family == 0:
        delta, kind, string = delta_relocate(p, s, v, same, near, _strings(p, s, c, u), worst)
    elif family == 1:
        delta, kind = delta_two_opt(p, s, u, v, same, near, worst)
    elif family == 2:
        delta, kind = delta_swap(p, s, u, v, same, near, worst)
    else:
        delta = try_swap_star(p, s, c, u)
    if kind > 0:
        apply_move(p, s, u, v, kind, string)
    for k in range(s.counts[_QUEUED]):
        s.queued[s.queue[k]] = 0
    s.counts[_QUEUED] = 0
    return delta if kind > 0 or family == 3 else 0


@kernel
def run_undo(s: Any) -> None:
    undo_routes(s)


@st.composite
def plain_problems(draw: st.DrawFn, most: int = 12) -> rw.Problem:
    """Every kind of travel, scale, fleet, and fixed cost that a plain problem may have."""
    n = draw(st.integers(1, most))
    small, scale = st.integers(0, 30), draw(st.sampled_from([1, 1, 1000, 10**9]))
    points = draw(st.lists(st.tuples(small, small), min_size=n + 1, max_size=n + 1))
    kind = draw(st.sampled_from([MetricKind.EUCLIDEAN] * 3 + [MetricKind.MANHATTAN]))
    travel: Any = CoordinateTravel(np.array(points, dtype=float), Metric(kind, scale=scale))
    if draw(st.booleans()):
        travel = MatrixTravel(travel.distance_matrix(), travel.distance_matrix())
    demands = draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))
    return rw.Problem(
        travels=(travel,),
        depots=(rw.Depot("depot", 0),),
        clients=tuple(rw.Client(str(i), i + 1, (d,)) for i, d in enumerate(demands)),
        vehicle_types=(
            rw.VehicleType(
                "van",
                count=draw(st.none() | st.integers(1, n)),
                capacity=(draw(st.integers(9, 40)),),
                fixed_cost=draw(st.sampled_from([0, 7, 10**10])),
                unit_distance_cost=draw(st.sampled_from([1, 1, 3, 0])),
            ),
        ),
        scale=rw.Scale(load=(1,)),
    )


@st.composite
def plans(draw: st.DrawFn, problem: rw.Problem) -> Plan:
    """Clients in random order, cut into routes where the capacity says so, or earlier."""
    routes, load = [[]], 0
    for c in draw(st.permutations(range(problem.num_clients))):
        amount = problem.clients[c].delivery[0]
        if load + amount > problem.vehicle_types[0].capacity[0] or draw(st.integers(0, 3)) == 0:
            routes.append([])
            load = 0
        routes[-1].append(c + 1)
        load += amount
    routes = [route for route in routes if route]
    return Plan.of(routes, np.zeros(len(routes), dtype=np.int64))


def cost_of(problem: rw.Problem, plan: Plan) -> int:
    """Cost of a plan, by the definition."""
    vehicle, total = problem.vehicle_types[0], 0
    for r in range(len(plan.start) - 1):
        stops = [0, *(problem.node_location(int(v)) for v in plan.route(r)), 0]
        distance = problem.travels[0].distances(stops[:-1], stops[1:]).sum()
        total += vehicle.fixed_cost + vehicle.unit_distance_cost * int(distance)
    return total


def assert_consistent(problem: rw.Problem, worker: PlainWorker) -> None:
    """Every number of the state is what walking the routes says."""
    s, p = worker.state, worker.p
    costs = np.zeros((problem.num_clients + 1,) * 2, dtype=np.int64)
    run_arc_costs(p, costs)
    seen, used = [], 0
    for r in range(s.counts[state.NUM_SLOTS]):
        row, before, load, size = s.route[r], 0, 0, 0
        v = row[state.HEAD]
        used += v > 0
        while v > 0:
            node = s.node[v]
            assert s.at[v] == r
            assert node[state.PREV] == before
            assert node[state.TO_PREV] == costs[before, v]
            load += node[state.DEMAND]
            if row[state.FRESH]:
                assert (node[state.POSITION], node[state.PREFIX]) == (size, load)
            size += 1
            seen.append(int(v))
            before, v = v, node[state.NEXT]
            assert node[state.TO_NEXT] == costs[before, v]
        assert row[state.TAIL] == before
        assert (row[state.LOAD], row[state.SIZE]) == (load, size)
        assert load <= p.capacity
    absent = s.absent[: s.counts[state.NUM_ABSENT]].tolist()
    assert sorted(seen + absent) == sorted(s.members[: s.counts[state.NUM_MEMBERS]].tolist())
    assert all(s.at[v] == -1 for v in absent)
    assert used == s.counts[state.NUM_ROUTES] <= max(p.max_routes, 0)
    assert not s.queued.any()
    assert worker.energy == cost_of(problem, worker.plan()) + p.penalty * len(absent)
    best = worker.best_plan()
    missing = len(seen) + len(absent) - len(best.visits)
    assert worker.best_energy == cost_of(problem, best) + p.penalty * missing
    assert worker.best_energy <= worker.energy


def loaded(problem: rw.Problem, plan: Plan) -> PlainWorker:
    engine = PlainEngine(problem.replace(vehicle_types=_unlimited(problem)))
    worker = engine.worker((1,))
    worker.load(plan, NOBODY, engine.vehicles)
    return worker


def _unlimited(problem: rw.Problem) -> tuple[rw.VehicleType, ...]:
    v = problem.vehicle_types[0]
    costs = {"fixed_cost": v.fixed_cost, "unit_distance_cost": v.unit_distance_cost}
    return (rw.VehicleType("van", None, v.capacity, **costs),)


with_plans = plain_problems().flatmap(lambda p: plans(p).map(lambda plan: (p, plan)))


@given(plain_problems())
def test_arcs_are_those_of_the_problem_in_units_of_cost(problem: rw.Problem) -> None:
    vehicle = problem.vehicle_types[0]
    costs = np.zeros((problem.num_clients + 1,) * 2, dtype=np.int64)
    run_arc_costs(PlainEngine(problem).p, costs)
    wanted = problem.travels[0].distance_matrix() * vehicle.unit_distance_cost
    wanted[0, 0] = -vehicle.fixed_cost  # an unused vehicle
    np.testing.assert_array_equal(costs, wanted)


@given(with_plans)
def test_loading_computes_everything_and_exports_the_plan(pair: tuple[rw.Problem, Plan]) -> None:
    problem, plan = pair
    worker = loaded(problem, plan)
    assert_consistent(problem, worker)
    for exported in (worker.plan(), worker.best_plan()):
        assert exported.visits.tolist() == plan.visits.tolist()
        assert exported.start.tolist() == plan.start.tolist()


@pytest.mark.parametrize("family", range(4), ids=["relocate", "two_opt", "swap", "swap_star"])
@given(data=st.data())
def test_a_delta_is_the_difference_of_two_full_evaluations(
    family: int, data: st.DataObject
) -> None:
    """Of moves that are taken, whether they are worth it or not; then undo restores."""
    problem, plan = data.draw(with_plans)
    assume(problem.num_clients > 1)
    worker = loaded(problem, plan)
    s = worker.state
    clients = st.integers(1, problem.num_clients)
    u, v = data.draw(st.lists(clients, min_size=2, max_size=2, unique=True))
    kept = [array.copy() for array in (s.at, s.node[:, :4], s.route[:, :4])]
    routes, before = s.counts[state.NUM_ROUTES], cost_of(problem, plan)
    delta = run_move(worker.p, s, worker.settings, u, v, family)
    s.counts[state.ENERGY] += delta
    s.counts[state.BEST_ENERGY] = min(s.counts[state.BEST_ENERGY], s.counts[state.ENERGY])
    s.best_head[:] = s.route[:, state.HEAD]
    s.best_next[:] = s.node[:, state.NEXT]
    assert cost_of(problem, worker.plan()) == before + delta
    s.counts[state.BEST_ENERGY] = s.counts[state.ENERGY]
    assert_consistent(problem, worker)
    run_undo(s)
    for array, old in zip((s.at, s.node[:, :4], s.route[:, :4]), kept, strict=True):
        np.testing.assert_array_equal(array[1:] if array is s.node else array, old)
    assert s.counts[state.NUM_ROUTES] == routes
    assert cost_of(problem, worker.plan()) == before


@given(plain_problems(), st.sampled_from([0.0, 1.0, 1e12]), st.sampled_from([-1e15, 0.0, 1e15]))
def test_the_state_is_consistent_after_any_number_of_iterations(
    problem: rw.Problem, temperature: float, slack: float
) -> None:
    """With and without descent, from frozen to boiling, with fleets that are too small."""
    engine = PlainEngine(problem)
    worker, plan = engine.worker((7,)), engine.start()
    absent = np.setdiff1d(np.arange(1, problem.num_clients + 1), plan.visits)
    worker.load(plan, absent, engine.vehicles)
    assert_consistent(problem, worker)
    start = worker.best_energy
    for size in (1, 1, 5, 30 if COMPILED else 3):
        worker.run(size, temperature, slack)
        assert_consistent(problem, worker)
    assert worker.best_energy <= start


@given(with_plans, st.data())
def test_a_worker_leaves_the_clients_of_others_alone(
    pair: tuple[rw.Problem, Plan], data: st.DataObject
) -> None:
    problem, plan = pair
    keep = data.draw(st.integers(0, len(plan.start) - 1))
    part = Plan(plan.visits[: plan.start[keep]], plan.start[: keep + 1], plan.vehicle_type[:keep])
    rest = plan.visits[plan.start[keep] :]
    absent = rest[: data.draw(st.integers(0, len(rest)))]
    assume(len(part.visits) + len(absent))
    engine = PlainEngine(problem.replace(vehicle_types=_unlimited(problem)))
    worker = engine.worker((3,))
    worker.load(part, absent, engine.vehicles)
    worker.run(20, 1.0, 1.0)
    assert_consistent(problem, worker)
    assert sorted(worker.plan().visits) == sorted([*part.visits, *absent])


def test_the_depth_of_a_plan_does_not_depend_on_what_was_loaded_before() -> None:
    """But for random numbers and absences, loading starts afresh."""
    rng = np.random.default_rng(0)
    problem = rw.Problem(
        travels=(CoordinateTravel(rng.uniform(0, 99, (41, 2)), Metric()),),
        depots=(rw.Depot("depot", 0),),
        clients=tuple(rw.Client(str(i), i, (1,)) for i in range(1, 41)),
        vehicle_types=(rw.VehicleType("van", capacity=(7,)),),
        scale=rw.Scale(load=(1,)),
    )
    engine = PlainEngine(problem)
    found = []
    for _ in range(2):
        worker = engine.worker((1,))
        if found:
            worker.load(engine.start(), NOBODY, engine.vehicles)
            worker.run(50, 5.0, 0.0)
            worker.rng[:] = engine.worker((1,)).rng
        worker.load(engine.start(), NOBODY, engine.vehicles)
        worker.run(200, 3.0, 10.0)
        found.append((worker.energy, worker.plan().visits.tolist()))
    assert found[0] == found[1]
