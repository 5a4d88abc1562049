"""Moves of shipments: both ends at once, to the places where they cost least."""

from __future__ import annotations

from . import kernel
from . import penalty_columns as on
from . import rich_columns as at
from .moves_presence import gain_of
from .penalty_routes import copy_route, count_client, set_route
from .penalty_scan import hop, scan_value

#: Neighbors of either end whose trips are tried.
_NEAR = 12


@kernel
def _span(q, s, m, out, t):
    """Where trip t lies in its route as written to ``out[:m]``: first position, one behind."""
    begin, trip = 0, s.route[s.trip[t, on.ROUTE], on.FIRST]
    while trip != t:
        begin += s.trip[trip, on.SIZE] + 1
        trip = s.trip[trip, on.AFTER]
    return begin, begin + s.trip[t, on.SIZE]


@kernel
def _put_in(out, m, i, v):
    """Insert v at position i."""
    for j in range(m, i, -1):
        out[j] = out[j - 1]
    out[i] = v


@kernel
def _take_out(out, m, i):
    for j in range(i, m - 1):
        out[j] = out[j + 1]


@kernel
def _node(q, k, out, m, i):
    """Node at a position of a route of type k, its ends included."""
    if i < 0:
        return q.kind[k, at.START]
    return out[i] if i < m else q.kind[k, at.END]


@kernel
def _detour(q, f, a, v, b):
    """Distance that a visit of v between a and b adds."""
    x, _ = hop(q, f, a, v)
    y, _ = hop(q, f, v, b)
    z, _ = hop(q, f, a, b)
    return x + y - z


@kernel(inline=False)
def best_in_trip(q, s, a, b, t, limit):
    """Best places of the shipment a -> b in trip t: (cost added, position of a, of b)."""
    r, out = s.trip[t, on.ROUTE], s.buffer[0]
    k, f = s.route[r, on.TYPE], q.kind[s.route[r, on.TYPE], at.PROFILE]
    m, best, first, second = copy_route(s, r, out), limit, -1, -1
    begin, end = _span(q, s, m, out, t)
    unit, room, old = q.kind[k, at.PER_DISTANCE], s.route[r, on.SLACK], s.route[r, on.COST]
    for i in range(begin, end + 1):
        added = _detour(q, f, _node(q, k, out, m, i - 1), a, _node(q, k, out, m, i))
        if m > 0 and added * unit - room >= best and not q.directed:
            continue
        _put_in(out, m, i, a)
        for j in range(i + 1, end + 2):
            more = _detour(q, f, _node(q, k, out, m + 1, j - 1), b, _node(q, k, out, m + 1, j))
            if m > 0 and (added + more) * unit - room >= best:
                continue
            s.ctl[on.EVALUATIONS] += 1
            _put_in(out, m + 1, j, b)
            cost, _, _, _, _ = scan_value(q, s, k, out, m + 2)
            if cost - old < best:
                best, first, second = cost - old, i, j
            _take_out(out, m + 2, j)
        _take_out(out, m + 1, i)
    return best, first, second


@kernel(inline=False)
def improve_shipment(q, s, a):
    """Take both ends of a shipment out, and put them where they cost least, or nowhere."""
    b, ctl = q.node[a, at.PARTNER], s.ctl
    gain = gain_of(q, s, a) + gain_of(q, s, b)
    t = s.visit[a, on.TRIP]
    present, cost, beside, moves, changed = t >= 0, 0, -1, ctl[on.MOVES], 0
    if present != (s.visit[b, on.TRIP] >= 0):  # half a shipment is none
        v = a if present else b
        _without(q, s, s.trip[s.visit[v, on.TRIP], on.ROUTE], v, v)
        present = False
    if present:
        beside = _beside(s, a, b)
        r, r2 = s.trip[t, on.ROUTE], s.trip[s.visit[b, on.TRIP], on.ROUTE]
        changed = s.route[r, on.CHANGED]
        if r != r2:
            cost = _without(q, s, r2, b, b) + _without(q, s, r, a, a)
        else:
            cost = _without(q, s, r, a, b)
    elif not _free(q, s, a, b):
        return False
    best, where, i, j = gain, -1, -1, -1
    count = _trips_near(q, s, a, b, beside)
    for n in range(count):
        delta, x, y = best_in_trip(q, s, a, b, s.trip[n, on.NEAR_TRIP], best)
        if delta < best:
            best, where, i, j = delta, s.trip[n, on.NEAR_TRIP], x, y
    if where < 0:
        return present
    r = s.trip[where, on.ROUTE]
    k, m = s.route[r, on.TYPE], copy_route(s, r, s.buffer[0])
    _put_in(s.buffer[0], m, i, a)
    _put_in(s.buffer[0], m + 1, j, b)
    ctl[on.MOVES] += 1
    r = set_route(q, s, r, k, s.buffer[0], m + 2)
    count_client(q, s, a, 1)
    count_client(q, s, b, 1)
    if present and best >= cost:  # as good as before: nothing has happened
        ctl[on.MOVES], s.route[r, on.CHANGED] = moves, changed
        return False
    return True


@kernel
def _beside(s, a, b):
    """Another client of the trip of a, or -1."""
    v = s.trip[s.visit[a, on.TRIP], on.HEAD]
    while v == a or v == b:
        v = s.visit[v, on.NEXT]
    return v


@kernel
def _free(q, s, a, b):
    """Whether the groups of both ends are not served."""
    g, h = q.node[a, at.GROUP], q.node[b, at.GROUP]
    if g >= 0 and (s.visit[g, on.SERVED] >= 0 or g == h):
        return False
    return h < 0 or s.visit[h, on.SERVED] < 0


@kernel(inline=False)
def _without(q, s, r, a, b):
    """Take clients a and b (which may be equal) out of route r; what it cost more with them."""
    out, k, old = s.buffer[0], s.route[r, on.TYPE], s.route[r, on.COST]
    m, n = copy_route(s, r, out), 0
    for i in range(m):
        v = out[i]
        if v == a or v == b:
            continue
        # A reload without a trip before it is left out.
        if v < q.num_depots and (n == 0 or out[n - 1] < q.num_depots):
            if n > 0:
                out[n - 1] = v
            continue
        out[n] = v
        n += 1
    if n > 0 and out[n - 1] < q.num_depots:
        n -= 1
    s.ctl[on.MOVES] += 1
    set_route(q, s, r, k, out, n)
    now = s.route[r, on.COST] if n > 0 else 0
    for v in (a, b):
        if s.visit[v, on.TRIP] >= 0:
            count_client(q, s, v, -1)
            s.visit[v, on.TRIP] = s.visit[v, on.PREV] = s.visit[v, on.NEXT] = -1
    return old - now


@kernel(inline=False)
def _trips_near(q, s, a, b, beside):
    """List the trips of a client and the neighbors of a and b, and those of empty vehicles."""
    count = 0
    for k in range(q.num_types):
        if s.route[k, on.USED] < q.kind[k, at.AVAILABLE]:
            s.trip[count, on.NEAR_TRIP] = k
            count += 1
    first = count
    if beside >= 0:
        s.trip[count, on.NEAR_TRIP] = s.visit[beside, on.TRIP]
        count += 1
    for i in range(min(_NEAR, q.near.shape[1])):
        for c in (a, b):
            t, known = s.visit[q.near[c, i], on.TRIP], False
            if t < 0:
                continue
            for j in range(first, count):
                known = known or s.trip[j, on.NEAR_TRIP] == t
            if not known:
                s.trip[count, on.NEAR_TRIP] = t
                count += 1
    return count
