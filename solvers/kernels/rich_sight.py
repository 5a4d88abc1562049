"""What a move can know at first sight: arcs, and whether loads, times, and order fit.

The checks look at what is kept about the routes, in constant time (see `rich_routes`); a
move that passes them may still turn out not to be feasible when `rich_scan` sees it.
"""

from __future__ import annotations

from routewright.travel import UNREACHABLE

from . import kernel
from . import rich_columns as at
from .rich_places import loads_fit, order_fits
from .rich_routes import seg_before, seg_behind, seg_client
from .rich_travel import distance_of, leg, window_of
from .segments import seg_concat


@kernel
def arc_cost(p, k, i, j):
    """Cost of driving an arc with a vehicle of type k; very high where there is none."""
    if p.kind[k, at.PER_DURATION] == 0:
        distance = distance_of(p, p.kind[k, at.PROFILE], i, j)
        return UNREACHABLE if distance >= UNREACHABLE else distance * p.kind[k, at.PER_DISTANCE]
    distance, duration = leg(p, p.kind[k, at.PROFILE], i, j)
    if max(distance, duration) >= UNREACHABLE:
        return UNREACHABLE
    return distance * p.kind[k, at.PER_DISTANCE] + duration * p.kind[k, at.PER_DURATION]


@kernel
def cost_into(p, s, k, v):
    """Cost of the arc into client v, whose route is fresh and has a vehicle of type k."""
    if p.kind[k, at.PER_DURATION] == 0:
        return s.visit[v, at.ARC] * p.kind[k, at.PER_DISTANCE]
    return arc_cost(p, k, before_of(s, v), v)


@kernel
def cost_out_of(p, s, k, v):
    """Cost of the arc out of client v, whose route is fresh and has a vehicle of type k."""
    if p.kind[k, at.PER_DURATION] == 0:
        w = s.visit[v, at.NEXT]
        arc = s.visit[w, at.ARC] if w >= 0 else s.trip[s.visit[v, at.TRIP], at.LAST_ARC]
        return arc * p.kind[k, at.PER_DISTANCE]
    return arc_cost(p, k, v, after_of(s, v))


@kernel
def drives_alike(p, k, q):
    """Whether vehicles of types k and q end at the same depot and pay the same for arcs."""
    if k == q:
        return True
    a, b = p.kind[k], p.kind[q]
    same = a[at.END] == b[at.END] and a[at.PROFILE] == b[at.PROFILE]
    paid = a[at.PER_DISTANCE] == b[at.PER_DISTANCE] and a[at.PER_DURATION] == b[at.PER_DURATION]
    return same and paid


@kernel
def before_of(s, v):
    """Node before client v: a client, a depot, or -1."""
    u = s.visit[v, at.PREV]
    return u if u >= 0 else s.trip[s.visit[v, at.TRIP], at.FROM]


@kernel
def after_of(s, v):
    """Node after client v: a client, a depot, or -1."""
    u = s.visit[v, at.NEXT]
    return u if u >= 0 else s.trip[s.visit[v, at.TRIP], at.TO]


@kernel
def in_time(p, s, k, u, v, t_u, t_v):
    """Whether v can follow u, as early as u may be left and as late as v may be reached.

    u and v are clients, or -1 for the start of trip t_u and the end of trip t_v.
    """
    if not p.timed:
        return True
    i = u if u >= 0 else s.trip[t_u, at.FROM]
    j = v if v >= 0 else s.trip[t_v, at.TO]
    ready = s.visit[u, at.READY] if u >= 0 else s.trip[t_u, at.LEAVES]
    latest = s.visit[v, at.LATEST] if v >= 0 else s.trip[t_v, at.RETURNS]
    _, travel = leg(p, p.kind[k, at.PROFILE], i, j)
    return ready + travel <= latest


@kernel
def in_order(s, u, v):
    """Whether no backhaul up to u comes before a linehaul from v on."""
    return u < 0 or v < 0 or not (s.visit[u, at.FLAGS] & 1 and s.visit[v, at.FLAGS] & 2)


@kernel
def tails_fit(p, s, k, t, u, t_from, y, v):
    """Whether trip t up to u has room for what follows y (v and on) in another trip."""
    for d in range(p.num_dims):
        brought = s.load[u, d, 3] if u >= 0 else 0
        taken = s.load[u, d, 4] if u >= 0 else 0
        ahead = s.trip_load[t_from, d, 0] - (s.load[y, d, 3] if y >= 0 else 0)
        # The beginning carries the goods of its new tail, not those of its old one.
        most = s.load[u, d, 1] if u >= 0 else s.trip_load[t, d, 0]
        most += ahead - (s.trip_load[t, d, 0] - brought)
        if v >= 0:
            behind = s.load[v, d, 2] - (s.load[y, d, 4] if y >= 0 else 0) + taken
            most = max(most, behind)
        if most > p.capacity[k, d]:
            return False
    return True


@kernel
def is_long(p, k, t, s):
    """Whether a route of type k may take too long with other clients in trip t.

    Where goods are released in time, a trip that leaves later may even be shorter.
    """
    return p.segments and p.kind[k, at.HEAVY] and s.trip[t, at.READY_GOODS] == 0


@kernel
def is_too_long(p, k, route):
    """Whether the segment of a route of type k takes longer than it may."""
    return route[4] > 0 or route[1] - p.kind[k, at.MAX_DURATION] > p.kind[k, at.MAX_OVERTIME]


@kernel
def tails_last(p, s, ka, kb, tu, u, tv, v):
    """Whether the route up to u with what is behind v takes no longer than it may."""
    if not is_long(p, ka, tu, s) or s.trip[tv, at.READY_GOODS] > 0:
        return True
    # What is behind v is known as a vehicle like the first one drives it to its end.
    if p.kind[ka, at.FAMILY] != p.kind[kb, at.FAMILY]:
        return True
    if s.trip[tu, at.AFTER] >= 0 or s.trip[tv, at.AFTER] >= 0:
        return True
    i = u if u >= 0 else s.trip[tu, at.FROM]
    j = v if v >= 0 else s.trip[tv, at.TO]
    distance, travel = leg(p, p.kind[ka, at.PROFILE], i, j)
    return not is_too_long(
        p, ka, seg_concat(seg_before(s, tu, u), seg_behind(s, tv, v), distance, travel)
    )


@kernel
def fits_beside(p, s, rb, a, length, v, after):
    """Whether a string has room and time beside v of another route."""
    t, k = s.visit[v, at.TRIP], s.route[rb, at.TYPE]
    u = v if after else s.visit[v, at.PREV]
    w = s.visit[v, at.NEXT] if after else v
    c = a
    for _ in range(length):
        if not p.may_serve[k, c] or (p.num_dims > 0 and not loads_fit(p, s, c, t, k, u)):
            return False
        if p.backhaul > 0 and not order_fits(p, s, c, t, u, w):
            return False
        c = s.visit[c, at.NEXT]
    return not p.timed or is_served_between(p, s, k, t, u, w, a, length)


@kernel
def is_served_between(p, s, k, t, u, w, c, length):
    """Whether client c and those that follow it can be served between u and w of trip t."""
    i = u if u >= 0 else s.trip[t, at.FROM]
    now = s.visit[u, at.READY] if u >= 0 else s.trip[t, at.LEAVES]
    is_slow, whole = is_long(p, k, t, s), seg_before(s, t, u)
    for _ in range(length):
        distance, travel = leg(p, p.kind[k, at.PROFILE], i, c)
        start = window_of(p, c, now + travel)
        if start == at.NEVER:
            return False
        now = start + p.node[c, at.SERVICE]
        if is_slow:
            whole = seg_concat(whole, seg_client(p, c), distance, travel)
            is_slow = p.node[c, at.RELEASE] == 0
        i, c = c, s.visit[c, at.NEXT]
    j = w if w >= 0 else s.trip[t, at.TO]
    distance, travel = leg(p, p.kind[k, at.PROFILE], i, j)
    if now + travel > (s.visit[w, at.LATEST] if w >= 0 else s.trip[t, at.RETURNS]):
        return False
    if not is_slow:
        return True
    return not is_too_long(p, k, seg_concat(whole, seg_behind(s, t, w), distance, travel))


@kernel
def takes_place(p, s, k, c, w):
    """Whether client c can be on time in the place of client w, and what follows as well."""
    if not p.timed:
        return True
    t, u, v = s.visit[w, at.TRIP], s.visit[w, at.PREV], s.visit[w, at.NEXT]
    return is_served_between(p, s, k, t, u, v, c, 1)


@kernel
def turns_in_time(p, s, k, a, b, side):
    """Whether what lies between can be turned around, at first sight."""
    if not p.timed:
        return True
    f = p.kind[k, at.PROFILE]
    u, first, last = (
        (a, b, s.visit[a, at.NEXT])
        if side == 0
        else (
            s.visit[a, at.PREV],
            s.visit[b, at.PREV],
            a,
        )
    )
    t = s.visit[a, at.TRIP]
    ready = s.visit[u, at.READY] if u >= 0 else s.trip[t, at.LEAVES]
    _, travel = leg(p, f, u if u >= 0 else s.trip[t, at.FROM], first)
    start = window_of(p, first, ready + travel)
    if start == at.NEVER:
        return False
    now = start + p.node[first, at.SERVICE]
    _, travel = leg(p, f, first, last)
    return now + travel <= p.node[last, at.LATE]
