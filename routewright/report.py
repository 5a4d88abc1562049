"""What the checker says about a solution: costs, schedule, and violations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum, unique

#: A number in the user's units: an int where it is whole, else a float.
Number = int | float


def to_user(value: int, scale: int) -> Number:
    """Convert an internal integer to the user's unit, as an int where it is whole."""
    if scale == 1:
        return value
    whole, rest = divmod(value, scale)
    return whole if rest == 0 else value / scale


@unique
class ViolationKind(StrEnum):
    """Every rule that a solution can break."""

    UNKNOWN_CLIENT = "unknown_client"
    UNKNOWN_VEHICLE_TYPE = "unknown_vehicle_type"
    UNKNOWN_DEPOT = "unknown_depot"
    DUPLICATE_VISIT = "duplicate_visit"
    QUANTITY_COUNT = "quantity_count"
    BAD_QUANTITY = "bad_quantity"
    NOT_SPLITTABLE = "not_splittable"
    SPLIT_TOTAL = "split_total"
    MISSING_CLIENT = "missing_client"
    GROUP_MISSING = "group_missing"
    GROUP_REPEATED = "group_repeated"
    TOO_MANY_VEHICLES = "too_many_vehicles"
    EXCESS_LOAD = "excess_load"
    LATE_ARRIVAL = "late_arrival"
    DEPOT_CLOSED = "depot_closed"
    SHIFT_END = "shift_end"
    MAX_DISTANCE = "max_distance"
    MAX_DURATION = "max_duration"
    MAX_STOPS = "max_stops"
    MAX_RELOADS = "max_reloads"
    RELOAD_DEPOT = "reload_depot"
    RELOAD_COUNT = "reload_count"
    EMPTY_TRIP = "empty_trip"
    BACKHAUL_BEFORE_LINEHAUL = "backhaul_before_linehaul"
    BACKHAUL_ONLY = "backhaul_only"
    SHIPMENT_INCOMPLETE = "shipment_incomplete"
    SHIPMENT_SPLIT = "shipment_split"
    SHIPMENT_ORDER = "shipment_order"
    VEHICLE_NOT_ALLOWED = "vehicle_not_allowed"
    MISSING_SKILL = "missing_skill"
    UNREACHABLE = "unreachable"
    PRECEDENCE_ORDER = "precedence_order"
    PRECEDENCE_SPLIT = "precedence_split"
    FIXED_EDGE = "fixed_edge"
    LOCK_BROKEN = "lock_broken"
    LOCK_VEHICLE = "lock_vehicle"


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule.

    Parameters
    ----------
    kind
        The rule.
    message
        What, where, and by how much, in words.
    route
        Index of the route in the solution, or None.
    client
        The user's id of the client, or None.
    amount
        By how much, in the user's units, or None.
    """

    kind: ViolationKind
    message: str
    route: int | None = None
    client: str | None = None
    amount: Number | None = None

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"


@dataclass(frozen=True, slots=True)
class Stop:
    """A visit with its times and the load on leaving, in the user's units.

    ``quantity`` is what it brings where the solution states that, else None.
    """

    client: int
    id: str
    arrival: Number
    start: Number
    departure: Number
    load: tuple[Number, ...]
    trip: int
    quantity: tuple[Number, ...] | None = None


@dataclass(frozen=True, slots=True)
class RouteReport:
    """What one route does, in the user's units."""

    vehicle_type: int
    vehicle: str
    stops: tuple[Stop, ...]
    start_time: Number
    end_time: Number
    distance: Number
    duration: Number
    travel_time: Number
    service: Number
    waiting: Number
    overtime: Number
    load: tuple[Number, ...]
    cost: Number


@dataclass(frozen=True, slots=True)
class Report:
    """The checker's verdict on a solution.

    Parameters
    ----------
    cost
        Total cost in the user's units; the number that every user sees.
    breakdown
        ``distance``, ``duration``, ``overtime``, ``fixed``, and ``prizes`` (lost);
        they add up to the cost.
    distance, duration
        Totals over all routes, in the user's units.
    num_vehicles
        Routes with at least one visit.
    prize_collected
        Sum of the prizes of the visited clients.
    routes
        One report per route that has a known vehicle type and a known client.
    unassigned
        Client indices that no route visits.
    violations
        Every broken rule; empty if the solution is feasible.
    key
        What solvers compare, smaller is better: (broken, vehicles if they come first,
        internal cost).
    """

    cost: Number
    breakdown: dict[str, Number]
    distance: Number
    duration: Number
    num_vehicles: int
    prize_collected: Number
    routes: tuple[RouteReport, ...]
    unassigned: tuple[int, ...]
    violations: tuple[Violation, ...]
    key: tuple[int, int, int]

    @property
    def feasible(self) -> bool:
        """Whether no rule is broken."""
        return not self.violations

    def stops(self) -> Iterator[Stop]:
        """Yield every stop of every route, in order."""
        for route in self.routes:
            yield from route.stops
