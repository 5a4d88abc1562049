"""Vehicles of VRPLIB files: one specification for all, or sections with a row per vehicle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from routewright.instances.columns import Row
from routewright.model import Model

from .sections import Document
from .tables import Column, Table, read_lists, read_table
from .vrplib_nodes import Nodes
from .vrplib_types import TYPES, VrplibType

#: Specifications and sections (with a suffix) by the parameter of ``add_vehicle_type``.
LIMITS = {
    "VEHICLES_MAX_DISTANCE": "max_distance",
    "VEHICLES_MAX_DURATION": "max_duration",
    "VEHICLES_MAX_RELOADS": "max_reloads",
}
COSTS = {
    "VEHICLES_FIXED_COST": "fixed_cost",
    "VEHICLES_UNIT_DISTANCE_COST": "unit_distance_cost",
}


@dataclass
class Fleet:
    """What the file says about its vehicles.

    Parameters
    ----------
    common
        Parameters of ``Model.add_vehicle_type`` that all vehicles share.
    count
        Number of vehicles, or None for as many as wanted.
    single
        Values of every single vehicle, by parameter, where sections give them. Depots and
        clients in them are nodes of the file.
    depots
        Depots of the file, in its order.
    """

    common: dict[str, Any] = field(default_factory=dict)
    count: int | None = None
    single: dict[str, list[Any]] = field(default_factory=dict)
    depots: list[int] = field(default_factory=list)
    where: str = ""

    def types(self) -> dict[tuple[Any, ...], list[int]]:
        """Return the vehicles, from 0, by their values: those that are equal are a type."""
        kinds: dict[tuple[Any, ...], list[int]] = {}
        for vehicle, values in enumerate(zip(*self.single.values(), strict=True)):
            kinds.setdefault(values, []).append(vehicle)
        return kinds

    def allowed(self, clients: Sequence[int]) -> dict[int, frozenset[int]]:
        """Return the vehicle types that may serve each client that not all may serve."""
        if "allowed" not in self.single:
            return {}
        position = list(self.single).index("allowed")
        served = [values[position] for values in self.types()]
        found = {c: frozenset(k for k, of in enumerate(served) if c in of) for c in clients}
        return {c: types for c, types in found.items() if len(types) < len(served)}

    def add_to(self, model: Model, indices: Mapping[int, int]) -> None:
        """Add the vehicle types to the model, whose nodes are given by those of the file."""
        if not self.single:
            model.add_vehicle_type(count=self.count, where=self.where, **self.common)
            return
        kinds = self.types()
        for values, vehicles in kinds.items():
            given = {**self.common, **dict(zip(self.single, values, strict=True))}
            given.pop("allowed", None)
            if "start" in given:
                depot = indices[given["start"]]
                given["start"], given["end"] = (
                    depot,
                    depot if given.get("end", 0) is not None else None,
                )
            if "reload_depots" in given:
                given["reload_depots"] = tuple(indices[d] for d in given["reload_depots"])
            names = [v + 1 for v in vehicles] if len(kinds) > 1 else ()
            model.add_vehicle_type(
                count=len(vehicles), vehicle_ids=names, where=self.where, **given
            )


def read_fleet(doc: Document, nodes: Nodes, kind: str) -> Fleet:
    """Read what describes vehicles; issues go to the document."""
    return _Reader(doc, nodes, TYPES.get(kind, VrplibType())).read()


class _Reader:
    def __init__(self, doc: Document, nodes: Nodes, kind: VrplibType) -> None:
        self.doc = doc
        self.nodes = nodes
        self.kind = kind
        self.fleet = Fleet(depots=nodes.depots)

    def read(self) -> Fleet:
        fleet = self.fleet
        keys = [key for key in ("VEHICLES", "SALESMEN") if key in self.doc.specs]
        if keys:
            fleet.count = self.doc.whole(keys[0])
            fleet.where = self.doc.specs[keys[0]].where
        self._sections()
        self._capacity()
        for key, name in (LIMITS | COSTS).items():
            self._shared(key, name)
        self._route_limit()
        if self.kind.open_routes:
            fleet.common["end"] = None
        self._depots()
        return fleet

    def _sections(self) -> None:
        """Read the sections with a row per vehicle."""
        keys = [key for key in ("CAPACITY", *LIMITS, *COSTS) if key in self.doc.sections]
        lists = ("VEHICLES_DEPOT", "VEHICLES_RELOAD_DEPOT", "VEHICLES_ALLOWED_CLIENTS")
        present = [self.doc.sections[k] for k in (*keys, *lists) if k in self.doc.sections]
        if present and self.fleet.count is None:
            self.fleet.count = len(present[0].rows)
        if present and not self.fleet.where:
            self.fleet.where = present[0].where
        for key in keys:
            table = self._table(key)
            if table is None:
                continue
            if key == "CAPACITY":
                self.fleet.single["capacity"] = table.rows
                self._check_dimensions(table.where(0), table.name, len(table.columns))
            else:
                self.fleet.single[(LIMITS | COSTS)[key]] = table.columns[0]
        self._depot_lists()

    def _table(self, key: str) -> Table | None:
        limit = key == "CAPACITY" or key in LIMITS
        name = "capacity" if key == "CAPACITY" else (LIMITS | COSTS)[key].replace("_", " ")
        column = Column(name, whole=key == "VEHICLES_MAX_RELOADS", unlimited=limit)
        return read_table(self.doc, key, self.fleet.count, [column], repeat=key == "CAPACITY")

    def _lists(self, key: str, what: str, *, depots: bool) -> list[list[int]] | None:
        """Return the nodes of every vehicle in a section, counted from 0."""
        size = len(next(iter(self.nodes.fields.values()), ())) or self._node_count()
        rows = read_lists(self.doc, key, self.fleet.count, size, what)
        if rows is None:
            return None
        for row, ids in rows:
            for i in ids:
                if depots and i - 1 not in self.nodes.depots:
                    self.doc.issue(row.where, f"{key}_SECTION", f"{i} is not a depot")
        return [[i - 1 for i in ids] for _, ids in rows]

    def _node_count(self) -> int | None:
        dimension = self.doc.specs.get("DIMENSION")
        whole = dimension.text if dimension else ""
        return int(whole) if whole.isascii() and whole.isdigit() and len(whole) < 16 else None

    def _depot_lists(self) -> None:
        homes = self._lists("VEHICLES_DEPOT", "depot", depots=True)
        if homes is not None:
            if any(len(ids) != 1 for ids in homes):
                where = self.doc.sections["VEHICLES_DEPOT"].where
                message = "every vehicle needs exactly one depot"
                self.doc.issue(where, "VEHICLES_DEPOT_SECTION", message)
            self.fleet.single["start"] = [ids[0] if ids else 0 for ids in homes]
        reloads = self._lists("VEHICLES_RELOAD_DEPOT", "depot", depots=True)
        if reloads is not None:
            self.fleet.single["reload_depots"] = [tuple(ids) for ids in reloads]
            if "VEHICLES_MAX_RELOADS" not in {*self.doc.specs, *self.doc.sections}:
                limits = [None if ids else 0 for ids in reloads]
                self.fleet.single["max_reloads"] = limits
        clients = self._lists("VEHICLES_ALLOWED_CLIENTS", "client", depots=False)
        if clients is not None:
            self.fleet.single["allowed"] = [frozenset(ids) for ids in clients]

    def _capacity(self) -> None:
        row = self.doc.spec("CAPACITY")
        if row is not None and "CAPACITY" in self.doc.sections:
            self._twice(row, "CAPACITY")
        elif row is not None:
            read = self.doc.cells.whole if self.kind.capacitated else self.doc.cells.number
            values = [read(row, i, "CAPACITY", at_least=0) for i in range(len(row.cells))]
            if not values:
                self.doc.issue(row.where, "CAPACITY", "has no value")
            self.fleet.common["capacity"] = tuple(v or 0 for v in values)
            self._check_dimensions(row.where, "CAPACITY", len(values))
        elif "CAPACITY" not in self.doc.sections:
            if self.kind.capacitated:
                self.doc.issue("", "CAPACITY", "the keyword is missing")
            elif self.nodes.dimensions:
                self.doc.notes.append("there is no CAPACITY; vehicles carry any amount")

    def _check_dimensions(self, where: str, name: str, given: int) -> None:
        wanted = self.nodes.dimensions
        if wanted and given != wanted:
            message = f"has {given} values; the demands have {wanted} columns"
            self.doc.issue(where, name, message)

    def _shared(self, key: str, name: str) -> None:
        """Read a specification that holds for all vehicles."""
        row = self.doc.spec(key)
        if row is None:
            return
        if key in self.doc.sections:
            self._twice(row, key)
        value: float | None
        if name == "max_reloads" and row.text.lower() != "inf":
            value = self.doc.whole(key)
        else:
            value = self.doc.number(key, unlimited=key in LIMITS)
        if value is not None:
            self.fleet.common[name] = value

    def _twice(self, row: Row, key: str) -> None:
        section = self.doc.sections[key]
        message = f"is given twice: here, and by {section.name} on {section.where}"
        self.doc.issue(row.where, key, message)

    def _route_limit(self) -> None:
        """Read DISTANCE: a limit on travel, and on service where SERVICE_TIME is given."""
        limit = self.doc.number("DISTANCE", unlimited=True)
        if limit is None:
            return
        where = self.doc.specs["DISTANCE"].where
        if limit == 0:
            self.doc.notes.append(f"{where}: DISTANCE 0 stands for no limit")
            return
        name = "max_duration" if self.nodes.uniform_service else "max_distance"
        if name in self.fleet.common or name in self.fleet.single:
            self.doc.issue(where, "DISTANCE", f"is given twice: VEHICLES_{name.upper()} as well")
        self.fleet.common[name] = limit
        if name == "max_duration" and "window" in self.nodes.fields:
            self.doc.notes.append(f"{where}: DISTANCE limits durations, waiting included")

    def _depots(self) -> None:
        """Without a section, every vehicle belongs to the first depot."""
        if "VEHICLES_DEPOT" in self.doc.sections or len(self.nodes.depots) < 2:
            return
        first = self.nodes.depots[0] + 1
        self.doc.notes.append(f"there is no VEHICLES_DEPOT_SECTION; all vehicles use depot {first}")
