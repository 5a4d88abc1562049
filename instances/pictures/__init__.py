"""Pictures of problems, plans, and searches, as PNG or SVG.

matplotlib is imported when a picture is made, never before, and without its global
state: each picture is a Figure of its own.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from routewright.checker import check
from routewright.errors import NotInstalledError
from routewright.problem import Problem
from routewright.report import Report
from routewright.result import TracePoint
from routewright.solution import Solution

from .draw_map import draw_clients, draw_depots, draw_routes, draw_shipments
from .draw_search import draw_search
from .layout import Layout, layout_of
from .wording import count, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH = 8.0  # inches
_SEARCH_HEIGHT = 2.6
_DPI = 160


def require_matplotlib() -> None:
    """Raise NotInstalledError where matplotlib is missing; does not import it."""
    if find_spec("matplotlib") is None:
        raise NotInstalledError("matplotlib", "plot")


def picture(
    problem: Problem,
    solution: Solution | None = None,
    *,
    trace: Sequence[TracePoint] = (),
    runtime: float | None = None,
    report: Report | None = None,
    windows: bool = False,
) -> Figure:
    """Draw a problem, a plan on top of it, and the cost over time below it.

    Parameters
    ----------
    problem
        What to draw.
    solution
        Its routes; None draws the problem alone.
    trace
        Improvements of a search; empty draws no curve.
    runtime
        Seconds that the search took, to draw its last cost to the end.
    report
        The checker's verdict on the solution, if it is at hand.
    windows
        Whether to color clients by the opening of their first time window.

    Raises
    ------
    NotInstalledError
        If matplotlib is missing.
    InputError
        If the problem has no coordinates and is too large to lay out from its matrix.
    """
    require_matplotlib()
    from matplotlib.figure import Figure

    layout = layout_of(problem)
    report = check(problem, solution) if solution and report is None else report
    height = _map_height(layout)
    curve = _SEARCH_HEIGHT if trace else 0.0
    figure = Figure((_WIDTH, height + curve), dpi=_DPI, layout="constrained")
    parts = [height, curve] if trace else [height]
    rows = figure.subplots(len(parts), 1, squeeze=False, height_ratios=parts)[:, 0]
    _draw_map(rows[0], problem, layout, solution, report, windows)
    if trace:
        draw_search(rows[1], trace, runtime)
    return figure


def render(figure: Figure, form: str) -> bytes:
    """Return a figure as the bytes of a file; the form is ``png`` or ``svg``.

    The same figure always gives the same bytes.
    """
    import matplotlib as mpl

    buffer = io.BytesIO()
    # Letters stay letters in SVG, and neither its ids nor its date are random.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "routewright"}):
        metadata = {"Date": None} if form == "svg" else None
        figure.savefig(buffer, format=form, metadata=metadata)
    return buffer.getvalue()


def _map_height(layout: Layout) -> float:
    """Height in inches that suits the extent of the points, title included."""
    if len(layout.points) < 2:
        return _WIDTH
    width, height = np.ptp(layout.on_paper(), axis=0)
    ratio = height / width if width > 0 else 2.0
    return float(np.clip(_WIDTH * ratio, 2.0, 9.0)) + 0.9


def _draw_map(
    axes: Axes,
    problem: Problem,
    layout: Layout,
    solution: Solution | None,
    report: Report | None,
    windows: bool,
) -> None:
    axes.set_aspect(layout.aspect, adjustable="datalim")
    axes.set_axis_off()
    axes.margins(0.03)
    draw_shipments(axes, problem, layout, faint=solution is not None)
    if solution is not None:
        draw_routes(axes, problem, solution, layout)
    draw_clients(axes, problem, layout, solution, windows=windows)
    draw_depots(axes, problem, layout)
    title = _title(problem, layout)
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold", pad=20)
    axes.annotate(
        _contents(problem) if report is None else _verdict(report),
        (0, 1),
        xycoords="axes fraction",
        xytext=(0, 6),
        textcoords="offset points",
        fontsize=9,
    )
    handles, labels = axes.get_legend_handles_labels()
    if len(handles) > 1:
        axes.legend(
            handles,
            labels,
            loc="upper center",
            bbox_to_anchor=(0.5, 0.0),
            ncols=len(handles),
            frameon=False,
            fontsize=8,
            handletextpad=0.3,
        )


def _title(problem: Problem, layout: Layout) -> str:
    name = problem.name or "problem"
    return f"{name} ({layout.note})" if layout.note else name


def _contents(problem: Problem) -> str:
    parts = [count(problem.num_clients, "client"), count(problem.num_depots, "depot")]
    if problem.shipments:
        parts.append(count(len(problem.shipments), "shipment"))
    return ", ".join(parts)


def _verdict(report: Report) -> str:
    parts = [f"cost {number(report.cost)}", count(report.num_vehicles, "vehicle")]
    if report.unassigned:
        parts.append(f"{count(len(report.unassigned), 'client')} not visited")
    broken = len(report.violations)
    parts.append("feasible" if report.feasible else f"INFEASIBLE ({count(broken, 'violation')})")
    return ", ".join(parts)
