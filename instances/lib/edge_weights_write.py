"""Travel of a problem as keyword files state it: EDGE_WEIGHT_TYPE, coordinates, matrices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from routewright.instances.expressible import plain
from routewright.problem import Problem
from routewright.travel import (
    UNREACHABLE,
    CoordinateTravel,
    IntArray,
    Metric,
    MetricKind,
    Rounding,
)

from .edge_weights import WEIGHT_TYPES

#: Most nodes of which a metric without a name is written as a matrix.
_MOST_COMPUTED = 1000

#: Formulas by which two nodes at one place are 1 apart.
_ONE_APART = (MetricKind.GEO, MetricKind.GEOM)
_NAMES = {weight: name for name, weight in WEIGHT_TYPES.items() if not name.startswith("EXACT")}


def travel_losses(problem: Problem) -> Iterator[str]:
    """Yield what keyword files cannot say about the travel of a problem."""
    travel = problem.travels[0]
    distance, time = problem.scale.distance, problem.scale.time
    if isinstance(travel, CoordinateTravel):
        if travel.duration_factor * distance != time:
            yield "durations that differ from distances"
        nodes, kind = _nodes(problem), travel.metric.kind
        if _type_name(travel) is None and len(nodes) > _MOST_COMPUTED:
            yield f"metric {kind.name.lower()}"
        if kind in _ONE_APART and len(set(nodes)) < len(nodes):
            yield "nodes at one location"
    else:
        # In one unit, and with what is unreachable left as it is.
        a, b = (
            np.where(matrix >= UNREACHABLE, UNREACHABLE, matrix * factor)
            for matrix, factor in ((travel.distance, time), (travel.duration, distance))
        )
        if not np.array_equal(a, b):
            yield "durations that differ from distances"


def travel_specs(problem: Problem, default: Rounding = Rounding.NINT) -> list[str]:
    """Return the specifications of travel.

    Parameters
    ----------
    problem
        The problem; see `travel_losses`.
    default
        What readers take EUC_2D for where no SCALE is given.
    """
    travel = problem.travels[0]
    name = _type_name(travel) if isinstance(travel, CoordinateTravel) else None
    if name is None or not isinstance(travel, CoordinateTravel):
        return ["EDGE_WEIGHT_TYPE : EXPLICIT", "EDGE_WEIGHT_FORMAT : FULL_MATRIX"]
    metric = travel.metric
    if metric == Metric.euclidean(default):  # whatever rule it is, EUC stands for it
        return [f"EDGE_WEIGHT_TYPE : EUC_{travel.coordinates.shape[1]}D"]
    lines = [f"EDGE_WEIGHT_TYPE : {name}"]
    if name.startswith("EUC") or metric.scale != 1:
        lines.append(f"SCALE : {metric.scale}")
    if metric.kind is MetricKind.TOROIDAL:
        lines.append(f"GRID_SIZE : {plain(metric.period)}")
    return lines


def travel_sections(problem: Problem, *, first: Sequence[str] = ()) -> list[str]:
    """Return the matrix, if it is needed, and the coordinates, if there are any.

    Parameters
    ----------
    problem
        The problem; see `travel_losses`. Unreachable arcs are written as -1.
    first
        Lines before the matrix.
    """
    travel, nodes = problem.travels[0], _nodes(problem)
    lines = []
    if not isinstance(travel, CoordinateTravel) or _type_name(travel) is None:
        matrix: IntArray = travel.distance_matrix()[np.ix_(nodes, nodes)]
        scale = problem.scale.distance
        lines += ["EDGE_WEIGHT_SECTION", *first]
        lines += [
            " ".join("-1" if d >= UNREACHABLE else plain(d, scale) for d in row)
            for row in matrix.tolist()
        ]
    points = travel.coordinates
    if points is not None:
        lines.append("NODE_COORD_SECTION")
        lines += [
            " ".join([str(i), *map(plain, points[node].tolist())])
            for i, node in enumerate(nodes, start=1)
        ]
    return lines


def _nodes(problem: Problem) -> list[int]:
    """Locations of all nodes, depots first: nodes may share one, lines do not."""
    count = problem.num_depots + problem.num_clients
    return [problem.node_location(node) for node in range(count)]


def _type_name(travel: CoordinateTravel) -> str | None:
    metric = travel.metric
    return _NAMES.get((metric.kind, metric.rule, travel.coordinates.shape[1]))
