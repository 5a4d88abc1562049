"""The parts of a map: clients, depots, shipments, and routes on matplotlib axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from routewright.problem import Problem
from routewright.solution import Solution
from routewright.travel import UNLIMITED, FloatArray

from .layout import Layout
from .palette import (
    CLIENT_COLOR,
    DEPOT_COLOR,
    MISSING_COLOR,
    SHIPMENT_COLOR,
    itinerary,
    route_colors,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MANY = 5000  # above this, an SVG holds its points as an image
_MOST_ARROWS = 1500
_ARROW_INCHES = 0.075
_DARK = "#222222"
_BESIDE_ROUTES = 0.6  # smaller dots, where lines run through them


def draw_depots(axes: Axes, problem: Problem, layout: Layout) -> None:
    """Draw depots as squares, named if there are a few."""
    points = layout.points[: problem.num_depots]
    size = 60 if problem.num_depots <= 12 else 25
    axes.scatter(
        points[:, 0],
        points[:, 1],
        s=size,
        marker="s",
        color=DEPOT_COLOR,
        edgecolors="white",
        linewidths=0.8,
        zorder=5,
        label="depot",
    )
    if 1 < problem.num_depots <= 12:
        for depot, point in zip(problem.depots, points, strict=True):
            axes.annotate(
                depot.id,
                point,
                xytext=(5, 5),
                textcoords="offset points",
                fontsize=8,
                fontweight="bold",
                zorder=6,
            )


def draw_clients(
    axes: Axes,
    problem: Problem,
    layout: Layout,
    solution: Solution | None = None,
    *,
    windows: bool = False,
) -> None:
    """Draw clients sized by demand; those that a plan leaves out as gray crosses."""
    if not problem.clients:
        return
    x, y = layout.points[problem.num_depots :].T
    areas = _areas(problem) * (1.0 if solution is None else _BESIDE_ROUTES)
    missing = np.zeros(len(x), dtype=bool)
    if solution is not None:
        missing[list(solution.unassigned(problem))] = True
    opening = _openings(problem) if windows else None
    style = _plain_style(solution) if opening is None else _window_style(opening)
    base: dict[str, Any] = {"zorder": 4, "rasterized": len(x) > _MANY}
    for label, marker, members in _kinds(problem):
        shown = members & ~missing
        if shown.any():
            tint = style if opening is None else {**style, "c": opening[shown]}
            axes.scatter(
                x[shown], y[shown], s=areas[shown], marker=marker, label=label, **tint, **base
            )
    if opening is not None and not missing.all():
        _draw_window_scale(axes)
    if missing.any():
        size = float(np.clip(np.median(areas) * 1.5, 12, 40))
        cross: dict[str, Any] = {
            "marker": "x",
            "label": "not visited",
            "linewidths": 1.2,
            "c": MISSING_COLOR,
        }
        axes.scatter(x[missing], y[missing], s=size, **cross, **base)


def _plain_style(solution: Solution | None) -> dict[str, Any]:
    return {"c": CLIENT_COLOR if solution is None else _DARK, "linewidths": 0}


def _window_style(opening: FloatArray) -> dict[str, Any]:
    limits = {"vmin": float(opening.min()), "vmax": float(opening.max())}
    return {"cmap": "viridis", "linewidths": 0, **limits}


def _draw_window_scale(axes: Axes) -> None:
    bar = axes.figure.colorbar(axes.collections[-1], ax=axes, shrink=0.6, pad=0.01, aspect=30)
    bar.set_label("opening of the first time window", fontsize=8)
    bar.ax.tick_params(labelsize=7)
    bar.outline.set_visible(False)


def draw_shipments(axes: Axes, problem: Problem, layout: Layout, *, faint: bool) -> None:
    """Draw each shipment as a thin arrow from its pickup to its delivery."""
    if not problem.shipments:
        return
    pairs = np.array([(s.pickup, s.delivery) for s in problem.shipments])
    start, end = (layout.points[problem.num_depots + pairs[:, k]] for k in (0, 1))
    axes.quiver(
        *start.T,
        *(end - start).T,
        angles="xy",
        scale_units="xy",
        scale=1,
        units="inches",
        width=0.006,
        headwidth=7,
        headlength=9,
        headaxislength=8,
        color=SHIPMENT_COLOR,
        alpha=0.18 if faint else 0.55,
        zorder=1,
    )


def draw_routes(axes: Axes, problem: Problem, solution: Solution, layout: Layout) -> None:
    """Draw routes in colors, with arrowheads; ways from and to depots are faint."""
    from matplotlib.collections import LineCollection

    colors = route_colors(problem, solution, layout)
    inner, outer, arrows = [], [], []
    for index in range(len(solution.routes)):
        nodes = np.array(itinerary(problem, solution, index))
        legs = np.stack([layout.points[nodes[:-1]], layout.points[nodes[1:]]], axis=1)
        at_depot = (nodes[:-1] < problem.num_depots) | (nodes[1:] < problem.num_depots)
        inner += [(leg, colors[index]) for leg in legs[~at_depot]]
        outer += [(leg, colors[index]) for leg in legs[at_depot]]
        arrows += [(leg, colors[index]) for leg in _with_arrows(legs)]
    if len(solution.routes) == 1:  # a tour: its depot is a city like the others
        inner, outer = inner + outer, []
    width = float(np.clip(60 / np.sqrt(problem.num_clients + 1), 0.35, 1.6))
    faint = float(np.clip(2 / np.sqrt(len(colors) + 1), 0.12, 0.4))
    for legs_of, style in (
        (inner, {"linewidths": width, "zorder": 3}),
        (outer, {"linewidths": 0.6 * width, "alpha": faint, "zorder": 2}),
    ):
        if legs_of:
            segments, tints = zip(*legs_of, strict=True)
            lines = LineCollection(segments, colors=tints, capstyle="round", **style)
            lines.set_rasterized(len(legs_of) > _MANY)
            axes.add_collection(lines)
    if len(arrows) <= _MOST_ARROWS:
        _draw_arrowheads(axes, arrows)


def _with_arrows(legs: FloatArray) -> list[FloatArray]:
    """The longest legs of a route, about one in six: they have room for an arrowhead."""
    lengths = np.hypot(*(legs[:, 1] - legs[:, 0]).T)
    longest = np.argsort(-lengths, kind="stable")[: 1 + len(legs) // 6]
    return [legs[k] for k in longest if lengths[k] > 0]


def _draw_arrowheads(axes: Axes, arrows: list[tuple[FloatArray, str]]) -> None:
    if not arrows:
        return
    legs = np.array([leg for leg, _ in arrows])
    ways = legs[:, 1] - legs[:, 0]
    ways /= np.hypot(*ways.T)[:, None]
    axes.quiver(
        *(legs.mean(axis=1)).T,
        *ways.T,
        angles="xy",
        scale_units="inches",
        scale=1 / _ARROW_INCHES,
        units="inches",
        width=0.02,
        headwidth=3.5,
        headlength=_ARROW_INCHES / 0.02,
        headaxislength=0.8 * _ARROW_INCHES / 0.02,
        pivot="mid",
        color=[color for _, color in arrows],
        zorder=3.5,
    )


def _areas(problem: Problem) -> FloatArray:
    """Marker areas in square points: the share of the largest demand, never invisible."""
    base = float(np.clip(12000 / (problem.num_clients + 1), 0.8, 60.0))
    demand = np.zeros((problem.num_clients, max(1, problem.num_dimensions)))
    for c, client in enumerate(problem.clients):
        for amounts in (client.delivery, client.pickup):
            demand[c, : len(amounts)] += amounts
    for shipment in problem.shipments:
        for c in (shipment.pickup, shipment.delivery):
            demand[c, : len(shipment.amount)] += shipment.amount
    largest = demand.max(axis=0)
    if not largest.any():
        return np.full(problem.num_clients, 0.5 * base)
    share = (demand / np.maximum(largest, 1)).max(axis=1)
    return np.asarray(base * (0.2 + 0.8 * share))


def _openings(problem: Problem) -> FloatArray | None:
    """Opening of each client's first window in the user's units; None without windows."""
    if not any(c.windows[0][0] > 0 or c.windows[-1][1] < UNLIMITED for c in problem.clients):
        return None
    return np.array([c.windows[0][0] / problem.scale.time for c in problem.clients])


def _kinds(problem: Problem) -> list[tuple[str, str, Any]]:
    """Label, marker, and members (a mask over clients) of each kind of client."""
    pickups = np.array([any(c.pickup) for c in problem.clients], dtype=bool)
    deliveries = np.array([any(c.delivery) for c in problem.clients], dtype=bool)
    for shipment in problem.shipments:
        pickups[shipment.pickup] = deliveries[shipment.delivery] = True
    if not pickups.any():
        return [("client", "o", np.ones(problem.num_clients, dtype=bool))]
    return [
        ("pickup", "^", pickups & ~deliveries),
        ("delivery", "v", deliveries & ~pickups),
        ("pickup and delivery", "D", deliveries & pickups),
        ("client", "o", ~deliveries & ~pickups),
    ]
