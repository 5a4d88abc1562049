"""Problems as VRPLIB files, with the sections of PyVRP where CVRPLIB has none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from routewright.attributes import Attribute
from routewright.errors import UnsupportedError
from routewright.instances.expressible import plain, title
from routewright.problem import BackhaulPolicy, Client, Depot, Problem, VehicleType, Window
from routewright.travel import UNLIMITED

from .edge_weights_write import travel_losses, travel_sections, travel_specs
from .numbering import Numbering
from .vrplib_fleet import COSTS, LIMITS
from .vrplib_types import default_rounding

_SUPPORTED = frozenset(
    {
        Attribute.ALLOWED_VEHICLES,
        Attribute.ASYMMETRIC,
        Attribute.BACKHAUL,
        Attribute.CAPACITY,
        Attribute.DEPOT_SERVICE,
        Attribute.DEPOT_WINDOWS,
        Attribute.DISTANCE_COSTS,
        Attribute.FIXED_COSTS,
        Attribute.FIXED_EDGES,
        Attribute.GROUPS,
        Attribute.HETEROGENEOUS_FLEET,
        Attribute.LIMITED_FLEET,
        Attribute.MAX_DISTANCE,
        Attribute.MAX_DURATION,
        Attribute.MULTIPLE_CAPACITIES,
        Attribute.MULTIPLE_DEPOTS,
        Attribute.OPEN_ROUTES,
        Attribute.OPTIONAL_CLIENTS,
        Attribute.PICKUP,
        Attribute.RELEASE_TIMES,
        Attribute.RELOADS,
        Attribute.SERVICE,
        Attribute.SHIPMENTS,
        Attribute.TIME_WINDOWS,
    }
)


def write(problem: Problem) -> str:
    """Write a VRPLIB file.

    Reading it again gives the same problem up to names and notes: clients and depots are
    numbered in their order, and so are vehicles, unless their ids are numbers from 1.

    Raises
    ------
    UnsupportedError
        Naming what the format cannot express.
    """
    lost = {str(a) for a in problem.attributes() - _SUPPORTED}
    lost.update(travel_losses(problem), _client_losses(problem), _fleet_losses(problem))
    if lost:
        raise UnsupportedError("format vrplib", lost, "Write routewright JSON instead")
    return _Writer(problem).text()


def _client_losses(p: Problem) -> Iterator[str]:
    if any(c.skills for c in p.clients):
        yield "skills"
    if any(c.prize and c.required for c in p.clients):
        yield "prizes of required clients"
    if any(not (c.prize or c.required or c.group is not None) for c in p.clients):
        yield "optional clients without prize"
    if any(not group.required for group in p.groups):
        yield "optional groups"
    if p.backhaul is BackhaulPolicy.LINEHAUL_FIRST:
        yield "backhaul-only routes after linehauls"
    if p.shipments:
        if 2 * len(p.shipments) != p.num_clients:
            yield "clients without a sibling"
        if p.num_dimensions > 1:
            yield "shipments of several loads"
        if any(amount % p.scale.load[0] for s in p.shipments for amount in s.amount):
            yield "shipments of fractional loads"


def _fleet_losses(p: Problem) -> Iterator[str]:
    types = p.vehicle_types
    ends = {v.end for v in types}
    if any(v.start is None for v in types):
        yield "routes without start"
    elif ends != {None} and any(v.end != v.start for v in types):
        yield Attribute.OPEN_ROUTES if None in ends else Attribute.DIFFERENT_START_END
    if ends == {None} and p.backhaul is not BackhaulPolicy.MIXED:
        yield "open routes with backhauls"
    if any(v.count is None for v in types) and _is_listed(p):
        yield "unlimited fleet of vehicles that differ"
    if any(v.count == 0 for v in types) and len(types) > 1:
        yield "types without vehicles"
    if len({len(v.capacity) for v in types}) > 1:
        yield "unlimited capacity of some vehicles"
    if len(types) == 1 and UNLIMITED in types[0].capacity:
        yield "unlimited capacity"


def _is_listed(p: Problem) -> bool:
    """Whether vehicles need sections with a row each."""
    only = p.vehicle_types[0]
    return (
        len(p.vehicle_types) > 1
        or bool(only.start)
        or bool(only.reload_depots)
        or any(c.allowed_vehicles is not None for c in p.clients)
    )


class _Writer:
    def __init__(self, problem: Problem) -> None:
        self.p = problem
        self.nodes: list[Depot | Client] = [*problem.depots, *problem.clients]
        self.listed = _is_listed(problem)
        self.vehicles = self._vehicles()
        self.is_open = all(v.end is None for v in problem.vehicle_types)
        self.timed = any(n.window != (0, UNLIMITED) for n in problem.depots) or any(
            c.windows != ((0, UNLIMITED),) for c in problem.clients
        )

    def text(self) -> str:
        kind, name = self._type(), title(self.p)
        lines = [
            f"NAME : {name}",
            f"TYPE : {kind}",
            f"DIMENSION : {len(self.nodes)}",
            *travel_specs(self.p, default_rounding(kind, name)[0]),
            *self._fleet_specs(),
            *travel_sections(self.p),
            *self._node_sections(),
            *(self._fleet_sections() if self.listed else ()),
            *self._relations(),
            "DEPOT_SECTION",
            *map(str, range(1, self.p.num_depots + 1)),
            "-1",
            "EOF",
        ]
        return "\n".join(lines) + "\n"

    def _type(self) -> str:
        """Return the TYPE that decides what sections do not say, else a telling one."""
        p = self.p
        if self.is_open:
            return "OVRP"
        if p.backhaul is not BackhaulPolicy.MIXED:
            return "VRPB"
        if p.shipments:
            return "PDPTW"
        if any(c.pickup for c in p.clients):
            return "VRPSPD"
        if self.timed:
            return "VRPTW"
        single = len(p.vehicle_types) == 1 and bool(p.vehicle_types[0].capacity)
        whole = all(scale == 1 for scale in p.scale.load)
        return "CVRP" if single and self._has("delivery") and whole else "VRP"

    def _has(self, name: str) -> bool:
        return any(getattr(c, name) for c in self.p.clients)

    # Nodes ----------------------------------------------------------------------

    def _node_sections(self) -> Iterator[str]:
        p = self.p
        if p.shipments:
            yield from self._shipments()
        for key, name in (("DEMAND", "delivery"), ("BACKHAUL", "pickup")):
            if self._has(name):
                yield from _rows(key, (self._amounts(getattr(n, name, ())) for n in self.nodes))
        time, cost = p.scale.time, p.scale.cost
        if not p.shipments:
            if any(n.service for n in self.nodes):
                yield from _rows("SERVICE_TIME", (plain(n.service, time) for n in self.nodes))
            if self.timed:
                yield from _rows("TIME_WINDOW", map(self._window, self.nodes))
        depots = ["0"] * p.num_depots
        if self._has("release"):
            release = (plain(c.release, time) for c in p.clients)
            yield from _rows("RELEASE_TIME", [*depots, *release])
        if self._has("prize"):
            prizes = (plain(c.prize, cost) for c in p.clients)
            yield from _rows("PRIZE", [*depots, *prizes])

    def _amounts(self, amounts: Sequence[int]) -> str:
        """Write one amount for each load, also where none are given."""
        scales = self.p.scale.load
        given = amounts or (0,) * len(scales)
        return " ".join(_limit(q, scale) for q, scale in zip(given, scales, strict=True))

    def _window(self, node: Depot | Client) -> str:
        window: Window = node.window if isinstance(node, Depot) else node.windows[0]
        return " ".join(_limit(value, self.p.scale.time) for value in window)

    def _shipments(self) -> Iterator[str]:
        """Yield rows ``id demand opening closing service pickup delivery``."""
        p, first = self.p, self.p.num_depots
        siblings = {}
        for s in p.shipments:
            amount = s.amount[0] // p.scale.load[0] if s.amount else 0
            siblings[first + s.pickup] = (amount, f"0 {first + s.delivery + 1}")
            siblings[first + s.delivery] = (-amount, f"{first + s.pickup + 1} 0")
        yield "PICKUP_AND_DELIVERY_SECTION"
        for i, node in enumerate(self.nodes):
            amount, sibling = siblings.get(i, (0, "0 0"))
            service = plain(node.service, p.scale.time)
            yield f"{i + 1} {amount} {self._window(node)} {service} {sibling}"

    def _relations(self) -> Iterator[str]:
        p, first = self.p, self.p.num_depots
        if p.groups:
            members = [" ".join(str(first + c + 1) for c in g.clients) for g in p.groups]
            yield from _rows("MUTUALLY_EXCLUSIVE_GROUP", members)
        if p.fixed_edges:
            yield "FIXED_EDGES_SECTION"
            yield from (f"{a + 1} {b + 1}" for a, b in p.fixed_edges)
            yield "-1"

    # Vehicles -------------------------------------------------------------------

    def _vehicles(self) -> list[int]:
        """Return the vehicle type of every single vehicle, if they are listed."""
        if not self.listed:
            return []
        return Numbering(self.p).vehicles or [0] * (self.p.vehicle_types[0].count or 0)

    def _fleet_specs(self) -> Iterator[str]:
        only = self.p.vehicle_types[0]
        if self.listed:
            yield f"VEHICLES : {len(self.vehicles)}"
            return
        if only.count is not None:
            yield f"VEHICLES : {only.count}"
        if only.capacity:
            yield f"CAPACITY : {self._amounts(only.capacity)}"
        for key, name in LIMITS.items():
            value, scale = getattr(only, name), self._limit_scale(name)
            if value not in (UNLIMITED, 0 if name == "max_reloads" else UNLIMITED):
                yield f"{key} : {plain(value, scale)}"
        for key, name in COSTS.items():
            cost = self._cost(only, name)
            if cost != ("0" if name == "fixed_cost" else "1"):
                yield f"{key} : {cost}"

    def _fleet_sections(self) -> Iterator[str]:
        p = self.p
        types = [p.vehicle_types[k] for k in self.vehicles]
        if any(v.capacity for v in types):
            yield from _rows("CAPACITY", (self._amounts(v.capacity) for v in types))
        if any(v.start for v in types):
            yield from _rows("VEHICLES_DEPOT", (str((v.start or 0) + 1) for v in types))
        if any(v.reload_depots for v in types):
            reloads = (" ".join(str(d + 1) for d in v.reload_depots) for v in types)
            yield from _rows("VEHICLES_RELOAD_DEPOT", reloads)
        for key, name in LIMITS.items():
            values = [getattr(v, name) for v in types]
            needed = name == "max_reloads" and any(v.reload_depots for v in types)
            if needed or set(values) != {0 if name == "max_reloads" else UNLIMITED}:
                scale = self._limit_scale(name)
                yield from _rows(key, (_limit(value, scale) for value in values))
        for key, name in COSTS.items():
            costs = [self._cost(v, name) for v in types]
            if set(costs) != {"0" if name == "fixed_cost" else "1"}:
                yield from _rows(key, costs)
        yield from self._allowed()

    def _allowed(self) -> Iterator[str]:
        p, first = self.p, self.p.num_depots
        if all(c.allowed_vehicles is None for c in p.clients):
            return
        served = {
            k: " ".join(str(first + c + 1) for c in range(p.num_clients) if p.may_serve(k, c))
            for k in range(len(p.vehicle_types))
        }
        yield from _rows("VEHICLES_ALLOWED_CLIENTS", (served[k] for k in self.vehicles))

    def _limit_scale(self, name: str) -> int:
        scale = self.p.scale
        return {"max_distance": scale.distance, "max_duration": scale.time}.get(name, 1)

    def _cost(self, vehicle: VehicleType, name: str) -> str:
        scale = self.p.scale
        if name == "fixed_cost":
            return plain(vehicle.fixed_cost, scale.cost)
        return plain(vehicle.unit_distance_cost * scale.distance, scale.cost)


def _rows(key: str, cells: Iterable[str]) -> Iterator[str]:
    """Yield a section with a numbered row for each of the texts."""
    yield f"{key}_SECTION"
    for i, cell in enumerate(cells, start=1):
        yield f"{i} {cell}".rstrip()


def _limit(value: int, scale: int) -> str:
    return "inf" if value == UNLIMITED else plain(value, scale)
