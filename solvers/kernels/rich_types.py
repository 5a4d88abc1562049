"""Arrays of the general search: a problem, and a plan in the making.

The plan is a set of routes, each a chain of trips, each a chain of clients. What can be
derived from the chains is kept beside them (`rich_routes.update_route`) and is only
valid while a route is *fresh*.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routewright.travel import FloatArray, IntArray

Flags = npt.NDArray[np.uint8]


class RichProblem(NamedTuple):
    """A problem laid out for the search; N nodes (depots first), K types, D dimensions.

    The travel fields are those of `ProblemArrays`, for `travel.arc`; where there are not
    too many nodes, ``dist`` and ``dur`` hold matrices over nodes, and their transposes.
    """

    num_depots: int
    num_dims: int
    num_types: int
    backhaul: int  # as in ProblemArrays
    timed: int  # whether any time matters
    segments: int  # whether the parts of a route have to be timed as segments
    many_windows: int  # whether a client may have several time windows
    paired: int
    grouped: int
    exact_pairs: int  # whether a shipment needs a look at the whole route
    vehicles_first: int
    dense: int  # whether dist and dur are there

    dist: IntArray  # (P, N, N), or (P, 0, 0)
    dist_t: IntArray
    dur: IntArray
    dur_t: IntArray
    location: IntArray
    distance: IntArray
    duration: IntArray
    coordinates: FloatArray
    metric_kind: IntArray
    metric_rule: IntArray
    metric_scale: FloatArray
    metric_period: FloatArray
    duration_factor: FloatArray

    node: IntArray  # (N, NODE_COLUMNS)
    window_start: IntArray
    window_early: IntArray
    window_late: IntArray
    delivery: IntArray  # (N, D)
    change: IntArray  # (N, D) picked up, and shipments taken aboard less those handed over
    may_serve: Flags  # (K, N)
    group_required: Flags
    group_start: IntArray
    group_nodes: IntArray
    kind: IntArray  # (K, KIND_COLUMNS)
    capacity: IntArray  # (K, D)
    reload_start: IntArray
    reload_depots: IntArray
    near: npt.NDArray[np.int32]  # (N, neighbors) clients, nearest first
    alone: IntArray  # (K, N) cost of a route for this unit alone, or NEVER


class RichState(NamedTuple):
    """A plan, how to undo the iteration under way, the best plan, and working memory."""

    visit: IntArray  # (N, VISIT_COLUMNS)
    load: IntArray  # (N, D, 3) after the visit; most before and with it; most from it on
    trip: IntArray  # (slots, TRIP_COLUMNS)
    trip_load: IntArray  # (slots, D, 2) at departure; most in the trip
    route: IntArray  # (slots, ROUTE_COLUMNS)
    before: IntArray  # (N, 5) segment of the trip up to and with a client
    behind: IntArray  # (N, 5) segment of the trip from a client on
    done: IntArray  # (slots, 5) segment of the route up to the departure on a trip
    rest: IntArray  # (slots, 5) segment of the route from the arrival after a trip
    used: IntArray  # (K,)
    served: IntArray  # (G,) client of the group that is visited, or -1
    absence: IntArray  # (N,) how often a client was missing, by the first of its unit

    touched: IntArray  # (slots, TOUCHED_COLUMNS)
    saved: IntArray  # (N,) visits of touched routes
    saved_trips: IntArray  # (slots, 4) trip, size, from, to
    kept: IntArray  # counters before the iteration
    free_routes: IntArray
    free_trips: IntArray

    absent: IntArray  # units that no route visits, by their first client
    absent_place: IntArray  # (N,) where in `absent`, or -1
    active: npt.NDArray[np.int32]  # clients of this search
    removed: IntArray  # clients taken out in this iteration
    placed: IntArray  # clients put in
    requests: IntArray  # units to insert
    key: FloatArray  # what they are sorted by
    buffer: IntArray  # a route in the making
    queue: IntArray  # clients whose surroundings changed
    queued: IntArray  # (N,) whether a client is in the queue
    plans: IntArray  # (4, ...) two routes as they are, and as a move would make them
    seen: IntArray  # (slots,) stamp per trip

    best_next: IntArray  # (N,)
    best_trip: IntArray  # (slots, 3) head, depot it leaves from, next trip
    best_route: IntArray  # (slots, 2) first trip or -1, type
    dirty: IntArray  # routes that changed since the best plan
    ctl: IntArray
    rng: npt.NDArray[np.uint64]
