"""Descent of a tour to a local optimum, in slices that end with the time."""

from __future__ import annotations

from collections.abc import Callable

from routewright.travel import IntArray

from .kernels.tour_search import run_tour_descent
from .kernels.tour_state import QUEUE_SIZE, TourArrays, TourState, new_tour_state, run_tour_cost

#: Edges that a move exchanges at most in a first rough descent, and in a full one.
ROUGH, FULL = 3, 5
#: Cities that a move may lay anew: moves that turn more of a huge tour take too long.
LONGEST_PIECE = 50_000
#: Cities that are looked at between two looks at the clock.
_LOOKS = 100_000


def descend(
    p: TourArrays, tour: IntArray, depth: int, is_over: Callable[[], bool]
) -> tuple[TourState, int]:
    """Improve a tour until no exchange gains or the time is over; return its state and cost."""
    s = new_tour_state(tour)
    cost = int(run_tour_cost(p, s.tour))
    while s.counts[QUEUE_SIZE] and not is_over():
        cost -= int(run_tour_descent(p, s, depth, depth == FULL, LONGEST_PIECE, _LOOKS))
    s.queued[:] = 0
    s.counts[QUEUE_SIZE] = 0
    return s, cost
