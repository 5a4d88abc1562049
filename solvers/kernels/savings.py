"""Merging of routes end to end, in the order of the savings.

References
----------
Clarke, G., & Wright, J. W. (1964). Scheduling of vehicles from a central depot to a
number of delivery points. *Operations Research*, 12(4).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routewright.arrays import ProblemArrays
from routewright.travel import IntArray

from . import kernel
from .segments import route_cost, seg_join, seg_node

#: Cost of a route that no vehicle may run: merging it away is always a gain.
NO_VEHICLE = 1 << 62


class Fragments(NamedTuple):
    """Routes that only change at their ends; K types, N nodes, R = number of clients.

    Route r starts as the visit of the r-th client alone. In direction 0 it runs from
    ``ends[r, 0]`` to ``ends[r, 1]``, in direction 1 the other way.
    """

    alive: npt.NDArray[np.uint8]  # (R,)
    vehicle_type: IntArray  # (R,) cheapest type that may run the route, or -1
    cost: IntArray  # (R,) with that type; NO_VEHICLE without one
    ends: IntArray  # (R, 2) nodes
    segment: IntArray  # (R, 2, 5) by direction; see segments.py
    delivery: IntArray  # (R, D)
    pickup: IntArray  # (R, D)
    peak: IntArray  # (R, 2, D) largest load on board, by direction
    release: IntArray  # (R,)
    stops: IntArray  # (R,)
    may_serve: npt.NDArray[np.uint8]  # (R, K) whether a type may serve all its clients
    route: IntArray  # (N,) route of a node that is an end
    link: IntArray  # (N, 2) nodes visited before and after, in any order; or -1
    used: IntArray  # (K,) routes of each type


def new_fragments(p: ProblemArrays) -> Fragments:
    """Return the arrays, without any route."""
    routes, nodes, types, dims = p.num_clients, len(p.location), p.num_types, p.num_dims

    def ints(*shape: int) -> IntArray:
        return np.zeros(shape, dtype=np.int64)

    return Fragments(
        alive=np.zeros(routes, dtype=np.uint8),
        vehicle_type=ints(routes),
        cost=ints(routes),
        ends=ints(routes, 2),
        segment=ints(routes, 2, 5),
        delivery=ints(routes, dims),
        pickup=ints(routes, dims),
        peak=ints(routes, 2, dims),
        release=ints(routes),
        stops=ints(routes),
        may_serve=np.zeros((routes, types), dtype=np.uint8),
        route=ints(nodes),
        link=ints(nodes, 2),
        used=ints(types),
    )


@kernel
def run_singles(p, s):
    """Give every client a route of its own, with the cheapest vehicle for it."""
    for k in range(p.num_types):
        s.used[k] = 0
    for r in range(p.num_clients):
        v = p.num_depots + r
        s.alive[r], s.stops[r], s.release[r], s.route[v] = 1, 1, p.release[v], r
        s.ends[r, 0] = s.ends[r, 1] = v
        s.link[v, 0] = s.link[v, 1] = -1
        for d in range(p.num_dims):
            s.delivery[r, d], s.pickup[r, d] = p.delivery[v, d], p.pickup[v, d]
            s.peak[r, 0, d] = s.peak[r, 1, d] = max(p.delivery[v, d], p.pickup[v, d])
        for k in range(p.num_types):
            s.may_serve[r, k] = p.may_serve[k, v]
        alone = seg_node(p, v)
        _set_segment(s, r, 0, alone)
        _set_segment(s, r, 1, alone)
        cost, k = _cheapest_type(p, s, r, 0, r, 0, 1, alone, v, v)
        s.cost[r], s.vehicle_type[r] = cost, k
        if k >= 0:
            s.used[k] += 1


@kernel
def run_merges(p, s, first, second, limit, force):
    """Join routes at the given pairs of ends, in order; return how many joins were made.

    A join must be feasible and must not cost more than the two routes. With ``force``
    it must reduce the number of routes above ``limit`` (per type) instead.
    """
    made = 0
    for m in range(len(first)):
        i, j = first[m], second[m]
        if s.link[i, 1] >= 0 or s.link[j, 1] >= 0 or s.route[i] == s.route[j]:
            continue
        a, b = s.route[i], s.route[j]
        if not _may_fit(p, s, a, b):
            continue
        # Two ways to join at this pair: ... i j ... and ... j i ...
        a_way = 0 if s.ends[a, 1] == i else 1
        b_way = 0 if s.ends[b, 0] == j else 1
        cost, k = _joined(p, s, a, a_way, b, b_way)
        back_cost, back_k = _joined(p, s, b, 1 - b_way, a, 1 - a_way)
        if min(cost, back_cost) == NO_VEHICLE:
            continue
        if back_cost < cost:
            a, a_way, b, b_way, cost, k = b, 1 - b_way, a, 1 - a_way, back_cost, back_k
        if force:
            if not _fewer_above(s, limit, s.vehicle_type[a], s.vehicle_type[b], k):
                continue
        elif cost - s.cost[a] > s.cost[b]:
            continue
        _join(p, s, a, a_way, b, b_way, cost, k)
        made += 1
    return made


@kernel
def _may_fit(p, s, a, b):
    """Whether a type has room for the sums of deliveries and pickups of two routes."""
    for k in range(p.num_types):
        fits = True
        for d in range(p.num_dims):
            delivery = s.delivery[a, d] + s.delivery[b, d]
            pickup = s.pickup[a, d] + s.pickup[b, d]
            fits = fits and max(delivery, pickup) <= p.capacity[k, d]
        if fits:
            return True
    return False


@kernel
def _fewer_above(s, limit, a, b, k):
    """Whether two routes of types a and b should become one of type k, for the limits."""
    if a < 0 or b < 0:
        return True
    above = s.used[a] > limit[a]
    if k == a:
        above = s.used[b] > limit[b]
    elif k != b:
        above = (above or s.used[b] > limit[b]) and s.used[k] < limit[k]
    return above


@kernel
def _joined(p, s, a, a_way, b, b_way):
    """Cost and type of route a followed by route b; NO_VEHICLE and -1 if none may run it."""
    i, j = s.ends[a, 1 - a_way], s.ends[b, b_way]
    segment = seg_join(p, p.profile[0], _segment(s, a, a_way), i, _segment(s, b, b_way), j)
    if segment[4] > 0:
        return NO_VEHICLE, -1
    head, tail = s.ends[a, a_way], s.ends[b, 1 - b_way]
    return _cheapest_type(p, s, a, a_way, b, b_way, 2, segment, head, tail)


@kernel
def _cheapest_type(p, s, a, a_way, b, b_way, parts, segment, head, tail):
    """Cost and index of the cheapest type for route a (then b, with two parts)."""
    best, best_k = NO_VEHICLE, -1
    release = max(s.release[a], s.release[b])
    stops = s.stops[a] + (s.stops[b] if parts == 2 else 0)
    for k in range(p.num_types):
        if not (s.may_serve[a, k] and s.may_serve[b, k]):
            continue
        if stops > p.max_stops[k] or p.num_available[k] == 0:
            continue
        fits = True
        for d in range(p.num_dims):
            peak = s.peak[a, a_way, d]
            if parts == 2:
                peak = _joint_peak(s, a, a_way, b, b_way, d)
            fits = fits and peak <= p.capacity[k, d]
        if not fits:
            continue
        cost = route_cost(p, k, segment, head, tail, release)
        if 0 <= cost < best:
            best, best_k = cost, k
    return best, best_k


@kernel
def _joint_peak(s, a, a_way, b, b_way, d):
    """Most of dimension d on board: what a later part needs rides along in the first."""
    before = s.peak[a, a_way, d] + s.delivery[b, d]
    return max(before, s.pickup[a, d] + s.peak[b, b_way, d])


@kernel(inline=False)
def _join(p, s, a, a_way, b, b_way, cost, k):
    """Append route b to route a; the result is route a, run in direction 0."""
    f = p.profile[0]
    i, j = s.ends[a, 1 - a_way], s.ends[b, b_way]
    head, tail = s.ends[a, a_way], s.ends[b, 1 - b_way]
    ahead = seg_join(p, f, _segment(s, a, a_way), i, _segment(s, b, b_way), j)
    back = seg_join(p, f, _segment(s, b, 1 - b_way), j, _segment(s, a, 1 - a_way), i)
    _set_segment(s, a, 0, ahead)
    _set_segment(s, a, 1, back)
    for d in range(p.num_dims):
        forth = _joint_peak(s, a, a_way, b, b_way, d)
        s.peak[a, 1, d] = _joint_peak(s, b, 1 - b_way, a, 1 - a_way, d)
        s.peak[a, 0, d] = forth
        s.delivery[a, d] += s.delivery[b, d]
        s.pickup[a, d] += s.pickup[b, d]
    for q in range(p.num_types):
        s.may_serve[a, q] = s.may_serve[a, q] and s.may_serve[b, q]
    for gone in (a, b):
        if s.vehicle_type[gone] >= 0:
            s.used[s.vehicle_type[gone]] -= 1
    s.used[k] += 1
    s.vehicle_type[a], s.cost[a] = k, cost
    s.release[a] = max(s.release[a], s.release[b])
    s.stops[a] += s.stops[b]
    s.ends[a, 0], s.ends[a, 1] = head, tail
    s.route[head] = s.route[tail] = a
    s.link[i, 0 if s.link[i, 0] < 0 else 1] = j
    s.link[j, 0 if s.link[j, 0] < 0 else 1] = i
    s.alive[b] = 0


@kernel
def _segment(s, r, way):
    g = s.segment
    return g[r, way, 0], g[r, way, 1], g[r, way, 2], g[r, way, 3], g[r, way, 4]


@kernel
def _set_segment(s, r, way, segment):
    for q in range(5):
        s.segment[r, way, q] = segment[q]
