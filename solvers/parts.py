"""Cutting a plan into parts that can be searched apart, and joining them again."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from routewright.problem import Problem
from routewright.travel import FloatArray, IntArray

from .fleet import Plan


def cut(
    plan: Plan,
    absent: IntArray,
    positions: FloatArray,
    anchors: IntArray,
    parts: int,
    draw: np.random.Generator,
) -> list[tuple[Plan, IntArray]]:
    """Cut a plan into parts of whole routes, near each other, with as many visits each.

    Routes are ordered by their barycenters: by angle around the first depot from a random
    direction, or along a random direction. Some parts may be empty.

    Parameters
    ----------
    plan, absent
        The plan, and the nodes that it leaves out; each goes to the part around it.
    positions
        Place of every node.
    anchors
        For every node the one by whose place it is assigned, where it is left out.
    parts
        How many.
    draw
        Random numbers.
    """
    center = _barycenters(plan, positions)
    keys, absent_keys = _keys(center, positions[anchors[absent]], positions[0], draw)
    order = np.argsort(keys, kind="stable")
    weight = np.cumsum(np.diff(plan.start)[order])
    total = max(1, int(weight[-1])) if len(weight) else 1
    part = np.minimum((weight - 1) * parts // total, parts - 1)
    pieces, low = [], 0
    for i in range(parts):
        high = int(np.searchsorted(part, i, side="right"))
        limit = keys[order[high]] if high < len(order) and i < parts - 1 else np.inf
        inside = absent_keys < limit
        pieces.append((selected(plan, np.sort(order[low:high])), absent[inside]))
        absent, absent_keys, low = absent[~inside], absent_keys[~inside], high
    return pieces


def places_in_plane(problem: Problem) -> FloatArray:
    """Return a place in the plane for every node, shape (nodes, 2)."""
    travel, location = problem.travels[0], problem.arrays().location
    if travel.coordinates is not None:
        return np.asarray(travel.coordinates[location, :2], dtype=np.float64)
    # Distances to two places tell near from far.
    far = [travel.distance_matrix()[pivot, location] for pivot in location[[0, -1]]]
    return np.stack(far, axis=1).astype(np.float64)


def _barycenters(plan: Plan, positions: FloatArray) -> FloatArray:
    sizes = np.diff(plan.start)
    route = np.repeat(np.arange(len(sizes)), sizes)
    sums = [np.bincount(route, positions[plan.visits, i], len(sizes)) for i in range(2)]
    return np.stack(sums, axis=1) / np.maximum(1, sizes)[:, None]


def _keys(
    routes: FloatArray, absent: FloatArray, depot: FloatArray, draw: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    turn = draw.random() * 2 * math.pi
    if draw.random() < 0.5:
        direction = np.array([math.cos(turn), math.sin(turn)])
        return routes @ direction, absent @ direction

    def angle(places: FloatArray) -> FloatArray:
        x, y = (places - depot).T
        return np.asarray((np.arctan2(y, x) + turn) % (2 * math.pi))

    return angle(routes), angle(absent)


def joined(plans: Sequence[Plan]) -> Plan:
    """Return the plan with the routes of all parts."""
    visits = np.concatenate([plan.visits for plan in plans])
    sizes = np.concatenate([np.diff(plan.start) for plan in plans])
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return Plan(visits, start, np.concatenate([plan.vehicle_type for plan in plans]))


def selected(plan: Plan, routes: IntArray) -> Plan:
    """Return the plan of some of the routes."""
    sizes = np.diff(plan.start)[routes]
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    index = np.arange(int(start[-1])) + np.repeat(plan.start[routes] - start[:-1], sizes)
    return Plan(plan.visits[index], start, plan.vehicle_type[routes])


def shares(plan: Plan, pieces: Sequence[Plan], vehicles: IntArray) -> list[IntArray]:
    """Return the vehicles of each type for every piece: those in use, and some to spare."""
    used = [np.bincount(piece.vehicle_type, minlength=len(vehicles)) for piece in pieces]
    spare = np.maximum(0, vehicles - np.bincount(plan.vehicle_type, minlength=len(vehicles)))
    return [
        np.asarray(own + (spare + i) // len(pieces), dtype=np.int64) for i, own in enumerate(used)
    ]
