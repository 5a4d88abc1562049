"""Spanning trees under penalties: candidates, a bound, and tours to start from.

Penalties that bring every city's degree in the cheapest 1-tree near to two leave a tree
that is almost a tour. It says which edges are promising (the alpha value of an edge is
what the tree loses by having it), bounds every tour from below, and gives good starts.

References
----------
Held, M., & Karp, R. M. (1971). The traveling-salesman problem and minimum spanning trees:
Part II. *Mathematical Programming*, 1.
Camerini, P. M., Fratta, L., & Maffioli, F. (1975). On improving relaxation methods by
modified gradient techniques. *Mathematical Programming Study*, 3.
Held, M., Wolfe, P., & Crowder, H. P. (1974). Validation of subgradient optimization.
*Mathematical Programming*, 6.
Helsgaun, K. (2000). An effective implementation of the Lin-Kernighan traveling salesman
heuristic. *European Journal of Operational Research*, 126(1), sections 4 and 5.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from routewright.travel import FloatArray, IntArray

from . import kernel
from .tour_state import Int32Array, edge

_FAR = 1e300
#: How far a step turns away from the last one: 1 makes a right angle, 2 mirrors it.
_TURN = 1.9
#: Share of its last direction that a climb keeps, the share of the bound that counts as a
#: gain, and the pace at which it ends.
_MOMENTUM, _GAIN, LEAST_PACE = 0.98, 1e-5, 1e-4
#: Longest path in the tree that is climbed for the alpha value of an edge.
_CLIMB = 20_000
#: Penalties are multiples of this, so that sums of them are exact.
GRAIN = 1.0 / 256.0


class Graph(NamedTuple):
    """A connected graph over N cities with M arcs, both directions of each edge."""

    start: IntArray  # (N + 1,) offsets
    to: Int32Array  # (M,)
    cost: FloatArray  # (M,)


class Tree(NamedTuple):
    """A spanning tree with penalties, and what growing it takes; N cities."""

    penalty: FloatArray  # (N,)
    best_penalty: FloatArray  # (N,)
    direction: FloatArray  # (N,) of the last step
    key: FloatArray  # (N,) cost of the edge to the parent, with penalties
    parent: Int32Array  # (N,) -1 for the root
    order: Int32Array  # (N,) cities as they joined the tree
    rank: Int32Array  # (N,) when each did
    degree: Int32Array  # (N,)
    left: Int32Array  # (N,) the unpaired city of odd degree in the branch, or -1
    heap: Int32Array  # (N,) cities by key
    slot: Int32Array  # (N,) where each is in the heap; -1 not yet, -2 no longer
    child: Int32Array  # (N,) first child, or -1
    sibling: Int32Array  # (N,) next child of the same parent, or -1
    partner: Int32Array  # (N,) the city that one of odd degree is paired with, or -1


def new_tree(n: int) -> Tree:
    """Return a tree over n cities, not grown yet."""
    floats = np.zeros((4, n))
    ints = np.zeros((10, n), dtype=np.int32)
    return Tree(*floats, *ints)


@kernel
def _rise(t, at):
    """Restore the heap above a slot."""
    city = t.heap[at]
    key = t.key[city]
    while at > 0:
        up = (at - 1) >> 1
        if t.key[t.heap[up]] <= key:
            break
        t.heap[at] = t.heap[up]
        t.slot[t.heap[at]] = at
        at = up
    t.heap[at] = city
    t.slot[city] = at


@kernel
def _sink(t, size):
    """Restore the heap below its top."""
    city = t.heap[0]
    key = t.key[city]
    at = 0
    while True:
        down = 2 * at + 1
        if down >= size:
            break
        if down + 1 < size and t.key[t.heap[down + 1]] < t.key[t.heap[down]]:
            down += 1
        if t.key[t.heap[down]] >= key:
            break
        t.heap[at] = t.heap[down]
        t.slot[t.heap[at]] = at
        at = down
    t.heap[at] = city
    t.slot[city] = at


@kernel(inline=False)
def _grow(g, t, root):
    """Grow the cheapest spanning tree from a root; return its cost (Prim's algorithm)."""
    n = len(t.parent)
    for i in range(n):
        t.slot[i] = -1
        t.degree[i] = 0
    t.parent[root] = -1
    t.key[root] = 0.0
    t.heap[0] = root
    t.slot[root] = 0
    size, joined, total = 1, 0, 0.0
    while size > 0:
        city = t.heap[0]
        t.slot[city] = -2
        size -= 1
        if size > 0:
            t.heap[0] = t.heap[size]
            _sink(t, size)
        t.order[joined] = city
        t.rank[city] = joined
        joined += 1
        total += t.key[city]
        if city != root:
            t.degree[city] += 1
            t.degree[t.parent[city]] += 1
        for a in range(g.start[city], g.start[city + 1]):
            other = g.to[a]
            if t.slot[other] == -2:
                continue
            key = g.cost[a] + t.penalty[city] + t.penalty[other]
            if t.slot[other] == -1:
                t.heap[size] = other
                t.slot[other] = size
                size += 1
            elif key >= t.key[other]:
                continue
            t.key[other] = key
            t.parent[other] = city
            _rise(t, t.slot[other])
    return total


@kernel
def _second(g, t):
    """The leaf whose cheapest edge outside the tree costs most, that cost, and its end."""
    leaf, end, most = 0, 0, -_FAR
    for i in range(len(t.parent)):
        if t.degree[i] != 1:
            continue
        inside = t.parent[i] if t.parent[i] >= 0 else t.order[1]
        least, at = _FAR, -1
        for a in range(g.start[i], g.start[i + 1]):
            j = g.to[a]
            cost = g.cost[a] + t.penalty[i] + t.penalty[j]
            if j != inside and cost < least:
                least, at = cost, j
        if at >= 0 and least > most:
            leaf, end, most = i, at, least
    return leaf, end, most


@kernel(inline=False)
def _one_tree(g, t):
    """Grow the cheapest 1-tree; return its cost without the penalties: the bound of them."""
    bound = _grow(g, t, 0)
    leaf, end, cost = _second(g, t)
    bound += cost
    t.degree[leaf] += 1
    t.degree[end] += 1
    for i in range(len(t.parent)):
        bound -= 2.0 * t.penalty[i]
    return bound


@kernel
def _keep_best(t):
    for i in range(len(t.parent)):
        t.best_penalty[i] = t.penalty[i]


@kernel
def _step_along(t, size):
    """Change the penalties along the direction, to multiples of the grain."""
    for i in range(len(t.parent)):
        move = size * t.direction[i]
        t.penalty[i] = math.floor((t.penalty[i] + move) / GRAIN + 0.5) * GRAIN


@kernel
def run_tree_ascent(g, t, best, rounds, goal, least, first_step, last_step):
    """Improve penalties by subgradient steps; return the best bound over this graph.

    ``best`` is the bound of the penalties that are the best so far.

    Steps follow Polyak's rule: as long as the bound is below ``goal``, the cost of a
    tour, as if by ``least`` if it is nearer. Their direction turns away from the last one
    where it would go back (Camerini et al., 1975). The best penalties are in ``best_penalty``.
    """
    n = len(t.parent)
    step = first_step
    for _ in range(rounds):
        bound = _one_tree(g, t)
        along, square = 0.0, 0.0
        for i in range(n):
            along += (t.degree[i] - 2.0) * t.direction[i]
            square += t.direction[i] * t.direction[i]
        if bound > best:
            best = bound
            _keep_best(t)
        keep = -_TURN * along / square if along < 0.0 else 0.0
        square = 0.0
        for i in range(n):
            t.direction[i] = t.degree[i] - 2.0 + keep * t.direction[i]
            square += t.direction[i] * t.direction[i]
        if square == 0.0:
            break
        _step_along(t, step * max(goal - bound, least) / square)
        step *= (last_step / first_step) ** (1.0 / rounds)
    return best


@kernel
def run_tree_climb(g, t, best, pace, rounds, patience, goal, least):
    """Improve penalties by steps with momentum; return the best bound over this graph.

    ``best``, ``goal``, and ``least`` are as in `run_tree_ascent`. Steps are ``pace[0]``
    times those of Polyak's rule; after ``patience`` steps without a gain, which ``pace[1]``
    counts, they are halved, and the climb goes on from the best penalties (Held, Wolfe, and
    Crowder, 1974). It ends early where the tree is a tour, or the steps are too short.
    """
    n = len(t.parent)
    for _ in range(rounds):
        bound = _one_tree(g, t)
        pace[1] += 1.0
        if bound > best:
            pace[1] = 0.0 if bound > best + _GAIN * abs(best) else pace[1]
            best = bound
            _keep_best(t)
        elif pace[1] >= patience:
            pace[0] *= 0.5
            pace[1] = 0.0
            for i in range(n):
                t.penalty[i] = t.best_penalty[i]
                t.direction[i] = 0.0
            continue
        square, excess = 0.0, 0
        for i in range(n):
            t.direction[i] = t.degree[i] - 2.0 + _MOMENTUM * t.direction[i]
            square += t.direction[i] * t.direction[i]
            excess += abs(t.degree[i] - 2)
        if excess == 0 or pace[0] < LEAST_PACE:
            break
        if square > 0.0:
            _step_along(t, pace[0] * max(goal - bound, least) / square)
    return best


@kernel
def _path_maximum(t, a, b):
    """Cost of the dearest edge on the path between two cities of the tree."""
    most, steps = 0.0, 0
    while a != b and steps < _CLIMB:
        if t.rank[a] < t.rank[b]:
            a, b = b, a
        most = max(most, t.key[a])
        a = t.parent[a]
        steps += 1
    return most


@kernel
def _insert(near, cost, city, other, value):
    """Put an edge into a city's row of its cheapest ones, if it is one of them."""
    c = near.shape[1] - 1
    if c < 0 or value >= cost[city, c]:
        return
    while c > 0 and cost[city, c - 1] > value:
        cost[city, c] = cost[city, c - 1]
        near[city, c] = near[city, c - 1]
        c -= 1
    cost[city, c] = value
    near[city, c] = other


@kernel
def run_tree_candidates(g, t, near, alpha):
    """Fill a row per city with the ends of its edges of least alpha, -1 after the last."""
    n, width = near.shape
    _grow(g, t, 0)
    for i in range(n):
        for c in range(width):
            near[i, c] = -1
            alpha[i, c] = _FAR
    for i in range(n):
        for a in range(g.start[i], g.start[i + 1]):
            j = g.to[a]
            cost = g.cost[a] + t.penalty[i] + t.penalty[j]
            value = max(0.0, cost - _path_maximum(t, np.int64(i), np.int64(j))) + 1e-7 * g.cost[a]
            _insert(near, alpha, i, j, value)


@kernel
def _match_here(p, t, open_at, city, count):
    """Pair the odd cities gathered at a city, nearest first; return the one left, or -1."""
    while count > 1:
        least, x, y = np.int64(1 << 62), 0, 1
        for i in range(count):
            for j in range(i):
                cost = edge(p, open_at[i], open_at[j])
                if cost < least:
                    least, x, y = cost, i, j
        a, b = open_at[x], open_at[y]
        t.partner[a] = b
        t.partner[b] = a
        open_at[x] = open_at[count - 1]
        if y == count - 1:
            y = x
        open_at[y] = open_at[count - 2]
        count -= 2
    return open_at[0] if count == 1 else -1


@kernel(inline=False)
def _match(p, t):
    """Pair the cities of odd degree within the smallest branches that hold two of them."""
    left, gathered = t.left, t.heap
    for r in range(len(t.parent) - 1, -1, -1):
        city, count = t.order[r], 0
        t.partner[city] = -1
        child = t.child[city]
        while child >= 0:
            if left[child] >= 0:
                gathered[count] = left[child]
                count += 1
            child = t.sibling[child]
        if t.degree[city] & 1:
            gathered[count] = city
            count += 1
        left[city] = _match_here(p, t, gathered, city, count)


@kernel
def _next_step(t, city):
    """Take an edge of the tree or of the matching that has not been taken; -1 if none is."""
    other = t.partner[city]
    if other >= 0:
        t.partner[city] = t.partner[other] = -1
        return other
    while t.child[city] >= 0:
        child = t.child[city]
        t.child[city] = t.sibling[child]
        if t.slot[child]:
            t.slot[child] = 0
            return child
    if t.slot[city] and t.parent[city] >= 0:
        t.slot[city] = 0
        return t.parent[city]
    return -1


@kernel
def run_tree_walk(p, g, t, root, stack, tour):
    """Fill a tour with the cities as a walk over the tree and a matching first leaves them.

    The matching pairs cities of odd degree within their branches, so that the walk goes
    over no edge twice (the idea of Christofides, without the best matching). ``stack``
    has room for two entries per city.
    """
    n = len(tour)
    _grow(g, t, root)
    for i in range(n):
        t.child[i] = -1
    for r in range(n - 1, 0, -1):
        city = t.order[r]
        t.sibling[city] = t.child[t.parent[city]]
        t.child[t.parent[city]] = city
    _match(p, t)
    for i in range(n):
        t.slot[i] = 1  # the edge to the parent has not been taken
        t.heap[i] = 0  # nor has the city been reached
    stack[0] = root
    size, filled = 1, 0
    while size > 0:
        city = stack[size - 1]
        other = _next_step(t, city)
        if other >= 0:
            stack[size] = other
            size += 1
            continue
        size -= 1
        if t.heap[city] == 0:
            t.heap[city] = 1
            tour[filled] = city
            filled += 1


@kernel
def run_tree_bound(p, t, special, near, cost):
    """Cost of the cheapest 1-tree of the complete graph, without the penalties.

    ``special`` is the city outside the spanning tree, which has two edges. Every tour
    costs at least as much, whatever the penalties are. ``parent`` then has the edges of
    the spanning tree, and ``near`` the ends of the cheapest edges of each city under the
    penalties, as many as it has columns, -1 after the last; ``cost`` what these cost.
    """
    n = len(t.parent)
    first = second = _FAR
    near[:] = -1
    cost[:] = _FAR
    for i in range(n):
        t.key[i] = _FAR
        t.slot[i] = 0
        t.parent[i] = -1
        if i != special:
            value = edge(p, special, i) + t.penalty[special] + t.penalty[i]
            _insert(near, cost, special, i, value)
            _insert(near, cost, i, special, value)
            if value < first:
                first, second = value, first
            elif value < second:
                second = value
    total = first + second - 2.0 * t.penalty[special]
    city = 0 if special != 0 else 1
    t.slot[special] = t.slot[city] = 1
    total -= 2.0 * t.penalty[city]
    for _ in range(n - 2):
        least, nearest = _FAR, -1
        for j in range(n):
            if t.slot[j] == 0:
                value = edge(p, city, j) + t.penalty[city] + t.penalty[j]
                _insert(near, cost, city, j, value)
                _insert(near, cost, j, city, value)
                if value < t.key[j]:
                    t.key[j] = value
                    t.parent[j] = city
                if t.key[j] < least:
                    least, nearest = t.key[j], j
        city = nearest
        t.slot[city] = 1
        total += least - 2.0 * t.penalty[city]
    return total
