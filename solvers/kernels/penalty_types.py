"""Arrays of the penalized search: a problem, and a plan that may break rules at a price.

The plan is a set of routes, each a chain of trips, each a chain of clients. The first
slots of routes and trips are empty ones, one per vehicle type: a move into such a trip
opens a route. There are few arrays and many columns: every array of an argument costs
time to compile, and in each call that is not inlined.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routewright.travel import IntArray


class PenaltyRules(NamedTuple):
    """A problem; N nodes (depots first), K distinct types, P profiles."""

    num_depots: int
    num_clients: int
    num_dims: int
    num_types: int
    num_groups: int
    required_groups: int
    backhaul: int  # as in ProblemArrays
    timed: int  # whether any time matters
    many_windows: int
    paired: int
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
    change: int  # column of `node` where the changes of loads begin

    node: IntArray  # (N, columns)
    kind: IntArray  # (K, columns)
    dist: IntArray  # (P, N, N) distances with bad_arc
    dur: IntArray
    windows: IntArray  # (N, 2 * most) early and late of each window, in order
    may_serve: npt.NDArray[np.uint8]  # (K, N)
    reload_depots: IntArray  # (K, 1 + most) how many, and which
    near: npt.NDArray[np.int32]  # (N, granular)


class PenaltyState(NamedTuple):
    """A plan with penalties, and working memory."""

    visit: IntArray  # (N, columns)
    trip: IntArray  # (slots, TRIP_COLUMNS)
    route: IntArray  # (slots, ROUTE_COLUMNS)
    part: IntArray  # (2, 8, 3) parts of two trips: first, last, reversed
    buffer: IntArray  # (2, length) routes in the making
    weight: IntArray
    ctl: IntArray
    rng: npt.NDArray[np.uint64]
