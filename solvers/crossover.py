"""Of two plans the better in every region where they agree who is served together.

References
----------
Whitley, D., Hains, D., & Howe, A. (2009). Tunneling between optima: partition crossover
for the traveling salesman problem. *GECCO 2009*.
"""

from __future__ import annotations

import numpy as np

from routewright.travel import IntArray

from .fleet import Plan
from .parts import joined, selected


def crossed(a: Plan, b: Plan, cost_a: IntArray, cost_b: IntArray) -> Plan:
    """Return a plan that is no more expensive than either of two.

    Routes of the plans that share clients belong together. Groups of them visit the same
    clients in both plans, and of each group the cheaper routes are taken.

    Parameters
    ----------
    a, b
        Plans without empty routes; ``a`` is returned if they do not visit the same nodes.
    cost_a, cost_b
        Cost of every route.
    """
    if not np.array_equal(np.sort(a.visits), np.sort(b.visits)):
        return a
    group_a, group_b = _groups(a, b)
    size = len(group_a) + len(group_b)
    gain = np.bincount(group_a, cost_a, size) - np.bincount(group_b, cost_b, size)
    better = gain > 0
    if not better.any():
        return a
    keep, take = np.flatnonzero(~better[group_a]), np.flatnonzero(better[group_b])
    return joined([selected(a, keep), selected(b, take)])


def _groups(a: Plan, b: Plan) -> tuple[IntArray, IntArray]:
    """Return the number of the group of every route of both plans."""
    routes_a, routes_b = len(a.start) - 1, len(b.start) - 1
    of_b = np.zeros(int(a.visits.max(initial=0)) + 1, dtype=np.int64)
    of_b[b.visits] = np.repeat(np.arange(routes_b), np.diff(b.start))
    first = np.repeat(np.arange(routes_a), np.diff(a.start))
    second = of_b[a.visits]
    group_a, group_b = np.arange(routes_a), np.full(routes_b, routes_a)
    while True:  # the least number spreads through what is connected
        before = group_a.copy()
        np.minimum.at(group_b, second, group_a[first])
        np.minimum.at(group_a, first, group_b[second])
        if np.array_equal(before, group_a):
            return group_a, group_b
