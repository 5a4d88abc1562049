"""Savings: its kernels agree with the checker, its joins stay feasible, its plans are good."""

from __future__ import annotations

import re
import tracemalloc

import numpy as np
import pytest
from conftest import instance_path
from hypothesis import assume, given
from strategies import problems, solutions

import routewright as rw
from routewright.attributes import Attribute
from routewright.report import ViolationKind
from routewright.solvers.fleet import Plan
from routewright.solvers.kernels import COMPILED
from routewright.solvers.kernels.insertion import new_prefixes, run_insertion, run_route
from routewright.solvers.kernels.savings import new_fragments, run_merges, run_singles
from routewright.solvers.neighbors import nearest_neighbors
from routewright.solvers.savings import Builder, Savings

A = Attribute
K = ViolationKind

#: Rules that are not about one route alone.
OF_OTHERS = {K.MISSING_CLIENT, K.TOO_MANY_VEHICLES}
#: Arcs of other metrics may differ from the checker's in the last unit.
SAVINGS_PROBLEMS = problems(allow=Savings.supported, formulas=False)


def solve(problem: rw.Problem, **options: object) -> rw.Result:
    return Savings().solve(problem, rw.MaxRuntime(60), **options)  # type: ignore[arg-type]


def checked_cost(problem: rw.Problem, visits: list[int], k: int) -> int | None:
    """Internal cost of a route by the checker; None if it breaks a rule of a route."""
    lost = sum(c.prize for i, c in enumerate(problem.clients) if i not in visits)
    report = rw.check(problem, rw.Solution([rw.Route.of(visits, k)]))
    if any(v.kind not in OF_OTHERS for v in report.violations):
        return None
    return report.key[2] - lost


# Kernels ------------------------------------------------------------------------


@given(SAVINGS_PROBLEMS.flatmap(lambda p: solutions(p).map(lambda s: (p, s))))
def test_the_cost_of_a_route_is_the_checkers(pair: tuple[rw.Problem, rw.Solution]) -> None:
    problem, solution = pair
    p = problem.arrays()
    for route in solution.routes:
        nodes = np.array(route.visits) + problem.num_depots
        cost = run_route(p, new_prefixes(p), nodes, route.vehicle_type)
        wanted = checked_cost(problem, list(route.visits), route.vehicle_type)
        assert (cost if cost >= 0 else None) == wanted


@given(SAVINGS_PROBLEMS.flatmap(lambda p: solutions(p).map(lambda s: (p, s))))
def test_an_insertion_is_the_cheapest_of_all_places(
    pair: tuple[rw.Problem, rw.Solution],
) -> None:
    problem, solution = pair
    missing = solution.unassigned(problem)
    assume(missing and solution.routes)
    p, first = problem.arrays(), problem.num_depots
    w = new_prefixes(p)
    kinds = np.array([r.vehicle_type for r in solution.routes])
    plan = Plan.of([[first + c for c in r.visits] for r in solution.routes], kinds)
    now = [run_route(p, w, plan.route(r), k) for r, k in enumerate(kinds.tolist())]
    assume(min(now) >= 0)
    for skip in (-1, 0):
        added, route, position = run_insertion(p, w, *plan, first + missing[0], skip)
        ways = {
            (r, t): checked_cost(
                problem, [*visits[:t], missing[0], *visits[t:]], solution.routes[r].vehicle_type
            )
            for r, visits in enumerate(s.visits for s in solution.routes)
            for t in range(len(visits) + 1)
            if r != skip
        }
        costs = {way: cost - now[way[0]] for way, cost in ways.items() if cost is not None}
        if route < 0:
            assert not costs
        else:
            assert added == min(costs.values()) == costs[route, position]


@given(problems(allow=Savings.supported, formulas=False, min_clients=2))
def test_joins_keep_routes_feasible_and_never_cost_more(problem: rw.Problem) -> None:
    p, first = problem.arrays(), problem.num_depots
    s = new_fragments(p)
    run_singles(p, s)
    near = nearest_neighbors(problem, problem.num_clients)
    here = np.repeat(np.arange(first, first + len(near)), near.shape[1])
    before = {r: int(s.cost[r]) for r in range(problem.num_clients) if s.vehicle_type[r] >= 0}
    run_merges(p, s, here, near.ravel().copy(), p.num_available, 0)
    served = 0
    for r in np.flatnonzero(s.alive).tolist():
        visits = walk(s.link.tolist(), int(s.ends[r, 0]))
        assert visits[-1] == s.ends[r, 1]
        assert len(visits) == s.stops[r]
        served += len(visits)
        clients = [v - first for v in visits]
        if s.vehicle_type[r] >= 0:
            assert checked_cost(problem, clients, int(s.vehicle_type[r])) == s.cost[r]
            kinds = range(p.num_types)
            able = [checked_cost(problem, clients, k) for k in kinds if p.num_available[k]]
            assert s.cost[r] == min(cost for cost in able if cost is not None)
            if all(c in before for c in clients):
                assert s.cost[r] <= sum(before[c] for c in clients)
        else:
            assert len(clients) == 1
    assert served == problem.num_clients
    used = np.bincount(
        s.vehicle_type[(s.alive == 1) & (s.vehicle_type >= 0)], minlength=len(s.used)
    )
    assert used.tolist() == s.used.tolist()


def walk(link: list[list[int]], head: int) -> list[int]:
    visits, before = [head], -1
    while (following := next((v for v in link[visits[-1]] if v not in (before, -1)), -1)) >= 0:
        before = visits[-1]
        visits.append(following)
    return visits


# Plans --------------------------------------------------------------------------


@given(problems(allow=Savings.supported - {A.LIMITED_FLEET}, formulas=False))
def test_a_plan_is_feasible_where_every_client_can_be_served_alone(problem: rw.Problem) -> None:
    kinds = [k for k, v in enumerate(problem.vehicle_types) if v.count != 0]
    alone = all(
        any(checked_cost(problem, [c], k) is not None for k in kinds)
        for c in range(problem.num_clients)
    )
    enough = A.LIMITED_FLEET not in problem.attributes()
    result = solve(problem)
    assert result.feasible or not alone or not enough
    assert result.stop_reason == "done"


def test_no_vehicle_more_than_there_are(square: rw.Problem) -> None:
    """Each van carries two: both plans of two routes are feasible, four routes are not."""
    result = solve(square)
    assert result.feasible
    assert result.report.num_vehicles == 2


def line(xs: list[float], demands: list[int], *kinds: dict[str, object]) -> rw.Problem:
    model = rw.Model()
    model.add_depot(x=0, y=0)
    model.add_depot(x=100, y=0)
    for x, demand in zip(xs, demands, strict=True):
        model.add_client(x=x, y=0, delivery=demand)
    for kind in kinds:
        model.add_vehicle_type(**kind)  # type: ignore[arg-type]
    return model.problem()


def test_routes_move_to_the_depot_that_has_vehicles_left() -> None:
    """Both clients are near the first depot, where there is only one vehicle."""
    here = {"count": 1, "capacity": 5, "start": 0, "end": 0}
    there = {"count": 1, "capacity": 5, "start": 1, "end": 1}
    result = solve(line([10, 12], [4, 4], here, there))
    assert result.feasible
    assert sorted(r.vehicle_type for r in result.solution.routes) == [0, 1]
    assert result.cost == 20 + 176


def test_a_fleet_too_small_is_said_and_not_hidden() -> None:
    """Three clients of 6 in two vehicles of 10: in all enough room, but not for any plan."""
    result = solve(line([1, 2, 3], [6, 6, 6], {"count": 2, "capacity": 10}))
    assert not result.feasible
    assert {v.kind for v in result.report.violations} == {K.TOO_MANY_VEHICLES}
    assert result.status is rw.Status.INFEASIBLE_PLAN


def test_routes_are_dissolved_when_joining_cannot_save_vehicles() -> None:
    """Joins end with loads of 6, 5, and 8 in two vehicles; a route has to be split up."""
    demands = [6, 2, 5, 2, 4]
    problem = line([-23, 10, -18, 8, 23], demands, {"count": 2, "capacity": 10})
    builder = Builder(problem)
    builder.construct(1.0)
    loads = sorted(sum(demands[v - 2] for v in route) for route in routes_of(builder.plan()))
    assert loads == [5, 6, 8]
    assert solve(problem).feasible


def routes_of(plan: Plan) -> list[list[int]]:
    return [plan.route(r).tolist() for r in range(len(plan.vehicle_type))]


@pytest.mark.parametrize(("objective", "vehicles"), [("vehicles-then-distance", 1), ("cost", 2)])
def test_vehicles_first_saves_a_vehicle_at_a_higher_cost(objective: str, vehicles: int) -> None:
    """One vehicle for both has to wait for hours, and the hours cost."""
    model = rw.Model(objective=objective)
    model.add_depot(x=0, y=0)
    model.add_client(x=10, y=0, window=(0, 20))
    model.add_client(x=11, y=0, window=(1000, 1020))
    model.add_vehicle_type(unit_duration_cost=1)
    assert solve(model.problem()).report.num_vehicles == vehicles


def test_a_mixed_fleet_is_refused_only_if_it_is_limited() -> None:
    small, large = {"capacity": 5}, {"capacity": 9, "fixed_cost": 1}
    assert Savings().unsupported(line([1, 2], [3, 3], small, large)) == frozenset()
    limited = line([1, 2], [3, 3], {**small, "count": 1}, large)
    assert Savings().unsupported(limited) == {A.HETEROGENEOUS_FLEET}


@pytest.mark.skipif(not COMPILED, reason="NUMBA_DISABLE_JIT: too slow")
def test_a_large_problem_needs_no_matrix() -> None:
    """Memory grows with the number of clients, not with its square (here 288 MB)."""
    rng = np.random.default_rng(1)
    problem = rw.Problem(
        travels=(rw.CoordinateTravel(rng.uniform(0, 1000, (6001, 2)), rw.Metric()),),
        depots=(rw.Depot("depot", 0),),
        clients=tuple(rw.Client(str(i), i, delivery=(1,)) for i in range(1, 6001)),
        vehicle_types=(rw.VehicleType("van", capacity=(50,)),),
        scale=rw.Scale(load=(1,)),
    )
    solve(problem.replace(clients=problem.clients[:9]))
    tracemalloc.start()
    result = solve(problem)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert result.feasible
    assert peak < 100e6


FILES = ["X-n106-k14", "X-n200-k36", "X-n294-k50", "X-n344-k43", "X-n536-k96"]


def test_benchmark_plans_are_within_a_few_percent() -> None:
    """Savings is known for 5 to 8 % above the best known costs of the X set."""
    gaps = []
    for name in FILES:
        problem = rw.read(instance_path(f"CVRP/X/{name}.vrp"))
        text = instance_path(f"CVRP/X/{name}.sol").read_text()
        best = float(re.search(r"Cost\s+([\d.]+)", text)[1])  # type: ignore[index]
        result = solve(problem)
        assert result.feasible
        gaps.append(100 * (float(result.cost) / best - 1))
    assert min(gaps) >= 0
    assert np.mean(gaps) < 6
    assert max(gaps) < 9
