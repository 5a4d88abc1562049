"""Results: what solve() returns is the checker's word, and gaps are proven ones."""

from __future__ import annotations

import math
from typing import Any

import pytest
from corrupted import ALL, line, van, visits

import routewright as rw
from routewright.attributes import Attribute
from routewright.result import versions
from routewright.solvers.base import Run, Solver


def result(problem: rw.Problem, solution: rw.Solution, **fields: Any) -> rw.Result:
    plain: dict[str, Any] = {
        "solution": solution,
        "report": rw.check(problem, solution),
        "status": rw.Status.FEASIBLE,
        "solver": "none",
        "stop_reason": "done",
        "runtime": 0.0,
        "compile_time": 0.0,
        "iterations": 0,
        "seed": 0,
    }
    return rw.Result(**(plain | fields))


def test_cost_and_feasibility_are_those_of_the_checker() -> None:
    good, bad = result(line(), ALL), result(line(), visits([0, 1]))
    assert (good.cost, good.feasible) == (8, True)
    assert (bad.cost, bad.feasible) == (4, False)


@pytest.mark.parametrize(
    ("bound", "gap"), [(None, None), (8, 0.0), (6, 0.25), (0, 1.0), (8.0, 0.0)]
)
def test_gap(bound: float | None, gap: float | None) -> None:
    assert result(line(), ALL, bound=bound).gap == gap


def test_gap_of_nothing() -> None:
    free = line(vehicles=van(unit_distance_cost=0))
    assert result(free, ALL, bound=0).gap == 0.0
    assert result(free, ALL, bound=-1).gap == math.inf
    assert result(line(), visits([0, 1]), bound=0).gap is None, "infeasible"


def test_versions_name_what_searches_run_on() -> None:
    assert {"python", "routewright", "numpy", "numba", "ortools"} <= set(versions())


class Scripted(Solver):
    """Offers a list of solutions, proves a bound, and stops."""

    name = "scripted"
    summary = "for tests"
    supported = frozenset(Attribute)

    def __init__(self, *solutions: rw.Solution, bound: int | None = None) -> None:
        self.solutions, self.bound = solutions, bound

    def search(self, run: Run) -> None:
        for solution in self.solutions:
            run.iterations += 1
            run.offer(solution)
        if self.bound is not None:
            run.prove(self.bound)


ONE_BY_ONE = visits([0], [1], [2], [3])
BROKEN = visits([0, 1, 2])


def test_the_best_solution_is_kept_and_each_improvement_traced() -> None:
    seen: list[rw.TracePoint] = []
    found = Scripted(BROKEN, ONE_BY_ONE, ALL, ONE_BY_ONE).solve(
        line(), rw.MaxIterations(9), on_improvement=seen.append
    )
    assert found.solution == ALL
    assert found.status is rw.Status.FEASIBLE
    assert [(p.iterations, p.cost, p.feasible) for p in found.trace] == [
        (1, 6, False),
        (2, 20, True),
        (3, 8, True),
    ]
    assert tuple(seen) == found.trace


def test_the_result_is_never_worse_than_the_start() -> None:
    found = Scripted(ONE_BY_ONE).solve(line(), rw.MaxIterations(9), initial=ALL)
    assert found.solution == ALL


def test_a_bound_that_is_met_proves_the_optimum() -> None:
    stop = rw.MaxIterations(9)
    assert Scripted(ALL, bound=8).solve(line(), stop).status is rw.Status.OPTIMAL
    open_gap = Scripted(ALL, bound=6).solve(line(), stop)
    assert (open_gap.status, open_gap.bound, open_gap.gap) == (rw.Status.FEASIBLE, 6, 0.25)


def test_a_bound_above_the_checked_cost_is_an_internal_error() -> None:
    with pytest.raises(rw.InternalError, match="bound 9, above the checked cost 8"):
        Scripted(ALL, bound=9).solve(line(), rw.MaxIterations(9))


def test_no_solution_is_an_internal_error_and_a_broken_one_is_said_to_be() -> None:
    with pytest.raises(rw.InternalError, match="without a solution"):
        Scripted().solve(line(), rw.MaxIterations(9))
    assert Scripted(BROKEN).solve(line(), rw.MaxIterations(9)).status is (rw.Status.INFEASIBLE_PLAN)


def test_a_problem_without_clients_is_solved_by_the_empty_solution() -> None:
    found = Scripted().solve(line().replace(clients=()), rw.MaxIterations(9))
    assert (found.cost, found.status) == (0, rw.Status.OPTIMAL)


def test_reserved_attributes_are_refused_whatever_a_solver_claims() -> None:
    with pytest.raises(rw.UnsupportedError, match="solver scripted cannot handle: breaks"):
        Scripted(ALL).solve(line(vehicles=van(breaks=(rw.Break((0, 9), 1),))), rw.MaxIterations(1))
