"""Ruin and recreate for plain problems: remove strings of clients, insert them greedily.

References
----------
Christiaens, J., & Vanden Berghe, G. (2020). Slack induction by string removals for
vehicle routing problems. *Transportation Science*, 54(2).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from . import kernel
from .plain_state import (
    BLINK,
    DEMAND,
    HEAD,
    LOAD,
    MARK,
    NEXT,
    NUM_ABSENT,
    NUM_EJECTED,
    NUM_MEMBERS,
    NUM_REMOVED,
    NUM_ROUTES,
    NUM_SLOTS,
    PREV,
    SIZE,
    STAMP,
    TO_NEXT,
    TO_PREV,
    arc_cost,
    arc_near,
    empty_route,
    push_client,
    save_route,
    update_link,
    update_place,
    update_size,
)
from .random import uniform

#: More than any cost of an insertion.
_NOWHERE = 1 << 62


class PlainSettings(NamedTuple):
    """Parameters of the search; those of strings and blinks are named as in the paper."""

    mean_removed: float  # c
    max_string: float  # L
    split: float  # alpha: chance that the middle of a string is kept
    keep: float  # 1 - beta: chance that one more client of the middle is kept
    blink: float  # 1 / log(1 - chance that a place is skipped)
    near_moves: int  # neighbors that moves look at
    near_swaps: int  # neighbors that SWAP* looks at; 0 for none
    max_moved: int  # clients in a string that is moved, at most 2
    ejections: int  # most clients that make room for others in one iteration, at most 60
    slack: float  # how much worse than acceptable a plan may be and still be descended from


def new_plain_settings(slack: float) -> PlainSettings:
    """Return the parameters of the search that were found best.

    The paper removes 10 clients in strings of up to 10; with a descent after it, more is
    better (20 X instances, one thread: 0.17 % at 1 s, 0.06 % at 6 s, then 0.10 % at 4 s
    by longer strings; one seed, so that half of this may be chance).
    """
    return PlainSettings(
        mean_removed=15.0,
        max_string=15.0,
        split=0.5,
        keep=0.99,
        blink=1.0 / math.log(1.0 - 0.01),
        near_moves=20,
        near_swaps=10,
        max_moved=2,
        ejections=5,
        slack=slack,
    )


@kernel
def ruin_strings(p, s, c, rng):
    """Remove strings from the routes around a random client; return the change in cost."""
    members = s.counts[NUM_MEMBERS]
    mean_size = members / max(1, s.counts[NUM_ROUTES])
    longest = min(c.max_string, mean_size)
    strings = int(uniform(rng) * (4.0 * c.mean_removed / (1.0 + longest) - 1.0)) + 1
    seed = s.members[int(uniform(rng) * members)]
    delta = done = 0
    for k in range(-1, p.near.shape[1]):
        if done >= strings:
            break
        v = seed if k < 0 else np.int64(p.near[seed, k])
        r = s.at[v]
        if r < 0 or s.route[r, MARK] == s.counts[STAMP]:
            continue
        save_route(s, r)
        done += 1
        delta += _remove_string(p, s, c, rng, r, v, longest)
    return delta


@kernel
def _remove_string(p, s, c, rng, r, v, longest):
    """Remove a string that covers client v, or that with its middle preserved."""
    size = s.route[r, SIZE]
    length = min(size, int(uniform(rng) * min(float(size), longest)) + 1)
    kept = 0
    if 1 < length < size and uniform(rng) < c.split:
        kept = 1
        while length + kept < size and uniform(rng) < c.keep:
            kept += 1
    total = length + kept
    # All strings of that many clients around v are equally likely.
    before, u = 0, np.uint32(s.node[v, PREV])
    while before < total - 1 and u > 0:
        before += 1
        u = np.uint32(s.node[u, PREV])
    after, u = 0, np.uint32(s.node[v, NEXT])
    while after < total - 1 and u > 0:
        after += 1
        u = np.uint32(s.node[u, NEXT])
    least = total - 1 - after
    a = v
    for _ in range(least + int(uniform(rng) * (before - least + 1))):
        a = s.node[a, PREV]
    head = length
    if kept > 0:
        head = 1 + int(uniform(rng) * (length - 1))
    delta, a = _cut(p, s, r, a, head)
    if kept > 0:
        for _ in range(kept):
            a = s.node[a, NEXT]
        delta += _cut(p, s, r, a, length - head)[0]
    return delta


@kernel(inline=False)
def _cut(p, s, r, a, length):
    """Remove ``length`` clients from a onward; return the change and the client after them."""
    u, v, load, delta, m = s.node[a, PREV], a, 0, 0, s.counts[NUM_REMOVED]
    last = np.int64(0)
    for _ in range(length):
        delta -= s.node[v, TO_PREV]
        load += s.node[v, DEMAND]
        s.at[v] = -1
        s.removed[m] = v
        m += 1
        push_client(s, v)
        last = s.node[v, TO_NEXT]
        v = s.node[v, NEXT]
    s.counts[NUM_REMOVED] = m
    arc = arc_cost(p, u, v)
    update_link(s, r, u, v, arc)
    update_size(s, r, -length, -load)
    push_client(s, u)
    push_client(s, v)
    return delta + arc - last, v


@kernel
def order_removed(p, s, rng):
    """Sort what is to be inserted: at random, by demand, far or near first (4:4:2:1)."""
    for k in range(s.counts[NUM_ABSENT]):
        s.removed[s.counts[NUM_REMOVED]] = s.absent[k]
        s.counts[NUM_REMOVED] += 1
    draw, m = uniform(rng) * 11.0, s.counts[NUM_REMOVED]
    for t in range(m):
        v = s.removed[t]
        if draw < 4.0:
            key = uniform(rng)
        elif draw < 8.0:
            key = -1.0 * s.node[v, DEMAND]
        elif draw < 10.0:
            key = -1.0 * p.depot_cost[v]
        else:
            key = 1.0 * p.depot_cost[v]
        q = t
        while q > 0 and s.order[q - 1] > key:
            s.removed[q] = s.removed[q - 1]
            s.order[q] = s.order[q - 1]
            q -= 1
        s.removed[q] = v
        s.order[q] = key


@kernel
def _blinks(s, c, rng):
    """Whether to skip a place: counts down a geometric gap, one draw for each blink."""
    s.counts[BLINK] -= 1
    if s.counts[BLINK] >= 0:
        return False
    s.counts[BLINK] = int(math.log(uniform(rng) + 1e-300) * c.blink)
    return True


@kernel
def insert_client(p, s, c, rng, x):
    """Insert x at the cheapest place beside a neighbor; the change in cost, or -1 for none.

    An arc whose other end is nearer to x has been looked at from there, so that the
    farther end needs no look at the cost if even the same distance twice is too much.
    """
    room, best, where, ahead = p.capacity - s.node[x, DEMAND], _NOWHERE, np.int64(0), False
    out = p.depot_cost[x]
    for k in range(p.near.shape[1]):
        v = np.uint32(p.near[x, k])  # unsigned: numba need not look whether it is negative
        r = s.at[v]
        if r < 0 or s.route[np.uint32(r), LOAD] > room:
            continue
        near = arc_near(p, x, k)
        w, arc = s.node[v, NEXT], s.node[v, TO_NEXT]
        cost = near + (out if w == 0 else near) - arc
        if cost < best:
            if w > 0:
                cost = near + arc_cost(p, x, w) - arc
            if cost < best and not _blinks(s, c, rng):
                best, where, ahead = cost, np.int64(v), False
        w, arc = s.node[v, PREV], s.node[v, TO_PREV]
        cost = near + (out if w == 0 else near) - arc
        if cost < best:
            if w > 0:
                cost = near + arc_cost(p, x, w) - arc
            if cost < best and not _blinks(s, c, rng):
                best, where, ahead = cost, np.int64(v), True
    alone = 2 * out - p.empty
    if where == 0 and s.counts[NUM_EJECTED] < c.ejections:
        cost, w = _eject(p, s, c, rng, x)
        if w > 0:
            return cost
    if s.counts[NUM_ROUTES] < p.max_routes and (where == 0 or alone < best):
        r, u, w, best = empty_route(s), np.int64(0), np.int64(0), alone
    else:
        if where == 0:
            best, where = _anywhere(p, s, x)
            if where == 0:
                return -1
        r, u, w = s.at[where], where, s.node[where, NEXT]
        if ahead:
            u, w = s.node[where, PREV], where
    save_route(s, r)
    update_place(p, s, r, u, x, w)
    update_size(s, r, 1, s.node[x, DEMAND])
    push_client(s, u)
    push_client(s, w)
    return best


@kernel(inline=False)
def _eject(p, s, c, rng, x):
    """Put x in the place of a smaller client, which is to be inserted in its turn.

    Where nothing has room for x, this saves a new route, which nearly every time would
    have the plan rejected. Returns the change in cost and the ejected client, or 0.
    """
    best, where, demand = _NOWHERE, np.int64(0), s.node[x, DEMAND]
    for k in range(p.near.shape[1]):
        v = np.uint32(p.near[x, k])
        r = s.at[v]
        if r < 0 or s.node[v, DEMAND] >= demand:
            continue
        if s.route[r, LOAD] - s.node[v, DEMAND] + demand > p.capacity:
            continue
        cost = arc_cost(p, s.node[v, PREV], x) + arc_cost(p, x, s.node[v, NEXT])
        cost -= s.node[v, TO_PREV] + s.node[v, TO_NEXT]
        if cost < best and not _blinks(s, c, rng):
            best, where = cost, np.int64(v)
    if where > 0:
        r = s.at[where]
        save_route(s, r)
        u, w = s.node[where, PREV], s.node[where, NEXT]
        update_place(p, s, r, u, x, w)
        update_size(s, r, 0, demand - s.node[where, DEMAND])
        s.at[where] = -1
        s.removed[s.counts[NUM_REMOVED]] = where
        s.counts[NUM_REMOVED] += 1
        s.counts[NUM_EJECTED] += 1
        push_client(s, u)
        push_client(s, x)
        push_client(s, w)
        push_client(s, where)
    return best, where


@kernel(inline=False)
def _anywhere(p, s, x):
    """Cheapest place for x after any client; for those that no neighbor can take."""
    room, best, where = p.capacity - s.node[x, DEMAND], _NOWHERE, 0
    for r in range(s.counts[NUM_SLOTS]):
        if s.route[r, SIZE] == 0 or s.route[r, LOAD] > room:
            continue
        v = s.route[r, HEAD]
        while v > 0:
            w = s.node[v, NEXT]
            cost = arc_cost(p, v, x) + arc_cost(p, x, w) - s.node[v, TO_NEXT]
            if cost < best:
                best, where = cost, v
            v = w
    return best, where
