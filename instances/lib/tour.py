"""Tours of TSPLIB95, and those of LKH, which join several routes into one.

In a joint tour every passage of the depot ends a route. LKH gives the second and further
passages numbers of their own, beyond the last city.

References
----------
Reinelt, G. (1995). *TSPLIB95*, section 1.2.6 (TOUR_SECTION).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from routewright.checker import check
from routewright.errors import InputError, UnsupportedError
from routewright.instances.columns import Row
from routewright.instances.expressible import title
from routewright.instances.pictures.wording import number
from routewright.problem import Problem
from routewright.solution import Route, Solution

from .numbering import Numbering
from .sections import Document, Section
from .stated_costs import printed_number

_SECTION = re.compile(r"^[ \t]*TOUR_SECTION\b", re.MULTILINE | re.IGNORECASE)
#: LKH writes costs as ``penalty_cost``.
_LENGTH = re.compile(
    r"^[ \t]*COMMENT[ \t]*:[ \t]*(?:Length|Cost)[ \t]*=[ \t]*(?:0_)?([0-9.]+)[ \t]*\r?$",
    re.MULTILINE | re.IGNORECASE,
)


def sniff(text: str) -> bool:
    """Whether the text has a TOUR_SECTION."""
    return _SECTION.search(text) is not None


def stated_cost(text: str) -> Decimal | None:
    """Return the length that a comment of the file states, as printed; None if none does.

    LKH states lengths in the integers that it computes with: for EXACT_2D, in thousandths.
    """
    found = _LENGTH.search(text)
    return printed_number(found[1]) if found else None


def read(problem: Problem, text: str) -> Solution:
    """Read a tour, or several.

    Raises
    ------
    InputError
        Naming every malformed line, cities that do not exist, and tours without depot.
    """
    doc = Document(text)
    size = doc.whole("DIMENSION", at_least=1)
    section = doc.section("TOUR", required=True)
    if section is None:
        raise InputError(doc.issues)
    solution = read_cycles(problem, doc, section, size)
    doc.finish()
    if doc.issues:
        raise InputError(doc.issues)
    return solution


def read_cycles(
    problem: Problem, doc: Document, section: Section, dimension: int | None
) -> Solution:
    """Turn the cities of a section into routes; issues go to the document.

    Parameters
    ----------
    problem
        Its cities.
    doc
        Receives an issue for everything that is wrong.
    section
        Cities, each tour ended by -1.
    dimension
        Number of cities that the file states; those beyond the problem's are depots.
    """
    if len(problem.vehicle_types) > 1:
        message = "tours do not say which vehicle runs a route; use a .sol file or JSON"
        doc.issue(section.where, section.name, message)
    numbers = Numbering(problem).cities
    node_of = {city: node for node, city in enumerate(numbers)}
    copies = range(max(numbers, default=0) + 1, (dimension or 0) + 1)
    if copies and problem.vehicle_types[0].count == 1:
        message = f"is {dimension}, but the problem has {len(numbers)} cities"
        doc.issue(doc.specs["DIMENSION"].where, "DIMENSION", message)
    routes: list[Route] = []
    for cities in _tours(doc, section):
        nodes = []
        for row, city in cities:
            if city in node_of:
                nodes.append(node_of[city])
            elif city in copies:
                nodes.append(0)
            else:
                doc.issue(row.where, section.name, f"there is no city {city}")
        routes += _routes(problem, nodes, doc, section)
    return Solution(routes)


def _tours(doc: Document, section: Section) -> Iterator[list[tuple[Row, int]]]:
    """Yield the cities of each tour that is not empty."""
    cities: list[tuple[Row, int]] = []
    for row in section.rows:
        for i in range(len(row.cells)):
            city = doc.cells.whole(row, i, section.name)
            if city == -1:
                if cities:
                    yield cities
                cities = []
            elif city is not None:
                cities.append((row, city))
    if cities:
        yield cities


def _routes(
    problem: Problem, nodes: Sequence[int], doc: Document, section: Section
) -> Iterator[Route]:
    """Split a cycle of nodes at its depots."""
    first = problem.num_depots
    start = next((i for i, node in enumerate(nodes) if node < first), None)
    if start is None:
        if not doc.issues:
            depots = ", ".join(depot.id for depot in problem.depots[:5])
            doc.issue(section.where, section.name, f"the tour does not pass the depot ({depots})")
        return
    visits: list[int] = []
    for node in [*nodes[start:], *nodes[:start], 0]:
        if node >= first:
            visits.append(node - first)
        else:
            yield Route.of(visits)
            visits = []


def write(problem: Problem, solution: Solution) -> str:
    """Write a solution as one tour, with the checker's cost as its length.

    Raises
    ------
    UnsupportedError
        If routes differ in their vehicles or depots, or reload, or deliveries are brought in
        parts.
    """
    lost = []
    if len(problem.vehicle_types) > 1:
        lost.append("several vehicle types")
    if problem.num_depots > 1:
        lost.append("several depots")
    if any(route.reloads for route in solution.routes):
        lost.append("reloads")
    if solution.has_quantities:
        lost.append("deliveries in parts")
    if lost:
        raise UnsupportedError("format tour", lost, "Write a .sol file or JSON instead")
    cities = Numbering(problem).cities
    copy = max(cities)
    lines: list[int] = []
    for r, route in enumerate(solution.routes):
        lines.append(cities[0] if r == 0 else copy + r)
        lines += [cities[problem.num_depots + c] for c in route.visits]
    length = number(check(problem, solution).cost)
    dimension = len(cities) + max(len(solution.routes) - 1, 0)
    head = [
        f"NAME : {title(problem)}",
        f"COMMENT : Length = {length}",
        "TYPE : TOUR",
        f"DIMENSION : {dimension}",
        "TOUR_SECTION",
    ]
    return "\n".join([*head, *map(str, lines or cities[:1]), "-1", "EOF"]) + "\n"
