"""Validation of travel: matrices, coordinates, and what their metric asks of them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from .errors import Issue
from .problem import Problem
from .travel import UNREACHABLE, CoordinateTravel, Metric, MetricKind, Travel

_KILOMETERS = (MetricKind.GEO, MetricKind.GEO_MEEUS)
_METERS = (MetricKind.GEOM, MetricKind.HAVERSINE, MetricKind.GEOM_MEEUS)
_XRAY = (MetricKind.XRAY1, MetricKind.XRAY2)
_LARGEST_RADIUS = 6379.0  # kilometers; no metric assumes a larger Earth


def travel_issues(p: Problem) -> Iterator[Issue]:
    """Yield everything that is wrong with the travel of a problem."""
    for k, t in enumerate(p.travels):
        where = f"travels[{k}]"
        if isinstance(t, CoordinateTravel):
            yield from _coordinates(where, t)
            continue
        for matrix, name in ((t.distance, "distance"), (t.duration, "duration")):
            yield from _matrix(where, name, matrix, t.num_locations)
        if t.coordinates is not None and len(t.coordinates) != t.num_locations:
            message = f"{len(t.coordinates)} points for {t.num_locations} rows of the matrix"
            yield Issue(where, "coordinates", message)


def arc_bound(t: Travel) -> float:
    """Upper bound on any finite distance, in internal units."""
    if not isinstance(t, CoordinateTravel):
        return _largest(t.distance)
    if not len(t.coordinates):
        return 0.0
    return _raw_bound(t.metric, t.coordinates) * t.metric.scale + 1


def duration_bound(t: Travel) -> float:
    """Upper bound on any finite duration, in internal units."""
    if not isinstance(t, CoordinateTravel):
        return _largest(t.duration)
    return arc_bound(t) * t.duration_factor + 1


def _largest(matrix: np.ndarray) -> float:
    return float(matrix[matrix < UNREACHABLE].max(initial=0))


def _raw_bound(metric: Metric, points: np.ndarray) -> float:
    if metric.kind in (*_KILOMETERS, *_METERS):
        # One way on the sphere: along a meridian, then along a parallel; DDD.MM has up
        # to 60 hundredths in a degree, and TSPLIB adds 1.
        spans = np.ptp(points[:, :2], axis=0) + 1.0
        way = min(math.pi, float(np.radians(spans).sum())) * _LARGEST_RADIUS
        return 1.0 + way * (1 if metric.kind in _KILOMETERS else 1000)
    if metric.kind in _XRAY:
        return float(200.0 * np.abs(points).max())
    if metric.kind is MetricKind.TOROIDAL:
        return float(metric.period * points.shape[1])
    return float(metric.raw(points.min(axis=0), points.max(axis=0)))


def _matrix(where: str, name: str, matrix: np.ndarray, size: int) -> Iterator[Issue]:
    if matrix.shape != (size, size):
        yield Issue(where, name, f"the matrix must be {size} x {size}, not {matrix.shape}")
        return
    if matrix.dtype != np.int64:
        yield Issue(where, name, f"the matrix must hold int64, not {matrix.dtype}")
        return
    for i, j in np.argwhere(matrix < 0)[:5].tolist():
        yield Issue(where, name, f"arc {i} -> {j} is {matrix[i, j]}; it must not be negative")
    for i, j in np.argwhere(matrix > UNREACHABLE)[:5].tolist():
        message = f"arc {i} -> {j} is above the limit of {UNREACHABLE} internal units"
        yield Issue(where, name, message)


def _coordinates(where: str, t: CoordinateTravel) -> Iterator[Issue]:
    c = t.coordinates
    if c.ndim != 2 or c.shape[1] not in (2, 3):
        yield Issue(where, "coordinates", f"must have shape (n, 2 or 3), not {c.shape}")
        return
    for i in np.flatnonzero(~np.isfinite(c).all(axis=1))[:5].tolist():
        yield Issue(f"locations[{i}]", "coordinates", f"{c[i].tolist()} is not finite")
    if wrong := [*_metric(where, t), *_duration_factor(where, t)]:
        yield from wrong
    elif np.isfinite(c).all() and max(arc_bound(t), duration_bound(t)) >= UNREACHABLE:
        yield Issue(
            where,
            "coordinates",
            f"distances of up to {arc_bound(t):.4g} and durations of up to "
            f"{duration_bound(t):.4g} internal units would overflow; use a coarser rounding "
            "or unit, or a higher speed",
        )


def _metric(where: str, t: CoordinateTravel) -> Iterator[Issue]:
    kind, points = t.metric.kind, t.coordinates
    if kind in _XRAY and points.shape[1] != 3:
        yield Issue(where, "coordinates", f"metric {kind.name} needs three coordinates")
    if kind is MetricKind.TOROIDAL and not (0 < t.metric.period < np.inf):
        yield Issue(where, "metric", f"TOROIDAL needs a period above 0, not {t.metric.period}")
    if kind in (*_KILOMETERS, *_METERS):
        latitude = points[:, 1] if kind is MetricKind.HAVERSINE else points[:, 0]
        for i in np.flatnonzero(np.abs(latitude) > 90.0)[:5].tolist():
            yield Issue(f"locations[{i}]", "latitude", f"{latitude[i]} is outside -90..90")


def _duration_factor(where: str, t: CoordinateTravel) -> Iterator[Issue]:
    if not (np.isfinite(t.duration_factor) and t.duration_factor >= 0):
        yield Issue(where, "duration_factor", f"{t.duration_factor} must be finite and >= 0")
