"""Sartori and Buriol's format for pickup and delivery problems on road networks.

References
----------
Sartori, C. S. and Buriol, L. S. (2020). A study on the pickup and delivery problem with
time windows: Matheuristics and new instances. *Computers & Operations Research* 124,
105065.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from routewright.attributes import Attribute
from routewright.errors import InputError
from routewright.instances.columns import Cells, Row, Stop, add_stops, split_rows, split_sections
from routewright.instances.expressible import (
    closing_times,
    plain,
    refuse,
    single_depot,
    stop_cells,
    title,
)
from routewright.model import Model
from routewright.problem import Problem
from routewright.travel import UNLIMITED, UNREACHABLE, IntArray, MatrixTravel, Rounding

from .pairs import PAIR_COLUMNS, add_shipments, siblings, unpaired

_KEYS = (
    "NAME",
    "LOCATION",
    "COMMENT",
    "TYPE",
    "SIZE",
    "DISTRIBUTION",
    "DEPOT",
    "ROUTE-TIME",
    "TIME-WINDOW",
    "CAPACITY",
)
_COLUMNS = ("id", "lat", "lon", "demand", "earliest", "latest", "duration", *PAIR_COLUMNS)
_WHOLE_NUMBERS = re.compile(r"[0-9 \t]+")
_SUPPORTED = frozenset(
    {
        Attribute.ASYMMETRIC,
        Attribute.CAPACITY,
        Attribute.DEPOT_WINDOWS,
        Attribute.SERVICE,
        Attribute.SHIPMENTS,
        Attribute.TIME_WINDOWS,
        Attribute.VEHICLES_FIRST,
    }
)


def sniff(text: str) -> bool:
    """Whether the header has a line ROUTE-TIME or TIME-WINDOW."""
    rows = split_rows(text[:4000])[:20]
    keys = {row.text.partition(":")[0].strip().upper() for row in rows}
    return not keys.isdisjoint({"ROUTE-TIME", "TIME-WINDOW"})


def read(text: str, rounding: Rounding | None = None) -> Problem:
    """Read a Sartori-Buriol file.

    Distances and durations are the travel times of the file, in minutes; coordinates are
    for pictures only. There are as many vehicles as needed. The horizon is the time window
    of the depot; ROUTE-TIME repeats it. The objective is total travel time; the
    literature on this set minimizes the number of vehicles first.

    Parameters
    ----------
    text
        The file.
    rounding
        Without effect: travel times are whole minutes.

    Raises
    ------
    InputError
        Naming every malformed line.
    """
    model = Model()
    model.notes.append("rounding: none (travel times are whole minutes)")
    cells = Cells(model.issues)
    parts = split_sections(split_rows(text), ("NODES", "EDGES"), ("EOF",), cells=cells)
    nodes, edges = parts["NODES"], parts["EDGES"]
    for row in parts.get("EOF", [])[:1]:
        cells.issue(row.where, "EOF", "unexpected line after the end")
    header = _header(parts[""], model, cells)
    size = _number(header, "SIZE", 1, cells)
    capacity = _number(header, "CAPACITY", 0, cells)
    stops = cells.stops(nodes, _COLUMNS, signed=True)
    _check_order(stops, cells)
    if size is not None and len(nodes) != size:
        where = header["SIZE"].where
        cells.issue(where, "SIZE", f"{size} nodes are announced, but {len(nodes)} follow")
    matrix = _matrix(edges, len(nodes), cells)
    if not stops or matrix is None:
        raise InputError(model.issues)
    _note_horizon(header, stops[0], model, cells)
    add_stops(model, stops, geographic=True)
    add_shipments(model, stops[1:], cells)
    where = header["CAPACITY"].where if "CAPACITY" in header else ""
    model.add_vehicle_type("vehicle", capacity=capacity or 0, where=where)
    if len(stops) == len(matrix):
        model.add_matrix(duration=matrix)
    return model.problem()


def write(problem: Problem) -> str:
    """Write a Sartori-Buriol file.

    Reading it again gives the same problem up to its objective, which the format does not
    hold, and its names: clients are numbered 1, 2, ... by their order.

    Raises
    ------
    UnsupportedError
        Naming what the format cannot express.
    """
    lost = [
        *_minutes(problem),
        *single_depot(problem),
        *closing_times(problem),
        *unpaired(problem),
    ]
    refuse("format sartori-buriol", problem, _SUPPORTED, lost)
    numbers = range(1, problem.num_clients + 1)
    pairs = siblings(problem, numbers)
    horizon = plain(problem.depots[0].window[1], problem.scale.time)
    capacity = plain(problem.vehicle_types[0].capacity[0], problem.scale.load[0])
    lines = [
        f"NAME: {title(problem)}",
        "TYPE: PDPTW",
        f"SIZE: {problem.num_clients + 1}",
        f"ROUTE-TIME: {horizon}",
        f"CAPACITY: {capacity}",
        "NODES",
    ]
    amounts = [amount for amount, _, _ in pairs]
    rows = stop_cells(problem, numbers, amounts, geographic=True)
    for row, (_, pickup, delivery) in zip(rows, [(0, 0, 0), *pairs], strict=True):
        lines.append(" ".join([*row, str(pickup), str(delivery)]))
    lines.append("EDGES")
    places = [d.location for d in problem.depots] + [c.location for c in problem.clients]
    minutes = problem.travels[0].distance_matrix()[np.ix_(places, places)]
    lines += [" ".join(map(str, row)) for row in (minutes // problem.scale.distance).tolist()]
    return "\n".join([*lines, "EOF"]) + "\n"


def _minutes(p: Problem) -> Iterator[str]:
    """Yield what a matrix of whole minutes for an unlimited fleet cannot express."""
    travel = p.travels[0]
    if not isinstance(travel, MatrixTravel):
        yield "coordinates without a matrix"
    else:
        if (travel.distance % p.scale.distance).any() or (travel.duration % p.scale.time).any():
            yield "fractional minutes"
        equal = travel.distance * p.scale.time == travel.duration * p.scale.distance
        if not equal.all():
            yield "durations other than distances"
    vehicles = p.vehicle_types[0]
    if vehicles.count is not None:
        yield Attribute.LIMITED_FLEET
    if not vehicles.capacity or vehicles.capacity[0] == UNLIMITED:
        yield "unlimited capacity"


def _header(rows: list[Row], model: Model, cells: Cells) -> dict[str, Row]:
    """Return the header rows by key, each with the value as its text."""
    found: dict[str, Row] = {}
    for row in rows:
        key, colon, value = row.text.partition(":")
        key = key.strip().upper()
        if not colon:
            cells.issue(row.where, "", f"{row.text[:40]!r} is not of the form KEY: value")
        elif key in found:
            cells.issue(row.where, key, f"is repeated; it is already on {found[key].where}")
        elif key not in _KEYS:
            model.notes.append(f"{row.where}: unknown keyword {key} is ignored")
        else:
            found[key] = Row(row.line, value.strip())
    if "NAME" in found:
        model.name = found["NAME"].text
    if "TYPE" in found and found["TYPE"].text.upper() != "PDPTW":
        cells.issue(found["TYPE"].where, "TYPE", f"{found['TYPE'].text!r} must be PDPTW")
    return found


def _number(header: dict[str, Row], key: str, at_least: int, cells: Cells) -> int | None:
    row = header.get(key)
    if row is None:
        cells.issue("", key, "the line is missing")
        return None
    return cells.whole(row, 0, key, at_least=at_least) if cells.has_columns(row, [key]) else None


def _check_order(stops: Sequence[Stop], cells: Cells) -> None:
    """Require 0, 1, 2, ...: the ids are the rows of the matrix."""
    if cells.issues:
        return
    for expected, stop in enumerate(stops):
        if stop.number != expected:
            message = f"{stop.number} must be {expected}: ids are 0, 1, 2, ... in order"
            cells.issue(stop.where, "id", message)
            return


def _note_horizon(header: dict[str, Row], depot: Stop, model: Model, cells: Cells) -> None:
    row = header.get("ROUTE-TIME")
    if row is None or depot.window is None or not cells.has_columns(row, ["ROUTE-TIME"]):
        return
    horizon = cells.number(row, 0, "ROUTE-TIME", at_least=0)
    if horizon is not None and horizon != depot.window[1]:
        model.notes.append(
            f"{row.where}: ROUTE-TIME {horizon} differs from the closing time of the depot, "
            f"{depot.window[1]}, which holds"
        )


def _matrix(rows: list[Row], size: int, cells: Cells) -> IntArray | None:
    if len(rows) != size:
        cells.issue("", "EDGES", f"has {len(rows)} rows for {size} nodes")
        return None
    matrix = np.zeros((size, size), dtype=np.int64)
    sound = True
    for i, row in enumerate(rows):
        values = _minutes_of(row, size, cells)
        sound = sound and values is not None
        if values is not None:
            matrix[i] = values
    return matrix if sound else None


def _minutes_of(row: Row, size: int, cells: Cells) -> IntArray | None:
    """Return a row of the matrix; cells are looked at one by one only if one is wrong."""
    if _WHOLE_NUMBERS.fullmatch(row.text):
        numbers = row.text.split()
        if len(numbers) == size and max(map(len, numbers)) < len(str(UNREACHABLE)):
            return np.array(numbers, dtype=np.int64)
    if len(row.cells) != size:
        cells.issue(row.where, "EDGES", f"has {len(row.cells)} columns for {size} nodes")
        return None
    values = []
    for j in range(size):
        name = f"EDGES, column {j + 1}"
        value = cells.whole(row, j, name, at_least=0)
        if value is not None and value >= UNREACHABLE:
            cells.issue(row.where, name, f"{value} would overflow; the limit is {UNREACHABLE - 1}")
            value = None
        values.append(value)
    return None if None in values else np.array(values, dtype=np.int64)
