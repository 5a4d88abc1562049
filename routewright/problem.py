"""The problem: an immutable, validated description of what is to be routed.

All numbers are integers in internal units; `Scale` says how they relate to the
user's own. `model.Model` builds a Problem from the user's numbers.
Nodes are numbered depots first: node ``d`` is depot ``d``, node ``num_depots + c`` is
client ``c``. Every attribute is neutral by default.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum, unique
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from .travel import UNLIMITED, Travel

if TYPE_CHECKING:
    from .arrays import ProblemArrays
    from .attributes import Attribute
    from .errors import Issue

#: A time window (earliest, latest) for the start of service, both inclusive.
Window = tuple[int, int]
ALWAYS: tuple[Window, ...] = ((0, UNLIMITED),)


@unique
class BackhaulPolicy(StrEnum):
    """Where pickups (backhauls) may stand among deliveries (linehauls) in a trip."""

    MIXED = "mixed"
    LINEHAUL_FIRST = "linehaul_first"
    LINEHAUL_REQUIRED = "linehaul_required"  # linehaul first, and no backhaul-only trip


@unique
class Objective(StrEnum):
    """What is minimized."""

    COST = "cost"
    VEHICLES_THEN_COST = "vehicles-then-distance"


@dataclass(frozen=True, slots=True)
class Scale:
    """Internal units per user unit: ``internal = user * scale``.

    Parameters
    ----------
    distance, time, cost
        For distances, times, and money. ``cost`` is in internal cost units per unit.
    load
        One entry per capacity dimension.
    """

    distance: int = 1
    time: int = 1
    cost: int = 1
    load: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Depot:
    """A place where routes start, end, or reload.

    Parameters
    ----------
    id
        The user's name for it.
    location
        Index of the location.
    window
        Vehicles leave not before the first and return not after the second; one that
        returns before the depot opens waits.
    service
        Time spent before each departure (first start and every reload).
    """

    id: str
    location: int
    window: Window = (0, UNLIMITED)
    service: int = 0


@dataclass(frozen=True, slots=True)
class Client:
    """A stop to be visited at most once, or once per trip where it is splittable.

    Parameters
    ----------
    id
        The user's name for it; for benchmark files its number in solution files.
    location
        Index of the location.
    delivery, pickup
        Amounts brought from, and taken to, the depot; one entry per dimension.
    windows
        Disjoint increasing windows for the start of service; waiting is allowed.
    service
        Time spent at the stop.
    release
        The trip that serves this client may not leave its depot earlier.
    required
        Whether it must be visited (a member of a group is never required itself).
    prize
        Cost incurred if an optional client is not visited, in internal cost units.
    group
        Index of the mutually exclusive group it belongs to, or None.
    skills
        Every one of these must be offered by the vehicle type.
    allowed_vehicles
        Vehicle types that may serve it (indices), or None for all.
    splittable
        Whether the delivery may be brought in parts, each by a visit of its own.
    """

    id: str
    location: int
    delivery: tuple[int, ...] = ()
    pickup: tuple[int, ...] = ()
    windows: tuple[Window, ...] = ALWAYS
    service: int = 0
    release: int = 0
    required: bool = True
    prize: int = 0
    group: int | None = None
    skills: frozenset[str] = frozenset()
    allowed_vehicles: frozenset[int] | None = None
    splittable: bool = False

    @property
    def may_be_split(self) -> bool:
        """Whether there is a delivery, and it may be brought in parts."""
        return self.splittable and any(self.delivery)


@dataclass(frozen=True, slots=True)
class Shipment:
    """Goods carried from one client to another by one vehicle in one trip.

    Parameters
    ----------
    pickup, delivery
        Client indices; the pickup is visited first. Both or neither are visited.
    amount
        Load between the two stops, one entry per dimension.
    """

    pickup: int
    delivery: int
    amount: tuple[int, ...] = ()
    id: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Clients of which at most one is visited; exactly one if required."""

    clients: tuple[int, ...]
    required: bool = True
    id: str = ""


@dataclass(frozen=True, slots=True)
class Break:
    """Reserved: a pause of a driver within a window."""

    window: Window
    service: int


@dataclass(frozen=True, slots=True)
class TravelPeriod:
    """Reserved: departures within the window take ``factor`` times the duration."""

    window: Window
    factor: float


@dataclass(frozen=True, slots=True)
class VehicleType:
    """Interchangeable vehicles.

    Parameters
    ----------
    id
        The user's name for the type.
    count
        How many there are; None for as many as wanted.
    capacity
        One entry per dimension.
    start, end
        Depot indices; None where the route begins at its first or ends at its last
        client (open route).
    shift
        A route starts not before the first and ends not after the second.
    max_distance, max_duration, max_stops
        Limits per route; a duration includes service and waiting.
    max_overtime
        Duration allowed beyond ``max_duration``, at ``unit_overtime_cost``.
    max_reloads
        Reloads allowed within a route (trips minus one).
    reload_depots
        Depot indices where the vehicle may reload.
    fixed_cost, unit_distance_cost, unit_duration_cost, unit_overtime_cost
        In internal cost units, per internal unit of distance or time.
    profile
        Index of the travel profile.
    skills
        What the vehicle offers.
    vehicle_ids
        The users' names of the single vehicles, in file order; may be empty.
    breaks
        Reserved.
    """

    id: str
    count: int | None = None
    capacity: tuple[int, ...] = ()
    start: int | None = 0
    end: int | None = 0
    shift: Window = (0, UNLIMITED)
    max_distance: int = UNLIMITED
    max_duration: int = UNLIMITED
    max_stops: int = UNLIMITED
    max_overtime: int = 0
    max_reloads: int = 0
    reload_depots: tuple[int, ...] = ()
    fixed_cost: int = 0
    unit_distance_cost: int = 1
    unit_duration_cost: int = 0
    unit_overtime_cost: int = 0
    profile: int = 0
    skills: frozenset[str] = frozenset()
    vehicle_ids: tuple[str, ...] = ()
    breaks: tuple[Break, ...] = ()


@dataclass(frozen=True, slots=True)
class Lock:
    """Visits that must stay together, in this order, in one route.

    Parameters
    ----------
    visits
        Client indices.
    vehicle_type
        Index of the type that must run the route, or None.
    at_start
        Whether they must be the first visits of the route.
    """

    visits: tuple[int, ...]
    vehicle_type: int | None = None
    at_start: bool = True


@dataclass(frozen=True)
class Problem:
    """A routing problem; see the module for units and numbering.

    Parameters
    ----------
    travels
        One per profile, over the same locations.
    depots, clients, vehicle_types, shipments, groups
        The entities; indices in them refer to these tuples.
    backhaul
        Where pickups may stand among deliveries.
    precedences
        Client pairs (before, after): if both are visited, they are in one route in
        this order.
    fixed_edges
        Node pairs that must be adjacent, in either direction.
    locks
        Visits that are already decided.
    travel_periods
        Reserved for travel times that depend on the time of day.
    objective
        What is minimized.
    scale
        Internal units per user unit.
    name
        The user's name for the problem.
    notes
        What the builder or reader decided or could not represent exactly.

    Raises
    ------
    InputError
        Naming every inconsistency at once.
    """

    travels: tuple[Travel, ...]
    depots: tuple[Depot, ...]
    clients: tuple[Client, ...]
    vehicle_types: tuple[VehicleType, ...]
    shipments: tuple[Shipment, ...] = ()
    groups: tuple[Group, ...] = ()
    backhaul: BackhaulPolicy = BackhaulPolicy.MIXED
    precedences: tuple[tuple[int, int], ...] = ()
    fixed_edges: tuple[tuple[int, int], ...] = ()
    locks: tuple[Lock, ...] = ()
    travel_periods: tuple[TravelPeriod, ...] = ()
    objective: Objective = Objective.COST
    scale: Scale = field(default_factory=Scale)
    name: str = ""
    notes: tuple[str, ...] = ()
    #: How solution files of the source number nodes: 0 for VRPLIB, 1 for TSPLIB tours.
    tour_base: int = 0

    def __post_init__(self) -> None:
        from .validation import validate

        validate(self)

    def replace(self, **changes: Any) -> Problem:
        """Return a validated copy with some fields changed."""
        return replace(self, **changes)

    @property
    def num_clients(self) -> int:
        """Number of clients."""
        return len(self.clients)

    @property
    def num_depots(self) -> int:
        """Number of depots."""
        return len(self.depots)

    @property
    def num_locations(self) -> int:
        """Number of locations."""
        return self.travels[0].num_locations

    @property
    def num_dimensions(self) -> int:
        """Number of capacity dimensions."""
        return len(self.scale.load)

    def node_location(self, node: int) -> int:
        """Location index of a node (depots first)."""
        first = self.num_depots
        return (self.depots[node] if node < first else self.clients[node - first]).location

    def may_serve(self, vehicle_type: int, client: int) -> bool:
        """Whether the vehicle type has the skills and the permission to serve the client."""
        c = self.clients[client]
        allowed = c.allowed_vehicles is None or vehicle_type in c.allowed_vehicles
        return allowed and c.skills <= self.vehicle_types[vehicle_type].skills

    @cached_property
    def client_index(self) -> dict[str, int]:
        """Client index by the user's id."""
        return {client.id: i for i, client in enumerate(self.clients)}

    @cached_property
    def shipment_of(self) -> dict[int, Shipment]:
        """Shipment by the client index of its pickup, and of its delivery."""
        return {client: s for s in self.shipments for client in (s.pickup, s.delivery)}

    @cached_property
    def total_prize(self) -> int:
        """Sum of all prizes, in internal cost units."""
        return sum(client.prize for client in self.clients)

    @cached_property
    def vehicle_type_of(self) -> dict[str, int]:
        """Vehicle type index by the id of a single vehicle, where vehicles are named."""
        return {
            vehicle: k
            for k, vehicle_type in enumerate(self.vehicle_types)
            for vehicle in vehicle_type.vehicle_ids
        }

    def attributes(self) -> frozenset[Attribute]:
        """Return what the problem uses; see `attributes.Attribute`."""
        return cast("frozenset[Attribute]", self._once("_attributes", "usage", "used_attributes"))

    def arrays(self) -> ProblemArrays:
        """Return the arrays for kernels: int64 or float64, C-contiguous; never write to them."""
        return cast("ProblemArrays", self._once("_arrays", "arrays", "build_arrays"))

    def infeasibilities(self) -> tuple[Issue, ...]:
        """Return proofs that no feasible solution exists; empty when none is known."""
        found = self._once("_infeasibilities", "necessary", "proofs_of_infeasibility")
        return cast("tuple[Issue, ...]", found)

    def _once(self, key: str, module: str, function: str) -> Any:
        """Compute on first use, in a module of its own, and keep the value."""
        if key not in self.__dict__:
            from importlib import import_module

            compute: Callable[[Problem], Any] = getattr(
                import_module(f"routewright.{module}"), function
            )
            self.__dict__[key] = compute(self)
        return self.__dict__[key]
