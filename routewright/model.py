"""The builder: the user's own numbers, ids, and clock times in; a Problem out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from .build import build_problem
from .errors import InputError
from .intake import Amounts
from .model_travel import TravelModel
from .problem import BackhaulPolicy, Objective, Problem, Scale
from .specs import Spec
from .units import Real, Time


class Model(TravelModel):
    """Collects depots, clients, vehicles, and travel, and builds a Problem.

    Numbers are in the user's own units; floats are scaled to integers and the precision
    is noted in ``Problem.notes``. Times are numbers, "HH:MM" (seconds of the day),
    timedeltas (seconds), or datetimes (seconds since ``origin``). Errors are collected
    and raised together by `problem`.

    Parameters
    ----------
    name
        Name of the problem.
    origin
        The instant that is time 0, for datetimes.
    objective, backhaul
        See `problem.Problem`.

    Examples
    --------
    >>> model = Model("toy")
    >>> _ = model.add_depot("depot", x=0, y=0)
    >>> _ = model.add_client("a", x=3, y=4, delivery=5)
    >>> _ = model.add_vehicle_type("van", count=1, capacity=10)
    >>> model.problem().num_clients
    1
    """

    def __init__(
        self,
        name: str = "",
        *,
        origin: datetime | None = None,
        objective: Objective | str = Objective.COST,
        backhaul: BackhaulPolicy | str = BackhaulPolicy.MIXED,
    ) -> None:
        super().__init__(origin)
        self.name = name
        self.origin = origin
        self.objective = Objective(objective)
        self.backhaul = BackhaulPolicy(backhaul)
        self.tour_base = 0
        #: Internal units per user unit; None lets the decimals of the numbers decide.
        self.scale: Scale | None = None
        self.notes: list[str] = []
        self.depots: list[Spec] = []
        self.clients: list[Spec] = []
        self.vehicle_types: list[Spec] = []
        self.shipments: list[Spec] = []
        self.groups: list[Spec] = []
        self.precedences: list[tuple[int, int]] = []
        self.fixed_edges: list[tuple[int, int]] = []
        self.locks: list[Spec] = []

    # Entities -----------------------------------------------------------------

    def add_depot(
        self,
        id: str | int | None = None,
        *,
        x: float | None = None,
        y: float | None = None,
        lat: float | None = None,
        lon: float | None = None,
        location: int | None = None,
        window: tuple[Time | None, Time | None] | None = None,
        service: Time = 0,
        where: str = "",
    ) -> int:
        """Add a depot and return its index.

        Parameters
        ----------
        id
            Name; ``depot<index>`` if not given.
        x, y, lat, lon, location
            Coordinates, or the index of a location (a matrix row).
        window
            Opening and closing time; None for no bound.
        service
            Time spent before each departure.
        where
            Place in the user's input, for error messages.
        """
        index = len(self.depots)
        where = where or f"depots[{index}]"
        place = self._place(where, location, x, y, lat, lon)
        values = {
            "window": self._take.window(where, "window", window),
            "service": self._take.time(where, "service", service),
        }
        self.depots.append(Spec(where, f"depot{index}" if id is None else str(id), values, place))
        return index

    def add_client(
        self,
        id: str | int | None = None,
        *,
        x: float | None = None,
        y: float | None = None,
        lat: float | None = None,
        lon: float | None = None,
        location: int | None = None,
        delivery: Amounts = (),
        pickup: Amounts = (),
        window: tuple[Time | None, Time | None] | None = None,
        windows: Sequence[tuple[Time | None, Time | None]] | None = None,
        service: Time = 0,
        release: Time = 0,
        required: bool = True,
        prize: Real = 0,
        group: int | None = None,
        skills: Iterable[str] = (),
        allowed_vehicles: Iterable[int] | None = None,
        splittable: bool = False,
        where: str = "",
    ) -> int:
        """Add a client and return its index.

        Parameters
        ----------
        id
            Name; the one-based number of the client if not given.
        x, y, lat, lon, location
            Coordinates, or the index of a location (a matrix row).
        delivery, pickup
            Amounts, one per capacity dimension.
        window, windows
            One, or several, time windows for the start of service.
        service, release
            Time at the stop; earliest departure of the trip that serves it.
        required, prize
            An optional client costs its prize when it is not visited.
        group
            Index of the exclusive group (see `add_group`).
        skills, allowed_vehicles
            Skills the vehicle must have; indices of vehicle types that may serve it.
        splittable
            Whether the delivery may be brought in parts, each by a visit of its own.
        where
            Place in the user's input, for error messages.
        """
        index = len(self.clients)
        where = where or f"clients[{index}]"
        if window is not None and windows is not None:
            self._take.issue(where, "windows", "give window or windows, not both")
        given = windows if windows is not None else [window]
        place = self._place(where, location, x, y, lat, lon)
        values = {
            "delivery": self._take.amounts(where, "delivery", delivery),
            "pickup": self._take.amounts(where, "pickup", pickup),
            "windows": [self._take.window(where, "windows", w) for w in given],
            "service": self._take.time(where, "service", service),
            "release": self._take.time(where, "release", release),
            "required": bool(required) and group is None,
            "prize": self._take.number(where, "prize", prize),
            "group": self._take.optional(where, "group", group),
            "skills": frozenset(self._take.names(where, "skills", skills)),
            "allowed_vehicles": (
                None
                if allowed_vehicles is None
                else frozenset(self._take.wholes(where, "allowed_vehicles", allowed_vehicles))
            ),
            "splittable": splittable,
        }
        self.clients.append(Spec(where, str(index + 1) if id is None else str(id), values, place))
        return index

    def add_plain_clients(
        self, ids: Iterable[str | int], locations: Iterable[int], places: Iterable[str]
    ) -> None:
        """Add clients that are nothing but a location, as many as there are ids.

        Parameters
        ----------
        ids, locations
            Names, and indices of locations.
        places
            Places in the user's input, for error messages.
        """
        self.add_client(location=0)
        values = self.clients.pop().values
        for name, location, where in zip(ids, locations, places, strict=True):
            index = self._take.whole(where, "location", location)
            self.clients.append(Spec(where, str(name), values, index))

    def add_vehicle_type(
        self,
        id: str | int | None = None,
        *,
        count: int | None = None,
        capacity: Amounts = (),
        start: int | None = 0,
        end: int | None = 0,
        shift: tuple[Time | None, Time | None] | None = None,
        max_distance: Real | None = None,
        max_duration: Time | None = None,
        max_stops: int | None = None,
        max_overtime: Time = 0,
        max_reloads: int | None = 0,
        reload_depots: Iterable[int] = (),
        fixed_cost: Real = 0,
        unit_distance_cost: Real = 1,
        unit_duration_cost: Real = 0,
        unit_overtime_cost: Real = 0,
        profile: int = 0,
        skills: Iterable[str] = (),
        vehicle_ids: Iterable[str | int] = (),
        breaks: Iterable[tuple[tuple[Time | None, Time | None], Time]] = (),
        where: str = "",
    ) -> int:
        """Add interchangeable vehicles and return the index of their type.

        Limits are None where there is none; costs are per unit of distance or time in
        the user's units. ``start`` or ``end`` None makes routes open at that side.
        ``breaks`` are (window, service) pairs. See
        `problem.VehicleType` for each parameter.
        """
        index = len(self.vehicle_types)
        where = where or f"vehicle_types[{index}]"
        take = self._take
        values: dict[str, Any] = {
            "count": take.optional(where, "count", count),
            "capacity": take.amounts(where, "capacity", capacity, unlimited=True),
            "start": take.optional(where, "start", start),
            "end": take.optional(where, "end", end),
            "shift": take.window(where, "shift", shift),
            "max_distance": take.limit(where, "max_distance", max_distance),
            "max_duration": take.limit(where, "max_duration", max_duration, time=True),
            "max_overtime": take.limit(where, "max_overtime", max_overtime, time=True),
            "max_stops": take.limit(where, "max_stops", max_stops),
            "max_reloads": take.limit(where, "max_reloads", max_reloads),
            "reload_depots": take.wholes(where, "reload_depots", reload_depots),
            "fixed_cost": take.number(where, "fixed_cost", fixed_cost),
            "unit_distance_cost": take.number(where, "unit_distance_cost", unit_distance_cost),
            "unit_duration_cost": take.number(where, "unit_duration_cost", unit_duration_cost),
            "unit_overtime_cost": take.number(where, "unit_overtime_cost", unit_overtime_cost),
            "profile": take.whole(where, "profile", profile),
            "skills": frozenset(take.names(where, "skills", skills)),
            "vehicle_ids": take.names(where, "vehicle_ids", vehicle_ids),
            "breaks": [
                (take.window(where, "breaks", window), take.time(where, "breaks", service))
                for window, service in breaks
            ],
        }
        name = f"vehicle{index + 1}" if id is None else str(id)
        self.vehicle_types.append(Spec(where, name, values))
        return index

    def add_shipment(
        self,
        pickup: int,
        delivery: int,
        amount: Amounts = (),
        *,
        id: str | int = "",
        where: str = "",
    ) -> int:
        """Carry an amount from one client (index) to another, in one trip of one vehicle."""
        where = where or f"shipments[{len(self.shipments)}]"
        values = {
            "from": self._take.whole(where, "pickup", pickup),
            "to": self._take.whole(where, "delivery", delivery),
            "amount": self._take.amounts(where, "amount", amount),
        }
        self.shipments.append(Spec(where, str(id), values))
        return len(self.shipments) - 1

    def add_group(self, *, required: bool = True, id: str | int = "", where: str = "") -> int:
        """Add a mutually exclusive group; clients join it by ``group=`` its index."""
        where = where or f"groups[{len(self.groups)}]"
        self.groups.append(Spec(where, str(id), {"required": required}))
        return len(self.groups) - 1

    def add_precedence(self, before: int, after: int) -> None:
        """Visit one client (index) before another, in the same route."""
        where = f"precedences[{len(self.precedences)}]"
        first, second = self._take.wholes(where, "", (before, after))
        self.precedences.append((first, second))

    def add_fixed_edge(self, a: int, b: int) -> None:
        """Make two nodes (depots first, then clients) neighbors in a route."""
        where = f"fixed_edges[{len(self.fixed_edges)}]"
        first, second = self._take.wholes(where, "", (a, b))
        self.fixed_edges.append((first, second))

    def add_lock(
        self,
        visits: Iterable[int],
        *,
        vehicle_type: int | None = None,
        at_start: bool = True,
    ) -> None:
        """Keep visits (client indices) together, in this order, in one route."""
        where = f"locks[{len(self.locks)}]"
        values = {
            "visits": self._take.wholes(where, "visits", visits),
            "vehicle_type": self._take.optional(where, "vehicle_type", vehicle_type),
            "at_start": at_start,
        }
        self.locks.append(Spec(where, "", values))

    def problem(self) -> Problem:
        """Build the validated problem.

        Raises
        ------
        InputError
            Listing every issue of the whole model.
        """
        try:
            problem = build_problem(self)
        except InputError as error:
            raise InputError([*self.issues, *error.issues], self.name) from None
        if self.issues:
            raise InputError(self.issues, self.name)
        return problem
