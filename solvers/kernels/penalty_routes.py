"""Routes of the penalized search: put in place as a whole, and what is derived from them."""

from __future__ import annotations

from . import kernel
from . import penalty_columns as on
from . import rich_columns as at
from .penalty_rows import put_row_at, seg_client, seg_depot
from .penalty_scan import hop, scan_value, seg_end, seg_goods, seg_start
from .random import below
from .segments import seg_concat


@kernel(inline=False)
def set_route(q, s, r, k, visits, m):
    """Make ``visits[:m]`` route r, run by type k; -1 or an empty slot opens a route.

    Between two trips there is the depot of the reload. Clients that were in the route
    and are not any more have to be seen to by the caller.
    """
    ctl = s.ctl
    if r < q.num_types:
        if m == 0:
            return r
        ctl[on.FREE_ROUTES] -= 1
        r = s.route[ctl[on.FREE_ROUTES], on.R_FREE]
        s.route[r, on.FIRST] = -1
        ctl[on.NUM_ROUTES] += 1
    else:
        s.route[s.route[r, on.TYPE], on.USED] -= 1
        t = s.route[r, on.FIRST]
        while t >= 0:
            s.trip[ctl[on.FREE_TRIPS], on.T_FREE] = t
            ctl[on.FREE_TRIPS] += 1
            t = s.trip[t, on.AFTER]
    if m == 0:
        s.route[r, on.FIRST] = -1
        s.route[r, on.COST] = s.route[r, on.BROKEN] = 0
        s.route[ctl[on.FREE_ROUTES], on.R_FREE] = r
        ctl[on.FREE_ROUTES] += 1
        ctl[on.NUM_ROUTES] -= 1
        return r
    s.route[k, on.USED] += 1
    s.route[r, on.TYPE], s.route[r, on.CHANGED] = k, ctl[on.MOVES]
    _chain(q, s, r, k, visits, m)
    _evaluate(q, s, r, k, visits, m)
    return r


@kernel
def _open_trip(s, r, before, depot):
    """Append a trip to the chain of route r."""
    ctl = s.ctl
    ctl[on.FREE_TRIPS] -= 1
    t = s.trip[ctl[on.FREE_TRIPS], on.T_FREE]
    trip = s.trip[t]
    trip[on.HEAD] = trip[on.TAIL] = trip[on.AFTER] = trip[on.TO] = -1
    trip[on.SIZE], trip[on.ROUTE], trip[on.BEFORE], trip[on.FROM] = 0, r, before, depot
    if before >= 0:
        s.trip[before, on.AFTER], s.trip[before, on.TO] = t, depot
    else:
        s.route[r, on.FIRST] = t
    return t


@kernel(inline=False)
def _chain(q, s, r, k, visits, m):
    """Link the clients and trips of a route."""
    t, u, trips, stops = _open_trip(s, r, -1, q.kind[k, at.START]), -1, 1, 0
    for i in range(m):
        v = visits[i]
        if v < q.num_depots:
            t, u, trips = _open_trip(s, r, t, v), -1, trips + 1
            continue
        s.visit[v, on.TRIP], s.visit[v, on.PREV], s.visit[v, on.NEXT] = t, u, -1
        s.visit[v, on.POSITION] = s.trip[t, on.SIZE]
        if u >= 0:
            s.visit[u, on.NEXT] = v
        else:
            s.trip[t, on.HEAD] = v
        s.trip[t, on.TAIL], u = v, v
        s.trip[t, on.SIZE] += 1
        stops += 1
    s.trip[t, on.TO] = q.kind[k, at.END]
    s.route[r, on.LAST], s.route[r, on.TRIPS], s.route[r, on.STOPS] = t, trips, stops


@kernel(inline=False)
def _evaluate(q, s, r, k, visits, m):
    """Derive everything about a route."""
    route = s.route[r]
    cost, broken, distance, loads, hards = scan_value(q, s, k, visits, m)
    route[on.COST], route[on.BROKEN], route[on.DISTANCE] = cost, broken, distance
    route[on.LOAD_COST], route[on.HARDS] = loads, hards
    route[on.SLACK] = cost - distance * q.kind[k, at.PER_DISTANCE]
    route[on.SLACK] -= q.kind[k, at.FIXED] + s.weight[on.W_VEHICLE]
    t = route[on.FIRST]
    while t >= 0:
        _walk(q, s, t, k)
        if q.num_dims > 0 and not q.scan:
            _update_loads(q, s, t, k)
        t = s.trip[t, on.AFTER]
    if q.timed and not q.scan:
        _update_segments(q, s, r, k)


@kernel(inline=False)
def _walk(q, s, t, k):
    """Distances, release times, and permissions along a trip."""
    f, trip = q.kind[k, at.PROFILE], s.trip[t]
    u, v, distance, back, goods, forbidden = trip[on.FROM], trip[on.HEAD], 0, 0, 0, 0
    while v >= 0:
        d, _ = hop(q, f, u, v)
        distance += d
        if q.directed and s.visit[v, on.PREV] >= 0:
            d, _ = hop(q, f, v, u)
        back += d if s.visit[v, on.PREV] >= 0 else 0
        goods = max(goods, q.node[v, at.RELEASE])
        forbidden += 0 if q.may_serve[k, v] else 1
        s.visit[v, on.CUM], s.visit[v, on.BACK], s.visit[v, on.GOODS] = distance, back, goods
        s.visit[v, on.FORBIDDEN] = forbidden
        u, v = v, s.visit[v, on.NEXT]
    d, _ = hop(q, f, u, trip[on.TO])
    trip[on.T_DISTANCE], trip[on.T_FORBIDDEN] = distance + d, forbidden
    if q.released:
        v, goods = trip[on.TAIL], 0
        while v >= 0:
            goods = max(goods, q.node[v, at.RELEASE])
            s.visit[v, on.GOODS_ON] = goods
            v = s.visit[v, on.PREV]


@kernel(inline=False)
def _update_loads(q, s, t, k):
    """Loads of the parts of a trip from both ends, and what its excess costs."""
    cost = 0
    for d in range(q.num_dims):
        delivery, change, peak, v = 0, 0, 0, s.trip[t, on.HEAD]
        while v >= 0:
            own = max(q.node[v, on.DELIVERY + d], q.node[v, q.change + d])
            peak = max(peak + q.node[v, on.DELIVERY + d], own + change)
            delivery += q.node[v, on.DELIVERY + d]
            change += q.node[v, q.change + d]
            rows = s.visit[v, on.LOADS + 6 * d :]
            rows[0], rows[1], rows[2] = delivery, change, peak
            v = s.visit[v, on.NEXT]
        if peak > q.kind[k, on.CAPACITY + d]:
            cost += (s.weight[on.W_LOAD + d] * (peak - q.kind[k, on.CAPACITY + d])) >> on.FINE
        delivery, change, peak, v = 0, 0, 0, s.trip[t, on.TAIL]
        while v >= 0:
            own = max(q.node[v, on.DELIVERY + d], q.node[v, q.change + d])
            peak = max(own + delivery, peak + q.node[v, q.change + d])
            delivery += q.node[v, on.DELIVERY + d]
            change += q.node[v, q.change + d]
            rows = s.visit[v, on.LOADS + 6 * d :]
            rows[3], rows[4], rows[5] = delivery, change, peak
            v = s.visit[v, on.PREV]
    s.trip[t, on.T_LOAD_COST] = cost


@kernel(inline=False)
def _update_segments(q, s, r, k):
    """Segments of the parts of a route, from both ends."""
    f, t = q.kind[k, at.PROFILE], s.route[r, on.FIRST]
    done = seg_start(q, k)
    while t >= 0:
        trip = s.trip[t]
        put_row_at(s.trip, t, on.DONE, done)
        done = seg_goods(done, s.visit[trip[on.TAIL], on.GOODS])
        u, v = trip[on.HEAD], s.visit[trip[on.HEAD], on.NEXT]
        part = seg_client(q, u)
        put_row_at(s.visit, u, on.SEG, part)
        while v >= 0:
            _, travel = hop(q, f, u, v)
            part = seg_concat(part, seg_client(q, v), 0, travel)
            put_row_at(s.visit, v, on.SEG, part)
            u, v = v, s.visit[v, on.NEXT]
        if trip[on.AFTER] >= 0:
            _, travel = hop(q, f, trip[on.FROM], trip[on.HEAD])
            done = seg_concat(done, part, 0, travel)
            _, travel = hop(q, f, u, trip[on.TO])
            done = seg_concat(done, seg_depot(q, trip[on.TO], True), 0, travel)
        t = trip[on.AFTER]
    t, rest = s.route[r, on.LAST], seg_end(q, k)
    while t >= 0:
        trip = s.trip[t]
        put_row_at(s.trip, t, on.REST, rest)
        w, v = trip[on.TAIL], s.visit[trip[on.TAIL], on.PREV]
        part = seg_client(q, w)
        put_row_at(s.visit, w, on.SEG_ON, part)
        while v >= 0:
            _, travel = hop(q, f, v, w)
            part = seg_concat(seg_client(q, v), part, 0, travel)
            put_row_at(s.visit, v, on.SEG_ON, part)
            w, v = v, s.visit[v, on.PREV]
        if trip[on.BEFORE] >= 0:
            _, travel = hop(q, f, trip[on.TAIL], trip[on.TO])
            rest = seg_concat(part, rest, 0, travel)
            _, travel = hop(q, f, trip[on.FROM], trip[on.HEAD])
            begin = seg_goods(seg_depot(q, trip[on.FROM], True), s.visit[trip[on.TAIL], on.GOODS])
            rest = seg_concat(begin, rest, 0, travel)
        t = trip[on.BEFORE]


# The plan as a whole ------------------------------------------------------------------------


@kernel(inline=False)
def reset(q, s):
    """Take everything out of the plan; the empty routes of all types are set up."""
    ctl, slots, kinds = s.ctl, len(s.route), q.num_types
    ctl[on.FREE_ROUTES] = ctl[on.FREE_TRIPS] = slots - kinds
    for i in range(slots - kinds):
        s.route[i, on.R_FREE] = s.trip[i, on.T_FREE] = slots - 1 - i
    for r in range(slots):
        s.route[r, on.FIRST] = -1
        s.route[r, on.CHANGED], s.route[r, on.SWAPPED] = 0, -1
        s.route[r, on.COST] = s.route[r, on.BROKEN] = 0
    for k in range(kinds):
        trip = s.trip[k]
        for column in range(on.T_FREE):
            trip[column] = 0
        for column in range(on.R_FREE):
            s.route[k, column] = 0
        s.route[k, on.USED] = 0
        s.route[k, on.FIRST] = s.route[k, on.LAST] = trip[on.ROUTE] = s.route[k, on.TYPE] = k
        s.route[k, on.TRIPS] = 1
        trip[on.HEAD] = trip[on.TAIL] = trip[on.BEFORE] = trip[on.AFTER] = -1
        trip[on.FROM], trip[on.TO] = q.kind[k, at.START], q.kind[k, at.END]
        put_row_at(s.trip, k, on.DONE, seg_start(q, k))
        put_row_at(s.trip, k, on.REST, seg_end(q, k))
    for i in (on.NUM_ROUTES, on.MISSING, on.LOST, on.MOVES, on.CURSOR, on.LOOP, on.EVALUATIONS):
        ctl[i] = 0
    ctl[on.MISSING] = q.required_groups
    for g in range(q.num_groups):
        s.visit[g, on.SERVED] = -1
    for v in range(q.num_depots, len(q.node)):
        s.visit[v, on.TRIP] = s.visit[v, on.PREV] = s.visit[v, on.NEXT] = -1
        s.visit[v, on.TESTED] = -1
        ctl[on.LOST] += q.node[v, at.PRIZE]
        ctl[on.MISSING] += q.node[v, at.REQUIRED]


@kernel
def count_client(q, s, v, sign):
    """Client v is now (1), or no longer (-1), visited."""
    ctl, g = s.ctl, q.node[v, at.GROUP]
    ctl[on.LOST] -= sign * q.node[v, at.PRIZE]
    ctl[on.MISSING] -= sign * q.node[v, at.REQUIRED]
    if g >= 0:
        ctl[on.MISSING] -= sign * q.node[v, on.GROUP_REQUIRED]
        s.visit[g, on.SERVED] = v if sign > 0 else -1


@kernel(inline=False)
def copy_route(s, r, out):
    """Clients of a route, and the depots where it reloads, in order; returns how many."""
    m, t = 0, s.route[r, on.FIRST]
    while t >= 0:
        if s.trip[t, on.BEFORE] >= 0:
            out[m] = s.trip[t, on.FROM]
            m += 1
        v = s.trip[t, on.HEAD]
        while v >= 0:
            out[m] = v
            m += 1
            v = s.visit[v, on.NEXT]
        t = s.trip[t, on.AFTER]
    return m


@kernel(inline=False)
def _kind_for(q, s, k, visits, m):
    """Type of vehicle for a route: the given one, or the best that is left; -1 if none is."""
    if s.route[k, on.USED] < q.kind[k, at.AVAILABLE]:
        return k
    least, best = at.NEVER, -1
    for k2 in range(q.num_types):
        if s.route[k2, on.USED] < q.kind[k2, at.AVAILABLE]:
            cost, _, _, _, _ = scan_value(q, s, k2, visits, m)
            if cost < least:
                least, best = cost, k2
    return best


@kernel
def run_penalty_load(q, s, visits, start, kinds):
    """Make a plan the current one.

    Visits are clients and, between trips, the depots of reloads. Clients that are
    visited again are left out. Where there are too many routes of a type, another one is
    taken, if there is one; else the route is left out.
    """
    reset(q, s)
    out = s.buffer[0]
    for i in range(len(kinds)):
        m, k = 0, _kind_for(q, s, kinds[i], visits[start[i] :], start[i + 1] - start[i])
        if k < 0:
            continue
        for j in range(start[i], start[i + 1]):
            v = visits[j]
            if v < q.num_depots:
                if m > 0 and out[m - 1] >= q.num_depots:
                    out[m] = v
                    m += 1
                continue
            g = q.node[v, at.GROUP]
            if s.visit[v, on.TRIP] >= 0 or (g >= 0 and s.visit[g, on.SERVED] >= 0):
                continue
            s.visit[v, on.TRIP] = 0
            count_client(q, s, v, 1)
            out[m] = v
            m += 1
        if m > 0 and out[m - 1] < q.num_depots:
            m -= 1
        set_route(q, s, -1, k, out, m)
    for i in range(q.num_clients - 1, 0, -1):  # a random order
        j = below(s.rng, i + 1)
        s.visit[i, on.ORDER], s.visit[j, on.ORDER] = s.visit[j, on.ORDER], s.visit[i, on.ORDER]


@kernel
def run_penalty_export(q, s, out, start, kinds):
    """Write the plan: visits, offsets, vehicle types.

    Returns (number of routes, cost with penalties, broken rules as bits).
    """
    n, m, broken = 0, 0, 0
    cost = s.ctl[on.LOST] + s.ctl[on.MISSING] * s.weight[on.W_HARD]
    start[0] = 0
    for r in range(q.num_types, len(s.route)):
        if s.route[r, on.FIRST] < 0:
            continue
        m += copy_route(s, r, out[m:])
        kinds[n] = s.route[r, on.TYPE]
        n += 1
        start[n] = m
        cost += s.route[r, on.COST]
        broken |= s.route[r, on.BROKEN]
    if s.ctl[on.MISSING] > 0:
        broken |= on.HARD_BIT
    return n, cost, broken
