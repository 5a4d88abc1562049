"""Making a plan fit its fleet: exchanging vehicles, and dissolving routes into others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from routewright.arrays import ProblemArrays
from routewright.problem import Problem
from routewright.solution import Route, Solution
from routewright.travel import IntArray

from .base import Run
from .kernels.insertion import Prefixes, new_prefixes, run_insertion, run_route
from .kernels.savings import NO_VEHICLE

#: Most times that the routes of a plan are gone through.
_PASSES = 3


class Plan(NamedTuple):
    """Routes as arrays: route r visits the nodes ``visits[start[r]:start[r + 1]]``.

    Parameters
    ----------
    visits
        Node numbers.
    start
        Offsets, one more than there are routes.
    vehicle_type
        One per route; -1 where no vehicle can run it.
    """

    visits: IntArray
    start: IntArray
    vehicle_type: IntArray

    @classmethod
    def of(cls, routes: Sequence[Sequence[int]], vehicle_type: IntArray) -> Plan:
        """Return the plan of the given routes."""
        return cls(
            np.array([v for route in routes for v in route], dtype=np.int64),
            np.cumsum([0, *map(len, routes)], dtype=np.int64),
            np.ascontiguousarray(vehicle_type),
        )

    def route(self, r: int) -> IntArray:
        """Nodes of a route."""
        return self.visits[self.start[r] : self.start[r + 1]]

    def solution(self, problem: Problem) -> Solution:
        """Return the solution; a route without a vehicle is given one that breaks its rules."""
        clients = (self.visits - problem.num_depots).tolist()
        bounds, types = self.start.tolist(), np.maximum(self.vehicle_type, 0).tolist()
        return Solution(
            Route.of(clients[bounds[r] : bounds[r + 1]], k) for r, k in enumerate(types)
        )


def fit_fleet(run: Run, plan: Plan, limit: IntArray) -> Plan:
    """Return a plan with at most ``limit`` routes of each type, as far as that succeeds.

    Routes of a type that has run out move to a type that has vehicles left. Then, the
    shortest first, routes are dissolved into others by cheapest insertion: those above
    the limit, those that no vehicle can run, and those where it saves cost. Both are
    repeated while that helps: a dissolved route frees a vehicle.
    """
    p = run.problem.arrays()
    w = new_prefixes(p)
    for _ in range(_PASSES):
        before, plan = plan, _exchange_types(p, w, plan)
        for r in np.argsort(np.diff(plan.start), kind="stable").tolist():
            if run.should_stop():
                return plan
            if len(plan.route(r)):
                plan = _without(p, w, plan, r, limit) or plan
        if plan is before:
            break
    return plan


def _without(p: ProblemArrays, w: Prefixes, plan: Plan, r: int, limit: IntArray) -> Plan | None:
    """Dissolve a route if there is a reason to and a way."""
    k = plan.vehicle_type[r]
    used = _used(p, plan)
    if k >= 0 and used[k] <= limit[k]:
        return _dissolve(p, w, plan, r, run_route(p, w, plan.route(r), k))
    spare = np.flatnonzero(used < limit)
    start = np.append(plan.start, np.full(len(spare), plan.start[-1]))
    with_spare = Plan(plan.visits, start, np.append(plan.vehicle_type, spare))
    return _dissolve(p, w, with_spare, r, NO_VEHICLE)


def _used(p: ProblemArrays, plan: Plan) -> IntArray:
    """Number of routes of each type."""
    return np.bincount(plan.vehicle_type[plan.vehicle_type >= 0], minlength=p.num_types)


def _exchange_types(p: ProblemArrays, w: Prefixes, plan: Plan) -> Plan:
    """Move routes from types that have run out, where that costs least."""
    used, types = _used(p, plan), plan.vehicle_type.copy()
    above = np.flatnonzero((used > p.num_available)[types] & (types >= 0)).tolist()
    if not above:
        return plan
    offers = []
    for r in above:
        now = run_route(p, w, plan.route(r), types[r])
        for k in np.flatnonzero(used < p.num_available).tolist():
            cost = run_route(p, w, plan.route(r), k)
            if cost >= 0:
                offers.append((cost - now, r, k))
    for _, r, k in sorted(offers):
        old = types[r]
        if used[old] > p.num_available[old] and used[k] < p.num_available[k]:
            used[old] -= 1
            used[k] += 1
            types[r] = k
    return plan._replace(vehicle_type=types)


def _dissolve(p: ProblemArrays, w: Prefixes, plan: Plan, r: int, saved: int) -> Plan | None:
    """Insert every client of a route into others, the largest first.

    None if one finds no place, or if that costs more than is saved. The emptied route
    keeps its number, without a vehicle.
    """
    route, (visits, start, types) = plan.route(r), plan
    size = (p.delivery[route] + p.pickup[route]).sum(axis=1)
    for node in route[np.argsort(-size, kind="stable")].tolist():
        added, into, position = run_insertion(p, w, visits, start, types, node, r)
        saved -= added
        if into < 0 or saved < 0:
            return None
        visits = np.insert(visits, start[into] + position, node)
        start = start.copy()
        start[into + 1 :] += 1
    visits = np.delete(visits, np.s_[start[r] : start[r + 1]])
    start[r + 1 :] -= len(route)
    return Plan(visits, start, np.where(np.diff(start) > 0, types, -1))
