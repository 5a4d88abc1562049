"""Cheapest feasible insertion of a client into existing routes, by full evaluation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from routewright.arrays import ProblemArrays
from routewright.travel import IntArray

from . import kernel
from .segments import route_cost, seg_join, seg_node


class Prefixes(NamedTuple):
    """Working memory: what each beginning of one route carries, and its end."""

    segment: IntArray  # (clients, 5) of route[:t + 1]
    load: IntArray  # (clients, D, 3) likewise: delivery, pickup, peak
    after: IntArray  # (D, 3) of route[t:]


def new_prefixes(p: ProblemArrays) -> Prefixes:
    """Return working memory for routes of any length."""
    return Prefixes(
        np.zeros((p.num_clients, 5), dtype=np.int64),
        np.zeros((p.num_clients, p.num_dims, 3), dtype=np.int64),
        np.zeros((p.num_dims, 3), dtype=np.int64),
    )


@kernel
def run_route(p, w, route, k):
    """Cost of a route of type k through the nodes ``route``; -1 if it is not feasible."""
    return _cost(p, w, route, k)


@kernel
def run_insertion(p, w, visits, start, vehicle_type, node, skip):
    """Cheapest feasible place for a node: (added cost, route, position), or route -1.

    Route r visits the nodes ``visits[start[r]:start[r + 1]]``, or none; route ``skip`` and
    routes of type -1 are left alone. The node goes before the visit at the position.
    """
    best, best_route, best_position = 1 << 62, -1, -1
    for r in range(len(vehicle_type)):
        route, k = visits[start[r] : start[r + 1]], vehicle_type[r]
        if r == skip or k < 0:
            continue
        if len(route) >= p.max_stops[k] or not p.may_serve[k, node]:
            continue
        if not _may_fit(p, route, k, node):
            continue
        cost = max(_cost(p, w, route, k), 0) if len(route) else 0
        extended, position = _best_position(p, w, route, k, node)
        if position >= 0 and extended - cost < best:
            best, best_route, best_position = extended - cost, r, position
    return best, best_route, best_position


@kernel(inline=False)
def _cost(p, w, route, k):
    """Cost of a route, or -1; fills the working memory with its beginnings."""
    if len(route) > p.max_stops[k]:
        return -1
    last, release = len(route) - 1, 0
    for v in route:
        release = max(release, p.release[v])
        if not p.may_serve[k, v]:
            return -1
    _set_prefixes(p, w, route, k)
    for d in range(p.num_dims):
        if w.load[last, d, 2] > p.capacity[k, d]:
            return -1
    return route_cost(p, k, _row(w.segment, last), route[0], route[last], release)


@kernel
def _may_fit(p, route, k, node):
    """Whether the sums of deliveries and of pickups leave room for the node."""
    for d in range(p.num_dims):
        delivery, pickup = p.delivery[node, d], p.pickup[node, d]
        for v in route:
            delivery += p.delivery[v, d]
            pickup += p.pickup[v, d]
        if max(delivery, pickup) > p.capacity[k, d]:
            return False
    return True


@kernel(inline=False)
def _best_position(p, w, route, k, node):
    """Cost of the route with the node at its cheapest position; position -1 if none.

    The working memory holds the beginnings of the route.
    """
    f, size = p.profile[k], len(route)
    release = p.release[node]
    for v in route:
        release = max(release, p.release[v])
    for d in range(p.num_dims):
        w.after[d, 0] = w.after[d, 1] = w.after[d, 2] = 0
    best, best_position = 1 << 62, -1
    # Segment of route[t:], built from the end; of an empty route it is never looked at.
    after = seg_node(p, route[size - 1] if size else node)
    for t in range(size, -1, -1):
        if t < size:
            v = route[t]
            if t < size - 1:
                after = seg_join(p, f, seg_node(p, v), v, after, route[t + 1])
            _prepend_load(p, w, v)
        if not _loads_fit(p, w, k, t, node):
            continue
        segment, head, tail = seg_node(p, node), node, node
        if t > 0:
            segment = seg_join(p, f, _row(w.segment, t - 1), route[t - 1], segment, node)
            head = route[0]
        if t < size:
            segment = seg_join(p, f, segment, node, after, route[t])
            tail = route[size - 1]
        cost = route_cost(p, k, segment, head, tail, release)
        if 0 <= cost < best:
            best, best_position = cost, t
    return best, best_position


@kernel
def _set_prefixes(p, w, route, k):
    """Segments and loads of the beginnings of a route."""
    f = p.profile[k]
    for t in range(len(route)):
        v = route[t]
        segment = seg_node(p, v)
        if t > 0:
            segment = seg_join(p, f, _row(w.segment, t - 1), route[t - 1], segment, v)
        for q in range(5):
            w.segment[t, q] = segment[q]
        for d in range(p.num_dims):
            delivery, pickup, peak = 0, 0, 0
            if t > 0:
                delivery, pickup = w.load[t - 1, d, 0], w.load[t - 1, d, 1]
                peak = w.load[t - 1, d, 2]
            most = max(p.delivery[v, d], p.pickup[v, d])
            w.load[t, d, 0] = delivery + p.delivery[v, d]
            w.load[t, d, 1] = pickup + p.pickup[v, d]
            w.load[t, d, 2] = max(peak + p.delivery[v, d], pickup + most)


@kernel
def _prepend_load(p, w, v):
    """Put a visit before the end of the route that ``w.after`` holds."""
    for d in range(p.num_dims):
        delivery, pickup = p.delivery[v, d], p.pickup[v, d]
        most = max(delivery, pickup)
        w.after[d, 2] = max(most + w.after[d, 0], pickup + w.after[d, 2])
        w.after[d, 0] += delivery
        w.after[d, 1] += pickup


@kernel
def _loads_fit(p, w, k, t, node):
    """Whether the loads of route[:t], the node, and route[t:] stay within the capacity."""
    for d in range(p.num_dims):
        delivery, pickup = p.delivery[node, d], p.pickup[node, d]
        most = max(delivery, pickup)
        needed, returned, peak = w.after[d, 0], 0, 0
        if t > 0:
            returned, peak = w.load[t - 1, d, 1], w.load[t - 1, d, 2]
        peak = max(peak + delivery + needed, returned + most + needed)
        if max(peak, returned + pickup + w.after[d, 2]) > p.capacity[k, d]:
            return False
    return True


@kernel
def _row(segment, t):
    g = segment
    return g[t, 0], g[t, 1], g[t, 2], g[t, 3], g[t, 4]
