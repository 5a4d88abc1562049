"""Plans as one HTML page that needs no network: a map, the routes, and every stop."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np

from routewright.checker import check
from routewright.problem import Problem
from routewright.report import Report, RouteReport
from routewright.solution import Solution
from routewright.travel import FloatArray

from .layout import layout_of
from .page_assets import SCRIPT, STYLE
from .palette import itinerary, route_colors
from .wording import count, number, visit

_SIDE = 1000.0  # the longer side of the map, in its own units
_MARGIN = 20.0


def write(problem: Problem, solution: Solution, report: Report | None = None) -> str:
    """Return a plan as a self-contained HTML page.

    Raises
    ------
    InputError
        If the problem has no coordinates and is too large to lay out from its matrix.
    """
    layout = layout_of(problem)
    report = report or check(problem, solution)
    colors = route_colors(problem, solution, layout)
    name = escape(problem.name or "problem")
    note = f'<p class="note">{escape(layout.note)}</p>' if layout.note else ""
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{name}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
        f"<header><h1>{name}</h1>{_figures(report)}</header>",
        "<main>\n<section>",
        *_map(problem, solution, report, _fitted(layout.on_paper()), colors),
        f"{note}</section>\n<aside>",
        *_violations(report),
        *_table(problem, report, colors),
        *_missing(problem, report),
        f"</aside>\n</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _figures(report: Report) -> str:
    verdict = "feasible" if report.feasible else count(len(report.violations), "violation")
    figures = [
        ("cost", number(report.cost)),
        ("vehicles", str(report.num_vehicles)),
        ("distance", number(report.distance, 2)),
        ("duration", number(report.duration, 2)),
        ("not visited", str(len(report.unassigned))),
        ("checked", verdict),
    ]
    items = "".join(f"<div><dt>{k}</dt><dd>{escape(v)}</dd></div>" for k, v in figures)
    return f'<dl class="{"good" if report.feasible else "bad"}">{items}</dl>'


def _fitted(points: FloatArray) -> FloatArray:
    """Points in the map's units, y downward."""
    if not len(points):
        return points
    low = points.min(axis=0)
    extent = float(np.ptp(points, axis=0).max()) or 1.0
    fitted = (points - low) * (_SIDE / extent)
    fitted[:, 1] = fitted[:, 1].max() - fitted[:, 1]
    return np.asarray(np.round(fitted, 1))


def _map(
    problem: Problem,
    solution: Solution,
    report: Report,
    points: FloatArray,
    colors: list[str],
) -> Iterator[str]:
    width, height = (points.max(axis=0) if len(points) else np.zeros(2)) + 2 * _MARGIN
    view = f"{-_MARGIN:g} {-_MARGIN:g} {width:g} {height:g}"
    radius = float(np.clip(120 / np.sqrt(problem.num_clients + 1), 1.0, 7.0))
    yield f'<svg id="map" viewBox="{view}" role="img" aria-label="map of the plan">'
    for index, route in enumerate(report.routes):
        line = " ".join(f"{x:g},{y:g}" for x, y in points[itinerary(problem, solution, index)])
        yield f'<g class="route" data-route="{index}" style="--c:{colors[index]}">'
        yield f'<polyline points="{line}"/>'
        for position, stop in enumerate(route.stops, start=1):
            x, y = points[problem.num_depots + stop.client]
            words = (
                f"{visit(stop)}: stop {position} of route {index + 1}, at {number(stop.start, 2)}"
            )
            yield _dot(x, y, radius, words)
        yield "</g>"
    for client in report.unassigned:
        x, y = points[problem.num_depots + client]
        words = f"{problem.clients[client].id}: not visited"
        yield f'<g class="missing">{_dot(x, y, radius, words)}</g>'
    for depot, (x, y) in zip(problem.depots, points[: problem.num_depots], strict=True):
        side = max(2 * radius, 8)
        yield (
            f'<rect class="depot" x="{x - side / 2:g}" y="{y - side / 2:g}" width="{side:g}" '
            f'height="{side:g}"><title>depot {escape(depot.id)}</title></rect>'
        )
    yield "</svg>"


def _dot(x: float, y: float, radius: float, words: str) -> str:
    title = f"<title>{escape(words)}</title>"
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:.1f}">{title}</circle>'


def _violations(report: Report) -> Iterator[str]:
    if report.violations:
        items = "".join(f"<li>{escape(v.message)}</li>" for v in report.violations)
        yield f'<div class="broken"><h2>Broken rules</h2><ul>{items}</ul></div>'


def _table(problem: Problem, report: Report, colors: list[str]) -> Iterator[str]:
    heads = "".join(f"<th>{h}</th>" for h in ("stops", "distance", "duration", "load"))
    yield f'<table><thead><tr><th colspan="2">route</th>{heads}</tr></thead>'
    for index, route in enumerate(report.routes):
        load = ", ".join(number(v, 2) for v in route.load)
        cells = [str(len(route.stops)), number(route.distance, 2), number(route.duration, 2), load]
        numbers = "".join(f'<td class="n">{escape(cell)}</td>' for cell in cells)
        yield (
            f'<tbody class="route" data-route="{index}" style="--c:{colors[index]}">'
            f'<tr tabindex="0"><td class="key"></td><td>{index + 1} '
            f"<small>{escape(route.vehicle)}</small></td>{numbers}</tr>"
            f'<tr class="stops" hidden><td></td><td colspan="5">{_stops(problem, route)}</td></tr>'
            "</tbody>"
        )
    yield "</table>"


def _stops(problem: Problem, route: RouteReport) -> str:
    rows = "".join(
        f'<tr><td>{escape(visit(s))}</td><td class="n">{number(s.arrival, 2)}</td>'
        f'<td class="n">{number(s.start, 2)}</td><td class="n">{number(s.departure, 2)}</td>'
        f'<td class="n">{", ".join(number(v, 2) for v in s.load)}</td></tr>'
        for s in route.stops
    )
    heads = "".join(f"<th>{h}</th>" for h in ("stop", "arrival", "start", "departure", "load"))
    return f"<table><tr>{heads}</tr>{rows}</table>"


def _missing(problem: Problem, report: Report) -> Iterator[str]:
    if report.unassigned:
        ids = ", ".join(escape(problem.clients[c].id) for c in report.unassigned)
        yield f"<h2>Not visited</h2><p>{ids}</p>"
