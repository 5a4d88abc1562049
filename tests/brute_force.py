"""The best plan of a tiny problem, by trying every plan with the checker."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise, product

import routewright as rw

Lists = tuple[tuple[int, ...], ...]


def best_plan(problem: rw.Problem) -> rw.Report | None:
    """Report of the cheapest feasible plan; None if there is no feasible plan."""
    reports = (rw.check(problem, plan) for plan in every_plan(problem))
    return min((r for r in reports if r.feasible), key=lambda r: r.key, default=None)


def every_plan(problem: rw.Problem) -> Iterator[rw.Solution]:
    """Every set of routes that breaks no rule of a route by itself."""
    kinds = range(len(problem.vehicle_types))
    options: dict[tuple[int, ...], list[rw.Route]] = {}
    for lists in _ordered_lists(tuple(range(problem.num_clients)), problem):
        for visits in lists:
            if visits not in options:
                ways = (route for k in kinds for route in _routes(problem, visits, k))
                options[visits] = [r for r in ways if _is_sound(problem, r)]
        for routes in product(*(options[visits] for visits in lists)):
            yield rw.Solution(routes)


def _ordered_lists(clients: tuple[int, ...], problem: rw.Problem) -> Iterator[Lists]:
    """Every way to leave out optional clients and to string the others in lists."""
    if not clients:
        yield ()
        return
    last = clients[-1]
    for lists in _ordered_lists(clients[:-1], problem):
        if not problem.clients[last].required:
            yield lists
        yield (*lists, (last,))
        for i, visits in enumerate(lists):
            for j in range(len(visits) + 1):
                longer = (*visits[:j], last, *visits[j:])
                yield (*lists[:i], longer, *lists[i + 1 :])


def _routes(problem: rw.Problem, visits: tuple[int, ...], kind: int) -> Iterator[rw.Route]:
    """The visits in one trip, or with reloads between them."""
    vehicle_type = problem.vehicle_types[kind]
    for reloads in range(min(vehicle_type.max_reloads, len(visits) - 1) + 1):
        for cuts in combinations(range(1, len(visits)), reloads):
            ends = [0, *cuts, len(visits)]
            trips = tuple(visits[a:b] for a, b in pairwise(ends))
            for depots in product(vehicle_type.reload_depots, repeat=reloads):
                yield rw.Route(kind, trips, depots)


#: Rules that depend on the other routes of a plan.
_OF_OTHERS = {
    rw.ViolationKind.MISSING_CLIENT,
    rw.ViolationKind.GROUP_MISSING,
    rw.ViolationKind.SHIPMENT_INCOMPLETE,
    rw.ViolationKind.FIXED_EDGE,
    rw.ViolationKind.LOCK_BROKEN,
    rw.ViolationKind.TOO_MANY_VEHICLES,
}


def _is_sound(problem: rw.Problem, route: rw.Route) -> bool:
    report = rw.check(problem, rw.Solution([route]))
    return all(v.kind in _OF_OTHERS for v in report.violations)
