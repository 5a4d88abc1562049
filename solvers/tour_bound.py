"""A bound on all tours: penalties that make the cheapest 1-tree expensive.

The climb works on few edges. Where penalties have outgrown an edge that is not among them,
the cheapest 1-tree of the complete graph takes it; it joins the few, and the climb goes on.

References
----------
Held, M., & Karp, R. M. (1971). The traveling-salesman problem and minimum spanning trees:
Part II. *Mathematical Programming*, 1.
Held, M., Wolfe, P., & Crowder, H. P. (1974). Validation of subgradient optimization.
*Mathematical Programming*, 6.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .kernels.tour_state import TourArrays
from .kernels.tour_tree import LEAST_PACE, Graph, Tree, run_tree_bound, run_tree_climb
from .tour_graph import edges_of, graph_of
from .tour_problem import LARGEST_TOUR, more_than_any_tour

#: Cheapest edges of each city under the penalties that join the graph.
_CHEAPEST = 5
#: Steps of the first climb between two looks at the complete graph; twice as many after
#: a look that found fewer new edges than this share of the cities.
_FIRST, _FEW = 200, 0.005
#: So many cities ask for one more step in the first climb, as looks take longer.
_CITIES_A_STEP = 10
#: Pace of the first steps, and the share of all steps without a gain that halves it.
_PACE, _PATIENCE = 2.0, 0.05
_LEAST_PATIENCE = 20
#: Steps between two looks at the clock.
_SLICE = 50


class Climb:
    """Penalties on their way up, and the bound that they prove.

    Parameters
    ----------
    arrays
        Costs between N cities.
    graph
        The edges to begin with; it grows.
    tree
        Its best penalties are where the climb begins.
    """

    def __init__(self, arrays: TourArrays, graph: Graph, tree: Tree) -> None:
        self.arrays, self.graph, self.tree = arrays, graph, tree
        self.best = -math.inf

    @property
    def bound(self) -> int | None:
        """What every tour costs at least; None if numbers are too large to tell."""
        if self.best == -math.inf or more_than_any_tour(self.arrays) * 4 > LARGEST_TOUR >> 8:
            return None
        return math.ceil(self.best)

    def run(self, steps: int, goal: float, least: float, is_over: Callable[[], bool]) -> None:
        """Climb so many steps, or less if that is all there is to gain.

        Parameters
        ----------
        steps
            How many.
        goal
            The cost of a tour, the better the sooner.
        least
            What the gap to the goal counts as at least.
        is_over
            Whether to end now.
        """
        pace, goal, least = np.array([_PACE, 0.0]), float(goal), float(least)
        patience = max(_LEAST_PATIENCE, round(_PATIENCE * steps))
        self._take_edges()
        done, size = 0, max(_FIRST, len(self.tree.parent) // _CITIES_A_STEP)
        while done < steps and self.best < goal and not is_over():
            last, found = min(steps, done + size), -math.inf
            while done < last and not is_over():
                part = min(_SLICE, last - done)
                found = run_tree_climb(
                    self.graph, self.tree, found, pace, part, patience, goal, least
                )
                done += part
            fresh = self._take_edges()
            if fresh < _FEW * len(self.tree.parent):
                size *= 2
            if pace[0] < LEAST_PACE and not fresh:
                break

    def _take_edges(self) -> int:
        """Look at the complete graph; return how many edges were missing."""
        tree, n = self.tree, len(self.tree.parent)
        tree.penalty[:] = tree.best_penalty
        tree.direction[:] = 0.0
        near, cost = np.zeros((n, _CHEAPEST), dtype=np.int32), np.zeros((n, _CHEAPEST))
        bound = run_tree_bound(self.arrays, tree, special_city(self.graph, tree), near, cost)
        self.best = max(self.best, float(bound))
        there = near >= 0
        grown = np.flatnonzero(tree.parent >= 0)
        first = np.concatenate([np.nonzero(there)[0], grown])
        second = np.concatenate([near[there], tree.parent[grown]]).astype(np.int64)
        before = len(self.graph.to)
        known = edges_of(self.graph)
        self.graph = graph_of(
            self.arrays,
            np.concatenate([known[0], first]),
            np.concatenate([known[1], second]),
        )
        return (len(self.graph.to) - before) // 2


def special_city(graph: Graph, tree: Tree) -> int:
    """Return the city whose second cheapest edge is dearest: best outside the spanning tree."""
    penalty = tree.best_penalty
    owner = np.repeat(np.arange(len(penalty)), np.diff(graph.start))
    cost = graph.cost + penalty[owner] + penalty[graph.to]
    order = np.lexsort((cost, owner))
    second = order[np.minimum(graph.start[:-1] + 1, graph.start[1:] - 1)]
    return int(np.argmax(cost[second]))
