"""Arrays of the penalized search: a plan that may break rules at a price.

The plan is a set of routes, each a chain of trips, each a chain of clients. The first
slots of routes and trips are empty ones, one per vehicle type: a move into such a trip
opens a route.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routewright.travel import IntArray


class PenaltyRules(NamedTuple):
    """What the penalized search knows of a problem beside `RichProblem`."""

    scan: int  # whether routes are evaluated as a whole, not by segments
    limited: int  # whether some vehicle type may not serve some client
    deliveries_only: int  # whether loads only fall on the way
    released: int  # whether goods have release times
    reloads: int
    optional: int  # whether clients may be left out
    fleet: int  # whether there are several vehicle types
    directed: int  # whether a reversed path differs
    one_profile: int
    uniform: int  # whether a unit of distance costs the same in all vehicles
    bad_arc: int  # distance that stands for an arc that does not exist
    near: npt.NDArray[np.int32]  # (N, granular)


class PenaltyState(NamedTuple):
    """A plan with penalties, and working memory."""

    visit: IntArray  # (N, VISIT_COLUMNS)
    before: IntArray  # (N, 5) segment of the trip up to and with a client
    behind: IntArray  # (N, 5) segment of the trip from a client on
    load: IntArray  # (N, D, 6) delivery, change, peak of the trip up to it, and from it on
    trip: IntArray  # (slots, TRIP_COLUMNS)
    done: IntArray  # (slots, 5) segment of the route up to the departure on a trip
    rest: IntArray  # (slots, 5) segment of the route from the arrival after a trip
    route: IntArray  # (slots, ROUTE_COLUMNS)
    used: IntArray  # (K,)
    served: IntArray  # (G,) client of the group that is visited, or -1
    part: IntArray  # (2, 8, 3) parts of two trips: first, last, reversed
    buffer: IntArray  # (2, 2 N) routes in the making
    seen: IntArray  # (N,) stamps
    order: IntArray  # clients in the order in which their moves are tried
    near_trips: IntArray  # (N,) trips to try
    best_places: IntArray  # (N, 6) three places each: cost, after whom
    free_routes: IntArray
    free_trips: IntArray
    weight: IntArray
    ctl: IntArray
    rng: npt.NDArray[np.uint64]
