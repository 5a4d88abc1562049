"""How a small problem with given attributes is drawn, part by part; see strategies.py."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from routewright.attributes import Attribute
from routewright.model import Model
from routewright.problem import Objective, Problem
from routewright.travel import Metric, MetricKind, Rounding, RoundingRule

A = Attribute

_SKILLS = ("cold", "crane", "hazmat")
_HORIZON = 60
_ROUNDINGS = st.sampled_from(Rounding)
_METERS = (MetricKind.HAVERSINE, MetricKind.GEOM, MetricKind.GEOM_MEEUS)
#: Kept to millionths, the meters around the earth would overflow.
_COARSE = st.sampled_from([Rounding.NINT, Rounding.TRUNC, Rounding.DEC1])

names = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")),
    min_size=1,
    max_size=6,
)


class Drawing:
    """One problem in the making; every draw looks at the attributes in use first."""

    def __init__(
        self,
        draw: st.DrawFn,
        used: frozenset[Attribute],
        size: int,
        decimals: bool,
        formulas: bool,
        one_vehicle: bool = False,
    ) -> None:
        self.draw = draw
        self.used = used
        self.n = size
        self.formulas = formulas
        self.one_vehicle = one_vehicle
        self.divisors = st.sampled_from([1, 1, 2, 4, 10] if decimals else [1])

    def uses(self, attribute: Attribute) -> bool:
        """Whether the attribute was drawn; then whether this place shows it."""
        return attribute in self.used and self.draw(st.booleans())

    def number(self, most: int, least: int = 0) -> float:
        """A number in steps of 1, a half, a quarter, or a tenth."""
        value = Fraction(self.draw(st.integers(least, most)), self.draw(self.divisors))
        return value.numerator if value.denominator == 1 else float(value)

    def amounts(self, most: int) -> list[float]:
        return [self.number(most) for _ in range(self.dimensions)]

    def window(self) -> tuple[float | None, float | None]:
        early = self.number(_HORIZON)
        late = self.draw(st.sampled_from([None, early + self.number(_HORIZON)]))
        return self.draw(st.sampled_from([early, None])), late

    def problem(self) -> Problem:
        draw, used = self.draw, self.used
        backhaul = "mixed"
        if A.BACKHAUL in used:
            backhaul = draw(st.sampled_from(["linehaul_first", "linehaul_required"]))
        first = A.VEHICLES_FIRST in used
        self.model = Model(
            draw(names | st.just("")),
            objective=Objective.VEHICLES_THEN_COST if first else Objective.COST,
            backhaul=backhaul,
        )
        self.model.tour_base = draw(st.integers(0, 1))
        self.strict = backhaul != "mixed"
        self.dimensions = draw(st.integers(2, 3)) if A.MULTIPLE_CAPACITIES in used else 1
        many = {A.MULTIPLE_DEPOTS, A.RELOADS} & used
        self.num_depots = draw(st.integers(1, 3)) if many else 1
        self.num_types = draw(st.integers(2, 3)) if A.HETEROGENEOUS_FLEET in used else 1
        self.num_profiles = draw(st.integers(2, 3)) if A.PROFILES in used else 1
        self._travel()
        self._depots()
        self._groups_and_shipments()
        self._clients()
        self._vehicle_types()
        self._relations()
        self._splits()
        return self.model.problem()

    # Travel ---------------------------------------------------------------------

    def _travel(self) -> None:
        nodes = self.num_depots + self.n
        needs_matrix = bool({A.ASYMMETRIC, A.UNREACHABLE} & self.used)
        if needs_matrix or self.draw(st.booleans()):
            self.places = nodes + self.draw(st.integers(0, 2))
            for _ in range(self.num_profiles):
                duration = self._matrix() if self.draw(st.booleans()) else None
                self.model.add_matrix(self._matrix(), duration)
            self.locations = self.draw(
                st.lists(st.integers(0, self.places - 1), min_size=nodes, max_size=nodes)
                | st.just(list(range(nodes)))
            )
        else:
            self._metric(nodes)
            self.locations = list(range(nodes))

    def _matrix(self) -> np.ndarray:
        size = self.places
        cells = st.lists(st.integers(0, 20), min_size=size**2, max_size=size**2)
        matrix = np.array(self.draw(cells), dtype=np.float64).reshape(size, size)
        matrix /= self.draw(self.divisors)
        if A.ASYMMETRIC not in self.used:
            matrix = np.maximum(matrix, matrix.T)
        if A.UNREACHABLE in self.used:
            i, j = (self.draw(st.integers(0, size - 1)) for _ in range(2))
            matrix[i, j] = np.inf
            if A.ASYMMETRIC not in self.used:
                matrix[j, i] = np.inf
        np.fill_diagonal(matrix, 0)
        return matrix

    def _metric(self, nodes: int) -> None:
        kinds = [MetricKind.EUCLIDEAN, *(MetricKind if self.formulas else ())]
        kind = self.draw(st.sampled_from(kinds))
        # Times are kept to millionths: a slow way around the earth would overflow.
        fast = 100 if kind in _METERS else 1
        speeds = [self.number(8, 1) * fast for _ in range(self.num_profiles)]
        if self.num_profiles == 1 and self.draw(st.booleans()):
            speeds = [1]
        if kind is not MetricKind.EUCLIDEAN or self.draw(st.booleans()):
            rounding = self.draw(_COARSE if kind in _METERS else _ROUNDINGS)
            rule, scale = rounding.rule, rounding.scale
            if self.formulas and self.draw(st.booleans()):
                rule = self.draw(st.sampled_from(RoundingRule))
                scale = self.draw(st.sampled_from([1, 3, 100]))
            period = 50.0 if kind is MetricKind.TOROIDAL else 0.0
            self.model.set_metric(Metric(kind, rule, scale, period), speed=speeds)
        elif self.num_profiles > 1:
            self.model.set_metric(self.draw(_ROUNDINGS), speed=speeds)
        solid = kind in (MetricKind.XRAY1, MetricKind.XRAY2)
        for _ in range(nodes):
            x, y = self.number(20), self.number(20)
            if kind is MetricKind.HAVERSINE:
                self.model.add_location(lon=x, lat=y)
            else:
                self.model.add_location(x, y, z=self.number(20) if solid else None)

    # Entities -------------------------------------------------------------------

    def _ids(self, size: int, default: str) -> list[Any]:
        """Numbers, names of any letters, or the defaults of the Model."""
        numbers = st.just(list(range(1, size + 1)))
        texts = st.lists(names, min_size=size, max_size=size, unique=True)
        return self.draw(numbers | texts | st.just([f"{default}{i}" for i in range(size)]))

    def _depots(self) -> None:
        for i, id in enumerate(self._ids(self.num_depots, "depot ")):
            self.model.add_depot(
                id,
                location=self.locations[i],
                window=self.window() if self.uses(A.DEPOT_WINDOWS) else None,
                service=self.number(5) if self.uses(A.DEPOT_SERVICE) else 0,
            )

    def _groups_and_shipments(self) -> None:
        """Decide which clients are in groups and shipments, and which are optional."""
        draw = self.draw
        order = draw(st.permutations(range(self.n)))
        self.group_of: dict[int, int] = {}
        if A.GROUPS in self.used:
            sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=2))
            for size in sizes:
                members, order = order[:size], order[size:]
                if members:
                    g = self.model.add_group(
                        required=draw(st.booleans()), id=draw(st.sampled_from(["", "g", "h"]))
                    )
                    self.group_of |= dict.fromkeys(members, g)
        count = draw(st.integers(0, len(order) // 2)) if A.SHIPMENTS in self.used else 0
        self.pairs = [(order[2 * i], order[2 * i + 1]) for i in range(count)]
        optional = [c for c in range(self.n) if self.uses(A.OPTIONAL_CLIENTS)]
        self.optional = set(optional)
        for pickup, delivery in self.pairs:  # both or neither are required
            if pickup in self.optional:
                self.optional.add(delivery)
            else:
                self.optional.discard(delivery)
        self.paired = {c for pair in self.pairs for c in pair}

    def _clients(self) -> None:
        for c, id in enumerate(self._ids(self.n, "client ")):
            required, group = c not in self.optional, self.group_of.get(c)
            lossy = group is not None or not required
            self.model.add_client(
                id,
                location=self.locations[self.num_depots + c],
                **self._demand(c),
                windows=self._windows(),
                service=self.number(5) if self.uses(A.SERVICE) else 0,
                release=self.number(20) if self.uses(A.RELEASE_TIMES) else 0,
                required=required,
                prize=self.number(30) if lossy else 0,
                group=group,
                **self._permissions(),
            )

    def _demand(self, client: int) -> dict[str, list[float]]:
        if client in self.paired and self.draw(st.booleans()):
            return {}
        delivery = self.uses(A.CAPACITY)
        pickup = self.uses(A.PICKUP) and not (self.strict and delivery)
        demand = {}
        if delivery:
            demand["delivery"] = self.amounts(6)
        if pickup:
            demand["pickup"] = self.amounts(6)
        return demand

    def _windows(self) -> list[tuple[float | None, float | None]] | None:
        if not self.uses(A.TIME_WINDOWS):
            return None
        if not self.uses(A.MULTIPLE_TIME_WINDOWS):
            return [self.window()]
        windows, now = [], 0.0
        for _ in range(self.draw(st.integers(1, 3))):
            early = now + self.number(20, 1)
            now = early + self.number(20)
            windows.append((early, now))
        return windows

    def _permissions(self) -> dict[str, Any]:
        if not self.uses(A.ALLOWED_VEHICLES):
            return {}
        types = st.frozensets(st.integers(0, self.num_types - 1))
        return {
            "skills": self.draw(st.frozensets(st.sampled_from(_SKILLS))),
            "allowed_vehicles": self.draw(st.none() | types),
        }

    def _vehicle_types(self) -> None:
        unit = self.number(5, 1)
        count = st.none() | st.integers(self.n, self.n + 2)
        if self.one_vehicle:
            count = st.just(1)
        elif A.LIMITED_FLEET in self.used:
            count |= st.integers(0, self.n)
        for k, id in enumerate(self._ids(self.num_types, "type ")):
            number = self.draw(count)
            named = number is not None and self.draw(st.booleans())
            profile = self.draw(st.integers(0, self.num_profiles - 1))
            self.model.add_vehicle_type(
                id,
                count=number,
                vehicle_ids=[f"van {k}.{i}" for i in range(number)] if named else (),
                capacity=self._capacity(),
                **self._ends(),
                **self._limits(),
                **self._costs(unit),
                profile=profile,
                skills=self._offered(),
                breaks=[(self.window(), self.number(5)) for _ in range(self.uses(A.BREAKS))],
            )

    def _capacity(self) -> list[float]:
        """No capacity, or one per dimension, some of them unlimited."""
        if A.CAPACITY not in self.used or self.draw(st.integers(0, 5)) == 0:
            return []
        few = self.draw(st.integers(0, 9)) == 0
        return [np.inf if few else self.number(20, 4) for _ in range(self.dimensions)]

    def _offered(self) -> frozenset[str]:
        if A.ALLOWED_VEHICLES not in self.used:
            return frozenset()
        return self.draw(st.just(frozenset(_SKILLS)) | st.frozensets(st.sampled_from(_SKILLS)))

    def _ends(self) -> dict[str, int | None]:
        start: int | None = 0
        if A.MULTIPLE_DEPOTS in self.used:
            start = self.draw(st.integers(0, self.num_depots - 1))
        end = start
        if self.uses(A.DIFFERENT_START_END):
            end = self.draw(st.integers(0, self.num_depots - 1))
        if self.uses(A.OPEN_ROUTES):
            end = None
        if self.uses(A.OPEN_ROUTES):
            start = None
        return {"start": start, "end": end}

    def _limits(self) -> dict[str, Any]:
        uses, limits = self.uses, dict[str, Any]()
        if uses(A.SHIFTS):
            limits["shift"] = self.window()
        if uses(A.MAX_DISTANCE):
            limits["max_distance"] = self.number(200)
        if uses(A.MAX_DURATION):
            limits["max_duration"] = self.number(200)
            if uses(A.OVERTIME):
                limits["max_overtime"] = self.draw(st.sampled_from([5, 10, np.inf]))
        if uses(A.MAX_STOPS):
            limits["max_stops"] = self.draw(st.integers(1, self.n))
        if uses(A.RELOADS):
            limits["max_reloads"] = self.draw(st.none() | st.integers(1, 2))
            depots = st.integers(0, self.num_depots - 1)
            limits["reload_depots"] = self.draw(
                st.lists(depots, min_size=1, max_size=2, unique=True)
            )
        return limits

    def _costs(self, unit: float) -> dict[str, float]:
        costs = {"unit_distance_cost": unit}
        if self.uses(A.DISTANCE_COSTS):
            costs["unit_distance_cost"] = self.number(5)
        if self.uses(A.FIXED_COSTS):
            costs["fixed_cost"] = self.number(50)
        if self.uses(A.DURATION_COSTS):
            costs["unit_duration_cost"] = self.number(5)
        if self.uses(A.OVERTIME):
            costs["unit_overtime_cost"] = self.number(5)
        return costs

    def _relations(self) -> None:
        for pickup, delivery in self.pairs:
            self.model.add_shipment(
                pickup,
                delivery,
                self.amounts(6) if self.draw(st.booleans()) else (),
                id=self.draw(st.sampled_from(["", "s1", "7"])),
            )
        order = self.draw(st.permutations(range(self.n)))
        if A.PRECEDENCE in self.used and self.n > 1:
            self.model.add_precedence(order[0], order[1])
        if A.FIXED_EDGES in self.used:
            nodes = self.draw(st.permutations(range(self.num_depots + self.n)))
            self.model.add_fixed_edge(nodes[0], nodes[1])
        if A.LOCKS in self.used:
            self.model.add_lock(
                order[: self.draw(st.integers(1, 3))],
                vehicle_type=self.draw(st.none() | st.integers(0, self.num_types - 1)),
                at_start=self.draw(st.booleans()),
            )

    def _splits(self) -> None:
        """Let some deliveries be split, where nothing needs the client to be visited once."""
        model = self.model
        bound = {c for pair in (*self.pairs, *model.precedences) for c in pair}
        bound |= {node - self.num_depots for edge in model.fixed_edges for node in edge}
        bound |= {c for lock in model.locks for c in lock.values["visits"]}
        bound |= {*self.optional, *self.group_of}
        for c, client in enumerate(model.clients):
            if c not in bound and not any(client.values["pickup"]):
                client.values["splittable"] = self.uses(A.SPLIT_DELIVERY)
