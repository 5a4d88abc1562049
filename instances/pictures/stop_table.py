"""Plans as CSV: one row per stop, in the user's units, for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from routewright.checker import check
from routewright.problem import Problem
from routewright.report import Number, Report, RouteReport, Stop, to_user
from routewright.solution import Solution

from .wording import number


def write(problem: Problem, solution: Solution, report: Report | None = None) -> str:
    """Return a plan as CSV with a header.

    Each route has a row of kind ``start`` and ``end`` for its depots, and one of kind
    ``visit`` per client; clients that no route visits follow as ``unassigned``. Loads
    are those on leaving the stop, one column per capacity dimension. Where deliveries may
    be split, further columns have what each visit brings.
    """
    report = report or check(problem, solution)
    loads = _columns(problem, "load")
    if splits := any(c.may_be_split for c in problem.clients):
        loads += _columns(problem, "quantity")
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\n")
    header = ["route", "vehicle", "position", "trip", "kind", "id"]
    table.writerow([*header, "arrival", "start", "departure", *loads])
    for index, route in enumerate(report.routes, start=1):
        for position, row in enumerate(_rows(problem, route, splits=splits)):
            trip, *rest = row
            blank = [""] * (len(loads) - len(rest) + 5)  # kind, id, and three times are no loads
            table.writerow([index, route.vehicle, position, trip, *rest, *blank])
    for client in report.unassigned:
        blank = [""] * (3 + len(loads))
        table.writerow(["", "", "", "", "unassigned", problem.clients[client].id, *blank])
    return buffer.getvalue()


def _columns(problem: Problem, name: str) -> list[str]:
    """Names of columns with one amount per capacity dimension."""
    dimensions = problem.num_dimensions
    return [name] if dimensions == 1 else [f"{name}{d + 1}" for d in range(dimensions)]


def _rows(problem: Problem, route: RouteReport, *, splits: bool) -> Iterator[list[object]]:
    """Trip, kind, id, times, and amounts of each stop of a route."""
    kind = problem.vehicle_types[route.vehicle_type]
    trips = route.stops[-1].trip if route.stops else 0
    if kind.start is not None:
        times = ["", "", number(route.start_time)]
        yield [1, "start", problem.depots[kind.start].id, *times]
    for stop in route.stops:
        times = [number(stop.arrival), number(stop.start), number(stop.departure)]
        brought = stop.quantity or _whole(problem, stop) if splits else ()
        amounts = map(number, (*stop.load, *brought))
        yield [stop.trip + 1, "visit", stop.id, *times, *amounts]
    if kind.end is not None:
        times = [number(route.end_time), "", ""]
        yield [trips + 1, "end", problem.depots[kind.end].id, *times]


def _whole(problem: Problem, stop: Stop) -> tuple[Number, ...]:
    """The whole delivery of the client, in the user's units."""
    scales, delivery = problem.scale.load, problem.clients[stop.client].delivery
    return tuple(map(to_user, delivery or (0,) * len(scales), scales))
