"""One route from end to end: whether it is feasible, how long it is and how long it takes.

Slower than what segments know, and exact for everything: for clients with several time
windows, and for routes that are not yet in the plan.
"""

from __future__ import annotations

from routewright.travel import UNREACHABLE

from . import kernel
from . import rich_columns as at
from .rich_travel import costs_of, latest_start, leg, window_of


@kernel(inline=False)
def scan_cost(p, k, visits, m):
    """Cost of a route of type k, or NEVER if it breaks a rule.

    ``visits[:m]`` are clients, and between two trips the depot of the reload.
    """
    distance = _scan_distance(p, k, visits, m)
    if distance < 0 or not _loads_fit(p, k, visits, m):
        return at.NEVER
    duration = 0
    if p.timed:
        late, duration = shortest_time(p, k, visits, m)
        if late:
            return at.NEVER
    return costs_of(p, k, distance, duration)


@kernel
def _scan_distance(p, k, visits, m):
    """Distance of a route; -1 if a rule without numbers is broken, or an arc is missing."""
    f, u, distance, stops, reloads = p.kind[k, at.PROFILE], p.kind[k, at.START], 0, 0, 0
    seen = 0
    for i in range(m):
        v = visits[i]
        d, travel = leg(p, f, u, v)
        if max(d, travel) >= UNREACHABLE:
            return -1
        distance += d
        u = v
        if v < p.num_depots:
            reloads += 1
            if p.backhaul == 2 and seen == at.BACKHAUL:
                return -1
            seen = 0
            continue
        stops += 1
        if not p.may_serve[k, v]:
            return -1
        if p.backhaul > 0:
            if seen & at.BACKHAUL and p.node[v, at.KIND] & at.LINEHAUL:
                return -1
            seen |= p.node[v, at.KIND]
    if p.backhaul == 2 and seen == at.BACKHAUL:
        return -1
    d, travel = leg(p, f, u, p.kind[k, at.END])
    if max(d, travel) >= UNREACHABLE:
        return -1
    if stops > p.kind[k, at.MAX_STOPS] or reloads > p.kind[k, at.MAX_RELOADS]:
        return -1
    return distance + d


@kernel
def _loads_fit(p, k, visits, m):
    """Whether the loads of all trips fit."""
    for d in range(p.num_dims):
        begin = 0
        while begin <= m:
            end, load = begin, 0
            while end < m and visits[end] >= p.num_depots:
                load += p.delivery[visits[end], d]
                end += 1
            if load > p.capacity[k, d]:
                return False
            for i in range(begin, end):
                load += p.change[visits[i], d] - p.delivery[visits[i], d]
                if load > p.capacity[k, d]:
                    return False
            begin = end + 1
    return True


@kernel(inline=False)
def shortest_time(p, k, visits, m):
    """Whether a route is late even if it starts at once, and its shortest duration.

    The end of a route is a nondecreasing function of its start with slopes 0 and 1. The
    last start of each flat piece is the best of it, and all starts of a steep piece are
    equal: so the pieces are visited one after the other.
    """
    begin, latest_begin = p.kind[k, at.SHIFT_EARLY], p.kind[k, at.SHIFT_LATE]
    late, end, room = _simulate(p, k, visits, m, begin)
    if late:
        return 1, 0
    if not p.kind[k, at.HEAVY]:
        return 0, 0
    shortest = at.NEVER
    while not late and begin <= latest_begin:
        begin = _latest_begin(p, k, visits, m, begin, end)
        shortest = min(shortest, end - begin)
        begin += 1
        late, end, room = _simulate(p, k, visits, m, begin)
        if not late and room > 0:
            shortest = min(shortest, end - begin)
            begin += room + 1
            late, end, room = _simulate(p, k, visits, m, begin)
    return 0, shortest


@kernel(inline=False)
def _simulate(p, k, visits, m, now):
    """Run a route from a start: whether it is late, its end, and its room without waiting.

    The room is by how much a start can be later so that no wait begins or ends and no
    window changes, provided that nothing waits; 0 if something does.
    """
    f, u, late, room, waits = p.kind[k, at.PROFILE], p.kind[k, at.START], 0, at.NEVER, 0
    room = min(room, p.kind[k, at.SHIFT_LATE] - now)
    i = -1
    while i <= m:
        v = p.kind[k, at.END] if i == m else u if i < 0 else visits[i]
        if i >= 0:
            _, travel = leg(p, f, u, v)
            now += travel
        if v >= p.num_depots:
            start = window_of(p, v, now)
            if start == at.NEVER:
                return 1, now, 0
            room = min(room, _room(p, v, start))
        elif v >= 0:
            start = max(now, p.node[v, at.EARLY])
            late |= start > p.node[v, at.LATE]
            room = min(room, p.node[v, at.LATE] - start)
        else:
            start = now
        waits |= start > now
        now = start
        if i < m and v >= 0:
            now += p.node[v, at.SERVICE]
        if i < 0 or (i < m and v < p.num_depots):
            goods = _goods(p, visits, i + 1, m)
            waits |= goods > now
            now = max(now, goods)
        u = v
        i += 1
    late |= now > p.kind[k, at.SHIFT_LATE]
    room = min(room, p.kind[k, at.SHIFT_LATE] - now)
    return late, now, 0 if waits else max(room, 0)


@kernel
def _room(p, v, start):
    """How much later than ``start`` service may start within the same window."""
    if not p.many_windows:
        return p.node[v, at.LATE] - start
    for w in range(p.window_start[v], p.window_start[v + 1]):
        if start <= p.window_late[w]:
            return p.window_late[w] - start
    return 0


@kernel
def _goods(p, visits, begin, m):
    """Time at which the goods of the trip that begins at a position are ready."""
    goods, i = 0, begin
    while i < m and visits[i] >= p.num_depots:
        goods = max(goods, p.node[visits[i], at.RELEASE])
        i += 1
    return goods


@kernel(inline=False)
def _latest_begin(p, k, visits, m, begin, end):
    """Latest start of a route, not before ``begin``, that ends at ``end`` all the same."""
    f, w = p.kind[k, at.PROFILE], p.kind[k, at.END]
    latest = end
    if w >= 0:
        latest = min(latest, p.node[w, at.LATE])
    for i in range(m - 1, -1, -1):
        v = visits[i]
        _, travel = leg(p, f, v, w)
        latest -= travel
        if v >= p.num_depots:
            latest = latest_start(p, v, latest - p.node[v, at.SERVICE])
        else:
            latest = min(latest - p.node[v, at.SERVICE], p.node[v, at.LATE])
        w = v
    depot = p.kind[k, at.START]
    _, travel = leg(p, f, depot, w)
    latest -= travel
    if depot >= 0:
        latest = min(latest - p.node[depot, at.SERVICE], p.node[depot, at.LATE])
    return max(begin, min(latest, p.kind[k, at.SHIFT_LATE]))
