"""The cheapest feasible route of a vehicle type through every set of clients.

Label setting over sets: a label is a partial route, and of two labels at the same place
after the same clients only one is kept if it is at least as good in everything that the
rest of a route can depend on. Sets of clients are bit masks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from routewright.problem import ALWAYS, Problem
from routewright.solution import Route
from routewright.travel import UNLIMITED, UNREACHABLE

from .exact_rules import NOWHERE, Place, Rules, members
from .exact_time import ReadyTime, after_stop, is_never_later, shortest, starting


class Label(NamedTuple):
    """A partial route; of everything here, less is better, and of ``release`` more.

    Parameters
    ----------
    distance
        So far; 0 where it costs nothing and is not limited.
    trips
        So far, with the current one.
    load
        For each limited dimension: what the trip has picked up and not yet dropped, and
        the most on board so far.
    ready
        When it leaves, by when it starts; all starts where durations matter, the first
        start where only punctuality does.
    release
        The trip leaves no earlier, and serves only clients released by then.
    parent, step
        The label before, and the node that was added to it.
    """

    distance: int
    trips: int
    load: tuple[int, ...]
    ready: ReadyTime
    release: int
    parent: Label | None
    step: int

    def is_as_good_as(self, other: Label) -> bool:
        """Whether nothing can follow the other that cannot follow this one as cheaply."""
        return (
            self.distance <= other.distance
            and self.trips <= other.trips
            and self.release >= other.release
            and all(a <= b for a, b in zip(self.load, other.load, strict=True))
            and (self.ready is other.ready or is_never_later(self.ready, other.ready))
        )


class RouteTable:
    """Finds the cheapest route of one vehicle type for every set of clients.

    Attributes
    ----------
    cost
        By set, in internal cost units; sets without a feasible route are missing.
    served
        Set of the clients that the type may serve.
    """

    def __init__(self, problem: Problem, vehicle_type: int) -> None:
        self.cost: dict[int, int] = {}
        self._last: dict[int, Label] = {}
        self._p = problem
        self._v = v = problem.vehicle_types[vehicle_type]
        self._rules = Rules(problem, vehicle_type)
        self.served = self._rules.served
        self._set_arcs(problem)
        self._set_times(problem)
        self._far = v.unit_distance_cost > 0 or v.max_distance < UNLIMITED
        dims = [d for d, most in enumerate(v.capacity) if most < UNLIMITED]
        self._capacity = tuple(v.capacity[d] for d in dims)
        amount = {}
        for s in problem.shipments:
            amount[s.pickup], amount[s.delivery] = (s.amount, 1), (s.amount, -1)
        zero = (0,) * problem.num_dimensions
        self._delivery = [[(c.delivery or zero)[d] for d in dims] for c in problem.clients]
        self._pickup = []
        for i, c in enumerate(problem.clients):
            carried, sign = amount.get(i, ((), 1))
            self._pickup.append([(c.pickup or zero)[d] + sign * (carried or zero)[d] for d in dims])

    def _set_arcs(self, p: Problem) -> None:
        nodes = range(p.num_depots + p.num_clients)
        places = [p.node_location(node) for node in nodes]
        travel = p.travels[self._v.profile]
        self._distance = [travel.distances([a] * len(places), places).tolist() for a in places]
        self._duration = [travel.durations([a] * len(places), places).tolist() for a in places]

    def _set_times(self, p: Problem) -> None:
        """Decide whether time matters, and whether more than the first start does."""
        v = self._v
        durations = v.unit_duration_cost > 0 or v.max_duration < UNLIMITED
        punctual = (
            v.shift[1] < UNLIMITED
            or any(c.windows != ALWAYS or c.release for c in p.clients)
            or any((d.window,) != ALWAYS for d in p.depots)
        )
        self._timed, self._measured = durations or punctual, durations
        self._longest = v.max_duration + v.max_overtime
        self._start = starting(v.shift[0], v.shift[1] if durations else v.shift[0])
        self._releases = sorted({c.release for c in p.clients}) if punctual else [0]

    def build(self, stop: Callable[[], bool]) -> bool:
        """Fill the table, smaller sets first; whether it was not stopped before the end."""
        labels: list[dict[Place, list[Label]]] = [{} for _ in range(1 << self._p.num_clients)]
        for release in self._releases:
            for place, label in self._begin(release):
                _keep(labels[0], place, label)
        for visited, here in enumerate(labels):
            if stop():
                return False
            if visited:
                for place, label in [(p, label) for p in here for label in here[p]]:
                    self._finish(visited, place, label)
                    for there, reloaded in self._reload(visited, place, label):
                        _keep(here, there, reloaded)
            if visited.bit_count() < self._v.max_stops:
                for place in here:
                    self._extend(labels, visited, place)
            here.clear()
        return True

    def _begin(self, release: int) -> Iterator[tuple[Place, Label]]:
        ready, node = self._start, NOWHERE
        if self._v.start is not None:
            node, depot = self._v.start, self._p.depots[self._v.start]
            ready = self._after(ready, 0, depot.window, depot.service, release)
        else:
            ready = self._after(ready, 0, ALWAYS[0], 0, release)
        if ready:
            load = (0,) * (2 * len(self._capacity))
            yield Place(node), Label(0, 1, load, ready, release, None, node)

    def _after(
        self, ready: ReadyTime, travel: int, window: tuple[int, int], service: int, release: int
    ) -> ReadyTime:
        if not self._timed:
            return ready
        return after_stop(ready, travel, (window,), service, release)

    def _extend(self, labels: list[dict[Place, list[Label]]], visited: int, place: Place) -> None:
        """Visit every client that may come next after each label at a place."""
        for c in members(self._rules.followers(visited, place)):
            there = self._rules.after(place, c)
            row = labels[visited | 1 << c]
            for label in labels[visited][place]:
                following = self._visit(place, label, c)
                if following is not None:
                    _keep(row, there, following)

    def _visit(self, place: Place, label: Label, c: int) -> Label | None:
        client, node = self._p.clients[c], self._p.num_depots + c
        if client.release > label.release:
            return None
        travel = self._travel(place.node, node, label.distance)
        if travel is None:
            return None
        distance, duration = travel
        load = self._loaded(label.load, c)
        if load is None:
            return None
        ready = label.ready
        if self._timed:
            ready = after_stop(ready, duration, client.windows, client.service)
            if not ready or (self._measured and shortest(ready) > self._longest):
                return None
        return Label(distance, label.trips, load, ready, label.release, label, node)

    def _travel(self, a: int, b: int, distance: int) -> tuple[int, int] | None:
        """Distance after an arc, and the duration of the arc; None if it must not be used."""
        if NOWHERE in (a, b):
            return distance, 0
        arc, duration = self._distance[a][b], self._duration[a][b]
        if max(arc, duration) >= UNREACHABLE or distance + arc > self._v.max_distance:
            return None
        return distance + arc if self._far else 0, duration

    def _loaded(self, load: tuple[int, ...], c: int) -> tuple[int, ...] | None:
        """Load after a visit: what is delivered there was on board since the trip began."""
        out = []
        for d, capacity in enumerate(self._capacity):
            aboard = load[2 * d] + self._pickup[c][d]
            most = max(load[2 * d + 1] + self._delivery[c][d], aboard)
            if most > capacity:
                return None
            out += [aboard, most]
        return tuple(out)

    def _reload(self, visited: int, place: Place, label: Label) -> Iterator[tuple[Place, Label]]:
        """End the trip at a depot where the vehicle may reload, and begin another."""
        if label.trips > self._v.max_reloads:
            return
        for depot in sorted(set(self._v.reload_depots)):
            travel = self._travel(place.node, depot, label.distance)
            if travel is None or not self._rules.may_end_trip(visited, place, depot):
                continue
            d, load = self._p.depots[depot], (0,) * len(label.load)
            for release in self._releases:
                ready = self._after(label.ready, travel[1], d.window, d.service, release)
                if ready:
                    yield (
                        Place(depot, next_locked=place.next_locked),
                        Label(travel[0], label.trips + 1, load, ready, release, label, depot),
                    )

    def _finish(self, visited: int, place: Place, label: Label) -> None:
        """End the route, and remember it if it is the cheapest through its clients."""
        v = self._v
        end = NOWHERE if v.end is None else v.end
        travel = self._travel(place.node, end, label.distance)
        if travel is None or not self._rules.may_end_route(visited, place, end):
            return
        ready = label.ready
        if v.end is not None:
            ready = self._after(ready, travel[1], self._p.depots[v.end].window, 0, 0)
        ready = self._after(ready, 0, v.shift, 0, 0)
        if not ready:
            return
        cost = v.fixed_cost + travel[0] * v.unit_distance_cost
        if self._measured:
            duration = shortest(ready)
            if duration > self._longest:
                return
            overtime = max(0, duration - v.max_duration)
            cost += duration * v.unit_duration_cost + overtime * v.unit_overtime_cost
        if cost < self.cost.get(visited, cost + 1):
            self.cost[visited], self._last[visited] = cost, label

    def route(self, visited: int, vehicle_type: int) -> Route:
        """Return the cheapest route through exactly these clients, for a type as good."""
        trips: list[list[int]] = [[]]
        reloads: list[int] = []
        label: Label | None = self._last[visited]
        while label is not None and label.parent is not None:
            if label.step < self._p.num_depots:
                trips.append([])
                reloads.append(label.step)
            else:
                trips[-1].append(label.step - self._p.num_depots)
            label = label.parent
        return Route(vehicle_type, tuple(tuple(t[::-1]) for t in trips[::-1]), tuple(reloads[::-1]))


def _keep(labels: dict[Place, list[Label]], place: Place, label: Label) -> None:
    """Add a label unless another is as good; drop those that it makes superfluous."""
    others = labels.setdefault(place, [])
    if any(other.is_as_good_as(label) for other in others):
        return
    others[:] = [other for other in others if not label.is_as_good_as(other)]
    others.append(label)
