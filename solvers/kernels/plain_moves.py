"""Moves between and within routes of plain problems: evaluate, pick the best, apply.

References
----------
Vidal, T. (2022). Hybrid genetic search for the CVRP: open-source implementation and
SWAP* neighborhood. *Computers & Operations Research*, 140.
"""

from __future__ import annotations

import numpy as np

from . import kernel
from .plain_state import (
    DEMAND,
    HEAD,
    LOAD,
    NEXT,
    POSITION,
    PREFIX,
    PREV,
    TAIL,
    TO_NEXT,
    TO_PREV,
    arc_cost,
    arc_near,
    push_client,
    rebuild_route,
    save_route,
    update_link,
    update_place,
    update_route,
    update_size,
)

# Kinds of moves that put client u beside client v.
(
    NONE,
    RELOCATE_AFTER,
    RELOCATE_BEFORE,
    SWAP_AFTER,
    SWAP_BEFORE,
    TWO_OPT_STAR,  # u is followed by v and what comes after it
    TWO_OPT_STAR_BACK,  # v is followed by u and what comes after it
    INVERT_NEXT,  # u and v, and those after them, become adjacent
    INVERT_PREV,  # u and v, and those before them
) = range(9)

# Columns of ``strings``: far end, the client beside it, before, after, saving, load, way, size.
_FAR, _INNER, _BEFORE, _AFTER, _SAVING, _STRING_LOAD, _BACKWARD, _LENGTH = range(8)


@kernel
def _strings(p, s, c, u):
    """List the strings that start or end at u, up to the allowed length; return how many."""
    g, m = s.strings, 0
    for way in range(2):
        far, inner, load = np.uint32(u), np.uint32(u), 0
        for length in range(1, c.max_moved + 1):
            load += s.node[far, DEMAND]
            if length > 1 or way == 0:
                first, last = (far, np.uint32(u)) if way == 1 else (np.uint32(u), far)
                before, after = s.node[first, PREV], s.node[last, NEXT]
                g[m, _FAR], g[m, _INNER] = far, inner
                g[m, _BEFORE], g[m, _AFTER] = before, after
                joined = arc_cost(p, before, after)
                g[m, _SAVING] = s.node[first, TO_PREV] + s.node[last, TO_NEXT] - joined
                g[m, _STRING_LOAD], g[m, _BACKWARD], g[m, _LENGTH] = load, way, length
                m += 1
            inner = far
            far = np.uint32(s.node[far, PREV] if way == 1 else s.node[far, NEXT])
            if far == 0:
                break
    return m


@kernel
def _prefix(s, v):
    """Load of v's route up to and with v."""
    v = np.uint32(v)
    update_route(s, s.at[v])
    return s.node[v, PREFIX]


@kernel
def _fits(p, s, a, b, load):
    """Whether routes a and b may be recut so that one carries ``load``."""
    a, b = np.uint32(a), np.uint32(b)
    return load <= p.capacity and s.route[a, LOAD] + s.route[b, LOAD] - load <= p.capacity


@kernel
def delta_relocate(p, s, v, same, near, count, best):
    """Best relocation of a string of u beside v that beats ``best``: delta, kind, string."""
    kind = string = 0
    v = np.uint32(v)
    g, room = s.strings, p.capacity - s.route[np.uint32(s.at[v]), LOAD]
    prev, after = s.node[v, PREV], s.node[v, NEXT]
    to_prev, to_next = s.node[v, TO_PREV], s.node[v, TO_NEXT]
    for q in range(count):
        if same:
            if v == g[q, _FAR] or v == g[q, _INNER]:
                continue
        elif g[q, _STRING_LOAD] > room:
            continue
        far, gain = g[q, _FAR], g[q, _SAVING] - near
        if v != g[q, _BEFORE] and gain + to_next > -best:
            delta = arc_cost(p, far, after) - to_next - gain
            if delta < best:
                best, kind, string = delta, RELOCATE_AFTER, q
        if v != g[q, _AFTER] and gain + to_prev > -best:
            delta = arc_cost(p, far, prev) - to_prev - gain
            if delta < best:
                best, kind, string = delta, RELOCATE_BEFORE, q
    return best, kind, string


@kernel
def delta_two_opt(p, s, u, v, same, near, best):
    """Best of 2-opt, 2-opt*, and inverted 2-opt* that makes u and v adjacent: delta, kind."""
    kind = NONE
    u, v = np.uint32(u), np.uint32(v)
    a, b = s.at[u], s.at[v]
    prev_u, next_u = s.node[u, PREV], s.node[u, NEXT]
    prev_v, next_v = s.node[v, PREV], s.node[v, NEXT]
    to_prev_u, to_next_u = s.node[u, TO_PREV], s.node[u, TO_NEXT]
    to_prev_v, to_next_v = s.node[v, TO_PREV], s.node[v, TO_NEXT]
    cut = near - to_next_u - to_next_v
    if cut < best:
        delta = cut + arc_cost(p, next_u, next_v)
        if delta < best and (same or _fits(p, s, a, b, _prefix(s, u) + _prefix(s, v))):
            best, kind = delta, INVERT_NEXT
    cut = near - to_prev_u - to_prev_v
    if cut < best:
        delta = cut + arc_cost(p, prev_u, prev_v)
        if delta < best:
            load = _prefix(s, u) + _prefix(s, v) - s.node[u, DEMAND] - s.node[v, DEMAND]
            if same or _fits(p, s, a, b, load):
                best, kind = delta, INVERT_PREV
    if same:
        return best, kind
    cut = near - to_next_u - to_prev_v
    if cut < best:
        delta = cut + arc_cost(p, prev_v, next_u)
        if delta < best:
            load = _prefix(s, v) - s.node[v, DEMAND] + s.route[a, LOAD] - _prefix(s, u)
            if _fits(p, s, a, b, load):
                best, kind = delta, TWO_OPT_STAR
    cut = near - to_prev_u - to_next_v
    if cut < best:
        delta = cut + arc_cost(p, prev_u, next_v)
        if delta < best:
            load = _prefix(s, u) - s.node[u, DEMAND] + s.route[b, LOAD] - _prefix(s, v)
            if _fits(p, s, a, b, load):
                best, kind = delta, TWO_OPT_STAR_BACK
    return best, kind


@kernel
def delta_swap(p, s, u, v, same, near, best):
    """Best exchange of u with the client after or before v: delta, kind."""
    kind = NONE
    u, v = np.uint32(u), np.uint32(v)
    a, b = np.uint32(s.at[u]), np.uint32(s.at[v])
    prev, after = s.node[u, PREV], s.node[u, NEXT]
    cut_u = s.node[u, TO_PREV] + s.node[u, TO_NEXT]
    for side in range(2):
        w = np.uint32(s.node[v, NEXT] if side == 0 else s.node[v, PREV])
        if w == 0 or w == u or w == prev or w == after:
            continue
        cut = near - cut_u - s.node[w, TO_PREV] - s.node[w, TO_NEXT]
        if cut >= best:
            continue
        more = s.node[w, DEMAND] - s.node[u, DEMAND]
        if not same and (
            s.route[a, LOAD] + more > p.capacity or s.route[b, LOAD] - more > p.capacity
        ):
            continue
        far = s.node[w, NEXT] if side == 0 else s.node[w, PREV]
        delta = cut + arc_cost(p, u, far) + arc_cost(p, prev, w) + arc_cost(p, w, after)
        if delta < best:
            best, kind = delta, SWAP_AFTER + side
    return best, kind


@kernel
def delta_best_move(p, s, c, u):
    """Best improving move that puts u beside a neighbor: delta, kind, neighbor, string."""
    best, best_kind, best_v, best_string = 0, NONE, np.int64(0), 0
    longest = max(s.node[u, TO_PREV], s.node[u, TO_NEXT])
    count = _strings(p, s, c, u)
    for k in range(min(c.near_moves, p.near.shape[1])):
        near = arc_near(p, u, k)
        if near >= longest:  # the new arc must be shorter than one that u gives up
            break
        v = np.int64(p.near[u, k])
        if s.at[v] < 0:
            continue
        same = s.at[u] == s.at[v]
        best, kind, string = delta_relocate(p, s, v, same, near, count, best)
        if kind != NONE:
            best_kind, best_v, best_string = kind, v, string
        best, kind = delta_two_opt(p, s, u, v, same, near, best)
        if kind != NONE:
            best_kind, best_v = kind, v
        best, kind = delta_swap(p, s, u, v, same, near, best)
        if kind != NONE:
            best_kind, best_v = kind, v
    return best, best_kind, best_v, best_string


@kernel
def push_around(s, v):
    """Queue v and the clients beside it."""
    push_client(s, v)
    if v > 0:
        push_client(s, s.node[v, PREV])
        push_client(s, s.node[v, NEXT])


@kernel(inline=False)
def apply_move(p, s, u, v, kind, string):
    """Perform a move of ``delta_best_move``, and queue the clients around it."""
    a, b = s.at[u], s.at[v]
    save_route(s, a)
    save_route(s, b)
    push_around(s, u)
    push_around(s, v)
    if kind == RELOCATE_AFTER or kind == RELOCATE_BEFORE:
        _apply_relocate(p, s, u, v, kind, string)
    elif kind == SWAP_AFTER or kind == SWAP_BEFORE:
        w = s.node[v, NEXT] if kind == SWAP_AFTER else s.node[v, PREV]
        prev_w, next_w = s.node[w, PREV], s.node[w, NEXT]
        prev_u, next_u = s.node[u, PREV], s.node[u, NEXT]
        push_around(s, w)
        update_place(p, s, b, prev_w, u, next_w)
        update_place(p, s, a, prev_u, w, next_u)
        more = s.node[w, DEMAND] - s.node[u, DEMAND]
        s.route[a, LOAD] += more
        s.route[b, LOAD] -= more
    else:
        _apply_two_opt(p, s, u, v, kind)


@kernel
def _apply_relocate(p, s, u, v, kind, string):
    g, r = s.strings, s.at[u]
    far, backward, length = g[string, _FAR], g[string, _BACKWARD], g[string, _LENGTH]
    before, after, target = g[string, _BEFORE], g[string, _AFTER], s.at[v]
    push_client(s, far)
    push_client(s, before)
    push_client(s, after)
    # The string is listed from its first client in route order.
    x = far if backward == 1 else u
    for k in range(length):
        s.first[k] = x
        x = s.node[x, NEXT]
    update_link(s, r, before, after, arc_cost(p, before, after))
    update_size(s, r, -length, -g[string, _STRING_LOAD])
    left, right = v, s.node[v, NEXT]
    if kind == RELOCATE_BEFORE:
        left, right = s.node[v, PREV], v
    # u is beside v: first in the string after v, last before it.
    turned = (backward == 1) == (kind == RELOCATE_AFTER)
    for k in range(length):
        x = s.first[length - 1 - k] if turned else s.first[k]
        update_link(s, target, left, x, arc_cost(p, left, x))
        s.at[x] = target
        left = x
    update_link(s, target, left, right, arc_cost(p, left, right))
    update_size(s, target, length, g[string, _STRING_LOAD])


@kernel(inline=False)
def _copy(s, v, stop, backward, visits, size):
    """Append v and those after (before) it to visits, up to ``stop``; return the new size."""
    while v > 0 and v != stop:
        visits[size] = v
        size += 1
        v = s.node[v, PREV] if backward else s.node[v, NEXT]
    return size


@kernel
def _apply_two_opt(p, s, u, v, kind):
    """Recut one or two routes: between x and next_x, and between y and next_y."""
    if kind == TWO_OPT_STAR_BACK:
        u, v, kind = v, u, TWO_OPT_STAR
    a, b = s.at[u], s.at[v]
    if a == b:
        update_route(s, a)  # out of date since save_route
        if s.node[u, POSITION] > s.node[v, POSITION]:
            u, v = v, u
    x, next_x, y, next_y = u, s.node[u, NEXT], v, s.node[v, NEXT]
    if kind != INVERT_NEXT:
        y, next_y = s.node[v, PREV], v
    if kind == INVERT_PREV:
        x, next_x = s.node[u, PREV], u
    size = _copy(s, s.route[a, HEAD], next_x, False, s.first, 0)
    if a == b:  # ..x y..next_x next_y..
        size = _copy(s, y, x, True, s.first, size)
        size = _copy(s, next_y, 0, False, s.first, size)
        rebuild_route(p, s, a, s.first, size)
        return
    if kind == TWO_OPT_STAR:  # ..x next_y..  and  ..y next_x..
        size = _copy(s, next_y, 0, False, s.first, size)
        other = _copy(s, s.route[b, HEAD], next_y, False, s.second, 0)
        other = _copy(s, next_x, 0, False, s.second, other)
    else:  # ..x y.. (backward)  and  (backward) ..next_x next_y..
        size = _copy(s, y, 0, True, s.first, size)
        other = _copy(s, s.route[a, TAIL], x, True, s.second, 0)
        other = _copy(s, next_y, 0, False, s.second, other)
    rebuild_route(p, s, a, s.first, size)
    rebuild_route(p, s, b, s.second, other)


@kernel(inline=False)
def _place_near(p, s, c, x, r, gone):
    """Cheapest place for x in route r beside a neighbor once ``gone`` has left."""
    u, v = s.node[gone, PREV], s.node[gone, NEXT]
    best = arc_cost(p, u, x) + arc_cost(p, x, v) - arc_cost(p, u, v)
    for k in range(min(c.near_swaps, p.near.shape[1])):
        y = np.uint32(p.near[x, k])
        if s.at[y] != r or y == gone:
            continue
        near = arc_near(p, x, k)
        z = s.node[y, NEXT]
        if z != gone:
            cost = near + arc_cost(p, x, z) - s.node[y, TO_NEXT]
            if cost < best:
                best, u, v = cost, np.int64(y), z
        z = s.node[y, PREV]
        if z != gone:
            cost = near + arc_cost(p, x, z) - s.node[y, TO_PREV]
            if cost < best:
                best, u, v = cost, z, np.int64(y)
    return best, u, v


@kernel
def try_swap_star(p, s, c, u):
    """SWAP*: exchange u and a near client of another route, each to its best place there."""
    a = s.at[u]
    gain_u = s.node[u, TO_PREV] + s.node[u, TO_NEXT]
    gain_u -= arc_cost(p, s.node[u, PREV], s.node[u, NEXT])
    best, best_v = 0, np.int64(0)
    u_prev, u_next, v_prev, v_next = 0, 0, 0, 0
    for k in range(min(c.near_swaps, p.near.shape[1])):
        v = np.int64(p.near[u, k])
        b, more = s.at[v], s.node[u, DEMAND] - s.node[v, DEMAND]
        if b == a or b < 0 or s.route[b, LOAD] + more > p.capacity:
            continue
        if s.route[a, LOAD] - more > p.capacity:
            continue
        gain = gain_u + s.node[v, TO_PREV] + s.node[v, TO_NEXT]
        if best + gain <= 0:
            continue
        gain -= arc_cost(p, s.node[v, PREV], s.node[v, NEXT])
        if best + gain <= 0:
            continue
        cost_u, x, y = _place_near(p, s, c, u, b, v)
        if cost_u - gain >= best:
            continue
        cost_v, z, t = _place_near(p, s, c, v, a, u)
        if cost_u + cost_v - gain < best:
            best, best_v = cost_u + cost_v - gain, v
            u_prev, u_next, v_prev, v_next = x, y, z, t
    if best < 0:
        _apply_swap_star(p, s, u, best_v, u_prev, u_next, v_prev, v_next)
    return best


@kernel(inline=False)
def _apply_swap_star(p, s, u, v, u_prev, u_next, v_prev, v_next):
    a, b = s.at[u], s.at[v]
    save_route(s, a)
    save_route(s, b)
    push_around(s, u)
    push_around(s, v)
    push_client(s, u_prev)
    push_client(s, u_next)
    push_client(s, v_prev)
    push_client(s, v_next)
    before, after = s.node[u, PREV], s.node[u, NEXT]
    update_link(s, a, before, after, arc_cost(p, before, after))
    before, after = s.node[v, PREV], s.node[v, NEXT]
    update_link(s, b, before, after, arc_cost(p, before, after))
    update_place(p, s, b, u_prev, u, u_next)
    update_place(p, s, a, v_prev, v, v_next)
    more = s.node[v, DEMAND] - s.node[u, DEMAND]
    s.route[a, LOAD] += more
    s.route[b, LOAD] -= more
