"""From a Model's plain numbers to a Problem's exact integers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import InputError, Issue
from .problem import (
    ALWAYS,
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
from .travel import (
    MAX_VALUE,
    UNLIMITED,
    UNREACHABLE,
    CoordinateTravel,
    IntArray,
    MatrixTravel,
    Metric,
    Rounding,
    RoundingRule,
    Travel,
)
from .units import decimal_scale, scaled, scaled_down, scaled_up

if TYPE_CHECKING:
    from .model import Model
    from .specs import Spec

_TIMES = ("service", "release", "max_duration", "max_overtime")
_COST_DECIMALS = 9


def build_problem(model: Model) -> Problem:
    """Scale and assemble; raises InputError whose places are those of the model."""
    try:
        return _Builder(model).build()
    except InputError as error:
        raise InputError(_relabeled(model, error.issues), model.name) from None


def _relabeled(model: Model, issues: Iterable[Issue]) -> list[Issue]:
    """Name the places in the user's input instead of the indices in the problem."""
    places = {}
    for kind in ("depots", "clients", "vehicle_types", "shipments", "groups", "locks"):
        for i, spec in enumerate(getattr(model, kind)):
            places[f"{kind}[{i}]"] = spec.where
    return [Issue(places.get(i.where, i.where), i.field, i.message) for i in issues]


class _Builder:
    def __init__(self, model: Model) -> None:
        self.m = model
        self.notes = list(model.notes)
        self.specs: list[Spec] = [*model.depots, *model.clients, *model.vehicle_types]

    def build(self) -> Problem:
        m = self.m
        self.load = self._load_scales()
        self.distance, self.time = self._travel_scales()
        self.cost = self._cost_scale()
        self._refuse_overflow()
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
                    s.values["pickup"],
                    s.values["delivery"],
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
        rows = [
            s.values[name]
            for s in [*self.m.clients, *self.m.vehicle_types, *self.m.shipments]
            for name in ("delivery", "pickup", "capacity", "amount")
            if s.values.get(name)
        ]
        dims = max((len(row) for row in rows), default=0)
        return tuple(
            self._scale([row[d] for row in rows if len(row) > d], f"loads in dimension {d + 1}")
            for d in range(dims)
        )

    def _travel_scales(self) -> tuple[int, int]:
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
        same_unit = travels.speed == 1.0
        return metric.scale, math.lcm(metric.scale, times) if same_unit else times

    def _metric(self) -> Metric:
        if self.m.travels.metric is not None:
            return self.m.travels.metric
        return Metric.haversine() if self.m.travels.geographic else Metric.euclidean()

    def _times(self) -> Iterator[float]:
        for spec in self.specs:
            values = spec.values
            for name in _TIMES:
                if name in values:
                    yield values[name]
            for window in (
                *values.get("windows", ()),
                *(values[w] for w in ("window", "shift") if w in values),
            ):
                yield from window

    def _cost_scale(self) -> int:
        kinds = [s.values for s in self.m.vehicle_types]
        money = [v["fixed_cost"] for v in kinds] + [s.values["prize"] for s in self.m.clients]
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
                scale = math.lcm(scale, base * self._scale(units, what, _COST_DECIMALS))
        return scale

    def _refuse_overflow(self) -> None:
        """Integers of any size fit in Python, but not in the arrays of the kernels."""
        issues = [
            Issue(
                spec.where,
                name,
                f"{value} at {scale} units each would overflow {MAX_VALUE}",
            )
            for spec in [*self.specs, *self.m.shipments]
            for name, value, scale in self._scaled_values(spec)
            if value * scale > MAX_VALUE and not math.isinf(value)
        ]
        if issues:
            raise InputError(issues, self.m.name)

    def _scaled_values(self, spec: Spec) -> Iterator[tuple[str, float, int]]:
        """Yield every scaled number of an entity with its field and scale."""
        v = spec.values
        for name in ("delivery", "pickup", "capacity", "amount"):
            for amount, scale in zip(v.get(name, ()), self.load, strict=False):
                yield name, amount, scale
        for name in _TIMES:
            yield name, v.get(name, 0), self.time
        yield "max_distance", v.get("max_distance", 0), self.distance
        for name in ("fixed_cost", "prize"):
            yield name, v.get(name, 0), self.cost
        for name in ("windows", "window", "shift"):
            windows = v.get(name, ())
            for early, late in windows if name == "windows" else [windows] if windows else []:
                yield name, early, self.time
                yield name, late, self.time

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
            v["location"],
            self._window(v["window"]),
            scaled(v["service"], self.time),
        )

    def _client(self, s: Spec) -> Client:
        v = s.values
        windows = tuple(self._window(w) for w in v["windows"])
        return Client(
            s.id,
            v["location"],
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
        )

    def _unit(self, value: float, base: int) -> int:
        return round(value * self.cost / base) if value else 0

    # Travel ---------------------------------------------------------------------

    def _travels(self) -> tuple[Travel, ...]:
        travels = self.m.travels
        if not travels.distance:
            metric = self._metric()
            factor = self.time / (self.distance * travels.speed)
            return (CoordinateTravel(self._points(), metric, factor),)
        points = self._points() if travels.points else None
        return tuple(
            MatrixTravel(
                _integers(d, self.distance, travels.rounding),
                _integers(t, self.time, travels.rounding),
                points,
            )
            for d, t in zip(travels.distance, travels.duration, strict=True)
        )

    def _points(self) -> np.ndarray:
        points = self.m.travels.points
        if len({len(p) for p in points}) > 1:
            raise InputError(
                [Issue("", "coordinates", "two and three coordinates cannot be mixed")]
            )
        array = np.array(points, dtype=np.float64)
        return array if points else array.reshape(0, 2)


def _integers(values: Any, scale: int, rounding: Rounding | None) -> IntArray:
    """Scale a matrix to integers; inf is unreachable, what is too large stays too large."""
    array = np.asarray(values)
    if array.dtype.kind in "iu" and rounding is None:
        return np.minimum(array, UNREACHABLE + 1).astype(np.int64) * scale
    infinite = np.isposinf(array)
    real = np.clip(np.where(np.isfinite(array), array, 0.0), 0.0, float(UNREACHABLE))
    if rounding is None:
        out = np.floor(real * scale + 0.5)
    else:
        floors = rounding.rule is RoundingRule.FLOOR
        whole = np.floor(real * rounding.scale + (1e-9 if floors else 0.5))
        out = whole * (scale // rounding.scale)
    return np.where(infinite, float(UNREACHABLE), out + (out == UNREACHABLE)).astype(np.int64)
