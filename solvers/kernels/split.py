"""Split: the best cut of a giant tour into routes, rules broken at a price.

References
----------
Prins, C. (2004). A simple and effective evolutionary algorithm for the vehicle routing
problem. *Computers & Operations Research*, 31(12), section 2.
"""

from __future__ import annotations

from routewright.travel import UNLIMITED

from . import kernel
from . import penalty_columns as on
from . import rich_columns as at
from .penalty_rows import seg_client
from .penalty_scan import (
    distance_cost,
    hop,
    other_cost,
    price,
    scan_value,
    seg_end,
    seg_goods,
    seg_start,
    time_cost,
)
from .segments import seg_concat, seg_stop


@kernel
def run_split(q, s, tour, longest, cost, came_from, kinds):
    """Cut a giant tour into routes of at most ``longest`` clients.

    Fills, for each number of clients served, the least cost, where the last route
    begins, and its type. There are as many vehicles as wanted. The weights are those of
    ``s``.
    """
    n = len(tour)
    for i in range(n + 1):
        cost[i] = at.NEVER
    cost[0] = 0
    for i in range(n):
        for k in range(q.num_types):
            if q.kind[k, at.AVAILABLE] > 0:
                if q.scan:
                    _routes_scanned(q, s, tour, i, k, longest, cost, came_from, kinds)
                else:
                    _routes_from(q, s, tour, i, k, longest, cost, came_from, kinds)


@kernel(inline=False)
def _routes_scanned(q, s, tour, i, k, longest, cost, came_from, kinds):
    for j in range(i, min(len(tour), i + longest)):
        value, _, _, _, _ = scan_value(q, s, k, tour[i:], j + 1 - i)
        if cost[i] + value < cost[j + 1]:
            cost[j + 1], came_from[j + 1], kinds[j + 1] = cost[i] + value, i, k


@kernel(inline=False)
def _routes_from(q, s, tour, i, k, longest, cost, came_from, kinds):
    """Try the routes of type k that begin at a place of the tour."""
    f, u, distance, hards, goods = q.kind[k, at.PROFILE], q.kind[k, at.START], 0, 0, 0
    end, start, last = q.kind[k, at.END], seg_start(q, k), seg_end(q, k)
    part = seg_stop(0, 0, UNLIMITED)
    first, loads = tour[i], s.buffer[1]
    for d in range(q.num_dims):
        loads[3 * d + 0] = loads[3 * d + 1] = loads[3 * d + 2] = 0
    for j in range(i, min(len(tour), i + longest)):
        v = tour[j]
        arc, travel = hop(q, f, u, v)
        distance += arc
        hards += 0 if q.may_serve[k, v] else 1
        back, home = hop(q, f, v, end)
        value = distance_cost(q, s, k, distance + back)
        value += other_cost(q, s, k, j + 1 - i, hards)
        if q.timed:
            goods = max(goods, q.node[v, at.RELEASE])
            part = seg_concat(part, seg_client(q, v), 0, travel) if j > i else seg_client(q, v)
            _, out = hop(q, f, q.kind[k, at.START], first)
            whole = seg_concat(seg_goods(start, goods), part, 0, out)
            whole = seg_concat(whole, last, 0, home)
            value += time_cost(q, s, k, whole[1], whole[4])
        excess = _add_loads(q, s, k, v, loads)
        value += excess
        if cost[i] + value < cost[j + 1]:
            cost[j + 1], came_from[j + 1], kinds[j + 1] = cost[i] + value, i, k
        if j > i and _overloaded(q, k, loads):
            break
        u = v


@kernel
def _add_loads(q, s, k, v, loads):
    """Put one more client into the loads of a route; what the excess costs."""
    excess = 0
    for d in range(q.num_dims):
        delivery, change, peak = loads[3 * d + 0], loads[3 * d + 1], loads[3 * d + 2]
        own = max(q.node[v, on.DELIVERY + d], q.node[v, q.change + d])
        peak = max(peak + q.node[v, on.DELIVERY + d], own + change)
        loads[3 * d] = delivery + q.node[v, on.DELIVERY + d]
        loads[3 * d + 1] = change + q.node[v, q.change + d]
        loads[3 * d + 2] = peak
        if peak > q.kind[k, on.CAPACITY + d]:
            excess += price(s.weight[on.W_LOAD + d], peak - q.kind[k, on.CAPACITY + d])
    return excess


@kernel
def _overloaded(q, k, loads):
    """Whether a load is beyond one and a half times the capacity."""
    for d in range(q.num_dims):
        if 2 * (loads[3 * d + 2] // 3) > q.kind[k, on.CAPACITY + d]:
            return True
    return False
