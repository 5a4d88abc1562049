"""Iterated local search over directed tours: exchanges of neighboring pieces, no reversal.

The move replaces three arcs and keeps the direction of every piece, so that it needs no
symmetry, and whether precedences hold is asked for the two pieces that trade places. A
path and every tour with precedences has an anchor, the city where the order begins.

References
----------
Kanellakis, P. C., & Papadimitriou, C. H. (1980). Local search for the asymmetric
traveling salesman problem. *Operations Research*, 28(5).
Gambardella, L. M., & Dorigo, M. (2000). An ant colony system hybridized with a new local
search for the sequential ordering problem. *INFORMS Journal on Computing*, 12(3).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from routewright.travel import IntArray

from . import kernel
from .random import below, uniform
from .tour_state import (
    ABOVE,
    IS_LOGGING,
    QUEUE_SIZE,
    after,
    before,
    edge,
    forget,
    has_room,
    lay,
    pop,
    push,
    undo,
)

#: Tries to find a kick that the precedences allow.
_TRIES = 10
#: Cities in the short piece of a random exchange.
_SHORT = 3
#: Rises of so many temperatures are kept once in ten million times: not worth a logarithm.
_HOPELESS = 16.0


class Precedences(NamedTuple):
    """Which cities come later and earlier than which, N cities; lists as in CSR."""

    anchor: int  # the city where the order begins, or -1
    later_start: IntArray  # (N + 1,)
    later: IntArray
    earlier_start: IntArray  # (N + 1,)
    earlier: IntArray


@kernel
def _offset(s, start, position):
    """How far a position is behind another one."""
    d = position - start
    return d if d >= 0 else d + len(s.tour)


@kernel(inline=False)
def _may_swap(s, o, start, first, second):
    """Whether two neighboring pieces, of so many cities from a position on, may trade places."""
    if len(o.later) == 0:
        return True
    n = len(s.tour)
    q = start if first <= second else start + first
    for _ in range(min(first, second)):
        city = s.tour[q if q < n else q - n]
        q += 1
        if first <= second:
            for k in range(o.later_start[city], o.later_start[city + 1]):
                at = _offset(s, start, s.pos[o.later[k]])
                if first <= at and at < first + second:
                    return False
        else:
            for k in range(o.earlier_start[city], o.earlier_start[city + 1]):
                if _offset(s, start, s.pos[o.earlier[k]]) < first:
                    return False
    return True


@kernel
def _swap(s, start, first, second):
    """Let two neighboring pieces trade places."""
    n = len(s.tour)
    filled = 0
    for part in range(2):
        q = start + first if part == 0 else start
        q = q if q < n else q - n
        for _ in range(second if part == 0 else first):
            s.piece[filled] = s.tour[q]
            filled += 1
            q = q + 1 if q + 1 < n else 0
    lay(s, start, filled)


@kernel
def _exchange(s, o, b, d, f):
    """Make the pieces from b, d, and f on follow each other as d, b, f, if they may.

    Arguments are positions, in this order around the tour. Of the three pieces the one
    with the anchor stays, else the longest one.
    """
    one, two = _offset(s, b, d), _offset(s, d, f)
    three = len(s.tour) - one - two
    if o.anchor >= 0:
        at = _offset(s, b, s.pos[o.anchor])
        stays = 0 if at < one else (1 if at < one + two else 2)
    else:
        stays = 2 if three >= max(one, two) else (0 if one >= two else 1)
    start, first, second = b, one, two
    if stays == 0:
        start, first, second = d, two, three
    elif stays == 1:
        start, first, second = f, three, one
    if not (has_room(s, first + second) and _may_swap(s, o, start, first, second)):
        return False
    _swap(s, start, first, second)
    return True


@kernel
def _try_exchange(p, s, o, a):
    """Look for a gain by an exchange that replaces the arc behind a city; return it, or 0."""
    at_a = s.pos[a]
    at_b = after(s, at_a)
    b = s.tour[at_b]
    out = edge(p, a, b)
    for i in range(p.near.shape[1]):
        d = p.near[a, i]
        if d < 0 or p.near_cost[a, i] >= out:
            break
        at_d = s.pos[d]
        c = s.tour[before(s, at_d)]
        if d == b or c == a:
            continue
        reach = _offset(s, at_d, at_a)
        gain = out - p.near_cost[a, i] + edge(p, c, d)
        for j in range(p.near.shape[1]):
            f = p.near[c, j]
            if f < 0 or p.near_cost[c, j] >= gain:
                break
            at_f = s.pos[f]
            ahead = _offset(s, at_d, at_f)
            if ahead == 0 or ahead > reach:
                continue
            e = s.tour[before(s, at_f)]
            total = gain - p.near_cost[c, j] + edge(p, e, f) - edge(p, e, b)
            if total > 0 and _exchange(s, o, at_b, at_d, at_f):
                for city in (a, b, c, d, e, f):
                    push(s, city)
                return total
    return np.int64(0)


@kernel(inline=False)
def _descend(p, s, o):
    total = np.int64(0)
    while s.counts[QUEUE_SIZE] > 0:
        city = pop(s)
        gain = np.int64(1)
        while gain > 0:
            gain = _try_exchange(p, s, o, city)
            total += gain
    return total


@kernel
def _kick(p, s, o, rng, span):
    """Reverse the order of three neighboring pieces; return the rise in cost."""
    n = len(s.tour)
    most = min(span, (n - 2) // 3)
    for _ in range(_TRIES):
        start = below(rng, n)
        x, y, z = 1 + below(rng, most), 1 + below(rng, most), 1 + below(rng, most)
        if o.anchor >= 0 and _offset(s, start, s.pos[o.anchor]) < x + y + z:
            continue
        c, d, e = (start + x) % n, (start + x + y) % n, (start + x + y + z) % n
        if not (_may_swap(s, o, start, x, y + z) and _may_swap(s, o, c, y, z)):
            continue
        t = s.tour
        ends = (t[start - 1], t[start], t[c - 1], t[c], t[d - 1], t[d], t[e - 1], t[e])
        rise = edge(p, ends[0], ends[5]) + edge(p, ends[6], ends[3])
        rise += edge(p, ends[4], ends[1]) + edge(p, ends[2], ends[7])
        rise -= edge(p, ends[0], ends[1]) + edge(p, ends[2], ends[3])
        rise -= edge(p, ends[4], ends[5]) + edge(p, ends[6], ends[7])
        _swap(s, start, x, y + z)
        _swap(s, start, y, z)
        for city in ends:
            push(s, city)
        return rise
    return np.int64(0)


@kernel
def run_directed_search(p, s, o, rng, kicks, span, temperature):
    """Descend, then kick and descend so many times; return how much cheaper the best tour is.

    A tour that costs more is kept with the probability of simulated annealing at this
    temperature. ``counts[ABOVE]`` is what the current tour costs more than the best one,
    which is in ``best_tour``.
    """
    s.counts[IS_LOGGING] = 0
    s.counts[ABOVE] -= _descend(p, s, o)
    s.counts[IS_LOGGING] = 1
    won = np.int64(0)
    for k in range(kicks + 1):
        if s.counts[ABOVE] < 0:
            won -= s.counts[ABOVE]
            s.counts[ABOVE] = 0
            for i in range(len(s.tour)):
                s.best_tour[i] = s.tour[i]
        if k == kicks:
            break
        forget(s)
        rise = _kick(p, s, o, rng, span)
        rise -= _descend(p, s, o)
        limit = -temperature * math.log(1.0 - uniform(rng))
        if rise <= limit:
            s.counts[ABOVE] += rise
        else:
            undo(s)
    return won


@kernel
def _replaced(p, s, start, first, second):
    """Rise in cost where two neighboring pieces trade places."""
    n, m, t = len(s.tour), p.matrix, s.tour
    middle, end = (start + first) % n, (start + first + second) % n
    a, b = t[before(s, start)], t[start]
    c, d = t[before(s, middle)], t[middle]
    e, f = t[before(s, end)], t[end]
    return m[a, d] + m[e, b] + m[c, f] - m[a, b] - m[c, d] - m[e, f]


@kernel
def run_directed_annealing(p, s, o, rng, moves, span, temperature):
    """Try so many random exchanges of neighboring pieces; return as `run_directed_search` does.

    One piece has up to three cities, the other one up to ``span``. An exchange that costs
    more is kept with the probability of simulated annealing; no descent follows it. The
    order has an anchor, and every city is left to be looked at by a descent.
    """
    n = len(s.tour)
    most, won = min(span, n - 2), np.int64(0)
    s.counts[IS_LOGGING] = 0
    for _ in range(moves):
        first, second = 1 + below(rng, min(_SHORT, most)), 1 + below(rng, most)
        if below(rng, 2) == 0:
            first, second = second, first
        ahead = 1 + below(rng, n - 1)  # behind the anchor
        if ahead + first + second > n:
            continue
        start = (s.pos[o.anchor] + ahead) % n
        rise = _replaced(p, s, start, first, second)
        if rise > _HOPELESS * temperature:
            continue
        if rise > 0 and rise > -temperature * math.log(1.0 - uniform(rng)):
            continue
        if not _may_swap(s, o, start, first, second):
            continue
        _swap(s, start, first, second)
        s.counts[ABOVE] += rise
        if s.counts[ABOVE] < 0:
            won -= s.counts[ABOVE]
            s.counts[ABOVE] = 0
            for i in range(n):
                s.best_tour[i] = s.tour[i]
    for i in range(n):
        push(s, s.tour[i])
    return won
