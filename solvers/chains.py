"""Visits that must be neighbors, by locks or fixed edges, as pieces of routes.

Constructions insert one client at a time, and so can never insert these.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise

from routewright.problem import Problem
from routewright.solution import Route, Solution

Visits = tuple[int, ...]


def add_chains(problem: Problem, plan: Solution, allowed: Callable[[Solution], bool]) -> Solution:
    """Return the plan with those chains that it lacks, as many as are allowed together.

    Parameters
    ----------
    problem
        The problem.
    plan
        A plan that is allowed.
    allowed
        Whether a plan breaks no rule, other than by what it does not visit.
    """
    for chain in chains(problem):
        if plan.visited().isdisjoint(chain):
            ways = dict.fromkeys(_with_partners(problem, c) for c in (chain, chain[::-1]))
            longer = (extended for way in ways for extended in _extensions(problem, plan, way))
            plan = next(filter(allowed, longer), plan)
    return plan


def chains(problem: Problem) -> Iterator[Visits]:
    """Yield the clients that must be neighbors, in order; locks in their own direction.

    What is no path, a ring or a client with three neighbors, has no plan and is left out.
    """
    first = problem.num_depots
    after = {a: b for lock in problem.locks for a, b in pairwise(lock.visits)}
    near: defaultdict[int, set[int]] = defaultdict(set)
    for lock in problem.locks:
        near[lock.visits[0]]  # a lock of one visit is a chain as well
    for a, b in [*after.items(), *((a - first, b - first) for a, b in problem.fixed_edges)]:
        for c, d in ((a, b), (b, a)):
            if c >= 0:
                near[c] |= {d} if d >= 0 else set()
    seen: set[int] = set()
    for c in sorted(near, key=lambda c: len(near[c])):
        if c in seen or len(near[c]) > 1:
            continue
        path = [c]
        while rest := near[path[-1]] - set(path):
            path.append(rest.pop())
        seen |= set(path)
        if any(len(near[c]) > 2 for c in path):
            continue
        backward = any(after.get(b) == a for a, b in pairwise(path))
        yield tuple(path[::-1] if backward else path)


def _with_partners(problem: Problem, visits: Visits) -> Visits:
    """Add the other ends of shipments, and of precedences that put both in one route."""
    pairs = [(s.pickup, s.delivery) for s in problem.shipments]
    pairs += [
        (a, b)
        for a, b in problem.precedences
        if problem.clients[a].required and problem.clients[b].required
    ]
    for before, later in pairs:
        if before in visits and later not in visits:
            visits = (*visits, later)
        elif later in visits and before not in visits:
            visits = (before, *visits)
    return visits


def _extensions(problem: Problem, plan: Solution, visits: Visits) -> Iterator[Solution]:
    """Yield the plan with more visits: in a new route, or at an end of an old one."""
    for k in range(len(problem.vehicle_types)):
        yield Solution([*plan.routes, Route.of(visits, k)])
    for r, route in enumerate(plan.routes):
        others = [*plan.routes[:r], *plan.routes[r + 1 :]]
        for longer in ((*route.visits, *visits), (*visits, *route.visits)):
            yield Solution([*others, Route.of(longer, route.vehicle_type)])
