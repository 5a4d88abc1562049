"""Li and Lim's format for pickup and delivery problems with time windows.

References
----------
Li, H. and Lim, A. (2001). A metaheuristic for the pickup and delivery problem with time
windows. *ICTAI 2001*, 160-167.
"""

from __future__ import annotations

from routewright.attributes import Attribute
from routewright.errors import InputError
from routewright.instances.columns import (
    STOP_COLUMNS,
    Cells,
    Row,
    add_stops,
    rounding_note,
    split_rows,
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
)
from routewright.model import Model
from routewright.problem import Problem
from routewright.travel import Rounding

from .pairs import PAIR_COLUMNS, add_shipments, siblings, unpaired

_HEADER = ("vehicles", "capacity", "speed")
_COLUMNS = (*STOP_COLUMNS, *PAIR_COLUMNS)
_SUPPORTED = frozenset(
    {
        Attribute.CAPACITY,
        Attribute.DEPOT_WINDOWS,
        Attribute.LIMITED_FLEET,
        Attribute.SERVICE,
        Attribute.SHIPMENTS,
        Attribute.TIME_WINDOWS,
        Attribute.VEHICLES_FIRST,
    }
)


def sniff(text: str) -> bool:
    """Whether the first line has three numbers, and most others have nine."""
    rows = split_rows(text)
    if len(rows) < 2 or len(rows[0].cells) != len(_HEADER) or not rows[0].is_numeric:
        return False
    fit = sum(len(row.cells) == len(_COLUMNS) for row in rows[1:])
    return 2 * fit > len(rows) - 1


def read(text: str, rounding: Rounding | None = None) -> Problem:
    """Read a Li-Lim file.

    Every client is a pickup or a delivery; its id is its row number. Travel time is
    distance divided by the speed of the first line; a speed of 0 stands for none. The
    objective is distance; the literature on these sets minimizes the number of vehicles
    first.

    Parameters
    ----------
    text
        The file.
    rounding
        Rounding of distances; default ``none``.

    Raises
    ------
    InputError
        Naming every malformed line.
    """
    model = Model()
    cells = Cells(model.issues)
    model.notes.append(rounding_note(rounding, Rounding.NONE, "default for Li-Lim"))
    rows = split_rows(text)
    if not rows:
        raise InputError("the file is empty")
    count, capacity, speed = _header(rows[0], cells)
    if speed != 1:
        meaning = f"travel time is distance / {speed}" if speed else "not used"
        model.notes.append(f"speed: {speed} ({meaning})")
    stops = cells.stops(rows[1:], _COLUMNS, signed=True)
    if not stops:
        raise InputError(model.issues)
    add_stops(model, stops)
    add_shipments(model, stops[1:], cells)
    model.add_vehicle_type("vehicle", count=count, capacity=capacity, where=rows[0].where)
    model.set_metric(rounding or Rounding.NONE, speed=speed or 1)
    return model.problem()


def write(problem: Problem) -> str:
    """Write a Li-Lim file.

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
        *unpaired(problem),
    ]
    refuse("format li-lim", problem, _SUPPORTED, lost)
    vehicles, numbers = problem.vehicle_types[0], row_numbers([c.id for c in problem.clients])
    pairs = siblings(problem, numbers)
    rows = stop_cells(problem, numbers, [amount for amount, _, _ in pairs])
    lines = [f"{vehicles.count}\t{plain(vehicles.capacity[0], problem.scale.load[0])}\t1"]
    for cells, (_, pickup, delivery) in zip(rows, [(0, 0, 0), *pairs], strict=True):
        lines.append("\t".join([*cells, str(pickup), str(delivery)]))
    return "\n".join(lines) + "\n"


def _header(row: Row, cells: Cells) -> tuple[int | None, float, float]:
    """Return number of vehicles, capacity, and speed."""
    if not cells.has_columns(row, _HEADER):
        return None, 0, 1
    count = cells.whole(row, 0, "vehicles", at_least=1)
    capacity = cells.whole(row, 1, "capacity", at_least=0)
    speed = cells.number(row, 2, "speed", at_least=0)
    return count, capacity or 0, 1 if speed is None else speed
