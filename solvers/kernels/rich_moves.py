"""Moves of the general search: each knows which arcs it changes, and what routes it makes.

A move that shortens the arcs, and is not late at first sight (`rich_sight`), writes the
routes as it would make them; `rich_scan` says whether they are feasible, whatever their
attributes, and what they cost. Routes are rows of ``s.lists``, from PLANS on: two as they
are, and two as they would be.
"""

from __future__ import annotations

from . import kernel
from . import rich_columns as at
from .rich_changes import enqueue, rebuild_route, touch
from .rich_routes import copy_route
from .rich_scan import scan_cost
from .rich_sight import (
    after_of,
    arc_cost,
    before_of,
    cost_into,
    cost_out_of,
    drives_alike,
    fits_beside,
    in_order,
    in_time,
    tails_fit,
    tails_last,
    takes_place,
    turns_in_time,
)

#: Longest string of clients that is moved.
_STRING = 3


@kernel
def _emptied(p, s, r, empty):
    """What is saved if a route is left empty."""
    return p.kind[s.route[r, at.TYPE], at.FIXED] if empty else 0


@kernel
def _other_ends(p, s, ka, kb, tu, tv, x, v):
    """Change in the last arcs of two tails that end at each other's depots."""
    delta, end_a, end_b = 0, s.trip[tu, at.TO], s.trip[tv, at.TO]
    last = s.trip[tv, at.TAIL]
    delta += arc_cost(p, ka, last, end_a) - arc_cost(p, kb, last, end_b)
    if x >= 0:
        last = s.trip[tu, at.TAIL]
        delta += arc_cost(p, kb, last, end_b) - arc_cost(p, ka, last, end_a)
    return delta


# Making routes ------------------------------------------------------------------------------


@kernel(inline=False)
def _splice(out, a, head, b, begin, end, c, tail, end_c):
    """Write a[:head], b[begin:end], and c[tail:end_c]; returns how many visits there are."""
    m = 0
    for i in range(head):
        out[m] = a[i]
        m += 1
    for i in range(begin, end):
        out[m] = b[i]
        m += 1
    for i in range(tail, end_c):
        out[m] = c[i]
        m += 1
    return m


@kernel
def _sound(p, visits, m):
    """Whether no trip is without clients; a route without any is sound."""
    if m == 0 or len(p.reload_depots) == 0:
        return True
    inside = False
    for i in range(m):
        if visits[i] < p.num_depots:
            if not inside:
                return False
            inside = False
        else:
            inside = True
    return inside


@kernel(inline=False)
def gain(p, s, ra, ma, rb, mb):
    """Change in cost if routes ra and rb become the planned ones; NEVER if they may not.

    rb is -1 where one route changes alone.
    """
    delta = -s.route[ra, at.COST]
    if not _sound(p, s.lists[at.PLANS + 2], ma):
        return at.NEVER
    if rb >= 0:
        if not _sound(p, s.lists[at.PLANS + 3], mb):
            return at.NEVER
        delta -= s.route[rb, at.COST]
        if mb > 0:
            cost = scan_cost(p, s.route[rb, at.TYPE], s.lists[at.PLANS + 3], mb)
            if cost == at.NEVER:
                return at.NEVER
            delta += cost
    if ma > 0:
        cost = scan_cost(p, s.route[ra, at.TYPE], s.lists[at.PLANS + 2], ma)
        if cost == at.NEVER:
            return at.NEVER
        delta += cost
    return delta


@kernel(inline=False)
def _apply(p, s, ra, ma, rb, mb):
    """Make the planned routes."""
    touch(s, ra)
    if rb >= 0:  # before the first changes the chains of both
        touch(s, rb)
    rebuild_route(p, s, ra, s.lists[at.PLANS + 2], ma)
    if rb >= 0:
        rebuild_route(p, s, rb, s.lists[at.PLANS + 3], mb)
    s.ctl[at.MOVES] += 1


@kernel
def _around(s, v):
    """Note that what is next to client v changed."""
    if v >= 0:
        enqueue(s, v)
        enqueue(s, s.visit[v, at.PREV])
        enqueue(s, s.visit[v, at.NEXT])


# Moves --------------------------------------------------------------------------------------


@kernel
def try_tails(p, s, u, v):
    """2-opt*: u is followed by v and what comes after it, in exchange for its own tail."""
    tu, tv = s.visit[u, at.TRIP], s.visit[v, at.TRIP]
    ra, rb = s.trip[tu, at.ROUTE], s.trip[tv, at.ROUTE]
    ka, kb = s.route[ra, at.TYPE], s.route[rb, at.TYPE]
    if ra == rb:
        return 0
    x, y = s.visit[u, at.NEXT], s.visit[v, at.PREV]
    if p.paired and (s.visit[u, at.ABOARD] > 0 or (y >= 0 and s.visit[y, at.ABOARD] > 0)):
        return 0
    saved, alike = _emptied(p, s, rb, y < 0 and x < 0), drives_alike(p, ka, kb)
    delta = arc_cost(p, ka, u, v) - cost_out_of(p, s, ka, u) - cost_into(p, s, kb, v)
    if alike and delta >= saved:  # the other new arc is not negative
        return 0
    i = y if y >= 0 else s.trip[tv, at.FROM]
    j = x if x >= 0 else s.trip[tv, at.TO]
    delta += arc_cost(p, kb, i, j)
    if not alike:
        delta += _other_ends(p, s, ka, kb, tu, tv, x, v)
    if delta >= saved:
        return 0
    if not (in_time(p, s, ka, u, v, tu, tv) and in_time(p, s, kb, y, x, tv, tu)):
        return 0
    if p.backhaul > 0 and not (in_order(s, u, v) and in_order(s, y, x)):
        return 0
    if ka != kb and not (_serves_from(p, s, ka, v) and _serves_from(p, s, kb, x)):
        return 0
    if not (tails_fit(p, s, ka, tu, u, tv, y, v) and tails_fit(p, s, kb, tv, y, tu, u, x)):
        return 0
    if not (tails_last(p, s, ka, kb, tu, u, tv, v) and tails_last(p, s, kb, ka, tv, y, tu, x)):
        return 0
    return _exchange_tails(p, s, ra, rb, u, v)


@kernel
def _serves_from(p, s, k, v):
    """Whether a vehicle of type k may serve client v and all that follow it in its trip."""
    while v >= 0:
        if not p.may_serve[k, v]:
            return False
        v = s.visit[v, at.NEXT]
    return True


@kernel(inline=False)
def _exchange_tails(p, s, ra, rb, u, v):
    """Exchange what follows u with v and what follows it, if that is a gain."""
    tu, tv = s.visit[u, at.TRIP], s.visit[v, at.TRIP]
    x, y = s.visit[u, at.NEXT], s.visit[v, at.PREV]
    size_a, size_b = copy_route(s, ra, s.lists[at.PLANS]), copy_route(s, rb, s.lists[at.PLANS + 1])
    cut_a, cut_b = s.visit[u, at.POSITION] + 1, s.visit[v, at.POSITION]
    end_a = s.visit[s.trip[tu, at.TAIL], at.POSITION] + 1
    end_b = s.visit[s.trip[tv, at.TAIL], at.POSITION] + 1
    a, b = s.lists[at.PLANS], s.lists[at.PLANS + 1]
    ma = _splice(s.lists[at.PLANS + 2], a, cut_a, b, cut_b, end_b, a, end_a, size_a)
    mb = _splice(s.lists[at.PLANS + 3], b, cut_b, a, cut_a, end_a, b, end_b, size_b)
    delta = gain(p, s, ra, ma, rb, mb)
    if delta >= 0:
        return 0
    enqueue(s, u)
    enqueue(s, v)
    enqueue(s, x)
    enqueue(s, y)
    _apply(p, s, ra, ma, rb, mb)
    return delta


@kernel
def try_relocate(p, s, u, v, after):
    """Move a string that begins with u to behind v, or one that ends with u to before v."""
    tu, tv = s.visit[u, at.TRIP], s.visit[v, at.TRIP]
    ra, rb = s.trip[tu, at.ROUTE], s.trip[tv, at.ROUTE]
    ka, kb = s.route[ra, at.TYPE], s.route[rb, at.TYPE]
    q = after_of(s, v) if after else before_of(s, v)
    near = arc_cost(p, kb, v, u) if after else arc_cost(p, kb, u, v)
    near -= cost_out_of(p, s, kb, v) if after else cost_into(p, s, kb, v)
    e = u
    for length in range(1, _STRING + 1):
        if e == v or (p.paired and p.node[e, at.PARTNER] >= 0):
            return 0
        if not (e == q):
            a, b = (u, e) if after else (e, u)
            i, j = before_of(s, a), after_of(s, b)
            if i == v or j == v:
                return 0
            saved = _emptied(p, s, ra, s.route[ra, at.STOPS] == length)
            delta = near - cost_into(p, s, ka, a) - cost_out_of(p, s, ka, b)
            if delta < saved:  # the other new arcs are not negative
                delta += arc_cost(p, kb, e, q) if after else arc_cost(p, kb, q, e)
                delta += arc_cost(p, ka, i, j)
                if delta < saved and (ra == rb or fits_beside(p, s, rb, a, length, v, after)):
                    delta = _relocate(p, s, ra, rb, a, b, length, v, after)
                    if delta < 0:
                        return delta
        e = s.visit[e, at.NEXT] if after else s.visit[e, at.PREV]
        if e < 0:
            return 0
    return 0


@kernel(inline=False)
def _relocate(p, s, ra, rb, a, b, length, v, after):
    """Move the string a..b to behind, or to before, v if that is a gain."""
    size = copy_route(s, ra, s.lists[at.PLANS])
    begin, place = s.visit[a, at.POSITION], s.visit[v, at.POSITION] + after
    one, other = s.lists[at.PLANS], s.lists[at.PLANS + 1]
    if ra == rb:
        m = 0
        for i in range(size + 1):
            if i == place:
                for c in range(begin, begin + length):
                    s.lists[at.PLANS + 2, m] = one[c]
                    m += 1
            if i < size and not (begin <= i < begin + length):
                s.lists[at.PLANS + 2, m] = one[i]
                m += 1
        mb, r = 0, -1
    else:
        m = _splice(s.lists[at.PLANS + 2], one, begin, one, 0, 0, one, begin + length, size)
        far = copy_route(s, rb, other)
        mb = _splice(
            s.lists[at.PLANS + 3], other, place, one, begin, begin + length, other, place, far
        )
        r = rb
    delta = gain(p, s, ra, m, r, mb)
    if delta >= 0:
        return 0
    _around(s, v)
    _around(s, a)
    _around(s, b)
    _apply(p, s, ra, m, r, mb)
    return delta


@kernel
def try_swap(p, s, u, v, after):
    """Exchange u with the client after (or before) v, so that u comes beside v."""
    w = s.visit[v, at.NEXT] if after else s.visit[v, at.PREV]
    if w < 0 or w == u:
        return 0
    if p.paired and (p.node[u, at.PARTNER] >= 0 or p.node[w, at.PARTNER] >= 0):
        return 0
    tu, tw = s.visit[u, at.TRIP], s.visit[w, at.TRIP]
    ra, rb = s.trip[tu, at.ROUTE], s.trip[tw, at.ROUTE]
    ka, kb = s.route[ra, at.TYPE], s.route[rb, at.TYPE]
    pu, nu, pw, nw = before_of(s, u), after_of(s, u), before_of(s, w), after_of(s, w)
    if nu == w or pu == w:
        return 0
    delta = arc_cost(p, kb, pw, u) if after else arc_cost(p, kb, u, nw)
    delta -= cost_into(p, s, kb, w) + cost_out_of(p, s, kb, w)
    delta -= cost_into(p, s, ka, u) + cost_out_of(p, s, ka, u)
    if delta >= 0:  # the other new arcs are not negative
        return 0
    delta += arc_cost(p, kb, u, nw) if after else arc_cost(p, kb, pw, u)
    if delta >= 0 or delta + arc_cost(p, ka, pu, w) + arc_cost(p, ka, w, nu) >= 0:
        return 0
    if not p.may_serve[kb, u] or not p.may_serve[ka, w]:
        return 0
    if ra != rb:
        if not (takes_place(p, s, kb, u, w) and takes_place(p, s, ka, w, u)):
            return 0
        for d in range(p.num_dims):
            more = p.delivery[u, d] - p.delivery[w, d]
            if s.trip_load[tw, d, 0] + more > p.capacity[kb, d]:
                return 0
            if s.trip_load[tu, d, 0] - more > p.capacity[ka, d]:
                return 0
    return _exchange(p, s, ra, rb, u, w)


@kernel(inline=False)
def _exchange(p, s, ra, rb, u, w):
    """Exchange two clients if that is a gain."""
    ma, mb, r = copy_route(s, ra, s.lists[at.PLANS + 2]), 0, -1
    if ra == rb:
        s.lists[at.PLANS + 2, s.visit[u, at.POSITION]] = w
        s.lists[at.PLANS + 2, s.visit[w, at.POSITION]] = u
    else:
        mb, r = copy_route(s, rb, s.lists[at.PLANS + 3]), rb
        s.lists[at.PLANS + 2, s.visit[u, at.POSITION]] = w
        s.lists[at.PLANS + 3, s.visit[w, at.POSITION]] = u
    delta = gain(p, s, ra, ma, r, mb)
    if delta >= 0:
        return 0
    _around(s, u)
    _around(s, w)
    _apply(p, s, ra, ma, r, mb)
    return delta


@kernel
def try_reverse(p, s, u, v):
    """2-opt: turn around what lies between u and v of one trip, so that they touch."""
    t = s.visit[u, at.TRIP]
    if s.visit[v, at.TRIP] != t or p.paired:
        return 0
    r = s.trip[t, at.ROUTE]
    k = s.route[r, at.TYPE]
    a, b = u, v
    if s.visit[a, at.POSITION] > s.visit[b, at.POSITION]:
        a, b = b, a
    # The new arcs are a - b, and what follows both; or a - b, and what precedes both.
    for side in range(2):
        i, j = (after_of(s, a), after_of(s, b)) if side == 0 else (before_of(s, a), before_of(s, b))
        if i == b or j == a:
            return 0
        delta = arc_cost(p, k, a, b)
        if side == 0:
            delta -= cost_out_of(p, s, k, a) + cost_out_of(p, s, k, b)
            low, high = s.visit[a, at.POSITION] + 1, s.visit[b, at.POSITION] + 1
        else:
            delta -= cost_into(p, s, k, a) + cost_into(p, s, k, b)
            low, high = s.visit[a, at.POSITION], s.visit[b, at.POSITION]
        if delta >= 0 or delta + arc_cost(p, k, i, j) >= 0:
            continue
        if not turns_in_time(p, s, k, a, b, side):
            continue
        delta = _turn(p, s, r, a, b, low, high)
        if delta < 0:
            return delta
    return 0


@kernel(inline=False)
def _turn(p, s, r, a, b, low, high):
    """Turn around the visits at positions low to high, exclusive, if that is a gain."""
    m = copy_route(s, r, s.lists[at.PLANS])
    for q in range(m):
        s.lists[at.PLANS + 2, q] = (
            s.lists[at.PLANS, low + high - 1 - q] if low <= q < high else s.lists[at.PLANS, q]
        )
    delta = gain(p, s, r, m, -1, 0)
    if delta >= 0:
        return 0
    _around(s, a)
    _around(s, b)
    _apply(p, s, r, m, -1, 0)
    return delta
