"""Kernels of the search for tours: gains are differences of full costs, trees are cheapest."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree
from tour_twin import cheapest_tour, one_vehicle, plane, random_matrix, random_plane

from routewright.solvers.kernels.directed_search import (
    run_directed_annealing,
    run_directed_search,
)
from routewright.solvers.kernels.tour_crossover import (
    new_crossover,
    new_edge_counts,
    run_crossover,
    run_edge_counts,
)
from routewright.solvers.kernels.tour_search import run_tour_descent, run_tour_kicks
from routewright.solvers.kernels.tour_state import (
    ABOVE,
    TourState,
    new_tour_state,
    run_tour_cost,
)
from routewright.solvers.kernels.tour_tree import (
    Graph,
    new_tree,
    run_tree_ascent,
    run_tree_bound,
    run_tree_candidates,
    run_tree_climb,
    run_tree_walk,
)
from routewright.solvers.tour_bound import Climb
from routewright.solvers.tour_candidates import Candidates, candidates, with_neighbors
from routewright.solvers.tour_directed import may_follow, precedences, with_out_arcs
from routewright.solvers.tour_graph import costs, edges_of, graph_of
from routewright.solvers.tour_parts import part_of
from routewright.solvers.tour_problem import curve_order, tour_problem

SIZE = 40
seeds = pytest.mark.parametrize("seed", range(3))


def chosen(size: int, seed: int, **kind: object) -> Candidates:
    """Candidates among random points."""
    t = tour_problem(random_plane(size, seed, **kind))
    return candidates(t, 20, 1, lambda: False)


def rng(seed: int) -> np.ndarray:
    return np.array([seed * 2 + 12345], dtype=np.uint64)


def shuffled(size: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).permutation(size).astype(np.int32)


def is_tour(tour: np.ndarray, size: int) -> bool:
    return sorted(tour.tolist()) == list(range(size))


def edges(tour: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(e) for e in zip(tour.tolist(), np.roll(tour, -1).tolist(), strict=True)}


# Local search ---------------------------------------------------------------------------


@seeds
@pytest.mark.parametrize("end", [0, None], ids=["tour", "path"])
def test_the_gain_of_a_descent_is_the_difference_of_two_costs(seed: int, end: int | None) -> None:
    c = chosen(SIZE, seed, end=end)
    size = len(c.tree.parent)
    s = new_tour_state(shuffled(size, seed))
    before = run_tour_cost(c.search, s.tour)
    gain = run_tour_descent(c.search, s, 5, True, size, 1 << 40)
    assert gain > 0
    assert is_tour(s.tour, size)
    assert (s.pos[s.tour] == np.arange(size)).all()
    assert run_tour_cost(c.search, s.tour) == before - gain


@seeds
def test_no_exchange_of_two_edges_gains_after_a_descent(seed: int) -> None:
    """Among the candidates: the first step of a chain is the exchange of two edges."""
    c = chosen(SIZE, seed)
    s = new_tour_state(shuffled(SIZE, seed))
    run_tour_descent(c.search, s, 4, True, SIZE, 1 << 40)
    grid = np.arange(SIZE)
    d = costs(c.search, np.repeat(grid, SIZE), np.tile(grid, SIZE)).reshape(SIZE, SIZE)
    for a, step in itertools.product(range(SIZE), (1, -1)):
        b = int(s.tour[(s.pos[a] + step) % SIZE])
        for city in c.search.near[a]:
            if city in (a, b) or city < 0:
                continue
            other = int(s.tour[(s.pos[city] + step) % SIZE])
            assert d[a, b] + d[city, other] <= d[a, city] + d[b, other]


@seeds
def test_kicks_never_make_a_tour_worse_and_their_gain_is_exact(seed: int) -> None:
    c = chosen(SIZE, seed)
    s = new_tour_state(shuffled(SIZE, seed))
    cost = run_tour_cost(c.search, s.tour) - run_tour_descent(c.search, s, 3, False, SIZE, 1 << 40)
    for _ in range(5):
        gain = run_tour_kicks(c.search, s, rng(seed), 10, 10, 3, SIZE)
        assert gain >= 0
        cost -= gain
        assert is_tour(s.tour, SIZE)
        assert run_tour_cost(c.search, s.tour) == cost


def test_pieces_that_are_too_long_stay_as_they_are() -> None:
    c = chosen(SIZE, 1)
    s = new_tour_state(shuffled(SIZE, 1))
    assert run_tour_descent(c.search, s, 5, True, 0, 1 << 40) == 0
    assert (s.tour == shuffled(SIZE, 1)).all()


@seeds
def test_a_part_of_a_tour_costs_what_it_costs_in_the_whole(seed: int) -> None:
    c = chosen(SIZE, seed)
    cities = shuffled(SIZE, seed)[:15].astype(np.int64)
    part = part_of(c.search, cities)
    inside = costs(c.search, cities[:-1], cities[1:]).sum()
    assert run_tour_cost(part, np.arange(16, dtype=np.int32)) == inside


# Trees ----------------------------------------------------------------------------------


@seeds
def test_the_tree_is_the_cheapest_one_and_walks_visit_every_city_once(seed: int) -> None:
    c = chosen(SIZE, seed)
    g, t = c.graph, new_tree(SIZE)
    stack, tour = np.zeros(2 * SIZE + 2, dtype=np.int32), np.zeros(SIZE, dtype=np.int32)
    run_tree_walk(c.nearest, g, t, seed, stack, tour)
    assert is_tour(tour, SIZE)
    matrix = csr_array((g.cost + 1, g.to, g.start), shape=(SIZE, SIZE))
    assert t.key.sum() == minimum_spanning_tree(matrix).sum() - (SIZE - 1)


def complete(c: Candidates) -> np.ndarray:
    """Costs between all cities."""
    n = len(c.tree.parent)
    grid = np.arange(n)
    return costs(c.search, np.repeat(grid, n), np.tile(grid, n)).reshape(n, n)


@seeds
def test_the_bound_is_below_every_tour_whatever_the_penalties(seed: int) -> None:
    c = chosen(10, seed)
    optimum = cheapest_tour(complete(c), 0, 0)
    draw = np.random.default_rng(seed)
    near, cost = np.zeros((10, 3), dtype=np.int32), np.zeros((10, 3))
    for special in range(10):
        t = new_tree(10)
        t.penalty[:] = draw.integers(-300, 300, 10)
        assert run_tree_bound(c.search, t, special, near, cost) <= optimum
    climb = Climb(c.search, c.graph, c.tree)
    climb.run(100, optimum, 1.0, lambda: False)
    assert climb.bound is not None
    assert 0.8 * optimum < climb.bound <= optimum


@seeds
def test_a_look_at_the_complete_graph_finds_the_cheapest_edges(seed: int) -> None:
    """Against all of them, sorted; and the tree it leaves is the cheapest one."""
    c = chosen(SIZE, seed)
    t = new_tree(SIZE)
    t.penalty[:] = np.random.default_rng(seed).integers(-300, 300, SIZE)
    near, cost = np.zeros((SIZE, 5), dtype=np.int32), np.zeros((SIZE, 5))
    bound = run_tree_bound(c.search, t, seed, near, cost)
    d = complete(c) + t.penalty[:, None] + t.penalty
    np.fill_diagonal(d, np.inf)
    assert (cost == np.sort(d, axis=1)[:, :5]).all()
    assert (np.take_along_axis(d, near.astype(np.int64), 1) == cost).all()
    two = np.sort(d[seed])[:2].sum()
    others = np.delete(np.arange(SIZE), seed)
    shift = 1e5  # an edge that costs nothing would be no edge
    tree = minimum_spanning_tree(csr_array(d[np.ix_(others, others)] + shift)).sum()
    assert bound == two + tree - shift * (SIZE - 2) - 2 * t.penalty.sum()
    grown = t.parent >= 0
    assert d[np.flatnonzero(grown), t.parent[grown]].sum() == tree - shift * (SIZE - 2)


def test_a_climb_adds_the_edges_that_it_does_not_see() -> None:
    """Two far groups whose graph has one edge between them: two are the least of a tour."""
    draw = np.random.default_rng(1)
    groups = np.concatenate([draw.integers(0, 100, (30, 2)), draw.integers(0, 100, (30, 2))])
    groups[30:, 0] += 10_000
    t = tour_problem(plane(groups))
    c = candidates(t, 0, 1, lambda: False)
    group = t.nodes >= 30
    one = graph_of(t.arrays, *_within(c.graph, group))
    climb = Climb(c.search, one, new_tree(60))
    climb.run(6000, c.first_cost, 1.0, lambda: False)
    assert climb.bound is not None
    assert 0.95 * c.first_cost < climb.bound <= c.first_cost
    first, second = edges_of(climb.graph)
    assert (group[first] != group[second]).sum() >= 2


def _within(graph: Graph, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The edges of a graph within two groups, and one between them."""
    first, second = edges_of(graph)
    across = group[first] != group[second]
    across[np.flatnonzero(across)[0]] = False
    return first[~across], second[~across]


def test_the_ascent_raises_the_bound_and_keeps_the_best_penalties() -> None:
    c = chosen(SIZE, 2)
    t = new_tree(SIZE)
    first = run_tree_ascent(c.graph, t, -1e300, 1, float(c.first_cost), 1.0, 1.5, 1.5)
    later = run_tree_ascent(c.graph, t, first, 60, float(c.first_cost), 1.0, 1.5, 0.05)
    assert later > first
    t.penalty[:] = t.best_penalty
    again = run_tree_ascent(c.graph, t, -1e300, 1, float(c.first_cost), 1.0, 1.5, 1.5)
    assert again == later


def test_a_climb_raises_the_bound_and_keeps_the_best_penalties() -> None:
    c = chosen(SIZE, 2)
    t, pace, goal = new_tree(SIZE), np.array([2.0, 0.0]), float(c.first_cost)
    first = run_tree_climb(c.graph, t, -1e300, pace, 1, 10, goal, 1.0)
    later = run_tree_climb(c.graph, t, first, pace, 500, 10, goal, 1.0)
    assert later > first
    assert pace[0] < 2.0
    t.penalty[:] = t.best_penalty
    assert run_tree_climb(c.graph, t, -1e300, np.array([2.0, 0.0]), 1, 10, goal, 1.0) == later


@seeds
def test_alpha_is_what_the_tree_loses_by_an_edge(seed: int) -> None:
    """Against the cost of the cheapest tree that has the edge, by contracting it."""
    size = 14
    c = chosen(size, seed)
    t = new_tree(size)
    near, alpha = np.zeros((size, 4), dtype=np.int32), np.zeros((size, 4))
    run_tree_candidates(c.graph, t, near, alpha)
    g = c.graph
    dense = np.full((size, size), np.inf)
    owner = np.repeat(np.arange(size), np.diff(g.start))
    dense[owner, g.to] = g.cost

    def cheapest(must: tuple[int, int] | None) -> float:
        with_edge = dense.copy()
        if must:
            with_edge[must] = with_edge[must[::-1]] = -1e6
        finite = np.isfinite(with_edge)
        matrix = csr_array(np.where(finite, with_edge + 2e6, 0))
        total = float(minimum_spanning_tree(matrix).sum()) - 2e6 * (size - 1)
        return total + (1e6 + dense[must] if must else 0)

    for i in range(size):
        for k, j in enumerate(near[i]):
            if j >= 0:
                loss = cheapest((i, int(j))) - cheapest(None)
                assert alpha[i, k] == pytest.approx(loss, abs=1e-3)


# Crossover ------------------------------------------------------------------------------


@seeds
@pytest.mark.parametrize("end", [0, None], ids=["tour", "path"])
def test_children_are_tours_of_their_parents_edges_and_gains_are_exact(
    seed: int, end: int | None
) -> None:
    c = chosen(SIZE, seed, end=end)
    size = len(c.tree.parent)
    tours = np.array([shuffled(size, seed * 10 + k) for k in range(4)])
    counts, scratch = new_edge_counts(size, 4), new_crossover(size)
    run_edge_counts(counts, tours)
    first, second = tours[0], tours[1]
    child = np.zeros(size, dtype=np.int32)
    gain = run_crossover(c.nearest, scratch, counts, rng(seed), first, second, 30, child)
    assert gain >= 0
    assert is_tour(child, size)
    cost = run_tour_cost(c.nearest, first)
    assert run_tour_cost(c.nearest, child) == cost - gain
    assert gain > 0 or edges(child) == edges(first)


def test_equal_parents_have_no_other_child() -> None:
    c = chosen(SIZE, 1)
    tour = shuffled(SIZE, 1)
    turned = np.ascontiguousarray(np.roll(tour[::-1], 7))
    counts, child = new_edge_counts(SIZE, 2), np.zeros(SIZE, dtype=np.int32)
    run_edge_counts(counts, np.array([tour, turned]))
    assert (counts.tours.sum(axis=1) == 4).all()
    gain = run_crossover(c.nearest, new_crossover(SIZE), counts, rng(1), tour, turned, 30, child)
    assert gain == 0
    assert edges(child) == edges(tour)


# Directed tours -------------------------------------------------------------------------


@seeds
@pytest.mark.parametrize("ordered", [False, True], ids=["free", "ordered"])
def test_directed_searches_keep_the_order_and_their_gain_is_exact(seed: int, ordered: bool) -> None:
    before = [(3, 20), (20, 9), (25, 2), (2, 1), (14, 3)] if ordered else None
    t = tour_problem(one_vehicle(random_matrix(30, seed, False), before=before))
    order, arrays = precedences(t), with_out_arcs(t.arrays, may_follow(t))
    start = np.arange(30)
    if ordered:
        start = np.array(
            [0, 15, 4, 21, 10, 26, 3, 2, *(set(range(30)) - {0, 15, 4, 21, 10, 26, 3, 2})]
        )
    s = new_tour_state(start)
    before_cost = run_tour_cost(arrays, s.tour)
    won = run_directed_search(arrays, s, order, rng(seed), 300, 5, 5.0)
    assert won > 0
    assert_in_order(s, before)
    assert run_tour_cost(arrays, s.best_tour) == before_cost - won


def assert_in_order(s: TourState, before: list[tuple[int, int]] | None) -> None:
    for tour in (s.tour, s.best_tour):
        assert is_tour(tour, 30)
        at = np.argsort(np.roll(tour, -int(np.flatnonzero(tour == 0)[0])))
        assert all(at[a + 1] < at[b + 1] for a, b in before or [])


@seeds
def test_random_exchanges_keep_the_order_and_their_gain_is_exact(seed: int) -> None:
    before = [(3, 20), (20, 9), (25, 2), (2, 1), (14, 3)]
    t = tour_problem(one_vehicle(random_matrix(30, seed, False), before=before))
    order, arrays = precedences(t), with_out_arcs(t.arrays, may_follow(t))
    head = [0, 15, 4, 21, 10, 26, 3, 2]
    s = new_tour_state(np.array([*head, *(set(range(30)) - set(head))]))
    start = run_tour_cost(arrays, s.tour)
    won = 0
    for temperature in (50.0, 5.0, 0.5):
        won += run_directed_annealing(arrays, s, order, rng(seed), 3000, 9, temperature)
        assert_in_order(s, before)
        best = run_tour_cost(arrays, s.best_tour)
        assert best == start - won
        assert run_tour_cost(arrays, s.tour) == best + s.counts[ABOVE]
    assert won > 0
    assert s.queued.all()


def test_arcs_that_no_order_allows_are_no_candidates() -> None:
    t = tour_problem(one_vehicle(random_matrix(12, 1, False), before=[(0, 1), (1, 2)]))
    allowed = may_follow(t)
    assert allowed[1, 2]
    assert not allowed[2, 1]  # backward
    assert not allowed[1, 3]  # client 1 is between
    near = with_out_arcs(t.arrays, allowed).near
    for city in range(12):
        assert all(allowed[city, other] for other in near[city] if other >= 0)


# Numbering and neighbors ----------------------------------------------------------------


def test_the_curve_goes_to_neighbors_on_a_grid() -> None:
    points = np.array(list(itertools.product(range(8), range(8))), dtype=np.float64)
    order = curve_order(points, bits=3)
    assert sorted(order.tolist()) == list(range(64))
    steps = np.abs(np.diff(points[order], axis=0)).sum(axis=1)
    assert (steps == 1).all()


def test_rows_of_neighbors_are_sorted_and_end_where_there_are_no_more() -> None:
    c = chosen(12, 1)
    near = np.array([[3, -1, 5]] * 12)
    near[3], near[5] = [4, -1, 6], [4, -1, 6]
    arrays = with_neighbors(c.search, near)
    for row, cost in zip(arrays.near, arrays.near_cost, strict=True):
        assert row[2] == -1
        assert cost[0] <= cost[1] < cost[2]
