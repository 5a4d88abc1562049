"""OR-Tools routing: every attribute on a tiny problem, and how it ends its searches."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from types import FrameType

import pytest
from brute_force import every_plan
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_cases import CASES, optimum, small
from strategies import problems, solutions

import routewright as rw
from routewright.solvers import get_solver, ortools_routing, ortools_transit
from routewright.solvers.base import Run
from routewright.solvers.chains import chains
from routewright.solvers.ortools_layout import Layout, vehicle_counts
from routewright.solvers.ortools_search import CHECKS_PER_ITERATION, Watch

SOLVER = get_solver("ortools")
FEW = rw.MaxIterations(60)
#: Ends a test that would otherwise not end; no test asks for how long it took.
AT_LAST = rw.MaxRuntime(120)


def spiral(n: int, **vehicle: object) -> rw.Problem:
    """Return n clients with a demand of 1, anywhere."""
    model = rw.Model("spiral")
    model.set_metric("nint")
    model.add_depot(x=50, y=50)
    for i in range(n):
        model.add_client(x=(i * 37) % 101, y=(i * 53) % 97, delivery=1)
    model.add_vehicle_type(**vehicle)
    return model.problem()


# Attributes -----------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_every_attribute_is_solved_to_the_optimum(name: str) -> None:
    result = SOLVER.solve(CASES[name](), FEW)
    assert result.report.violations == ()
    assert result.report.key == optimum(name).key


@pytest.mark.parametrize("name", CASES)
def test_the_attribute_of_a_case_matters(name: str) -> None:
    assert name.split()[0] in CASES[name]().attributes()
    plans = [[r.stops for r in optimum(which).routes] for which in (name, "plain")]
    assert plans[0] != plans[1]


@settings(max_examples=25)
@given(problems(allow=SOLVER.supported, max_clients=4))
def test_any_mixture_of_attributes_gives_a_checked_plan(problem: rw.Problem) -> None:
    if SOLVER.refusal(problem):
        return
    result = SOLVER.solve(problem, rw.MaxIterations(5))
    assert result.report == rw.check(problem, result.solution)
    if not result.feasible:  # whatever it leaves out, what it drives is sound
        left_out = {"missing_client", "group_missing", "fixed_edge", "lock_broken"}
        assert {v.kind for v in result.report.violations} <= left_out


def test_refuses_by_name() -> None:
    vehicle = {"capacity": 9, "max_reloads": 1, "reload_depots": (0,)}
    both = small({"delivery": 1}, {0: {"pickup": 1, "delivery": 0}}, [vehicle]).problem()
    both = both.replace(backhaul=rw.BackhaulPolicy.LINEHAUL_FIRST)
    with pytest.raises(rw.UnsupportedError, match="backhaul together with reloads"):
        SOLVER.solve(both, FEW)


def test_refuses_what_would_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ortools_routing, "MAX_CLIENTS", 4)
    with pytest.raises(rw.UnsupportedError, match="5 clients, more than its limit of 4"):
        SOLVER.solve(small().problem(), FEW)


@pytest.mark.parametrize("name", ["capacity", "time_windows", "profiles", "groups"])
def test_rows_on_demand_equal_whole_matrices(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = SOLVER.solve(CASES[name](), FEW)
    monkeypatch.setattr(ortools_transit, "MATRIX_LIMIT", 0)
    rows = SOLVER.solve(CASES[name](), FEW)
    assert (rows.solution, rows.cost) == (whole.solution, whole.cost)


def test_a_shipment_within_an_exclusive_group_is_left_out() -> None:
    # OR-Tools crashes on a pair of which one at most may be visited.
    model = small(None, {0: {"group": 0, "prize": 9}, 1: {"group": 0, "prize": 9}})
    model.add_group(required=False)
    model.add_shipment(0, 1)
    result = SOLVER.solve(model.problem(), FEW)
    assert result.feasible
    assert result.report.unassigned == (0, 1)


# Starts and ends of the search ------------------------------------------------------


def test_iterations_make_it_deterministic_and_the_seed_is_said_to_have_no_effect() -> None:
    problem = spiral(40, capacity=9)
    results = [SOLVER.solve(problem, rw.MaxIterations(30), seed) for seed in (0, 0, 5)]
    assert len({(r.solution, r.iterations, r.stop_reason) for r in results}) == 1
    assert results[0].iterations == 30
    assert results[0].stop_reason == "iteration limit"
    assert "no seed" in results[0].message


def test_stops_at_the_target() -> None:
    problem = spiral(40, capacity=9)
    good = SOLVER.solve(problem, rw.MaxIterations(30)).cost
    result = SOLVER.solve(problem, rw.TargetCost(good * 1.02) | AT_LAST)
    assert result.stop_reason == "target reached"
    assert result.cost <= good * 1.02


def test_stops_without_improvement() -> None:
    result = SOLVER.solve(spiral(12, capacity=9), rw.NoImprovement(20) | AT_LAST)
    assert result.stop_reason == "no improvement"
    assert result.feasible


def test_a_time_limit_ends_it() -> None:
    result = SOLVER.solve(spiral(30, capacity=9), rw.MaxRuntime(1.0))
    assert result.stop_reason == "time limit"
    assert result.feasible


def test_does_not_begin_what_it_has_no_time_to_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ortools_routing, "setup_seconds", lambda layout: 1e9)
    result = SOLVER.solve(small().problem(), AT_LAST)
    assert result.stop_reason == "time limit"
    assert "setting up its model takes" in result.message
    assert {v.kind for v in result.report.violations} == {"missing_client"}


def test_an_interrupt_from_another_thread_ends_it() -> None:
    interrupt, improved = threading.Event(), threading.Event()

    def wait_and_interrupt() -> None:
        improved.wait()
        interrupt.set()

    waiting = threading.Thread(target=wait_and_interrupt)
    waiting.start()
    result = SOLVER.solve(
        spiral(30, capacity=9),
        AT_LAST,
        on_improvement=lambda point: improved.set(),
        interrupt=interrupt,
    )
    waiting.join()
    assert result.stop_reason == "interrupted"
    assert result.feasible


def test_signals_are_handled_during_the_search() -> None:
    interrupt = threading.Event()

    def handler(number: int, frame: FrameType | None) -> None:
        interrupt.set()

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        result = SOLVER.solve(spiral(30, capacity=9), AT_LAST, interrupt=interrupt)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert result.stop_reason == "interrupted"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_exceptions_of_callbacks_are_not_swallowed(error: type[BaseException]) -> None:
    def fail(point: rw.TracePoint) -> None:
        raise error("from the callback")

    with pytest.raises(error, match="from the callback"):
        SOLVER.solve(spiral(30, capacity=9), AT_LAST, on_improvement=fail)


def test_exceptions_of_arc_callbacks_are_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(row: object) -> None:
        raise KeyboardInterrupt("from the arc")

    monkeypatch.setattr(ortools_transit, "MATRIX_LIMIT", 0)
    monkeypatch.setattr(ortools_transit, "_packed", fail)
    with pytest.raises(KeyboardInterrupt, match="from the arc"):
        SOLVER.solve(spiral(10, capacity=9), AT_LAST)


def test_locks_and_fixed_edges_of_many_clients_are_kept() -> None:
    problem = spiral(40, capacity=9).replace(
        locks=(
            rw.Lock((3, 30, 11, 5)),
            rw.Lock((7, 39, 21), at_start=False),
            rw.Lock((12,), at_start=True),
        ),
        fixed_edges=((1 + 20, 1 + 33), (1 + 33, 1 + 6), (1 + 21, 1 + 25), (0, 1 + 14)),
    )
    assert sorted(map(sorted, chains(problem))) == [
        [3, 5, 11, 30], [6, 20, 33], [7, 21, 25, 39], [12], [14],
    ]  # fmt: skip
    assert SOLVER.solve(problem, rw.MaxIterations(5)).feasible


def test_chains_leave_out_rings_and_stars() -> None:
    ring = [(1, 2), (2, 3), (3, 1)]
    assert list(chains(small().problem().replace(fixed_edges=ring))) == []
    star = [(1, 2), (1, 3), (1, 4)]
    assert not any(0 in chain for chain in chains(small().problem().replace(fixed_edges=star)))


@pytest.mark.parametrize("name", ["capacity", "reloads", "locks", "optional_clients"])
def test_is_never_worse_than_its_start(name: str) -> None:
    problem = CASES[name]()
    plans = [p for p in every_plan(problem) if rw.check(problem, p).feasible]
    for plan in plans[:: max(1, len(plans) // 4)]:
        result = SOLVER.solve(problem, rw.MaxIterations(2), initial=plan)
        assert result.report.key <= rw.check(problem, plan).key


@pytest.mark.parametrize("name", ["allowed_vehicles", "locks", "fixed_edges", "reloads"])
def test_any_start_is_taken_and_nothing_printed(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    problem = CASES[name]()
    for visits in [[[0, 1], [2, 3, 4]], [[0, 0, 1]], [[0], [1], [2], [3], [4]], [[4, 3, 2, 1, 0]]]:
        result = SOLVER.solve(problem, FEW, initial=rw.Solution.from_visits(visits))
        assert result.feasible
    assert capfd.readouterr() == ("", "")


def test_starts_from_savings_where_there_are_many_clients(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem = spiral(60, capacity=9)
    savings = get_solver("savings").solve(problem, AT_LAST)
    monkeypatch.setattr(ortools_routing, "_BY_SAVINGS", 59)
    result = SOLVER.solve(problem, rw.MaxIterations(20))
    assert result.report.key <= savings.report.key
    assert result.iterations == 20


def test_without_a_feasible_plan_the_checker_names_what_is_missing() -> None:
    some = {1: {"delivery": 8, "window": (0, 3)}}
    result = SOLVER.solve(small({"delivery": 1}, some, [{"capacity": 9}]).problem(), FEW)
    assert result.status == rw.Status.INFEASIBLE_PLAN
    assert [(v.kind, v.client) for v in result.report.violations] == [("missing_client", "2")]


@pytest.mark.parametrize(
    "vehicle",
    [{"count": 0}, {"shift": (5, 6), "max_duration": 1}, {"shift": (50, 60)}],
)
def test_without_a_usable_vehicle_everything_is_missing(vehicle: dict[str, object]) -> None:
    problem = small(None, None, [vehicle], [{"window": (0, 40)}]).problem()
    result = SOLVER.solve(problem, FEW)
    assert {v.kind for v in result.report.violations} == {"missing_client"}


# Parts ----------------------------------------------------------------------------


@settings(max_examples=60, suppress_health_check=[HealthCheck.data_too_large])
@given(st.data())
def test_layout_reads_back_the_plans_it_lays_out(data: st.DataObject) -> None:
    problem = data.draw(problems(allow=SOLVER.supported, max_clients=6))
    plan = data.draw(solutions(problem))
    layout = Layout.of(problem)
    routes = layout.routes(plan)
    if routes is None:
        counts = vehicle_counts(problem)
        used = [r.vehicle_type for r in plan.routes]
        reloads = sum(len(r.reloads) for r in plan.routes)
        short = any(used.count(k) > counts[k] for k in set(used))
        assert short or reloads > len(layout.reloads) // max(problem.num_depots, 1)
        return
    follower: dict[int, int] = {}
    for start, end, visits in zip(layout.starts, layout.ends, routes, strict=True):
        follower.update(zip([start, *visits], [*visits, end], strict=True))
    assert layout.solution(follower.__getitem__) == plan


def test_an_unlimited_type_has_a_vehicle_for_every_client_it_may_serve() -> None:
    some = {0: {"skills": ("cold",)}}
    problem = small(None, some, [{}, {"skills": ("cold",), "count": 9}]).problem()
    assert vehicle_counts(problem) == {0: 4, 1: 5}


def test_a_huge_unlimited_fleet_is_cut_but_carries_the_load_twice() -> None:
    assert vehicle_counts(spiral(5000, capacity=2)) == {0: 5000}
    assert vehicle_counts(spiral(5000, capacity=100)) == {0: 3000}


def test_a_feasible_plan_bounds_an_unlimited_fleet() -> None:
    plan = rw.Solution.from_visits([range(30), range(30, 60)])
    assert vehicle_counts(spiral(60, capacity=30), plan) == {0: 14}
    assert vehicle_counts(spiral(60, capacity=3), plan) == {0: 20}
    assert vehicle_counts(spiral(60, capacity=30, count=5), plan) == {0: 5}


class Answers:
    """What a watch answers to a search that asks it."""

    def __init__(self, stop: rw.StopCriterion, interrupt: threading.Event | None = None) -> None:
        self.run = Run(small().problem(), stop, interrupt=interrupt or threading.Event())
        self.watch = Watch(self.run, lambda: rw.Solution([]), lambda: None)

    def __iter__(self) -> Iterator[bool]:
        while True:
            yield self.watch.limit()


@pytest.mark.parametrize("iterations", [1, 3])
def test_an_iteration_is_a_fixed_number_of_checks(iterations: int) -> None:
    answers = Answers(rw.MaxIterations(iterations))
    checks = next(n for n, stop in enumerate(answers) if stop)
    assert checks == iterations * CHECKS_PER_ITERATION
    assert all(stop for stop, _ in zip(answers, range(10), strict=False))


def test_an_interrupt_is_seen_within_an_iteration() -> None:
    interrupt = threading.Event()
    answers = Answers(AT_LAST, interrupt)
    assert not any(stop for stop, _ in zip(answers, range(5000), strict=False))
    interrupt.set()
    assert next(n for n, stop in enumerate(answers) if stop) <= CHECKS_PER_ITERATION
