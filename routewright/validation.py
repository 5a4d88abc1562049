"""Validation of a Problem: everything that is inconsistent, reported at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from .errors import InputError, Issue
from .problem import BackhaulPolicy, Problem, Window
from .travel import (
    MAX_VALUE,
    UNLIMITED,
    UNREACHABLE,
    CoordinateTravel,
    MatrixTravel,
    MetricKind,
)

if TYPE_CHECKING:
    from .problem import Client, VehicleType

_GEOGRAPHIC = {
    MetricKind.GEO,
    MetricKind.GEOM,
    MetricKind.HAVERSINE,
    MetricKind.GEO_MEEUS,
    MetricKind.GEOM_MEEUS,
}
_TOTAL_LIMIT = 1 << 62


def validate(problem: Problem) -> None:
    """Raise :class:`InputError` that lists every inconsistency of the problem."""
    structure = list(_structure(problem))
    issues = [
        *structure,
        *_travel(problem),
        *_clients(problem),
        *_vehicle_types(problem),
    ]
    if not structure:  # these follow indices, which the structure has to guarantee
        issues += _relations(problem)
    if not issues:
        issues = list(_overflow(problem))
    if issues:
        raise InputError(issues, problem.name)


def _out_of_range(values: Iterable[int | None], size: int) -> list[int]:
    return [v for v in values if v is not None and not 0 <= v < size]


def _duplicates(ids: Iterable[str]) -> list[str]:
    return [i for i, n in Counter(ids).items() if n > 1]


def _structure(p: Problem) -> Iterator[Issue]:
    if not p.travels:
        yield Issue("", "travels", "at least one travel profile is needed")
        return
    sizes = {t.num_locations for t in p.travels}
    if len(sizes) > 1:
        yield Issue("", "travels", f"profiles differ in their number of locations: {sizes}")
    size = min(sizes)
    for kind, entities in (("depots", p.depots), ("clients", p.clients)):
        for i, entity in enumerate(entities):
            if not 0 <= entity.location < size:
                yield Issue(
                    f"{kind}[{i}]",
                    "location",
                    f"location {entity.location} does not exist; there are {size}",
                )
        for name in _duplicates(e.id for e in entities):
            yield Issue(kind, "id", f"id {name!r} is used more than once; ids must be unique")
    if not p.vehicle_types:
        yield Issue("", "vehicle_types", "at least one vehicle type is needed")
    depots, types = len(p.depots), len(p.vehicle_types)
    for k, v in enumerate(p.vehicle_types):
        where = f"vehicle_types[{k}]"
        for depot in _out_of_range((v.start, v.end, *v.reload_depots), depots):
            yield Issue(where, "depot", f"depot {depot} does not exist; there are {depots}")
        if _out_of_range([v.profile], len(p.travels)):
            yield Issue(
                where,
                "profile",
                f"profile {v.profile} does not exist; there are {len(p.travels)}",
            )
        if len(v.capacity) not in (0, p.num_dimensions):
            yield Issue(
                where,
                "capacity",
                f"has {len(v.capacity)} dimensions; the problem has {p.num_dimensions}",
            )
    for name in _duplicates(v.id for v in p.vehicle_types):
        yield Issue("vehicle_types", "id", f"id {name!r} is used more than once")
    n = len(p.clients)
    for i, c in enumerate(p.clients):
        if c.group is not None and _out_of_range([c.group], len(p.groups)):
            yield Issue(f"clients[{i}]", "group", f"group {c.group} does not exist")
        for amounts, name in ((c.delivery, "delivery"), (c.pickup, "pickup")):
            if len(amounts) not in (0, p.num_dimensions):
                yield Issue(
                    f"clients[{i}]",
                    name,
                    f"has {len(amounts)} dimensions; the problem has {p.num_dimensions}",
                )
        for k in _out_of_range(c.allowed_vehicles or (), types):
            yield Issue(f"clients[{i}]", "allowed_vehicles", f"vehicle type {k} does not exist")
    for kind, members in (
        ("shipments", [(s.pickup, s.delivery) for s in p.shipments]),
        ("groups", [g.clients for g in p.groups]),
        ("precedences", p.precedences),
        ("locks", [lock.visits for lock in p.locks]),
    ):
        for i, indices in enumerate(members):
            for c_index in _out_of_range(indices, n):
                yield Issue(
                    f"{kind}[{i}]",
                    "",
                    f"client {c_index} does not exist; there are {n}",
                )
    for i, edge in enumerate(p.fixed_edges):
        for node in _out_of_range(edge, depots + n):
            yield Issue(f"fixed_edges[{i}]", "", f"node {node} does not exist")
    for i, lock in enumerate(p.locks):
        for k in _out_of_range([lock.vehicle_type], types):
            yield Issue(f"locks[{i}]", "vehicle_type", f"vehicle type {k} does not exist")


def _travel(p: Problem) -> Iterator[Issue]:
    for k, t in enumerate(p.travels):
        where = f"travels[{k}]"
        if isinstance(t, MatrixTravel):
            for matrix, name in ((t.distance, "distance"), (t.duration, "duration")):
                yield from _matrix(where, name, matrix, t.num_locations)
        else:
            yield from _coordinates(where, t)


def _matrix(where: str, name: str, matrix: np.ndarray, size: int) -> Iterator[Issue]:
    if matrix.shape != (size, size):
        yield Issue(where, name, f"the matrix must be {size} x {size}, not {matrix.shape}")
        return
    if matrix.dtype != np.int64:
        yield Issue(where, name, f"the matrix must hold int64, not {matrix.dtype}")
        return
    for i, j in np.argwhere(matrix < 0)[:5].tolist():
        yield Issue(where, name, f"arc {i} -> {j} is {matrix[i, j]}; it must not be negative")
    for i, j in np.argwhere(matrix > UNREACHABLE)[:5].tolist():
        yield Issue(
            where,
            name,
            f"arc {i} -> {j} is {matrix[i, j]}, above the limit {UNREACHABLE}",
        )


def _coordinates(where: str, t: CoordinateTravel) -> Iterator[Issue]:
    c = t.coordinates
    if c.ndim != 2 or c.shape[1] not in (2, 3):
        yield Issue(where, "coordinates", f"must have shape (n, 2 or 3), not {c.shape}")
        return
    for i in np.flatnonzero(~np.isfinite(c).all(axis=1))[:5].tolist():
        yield Issue(f"locations[{i}]", "coordinates", f"{c[i].tolist()} is not finite")
    if not np.isfinite(c).all() or not len(c):
        return
    if t.metric.kind in _GEOGRAPHIC:
        latitude = c[:, 1] if t.metric.kind is MetricKind.HAVERSINE else c[:, 0]
        for i in np.flatnonzero(np.abs(latitude) > 90.0)[:5].tolist():
            yield Issue(f"locations[{i}]", "latitude", f"{latitude[i]} is outside -90..90")
    elif arc_bound(t) >= UNREACHABLE:
        yield Issue(
            where,
            "coordinates",
            f"distances of up to {t.metric.raw(c.min(axis=0), c.max(axis=0)):.4g} at "
            f"{t.metric.scale} units each would overflow; use a coarser rounding or unit",
        )
    if not (np.isfinite(t.duration_factor) and t.duration_factor >= 0):
        yield Issue(where, "duration_factor", f"{t.duration_factor} must be finite and >= 0")


def arc_bound(t: CoordinateTravel | MatrixTravel) -> float:
    """Upper bound on any finite distance, in internal units."""
    if isinstance(t, MatrixTravel):
        finite = t.distance[t.distance < UNREACHABLE]
        return float(finite.max(initial=0))
    if t.metric.kind in _GEOGRAPHIC:
        kilometers = t.metric.kind in (MetricKind.GEO, MetricKind.GEO_MEEUS)
        return t.metric.scale * 20_040.0 * (1 if kilometers else 1000)
    c = t.coordinates
    if not len(c):
        return 0.0
    if t.metric.kind in (MetricKind.XRAY1, MetricKind.XRAY2):
        return float(100.0 * t.metric.scale * np.abs(c).max() * 2 + 1)
    return float(t.metric.raw(c.min(axis=0), c.max(axis=0)) * t.metric.scale + 1)


def _window(where: str, name: str, window: Window) -> Iterator[Issue]:
    early, late = window
    if early > late:
        yield Issue(where, name, f"closes before it opens: [{early}, {late}]")
    elif early < 0:
        yield Issue(where, name, f"[{early}, {late}] starts before time 0; shift all times")
    elif early > MAX_VALUE or (late > MAX_VALUE and late != UNLIMITED):
        yield Issue(where, name, f"[{early}, {late}] would overflow the limit {MAX_VALUE}")


def _amount(where: str, name: str, value: int, unlimited: bool = False) -> Iterator[Issue]:
    if value < 0:
        yield Issue(where, name, f"{value} must not be negative")
    elif value > MAX_VALUE and not (unlimited and value == UNLIMITED):
        yield Issue(where, name, f"{value} would overflow the limit {MAX_VALUE}")


def _client(where: str, c: Client, strict: bool) -> Iterator[Issue]:
    for value in c.delivery:
        yield from _amount(where, "delivery", value)
    for value in c.pickup:
        yield from _amount(where, "pickup", value)
    yield from _amount(where, "service", c.service)
    yield from _amount(where, "prize", c.prize)
    yield from _amount(where, "release", c.release)
    if not c.windows:
        yield Issue(where, "windows", "needs at least one time window")
    for window in c.windows:
        yield from _window(where, "windows", window)
    for a, b in zip(c.windows, c.windows[1:], strict=False):
        if b[0] <= a[1]:
            yield Issue(
                where,
                "windows",
                f"{list(a)} and {list(b)} must be disjoint and in order",
            )
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
            found = list(_client(f"clients[{i}]", c, strict))
            yield from found
            plain = None if found else key
        if c.required and c.group is not None:
            yield Issue(
                f"clients[{i}]",
                "group",
                "a client of a group must not be required itself",
            )
    for i, d in enumerate(p.depots):
        yield from _window(f"depots[{i}]", "window", d.window)
        yield from _amount(f"depots[{i}]", "service", d.service)


def _vehicle_type(where: str, v: VehicleType) -> Iterator[Issue]:
    for value in v.capacity:
        yield from _amount(where, "capacity", value, unlimited=True)
    if v.count is not None and v.count < 0:
        yield Issue(where, "count", f"{v.count} must not be negative")
    if v.vehicle_ids and v.count != len(v.vehicle_ids):
        yield Issue(
            where,
            "vehicle_ids",
            f"{len(v.vehicle_ids)} ids for a count of {v.count} vehicles",
        )
    yield from _window(where, "shift", v.shift)
    for name in (
        "max_distance",
        "max_duration",
        "max_stops",
        "max_overtime",
        "max_reloads",
    ):
        yield from _amount(where, name, getattr(v, name), unlimited=True)
    for name in (
        "fixed_cost",
        "unit_distance_cost",
        "unit_duration_cost",
        "unit_overtime_cost",
    ):
        yield from _amount(where, name, getattr(v, name))
    if v.max_overtime and v.max_duration == UNLIMITED:
        yield Issue(where, "max_overtime", "needs a max_duration that it may exceed")


def _vehicle_types(p: Problem) -> Iterator[Issue]:
    for k, v in enumerate(p.vehicle_types):
        yield from _vehicle_type(f"vehicle_types[{k}]", v)
        if v.max_reloads and not v.reload_depots:
            yield Issue(f"vehicle_types[{k}]", "max_reloads", "needs reload_depots")
    for name in _duplicates(i for v in p.vehicle_types for i in v.vehicle_ids):
        yield Issue("vehicle_types", "vehicle_ids", f"vehicle {name!r} is listed more than once")


def _relations(p: Problem) -> Iterator[Issue]:
    ends = Counter(c for s in p.shipments for c in (s.pickup, s.delivery))
    for c, n in ends.items():
        if n > 1:
            yield Issue(f"clients[{c}]", "shipments", "a client belongs to at most one shipment")
    for i, s in enumerate(p.shipments):
        where = f"shipments[{i}]"
        if len(s.amount) not in (0, p.num_dimensions):
            yield Issue(
                where,
                "amount",
                f"has {len(s.amount)} dimensions; the problem has {p.num_dimensions}",
            )
        for value in s.amount:
            yield from _amount(where, "amount", value)
        if p.clients[s.pickup].required != p.clients[s.delivery].required:
            yield Issue(
                where,
                "required",
                "pickup and delivery must both be required, or neither",
            )
    for g, group in enumerate(p.groups):
        if not group.clients:
            yield Issue(
                f"groups[{g}]",
                "clients",
                "an exclusive group needs at least one client",
            )
        for c in group.clients:
            if p.clients[c].group != g:
                yield Issue(
                    f"groups[{g}]",
                    "clients",
                    f"client {p.clients[c].id!r} names another group",
                )
    for i, c_ in enumerate(p.clients):
        if c_.group is not None and i not in p.groups[c_.group].clients:
            yield Issue(f"clients[{i}]", "group", "the group does not list this client")
    for i, (a, b) in enumerate(p.precedences):
        if a == b:
            yield Issue(f"precedences[{i}]", "", "a client cannot precede itself")
    for i, lock in enumerate(p.locks):
        if not lock.visits:
            yield Issue(f"locks[{i}]", "visits", "a lock needs at least one visit")
    repeated = [c for c, n in Counter(c for k in p.locks for c in k.visits).items() if n > 1]
    for c in repeated:
        yield Issue(f"clients[{c}]", "locks", "a client may be locked only once")


def _overflow(p: Problem) -> Iterator[Issue]:
    """Refuse problems whose totals could leave 62 bits whatever the plan."""
    arcs = 2 * len(p.clients) + 2
    fixed = max(v.fixed_cost for v in p.vehicle_types) * max(len(p.clients), 1)
    worst = p.total_prize + fixed
    for v in p.vehicle_types:
        travel = p.travels[v.profile]
        distance = arcs * arc_bound(travel)
        worst_type = distance * v.unit_distance_cost
        if v.unit_duration_cost or v.unit_overtime_cost:
            factor = getattr(travel, "duration_factor", None)
            duration = distance * factor if factor is not None else arcs * _duration_bound(travel)
            late = [w[1] for c in p.clients for w in c.windows if w[1] != UNLIMITED]
            duration += max(late, default=0) + sum(c.service for c in p.clients)
            worst_type += duration * (v.unit_duration_cost + v.unit_overtime_cost)
        worst = max(worst, p.total_prize + fixed + worst_type)
    if worst >= _TOTAL_LIMIT:
        yield Issue(
            "",
            "costs",
            f"a plan could cost {worst / p.scale.cost:.3g}, which would overflow 62 bits at "
            f"{p.scale.cost} internal units each; use coarser units or fewer decimals",
        )
    for d in range(p.num_dimensions):
        load = sum(c.delivery[d] for c in p.clients if c.delivery)
        load += sum(c.pickup[d] for c in p.clients if c.pickup)
        load += sum(s.amount[d] for s in p.shipments if s.amount)
        if load >= _TOTAL_LIMIT:
            yield Issue("", "demand", f"the total load {load} would overflow 62 bits")


def _duration_bound(t: CoordinateTravel | MatrixTravel) -> float:
    assert isinstance(t, MatrixTravel)
    return float(t.duration[t.duration < UNREACHABLE].max(initial=0))
