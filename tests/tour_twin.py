"""Slow twins for tours: dynamic programming over sets of cities, and small problems."""

from __future__ import annotations

from typing import Any

import numpy as np

import routewright as rw


def cheapest_tour(
    cost: np.ndarray, first: int, last: int, before: list[tuple[int, int]] | None = None
) -> int:
    """Cost of the cheapest order through all cities (Held and Karp, 1962).

    Parameters
    ----------
    cost
        Shape (N, N).
    first, last
        Where the order begins and ends, or -1 where that is free; the same city for a
        tour that returns.
    before
        Pairs of cities of which the first one comes earlier.
    """
    n = len(cost)
    infinite = np.int64(1 << 60)
    needs = np.zeros(n, dtype=np.int64)
    for a, b in before or []:
        needs[b] |= 1 << a
    best = np.full((1 << n, n), infinite, dtype=np.int64)
    for city in range(n):
        if first in (-1, city) and not needs[city]:
            best[1 << city, city] = 0
    for have in range(1, 1 << n):
        row = best[have]
        ends = np.flatnonzero(row < infinite)
        if not len(ends):
            continue
        for city in range(n):
            if have >> city & 1 or needs[city] & ~have:
                continue
            reached = int((row[ends] + cost[ends, city]).min())
            target = have | 1 << city
            best[target, city] = min(best[target, city], reached)
    final = best[-1]
    if first >= 0 and first == last:
        return int((final + cost[:, first]).min())
    return int(final.min() if last < 0 else final[last])


def random_matrix(size: int, seed: int, symmetric: bool, most: int = 100) -> np.ndarray:
    """Costs without any structure."""
    matrix = np.random.default_rng(seed).integers(0, most + 1, (size, size))
    if symmetric:
        matrix = np.maximum(matrix, matrix.T)
    np.fill_diagonal(matrix, 0)
    return matrix


def one_vehicle(
    matrix: np.ndarray,
    num_depots: int = 1,
    before: list[tuple[int, int]] | None = None,
    **kind: Any,
) -> rw.Problem:
    """One vehicle over a matrix, the first rows of which are depots."""
    model = rw.Model()
    model.add_matrix(matrix)
    for row in range(num_depots):
        model.add_depot(location=row)
    for row in range(num_depots, len(matrix)):
        model.add_client(location=row)
    for a, b in before or []:
        model.add_precedence(a, b)
    model.add_vehicle_type(count=1, **kind)
    return model.problem()


def plane(points: np.ndarray, rounding: str = "nint", **kind: Any) -> rw.Problem:
    """One vehicle through points of the plane; the first one is the depot."""
    model = rw.Model()
    model.set_metric(rounding)
    (x, y), *others = points.tolist()
    model.add_depot(x=x, y=y)
    for x, y in others:
        model.add_client(x=x, y=y)
    model.add_vehicle_type(count=1, **kind)
    return model.problem()


def random_plane(size: int, seed: int, side: int = 1000, **kind: Any) -> rw.Problem:
    """One vehicle through random points."""
    return plane(np.random.default_rng(seed).integers(0, side, (size, 2)), **kind)
