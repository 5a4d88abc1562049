"""The penalized cost of one route from end to end, by definition.

What `penalty_parts` adds up from parts equals this number, exactly.
"""

from __future__ import annotations

from routewright.travel import UNLIMITED, UNREACHABLE

from . import kernel
from . import penalty_columns as on
from . import rich_columns as at
from .rich_routes import seg_client, seg_depot
from .rich_scan import shortest_time
from .rich_travel import leg, window_of
from .segments import seg_concat, seg_stop


@kernel
def hop(p, q, f, i, j):
    """Distance and duration between nodes; an arc that does not exist is very long."""
    d, t = leg(p, f, i, j)
    if max(d, t) >= UNREACHABLE:
        return q.bad_arc, 0
    return d, t


@kernel
def seg_start(p, k):
    """Segment of the start of a route of type k, ready to load."""
    start = seg_stop(0, p.kind[k, at.SHIFT_EARLY], p.kind[k, at.SHIFT_LATE])
    if p.kind[k, at.START] >= 0:
        start = seg_concat(start, seg_depot(p, p.kind[k, at.START], True), 0, 0)
    return start


@kernel
def seg_end(p, k):
    """Segment of the end of a route of type k."""
    end = seg_stop(0, 0, p.kind[k, at.SHIFT_LATE])
    if p.kind[k, at.END] >= 0:
        end = seg_concat(seg_depot(p, p.kind[k, at.END], False), end, 0, 0)
    return end


@kernel
def seg_goods(whole, goods):
    """A segment that ends when the goods are ready, if that is later."""
    if goods > 0:
        return seg_concat(whole, seg_stop(0, goods, UNLIMITED), 0, 0)
    return whole


@kernel
def price(weight, amount):
    """Cost of a breach."""
    return (weight * amount) >> on.FINE


@kernel
def distance_cost(p, q, s, k, distance):
    """Cost of a route of type k for being used and for its distance."""
    t = p.kind[k]
    cost = t[at.FIXED] + s.weight[on.W_VEHICLE] + distance * t[at.PER_DISTANCE]
    if distance > t[at.MAX_DISTANCE]:
        cost += price(s.weight[on.W_DISTANCE], distance - t[at.MAX_DISTANCE])
    if distance >= q.bad_arc:
        cost += distance // q.bad_arc * s.weight[on.W_HARD]
    return cost


@kernel
def time_cost(p, s, k, duration, warp):
    """Cost of a route of type k for its duration, and for being late."""
    t = p.kind[k]
    cost = price(s.weight[on.W_TIME], warp)
    if t[at.HEAVY]:
        over = max(duration - t[at.MAX_DURATION], 0)
        cost += duration * t[at.PER_DURATION] + over * t[at.PER_OVERTIME]
        if over > t[at.MAX_OVERTIME]:
            cost += price(s.weight[on.W_DURATION], over - t[at.MAX_OVERTIME])
    return cost


@kernel
def other_cost(p, s, k, stops, hards):
    """Cost of a route of type k for its number of stops, and for rules without a price."""
    cost = hards * s.weight[on.W_HARD]
    if stops > p.kind[k, at.MAX_STOPS]:
        cost += price(s.weight[on.W_STOPS], stops - p.kind[k, at.MAX_STOPS])
    return cost


@kernel(inline=False)
def scan_value(p, q, s, k, visits, m):
    """Penalized cost of a route: (cost, broken, distance, cost of loads, hard breaches).

    ``visits[:m]`` are clients, and between two trips the depot of the reload. An empty
    route costs nothing.
    """
    if m == 0:
        return 0, 0, 0, 0, 0
    distance, stops, hards = _scan_path(p, q, s, k, visits, m)
    cost, broken = distance_cost(p, q, s, k, distance), 0
    loads = _scan_loads(p, s, k, visits, m)
    if p.timed:
        duration, warp = _scan_time(p, q, k, visits, m)
        cost += time_cost(p, s, k, duration, warp)
        over = duration - p.kind[k, at.MAX_DURATION]
        if warp > 0:
            broken |= on.TIME_BIT
        if p.kind[k, at.HEAVY] and over > p.kind[k, at.MAX_OVERTIME]:
            broken |= on.DURATION_BIT
    if loads > 0:
        broken |= on.LOAD_BIT
    if distance > p.kind[k, at.MAX_DISTANCE]:
        broken |= on.DISTANCE_BIT
    if stops > p.kind[k, at.MAX_STOPS]:
        broken |= on.STOPS_BIT
    if hards > 0 or distance >= q.bad_arc:
        broken |= on.HARD_BIT
    return cost + loads + other_cost(p, s, k, stops, hards), broken, distance, loads, hards


@kernel(inline=False)
def _scan_path(p, q, s, k, visits, m):
    """Distance, stops, and hard breaches of a route."""
    f, u, distance, stops, hards, reloads = p.kind[k, at.PROFILE], p.kind[k, at.START], 0, 0, 0, 0
    ctl, seen, aboard = s.ctl, 0, 0
    ctl[on.STAMP] += 1
    for i in range(m + 1):
        v = visits[i] if i < m else p.kind[k, at.END]
        d, _ = hop(p, q, f, u, v)
        distance, u = distance + d, v
        if i == m or v < p.num_depots:
            hards += aboard
            if p.backhaul == 2 and seen == at.BACKHAUL:
                hards += 1
            aboard = seen = 0
            ctl[on.STAMP] += 1
            if i < m:
                reloads += 1
                hards += _not_for_reload(p, k, v)
            continue
        stops += 1
        if not p.may_serve[k, v]:
            hards += 1
        if p.backhaul > 0:
            if seen & at.BACKHAUL and p.node[v, at.KIND] & at.LINEHAUL:
                hards += 1
            seen |= p.node[v, at.KIND]
        if p.paired and p.node[v, at.PARTNER] >= 0:
            s.seen[v] = ctl[on.STAMP]
            if p.node[v, at.IS_PICKUP]:
                aboard += 1
            elif s.seen[p.node[v, at.PARTNER]] == ctl[on.STAMP]:
                aboard -= 1
            else:
                hards += 1
    return distance, stops, hards + max(reloads - p.kind[k, at.MAX_RELOADS], 0)


@kernel
def _not_for_reload(p, k, depot):
    for j in range(p.reload_start[k], p.reload_start[k + 1]):
        if p.reload_depots[j] == depot:
            return 0
    return 1


@kernel(inline=False)
def _scan_loads(p, s, k, visits, m):
    """Cost of what is carried above capacity, trip by trip."""
    cost = 0
    for d in range(p.num_dims):
        begin = 0
        while begin <= m:
            end, load = begin, 0
            while end < m and visits[end] >= p.num_depots:
                load += p.delivery[visits[end], d]
                end += 1
            peak = load
            for i in range(begin, end):
                load += p.change[visits[i], d] - p.delivery[visits[i], d]
                peak = max(peak, load)
            if peak > p.capacity[k, d]:
                cost += price(s.weight[on.W_LOAD + d], peak - p.capacity[k, d])
            begin = end + 1
    return cost


@kernel(inline=False)
def _scan_time(p, q, k, visits, m):
    """Duration and lateness of a route."""
    if p.many_windows:
        return _scan_windows(p, q, k, visits, m)
    f, u = p.kind[k, at.PROFILE], p.kind[k, at.START]
    whole = seg_goods(seg_start(p, k), trip_goods(p, visits, 0, m))
    for i in range(m):
        v = visits[i]
        _, travel = hop(p, q, f, u, v)
        if v >= p.num_depots:
            whole = seg_concat(whole, seg_client(p, v), 0, travel)
        else:
            whole = seg_concat(whole, seg_depot(p, v, True), 0, travel)
            whole = seg_goods(whole, trip_goods(p, visits, i + 1, m))
        u = v
    _, travel = hop(p, q, f, u, p.kind[k, at.END])
    whole = seg_concat(whole, seg_end(p, k), 0, travel)
    return whole[1], whole[4]


@kernel(inline=False)
def trip_goods(p, visits, begin, m):
    """Time at which the goods of the trip that begins at a position are ready."""
    goods, i = 0, begin
    while i < m and visits[i] >= p.num_depots:
        goods = max(goods, p.node[visits[i], at.RELEASE])
        i += 1
    return goods


@kernel(inline=False)
def _scan_windows(p, q, k, visits, m):
    """As `_scan_time`, for several time windows: late work begins when it still may."""
    f, u, warp = p.kind[k, at.PROFILE], p.kind[k, at.START], 0
    now = p.kind[k, at.SHIFT_EARLY]
    if u >= 0:
        now, warp = _at_depot(p, u, now, warp)
        now += p.node[u, at.SERVICE]
    now = max(now, trip_goods(p, visits, 0, m))
    for i in range(m):
        v = visits[i]
        _, travel = hop(p, q, f, u, v)
        now += travel
        if v >= p.num_depots:
            start = window_of(p, v, now)
            if start == at.NEVER:
                start = p.node[v, at.LATE]
                warp += now - start
            now = start + p.node[v, at.SERVICE]
        else:
            now, warp = _at_depot(p, v, now, warp)
            now = max(now + p.node[v, at.SERVICE], trip_goods(p, visits, i + 1, m))
        u = v
    _, travel = hop(p, q, f, u, p.kind[k, at.END])
    now += travel
    if p.kind[k, at.END] >= 0:
        now, warp = _at_depot(p, p.kind[k, at.END], now, warp)
    warp += max(now - p.kind[k, at.SHIFT_LATE], 0)
    if warp > 0:
        return now - p.kind[k, at.SHIFT_EARLY] + warp, warp
    late, duration = shortest_time(p, k, visits, m)
    return duration, late


@kernel
def _at_depot(p, depot, now, warp):
    now = max(now, p.node[depot, at.EARLY])
    late = max(now - p.node[depot, at.LATE], 0)
    return now - late, warp + late
