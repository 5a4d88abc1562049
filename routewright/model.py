"""The builder: the user's own numbers, ids, and clock times in; a Problem out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import numpy.typing as npt

from .build import build_problem
from .errors import InputError
from .intake import Amounts, Intake
from .problem import BackhaulPolicy, Objective, Problem
from .specs import Spec, Travels
from .travel import Metric, Rounding
from .units import Time


class Model:
    """Collects depots, clients, vehicles, and travel, and builds a Problem.

    Numbers are in the user's own units; floats are scaled to integers and the precision
    is noted in ``Problem.notes``. Times are numbers, "HH:MM" (seconds of the day),
    timedeltas (seconds), or datetimes (seconds since ``origin``). Errors are collected
    and raised together by :meth:`problem`.

    Parameters
    ----------
    name
        Name of the problem.
    origin
        The instant that is time 0, for datetimes.
    objective, backhaul
        See :class:`~routewright.problem.Problem`.

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
        self.name = name
        self.origin = origin
        self.objective = Objective(objective)
        self.backhaul = BackhaulPolicy(backhaul)
        self.tour_base = 0
        self.notes: list[str] = []
        self._take = Intake(origin)
        #: What is wrong so far; readers add their own.
        self.issues = self._take.issues
        self.travels = Travels()
        self.depots: list[Spec] = []
        self.clients: list[Spec] = []
        self.vehicle_types: list[Spec] = []
        self.shipments: list[Spec] = []
        self.groups: list[Spec] = []
        self.precedences: list[tuple[int, int]] = []
        self.fixed_edges: list[tuple[int, int]] = []
        self.locks: list[Spec] = []

    # Entities -----------------------------------------------------------------

    def add_location(
        self,
        x: float | None = None,
        y: float | None = None,
        *,
        z: float | None = None,
        lat: float | None = None,
        lon: float | None = None,
        where: str = "",
    ) -> int:
        """Add a place, planar (x, y[, z]) or geographic (lat, lon), and return its index."""
        where = where or f"locations[{len(self.travels.points)}]"
        geographic = lat is not None or lon is not None
        given = (lon, lat) if geographic else (x, y)
        if None in given or (geographic and (x is not None or y is not None)):
            self._take.issue(where, "coordinates", "give x and y, or lat and lon")
            given = (0.0, 0.0)
        if self.travels.points and geographic != self.travels.geographic:
            self._take.issue(where, "coordinates", "x, y and lat, lon cannot be mixed in one model")
        self.travels.geographic = geographic
        point = [self._take.number(where, "coordinates", v, negative=True) for v in given]
        if z is not None:
            point.append(self._take.number(where, "coordinates", z, negative=True))
        self.travels.points.append(tuple(point))
        return len(self.travels.points) - 1

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
        values = {
            "location": self._place(where, location, x, y, lat, lon),
            "window": self._take.window(where, "window", window),
            "service": self._take.time(where, "service", service),
        }
        self.depots.append(Spec(where, f"depot{index}" if id is None else str(id), values))
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
        prize: float = 0,
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
            Index of the exclusive group (see :meth:`add_group`).
        skills, allowed_vehicles
            Skills the vehicle must have; indices of vehicle types that may serve it.
        splittable
            Reserved for split delivery.
        where
            Place in the user's input, for error messages.
        """
        index = len(self.clients)
        where = where or f"clients[{index}]"
        if window is not None and windows is not None:
            self._take.issue(where, "windows", "give window or windows, not both")
        given = windows if windows is not None else [window]
        values = {
            "location": self._place(where, location, x, y, lat, lon),
            "delivery": self._take.amounts(where, "delivery", delivery),
            "pickup": self._take.amounts(where, "pickup", pickup),
            "windows": [self._take.window(where, "windows", w) for w in given],
            "service": self._take.time(where, "service", service),
            "release": self._take.time(where, "release", release),
            "required": bool(required) and group is None,
            "prize": self._take.number(where, "prize", prize),
            "group": group,
            "skills": frozenset(skills),
            "allowed_vehicles": None if allowed_vehicles is None else frozenset(allowed_vehicles),
            "splittable": splittable,
        }
        self.clients.append(Spec(where, str(index + 1) if id is None else str(id), values))
        return index

    def add_vehicle_type(
        self,
        id: str | int | None = None,
        *,
        count: int | None = None,
        capacity: Amounts = (),
        start: int | None = 0,
        end: int | None = 0,
        shift: tuple[Time | None, Time | None] | None = None,
        max_distance: float | None = None,
        max_duration: Time | None = None,
        max_stops: int | None = None,
        max_overtime: Time = 0,
        max_reloads: int | None = 0,
        reload_depots: Iterable[int] = (),
        fixed_cost: float = 0,
        unit_distance_cost: float = 1,
        unit_duration_cost: float = 0,
        unit_overtime_cost: float = 0,
        profile: int = 0,
        skills: Iterable[str] = (),
        vehicle_ids: Iterable[str | int] = (),
        where: str = "",
    ) -> int:
        """Add interchangeable vehicles and return the index of their type.

        Limits are None where there is none; costs are per unit of distance or time in
        the user's units. ``start`` or ``end`` None makes routes open at that side. See
        :class:`~routewright.problem.VehicleType` for each parameter.
        """
        index = len(self.vehicle_types)
        where = where or f"vehicle_types[{index}]"
        if count is not None and (isinstance(count, bool) or int(count) != count):
            self._take.issue(where, "count", f"{count} must be a whole number or None")
            count = None
        numbers = {
            name: math.inf
            if value is None
            else self._take.number(where, name, value, unlimited=True)
            for name, value in (
                ("max_distance", max_distance),
                ("max_stops", max_stops),
                ("max_reloads", max_reloads),
                ("fixed_cost", fixed_cost),
                ("unit_distance_cost", unit_distance_cost),
                ("unit_duration_cost", unit_duration_cost),
                ("unit_overtime_cost", unit_overtime_cost),
            )
        }
        values: dict[str, Any] = {
            **numbers,
            "count": None if count is None else int(count),
            "capacity": self._take.amounts(where, "capacity", capacity, unlimited=True),
            "start": start,
            "end": end,
            "shift": self._take.window(where, "shift", shift),
            "max_duration": (
                math.inf
                if max_duration is None
                else self._take.time(where, "max_duration", max_duration, unlimited=True)
            ),
            "max_overtime": self._take.time(where, "max_overtime", max_overtime, unlimited=True),
            "reload_depots": tuple(reload_depots),
            "profile": profile,
            "skills": frozenset(skills),
            "vehicle_ids": tuple(str(v) for v in vehicle_ids),
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
            "pickup": pickup,
            "delivery": delivery,
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
        self.precedences.append((before, after))

    def add_fixed_edge(self, a: int, b: int) -> None:
        """Make two nodes (depots first, then clients) neighbors in a route."""
        self.fixed_edges.append((a, b))

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
            "visits": tuple(visits),
            "vehicle_type": vehicle_type,
            "at_start": at_start,
        }
        self.locks.append(Spec(where, "", values))

    # Travel ---------------------------------------------------------------------

    def set_metric(self, metric: Metric | Rounding | str, *, speed: float = 1.0) -> None:
        """Compute distances from coordinates.

        Parameters
        ----------
        metric
            A metric, or a rounding convention of the Euclidean metric. Default:
            Euclidean with ``none`` for x and y, great circle meters for lat and lon.
        speed
            Distance per unit of time: durations are distance / speed.
        """
        self.travels.metric = metric if isinstance(metric, Metric) else Metric.euclidean(metric)
        if not (math.isfinite(speed) and speed > 0):
            self._take.issue("", "speed", f"{speed} must be a positive number")
            speed = 1.0
        self.travels.speed = speed

    def add_matrix(
        self,
        distance: npt.ArrayLike | None = None,
        duration: npt.ArrayLike | None = None,
        *,
        rounding: Rounding | str | None = None,
    ) -> int:
        """Add a travel profile from matrices and return its index.

        Parameters
        ----------
        distance, duration
            Shape (locations, locations); ``inf`` where no way exists. If one is
            missing, it equals the other.
        rounding
            Rule to round the values by; None keeps them as they are.
        """
        if distance is None and duration is None:
            self._take.issue("", "matrix", "give distance, duration, or both")
            return 0
        index = len(self.travels.distance)
        first = self._take.matrix(index, "distance", distance)
        second = self._take.matrix(index, "duration", duration)
        self.travels.distance.append(second if first is None else first)
        self.travels.duration.append(first if second is None else second)
        if rounding is not None:
            self.travels.rounding = Rounding(rounding)
        return index

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

    def _place(
        self,
        where: str,
        location: int | None,
        x: float | None,
        y: float | None,
        lat: float | None,
        lon: float | None,
    ) -> int:
        if location is not None:
            if not (x is None and y is None and lat is None and lon is None):
                self._take.issue(where, "location", "give coordinates or a location, not both")
            return location
        return self.add_location(x, y, lat=lat, lon=lon, where=where)
