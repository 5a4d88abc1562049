"""The parts of the genetic search: Split, crossover, population, penalties, and its threads."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import problems, solutions
from test_penalty import HANDLED, drawn

import routewright as rw
from routewright.attributes import Attribute
from routewright.solvers import get_solver
from routewright.solvers.crossover import exchange_routes, giant_tour, ordered_crossover, split
from routewright.solvers.fleet import Plan
from routewright.solvers.kernels import penalty_columns as on
from routewright.solvers.penalties import Penalties
from routewright.solvers.penalty import Descended, PenaltyWorker, penalty_rules
from routewright.solvers.population import Population, individual
from routewright.solvers.rich import RichEngine

A = Attribute


def permutation(data: st.DataObject, problem: rw.Problem) -> np.ndarray:
    order = data.draw(st.permutations(range(problem.num_clients)))
    return np.array(order, dtype=np.int64) + problem.num_depots


# Split ----------------------------------------------------------------------------


@settings(max_examples=60)
@given(data=st.data())
def test_split_is_as_good_as_the_best_of_all_cuts(data: st.DataObject) -> None:
    """With any number of vehicles of any type, at the prices of broken rules."""
    problem = data.draw(
        problems(
            allow=HANDLED - {A.LIMITED_FLEET, A.OPTIONAL_CLIENTS, A.GROUPS},
            max_clients=5,
            decimals=False,
        )
    )
    engine = RichEngine(problem)
    worker = PenaltyWorker(penalty_rules(engine))
    weight = np.full(on.W_LOAD + problem.num_dimensions, 256 * 3, dtype=np.int64)
    weight[on.W_HARD], weight[on.W_VEHICLE] = 10_000, 0
    tour, n = permutation(data, problem), problem.num_clients

    def cost(plan: Plan) -> int:
        worker.load(plan, weight, 1)
        return worker.result().cost

    worker.s.weight[:] = weight
    found = split(worker, tour, n)
    assert found.visits.tolist() == tour.tolist()
    # One route costs the same wherever it is: cuts are compared by the costs of routes.
    single = {
        (i, j): min(
            cost(Plan(tour[i:j], np.array([0, j - i]), np.array([k])))
            for k in range(len(engine.kinds))
        )
        - 10_000 * (n - (j - i))
        for i in range(n)
        for j in range(i + 1, n + 1)
    }
    best = [0] + [1 << 60] * n
    for j in range(1, n + 1):
        best[j] = min(best[i] + single[i, j] for i in range(j))
    bounds = found.start.tolist()
    assert sum(single[pair] for pair in pairwise(bounds)) == best[n]


# Crossover ------------------------------------------------------------------------


@given(data=st.data())
def test_ordered_crossover_keeps_every_client_once(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 9))
    a, b = (
        np.array(data.draw(st.permutations(range(n)))[: data.draw(st.integers(1, n))]) + 1
        for _ in range(2)
    )
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    child = ordered_crossover(a, b, n + 1, rng)
    assert sorted(child.tolist()) == sorted({*a.tolist(), *b.tolist()})


@settings(max_examples=60)
@given(data=st.data())
def test_exchanged_routes_visit_every_client_at_most_once(data: st.DataObject) -> None:
    problem = data.draw(drawn())
    engine = RichEngine(problem)
    a, b = (engine.adopt(data.draw(solutions(problem))) for _ in range(2))
    child = exchange_routes(a, b, engine, np.random.default_rng(data.draw(st.integers(0, 99))))
    visits = child.visits[child.visits >= problem.num_depots].tolist()
    assert len(visits) == len(set(visits))
    assert set(visits) <= set(a.visits.tolist()) | set(b.visits.tolist())
    assert child.start[-1] == len(child.visits)
    assert len(child.vehicle_type) == len(child.start) - 1


@settings(max_examples=60)
@given(data=st.data())
def test_plans_and_solutions_are_the_same_thing(data: st.DataObject) -> None:
    problem = data.draw(drawn())
    engine = RichEngine(problem)
    solution = data.draw(solutions(problem))
    again = engine.solution(engine.adopt(solution))
    assert rw.check(problem, again).key[1:] == rw.check(problem, solution).key[1:]


def test_a_giant_tour_goes_around(square: rw.Problem) -> None:
    engine = RichEngine(square)
    plan = engine.adopt(rw.Solution.from_visits([[0, 1], [2, 3]]))
    assert sorted(giant_tour(plan, 1, None).tolist()) == [1, 2, 3, 4]


# The population ---------------------------------------------------------------------


def some_plans(count: int, seed: int = 0) -> list[Descended]:
    rng = np.random.default_rng(seed)
    plans = []
    for _ in range(count):
        plan = Plan(rng.permutation(9) + 1, np.array([0, 4, 9]), np.zeros(2, dtype=np.int64))
        plans.append(Descended(plan, int(rng.integers(100)), 0))
    return plans


def test_the_population_keeps_the_best_plan_and_stays_small() -> None:
    population, best = Population(), 1 << 60
    for plan in some_plans(300):
        population.add(individual(plan, 10, 1), feasible=True)
        best = min(best, plan.cost)
        costs = [m.cost for m in population.feasible.members]
        assert costs == sorted(costs)
        assert costs[0] == best
        assert len(costs) <= 65


def test_clones_leave_the_population_first() -> None:
    population, (plan,) = Population(), some_plans(1)
    others = some_plans(40, seed=1)
    for result in [plan] * 26 + others[:40]:
        population.add(individual(result, 10, 1), feasible=True)
    same = [m for m in population.feasible.members if (m.plan.visits == plan.plan.visits).all()]
    assert len(same) < 26


def test_parents_differ_where_they_can() -> None:
    population, rng = Population(), np.random.default_rng(0)
    for plan in some_plans(20):
        population.add(individual(plan, 10, 1), feasible=True)
    pairs = [population.parents(rng) for _ in range(50)]
    assert sum(a is b for a, b in pairs) < 3


def test_prices_rise_while_rules_are_broken_and_fall_while_they_are_kept(
    square: rw.Problem,
) -> None:
    rules = penalty_rules(RichEngine(square))
    prices = Penalties(rules, 10**9, 0)
    before = prices.weights().copy()
    for _ in range(100):
        prices.note(on.LOAD_BIT)
    after = prices.weights()
    assert after[on.W_LOAD] > before[on.W_LOAD]
    assert after[on.W_TIME] < before[on.W_TIME]
    assert after[on.W_HARD] == before[on.W_HARD]


# Threads ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1])
def test_threads_do_not_change_the_plan(seed: int) -> None:
    """Offspring enter the population in order, and choose parents at fixed points."""
    model = rw.Model()
    rng = np.random.default_rng(5)
    model.add_depot(x=50, y=50, window=(0, 500))
    for x, y in rng.integers(0, 100, (40, 2)).tolist():
        early = int(rng.integers(0, 300))
        model.add_client(x=x, y=y, delivery=int(rng.integers(1, 9)), window=(early, early + 80))
    model.add_vehicle_type(capacity=40)
    problem = model.problem()
    stop = rw.MaxIterations(90)
    results = [
        get_solver("genetic").solve(problem, stop, seed=seed, threads=threads)
        for threads in (1, 2, 3)
    ]
    assert results[0].iterations == 90
    assert results[0].solution == results[1].solution == results[2].solution
