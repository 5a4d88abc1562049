"""PyVRP as a contestant: a translation of our problem, as far as its model goes.

Ways of saying what it has no field for are those of its own reader and FAQ: forbidden
arcs and clients are very long arcs; an open route ends at a depot that is no distance
from anywhere. The number of vehicles comes first by a fixed cost above any detour. As in
its reader, loads are multiplied by the same factor as distances, without which its
penalties reach their bound, and windows of depots are those of the vehicles.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from importlib.metadata import version

import numpy as np
import pyvrp
from contestants import Answer, Contestant, Stopwatch, missing
from integers import Coarse, IntArray, matrices, windows
from pyvrp.constants import MAX_VALUE
from pyvrp.solve import solve

import routewright as rw
from routewright.attributes import Attribute as A
from routewright.problem import BackhaulPolicy, Objective, VehicleType

_FOREVER = int(np.iinfo(np.int64).max)
_KIND = pyvrp.ActivityType
#: Above this its matrices take gigabytes.
_LARGEST = 7000


class Deadline:
    """Stops at a time that was fixed before the solver was called.

    PyVRP's own `MaxRuntime` starts its clock at the first iteration, after its
    neighborhoods and first descent, which take longer than the limit on large problems.
    """

    def __init__(self, end: float) -> None:
        self.end = end

    def __call__(self, best_cost: float) -> bool:
        return time.perf_counter() > self.end


class PyVrp(Contestant):
    """Iterated local search of PyVRP, one thread, its default parameters."""

    name = "pyvrp"
    supported = frozenset(A) - {
        A.BREAKS,
        A.DEPOT_SERVICE,
        A.FIXED_EDGES,
        A.LOCKS,
        A.MAX_STOPS,
        A.MULTIPLE_TIME_WINDOWS,
        A.PRECEDENCE,
        A.SPLIT_DELIVERY,
        A.TIME_DEPENDENT,
    }

    def version(self) -> str:
        return f"pyvrp {version('pyvrp')} (iterated local search)"

    def refusal(self, problem: rw.Problem) -> str:
        if problem.num_clients > _LARGEST:
            return f"more than {_LARGEST} clients"
        return missing(problem, self.supported) or _unlike(problem)

    def solve(self, problem: rw.Problem, seconds: float, seed: int) -> Answer:
        translation = Translation(problem)
        deadline = Deadline(time.perf_counter() + seconds)
        with Stopwatch() as watch:
            result = solve(translation.data, deadline, seed, collect_stats=False, display=False)
        note = f"{result.num_iterations} iterations"
        return Answer(translation.solution(result.best), watch.seconds, watch.cpu, note=note)


def _unlike(problem: rw.Problem) -> str:
    """What the translation cannot say beyond attributes."""
    coarse = Coarse.of(problem)
    priced = any(v.unit_duration_cost or v.unit_overtime_cost for v in problem.vehicle_types)
    if priced and coarse.time_factor != coarse.distance_factor:
        return "durations that cost, on a finer scale than distances"
    if problem.backhaul is not BackhaulPolicy.MIXED and any(
        any(c.delivery) and any(c.pickup) for c in problem.clients
    ):
        return "clients with delivery and pickup where deliveries come first"
    return ""


@dataclass
class Translation:
    """A problem in PyVRP's terms, and the way back."""

    problem: rw.Problem
    data: pyvrp.ProblemData = field(init=False)

    def __post_init__(self) -> None:
        p = self.problem
        self.coarse = Coarse.of(p)
        self.load_factor = max(1, p.scale.distance // self.coarse.distance_factor)
        #: Whether a vehicle only ever sees one depot, so that the window can be its own.
        self.one_depot_each = all(
            v.start is not None and {v.start} == {v.start, v.end, *v.reload_depots}
            for v in p.vehicle_types
        )
        self.open = any(v.start is None or v.end is None for v in p.vehicle_types)
        self.first = p.num_depots + self.open  # location of the first client
        self.early, self.late, self.service = windows(p, _FOREVER)
        self.alone = [c for c in range(p.num_clients) if c not in p.shipment_of]
        self.profiles: dict[tuple[int, frozenset[int]], int] = {}
        group_of = {c: i for i, group in enumerate(self._groups()) for c in group.clients}
        vehicles = [self._vehicle(k, v) for k, v in enumerate(p.vehicle_types)]
        distances, durations = zip(*(self._matrices(*key) for key in self.profiles), strict=True)
        self.data = pyvrp.ProblemData(
            locations=[pyvrp.Location(*xy) for xy in self._coordinates()],
            clients=[self._client(c, group_of) for c in self.alone],
            depots=self._depots(),
            vehicle_types=vehicles,
            distance_matrices=list(distances),
            duration_matrices=list(durations),
            groups=[self._group(group) for group in self._groups()],
            shipments=[self._shipment(s) for s in p.shipments],
        )

    # There ----------------------------------------------------------------------

    def _coordinates(self) -> list[tuple[float, float]]:
        p = self.problem
        points = getattr(p.travels[0], "coordinates", None)
        nodes = list(range(p.num_depots)) + [None] * self.open
        nodes += [p.num_depots + c for c in range(p.num_clients)]
        if points is None:
            return [(0.0, 0.0)] * len(nodes)
        where = [None if i is None else p.node_location(i) for i in nodes]
        return [(0.0, 0.0) if i is None else (points[i][0], points[i][1]) for i in where]

    def _depots(self) -> list[pyvrp.Depot]:
        spans = [
            (0, _FOREVER) if self.one_depot_each else (self.early[d], self.late[d])
            for d in range(self.problem.num_depots)
        ]
        depots = [pyvrp.Depot(d, *span) for d, span in enumerate(spans)]
        return depots + [pyvrp.Depot(len(depots))] * self.open

    def _groups(self) -> list[rw.Group]:
        """The groups that leave a choice."""
        return [g for g in self.problem.groups if len(g.clients) > 1]

    def _group(self, group: rw.Group) -> pyvrp.ClientGroup:
        place = {c: i for i, c in enumerate(self.alone)}
        return pyvrp.ClientGroup([place[c] for c in group.clients], group.required)

    def _client(self, c: int, group_of: dict[int, int]) -> pyvrp.Client:
        client, node = self.problem.clients[c], self.problem.num_depots + c
        group = None if client.group is None else self.problem.groups[client.group]
        lonely = group is not None and len(group.clients) == 1 and group.required
        return pyvrp.Client(
            location=self.first + c,
            delivery=self._load(client.delivery),
            pickup=self._load(client.pickup),
            service_duration=self.service[node],
            tw_early=self.early[node],
            tw_late=self.late[node],
            release_time=self.coarse.up(client.release),
            prize=self.coarse.cost(client.prize),
            required=client.required or lonely,
            group=group_of.get(c),
        )

    def _shipment(self, shipment: rw.Shipment) -> pyvrp.Shipment:
        depots = self.problem.num_depots
        a, b = depots + shipment.pickup, depots + shipment.delivery
        client = self.problem.clients[shipment.pickup]
        return pyvrp.Shipment(
            pickup_location=self.first + shipment.pickup,
            delivery_location=self.first + shipment.delivery,
            pickup_tw_early=self.early[a],
            pickup_tw_late=self.late[a],
            pickup_service_duration=self.service[a],
            delivery_tw_early=self.early[b],
            delivery_tw_late=self.late[b],
            delivery_service_duration=self.service[b],
            amount=self._load(shipment.amount),
            prize=self.coarse.cost(client.prize),
            required=client.required,
        )

    def _vehicle(self, k: int, v: VehicleType) -> pyvrp.VehicleType:
        p, nowhere = self.problem, self.problem.num_depots
        banned = frozenset(c for c in range(p.num_clients) if not p.may_serve(k, c))
        profile = self.profiles.setdefault((v.profile, banned), len(self.profiles))
        down = self.coarse.down
        early, late = self.coarse.up(v.shift[0]), down(v.shift[1], _FOREVER)
        if self.one_depot_each and v.start is not None:
            early, late = max(early, self.early[v.start]), min(late, self.late[v.start])
        far = v.max_distance // self.coarse.distance_factor
        return pyvrp.VehicleType(
            num_available=p.num_clients if v.count is None else v.count,
            capacity=self._load(v.capacity),
            start_depot=nowhere if v.start is None else v.start,
            end_depot=nowhere if v.end is None else v.end,
            fixed_cost=self.coarse.cost(v.fixed_cost) + self._vehicles_first(v),
            tw_early=early,
            tw_late=late,
            shift_duration=down(v.max_duration, _FOREVER),
            max_distance=far if v.max_distance < rw.UNLIMITED else _FOREVER,
            unit_distance_cost=v.unit_distance_cost,
            unit_duration_cost=v.unit_duration_cost,
            profile=profile,
            reload_depots=list(v.reload_depots) if v.max_reloads else [],
            max_reloads=v.max_reloads,
            max_overtime=self.coarse.up(v.max_overtime),
            unit_overtime_cost=v.unit_overtime_cost,
        )

    def _load(self, amounts: tuple[int, ...]) -> list[int]:
        return [self.load_factor * a if a < rw.UNLIMITED else _FOREVER for a in amounts]

    def _vehicles_first(self, v: VehicleType) -> int:
        """A cost above what one vehicle less can add to a route, or nothing."""
        if self.problem.objective is not Objective.VEHICLES_THEN_COST:
            return 0
        return 20 * int(matrices(self.problem, v.profile)[0].max()) * v.unit_distance_cost

    def _matrices(self, profile: int, banned: frozenset[int]) -> tuple[IntArray, IntArray]:
        p = self.problem
        forbidden = np.zeros((p.num_depots + p.num_clients,) * 2, dtype=bool)
        for c in banned:
            forbidden[p.num_depots + c, :] = forbidden[:, p.num_depots + c] = True
        if p.backhaul is not BackhaulPolicy.MIXED:
            forbidden |= _against_backhaul(p)
        np.fill_diagonal(forbidden, False)
        distance, duration = (
            self._opened(np.where(forbidden, MAX_VALUE, m)) for m in matrices(p, profile)
        )
        return distance, duration

    def _opened(self, matrix: IntArray) -> IntArray:
        """With the depot of open routes after the others, no distance from anywhere."""
        if not self.open:
            return matrix
        place = self.problem.num_depots
        return np.insert(np.insert(matrix, place, 0, axis=0), place, 0, axis=1)

    # And back -------------------------------------------------------------------

    def solution(self, found: pyvrp.Solution) -> rw.Solution:
        return rw.Solution(self._route(route) for route in found.routes())

    def _route(self, route: pyvrp.Route) -> rw.Route:
        trips: list[list[int]] = [[]]
        reloads: list[int] = []
        for activity in list(route)[1:-1]:
            if activity.type == _KIND.DEPOT:
                reloads.append(activity.idx)
                trips.append([])
            else:
                trips[-1].append(self._client_of(activity))
        return rw.Route(route.vehicle_type(), tuple(map(tuple, trips)), tuple(reloads))

    def _client_of(self, activity: pyvrp.Activity) -> int:
        if activity.type == _KIND.CLIENT:
            return self.alone[activity.idx]
        shipment = self.problem.shipments[activity.idx]
        return shipment.pickup if activity.type == _KIND.PICKUP else shipment.delivery


def _against_backhaul(p: rw.Problem) -> np.ndarray:
    """Arcs that break the order of linehauls and backhauls, between nodes."""
    backhaul = np.zeros(p.num_depots + p.num_clients, dtype=bool)
    backhaul[p.num_depots :] = [any(c.pickup) for c in p.clients]
    linehaul = ~backhaul
    linehaul[: p.num_depots] = False
    forbidden = np.outer(backhaul, linehaul)
    if p.backhaul is BackhaulPolicy.LINEHAUL_REQUIRED:
        forbidden[: p.num_depots, backhaul] = True
    return np.asarray(forbidden)
