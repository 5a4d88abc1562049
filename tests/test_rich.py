"""The general engine: what it knows of a plan is what the checker says, for every attribute."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import problems, solutions

import routewright as rw
from routewright.instances.generators.city import build_city
from routewright.report import ViolationKind, to_user
from routewright.solvers.fleet import Plan
from routewright.solvers.kernels import kernel
from routewright.solvers.kernels import rich_columns as at
from routewright.solvers.kernels.rich_scan import scan_cost
from routewright.solvers.rich import SUPPORTED, RichEngine, RichWorker

K = ViolationKind

#: What a plan of the engine may lack: places for clients, and nothing else.
LACKS = {K.MISSING_CLIENT, K.GROUP_MISSING}
#: What is wrong between the visits of a route, or between routes, and not on a route alone.
BETWEEN = {
    *LACKS,
    K.DUPLICATE_VISIT,
    K.GROUP_REPEATED,
    K.TOO_MANY_VEHICLES,
    K.SHIPMENT_INCOMPLETE,
    K.SHIPMENT_SPLIT,
    K.SHIPMENT_ORDER,
}

drawn = problems(allow=SUPPORTED, max_clients=7)


@kernel
def run_scan(p: Any, k: Any, visits: Any) -> Any:
    return scan_cost(p, k, visits, len(visits))


def everyone(engine: RichEngine) -> np.ndarray:
    return np.arange(engine.p.num_depots, len(engine.p.node), dtype=np.int64)


def started(problem: rw.Problem, plan: Plan | None = None, seed: int = 1) -> RichWorker:
    engine = RichEngine(problem)
    worker = engine.worker((seed,))
    plan = engine.start() if plan is None else plan
    worker.load(plan, np.setdiff1d(everyone(engine), plan.visits), engine.vehicles)
    return worker


def assert_true(problem: rw.Problem, worker: RichWorker, plan: Plan, best: bool) -> None:
    """The engine's numbers about a plan are those of the checker."""
    solution = worker.engine.solution(plan)
    report = rw.check(problem, solution)
    cost, missing, routes = (
        (at.BEST, at.BEST_MISSING, at.BEST_ROUTES)
        if best
        else (at.CURRENT, at.MISSING, at.NUM_ROUTES)
    )
    counters = worker.s.ctl
    assert {v.kind for v in report.violations} <= LACKS
    assert len(report.violations) == counters[missing]
    assert len(solution.routes) == counters[routes]
    assert to_user(int(counters[cost]), problem.scale.cost) == report.cost


# One route -----------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.data())
def test_a_scanned_route_costs_what_the_checker_says(data: st.DataObject) -> None:
    """Or it breaks a rule, and then for both."""
    problem = data.draw(drawn)
    engine = RichEngine(problem)
    for route in data.draw(solutions(problem)).routes:
        if len(set(route.visits)) < len(route.visits) or not all(route.trips):
            continue
        if not set(route.reloads) <= set(problem.vehicle_types[route.vehicle_type].reload_depots):
            continue
        plan = engine.adopt(rw.Solution([route]))
        cost = run_scan(engine.p, int(plan.vehicle_type[0]), plan.visits)
        report = rw.check(problem, rw.Solution([route]))
        broken = {v.kind for v in report.violations} - BETWEEN
        assert (cost == at.NEVER) == bool(broken), broken
        if not broken:
            prizes = report.breakdown["prizes"]
            assert to_user(int(cost), problem.scale.cost) == pytest.approx(
                report.cost - prizes, abs=1e-9
            )


# Plans -----------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.data())
def test_loading_keeps_the_routes_that_break_no_rule(data: st.DataObject) -> None:
    problem = data.draw(drawn)
    engine = RichEngine(problem)
    solution = data.draw(solutions(problem))
    worker = started(problem, engine.adopt(solution))
    assert_true(problem, worker, worker.plan(), best=False)
    assert_true(problem, worker, worker.best_plan(), best=True)
    if not {v.kind for v in rw.check(problem, solution).violations} - LACKS:
        report = rw.check(problem, worker.engine.solution(worker.plan()))
        assert report.key == rw.check(problem, solution).key


@settings(max_examples=80)
@given(
    drawn, st.sampled_from([0.0, 1.0, 1e6]), st.sampled_from([-1.0, 0.0, 1e9]), st.integers(0, 9)
)
def test_a_search_knows_its_plans(
    problem: rw.Problem, temperature: float, slack: float, seed: int
) -> None:
    """From frozen to boiling, with and without descent: no cost is off by one."""
    worker = started(problem, seed=seed)
    assert_true(problem, worker, worker.plan(), best=False)
    energy = worker.best_energy
    for size in (1, 1, 3, 15):
        worker.run(size, temperature, slack)
        assert_true(problem, worker, worker.plan(), best=False)
        assert_true(problem, worker, worker.best_plan(), best=True)
        assert worker.best_energy <= min(energy, worker.energy)
        energy = worker.best_energy


@given(drawn)
def test_what_is_refused_leaves_no_trace(problem: rw.Problem) -> None:
    """At a temperature below zero nothing is accepted, and everything is undone."""
    worker = started(problem)
    counted = [at.CURRENT, at.MISSING, at.LOST, at.NUM_ROUTES, at.FREE_ROUTES, at.FREE_TRIPS]
    before, counters = worker.plan(), worker.s.ctl[counted].copy()
    used, served = worker.s.fleet.copy(), worker.s.served.copy()
    if counters[1]:
        return  # what is missing may be found a place at any temperature
    worker.run(20, -1e18, 1e9)
    if worker.s.ctl[at.ACCEPTED]:
        return
    for old, new in zip(before, worker.plan(), strict=True):
        np.testing.assert_array_equal(old, new)
    np.testing.assert_array_equal(counters, worker.s.ctl[counted])
    np.testing.assert_array_equal(used, worker.s.fleet)
    np.testing.assert_array_equal(served, worker.s.served)


@given(drawn, st.data())
def test_a_worker_leaves_the_clients_of_others_alone(
    problem: rw.Problem, data: st.DataObject
) -> None:
    """And parts of a plan never visit a group twice, or half of a shipment."""
    engine = RichEngine(problem)
    plan = engine.start()
    routes = len(plan.start) - 1
    mine = data.draw(st.sets(st.integers(0, routes - 1))) if routes else set()
    left_out = np.setdiff1d(everyone(engine), plan.visits)
    give = np.array([data.draw(st.booleans()) for _ in left_out], dtype=bool)
    plans = []
    for part, absent in ((mine, left_out[give]), (set(range(routes)) - mine, left_out[~give])):
        chosen = [plan.route(r) for r in sorted(part)]
        kinds = plan.vehicle_type[sorted(part)]
        piece = Plan.of(chosen, kinds)
        worker = engine.worker((4,))
        # No vehicles beyond those in use: what is spare is for the driver to share out.
        worker.load(piece, absent, np.bincount(kinds, minlength=engine.p.num_types))
        worker.run(15, 1e6, 1e6)
        plans.append(worker.plan())
    whole = engine.solution(
        Plan.of(
            [p.route(r) for p in plans for r in range(len(p.start) - 1)],
            np.concatenate([p.vehicle_type for p in plans]),
        )
    )
    assert {v.kind for v in rw.check(problem, whole).violations} <= LACKS


def test_equal_types_are_one_kind_and_are_dealt_out_in_turn() -> None:
    model = rw.Model()
    model.add_depot(x=0, y=0)
    for x in range(1, 5):
        model.add_client(x=x, y=0, delivery=1)
    for name in ("a", "b", "c", "d"):
        model.add_vehicle_type(name, count=1, capacity=1)
    problem = model.problem()
    engine = RichEngine(problem)
    assert len(engine.kinds) == 1
    solution = engine.solution(engine.start())
    assert sorted(r.vehicle_type for r in solution.routes) == [0, 1, 2, 3]
    assert rw.check(problem, solution).feasible


def test_a_client_that_fits_nowhere_near_is_found_a_place_far_away() -> None:
    """More neighbors than it looks at are full; the one vehicle with room is far."""
    model = rw.Model()
    model.add_depot(x=0, y=0)
    for i in range(130):
        model.add_client(x=100 + i * 0.01, y=0, delivery=1)
    model.add_client(x=-100, y=0, delivery=1)
    model.add_vehicle_type(count=1, capacity=130)
    model.add_vehicle_type(count=1, capacity=1, max_distance=210)
    result = rw.solve(model.problem(), solver="ruin", stop=rw.MaxIterations(300))
    assert result.feasible


# Where a search begins -------------------------------------------------------------------


@given(drawn)
def test_the_start_is_the_better_of_two_and_keeps_every_rule(problem: rw.Problem) -> None:
    engine = RichEngine(problem)
    first, hasty = engine.start(), engine.start(0.0)  # no time for savings
    assert started(problem, first).energy <= started(problem, hasty).energy
    worker = started(problem, first)
    assert_true(problem, worker, worker.plan(), best=False)


def test_savings_begin_a_large_problem_better_than_insertion() -> None:
    problem = build_city(0).day(150, 0)
    engine = RichEngine(problem)
    assert started(problem, engine.start()).energy < started(problem, engine.start(0.0)).energy
