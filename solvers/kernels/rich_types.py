"""Arrays of the general search: a problem, and a plan in the making.

The plan is a set of routes, each a chain of trips, each a chain of clients. What can be
derived from the chains is kept beside them (`rich_routes.update_route`) and is only
valid while a route is *fresh*.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routewright.arrays import ProblemArrays
from routewright.travel import UNLIMITED, FloatArray, IntArray

from . import rich_columns as at

Flags = npt.NDArray[np.uint8]


class FarTravel(NamedTuple):
    """The travel fields of `ProblemArrays`, for `travel.arc`."""

    location: IntArray
    distance: IntArray
    duration: IntArray
    coordinates: FloatArray
    metric_kind: IntArray
    metric_rule: IntArray
    metric_scale: FloatArray
    metric_period: FloatArray
    duration_factor: FloatArray


class RichProblem(NamedTuple):
    """A problem laid out for the search; N nodes (depots first), K types, D dimensions.

    Where there are not too many nodes, ``dist`` and ``dur`` hold matrices over nodes, and
    their transposes.
    """

    num_depots: int
    num_dims: int
    num_types: int
    backhaul: int  # as in ProblemArrays
    timed: int  # whether any time matters
    segments: int  # whether the parts of a route have to be timed as segments
    many_windows: int  # whether a client may have several time windows
    mixed: int  # whether there is a choice among types that differ in capacity and costs alone
    paired: int
    grouped: int
    exact_pairs: int  # whether a shipment needs a look at the whole route
    vehicles_first: int
    dense: int  # whether dist and dur are there

    dist: IntArray  # (P, N, N), or (P, 0, 0)
    dist_t: IntArray
    dur: IntArray
    dur_t: IntArray
    far: FarTravel

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
    """A plan, how to undo the iteration under way, the best plan, and working memory.

    Few wide arrays: a call that hands over one more takes time, and so does compiling it.
    """

    visit: IntArray  # (N, VISIT_COLUMNS)
    #: (N, D, 5) after the visit; most up to then; most from then on; brought, taken by then
    load: IntArray
    trip: IntArray  # (slots, TRIP_COLUMNS)
    trip_load: IntArray  # (slots, D, 2) at departure; most in the trip
    route: IntArray  # (slots, ROUTE_COLUMNS)
    part: IntArray  # (N, 2, 5) segments of the trip up to and with a client, and from it on
    whole: IntArray  # (slots, 2, 5) of the route up to a trip's departure, from its arrival on
    fleet: IntArray  # (K, 2)
    served: IntArray  # (G,) client of the group that is visited, or -1
    touched: IntArray  # (slots, TOUCHED_COLUMNS)
    saved_trips: IntArray  # (slots, 4) trip, size, from, to
    slots: IntArray  # (3, slots + 1)
    lists: IntArray  # (NUM_LISTS, ...)
    active: npt.NDArray[np.int32]  # clients of this search
    key: FloatArray  # what requests are sorted by
    ctl: IntArray
    rng: npt.NDArray[np.uint64]


def new_rich_problem(a: ProblemArrays, kinds: Sequence[int]) -> RichProblem:
    """Return a problem with some of its vehicle types, without neighbors and matrices."""
    chosen = np.array(kinds, dtype=np.int64)
    none = np.zeros((len(a.metric_kind), 0, 0), dtype=np.int64)
    return RichProblem(
        num_depots=a.num_depots,
        num_dims=a.num_dims,
        num_types=len(chosen),
        backhaul=a.backhaul,
        timed=1,
        segments=1,
        many_windows=1,
        mixed=1,
        paired=1,
        grouped=1,
        exact_pairs=1,
        vehicles_first=a.vehicles_first,
        dense=0,
        dist=none,
        dist_t=none,
        dur=none,
        dur_t=none,
        far=FarTravel(*(getattr(a, name) for name in FarTravel._fields)),
        node=_nodes(a),
        window_start=a.window_start,
        window_early=a.window_early,
        window_late=a.window_late,
        delivery=a.delivery,
        change=a.pickup + a.amount,
        may_serve=np.ascontiguousarray(a.may_serve[chosen]),
        group_required=a.group_required,
        group_start=a.group_start,
        group_nodes=a.group_nodes,
        kind=_kinds(a)[chosen],
        capacity=np.ascontiguousarray(a.capacity[chosen]),
        reload_start=a.reload_start,
        reload_depots=a.reload_depots,
        near=np.zeros((len(a.location), 0), dtype=np.int32),
        alone=np.zeros((len(chosen), len(a.location)), dtype=np.int64),
    )


def _nodes(a: ProblemArrays) -> IntArray:
    node = np.zeros((len(a.location), at.NODE_COLUMNS), dtype=np.int64)
    node[:, at.EARLY], node[:, at.LATE] = a.tw_early, a.tw_late
    node[:, at.SERVICE], node[:, at.RELEASE] = a.service, a.release
    node[:, at.PRIZE], node[:, at.REQUIRED] = a.prize, a.required
    node[:, at.GROUP], node[:, at.PARTNER] = a.group, a.partner
    node[:, at.IS_PICKUP] = a.is_pickup
    node[:, at.KIND] = at.LINEHAUL * a.delivery.any(axis=1) + at.BACKHAUL * a.pickup.any(axis=1)
    return node


def _kinds(a: ProblemArrays) -> IntArray:
    columns = {
        at.AVAILABLE: a.num_available,
        at.START: a.start_depot,
        at.END: a.end_depot,
        at.SHIFT_EARLY: a.shift_early,
        at.SHIFT_LATE: a.shift_late,
        at.MAX_DISTANCE: a.max_distance,
        at.MAX_DURATION: a.max_duration,
        at.MAX_OVERTIME: a.max_overtime,
        at.MAX_STOPS: a.max_stops,
        at.MAX_RELOADS: a.max_reloads,
        at.FIXED: a.fixed_cost,
        at.PER_DISTANCE: a.unit_distance_cost,
        at.PER_DURATION: a.unit_duration_cost,
        at.PER_OVERTIME: a.unit_overtime_cost,
        at.PROFILE: a.profile,
        at.HEAVY: (a.max_duration < UNLIMITED) | (a.unit_duration_cost > 0),
    }
    rows = np.zeros((a.num_types, at.KIND_COLUMNS), dtype=np.int64)
    for column, values in columns.items():
        rows[:, column] = values
    return rows


def new_rich_state(p: RichProblem, seed: Sequence[int]) -> RichState:
    """Return arrays for one search, without a plan."""
    n, dims = len(p.node), p.num_dims
    # A route that is emptied gives its slot back only when the iteration is over.
    slots = 2 * (n - p.num_depots) + 2

    def ints(*shape: int) -> IntArray:
        return np.zeros(shape, dtype=np.int64)

    ctl = ints(at.CTL_SIZE)
    ctl[at.ROUTE_LIMIT], ctl[at.ONLY_KIND] = slots, -1
    route = ints(slots, at.ROUTE_COLUMNS)
    route[:, at.FIRST] = -1
    word = np.random.SeedSequence(list(seed)).generate_state(1, np.uint64)
    visit = ints(n, at.VISIT_COLUMNS)
    visit[:, at.MISSES], visit[:, at.LEFT_OUT_AT] = 1, -1
    route[:, at.BEST_FIRST] = -1
    return RichState(
        visit=visit,
        load=ints(n, dims, 5),
        trip=ints(slots, at.TRIP_COLUMNS),
        trip_load=ints(slots, dims, 2),
        route=route,
        part=ints(n, 2, 5),
        whole=ints(slots, 2, 5),
        fleet=np.stack([0 * p.kind[:, at.AVAILABLE], p.kind[:, at.AVAILABLE]], axis=1),
        served=np.full(len(p.group_required), -1, dtype=np.int64),
        touched=ints(slots, at.TOUCHED_COLUMNS),
        saved_trips=ints(slots, 4),
        slots=ints(3, slots + 1),
        lists=ints(at.NUM_LISTS, 3 * n + 32),
        active=np.arange(p.num_depots, n, dtype=np.int32),
        key=np.zeros(3 * n + 32),
        ctl=ctl,
        rng=word | np.uint64(1),
    )
