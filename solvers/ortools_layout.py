"""How a problem is laid out for OR-Tools: its nodes, vehicles, and routes.

Nodes are numbered clients first, so that a client and its OR-Tools index are one number;
then come the visits that stand for reloads, then the places where routes start and end.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from ortools.constraint_solver import pywrapcp

from routewright.attributes import Attribute
from routewright.problem import Depot, Problem, VehicleType
from routewright.solution import Route, Solution
from routewright.travel import UNLIMITED, IntArray

from .hours import end_range, start_range

#: Vehicles of all unlimited types together, where a route per client would be more.
_MANY_VEHICLES = 3000
#: Clients up to which any number of reloads is possible.
_EVERY_RELOAD = 100


@dataclass(frozen=True)
class Layout:
    """Nodes and vehicles of the OR-Tools model of a problem.

    Parameters
    ----------
    problem
        The problem.
    vehicles
        Vehicle type of each vehicle; vehicles of one type are neighbors.
    reloads
        Depot index of each node that stands for a reload.
    terminals
        Depot index of each node where routes start or end; None for "anywhere".
    """

    problem: Problem
    vehicles: tuple[int, ...]
    reloads: tuple[int, ...]
    terminals: tuple[int | None, ...]

    @classmethod
    def of(cls, problem: Problem, plan: Solution | None = None) -> Layout:
        """Lay out a problem; vehicles that can never leave are left out.

        A feasible plan tells how many vehicles are needed.
        """
        counts = vehicle_counts(problem, plan)
        vehicles = tuple(k for k, count in counts.items() for _ in range(count))
        kinds = [problem.vehicle_types[k] for k in counts if counts[k]]
        terminals = dict.fromkeys(depot for v in kinds for depot in (v.start, v.end))
        return cls(problem, vehicles, tuple(_reload_visits(problem, counts)), tuple(terminals))

    @property
    def num_clients(self) -> int:
        """Number of clients; also the number of the first node that is no client."""
        return self.problem.num_clients

    @property
    def first_terminal(self) -> int:
        """Number of the first node where routes start or end."""
        return self.num_clients + len(self.reloads)

    @property
    def num_nodes(self) -> int:
        """Number of nodes."""
        return self.first_terminal + len(self.terminals)

    @cached_property
    def kinds(self) -> dict[int, VehicleType]:
        """Vehicle types in use, by their index."""
        return {k: self.problem.vehicle_types[k] for k in dict.fromkeys(self.vehicles)}

    @cached_property
    def manager(self) -> pywrapcp.RoutingIndexManager:
        """The index manager of OR-Tools."""
        node = {depot: self.first_terminal + i for i, depot in enumerate(self.terminals)}
        starts = [node[self.problem.vehicle_types[k].start] for k in self.vehicles]
        ends = [node[self.problem.vehicle_types[k].end] for k in self.vehicles]
        return pywrapcp.RoutingIndexManager(self.num_nodes, len(self.vehicles), starts, ends)

    @cached_property
    def node(self) -> list[int]:
        """Node of every OR-Tools index."""
        manager = self.manager
        return [manager.IndexToNode(i) for i in range(manager.GetNumberOfIndices())]

    @cached_property
    def starts(self) -> list[int]:
        """OR-Tools index at which each vehicle starts."""
        return [self.manager.GetStartIndex(v) for v in range(len(self.vehicles))]

    @cached_property
    def ends(self) -> list[int]:
        """OR-Tools index at which each vehicle ends."""
        return [self.manager.GetEndIndex(v) for v in range(len(self.vehicles))]

    @property
    def reload_indices(self) -> range:
        """OR-Tools indices of the reloads, which are also their nodes."""
        return range(self.num_clients, self.first_terminal)

    @cached_property
    def depots(self) -> tuple[Depot | None, ...]:
        """Depot of each node that is no client; None for "anywhere"."""
        depots = self.problem.depots
        return tuple(None if d is None else depots[d] for d in (*self.reloads, *self.terminals))

    @cached_property
    def location(self) -> IntArray:
        """Location of every node, shape (nodes,); -1 for "anywhere"."""
        places = [c.location for c in self.problem.clients]
        places += [-1 if d is None else d.location for d in self.depots]
        return np.array(places, dtype=np.int64)

    @cached_property
    def service(self) -> IntArray:
        """Time of the work at every node before departure, shape (nodes,)."""
        times = [c.service for c in self.problem.clients]
        times += [0 if d is None else d.service for d in self.depots]
        return np.array(times, dtype=np.int64)

    def vehicles_of(self, kinds: frozenset[int]) -> list[int]:
        """Vehicles whose type is one of these."""
        return [v for v, k in enumerate(self.vehicles) if k in kinds]

    def solution(self, successor: Callable[[int], int]) -> Solution:
        """Read a solution from the OR-Tools index that follows each index."""
        routes = []
        for v, k in enumerate(self.vehicles):
            trips: list[list[int]] = [[]]
            reloads = []
            index = successor(self.starts[v])
            while index != self.ends[v]:
                if index < self.num_clients:
                    trips[-1].append(index)
                else:
                    reloads.append(self.reloads[index - self.num_clients])
                    trips.append([])
                index = successor(index)
            if trips[0]:
                routes.append(Route(k, tuple(map(tuple, trips)), tuple(reloads)))
        return Solution(routes)

    def routes(self, solution: Solution) -> list[list[int]] | None:
        """Return the OR-Tools indices that each vehicle visits; None if it has too few."""
        free = defaultdict(list)
        for v in reversed(range(len(self.vehicles))):
            free[self.vehicles[v]].append(v)
        spare = defaultdict(list)
        for index, depot in zip(self.reload_indices, self.reloads, strict=True):
            spare[depot].append(index)
        out: list[list[int]] = [[] for _ in self.vehicles]
        for route in solution.routes:
            if not free[route.vehicle_type] or any(
                len(spare[d]) < n for d, n in Counter(route.reloads).items()
            ):
                return None
            visits = out[free[route.vehicle_type].pop()]
            visits += route.trips[0]
            for depot, trip in zip(route.reloads, route.trips[1:], strict=True):
                visits += [spare[depot].pop(), *trip]
        return out


def vehicle_counts(problem: Problem, plan: Solution | None = None) -> dict[int, int]:
    """Vehicles of each type in the model; a route per client is always enough.

    With a feasible plan, an unlimited type gets as many as all the load needs by itself,
    and more than twice as many as there are routes. Without one, where a route per client
    would mean thousands of vehicles, it gets twice as many as the load needs, and at
    least its share of those thousands.
    """
    kinds = problem.vehicle_types
    served = [
        sum(problem.may_serve(k, c) for c in range(problem.num_clients)) for k in range(len(kinds))
    ]
    unlimited = [v.count is None or v.count >= n for v, n in zip(kinds, served, strict=True)]
    share = _MANY_VEHICLES // max(1, sum(unlimited))
    counts = {}
    for k, (v, n) in enumerate(zip(kinds, served, strict=True)):
        count = n if v.count is None else min(v.count, n)
        if unlimited[k] and plan is not None:
            count = min(count, max(trips_by_load(problem, v), 2 * len(plan.routes) + 10))
        elif unlimited[k]:
            count = min(count, max(2 * trips_by_load(problem, v), share))
        counts[k] = count if _is_usable(problem, v) else 0
    return counts


def _is_usable(problem: Problem, kind: VehicleType) -> bool:
    """Whether the shift, the depots' windows, and the duration allow any route."""
    early, late = start_range(problem, kind)
    end_early, end_late = end_range(problem, kind)
    longest = kind.max_duration + kind.max_overtime
    return early <= min(late, end_late) and end_early <= end_late and end_early - late <= longest


def trips_by_load(problem: Problem, kind: VehicleType) -> int:
    """Trips of one type that carry all the load, if it could be cut at will."""
    most = 1
    for d, capacity in enumerate(kind.capacity):
        for name in ("delivery", "pickup"):
            load = sum(getattr(c, name)[d] for c in problem.clients if getattr(c, name))
            most = max(most, -(-load // max(capacity, 1)))
    return most


def _reload_visits(problem: Problem, counts: dict[int, int]) -> Iterator[int]:
    """Yield the depot of every reload that the model offers."""
    if Attribute.RELOADS not in problem.attributes():
        return
    room: Counter[int] = Counter()
    for k, v in enumerate(problem.vehicle_types):
        for depot in set(v.reload_depots):
            room[depot] += min(v.max_reloads, UNLIMITED) * counts[k]
    most = problem.num_clients - 1
    if most > _EVERY_RELOAD:
        need = max(trips_by_load(problem, v) for v in problem.vehicle_types)
        most = min(most, max(_EVERY_RELOAD, most // 2, 2 * need))
    for depot in sorted(room):
        yield from [depot] * min(room[depot], most)
