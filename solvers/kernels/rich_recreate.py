"""Recreate: what is not visited is put where it costs least, one unit after the other.

A unit is a client or a shipment, named by its first client; of the units of an exclusive
group, the one that costs least is taken.

References
----------
Christiaens, J., & Vanden Berghe, G. (2020). Slack induction by string removals for
vehicle routing problems. *Transportation Science*, 54(2), section 5.
"""

from __future__ import annotations

import numpy as np

from . import kernel
from . import rich_columns as at
from .random import below, uniform
from .rich_changes import fresh, new_route, new_trip, place, touch
from .rich_pairs import delta_pair
from .rich_places import delta_place, delta_trip, may_join
from .rich_routes import copy_route
from .rich_scan import scan_cost
from .rich_travel import costs_of, leg

#: Places are overlooked with this chance (a "blink").
_BLINK = 0.01
#: How often an optional unit is inserted though it costs more than it brings.
_GENEROUS = 0.1
#: How often all places are looked at for a unit that finds none among its neighbors.
_THOROUGH = 0.1
#: Units that are put in at most because another one was.
_MOST_TOGETHER = 80
#: Units that are not in the plan are tried at most this many at a time.
_MOST_ABSENT = 12
#: How often all routes that open are of one type, where whole ones were taken out.
_ONE_KIND = 0.7
#: What a place is: in a trip, in a new trip (after one, or before the first), a new route.
_NOWHERE, _INSIDE, _TRIP_AFTER, _TRIP_BEFORE, _ROUTE = range(5)


@kernel
def blink(s):
    """True once in a while: counts down a geometric gap, with one draw per blink."""
    s.ctl[at.BLINK] -= 1
    if s.ctl[at.BLINK] >= 0:
        return False
    s.ctl[at.BLINK] = int(np.log(uniform(s.rng) + 1e-300) / np.log(1.0 - _BLINK))
    return True


@kernel
def unit_of(p, v):
    """First client of the unit of v."""
    other = p.node[v, at.PARTNER]
    return other if other >= 0 and not p.node[v, at.IS_PICKUP] else v


# What to insert, and in which order -------------------------------------------------------------


@kernel
def collect_requests(p, s):
    """List what was removed, and some of what was not in the plan; returns how many."""
    ctl, m = s.ctl, 0
    for i in range(ctl[at.NUM_REMOVED]):
        unit = unit_of(p, s.lists[at.REMOVED, i])
        if unit == s.lists[at.REMOVED, i]:
            s.lists[at.REQUESTS, m] = unit
            m += 1
    count = ctl[at.NUM_ABSENT]
    if count > 0:
        begin = below(s.rng, count)
        for i in range(min(count, _MOST_ABSENT)):
            s.lists[at.REQUESTS, m] = s.lists[at.LEFT_OUT, (begin + i) % count]
            m += 1
        if count > _MOST_ABSENT and ctl[at.NUM_REMOVED] > 0:
            m = _absent_nearby(p, s, m)
    return m


@kernel
def _absent_nearby(p, s, m):
    """Add units that are not in the plan and lie near what was removed."""
    seed, added = s.lists[at.REMOVED, below(s.rng, s.ctl[at.NUM_REMOVED])], 0
    for i in range(p.near.shape[1]):
        unit = unit_of(p, p.near[seed, i])
        if s.visit[unit, at.LEFT_OUT_AT] < 0:
            continue
        known = False
        for j in range(m):
            known |= s.lists[at.REQUESTS, j] == unit
        if not known:
            s.lists[at.REQUESTS, m] = unit
            m, added = m + 1, added + 1
            if added == _MOST_ABSENT:
                break
    return m


@kernel
def order_requests(p, s, m):
    """Sort by a random rule: at random, by demand, distance, or time windows."""
    rule = uniform(s.rng) * (17.0 if p.timed else 11.0)
    for i in range(m):
        c = s.lists[at.REQUESTS, i]
        if rule < 4:
            key = uniform(s.rng)
        elif rule < 8:
            key = 0.0
            for d in range(p.num_dims):
                key -= max(p.delivery[c, d], p.change[c, d])
        elif rule < 11:
            d, _ = leg(p, 0, 0, c)
            key = -1.0 * d if rule < 10 else 1.0 * d
        elif rule < 13:
            key = 1.0 * (p.node[c, at.LATE] - p.node[c, at.EARLY])
        elif rule < 15:
            key = 1.0 * p.node[c, at.EARLY]
        else:
            key = -1.0 * p.node[c, at.LATE]
        j = i
        while j > 0 and s.key[j - 1] > key:
            s.lists[at.REQUESTS, j], s.key[j] = s.lists[at.REQUESTS, j - 1], s.key[j - 1]
            j -= 1
        s.lists[at.REQUESTS, j], s.key[j] = c, key


# Where to put it ----------------------------------------------------------------------------------


@kernel
def _may_open(s, k):
    """Whether one more route may be driven by a vehicle of type k."""
    only = s.ctl[at.ONLY_KIND]
    return s.fleet[k, at.USED] < s.fleet[k, at.MOST] and (only < 0 or only == k)


@kernel(inline=False)
def find_place(p, s, c, others, limit):
    """Cheapest place for client c beside one of the others, or in a trip or route of its own.

    Returns (change in cost, what, where, x, y): where and x are the trip and the client
    before it, or the depot of the reload; y is the type that the route changes to, or -1.
    """
    best, what, where, x, y = limit, _NOWHERE, -1, -1, -1
    ctl = s.ctl
    ctl[at.SEARCHES] += 1
    # First, so that of equal costs a vehicle of its own wins over one more trip of another.
    if ctl[at.NUM_ROUTES] < ctl[at.ROUTE_LIMIT]:
        for k in range(p.num_types):
            if p.alone[k, c] < best and _may_open(s, k):
                best, what, where = p.alone[k, c], _ROUTE, k
    for i in range(len(others)):
        v = others[i]
        t = s.visit[v, at.TRIP]
        if t < 0:
            continue
        r = s.trip[t, at.ROUTE]
        fresh(p, s, r)
        k = s.route[r, at.TYPE]
        if not may_join(p, s, c, r, k):
            continue
        base, other = 0, -1
        if ctl[at.UPGRADES] and not p.kind[k, at.HEAVY]:
            base, other = _larger_kind(p, s, c, t, r, k)
            k = other if other >= 0 else k
        delta = base + delta_place(p, s, c, t, r, k, v, s.visit[v, at.NEXT], best - base)
        if delta < best and not blink(s):
            best, what, where, x, y = delta, _INSIDE, t, v, other
        delta = base + delta_place(p, s, c, t, r, k, s.visit[v, at.PREV], v, best - base)
        if delta < best and not blink(s):
            best, what, where, x, y = delta, _INSIDE, t, s.visit[v, at.PREV], other
        if p.kind[k, at.MAX_RELOADS] > 0 and s.trip[t, at.SEEN] != ctl[at.SEARCHES]:
            s.trip[t, at.SEEN] = ctl[at.SEARCHES]
            for j in range(p.reload_start[k], p.reload_start[k + 1]):
                depot = p.reload_depots[j]
                delta = delta_trip(p, s, c, t, r, k, depot, False, best)
                if delta < best and not blink(s):
                    best, what, where, x = delta, _TRIP_AFTER, t, depot
                if s.trip[t, at.BEFORE] < 0:
                    delta = delta_trip(p, s, c, t, r, k, depot, True, best)
                    if delta < best and not blink(s):
                        best, what, where, x = delta, _TRIP_BEFORE, t, depot
    return best, what, where, x, y


@kernel(inline=False)
def _larger_kind(p, s, c, t, r, k):
    """What it costs to give a full route a larger vehicle of its family, and which.

    (0, -1) if it is not full with client c, or if there is none.
    """
    least, larger, full = at.NEVER, -1, False
    for d in range(p.num_dims):
        full |= s.trip_load[t, d, 0] + p.delivery[c, d] > p.capacity[k, d]
    if not full:
        return 0, -1
    for q in range(p.num_types):
        if (
            p.kind[q, at.FAMILY] != p.kind[k, at.FAMILY]
            or s.fleet[q, at.USED] >= s.fleet[q, at.MOST]
        ):
            continue
        fits = True
        for d in range(p.num_dims):
            fits &= s.trip_load[t, d, 0] + p.delivery[c, d] <= p.capacity[q, d]
        cost = costs_of(p, q, s.route[r, at.DISTANCE], 0) - s.route[r, at.COST]
        if fits and cost < least:
            least, larger = cost, q
    return (least, larger) if larger >= 0 else (0, -1)


@kernel
def change_kind(s, r, k):
    """Give route r a vehicle of type k."""
    s.fleet[s.route[r, at.TYPE], at.USED] -= 1
    s.fleet[k, at.USED] += 1
    s.route[r, at.TYPE] = k
    s.route[r, at.FRESH] = 0


@kernel(inline=False)
def choose_kinds(p, s):
    """Give each changed route the type of vehicle with which it costs least."""
    for i in range(s.ctl[at.NUM_TOUCHED]):
        r = s.touched[i, at.T_ROUTE]
        if s.route[r, at.FIRST] < 0:
            continue
        fresh(p, s, r)
        best, kind, m = s.route[r, at.COST], -1, copy_route(s, r, s.lists[at.BUFFER])
        for k in range(p.num_types):
            if k == s.route[r, at.TYPE] or s.fleet[k, at.USED] >= s.fleet[k, at.MOST]:
                continue
            cost = kind_cost(p, s, r, k, m)
            if cost < best:
                best, kind = cost, k
        if kind >= 0:
            _rebase(p, s, r, kind)


@kernel
def kind_cost(p, s, r, k, m):
    """Cost of route r, which is in the buffer, with a vehicle of type k."""
    own = s.route[r, at.TYPE]
    for i in range(m):
        if not p.may_serve[k, s.lists[at.BUFFER, i]]:
            return at.NEVER
    if p.kind[k, at.FAMILY] == p.kind[own, at.FAMILY] and s.route[r, at.TRIPS] == 1:
        t = s.route[r, at.FIRST]
        for d in range(p.num_dims):
            if s.trip_load[t, d, 1] > p.capacity[k, d]:
                return at.NEVER
        return costs_of(p, k, s.route[r, at.DISTANCE], s.route[r, at.DURATION])
    return scan_cost(p, k, s.lists[at.BUFFER], m)


@kernel
def _rebase(p, s, r, k):
    """Give route r a vehicle of type k, which may start and end elsewhere."""
    change_kind(s, r, k)
    s.trip[s.route[r, at.FIRST], at.FROM] = p.kind[k, at.START]
    s.trip[s.route[r, at.LAST], at.TO] = p.kind[k, at.END]


@kernel
def find_pair(p, s, a, others, best, where, x, y):
    """Cheapest places for the shipment that begins at a, in trips of the others."""
    b, ctl = p.node[a, at.PARTNER], s.ctl
    exact = p.exact_pairs
    for i in range(len(others)):
        t = s.visit[others[i], at.TRIP]
        if t < 0 or s.trip[t, at.SEEN] == ctl[at.SEARCHES]:
            continue
        s.trip[t, at.SEEN] = ctl[at.SEARCHES]
        r = s.trip[t, at.ROUTE]
        k = s.route[r, at.TYPE]
        if not (p.may_serve[k, a] and p.may_serve[k, b]):
            continue
        if s.route[r, at.STOPS] + 2 > p.kind[k, at.MAX_STOPS]:
            continue
        fresh(p, s, r)
        delta, u, w = delta_pair(p, s, a, b, t, r, k, exact, best)
        if delta < best and not blink(s):
            best, where, x, y = delta, t, u, w
    return best, where, x, y


@kernel
def insert_client(p, s, c, others, limit):
    """Put client c at its cheapest place if that costs less than the limit."""
    _, what, where, x, y = find_place(p, s, c, others, limit)
    if what == _NOWHERE:
        return False
    if what == _ROUTE:
        where, x, y = new_route(p, s, where), -1, -1
    elif what == _INSIDE:
        r = s.trip[where, at.ROUTE]
        touch(s, r)
        if y >= 0:
            change_kind(s, r, y)
        y = s.visit[x, at.NEXT] if x >= 0 else s.trip[where, at.HEAD]
    else:
        r = s.trip[where, at.ROUTE]
        touch(s, r)
        where = new_trip(p, s, r, where if what == _TRIP_AFTER else -1, x)
        x, y = -1, -1
    place(p, s, where, x, y, c)
    return True


@kernel(inline=False)
def insert_pair(p, s, a, others, more, limit):
    """Put both ends of a shipment at their cheapest places below the limit."""
    b, ctl = p.node[a, at.PARTNER], s.ctl
    ctl[at.SEARCHES] += 1
    best, where, x, y = limit, -1, -1, -1
    for i in range(2):
        best, where, x, y = find_pair(p, s, a, others if i == 0 else more, best, where, x, y)
    kind = -1
    if ctl[at.NUM_ROUTES] < ctl[at.ROUTE_LIMIT]:
        for k in range(p.num_types):
            if p.alone[k, a] < best and _may_open(s, k):
                best, kind = p.alone[k, a], k
    if kind >= 0:
        where, x, y = new_route(p, s, kind), -1, -1
    elif where < 0:
        return False
    touch(s, s.trip[where, at.ROUTE])
    after = s.visit[x, at.NEXT] if x >= 0 else s.trip[where, at.HEAD]
    place(p, s, where, x, after, a)
    w = a if y == x else y
    place(p, s, where, w, s.visit[w, at.NEXT], b)
    return True


@kernel
def worth(p, s, unit):
    """What the plan gains by visiting a unit; NEVER if it has to be visited."""
    gain, v = 0, unit
    while True:
        g = p.node[v, at.GROUP]
        if p.node[v, at.REQUIRED] or (g >= 0 and p.group_required[g]):
            return at.NEVER
        gain += p.node[v, at.PRIZE]
        if s.ctl[at.GENEROUS]:
            gain = at.NEVER - 1
        if v != unit or p.node[v, at.PARTNER] < 0:
            return gain
        v = p.node[v, at.PARTNER]


@kernel
def is_open(p, s, unit):
    """Whether a unit is not visited, and neither is another one of its groups."""
    if s.visit[unit, at.TRIP] != at.ABSENT:
        return False
    other = p.node[unit, at.PARTNER]
    if not p.grouped:
        return True
    g = p.node[unit, at.GROUP]
    if g >= 0 and s.served[g] >= 0:
        return False
    if other >= 0:
        h = p.node[other, at.GROUP]
        if h >= 0 and (s.served[h] >= 0 or h == g):
            return False
    return True


@kernel(inline=False)
def insert_unit(p, s, unit, everywhere):
    """Put a unit, or another one of its group, at its cheapest place; whether it has one."""
    limit = worth(p, s, unit)
    others = s.active if everywhere else p.near[unit]
    other = p.node[unit, at.PARTNER]
    if other >= 0:
        return insert_pair(p, s, unit, others, p.near[other], limit)
    if p.grouped and p.node[unit, at.GROUP] >= 0:
        unit = _cheapest_of_group(p, s, unit)
        others = s.active if everywhere else p.near[unit]
        limit = worth(p, s, unit)
    return insert_client(p, s, unit, others, limit)


@kernel(inline=False)
def _cheapest_of_group(p, s, unit):
    """Client of the group of a unit that costs least to visit, or the unit itself."""
    g, chosen, least = p.node[unit, at.GROUP], unit, at.NEVER
    for i in range(p.group_start[g], p.group_start[g + 1]):
        c = p.group_nodes[i]
        if s.visit[c, at.TRIP] != at.ABSENT or p.node[c, at.PARTNER] >= 0:
            continue
        delta, what, _, _, _ = find_place(p, s, c, p.near[c], at.NEVER)
        if what != _NOWHERE and delta - p.node[c, at.PRIZE] < least:
            chosen, least = c, delta - p.node[c, at.PRIZE]
    return chosen


@kernel(inline=False)
def _try_together(p, s):
    """Insert an optional unit at any cost, and then those near it that pay beside it."""
    ctl = s.ctl
    seed = s.lists[at.LEFT_OUT, below(s.rng, ctl[at.NUM_ABSENT])]
    if not is_open(p, s, seed):
        return
    ctl[at.GENEROUS] = 1
    found = insert_unit(p, s, seed, False)
    ctl[at.GENEROUS] = 0
    added = 0
    while found:  # those near it, then those near the last of them, and so on
        last = -1
        for i in range(p.near.shape[1]):
            unit = unit_of(p, p.near[seed, i])
            if s.visit[unit, at.LEFT_OUT_AT] < 0 or not is_open(p, s, unit):
                continue
            if insert_unit(p, s, unit, False):
                last, added = unit, added + 1
                if added >= _MOST_TOGETHER:
                    return
        found, seed = last >= 0, last


@kernel
def _open_one_kind(p, s, m):
    """Open a route of a random type for one of m requests; others that open are of it, too.

    For one client a small vehicle costs less. That fewer large ones are cheaper for many
    shows only when they are full, or are changed for smaller ones in the end.
    """
    unit, k = s.lists[at.REQUESTS, below(s.rng, m)], below(s.rng, p.num_types)
    other, was = p.node[unit, at.PARTNER], s.touched[0, at.T_TYPE]
    if p.kind[k, at.FAMILY] != p.kind[was, at.FAMILY] or not is_open(p, s, unit):
        return
    if s.fleet[k, at.USED] >= s.fleet[k, at.MOST] or p.alone[k, unit] == at.NEVER:
        return
    if s.ctl[at.NUM_ROUTES] >= s.ctl[at.ROUTE_LIMIT]:
        return
    s.ctl[at.ONLY_KIND] = k
    t = new_route(p, s, k)
    place(p, s, t, -1, -1, unit)
    if other >= 0:
        place(p, s, t, unit, -1, other)


@kernel(inline=False)
def recreate(p, s):
    """Put back what can be; what cannot stays out of the plan."""
    ctl = s.ctl
    ctl[at.UPGRADES] = p.num_types > 1 and not ctl[at.WHOLE] and uniform(s.rng) < 0.5
    if ctl[at.NUM_ABSENT] > 0 and uniform(s.rng) < _GENEROUS:
        _try_together(p, s)
    m = collect_requests(p, s)
    order_requests(p, s, m)
    # What is far from everything it knows is sought a place everywhere, but not each time.
    thorough = p.near.shape[1] < len(s.active) - 1 and uniform(s.rng) < _THOROUGH
    ctl[at.ONLY_KIND] = -1
    if p.mixed and ctl[at.WHOLE] and m > 0 and uniform(s.rng) < _ONE_KIND:
        _open_one_kind(p, s, m)
    for i in range(m):
        unit = s.lists[at.REQUESTS, i]
        for everywhere in range(2):
            if not is_open(p, s, unit) or insert_unit(p, s, unit, everywhere):
                break
            if not thorough or worth(p, s, unit) < at.NEVER:
                break
