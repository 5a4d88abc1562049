"""Moves between two clients and their surroundings: relocate, swap, 2-opt and their kin.

A bound by the arcs alone comes first: all that a move can gain beyond them is what the
routes cost now beyond their distance (their slack).

References
----------
Vidal, T. (2022). Hybrid genetic search for the CVRP: open-source implementation and
SWAP* neighborhood. *Computers & Operations Research*, 140, section 3.
"""

from __future__ import annotations

from . import kernel
from . import penalty_columns as on
from . import rich_columns as at
from .penalty_parts import apply_parts, clear, delta_parts, push, push_back, push_head, push_tail
from .penalty_scan import hop

#: Longest path that is relocated or swapped.
_LONGEST = 3


@kernel
def _kind(s, t):
    return s.route[s.trip[t, on.ROUTE], on.TYPE]


@kernel
def before(s, v):
    """Node before client v, a depot or -1 at the start of its trip."""
    u = s.visit[v, on.PREV]
    return u if u >= 0 else s.trip[s.visit[v, on.TRIP], on.FROM]


@kernel
def behind(s, v):
    """Node after client v, a depot or -1 at the end of its trip."""
    u = s.visit[v, on.NEXT]
    return u if u >= 0 else s.trip[s.visit[v, on.TRIP], on.TO]


@kernel
def _arc(q, f, i, j):
    d, _ = hop(q, f, i, j)
    return d


@kernel
def slack(q, s, t):
    """What the route of trip t costs beyond its distance, if it may vanish."""
    r = s.trip[t, on.ROUTE]
    extra = s.route[r, on.SLACK]
    if s.trip[t, on.SIZE] <= _LONGEST:
        extra += q.kind[s.route[r, on.TYPE], at.FIXED] + s.weight[on.W_VEHICLE]
    return extra


@kernel
def path_load(q, s, a, b, d):
    """Delivered on the path a..b of a trip; nothing if one is -1."""
    if a < 0 or b < 0:
        return 0
    column = on.LOADS + 6 * d
    return s.visit[b, column] - s.visit[a, column] + q.node[a, on.DELIVERY + d]


@kernel
def loads_with(q, s, t, d, change):
    """Cost of the load of trip t, only deliveries, if it changes."""
    tail = s.trip[t, on.TAIL]
    total = change - q.kind[_kind(s, t), on.CAPACITY + d]
    if tail >= 0:
        total += s.visit[tail, on.LOADS + 6 * d]
    return (s.weight[on.W_LOAD + d] * total) >> on.FINE if total > 0 else 0


@kernel
def _hopeless(q, s, t, t2, arcs, arcs2, u, e, v, g):
    """Whether a move that adds these arcs to trips t and t2 cannot pay.

    The path u..e goes from trip t to t2, and v..g comes back (-1: none). Only for vehicles
    of one profile; where they do not cost the same, only for relocate and swap.
    """
    room = slack(q, s, t) + (slack(q, s, t2) if t2 != t else 0)
    unit = q.kind[_kind(s, t), at.PER_DISTANCE]
    if q.uniform:
        arcs = (arcs + arcs2) * unit
    else:
        unit2 = q.kind[_kind(s, t2), at.PER_DISTANCE]
        moved = s.visit[e, on.CUM] - s.visit[u, on.CUM] if u >= 0 else 0
        moved -= s.visit[g, on.CUM] - s.visit[v, on.CUM] if v >= 0 else 0
        arcs = arcs * unit + arcs2 * unit2 + moved * (unit2 - unit)
    if arcs >= room:
        return True
    if t == t2 or q.scan or not q.deliveries_only:
        return False
    for d in range(q.num_dims):
        moved = path_load(q, s, u, e, d) - path_load(q, s, v, g, d)
        room -= loads_with(q, s, t, d, -moved) + loads_with(q, s, t2, d, moved)
    return arcs >= room


@kernel
def try_relocate(q, s, u, e, t2, v, back):
    """Move the path u..e behind client v (-1: to the start) of trip t2, perhaps reversed."""
    t, pu = s.visit[u, on.TRIP], s.visit[u, on.PREV]
    if t == t2 and v == pu and not back:
        return False
    y = s.visit[v, on.NEXT] if v >= 0 else s.trip[t2, on.HEAD]
    if q.one_profile and not (q.directed and back) and not (t == t2 and v == pu):
        f = q.kind[_kind(s, t2), at.PROFILE]
        a, z = before(s, u), behind(s, e)
        b = v if v >= 0 else s.trip[t2, on.FROM]
        c = y if y >= 0 else s.trip[t2, on.TO]
        i, j = (e, u) if back else (u, e)
        arcs = _arc(q, f, a, z) - _arc(q, f, a, u) - _arc(q, f, e, z)
        arcs2 = _arc(q, f, b, i) + _arc(q, f, j, c)
        if s.trip[t2, on.SIZE] > 0:
            arcs2 -= _arc(q, f, b, c)
        if _hopeless(q, s, t, t2, arcs, arcs2, u, e, -1, -1):
            return False
    return _relocate(q, s, u, e, t2, v, y, back)


@kernel(inline=False)
def _relocate(q, s, u, e, t2, v, y, back):
    """As `try_relocate`; y comes after v."""
    t, pu, x = s.visit[u, on.TRIP], s.visit[u, on.PREV], s.visit[e, on.NEXT]
    clear(s, 0)
    clear(s, 1)
    side = 0 if t == t2 else 1
    if t == t2 and v >= 0 and s.visit[v, on.POSITION] > s.visit[e, on.POSITION]:
        push_head(s, 0, t, pu)
        push(s, 0, x, v)
    else:
        push_head(s, side, t2, v)
    if back:
        push_back(s, side, e, u)
    else:
        push(s, side, u, e)
    if t != t2:
        push_head(s, 0, t, pu)
        push_tail(s, 0, t, x)
        push_tail(s, 1, t2, y)
    elif v >= 0 and s.visit[v, on.POSITION] > s.visit[e, on.POSITION]:
        push_tail(s, 0, t, y)
    else:
        if v != pu:
            push(s, 0, y, pu)
        push_tail(s, 0, t, x)
    return _try(q, s, t, t2 if t2 != t else -1)


@kernel
def _try(q, s, t, t2):
    """Perform the move that the parts describe, if it pays."""
    if delta_parts(q, s, t, t2) >= 0:
        return False
    apply_parts(q, s, t, t2)
    return True


@kernel
def try_swap(q, s, u, e, v, g):
    """Exchange the paths u..e and v..g, which share no client."""
    t, t2 = s.visit[u, on.TRIP], s.visit[v, on.TRIP]
    if t == t2 and s.visit[u, on.POSITION] > s.visit[v, on.POSITION]:
        u, e, v, g = v, g, u, e
    if q.one_profile and not (t == t2 and s.visit[e, on.NEXT] == v):
        f = q.kind[_kind(s, t2), at.PROFILE]
        a, b, c, d = before(s, u), behind(s, e), before(s, v), behind(s, g)
        arcs = _arc(q, f, a, v) + _arc(q, f, g, b) - _arc(q, f, a, u) - _arc(q, f, e, b)
        arcs2 = _arc(q, f, c, u) + _arc(q, f, e, d) - _arc(q, f, c, v) - _arc(q, f, g, d)
        if _hopeless(q, s, t, t2, arcs, arcs2, u, e, v, g):
            return False
    return _swap(q, s, u, e, v, g)


@kernel(inline=False)
def _swap(q, s, u, e, v, g):
    """As `try_swap`; if both paths are in one trip, u..e comes first."""
    t, t2 = s.visit[u, on.TRIP], s.visit[v, on.TRIP]
    pu, x = s.visit[u, on.PREV], s.visit[e, on.NEXT]
    pv, y = s.visit[v, on.PREV], s.visit[g, on.NEXT]
    clear(s, 0)
    clear(s, 1)
    push_head(s, 0, t, pu)
    push(s, 0, v, g)
    if t == t2:
        if x != v:
            push(s, 0, x, pv)
        push(s, 0, u, e)
        push_tail(s, 0, t, y)
        return _try(q, s, t, -1)
    push_tail(s, 0, t, x)
    push_head(s, 1, t2, pv)
    push(s, 1, u, e)
    push_tail(s, 1, t2, y)
    return _try(q, s, t, t2)


@kernel
def try_two_opt(q, s, u, v):
    """Reverse what is between u (kept) and v of one trip: u is followed by v."""
    t, x = s.visit[u, on.TRIP], s.visit[u, on.NEXT]
    if q.one_profile and not q.directed:
        f, d = q.kind[_kind(s, t), at.PROFILE], behind(s, v)
        arcs = _arc(q, f, u, v) + _arc(q, f, x, d) - _arc(q, f, u, x) - _arc(q, f, v, d)
        if _hopeless(q, s, t, t, arcs, 0, -1, -1, -1, -1):
            return False
    return _two_opt(q, s, u, v)


@kernel(inline=False)
def _two_opt(q, s, u, v):
    """As `try_two_opt`, without the bound."""
    t, x, y = s.visit[u, on.TRIP], s.visit[u, on.NEXT], s.visit[v, on.NEXT]
    clear(s, 0)
    push_head(s, 0, t, u)
    push_back(s, 0, v, x)
    push_tail(s, 0, t, y)
    return _try(q, s, t, -1)


@kernel
def try_cross(q, s, u, v):
    """2-opt*: exchange the rests of two trips, so that u is followed by v."""
    t, t2 = s.visit[u, on.TRIP], s.visit[v, on.TRIP]
    x, pv = s.visit[u, on.NEXT], s.visit[v, on.PREV]
    if q.uniform and (x >= 0 or pv >= 0):
        f, a, b = q.kind[_kind(s, t), at.PROFILE], before(s, v), behind(s, u)
        end, end2 = s.trip[t, on.TO], s.trip[t2, on.TO]
        i, j = (s.trip[t, on.TAIL], s.trip[t2, on.TAIL])
        arcs = _arc(q, f, u, v) - _arc(q, f, u, b) - _arc(q, f, a, v)
        arcs += _arc(q, f, a, x if x >= 0 else end2)
        if end != end2:
            arcs += _arc(q, f, j, end) - _arc(q, f, j, end2)
            if x >= 0:
                arcs += _arc(q, f, i, end2) - _arc(q, f, i, end)
        if _hopeless(q, s, t, t2, arcs, 0, x, i, v, j):
            return False
    return _cross(q, s, u, v)


@kernel(inline=False)
def _cross(q, s, u, v):
    """As `try_cross`, without the bound."""
    t, t2 = s.visit[u, on.TRIP], s.visit[v, on.TRIP]
    x, pv = s.visit[u, on.NEXT], s.visit[v, on.PREV]
    clear(s, 0)
    clear(s, 1)
    push_head(s, 0, t, u)
    push_tail(s, 0, t2, v)
    push_head(s, 1, t2, pv)
    push_tail(s, 1, t, x)
    return _try(q, s, t, t2)


@kernel
def try_cross_back(q, s, u, v):
    """2-opt* with reversal: u is followed by v and what came before it, backwards."""
    t, t2 = s.visit[u, on.TRIP], s.visit[v, on.TRIP]
    x, y = s.visit[u, on.NEXT], s.visit[v, on.NEXT]
    same = s.trip[t, on.FROM] == s.trip[t2, on.FROM] == s.trip[t, on.TO] == s.trip[t2, on.TO]
    if same and q.uniform and not q.directed and (x >= 0 or y >= 0):
        f = q.kind[_kind(s, t), at.PROFILE]
        a, b = behind(s, u), behind(s, v)
        arcs = _arc(q, f, u, v) + _arc(q, f, a, b) - _arc(q, f, u, a) - _arc(q, f, v, b)
        if _hopeless(q, s, t, t2, arcs, 0, x, s.trip[t, on.TAIL], s.trip[t2, on.HEAD], v):
            return False
    return _cross_back(q, s, u, v)


@kernel(inline=False)
def _cross_back(q, s, u, v):
    """As `try_cross_back`, without the bound."""
    t, t2 = s.visit[u, on.TRIP], s.visit[v, on.TRIP]
    x, y = s.visit[u, on.NEXT], s.visit[v, on.NEXT]
    clear(s, 0)
    clear(s, 1)
    push_head(s, 0, t, u)
    push_back(s, 0, v, s.trip[t2, on.HEAD])
    if x >= 0:
        push_back(s, 1, s.trip[t, on.TAIL], x)
    push_tail(s, 1, t2, y)
    return _try(q, s, t, t2)


@kernel(inline=False)
def try_split(q, s, u, k):
    """Give what follows client u to an empty vehicle of type k."""
    clear(s, 0)
    clear(s, 1)
    t = s.visit[u, on.TRIP]
    push_head(s, 0, t, u)
    push_tail(s, 1, t, s.visit[u, on.NEXT])
    return _try(q, s, t, k)


@kernel
def _overlap(s, u, e, v):
    """Whether client v is on the path u..e."""
    if s.visit[u, on.TRIP] != s.visit[v, on.TRIP]:
        return False
    i = s.visit[v, on.POSITION]
    return s.visit[u, on.POSITION] <= i <= s.visit[e, on.POSITION]


@kernel(inline=False)
def try_pair(q, s, u, v):
    """Try all moves that make clients u and v neighbors; whether one was made."""
    e = u
    for length in range(_LONGEST):
        if length > 0:
            e = s.visit[e, on.NEXT]
        if e < 0 or _overlap(s, u, e, v):
            break
        t2 = s.visit[v, on.TRIP]
        if try_relocate(q, s, u, e, t2, v, 0):
            return True
        if length > 0 and try_relocate(q, s, u, e, t2, v, 1):
            return True
        if s.visit[v, on.PREV] < 0 and try_relocate(q, s, u, e, t2, -1, 0):
            return True
        if _try_swaps(q, s, u, e, v, length):
            return True
    if s.visit[u, on.TRIP] != s.visit[v, on.TRIP]:
        return try_cross(q, s, u, v) or try_cross_back(q, s, u, v)
    x = s.visit[u, on.NEXT]
    if s.visit[u, on.POSITION] < s.visit[v, on.POSITION] and x != v:
        return try_two_opt(q, s, u, v)
    return False


@kernel
def _try_swaps(q, s, u, e, v, length):
    """Exchange u..e with the path behind v, so that u and v become neighbors."""
    g = s.visit[v, on.NEXT]
    if g < 0:
        return False
    first = g
    for other in range(length + 1):
        if other > 0:
            g = s.visit[g, on.NEXT]
        if g < 0 or _overlap(s, u, e, g) or _overlap(s, first, g, u):
            return False
        if try_swap(q, s, u, e, first, g):
            return True
    return False


@kernel(inline=False)
def try_empty(q, s, u):
    """Move client u, or what follows it, to an empty vehicle; whether it was done."""
    for k in range(q.num_types):
        if s.route[k, on.USED] >= q.kind[k, at.AVAILABLE]:
            continue
        t = s.visit[u, on.TRIP]
        alone = s.trip[t, on.SIZE] == 1 and s.route[s.trip[t, on.ROUTE], on.TRIPS] == 1
        if alone and _kind(s, t) == k:
            continue
        if try_relocate(q, s, u, u, k, -1, 0):
            return True
        if s.visit[u, on.NEXT] >= 0 and try_split(q, s, u, k):
            return True
    return False
