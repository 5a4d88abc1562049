"""Iterated local search over a tour: descend, kick a few cities, descend, keep or undo.

References
----------
Martin, O., Otto, S. W., & Felten, E. W. (1991). Large-step Markov chains for the
traveling salesman problem. *Complex Systems*, 5(3).
Applegate, D., Cook, W., & Rohe, A. (2003). Chained Lin-Kernighan for large traveling
salesman problems. *INFORMS Journal on Computing*, 15(1) (kicks that stay local).
"""

from __future__ import annotations

import numpy as np

from . import kernel
from .random import below
from .tour_moves import push_touched, try_exchange
from .tour_state import (
    IS_LOGGING,
    QUEUE_SIZE,
    edge,
    forget,
    lay,
    pop,
    push,
    undo,
)


@kernel
def run_tour_descent(p, s, depth_limit, wide, longest_piece, looks):
    """Improve a tour until no city in the queue has a gain, or after so many looks.

    Returns the gain.
    """
    s.counts[IS_LOGGING] = 0
    return _descend(p, s, depth_limit, wide, longest_piece, looks)


@kernel(inline=False)
def _descend(p, s, depth_limit, wide, longest_piece, looks):
    total = np.int64(0)
    while s.counts[QUEUE_SIZE] > 0 and looks > 0:
        city = pop(s)
        gain = np.int64(1)
        while gain > 0:
            gain = try_exchange(p, s, city, depth_limit, wide, longest_piece)
            looks -= 1
            if gain > 0:
                total += gain
                push_touched(s)
    return total


@kernel
def _kick(p, s, rng, span):
    """Exchange three neighboring pieces (A B C becomes C B A); return the rise in cost."""
    n = len(s.tour)
    most = min(span, (n - 2) // 3)
    start = below(rng, n)
    first, second, third = 1 + below(rng, most), 1 + below(rng, most), 1 + below(rng, most)
    b = (start + 1) % n
    c = (b + first) % n
    d = (c + second) % n
    e = (d + third) % n
    t = s.tour
    ends = (t[start], t[b], t[c - 1], t[c], t[d - 1], t[d], t[e - 1], t[e])
    rise = edge(p, ends[0], ends[5]) + edge(p, ends[6], ends[3])
    rise += edge(p, ends[4], ends[1]) + edge(p, ends[2], ends[7])
    rise -= edge(p, ends[0], ends[1]) + edge(p, ends[2], ends[3])
    rise -= edge(p, ends[4], ends[5]) + edge(p, ends[6], ends[7])
    filled = 0
    for part in range(3):
        q, size = (d, third) if part == 0 else ((c, second) if part == 1 else (b, first))
        for _ in range(size):
            s.piece[filled] = t[q]
            filled += 1
            q = q + 1 if q + 1 < n else 0
    lay(s, b, filled)
    for city in ends:
        push(s, city)
    return rise


@kernel
def run_tour_kicks(p, s, rng, kicks, span, depth_limit, longest_piece):
    """Kick and descend so many times, and keep what is not worse; return the total gain."""
    s.counts[IS_LOGGING] = 1
    won = np.int64(0)
    for _ in range(kicks):
        forget(s)
        rise = _kick(p, s, rng, span)
        gain = _descend(p, s, depth_limit, False, longest_piece, 1 << 40)
        if gain < rise:
            undo(s)
        else:
            won += gain - rise
    return won
