"""Routes of the general search: their chains, what is derived from them, and undoing.

A route is feasible in time if its clients can be served as early as possible; how long
it takes is known from segments (see `segments`), or, where a client has several time
windows, from `rich_scan`.
"""

from __future__ import annotations

from routewright.travel import UNLIMITED, UNREACHABLE

from . import kernel
from . import rich_columns as at
from .rich_scan import shortest_time
from .rich_travel import costs_of, latest_start, leg, window_of
from .segments import seg_concat, seg_stop


@kernel
def put_row(rows, side, i, segment):
    """Store a segment."""
    for q in range(5):
        rows[i, side, q] = segment[q]


@kernel
def row(rows, side, i):
    """Read a segment."""
    g = rows
    return g[i, side, 0], g[i, side, 1], g[i, side, 2], g[i, side, 3], g[i, side, 4]


@kernel
def seg_before(s, t, u):
    """Segment of a route up to client u, or to the start of trip t (-1)."""
    if u >= 0:
        return row(s.part, 0, u)
    return row(s.whole, 0, t)


@kernel
def seg_behind(s, t, v):
    """Segment of a route from client v on, or from the end of trip t on (-1)."""
    if v >= 0:
        return row(s.part, 1, v)
    return row(s.whole, 1, t)


@kernel
def seg_client(p, v):
    """Segment of a client; of several time windows it sees only their hull."""
    return seg_stop(p.node[v, at.SERVICE], p.node[v, at.EARLY], p.node[v, at.LATE])


@kernel
def seg_depot(p, depot, leaving):
    """Segment of a stop at a depot, with its service if a trip leaves from there."""
    service = p.node[depot, at.SERVICE] if leaving else 0
    return seg_stop(service, p.node[depot, at.EARLY], p.node[depot, at.LATE])


@kernel(inline=False)
def update_route(p, s, r):
    """Derive everything about route r; it becomes fresh."""
    route, k = s.route[r], s.route[r, at.TYPE]
    route[at.FRESH], route[at.FEASIBLE] = 1, 1
    route[at.STOPS] = route[at.TRIPS] = route[at.DISTANCE] = route[at.DURATION] = route[at.COST] = 0
    if route[at.FIRST] < 0:
        return
    t, position, distance = route[at.FIRST], 0, 0
    while t >= 0:
        position += s.trip[t, at.BEFORE] >= 0
        position, arcs = _walk_trip(p, s, t, p.kind[k, at.PROFILE], position)
        distance += arcs
        route[at.TRIPS] += 1
        if p.num_dims > 0 and not _update_loads(p, s, t, k):
            route[at.FEASIBLE] = 0
        if p.backhaul == 2 and s.trip[t, at.BACKHAULS] > 0 and s.trip[t, at.LINEHAULS] == 0:
            route[at.FEASIBLE] = 0
        route[at.LAST] = t
        t = s.trip[t, at.AFTER]
    route[at.STOPS], route[at.DISTANCE] = position - route[at.TRIPS] + 1, distance
    if route[at.STOPS] > p.kind[k, at.MAX_STOPS] or route[at.TRIPS] - 1 > p.kind[k, at.MAX_RELOADS]:
        route[at.FEASIBLE] = 0
    if p.timed:
        _update_times(p, s, r, k)
    if distance >= UNREACHABLE:
        route[at.FEASIBLE] = 0
    route[at.COST] = costs_of(p, k, distance, route[at.DURATION])
    if route[at.COST] == at.NEVER:
        route[at.FEASIBLE] = 0
        route[at.COST] = 0


@kernel
def _walk_trip(p, s, t, f, position):
    """Positions, arcs, and counts of a trip; returns the next position and its distance.

    A position counts clients and the depots of reloads, as `copy_route` lists them.
    """
    trip = s.trip[t]
    u, v, distance, size, aboard = trip[at.FROM], trip[at.HEAD], 0, 0, 0
    trip[at.READY_GOODS] = trip[at.LINEHAULS] = trip[at.BACKHAULS] = 0
    while v >= 0:
        d, _ = leg(p, f, u, v)
        distance += d
        s.visit[v, at.ARC], s.visit[v, at.POSITION], s.visit[v, at.TRIP] = d, position + size, t
        if p.backhaul > 0:
            if p.node[v, at.KIND] & at.LINEHAUL:
                trip[at.LINEHAULS] += 1
            if p.node[v, at.KIND] & at.BACKHAUL:
                trip[at.BACKHAULS] += 1
            # Bit 0: a backhaul at or before it; bit 1: a linehaul at or after it.
            s.visit[v, at.FLAGS] = 1 if trip[at.BACKHAULS] > 0 else 0
        if p.paired and p.node[v, at.PARTNER] >= 0:
            aboard += 1 if p.node[v, at.IS_PICKUP] else -1
        s.visit[v, at.ABOARD] = aboard
        trip[at.READY_GOODS] = max(trip[at.READY_GOODS], p.node[v, at.RELEASE])
        size += 1
        u, v = v, s.visit[v, at.NEXT]
    trip[at.TAIL], trip[at.SIZE] = u, size
    d, _ = leg(p, f, u, trip[at.TO])
    trip[at.LAST_ARC] = d
    if p.backhaul > 0:
        seen = 0
        while u >= 0 and size > 0:
            seen |= p.node[u, at.KIND] & at.LINEHAUL
            s.visit[u, at.FLAGS] |= 2 * seen
            u, size = s.visit[u, at.PREV], size - 1
    return position + trip[at.SIZE], distance + d


@kernel
def _update_loads(p, s, t, k):
    """Loads of a trip; whether they fit."""
    fits = True
    for d in range(p.num_dims):
        load, v = 0, s.trip[t, at.HEAD]
        while v >= 0:
            load += p.delivery[v, d]
            v = s.visit[v, at.NEXT]
        s.trip_load[t, d, 0] = most = load
        v, brought, taken = s.trip[t, at.HEAD], 0, 0
        while v >= 0:
            load += p.change[v, d] - p.delivery[v, d]
            most = max(most, load)
            brought, taken = brought + p.delivery[v, d], taken + p.change[v, d]
            s.load[v, d, 0], s.load[v, d, 1] = load, most
            s.load[v, d, 3], s.load[v, d, 4] = brought, taken
            v = s.visit[v, at.NEXT]
        s.trip_load[t, d, 1] = most
        fits = fits and most <= p.capacity[k, d]
        v, most = s.trip[t, at.TAIL], 0
        while v >= 0:
            most = max(most, s.load[v, d, 0])
            s.load[v, d, 2] = most
            v = s.visit[v, at.PREV]
    return fits


@kernel
def _update_times(p, s, r, k):
    """Earliest and latest times of a route, and how long it takes."""
    f, now, t = p.kind[k, at.PROFILE], p.kind[k, at.SHIFT_EARLY], s.route[r, at.FIRST]
    late = 0
    while t >= 0:
        trip = s.trip[t]
        if trip[at.FROM] >= 0:
            now = max(now, p.node[trip[at.FROM], at.EARLY])
            late |= now > p.node[trip[at.FROM], at.LATE]
            now += p.node[trip[at.FROM], at.SERVICE]
        now = max(now, trip[at.READY_GOODS])
        trip[at.LEAVES] = now
        u, v = trip[at.FROM], trip[at.HEAD]
        while v >= 0:
            _, travel = leg(p, f, u, v)
            start = window_of(p, v, now + travel)
            if start == at.NEVER:
                late, start = 1, now + travel
            now = start + p.node[v, at.SERVICE]
            s.visit[v, at.READY] = now
            u, v = v, s.visit[v, at.NEXT]
        _, travel = leg(p, f, u, trip[at.TO])
        now += travel
        t = trip[at.AFTER]
    depot = s.trip[s.route[r, at.LAST], at.TO]
    if depot >= 0:
        now = max(now, p.node[depot, at.EARLY])
        late |= now > p.node[depot, at.LATE]
    if late or now > p.kind[k, at.SHIFT_LATE]:
        s.route[r, at.FEASIBLE] = 0
    _update_latest(p, s, r, k)
    if p.segments:
        _update_segments(p, s, r, k)
        if p.many_windows and p.kind[k, at.HEAVY]:
            s.route[r, at.DURATION] = _scanned(p, s, r, k)


@kernel
def _update_latest(p, s, r, k):
    """Latest arrivals from which the rest of the route can be on time."""
    f, t = p.kind[k, at.PROFILE], s.route[r, at.LAST]
    latest = p.kind[k, at.SHIFT_LATE]
    if s.trip[t, at.TO] >= 0:
        depot = s.trip[t, at.TO]
        latest = min(latest, p.node[depot, at.LATE]) if latest >= p.node[depot, at.EARLY] else -1
    while t >= 0:
        trip = s.trip[t]
        trip[at.RETURNS] = latest
        w, v = trip[at.TO], trip[at.TAIL]
        while v >= 0:
            _, travel = leg(p, f, v, w)
            latest = latest_start(p, v, latest - travel - p.node[v, at.SERVICE])
            s.visit[v, at.LATEST] = latest
            w, v = v, s.visit[v, at.PREV]
        _, travel = leg(p, f, trip[at.FROM], w)
        latest -= travel
        if latest < trip[at.READY_GOODS]:
            latest = -1
        if trip[at.FROM] >= 0:
            depot = trip[at.FROM]
            latest = min(latest - p.node[depot, at.SERVICE], p.node[depot, at.LATE])
            if latest < p.node[depot, at.EARLY]:
                latest = -1
        t = trip[at.BEFORE]


@kernel
def _update_segments(p, s, r, k):
    """Segments of a route up to each client and from each client on."""
    _segments_before(p, s, r, k)
    f, t = p.kind[k, at.PROFILE], s.route[r, at.LAST]
    rest = seg_stop(0, 0, p.kind[k, at.SHIFT_LATE])
    if s.trip[t, at.TO] >= 0:
        rest = seg_concat(seg_depot(p, s.trip[t, at.TO], False), rest, 0, 0)
    while True:
        trip = s.trip[t]
        put_row(s.whole, 1, t, rest)
        w, v = trip[at.TO], trip[at.TAIL]
        while v >= 0:
            distance, travel = leg(p, f, v, w)
            rest = seg_concat(seg_client(p, v), rest, distance, travel)
            put_row(s.part, 1, v, rest)
            w, v = v, s.visit[v, at.PREV]
        distance, travel = leg(p, f, trip[at.FROM], w)
        if trip[at.BEFORE] < 0:
            break
        begin = seg_depot(p, trip[at.FROM], True)
        if trip[at.READY_GOODS] > 0:
            begin = seg_concat(begin, seg_stop(0, trip[at.READY_GOODS], UNLIMITED), 0, 0)
        rest = seg_concat(begin, rest, distance, travel)
        t = trip[at.BEFORE]
    whole = seg_concat(row(s.whole, 0, t), rest, distance, travel)
    s.route[r, at.DURATION] = whole[1]
    if whole[4] > 0:
        s.route[r, at.FEASIBLE] = 0


@kernel
def _segments_before(p, s, r, k):
    """Segments of a route up to the start of each trip, and up to each client."""
    f, t = p.kind[k, at.PROFILE], s.route[r, at.FIRST]
    done = seg_stop(0, p.kind[k, at.SHIFT_EARLY], p.kind[k, at.SHIFT_LATE])
    if s.trip[t, at.FROM] >= 0:
        done = seg_concat(done, seg_depot(p, s.trip[t, at.FROM], True), 0, 0)
    while t >= 0:
        trip = s.trip[t]
        if trip[at.READY_GOODS] > 0:
            done = seg_concat(done, seg_stop(0, trip[at.READY_GOODS], UNLIMITED), 0, 0)
        put_row(s.whole, 0, t, done)
        u, v = trip[at.FROM], trip[at.HEAD]
        while v >= 0:
            distance, travel = leg(p, f, u, v)
            done = seg_concat(done, seg_client(p, v), distance, travel)
            put_row(s.part, 0, v, done)
            u, v = v, s.visit[v, at.NEXT]
        if trip[at.AFTER] >= 0:
            distance, travel = leg(p, f, u, trip[at.TO])
            done = seg_concat(done, seg_depot(p, trip[at.TO], True), distance, travel)
        t = trip[at.AFTER]


@kernel(inline=False)
def _scanned(p, s, r, k):
    """Duration of a route whose clients have several windows."""
    m = copy_route(s, r, s.lists[at.BUFFER])
    _, duration = shortest_time(p, k, s.lists[at.BUFFER], m)
    return max(duration, 0)


@kernel
def copy_route(s, r, out):
    """Clients of a route, and the depots where it reloads, in order; returns how many."""
    m, t = 0, s.route[r, at.FIRST]
    while t >= 0:
        if s.trip[t, at.BEFORE] >= 0:
            out[m] = s.trip[t, at.FROM]
            m += 1
        v = s.trip[t, at.HEAD]
        while v >= 0:
            out[m] = v
            m += 1
            v = s.visit[v, at.NEXT]
        t = s.trip[t, at.AFTER]
    return m
