"""What a part of a route carries, how two parts join, and what a whole route costs.

A segment is the tuple (distance, duration, early, late, warp) of a sequence of nodes:
travel and service inside it; the shortest time it takes; the first and last start that
keep it this short; and by how much it is late even then (0 if it can be on time).

References
----------
Vidal, T., Crainic, T. G., Gendreau, M., & Prins, C. (2013). A hybrid genetic algorithm
with adaptive diversity management for a large class of vehicle routing problems with
time-windows. *Computers & Operations Research*, 40(1), section 4.2.
"""

from __future__ import annotations

import numpy as np

from routewright.travel import UNLIMITED, UNREACHABLE

from . import kernel
from .travel import arc


@kernel
def seg_stop(service, early, late):
    """Segment of one stop; numba types a tuple by its literals, so none is built elsewhere."""
    # A stop that opens after it closes is late by the difference.
    return (
        np.int64(0),
        np.int64(service),
        np.int64(early),
        np.int64(max(early, late)),
        np.int64(max(early - late, 0)),
    )


@kernel
def seg_node(p, v):
    """Segment of one node; of several time windows it sees only their hull."""
    return seg_stop(p.service[v], p.tw_early[v], p.tw_late[v])


@kernel
def seg_concat(a, b, distance, duration):
    """Segment of two segments with the given travel between them."""
    a_distance, a_duration, a_early, a_late, a_warp = a
    b_distance, b_duration, b_early, b_late, b_warp = b
    delta = a_duration - a_warp + duration
    wait = max(b_early - delta - a_late, 0)
    warp = max(a_early + delta - b_late, 0)
    if max(distance, duration) >= UNREACHABLE:
        warp += UNREACHABLE
    return (
        a_distance + distance + b_distance,
        a_duration + duration + b_duration + wait,
        max(b_early - delta, a_early) - wait,
        min(b_late - delta, a_late) + warp,
        a_warp + b_warp + warp,
    )


@kernel
def seg_join(p, f, a, i, b, j):
    """Segment of ``a``, which ends at node i, and ``b``, which begins at node j."""
    distance, duration = arc(p, f, i, j)
    return seg_concat(a, b, distance, duration)


@kernel
def seg_route(p, k, a, i, j, release):
    """Segment of a whole route of type k around the visits ``a`` from node i to node j.

    Goods are ready at time ``release``; the vehicle does not leave before.
    """
    f, depot = p.profile[k], p.start_depot[k]
    early, late, service = p.shift_early[k], p.shift_late[k], 0
    distance, duration = 0, 0
    if depot >= 0:
        early, late = max(early, p.tw_early[depot]), min(late, p.tw_late[depot])
        service = p.service[depot]
        distance, duration = arc(p, f, depot, i)
    route = seg_stop(service, early, late)
    if release > 0:
        route = seg_concat(route, seg_stop(0, release, UNLIMITED), 0, 0)
    route = seg_concat(route, a, distance, duration)
    depot = p.end_depot[k]
    early, late = 0, p.shift_late[k]
    distance, duration = 0, 0
    if depot >= 0:
        early, late = p.tw_early[depot], min(p.tw_late[depot], late)
        distance, duration = arc(p, f, j, depot)
    return seg_concat(route, seg_stop(0, early, late), distance, duration)


@kernel
def route_cost(p, k, a, i, j, release):
    """Cost of a route of type k around the visits ``a``, or -1 if it breaks a limit.

    Loads, stops, skills, and overtime are the caller's business.
    """
    distance, duration, _, _, warp = seg_route(p, k, a, i, j, release)
    if warp > 0 or distance > p.max_distance[k] or duration > p.max_duration[k]:
        return -1
    return p.fixed_cost[k] + distance * p.unit_distance_cost[k] + duration * p.unit_duration_cost[k]
