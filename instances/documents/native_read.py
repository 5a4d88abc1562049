"""From a checked document to a Problem, by way of the Model."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from routewright.errors import InputError, Issue
from routewright.model import Model
from routewright.problem import Problem
from routewright.travel import Rounding
from routewright.units import Real

from .json_shape import Shape, shape
from .json_text import parse_object, shown
from .native_numbers import Numbers
from .native_schema import (
    PROBLEM_MARKER,
    NodeDocument,
    PlaceDocument,
    ProblemDocument,
    VehicleTypeDocument,
)
from .native_travel import TravelReader

_TRAVEL_FIELDS = ("metric", "matrices", "locations", "scale")
_LISTS = ("depots", "clients", "vehicle_types")
#: Relations that the model names by their order among those that were added.
_RENUMBERED = ("precedences", "fixed_edges", "locks")


def read_document(text: str, rounding: Rounding | None = None) -> Problem:
    """Read a problem document.

    Parameters
    ----------
    text
        The JSON text.
    rounding
        Replaces the rounding of the file's metric or matrices, and its scale.

    Raises
    ------
    InputError
        Listing everything that is wrong, with paths such as ``clients[3].windows[0]``.
    """
    data = parse_object(text)
    marker = data.get("routewright")
    issues = []
    if str(data.get("schema", "")).startswith("routewright/result"):
        raise InputError("is a result, not a problem; give the problem file it belongs to")
    if marker != PROBLEM_MARKER:
        given = f"is {shown(marker)}" if "routewright" in data else "is missing"
        wanted = f'a problem file says "routewright": "{PROBLEM_MARKER}"'
        issues.append(Issue("routewright", "", f"{given}; {wanted}"))
        data["routewright"] = PROBLEM_MARKER
    found = shape(ProblemDocument, data)
    issues += found.issues
    too_much = any(s in _LISTS or s.split("[")[0] in _TRAVEL_FIELDS for s in found.spoiled)
    if found.document is None or too_much:
        raise InputError(issues)
    reader = _Reader(found.document, found, rounding)
    problem: Problem | None = None
    built: list[Issue] = []
    try:
        problem = reader.problem()
    except InputError as error:
        built = [reader.located(issue) for issue in error.issues]
    issues += [i for i in (*reader.issues, *built) if not found.follows(i)]
    if issues or problem is None:
        raise InputError(issues)
    return problem


class _Reader:
    """Fills a Model from a document."""

    def __init__(
        self, document: ProblemDocument, found: Shape[ProblemDocument], rounding: Rounding | None
    ) -> None:
        self.d = document
        self.found = found
        self.issues: list[Issue] = []
        self.rounding = rounding
        self.m = Model(document.name, objective=document.objective, backhaul=document.backhaul)
        self.m.tour_base = document.tour_base
        self.m.notes = list(document.notes)
        self.numbers = Numbers(None if rounding else document.scale)
        self.relations: dict[str, list[int]] = {name: [] for name in _RENUMBERED}
        self.depots = self._index("depots", "depot{}", 0)
        self.clients = self._index("clients", "{}", 1)
        self.types = self._index("vehicle_types", "vehicle{}", 1)

    def problem(self) -> Problem:
        travel = TravelReader(self.d, self.m, self.rounding, self.issue)
        travel.scale()
        for place in self.d.locations:
            self._point(place, f"locations[{len(self.m.travels.points)}]")
        self._add_depots()
        self._add_vehicle_types()
        self._add_groups()
        self._add_clients()
        self._add_relations()
        travel.travel()
        if self.numbers.rounded:
            self.m.notes.append("numbers finer than the scale of the file are rounded")
        return self.m.problem()

    # Places in the file -----------------------------------------------------------

    def issue(self, where: str, message: str) -> None:
        self.issues.append(Issue(where, "", message))

    def located(self, issue: Issue) -> Issue:
        """Write the place of an issue of the model as a path in the file."""
        travels = "metric" if self.d.matrices is None else r"matrices[\1]"
        where = re.sub(r"^travels\[(\d+)\]", travels, issue.where)
        name, _, rest = where.partition("[")
        if name in _RENUMBERED and rest.split("]")[0].isdigit():
            index, _, rest = rest.partition("]")
            where = f"{name}[{self.relations[name][int(index)]}]{rest}"
        return Issue(".".join(part for part in (where, issue.field) if part), "", issue.message)

    def _where(self, name: str, index: int) -> str:
        return f"{name}[{self.found.position(name, index)}]"

    def _index(self, name: str, default: str, first: int) -> dict[str, int]:
        """Index of every entity by its id, which its position gives if it has none."""
        return {
            self._id(name, i, entity.id, default, first): i
            for i, entity in enumerate(getattr(self.d, name))
        }

    def _id(self, name: str, index: int, id: str | None, default: str, first: int) -> str:
        return default.format(self.found.position(name, index) + first) if id is None else id

    def _refer(self, where: str, index: dict[str, int], kind: str, id: str) -> int | None:
        if id in index:
            return index[id]
        lists = {"depot": "depots", "client": "clients", "vehicle type": "vehicle_types"}
        if lists[kind] not in self.found.nameless:
            self.issue(where, f"{kind} {id!r} does not exist")
        return None

    def _client(self, where: str, id: str) -> int | None:
        return self._refer(where, self.clients, "client", id)

    # Travel -----------------------------------------------------------------------

    def _point(self, place: PlaceDocument, where: str) -> int:
        given = {name: getattr(place, name) for name in ("x", "y", "z", "lat", "lon")}
        point = {k: float(v) if isinstance(v, Decimal) else v for k, v in given.items()}
        return self.m.add_location(**point, where=where)

    def _place(self, node: NodeDocument, where: str, number: int) -> int:
        """Location of a depot or client: stated, its own point, or its matrix row."""
        if node.location is not None and node.has_point:
            self.issue(where, "give coordinates or a location, not both")
        if node.location is not None:
            return node.location
        if node.has_point:
            return self._point(node, where)
        if self.d.matrices is None:
            self.issue(where, "give x and y, or lat and lon, or a location")
            if self.m.travels.geographic:
                return self.m.add_location(lat=0, lon=0)
            return self.m.add_location(0, 0)
        nodes = (*self.d.depots, *self.d.clients)
        if self.d.locations or any(n.location is not None or n.has_point for n in nodes):
            self.issue(where, "give its location, since others have coordinates or one")
        return number

    # Entities ---------------------------------------------------------------------

    def _add_depots(self) -> None:
        for i, depot in enumerate(self.d.depots):
            where = self._where("depots", i)
            self.m.add_depot(
                self._id("depots", i, depot.id, "depot{}", 0),
                location=self._place(depot, where, i),
                window=self.numbers.window(depot.window),
                service=self.numbers.time(depot.service),
                where=where,
            )

    def _add_groups(self) -> None:
        """Add the groups and remember which client is in which."""
        self.group_of: dict[int, int] = {}
        for g, group in enumerate(self.d.groups):
            where = self._where("groups", g)
            self.m.add_group(required=group.required, id=group.id or "", where=where)
            for k, id in enumerate(group.clients):
                client = self._client(f"{where}.clients[{k}]", id)
                if client is None:
                    continue
                if client in self.group_of:
                    self.issue(f"{where}.clients[{k}]", f"client {id!r} is in a group already")
                self.group_of[client] = g

    def _add_clients(self) -> None:
        num = self.numbers
        for i, c in enumerate(self.d.clients):
            where = self._where("clients", i)
            group = self.group_of.get(i)
            if group is not None and "required" in c.model_fields_set and c.required:
                rule = "must not be required itself; its group says whether one must be visited"
                self.issue(f"{where}.required", f"a member of a group {rule}")
            if c.window is not None and c.windows is not None:
                self.issue(f"{where}.windows", "give window or windows, not both")
            windows = [c.window] if c.windows is None else c.windows
            self.m.add_client(
                self._id("clients", i, c.id, "{}", 1),
                location=self._place(c, where, len(self.d.depots) + i),
                delivery=num.loads(c.delivery),
                pickup=num.loads(c.pickup),
                windows=[num.window(w) for w in windows],
                service=num.time(c.service),
                release=num.time(c.release),
                required=c.required,
                prize=num.cost(c.prize),
                group=group,
                skills=c.skills,
                allowed_vehicles=self._allowed(c.allowed_vehicles, where),
                splittable=c.splittable,
                where=where,
            )

    def _allowed(self, ids: list[str] | None, where: str) -> list[int] | None:
        if ids is None:
            return None
        found = (
            self._refer(f"{where}.allowed_vehicles[{k}]", self.types, "vehicle type", id)
            for k, id in enumerate(ids)
        )
        return [k for k in found if k is not None]

    def _add_vehicle_types(self) -> None:
        num = self.numbers
        for k, v in enumerate(self.d.vehicle_types):
            where = self._where("vehicle_types", k)
            count = len(v.vehicle_ids) if v.vehicle_ids and v.count is None else v.count
            reloads = [
                self._refer(f"{where}.reload_depots[{i}]", self.depots, "depot", id)
                for i, id in enumerate(v.reload_depots)
            ]
            self.m.add_vehicle_type(
                self._id("vehicle_types", k, v.id, "vehicle{}", 1),
                count=count,
                capacity=num.loads(v.capacity),
                start=self._end(v, "start", where),
                end=self._end(v, "end", where),
                shift=num.window(v.shift),
                max_distance=self._limit(v.max_distance, num.distance),
                max_duration=self._limit(v.max_duration, num.time),
                max_stops=v.max_stops,
                max_overtime=self._limit(v.max_overtime, num.time),
                max_reloads=v.max_reloads,
                reload_depots=[d for d in reloads if d is not None],
                fixed_cost=num.cost(v.fixed_cost),
                unit_distance_cost=num.unit_cost(v.unit_distance_cost, "distance"),
                unit_duration_cost=num.unit_cost(v.unit_duration_cost, "time"),
                unit_overtime_cost=num.unit_cost(v.unit_overtime_cost, "time"),
                profile=v.profile,
                skills=v.skills,
                vehicle_ids=v.vehicle_ids,
                breaks=[(num.window(b.window), num.time(b.service)) for b in v.breaks],
                where=where,
            )

    @staticmethod
    def _limit(value: Any, convert: Callable[[Any], Real]) -> Real:
        return math.inf if value is None else convert(value)

    def _end(self, v: VehicleTypeDocument, name: str, where: str) -> int | None:
        """Return the depot at one end of the routes; the first one if none is stated."""
        id = getattr(v, name)
        if id is not None:
            return self._refer(f"{where}.{name}", self.depots, "depot", id)
        if name in v.model_fields_set:
            return None
        if not self.d.depots:
            message = "there is no depot; add one, or write null for routes that are open here"
            self.issue(f"{where}.{name}", message)
            return None
        return 0

    def _add_relations(self) -> None:
        for i, s in enumerate(self.d.shipments):
            where = self._where("shipments", i)
            ends = self._clients({f"{where}.pickup": s.pickup, f"{where}.delivery": s.delivery})
            if len(ends) == 2:
                amount = self.numbers.loads(s.amount)
                self.m.add_shipment(ends[0], ends[1], amount, id=s.id or "", where=where)
        for i, pair in enumerate(self.d.precedences):
            where = self._where("precedences", i)
            ends = self._clients({f"{where}[{k}]": id for k, id in enumerate(pair)})
            if len(ends) == 2:
                self._keep("precedences", i)
                self.m.add_precedence(ends[0], ends[1])
        for i, edge in enumerate(self.d.fixed_edges):
            where = self._where("fixed_edges", i)
            nodes = [self._node(f"{where}[{k}]", *node) for k, node in enumerate(edge)]
            known = [node for node in nodes if node is not None]
            if len(known) == 2:
                self._keep("fixed_edges", i)
                self.m.add_fixed_edge(known[0], known[1])
        for i, lock in enumerate(self.d.locks):
            where = self._where("locks", i)
            visits = self._clients({f"{where}.visits[{k}]": v for k, v in enumerate(lock.visits)})
            vehicle_type = None
            if lock.vehicle_type is not None:
                place = f"{where}.vehicle_type"
                vehicle_type = self._refer(place, self.types, "vehicle type", lock.vehicle_type)
            if len(visits) == len(lock.visits):
                self._keep("locks", i)
                self.m.add_lock(visits, vehicle_type=vehicle_type, at_start=lock.at_start)

    def _keep(self, name: str, index: int) -> None:
        self.relations[name].append(self.found.position(name, index))

    def _clients(self, ids: dict[str, str]) -> list[int]:
        found = (self._client(where, id) for where, id in ids.items())
        return [c for c in found if c is not None]

    def _node(self, where: str, is_depot: bool, id: str) -> int | None:
        if is_depot:
            return self._refer(where, self.depots, "depot", id)
        client = self._client(where, id)
        return None if client is None else len(self.d.depots) + client
