"""From a problem to VROOM's input; what VROOM cannot express is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from routewright.attributes import Attribute
from routewright.errors import UnsupportedError
from routewright.problem import ALWAYS, Client, Problem, VehicleType, Window
from routewright.travel import UNLIMITED, CoordinateTravel, IntArray, MetricKind

from .vroom_numbers import task_kinds, task_numbers, vehicles, whole_numbers
from .vroom_priority import priorities

Fields = dict[str, Any]

A = Attribute
_EXPRESSIBLE = frozenset(
    {
        A.ALLOWED_VEHICLES,
        A.ASYMMETRIC,
        A.BREAKS,
        A.CAPACITY,
        A.DEPOT_WINDOWS,
        A.DIFFERENT_START_END,
        A.DISTANCE_COSTS,
        A.FIXED_COSTS,
        A.HETEROGENEOUS_FLEET,
        A.LIMITED_FLEET,
        A.MAX_DISTANCE,
        A.MAX_STOPS,
        A.MULTIPLE_CAPACITIES,
        A.MULTIPLE_DEPOTS,
        A.MULTIPLE_TIME_WINDOWS,
        A.OPEN_ROUTES,
        A.OPTIONAL_CLIENTS,
        A.PICKUP,
        A.PROFILES,
        A.SERVICE,
        A.SHIFTS,
        A.SHIPMENTS,
        A.TIME_WINDOWS,
    }
)
_LARGEST = 2**32 - 1  # VROOM keeps durations, distances, and costs in 32 bits
_MOST_LOCATIONS = 5000
_ANY_TIME: Window = (0, UNLIMITED)


def to_input(problem: Problem) -> Fields:
    """Return VROOM's input for a problem.

    Raises
    ------
    UnsupportedError
        Naming everything that VROOM JSON cannot express.
    """
    writer = _Writer(problem)
    refused = {str(a) for a in problem.attributes() - _EXPRESSIBLE} | set(_losses(problem))
    if problem.num_locations > _MOST_LOCATIONS:
        refused.add(f"more than {_MOST_LOCATIONS} locations")
    fields = {} if refused else writer.fields()
    if refused | writer.refused:
        hint = ""
        if any(name.startswith("fractional") for name in writer.refused):
            hint = "VROOM takes whole numbers; read the problem with another rounding"
        raise UnsupportedError("VROOM JSON", refused | writer.refused, hint)
    return fields


def _losses(p: Problem) -> Iterator[str]:
    """Yield what is not an attribute by itself but would be lost."""
    if any(not c.required for c in p.clients) and priorities(p) is None:
        yield "prizes other than priorities"
    ends = {c for s in p.shipments for c in (s.pickup, s.delivery)}
    if any(any(p.clients[c].delivery) or any(p.clients[c].pickup) for c in ends):
        yield "shipments with loads for a depot"
    if not any(v.count is None or v.count for v in p.vehicle_types):
        yield "no vehicles"
    for v in p.vehicle_types:
        if v.start is None and v.end is None:
            yield "routes that are open at both ends"
        windows = {p.depots[d].window for d in (v.start, v.end) if d is not None}
        if v.start != v.end and windows - {_ANY_TIME}:
            yield "windows of depots where routes only start or only end"


class _Writer:
    def __init__(self, problem: Problem) -> None:
        self.p = problem
        #: What turns out not to be expressible while writing.
        self.refused: set[str] = set()
        self.matrices: dict[str, Fields] = {}
        #: VROOM needs every profile's distances where any vehicle's are limited.
        self.limited = any(v.max_distance != UNLIMITED for v in problem.vehicle_types)
        self.kinds = task_kinds(problem)
        self.numbers = task_numbers(problem)
        self.priorities = priorities(problem) or [0] * problem.num_clients
        self._skills()

    def fields(self) -> Fields:
        p = self.p
        shipped = {c for s in p.shipments for c in (s.pickup, s.delivery)}
        types = [self._vehicle(k, v) for k, v in enumerate(p.vehicle_types)]
        return {
            "vehicles": [
                _described(number, p.vehicle_types[k].id) | types[k] for number, k in vehicles(p)
            ],
            "jobs": [self._job(c) for c in range(p.num_clients) if c not in shipped],
            "shipments": [
                {
                    "pickup": self._task(s.pickup),
                    "delivery": self._task(s.delivery),
                    "amount": self._loads(s.amount),
                    "skills": sorted({*self._needs(s.pickup), *self._needs(s.delivery)}),
                    "priority": self.priorities[s.pickup],
                }
                for s in p.shipments
            ],
            "matrices": self.matrices,
        }

    # Numbers ------------------------------------------------------------------------

    def _whole(self, value: Fraction | int, scale: int, what: str) -> int:
        """Return ``value / scale``, which must be whole and fit."""
        quotient = Fraction(value) / scale
        if quotient.denominator != 1:
            self.refused.add(f"fractional {what}")
        elif quotient > _LARGEST:
            self.refused.add(f"{what} above 32 bits")
        return int(quotient)

    def _time(self, value: int) -> int:
        return _LARGEST if value == UNLIMITED else self._whole(value, self.p.scale.time, "times")

    def _window(self, window: Window) -> list[int]:
        return [self._time(bound) for bound in window]

    def _loads(self, loads: tuple[int, ...]) -> list[int]:
        scales = self.p.scale.load
        padded = loads or (0,) * len(scales)
        return [self._whole(v, s, "loads") for v, s in zip(padded, scales, strict=True)]

    def _table(self, units: IntArray, rate: Fraction, what: str) -> list[list[int]]:
        """Return the matrix times the rate, whose entries must be whole and fit."""
        if rate.numerator and int(units.max(initial=0)) > 2**62 // rate.numerator:
            self.refused.add(f"{what} above 32 bits")
            return []
        whole, rest = np.divmod(units * rate.numerator, rate.denominator)
        if rest.any():
            self.refused.add(f"fractional {what}")
        if whole.max(initial=0) > _LARGEST:
            self.refused.add(f"{what} above 32 bits")
        table: list[list[int]] = whole.tolist()
        return table

    # Skills -------------------------------------------------------------------------

    def _skills(self) -> None:
        """Number the skills; a set of allowed vehicle types becomes a skill of its own."""
        p = self.p
        needed = [s for c in p.clients for s in c.skills]
        names = sorted({*needed, *(s for v in p.vehicle_types for s in v.skills)})
        numbers = whole_numbers(names)
        if numbers is None:
            numbers = list(range(1, len(names) + 1))
        self.skill = dict(zip(names, numbers, strict=True))
        allowed = {c.allowed_vehicles for c in p.clients if c.allowed_vehicles is not None}
        first = max(numbers, default=0) + 1
        self.allowed = {types: first + i for i, types in enumerate(sorted(allowed, key=sorted))}

    def _needs(self, client: int) -> list[int]:
        c = self.p.clients[client]
        needs = [self.skill[s] for s in c.skills]
        if c.allowed_vehicles is not None:
            needs.append(self.allowed[c.allowed_vehicles])
        return sorted(needs)

    # Tasks --------------------------------------------------------------------------

    def _task(self, client: int) -> Fields:
        c = self.p.clients[client]
        fields = _described(self.numbers[client], c.id) | self._place("location", c.location)
        if c.service:
            fields["service"] = self._time(c.service)
        if c.windows != ALWAYS:
            fields["time_windows"] = [self._window(w) for w in c.windows]
        return fields

    def _job(self, client: int) -> Fields:
        c: Client = self.p.clients[client]
        fields = self._task(client)
        for name in ("delivery", "pickup"):
            if any(getattr(c, name)):
                fields[name] = self._loads(getattr(c, name))
        if needs := self._needs(client):
            fields["skills"] = needs
        if self.priorities[client]:
            fields["priority"] = self.priorities[client]
        return fields

    def _place(self, name: str, location: int) -> Fields:
        fields: Fields = {f"{name}_index": location}
        travel = self.p.travels[0]
        if isinstance(travel, CoordinateTravel) and travel.metric.kind is MetricKind.HAVERSINE:
            fields[name] = travel.coordinates[location].tolist()
        return fields

    # Vehicles -----------------------------------------------------------------------

    def _vehicle(self, index: int, v: VehicleType) -> Fields:
        p, scale = self.p, self.p.scale
        fields: Fields = {}
        for name, depot in (("start", v.start), ("end", v.end)):
            if depot is not None:
                fields |= self._place(name, p.depots[depot].location)
        if scale.load:
            fields["capacity"] = self._capacity(v)
        shift = v.shift
        if v.start is not None and v.start == v.end:
            early, late = p.depots[v.start].window
            shift = max(shift[0], early), min(shift[1], late)
        if shift != _ANY_TIME:
            fields["time_window"] = self._window(shift)
        offered = [self.skill[s] for s in v.skills]
        offered += [number for types, number in self.allowed.items() if index in types]
        if offered:
            fields["skills"] = sorted(offered)
        if v.max_stops != UNLIMITED:
            fields["max_tasks"] = v.max_stops
        if v.max_distance != UNLIMITED:
            fields["max_distance"] = min(v.max_distance // scale.distance, _LARGEST)
        if v.breaks:
            fields["breaks"] = [
                {
                    "id": i + 1,
                    "time_windows": [self._window(b.window)],
                    "service": self._time(b.service),
                }
                for i, b in enumerate(v.breaks)
            ]
        return fields | self._costs(v)

    def _capacity(self, v: VehicleType) -> list[int]:
        """Capacity; as much as there is to carry where there is no limit."""
        p, limits = self.p, []
        for d, scale in enumerate(p.scale.load):
            most = v.capacity[d] if v.capacity else UNLIMITED
            if most == UNLIMITED:
                loads = [a for c in p.clients for a in (c.delivery, c.pickup)]
                loads += [s.amount for s in p.shipments]
                most = sum(load[d] for load in loads if load)
            limits.append(most // scale)
        return limits

    def _costs(self, v: VehicleType) -> Fields:
        """Costs and profile: per hour where that says all, else a matrix of costs."""
        scale, travel = self.p.scale, self.p.travels[v.profile]
        distance, duration = travel.distance_matrix(), travel.duration_matrix()
        rate = Fraction(v.unit_distance_cost, scale.cost)
        costs: Fields = {}
        if v.fixed_cost:
            costs["fixed"] = self._whole(v.fixed_cost, scale.cost, "costs")
        per_hour = rate * scale.time * 3600
        same = np.array_equal(distance, duration) and per_hour.denominator == 1
        name = f"profile{v.profile}" if same else f"profile{v.profile}_costs{v.unit_distance_cost}"
        if name not in self.matrices:
            seconds, meters = Fraction(1, scale.time), Fraction(1, scale.distance)
            matrices = {"durations": self._table(duration, seconds, "times")}
            if self.limited:
                matrices["distances"] = self._table(distance, meters, "distances")
            if not same:
                matrices["costs"] = self._table(distance, rate, "costs")
            self.matrices[name] = matrices
        if same and per_hour != 3600:
            costs["per_hour"] = int(per_hour)
        return {"profile": name} | ({"costs": costs} if costs else {})


def _described(number: int, id: str) -> Fields:
    """Return the number, and the user's id as the description where it says more."""
    return {"id": number} if id == str(number) else {"id": number, "description": id}
