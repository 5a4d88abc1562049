"""What a search over single tours works on: costs between cities, a tour, and a log.

Cities are numbered from 0 and costs are symmetric. A tour is an array with its inverse.
An open path is a tour through one more city, ``ends``, which stands for the gap between
the end and the start of the path.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routewright.travel import FLOOR_SLACK, FloatArray, IntArray, RoundingRule

from . import kernel
from .travel import arc_distance

Int32Array = npt.NDArray[np.int32]

#: How costs are found: ``TourArrays.mode``.
MATRIX, PLANE, OTHER = 0, 1, 2

# Entries of ``TourState.counts``.
(
    QUEUE_HEAD,
    QUEUE_SIZE,
    LOG_PIECES,  # pieces of the tour that the log remembers
    LOG_CITIES,  # and their cities
    IS_LOGGING,
    NUM_TOUCHED,  # cities whose edges the last move changed
    SINCE,  # kicks since the tour last improved on the best one
    ABOVE,  # what the tour costs more than the best one
    NUM_COUNTS,
) = range(9)

_NINT = int(RoundingRule.NINT)
_FLOOR = int(RoundingRule.FLOOR)
#: Most edges that one move exchanges.
MAX_DEPTH = 6
#: Pieces of tour that the log has room for.
_MAX_PIECES = 4096


class TourArrays(NamedTuple):
    """What all searches of one problem share; N cities, K neighbors at most."""

    mode: int
    rule: int
    scale: float
    ends: int  # the city between the end and the start of a path, or -1
    matrix: IntArray  # (N, N), or empty
    xy: FloatArray  # (N, 2), or empty
    ends_cost: IntArray  # (N,) cost between ``ends`` and every other city
    near: Int32Array  # (N, K) cities to join a city to, nearest first; -1 after the last
    near_cost: IntArray  # (N, K)
    # as in ProblemArrays, for costs of any other kind
    location: IntArray
    distance: IntArray
    coordinates: FloatArray
    metric_kind: IntArray
    metric_rule: IntArray
    metric_scale: FloatArray
    metric_period: FloatArray


class TourState(NamedTuple):
    """What one search changes; N cities."""

    counts: IntArray  # (NUM_COUNTS,)
    tour: Int32Array  # (N,) cities in order
    pos: Int32Array  # (N,) where each city stands in it
    piece: Int32Array  # (N,) scratch: a part of the tour that is laid anew
    queue: Int32Array  # (N,) ring of the cities to look at
    queued: npt.NDArray[np.uint8]  # (N,)
    log_cities: Int32Array  # what was overwritten since the last kick
    log_pieces: IntArray  # (pieces, 2) where, and how many cities
    ends: IntArray  # (MAX_DEPTH + 1, 2) the move in hand: ends of the edges it removes
    cut: IntArray  # (MAX_DEPTH + 1, 4) where, in which direction, gain, next candidate
    best: IntArray  # (MAX_DEPTH + 1, 4) the best move so far: both ends, where, direction
    join: IntArray  # (5, 2 * MAX_DEPTH + 2) scratch for the order of pieces
    touched: IntArray  # (2 * MAX_DEPTH + 8,)
    best_tour: Int32Array  # (N,)


def new_tour_state(tour: npt.NDArray[np.integer]) -> TourState:
    """Return the state of a search that starts from a tour, with every city to look at."""
    n = len(tour)
    log = min(4 * n + 1000, n + 200_000)
    counts = np.zeros(NUM_COUNTS, dtype=np.int64)
    counts[QUEUE_SIZE] = n
    laid = np.ascontiguousarray(tour, dtype=np.int32)
    pos = np.empty(n, dtype=np.int32)
    pos[laid] = np.arange(n, dtype=np.int32)
    return TourState(
        counts=counts,
        tour=laid.copy(),
        pos=pos,
        piece=np.zeros(n, dtype=np.int32),
        queue=laid.copy(),
        queued=np.ones(n, dtype=np.uint8),
        log_cities=np.zeros(log, dtype=np.int32),
        log_pieces=np.zeros((_MAX_PIECES, 2), dtype=np.int64),
        ends=np.zeros((MAX_DEPTH + 1, 2), dtype=np.int64),
        cut=np.zeros((MAX_DEPTH + 1, 4), dtype=np.int64),
        best=np.zeros((MAX_DEPTH + 1, 4), dtype=np.int64),
        join=np.zeros((5, 2 * MAX_DEPTH + 2), dtype=np.int64),
        touched=np.zeros(2 * MAX_DEPTH + 8, dtype=np.int64),
        best_tour=laid.copy(),
    )


@kernel
def edge(p, i, j):
    """Cost between two different cities."""
    if i == p.ends:
        return p.ends_cost[j]
    if j == p.ends:
        return p.ends_cost[i]
    if p.mode == PLANE:
        dx = p.xy[i, 0] - p.xy[j, 0]
        dy = p.xy[i, 1] - p.xy[j, 1]
        value = math.sqrt(dx * dx + dy * dy) * p.scale
        if p.rule == _NINT:
            return np.int64(value + 0.5)
        if p.rule == _FLOOR:
            return np.int64(value + FLOOR_SLACK)
        return np.int64(math.ceil(value - FLOOR_SLACK))
    if p.mode == MATRIX:
        return p.matrix[i, j]
    return _other(p, i, j)


@kernel(inline=False)
def _other(p, i, j):
    return arc_distance(p, 0, i, j)


@kernel
def after(s, position):
    """Position behind a position."""
    return position + 1 if position + 1 < len(s.tour) else 0


@kernel
def before(s, position):
    """Position in front of a position."""
    return position - 1 if position > 0 else len(s.tour) - 1


@kernel
def push(s, city):
    """Have a city looked at again."""
    if s.queued[city] == 0:
        s.queued[city] = 1
        at = s.counts[QUEUE_HEAD] + s.counts[QUEUE_SIZE]
        s.queue[at if at < len(s.queue) else at - len(s.queue)] = city
        s.counts[QUEUE_SIZE] += 1


@kernel
def pop(s):
    """Take the next city to look at."""
    head = s.counts[QUEUE_HEAD]
    city = s.queue[head]
    s.queued[city] = 0
    s.counts[QUEUE_HEAD] = after(s, head)
    s.counts[QUEUE_SIZE] -= 1
    return city


@kernel
def has_room(s, cities):
    """Whether the log has room for a piece of so many cities."""
    if s.counts[IS_LOGGING] == 0:
        return True
    return s.counts[LOG_CITIES] + cities <= len(s.log_cities) and s.counts[LOG_PIECES] < len(
        s.log_pieces
    )


@kernel(inline=False)
def lay(s, start, cities):
    """Write the first cities of ``piece`` into the tour; the log keeps what was there."""
    n = len(s.tour)
    if s.counts[IS_LOGGING]:
        entry, at = s.counts[LOG_PIECES], s.counts[LOG_CITIES]
        s.log_pieces[entry, 0] = start
        s.log_pieces[entry, 1] = cities
        s.counts[LOG_PIECES] = entry + 1
        s.counts[LOG_CITIES] = at + cities
        q = start
        for i in range(cities):
            s.log_cities[at + i] = s.tour[q]
            q = q + 1 if q + 1 < n else 0
    q = start
    for i in range(cities):
        city = s.piece[i]
        s.tour[q] = city
        s.pos[city] = q
        q = q + 1 if q + 1 < n else 0


@kernel(inline=False)
def undo(s):
    """Restore the tour as it was when the log was last forgotten."""
    n = len(s.tour)
    entry, at = s.counts[LOG_PIECES], s.counts[LOG_CITIES]
    while entry > 0:
        entry -= 1
        q, cities = s.log_pieces[entry, 0], s.log_pieces[entry, 1]
        at -= cities
        for i in range(cities):
            city = s.log_cities[at + i]
            s.tour[q] = city
            s.pos[city] = q
            q = q + 1 if q + 1 < n else 0
    forget(s)


@kernel
def forget(s):
    """Empty the log."""
    s.counts[LOG_PIECES] = 0
    s.counts[LOG_CITIES] = 0


@kernel
def run_tour_cost(p, tour):
    """Cost of a tour."""
    total = np.int64(0)
    for i in range(len(tour)):
        total += edge(p, tour[i - 1], tour[i])
    return total


@kernel
def run_tour_costs(p, first, second, out):
    """Fill in what it costs to go between pairs of cities; 0 where the second one is -1."""
    for k in range(len(first)):
        i, j = first[k], second[k]
        out[k] = edge(p, i, j) if j >= 0 and i != j else 0
