"""Problems at the edge: what cannot be served is named, and all else is served."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import routewright as rw
from routewright.report import ViolationKind as V
from routewright.solvers import get_solver
from routewright.solvers.kernels import COMPILED

searches = pytest.mark.parametrize("name", ["ruin", "genetic"])
STOP = rw.MaxIterations(200 if COMPILED else 20)


def model(windows: list[tuple[int, int]] | None = None, n: int = 6, **van: Any) -> rw.Model:
    """Clients along a line, 10 apart, each of demand 1."""
    built = rw.Model("line")
    built.add_depot(x=0, y=0)
    for i in range(n):
        options = {} if windows is None else {"windows": [windows[i]]}
        built.add_client(x=10 * (i + 1), y=0, delivery=1, id=f"c{i}", **options)
    built.add_vehicle_type(**{"count": 1, "capacity": 99, **van})
    return built


def solved(name: str, problem: rw.Problem, **options: Any) -> rw.Result:
    return get_solver(name).solve(problem, options.pop("stop", STOP), **options)


def attempted(name: str, problem: rw.Problem) -> rw.Result | None:
    """The result; None where it is proven that no plan is feasible."""
    try:
        return solved(name, problem)
    except rw.InfeasibleError:
        return None


def kinds(result: rw.Result) -> list[V]:
    return sorted({violation.kind for violation in result.report.violations})


@searches
def test_windows_of_no_length_are_met_to_the_tick(name: str) -> None:
    on_time = [(10 * (i + 1), 10 * (i + 1)) for i in range(6)]
    result = solved(name, model(on_time).problem())
    assert result.feasible
    assert result.cost == 120
    assert [c for r in result.solution.routes for c in r.visits] == [*range(6)]


@searches
def test_windows_that_one_van_cannot_meet_are_named(name: str) -> None:
    """Both ends at the same time: each of them can be served alone, and none with the other."""
    at_once = [(0, 100)] * 6
    at_once[0] = at_once[5] = (60, 61)
    result = solved(name, model(at_once).problem())
    assert not result.feasible
    assert set(kinds(result)) <= {V.MISSING_CLIENT, V.LATE_ARRIVAL}
    assert len(result.report.violations) == 1
    assert solved(name, model(at_once, count=2).problem()).feasible


@searches
@pytest.mark.parametrize("van", [{"capacity": 5}, {"max_stops": 5}, {"max_distance": 110}])
def test_one_client_too_many_is_the_only_violation(name: str, van: dict[str, Any]) -> None:
    problem = model(**van).problem()
    result = attempted(name, problem)
    if result is not None:
        assert not result.feasible
        assert len(result.report.violations) == 1
    assert solved(name, model(count=2, **{**van, "max_distance": 120}).problem()).feasible


@searches
@pytest.mark.parametrize(("count", "feasible"), [(1, False), (2, False), (3, True)])
def test_too_few_vehicles(name: str, count: int, feasible: bool) -> None:
    """Loads of 3, 3, 3 for vans of 4: as much room as load is not enough."""
    built = rw.Model()
    built.add_depot(x=0, y=0)
    for i in range(3):
        built.add_client(x=i + 1, y=0, delivery=3)
    built.add_vehicle_type(count=count, capacity=5)
    result = attempted(name, built.problem())
    if result is None:
        assert not feasible
    else:
        assert result.feasible is feasible
        assert len(result.report.violations) == 3 - count


@searches
def test_a_fleet_of_one_serves_all(name: str) -> None:
    assert solved(name, model().problem()).cost == 120


@searches
def test_searches_at_once_find_what_they_find_alone(name: str) -> None:
    problems = [model(n=n, capacity=3, count=None).problem() for n in (9, 14)]
    alone = [solved(name, problem).cost for problem in problems]
    with ThreadPoolExecutor(2) as pool:
        at_once = [*pool.map(lambda problem: solved(name, problem), problems)]
    assert [result.cost for result in at_once] == alone
    assert [result.solution for result in at_once] == [
        solved(name, problem).solution for problem in problems
    ]


@pytest.mark.skipif(not COMPILED, reason="NUMBA_DISABLE_JIT: too slow")
@pytest.mark.parametrize(("name", "iterations"), [("ruin", 20_000), ("genetic", 60)])
def test_memory_does_not_grow_with_time(name: str, iterations: int) -> None:
    problem = model(n=60, capacity=7, count=None).problem()
    solved(name, problem)

    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            solved(name, problem, stop=rw.MaxIterations(count))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(8 * iterations) < 1.5 * peak(iterations) + 200_000
