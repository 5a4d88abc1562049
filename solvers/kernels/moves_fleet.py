"""Moves of whole routes: other vehicles, and more or fewer reloads."""

from __future__ import annotations

from . import kernel
from . import penalty_columns as on
from . import rich_columns as at
from .penalty_parts import clear, push_head, push_tail, write_route
from .penalty_routes import copy_route, set_route
from .penalty_scan import scan_value


@kernel
def _cost_with(q, s, k, visits, m):
    s.ctl[on.EVALUATIONS] += 1
    cost, _, _, _, _ = scan_value(q, s, k, visits, m)
    return cost


@kernel
def _put(q, s, r, k, visits, m):
    s.ctl[on.MOVES] += 1
    set_route(q, s, r, k, visits, m)


@kernel(inline=False)
def try_type(q, s, r):
    """Run route r by the type of vehicle that costs least."""
    best, kind, m = s.route[r, on.COST], -1, copy_route(s, r, s.buffer[0])
    for k in range(q.num_types):
        if k == s.route[r, on.TYPE] or s.route[k, on.USED] >= q.kind[k, at.AVAILABLE]:
            continue
        cost = _cost_with(q, s, k, s.buffer[0], m)
        if cost < best:
            best, kind = cost, k
    if kind < 0:
        return False
    _put(q, s, r, kind, s.buffer[0], m)
    return True


@kernel(inline=False)
def try_exchange_types(q, s, r, r2):
    """Exchange the vehicles of two routes."""
    k, k2 = s.route[r, on.TYPE], s.route[r2, on.TYPE]
    if k == k2:
        return False
    m, m2 = copy_route(s, r, s.buffer[0]), copy_route(s, r2, s.buffer[1])
    room = s.route[r, on.COST] + s.route[r2, on.COST]
    room -= _cost_with(q, s, k2, s.buffer[0], m)
    if room <= 0 or _cost_with(q, s, k, s.buffer[1], m2) >= room:
        return False
    _put(q, s, r, k2, s.buffer[0], m)
    _put(q, s, r2, k, s.buffer[1], m2)
    return True


@kernel(inline=False)
def improve_fleet(q, s, since):
    """Try other vehicles for the routes that have changed; whether one was better."""
    found = False
    for r in range(q.num_types, len(s.route)):
        if s.route[r, on.FIRST] < 0:
            continue
        if s.route[r, on.CHANGED] > since and try_type(q, s, r):
            found = True
        for r2 in range(q.num_types, r):
            changed = max(s.route[r, on.CHANGED], s.route[r2, on.CHANGED]) > since
            if s.route[r2, on.FIRST] >= 0 and changed and try_exchange_types(q, s, r, r2):
                found = True
    return found


# Reloads ------------------------------------------------------------------------------------


@kernel
def _insert_depot(out, m, i, depot):
    """Put a reload before position i; returns how many visits there are."""
    for j in range(m, i, -1):
        out[j] = out[j - 1]
    out[i] = depot
    return m + 1


@kernel
def _delete(out, m, i):
    for j in range(i, m - 1):
        out[j] = out[j + 1]
    return m - 1


@kernel(inline=False)
def improve_reloads(q, s, r):
    """Add, leave out, or exchange the reload of route r that is best; whether one was."""
    k, out = s.route[r, on.TYPE], s.buffer[0]
    best, what, where, which = s.route[r, on.COST], 0, -1, -1
    m = copy_route(s, r, out)
    for i in range(1, m):
        now = out[i]
        if now < q.num_depots:
            m = _delete(out, m, i)
            cost = _cost_with(q, s, k, out, m)
            if cost < best:
                best, what, where = cost, 1, i
            m = _insert_depot(out, m, i, now)
        elif out[i - 1] < q.num_depots or s.route[r, on.TRIPS] > q.kind[k, at.MAX_RELOADS]:
            continue
        for j in range(1, 1 + q.reload_depots[k, 0]):
            depot = q.reload_depots[k, j]
            if now < q.num_depots:
                out[i] = depot
            else:
                m = _insert_depot(out, m, i, depot)
            cost = _cost_with(q, s, k, out, m)
            if cost < best:
                best, what, where, which = cost, 2 if now < q.num_depots else 3, i, depot
            if now < q.num_depots:
                out[i] = now
            else:
                m = _delete(out, m, i)
    if what == 0:
        return False
    if what == 1:
        m = _delete(out, m, where)
    elif what == 2:
        out[where] = which
    else:
        m = _insert_depot(out, m, where, which)
    _put(q, s, r, k, out, m)
    return True


@kernel(inline=False)
def try_new_trip(q, s, u, t2):
    """Move client u to a trip of its own behind trip t2 (of a vehicle that may reload)."""
    r2, t = s.trip[t2, on.ROUTE], s.visit[u, on.TRIP]
    r, k2, k = s.trip[t, on.ROUTE], s.route[s.trip[t2, on.ROUTE], on.TYPE], 0
    k = s.route[r, on.TYPE]
    if s.route[r2, on.TRIPS] > q.kind[k2, at.MAX_RELOADS] or (t == t2 and s.trip[t, on.SIZE] == 1):
        return False
    clear(s, 0)
    clear(s, 1)
    push_head(s, 0, t, s.visit[u, on.PREV])
    push_tail(s, 0, t, s.visit[u, on.NEXT])
    m, room = 0, 0
    if r != r2:
        m = write_route(q, s, r, t, -1, s.buffer[0])
        room = s.route[r, on.COST] - _cost_with(q, s, k, s.buffer[0], m)
    out, last = s.buffer[1], s.trip[t2, on.TAIL]
    m2 = write_route(q, s, r2, t if r == r2 else -1, -1, out)
    if last == u:
        last = s.visit[u, on.PREV]
    i = 0
    while i < m2 and out[i] != last:
        i += 1
    if i == m2:
        return False
    m2 = _insert_depot(out, m2, i + 1, 0)
    m2 = _insert_depot(out, m2, i + 2, u)
    best, which = s.route[r2, on.COST] + room, -1
    for j in range(1, 1 + q.reload_depots[k2, 0]):
        out[i + 1] = q.reload_depots[k2, j]
        cost = _cost_with(q, s, k2, out, m2)
        if cost < best:
            best, which = cost, q.reload_depots[k2, j]
    if which < 0:
        return False
    out[i + 1] = which
    if r != r2:
        _put(q, s, r, k, s.buffer[0], m)
    _put(q, s, r2, k2, out, m2)
    return True
