"""A problem with one vehicle type as a CP-SAT model: routes are circuits through a depot.

Node 0 stands for the start and the end of every route, node c + 1 for client c. What
accumulates along a route is a variable per client, with one implication per arc
(Miller, Tucker, and Zemlin), from which CP-SAT derives the cuts of capacitated routing.

References
----------
Miller, C. E., Tucker, A. W., & Zemlin, R. A. (1960). Integer programming formulation of
traveling salesman problems. *Journal of the ACM*, 7(4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from routewright.problem import BackhaulPolicy, Objective, Problem
from routewright.travel import UNLIMITED, UNREACHABLE, IntArray

from .cpsat_schedule import Schedule

#: Objectives beyond this are rounded down to coarser units.
_LARGEST_OBJECTIVE = 1 << 52


class CircuitModel:
    """The CP-SAT model of a problem.

    Parameters
    ----------
    problem
        With one vehicle type.

    Attributes
    ----------
    model
        The CP-SAT model; its objective is the cost in units of ``cost_unit``, never above
        the true cost.
    arc
        Literal of every arc (i, j) that a route may use, by nodes; (i, i) leaves out i.
    cost_unit
        Internal cost units per unit of the objective; 1 unless costs are huge.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.kind = problem.vehicle_types[0]
        self.size = problem.num_clients + 1
        self.model = cp_model.CpModel()
        self.distance = self._matrix("distances")
        # Work at a node counts with the travel that follows it.
        self.duration = self._matrix("durations")
        self.open = np.maximum(self.distance, self.duration) < UNREACHABLE
        self.duration += self._service()[:, None]
        self.arc: dict[tuple[int, int], Any] = {}
        self._circuits()
        for d in range(problem.num_dimensions):
            self._loads(d)
        self._counts()
        self._backhauls()
        self._relations()
        self._decided()
        self.schedule = Schedule(self)
        self.schedule.add()
        self._objective()

    # Data -------------------------------------------------------------------------

    def _matrix(self, what: str) -> IntArray:
        """Travel between nodes, shape (nodes, nodes)."""
        p, kind = self.problem, self.kind
        values = getattr(p.travels[kind.profile], what)
        places = np.array([c.location for c in p.clients])
        out = np.zeros((self.size, self.size), dtype=np.int64)
        n = len(places)
        out[1:, 1:] = values(np.repeat(places, n), np.tile(places, n)).reshape(n, n)
        if kind.start is not None:
            out[0, 1:] = values(np.full(n, p.depots[kind.start].location), places)
        if kind.end is not None:
            out[1:, 0] = values(places, np.full(n, p.depots[kind.end].location))
        return out

    def _service(self) -> IntArray:
        start = self.kind.start
        depot = 0 if start is None else self.problem.depots[start].service
        return np.array([depot, *(c.service for c in self.problem.clients)], dtype=np.int64)

    def amounts(self, name: str, d: int) -> list[int]:
        """Delivery or pickup of every node in one dimension."""
        rows = [getattr(c, name) for c in self.problem.clients]
        return [0, *(row[d] if row else 0 for row in rows)]

    @property
    def arcs(self) -> Iterable[tuple[int, int, Any]]:
        """Arcs between different nodes with their literals."""
        return ((i, j, literal) for (i, j), literal in self.arc.items() if i != j)

    def skipped(self, node: int) -> Any:
        """Literal or constant: whether a client's node is left out."""
        return self.arc.get((node, node), 0)

    def visited(self, node: int) -> list[Any]:
        """Literals that hold if a client is visited; none if it has to be."""
        return [~self.arc[node, node]] if (node, node) in self.arc else []

    def nodes(self) -> range:
        """Nodes of the clients."""
        return range(1, self.size)

    # Routes -----------------------------------------------------------------------

    def _circuits(self) -> None:
        p, kind, model = self.problem, self.kind, self.model
        locked = {c + 1 for lock in p.locks for c in lock.visits}
        for i in range(self.size):
            for j in range(self.size):
                if i != j and self.open[i, j]:
                    self.arc[i, j] = model.new_bool_var(f"arc{i}_{j}")
        self.departures = [self.arc[0, j] for j in self.nodes() if (0, j) in self.arc]
        for node in self.nodes():
            if not p.clients[node - 1].required and node not in locked:
                self.arc[node, node] = model.new_bool_var(f"skip{node}")
            if not p.may_serve(0, node - 1):
                self.forbid_visit(node)
            if not any(node in arc for arc in self.arc):  # out of reach
                self.arc[node, node] = model.new_constant(0)
        arcs = [(i, j, literal) for (i, j), literal in self.arc.items()]
        skips = [self.arc[i, i] for i in self.nodes() if (i, i) in self.arc]
        idle = model.new_bool_var("idle")  # nobody leaves the depot
        if len(skips) < p.num_clients:
            model.add(idle == 0)
        if kind.count == 1:
            model.add_bool_and(skips).only_enforce_if(idle)
            model.add_circuit([*arcs, (0, 0, idle)])
            return
        # There has to be some route; an idle one leads to a place without clients.
        nowhere = self.size
        arcs += [(0, nowhere, idle), (nowhere, 0, idle), (nowhere, nowhere, ~idle)]
        model.add_multiple_circuit(arcs)
        if kind.count is not None and kind.count < p.num_clients:
            model.add(sum(self.departures) <= kind.count)

    def forbid_visit(self, node: int) -> None:
        """Close every arc at a client."""
        self.model.add_bool_and([~v for i, j, v in self.arcs if node in (i, j)])

    def forbid_routes(self) -> None:
        """Close every arc from the depot."""
        self.model.add_bool_and([~literal for literal in self.departures])

    def grow(self, values: list[Any], increase: Callable[[int, int], int]) -> None:
        """Let ``values[j] >= values[i] + increase(i, j)`` on every arc used."""
        for i, j, literal in self.arcs:
            if i and j:
                self.model.add(values[j] >= values[i] + increase(i, j)).only_enforce_if(literal)

    def constant(self, values: list[Any]) -> None:
        """Let both ends of every arc used have the same value."""
        for i, j, literal in self.arcs:
            if i and j:
                self.model.add(values[j] == values[i]).only_enforce_if(literal)

    def variables(self, name: str, low: int, high: int) -> list[Any]:
        """Return a variable for every client; index 0 is the constant ``low``."""
        new = self.model.new_int_var
        return [low, *(new(low, high, f"{name}{node}") for node in self.nodes())]

    # Loads and counts ---------------------------------------------------------------

    def _loads(self, d: int) -> None:
        """Deliveries still to make, plus pickups and shipments aboard, at most capacity."""
        p, kind = self.problem, self.kind
        delivery, pickup = self.amounts("delivery", d), self.amounts("pickup", d)
        shipped = [0] * self.size
        for s in p.shipments:
            if s.amount:
                shipped[s.pickup + 1] += s.amount[d]
                shipped[s.delivery + 1] -= s.amount[d]
        most = sum(delivery) + sum(pickup) + sum(abs(q) for q in shipped)
        capacity = min(kind.capacity[d] if kind.capacity else UNLIMITED, most)
        if capacity == most:
            return
        aboard: list[Any] = [0] * self.size
        if any(delivery):
            left = self.variables(f"left{d}_", 0, capacity)  # on leaving each node
            for i, j, literal in self.arcs:
                if i and j:
                    need = left[i] >= left[j] + delivery[j]
                    self.model.add(need).only_enforce_if(literal)
                elif j:
                    self.model.add(left[j] + delivery[j] <= capacity).only_enforce_if(literal)
            aboard = [a + b for a, b in zip(aboard, left, strict=True)]
        for name, amounts in (("picked", pickup), ("shipped", shipped)):
            if any(amounts):
                taken = self.variables(f"{name}{d}_", 0, capacity)
                for node in self.nodes():
                    if amounts[node] > capacity:
                        self.forbid_visit(node)
                    elif amounts[node] > 0:
                        self.model.add(taken[node] >= amounts[node])
                self.grow(taken, lambda _, j, amounts=amounts: amounts[j])  # type: ignore[misc]
                aboard = [a + b for a, b in zip(aboard, taken, strict=True)]
        for node in self.nodes():
            self.model.add(aboard[node] <= capacity).only_enforce_if(*self.visited(node))
        self._fewest_routes(max(self._required(delivery), self._required(pickup)), capacity)

    def _required(self, amounts: list[int]) -> int:
        return sum(amounts[node] for node in self.nodes() if (node, node) not in self.arc)

    def _fewest_routes(self, load: int, capacity: int) -> None:
        if load and capacity:
            self.model.add(sum(self.departures) >= -(-load // capacity))

    def _counts(self) -> None:
        """Distance and stops of a route, where they are limited."""
        kind, n = self.kind, self.problem.num_clients
        if kind.max_distance < UNLIMITED:
            far = self.variables("distance", 0, kind.max_distance)
            self.grow(far, lambda i, j: int(self.distance[i, j]))
            for i, j, literal in self.arcs:
                if i == 0:
                    first = far[j] >= int(self.distance[0, j])
                    self.model.add(first).only_enforce_if(literal)
                elif j == 0:
                    last = far[i] + int(self.distance[i, 0]) <= kind.max_distance
                    self.model.add(last).only_enforce_if(literal)
        self.position = [0] * self.size
        if kind.max_stops < n or self.problem.precedences or self.problem.shipments:
            most = min(kind.max_stops, n)
            self.position = self.variables("position", 1, max(most, 1))
            self.grow(self.position, lambda i, j: 1)
            if most < 1:
                self.model.add(sum(self.departures) == 0)

    def _backhauls(self) -> None:
        """No linehaul follows a backhaul; a phase and a flag that change only one way."""
        p, policy = self.problem, self.problem.backhaul
        if policy is BackhaulPolicy.MIXED:
            return
        line = [False, *(any(c.delivery) for c in p.clients)]
        back = [False, *(any(c.pickup) for c in p.clients)]
        phase = self.variables("phase", 0, 1)
        self.grow(phase, lambda i, j: 0)
        seen = self.variables("linehaul", 0, 1)
        for i, j, literal in self.arcs:
            if j:
                before = seen[i] if i else 0
                self.model.add(seen[j] <= before + int(line[j])).only_enforce_if(literal)
        for node in self.nodes():
            if line[node]:
                self.model.add(phase[node] == 0)
            if back[node]:
                self.model.add(phase[node] == 1)
                if policy is BackhaulPolicy.LINEHAUL_REQUIRED:
                    self.model.add(seen[node] == 1).only_enforce_if(*self.visited(node))

    # Relations --------------------------------------------------------------------

    def _relations(self) -> None:
        """Groups, shipments, and precedences."""
        p, model = self.problem, self.model
        for group in p.groups:
            visited = sum(1 - self.skipped(c + 1) for c in group.clients)
            model.add(visited == 1 if group.required else visited <= 1)
        pairs = [(s.pickup + 1, s.delivery + 1) for s in p.shipments]
        for a, b in pairs:
            model.add(self.skipped(a) == self.skipped(b))
        pairs += [(a + 1, b + 1) for a, b in p.precedences]
        if not pairs:
            return
        route = self.variables("route", 1, self.size)
        if self.kind.count != 1:
            self.constant(route)
            for j in self.nodes():
                if (0, j) in self.arc:
                    model.add(route[j] == j).only_enforce_if(self.arc[0, j])
        for a, b in pairs:
            both = [*self.visited(a), *self.visited(b)]
            model.add(self.position[b] >= self.position[a] + 1).only_enforce_if(*both)
            if self.kind.count != 1:
                model.add(route[a] == route[b]).only_enforce_if(*both)

    def _decided(self) -> None:
        """Fixed edges and locks."""
        p = self.problem
        for a, b in p.fixed_edges:
            self._use_one([*self._between(a, b), *self._between(b, a)])
        for lock in p.locks:
            visits = [c + 1 for c in lock.visits]
            if lock.at_start:
                self._use_one([(0, visits[0])])
            for arc in pairwise(visits):
                self._use_one([arc])

    def _between(self, a: int, b: int) -> list[tuple[int, int]]:
        """Arcs of the model that stand for the arc a -> b of the problem's nodes."""
        depots, kind = self.problem.num_depots, self.kind
        tail = a - depots + 1 if a >= depots else 0 if a == kind.start else None
        head = b - depots + 1 if b >= depots else 0 if b == kind.end else None
        return [] if tail is None or head is None or tail == head else [(tail, head)]

    def _use_one(self, arcs: list[tuple[int, int]]) -> None:
        self.model.add_bool_or([self.arc[arc] for arc in arcs if arc in self.arc])

    # Objective --------------------------------------------------------------------

    def _objective(self) -> None:
        p, kind = self.problem, self.kind
        per_arc = self.distance * kind.unit_distance_cost
        per_arc[0] += kind.fixed_cost
        terms = [(int(per_arc[i, j]), literal) for i, j, literal in self.arcs]
        terms += [(p.clients[c].prize, self.skipped(c + 1)) for c in range(p.num_clients)]
        terms += self.schedule.costs()
        largest = sum(cost for cost, _ in terms)
        self.cost_unit = 1 + largest // _LARGEST_OBJECTIVE
        terms = [(cost // self.cost_unit, variable) for cost, variable in terms]
        self.vehicles_first = p.objective is Objective.VEHICLES_THEN_COST
        if self.vehicles_first:
            terms += [(largest // self.cost_unit + 1, v) for v in self.departures]
        self.model.minimize(sum(cost * variable for cost, variable in terms if cost))
