"""Depots and clients of VRPLIB files: the sections with a row per node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from routewright.instances.columns import Cells, Stop
from routewright.instances.text.pairs import add_shipments
from routewright.model import Model

from .sections import Document
from .tables import Column, Table, read_ids, read_lists, read_table
from .vrplib_types import TYPES, VrplibType

_WINDOW = (Column("opening"), Column("closing", unlimited=True))
_SIBLINGS = (Column("pickup", whole=True), Column("delivery", whole=True))
_AMOUNTS = (Column("pickup"), Column("delivery"))


@dataclass
class Nodes:
    """What the file says about its nodes, which are counted from 0 here.

    Parameters
    ----------
    depots
        Nodes that are depots, in the order of the file.
    clients
        All other nodes.
    fields
        Values of every node by the parameter of ``Model.add_client`` that takes them.
    dimensions
        Number of load dimensions; 0 if there are no demands.
    groups
        Number of mutually exclusive groups.
    uniform_service
        SERVICE_TIME where it is one number for all clients, else 0.
    pairs
        Rows of pickups and deliveries that name each other.
    """

    depots: list[int] = field(default_factory=list)
    clients: list[int] = field(default_factory=list)
    fields: dict[str, list[Any]] = field(default_factory=dict)
    dimensions: int = 0
    groups: int = 0
    uniform_service: float = 0
    pairs: list[Stop] = field(default_factory=list)

    def add_to(
        self,
        model: Model,
        where: Callable[[int], str],
        allowed: Mapping[int, frozenset[int]],
    ) -> dict[int, int]:
        """Add depots and clients to the model; return the node in it of each in the file."""
        for _ in range(self.groups):
            model.add_group()
        for node in self.depots:
            own = {k: self.fields[k][node] for k in ("window", "service") if k in self.fields}
            model.add_depot(node, location=node, where=where(node), **own)
        for node in self.clients:
            values = {name: column[node] for name, column in self.fields.items()}
            if node in allowed:
                values["allowed_vehicles"] = allowed[node]
            model.add_client(node, location=node, where=where(node), **values)
        if self.pairs:
            add_shipments(model, self.pairs, Cells(model.issues))
        return {node: i for i, node in enumerate([*self.depots, *self.clients])}


def read_nodes(doc: Document, size: int | None, kind: str) -> Nodes:
    """Read the sections that describe nodes; issues go to the document."""
    return _Reader(doc, size, TYPES.get(kind, VrplibType())).read()


class _Reader:
    def __init__(self, doc: Document, size: int | None, kind: VrplibType) -> None:
        self.doc = doc
        self.size = size
        self.kind = kind
        self.nodes = Nodes()
        self.depots: frozenset[int] = frozenset()
        self.sources: dict[str, str] = {}

    def read(self) -> Nodes:
        self._depots()
        self._demands()
        self._backhauls()
        self._service()
        self._windows()
        self._pickups_and_deliveries()
        self._single("RELEASE_TIME", "release")
        self._single("PRIZE", "prize")
        self._groups()
        fields = self.nodes.fields
        if "prize" in fields and self.size is not None:
            # PyVRP: a prize of 0 stands for a required client.
            fields["required"] = [not prize for prize in fields["prize"]]
        if self.size is not None and not self.doc.issues:
            self.nodes.clients = [i for i in range(self.size) if i not in self.depots]
        return self.nodes

    def _put(self, name: str, source: str, values: list[Any]) -> None:
        """Take over values of all nodes, unless another section has given them."""
        if name in self.sources:
            message = f"is given by {self.sources[name]} already"
            self.doc.issue("", f"{source} {name}", message)
        self.sources[name] = source
        self.nodes.fields[name] = values

    def _not_at_depots(self, table: Table, values: list[Any]) -> None:
        for depot in sorted(self.depots):
            value = values[depot]
            if any(value) if isinstance(value, tuple) else value:
                self.doc.issue(table.where(depot), table.name, "must be 0 at a depot")

    def _depots(self) -> None:
        ids = read_ids(self.doc, "DEPOT", self.size)
        if ids is None:
            ids = [1]
            if self.size is not None and "DEPOT" not in self.doc.sections:
                self.doc.notes.append("there is no DEPOT_SECTION; node 1 is the depot")
        self.nodes.depots = [i - 1 for i in ids]
        self.depots = frozenset(self.nodes.depots)

    def _demands(self) -> None:
        column = Column("demand", whole=self.kind.capacitated)
        names = [key for key in ("DEMAND", "LINEHAUL") if key in self.doc.sections]
        for key in names or ["DEMAND"]:
            required = self.kind.capacitated and not names
            table = read_table(self.doc, key, self.size, [column], repeat=True, required=required)
            if table is not None:
                self._not_at_depots(table, table.rows)
                self._put("delivery", table.name, table.rows)
                self.nodes.dimensions = len(table.columns)
        told = self.doc.whole("DEMAND_DIMENSION", at_least=1)
        if told is not None and names and told != self.nodes.dimensions > 0:
            message = f"is {told}, but the demands have {self.nodes.dimensions} columns"
            self.doc.issue(self.doc.specs["DEMAND_DIMENSION"].where, "DEMAND_DIMENSION", message)

    def _backhauls(self) -> None:
        section = self.doc.section("BACKHAUL")
        if section is None:
            return
        # One number a row, or one row, is LKH's list of nodes; else PyVRP's amounts by node.
        rows = [row for row in section.rows if row.text != "-1"]
        if all(len(row.cells) == 1 for row in rows) or (len(rows) == 1 and self.size != 1):
            self._backhaul_list()
            return
        table = read_table(self.doc, "BACKHAUL", self.size, [Column("amount")], repeat=True)
        if table is not None:
            self._not_at_depots(table, table.rows)
            self._put("pickup", table.name, table.rows)
            self.nodes.dimensions = max(self.nodes.dimensions, len(table.columns))

    def _backhaul_list(self) -> None:
        """Turn the demands of the listed nodes into pickups (LKH)."""
        ids = read_ids(self.doc, "BACKHAUL", self.size) or []
        where = self.doc.sections["BACKHAUL"].where
        if not self.kind.linehaul_first:
            self.doc.notes.append(f"{where}: a list of backhauls does not count for this TYPE")
            return
        if self.depots & {i - 1 for i in ids}:
            self.doc.issue(where, "BACKHAUL_SECTION", "a depot is not a backhaul")
        demands = self.nodes.fields.get("delivery")
        if demands is None:
            message = "lists nodes, whose amounts must stand in DEMAND_SECTION"
            self.doc.issue(where, "BACKHAUL_SECTION", message)
            return
        none = (0,) * self.nodes.dimensions
        backhauls = {i - 1 for i in ids}
        pickups = [d if i in backhauls else none for i, d in enumerate(demands)]
        self._put("pickup", "BACKHAUL_SECTION", pickups)
        self.nodes.fields["delivery"] = [
            none if i in backhauls else d for i, d in enumerate(demands)
        ]

    def _service(self) -> None:
        uniform = self.doc.number("SERVICE_TIME")
        table = read_table(self.doc, "SERVICE_TIME", self.size, [Column("time")])
        if table is not None:
            self._put("service", table.name, table.columns[0])
        if uniform is None:
            return
        self.nodes.uniform_service = uniform
        if self.doc.issues or self.size is None:
            return
        times = [0 if i in self.depots else uniform for i in range(self.size)]
        self._put("service", "SERVICE_TIME", times)

    def _windows(self) -> None:
        table = read_table(self.doc, "TIME_WINDOW", self.size, _WINDOW)
        if table is not None:
            self._check_windows(table, table.rows)
            self._put("window", table.name, table.rows)

    def _check_windows(self, table: Table, windows: list[Any]) -> None:
        for i, (opening, closing) in enumerate(windows):
            if opening > closing:
                message = f"closes before it opens: [{opening}, {closing}]"
                self.doc.issue(table.where(i), table.name, message)

    def _single(self, key: str, name: str) -> None:
        table = read_table(self.doc, key, self.size, [Column(name)])
        if table is not None:
            self._not_at_depots(table, table.columns[0])
            self._put(name, table.name, table.columns[0])

    def _groups(self) -> None:
        rows = read_lists(self.doc, "MUTUALLY_EXCLUSIVE_GROUP", None, self.size, "client")
        if rows is None:
            return
        name = "MUTUALLY_EXCLUSIVE_GROUP_SECTION"
        group_of: dict[int, int] = {}
        for group, (row, ids) in enumerate(rows):
            if not ids:
                self.doc.issue(row.where, name, "the group is empty")
            for i in ids:
                if i - 1 in self.depots:
                    self.doc.issue(row.where, name, f"{i} is a depot")
                if group_of.setdefault(i - 1, group) != group:
                    self.doc.issue(row.where, name, f"{i} belongs to two groups")
        self.nodes.groups = len(rows)
        if not self.doc.issues and self.size is not None:
            self._put("group", name, [group_of.get(i) for i in range(self.size)])

    def _pickups_and_deliveries(self) -> None:
        """Read rows ``id demand opening closing service pickup delivery`` (LKH, PyVRP)."""
        last = _AMOUNTS if self.kind.amounts else _SIBLINGS
        demand = Column("demand", whole=not self.kind.amounts, signed=True)
        columns = (demand, *_WINDOW, Column("service"), *last)
        table = read_table(self.doc, "PICKUP_AND_DELIVERY", self.size, columns)
        if table is None:
            return
        demands, opening, closing, service, pickup, delivery = table.columns
        windows = list(zip(opening, closing, strict=True))
        self._check_windows(table, windows)
        if self.kind.windows:
            self._put("window", table.name, windows)
        else:
            self.doc.notes.append(f"time windows in {table.name} do not count for this TYPE")
        if any(service) or self.kind.windows:
            self._put("service", table.name, service)
        if self.kind.amounts:
            self._amounts(table, pickup, delivery)
        else:
            self._siblings(table, demands, pickup, delivery)

    def _amounts(self, table: Table, pickup: list[float], delivery: list[float]) -> None:
        for name, values in (("pickup", pickup), ("delivery", delivery)):
            amounts = [(value,) for value in values]
            self._not_at_depots(table, amounts)
            self._put(name, table.name, amounts)
        self.nodes.dimensions = 1

    def _siblings(
        self, table: Table, demand: list[float], pickup: list[float], delivery: list[float]
    ) -> None:
        for values in (demand, pickup, delivery):
            self._not_at_depots(table, values)
        self.nodes.pairs = [
            Stop(table.where(i), i + 1, 0, 0, int(amount), None, 0, (int(p), int(d)))
            for i, (amount, p, d) in enumerate(zip(demand, pickup, delivery, strict=True))
            if i not in self.depots
        ]
        self.nodes.dimensions = 1
