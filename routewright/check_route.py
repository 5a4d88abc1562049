"""Checker rules of a single route: its load, schedule, limits, and costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from . import timeline
from .check_split import brought
from .problem import BackhaulPolicy, Client, Depot, Problem, VehicleType
from .report import Number, RouteReport, Stop, Violation, ViolationKind, to_user
from .solution import Route
from .travel import UNLIMITED, UNREACHABLE

K = ViolationKind

#: Places in order, each with the trip that it starts or belongs to.
_Itinerary = list[tuple[Client | Depot, int]]


@dataclass
class CheckedRoute:
    """Internal integers of one checked route, and its report."""

    report: RouteReport
    violations: list[Violation]
    distance: int
    duration: int
    costs: dict[str, int]


class RouteCheck:
    """Checks one route on its own; cross-route rules are elsewhere."""

    def __init__(self, problem: Problem, index: int, route: Route, vehicle: str) -> None:
        self.p = problem
        self.index = index
        self.route = route
        self.vehicle = vehicle
        self.kind: VehicleType = problem.vehicle_types[route.vehicle_type]
        self.travel = problem.travels[self.kind.profile]
        self.violations: list[Violation] = []

    def run(self) -> CheckedRoute:
        """Check the route."""
        stops = self._itinerary()
        locations = [entity.location for entity, _ in stops]
        distances = self.travel.distances(locations[:-1], locations[1:]).tolist()
        durations = self.travel.durations(locations[:-1], locations[1:]).tolist()
        self._reachable(stops, distances, durations)
        # An arc that does not exist is reported once, and adds nothing to any sum.
        distances = [d if d < UNREACHABLE else 0 for d in distances]
        durations = [d if d < UNREACHABLE else 0 for d in durations]
        self._permissions()
        self._backhauls()
        loads, peak = self._loads()
        return self._measure(stops, distances, durations, loads, peak)

    def _add(
        self,
        kind: ViolationKind,
        message: str,
        client: Client | None = None,
        amount: Number | None = None,
    ) -> None:
        text = f"route {self.index + 1} (vehicle {self.vehicle}): {message}"
        self.violations.append(
            Violation(kind, text, self.index, client.id if client else None, amount)
        )

    def _itinerary(self) -> _Itinerary:
        """Return the places in order, each with the trip that it starts or belongs to."""
        p = self.p
        stops: _Itinerary = []
        if self.kind.start is not None:
            stops.append((p.depots[self.kind.start], 0))
        for t, trip in enumerate(self.route.trips):
            if t:
                stops.append((p.depots[self.route.reloads[t - 1]], t))
            stops += [(p.clients[c], t) for c in trip]
        if self.kind.end is not None:
            stops.append((p.depots[self.kind.end], len(self.route.trips)))
        return stops

    def _reachable(
        self,
        stops: _Itinerary,
        distances: list[int],
        durations: list[int],
    ) -> None:
        for (a, _), (b, _), distance, duration in zip(
            stops[:-1], stops[1:], distances, durations, strict=True
        ):
            if max(distance, duration) >= UNREACHABLE:
                client = b if isinstance(b, Client) else a if isinstance(a, Client) else None
                self._add(K.UNREACHABLE, f"no way leads from {a.id} to {b.id}", client)

    def _permissions(self) -> None:
        k = self.route.vehicle_type
        for c in self.route.visits:
            client = self.p.clients[c]
            if client.allowed_vehicles is not None and k not in client.allowed_vehicles:
                message = f"vehicle type {self.kind.id} may not serve client {client.id}"
                self._add(K.VEHICLE_NOT_ALLOWED, message, client)
            if missing := sorted(client.skills - self.kind.skills):
                message = f"client {client.id} needs skills it lacks: {', '.join(missing)}"
                self._add(K.MISSING_SKILL, message, client, len(missing))
        if len(self.route.visits) > self.kind.max_stops:
            over = len(self.route.visits) - self.kind.max_stops
            self._add(
                K.MAX_STOPS,
                f"{len(self.route.visits)} stops, {over} more than {self.kind.max_stops}",
                amount=over,
            )
        if len(self.route.reloads) > self.kind.max_reloads:
            over = len(self.route.reloads) - self.kind.max_reloads
            message = f"{len(self.route.reloads)} reloads, {over} more than {self.kind.max_reloads}"
            self._add(K.MAX_RELOADS, message, amount=over)
        for d in self.route.reloads:
            if d not in self.kind.reload_depots:
                self._add(K.RELOAD_DEPOT, f"may not reload at depot {self.p.depots[d].id}")
        if not all(self.route.trips):
            self._add(K.EMPTY_TRIP, "has a trip without visits")

    def _backhauls(self) -> None:
        if self.p.backhaul is BackhaulPolicy.MIXED:
            return
        for trip in self.route.trips:
            clients = [self.p.clients[c] for c in trip]
            before: Client | None = None
            for client in clients:
                if any(client.pickup):
                    before = before or client
                elif before is not None and any(client.delivery):
                    message = f"linehaul {client.id} comes after backhaul {before.id}"
                    self._add(K.BACKHAUL_BEFORE_LINEHAUL, message, client)
            required = self.p.backhaul is BackhaulPolicy.LINEHAUL_REQUIRED
            if required and before and not any(any(c.delivery) for c in clients):
                message = f"serves backhaul {before.id} in a trip without a linehaul"
                self._add(K.BACKHAUL_ONLY, message, before)

    def _loads(self) -> tuple[list[list[int]], list[int]]:
        """Return the load on leaving each visit, and the peak, per dimension."""
        p, dims = self.p, self.p.num_dimensions
        shipments = p.shipment_of
        on_leaving, peak = [], [0] * dims
        portions = self.route.portions()
        for trip in self.route.trips:
            parts = [brought(p, *next(portions)) for _ in trip]
            load = [sum(part[d] for part in parts) for d in range(dims)]
            peak = [max(a, b) for a, b in zip(peak, load, strict=True)]
            aboard = set()
            for c, part in zip(trip, parts, strict=True):
                load = _plus(_plus(load, part, -1), p.clients[c].pickup, 1)
                shipment = shipments.get(c)
                if shipment and shipment.pickup == c:
                    aboard.add(c)
                    load = _plus(load, shipment.amount, 1)
                elif shipment and shipment.pickup in aboard:
                    load = _plus(load, shipment.amount, -1)
                on_leaving.append(load.copy())
                peak = [max(a, b) for a, b in zip(peak, load, strict=True)]
        capacities = self.kind.capacity or (UNLIMITED,) * dims
        for d, (most, capacity) in enumerate(zip(peak, capacities, strict=True)):
            if most > capacity:
                scale = p.scale.load[d]
                over = to_user(most - capacity, scale)
                message = (
                    f"carries {to_user(most, scale)}, {over} more than its capacity "
                    f"{to_user(capacity, scale)}"
                    f"{f' in dimension {d + 1}' if dims > 1 else ''}"
                )
                self._add(K.EXCESS_LOAD, message, amount=over)
        return on_leaving, peak

    def _events(self, stops: _Itinerary, durations: list[int]) -> list[timeline.Event]:
        clients, trips = self.p.clients, self.route.trips
        release = [max((clients[c].release for c in trip), default=0) for trip in trips]
        events: list[timeline.Event] = []
        previous_trip = -1
        for (entity, trip), travel in zip(stops, [0, *durations], strict=True):
            leaves = release[trip] if trip != previous_trip and trip < len(trips) else 0
            previous_trip = trip
            if isinstance(entity, Client):
                if leaves and not events:  # open start: the trip begins at this client
                    events.append(timeline.Event(0, ((0, UNLIMITED),), 0, leaves))
                events.append(timeline.Event(travel, entity.windows, entity.service))
            else:
                service = entity.service if trip < len(trips) else 0
                events.append(timeline.Event(travel, (entity.window,), service, leaves))
        return events

    def _measure(
        self,
        stops: _Itinerary,
        distances: list[int],
        durations: list[int],
        loads: list[list[int]],
        peak: list[int],
    ) -> CheckedRoute:
        kind, scale = self.kind, self.p.scale
        events = self._events(stops, durations)
        begin = timeline.best_start(events, kind.shift)
        if begin is None:
            begin = timeline.least_late_start(events, kind.shift)
        # What comes before the stops is the marker of an open start.
        timings = timeline.simulate(events, begin)[-len(stops) :]
        end = timings[-1].departure
        self._lateness(stops, timings, end)
        distance, duration, service = sum(distances), end - begin, sum(e.service for e in events)
        overtime = self._limits(distance, duration)
        costs = {
            "distance": distance * kind.unit_distance_cost,
            "duration": duration * kind.unit_duration_cost,
            "overtime": overtime * kind.unit_overtime_cost,
            "fixed": kind.fixed_cost,
        }
        report = RouteReport(
            vehicle_type=self.route.vehicle_type,
            vehicle=self.vehicle,
            stops=self._stops(stops, timings, loads),
            start_time=to_user(begin, scale.time),
            end_time=to_user(end, scale.time),
            distance=to_user(distance, scale.distance),
            duration=to_user(duration, scale.time),
            travel_time=to_user(sum(durations), scale.time),
            service=to_user(service, scale.time),
            waiting=to_user(duration - sum(durations) - service, scale.time),
            overtime=to_user(overtime, scale.time),
            load=self._user_load(peak),
            cost=to_user(sum(costs.values()), scale.cost),
        )
        return CheckedRoute(report, self.violations, distance, duration, costs)

    def _stops(
        self, stops: _Itinerary, timings: list[timeline.Timing], loads: list[list[int]]
    ) -> tuple[Stop, ...]:
        time = self.p.scale.time
        served = [
            (entity.id, trip, timing)
            for (entity, trip), timing in zip(stops, timings, strict=True)
            if isinstance(entity, Client)
        ]
        return tuple(
            Stop(
                client,
                name,
                to_user(timing.arrival, time),
                to_user(timing.start, time),
                to_user(timing.departure, time),
                self._user_load(load),
                trip,
                None if quantity is None else self._user_load(brought(self.p, client, quantity)),
            )
            for (client, quantity), (name, trip, timing), load in zip(
                self.route.portions(), served, loads, strict=True
            )
        )

    def _user_load(self, load: Sequence[int]) -> tuple[Number, ...]:
        return tuple(to_user(q, s) for q, s in zip(load, self.p.scale.load, strict=True))

    def _lateness(
        self,
        stops: _Itinerary,
        timings: list[timeline.Timing],
        end: int,
    ) -> None:
        scale = self.p.scale.time
        for (entity, _), timing in zip(stops, timings, strict=True):
            if not timing.late:
                continue
            late = to_user(timing.late, scale)
            arrival = to_user(timing.arrival, scale)
            if isinstance(entity, Client):
                message = f"arrives at client {entity.id} at {arrival}, {late} too late"
                self._add(K.LATE_ARRIVAL, message, entity, late)
            else:
                message = f"is at depot {entity.id} at {arrival}, {late} after it closes"
                self._add(K.DEPOT_CLOSED, message, amount=late)
        if end > self.kind.shift[1]:
            over = to_user(end - self.kind.shift[1], scale)
            self._add(K.SHIFT_END, f"ends {over} after its shift", amount=over)

    def _limits(self, distance: int, duration: int) -> int:
        """Check the limits of the route and return its overtime."""
        kind, scale = self.kind, self.p.scale
        if distance > kind.max_distance:
            over = to_user(distance - kind.max_distance, scale.distance)
            message = f"drives {to_user(distance, scale.distance)}, {over} above max_distance"
            self._add(K.MAX_DISTANCE, message, amount=over)
        overtime = max(0, duration - kind.max_duration)
        if overtime > kind.max_overtime:
            over = to_user(overtime - kind.max_overtime, scale.time)
            message = f"takes {to_user(duration, scale.time)}, {over} above max_duration"
            self._add(K.MAX_DURATION, message, amount=over)
        return overtime


def _plus(load: list[int], amount: tuple[int, ...], sign: int) -> list[int]:
    return [a + sign * b for a, b in zip(load, amount, strict=True)] if amount else load
