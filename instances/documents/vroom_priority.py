"""VROOM's order of goals as prizes: most priority, then most tasks, then least cost.

VROOM compares plans lexicographically by the sum of the priorities of the tasks that are
served, by their number, and by cost. With ``W`` above the cost of any plan and ``n``
tasks, the prize ``W * (priority * (n + 1) + 1)`` of each task says the same in one sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from routewright.problem import Problem
from routewright.travel import UNREACHABLE, MatrixTravel, Travel

_LEVELS = range(101)


def prizes(problem: Problem, priorities: Sequence[int]) -> list[int]:
    """Return the prize of each client in internal units of cost."""
    weight = cost_bound(problem) + 1
    if len(set(priorities)) <= 1:  # more priority is more tasks
        return [weight] * len(priorities)
    return [weight * _factor(p, len(priorities)) for p in priorities]


def priorities(problem: Problem) -> list[int] | None:
    """Return priorities that the prizes of a problem stand for, or None."""
    if any(c.required or c.group is not None or not c.prize for c in problem.clients):
        return None
    found = [client.prize for client in problem.clients]
    bound, tasks = cost_bound(problem), len(found)
    least = min(found, default=0)
    # The weight that we choose; if another was chosen, the least prize tells which.
    for weight in (Fraction(bound + 1), *(Fraction(least, _factor(v, tasks)) for v in _LEVELS)):
        levels = [(prize / weight - 1) / (tasks + 1) for prize in found]
        if weight > bound and all(v.denominator == 1 and v in _LEVELS for v in levels):
            return [int(v) for v in levels]
    return None


def _factor(priority: int, tasks: int) -> int:
    return priority * (tasks + 1) + 1


def cost_bound(problem: Problem) -> int:
    """Return an upper bound on the cost of any plan, without prizes, in internal units.

    Holds where only distances and vehicles cost something, as in problems of VROOM.
    """
    n = problem.num_clients
    used = min(n, sum(n if v.count is None else v.count for v in problem.vehicle_types))
    arc = max(
        v.unit_distance_cost * _longest(problem.travels[v.profile]) for v in problem.vehicle_types
    )
    return (n + used) * arc + used * max(v.fixed_cost for v in problem.vehicle_types)


def _longest(travel: Travel) -> int:
    """Upper bound on any distance; by the triangle inequality where there is no matrix."""
    size = travel.num_locations
    if isinstance(travel, MatrixTravel):
        finite = travel.distance[travel.distance < UNREACHABLE]
        return int(finite.max(initial=0))
    rounding = 2
    return 2 * int(np.max(travel.distances([0] * size, range(size)), initial=0)) + rounding
