"""VRP with time windows in the spirit of Solomon's sets.

References
----------
Solomon, M. M. (1987). Algorithms for the vehicle routing and scheduling problems with
time window constraints. *Operations Research*, 35(2), 254-265, section 4.
"""

from __future__ import annotations

import math

import numpy as np

from routewright.model import Model
from routewright.problem import Problem
from routewright.travel import FloatArray

SIDE = 100
_SERVICE = 10
#: (horizon, capacity) of the sets with few, and with many, clients per route.
_HORIZONS = {"short": (240, 200), "long": (1000, 1000)}


def vrptw(n: int, seed: int, clients: str, horizon: str, density: float, width: float) -> Problem:
    """Generate one instance; every client can be served on a route of its own.

    Windows are centered uniformly within what is reachable (classes R and RC), or on
    the times at which nearest-neighbor routes through the clusters arrive (class C).
    """
    rng = np.random.default_rng(seed)
    close, capacity = _HORIZONS[horizon]
    home = np.array([SIDE / 2, SIDE / 2])
    points = _points(n, clients, rng)
    demands = (rng.integers(1, 5, n) * 10).tolist()
    reach = np.sqrt(((points - home) ** 2).sum(axis=1))
    earliest = np.ceil(reach)
    latest = np.floor(close - reach - _SERVICE)
    if clients == "C":
        centers = _route_times(points, home, close)
    else:
        centers = rng.uniform(earliest, np.maximum(earliest, latest))
    half = np.maximum(rng.normal(width, 0.1 * width, n) * close / 2, 1.0)
    timed = rng.random(n) < density
    model = Model(f"vrptw-{clients}-{horizon}-n{n}-s{seed}")
    model.set_metric("none")  # as Solomon files are read by default
    model.add_depot("0", x=home[0], y=home[1], window=(0, close))
    for i in range(n):
        window = None
        if timed[i]:
            early = max(0, math.floor(min(centers[i] - half[i], latest[i])))
            late = min(latest[i], max(earliest[i], math.ceil(centers[i] + half[i])))
            window = (early, int(late))
        x, y = points[i].tolist()
        model.add_client(i + 1, x=x, y=y, delivery=demands[i], service=_SERVICE, window=window)
    model.add_vehicle_type("vehicle", capacity=capacity, count=max(1, n))
    return model.problem()


def _points(n: int, kind: str, rng: np.random.Generator) -> FloatArray:
    scattered = rng.integers(0, SIDE + 1, (n, 2)).astype(np.float64)
    if kind == "R":
        return scattered
    centers = rng.uniform(0.1 * SIDE, 0.9 * SIDE, (max(1, round(n / 10)), 2))
    near = centers[rng.integers(0, len(centers), n)] + rng.normal(0, 0.04 * SIDE, (n, 2))
    near = np.clip(np.rint(near), 0, SIDE)
    if kind == "C":
        return np.asarray(near)
    return np.where((rng.random(n) < 0.5)[:, None], scattered, near)


def _route_times(points: FloatArray, home: FloatArray, close: int) -> FloatArray:
    """Arrival times of nearest-neighbor routes that return before the depot closes."""
    times = np.zeros(len(points))
    left = set(range(len(points)))
    while left:
        now, at, first = 0.0, home, True
        while left:
            nearest = min(left, key=lambda i: (float(((points[i] - at) ** 2).sum()), i))
            arrival = now + float(np.sqrt(((points[nearest] - at) ** 2).sum()))
            back = float(np.sqrt(((points[nearest] - home) ** 2).sum()))
            if arrival + _SERVICE + back > close and not first:
                break
            times[nearest], now, at, first = arrival, arrival + _SERVICE, points[nearest], False
            left.discard(nearest)
    return times
