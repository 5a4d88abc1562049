"""Solomon's VRPTW format, which Gehring and Homberger use as well.

References
----------
Solomon, M. M. (1987). Algorithms for the vehicle routing and scheduling problems with
time window constraints. *Operations Research* 35(2), 254-265.
Gehring, H. and Homberger, J. (1999). A parallel hybrid evolutionary metaheuristic for the
vehicle routing problem with time windows. *EUROGEN99*, 57-64.
"""

from __future__ import annotations

from collections.abc import Sequence

from routewright.attributes import Attribute
from routewright.errors import InputError
from routewright.instances.columns import (
    Cells,
    Row,
    add_stops,
    rounding_note,
    split_rows,
    split_sections,
)
from routewright.instances.expressible import (
    closing_times,
    plain,
    planar_points,
    refuse,
    row_numbers,
    single_depot,
    single_fleet,
    stop_cells,
    title,
)
from routewright.model import Model
from routewright.problem import Problem
from routewright.travel import Rounding

_COLUMNS = ("CUST NO.", "XCOORD.", "YCOORD.", "DEMAND", "READY TIME", "DUE DATE", "SERVICE TIME")
_SECTIONS = ("VEHICLE", "CUSTOMER")
_FLEET = ("NUMBER", "CAPACITY")
_SUPPORTED = frozenset(
    {
        Attribute.CAPACITY,
        Attribute.DEPOT_WINDOWS,
        Attribute.LIMITED_FLEET,
        Attribute.SERVICE,
        Attribute.TIME_WINDOWS,
        Attribute.VEHICLES_FIRST,
    }
)


def sniff(text: str) -> bool:
    """Whether the text has a line VEHICLE or a line CUSTOMER near its beginning."""
    return any(row.text.upper() in _SECTIONS for row in split_rows(text[:4000])[:12])


def read(text: str, rounding: Rounding | None = None) -> Problem:
    """Read a Solomon or Gehring-Homberger file.

    Windows bound the start of service, and travel time equals distance. The objective is
    distance; the literature on these sets also minimizes the number of vehicles first.

    Parameters
    ----------
    text
        The file.
    rounding
        Rounding of distances and travel times; default ``none``.

    Raises
    ------
    InputError
        Naming every malformed line.
    """
    model = Model()
    cells = Cells(model.issues)
    model.notes.append(
        rounding_note(rounding, Rounding.NONE, "default for Solomon; DIMACS uses dec1")
    )
    parts = split_sections(split_rows(text), _SECTIONS, cells=cells)
    for row in parts[""][:1]:
        model.name = row.text
    for row in parts[""][1:]:
        cells.issue(row.where, "", "unexpected line; only a name comes before VEHICLE")
    _add_fleet(model, parts["VEHICLE"], cells)
    stops = cells.stops(_without_header(parts["CUSTOMER"], model, cells), _COLUMNS)
    if not stops:
        raise InputError(model.issues)
    add_stops(model, stops, deliveries=True)
    model.set_metric(rounding or Rounding.NONE)
    return model.problem()


def write(problem: Problem) -> str:
    """Write a Solomon file.

    Reading it again, with the rounding of the problem, gives the same problem up to its
    objective, which the format does not hold, and its names: clients whose ids are not
    positive whole numbers are numbered by their order.

    Raises
    ------
    UnsupportedError
        Naming what the format cannot express.
    """
    lost = [
        *planar_points(problem),
        *single_depot(problem),
        *single_fleet(problem),
        *closing_times(problem),
    ]
    refuse("format solomon", problem, _SUPPORTED, lost)
    vehicles = problem.vehicle_types[0]
    lines = [
        "" if title(problem).upper() in _SECTIONS else title(problem),
        "",
        "VEHICLE",
        "NUMBER     CAPACITY",
        f"{vehicles.count:>6} {plain(vehicles.capacity[0], problem.scale.load[0]):>12}",
        "",
        "CUSTOMER",
        "".join(f"{name:>12}" for name in _COLUMNS),
    ]
    demands = [sum(c.delivery) // problem.scale.load[0] for c in problem.clients]
    for cells in stop_cells(problem, row_numbers([c.id for c in problem.clients]), demands):
        lines.append("".join(f"{cell:>12}" for cell in cells))
    return "\n".join(lines) + "\n"


def _add_fleet(model: Model, rows: Sequence[Row], cells: Cells) -> None:
    rows = [row for row in rows if [cell.upper() for cell in row.cells] != list(_FLEET)]
    for row in rows[1:]:
        cells.issue(row.where, "VEHICLE", "unexpected line; expected CUSTOMER")
    count, capacity, where = None, 0, ""
    if not rows:
        cells.issue("", "VEHICLE", "the line with number and capacity is missing")
    elif cells.has_columns(rows[0], _FLEET):
        count = cells.whole(rows[0], 0, "NUMBER", at_least=1)
        capacity = cells.whole(rows[0], 1, "CAPACITY", at_least=0) or 0
        where = rows[0].where
    model.add_vehicle_type("vehicle", count=count, capacity=capacity, where=where)


def _without_header(table: list[Row], model: Model, cells: Cells) -> list[Row]:
    """Return the rows below the header; a header with other words than usual is noted."""
    if not table:
        return table
    header = table[0]
    if header.has_numbers:
        cells.issue(header.where, "CUSTOMER", f"the header is missing: {'  '.join(_COLUMNS)}")
        return table
    words, usual = (
        "".join(filter(str.isalpha, text.upper())) for text in (header.text, "".join(_COLUMNS))
    )
    if words != usual:
        columns = ", ".join(_COLUMNS)
        model.notes.append(
            f"{header.where}: unusual header {header.text!r}; columns are read as {columns}"
        )
    return table[1:]
