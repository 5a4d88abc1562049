"""Solution files of CVRPLIB, PyVRP, SINTEF, and OPLib: one line per route.

``Route #k: 5 3 8`` lists clients by their ids. A depot inside a route is a reload there;
the same depot twice in a row is one. Where vehicles differ, route k belongs to vehicle k,
and vehicles that stay at home have empty lines.
"""

from __future__ import annotations

import re
from decimal import Decimal

from routewright.checker import check
from routewright.errors import InputError, Issue, UnsupportedError
from routewright.instances.columns import Cells, Row, split_rows
from routewright.instances.pictures.wording import number
from routewright.problem import Problem
from routewright.solution import Route, Solution

from .numbering import Numbering
from .sections import Document
from .stated_costs import printed_number
from .tour import read_cycles

_ROUTE = re.compile(r"route\s*#?\s*([0-9]{1,9})\s*:(.*)", re.IGNORECASE)
_COST = re.compile(r"cost\b\s*[:=]?\s*(.*)", re.IGNORECASE)
#: ``Solution``, ``Time 3.5``, ``Authors : ...``: lines that say nothing about routes.
_HEADER = re.compile(r"[A-Za-z][A-Za-z _-]*(\s*:.*|\s+[-+0-9.eE]+)?")
_SEQUENCE = re.compile(r"^[ \t]*NODE_SEQUENCE_SECTION\b", re.MULTILINE | re.IGNORECASE)


def sniff(text: str) -> bool:
    """Whether the text has a line that describes a route, a cost, or OPLib's cities."""
    if _SEQUENCE.search(text):
        return True
    rows = split_rows(text)
    return any(_ROUTE.fullmatch(row.text) for row in rows) or (
        len(rows) > 0 and all(_HEADER.fullmatch(row.text) for row in rows)
        and any(_COST.fullmatch(row.text) for row in rows)
    )  # fmt: skip


def stated_cost(text: str) -> Decimal | None:
    """Return the cost that the file states, as printed; None if it states none.

    An OPLib file states a score, not a cost: None.
    """
    for row in split_rows(text):
        found = _COST.fullmatch(row.text)
        if found and (cost := printed_number(found[1].strip())) is not None:
            return cost
    return None


def read(problem: Problem, text: str) -> Solution:
    """Read a solution; what it states as its cost is left to `stated_cost`.

    Raises
    ------
    InputError
        Naming every line that is malformed or that names an unknown client or vehicle.
    """
    if _SEQUENCE.search(text):
        return _read_sequence(problem, text)
    reader = _Reader(problem)
    routes = [reader.line(row) for row in split_rows(text)]
    if reader.issues:
        raise InputError(reader.issues)
    return Solution(route for route in routes if route is not None)


def _read_sequence(problem: Problem, text: str) -> Solution:
    """Read the cities of an OPLib solution."""
    doc = Document(text)
    section = doc.section("NODE_SEQUENCE", required=True)
    if section is None:
        raise InputError(doc.issues)
    solution = read_cycles(problem, doc, section, None)
    doc.finish()
    if doc.issues:
        raise InputError(doc.issues)
    return solution


class _Reader:
    def __init__(self, problem: Problem) -> None:
        self.p = problem
        self.numbering = Numbering(problem)
        self.vehicles = self.numbering.vehicles
        self.issues: list[Issue] = []
        self.seen: dict[int, str] = {}

    def line(self, row: Row) -> Route | None:
        """Return the route that a line describes, or None if it describes none."""
        found = _ROUTE.fullmatch(row.text)
        if found:
            return self.route(row, int(found[1]), found[2].split())
        cost = _COST.fullmatch(row.text)
        if cost:
            Cells(self.issues).number(Row(row.line, cost[1] or "''"), 0, "cost")
        elif not _HEADER.fullmatch(row.text):
            message = f"{row.text[:40]!r} is neither a route ('Route #1: 5 3 8') nor a remark"
            self.issues.append(Issue(row.where, "", message))
        return None

    def route(self, row: Row, route: int, words: list[str]) -> Route | None:
        kind = self.vehicle_type(row, route, words)
        if kind is None:
            return None
        clients, depots = self.p.client_index, self.numbering.depots
        vehicle = self.p.vehicle_types[kind]
        # Some programs write the depot at both ends.
        if words and words[0] not in clients and depots.get(words[0], -1) == vehicle.start:
            words = words[1:]
        if words and words[-1] not in clients and depots.get(words[-1], -1) == vehicle.end:
            words = words[:-1]
        trips: list[list[int]] = [[]]
        reloads: list[int] = []
        for word in words:
            if word in clients:
                trips[-1].append(clients[word])
            elif word in depots:
                if trips[-1] or depots[word] != (reloads[-1] if reloads else vehicle.start):
                    reloads.append(depots[word])
                    trips.append([])
            else:
                message = f"there is no client {word[:40]}"
                self.issues.append(Issue(row.where, f"route {route}", message))
        return Route(kind, tuple(map(tuple, trips)), tuple(reloads))

    def vehicle_type(self, row: Row, route: int, words: list[str]) -> int | None:
        """Return the type of the vehicle that the number of a route stands for."""
        if self.vehicles is None:
            return 0
        first = self.seen.setdefault(route, row.where)
        if first != row.where:
            message = f"vehicle {route} has a route already, on {first}"
        elif 1 <= route <= len(self.vehicles):
            return self.vehicles[route - 1]
        elif not words:
            return None
        else:
            message = f"there is no vehicle {route}; there are {len(self.vehicles)}"
        self.issues.append(Issue(row.where, f"route {route}", message))
        return None


def write(problem: Problem, solution: Solution) -> str:
    """Write a solution in CVRPLIB's form, with the checker's cost.

    Raises
    ------
    UnsupportedError
        If names of clients or depots cannot stand in such a file, more vehicles of a type
        are in use than there are, or deliveries are brought in parts.
    """
    numbering = Numbering(problem)
    used = {problem.clients[c].id for c in solution.visited()}
    lost = []
    if any(len(i.split()) != 1 for i in used):
        lost.append("client ids with spaces")
    reloads = {problem.depots[d].id for route in solution.routes for d in route.reloads}
    if not reloads <= numbering.depots.keys() or any(len(i.split()) != 1 for i in reloads):
        lost.append("reloads at depots named like clients or with spaces")
    if solution.has_quantities:
        lost.append("deliveries in parts")
    lines = _lines(problem, solution, numbering)
    if lines is None:
        lost.append("more routes than vehicles")
    if lost or lines is None:
        raise UnsupportedError("format sol", lost, "Write JSON instead")
    routes = [f"Route #{i}:{line}" for i, line in enumerate(lines, start=1)]
    return "\n".join([*routes, f"Cost {number(check(problem, solution).cost)}"]) + "\n"


def _lines(problem: Problem, solution: Solution, numbering: Numbering) -> list[str] | None:
    """Return what stands behind each route's number, or None if vehicles run out."""
    texts = [_visits(problem, route) for route in solution.routes]
    if numbering.vehicles is None:
        return texts
    numbers = list(numbering.take_vehicles(route.vehicle_type for route in solution.routes))
    taken = [i for i in numbers if i is not None]
    if len(taken) < len(numbers):
        return None
    lines = [""] * (max(taken, default=-1) + 1)
    for i, text in zip(taken, texts, strict=True):
        lines[i] = text
    return lines


def _visits(problem: Problem, route: Route) -> str:
    words = []
    for t, trip in enumerate(route.trips):
        if t:
            words.append(problem.depots[route.reloads[t - 1]].id)
        words += [problem.clients[c].id for c in trip]
    return "".join(f" {word}" for word in words)
