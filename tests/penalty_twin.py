"""A slow, obvious twin of the penalized search: the cost of a plan that may break rules."""

from __future__ import annotations

import naive

import routewright as rw


class Weights:
    """Integer cost of a unit of each breach."""

    def __init__(self, time: int, duration: int, distance: int, stops: int, load: int) -> None:
        self.time, self.duration, self.distance = time, duration, distance
        self.stops, self.load, self.hard = stops, load, 1_000_000


def penalized_cost(problem: rw.Problem, solution: rw.Solution, w: Weights) -> int:
    """Cost of a plan in internal units, with what it pays for the rules that it breaks."""
    visited = {c for route in solution.routes for c in route.visits}
    total = sum(c.prize for i, c in enumerate(problem.clients) if i not in visited)
    missing = sum(c.required and i not in visited for i, c in enumerate(problem.clients))
    missing += sum(g.required and not visited & set(g.clients) for g in problem.groups)
    return total + w.hard * missing + sum(_route(problem, r, w) for r in solution.routes)


def _route(problem: rw.Problem, route: rw.Route, w: Weights) -> int:
    kind = problem.vehicle_types[route.vehicle_type]
    distance = naive.distance(problem, route)
    duration, warp = _time(problem, route)
    over = max(0, duration - kind.max_duration)
    cost = kind.fixed_cost + kind.unit_distance_cost * distance
    cost += kind.unit_duration_cost * duration + kind.unit_overtime_cost * over
    cost += w.duration * max(0, over - kind.max_overtime) + w.time * warp
    cost += w.distance * max(0, distance - kind.max_distance)
    cost += w.stops * max(0, len(route.visits) - kind.max_stops)
    capacity = kind.capacity or (rw.UNLIMITED,) * problem.num_dimensions
    for number in range(len(route.trips)):
        rows = naive.loads(problem, route, number)
        peaks = [max(column) for column in zip(*rows, strict=True)]
        cost += w.load * sum(max(0, a - b) for a, b in zip(peaks, capacity, strict=True))
    return cost + w.hard * _hard(problem, route)


def _hard(problem: rw.Problem, route: rw.Route) -> int:
    """Breaches of rules that have no price."""
    kind = problem.vehicle_types[route.vehicle_type]
    count = sum(not problem.may_serve(route.vehicle_type, c) for c in route.visits)
    count += sum(d not in kind.reload_depots for d in route.reloads)
    count += max(0, len(route.reloads) - kind.max_reloads)
    for trip in route.trips:
        if problem.backhaul is not rw.BackhaulPolicy.MIXED:
            line = [any(problem.clients[c].delivery) for c in trip]
            back = [any(problem.clients[c].pickup) for c in trip]
            count += sum(line[i] and any(back[:i]) for i in range(len(trip)))
            only = problem.backhaul is rw.BackhaulPolicy.LINEHAUL_REQUIRED
            count += only and any(back) and not any(line)
        for s in problem.shipments:
            a, b = s.pickup in trip, s.delivery in trip
            if a and b:
                count += 2 * (trip.index(s.pickup) > trip.index(s.delivery))
            else:
                count += a + b
    return count


def _time(problem: rw.Problem, route: rw.Route) -> tuple[int, int]:
    """Shortest duration among the starts of least time warp, and that warp."""
    kind = problem.vehicle_types[route.vehicle_type]
    latest = kind.shift[0] + 200
    tried = [_warped(problem, route, t) for t in range(kind.shift[0], latest + 1)]
    warp = min(warp for _, warp in tried)
    return min(duration for duration, w in tried if w == warp), warp


def _warped(problem: rw.Problem, route: rw.Route, begin: int) -> tuple[int, int]:
    """Duration and time warp if the route starts at a given time."""
    kind = problem.vehicle_types[route.vehicle_type]
    matrix = problem.travels[kind.profile].duration_matrix()
    passed = naive.nodes(problem, route)
    released = [max(problem.clients[c].release for c in trip) for trip in route.trips]
    now, warp, trip = begin, max(0, begin - kind.shift[1]), 0
    now -= warp
    if kind.start is None:
        now = max(now, released[0])
    for i, node in enumerate(passed):
        if i > 0:
            now += int(matrix[problem.node_location(passed[i - 1]), problem.node_location(node)])
        windows = (
            problem.clients[node - problem.num_depots].windows
            if node >= problem.num_depots
            else (problem.depots[node].window,)
        )
        late = max(0, now - windows[-1][1])
        now, warp = now - late, warp + late
        now = min(max(now, early) for early, close in windows if now <= close)
        if node >= problem.num_depots:
            now += problem.clients[node - problem.num_depots].service
        elif not (i == len(passed) - 1 and kind.end is not None):
            trip += i > 0 or kind.start is None
            now = max(now + problem.depots[node].service, released[trip])
    late = max(0, now - kind.shift[1])
    return now - begin + warp, warp + late
