"""The judge: recomputes every cost and constraint of a solution from the problem alone.

Plain Python on purpose, and no code shared with any solver or kernel.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace

from .attributes import FUTURE_ATTRIBUTES
from .check_order import order_violations
from .check_route import CheckedRoute, RouteCheck
from .check_split import split_violations
from .errors import UnsupportedError
from .problem import Objective, Problem
from .report import Report, Violation, ViolationKind, to_user
from .solution import Route, Solution

K = ViolationKind


def check(problem: Problem, solution: Solution) -> Report:
    """Recompute the cost and schedule of a solution and every rule it breaks.

    Parameters
    ----------
    problem
        The problem.
    solution
        Any solution, however broken.

    Returns
    -------
    Report
        Costs in the user's units, one report per route, and all violations. Each route
        starts when it is least late, among those times when it is shortest, and then as
        early as possible. A late stop delays what follows; an arc that does not exist is
        named, and counts as nothing.

    Raises
    ------
    UnsupportedError
        If the problem uses an attribute that is reserved in the types (breaks,
        time-dependent travel).
    """
    if future := problem.attributes() & FUTURE_ATTRIBUTES:
        raise UnsupportedError("checker", future)
    usable, violations = _usable(problem, solution)
    routes = [
        RouteCheck(problem, index, route, vehicle).run()
        for (index, route), vehicle in zip(usable, _vehicle_names(problem, usable), strict=True)
    ]
    violations += [v for r in routes for v in r.violations]
    violations += _coverage(problem, usable)
    violations += split_violations(problem, usable)
    violations += _fleet(problem, usable)
    violations += order_violations(problem, usable)
    return _report(problem, solution, routes, violations)


def _usable(
    problem: Problem, solution: Solution
) -> tuple[list[tuple[int, Route]], list[Violation]]:
    """Drop what refers to nothing (and say so), so that the rest can be computed."""
    usable, violations = [], []
    for r, route in enumerate(solution.routes):
        if not 0 <= route.vehicle_type < len(problem.vehicle_types):
            message = f"route {r + 1} uses vehicle type {route.vehicle_type}, which does not exist"
            violations.append(Violation(K.UNKNOWN_VEHICLE_TYPE, message, r))
            continue
        for c in route.visits:
            if not 0 <= c < problem.num_clients:
                message = f"route {r + 1} visits client {c}, which does not exist"
                violations.append(Violation(K.UNKNOWN_CLIENT, message, r))
        for d in route.reloads:
            if not 0 <= d < problem.num_depots:
                message = f"route {r + 1} reloads at depot {d}, which does not exist"
                violations.append(Violation(K.UNKNOWN_DEPOT, message, r))
        if len(route.reloads) != len(route.trips) - 1:
            message = (
                f"route {r + 1} has {len(route.trips)} trips and {len(route.reloads)} reloads; "
                "there must be one reload between two trips"
            )
            violations.append(Violation(K.RELOAD_COUNT, message, r))
        if len(route.quantities) not in (0, len(route.visits)):
            message = (
                f"route {r + 1} has {len(route.visits)} visits and {len(route.quantities)} "
                "quantities; there must be one per visit, or none at all"
            )
            violations.append(Violation(K.QUANTITY_COUNT, message, r))
        known = tuple(
            tuple(c for c in trip if 0 <= c < problem.num_clients) for trip in route.trips
        )
        quantities = tuple(q for c, q in route.portions() if 0 <= c < problem.num_clients)
        reloads = tuple(d for d in route.reloads if 0 <= d < problem.num_depots)
        if len(reloads) != len(known) - 1:  # cannot be timed as trips: check as one
            known, reloads = (tuple(c for trip in known for c in trip),), ()
        if any(known):
            kept = replace(route, trips=known, reloads=reloads, quantities=quantities)
            usable.append((r, kept))
    return usable, violations


def _vehicle_names(problem: Problem, routes: list[tuple[int, Route]]) -> list[str]:
    """Name the vehicle of each route: the user's own ids first come, first served."""
    used: Counter[int] = Counter()
    names = []
    for _, route in routes:
        kind = problem.vehicle_types[route.vehicle_type]
        index = used[route.vehicle_type]
        used[route.vehicle_type] += 1
        if index < len(kind.vehicle_ids):
            names.append(kind.vehicle_ids[index])
        elif kind.count == 1 and index == 0:
            names.append(kind.id)
        else:
            names.append(f"{kind.id}#{index + 1}")
    return names


def _coverage(problem: Problem, routes: list[tuple[int, Route]]) -> Iterator[Violation]:
    where = defaultdict[int, list[tuple[int, int]]](list)
    for r, route in routes:
        for t, trip in enumerate(route.trips):
            for c in trip:
                where[c].append((r, t))
    for c, found in where.items():
        client = problem.clients[c]
        # What may be split is visited once per trip at most, all else once at all.
        repeated = len(found) - (len(set(found)) if client.may_be_split else 1)
        if repeated:
            places = ", ".join(str(r + 1) for r, _ in found)
            message = f"client {client.id} is visited {len(found)} times, in routes {places}"
            if client.may_be_split:
                message += "; a trip may bring it a part of its delivery only once"
            yield Violation(K.DUPLICATE_VISIT, message, found[1][0], client.id, repeated)
    for c, client in enumerate(problem.clients):
        if client.required and c not in where:
            yield Violation(
                K.MISSING_CLIENT,
                f"required client {client.id} is not visited",
                None,
                client.id,
            )
    for g, group in enumerate(problem.groups):
        visited = [problem.clients[c].id for c in group.clients if c in where]
        name = group.id or str(g + 1)
        if len(visited) > 1:
            message = f"group {name} is visited {len(visited)} times: {', '.join(visited)}"
            yield Violation(K.GROUP_REPEATED, message, None, visited[1], len(visited) - 1)
        if group.required and not visited:
            yield Violation(K.GROUP_MISSING, f"no client of required group {name} is visited")


def _fleet(problem: Problem, routes: list[tuple[int, Route]]) -> Iterator[Violation]:
    used = Counter(route.vehicle_type for _, route in routes)
    for k, n in sorted(used.items()):
        kind = problem.vehicle_types[k]
        if kind.count is not None and n > kind.count:
            message = f"{n} routes use vehicle type {kind.id}, of which there are {kind.count}"
            yield Violation(K.TOO_MANY_VEHICLES, message, None, None, n - kind.count)


def _report(
    problem: Problem,
    solution: Solution,
    routes: list[CheckedRoute],
    violations: list[Violation],
) -> Report:
    scale = problem.scale
    unassigned = solution.unassigned(problem)
    lost = sum(problem.clients[c].prize for c in unassigned)
    costs = {
        name: sum(r.costs[name] for r in routes)
        for name in ("distance", "duration", "overtime", "fixed")
    }
    costs["prizes"] = lost
    total = sum(costs.values())
    vehicles_first = problem.objective is Objective.VEHICLES_THEN_COST
    return Report(
        cost=to_user(total, scale.cost),
        breakdown={name: to_user(value, scale.cost) for name, value in costs.items()},
        distance=to_user(sum(r.distance for r in routes), scale.distance),
        duration=to_user(sum(r.duration for r in routes), scale.time),
        num_vehicles=len(routes),
        prize_collected=to_user(problem.total_prize - lost, scale.cost),
        routes=tuple(r.report for r in routes),
        unassigned=unassigned,
        violations=tuple(violations),
        key=(len(violations), len(routes) if vehicles_first else 0, total),
    )
