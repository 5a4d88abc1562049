"""Places for both ends of a shipment, in one trip, the pickup first."""

from __future__ import annotations

from routewright.travel import UNREACHABLE

from . import kernel
from . import rich_columns as at
from .rich_places import copy_with
from .rich_scan import scan_cost
from .rich_travel import leg, window_of


@kernel
def _room(p, s, a, t, k, u):
    """Whether what is picked up at a fits aboard on leaving u (-1: the start of trip t)."""
    for d in range(p.num_dims):
        load = s.load[u, d, 0] if u >= 0 else s.trip_load[t, d, 0]
        if load + p.change[a, d] > p.capacity[k, d]:
            return False
    return True


@kernel
def _arc(s, t, v):
    """Distance of the arc into v, or of the last arc of the trip (-1)."""
    return s.visit[v, at.ARC] if v >= 0 else s.trip[t, at.LAST_ARC]


@kernel
def _latest(s, t, v):
    return s.visit[v, at.LATEST] if v >= 0 else s.trip[t, at.RETURNS]


@kernel(inline=False)
def delta_pair(p, s, a, b, t, r, k, exact, limit):
    """Cheapest places for the shipment a -> b in trip t: (change, after u, after w).

    ``exact`` asks for a check of each whole route: where durations, limits, or loads of
    their own make the sum of arcs too little to know. NEVER if no place is below the limit.
    """
    best, best_u, best_w = limit, -1, -1
    f, trip = p.kind[k, at.PROFILE], s.trip[t]
    unit = p.kind[k, at.PER_DISTANCE]
    u, v = -1, trip[at.HEAD]
    while True:
        x = u if u >= 0 else trip[at.FROM]
        y = v if v >= 0 else trip[at.TO]
        d_in, t_in = leg(p, f, x, a)
        d_out, t_out = leg(p, f, a, y)
        now, first = 0, d_in + d_out - _arc(s, t, v)
        possible = d_in < UNREACHABLE and _room(p, s, a, t, k, u)
        if p.timed and possible:
            ready = s.visit[u, at.READY] if u >= 0 else trip[at.LEAVES]
            now = window_of(p, a, ready + t_in)
            if now == at.NEVER:
                if ready > p.node[a, at.LATE]:
                    break
                possible = False
            now += p.node[a, at.SERVICE]
        if possible:
            d_ab, t_ab = leg(p, f, a, b)
            d_by, t_by = leg(p, f, b, y)
            delta = (d_in + d_ab + d_by - _arc(s, t, v)) * unit
            if max(d_ab, d_by) < UNREACHABLE and delta < best:
                if _in_time(p, s, t, b, v, now, t_ab, t_by):
                    delta = _checked(p, s, a, b, t, r, k, u, u, delta, exact)
                    if delta < best:
                        best, best_u, best_w = delta, u, u
            if d_out < UNREACHABLE and v >= 0 and first * unit < best:
                delta, w = _later(p, s, a, b, t, r, k, u, v, now + t_out, first, exact, best)
                if delta < best:
                    best, best_u, best_w = delta, u, w
        if v < 0:
            break
        u, v = v, s.visit[v, at.NEXT]
    return (best if best < limit else at.NEVER), best_u, best_w


@kernel
def _in_time(p, s, t, b, y, now, t_in, t_out):
    """Whether b can be served after leaving at ``now``, and what follows (y) after it."""
    if not p.timed:
        return True
    if max(t_in, t_out) >= UNREACHABLE:
        return False
    start = window_of(p, b, now + t_in)
    return start != at.NEVER and start + p.node[b, at.SERVICE] + t_out <= _latest(s, t, y)


@kernel(inline=False)
def _later(p, s, a, b, t, r, k, u, v, arrival, first, exact, limit):
    """Cheapest place for b after client v or later, with a right before v."""
    best, best_w, w, f = limit, -1, v, p.kind[k, at.PROFILE]
    unit = p.kind[k, at.PER_DISTANCE]
    while w >= 0:
        now = 0
        if not _room(p, s, a, t, k, w):
            break
        if p.timed:
            if arrival > s.visit[w, at.LATEST]:
                break
            now = window_of(p, w, arrival) + p.node[w, at.SERVICE]
        x = s.visit[w, at.NEXT]
        y = x if x >= 0 else s.trip[t, at.TO]
        d_in, t_in = leg(p, f, w, b)
        d_out, t_out = leg(p, f, b, y)
        delta = (first + d_in + d_out - _arc(s, t, x)) * unit
        if max(d_in, d_out) < UNREACHABLE and delta < best:
            if _in_time(p, s, t, b, x, now, t_in, t_out):
                delta = _checked(p, s, a, b, t, r, k, u, w, delta, exact)
                if delta < best:
                    best, best_w = delta, w
        if p.timed and x >= 0:
            _, travel = leg(p, f, w, x)
            arrival = now + travel
        w = x
    return best, best_w


@kernel
def _checked(p, s, a, b, t, r, k, u, w, delta, exact):
    """The change in cost as it is, where the sum of arcs does not tell."""
    if not exact:
        return delta
    m = copy_with(s, r, t, u, a, w, b)
    cost = scan_cost(p, k, s.lists[at.BUFFER], m)
    return at.NEVER if cost == at.NEVER else cost - s.route[r, at.COST]
