"""Kicks on parts of a tour, side by side: each part is a path between fixed ends.

References
----------
Applegate, D., Cook, W., & Rohe, A. (2003). Chained Lin-Kernighan for large traveling
salesman problems. *INFORMS Journal on Computing*, 15(1).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import numpy.typing as npt

from routewright.travel import IntArray

from .kernels.tour_search import run_tour_kicks
from .kernels.tour_state import MATRIX, TourArrays, new_tour_state
from .tour_descent import LONGEST_PIECE
from .tour_population import KICK_DEPTH, SPAN
from .tour_problem import more_than_any_tour

#: Fewest and most cities in a part.
_LEAST, _MOST = 100, 10_000
#: Kicks between two looks at the clock, and in one iteration.
KICKS = 100


def kick_round(
    arrays: TourArrays,
    tour: IntArray,
    seed: list[int],
    kicks: int,
    pool: ThreadPoolExecutor,
    is_over: Callable[[], bool],
) -> tuple[IntArray, int, int]:
    """Improve a tour by kicks in each of its parts; return it, the gain, and the kicks done.

    Parameters
    ----------
    arrays
        Costs and candidates.
    tour
        The tour; the gap of a path keeps its neighbors.
    seed
        Of the kicks, and of where the tour is cut.
    kicks
        How many, in all parts together.
    pool, is_over
        Threads, and whether to end now.
    """
    draw = np.random.default_rng(seed)
    gap = tour[:0]
    if arrays.ends >= 0:
        tour = np.roll(tour, -int(np.flatnonzero(tour == arrays.ends)[0]))
        gap, tour = tour[:1], tour[1:]
    else:
        tour = np.roll(tour, -int(draw.integers(len(tour))))
    # A path is cut elsewhere each time as well: the first part is shorter.
    count = max(2, -(-len(tour) // _MOST)) if len(tour) >= 2 * _LEAST else 1
    share = len(tour) / count
    cuts = np.arange(1, count) * share
    if len(gap):
        cuts = cuts - draw.random() * share * 0.5
    pieces = np.split(tour, cuts.astype(np.int64))
    each = [round(kicks * len(piece) / len(tour)) for piece in pieces]
    seeds = draw.integers(1, 1 << 62, len(pieces)).astype(np.uint64)
    jobs = [
        partial(_kick_part, arrays, piece, seeds[k : k + 1], each[k], is_over)
        for k, piece in enumerate(pieces)
    ]
    found = list(pool.map(lambda job: job(), jobs))
    whole = np.concatenate([gap, *(part for part, _, _ in found)])
    return whole, sum(gain for _, gain, _ in found), sum(done for _, _, done in found)


def _kick_part(
    arrays: TourArrays,
    cities: IntArray,
    rng: npt.NDArray[np.uint64],
    kicks: int,
    is_over: Callable[[], bool],
) -> tuple[IntArray, int, int]:
    """Kick a path whose ends stay; return it, the gain, and the kicks done."""
    part = part_of(arrays, cities)
    s = new_tour_state(np.arange(len(cities) + 1))
    s.queued[:] = 0
    s.counts[:] = 0
    gain = done = 0
    while done < kicks and not is_over():
        size = min(KICKS, kicks - done)
        gain += int(run_tour_kicks(part, s, rng, size, SPAN, KICK_DEPTH, LONGEST_PIECE))
        done += size
    order = np.roll(s.tour, -int(s.pos[len(cities)]))[1:].astype(np.int64)
    if order[0] != 0:
        order = order[::-1]
    return cities[order], gain, done


def part_of(arrays: TourArrays, cities: IntArray) -> TourArrays:
    """Return the costs of a path through some cities, in their order, whose ends are fixed."""
    m = len(cities)
    local = np.full(len(arrays.location), -1, dtype=np.int32)
    local[cities] = np.arange(m, dtype=np.int32)
    near = arrays.near[cities]
    inside = np.where(near < 0, -1, local[near])
    order = np.argsort(inside < 0, axis=1, kind="stable")
    rows = np.full((m + 1, max(2, near.shape[1])), -1, dtype=np.int32)
    costs = np.full(rows.shape, 1 << 62, dtype=np.int64)
    rows[:m, : near.shape[1]] = np.take_along_axis(inside, order, 1)
    costs[:m, : near.shape[1]] = np.take_along_axis(arrays.near_cost[cities], order, 1)
    costs[rows < 0] = 1 << 62
    rows[m, :2], costs[m, :2] = (0, m - 1), 0
    gap = np.append(cities, cities[:1])  # any place will do
    part = arrays._replace(
        location=np.arange(m + 1, dtype=np.int64),
        coordinates=np.ascontiguousarray(arrays.coordinates[:, gap]),
        near=rows,
        near_cost=costs,
        ends=-1,
    )
    if len(arrays.xy):
        part = part._replace(xy=np.ascontiguousarray(arrays.xy[gap]))
    if arrays.mode == MATRIX:
        part = part._replace(matrix=np.ascontiguousarray(arrays.matrix[np.ix_(gap, gap)]))
    fixed = np.full(m + 1, more_than_any_tour(part), dtype=np.int64)
    fixed[[0, m - 1, m]] = 0
    return part._replace(ends=m, ends_cost=fixed)
