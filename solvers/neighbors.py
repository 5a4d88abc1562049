"""The k nearest clients of each client, in memory linear in the number of clients."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from routewright.problem import Problem
from routewright.travel import (
    CoordinateTravel,
    FloatArray,
    IntArray,
    MetricKind,
)

#: Numbers that one block of matrix rows may hold.
_BLOCK = 1 << 22


def nearest_neighbors(
    problem: Problem, k: int, profile: int = 0, nodes: IntArray | None = None
) -> IntArray:
    """Return the k nearest nodes of each node, nearest first.

    Coordinates are searched by a KD-tree, which ranks by the metric before rounding
    (ellipsoidal distances as if on a sphere). Matrices rank by the shorter of the two
    directions.

    Parameters
    ----------
    problem
        The problem.
    k
        How many; at most one less than there are nodes.
    profile
        Index of the travel profile.
    nodes
        Nodes to search among; all clients if not given.

    Returns
    -------
    IntArray
        Node numbers, shape (len(nodes), k); no row holds its own node.
    """
    first = problem.num_depots
    if nodes is None:
        nodes = np.arange(first, first + problem.num_clients, dtype=np.int64)
    k = min(k, len(nodes) - 1)
    if k < 1:
        return np.zeros((len(nodes), 0), dtype=np.int64)
    locations = problem.arrays().location[nodes]
    travel = problem.travels[profile]
    if isinstance(travel, CoordinateTravel):
        ranked = nearest_in_space(travel, locations, k)
    else:
        matrix = travel.distance_matrix()
        whole = len(locations) == len(matrix) and (locations == np.arange(len(matrix))).all()
        ranked = nearest_in_matrix(matrix if whole else matrix[np.ix_(locations, locations)], k)
    return np.ascontiguousarray(nodes[ranked])


def in_space(travel: CoordinateTravel, locations: IntArray) -> FloatArray:
    """Return points in which nearness is that of the metric."""
    return _embedded(travel, locations)[0]


def nearest_in_space(
    travel: CoordinateTravel, locations: IntArray, k: int, workers: int = 1
) -> IntArray:
    """Return the k nearest others of each location, by index, nearest first."""
    points, power, box = _embedded(travel, locations)
    tree = cKDTree(points, boxsize=box)
    distance, found = tree.query(points, k + 1, p=power, workers=workers)
    # The node itself is not always among its nearest: others may share its place.
    own = found == np.arange(len(points))[:, None]
    own[~own.any(axis=1), -1] = True
    found = found[~own].reshape(len(points), k)
    distance = distance[~own].reshape(len(points), k)
    order = np.lexsort((found, distance), axis=1)
    ranked: IntArray = np.take_along_axis(found, order, axis=1).astype(np.int64)
    return ranked


def _embedded(
    travel: CoordinateTravel, locations: IntArray
) -> tuple[FloatArray, float, FloatArray | None]:
    """Points, Minkowski power, and periods in which nearness is that of the metric."""
    points, kind = travel.coordinates[locations], travel.metric.kind
    if kind is MetricKind.MANHATTAN:
        return points, 1.0, None
    if kind is MetricKind.MAXIMUM:
        return points, np.inf, None
    if kind is MetricKind.TOROIDAL:
        box = np.full(points.shape[1], travel.metric.period)
        return _wrapped(points, box), 2.0, box
    if kind in (MetricKind.XRAY1, MetricKind.XRAY2):
        speeds = (1.0, 1.0, 1.0) if kind is MetricKind.XRAY1 else (1.25, 1.5, 1.15)
        box = np.array([360.0 / speeds[0], 0.0, 0.0])  # 0 for a side without a period
        return _wrapped(points / speeds, box), np.inf, box
    if kind in (MetricKind.EUCLIDEAN, MetricKind.ATT):
        return points, 2.0, None
    if kind in (MetricKind.GEO, MetricKind.GEO_MEEUS):  # minutes after the point
        points = np.trunc(points) + (points - np.trunc(points)) / 0.6
    angles = np.radians(points)
    latitude, longitude = angles[:, 0], angles[:, 1]
    if kind is MetricKind.HAVERSINE:
        latitude, longitude = longitude, latitude
    sphere = (
        np.cos(latitude) * np.cos(longitude),
        np.cos(latitude) * np.sin(longitude),
        np.sin(latitude),
    )
    return np.stack(sphere, axis=1), 2.0, None


def _wrapped(points: FloatArray, box: FloatArray) -> FloatArray:
    wrapped = points % np.where(box > 0, box, 1.0)
    wrapped[wrapped >= box] = 0.0  # a tiny negative number rounds up to the period
    inside: FloatArray = np.where(box > 0, wrapped, points)
    return inside


def nearest_in_matrix(matrix: IntArray, k: int) -> IntArray:
    """Return the k nearest others of each row, nearest first, by the shorter direction."""
    size = len(matrix)
    ranked = np.empty((size, k), dtype=np.int64)
    step = max(1, _BLOCK // size)
    for low in range(0, size, step):
        rows = np.arange(low, min(low + step, size))
        near = np.minimum(matrix[rows], matrix[:, rows].T)
        near[np.arange(len(rows)), rows] = np.iinfo(np.int64).max
        part = np.argpartition(near, k - 1, axis=1)[:, :k]
        part.sort(axis=1)
        order = np.argsort(np.take_along_axis(near, part, 1), axis=1, kind="stable")
        ranked[rows] = np.take_along_axis(part, order, axis=1)
    return ranked
