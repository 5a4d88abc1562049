"""The search: deterministic at any thread count, within its limits, never worse than its start."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from conftest import instance_path
from hypothesis import given, settings
from hypothesis import strategies as st
from test_plain_kernels import plain_problems

import routewright as rw
from routewright.report import ViolationKind
from routewright.solvers.annealing import LEAST_PART
from routewright.solvers.kernels import COMPILED
from routewright.solvers.ruin import Ruin
from routewright.travel import CoordinateTravel, MatrixTravel, Metric, MetricKind

compiled_only = pytest.mark.skipif(not COMPILED, reason="NUMBA_DISABLE_JIT: too slow")


def scattered(
    n: int,
    *,
    capacity: int = 100,
    count: int | None = None,
    metric: Metric | None = None,
    demand: int = 19,
    fixed: int = 0,
) -> rw.Problem:
    """Clients at random places with random demands."""
    rng = np.random.default_rng(n)
    points = rng.uniform(0, 90, (n + 1, 2))
    demands = rng.integers(1, demand + 1, n).tolist()
    return rw.Problem(
        travels=(CoordinateTravel(points, metric or Metric(scale=10)),),
        depots=(rw.Depot("depot", 0),),
        clients=tuple(rw.Client(str(i), i, (d,)) for i, d in enumerate(demands, 1)),
        vehicle_types=(rw.VehicleType("van", count, (capacity,), fixed_cost=fixed),),
        scale=rw.Scale(load=(1,)),
    )


def solve(problem: rw.Problem, iterations: int = 1000, **options: object) -> rw.Result:
    stop = options.pop("stop", rw.MaxIterations(iterations))
    return Ruin().solve(problem, stop, **options)  # type: ignore[arg-type]


def visited(result: rw.Result) -> list[int]:
    return sorted(c for route in result.solution.routes for c in route.visits)


# Determinism --------------------------------------------------------------------


@compiled_only
@pytest.mark.parametrize("n", [30, 2 * LEAST_PART + 50], ids=["islands", "parts"])
def test_a_seed_gives_one_plan_at_any_number_of_threads(n: int) -> None:
    problem = scattered(n)
    results = [solve(problem, 6001, seed=5, threads=threads) for threads in (1, 2, 3)]
    assert {r.iterations for r in results} == {6001}
    assert results[0].solution == results[1].solution == results[2].solution
    assert [p.cost for p in results[0].trace] == [p.cost for p in results[2].trace]
    assert solve(problem, 6001, seed=6).solution != results[0].solution


@compiled_only
def test_a_time_limit_that_does_not_bind_changes_nothing() -> None:
    problem = scattered(2 * LEAST_PART)
    limited = solve(problem, stop=rw.MaxIterations(3000) | rw.MaxRuntime(600))
    assert limited.solution == solve(problem, 3000).solution


@compiled_only
def test_two_searches_at_once_do_not_disturb_each_other() -> None:
    problems = [scattered(60), scattered(2 * LEAST_PART)]
    alone = [solve(problem, 4000, threads=2).solution for problem in problems]
    with ThreadPoolExecutor(4) as pool:
        both = [pool.submit(solve, problem, 4000, threads=2) for problem in problems * 2]
        assert [f.result().solution for f in both] == alone * 2


# Limits -------------------------------------------------------------------------


@pytest.mark.parametrize("iterations", [0, 1, 2, 7, 250])
@pytest.mark.parametrize("n", [1, 40, 2 * LEAST_PART])
def test_exactly_as_many_iterations_as_allowed(n: int, iterations: int) -> None:
    if not COMPILED and n * iterations > 100:
        pytest.skip("NUMBA_DISABLE_JIT: too slow")
    assert solve(scattered(n), iterations).iterations == iterations


@compiled_only
def test_it_stops_after_iterations_without_improvement() -> None:
    result = solve(scattered(25), stop=rw.NoImprovement(3000) | rw.MaxRuntime(600))
    assert result.stop_reason == "no improvement"
    assert result.iterations >= 3000
    again = solve(scattered(25), stop=rw.NoImprovement(3000) | rw.MaxRuntime(600))
    assert again.cost <= result.trace[0].cost


@compiled_only
def test_it_stops_at_the_target() -> None:
    problem = scattered(25)
    target = solve(problem, 5000).cost
    result = solve(problem, stop=rw.TargetCost(target) | rw.MaxIterations(10**7))
    assert result.stop_reason == "target reached"
    assert result.cost <= target


@compiled_only
def test_an_interrupt_ends_it_with_what_was_found() -> None:
    interrupt = threading.Event()
    result = solve(
        scattered(2 * LEAST_PART),
        stop=rw.MaxRuntime(600),
        threads=2,
        interrupt=interrupt,
        on_improvement=lambda point: interrupt.set() if point.iterations else None,
    )
    assert result.stop_reason == "interrupted"
    assert result.feasible


# Quality ------------------------------------------------------------------------


@settings(max_examples=20)
@given(plain_problems(most=9), st.integers(0, 5))
def test_it_agrees_with_the_checker_and_finds_the_optimum_of_small_problems(
    problem: rw.Problem, seed: int
) -> None:
    if problem.infeasibilities():
        return
    result = solve(problem, 300 if COMPILED else 20, seed=seed)
    best = rw.solve(problem, solver="exact", stop=rw.MaxRuntime(60))
    assert result.report.key >= best.report.key
    if COMPILED and result.feasible and problem.vehicle_types[0].unit_distance_cost:
        assert float(result.cost) <= 1.1 * float(best.cost)


@compiled_only
@pytest.mark.parametrize("n", [50, 2 * LEAST_PART])
def test_it_is_never_worse_than_its_start(n: int) -> None:
    problem = scattered(n)
    first = solve(problem, 20_000)
    again = solve(problem, 10, initial=first.solution)
    assert again.report.key <= first.report.key
    assert again.trace[0].cost == first.cost


def test_a_start_that_breaks_rules_is_mended() -> None:
    """Visits twice, overloads a van, leaves clients out, and uses too many vans."""
    problem = scattered(12, capacity=60, count=4)
    start = rw.Solution.from_visits([[0, 1, 2, 3, 4, 5, 6, 7], [7, 8], [9], [0, 9], [10]])
    result = solve(problem, 200 if COMPILED else 20, initial=start)
    assert result.feasible
    assert visited(result) == [*range(12)]


@compiled_only
def test_benchmark_plans_are_near_the_best_known() -> None:
    gaps = []
    for name, best in (("X-n106-k14", 26362), ("X-n200-k36", 58578), ("X-n294-k50", 47161)):
        problem = rw.read(instance_path(f"CVRP/X/{name}.vrp"))
        gaps.append(100 * (float(solve(problem, 20_000).cost) / best - 1))
    assert min(gaps) >= 0
    assert np.mean(gaps) < 2


# Hard cases ---------------------------------------------------------------------


@compiled_only
@pytest.mark.parametrize(
    "metric",
    [
        Metric(scale=10**6),
        Metric(scale=10**9),
        Metric(MetricKind.MANHATTAN),
        Metric(MetricKind.MAXIMUM),
        Metric(MetricKind.ATT),
        Metric(MetricKind.TOROIDAL, period=100.0),
    ],
    ids=lambda m: f"{m.kind.name}-{m.scale}",
)
def test_any_metric_and_any_scale(metric: Metric) -> None:
    """Above 32 bits costs are computed, not looked up, and stay exact."""
    for n in (40, 2 * LEAST_PART):
        problem = scattered(n, metric=metric)
        result = solve(problem, 3000)
        assert result.feasible
        assert result.cost < result.trace[0].cost
        matrix = problem.travels[0].distance_matrix()
        tabled = problem.replace(travels=(MatrixTravel(matrix, matrix),))
        assert solve(tabled, 500).feasible


@compiled_only
def test_points_in_space() -> None:
    problem = scattered(40)
    points = np.random.default_rng(1).uniform(0, 9, (41, 3))
    result = solve(problem.replace(travels=(CoordinateTravel(points, Metric(scale=100)),)), 2000)
    assert result.feasible
    assert result.cost < result.trace[0].cost


def test_one_client_more_than_fits_is_left_out_and_no_other() -> None:
    problem = scattered(9, capacity=2, count=4, demand=1)
    result = solve(problem, 200 if COMPILED else 30)
    assert not result.feasible
    assert [v.kind for v in result.report.violations] == [ViolationKind.MISSING_CLIENT]
    assert len(visited(result)) == 8


@compiled_only
def test_a_tight_fleet_is_packed() -> None:
    """Every van is full in any plan, and greedy insertion alone leaves clients out."""
    problem = scattered(30, capacity=10, count=10, demand=1)
    clients = [
        rw.Client(c.id, c.location, (d,))
        for c, d in zip(problem.clients, [5, 3, 2] * 10, strict=True)
    ]
    result = solve(problem.replace(clients=tuple(clients)), 5000)
    assert result.feasible
    assert len(result.solution.routes) == 10


@compiled_only
def test_fixed_costs_reduce_the_number_of_routes() -> None:
    free, costly = (solve(scattered(40, fixed=f), 5000) for f in (0, 10**6))
    assert costly.report.num_vehicles <= free.report.num_vehicles
    least = sum(c.delivery[0] for c in scattered(40).clients) / 100
    assert costly.report.num_vehicles <= least + 2


@compiled_only
def test_ten_thousand_vehicles() -> None:
    problem = scattered(10_000, capacity=19, count=10_000)
    result = solve(problem, 300)
    assert result.feasible
    assert result.cost <= result.trace[0].cost


def test_no_capacity_and_no_demand() -> None:
    problem = scattered(8)
    free = problem.replace(
        clients=tuple(rw.Client(c.id, c.location) for c in problem.clients),
        vehicle_types=(rw.VehicleType("van"),),
        scale=rw.Scale(),
    )
    result = solve(free, 200 if COMPILED else 20)
    assert result.feasible
    assert len(result.solution.routes) == 1
    nothing = problem.replace(
        clients=tuple(rw.Client(c.id, c.location, (0,)) for c in problem.clients),
        vehicle_types=(rw.VehicleType("van", capacity=(0,)),),
    )
    assert solve(nothing, 20).cost <= solve(problem, 20).cost


def test_duplicate_points_and_a_client_at_the_depot() -> None:
    problem = scattered(12)
    points = np.zeros((13, 2))
    points[7:] = 5.0
    result = solve(problem.replace(travels=(CoordinateTravel(points, Metric()),)), 60)
    assert result.feasible
    assert visited(result) == [*range(12)]


def test_depots_that_nothing_uses_change_nothing() -> None:
    problem = scattered(15)
    more = problem.replace(
        depots=(rw.Depot("unused", 3), *problem.depots),
        vehicle_types=(rw.VehicleType("van", capacity=(100,), start=1, end=1),),
    )
    assert solve(more, 60).cost == solve(problem, 60).cost


@compiled_only
def test_two_large_vehicles_replace_five_small_ones() -> None:
    """They cost less by a fortieth; one of them alone, in the place of any, costs more."""
    built = rw.Model()
    built.add_depot(x=0, y=0)
    for k in range(6):
        x, y = round(1000 * np.cos(k)), round(1000 * np.sin(k))
        for i in range(10):
            built.add_client(x=x + i, y=y, delivery=2)
    built.add_vehicle_type(capacity=4, unit_distance_cost=41)
    built.add_vehicle_type(capacity=10, unit_distance_cost=100)
    result = solve(built.problem(), 20_000)
    assert result.feasible
    assert [route.vehicle_type for route in result.solution.routes] == [1] * 12
