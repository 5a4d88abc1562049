"""The penalized cost of one route from end to end, by definition.

What `penalty_parts` adds up from parts equals this number, exactly.
"""

from __future__ import annotations

from routewright.travel import UNLIMITED

from . import kernel
from . import penalty_columns as on
from . import rich_columns as at
from .penalty_rows import seg_client, seg_depot
from .segments import seg_concat, seg_stop


@kernel
def hop(q, f, i, j):
    """Distance and duration between nodes; nothing from or to nowhere (-1).

    An arc that does not exist is very long and takes no time.
    """
    if i < 0 or j < 0:
        return 0, 0
    return q.dist[f, i, j], q.dur[f, i, j]


@kernel
def seg_start(q, k):
    """Segment of the start of a route of type k, ready to load."""
    start = seg_stop(0, q.kind[k, at.SHIFT_EARLY], q.kind[k, at.SHIFT_LATE])
    if q.kind[k, at.START] >= 0:
        start = seg_concat(start, seg_depot(q, q.kind[k, at.START], True), 0, 0)
    return start


@kernel
def seg_end(q, k):
    """Segment of the end of a route of type k."""
    end = seg_stop(0, 0, q.kind[k, at.SHIFT_LATE])
    if q.kind[k, at.END] >= 0:
        end = seg_concat(seg_depot(q, q.kind[k, at.END], False), end, 0, 0)
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
def distance_cost(q, s, k, distance):
    """Cost of a route of type k for being used and for its distance."""
    t = q.kind[k]
    cost = t[at.FIXED] + s.weight[on.W_VEHICLE] + distance * t[at.PER_DISTANCE]
    if distance > t[at.MAX_DISTANCE]:
        cost += price(s.weight[on.W_DISTANCE], distance - t[at.MAX_DISTANCE])
    if distance >= q.bad_arc:
        cost += distance // q.bad_arc * s.weight[on.W_HARD]
    return cost


@kernel
def time_cost(q, s, k, duration, warp):
    """Cost of a route of type k for its duration, and for being late."""
    t = q.kind[k]
    cost = price(s.weight[on.W_TIME], warp)
    if t[at.HEAVY]:
        over = max(duration - t[at.MAX_DURATION], 0)
        cost += duration * t[at.PER_DURATION] + over * t[at.PER_OVERTIME]
        if over > t[at.MAX_OVERTIME]:
            cost += price(s.weight[on.W_DURATION], over - t[at.MAX_OVERTIME])
    return cost


@kernel
def other_cost(q, s, k, stops, hards):
    """Cost of a route of type k for its number of stops, and for rules without a price."""
    cost = hards * s.weight[on.W_HARD]
    if stops > q.kind[k, at.MAX_STOPS]:
        cost += price(s.weight[on.W_STOPS], stops - q.kind[k, at.MAX_STOPS])
    return cost


@kernel(inline=False)
def scan_value(q, s, k, visits, m):
    """Penalized cost of a route: (cost, broken, distance, cost of loads, hard breaches).

    ``visits[:m]`` are clients, and between two trips the depot of the reload. An empty
    route costs nothing.
    """
    if m == 0:
        return 0, 0, 0, 0, 0
    distance, stops, hards = _scan_path(q, s, k, visits, m)
    cost, broken = distance_cost(q, s, k, distance), 0
    loads = _scan_loads(q, s, k, visits, m)
    if q.timed:
        duration, warp = _scan_time(q, k, visits, m)
        cost += time_cost(q, s, k, duration, warp)
        over = duration - q.kind[k, at.MAX_DURATION]
        if warp > 0:
            broken |= on.TIME_BIT
        if q.kind[k, at.HEAVY] and over > q.kind[k, at.MAX_OVERTIME]:
            broken |= on.DURATION_BIT
    if loads > 0:
        broken |= on.LOAD_BIT
    if distance > q.kind[k, at.MAX_DISTANCE]:
        broken |= on.DISTANCE_BIT
    if stops > q.kind[k, at.MAX_STOPS]:
        broken |= on.STOPS_BIT
    if hards > 0 or distance >= q.bad_arc:
        broken |= on.HARD_BIT
    return cost + loads + other_cost(q, s, k, stops, hards), broken, distance, loads, hards


@kernel(inline=False)
def _scan_path(q, s, k, visits, m):
    """Distance, stops, and hard breaches of a route."""
    f, u, distance, stops, hards, reloads = q.kind[k, at.PROFILE], q.kind[k, at.START], 0, 0, 0, 0
    ctl, seen, aboard = s.ctl, 0, 0
    ctl[on.STAMP] += 1
    for i in range(m + 1):
        v = visits[i] if i < m else q.kind[k, at.END]
        d, _ = hop(q, f, u, v)
        distance, u = distance + d, v
        if i == m or v < q.num_depots:
            hards += aboard
            if q.backhaul == 2 and seen == at.BACKHAUL:
                hards += 1
            aboard = seen = 0
            ctl[on.STAMP] += 1
            if i < m:
                reloads += 1
                hards += _not_for_reload(q, k, v)
            continue
        stops += 1
        if not q.may_serve[k, v]:
            hards += 1
        if q.backhaul > 0:
            if seen & at.BACKHAUL and q.node[v, at.KIND] & at.LINEHAUL:
                hards += 1
            seen |= q.node[v, at.KIND]
        if q.paired and q.node[v, at.PARTNER] >= 0:
            s.visit[v, on.SEEN] = ctl[on.STAMP]
            if q.node[v, at.IS_PICKUP]:
                aboard += 1
            elif s.visit[q.node[v, at.PARTNER], on.SEEN] == ctl[on.STAMP]:
                aboard -= 1
            else:
                hards += 1
    return distance, stops, hards + max(reloads - q.kind[k, at.MAX_RELOADS], 0)


@kernel
def _not_for_reload(q, k, depot):
    for j in range(1, 1 + q.reload_depots[k, 0]):
        if q.reload_depots[k, j] == depot:
            return 0
    return 1


@kernel(inline=False)
def _scan_loads(q, s, k, visits, m):
    """Cost of what is carried above capacity, trip by trip."""
    cost = 0
    for d in range(q.num_dims):
        begin = 0
        while begin <= m:
            end, load = begin, 0
            while end < m and visits[end] >= q.num_depots:
                load += q.node[visits[end], on.DELIVERY + d]
                end += 1
            peak = load
            for i in range(begin, end):
                load += q.node[visits[i], q.change + d] - q.node[visits[i], on.DELIVERY + d]
                peak = max(peak, load)
            if peak > q.kind[k, on.CAPACITY + d]:
                cost += price(s.weight[on.W_LOAD + d], peak - q.kind[k, on.CAPACITY + d])
            begin = end + 1
    return cost


@kernel(inline=False)
def _scan_time(q, k, visits, m):
    """Duration and lateness of a route."""
    if q.many_windows:
        return _scan_windows(q, k, visits, m)
    f, u = q.kind[k, at.PROFILE], q.kind[k, at.START]
    whole = seg_goods(seg_start(q, k), trip_goods(q, visits, 0, m))
    for i in range(m):
        v = visits[i]
        _, travel = hop(q, f, u, v)
        if v >= q.num_depots:
            whole = seg_concat(whole, seg_client(q, v), 0, travel)
        else:
            whole = seg_concat(whole, seg_depot(q, v, True), 0, travel)
            whole = seg_goods(whole, trip_goods(q, visits, i + 1, m))
        u = v
    _, travel = hop(q, f, u, q.kind[k, at.END])
    whole = seg_concat(whole, seg_end(q, k), 0, travel)
    return whole[1], whole[4]


@kernel(inline=False)
def trip_goods(q, visits, begin, m):
    """Time at which the goods of the trip that begins at a position are ready."""
    goods, i = 0, begin
    while i < m and visits[i] >= q.num_depots:
        goods = max(goods, q.node[visits[i], at.RELEASE])
        i += 1
    return goods


@kernel(inline=False)
def _scan_windows(q, k, visits, m):
    """As `_scan_time`, for several time windows: late work begins when it still may."""
    f, u, warp = q.kind[k, at.PROFILE], q.kind[k, at.START], 0
    now = q.kind[k, at.SHIFT_EARLY]
    if u >= 0:
        now, warp = _at_depot(q, u, now, warp)
        now += q.node[u, at.SERVICE]
    now = max(now, trip_goods(q, visits, 0, m))
    for i in range(m):
        v = visits[i]
        _, travel = hop(q, f, u, v)
        now += travel
        if v >= q.num_depots:
            late = max(now - q.node[v, at.LATE], 0)
            now, warp = _in_window(q, v, now - late), warp + late
            now += q.node[v, at.SERVICE]
        else:
            now, warp = _at_depot(q, v, now, warp)
            now = max(now + q.node[v, at.SERVICE], trip_goods(q, visits, i + 1, m))
        u = v
    _, travel = hop(q, f, u, q.kind[k, at.END])
    now += travel
    if q.kind[k, at.END] >= 0:
        now, warp = _at_depot(q, q.kind[k, at.END], now, warp)
    warp += max(now - q.kind[k, at.SHIFT_LATE], 0)
    if warp > 0:
        return now - q.kind[k, at.SHIFT_EARLY] + warp, warp
    return now - _latest_begin(q, k, visits, m, now), 0


@kernel
def _in_window(q, v, now):
    """Start of service at client v for an arrival that is not too late."""
    for w in range(q.node[v, on.NUM_WINDOWS]):
        if now <= q.windows[v, 2 * w + 1]:
            return max(now, q.windows[v, 2 * w])
    return now


@kernel(inline=False)
def _latest_begin(q, k, visits, m, latest):
    """Latest start of a route that is in time and ends at ``latest`` all the same."""
    f, w = q.kind[k, at.PROFILE], q.kind[k, at.END]
    if w >= 0:
        latest = min(latest, q.node[w, at.LATE])
    for i in range(m - 1, -1, -1):
        v = visits[i]
        _, travel = hop(q, f, v, w)
        latest -= travel + q.node[v, at.SERVICE]
        if v < q.num_depots:
            latest = min(latest, q.node[v, at.LATE])
        else:
            j = q.node[v, on.NUM_WINDOWS] - 1
            while j > 0 and latest < q.windows[v, 2 * j]:
                j -= 1
            latest = min(latest, q.windows[v, 2 * j + 1])
        w = v
    depot = q.kind[k, at.START]
    _, travel = hop(q, f, depot, w)
    latest -= travel
    if depot >= 0:
        latest = min(latest - q.node[depot, at.SERVICE], q.node[depot, at.LATE])
    return max(q.kind[k, at.SHIFT_EARLY], min(latest, q.kind[k, at.SHIFT_LATE]))


@kernel
def _at_depot(q, depot, now, warp):
    now = max(now, q.node[depot, at.EARLY])
    late = max(now - q.node[depot, at.LATE], 0)
    return now - late, warp + late
