"""From a Model's plain numbers to a Problem's exact integers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import InputError, Issue
from .problem import (
    ALWAYS,
    Break,
    Client,
    Depot,
    Group,
    Lock,
    Problem,
    Scale,
    Shipment,
    VehicleType,
    Window,
)
from .specs import Spec, distinct
from .travel import (
    UNLIMITED,
    UNREACHABLE,
    CoordinateTravel,
    IntArray,
    MatrixTravel,
    Metric,
    MetricKind,
    Rounding,
    RoundingRule,
    Travel,
)
from .units import decimal_scale, scaled, scaled_down, scaled_up

if TYPE_CHECKING:
    from .model import Model

_TIMES = ("service", "release", "max_duration", "max_overtime")
#: Decimals kept of costs per distance and time: as many as the totals leave room for.
_COST_DECIMALS = (9, 8, 7, 6, 5)
#: Units per unit of time where durations come from a speed.
_DURATION_SCALE = 10**6


def build_problem(model: Model) -> Problem:
    """Scale and assemble; raises InputError whose places are those of the model."""
    for decimals in _COST_DECIMALS:
        try:
            return _Builder(model, decimals).build()
        except InputError as error:
            issues = error.issues
            if any(issue.field != "costs" for issue in issues):
                break
    raise InputError(_relabeled(model, issues), model.name)


def _relabeled(model: Model, issues: Iterable[Issue]) -> list[Issue]:
    """Name the places in the user's input instead of the indices in the problem."""
    places = {}
    for kind in ("depots", "clients", "vehicle_types", "shipments", "groups", "locks"):
        for i, spec in enumerate(getattr(model, kind)):
            places[f"{kind}[{i}]"] = spec.where
    for i, where in enumerate(model.travels.places):
        places[f"locations[{i}]"] = where
    return [Issue(places.get(i.where, i.where), i.field, i.message) for i in issues]


def _loads(values: dict[str, Any]) -> Iterator[tuple[float, ...]]:
    """Yield the amounts of an entity."""
    for name in ("delivery", "pickup", "capacity", "amount"):
        if amounts := values.get(name):
            yield amounts


class _Builder:
    def __init__(self, model: Model, cost_decimals: int) -> None:
        self.m = model
        self.cost_decimals = cost_decimals
        self.notes = list(model.notes)
        self.stops = distinct(model.clients)
        self.others = distinct([*model.depots, *model.vehicle_types])
        self.made: dict[int, tuple[Any, ...]] = {}

    def build(self) -> Problem:
        m = self.m
        self.load = self._load_scales()
        self.distance, self.time = self._travel_scales()
        self.cost = self._cost_scale()
        members: list[list[int]] = [[] for _ in m.groups]
        for c, spec in enumerate(m.clients):
            if spec.values["group"] is not None and 0 <= spec.values["group"] < len(members):
                members[spec.values["group"]].append(c)
        return Problem(
            travels=self._travels(),
            depots=tuple(self._depot(s) for s in m.depots),
            clients=tuple(self._client(s) for s in m.clients),
            vehicle_types=tuple(self._vehicle_type(s) for s in m.vehicle_types),
            shipments=tuple(
                Shipment(
                    s.values["from"],
                    s.values["to"],
                    self._amounts(s.values["amount"]),
                    s.id,
                )
                for s in m.shipments
            ),
            groups=tuple(
                Group(tuple(c), s.values["required"], s.id)
                for s, c in zip(m.groups, members, strict=True)
            ),
            backhaul=m.backhaul,
            precedences=tuple(m.precedences),
            fixed_edges=tuple(m.fixed_edges),
            locks=tuple(Lock(**s.values) for s in m.locks),
            objective=m.objective,
            scale=Scale(self.distance, self.time, self.cost, self.load),
            name=m.name,
            notes=tuple(self.notes),
            tour_base=m.tour_base,
        )

    # Scales ---------------------------------------------------------------------

    def _scale(self, values: Any, what: str, decimals: int = 6) -> int:
        scale, exact = decimal_scale(values, decimals)
        if not exact:
            self.notes.append(f"{what} are kept to {1 / scale:g}; finer decimals are rounded")
        return scale

    def _load_scales(self) -> tuple[int, ...]:
        if self.m.scale is not None:
            return self.m.scale.load
        rows = [
            row
            for values in [*self.stops, *self.others, *distinct(self.m.shipments)]
            for row in _loads(values)
        ]
        dims = max((len(row) for row in rows), default=0)
        return tuple(
            self._scale([row[d] for row in rows if len(row) > d], f"loads in dimension {d + 1}")
            for d in range(dims)
        )

    def _travel_scales(self) -> tuple[int, int]:
        if self.m.scale is not None:
            return self.m.scale.distance, self.m.scale.time
        travels, times = self.m.travels, self._scale(list(self._times()), "times")
        if travels.distance:
            if travels.rounding is not None:
                unit = travels.rounding.scale
                return unit, math.lcm(unit, times)
            distance = max(self._scale(a, "distances") for a in travels.distance)
            duration = max(self._scale(a, "durations") for a in travels.duration)
            return distance, math.lcm(duration, times)
        metric = self._metric()
        if metric.scale >= 10**6:
            self.notes.append(f"distances are kept to {1 / metric.scale:g}")
        if metric.kind is MetricKind.HAVERSINE and travels.speeds == [1.0] and self._is_timed():
            self.notes.append("durations are 1 s per meter; set_metric(..., speed=) changes that")
        if all(speed == 1.0 for speed in travels.speeds):
            return metric.scale, math.lcm(metric.scale, times)
        self.notes.append(f"durations are kept to {1 / _DURATION_SCALE:g}")
        return metric.scale, math.lcm(_DURATION_SCALE, times)

    def _metric(self) -> Metric:
        if self.m.travels.metric is not None:
            return self.m.travels.metric
        return Metric.haversine() if self.m.travels.geographic else Metric.euclidean()

    def _times(self) -> Iterator[float]:
        for values in [*self.stops, *self.others]:
            for name in _TIMES:
                if name in values:
                    yield values[name]
            for window, service in values.get("breaks", ()):
                yield from (*window, service)
            for window in (
                *values.get("windows", ()),
                *(values[w] for w in ("window", "shift") if w in values),
            ):
                yield from window

    def _is_timed(self) -> bool:
        return any(time and not math.isinf(time) for time in self._times())

    def _cost_scale(self) -> int:
        if self.m.scale is not None:
            return self.m.scale.cost
        kinds = [s.values for s in self.m.vehicle_types]
        money = [v["fixed_cost"] for v in kinds] + [v["prize"] for v in self.stops]
        scale = self._scale(money, "costs")
        for units, base, what in (
            (
                [v["unit_distance_cost"] for v in kinds],
                self.distance,
                "costs per distance",
            ),
            (
                [v[n] for v in kinds for n in ("unit_duration_cost", "unit_overtime_cost")],
                self.time,
                "costs per time",
            ),
        ):
            if any(units):
                scale = math.lcm(scale, base * self._scale(units, what, self.cost_decimals))
        return scale

    # Entities -------------------------------------------------------------------

    def _window(self, window: tuple[float, float]) -> Window:
        early, late = window
        if math.isinf(late):
            return scaled_up(early, self.time), UNLIMITED
        return scaled_up(early, self.time), scaled_down(late, self.time)

    def _limit(self, value: float, scale: int) -> int:
        return UNLIMITED if math.isinf(value) else scaled_down(value, scale)

    def _amounts(self, amounts: tuple[float, ...]) -> tuple[int, ...]:
        return tuple(
            UNLIMITED if math.isinf(a) else scaled(a, s)
            for a, s in zip(amounts, self.load, strict=False)
        )

    def _depot(self, s: Spec) -> Depot:
        v = s.values
        return Depot(
            s.id,
            s.location,
            self._window(v["window"]),
            scaled(v["service"], self.time),
        )

    def _client(self, s: Spec) -> Client:
        made = self.made.get(id(s.values))
        if made is None:
            made = self.made[id(s.values)] = self._fields(s.values)
        return Client(s.id, s.location, *made)

    def _fields(self, v: dict[str, Any]) -> tuple[Any, ...]:
        """What a client is besides its id and its location, in the order of the fields."""
        windows = tuple(self._window(w) for w in v["windows"])
        return (
            self._amounts(v["delivery"]),
            self._amounts(v["pickup"]),
            ALWAYS if windows == ALWAYS else windows,
            scaled(v["service"], self.time),
            scaled_up(v["release"], self.time),
            v["required"],
            scaled(v["prize"], self.cost),
            v["group"],
            v["skills"],
            v["allowed_vehicles"],
            v["splittable"],
        )

    def _vehicle_type(self, s: Spec) -> VehicleType:
        v = s.values
        return VehicleType(
            id=s.id,
            count=v["count"],
            capacity=self._amounts(v["capacity"]),
            start=v["start"],
            end=v["end"],
            shift=self._window(v["shift"]),
            max_distance=self._limit(v["max_distance"], self.distance),
            max_duration=self._limit(v["max_duration"], self.time),
            max_stops=self._limit(v["max_stops"], 1),
            max_overtime=self._limit(v["max_overtime"], self.time),
            max_reloads=self._limit(v["max_reloads"], 1),
            reload_depots=v["reload_depots"],
            fixed_cost=scaled(v["fixed_cost"], self.cost),
            unit_distance_cost=self._unit(v["unit_distance_cost"], self.distance),
            unit_duration_cost=self._unit(v["unit_duration_cost"], self.time),
            unit_overtime_cost=self._unit(v["unit_overtime_cost"], self.time),
            profile=v["profile"],
            skills=v["skills"],
            vehicle_ids=v["vehicle_ids"],
            breaks=tuple(Break(self._window(w), scaled(s, self.time)) for w, s in v["breaks"]),
        )

    def _unit(self, value: float, base: int) -> int:
        return round(Fraction(value) * self.cost / base)

    # Travel ---------------------------------------------------------------------

    def _travels(self) -> tuple[Travel, ...]:
        travels = self.m.travels
        if not travels.distance:
            metric = self._metric()
            factors = travels.duration_factors or [
                self.time / (self.distance * speed) for speed in travels.speeds
            ]
            points = self._points()
            return tuple(CoordinateTravel(points, metric, factor) for factor in factors)
        return tuple(
            MatrixTravel(
                _integers(d, self.distance, travels.rounding),
                _integers(t, self.time, travels.rounding),
                self._points() if travels.points else None,
            )
            for d, t in zip(travels.distance, travels.duration, strict=True)
        )

    def _points(self) -> np.ndarray:
        points = self.m.travels.points
        array = np.array(points, dtype=np.float64)
        return array if points else array.reshape(0, 2)


def _integers(values: Any, scale: int, rounding: Rounding | None) -> IntArray:
    """Scale a matrix to integers; inf is unreachable, what is too large stays too large."""
    array = np.asarray(values)
    if array.dtype.kind in "iu" and rounding is None:
        out = np.minimum(array, UNREACHABLE // scale + 1).astype(np.int64) * scale
        return np.asarray(out + (out == UNREACHABLE))
    infinite = np.isposinf(array)
    real = np.clip(np.where(np.isfinite(array), array, 0.0), 0.0, float(UNREACHABLE))
    if rounding is None:
        out = np.floor(real * scale + 0.5)
    else:
        floors = rounding.rule is RoundingRule.FLOOR
        whole = np.floor(real * rounding.scale + (1e-9 if floors else 0.5))
        out = whole * (scale // rounding.scale)
    return np.where(infinite, float(UNREACHABLE), out + (out == UNREACHABLE)).astype(np.int64)
