"""Plans to begin with: edges by their weights, savings that prefer them, and repaired plans."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import problems, solutions

import routewright as rw
from routewright.instances.generators.variants import variant
from routewright.solvers.edge_weights import LIKELY, EdgeWeights
from routewright.solvers.plain import PlainEngine
from routewright.solvers.repair import repaired, why_not_repaired
from routewright.solvers.rich import RichEngine
from routewright.solvers.savings import Savings
from routewright.solvers.seeds import savings_plans, why_not_seeded

SAVINGS_PROBLEMS = problems(allow=Savings.supported, formulas=False)
few = settings(max_examples=25)


# Weights ----------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 6), st.floats(0, 1)).filter(
            lambda edge: edge[0] != edge[1]
        )
    )
)
def test_weights_are_means_by_pair_in_any_order(edges: list[tuple[int, int, float]]) -> None:
    """Against a dictionary."""
    pairs = np.array([(a, b) for a, b, _ in edges], dtype=np.int64).reshape(-1, 2).T
    weights = EdgeWeights.of(pairs, np.array([w for _, _, w in edges]))
    known: dict[frozenset[int], list[float]] = {}
    for a, b, w in edges:
        known.setdefault(frozenset((a, b)), []).append(w)
    asked = np.array([(a, b) for a in range(9) for b in range(9) if a != b]).T
    wanted = [np.mean(known.get(frozenset(pair), [0.0])) for pair in asked.T.tolist()]
    assert weights.at(asked) == pytest.approx(wanted)


@given(st.integers(0, 1000), st.integers(1, 7))
def test_likely_neighbors_come_first_and_nobody_is_lost(seed: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    nodes = np.arange(3, 12)
    near = np.stack([rng.permutation(np.setdiff1d(nodes, [v]))[:width] for v in nodes])
    pairs = rng.integers(3, 12, (2, 20))
    pairs = pairs[:, pairs[0] != pairs[1]]
    weights = EdgeWeights.of(pairs, rng.choice([0.0, 0.05, 0.3, 0.3, 0.9], pairs.shape[1]))
    order = weights.likely_first(nodes, near)
    for node, row, columns in zip(nodes, near, order, strict=True):
        assert sorted(columns) == [*range(width)]
        own = weights.at(np.stack((np.full(width, node), row)))
        likely = [k for k in range(width) if own[k] >= LIKELY]
        first = sorted(likely, key=lambda k: (-own[k], k))
        assert columns.tolist() == first + [k for k in range(width) if k not in likely]


@pytest.mark.parametrize("kind", ["CVRP", "MDVRPTW"])
def test_a_search_that_prefers_edges_has_the_same_neighbors_in_another_order(kind: str) -> None:
    problem = variant(12, 3, kind)
    engine = PlainEngine(problem) if kind == "CVRP" else RichEngine(problem)
    before, offset = engine.p, engine.offset if kind == "CVRP" else 0
    first = problem.num_depots
    pairs = np.array([(first + a, first + b) for a in range(12) for b in range(a)]).T
    weights = EdgeWeights.of(pairs, np.random.default_rng(4).random(pairs.shape[1]))
    engine.prefer(weights)
    moved = 0
    for row in range(len(before.near)):
        node = row + offset
        if node < first:
            continue
        old, new = before.near[row].tolist(), engine.p.near[row].tolist()
        assert sorted(old) == sorted(new)
        moved += old != new
        asked = np.array([[node] * len(new), [v + offset for v in new]])
        likely = [w for w in weights.at(asked) if w >= LIKELY]
        assert likely == sorted(likely, reverse=True)
        if kind == "CVRP":
            costs = dict(zip(old, before.near_cost[row].tolist(), strict=True))
            assert engine.p.near_cost[row].tolist() == [costs[v] for v in new]
    assert moved > 6


# Savings ------------------------------------------------------------------------------


@few
@given(SAVINGS_PROBLEMS, st.integers(0, 3))
def test_plans_are_different_and_the_cheapest_is_first(problem: rw.Problem, seed: int) -> None:
    assume(not why_not_seeded(problem))
    plans = savings_plans(problem, 6, seed)
    keys = [rw.check(problem, plan).key for plan in plans]
    assert keys == sorted(keys)
    assert len(set(plans)) == len(plans) >= 1
    assert plans == savings_plans(problem, 6, seed)


def test_edges_that_are_preferred_are_used() -> None:
    """Twelve clients on a line of pairs: whoever is said to belong together comes together."""
    problem = variant(12, 5, "CVRP")
    rng = np.random.default_rng(1)
    order = rng.permutation(12)
    pairs = np.sort(order.reshape(6, 2), axis=1).T + problem.num_depots
    weights = EdgeWeights.of(pairs, np.full(6, 1e6))
    for plan in savings_plans(problem, 4, 0, weights):
        adjacent = {frozenset(pair) for route in plan.routes for pair in pairwise(route.visits)}
        wanted = {frozenset(p) for p in (pairs - problem.num_depots).T.tolist()}
        # A join that saves nothing is not made, whatever is preferred.
        assert len(wanted & adjacent) >= 4
    plain = savings_plans(problem, 4, 0, EdgeWeights.of(pairs[:, :0], np.zeros(0)))
    assert plain == savings_plans(problem, 4, 0)


def test_it_stops_when_it_is_told_but_not_without_a_plan() -> None:
    assert len(savings_plans(variant(12, 5, "CVRP"), 8, 0, should_stop=lambda: True)) == 1


# Repair -------------------------------------------------------------------------------


@few
@given(SAVINGS_PROBLEMS.flatmap(lambda p: solutions(p, complete=True).map(lambda s: (p, s))))
def test_a_plan_that_breaks_no_rule_is_left_alone(pair: tuple[rw.Problem, rw.Solution]) -> None:
    problem, plan = pair
    assume(not why_not_repaired(problem) and rw.check(problem, plan).feasible)
    assert repaired(problem, [(r.vehicle_type, r.visits) for r in plan.routes]) == plan


@few
@given(SAVINGS_PROBLEMS.flatmap(lambda p: solutions(p).map(lambda s: (p, s))))
def test_what_is_repaired_breaks_no_rule_of_a_route(pair: tuple[rw.Problem, rw.Solution]) -> None:
    """Clients may be left out where there is no place for them; nothing else may be wrong."""
    problem, plan = pair
    assume(not why_not_repaired(problem))
    found = repaired(problem, [(r.vehicle_type, r.visits) for r in plan.routes])
    kinds = {v.kind for v in rw.check(problem, found).violations}
    assert kinds <= {rw.ViolationKind.MISSING_CLIENT}


def test_missing_clients_are_inserted_and_routes_that_are_too_full_are_cut() -> None:
    problem = variant(20, 3, "VRPTW")
    found = repaired(problem, [(0, range(20)), (0, ())])
    assert rw.check(problem, found).feasible
    assert repaired(problem, []) != rw.Solution([])
    assert rw.check(problem, repaired(problem, [])).feasible


def test_what_savings_cannot_handle_is_refused_by_name() -> None:
    problem = variant(8, 1, "VRPB")
    with pytest.raises(rw.UnsupportedError, match="savings cannot handle: backhaul"):
        savings_plans(problem, 1, 0)
    with pytest.raises(rw.UnsupportedError, match="the repair of plans cannot handle: backhaul"):
        repaired(problem, [])
