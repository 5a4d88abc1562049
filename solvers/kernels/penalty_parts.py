"""What a move changes: the contents of one or two trips, each as a few parts.

Moves know geometry and describe a trip by parts, paths of clients that are in some trip
now (or a client that is in none). Here the parts are added up, from cheap to dear; what
cannot beat the limit is not looked at further.

References
----------
Vidal, T., Crainic, T. G., Gendreau, M., & Prins, C. (2014). A unified solution framework
for multi-attribute vehicle routing problems. *European Journal of Operational Research*,
234(3), section 4.
"""

from __future__ import annotations

from . import kernel
from . import penalty_columns as on
from . import rich_columns as at
from .penalty_routes import count_client, set_route
from .penalty_rows import row_at, seg_client
from .penalty_scan import distance_cost, hop, other_cost, price, scan_value, seg_goods, time_cost
from .segments import seg_concat


@kernel
def clear(s, side):
    """Begin to describe the content of a trip."""
    s.ctl[on.PARTS + side] = 0


@kernel
def push(s, side, first, last):
    """Add the path from one client to another one of its trip; nothing if one is -1."""
    if first >= 0 and last >= 0:
        part = s.part[side, s.ctl[on.PARTS + side]]
        part[0], part[1], part[2] = first, last, 0
        s.ctl[on.PARTS + side] += 1


@kernel
def push_back(s, side, first, last):
    """Add the path from a client backwards to another one."""
    push(s, side, first, last)
    if first >= 0 and last >= 0:
        s.part[side, s.ctl[on.PARTS + side] - 1, 2] = 1


@kernel
def push_head(s, side, t, v):
    """Add the start of trip t up to client v; nothing if v is -1."""
    push(s, side, s.trip[t, on.HEAD], v)


@kernel
def push_tail(s, side, t, v):
    """Add the rest of trip t from client v on; nothing if v is -1."""
    push(s, side, v, s.trip[t, on.TAIL])


@kernel
def _step(s, v, back):
    return s.visit[v, on.PREV] if back else s.visit[v, on.NEXT]


@kernel
def _same_profile(q, s, v, f):
    """Whether what is known of client v in its trip holds for profile f."""
    if q.one_profile:
        return True
    return q.kind[s.route[s.trip[s.visit[v, on.TRIP], on.ROUTE], on.TYPE], at.PROFILE] == f


@kernel
def _distance(q, s, t, k, side):
    """Distance of trip t with its new content, and how many clients it has."""
    f, u, total, count = q.kind[k, at.PROFILE], s.trip[t, on.FROM], 0, 0
    for i in range(s.ctl[on.PARTS + side]):
        a, b, back = s.part[side, i, 0], s.part[side, i, 1], s.part[side, i, 2]
        d, _ = hop(q, f, u, a)
        total, u, count = total + d, b, count + 1
        if a == b:
            continue
        count += abs(s.visit[b, on.POSITION] - s.visit[a, on.POSITION])
        if not _same_profile(q, s, a, f):
            while a != b:
                c = _step(s, a, back)
                d, _ = hop(q, f, a, c)
                total, a = total + d, c
        elif back:
            total += s.visit[a, on.BACK] - s.visit[b, on.BACK]
        else:
            total += s.visit[b, on.CUM] - s.visit[a, on.CUM]
    d, _ = hop(q, f, u, s.trip[t, on.TO])
    return total + d, count


@kernel
def _load_cost(q, s, k, side):
    """Cost of the loads of the new content."""
    cost = 0
    for d in range(q.num_dims):
        delivery, change, peak = 0, 0, 0
        for i in range(s.ctl[on.PARTS + side]):
            a, b, back = s.part[side, i, 0], s.part[side, i, 1], s.part[side, i, 2]
            if a != b and s.visit[a, on.PREV] < 0 and not back:
                rows = s.visit[b, on.LOADS + 6 * d :]
                x, y, z = rows[0], rows[1], rows[2]
            elif a != b and s.visit[b, on.NEXT] < 0 and not back:
                rows = s.visit[a, on.LOADS + 6 * d :]
                x, y, z = rows[3], rows[4], rows[5]
            elif a != b and q.deliveries_only:
                if back:
                    a, b = b, a
                column = on.LOADS + 6 * d
                x = s.visit[b, column] - s.visit[a, column] + q.node[a, on.DELIVERY + d]
                y, z = 0, x
            else:
                x, y = q.node[a, on.DELIVERY + d], q.node[a, q.change + d]
                z = max(x, y)
                while a != b:
                    a = _step(s, a, back)
                    own = max(q.node[a, on.DELIVERY + d], q.node[a, q.change + d])
                    z = max(z + q.node[a, on.DELIVERY + d], own + y)
                    x, y = x + q.node[a, on.DELIVERY + d], y + q.node[a, q.change + d]
            peak = max(peak + x, z + change)
            delivery, change = delivery + x, change + y
        if peak > q.kind[k, on.CAPACITY + d]:
            cost += price(s.weight[on.W_LOAD + d], peak - q.kind[k, on.CAPACITY + d])
    return cost


@kernel
def _goods(q, s, side):
    """When the goods of the new content are ready."""
    goods = 0
    for i in range(s.ctl[on.PARTS + side]):
        a, b, back = s.part[side, i, 0], s.part[side, i, 1], s.part[side, i, 2]
        if a != b and s.visit[a, on.PREV] < 0 and not back:
            goods = max(goods, s.visit[b, on.GOODS])
        elif a != b and s.visit[b, on.NEXT] < 0 and not back:
            goods = max(goods, s.visit[a, on.GOODS_ON])
        else:
            goods = max(goods, q.node[a, at.RELEASE])
            while a != b:
                a = _step(s, a, back)
                goods = max(goods, q.node[a, at.RELEASE])
    return goods


@kernel
def _time_cost(q, s, t, k, side, limit):
    """Cost of the duration and lateness of a route with a new content of trip t."""
    f, u = q.kind[k, at.PROFILE], s.trip[t, on.FROM]
    whole = row_at(s.trip, t, on.DONE)
    if q.released:
        whole = seg_goods(whole, _goods(q, s, side))
    for i in range(s.ctl[on.PARTS + side]):
        a, b, back = s.part[side, i, 0], s.part[side, i, 1], s.part[side, i, 2]
        _, travel = hop(q, f, u, a)
        u = b
        if a == b:
            whole = seg_concat(whole, seg_client(q, a), 0, travel)
            continue
        known = not back and _same_profile(q, s, a, f)
        if known and s.visit[a, on.PREV] < 0:
            whole = seg_concat(whole, row_at(s.visit, b, on.SEG), 0, travel)
        elif known and s.visit[b, on.NEXT] < 0:
            whole = seg_concat(whole, row_at(s.visit, a, on.SEG_ON), 0, travel)
        else:
            whole = seg_concat(whole, seg_client(q, a), 0, travel)
            while a != b:
                c = _step(s, a, back)
                _, travel = hop(q, f, a, c)
                whole = seg_concat(whole, seg_client(q, c), 0, travel)
                a = c
        if price(s.weight[on.W_TIME], whole[4]) >= limit:
            return at.NEVER
    _, travel = hop(q, f, u, s.trip[t, on.TO])
    whole = seg_concat(whole, row_at(s.trip, t, on.REST), 0, travel)
    return time_cost(q, s, k, whole[1], whole[4])


@kernel
def _forbidden(q, s, k, side):
    """Clients of the new content that the vehicle may not serve."""
    count = 0
    for i in range(s.ctl[on.PARTS + side]):
        a, b, back = s.part[side, i, 0], s.part[side, i, 1], s.part[side, i, 2]
        t = s.visit[a, on.TRIP]
        count += 0 if q.may_serve[k, a] else 1
        if a == b:
            continue
        if s.route[s.trip[t, on.ROUTE], on.TYPE] == k and not back:
            count += s.visit[b, on.FORBIDDEN] - s.visit[a, on.FORBIDDEN]
            continue
        while a != b:
            a = _step(s, a, back)
            count += 0 if q.may_serve[k, a] else 1
    return count


@kernel(inline=False)
def _route_value(q, s, t, side, within, limit):
    """Cost of the route of trip t with its new content; NEVER if not below the limit.

    ``within`` says that the content has the same clients as now.
    """
    if s.ctl[on.PARTS + side] == 0:
        return 0 if limit > 0 else at.NEVER
    r = s.trip[t, on.ROUTE]
    route, k = s.route[r], s.route[r, on.TYPE]
    distance, count = _distance(q, s, t, k, side)
    distance += route[on.DISTANCE] - s.trip[t, on.T_DISTANCE]
    cost = distance_cost(q, s, k, distance)
    if cost >= limit:
        return at.NEVER
    hards = route[on.HARDS]
    if q.limited and not within:
        hards += _forbidden(q, s, k, side) - s.trip[t, on.T_FORBIDDEN]
    stops = route[on.STOPS] - s.trip[t, on.SIZE] + count
    cost += other_cost(q, s, k, stops, hards) + route[on.LOAD_COST]
    if q.num_dims > 0 and not (within and q.deliveries_only):
        cost += _load_cost(q, s, k, side) - s.trip[t, on.T_LOAD_COST]
    if cost >= limit:
        return at.NEVER
    if q.timed:
        cost += _time_cost(q, s, t, k, side, limit - cost)
    return cost if cost < limit else at.NEVER


@kernel
def delta_parts(q, s, t, t2):
    """Change in cost with the new contents of trips t and t2 (-1: none); NEVER if not below 0.

    If there is no t2, the content of t has the same clients as before.
    """
    return delta_below(q, s, t, t2, t2 < 0, 0)


@kernel(inline=False)
def delta_below(q, s, t, t2, within, limit):
    """As `delta_parts`; NEVER if not below the limit."""
    s.ctl[on.EVALUATIONS] += 1
    r = s.trip[t, on.ROUTE]
    r2 = s.trip[t2, on.ROUTE] if t2 >= 0 else r
    old = s.route[r, on.COST] + (s.route[r2, on.COST] if r2 != r else 0)
    whole = q.scan or (t2 >= 0 and r == r2)
    whole = whole or (s.ctl[on.PARTS] == 0 and s.route[r, on.TRIPS] > 1)
    whole = whole or (t2 >= 0 and s.ctl[on.PARTS_2] == 0 and s.route[r2, on.TRIPS] > 1)
    if whole:
        now = _scanned(q, s, r, t, t2)
        if r2 != r and now < at.NEVER:
            now += _scanned(q, s, r2, t, t2)
    else:
        now = _route_value(q, s, t, 0, within, old + limit)
        if t2 >= 0 and now < at.NEVER:
            now += _route_value(q, s, t2, 1, False, old + limit - now)
    return now - old if now - old < limit else at.NEVER


@kernel(inline=False)
def _scanned(q, s, r, t, t2):
    m = write_route(q, s, r, t, t2, s.buffer[0])
    cost, _, _, _, _ = scan_value(q, s, s.route[r, on.TYPE], s.buffer[0], m)
    return cost


@kernel(inline=False)
def write_route(q, s, r, t, t2, out):
    """Write route r with the new contents of trips t and t2; returns how many visits there are."""
    m, trip = 0, s.route[r, on.FIRST]
    while trip >= 0:
        if trip == t or trip == t2:
            side = 0 if trip == t else 1
            if m > 0 and s.ctl[on.PARTS + side] > 0:
                out[m] = s.trip[trip, on.FROM]
                m += 1
            for i in range(s.ctl[on.PARTS + side]):
                a, b, back = s.part[side, i, 0], s.part[side, i, 1], s.part[side, i, 2]
                out[m] = a
                m += 1
                while a != b:
                    a = _step(s, a, back)
                    out[m] = a
                    m += 1
        else:
            if m > 0:
                out[m] = s.trip[trip, on.FROM]
                m += 1
            v = s.trip[trip, on.HEAD]
            while v >= 0:
                out[m] = v
                m += 1
                v = s.visit[v, on.NEXT]
        trip = s.trip[trip, on.AFTER]
    return m


@kernel(inline=False)
def apply_parts(q, s, t, t2):
    """Give trips t and t2 (-1: none) their new contents."""
    r = s.trip[t, on.ROUTE]
    r2 = s.trip[t2, on.ROUTE] if t2 >= 0 else r
    s.ctl[on.MOVES] += 1
    k, k2, m2 = s.route[r, on.TYPE], s.route[r2, on.TYPE], 0
    m = write_route(q, s, r, t, t2, s.buffer[0])
    if r2 != r:
        m2 = write_route(q, s, r2, t, t2, s.buffer[1])
    set_route(q, s, r, k, s.buffer[0], m)
    if r2 != r:
        set_route(q, s, r2, k2, s.buffer[1], m2)


@kernel
def exchange_presence(q, s, gone, came):
    """A client is not visited any more, and another one is (-1: none)."""
    if gone >= 0:
        count_client(q, s, gone, -1)
        s.visit[gone, on.TRIP] = s.visit[gone, on.PREV] = s.visit[gone, on.NEXT] = -1
    if came >= 0:
        count_client(q, s, came, 1)
