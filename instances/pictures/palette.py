"""Colors of routes: safe for color-blind readers, and different between neighbors."""

from __future__ import annotations

from itertools import groupby

import numpy as np

from routewright.problem import Problem
from routewright.solution import Solution

from .layout import Layout

#: Wong's palette without the colors that vanish on white, and two darker ones of Tol's.
#: Wong, B. (2011). Points of view: Color blindness. *Nature Methods*, 8, 441.
ROUTE_COLORS = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#56B4E9",
    "#882255",
    "#CC79A7",
    "#332288",
)
CLIENT_COLOR = "#4A6FA5"
DEPOT_COLOR = "#111111"
MISSING_COLOR = "#9A9A9A"
SHIPMENT_COLOR = "#9C6B30"


def route_colors(problem: Problem, solution: Solution, layout: Layout) -> list[str]:
    """Return one color per route, in the order of their bearing from their depots.

    Routes that leave a depot side by side thus get different colors, however many
    routes there are.
    """
    points = layout.on_paper()
    middle = points.mean(axis=0) if len(points) else np.zeros(2)
    bearings = []
    for index, route in enumerate(solution.routes):
        kind = problem.vehicle_types[route.vehicle_type]
        depot = kind.start if kind.start is not None else kind.end
        origin = middle if depot is None else points[depot]
        clients = [problem.num_depots + c for c in route.visits]
        dx, dy = points[clients].mean(axis=0) - origin
        bearings.append((-1 if depot is None else depot, np.arctan2(dy, dx), index))
    colors = [""] * len(bearings)
    position = 0
    for _, around in groupby(sorted(bearings), key=lambda bearing: bearing[0]):
        indices = [index for _, _, index in around]
        for index in indices:
            colors[index] = ROUTE_COLORS[position % len(ROUTE_COLORS)]
            position += 1
        if len(indices) > 1 and colors[indices[-1]] == colors[indices[0]]:
            colors[indices[-1]] = ROUTE_COLORS[position % len(ROUTE_COLORS)]
            position += 1
    return colors


def itinerary(problem: Problem, solution: Solution, route: int) -> list[int]:
    """Return the nodes of a route in order, with its depots; depots are numbered first."""
    chosen = solution.routes[route]
    kind = problem.vehicle_types[chosen.vehicle_type]
    nodes = [] if kind.start is None else [kind.start]
    for number, trip in enumerate(chosen.trips):
        if number:
            nodes.append(chosen.reloads[number - 1])
        nodes.extend(problem.num_depots + client for client in trip)
    return nodes if kind.end is None else [*nodes, kind.end]
