"""Where the nodes of a problem stand on paper.

Pictures, maps, and pages take their positions from here: planar coordinates as they are,
geographic ones as longitude and latitude, and matrices without coordinates by classical
multidimensional scaling.

References
----------
Torgerson, W. S. (1952). Multidimensional scaling: I. Theory and method. *Psychometrika*,
17(4), 401-419.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from routewright.errors import InputError, Issue
from routewright.problem import Problem
from routewright.travel import (
    UNREACHABLE,
    CoordinateTravel,
    FloatArray,
    MatrixTravel,
    MetricKind,
)

#: Most locations that are laid out from a matrix (the work is cubic).
MAX_EMBEDDED = 1500

_LATITUDE_FIRST = frozenset(
    {MetricKind.GEO, MetricKind.GEO_MEEUS, MetricKind.GEOM, MetricKind.GEOM_MEEUS}
)
_DEGREES_MINUTES = frozenset({MetricKind.GEO, MetricKind.GEO_MEEUS})


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Positions of all nodes.

    Parameters
    ----------
    points
        Shape (nodes, 2), depots first; x to the right, y upward.
    geographic
        Whether they are longitude and latitude in decimal degrees.
    note
        What a reader of the picture has to know about the positions; may be empty.
    """

    points: FloatArray
    geographic: bool = False
    note: str = ""

    @property
    def aspect(self) -> float:
        """Length on paper of one unit of y, per unit of x."""
        if not self.geographic or not len(self.points):
            return 1.0
        middle = float(np.clip(np.median(self.points[:, 1]), -80, 80))
        return 1 / math.cos(math.radians(middle))

    def on_paper(self) -> FloatArray:
        """Return the points with equal units in both directions."""
        return self.points * (1.0, self.aspect)


def has_coordinates(problem: Problem) -> bool:
    """Whether the problem says where its locations are."""
    travel = problem.travels[0]
    return isinstance(travel, CoordinateTravel) or travel.coordinates is not None


def refuse_unplaceable(problem: Problem) -> None:
    """Raise InputError if there is no way to say where the nodes stand."""
    if not has_coordinates(problem) and problem.num_locations > MAX_EMBEDDED:
        message = (
            f"{problem.num_locations} locations without coordinates are too many to lay out "
            f"from the matrix (at most {MAX_EMBEDDED}); give coordinates to draw them"
        )
        raise InputError([Issue("", "coordinates", message)], problem.name)


def layout_of(problem: Problem) -> Layout:
    """Return where to draw each node of the problem.

    Raises
    ------
    InputError
        If it has no coordinates and too many locations to lay out from its matrix.
    """
    travel = problem.travels[0]
    nodes = range(problem.num_depots + problem.num_clients)
    locations = [problem.node_location(node) for node in nodes]
    if isinstance(travel, CoordinateTravel):
        return _from_coordinates(travel, locations)
    if travel.coordinates is not None:
        return Layout(travel.coordinates[locations, :2])
    refuse_unplaceable(problem)
    note = "positions approximate the distance matrix"
    return Layout(_embedded(travel)[locations], note=note)


def _from_coordinates(travel: CoordinateTravel, locations: list[int]) -> Layout:
    points = travel.coordinates[locations]
    kind = travel.metric.kind
    if kind in _LATITUDE_FIRST:
        points = points[:, 1::-1]
        if kind in _DEGREES_MINUTES:  # DDD.MM
            degrees = np.trunc(points)
            points = degrees + (points - degrees) * 5 / 3
        return Layout(points, geographic=True)
    if kind is MetricKind.HAVERSINE:
        return Layout(points, geographic=True)
    if points.shape[1] == 3:
        return Layout(points[:, :2], note="seen along the third coordinate")
    return Layout(points)


def _embedded(travel: MatrixTravel) -> FloatArray:
    """Positions in the plane whose distances come close to those of the matrix."""
    distance = np.minimum(travel.distance, travel.distance.T).astype(np.float64)
    known = distance < UNREACHABLE
    distance[~known] = 1.2 * distance[known].max(initial=0.0)
    np.fill_diagonal(distance, 0.0)
    squared = distance**2
    centered = squared - squared.mean(axis=0) - squared.mean(axis=1)[:, None]
    values, vectors = np.linalg.eigh(-0.5 * (centered + squared.mean()))
    largest = np.argsort(values)[:-3:-1]
    points = vectors[:, largest] * np.sqrt(np.maximum(values[largest], 0.0))
    points = np.pad(points, ((0, 0), (0, 2 - points.shape[1])))
    # An eigenvector has no sign of its own: fix one, so that a picture is reproducible.
    strongest = np.abs(points).argmax(axis=0)
    signs = np.where(points[strongest, [0, 1]] < 0, -1.0, 1.0)
    return np.asarray(points * signs)
