"""Changing the plan of the general search, and taking changes back.

An iteration saves a route when it first changes it; `undo` restores the saved routes and
nothing else, so that no iteration costs more than what it changes.
"""

from __future__ import annotations

from . import kernel
from . import rich_columns as at
from .rich_routes import update_route


@kernel
def fresh(p, s, r):
    """Make sure that what is derived about route r is up to date."""
    if not s.route[r, at.FRESH]:
        update_route(p, s, r)


@kernel
def begin_iteration(s):
    """Forget what the last iteration changed."""
    ctl = s.ctl
    ctl[at.STAMP] += 1
    ctl[at.NUM_TOUCHED] = ctl[at.NUM_SAVED] = ctl[at.NUM_SAVED_TRIPS] = 0
    ctl[at.NUM_REMOVED] = ctl[at.NUM_PLACED] = 0
    s.ctl[at.KEPT_MISSING], s.ctl[at.KEPT_ABSENCE] = ctl[at.MISSING], ctl[at.ABSENCE]
    s.ctl[at.KEPT_LOST], s.ctl[at.KEPT_ROUTES] = ctl[at.LOST], ctl[at.NUM_ROUTES]
    s.ctl[at.KEPT_FREE_ROUTES], s.ctl[at.KEPT_FREE_TRIPS] = (
        ctl[at.FREE_ROUTES],
        ctl[at.FREE_TRIPS],
    )


@kernel
def touch(s, r):
    """Save route r before its first change in this iteration."""
    if s.route[r, at.MARK] != s.ctl[at.STAMP]:
        _save_route(s, r)


@kernel(inline=False)
def _save_route(s, r):
    ctl, route = s.ctl, s.route[r]
    route[at.MARK] = ctl[at.STAMP]
    row = s.touched[ctl[at.NUM_TOUCHED]]
    row[at.T_ROUTE], row[at.T_TYPE] = r, route[at.TYPE]
    row[at.T_COST] = route[at.COST] if route[at.FIRST] >= 0 else 0
    row[at.T_VISITS], row[at.T_TRIPS] = ctl[at.NUM_SAVED], ctl[at.NUM_SAVED_TRIPS]
    t = route[at.FIRST]
    while t >= 0:
        saved = s.saved_trips[ctl[at.NUM_SAVED_TRIPS]]
        saved[0], saved[1] = t, s.trip[t, at.SIZE]
        saved[2], saved[3] = s.trip[t, at.FROM], s.trip[t, at.TO]
        ctl[at.NUM_SAVED_TRIPS] += 1
        v = s.trip[t, at.HEAD]
        while v >= 0:
            s.lists[at.SAVED, ctl[at.NUM_SAVED]] = v
            ctl[at.NUM_SAVED] += 1
            v = s.visit[v, at.NEXT]
        t = s.trip[t, at.AFTER]
    row[at.T_COUNT] = ctl[at.NUM_SAVED] - row[at.T_VISITS]
    row[at.T_NUM_TRIPS] = ctl[at.NUM_SAVED_TRIPS] - row[at.T_TRIPS]
    ctl[at.NUM_TOUCHED] += 1


@kernel
def enqueue(s, v):
    """Note that the surroundings of client v changed (-1: nobody)."""
    if v >= 0 and not s.visit[v, at.QUEUED]:
        s.visit[v, at.QUEUED] = 1
        s.lists[at.QUEUE, s.ctl[at.NUM_QUEUED]] = v
        s.ctl[at.NUM_QUEUED] += 1


@kernel
def clear_queue(s):
    """Forget whose surroundings changed."""
    for i in range(s.ctl[at.NUM_QUEUED]):
        s.visit[s.lists[at.QUEUE, i], at.QUEUED] = 0
    s.ctl[at.NUM_QUEUED] = 0


# Clients ------------------------------------------------------------------------------------


@kernel
def link(s, t, u, v):
    """Make v follow u in trip t; -1 stands for the ends."""
    if u >= 0:
        s.visit[u, at.NEXT] = v
    else:
        s.trip[t, at.HEAD] = v
    if v >= 0:
        s.visit[v, at.PREV] = u
    else:
        s.trip[t, at.TAIL] = u


@kernel
def _count(p, s, v, sign):
    """Client v is no longer (sign 1), or now (-1), left out."""
    ctl = s.ctl
    if p.node[v, at.REQUIRED]:
        ctl[at.MISSING] += sign
        ctl[at.ABSENCE] += sign * s.visit[v, at.MISSES]
    ctl[at.LOST] += sign * p.node[v, at.PRIZE]
    g = p.node[v, at.GROUP]
    if g >= 0:
        s.served[g] = v if sign < 0 else -1
        if p.group_required[g]:
            ctl[at.MISSING] += sign
            ctl[at.ABSENCE] += sign * s.visit[p.group_nodes[p.group_start[g]], at.MISSES]


@kernel
def place(p, s, t, u, v, c):
    """Put client c between u and v of trip t; its route must have been touched."""
    link(s, t, u, c)
    link(s, t, c, v)
    s.visit[c, at.TRIP] = t
    s.trip[t, at.SIZE] += 1
    s.route[s.trip[t, at.ROUTE], at.FRESH] = 0
    s.lists[at.PLACED, s.ctl[at.NUM_PLACED]] = c
    s.ctl[at.NUM_PLACED] += 1
    _count(p, s, c, -1)
    enqueue(s, u)
    enqueue(s, v)
    enqueue(s, c)


@kernel
def drop(p, s, c):
    """Take client c out of its trip, and the trip out of its route if it was the last."""
    t = s.visit[c, at.TRIP]
    r = s.trip[t, at.ROUTE]
    touch(s, r)
    link(s, t, s.visit[c, at.PREV], s.visit[c, at.NEXT])
    enqueue(s, s.visit[c, at.PREV])
    enqueue(s, s.visit[c, at.NEXT])
    s.visit[c, at.TRIP] = at.ABSENT
    s.trip[t, at.SIZE] -= 1
    s.route[r, at.FRESH] = 0
    _count(p, s, c, 1)
    s.lists[at.REMOVED, s.ctl[at.NUM_REMOVED]] = c
    s.ctl[at.NUM_REMOVED] += 1
    if s.trip[t, at.SIZE] == 0:
        _close_trip(p, s, r, t)


@kernel(inline=False)
def _close_trip(p, s, r, t):
    """Take an empty trip out of its route."""
    before, after = s.trip[t, at.BEFORE], s.trip[t, at.AFTER]
    k = s.route[r, at.TYPE]
    if before >= 0:
        s.trip[before, at.AFTER] = after
        s.trip[before, at.TO] = s.trip[t, at.TO]
    else:
        s.route[r, at.FIRST] = after
    if after >= 0:
        s.trip[after, at.BEFORE] = before
        s.trip[after, at.FROM] = s.trip[t, at.TO] if before >= 0 else p.kind[k, at.START]
    else:
        s.route[r, at.LAST] = before
    if s.route[r, at.FIRST] < 0:
        s.fleet[k, at.USED] -= 1
        s.ctl[at.NUM_ROUTES] -= 1


# Routes -------------------------------------------------------------------------------------


@kernel
def new_trip(p, s, r, before, depot):
    """Open a trip after trip ``before`` of route r (-1: first), with a reload at a depot.

    The first trip of an empty route has no reload; the depot is not looked at.
    """
    ctl = s.ctl
    ctl[at.FREE_TRIPS] -= 1
    t = s.slots[at.TRIP_STACK, ctl[at.FREE_TRIPS]]
    trip, k = s.trip[t], s.route[r, at.TYPE]
    after = s.trip[before, at.AFTER] if before >= 0 else s.route[r, at.FIRST]
    trip[at.HEAD], trip[at.TAIL], trip[at.SIZE], trip[at.ROUTE] = -1, -1, 0, r
    trip[at.BEFORE], trip[at.AFTER] = before, after
    trip[at.FROM], trip[at.TO] = p.kind[k, at.START], p.kind[k, at.END]
    if before >= 0:
        trip[at.FROM], trip[at.TO] = depot, s.trip[before, at.TO]
        s.trip[before, at.TO], s.trip[before, at.AFTER] = depot, t
    else:
        s.route[r, at.FIRST] = t
    if after >= 0:
        s.trip[after, at.BEFORE] = t
        if before < 0:
            trip[at.TO] = s.trip[after, at.FROM] = depot
    else:
        s.route[r, at.LAST] = t
    s.route[r, at.FRESH] = 0
    return t


@kernel(inline=False)
def rebuild_route(p, s, r, visits, m):
    """Make ``visits[:m]`` the visits of route r, with as many trips as before, or none.

    It must have been touched, and so must the route that a client comes from.
    """
    t, i = s.route[r, at.FIRST], 0
    while t >= 0:
        u, size = -1, 0
        while i < m and visits[i] >= p.num_depots:
            v = visits[i]
            link(s, t, u, v)
            s.visit[v, at.TRIP] = t
            u, size, i = v, size + 1, i + 1
        link(s, t, u, -1)
        s.trip[t, at.SIZE] = size
        i += 1
        t = s.trip[t, at.AFTER]
    s.route[r, at.FRESH] = 0
    if m == 0:
        s.route[r, at.FIRST] = s.route[r, at.LAST] = -1
        s.fleet[s.route[r, at.TYPE], at.USED] -= 1
        s.ctl[at.NUM_ROUTES] -= 1


@kernel
def new_route(p, s, k):
    """Open a route of type k with an empty trip; returns the trip."""
    ctl = s.ctl
    ctl[at.FREE_ROUTES] -= 1
    r = s.slots[at.ROUTE_STACK, ctl[at.FREE_ROUTES]]
    s.route[r, at.TYPE], s.route[r, at.FIRST], s.route[r, at.LAST] = k, -1, -1
    touch(s, r)
    s.fleet[k, at.USED] += 1
    ctl[at.NUM_ROUTES] += 1
    return new_trip(p, s, r, -1, -1)


@kernel(inline=False)
def undo(p, s):
    """Restore the plan as it was when the iteration began."""
    ctl = s.ctl
    for i in range(ctl[at.NUM_TOUCHED]):
        r = s.touched[i, at.T_ROUTE]
        if s.route[r, at.FIRST] >= 0:
            s.fleet[s.route[r, at.TYPE], at.USED] -= 1
        t = s.route[r, at.FIRST]
        while t >= 0:
            v = s.trip[t, at.HEAD]
            while v >= 0:
                s.visit[v, at.TRIP] = at.ABSENT
                if p.grouped and p.node[v, at.GROUP] >= 0:
                    s.served[p.node[v, at.GROUP]] = -1
                v = s.visit[v, at.NEXT]
            t = s.trip[t, at.AFTER]
    for i in range(ctl[at.NUM_TOUCHED]):
        _restore(p, s, i)
    ctl[at.MISSING], ctl[at.ABSENCE] = s.ctl[at.KEPT_MISSING], s.ctl[at.KEPT_ABSENCE]
    ctl[at.LOST], ctl[at.NUM_ROUTES] = s.ctl[at.KEPT_LOST], s.ctl[at.KEPT_ROUTES]
    ctl[at.FREE_ROUTES], ctl[at.FREE_TRIPS] = (
        s.ctl[at.KEPT_FREE_ROUTES],
        s.ctl[at.KEPT_FREE_TRIPS],
    )


@kernel
def _restore(p, s, i):
    """Restore one saved route."""
    row = s.touched[i]
    r = row[at.T_ROUTE]
    route = s.route[r]
    route[at.TYPE], route[at.FIRST], route[at.LAST], route[at.FRESH] = row[at.T_TYPE], -1, -1, 0
    route[at.COST] = row[at.T_COST]
    before, c = -1, row[at.T_VISITS]
    for j in range(row[at.T_TRIPS], row[at.T_TRIPS] + row[at.T_NUM_TRIPS]):
        saved = s.saved_trips[j]
        t = saved[0]
        trip = s.trip[t]
        trip[at.FROM], trip[at.TO], trip[at.SIZE], trip[at.ROUTE] = saved[2], saved[3], saved[1], r
        trip[at.BEFORE], trip[at.AFTER] = before, -1
        if before >= 0:
            s.trip[before, at.AFTER] = t
        else:
            route[at.FIRST] = t
        u = -1
        for _ in range(saved[1]):
            v = s.lists[at.SAVED, c]
            link(s, t, u, v)
            s.visit[v, at.TRIP] = t
            if p.grouped and p.node[v, at.GROUP] >= 0:
                s.served[p.node[v, at.GROUP]] = v
            u, c = v, c + 1
        link(s, t, u, -1)
        before = t
    route[at.LAST] = before
    if before >= 0:
        s.fleet[route[at.TYPE], at.USED] += 1


@kernel(inline=False)
def commit(s):
    """Keep the changes: give back what is free, and note which routes changed."""
    ctl = s.ctl
    # Slots taken in this iteration lie just above the stacks; those still in use are
    # dropped from them, and those of saved routes that are empty now are put on.
    low, top = ctl[at.FREE_TRIPS], s.ctl[at.KEPT_FREE_TRIPS]
    for i in range(low, top):
        t = s.slots[at.TRIP_STACK, i]
        if not _in_use(s, t):
            s.slots[at.TRIP_STACK, ctl[at.FREE_TRIPS]] = t
            ctl[at.FREE_TRIPS] += 1
    for j in range(ctl[at.NUM_SAVED_TRIPS]):
        t = s.saved_trips[j, 0]
        if not _in_use(s, t):
            s.slots[at.TRIP_STACK, ctl[at.FREE_TRIPS]] = t
            ctl[at.FREE_TRIPS] += 1
    for i in range(ctl[at.NUM_TOUCHED]):
        r = s.touched[i, at.T_ROUTE]
        if s.route[r, at.FIRST] < 0:
            s.slots[at.ROUTE_STACK, ctl[at.FREE_ROUTES]] = r
            ctl[at.FREE_ROUTES] += 1
        if not s.route[r, at.DIRTY]:
            s.route[r, at.DIRTY] = 1
            s.slots[at.CHANGED, ctl[at.NUM_DIRTY]] = r
            ctl[at.NUM_DIRTY] += 1


@kernel
def _in_use(s, t):
    """Whether a trip holds clients."""
    return s.trip[t, at.SIZE] > 0


@kernel(inline=False)
def keep_best(s):
    """Copy the routes that changed since the best plan: the plan is the best one now."""
    ctl = s.ctl
    for i in range(ctl[at.NUM_DIRTY]):
        r = s.slots[at.CHANGED, i]
        s.route[r, at.DIRTY] = 0
        s.route[r, at.BEST_FIRST], s.route[r, at.BEST_TYPE] = (
            s.route[r, at.FIRST],
            s.route[r, at.TYPE],
        )
        t = s.route[r, at.FIRST]
        while t >= 0:
            s.trip[t, at.BEST_HEAD], s.trip[t, at.BEST_FROM] = (
                s.trip[t, at.HEAD],
                s.trip[t, at.FROM],
            )
            s.trip[t, at.BEST_AFTER] = s.trip[t, at.AFTER]
            v = s.trip[t, at.HEAD]
            while v >= 0:
                s.visit[v, at.BEST_NEXT] = s.visit[v, at.NEXT]
                v = s.visit[v, at.NEXT]
            t = s.trip[t, at.AFTER]
    ctl[at.NUM_DIRTY] = 0
    ctl[at.BEST], ctl[at.BEST_MISSING] = ctl[at.CURRENT], ctl[at.MISSING]
    ctl[at.BEST_ROUTES] = ctl[at.NUM_ROUTES]


@kernel
def run_export(s, best, out, start, kinds):
    """Write the best plan, or the current one: visits, offsets, vehicle types.

    Between two trips stands the depot of the reload. Returns the number of routes.
    """
    n, m = 0, 0
    start[0] = 0
    for r in range(len(s.route)):
        t = s.route[r, at.BEST_FIRST] if best else s.route[r, at.FIRST]
        if t < 0:
            continue
        first = True
        while t >= 0:
            if not first:
                out[m] = s.trip[t, at.BEST_FROM] if best else s.trip[t, at.FROM]
                m += 1
            first = False
            v = s.trip[t, at.BEST_HEAD] if best else s.trip[t, at.HEAD]
            while v >= 0:
                out[m] = v
                m += 1
                v = s.visit[v, at.BEST_NEXT] if best else s.visit[v, at.NEXT]
            t = s.trip[t, at.BEST_AFTER] if best else s.trip[t, at.AFTER]
        kinds[n] = s.route[r, at.BEST_TYPE] if best else s.route[r, at.TYPE]
        n += 1
        start[n] = m
    return n
