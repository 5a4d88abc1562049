"""One corrupted solution for every rule of the checker, beside a feasible one.

All cases live on a line: depot ``d0`` at 0, depot ``d1`` at 10, and clients ``a``, ``b``,
``c``, ``d`` (indices 0 to 3) at 1, 2, 3, 4, each with a delivery of 1. A unit of distance
takes a unit of time. Vans start and end at ``d0`` and have no limits but those of a case.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import routewright as rw

K = rw.ViolationKind
POSITIONS = (0, 10, 1, 2, 3, 4)  # d0, d1, a, b, c, d
VAN = rw.VehicleType("van")


@dataclass(frozen=True)
class Case:
    """A problem with a feasible and a corrupted solution, and what must be found."""

    kind: rw.ViolationKind
    problem: rw.Problem
    good: rw.Solution
    bad: rw.Solution
    route: int | None = None
    client: str | None = None
    amount: float | None = None


def line(
    clients: dict[int, dict[str, Any]] | None = None,
    vehicles: tuple[rw.VehicleType, ...] = (VAN,),
    **changes: Any,
) -> rw.Problem:
    """The line, with some fields of some clients changed."""
    at = np.array(POSITIONS, dtype=np.int64)
    matrix = np.abs(at[:, None] - at[None, :])
    plain = [rw.Client(name, 2 + i, delivery=(1,)) for i, name in enumerate("abcd")]
    for c, changed in (clients or {}).items():
        plain[c] = replace(plain[c], **changed)
    fields: dict[str, Any] = {
        "travels": (rw.MatrixTravel(matrix, matrix),),
        "depots": (rw.Depot("d0", 0), rw.Depot("d1", 1)),
        "clients": tuple(plain),
        "vehicle_types": vehicles,
        "scale": rw.Scale(load=(1,)),
    }
    return rw.Problem(**(fields | changes))


def van(**fields: Any) -> tuple[rw.VehicleType, ...]:
    """The one van with some fields changed."""
    return (replace(VAN, **fields),)


def visits(*routes: list[int]) -> rw.Solution:
    """A solution of single trips of the first vehicle type."""
    return rw.Solution.from_visits(routes)


def trips(*several: tuple[int, ...], reloads: tuple[int, ...]) -> rw.Solution:
    """A solution of one route of several trips."""
    return rw.Solution([rw.Route(0, several, reloads)])


def in_parts(*routes: tuple[list[int], list[rw.Quantity]]) -> rw.Solution:
    """A solution of single trips that state what their visits bring."""
    return rw.Solution(rw.Route.of(stops, 0, quantities) for stops, quantities in routes)


ALL = visits([0, 1, 2, 3])
SLOW_A = {0: {"service": 2}}
RELOADING = van(max_reloads=2, reload_depots=(0, 1))
PICKUP_D = {3: {"delivery": (), "pickup": (1,)}}
PAIR = {
    "clients": {0: {"required": False}, 3: {"required": False}},
    "shipments": (rw.Shipment(0, 3, (2,)),),
}
GROUPED = {
    "clients": {2: {"required": False, "group": 0}, 3: {"required": False, "group": 0}},
    "groups": (rw.Group((2, 3)),),
}
TWO_TYPES = (VAN, replace(VAN, id="truck", skills=frozenset({"cold"})))
SHARED = rw.Solution([rw.Route.of([0, 1, 2], 0), rw.Route.of([3], 1)])


#: Client d wants 3, and may be brought them in parts; a van takes 4.
SPLIT_D = line({3: {"delivery": (3,), "splittable": True}}, van(capacity=(4,)))
SPLIT_PLAN = in_parts(([0, 3], [None, (1,)]), ([1, 2, 3], [None, None, (2,)]))


def _gap() -> rw.Problem:
    problem = line()
    matrix = problem.travels[0].distance_matrix().copy()
    matrix[4, 5] = rw.UNREACHABLE  # from c to d
    return problem.replace(travels=(rw.MatrixTravel(matrix, matrix),))


CASES = (
    Case(K.UNKNOWN_CLIENT, line(), ALL, visits([0, 1, 2, 3, 7]), route=0),
    Case(
        K.UNKNOWN_VEHICLE_TYPE,
        line({2: {"required": False}, 3: {"required": False}}),
        ALL,
        rw.Solution([rw.Route.of([0, 1]), rw.Route.of([2, 3], 5)]),
        route=1,
    ),
    Case(
        K.UNKNOWN_DEPOT,
        line(vehicles=RELOADING),
        trips((0, 1), (2, 3), reloads=(1,)),
        trips((0, 1), (2, 3), reloads=(9,)),
        route=0,
    ),
    Case(K.DUPLICATE_VISIT, line(), ALL, visits([0, 1], [2, 3, 0]), route=1, client="a", amount=1),
    Case(
        K.QUANTITY_COUNT,
        line(),
        ALL,
        rw.Solution([rw.Route.of([0, 1, 2, 3], quantities=[(1,), None, None])]),
        route=0,
    ),
    Case(
        K.BAD_QUANTITY,
        SPLIT_D,
        SPLIT_PLAN,
        in_parts(([0, 3], [(1,), (3,)]), ([1, 2, 3], [None, None, (0,)])),
        route=1,
        client="d",
    ),
    Case(
        K.NOT_SPLITTABLE,
        SPLIT_D,
        SPLIT_PLAN,
        in_parts(([0, 3], [(2,), (1,)]), ([1, 2, 3], [None, None, (2,)])),
        route=0,
        client="a",
    ),
    Case(
        K.SPLIT_TOTAL,
        SPLIT_D,
        SPLIT_PLAN,
        in_parts(([0, 3], [None, (1,)]), ([1, 2, 3], [None, None, (1,)])),
        client="d",
        amount=1,
    ),
    Case(K.MISSING_CLIENT, line(), ALL, visits([0, 1, 2]), client="d"),
    Case(K.GROUP_MISSING, line(**GROUPED), visits([0, 1, 2]), visits([0, 1])),
    Case(
        K.GROUP_REPEATED,
        line(**GROUPED),
        visits([0, 1, 2]),
        visits([0, 1], [2, 3]),
        client="d",
        amount=1,
    ),
    Case(K.TOO_MANY_VEHICLES, line(vehicles=van(count=1)), ALL, visits([0, 1], [2], [3]), amount=2),
    Case(
        K.EXCESS_LOAD,
        line(vehicles=van(capacity=(3,))),
        visits([0], [1, 2, 3]),
        visits([], [0, 1, 2, 3]),
        route=0,
        amount=1,
    ),
    Case(  # a takes until 3, so that d is reached at 6 through a
        K.LATE_ARRIVAL,
        line({**SLOW_A, 3: {"windows": ((0, 4),)}}),
        visits([3], [0, 1, 2]),
        visits([1, 2], [0, 3]),
        route=1,
        client="d",
        amount=2,
    ),
    Case(
        K.DEPOT_CLOSED,
        line(SLOW_A, depots=(rw.Depot("d0", 0, (0, 8)), rw.Depot("d1", 1))),
        visits([3, 2], [0, 1]),
        visits([2, 1], [0, 3]),
        route=1,
        amount=2,
    ),
    Case(
        K.SHIFT_END,
        line(SLOW_A, van(shift=(0, 8))),
        visits([3, 2], [0, 1]),
        visits([2, 1], [0, 3]),
        route=1,
        amount=2,
    ),
    Case(
        K.MAX_DISTANCE,
        line(vehicles=van(max_distance=8)),
        ALL,
        visits([3, 0, 2, 1]),
        route=0,
        amount=4,
    ),
    Case(
        K.MAX_DURATION,
        line(vehicles=van(max_duration=8, max_overtime=1)),
        ALL,
        visits([3, 0, 2, 1]),
        route=0,
        amount=3,
    ),
    Case(
        K.MAX_STOPS,
        line(vehicles=van(max_stops=2)),
        visits([0, 1], [2, 3]),
        visits([0], [1, 2, 3]),
        route=1,
        amount=1,
    ),
    Case(
        K.MAX_RELOADS,
        line(vehicles=van(max_reloads=1, reload_depots=(0,))),
        trips((0, 1), (2, 3), reloads=(0,)),
        trips((0,), (1,), (2, 3), reloads=(0, 0)),
        route=0,
        amount=1,
    ),
    Case(
        K.RELOAD_DEPOT,
        line(vehicles=van(max_reloads=1, reload_depots=(0,))),
        trips((0, 1), (2, 3), reloads=(0,)),
        trips((0, 1), (2, 3), reloads=(1,)),
        route=0,
    ),
    Case(
        K.RELOAD_COUNT,
        line(vehicles=RELOADING),
        trips((0, 1), (2, 3), reloads=(0,)),
        trips((0, 1), (2, 3), reloads=()),
        route=0,
    ),
    Case(
        K.EMPTY_TRIP,
        line(vehicles=RELOADING),
        trips((0, 1), (2, 3), reloads=(0,)),
        trips((0, 1, 2, 3), (), reloads=(0,)),
        route=0,
    ),
    Case(
        K.BACKHAUL_BEFORE_LINEHAUL,
        line(PICKUP_D, backhaul=rw.BackhaulPolicy.LINEHAUL_FIRST),
        ALL,
        visits([0, 1, 3, 2]),
        route=0,
        client="c",
    ),
    Case(
        K.BACKHAUL_ONLY,
        line(PICKUP_D, backhaul=rw.BackhaulPolicy.LINEHAUL_REQUIRED),
        ALL,
        visits([0, 1, 2], [3]),
        route=1,
        client="d",
    ),
    Case(K.SHIPMENT_INCOMPLETE, line(**PAIR), ALL, visits([0, 1, 2]), client="d"),
    Case(K.SHIPMENT_SPLIT, line(**PAIR), ALL, visits([0, 1], [2, 3]), route=1, client="d"),
    Case(K.SHIPMENT_ORDER, line(**PAIR), ALL, visits([3, 2, 1, 0]), route=0, client="d"),
    Case(
        K.VEHICLE_NOT_ALLOWED,
        line({3: {"allowed_vehicles": frozenset({1})}}, TWO_TYPES),
        SHARED,
        ALL,
        route=0,
        client="d",
    ),
    Case(
        K.MISSING_SKILL,
        line({3: {"skills": frozenset({"cold"})}}, TWO_TYPES),
        SHARED,
        ALL,
        route=0,
        client="d",
        amount=1,
    ),
    Case(K.UNREACHABLE, _gap(), visits([3, 2, 1, 0]), ALL, route=0, client="d"),
    Case(
        K.PRECEDENCE_ORDER,
        line(precedences=((0, 3),)),
        ALL,
        visits([3, 2, 1, 0]),
        route=0,
        client="d",
    ),
    Case(
        K.PRECEDENCE_SPLIT,
        line(precedences=((0, 3),)),
        ALL,
        visits([0, 1], [2, 3]),
        route=1,
        client="d",
    ),
    Case(K.FIXED_EDGE, line(fixed_edges=((3, 2),)), ALL, visits([0, 2, 1, 3])),
    Case(K.LOCK_BROKEN, line(locks=(rw.Lock((0, 1)),)), ALL, visits([0, 2, 1, 3]), route=0),
    Case(
        K.LOCK_VEHICLE,
        line(vehicles=TWO_TYPES, locks=(rw.Lock((3,), vehicle_type=1),)),
        SHARED,
        visits([0, 1, 2], [3]),
        route=1,
    ),
)
