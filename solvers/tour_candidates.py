"""Which cities a search over tours joins.

References
----------
Helsgaun, K. (2000). An effective implementation of the Lin-Kernighan traveling salesman
heuristic. *European Journal of Operational Research*, 126(1).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from routewright.travel import IntArray

from .kernels.tour_state import TourArrays
from .kernels.tour_tree import (
    Graph,
    Tree,
    new_tree,
    run_tree_ascent,
    run_tree_candidates,
    run_tree_walk,
)
from .tour_descent import ROUGH, descend
from .tour_graph import costs, first_graph
from .tour_problem import TourProblem, near_cities

#: Nearest cities that the graph has edges to, and that merging subtours looks at.
_NEAR = 8
#: Candidates of each city in the search.
_CANDIDATES = 5
#: Steps of the ascent in one call, so that it can end with the time.
_ROUNDS = 10
#: First and last step sizes of the ascent, in shares of the gap to the goal.
_STEPS = 1.5, 0.05
#: How far below the first tour the ascent aims, and from how far at least, in shares of it.
_BELOW, LEAST_GAP = 0.05, 0.0005
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
    step_seconds
        What a step of the ascent took.
    """

    search: TourArrays
    nearest: TourArrays
    graph: Graph
    tree: Tree
    first: IntArray
    first_cost: int
    step_seconds: float = 0.0

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
    graph, tree = first_graph(t, near), new_tree(t.size)
    best, length = -math.inf, max(0, t.length(cost))
    top, least = cost - _BELOW * length, LEAST_GAP * length
    goal = top
    begin, done = time.perf_counter(), 0
    while done < rounds and not is_over():
        first, last = (_step(min(1.0, (done + r) / rounds)) for r in (0, _ROUNDS))
        if done >= _ROUNDS and rounds >= PATIENT:
            above = max(_ABOVE, _ABOVE_FIRST * (1 - 2 * done / rounds))
            goal = min(top, best + above * length)
        best = run_tree_ascent(graph, tree, best, _ROUNDS, goal, least, first, last)
        done += _ROUNDS
    if not done:
        return Candidates(nearest, nearest, graph, tree, tour, cost)
    seconds = (time.perf_counter() - begin) / done
    search = _least_alpha(nearest, graph, tree)
    return Candidates(search, nearest, graph, tree, tour, cost, seconds)


def _least_alpha(arrays: TourArrays, graph: Graph, tree: Tree) -> TourArrays:
    """Costs with the candidates that the best penalties choose."""
    tree.penalty[:] = tree.best_penalty
    chosen = np.zeros((len(tree.parent), _CANDIDATES), dtype=np.int32)
    run_tree_candidates(graph, tree, chosen, np.zeros(chosen.shape))
    return with_neighbors(arrays, chosen.astype(np.int64))


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


def _with_gap_row(t: TourProblem, near: IntArray) -> IntArray:
    """Neighbors with a row for the gap of a path: the fixed ends."""
    if t.arrays.ends < 0:
        return near
    row = np.full((1, max(2, near.shape[1])), -1, dtype=np.int64)
    fixed = [city for city in (t.first, t.last) if city >= 0]
    row[0, : len(fixed)] = fixed
    wide = np.pad(near, ((0, 0), (0, row.shape[1] - near.shape[1])), constant_values=-1)
    return np.concatenate([wide, row])
