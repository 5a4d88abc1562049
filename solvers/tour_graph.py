"""Few edges among all cities, on which trees are grown."""

from __future__ import annotations

import numpy as np
from scipy.spatial import Delaunay, QhullError

from routewright.travel import FloatArray, IntArray

from .kernels.tour_state import PLANE, TourArrays, run_tour_costs
from .kernels.tour_tree import Graph
from .tour_problem import TourProblem

#: Up to so many cities, the graph has the edges of a Delaunay triangulation as well.
_MOST_TRIANGULATED = 200_000


def first_graph(t: TourProblem, near: IntArray) -> Graph:
    """Return a connected graph: near cities, a triangulation, the numbering, all of the gap."""
    real = len(near)
    own = np.repeat(np.arange(real), near.shape[1])
    pairs = [np.column_stack([own, near.ravel()])]
    pairs.append(np.column_stack([np.arange(real - 1), np.arange(1, real)]))
    if t.arrays.ends >= 0:
        pairs.append(np.column_stack([np.arange(real), np.full(real, t.arrays.ends)]))
    if t.arrays.mode == PLANE and 3 < real <= _MOST_TRIANGULATED:
        pairs += _triangulation(t.arrays.xy[:real])
    return graph_of(t.arrays, *np.concatenate(pairs).astype(np.int64).T)


def graph_of(arrays: TourArrays, first: IntArray, second: IntArray) -> Graph:
    """Return the graph of some edges, each of which may be given more than once."""
    n = len(arrays.location)
    code = np.unique(np.minimum(first, second) * n + np.maximum(first, second))
    a, b = code // n, code % n
    cost = costs(arrays, a, b).astype(np.float64)
    owner, to = np.concatenate([a, b]), np.concatenate([b, a])
    order = np.argsort(owner * n + to, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=n))])
    return Graph(
        _ints(start),
        np.ascontiguousarray(to[order], dtype=np.int32),
        np.ascontiguousarray(np.concatenate([cost, cost])[order]),
    )


def edges_of(graph: Graph) -> tuple[IntArray, IntArray]:
    """Return the ends of all edges, each edge once."""
    owner = np.repeat(np.arange(len(graph.start) - 1), np.diff(graph.start))
    to = graph.to.astype(np.int64)
    once = owner < to
    return owner[once], to[once]


def costs(arrays: TourArrays, a: IntArray, b: IntArray) -> IntArray:
    """Return what it costs to go between pairs of cities; 0 where there is no second one."""
    out = np.zeros(len(a), dtype=np.int64)
    run_tour_costs(arrays, _ints(a), _ints(b), out)
    return out


def _ints(values: IntArray) -> IntArray:
    return np.ascontiguousarray(values, dtype=np.int64)


def _triangulation(points: FloatArray) -> list[IntArray]:
    try:
        corners = Delaunay(points).simplices
    except QhullError:  # all on one line
        return []
    return [corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]
