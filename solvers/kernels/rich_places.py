"""What it costs to put one client somewhere, for every attribute of a problem.

Tests go from cheap to dear: distance, time as early and late as possible, loads, then the
route as a whole where its duration matters. A place that does not beat the limit is not
looked at further.
"""

from __future__ import annotations

from routewright.travel import UNLIMITED, UNREACHABLE

from . import kernel
from . import rich_columns as at
from .rich_routes import seg_before, seg_behind, seg_client, seg_depot
from .rich_scan import scan_cost
from .rich_travel import costs_of, leg, leg_into, window_of
from .segments import seg_concat, seg_stop


@kernel
def may_join(p, s, c, r, k):
    """Whether a vehicle of type k on route r may take one more client, and this one."""
    return p.may_serve[k, c] and s.route[r, at.STOPS] < p.kind[k, at.MAX_STOPS]


@kernel
def loads_fit(p, s, c, t, k, u):
    """Whether there is room for client c after client u (-1: first) of trip t."""
    for d in range(p.num_dims):
        if u >= 0:
            sooner, later = s.load[u, d, 1], s.load[u, d, 2]
        else:
            sooner, later = s.trip_load[t, d, 0], s.trip_load[t, d, 1]
        # Until its visit its delivery is aboard as well, and what it changes from then on.
        sooner = max(sooner, s.trip_load[t, d, 0])
        if max(sooner + p.delivery[c, d], later + p.change[c, d]) > p.capacity[k, d]:
            return False
    return True


@kernel
def order_fits(p, s, c, t, u, v):
    """Whether linehauls stay before backhauls with client c between u and v."""
    kind = p.node[c, at.KIND]
    if kind & at.LINEHAUL and u >= 0 and s.visit[u, at.FLAGS] & 1:
        return False
    if kind & at.BACKHAUL:
        if v >= 0 and s.visit[v, at.FLAGS] & 2:
            return False
        if p.backhaul == 2 and s.trip[t, at.LINEHAULS] == 0:
            return False
    return True


@kernel
def delta_place(p, s, c, t, r, k, u, v, limit):
    """Change in cost with client c between u and v of trip t; NEVER if not below the limit."""
    f = p.kind[k, at.PROFILE]
    a = u if u >= 0 else s.trip[t, at.FROM]
    b = v if v >= 0 else s.trip[t, at.TO]
    d_in, t_in = leg_into(p, f, a, c)
    d_out, t_out = leg(p, f, c, b)
    if max(d_in, d_out) >= UNREACHABLE:
        return at.NEVER
    distance = d_in + d_out - (s.visit[v, at.ARC] if v >= 0 else s.trip[t, at.LAST_ARC])
    delta = distance * p.kind[k, at.PER_DISTANCE]
    if delta >= limit or s.route[r, at.DISTANCE] + distance > p.kind[k, at.MAX_DISTANCE]:
        return at.NEVER
    if p.timed:
        ready = s.visit[u, at.READY] if u >= 0 else s.trip[t, at.LEAVES]
        start = window_of(p, c, ready + t_in)
        if start == at.NEVER or max(t_in, t_out) >= UNREACHABLE:
            return at.NEVER
        latest = s.visit[v, at.LATEST] if v >= 0 else s.trip[t, at.RETURNS]
        if start + p.node[c, at.SERVICE] + t_out > latest:
            return at.NEVER
    if p.num_dims > 0 and not loads_fit(p, s, c, t, k, u):
        return at.NEVER
    if p.backhaul > 0 and not order_fits(p, s, c, t, u, v):
        return at.NEVER
    if p.segments and (p.kind[k, at.HEAVY] or p.node[c, at.RELEASE] > s.trip[t, at.READY_GOODS]):
        return _delta_timed(p, s, c, t, r, k, u, v, distance, d_in, t_in, d_out, t_out, limit)
    return delta


@kernel
def _delta_timed(p, s, c, t, r, k, u, v, distance, d_in, t_in, d_out, t_out, limit):
    """As `delta_place`, with the time that the route takes."""
    before = seg_before(s, t, u)
    if p.node[c, at.RELEASE] > s.trip[t, at.READY_GOODS]:
        before = _before_later(p, s, t, p.kind[k, at.PROFILE], u, p.node[c, at.RELEASE])
    before = seg_concat(before, seg_client(p, c), d_in, t_in)
    whole = seg_concat(before, seg_behind(s, t, v), d_out, t_out)
    if whole[4] > 0:
        return at.NEVER
    cost = costs_of(p, k, s.route[r, at.DISTANCE] + distance, whole[1])
    if cost == at.NEVER or cost - s.route[r, at.COST] >= limit:
        return at.NEVER
    if p.many_windows:
        cost = _scanned_with(p, s, c, t, r, k, u)
        if cost == at.NEVER or cost - s.route[r, at.COST] >= limit:
            return at.NEVER
    return cost - s.route[r, at.COST]


@kernel(inline=False)
def _before_later(p, s, t, f, u, release):
    """Segment of a route up to client u of trip t, which leaves no sooner than ``release``."""
    before = seg_concat(seg_before(s, t, -1), seg_stop(0, release, UNLIMITED), 0, 0)
    w, x = s.trip[t, at.FROM], s.trip[t, at.HEAD]
    while u >= 0 and w != u:
        d, travel = leg(p, f, w, x)
        before = seg_concat(before, seg_client(p, x), d, travel)
        w, x = x, s.visit[x, at.NEXT]
    return before


@kernel(inline=False)
def _scanned_with(p, s, c, t, r, k, u):
    """Cost of route r with client c after client u of trip t, by its definition."""
    m = copy_with(s, r, t, u, c, -1, -1)
    return scan_cost(p, k, s.lists[at.BUFFER], m)


@kernel(inline=False)
def copy_with(s, r, t, u, a, w, b):
    """Write route r with client a after u, and b after w (-1: none), in trip t to the buffer.

    -1 for u or w stands for the start of the trip; b comes after a at the same place.
    Returns how many visits there are.
    """
    m, trip, out = 0, s.route[r, at.FIRST], s.lists[at.BUFFER]
    while trip >= 0:
        if s.trip[trip, at.BEFORE] >= 0:
            out[m] = s.trip[trip, at.FROM]
            m += 1
        x, v = -1, s.trip[trip, at.HEAD]
        while True:
            if trip == t and x == u:
                out[m] = a
                m += 1
            if b >= 0 and trip == t and x == w:
                out[m] = b
                m += 1
            if v < 0:
                break
            out[m] = v
            m += 1
            x, v = v, s.visit[v, at.NEXT]
        trip = s.trip[trip, at.AFTER]
    return m


@kernel(inline=False)
def delta_trip(p, s, c, t, r, k, depot, first, limit):
    """Change in cost with a new trip for client c alone, with a reload at a depot.

    It comes after trip t, or before it where ``first`` is set.
    """
    if s.route[r, at.TRIPS] - 1 >= p.kind[k, at.MAX_RELOADS] or p.alone[k, c] == at.NEVER:
        return at.NEVER
    if p.backhaul == 2 and p.node[c, at.KIND] & at.BACKHAUL:
        return at.NEVER
    f, trip = p.kind[k, at.PROFILE], s.trip[t]
    d_out, t_out = leg_into(p, f, depot, c)
    d_back, t_back = leg(p, f, c, trip[at.TO])
    d_join, t_join = leg(p, f, trip[at.TAIL], depot)
    old = trip[at.LAST_ARC]
    if first:
        d_out, t_out = leg(p, f, c, depot)
        d_back, t_back = leg_into(p, f, trip[at.FROM], c)
        d_join, t_join = leg(p, f, depot, trip[at.HEAD])
        old = s.visit[trip[at.HEAD], at.ARC]
    if max(d_out, d_back, d_join, t_out, t_back, t_join) >= UNREACHABLE:
        return at.NEVER
    distance = d_out + d_back + d_join - old
    if distance * p.kind[k, at.PER_DISTANCE] >= limit:
        return at.NEVER
    duration = 0
    if p.timed:
        whole = _with_trip(p, s, c, t, k, depot, first)
        if whole[4] > 0:
            return at.NEVER
        duration = whole[1]
    cost = costs_of(p, k, s.route[r, at.DISTANCE] + distance, duration)
    if cost == at.NEVER or cost - s.route[r, at.COST] >= limit:
        return at.NEVER
    if p.many_windows:
        m = _copy_with_trip(s, r, t, c, depot, first)
        cost = scan_cost(p, k, s.lists[at.BUFFER], m)
        if cost == at.NEVER:
            return at.NEVER
    return cost - s.route[r, at.COST]


@kernel
def _with_trip(p, s, c, t, k, depot, first):
    """Segment of a route with a new trip."""
    f, trip = p.kind[k, at.PROFILE], s.trip[t]
    load, goods = seg_depot(p, depot, True), p.node[c, at.RELEASE]
    client = seg_client(p, c)
    if first:
        whole = seg_stop(0, p.kind[k, at.SHIFT_EARLY], p.kind[k, at.SHIFT_LATE])
        if trip[at.FROM] >= 0:
            whole = seg_concat(whole, seg_depot(p, trip[at.FROM], True), 0, 0)
        if goods > 0:
            whole = seg_concat(whole, seg_stop(0, goods, UNLIMITED), 0, 0)
        d, travel = leg(p, f, trip[at.FROM], c)
        whole = seg_concat(whole, client, d, travel)
        d, travel = leg(p, f, c, depot)
        whole = seg_concat(whole, load, d, travel)
        if trip[at.READY_GOODS] > 0:
            whole = seg_concat(whole, seg_stop(0, trip[at.READY_GOODS], UNLIMITED), 0, 0)
        d, travel = leg(p, f, depot, trip[at.HEAD])
        return seg_concat(whole, seg_behind(s, t, trip[at.HEAD]), d, travel)
    d, travel = leg(p, f, trip[at.TAIL], depot)
    whole = seg_concat(seg_before(s, t, trip[at.TAIL]), load, d, travel)
    if goods > 0:
        whole = seg_concat(whole, seg_stop(0, goods, UNLIMITED), 0, 0)
    d, travel = leg(p, f, depot, c)
    whole = seg_concat(whole, client, d, travel)
    d, travel = leg(p, f, c, trip[at.TO])
    return seg_concat(whole, seg_behind(s, t, -1), d, travel)


@kernel(inline=False)
def _copy_with_trip(s, r, t, c, depot, first):
    """Write route r with a new trip to the buffer; returns how many visits there are."""
    m, trip, out = 0, s.route[r, at.FIRST], s.lists[at.BUFFER]
    if first:
        out[0], out[1], m = c, depot, 2
    while trip >= 0:
        if s.trip[trip, at.BEFORE] >= 0:
            out[m] = s.trip[trip, at.FROM]
            m += 1
        v = s.trip[trip, at.HEAD]
        while v >= 0:
            out[m] = v
            m += 1
            v = s.visit[v, at.NEXT]
        if trip == t and not first:
            out[m], out[m + 1] = depot, c
            m += 2
        trip = s.trip[trip, at.AFTER]
    return m
