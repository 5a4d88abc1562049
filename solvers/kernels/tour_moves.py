"""The variable-depth step: a sequential exchange of edges, found without touching the tour.

A chain removes an edge, adds one to a near city, removes an edge there, and so on. It is
followed as long as it gains; wherever closing it gives a single cycle and a better gain
than any chain so far, it is remembered. Positions alone tell whether it does. Only the
best one is carried out, by laying all pieces but the longest anew.

References
----------
Lin, S., & Kernighan, B. W. (1973). An effective heuristic algorithm for the
traveling-salesman problem. *Operations Research*, 21(2).
Helsgaun, K. (2009). General k-opt submoves for the Lin-Kernighan TSP heuristic.
*Mathematical Programming Computation*, 1(2-3) (sorting positions to check a move).
"""

from __future__ import annotations

import numpy as np

from . import kernel
from .tour_state import NUM_TOUCHED, after, before, edge, has_room, lay, push

# Columns of ``TourState.cut``: position of the removed edge, whether it goes forward from
# its first end, gain before the next edge is added, and the next candidate (two a city).
_WHERE, _FORWARD, _GAIN, _NEXT = range(4)
# Rows of ``TourState.join``: edges by position, partner of each piece end, codes of ends.
_ORDER, _PARTNER, _CODES = range(3)


@kernel
def breadth(depth, wide):
    """How many near cities a chain is followed to after so many removed edges."""
    if depth == 1:
        return 5
    if depth == 2:
        return 5 if wide else 3
    return 3 if wide and depth == 3 else 1


@kernel
def _arrange(s, k):
    """Find which ends of which pieces the exchange of k edges joins.

    Piece r lies between the r-th and the next removed edge; its ends have the codes 2 r
    (first city) and 2 r + 1 (last city).
    """
    order, partner, codes = s.join[_ORDER], s.join[_PARTNER], s.join[_CODES]
    for i in range(k):
        r = i
        while r > 0 and s.cut[order[r - 1], _WHERE] > s.cut[i, _WHERE]:
            order[r] = order[r - 1]
            r -= 1
        order[r] = i
    for r in range(k):
        i = order[r]
        last, first = 2 * r + 1, 2 * r + 2 if r + 1 < k else 0
        forward = s.cut[i, _FORWARD]
        codes[2 * i] = last if forward else first
        codes[2 * i + 1] = first if forward else last
    for i in range(k):
        a = codes[2 * i + 1]
        b = codes[2 * i + 2] if i + 1 < k else codes[0]
        partner[a] = b
        partner[b] = a


@kernel
def _is_cycle(s, k):
    """Whether the pieces form one cycle as arranged."""
    partner = s.join[_PARTNER]
    code, seen = partner[1], 1
    while code > 1:
        code = partner[code ^ 1]
        seen += 1
    return code == 0 and seen == k


@kernel
def _remember(s, k):
    for i in range(k):
        s.best[i, 0] = s.ends[i, 0]
        s.best[i, 1] = s.ends[i, 1]
        s.best[i, 2] = s.cut[i, _WHERE]
        s.best[i, 3] = s.cut[i, _FORWARD]


@kernel
def _is_cut(s, depth, where):
    """Whether the chain has removed the edge at a position."""
    for i in range(depth):
        if s.cut[i, _WHERE] == where:
            return True
    return False


@kernel
def _begin(p, s, first, forward):
    """Begin a chain by removing the edge behind or in front of a city."""
    at = s.pos[first]
    second = s.tour[after(s, at)] if forward else s.tour[before(s, at)]
    s.ends[0, 0] = first
    s.ends[0, 1] = second
    s.cut[0, _WHERE] = at if forward else before(s, at)
    s.cut[0, _FORWARD] = forward
    s.cut[0, _GAIN] = edge(p, first, second)
    s.cut[0, _NEXT] = 0


@kernel
def _search(p, s, first, depth_limit, wide):
    """Follow all chains from a begun one; return the best gain and its number of edges."""
    best, best_k, depth = np.int64(0), 0, 1
    while depth > 0:
        step = s.cut[depth - 1, _NEXT]
        tip, c = s.ends[depth - 1, 1], step >> 1
        if c >= breadth(depth, wide) or c >= p.near.shape[1] or p.near[tip, c] < 0:
            depth -= 1
            continue
        gain = s.cut[depth - 1, _GAIN] - p.near_cost[tip, c]
        if gain <= 0:  # and so it is with all that are farther
            depth -= 1
            continue
        s.cut[depth - 1, _NEXT] = step + 1
        city = p.near[tip, c]
        at, forward = s.pos[city], 1 - (step & 1)
        where = at if forward else before(s, at)
        other = s.tour[after(s, at)] if forward else s.tour[where]
        if other == tip or city == s.ends[depth - 1, 0] or _is_cut(s, depth, where):
            continue
        gain += edge(p, city, other)
        closed = gain - edge(p, other, first) if other != first else np.int64(-1)
        s.ends[depth, 0] = city
        s.ends[depth, 1] = other
        s.cut[depth, _WHERE] = where
        s.cut[depth, _FORWARD] = forward
        s.cut[depth, _GAIN] = gain
        s.cut[depth, _NEXT] = 0
        if closed > best:
            _arrange(s, depth + 1)
            if _is_cycle(s, depth + 1):
                best, best_k = closed, depth + 1
                _remember(s, best_k)
        if depth + 1 < depth_limit:
            depth += 1
    return best, best_k


@kernel(inline=False)
def _carry_out(s, k, longest_piece):
    """Lay all pieces but the longest in their new order; return whether that was possible."""
    n = len(s.tour)
    order, partner = s.join[_ORDER], s.join[_PARTNER]
    most, keep = -1, 0
    for r in range(k):
        size = (
            s.cut[order[r], _WHERE] - s.cut[order[r - 1], _WHERE]
            if r > 0
            else (n - s.cut[order[k - 1], _WHERE] + s.cut[order[0], _WHERE])
        )
        if size > most:
            most, keep = size, r
    if n - most > longest_piece or not has_room(s, n - most):
        return False
    code, filled = partner[2 * keep + 1], 0
    while code >> 1 != keep:
        r = code >> 1
        low = s.cut[order[r - 1 if r > 0 else k - 1], _WHERE] + 1
        high = s.cut[order[r], _WHERE]
        size = high - low + 1 if high >= low else high - low + 1 + n
        q = high if code & 1 else (low if low < n else 0)
        for i in range(size):
            s.piece[filled + i] = s.tour[q]
            if code & 1:
                q = q - 1 if q > 0 else n - 1
            else:
                q = q + 1 if q + 1 < n else 0
        filled += size
        code = partner[code ^ 1]
    start = s.cut[order[keep], _WHERE] + 1
    lay(s, start if start < n else 0, filled)
    return True


@kernel
def try_exchange(p, s, first, depth_limit, wide, longest_piece):
    """Look for a gain by a chain from a city and take the best; return it, or 0."""
    for way in range(2):
        _begin(p, s, first, 1 - way)
        gain, k = _search(p, s, first, depth_limit, wide)
        if gain <= 0:
            continue
        for i in range(k):
            s.ends[i, 0] = s.best[i, 0]
            s.ends[i, 1] = s.best[i, 1]
            s.cut[i, _WHERE] = s.best[i, 2]
            s.cut[i, _FORWARD] = s.best[i, 3]
        _arrange(s, k)
        if not _carry_out(s, k, longest_piece):
            continue
        for i in range(k):
            s.touched[2 * i] = s.ends[i, 0]
            s.touched[2 * i + 1] = s.ends[i, 1]
        s.counts[NUM_TOUCHED] = 2 * k
        return gain
    return np.int64(0)


@kernel
def push_touched(s):
    """Have the cities of the last move looked at again."""
    for i in range(s.counts[NUM_TOUCHED]):
        push(s, s.touched[i])
