"""Travel and costs of VROOM's vehicles, said with one distance per profile.

VROOM charges ``per_hour`` for travel time alone (not for waiting or service) and
``per_km`` for distance. A vehicle type charges for its distance; so the distance of a
profile is whatever the vehicle pays for: travel time in seconds by default, meters, or
the cost itself (in thousandths) where that says it all. A limit on distance or on travel
time can then be kept only if it counts what is paid for.

References
----------
VROOM, ``docs/API.md``: vehicles, costs, matrices. Travel times are the matrix times
``1 / speed_factor``, of which two decimals count.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from routewright.model import Model
from routewright.travel import Metric

from .vroom_schema import InputDocument, MatricesDocument, VehicleDocument

#: Speed where there are no matrices: 10 meters per second are 36 km/h.
SPEED = 10
_PER_HOUR_DEFAULT = 3600
_COST_UNITS = 360_000  # per unit of cost, whole for any per_hour, per_km, and speed
_LARGEST = 2**32 - 1  # VROOM keeps durations, distances, and costs in 32 bits
_MOST_UNITS = 2**62
_KEPT = 1000  # costs of arcs that are no multiple of time or distance: thousandths

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Fare:
    """What a vehicle pays for.

    Parameters
    ----------
    profile
        Index of the travel profile.
    unit_cost
        Cost per unit of the profile's distance.
    max_distance
        Limit in that unit, or None.
    """

    profile: int
    unit_cost: Fraction
    max_distance: Fraction | None


_NO_FARE = Fare(0, Fraction(1), None)


class VroomTravel:
    """Adds to a model the profiles that the vehicles of a document need.

    Parameters
    ----------
    document, model
        The document, and the model whose places are there already.
    issue
        Takes what is wrong: its path and a message.
    """

    def __init__(
        self, document: InputDocument, model: Model, issue: Callable[[str, str], None]
    ) -> None:
        self.model = model
        self.issue = issue
        self.matrices = dict(document.matrices or {})
        if document.matrix is not None:
            old = MatricesDocument.model_construct(durations=document.matrix)
            self.matrices.setdefault("car", old)
        #: What distances must be multiplied by to be whole; likewise times.
        self.distance_scale = 1
        self.time_scale = 1
        self.profiles: dict[tuple[Any, ...], int] = {}
        self.size: int | None = None
        #: Whether costs of arcs were rounded to thousandths.
        self.rounded = False
        wrong = [self._is_wrong(name, given) for name, given in self.matrices.items()]
        self.broken = any(wrong)

    def _is_wrong(self, name: str, given: MatricesDocument) -> bool:
        """Whether the matrices of a profile cannot be used; issues say why."""
        wrong = given.durations is None
        if wrong:
            self.issue(f"matrices.{name}.durations", "is missing")
        for kind in ("durations", "distances", "costs"):
            matrix = getattr(given, kind)
            if matrix is None:
                continue
            known = matrix[np.isfinite(matrix)]
            rules = {
                "must hold whole numbers": not np.array_equal(known, np.floor(known)),
                "holds numbers above 32 bits": known.max(initial=0) > _LARGEST,
                f"has {len(matrix)} rows; another matrix has {self.size}": self.size
                not in (None, len(matrix)),
            }
            for rule in (rule for rule, broken in rules.items() if broken):
                self.issue(f"matrices.{name}.{kind}", rule)
                wrong = True
            self.size = len(matrix)
        return wrong

    def fare(self, where: str, vehicle: VehicleDocument) -> Fare:
        """Return what a vehicle pays for; issues name what cannot be said."""
        slowness = _nearest(100 / vehicle.speed_factor)
        if vehicle.costs.per_task_hour:
            rule = "is not supported: no cost depends on the time spent at tasks"
            self.issue(f"{where}.costs.per_task_hour", rule)
        if not self.matrices:
            return self._computed(vehicle, slowness)
        given = self.matrices.get(vehicle.profile)
        if given is None:
            known = ", ".join(self.matrices)
            message = f"{vehicle.profile!r} has no matrices; there are some for {known}"
            self.issue(f"{where}.profile", message)
        if given is None or self.broken:
            return _NO_FARE
        return self._tabled(where, vehicle, given, slowness)

    def _computed(self, vehicle: VehicleDocument, slowness: int) -> Fare:
        """Travel by great circles: cost and limits are all proportional to meters."""
        seconds = Fraction(slowness, 100 * SPEED)  # per meter
        costs, limits = vehicle.costs, []
        if vehicle.max_distance is not None:
            limits.append(Fraction(vehicle.max_distance))
        if vehicle.max_travel_time is not None:
            limits.append(vehicle.max_travel_time / seconds)
        per_meter = Fraction(costs.per_hour, 3600) * seconds + Fraction(costs.per_km, 1000)
        profile = self.profiles.setdefault((slowness,), len(self.profiles))
        speeds = [100 * SPEED / key[0] for key in self.profiles]
        self.model.set_metric(Metric.haversine(), speed=speeds)
        return Fare(profile, per_meter, min(limits, default=None))

    def _tabled(
        self, where: str, vehicle: VehicleDocument, given: MatricesDocument, slowness: int
    ) -> Fare:
        costs = vehicle.costs
        largest = _largest(given.durations) * costs.per_hour * slowness
        if given.distances is not None:
            largest += _largest(given.distances) * costs.per_km * (_COST_UNITS // 1000)
        if largest > _MOST_UNITS:
            self.issue(f"{where}.costs", "on this matrix would overflow 62 bits")
            return _NO_FARE
        kind, unit = "durations", Fraction(costs.per_hour, 3600)
        if given.costs is not None:
            kind, unit = "costs", Fraction(1)
            if costs.per_hour != _PER_HOUR_DEFAULT or costs.per_km:
                rule = "per_hour and per_km have no meaning where the profile has a cost matrix"
                self.issue(f"{where}.costs", rule)
        elif costs.per_km:
            kind, unit = "distances", Fraction(costs.per_km, 1000)
            if given.distances is None:
                self.issue(f"matrices.{vehicle.profile}.distances", "is missing; per_km needs it")
                return _NO_FARE
            if costs.per_hour:
                kind, unit = "fares", Fraction(1)
        limited = self._limited(where, vehicle, given)
        limit = None
        if limited is not None:
            limit, counted = limited
            if counted != kind:
                ratio = _ratio(
                    self._units(given, kind, vehicle, slowness),
                    self._units(given, counted, vehicle, slowness),
                )
                if ratio is None:
                    field = "max_distance" if counted == "distances" else "max_travel_time"
                    rule = f"is not supported here: costs are not proportional to {counted}"
                    self.issue(f"{where}.{field}", rule)
                    return _NO_FARE
                kind, unit = counted, unit * ratio
        elif kind == "durations" and _KEPT % unit.denominator:
            kind, unit = "fares", Fraction(1)
        return Fare(self._profile(given, kind, vehicle, slowness), unit, limit)

    def _limited(
        self, where: str, vehicle: VehicleDocument, given: MatricesDocument
    ) -> tuple[Fraction, str] | None:
        """Return the limit of a route and the matrix that it counts."""
        if vehicle.max_distance is not None:
            if vehicle.max_travel_time is not None:
                rule = "is not supported together with max_distance"
                self.issue(f"{where}.max_travel_time", rule)
            if given.distances is not None:
                return Fraction(vehicle.max_distance), "distances"
            message = "is missing; max_distance needs it"
            self.issue(f"matrices.{vehicle.profile}.distances", message)
        elif vehicle.max_travel_time is not None:
            return Fraction(vehicle.max_travel_time), "durations"
        return None

    def _units(
        self, given: MatricesDocument, kind: str, vehicle: VehicleDocument, slowness: int
    ) -> tuple[Array, int]:
        """Return a matrix in whole units, and how many of them make one."""
        if kind == "costs":
            return given.costs, 1
        if kind == "distances":
            return given.distances, 1
        if kind == "durations":
            shared = math.gcd(slowness, 100)
            return given.durations * (slowness // shared), 100 // shared
        units = given.durations * (vehicle.costs.per_hour * slowness)
        if vehicle.costs.per_km:
            units = units + given.distances * (vehicle.costs.per_km * (_COST_UNITS // 1000))
        return units, _COST_UNITS

    def _profile(
        self, given: MatricesDocument, kind: str, vehicle: VehicleDocument, slowness: int
    ) -> int:
        rates = (vehicle.costs.per_hour, vehicle.costs.per_km) if kind == "fares" else ()
        key = (vehicle.profile, kind, slowness, *rates)
        if key not in self.profiles:
            distance, distance_scale = self._units(given, kind, vehicle, slowness)
            if kind == "fares":
                step = _COST_UNITS // _KEPT
                self.rounded |= bool((distance[np.isfinite(distance)] % step).any())
                distance, distance_scale = np.floor(distance / step + 0.5), _KEPT
            duration, time_scale = self._units(given, "durations", vehicle, slowness)
            self.distance_scale = math.lcm(self.distance_scale, distance_scale)
            self.time_scale = math.lcm(self.time_scale, time_scale)
            self.profiles[key] = self.model.add_matrix(
                distance if distance_scale == 1 else distance / distance_scale,
                duration if time_scale == 1 else duration / time_scale,
            )
        return self.profiles[key]


def _largest(matrix: Array) -> int:
    return int(matrix[np.isfinite(matrix)].max(initial=0))


def _nearest(value: float) -> int:
    return math.floor(value + 0.5)


def _ratio(cost: tuple[Array, int], limited: tuple[Array, int]) -> Fraction | None:
    """Return k if cost = k * limited everywhere, or None."""
    (a, a_scale), (b, b_scale) = cost, limited
    apart = ~np.eye(len(a), dtype=bool)
    used = apart & np.isfinite(a) & np.isfinite(b)
    if not np.array_equal(apart & np.isfinite(a), used) or not (b[used] > 0).any():
        return Fraction(0) if not a[apart].any() else None
    i, j = np.argwhere(used & (b > 0))[0]
    top, bottom = int(a[i, j]), int(b[i, j])
    shared = math.gcd(top, bottom)
    # Python's integers: the products may be too large for 64 bits.
    first, second = (m[used].astype(np.int64).astype(object) for m in (a, b))
    if not np.array_equal(first * (bottom // shared), second * (top // shared)):
        return None
    return Fraction(top * b_scale, bottom * a_scale)
