"""Edge assembly crossover of two tours: a child takes one cycle of alternating edges.

The edges in which two parents differ fall into cycles of alternating edges of the one and
the other. A child is the first parent with the edges of one such cycle exchanged; the
subtours that this leaves are joined to their surroundings, smallest first. Everything but
the walk along the parents is proportional to the cycle and the small subtours.

References
----------
Nagata, Y., & Kobayashi, S. (2013). A powerful genetic algorithm using edge assembly
crossover for the traveling salesman problem. *INFORMS Journal on Computing*, 25(2)
(localized EAX, section 3; selection by entropy, section 4.2).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from routewright.travel import FloatArray, IntArray

from . import kernel
from .random import below
from .tour_state import Int32Array, edge

#: Cities that a population's table of edges remembers beside each city.
EDGE_SLOTS = 12
# Entries of ``Crossover.counts``.
_CYCLES, _LOGGED, _BEST_LOGGED, _CUTS, _SUBTOURS, _GAIN, NUM_COUNTS = range(7)
_REMOVED, _ADDED = 0, 1


class Crossover(NamedTuple):
    """Scratch of one crossover at a time; N cities."""

    counts: IntArray  # (NUM_COUNTS,)
    link: Int32Array  # (N, 2) neighbors in the first parent, or in the child at hand
    pos: Int32Array  # (N,) positions in the first parent
    left: Int32Array  # (N, 2, 2) neighbors in one parent only: first and second parent
    num_left: Int32Array  # (N, 2)
    active: Int32Array  # (N,) cities with such neighbors
    path: Int32Array  # (2 N + 4,) walk along alternating edges
    seen: Int32Array  # (N, 2) where a city stands on it, at even and odd places; or -1
    cycle: Int32Array  # (2 N + 4,) cities of the cycles; the first edge is the first parent's
    cycle_start: Int32Array  # (N + 2,) offsets
    cut: Int32Array  # (N,) positions behind which the child has cut the first parent
    partner: Int32Array  # (2 N,) which ends of pieces are joined
    subtour: Int32Array  # (N,) of each piece
    size: IntArray  # (N,) cities of each subtour
    joined_to: Int32Array  # (N,) the subtour that a subtour is part of by now
    log: Int32Array  # (6 N + 16, 3) edges removed and added
    best_log: Int32Array  # (6 N + 16, 3)


class EdgeCounts(NamedTuple):
    """How many tours of a population have an edge; N cities, P tours."""

    city: Int32Array  # (N, EDGE_SLOTS) the other end, or -1
    tours: Int32Array  # (N, EDGE_SLOTS) how many have the edge
    term: FloatArray  # (P + 2,) what an edge of so many tours adds to the entropy


def new_crossover(n: int) -> Crossover:
    """Return scratch for tours of n cities."""

    def ints(*shape: int) -> Int32Array:
        return np.zeros(shape, dtype=np.int32)

    return Crossover(
        counts=np.zeros(NUM_COUNTS, dtype=np.int64),
        link=ints(n, 2),
        pos=ints(n),
        left=ints(n, 2, 2),
        num_left=ints(n, 2),
        active=ints(n),
        path=ints(2 * n + 4),
        seen=ints(n, 2),
        cycle=ints(2 * n + 4),
        cycle_start=ints(n + 2),
        cut=ints(n),
        partner=ints(2 * n),
        subtour=ints(n),
        size=np.zeros(n, dtype=np.int64),
        joined_to=ints(n),
        log=ints(6 * n + 16, 3),
        best_log=ints(6 * n + 16, 3),
    )


def new_edge_counts(n: int, tours: int) -> EdgeCounts:
    """Return an empty table for so many tours."""
    share = np.arange(tours + 2) / tours
    with np.errstate(divide="ignore", invalid="ignore"):
        term = np.where(share > 0, -share * np.log(share), 0.0)
    return EdgeCounts(
        city=np.full((n, EDGE_SLOTS), -1, dtype=np.int32),
        tours=np.zeros((n, EDGE_SLOTS), dtype=np.int32),
        term=np.ascontiguousarray(term),
    )


@kernel
def run_edge_counts(f, tours):
    """Count the edges of a population; edges beyond the slots of a city are left out."""
    for i in range(len(f.city)):
        for c in range(EDGE_SLOTS):
            f.city[i, c] = -1
            f.tours[i, c] = 0
    for t in range(tours.shape[0]):
        n = tours.shape[1]
        for k in range(n):
            a, b = tours[t, k], tours[t, k + 1 if k + 1 < n else 0]
            for side in range(2):
                i, j = (a, b) if side == 0 else (b, a)
                for c in range(EDGE_SLOTS):
                    if f.city[i, c] == j or f.city[i, c] < 0:
                        f.city[i, c] = j
                        f.tours[i, c] += 1
                        break


@kernel
def _count(f, i, j):
    for c in range(EDGE_SLOTS):
        if f.city[i, c] == j:
            return f.tours[i, c]
        if f.city[i, c] < 0:
            break
    return 0


# The child at hand ------------------------------------------------------------------


@kernel
def _relink(x, city, old, new):
    if x.link[city, 0] == old:
        x.link[city, 0] = new
    else:
        x.link[city, 1] = new


@kernel
def _change(x, a, b, kind):
    """Remove or add an edge of the child, and log it."""
    at = x.counts[_LOGGED]
    x.log[at, 0], x.log[at, 1], x.log[at, 2] = a, b, kind
    x.counts[_LOGGED] = at + 1
    if kind == _REMOVED:
        _relink(x, a, b, -1)
        _relink(x, b, a, -1)
    else:
        _relink(x, a, -1, b)
        _relink(x, b, -1, a)


@kernel(inline=False)
def _take_back(x):
    """Undo all changes."""
    for at in range(x.counts[_LOGGED] - 1, -1, -1):
        a, b = x.log[at, 0], x.log[at, 1]
        if x.log[at, 2] == _ADDED:
            _relink(x, a, b, -1)
            _relink(x, b, a, -1)
        else:
            _relink(x, a, -1, b)
            _relink(x, b, -1, a)
    x.counts[_LOGGED] = 0


# Cycles -----------------------------------------------------------------------------


@kernel(inline=False)
def _compare(x, first, second):
    """Note the edges of each parent that the other one lacks; return how many cities have any."""
    n = len(first)
    for k in range(n):
        city = first[k]
        x.pos[city] = k
        x.link[city, 0] = first[k - 1]
        x.link[city, 1] = first[k + 1 if k + 1 < n else 0]
    active = 0
    for k in range(n):
        city = second[k]
        b0, b1 = second[k - 1], second[k + 1 if k + 1 < n else 0]
        a0, a1 = x.link[city, 0], x.link[city, 1]
        left_a = left_b = 0
        if a0 != b0 and a0 != b1:
            x.left[city, 0, left_a] = a0
            left_a += 1
        if a1 != b0 and a1 != b1:
            x.left[city, 0, left_a] = a1
            left_a += 1
        if b0 != a0 and b0 != a1:
            x.left[city, 1, left_b] = b0
            left_b += 1
        if b1 != a0 and b1 != a1:
            x.left[city, 1, left_b] = b1
            left_b += 1
        x.num_left[city, 0], x.num_left[city, 1] = left_a, left_b
        x.seen[city, 0] = x.seen[city, 1] = -1
        if left_a > 0:
            x.active[active] = city
            active += 1
    return active


@kernel
def _use(x, city, parent, other):
    """Take an edge of one parent from the list of a city."""
    if x.left[city, parent, 0] == other:
        x.left[city, parent, 0] = x.left[city, parent, 1]
    x.num_left[city, parent] -= 1


@kernel
def _extract(x, start, end):
    """Store the cities of the path from start to end - 1 as a cycle."""
    number = x.counts[_CYCLES]
    at = x.cycle_start[number]
    shift = start & 1  # a cycle begins with an edge of the first parent
    size = end - start
    for k in range(size):
        x.cycle[at + k] = x.path[start + (k + shift) % size]
    for k in range(start, end):
        x.seen[x.path[k], k & 1] = -1
    x.cycle_start[number + 1] = at + size
    x.counts[_CYCLES] = number + 1


@kernel(inline=False)
def _find_cycles(x, rng, active):
    """Divide the edges that the parents do not share into cycles of alternating edges."""
    x.counts[_CYCLES] = 0
    x.cycle_start[0] = 0
    while active > 0:
        pick = below(rng, active)
        city = x.active[pick]
        if x.num_left[city, 0] == 0:
            active -= 1
            x.active[pick] = x.active[active]
            continue
        x.path[0] = city
        x.seen[city, 0] = 0
        at = 0
        while at > 0 or x.num_left[city, 0] > 0:
            parent = at & 1
            choice = below(rng, x.num_left[city, parent]) if x.num_left[city, parent] > 1 else 0
            other = x.left[city, parent, choice]
            _use(x, city, parent, other)
            _use(x, other, parent, city)
            at += 1
            city = other
            x.path[at] = city
            start = x.seen[city, at & 1]
            if start >= 0:
                _extract(x, start, at)
                at = start
            x.seen[city, at & 1] = at
        x.seen[city, 0] = -1


# Pieces and subtours ----------------------------------------------------------------


@kernel
def _sort(values, n):
    """Sort the first n of some integers (Shell's sort with Ciura's gaps)."""
    for gap in (701, 301, 132, 57, 23, 10, 4, 1):
        for i in range(gap, n):
            value = values[i]
            j = i
            while j >= gap and values[j - gap] > value:
                values[j] = values[j - gap]
                j -= gap
            values[j] = value


@kernel
def _piece(x, position):
    """The piece of the first parent that a position is in."""
    cuts = x.counts[_CUTS]
    low, high = 0, cuts
    while low < high:
        middle = (low + high) >> 1
        if x.cut[middle] < position:
            low = middle + 1
        else:
            high = middle
    return low if low < cuts else 0


@kernel
def _end_code(x, n, city):
    """Code of an end of a piece where a city stands and nothing is joined yet."""
    position = x.pos[city]
    r = _piece(x, position)
    if x.cut[r] == position and x.partner[2 * r + 1] < 0:
        return 2 * r + 1
    return 2 * r


@kernel
def _first_position(x, n, r):
    """Position of the first city of a piece."""
    q = x.cut[r - 1 if r > 0 else x.counts[_CUTS] - 1] + 1
    return q if q < n else 0


@kernel
def _piece_size(x, n, r):
    size = x.cut[r] - _first_position(x, n, r) + 1
    return size if size > 0 else size + n


@kernel
def _exchange(p, x, number, n):
    """Exchange the edges of a cycle; note where the first parent is cut."""
    start, end = x.cycle_start[number], x.cycle_start[number + 1]
    gain, cuts = np.int64(0), 0
    for k in range(start, end, 2):
        a, b = x.cycle[k], x.cycle[k + 1]
        gain += edge(p, a, b)
        _change(x, a, b, _REMOVED)
        low, high = min(x.pos[a], x.pos[b]), max(x.pos[a], x.pos[b])
        x.cut[cuts] = high if low == 0 and high == n - 1 else low
        cuts += 1
    for k in range(start + 1, end, 2):
        a, b = x.cycle[k], x.cycle[k + 1 if k + 1 < end else start]
        gain -= edge(p, a, b)
        _change(x, a, b, _ADDED)
    x.counts[_CUTS] = cuts
    _sort(x.cut, cuts)
    x.counts[_GAIN] = gain


@kernel(inline=False)
def _find_subtours(x, number, n):
    """Number the subtours of the child; pieces are joined by the cycle's added edges."""
    start, end = x.cycle_start[number], x.cycle_start[number + 1]
    cuts = x.counts[_CUTS]
    for code in range(2 * cuts):
        x.partner[code] = -1
    for k in range(start + 1, end, 2):
        a = _end_code(x, n, x.cycle[k])
        x.partner[a] = 2 * cuts  # taken
        b = _end_code(x, n, x.cycle[k + 1 if k + 1 < end else start])
        x.partner[a] = b
        x.partner[b] = a
    for r in range(cuts):
        x.subtour[r] = -1
    count = 0
    for r in range(cuts):
        if x.subtour[r] >= 0:
            continue
        x.size[count] = 0
        x.joined_to[count] = count
        code = 2 * r
        while x.subtour[code >> 1] < 0:
            x.subtour[code >> 1] = count
            x.size[count] += _piece_size(x, n, code >> 1)
            code = x.partner[code ^ 1]
        count += 1
    x.counts[_SUBTOURS] = count


@kernel
def _root(x, subtour):
    while x.joined_to[subtour] != subtour:
        subtour = x.joined_to[subtour]
    return subtour


@kernel(inline=False)
def _best_bridge(p, x, first, smallest):
    """The cheapest way to join a subtour to another one: gain and the four cities."""
    n = len(first)
    best, b0, b1, b2, b3 = np.int64(-(1 << 62)), -1, -1, -1, -1
    for r in range(x.counts[_CUTS]):
        if _root(x, x.subtour[r]) != smallest:
            continue
        q = _first_position(x, n, r)
        for _ in range(_piece_size(x, n, r)):
            a = first[q]
            q = q + 1 if q + 1 < n else 0
            for c in range(p.near.shape[1]):
                b = p.near[a, c]
                if b < 0:
                    break
                if _root(x, x.subtour[_piece(x, x.pos[b])]) == smallest:
                    continue
                for side in range(4):
                    a1, b1_ = x.link[a, side & 1], x.link[b, side >> 1]
                    gain = edge(p, a, a1) + edge(p, b, b1_) - p.near_cost[a, c]
                    if gain > best:
                        gain -= edge(p, a1, b1_)
                        if gain > best:
                            best, b0, b1, b2, b3 = gain, a, a1, b, b1_
    return best, b0, b1, b2, b3


@kernel
def _join_subtours(p, x, first):
    """Join subtours, smallest first, into one tour; return whether that was possible."""
    left = x.counts[_SUBTOURS]
    while left > 1:
        smallest = -1
        for t in range(x.counts[_SUBTOURS]):
            if x.joined_to[t] == t and (smallest < 0 or x.size[t] < x.size[smallest]):
                smallest = t
        gain, a, a1, b, b1 = _best_bridge(p, x, first, smallest)
        if a < 0:
            return False
        _change(x, a, a1, _REMOVED)
        _change(x, b, b1, _REMOVED)
        _change(x, a, b, _ADDED)
        _change(x, a1, b1, _ADDED)
        x.counts[_GAIN] += gain
        other = _root(x, x.subtour[_piece(x, x.pos[b])])
        x.joined_to[smallest] = other
        x.size[other] += x.size[smallest]
        left -= 1
    return True


# Selection --------------------------------------------------------------------------


@kernel
def _entropy_change(x, f):
    """Change in the entropy of the population's edges if the child replaces the parent."""
    change = 0.0
    for at in range(x.counts[_LOGGED]):
        count = _count(f, x.log[at, 0], x.log[at, 1])
        count = min(count, len(f.term) - 2)
        if x.log[at, 2] == _ADDED:
            change += f.term[count + 1] - f.term[count]
        elif count > 0:
            change += f.term[count - 1] - f.term[count]
    return change


@kernel
def _keep_best(x):
    for at in range(x.counts[_LOGGED]):
        for c in range(3):
            x.best_log[at, c] = x.log[at, c]
    x.counts[_BEST_LOGGED] = x.counts[_LOGGED]


@kernel
def _write(x, child):
    """Write the tour that the links make."""
    came, city = np.int32(-1), np.int32(0)
    for k in range(len(child)):
        child[k] = city
        step = x.link[city, 0] if x.link[city, 0] != came else x.link[city, 1]
        came, city = city, step


@kernel
def run_crossover(p, x, f, rng, first, second, children, child):
    """Write the best of some children of two tours, or the first one; return its gain.

    A child counts only if it costs less than the first parent. The best has the greatest
    gain per loss of entropy.
    """
    n = len(first)
    x.counts[_LOGGED] = x.counts[_BEST_LOGGED] = 0
    best_gain, best_value = np.int64(0), 0.0
    _find_cycles(x, rng, _compare(x, first, second))
    for number in range(min(children, x.counts[_CYCLES])):
        _exchange(p, x, number, n)
        _find_subtours(x, number, n)
        if _join_subtours(p, x, first) and x.counts[_GAIN] > 0:
            loss = -_entropy_change(x, f)
            value = x.counts[_GAIN] / max(loss, 1e-9)
            if value > best_value:
                best_value, best_gain = value, x.counts[_GAIN]
                _keep_best(x)
        _take_back(x)
    for at in range(x.counts[_BEST_LOGGED]):
        _change(x, x.best_log[at, 0], x.best_log[at, 1], x.best_log[at, 2])
    x.counts[_LOGGED] = 0
    _write(x, child)
    return best_gain
