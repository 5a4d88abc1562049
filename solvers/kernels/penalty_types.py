"""Arrays of the penalized search: a problem, and a plan that may break rules at a price.

The plan is a set of routes, each a chain of trips, each a chain of clients. The first
slots of routes and trips are empty ones, one per vehicle type: a move into such a trip
opens a route. There are few arrays and many columns: every array of an argument costs
time to compile, and in each call that is not inlined.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from routewright.travel import IntArray

from . import penalty_columns as on


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


def new_penalty_state(q: PenaltyRules) -> PenaltyState:
    """Return arrays for one search, without a plan."""
    n, slots = len(q.node), q.num_clients + 2 + q.num_types

    def ints(*shape: int) -> IntArray:
        return np.zeros(shape, dtype=np.int64)

    return PenaltyState(
        visit=ints(n, on.LOADS + 6 * q.num_dims),
        trip=ints(slots, on.TRIP_COLUMNS),
        route=ints(slots, on.ROUTE_COLUMNS),
        part=ints(2, 8, 3),
        buffer=ints(2, 2 * n + 8 + 6 * q.num_dims),
        weight=ints(on.W_LOAD + q.num_dims),
        ctl=ints(on.CTL_SIZE),
        rng=np.ones(1, dtype=np.uint64),
    )


def no_penalty_rules() -> PenaltyRules:
    """Return a problem without nodes, for a call that takes no time."""
    numbers: dict[str, Any] = dict.fromkeys(PenaltyRules._fields, 0)
    none = np.zeros((0, on.DELIVERY), dtype=np.int64)
    cube = np.zeros((1, 0, 0), dtype=np.int64)
    arrays: dict[str, Any] = {
        "node": none,
        "kind": none,
        "dist": cube,
        "dur": cube,
        "windows": none,
        "may_serve": np.zeros((0, 0), dtype=np.uint8),
        "reload_depots": none,
        "near": np.zeros((0, 0), dtype=np.int32),
    }
    return PenaltyRules(**{**numbers, **arrays})
