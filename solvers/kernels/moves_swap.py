"""SWAP*: two clients of two trips change places, each going where it fits best.

References
----------
Vidal, T. (2022). Hybrid genetic search for the CVRP: open-source implementation and
SWAP* neighborhood. *Computers & Operations Research*, 140, section 3.3.
"""

from __future__ import annotations

from . import kernel
from . import penalty_columns as on
from . import rich_columns as at
from .moves import before, behind
from .penalty_parts import apply_parts, clear, delta_parts, push, push_head, push_tail
from .penalty_scan import hop

#: Trips are a pair if a client of one is among so many nearest ones of a client of the other.
_NEAR = 5


@kernel(inline=False)
def improve_swaps(q, s):
    """Try SWAP* between near trips, where one of the two has changed since the last time."""
    if not q.one_profile or q.paired:
        return False
    found = False
    for r in range(q.num_types, len(s.route)):
        if s.route[r, on.FIRST] < 0:
            continue
        last, s.route[r, on.SWAPPED] = s.route[r, on.SWAPPED], s.ctl[on.MOVES]
        t = s.route[r, on.FIRST]
        count = _near_trips(q, s, r, last)
        for i in range(count):
            t2 = s.trip[i, on.NEAR_TRIP]
            if s.trip[t2, on.ROUTE] < 0:
                continue
            if _improve_two(q, s, t, t2):
                found = True
                break
    return found


@kernel
def _near_trips(q, s, r, last):
    """List the trips near the first trip of route r whose pair is to be tried."""
    count, v = 0, s.trip[s.route[r, on.FIRST], on.HEAD]
    while v >= 0:
        for i in range(min(_NEAR, q.near.shape[1])):
            t = s.visit[q.near[v, i], on.TRIP]
            if t < 0 or s.trip[t, on.ROUTE] == r:
                continue
            r2 = s.trip[t, on.ROUTE]
            if max(s.route[r, on.CHANGED], s.route[r2, on.CHANGED]) <= last:
                continue
            known = False
            for j in range(count):
                known = known or s.trip[j, on.NEAR_TRIP] == t
            if not known and count < len(s.trip):
                s.trip[count, on.NEAR_TRIP] = t
                count += 1
        v = s.visit[v, on.NEXT]
    return count


@kernel
def _best_places(q, s, u, t):
    """Note the three cheapest places of client u in trip t."""
    f = q.kind[s.route[s.trip[t, on.ROUTE], on.TYPE], at.PROFILE]
    a, v, best = s.trip[t, on.FROM], s.trip[t, on.HEAD], s.visit[u, on.PLACES :]
    best[0] = best[2] = best[4] = at.NEVER
    best[1] = best[3] = best[5] = -2
    w = -1
    into, _ = hop(q, f, a, u)
    while True:
        z = v if v >= 0 else s.trip[t, on.TO]
        d, _ = hop(q, f, u, z)
        cost = into + d
        if v >= 0:
            old = s.visit[v, on.CUM] - (s.visit[w, on.CUM] if w >= 0 else 0)
        else:
            old = s.trip[t, on.T_DISTANCE] - (s.visit[w, on.CUM] if w >= 0 else 0)
        cost -= old
        if cost < best[0]:
            best[4], best[5], best[2], best[3], best[0], best[1] = (
                best[2],
                best[3],
                best[0],
                best[1],
                cost,
                w,
            )
        elif cost < best[2]:
            best[4], best[5], best[2], best[3] = best[2], best[3], cost, w
        elif cost < best[4]:
            best[4], best[5] = cost, w
        if v < 0:
            return
        into, _ = hop(q, f, v, u)
        w, v = v, s.visit[v, on.NEXT]


@kernel
def _place_without(q, s, u, v):
    """Cheapest place of u in the trip of v if v leaves it: (distance added, after whom)."""
    f = q.kind[s.route[s.trip[s.visit[v, on.TRIP], on.ROUTE], on.TYPE], at.PROFILE]
    pv, a, b = s.visit[v, on.PREV], before(s, v), behind(s, v)
    x, _ = hop(q, f, a, u)
    y, _ = hop(q, f, u, b)
    z, _ = hop(q, f, a, b)
    best, where = x + y - z, pv
    for i in range(3):
        w = s.visit[u, on.PLACES + 2 * i + 1]
        if w != -2 and w != v and w != pv:
            if s.visit[u, on.PLACES + 2 * i] < best:
                return s.visit[u, on.PLACES + 2 * i], w
            break
    return best, where


@kernel
def _removal(q, s, v):
    """Distance that is added if v leaves its trip (not above 0, as a rule)."""
    f = q.kind[s.route[s.trip[s.visit[v, on.TRIP], on.ROUTE], on.TYPE], at.PROFILE]
    a, b = before(s, v), behind(s, v)
    x, _ = hop(q, f, a, v)
    y, _ = hop(q, f, v, b)
    z, _ = hop(q, f, a, b)
    return z - x - y


@kernel(inline=False)
def _load_room(q, s, t, t2, u, v):
    """Less than what exchanging u of t and v of t2 adds to the cost of loads; deliveries only."""
    delta = 0
    for d in range(q.num_dims):
        moved = q.node[v, on.DELIVERY + d] - q.node[u, on.DELIVERY + d]
        weight = s.weight[on.W_LOAD + d]
        k, k2 = (
            s.route[s.trip[t, on.ROUTE], on.TYPE],
            s.route[s.trip[t2, on.ROUTE], on.TYPE],
        )
        total = s.visit[s.trip[t, on.TAIL], on.LOADS + 6 * d]
        total2 = s.visit[s.trip[t2, on.TAIL], on.LOADS + 6 * d]
        delta += (weight * max(total + moved - q.kind[k, on.CAPACITY + d], 0)) >> on.FINE
        delta -= (weight * max(total - q.kind[k, on.CAPACITY + d], 0)) >> on.FINE
        delta += (weight * max(total2 - moved - q.kind[k2, on.CAPACITY + d], 0)) >> on.FINE
        delta -= (weight * max(total2 - q.kind[k2, on.CAPACITY + d], 0)) >> on.FINE
    return delta


@kernel(inline=False)
def _improve_two(q, s, t, t2):
    """Make the best exchange of clients between two trips, if it pays."""
    s.ctl[on.EVALUATIONS] += s.trip[t, on.SIZE] + s.trip[t2, on.SIZE]
    u = s.trip[t, on.HEAD]
    while u >= 0:
        _best_places(q, s, u, t2)
        u = s.visit[u, on.NEXT]
    v = s.trip[t2, on.HEAD]
    while v >= 0:
        _best_places(q, s, v, t)
        v = s.visit[v, on.NEXT]
    unit = q.kind[s.route[s.trip[t, on.ROUTE], on.TYPE], at.PER_DISTANCE]
    unit2 = q.kind[s.route[s.trip[t2, on.ROUTE], on.TYPE], at.PER_DISTANCE]
    loads = q.deliveries_only and not q.scan and q.num_dims > 0
    room = 0
    if not loads or q.timed:
        room = s.route[s.trip[t, on.ROUTE], on.SLACK] + s.route[s.trip[t2, on.ROUTE], on.SLACK]
        if loads:
            room -= s.trip[t, on.T_LOAD_COST] + s.trip[t2, on.T_LOAD_COST]
    best, bu, bv, pu, pv = room, -1, -1, -1, -1
    u = s.trip[t, on.HEAD]
    while u >= 0:
        gone = _removal(q, s, u)
        v = s.trip[t2, on.HEAD]
        while v >= 0:
            delta = gone * unit + _removal(q, s, v) * unit2
            if loads and delta < best:
                delta += _load_room(q, s, t, t2, u, v)
            if delta < best:
                x, i = _place_without(q, s, u, v)
                y, j = _place_without(q, s, v, u)
                delta += x * unit2 + y * unit
                if delta < best:
                    best, bu, bv, pu, pv = delta, u, v, i, j
            v = s.visit[v, on.NEXT]
        u = s.visit[u, on.NEXT]
    if bu < 0:
        return False
    clear(s, 0)
    clear(s, 1)
    _exchanged(s, 0, t, bu, bv, pv)
    _exchanged(s, 1, t2, bv, bu, pu)
    if delta_parts(q, s, t, t2) >= 0:
        return False
    apply_parts(q, s, t, t2)
    return True


@kernel
def _exchanged(s, side, t, gone, came, after):
    """Parts of trip t without a client, and with another one behind ``after`` (-1: first)."""
    pu, x = s.visit[gone, on.PREV], s.visit[gone, on.NEXT]
    if after == pu:
        push_head(s, side, t, pu)
        push(s, side, came, came)
        push_tail(s, side, t, x)
    elif after >= 0 and s.visit[after, on.POSITION] > s.visit[gone, on.POSITION]:
        push_head(s, side, t, pu)
        push(s, side, x, after)
        push(s, side, came, came)
        push_tail(s, side, t, s.visit[after, on.NEXT])
    else:
        push_head(s, side, t, after)
        push(s, side, came, came)
        push(s, side, s.visit[after, on.NEXT] if after >= 0 else s.trip[t, on.HEAD], pu)
        push_tail(s, side, t, x)
