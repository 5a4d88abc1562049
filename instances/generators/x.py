"""The scheme of the X instances for the CVRP.

References
----------
Uchoa, E., Pecin, D., Pessoa, A., Poggi, M., Vidal, T., & Subramanian, A. (2017). New
benchmark instances for the capacitated vehicle routing problem. *European Journal of
Operational Research*, 257(3), 845-858, section 4.
"""

from __future__ import annotations

import math

import numpy as np

from routewright.model import Model
from routewright.problem import Problem
from routewright.travel import FloatArray, IntArray

SIDE = 1000
_DECAY = 40.0  # how fast the attraction of a cluster's seed fades, section 4.2
_RANGES = {
    "unitary": (1, 1),
    "1-10": (1, 10),
    "5-10": (5, 10),
    "1-100": (1, 100),
    "50-100": (50, 100),
}


def x_instance(
    n: int, seed: int, depot: str, clients: str, demand: str, route_size: float
) -> Problem:
    """Generate one instance; the parameters are those of section 4, by their letters."""
    rng = np.random.default_rng(seed)
    home = _depot(depot, rng)
    points = _positions(n, clients, home, rng)
    demands = _demands(demand, points, rng)
    size = route_size or rng.triangular(3, 6, 25)
    mean = demands.mean() if n else 1.0
    capacity = max(math.ceil(size * mean), int(demands.max(initial=1)))
    model = Model(f"x-n{n + 1}-{depot}-{clients}-{demand}-s{seed}")
    model.set_metric("nint")
    model.add_depot("0", x=home[0], y=home[1])
    for i, ((x, y), q) in enumerate(zip(points, demands.tolist(), strict=True), start=1):
        model.add_client(i, x=x, y=y, delivery=q)
    model.add_vehicle_type("vehicle", capacity=capacity)
    return model.problem()


def _depot(kind: str, rng: np.random.Generator) -> tuple[int, int]:
    if kind == "C":
        return SIDE // 2, SIDE // 2
    if kind == "E":
        return 0, 0
    x, y = rng.integers(0, SIDE + 1, 2).tolist()
    return x, y


def _positions(
    n: int, kind: str, home: tuple[int, int], rng: np.random.Generator
) -> list[tuple[int, int]]:
    """Draw distinct grid points; the seeds of clusters are clients themselves."""
    taken = {home}
    points: list[tuple[int, int]] = []

    def add(batch: IntArray, limit: int) -> None:
        for x, y in batch.tolist():
            if len(points) < limit and (x, y) not in taken:
                taken.add((x, y))
                points.append((x, y))

    random = {"R": n, "C": 0, "RC": n // 2}[kind]
    while len(points) < random:
        add(rng.integers(0, SIDE + 1, (random, 2)), random)
    if len(points) < n:
        count = int(rng.integers(3, 9))
        before = len(points)
        while len(points) < min(n, before + count):
            add(rng.integers(0, SIDE + 1, (count, 2)), min(n, before + count))
        seeds = np.array(points[before:], dtype=np.float64)
        while len(points) < n:
            add(_attracted(seeds, max(n, 256), rng), n)
    return points


def _attracted(seeds: FloatArray, size: int, rng: np.random.Generator) -> IntArray:
    """Accept uniform points with probability sum over seeds of exp(-distance / 40)."""
    candidates = rng.integers(0, SIDE + 1, (size, 2))
    gaps = candidates[:, None, :] - seeds[None, :, :]
    attraction = np.exp(-np.sqrt((gaps * gaps).sum(axis=-1)) / _DECAY).sum(axis=1)
    return np.asarray(candidates[rng.random(size) <= attraction])


def _demands(kind: str, points: list[tuple[int, int]], rng: np.random.Generator) -> IntArray:
    n = len(points)
    if kind in _RANGES:
        low, high = _RANGES[kind]
        return rng.integers(low, high + 1, n)
    low_half, high_half = rng.integers(1, 51, n), rng.integers(51, 101, n)
    if kind == "quadrant":
        even = np.array([(x < SIDE / 2) != (y < SIDE / 2) for x, y in points], dtype=bool)
        return np.where(even, low_half, high_half)
    small = rng.random(n) < rng.uniform(0.70, 0.95)
    return np.where(small, rng.integers(1, 11, n), rng.integers(50, 101, n))
