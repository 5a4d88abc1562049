"""Partition crossover: a whole plan, no more expensive than either of two."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from routewright.solvers.crossover import crossed
from routewright.solvers.fleet import Plan


@st.composite
def plans(draw: st.DrawFn, visits: list[int]) -> Plan:
    """The given visits in any order, in routes none of which is empty."""
    order = draw(st.permutations(visits))
    cuts = sorted(draw(st.sets(st.integers(1, len(order) - 1)))) if len(order) > 1 else []
    bounds = [0, *cuts, len(order)]
    routes = [order[i:j] for i, j in pairwise(bounds)]
    return Plan.of(routes, np.zeros(len(routes), dtype=np.int64))


def prices(plan: Plan) -> np.ndarray:
    """A cost for every route that depends on the order of its visits."""
    routes = (plan.route(r).tolist() for r in range(len(plan.start) - 1))
    return np.array(
        [sum(abs(u - v) for u, v in zip([0, *r], [*r, 0], strict=True)) for r in routes]
    )


@given(st.data(), st.integers(1, 9), st.integers(1, 9))
def test_the_child_visits_everyone_and_costs_no_more(data: st.DataObject, m: int, n: int) -> None:
    """Two regions, so that plans often differ in one of them alone."""
    left, right = [*range(1, m + 1)], [*range(m + 1, m + n + 1)]
    sides = [data.draw(plans(visits)) for visits in (left, right, left, right)]
    a, b = (
        Plan(
            np.concatenate([x.visits, y.visits]),
            np.concatenate([x.start, y.start[1:] + x.start[-1]]),
            np.concatenate([x.vehicle_type, y.vehicle_type]),
        )
        for x, y in (sides[:2], sides[2:])
    )
    child = crossed(a, b, prices(a), prices(b))
    assert sorted(child.visits.tolist()) == [*range(1, m + n + 1)]
    sums = [int(prices(side).sum()) for side in sides]
    assert prices(child).sum() <= min(sums[0], sums[2]) + min(sums[1], sums[3])


def test_plans_that_do_not_visit_the_same_are_not_crossed() -> None:
    none = np.zeros(1, dtype=np.int64)
    a, b = Plan.of([[1, 2]], none), Plan.of([[1]], none)
    assert crossed(a, b, np.array([9]), np.array([1])) is a
