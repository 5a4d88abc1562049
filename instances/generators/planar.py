"""Uniform and clustered instances in a square of side 1000."""

from __future__ import annotations

import math

import numpy as np

from routewright.model import Model
from routewright.problem import Problem
from routewright.travel import FloatArray

SIDE = 1000


def uniform(n: int, seed: int, kind: str, route_size: float) -> Problem:
    """Place clients, or the cities of a TSP, uniformly on the integer grid."""
    rng = np.random.default_rng(seed)
    points = rng.integers(0, SIDE + 1, (_places(n, kind), 2)).astype(np.float64)
    return _planar(f"uniform-n{n}-s{seed}", points, kind, route_size, rng)


def clustered(n: int, seed: int, kind: str, route_size: float, clusters: int) -> Problem:
    """Clients in Gaussian clusters with a deviation of 5 % of the side, depot uniform."""
    rng = np.random.default_rng(seed)
    centers = rng.uniform(0.1 * SIDE, 0.9 * SIDE, (clusters, 2))
    size = _places(n, kind) - 1
    spread = rng.normal(0.0, 0.05 * SIDE, (size, 2))
    clients = centers[rng.integers(0, clusters, size)] + spread
    depot = rng.uniform(0, SIDE, (1, 2))
    points = np.clip(np.rint(np.concatenate([depot, clients])), 0, SIDE)
    return _planar(f"clustered-n{n}-s{seed}", points, kind, route_size, rng)


def _places(n: int, kind: str) -> int:
    """Count the places: a TSP of n cities has n, one of which serves as the depot."""
    return max(1, n) if kind == "tsp" else n + 1


def _planar(
    name: str, points: FloatArray, kind: str, route_size: float, rng: np.random.Generator
) -> Problem:
    model = Model(name)
    model.set_metric("nint")
    places = points.astype(np.int64).tolist()
    if kind == "tsp":
        model.tour_base = 1
        model.add_depot("1", x=places[0][0], y=places[0][1])
        for i, (x, y) in enumerate(places[1:], start=2):
            model.add_client(i, x=x, y=y)
        model.add_vehicle_type("vehicle", count=1)
        return model.problem()
    demands = rng.integers(1, 101, len(places) - 1).tolist()
    model.add_depot("0", x=places[0][0], y=places[0][1])
    for i, ((x, y), demand) in enumerate(zip(places[1:], demands, strict=True), start=1):
        model.add_client(i, x=x, y=y, delivery=demand)
    mean = sum(demands) / len(demands) if demands else 1
    capacity = max(math.ceil(route_size * mean), *demands, 1)
    model.add_vehicle_type("vehicle", capacity=capacity)
    return model.problem()
