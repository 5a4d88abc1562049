"""Plans as GeoJSON (RFC 7946): a line per route, a point per stop and depot."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from routewright.checker import check
from routewright.problem import Problem
from routewright.report import Report
from routewright.solution import Solution

from .layout import Layout, layout_of
from .palette import itinerary, route_colors

_DECIMALS = 7  # a centimeter, in degrees


def write(problem: Problem, solution: Solution, report: Report | None = None) -> str:
    """Return a plan as a GeoJSON FeatureCollection.

    GeoJSON means longitude and latitude; a problem with planar coordinates gives its x
    and y instead, and the member ``planar`` says so.

    Raises
    ------
    InputError
        If the problem has no coordinates and is too large to lay out from its matrix.
    """
    layout = layout_of(problem)
    report = report or check(problem, solution)
    document: dict[str, Any] = {"type": "FeatureCollection"}
    if not layout.geographic:
        document["planar"] = True
    document["features"] = [
        *_depots(problem, layout),
        *_routes(problem, solution, report, layout),
        *_unassigned(problem, report, layout),
    ]
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _position(layout: Layout, node: int) -> list[float]:
    return [round(float(v), _DECIMALS) for v in layout.points[node]]


def _point(layout: Layout, node: int, properties: dict[str, Any]) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": _position(layout, node)}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _depots(problem: Problem, layout: Layout) -> Iterator[dict[str, Any]]:
    for index, depot in enumerate(problem.depots):
        yield _point(layout, index, {"kind": "depot", "id": depot.id})


def _routes(
    problem: Problem, solution: Solution, report: Report, layout: Layout
) -> Iterator[dict[str, Any]]:
    colors = route_colors(problem, solution, layout)
    for index, route in enumerate(report.routes):
        nodes = itinerary(problem, solution, index)
        line = [_position(layout, node) for node in nodes]
        yield {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": line * (2 if len(line) == 1 else 1)},
            "properties": {
                "kind": "route",
                "route": index + 1,
                "vehicle": route.vehicle,
                "distance": route.distance,
                "duration": route.duration,
                "cost": route.cost,
                "stroke": colors[index],
            },
        }
        for position, stop in enumerate(route.stops, start=1):
            properties = {
                "kind": "visit",
                "id": stop.id,
                "route": index + 1,
                "vehicle": route.vehicle,
                "position": position,
                "arrival": stop.arrival,
                "start": stop.start,
                "departure": stop.departure,
                "load": list(stop.load),
                "marker-color": colors[index],
                **({} if stop.quantity is None else {"quantity": list(stop.quantity)}),
            }
            yield _point(layout, problem.num_depots + stop.client, properties)


def _unassigned(problem: Problem, report: Report, layout: Layout) -> Iterator[dict[str, Any]]:
    for client in report.unassigned:
        properties = {"kind": "unassigned", "id": problem.clients[client].id}
        yield _point(layout, problem.num_depots + client, properties)
