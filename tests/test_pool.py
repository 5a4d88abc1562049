"""The pool of routes: cheapest for its clients; and the plan put together is never worse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_plain_kernels import NOBODY, plain_problems
from test_ruin import compiled_only, scattered, solve

import routewright as rw
from routewright.checker import check
from routewright.solvers import closing
from routewright.solvers.fleet import Plan
from routewright.solvers.plain import PlainEngine
from routewright.solvers.pool import Pool, PooledRoute, best_partition, merged


def plan_of(*routes: list[int]) -> Plan:
    return Plan.of(routes, np.zeros(len(routes), dtype=np.int64))


def costs(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def never() -> bool:
    return False


def put_together(routes: list[PooledRoute], start: Plan, vehicles: int = 99) -> Plan | None:
    return best_partition(routes, start, costs(vehicles), 10.0, 10.0, halt=never)


def test_of_two_orders_of_the_same_clients_the_cheaper_is_kept() -> None:
    pool = Pool(9)
    pool.add(plan_of([1, 2, 3], [4]), costs(10, 5))
    pool.add(plan_of([3, 1, 2], [4, 5]), costs(8, 7))
    pool.add(plan_of([2, 1, 3]), costs(9))
    assert [(r.cost, r.visits.tolist()) for r in pool.routes.values()] == [
        (8, [3, 1, 2]),
        (5, [4]),
        (7, [4, 5]),
    ]


def test_pools_are_merged_newest_first_and_each_set_once() -> None:
    first, second = Pool(9), Pool(9)
    first.add(plan_of([1], [2], [3]), costs(5, 5, 5))
    second.add(plan_of([3], [4]), costs(4, 5))
    routes = merged([first, second], 4)
    assert [(r.cost, r.visits.tolist()) for r in routes] == [(5, [2]), (4, [3]), (5, [4])]


def test_routes_of_two_plans_make_a_better_one() -> None:
    pool, start = Pool(9), plan_of([1, 2], [3, 4], [5, 6])
    pool.add(start, costs(3, 9, 9))
    pool.add(plan_of([1, 3], [2, 4], [5, 6]), costs(9, 9, 2))
    pool.add(plan_of([3, 4], [1, 2, 5, 6]), costs(4, 99))
    found = put_together(list(pool.routes.values()), start)
    assert found is not None
    assert sorted(found.route(r).tolist() for r in range(3)) == [[1, 2], [3, 4], [5, 6]]
    assert put_together(list(pool.routes.values()), start, vehicles=2) is not None
    assert put_together(list(pool.routes.values()), start, vehicles=1) is None


def test_whom_no_route_visits_is_not_forgotten() -> None:
    pool = Pool(9)
    pool.add(plan_of([1, 2], [3]), costs(1, 1))
    assert put_together(list(pool.routes.values()), plan_of([1, 2], [3], [4])) is None


@settings(max_examples=20)
@given(plain_problems(most=6), st.data())
def test_route_costs_are_the_checkers(problem: rw.Problem, data: st.DataObject) -> None:
    engine = PlainEngine(problem)
    clients = data.draw(st.permutations(range(problem.num_clients)))
    first = problem.num_depots
    cut = data.draw(st.integers(0, problem.num_clients))
    parts = [[first + c for c in part] for part in (clients[:cut], clients[cut:])]
    plan = plan_of(*filter(None, parts))
    found = engine.route_costs(plan)
    if found is not None:
        assert found.sum() == check(problem, engine.solution(plan)).key[2]
        worker = engine.worker((0,))
        worker.load(plan, NOBODY, engine.vehicles)
        assert found.sum() == worker.energy


@compiled_only
@pytest.mark.parametrize("n", [80, 260])
def test_closing_depends_on_no_clock_and_no_number_of_threads(
    n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    argued = list[int]()

    class Watched(closing.Closing):
        def argue(self, best: Plan) -> tuple[int, Plan] | None:
            found = super().argue(best)
            argued.append(found[0] if found else 0)
            return found

    monkeypatch.setattr(closing, "_LEAST", 0.0)
    monkeypatch.setattr(closing, "_SHARE", 2.0)
    monkeypatch.setattr("routewright.solvers.annealing.Closing", Watched)
    results = [solve(scattered(n), 20_000, threads=threads) for threads in (1, 2)]
    assert results[0].solution == results[1].solution
    assert argued[: len(argued) // 2] == argued[len(argued) // 2 :]
    assert min(argued) >= float(results[0].cost)


@compiled_only
def test_closing_beside_the_search_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "_LEAST", 0.0)
    for threads in (1, 2):
        result = solve(scattered(260), stop=rw.MaxRuntime(2), threads=threads)
        assert result.feasible
        assert result.runtime < 3
