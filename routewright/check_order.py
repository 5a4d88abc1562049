"""Checker rules about which visits belong together and in which order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from .problem import Lock, Problem
from .report import Violation, ViolationKind
from .solution import Route

K = ViolationKind


class _Place(NamedTuple):
    route: int
    trip: int
    position: int


def order_violations(problem: Problem, routes: list[tuple[int, Route]]) -> Iterator[Violation]:
    """Yield violations of shipments, precedences, fixed edges, and locks."""
    if not (problem.shipments or problem.precedences or problem.fixed_edges or problem.locks):
        return
    places: dict[int, _Place] = {}
    for r, route in routes:
        position = 0
        for t, trip in enumerate(route.trips):
            for c in trip:
                places.setdefault(c, _Place(r, t, position))
                position += 1
    yield from _shipments(problem, places)
    yield from _precedences(problem, places)
    yield from _fixed_edges(problem, routes)
    by_index = dict(routes)
    for number, lock in enumerate(problem.locks, 1):
        yield from _lock(problem, number, lock, places, by_index)


def _shipments(problem: Problem, places: dict[int, _Place]) -> Iterator[Violation]:
    for s in problem.shipments:
        a, b = problem.clients[s.pickup], problem.clients[s.delivery]
        first, second = places.get(s.pickup), places.get(s.delivery)
        if first is None and second is None:
            continue
        if first is None or second is None:
            seen, unseen = (b, a) if first is None else (a, b)
            message = f"shipment {a.id} -> {b.id}: {seen.id} is visited but {unseen.id} is not"
            yield Violation(K.SHIPMENT_INCOMPLETE, message, None, unseen.id)
        elif first[:2] != second[:2]:
            message = (
                f"shipment {a.id} -> {b.id} is picked up in route {first.route + 1}, trip "
                f"{first.trip + 1}, and delivered in route {second.route + 1}, trip "
                f"{second.trip + 1}"
            )
            yield Violation(K.SHIPMENT_SPLIT, message, second.route, b.id)
        elif first.position > second.position:
            message = f"shipment {a.id} -> {b.id} is delivered before it is picked up"
            yield Violation(K.SHIPMENT_ORDER, message, first.route, b.id)


def _precedences(problem: Problem, places: dict[int, _Place]) -> Iterator[Violation]:
    for before, after in problem.precedences:
        first, second = places.get(before), places.get(after)
        if first is None or second is None:
            continue
        a, b = problem.clients[before].id, problem.clients[after].id
        if first.route != second.route:
            message = f"client {a} must precede client {b} in the same route"
            yield Violation(K.PRECEDENCE_SPLIT, message, second.route, b)
        elif first.position > second.position:
            message = f"client {a} must be visited before client {b}"
            yield Violation(K.PRECEDENCE_ORDER, message, second.route, b)


def _fixed_edges(problem: Problem, routes: list[tuple[int, Route]]) -> Iterator[Violation]:
    if not problem.fixed_edges:
        return
    present = set()
    for _, route in routes:
        kind = problem.vehicle_types[route.vehicle_type]
        depots = [kind.start, *route.reloads, kind.end]
        nodes = list[int | None]()
        for depot, trip in zip(depots, route.trips, strict=False):
            nodes += [depot, *(problem.num_depots + c for c in trip)]
        nodes.append(depots[-1])
        present |= {frozenset(edge) for edge in pairwise(nodes)}
    for edge in problem.fixed_edges:
        if frozenset(edge) not in present:
            names = " - ".join(_name(problem, node) for node in edge)
            yield Violation(K.FIXED_EDGE, f"the fixed edge {names} is not used")


def _name(problem: Problem, node: int) -> str:
    first = problem.num_depots
    return problem.depots[node].id if node < first else problem.clients[node - first].id


def _lock(
    problem: Problem,
    number: int,
    lock: Lock,
    places: dict[int, _Place],
    routes: dict[int, Route],
) -> Iterator[Violation]:
    first = places.get(lock.visits[0])
    names = ", ".join(problem.clients[c].id for c in lock.visits)
    if first is None:
        yield Violation(K.LOCK_BROKEN, f"lock {number} ({names}) is not visited")
        return
    route = routes[first.route]
    start = 0 if lock.at_start else first.position
    if route.visits[start : start + len(lock.visits)] != lock.visits:
        place = "at the start of a route, " if lock.at_start else "in one route, "
        message = f"lock {number}: {names} must be visited {place}in this order"
        yield Violation(K.LOCK_BROKEN, message, first.route)
    if lock.vehicle_type not in (None, route.vehicle_type):
        wanted = problem.vehicle_types[lock.vehicle_type or 0].id
        message = f"lock {number}: {names} must be served by vehicle type {wanted}"
        yield Violation(K.LOCK_VEHICLE, message, first.route)
