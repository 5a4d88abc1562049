"""The loop of the general search: ruin, recreate, accept or undo.

References
----------
Christiaens, J., & Vanden Berghe, G. (2020). Slack induction by string removals for
vehicle routing problems. *Transportation Science*, 54(2), sections 4 and 5.
"""

from __future__ import annotations

import numpy as np

from routewright.travel import UNREACHABLE

from . import kernel
from . import rich_columns as at
from .random import below, uniform
from .rich_changes import (
    begin_iteration,
    clear_queue,
    commit,
    fresh,
    keep_best,
    new_route,
    new_trip,
    place,
    undo,
)
from .rich_descent import descend
from .rich_recreate import choose_kinds, insert_unit, is_open, recreate, unit_of, worth
from .rich_ruin import empty_route, ruin_strings
from .rich_scan import scan_cost
from .rich_travel import leg

#: Missing units whose misses are counted in one iteration.
_MOST_COUNTED = 64


@kernel
def run_alone(p, s, alone):
    """Cost of a route for each unit alone with each vehicle type, or NEVER."""
    for v in range(p.num_depots, len(p.node)):
        other = p.node[v, at.PARTNER]
        for k in range(p.num_types):
            alone[k, v] = at.NEVER
            if other >= 0 and not p.node[v, at.IS_PICKUP]:
                continue
            s.lists[at.BUFFER, 0], s.lists[at.BUFFER, 1] = v, other
            alone[k, v] = scan_cost(p, k, s.lists[at.BUFFER], 1 if other < 0 else 2)


@kernel
def run_load(p, s, visits, start, kinds, belongs):
    """Make a plan the current and the best one, without the routes that break a rule.

    ``belongs`` is 1 for the clients of this search.
    """
    _clear(p, s, belongs)
    ctl = s.ctl
    begin_iteration(s)
    for i in range(len(kinds)):
        k = kinds[i]
        if start[i] == start[i + 1] or s.fleet[k, at.USED] >= s.fleet[k, at.MOST]:
            continue
        t, u = new_route(p, s, k), -1
        r = s.trip[t, at.ROUTE]
        for j in range(start[i], start[i + 1]):
            v = visits[j]
            if v < p.num_depots:
                t, u = new_trip(p, s, r, t, v), -1
            elif s.visit[v, at.TRIP] == at.ABSENT and _may_visit(p, s, v):
                place(p, s, t, u, -1, v)
                u = v
        _load_route(p, s, r)
    ctl[at.NUM_REMOVED] = 0
    clear_queue(s)
    for v in range(p.num_depots, len(p.node)):
        if s.visit[v, at.TRIP] == at.ABSENT and not _is_whole(p, s, v, belongs):
            s.visit[v, at.TRIP] = at.FOREIGN
    for v in range(p.num_depots, len(p.node)):
        if s.visit[v, at.TRIP] == at.ABSENT and unit_of(p, v) == v:
            _leave_out(s, v)
    commit(s)
    ctl[at.CURRENT] = _total(p, s)
    keep_best(s)


@kernel
def run_insert(p, s, units, upgrades):
    """Put units into the plan, in order, where they cost least, and make it the best one.

    Optional units are put in as well: what does not pay alone may pay together.
    """
    begin_iteration(s)
    s.ctl[at.GENEROUS], s.ctl[at.UPGRADES] = 1, upgrades
    for i in range(len(units)):
        if is_open(p, s, units[i]):
            insert_unit(p, s, units[i], False)
    s.ctl[at.GENEROUS] = 0
    clear_queue(s)
    _accept(p, s, _change(p, s))


@kernel
def _is_whole(p, s, v, belongs):
    """Whether this search may insert v: it has all of its shipment, and of its group.

    Where another search may have the rest of the group, it needs the visited client.
    """
    other = p.node[v, at.PARTNER]
    if other >= 0 and not belongs[other]:
        return False
    g = p.node[v, at.GROUP]
    if g >= 0 and s.served[g] < 0:
        for i in range(p.group_start[g], p.group_start[g + 1]):
            if not belongs[p.group_nodes[i]]:
                return False
    return True


@kernel
def _may_visit(p, s, v):
    g = p.node[v, at.GROUP]
    return g < 0 or s.served[g] < 0


@kernel(inline=False)
def _load_route(p, s, r):
    """Check a route that was put together from outside; drop it if it breaks a rule."""
    t = s.route[r, at.FIRST]
    sound = True
    while t >= 0:
        sound = sound and s.trip[t, at.SIZE] > 0
        v = s.trip[t, at.HEAD]
        while v >= 0:
            other = p.node[v, at.PARTNER]
            if other >= 0:
                together = s.visit[other, at.TRIP] == t
                sound = sound and together
            sound = sound and p.may_serve[s.route[r, at.TYPE], v]
            v = s.visit[v, at.NEXT]
        sound = sound and _is_linked(p, s, t, p.kind[s.route[r, at.TYPE], at.PROFILE])
        t = s.trip[t, at.AFTER]
    if sound:
        fresh(p, s, r)
        sound = s.route[r, at.FEASIBLE] and _in_order(p, s, r)
    if not sound:
        _discard(p, s, r)


@kernel
def _is_linked(p, s, t, f):
    """Whether every arc of a trip can be traveled."""
    u, v = s.trip[t, at.FROM], s.trip[t, at.HEAD]
    while v >= 0:
        distance, duration = leg(p, f, u, v)
        if max(distance, duration) >= UNREACHABLE:
            return False
        u, v = v, s.visit[v, at.NEXT]
    distance, duration = leg(p, f, u, s.trip[t, at.TO])
    return max(distance, duration) < UNREACHABLE


@kernel
def _in_order(p, s, r):
    """Whether pickups come before their deliveries, and linehauls before backhauls."""
    t = s.route[r, at.FIRST]
    while t >= 0:
        v = s.trip[t, at.HEAD]
        while v >= 0:
            other = p.node[v, at.PARTNER]
            if other >= 0 and p.node[v, at.IS_PICKUP]:
                if s.visit[other, at.POSITION] < s.visit[v, at.POSITION]:
                    return False
            if p.backhaul > 0 and p.node[v, at.KIND] & at.LINEHAUL:
                if s.visit[v, at.FLAGS] & 1:
                    return False
            v = s.visit[v, at.NEXT]
        t = s.trip[t, at.AFTER]
    return True


@kernel(inline=False)
def _discard(p, s, r):
    """Take all clients out of a route in which trips may be empty."""
    t, previous = s.route[r, at.FIRST], -1
    while t >= 0:
        after = s.trip[t, at.AFTER]
        if s.trip[t, at.SIZE] == 0:
            if previous >= 0:
                s.trip[previous, at.AFTER] = after
            else:
                s.route[r, at.FIRST] = after
            if after >= 0:
                s.trip[after, at.BEFORE] = previous
        else:
            previous = t
        t = after
    if s.route[r, at.FIRST] < 0:
        s.fleet[s.route[r, at.TYPE], at.USED] -= 1
        s.ctl[at.NUM_ROUTES] -= 1
    empty_route(p, s, r)


@kernel(inline=False)
def _clear(p, s, belongs):
    """Start from nothing: no routes, and the clients of this search left out."""
    ctl = s.ctl
    slots = len(s.route)
    for r in range(slots):
        s.route[r, at.FIRST] = s.route[r, at.BEST_FIRST] = -1
        s.route[r, at.MARK] = s.route[r, at.DIRTY] = 0
        s.slots[at.ROUTE_STACK, r] = slots - 1 - r
    for t in range(len(s.trip)):
        s.trip[t, at.SIZE] = s.trip[t, at.SEEN] = 0
        s.slots[at.TRIP_STACK, t] = len(s.trip) - 1 - t
    ctl[at.FREE_ROUTES], ctl[at.FREE_TRIPS] = slots, len(s.trip)
    for i in (at.NUM_ROUTES, at.MISSING, at.ABSENCE, at.LOST, at.NUM_ABSENT, at.NUM_DIRTY):
        ctl[i] = 0
    ctl[at.STAMP] = ctl[at.SEARCHES] = 0
    for k in range(p.num_types):
        s.fleet[k, at.USED] = 0
    for g in range(len(s.served)):
        s.served[g] = -1
        if p.group_required[g] and belongs[p.group_nodes[p.group_start[g]]]:
            ctl[at.MISSING] += 1
            ctl[at.ABSENCE] += s.visit[p.group_nodes[p.group_start[g]], at.MISSES]
    for v in range(p.num_depots, len(p.node)):
        s.visit[v, at.LEFT_OUT_AT] = -1
        s.visit[v, at.TRIP] = at.FOREIGN
        if belongs[v]:
            s.visit[v, at.TRIP] = at.ABSENT
            ctl[at.LOST] += p.node[v, at.PRIZE]
            if p.node[v, at.REQUIRED]:
                ctl[at.MISSING] += 1
                ctl[at.ABSENCE] += s.visit[v, at.MISSES]


@kernel
def _leave_out(s, unit):
    """Note that a unit is not in the plan."""
    s.visit[unit, at.LEFT_OUT_AT] = s.ctl[at.NUM_ABSENT]
    s.lists[at.LEFT_OUT, s.ctl[at.NUM_ABSENT]] = unit
    s.ctl[at.NUM_ABSENT] += 1


@kernel
def _take_in(s, unit):
    """Note that a unit is in the plan."""
    i, last = s.visit[unit, at.LEFT_OUT_AT], s.lists[at.LEFT_OUT, s.ctl[at.NUM_ABSENT] - 1]
    s.lists[at.LEFT_OUT, i], s.visit[last, at.LEFT_OUT_AT], s.visit[unit, at.LEFT_OUT_AT] = (
        last,
        i,
        -1,
    )
    s.ctl[at.NUM_ABSENT] -= 1


@kernel(inline=False)
def _total(p, s):
    """Cost of the plan, lost prizes included."""
    total = s.ctl[at.LOST]
    for r in range(len(s.route)):
        if s.route[r, at.FIRST] >= 0:
            fresh(p, s, r)
            total += s.route[r, at.COST]
    return total


@kernel
def run_search(p, s, iterations, temperature, slack, average, longest):
    """Iterations at one temperature (in units of cost).

    Plans that are at most ``slack`` above what is accepted are improved by a descent.
    """
    ctl = s.ctl
    for _ in range(iterations):
        begin_iteration(s)
        ruin_strings(p, s, average, longest)
        recreate(p, s)
        if ctl[at.MISSING] > 0:
            _count_misses(p, s)
        delta = _change(p, s)
        limit = -temperature * np.log(uniform(s.rng) + 1e-300)
        if p.num_types > 1 and delta < limit + 4 * slack:
            choose_kinds(p, s)
            delta = _change(p, s)
        if slack >= 0 and delta != 0 and delta < limit + slack:
            descend(p, s)
            if p.num_types > 1:
                choose_kinds(p, s)
            delta = _change(p, s)
        clear_queue(s)
        if _accepts(p, s, delta, limit):
            _accept(p, s, delta)
        else:
            undo(p, s)
        ctl[at.ITERATIONS] += 1


@kernel(inline=False)
def _count_misses(p, s):
    """Add to how often each unit that has to be visited was missing."""
    ctl = s.ctl
    for i in range(ctl[at.NUM_REMOVED]):
        v = s.lists[at.REMOVED, i]
        if unit_of(p, v) == v and is_open(p, s, v) and worth(p, s, v) == at.NEVER:
            _miss(p, s, v)
    count = ctl[at.NUM_ABSENT]
    begin = below(s.rng, count) if count > 0 else 0
    for i in range(min(count, _MOST_COUNTED)):
        v = s.lists[at.LEFT_OUT, (begin + i) % count]
        if is_open(p, s, v) and worth(p, s, v) == at.NEVER:
            s.ctl[at.KEPT_ABSENCE] += _miss(p, s, v)


@kernel
def _miss(p, s, v):
    """Count a miss of a unit, where it weighs; returns by how much the sum grew."""
    g = p.node[v, at.GROUP]
    if not p.node[v, at.REQUIRED] and g >= 0:
        v = p.group_nodes[p.group_start[g]]
    s.visit[v, at.MISSES] += 1
    s.ctl[at.ABSENCE] += 1
    return 1


@kernel(inline=False)
def _change(p, s):
    """Change in cost since the iteration began."""
    delta = s.ctl[at.LOST] - s.ctl[at.KEPT_LOST]
    for i in range(s.ctl[at.NUM_TOUCHED]):
        r = s.touched[i, at.T_ROUTE]
        if s.route[r, at.FIRST] >= 0:
            fresh(p, s, r)
            delta += s.route[r, at.COST]
        delta -= s.touched[i, at.T_COST]
    return delta


@kernel
def _accepts(p, s, delta, limit):
    """Fewer misses win; among as many, the rule of annealing."""
    before, now = s.ctl[at.KEPT_ABSENCE], s.ctl[at.ABSENCE]
    if now != before:
        return now < before
    if p.vehicles_first:
        routes = s.ctl[at.NUM_ROUTES] - s.ctl[at.KEPT_ROUTES]
        if routes != 0:
            return routes < 0
    return delta < limit


@kernel(inline=False)
def _accept(p, s, delta):
    """Make the changed plan the current one, and the best one if it is."""
    ctl = s.ctl
    for i in range(ctl[at.NUM_PLACED]):
        v = s.lists[at.PLACED, i]
        if s.visit[v, at.LEFT_OUT_AT] >= 0 and s.visit[v, at.TRIP] >= 0:
            _take_in(s, v)
    for i in range(ctl[at.NUM_REMOVED]):
        v = s.lists[at.REMOVED, i]
        if s.visit[v, at.LEFT_OUT_AT] < 0 and s.visit[v, at.TRIP] < 0 and unit_of(p, v) == v:
            _leave_out(s, v)
    commit(s)
    ctl[at.CURRENT] += delta
    ctl[at.ACCEPTED] += 1
    if _is_best(p, s):
        keep_best(s)


@kernel
def _is_best(p, s):
    ctl = s.ctl
    if ctl[at.MISSING] != ctl[at.BEST_MISSING]:
        return ctl[at.MISSING] < ctl[at.BEST_MISSING]
    if p.vehicles_first and ctl[at.NUM_ROUTES] != ctl[at.BEST_ROUTES]:
        return ctl[at.NUM_ROUTES] < ctl[at.BEST_ROUTES]
    return ctl[at.CURRENT] < ctl[at.BEST]
