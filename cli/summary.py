"""The result of a search, or of a check, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from routewright.instances.pictures.wording import count, number, visit

from .describe import rounding, sizes
from .tables import Cell, facts, heading, listing, show

if TYPE_CHECKING:
    from routewright.problem import Problem
    from routewright.report import Number, Report
    from routewright.result import Result

_MOST_ROUTES = 12
_MOST_VIOLATIONS = 10
_MOST_IDS = 20


def print_result(problem: Problem, result: Result, *, verbose: bool) -> None:
    """Print what was found, how good it is, and how the search went."""
    rows = [*plan_facts(problem, result.report), *_search_facts(result)]
    rows.append(("distances", rounding(problem)))
    show(heading(problem.name or "problem", sizes(problem)), facts(rows))
    print_violations(result.report, limit=None if verbose else _MOST_VIOLATIONS)
    if result.report.routes:
        show("")
        print_routes(problem, result.report, limit=None if verbose else _MOST_ROUTES)


def plan_facts(problem: Problem, report: Report) -> Iterator[tuple[str, Cell]]:
    """Yield cost, verdict, and figures of a plan, each with its name."""
    yield "cost", Text(number(report.cost), style="bold")
    parts = {name: value for name, value in report.breakdown.items() if value}
    if parts and set(parts) != {"distance"}:
        yield "", " + ".join(f"{name} {number(value)}" for name, value in parts.items())
    yield "plan", _verdict(report)
    figures = [count(report.num_vehicles, "vehicle"), f"distance {number(report.distance)}"]
    if report.duration != report.distance:
        figures.append(f"duration {number(report.duration)}")
    yield "", ", ".join(figures)
    if report.prize_collected:
        yield "prizes", f"{number(report.prize_collected)} collected"
    if report.unassigned:
        ids = [problem.clients[c].id for c in report.unassigned]
        shown = ", ".join(ids[:_MOST_IDS])
        more = f", and {len(ids) - _MOST_IDS} more" if len(ids) > _MOST_IDS else ""
        yield "not visited", f"{len(ids)} of {problem.num_clients}: {shown}{more}"


def _verdict(report: Report) -> Text:
    if report.feasible:
        return Text("feasible", style="green")
    return Text(f"INFEASIBLE: {count(len(report.violations), 'violation')}", style="bold red")


def _search_facts(result: Result) -> Iterator[tuple[str, Cell]]:
    if result.bound is not None:
        gap = result.gap
        if result.status == "optimal":
            words = "proven optimal"
        else:
            words = number(result.bound) + ("" if gap is None else f" (gap {100 * gap:.2f} %)")
        yield "bound", words
    yield "solver", f"{result.solver}, seed {result.seed}"
    if result.message:
        yield "", result.message
    search = f"{result.runtime:.2f} s, {count(result.iterations, 'iteration')}"
    if result.compile_time >= 0.05:
        search += f", and {result.compile_time:.1f} s to compile or load kernels"
    yield "search", f"{search}; stopped: {result.stop_reason}"


def print_violations(report: Report, *, limit: int | None) -> None:
    """Print each broken rule on a line of its own."""
    for violation in report.violations[:limit]:
        show(Text.assemble((f"  {violation.kind}", "red"), f"  {violation.message}"))
    if limit is not None and len(report.violations) > limit:
        rest = len(report.violations) - limit
        show(f"  ... and {rest} more; -v shows them all")


def print_routes(problem: Problem, report: Report, *, limit: int | None) -> None:
    """Print a line per route: vehicle, figures, and the visits as far as they fit."""
    timed = report.duration != report.distance
    named = len(problem.vehicle_types) > 1 or any(t.vehicle_ids for t in problem.vehicle_types)
    loaded = problem.num_dimensions > 0
    heads = ["route", *(["vehicle"] if named else []), "stops", "distance"]
    heads += [*(["duration"] if timed else []), *(["load"] if loaded else []), "visits"]
    align = "r" + ("l" if named else "") + "rr" + "r" * (timed + loaded) + "l"
    shown = report.routes[:limit]
    columns = [[str(index) for index in range(1, len(shown) + 1)]]
    if named:
        columns.append([route.vehicle for route in shown])
    columns.append([str(len(route.stops)) for route in shown])
    columns.append(_aligned([route.distance for route in shown]))
    if timed:
        columns.append(_aligned([route.duration for route in shown]))
    if loaded:
        columns.append([", ".join(number(v, 2) for v in route.load) for route in shown])
    columns.append([" ".join(visit(stop) for stop in route.stops) for route in shown])
    rows = zip(*columns, strict=True)
    show(listing(heads, rows, align, wrap_last=limit is None))
    if limit is not None and len(report.routes) > limit:
        rest = count(len(report.routes) - limit, "more route", "more routes")
        show(f"  ... and {rest}; -v shows them all, -o writes them")


def _aligned(values: Sequence[Number]) -> list[str]:
    """Write numbers of a column with two decimals, or none if all are whole."""
    whole = all(value == int(value) for value in values)
    return [f"{value:.{0 if whole else 2}f}" for value in values]
