"""Slow, obvious twins of the checker: every rule is spelled out again, by brute force.

They read the problem's own integers (matrices, scale 1) and nothing else of the package.
Schedules come from trying every integer start time.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import routewright as rw


class Visit(NamedTuple):
    """One stop of a schedule; ``node`` counts depots first."""

    node: int
    arrival: int
    start: int
    departure: int
    late: int


class Schedule(NamedTuple):
    """What happens when a route starts at a given time."""

    begin: int
    end: int
    visits: list[Visit]
    overrun: int  # time beyond the end of the shift

    @property
    def duration(self) -> int:
        return self.end - self.begin

    @property
    def lateness(self) -> list[int]:
        return [visit.late for visit in self.visits] + [self.overrun]


def nodes(problem: rw.Problem, route: rw.Route) -> list[int]:
    """Every node that the route passes, depots included."""
    kind = problem.vehicle_types[route.vehicle_type]
    out = [] if kind.start is None else [kind.start]
    for number, trip in enumerate(route.trips):
        if number > 0:
            out.append(route.reloads[number - 1])
        out += [problem.num_depots + c for c in trip]
    return out if kind.end is None else [*out, kind.end]


def _arcs(problem: rw.Problem, route: rw.Route, which: str) -> list[int]:
    kind = problem.vehicle_types[route.vehicle_type]
    matrix = getattr(problem.travels[kind.profile], which + "_matrix")()
    places = [problem.node_location(node) for node in nodes(problem, route)]
    return [int(matrix[places[i], places[i + 1]]) for i in range(len(places) - 1)]


def distance(problem: rw.Problem, route: rw.Route) -> int:
    """Distance driven; an arc that does not exist counts as nothing."""
    return sum(d for d in _arcs(problem, route, "distance") if d < rw.UNREACHABLE)


def unreachable(problem: rw.Problem, route: rw.Route) -> int:
    """How many arcs of the route do not exist."""
    pairs = zip(_arcs(problem, route, "distance"), _arcs(problem, route, "duration"), strict=True)
    return sum(max(pair) >= rw.UNREACHABLE for pair in pairs)


def brought(problem: rw.Problem, route: rw.Route, trip: int, position: int) -> list[int]:
    """What a visit brings of each dimension; what makes no sense is nothing."""
    stated = route.quantities
    visit = sum(len(t) for t in route.trips[:trip]) + position
    dims = problem.num_dimensions
    if visit >= len(stated) or stated[visit] is None:
        delivery = problem.clients[route.trips[trip][position]].delivery
        return [_amount(delivery, d) for d in range(dims)]
    quantity = stated[visit]
    return list(quantity) if len(quantity) == dims and min([0, *quantity]) == 0 else [0] * dims


def loads(problem: rw.Problem, route: rw.Route, number: int) -> list[list[int]]:
    """Load of each dimension after 0, 1, 2, ... visits of a trip."""
    out, trip = [], route.trips[number]
    parts = [brought(problem, route, number, position) for position in range(len(trip))]
    for done in range(len(trip) + 1):
        before = trip[:done]
        out.append(
            [
                sum(part[d] for part in parts[done:])
                + sum(_amount(problem.clients[c].pickup, d) for c in before)
                + sum(
                    _amount(s.amount, d)
                    for s in problem.shipments
                    if s.pickup in before and s.delivery not in before[before.index(s.pickup) :]
                )
                for d in range(problem.num_dimensions)
            ]
        )
    return out


def _amount(amounts: tuple[int, ...], dimension: int) -> int:
    return amounts[dimension] if amounts else 0


def schedule(problem: rw.Problem, route: rw.Route, begin: int) -> Schedule:
    """Drive the route from a start time, step by step."""
    kind = problem.vehicle_types[route.vehicle_type]
    released = [max([problem.clients[c].release for c in t], default=0) for t in route.trips]
    passed = nodes(problem, route)
    travel = [0] + [t if t < rw.UNREACHABLE else 0 for t in _arcs(problem, route, "duration")]
    now, trip, visits = begin, 0, []
    if kind.start is None:
        now = max(now, released[0])
    for position, node in enumerate(passed):
        arrival = now + travel[position]
        last = position == len(passed) - 1 and kind.end is not None
        if node >= problem.num_depots:
            client = problem.clients[node - problem.num_depots]
            start, late = _enter(arrival, client.windows)
            now = start + client.service
        else:
            depot = problem.depots[node]
            start, late = _enter(arrival, (depot.window,))
            now = start
            if not last:
                trip += position > 0 or kind.start is None  # a reload, not the first start
                now = max(start + depot.service, released[trip])
        visits.append(Visit(node, arrival, start, now, late))
    return Schedule(begin, now, visits, max(0, now - kind.shift[1]))


def _enter(arrival: int, windows: tuple[tuple[int, int], ...]) -> tuple[int, int]:
    possible = [max(arrival, opening) for opening, closing in windows if arrival <= closing]
    if possible:
        return min(possible), 0
    return arrival, arrival - max(closing for _, closing in windows)


def best_schedule(problem: rw.Problem, route: rw.Route) -> Schedule:
    """Least late at every stop, then shortest, then earliest: tries every start time."""
    first = problem.vehicle_types[route.vehicle_type].shift[0]
    clients = [problem.clients[c] for c in route.visits]
    instants = [first] + [window[0] for c in clients for window in c.windows]
    instants += [c.release for c in clients] + [d.window[0] for d in problem.depots]
    earliest = schedule(problem, route, first)
    # A start after the last opening never waits, so that none is shorter than it.
    tried = [schedule(problem, route, begin) for begin in range(first, max(instants) + 1)]
    same = [s for s in tried if s.lateness == earliest.lateness]
    return min(same, key=lambda s: (s.duration, s.begin))


def cost(problem: rw.Problem, solution: rw.Solution) -> int:
    """Total cost in internal units."""
    visited = {c for route in solution.routes for c in route.visits}
    total = sum(c.prize for i, c in enumerate(problem.clients) if i not in visited)
    for route in solution.routes:
        kind = problem.vehicle_types[route.vehicle_type]
        duration = best_schedule(problem, route).duration
        total += kind.fixed_cost + kind.unit_distance_cost * distance(problem, route)
        total += kind.unit_duration_cost * duration
        total += kind.unit_overtime_cost * max(0, duration - kind.max_duration)
    return total


def broken_rules(problem: rw.Problem, solution: rw.Solution) -> set[str]:
    """Names of the rules that a solution breaks; all indices in it must exist."""
    broken = _coverage(problem, solution) | _order(problem, solution) | _split(problem, solution)
    used = Counter(route.vehicle_type for route in solution.routes)
    for k, kind in enumerate(problem.vehicle_types):
        if kind.count is not None and used[k] > kind.count:
            broken.add("too_many_vehicles")
    for route in solution.routes:
        broken |= _route(problem, route)
    return broken


def _coverage(problem: rw.Problem, solution: rw.Solution) -> set[str]:
    times = Counter(c for route in solution.routes for c in route.visits)
    by_trip = [Counter(trip) for route in solution.routes for trip in route.trips]
    rules = {
        "duplicate_visit": any(n > 1 and not _parts(problem, c) for c, n in times.items())
        or any(n > 1 for trip in by_trip for c, n in trip.items() if _parts(problem, c)),
        "missing_client": any(c.required and not times[i] for i, c in enumerate(problem.clients)),
    }
    for group in problem.groups:
        visited = sum(times[c] > 0 for c in group.clients)
        rules["group_repeated"] = rules.get("group_repeated", False) or visited > 1
        missing = group.required and not visited
        rules["group_missing"] = rules.get("group_missing", False) or missing
    return {name for name, holds in rules.items() if holds}


def _parts(problem: rw.Problem, c: int) -> bool:
    return problem.clients[c].splittable and sum(problem.clients[c].delivery) > 0


def _split(problem: rw.Problem, solution: rw.Solution) -> set[str]:
    dims = problem.num_dimensions
    broken, muddled, got = set(), set(), Counter()
    for route in solution.routes:
        if route.quantities and len(route.quantities) != len(route.visits):
            broken.add("quantity_count")
        places = [(t, k) for t, trip in enumerate(route.trips) for k in range(len(trip))]
        for visit, (t, k) in enumerate(places):
            c, part = route.trips[t][k], brought(problem, route, t, k)
            got.update({(c, d): part[d] for d in range(dims)})
            stated = route.quantities[visit] if visit < len(route.quantities) else None
            whole = [_amount(problem.clients[c].delivery, d) for d in range(dims)]
            if stated is None or list(stated) == whole:
                continue
            if list(stated) != part or sum(part) == 0:
                broken.add("bad_quantity")
                muddled.add(c)
            elif not _parts(problem, c):
                broken.add("not_splittable")
    visited = {c for route in solution.routes for c in route.visits if _parts(problem, c)}
    for c in visited - muddled:
        if [got[c, d] for d in range(dims)] != list(problem.clients[c].delivery):
            broken.add("split_total")
    return broken


def _route(problem: rw.Problem, route: rw.Route) -> set[str]:
    kind = problem.vehicle_types[route.vehicle_type]
    clients = [problem.clients[c] for c in route.visits]
    best = best_schedule(problem, route)
    served = [v for v in best.visits if v.node >= problem.num_depots]
    parked = [v for v in best.visits if v.node < problem.num_depots]
    rows = [loads(problem, route, t) for t in range(len(route.trips))]
    peaks = [max(row) for trip in rows for row in zip(*trip, strict=True)]
    capacity = (kind.capacity or (rw.UNLIMITED,) * problem.num_dimensions) * len(route.trips)
    rules = {
        "unreachable": unreachable(problem, route) > 0,
        "excess_load": any(a > b for a, b in zip(peaks, capacity, strict=True)),
        "late_arrival": any(v.late for v in served),
        "depot_closed": any(v.late for v in parked),
        "shift_end": best.overrun > 0,
        "max_distance": distance(problem, route) > kind.max_distance,
        "max_duration": best.duration > kind.max_duration + kind.max_overtime,
        "max_stops": len(clients) > kind.max_stops,
        "max_reloads": len(route.reloads) > kind.max_reloads,
        "reload_depot": not set(route.reloads) <= set(kind.reload_depots),
        "empty_trip": () in route.trips,
        "vehicle_not_allowed": any(
            c.allowed_vehicles is not None and route.vehicle_type not in c.allowed_vehicles
            for c in clients
        ),
        "missing_skill": any(c.skills - kind.skills for c in clients),
    }
    broken = {name for name, holds in rules.items() if holds}
    for trip in route.trips:
        broken |= _backhauls(problem, trip)
    return broken


def _backhauls(problem: rw.Problem, trip: tuple[int, ...]) -> set[str]:
    if problem.backhaul is rw.BackhaulPolicy.MIXED:
        return set()
    line = [i for i, c in enumerate(trip) if any(problem.clients[c].delivery)]
    back = [i for i, c in enumerate(trip) if any(problem.clients[c].pickup)]
    broken = set()
    if any(i > j for i in line for j in back):
        broken.add("backhaul_before_linehaul")
    if problem.backhaul is rw.BackhaulPolicy.LINEHAUL_REQUIRED and back and not line:
        broken.add("backhaul_only")
    return broken


def _order(problem: rw.Problem, solution: rw.Solution) -> set[str]:
    """Rules about pairs; where a client is visited twice, its first visit counts."""
    where: dict[int, tuple[int, int, int]] = {}
    for r, route in enumerate(solution.routes):
        stops = [(c, t) for t, trip in enumerate(route.trips) for c in trip]
        for position, (c, t) in enumerate(stops):
            where.setdefault(c, (r, t, position))
    broken = set()
    for s in problem.shipments:
        a, b = where.get(s.pickup), where.get(s.delivery)
        if (a is None) != (b is None):
            broken.add("shipment_incomplete")
        elif a and b and (a[0], a[1]) != (b[0], b[1]):
            broken.add("shipment_split")
        elif a and b and a[2] > b[2]:
            broken.add("shipment_order")
    for first, second in problem.precedences:
        a, b = where.get(first), where.get(second)
        if a and b and a[0] != b[0]:
            broken.add("precedence_split")
        elif a and b and a[2] > b[2]:
            broken.add("precedence_order")
    return broken | _decided(problem, solution, where)


def _decided(
    problem: rw.Problem, solution: rw.Solution, where: dict[int, tuple[int, int, int]]
) -> set[str]:
    broken = set()
    neighbors = set()
    for route in solution.routes:
        path = nodes(problem, route)
        neighbors |= {(path[i], path[i + 1]) for i in range(len(path) - 1)}
    for a, b in problem.fixed_edges:
        if (a, b) not in neighbors and (b, a) not in neighbors:
            broken.add("fixed_edge")
    for lock in problem.locks:
        found = where.get(lock.visits[0])
        if found is None:
            broken.add("lock_broken")
            continue
        route = solution.routes[found[0]]
        begin = 0 if lock.at_start else found[2]
        if route.visits[begin : begin + len(lock.visits)] != lock.visits:
            broken.add("lock_broken")
        if lock.vehicle_type is not None and route.vehicle_type != lock.vehicle_type:
            broken.add("lock_vehicle")
    return broken
