"""Plans as CSV: one row per stop, in the user's units, for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from routewright.checker import check
from routewright.problem import Problem
from routewright.report import Report, RouteReport
from routewright.solution import Solution

from .wording import number


def write(problem: Problem, solution: Solution, report: Report | None = None) -> str:
    """Return a plan as CSV with a header.

    Each route has a row of kind ``start`` and ``end`` for its depots, and one of kind
    ``visit`` per client; clients that no route visits follow as ``unassigned``. Loads
    are those on leaving the stop, one column per capacity dimension.
    """
    report = report or check(problem, solution)
    dimensions = problem.num_dimensions
    loads = ["load"] if dimensions == 1 else [f"load{d + 1}" for d in range(dimensions)]
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\n")
    header = ["route", "vehicle", "position", "trip", "kind", "id"]
    table.writerow([*header, "arrival", "start", "departure", *loads])
    for index, route in enumerate(report.routes, start=1):
        for position, row in enumerate(_rows(problem, route)):
            trip, *rest = row
            table.writerow([index, route.vehicle, position, trip, *rest])
    for client in report.unassigned:
        blank = [""] * (3 + dimensions)
        table.writerow(["", "", "", "", "unassigned", problem.clients[client].id, *blank])
    return buffer.getvalue()


def _rows(problem: Problem, route: RouteReport) -> Iterator[list[object]]:
    """Trip, kind, id, times, and loads of each stop of a route."""
    kind = problem.vehicle_types[route.vehicle_type]
    trips = route.stops[-1].trip if route.stops else 0
    if kind.start is not None:
        times = ["", "", number(route.start_time)]
        yield [1, "start", problem.depots[kind.start].id, *times, *[""] * problem.num_dimensions]
    for stop in route.stops:
        times = [number(stop.arrival), number(stop.start), number(stop.departure)]
        yield [stop.trip + 1, "visit", stop.id, *times, *map(number, stop.load)]
    if kind.end is not None:
        times = [number(route.end_time), "", ""]
        yield [
            trips + 1,
            "end",
            problem.depots[kind.end].id,
            *times,
            *[""] * problem.num_dimensions,
        ]
