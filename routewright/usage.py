"""Which attributes a problem uses."""

from __future__ import annotations

from collections.abc import Iterator

from .attributes import Attribute
from .problem import ALWAYS, BackhaulPolicy, Objective, Problem
from .travel import UNLIMITED

_NEVER = (0, UNLIMITED)


def used_attributes(p: Problem) -> frozenset[Attribute]:
    """Return the attributes that are not neutral in this problem."""
    return frozenset([*_of_clients(p), *_of_fleet(p), *_of_routes(p), *_of_problem(p)])


def _of_clients(p: Problem) -> Iterator[Attribute]:
    checks = {
        Attribute.CAPACITY: any(any(c.delivery) for c in p.clients)
        and any(v.capacity for v in p.vehicle_types),
        Attribute.PICKUP: any(any(c.pickup) for c in p.clients),
        Attribute.TIME_WINDOWS: any(c.windows != ALWAYS for c in p.clients),
        Attribute.MULTIPLE_TIME_WINDOWS: any(len(c.windows) > 1 for c in p.clients),
        Attribute.SERVICE: any(c.service for c in p.clients),
        Attribute.RELEASE_TIMES: any(c.release > 0 for c in p.clients),
        Attribute.OPTIONAL_CLIENTS: any(
            not c.required and (c.group is None or c.prize) for c in p.clients
        ),
        Attribute.ALLOWED_VEHICLES: any(
            c.skills or c.allowed_vehicles is not None for c in p.clients
        ),
        Attribute.SPLIT_DELIVERY: any(c.may_be_split for c in p.clients),
        Attribute.DEPOT_WINDOWS: any(d.window != _NEVER for d in p.depots),
        Attribute.DEPOT_SERVICE: any(d.service for d in p.depots),
    }
    yield from (attribute for attribute, used in checks.items() if used)


def _of_fleet(p: Problem) -> Iterator[Attribute]:
    types = p.vehicle_types
    unit = {v.unit_distance_cost for v in types}
    starts = {v.start for v in types} | {v.end for v in types} - {None}
    limited = all(v.count is not None for v in types) or len(types) > 1
    # Where deliveries are split, there may be more routes than clients.
    most = UNLIMITED if any(c.may_be_split for c in p.clients) else p.num_clients
    count = sum(most if v.count is None else v.count for v in types)
    checks = {
        Attribute.HETEROGENEOUS_FLEET: len(types) > 1,
        Attribute.LIMITED_FLEET: limited
        and (count < most or any(v.count is not None and v.count < most for v in types)),
        Attribute.FIXED_COSTS: any(v.fixed_cost for v in types),
        Attribute.DISTANCE_COSTS: len(unit) > 1 or 0 in unit,
        Attribute.DURATION_COSTS: any(v.unit_duration_cost for v in types),
        Attribute.OPEN_ROUTES: any(v.start is None or v.end is None for v in types),
        Attribute.MULTIPLE_DEPOTS: len(starts - {None}) > 1,
        Attribute.DIFFERENT_START_END: any(
            v.start is not None and v.end is not None and v.start != v.end for v in types
        ),
        Attribute.PROFILES: len(p.travels) > 1,
    }
    yield from (attribute for attribute, used in checks.items() if used)


def _of_routes(p: Problem) -> Iterator[Attribute]:
    types = p.vehicle_types
    checks = {
        Attribute.SHIFTS: any(v.shift != _NEVER for v in types),
        Attribute.MAX_DISTANCE: any(v.max_distance < UNLIMITED for v in types),
        Attribute.MAX_DURATION: any(v.max_duration < UNLIMITED for v in types),
        Attribute.MAX_STOPS: any(v.max_stops < UNLIMITED for v in types),
        Attribute.OVERTIME: any(v.max_overtime for v in types),
        Attribute.RELOADS: any(v.max_reloads for v in types),
        Attribute.BREAKS: any(v.breaks for v in types),
    }
    yield from (attribute for attribute, used in checks.items() if used)


def _of_problem(p: Problem) -> Iterator[Attribute]:
    checks = {
        Attribute.MULTIPLE_CAPACITIES: p.num_dimensions > 1,
        Attribute.SHIPMENTS: bool(p.shipments),
        Attribute.GROUPS: bool(p.groups),
        Attribute.BACKHAUL: p.backhaul is not BackhaulPolicy.MIXED,
        Attribute.PRECEDENCE: bool(p.precedences),
        Attribute.FIXED_EDGES: bool(p.fixed_edges),
        Attribute.LOCKS: bool(p.locks),
        Attribute.TIME_DEPENDENT: bool(p.travel_periods),
        Attribute.VEHICLES_FIRST: p.objective is Objective.VEHICLES_THEN_COST,
        Attribute.ASYMMETRIC: not all(t.is_symmetric for t in p.travels),
        Attribute.UNREACHABLE: any(t.has_unreachable for t in p.travels),
    }
    yield from (attribute for attribute, used in checks.items() if used)
