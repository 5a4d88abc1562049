"""The contract of every solver in the registry.

A solver is tested here by being registered: it names what it cannot handle, and for all
else its plans are what the checker says they are, whatever the attributes.
"""

from __future__ import annotations

import hashlib
import threading
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from strategies import EVERYTHING, SEARCHABLE, problems, solutions

import routewright as rw
from routewright.attributes import FUTURE_ATTRIBUTES, Attribute
from routewright.solvers import REGISTRY, choose_solver, get_solver
from routewright.solvers.base import Solver

A = Attribute

SOLVERS = sorted(REGISTRY)
#: Enough to find something; the time limit is only for the day when it is broken.
STOP = rw.MaxIterations(10) | rw.MaxRuntime(60)

every_solver = pytest.mark.parametrize("name", SOLVERS)
few = settings(max_examples=15)


def handled(solver: Solver, **options: Any) -> st.SearchStrategy[rw.Problem]:
    """Problems that the solver does not refuse."""
    options = {"max_clients": 5, "one_vehicle": solver.single_vehicle, **options}
    drawn = problems(allow=solver.supported & SEARCHABLE, **options)
    return drawn.filter(lambda p: not solver.unsupported(p) and not solver.refusal(p))


def solve(solver: Solver, problem: rw.Problem, **options: Any) -> rw.Result | None:
    """The result; None where the solver proves that no plan is feasible."""
    try:
        return solver.solve(problem, options.pop("stop", STOP), **options)
    except rw.InfeasibleError:
        return None


def small(name: str, square: rw.Problem) -> rw.Problem:
    """The square, with one large van where the solver takes no more than one."""
    if not get_solver(name).single_vehicle:
        return square
    return square.replace(vehicle_types=(rw.VehicleType("van", count=1),))


def fingerprint(problem: rw.Problem) -> str:
    """Changes with any number of the problem."""
    digest = hashlib.sha256(repr(problem).encode())
    for field in problem.arrays():
        digest.update(field.tobytes() if hasattr(field, "tobytes") else repr(field).encode())
    for travel in problem.travels:
        digest.update(travel.distance_matrix().tobytes())
        digest.update(travel.duration_matrix().tobytes())
    return digest.hexdigest()


# What it returns ----------------------------------------------------------------


@every_solver
@few
@given(data=st.data())
def test_the_result_is_what_the_checker_says(name: str, data: st.DataObject) -> None:
    solver = get_solver(name)
    problem = data.draw(handled(solver))
    result = solve(solver, problem)
    if result is None:
        return
    report = rw.check(problem, result.solution)
    assert result.report == report
    assert result.cost == report.cost
    assert result.feasible == report.feasible
    assert result.feasible == (result.status in (rw.Status.FEASIBLE, rw.Status.OPTIMAL))
    assert result.solver == name
    assert result.stop_reason
    assert result.trace[-1].cost == result.cost
    assert result.runtime >= 0 <= result.compile_time
    if result.bound is not None and result.feasible:
        assert result.bound <= result.cost


@every_solver
@few
@given(data=st.data())
def test_no_plan_beats_the_optimum_and_every_claim_is_true(name: str, data: st.DataObject) -> None:
    solver, exact = get_solver(name), get_solver("exact")
    problem = data.draw(handled(solver, max_clients=6))
    assume(not exact.unsupported(problem) and not exact.refusal(problem))
    best, result = solve(exact, problem), solve(solver, problem)
    if best is None or result is None:
        # Proofs must agree; a heuristic may end with a plan that breaks rules instead.
        assert result is None or not result.feasible
        assert best is None
        return
    if result.feasible:
        assert result.report.key >= best.report.key
    if result.status is rw.Status.OPTIMAL:
        assert result.report.key == best.report.key
    if result.bound is not None:
        assert result.bound <= best.cost


@every_solver
@few
@given(data=st.data())
def test_the_same_seed_gives_the_same_plan(name: str, data: st.DataObject) -> None:
    solver = get_solver(name)
    problem, seed = data.draw(handled(solver)), data.draw(st.integers(0, 3))
    first, second = (solve(solver, problem, seed=seed, threads=2) for _ in range(2))
    if first is None or second is None:
        assert first is second
        return
    assert first.solution == second.solution
    assert first.cost == second.cost
    assert first.iterations == second.iterations
    assert first.seed == seed


@every_solver
@few
@given(data=st.data())
def test_the_result_is_never_worse_than_where_it_starts(name: str, data: st.DataObject) -> None:
    solver = get_solver(name)
    problem = data.draw(handled(solver))
    initial = data.draw(solutions(problem))
    improvements: list[rw.TracePoint] = []
    result = solve(solver, problem, initial=initial, on_improvement=improvements.append)
    if result is None:
        assert not rw.check(problem, initial).feasible
        return
    assert result.report.key <= rw.check(problem, initial).key
    assert tuple(improvements) == result.trace
    again = solve(solver, problem, initial=result.solution)
    assert again is not None
    assert again.report.key <= result.report.key


@every_solver
@few
@given(data=st.data())
def test_the_problem_is_left_as_it_was(name: str, data: st.DataObject) -> None:
    """Arrays can be written to, so that only this test keeps them immutable."""
    solver = get_solver(name)
    problem = data.draw(handled(solver))
    before = fingerprint(problem)
    solve(solver, problem)
    assert fingerprint(problem) == before


# What it refuses ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        (name, attribute)
        for name in SOLVERS
        for attribute in sorted(EVERYTHING - (get_solver(name).supported - FUTURE_ATTRIBUTES))
    ],
)
# Some attributes need more than they ask for, such as two depots, and are drawn seldom.
@settings(max_examples=5, suppress_health_check=[HealthCheck.filter_too_much])
@given(data=st.data())
def test_what_it_cannot_handle_is_refused_by_name(
    name: str, attribute: Attribute, data: st.DataObject
) -> None:
    others = SEARCHABLE | {attribute}
    problem = data.draw(problems(allow=others, require={attribute}, min_clients=2, max_clients=4))
    assume(attribute in problem.attributes())
    with pytest.raises(rw.UnsupportedError, match=attribute) as refusal:
        get_solver(name).solve(problem, STOP)
    assert attribute in refusal.value.attributes
    assert name in str(refusal.value)


@every_solver
def test_it_is_known_by_its_name_and_says_what_it_is(name: str) -> None:
    solver = get_solver(name)
    assert solver.name == name
    assert solver.summary
    assert "\n" not in solver.summary
    assert solver.supported <= frozenset(A) - FUTURE_ATTRIBUTES


def test_an_unknown_name_is_bad_input() -> None:
    known = "auto, cpsat, edges, exact, genetic, neural, ortools, ruin, savings, split, tsp"
    with pytest.raises(rw.InputError, match=known):
        get_solver("magic")


@every_solver
def test_problems_that_are_proven_infeasible_are_not_searched(
    name: str, square: rw.Problem
) -> None:
    first, *rest = square.clients
    heavy = rw.Client(first.id, first.location, delivery=(99,))
    with pytest.raises(rw.InfeasibleError, match="delivery"):
        rw.solve(square.replace(clients=(heavy, *rest)), solver=name, stop=STOP)


# Limits -------------------------------------------------------------------------


@every_solver
@pytest.mark.parametrize("iterations", [0, 1, 5])
def test_iterations_are_limited(name: str, iterations: int, square: rw.Problem) -> None:
    """Except that a constructor makes one plan in any case."""
    stop = rw.MaxIterations(iterations) | rw.MaxRuntime(60)
    result = get_solver(name).solve(small(name, square), stop)
    assert result.iterations <= max(iterations, 1)


@every_solver
def test_no_time_at_all_still_gives_a_plan(name: str, square: rw.Problem) -> None:
    problem = small(name, square)
    result = get_solver(name).solve(problem, rw.MaxRuntime(0.0))
    assert rw.check(problem, result.solution) == result.report


@every_solver
def test_a_target_ends_the_search(name: str, square: rw.Problem) -> None:
    """From a plan that reaches the target already, nothing is left to do."""
    problem = small(name, square)
    plan = rw.Solution.from_visits([[0, 1, 2, 3]] if problem is not square else [[0, 1], [2, 3]])
    stop = rw.TargetCost(rw.check(problem, plan).cost) | rw.MaxRuntime(60)
    result = get_solver(name).solve(problem, stop, initial=plan)
    assert result.stop_reason in ("target reached", "optimal", "done")
    assert result.report.key <= rw.check(problem, plan).key


@every_solver
def test_an_interrupt_ends_the_search_with_the_best_plan(name: str, square: rw.Problem) -> None:
    interrupt = threading.Event()
    interrupt.set()
    problem = small(name, square)
    plan = rw.Solution.from_visits([[0, 2, 1, 3]] if problem is not square else [[0, 2], [1, 3]])
    stop = rw.MaxRuntime(60)
    result = get_solver(name).solve(problem, stop, initial=plan, interrupt=interrupt)
    assert result.report.key <= rw.check(problem, plan).key
    assert result.stop_reason == "interrupted"
    assert result.status is rw.Status.FEASIBLE


@every_solver
def test_an_interrupt_during_the_search_keeps_what_was_found(name: str, square: rw.Problem) -> None:
    interrupt = threading.Event()
    result = get_solver(name).solve(
        small(name, square),
        rw.MaxRuntime(60),
        interrupt=interrupt,
        on_improvement=lambda _: interrupt.set(),
    )
    assert result.feasible
    assert result.stop_reason in ("interrupted", "done", "optimal")


# Degenerate problems ------------------------------------------------------------


def model_of(points: list[tuple[float, float]], **kind: Any) -> rw.Model:
    model = rw.Model()
    model.add_depot(x=0, y=0)
    for x, y in points:
        model.add_client(x=x, y=y, delivery=0)
    model.add_vehicle_type(**kind)
    return model


@every_solver
@pytest.mark.parametrize(
    ("points", "cost"),
    [
        ([], 0),
        ([(3, 4)], 10),
        ([(0, 0)], 0),
        ([(0, 0)] * 4, 0),
        ([(3, 4)] * 4, 10),
        ([(3, 4), (3, 4), (6, 8)], 20),
    ],
    ids=["no client", "one", "at the depot", "all at the depot", "one place", "on a line"],
)
def test_degenerate_problems_are_solved(
    name: str, points: list[tuple[float, float]], cost: float
) -> None:
    """Nothing is asked for, places coincide, distances are zero."""
    solver = get_solver(name)
    kinds: list[dict[str, Any]] = [{"count": 1}, {"count": None, "capacity": 0}]
    for kind in kinds[:1] if solver.single_vehicle else kinds:
        result = solver.solve(model_of(points, **kind).problem(), STOP)
        assert result.feasible
        assert result.cost == cost
        assert sorted(c for r in result.solution.routes for c in r.visits) == [*range(len(points))]


# The choice among them ----------------------------------------------------------


def test_auto_says_which_solver_it_took_and_why(square: rw.Problem) -> None:
    solver, reason = choose_solver(square)
    assert solver.name in SOLVERS
    assert reason.startswith(f"auto chose {solver.name}: ")
    result = rw.solve(square, stop=STOP)
    assert result.solver == solver.name
    assert reason in result.message


@settings(max_examples=30)
@given(problems(max_clients=6))
def test_auto_finds_a_solver_for_every_problem_of_today(problem: rw.Problem) -> None:
    solver, _ = choose_solver(problem)
    assert not solver.unsupported(problem)
    assert not solver.refusal(problem)


def test_auto_names_what_no_solver_has_and_what_each_one_lacks() -> None:
    model = rw.Model()
    model.add_depot(x=0, y=0)
    model.add_client(x=1, y=1, delivery=1, window=(0, 9))
    model.add_vehicle_type(capacity=1, breaks=[((2, 5), 1)])
    with pytest.raises(rw.UnsupportedError) as caught:
        choose_solver(model.problem())
    assert caught.value.attributes == ("breaks",)
    assert "exact lacks breaks; " in str(caught.value)
    assert "; ortools lacks breaks" in str(caught.value)
