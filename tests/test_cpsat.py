"""CP-SAT circuits: optima against brute force, bounds, and how it ends its searches."""

from __future__ import annotations

import threading

import pytest
from brute_force import best_plan
from conftest import instance_path
from hypothesis import given, settings
from small_cases import CASES, optimum, small
from strategies import problems

import routewright as rw
from routewright.solvers import cpsat, get_solver

SOLVER = get_solver("cpsat")
#: Ends a test that would otherwise not end; no test asks for how long it took.
AT_LAST = rw.MaxRuntime(120)

EXPRESSIBLE = [name for name, build in CASES.items() if not SOLVER.unsupported(build())]


def ring(n: int) -> rw.Problem:
    """Return n clients with a demand of 1 that five vehicles in all can carry."""
    model = rw.Model("ring")
    model.set_metric("nint")
    model.add_depot(x=50, y=50)
    for i in range(n):
        model.add_client(x=(i * 37) % 101, y=(i * 53) % 97, delivery=1 + i % 3)
    model.add_vehicle_type(capacity=2 * n // 5 + 1)
    return model.problem()


@pytest.mark.parametrize("name", EXPRESSIBLE)
def test_every_attribute_is_proven_optimal(name: str) -> None:
    result = SOLVER.solve(CASES[name](), AT_LAST, threads=1)
    assert result.status == rw.Status.OPTIMAL
    assert result.stop_reason == "optimal"
    assert result.report.key == optimum(name).key
    assert result.bound == result.cost


def test_most_cases_are_expressible() -> None:
    assert len(EXPRESSIBLE) > len(CASES) / 2


@settings(max_examples=30)
@given(problems(allow=SOLVER.supported, max_clients=4))
def test_it_agrees_with_brute_force(problem: rw.Problem) -> None:
    best = best_plan(problem)
    if best is None:
        with pytest.raises(rw.InfeasibleError, match="no plan is feasible"):
            SOLVER.solve(problem, AT_LAST, threads=1)
    else:
        result = SOLVER.solve(problem, AT_LAST, threads=1)
        assert result.status == rw.Status.OPTIMAL
        assert result.report.key == best.key


@pytest.mark.parametrize("threads", [1, 2])
def test_iterations_make_it_deterministic_at_any_number_of_threads(threads: int) -> None:
    problem = ring(25)
    result = SOLVER.solve(problem, rw.MaxIterations(40), threads=threads)
    again = SOLVER.solve(problem, rw.MaxIterations(40), threads=3 - threads)
    assert (result.solution, result.bound) == (again.solution, again.bound)
    assert result.bound is not None
    assert 0 < result.bound <= result.cost


def test_a_bound_never_exceeds_the_optimum() -> None:
    problem = ring(9)
    best = SOLVER.solve(problem, AT_LAST)
    assert best.status == rw.Status.OPTIMAL
    for iterations in (1, 5, 20):
        result = SOLVER.solve(problem, rw.MaxIterations(iterations))
        assert result.bound is None or result.bound <= best.cost <= result.cost


def test_objectives_beyond_its_integers_still_give_a_bound() -> None:
    vehicle = {"capacity": 7, "fixed_cost": 4e9, "unit_distance_cost": 3e6}
    model = small({"delivery": 3}, None, [vehicle])
    model.set_metric("none")
    problem = model.problem()
    best = best_plan(problem)
    assert best is not None
    result = SOLVER.solve(problem, AT_LAST, threads=1)
    assert result.cost == best.cost
    assert result.bound is not None
    assert best.cost * (1 - 1e-6) <= result.bound <= best.cost


def test_refuses_many_clients_and_several_types() -> None:
    with pytest.raises(rw.UnsupportedError, match="61 clients, more than its limit of 60"):
        SOLVER.solve(ring(61), AT_LAST)
    one = rw.VehicleType("van", count=1)
    assert not SOLVER.refusal(ring(120).replace(vehicle_types=(one,)))
    with pytest.raises(rw.UnsupportedError, match="121 clients, more than its limit of 120"):
        SOLVER.solve(ring(121).replace(vehicle_types=(one,)), AT_LAST)
    with pytest.raises(rw.UnsupportedError, match="heterogeneous_fleet"):
        SOLVER.solve(CASES["heterogeneous_fleet"](), AT_LAST)


def test_an_interrupt_ends_it_with_the_best_plan() -> None:
    interrupt = threading.Event()
    result = SOLVER.solve(
        ring(40), AT_LAST, on_improvement=lambda point: interrupt.set(), interrupt=interrupt
    )
    assert result.stop_reason == "interrupted"
    assert result.feasible


def test_an_interrupt_during_the_proof_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt = threading.Event()
    collect = cpsat._Search._collect

    def collect_and_interrupt(search: cpsat._Search) -> None:
        collect(search)
        interrupt.set()

    monkeypatch.setattr(cpsat._Search, "_collect", collect_and_interrupt)
    result = SOLVER.solve(ring(40), AT_LAST, interrupt=interrupt)
    assert result.stop_reason == "interrupted"
    assert result.feasible


def test_stops_at_the_target() -> None:
    problem = ring(25)
    good = SOLVER.solve(problem, rw.MaxIterations(1)).cost
    result = SOLVER.solve(problem, rw.TargetCost(good) | AT_LAST)
    assert result.stop_reason == "target reached"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_exceptions_of_callbacks_are_not_swallowed(
    error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(point: rw.TracePoint) -> None:
        raise error("from the callback")

    monkeypatch.setattr(cpsat, "_start", lambda run: None)
    with pytest.raises(error, match="from the callback"):
        SOLVER.solve(ring(12), AT_LAST, on_improvement=fail)


def test_is_never_worse_than_its_start() -> None:
    problem = ring(12)
    start = rw.Solution.from_visits([[c] for c in range(12)])
    result = SOLVER.solve(problem, rw.MaxIterations(0), initial=start)
    assert result.solution == start
    assert SOLVER.solve(problem, rw.MaxIterations(1), initial=start).cost <= result.cost


@pytest.mark.parametrize("name", ["E/E-n13-k4", "P/P-n16-k8"])
def test_published_optima_are_proven(name: str) -> None:
    path = instance_path(f"CVRP/{name}.vrp")
    problem = rw.read(path)
    published = rw.read_solution(problem, path.with_suffix(".sol"))
    result = SOLVER.solve(problem, AT_LAST)
    assert result.status == rw.Status.OPTIMAL
    assert result.cost == rw.check(problem, published).cost
