"""From a Problem to the document that reads back as exactly the same Problem."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from decimal import Context, Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Any

import numpy as np

from routewright.attributes import Attribute
from routewright.errors import UnsupportedError
from routewright.problem import (
    ALWAYS,
    BackhaulPolicy,
    Client,
    Depot,
    Objective,
    Problem,
    VehicleType,
    Window,
)
from routewright.travel import (
    UNLIMITED,
    UNREACHABLE,
    CoordinateTravel,
    IntArray,
    MatrixTravel,
    Metric,
    MetricKind,
    Rounding,
)

from .json_text import dump

Fields = dict[str, Any]
_ANY_TIME: Window = (0, UNLIMITED)
_DIGITS = Context(prec=30)  # read back exactly: see json_text


def to_document(problem: Problem) -> Fields:
    """Return the document of a problem, in the user's units, with its scale.

    Raises
    ------
    UnsupportedError
        If profiles differ in more than speed or matrices, which no Model builds, or
        travel depends on the time of day.
    """
    if problem.travel_periods:
        raise UnsupportedError("format routewright", [Attribute.TIME_DEPENDENT])
    writer = _Writer(problem)
    header = {"routewright": "problem/1", "name": problem.name, "notes": list(problem.notes)}
    fields = header | writer.settings() | writer.travel() | writer.entities()
    return {name: value for name, value in fields.items() if value not in (None, [], "", 0)}


def fingerprint(problem: Problem) -> str:
    """Return 16 hexadecimal digits that tell problems apart; names and notes do not count."""
    writer = _Writer(problem)
    digest = sha256(dump([writer.settings(), writer.entities()]).encode())
    for travel in problem.travels:
        if isinstance(travel, CoordinateTravel):
            digest.update(f"{travel.metric} {travel.duration_factor}".encode())
            digest.update(travel.coordinates.tobytes())
        else:
            digest.update(travel.distance.tobytes())
            digest.update(travel.duration.tobytes())
    return digest.hexdigest()[:16]


def public_ids(ids: Iterable[str]) -> list[int | str]:
    """Return the ids as numbers if every one is the plain text of a number."""
    names = list(ids)
    if all(i.isascii() and i.isdigit() and len(i) < 16 and str(int(i)) == i for i in names):
        return [int(i) for i in names]
    return list(names)


def number(value: int, scale: int) -> int | float | Decimal:
    """Return ``value / scale``: an int where it is whole, a Decimal where a float is short."""
    whole, rest = divmod(value, scale)
    if rest == 0:
        return whole
    near = value / scale
    if round(Fraction(repr(near)) * scale) == value:
        return near
    return _DIGITS.divide(Decimal(value), Decimal(scale))


class _Writer:
    """Writes the parts of one problem; everything neutral is left out."""

    def __init__(self, problem: Problem) -> None:
        self.p = problem
        self.client_ids = public_ids(c.id for c in problem.clients)
        self.depot_ids = public_ids(d.id for d in problem.depots)
        self.type_ids = public_ids(v.id for v in problem.vehicle_types)
        self.points = self._points()
        places = [d.location for d in problem.depots] + [c.location for c in problem.clients]
        #: Whether each place belongs to one depot or client, in their order.
        self.inline = self.points is not None and places == list(range(len(self.points)))

    def settings(self) -> Fields:
        """The objective, the scale, and what else concerns the whole problem."""
        p, scale = self.p, self.p.scale
        return {
            "objective": None if p.objective is Objective.COST else str(p.objective),
            "backhaul": None if p.backhaul is BackhaulPolicy.MIXED else str(p.backhaul),
            "tour_base": p.tour_base,
            "scale": {
                "distance": scale.distance,
                "time": scale.time,
                "cost": scale.cost,
                "load": list(scale.load),
            },
        }

    def entities(self) -> Fields:
        """Depots, clients, vehicle types, and the relations between clients."""
        p = self.p
        return {
            "depots": [self._depot(i, d) for i, d in enumerate(p.depots)],
            "vehicle_types": [self._vehicle_type(k, v) for k, v in enumerate(p.vehicle_types)],
            "clients": [self._client(i, c) for i, c in enumerate(p.clients)],
            **self._relations(),
        }

    # Numbers ----------------------------------------------------------------------

    def _time(self, value: int) -> Any:
        return None if value == UNLIMITED else number(value, self.p.scale.time)

    def _window(self, window: Window) -> list[Any]:
        return [self._time(bound) for bound in window]

    def _loads(self, loads: Sequence[int]) -> list[Any]:
        return [
            None if load == UNLIMITED else number(load, scale)
            for load, scale in zip(loads, self.p.scale.load, strict=True)
        ]

    def _unit_cost(self, value: int, base: int) -> Any:
        per_unit = Fraction(value * base, self.p.scale.cost)
        return number(per_unit.numerator, per_unit.denominator)

    # Entities ---------------------------------------------------------------------

    def _place(self, location: int) -> Fields:
        return self._point(location) if self.inline else {"location": location}

    def _depot(self, index: int, d: Depot) -> Fields:
        fields = {"id": self.depot_ids[index], **self._place(d.location)}
        if d.window != _ANY_TIME:
            fields["window"] = self._window(d.window)
        if d.service:
            fields["service"] = self._time(d.service)
        return fields

    def _client(self, index: int, c: Client) -> Fields:
        fields = {"id": self.client_ids[index], **self._place(c.location)}
        for name in ("delivery", "pickup"):
            if amounts := getattr(c, name):
                fields[name] = self._loads(amounts)
        if len(c.windows) > 1:
            fields["windows"] = [self._window(w) for w in c.windows]
        elif c.windows != ALWAYS:
            fields["window"] = self._window(c.windows[0])
        for name in ("service", "release"):
            if value := getattr(c, name):
                fields[name] = self._time(value)
        if not c.required and c.group is None:
            fields["required"] = False
        if c.prize:
            fields["prize"] = number(c.prize, self.p.scale.cost)
        if c.skills:
            fields["skills"] = sorted(c.skills)
        if c.allowed_vehicles is not None:
            fields["allowed_vehicles"] = [self.type_ids[k] for k in sorted(c.allowed_vehicles)]
        if c.splittable:
            fields["splittable"] = True
        return fields

    def _vehicle_type(self, index: int, v: VehicleType) -> Fields:
        scale = self.p.scale
        ends = {"start": v.start, "end": v.end}
        unit_costs = {
            "unit_distance_cost": self._unit_cost(v.unit_distance_cost, scale.distance),
            "unit_duration_cost": self._unit_cost(v.unit_duration_cost, scale.time),
            "unit_overtime_cost": self._unit_cost(v.unit_overtime_cost, scale.time),
        }
        fields: Fields = {
            "id": self.type_ids[index],
            "count": v.count,
            "vehicle_ids": public_ids(v.vehicle_ids),
            "capacity": self._loads(v.capacity) if v.capacity else [],
            "shift": None if v.shift == _ANY_TIME else self._window(v.shift),
            "max_distance": _limit(v.max_distance, scale.distance),
            "max_duration": _limit(v.max_duration, scale.time),
            "max_stops": _limit(v.max_stops, 1),
            "reload_depots": [self.depot_ids[d] for d in v.reload_depots],
            "profile": v.profile or None,
            "skills": sorted(v.skills),
            "breaks": [
                {"window": self._window(b.window), "service": self._time(b.service)}
                for b in v.breaks
            ],
        }
        fields = {name: value for name, value in fields.items() if value not in (None, [])}
        # Where null means something else than not given, it is written.
        for name, depot in ends.items():
            if depot != 0 or self.p.num_depots > 1:
                fields[name] = None if depot is None else self.depot_ids[depot]
        for name in ("max_overtime", "max_reloads"):
            if value := getattr(v, name):
                fields[name] = _limit(value, scale.time if name == "max_overtime" else 1)
        if v.fixed_cost:
            fields["fixed_cost"] = number(v.fixed_cost, scale.cost)
        neutral = {"unit_distance_cost": 1, "unit_duration_cost": 0, "unit_overtime_cost": 0}
        return fields | {n: cost for n, cost in unit_costs.items() if cost != neutral[n]}

    def _relations(self) -> Fields:
        p, clients = self.p, self.client_ids
        return {
            "shipments": [
                {
                    **({"id": s.id} if s.id else {}),
                    "pickup": clients[s.pickup],
                    "delivery": clients[s.delivery],
                    **({"amount": self._loads(s.amount)} if s.amount else {}),
                }
                for s in p.shipments
            ],
            "groups": [
                {
                    **({"id": g.id} if g.id else {}),
                    "clients": [clients[c] for c in g.clients],
                    **({} if g.required else {"required": False}),
                }
                for g in p.groups
            ],
            "precedences": [[clients[a], clients[b]] for a, b in p.precedences],
            "fixed_edges": [[self._node(node) for node in edge] for edge in p.fixed_edges],
            "locks": [
                {
                    "visits": [clients[c] for c in lock.visits],
                    **(
                        {}
                        if lock.vehicle_type is None
                        else {"vehicle_type": self.type_ids[lock.vehicle_type]}
                    ),
                    **({} if lock.at_start else {"at_start": False}),
                }
                for lock in p.locks
            ],
        }

    def _node(self, node: int) -> Any:
        if node < self.p.num_depots:
            return {"depot": self.depot_ids[node]}
        return self.client_ids[node - self.p.num_depots]

    # Travel -----------------------------------------------------------------------

    def _points(self) -> Any:
        travel = self.p.travels[0]
        if travel.coordinates is None or len(travel.coordinates) != travel.num_locations:
            return None
        return travel.coordinates

    def _point(self, location: int) -> Fields:
        travel = self.p.travels[0]
        point = [_coordinate(v) for v in self.points[location].tolist()]
        if isinstance(travel, CoordinateTravel) and travel.metric.kind is MetricKind.HAVERSINE:
            return {"lat": point[1], "lon": point[0]}
        return dict(zip("xyz", point, strict=False))

    def travel(self) -> Fields:
        """The metric or matrices, and the locations that are not inline."""
        travels = self.p.travels
        fields: Fields = {}
        if self.points is not None and not self.inline:
            fields["locations"] = [self._point(i) for i in range(len(self.points))]
        matrices = [t for t in travels if isinstance(t, MatrixTravel)]
        if len(matrices) == len(travels):
            return fields | {"matrices": [self._matrix(t) for t in matrices]}
        computed = [t for t in travels if isinstance(t, CoordinateTravel)]
        first = computed[0]
        if matrices or any(
            t.metric != first.metric or not np.array_equal(t.coordinates, first.coordinates)
            for t in computed
        ):
            raise UnsupportedError("routewright JSON", ["profiles with different metrics"])
        return {
            "metric": self._metric(first.metric, [t.duration_factor for t in computed])
        } | fields

    def _metric(self, metric: Metric, factors: list[float]) -> Fields:
        fields: Fields = {"kind": metric.kind.name.lower()}
        rule = (metric.rule, metric.scale)
        short = next((r for r in Rounding if (r.rule, r.scale) == rule), None)
        if short is not None:
            fields["rounding"] = str(short)
        else:
            fields |= {"rule": metric.rule.name.lower(), "scale": metric.scale}
        if metric.period:
            fields["period"] = _coordinate(metric.period)
        speeds = [_speed(f, self.p.scale.time, self.p.scale.distance) for f in factors]
        if None in speeds:
            fields["duration_factor"] = factors if len(factors) > 1 else factors[0]
        else:
            fields["speed"] = speeds if len(speeds) > 1 else speeds[0]
        return fields

    def _matrix(self, travel: MatrixTravel) -> Fields:
        distance = _table(travel.distance, self.p.scale.distance)
        duration = _table(travel.duration, self.p.scale.time)
        if distance == duration:
            return {"distance": distance}
        return {"distance": distance, "duration": duration}


def _limit(value: int, scale: int) -> Any:
    return None if value == UNLIMITED else number(value, scale)


def _coordinate(value: float) -> int | float:
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _table(matrix: IntArray, scale: int) -> list[list[Any]]:
    """Return a matrix in the user's unit; a float serves, being exact to 2**-53."""
    rows: list[list[Any]] = matrix.tolist()
    if scale == 1 and not (matrix == UNREACHABLE).any():
        return rows
    return [
        [None if v == UNREACHABLE else v // scale if v % scale == 0 else v / scale for v in row]
        for row in rows
    ]


def _speed(factor: float, time: int, distance: int) -> int | float | None:
    """Find the speed from which the same factor is computed on reading, if there is one."""
    if factor == 0:
        return None
    for speed in _neighbors(time / (distance * factor)):
        if speed > 0 and time / (distance * speed) == factor:
            return _coordinate(speed)
    return None


def _neighbors(value: float) -> Iterator[float]:
    yield from (value, math.nextafter(value, 0), math.nextafter(value, math.inf))
