"""Which cities a search over tours joins, and the bound that choosing them gives.

References
----------
Helsgaun, K. (2000). An effective implementation of the Lin-Kernighan traveling salesman
heuristic. *European Journal of Operational Research*, 126(1).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial import Delaunay, QhullError

from routewright.travel import FloatArray, IntArray

from .kernels.tour_state import (
    PLANE,
    TourArrays,
    run_tour_costs,
)
from .kernels.tour_tree import (
    GRAIN,
    Graph,
    Tree,
    new_tree,
    run_tree_ascent,
    run_tree_bound,
    run_tree_candidates,
    run_tree_walk,
)
from .tour_descent import ROUGH, descend
from .tour_problem import LARGEST_TOUR, TourProblem, more_than_any_tour, near_cities

#: Nearest cities that the graph has edges to, and that merging subtours looks at.
_NEAR = 8
#: Candidates of each city in the search.
_CANDIDATES = 5
#: Up to so many cities, the graph has the edges of a Delaunay triangulation as well.
_MOST_TRIANGULATED = 200_000
#: Steps of the ascent in one call, so that it can end with the time.
_ROUNDS = 10
#: First and last step sizes of the ascent, in shares of the gap to the goal.
_STEPS = 1.5, 0.05
#: How far below the first tour the ascent aims, and from how far at least, in shares of it.
_BELOW, _LEAST_GAP = 0.05, 0.0005
#: Shares of the penalties that are tried while the bound is this far below the first tour.
_SHARES, _POOR = (1.0, 0.5, 0.25, 0.0), 0.3
#: With at least so many steps, it aims this far above the best bound instead: at first, and
#: from its middle on; most tours are so much above it, or less. Fewer steps would not get far
#: from a poor bound.
PATIENT = 1000
_ABOVE_FIRST, _ABOVE = 0.1, 0.01


@dataclass
class Candidates:
    """The edges that a search looks at.

    Parameters
    ----------
    search
        Costs with the candidates of the variable-depth step.
    nearest
        Costs with the nearest cities, for joining subtours.
    graph, tree
        What the candidates were chosen from, and the penalties that chose them.
    first, first_cost
        A tour by exchanges among nearest cities, and its cost.
    """

    search: TourArrays
    nearest: TourArrays
    graph: Graph
    tree: Tree
    first: IntArray
    first_cost: int

    def walk(self, noise: float, draw: np.random.Generator) -> IntArray:
        """Return a tour along the tree of disturbed penalties, from any city."""
        n = len(self.tree.parent)
        tree, tour = new_tree(n), np.zeros(n, dtype=np.int32)
        tree.penalty[:] = self.tree.best_penalty
        root = self.search.ends
        if noise:
            tree.penalty[:] += draw.normal(0.0, noise, n)
        if root < 0:
            root = int(draw.integers(n))
        stack = np.zeros(2 * n + 2, dtype=np.int32)
        run_tree_walk(self.nearest, self.graph, tree, root, stack, tour)
        return tour.astype(np.int64)

    def bound(self) -> int | None:
        """Return what every tour costs at least; None if numbers are too large to tell."""
        if more_than_any_tour(self.search) * 4 > LARGEST_TOUR >> 8:
            return None
        tree, special, best = self.tree, self._special(), -math.inf
        # Penalties were chosen on few edges: where clusters lie far apart, edges that are not
        # among them can be so cheap that smaller penalties prove more.
        for share in _SHARES:
            tree.penalty[:] = np.floor(share * tree.best_penalty / GRAIN + 0.5) * GRAIN
            best = max(best, float(run_tree_bound(self.search, tree, special)))
            if best > (1 - _POOR) * self.first_cost:
                break
        return math.ceil(best)

    def _special(self) -> int:
        """The city whose second cheapest edge is dearest: outside the spanning tree."""
        g, penalty = self.graph, self.tree.best_penalty
        n = len(penalty)
        owner = np.repeat(np.arange(n), np.diff(g.start))
        cost = g.cost + penalty[owner] + penalty[g.to]
        order = np.lexsort((cost, owner))
        second = order[np.minimum(g.start[:-1] + 1, g.start[1:] - 1)]
        return int(np.argmax(cost[second]))


def candidates(
    t: TourProblem, rounds: int, workers: int, is_over: Callable[[], bool]
) -> Candidates:
    """Choose the edges to search.

    Parameters
    ----------
    t
        The problem, with symmetric costs.
    rounds
        Steps of the ascent; without any, the nearest cities are the candidates.
    workers
        Threads.
    is_over
        Whether to end the ascent now.
    """
    near = near_cities(t, _NEAR, workers)
    nearest = with_neighbors(t.arrays, _with_gap_row(t, near))
    state, cost = descend(nearest, np.arange(t.size), ROUGH, is_over)
    tour = state.tour.astype(np.int64)
    graph, tree = _graph(t, near), new_tree(t.size)
    best, length = -math.inf, max(0, t.length(cost))
    top, least = cost - _BELOW * length, _LEAST_GAP * length
    goal = top
    for done in range(0, rounds, _ROUNDS):
        first, last = (_step(min(1.0, (done + r) / rounds)) for r in (0, _ROUNDS))
        if done >= _ROUNDS and rounds >= PATIENT:
            above = max(_ABOVE, _ABOVE_FIRST * (1 - 2 * done / rounds))
            goal = min(top, best + above * length)
        best = run_tree_ascent(graph, tree, best, _ROUNDS, goal, least, first, last)
        if is_over():
            break
    if not rounds:
        return Candidates(nearest, nearest, graph, tree, tour, cost)
    tree.penalty[:] = tree.best_penalty
    chosen = np.zeros((t.size, _CANDIDATES), dtype=np.int32)
    run_tree_candidates(graph, tree, chosen, np.zeros(chosen.shape))
    return Candidates(
        with_neighbors(t.arrays, chosen.astype(np.int64)), nearest, graph, tree, tour, cost
    )


def _step(fraction: float) -> float:
    first, last = _STEPS
    return first * float((last / first) ** fraction)


def with_neighbors(arrays: TourArrays, near: IntArray) -> TourArrays:
    """Return the costs with a row of cities for each city, nearest first, -1 after the last."""
    far = 1 << 62
    cost = costs(arrays, np.repeat(np.arange(len(near)), near.shape[1]), near.ravel())
    cost = np.where(near < 0, far, cost.reshape(near.shape))
    order = np.argsort(cost, axis=1, kind="stable")
    return arrays._replace(
        near=np.ascontiguousarray(np.take_along_axis(near, order, 1), dtype=np.int32),
        near_cost=np.ascontiguousarray(np.take_along_axis(cost, order, 1), dtype=np.int64),
    )


def costs(arrays: TourArrays, a: IntArray, b: IntArray) -> IntArray:
    """Return what it costs to go between pairs of cities; 0 where there is no second one."""
    out = np.zeros(len(a), dtype=np.int64)
    run_tour_costs(arrays, _ints(a), _ints(b), out)
    return out


def _ints(values: IntArray) -> IntArray:
    return np.ascontiguousarray(values, dtype=np.int64)


def _with_gap_row(t: TourProblem, near: IntArray) -> IntArray:
    """Neighbors with a row for the gap of a path: the fixed ends."""
    if t.arrays.ends < 0:
        return near
    row = np.full((1, max(2, near.shape[1])), -1, dtype=np.int64)
    fixed = [city for city in (t.first, t.last) if city >= 0]
    row[0, : len(fixed)] = fixed
    wide = np.pad(near, ((0, 0), (0, row.shape[1] - near.shape[1])), constant_values=-1)
    return np.concatenate([wide, row])


def _graph(t: TourProblem, near: IntArray) -> Graph:
    """A connected graph: near cities, a triangulation, the numbering, and all of the gap."""
    n, real = t.size, len(near)
    own = np.repeat(np.arange(real), near.shape[1])
    pairs = [np.column_stack([own, near.ravel()])]
    pairs.append(np.column_stack([np.arange(real - 1), np.arange(1, real)]))
    if t.arrays.ends >= 0:
        pairs.append(np.column_stack([np.arange(real), np.full(real, t.arrays.ends)]))
    if t.arrays.mode == PLANE and 3 < real <= _MOST_TRIANGULATED:
        pairs += _triangulation(t.arrays.xy[:real])
    ends = np.sort(np.concatenate(pairs).astype(np.int64), axis=1)
    code = np.unique(ends[:, 0] * n + ends[:, 1])
    a, b = code // n, code % n
    cost = costs(t.arrays, a, b).astype(np.float64)
    owner, to = np.concatenate([a, b]), np.concatenate([b, a])
    order = np.argsort(owner * n + to, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=n))])
    return Graph(
        _ints(start),
        np.ascontiguousarray(to[order], dtype=np.int32),
        np.ascontiguousarray(np.concatenate([cost, cost])[order]),
    )


def _triangulation(points: FloatArray) -> list[IntArray]:
    try:
        corners = Delaunay(points).simplices
    except QhullError:  # all on one line
        return []
    return [corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]
