"""Validation of a Problem: everything that is inconsistent, reported at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from .errors import InputError, Issue
from .problem import BackhaulPolicy, Problem, Scale, Window
from .report import to_user
from .travel import MAX_VALUE, UNLIMITED
from .validate_split import split_issues
from .validate_totals import total_issues
from .validate_travel import travel_issues

if TYPE_CHECKING:
    from .problem import Client, Depot, VehicleType


def validate(problem: Problem) -> None:
    """Raise `InputError` that lists every inconsistency of the problem."""
    if wrong := list(_scale(problem.scale)):  # every message below converts by it
        raise InputError(wrong, problem.name)
    structure = list(_structure(problem))
    issues = [
        *structure,
        *travel_issues(problem),
        *_clients(problem),
        *_vehicle_types(problem),
    ]
    if not structure:  # these follow indices, which the structure has to guarantee
        issues += [*_relations(problem), *split_issues(problem)]
    if not issues:
        issues = list(total_issues(problem))
    if issues:
        raise InputError(issues, problem.name)


def _scale(scale: Scale) -> Iterator[Issue]:
    for name in ("distance", "time", "cost", "load"):
        value = getattr(scale, name)
        for units in value if name == "load" else (value,):
            if not (type(units) is int and units >= 1):
                yield Issue("scale", name, f"{units!r} must be a whole number of at least 1")


def _is_index(value: object, size: int) -> bool:
    return isinstance(value, int | np.integer) and bool(0 <= value < size)


def _out_of_range(values: Iterable[int | None], size: int) -> list[int]:
    return [v for v in values if v is not None and not _is_index(v, size)]


def _repeated(kind: str, ids: Iterable[str]) -> Iterator[Issue]:
    first: dict[str, int] = {}
    for i, name in enumerate(ids):
        if name in first:
            message = f"id {name!r} is that of {kind}[{first[name]}] too; ids must be unique"
            yield Issue(f"{kind}[{i}]", "id", message)
        first.setdefault(name, i)


def _structure(p: Problem) -> Iterator[Issue]:
    """Yield references to what does not exist; everything else may rely on them."""
    if not p.travels:
        yield Issue("", "travels", "at least one travel profile is needed")
        return
    yield from _places(p)
    yield from _fleet_references(p)
    yield from _client_references(p)
    yield from _relation_references(p)


def _places(p: Problem) -> Iterator[Issue]:
    sizes = {t.num_locations for t in p.travels}
    if len(sizes) > 1:
        yield Issue("", "travels", f"profiles differ in their number of locations: {sizes}")
    size = min(sizes)
    places: dict[str, Sequence[Depot | Client]] = {"depots": p.depots, "clients": p.clients}
    for kind, entities in places.items():
        for i, entity in enumerate(entities):
            if not _is_index(entity.location, size):
                message = f"location {entity.location} does not exist; there are {size}"
                yield Issue(f"{kind}[{i}]", "location", message)
        yield from _repeated(kind, (entity.id for entity in entities))


def _fleet_references(p: Problem) -> Iterator[Issue]:
    if not p.vehicle_types:
        yield Issue("", "vehicle_types", "at least one vehicle type is needed")
    depots, profiles = len(p.depots), len(p.travels)
    for k, v in enumerate(p.vehicle_types):
        where = f"vehicle_types[{k}]"
        for depot in _out_of_range((v.start, v.end, *v.reload_depots), depots):
            yield Issue(where, "depot", f"depot {depot} does not exist; there are {depots}")
        if _out_of_range([v.profile], profiles):
            message = f"profile {v.profile} does not exist; there are {profiles}"
            yield Issue(where, "profile", message)
        yield from _dimensions(where, "capacity", v.capacity, p)
    yield from _repeated("vehicle_types", (v.id for v in p.vehicle_types))


def _client_references(p: Problem) -> Iterator[Issue]:
    for i, c in enumerate(p.clients):
        if c.group is not None and _out_of_range([c.group], len(p.groups)):
            yield Issue(f"clients[{i}]", "group", f"group {c.group} does not exist")
        if c.delivery or c.pickup:
            yield from _dimensions(f"clients[{i}]", "delivery", c.delivery, p)
            yield from _dimensions(f"clients[{i}]", "pickup", c.pickup, p)
        for k in _out_of_range(c.allowed_vehicles or (), len(p.vehicle_types)):
            yield Issue(f"clients[{i}]", "allowed_vehicles", f"vehicle type {k} does not exist")


def _dimensions(where: str, name: str, amounts: tuple[int, ...], p: Problem) -> Iterator[Issue]:
    if len(amounts) not in (0, p.num_dimensions):
        message = f"has {len(amounts)} dimensions; the problem has {p.num_dimensions}"
        yield Issue(where, name, message)


def _relation_references(p: Problem) -> Iterator[Issue]:
    n = len(p.clients)
    for kind, members in (
        ("shipments", [(s.pickup, s.delivery) for s in p.shipments]),
        ("groups", [g.clients for g in p.groups]),
        ("precedences", p.precedences),
        ("locks", [lock.visits for lock in p.locks]),
    ):
        for i, indices in enumerate(members):
            for c in _out_of_range(indices, n):
                yield Issue(f"{kind}[{i}]", "", f"client {c} does not exist; there are {n}")
    for i, edge in enumerate(p.fixed_edges):
        for node in _out_of_range(edge, len(p.depots) + n):
            yield Issue(f"fixed_edges[{i}]", "", f"node {node} does not exist")
        if edge[0] == edge[1]:
            yield Issue(f"fixed_edges[{i}]", "", "a node cannot be next to itself")
    for i, lock in enumerate(p.locks):
        for k in _out_of_range([lock.vehicle_type], len(p.vehicle_types)):
            yield Issue(f"locks[{i}]", "vehicle_type", f"vehicle type {k} does not exist")


def _is_whole(where: str, name: str, value: object) -> Iterator[Issue]:
    if not isinstance(value, int):
        message = f"{value!r} must be an int in internal units; Model scales other numbers"
        yield Issue(where, name, message)


def _window(where: str, name: str, window: Window, scale: int) -> Iterator[Issue]:
    if wrong := [issue for value in window for issue in _is_whole(where, name, value)]:
        yield from wrong
        return
    early, late = window
    if early > late:
        yield Issue(where, name, f"closes before it opens: {_span(window, scale)}")
    elif early < 0:
        yield Issue(where, name, f"{_span(window, scale)} starts before time 0; shift all times")
    elif early > MAX_VALUE or (late > MAX_VALUE and late != UNLIMITED):
        most = to_user(MAX_VALUE, scale)
        yield Issue(where, name, f"{_span(window, scale)} would overflow; the limit is {most}")


def _span(window: Window, scale: int) -> str:
    early, late = window
    return f"[{to_user(early, scale)}, {'inf' if late == UNLIMITED else to_user(late, scale)}]"


def _amount(
    where: str, name: str, value: int, scale: int = 1, *, unlimited: bool = False
) -> Iterator[Issue]:
    if not isinstance(value, int):
        yield from _is_whole(where, name, value)
    elif value < 0:
        yield Issue(where, name, f"{to_user(value, scale)} must not be negative")
    elif value > MAX_VALUE and not (unlimited and value == UNLIMITED):
        given, most = to_user(value, scale), to_user(MAX_VALUE, scale)
        yield Issue(where, name, f"{given} would overflow; the limit is {most}")


def _amounts(
    where: str, name: str, values: tuple[int, ...], scale: Scale, *, unlimited: bool = False
) -> Iterator[Issue]:
    # A wrong number of dimensions is reported elsewhere.
    for value, units in zip(values, scale.load, strict=False):
        yield from _amount(where, name, value, units, unlimited=unlimited)


def _client(where: str, c: Client, scale: Scale, strict: bool) -> Iterator[Issue]:
    yield from _amounts(where, "delivery", c.delivery, scale)
    yield from _amounts(where, "pickup", c.pickup, scale)
    yield from _amount(where, "service", c.service, scale.time)
    yield from _amount(where, "prize", c.prize, scale.cost)
    yield from _amount(where, "release", c.release, scale.time)
    if not c.windows:
        yield Issue(where, "windows", "needs at least one time window")
    for window in c.windows:
        yield from _window(where, "windows", window, scale.time)
    for a, b in pairwise(c.windows):
        if b[0] <= a[1]:
            spans = f"{_span(a, scale.time)} and {_span(b, scale.time)}"
            yield Issue(where, "windows", f"{spans} must be disjoint and in order")
    if strict and any(c.delivery) and any(c.pickup):
        yield Issue(
            where,
            "pickup",
            "has a delivery and a pickup; where linehauls go first a client is one or the other",
        )


def _clients(p: Problem) -> Iterator[Issue]:
    strict = p.backhaul is not BackhaulPolicy.MIXED
    plain = None
    for i, c in enumerate(p.clients):
        # Most clients of large plain instances share these values; check them once.
        key = (c.delivery, c.pickup, c.windows, c.service, c.release, c.prize)
        if key != plain:
            found = list(_client(f"clients[{i}]", c, p.scale, strict))
            yield from found
            plain = None if found else key
        if c.required and c.group is not None:
            yield Issue(
                f"clients[{i}]",
                "group",
                "a client of a group must not be required itself",
            )
    for i, d in enumerate(p.depots):
        yield from _window(f"depots[{i}]", "window", d.window, p.scale.time)
        yield from _amount(f"depots[{i}]", "service", d.service, p.scale.time)


def _vehicle_type(where: str, v: VehicleType, scale: Scale) -> Iterator[Issue]:
    yield from _amounts(where, "capacity", v.capacity, scale, unlimited=True)
    if v.count is not None:
        yield from _amount(where, "count", v.count)
    if v.vehicle_ids and v.count != len(v.vehicle_ids):
        message = f"{len(v.vehicle_ids)} ids for a count of {v.count} vehicles"
        yield Issue(where, "vehicle_ids", message)
    yield from _window(where, "shift", v.shift, scale.time)
    for name, units in (
        ("max_distance", scale.distance),
        ("max_duration", scale.time),
        ("max_overtime", scale.time),
        ("max_stops", 1),
        ("max_reloads", 1),
    ):
        yield from _amount(where, name, getattr(v, name), units, unlimited=True)
    yield from _amount(where, "fixed_cost", v.fixed_cost, scale.cost)
    for name, base in (
        ("unit_distance_cost", scale.distance),
        ("unit_duration_cost", scale.time),
        ("unit_overtime_cost", scale.time),
    ):
        yield from _amount(where, name, getattr(v, name), max(1, scale.cost // base))
    for pause in v.breaks:
        yield from _window(where, "breaks", pause.window, scale.time)
        yield from _amount(where, "breaks", pause.service, scale.time)
    if v.max_overtime and v.max_duration == UNLIMITED:
        yield Issue(where, "max_overtime", "needs a max_duration that it may exceed")


def _vehicle_types(p: Problem) -> Iterator[Issue]:
    for k, v in enumerate(p.vehicle_types):
        yield from _vehicle_type(f"vehicle_types[{k}]", v, p.scale)
        if v.max_reloads and not v.reload_depots:
            yield Issue(f"vehicle_types[{k}]", "max_reloads", "needs reload_depots")
    vehicles = Counter(i for v in p.vehicle_types for i in v.vehicle_ids)
    for name in (i for i, n in vehicles.items() if n > 1):
        yield Issue("vehicle_types", "vehicle_ids", f"vehicle {name!r} is listed more than once")


def _relations(p: Problem) -> Iterator[Issue]:
    yield from _shipments(p)
    yield from _groups(p)
    for i, (a, b) in enumerate(p.precedences):
        if a == b:
            yield Issue(f"precedences[{i}]", "", "a client cannot precede itself")
    for i, period in enumerate(p.travel_periods):
        yield from _window(f"travel_periods[{i}]", "window", period.window, p.scale.time)
        if not 0 < period.factor < float("inf"):
            yield Issue(f"travel_periods[{i}]", "factor", f"{period.factor} must be above 0")
    for i, lock in enumerate(p.locks):
        if not lock.visits:
            yield Issue(f"locks[{i}]", "visits", "a lock needs at least one visit")
    locked = Counter(c for lock in p.locks for c in lock.visits)
    for c in (c for c, n in locked.items() if n > 1):
        yield Issue(f"clients[{c}]", "locks", "a client may be locked only once")


def _shipments(p: Problem) -> Iterator[Issue]:
    ends = Counter(c for s in p.shipments for c in (s.pickup, s.delivery))
    for c in (c for c, n in ends.items() if n > 1):
        yield Issue(f"clients[{c}]", "shipments", "a client belongs to at most one shipment")
    for i, s in enumerate(p.shipments):
        where = f"shipments[{i}]"
        yield from _dimensions(where, "amount", s.amount, p)
        yield from _amounts(where, "amount", s.amount, p.scale)
        if p.clients[s.pickup].required != p.clients[s.delivery].required:
            message = "pickup and delivery must both be required, or neither"
            yield Issue(where, "required", message)


def _groups(p: Problem) -> Iterator[Issue]:
    for g, group in enumerate(p.groups):
        where = f"groups[{g}]"
        if not group.clients:
            yield Issue(where, "clients", "an exclusive group needs at least one client")
        for c in group.clients:
            if p.clients[c].group != g:
                message = f"client {p.clients[c].id!r} names another group"
                yield Issue(where, "clients", message)
    for i, client in enumerate(p.clients):
        if client.group is not None and i not in p.groups[client.group].clients:
            yield Issue(f"clients[{i}]", "group", "the group does not list this client")
