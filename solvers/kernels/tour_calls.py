"""One call of every kernel of the search for tours, to have it compiled."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from routewright.arrays import ProblemArrays

from .directed_search import Precedences, run_directed_annealing, run_directed_search
from .tour_crossover import new_crossover, new_edge_counts, run_crossover, run_edge_counts
from .tour_search import run_tour_descent, run_tour_kicks
from .tour_state import (
    MATRIX,
    TourArrays,
    TourState,
    new_tour_state,
    run_tour_cost,
    run_tour_costs,
)
from .tour_tree import (
    Graph,
    new_tree,
    run_tree_ascent,
    run_tree_bound,
    run_tree_candidates,
    run_tree_climb,
    run_tree_walk,
)

#: Cities of the tour that they are called with.
_CITIES = 8

#: The kernels that Python calls, by name.
TOUR_KERNELS = {
    k.__name__: k
    for k in (
        run_crossover,
        run_directed_annealing,
        run_directed_search,
        run_edge_counts,
        run_tour_cost,
        run_tour_costs,
        run_tour_descent,
        run_tour_kicks,
        run_tree_ascent,
        run_tree_bound,
        run_tree_candidates,
        run_tree_climb,
        run_tree_walk,
    )
}


def tiny_arrays(p: ProblemArrays) -> TourArrays:
    """Cities that all cost nothing to go between."""
    n = _CITIES
    return TourArrays(
        mode=MATRIX,
        rule=0,
        scale=1.0,
        ends=-1,
        matrix=np.zeros((n, n), dtype=np.int64),
        xy=np.zeros((0, 2)),
        ends_cost=np.zeros(n, dtype=np.int64),
        near=np.full((n, 2), -1, dtype=np.int32),
        near_cost=np.zeros((n, 2), dtype=np.int64),
        location=np.arange(n, dtype=np.int64),
        distance=p.distance,
        coordinates=p.coordinates,
        metric_kind=p.metric_kind,
        metric_rule=p.metric_rule,
        metric_scale=p.metric_scale,
        metric_period=p.metric_period,
    )


def _tour() -> np.ndarray:
    return np.arange(_CITIES, dtype=np.int32)


def _state() -> TourState:
    return new_tour_state(_tour())


def _ring() -> Graph:
    """A graph in which every city is beside the next one."""
    to = np.stack([np.roll(_tour(), 1), np.roll(_tour(), -1)], axis=1).ravel()
    start = np.arange(0, 2 * _CITIES + 1, 2, dtype=np.int64)
    return Graph(start, np.ascontiguousarray(to), np.zeros(len(to)))


def _costs(p: ProblemArrays) -> None:
    some = np.zeros(1, dtype=np.int64)
    run_tour_costs(tiny_arrays(p), some, some, some.copy())


def _cost(p: ProblemArrays) -> None:
    run_tour_cost(tiny_arrays(p), _tour())


def _descent(p: ProblemArrays) -> None:
    run_tour_descent(tiny_arrays(p), _state(), 3, True, 8, 1)


def _kicks(p: ProblemArrays) -> None:
    run_tour_kicks(tiny_arrays(p), _state(), np.ones(1, dtype=np.uint64), 0, 3, 3, 8)


def _ascent(p: ProblemArrays) -> None:
    run_tree_ascent(_ring(), new_tree(_CITIES), 0.0, 1, 1.0, 0.0, 1.0, 1.0)


def _climb(p: ProblemArrays) -> None:
    run_tree_climb(_ring(), new_tree(_CITIES), 0.0, np.ones(2), 1, 1, 1.0, 0.0)


def _candidates(p: ProblemArrays) -> None:
    near, alpha = np.zeros((_CITIES, 2), dtype=np.int32), np.zeros((_CITIES, 2))
    run_tree_candidates(_ring(), new_tree(_CITIES), near, alpha)


def _walk(p: ProblemArrays) -> None:
    stack = np.zeros(2 * _CITIES + 2, dtype=np.int32)
    run_tree_walk(tiny_arrays(p), _ring(), new_tree(_CITIES), 0, stack, _tour())


def _bound(p: ProblemArrays) -> None:
    near, cost = np.zeros((_CITIES, 2), dtype=np.int32), np.zeros((_CITIES, 2))
    run_tree_bound(tiny_arrays(p), new_tree(_CITIES), 0, near, cost)


def _counts(p: ProblemArrays) -> None:
    run_edge_counts(new_edge_counts(_CITIES, 1), _tour()[None].copy())


def _crossover(p: ProblemArrays) -> None:
    rng, counts = np.ones(1, dtype=np.uint64), new_edge_counts(_CITIES, 1)
    scratch = new_crossover(_CITIES)
    run_crossover(tiny_arrays(p), scratch, counts, rng, _tour(), _tour(), 1, _tour())


def _directed(p: ProblemArrays) -> None:
    none, start = p.location[:0], np.zeros(_CITIES + 1, dtype=np.int64)
    order, rng = Precedences(-1, start, none, start, none), np.ones(1, dtype=np.uint64)
    run_directed_search(tiny_arrays(p), _state(), order, rng, 0, 3, 1.0)


def _annealing(p: ProblemArrays) -> None:
    none, start = p.location[:0], np.zeros(_CITIES + 1, dtype=np.int64)
    order, rng = Precedences(0, start, none, start, none), np.ones(1, dtype=np.uint64)
    run_directed_annealing(tiny_arrays(p), _state(), order, rng, 0, 3, 1.0)


#: How to call each kernel once.
TOUR_CALLS: dict[str, Callable[[ProblemArrays], None]] = {
    "run_tour_costs": _costs,
    "run_tour_cost": _cost,
    "run_tour_descent": _descent,
    "run_tour_kicks": _kicks,
    "run_tree_ascent": _ascent,
    "run_tree_climb": _climb,
    "run_tree_candidates": _candidates,
    "run_tree_walk": _walk,
    "run_tree_bound": _bound,
    "run_edge_counts": _counts,
    "run_crossover": _crossover,
    "run_directed_search": _directed,
    "run_directed_annealing": _annealing,
}
