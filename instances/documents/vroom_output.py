"""From a checked solution to VROOM's output."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from routewright.problem import Problem
from routewright.report import (
    Number,
    Report,
    RouteReport,
    Stop,
    Violation,
    ViolationKind,
    to_user,
)
from routewright.solution import Route, Solution
from routewright.travel import CoordinateTravel, MetricKind

from .vroom_numbers import task_kinds, task_numbers, vehicles
from .vroom_priority import priorities

Fields = dict[str, Any]
K = ViolationKind

_CAUSES = {
    K.LATE_ARRIVAL: "delay",
    K.DEPOT_CLOSED: "delay",
    K.SHIFT_END: "delay",
    K.EXCESS_LOAD: "load",
    K.MAX_STOPS: "max_tasks",
    K.MISSING_SKILL: "skills",
    K.VEHICLE_NOT_ALLOWED: "skills",
    K.SHIPMENT_INCOMPLETE: "precedence",
    K.SHIPMENT_ORDER: "precedence",
    K.SHIPMENT_SPLIT: "precedence",
    K.MAX_DISTANCE: "max_distance",
}


def to_output(problem: Problem, solution: Solution, report: Report) -> Fields:
    """Return VROOM's output for a solution of single-trip routes and its report."""
    return _Writer(problem, solution, report).fields()


class _Writer:
    def __init__(self, problem: Problem, solution: Solution, report: Report) -> None:
        self.p = problem
        self.solution = solution
        self.report = report
        self.kinds = task_kinds(problem)
        self.numbers = task_numbers(problem)
        self.priorities = priorities(problem) or [0] * problem.num_clients
        self.free: dict[int, list[int]] = {}
        for number, kind in vehicles(problem):
            self.free.setdefault(kind, []).append(number)
        #: Distances that are not just travel times are worth a field of their own.
        self.measured = any(r.distance != r.travel_time for r in report.routes)

    def fields(self) -> Fields:
        routes = [
            self._route(index, route, made)
            for index, (route, made) in enumerate(
                zip(self.solution.routes, self.report.routes, strict=True)
            )
        ]
        totals = ("cost", "setup", "service", "duration", "waiting_time", "priority")
        summary: Fields = {
            "routes": len(routes),
            "unassigned": len(self.report.unassigned),
            **{name: sum(route[name] for route in routes) for name in totals},
        }
        if self.p.num_dimensions:
            for name in ("delivery", "pickup"):
                rows = [[0] * self.p.num_dimensions, *(route[name] for route in routes)]
                summary[name] = [sum(column) for column in zip(*rows, strict=True)]
        if self.measured:
            summary["distance"] = sum(route["distance"] for route in routes)
        summary["violations"] = [_violation(v) for v in self.report.violations]
        return {
            "code": 0,
            "summary": summary,
            "unassigned": [self._task(c) for c in self.report.unassigned],
            "routes": routes,
        }

    def _task(self, client: int) -> Fields:
        c = self.p.clients[client]
        fields = {"type": str(self.kinds[client]), "id": self.numbers[client]}
        return fields | self._place(c.location)

    def _place(self, location: int) -> Fields:
        travel = self.p.travels[0]
        fields: Fields = {"location_index": location}
        if isinstance(travel, CoordinateTravel) and travel.metric.kind is MetricKind.HAVERSINE:
            fields["location"] = travel.coordinates[location].tolist()
        return fields

    def _route(self, index: int, route: Route, made: RouteReport) -> Fields:
        fields: Fields = {
            "vehicle": self.free[route.vehicle_type].pop(0),
            "cost": made.cost,
            "setup": 0,
            "service": made.service,
            "duration": made.travel_time,
            "waiting_time": made.waiting,
            "priority": sum(self.priorities[c] for c in route.visits),
        }
        if self.p.num_dimensions:
            for name in ("delivery", "pickup"):
                fields[name] = self._amounts(route, name)
        if self.measured:
            fields["distance"] = made.distance
        fields["steps"] = self._steps(route, made)
        mine = [v for v in self.report.violations if v.route == index]
        fields["violations"] = [_violation(v) for v in mine]
        return fields

    def _amounts(self, route: Route, name: str, *, shipped: bool = True) -> list[Number]:
        """Amounts of a route; those of shipments count as both, if they count."""
        p = self.p
        loads = [getattr(p.clients[c], name) for c in route.visits]
        visits = set(route.visits) if shipped else set()
        loads += [s.amount for s in p.shipments if getattr(s, name) in visits]
        return [
            to_user(sum(load[d] for load in loads if load), scale)
            for d, scale in enumerate(p.scale.load)
        ]

    def _steps(self, route: Route, made: RouteReport) -> list[Fields]:
        p = self.p
        kind = p.vehicle_types[route.vehicle_type]
        steps = [self._visit(c, stop) for c, stop in zip(route.visits, made.stops, strict=True)]
        places = [p.clients[c].location for c in route.visits]
        # Where a route is open, VROOM has it start or end at its first or last task.
        start = places[0] if kind.start is None else p.depots[kind.start].location
        end = places[-1] if kind.end is None else p.depots[kind.end].location
        places = [start, *places, end]
        brought = self._amounts(route, "delivery", shipped=False)
        steps.insert(0, self._end("start", start, made.start_time, brought))
        steps.append(self._end("end", end, made.end_time, [*made.stops[-1].load]))
        travel = p.travels[kind.profile]
        arcs = places[:-1], places[1:]
        durations = accumulate(travel.durations(*arcs).tolist(), initial=0)
        distances = accumulate(travel.distances(*arcs).tolist(), initial=0)
        for step, duration, distance in zip(steps, durations, distances, strict=True):
            step["duration"] = to_user(duration, p.scale.time)
            if self.measured:
                step["distance"] = to_user(distance, p.scale.distance)
            step["violations"] = []
        return steps

    def _visit(self, client: int, stop: Stop) -> Fields:
        return {
            **self._task(client),
            "setup": 0,
            "service": to_user(self.p.clients[client].service, self.p.scale.time),
            "waiting_time": stop.start - stop.arrival,
            "arrival": stop.arrival,
            **({"load": list(stop.load)} if stop.load else {}),
        }

    def _end(self, name: str, location: int, time: Number, load: list[Number]) -> Fields:
        return {
            "type": name,
            **self._place(location),
            "setup": 0,
            "service": 0,
            "waiting_time": 0,
            "arrival": time,
            **({"load": load} if load else {}),
        }


def _violation(violation: Violation) -> Fields:
    fields: Fields = {"cause": _CAUSES.get(violation.kind, str(violation.kind))}
    if fields["cause"] == "delay":
        fields["duration"] = violation.amount
    return fields
