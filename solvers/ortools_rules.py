"""Rules about which visits are made, by whom, and in which order, for OR-Tools."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp

from routewright.problem import Group, Lock

from .ortools_dimensions import Dimensions
from .ortools_layout import Layout
from .ortools_transit import Transits


@dataclass
class Rules:
    """Adds the rules of a problem to its OR-Tools model.

    Required clients may be left out at ``transits.skip_cost``, so that the search has a
    plan to work on wherever it stands; the checker names those that are still missing.

    Parameters
    ----------
    layout, routing, transits, dimensions
        The nodes, the model, its evaluators, and its dimensions.
    """

    layout: Layout
    routing: pywrapcp.RoutingModel
    transits: Transits
    dimensions: Dimensions

    def add(self) -> None:
        """Add every rule."""
        self.solver = self.routing.solver()
        self._optional()
        self._reloads()
        self._permissions()
        self._shipments()
        self._precedences()
        self._locks()
        self._fixed_edges()
        self._closed_arcs()

    def _next(self, index: int) -> Any:
        return self.routing.NextVar(index)

    # Which visits are made ----------------------------------------------------------

    def _optional(self) -> None:
        p, unit = self.layout.problem, self.transits.cost_unit
        edges = {node - p.num_depots for edge in p.fixed_edges for node in edge}
        bound = edges | {c for lock in p.locks for c in lock.visits}
        for c, client in enumerate(p.clients):
            if client.group is None:
                must = client.required or c in bound
                cost = self.transits.skip_cost if must else client.prize // unit
                self.routing.AddDisjunction([c], cost)
        for group in p.groups:
            self._group(group, bound)

    def _group(self, group: Group, bound: set[int]) -> None:
        chosen = [c for c in group.clients if c in bound]
        for c in group.clients:
            if chosen and c != chosen[0]:
                self.routing.ActiveVar(c).SetValue(0)
        cost = max(self.layout.problem.clients[c].prize for c in group.clients)
        must = group.required or bool(chosen)
        penalty = self.transits.skip_cost if must else cost // self.transits.cost_unit
        self.routing.AddDisjunction(list(group.clients), penalty, 1)

    def _reloads(self) -> None:
        """A reload stands between two clients of a vehicle that may reload there."""
        layout = self.layout
        indices = list(layout.reload_indices)
        for index, depot in zip(indices, layout.reloads, strict=True):
            kinds = frozenset(k for k, v in layout.kinds.items() if depot in v.reload_depots)
            self._allow(index, kinds)
            self.routing.AddDisjunction([index], 0)
            others = [i for i in indices if i != index]
            self._next(index).RemoveValues(others + layout.ends)
        if indices:
            for start in layout.starts:
                self._next(start).RemoveValues(indices)

    # By whom ------------------------------------------------------------------------

    def _allow(self, index: int, kinds: frozenset[int]) -> None:
        """Let only vehicles of these types make a visit."""
        # SetAllowedVehiclesForIndex raises TypeError for any argument in some releases.
        self.routing.VehicleVar(index).SetValues([-1, *self.layout.vehicles_of(kinds)])

    def _permissions(self) -> None:
        p = self.layout.problem
        for c, client in enumerate(p.clients):
            if client.skills or client.allowed_vehicles is not None:
                allowed = frozenset(k for k in self.layout.kinds if p.may_serve(k, c))
                self._allow(c, allowed)

    # In which order -----------------------------------------------------------------

    def _shipments(self) -> None:
        routing, clients = self.routing, self.layout.problem.clients
        for s in self.layout.problem.shipments:
            group = clients[s.pickup].group
            if group is not None and group == clients[s.delivery].group:
                # Neither can be visited. OR-Tools would crash on such a pair.
                routing.ActiveVar(s.pickup).SetValue(0)
                routing.ActiveVar(s.delivery).SetValue(0)
                continue
            routing.AddPickupAndDelivery(s.pickup, s.delivery)
            # Who serves a client that is left out is -1, so both are visited or neither.
            self.solver.Add(routing.VehicleVar(s.pickup) == routing.VehicleVar(s.delivery))

    def _precedences(self) -> None:
        p, routing = self.layout.problem, self.routing
        if not p.precedences:
            return
        position = self.dimensions.position()
        related = Counter(c for s in p.shipments for c in (s.pickup, s.delivery))
        related.update(c for pair in p.precedences for c in pair)
        for before, after in p.precedences:
            position.AddNodePrecedence(before, after, 1)
            if len(self.layout.vehicles) == 1:
                continue
            if not (p.clients[before].required and p.clients[after].required):
                same = self.solver.IsEqualVar(routing.VehicleVar(before), routing.VehicleVar(after))
                both = routing.ActiveVar(before) + routing.ActiveVar(after)
                self.solver.Add(same + 1 >= both)
                continue
            self.solver.Add(routing.VehicleVar(before) == routing.VehicleVar(after))
            if related[before] == related[after] == 1:  # has moves of its own for pairs
                routing.AddPickupAndDelivery(before, after)

    def _locks(self) -> None:
        locks = self.layout.problem.locks
        if not locks:
            return
        follower = dict[int, int]()
        for lock in locks:
            follower.update(zip(lock.visits, lock.visits[1:], strict=False))
        first = {lock.visits[0] for lock in locks if lock.at_start}
        reloads = list(self.layout.reload_indices)
        # What follows a locked visit has no other predecessor, and what must stand at the
        # start of a route has none but a start.
        taken = {*follower.values(), *first}
        for index in range(self.layout.num_clients):
            if index in follower:
                self._next(index).SetValues([index, follower[index], *reloads])
            else:
                self._next(index).RemoveValues(sorted(taken - {index}))
        for start in self.layout.starts:
            self._next(start).RemoveValues(sorted(follower.values()))
        for index in reloads:
            self._next(index).RemoveValues(sorted(first))
        for lock in locks:
            self._keep_together(lock)

    def _keep_together(self, lock: Lock) -> None:
        if lock.vehicle_type is not None:
            self._allow(lock.visits[0], frozenset({lock.vehicle_type}))
        routing = self.routing
        for a, b in zip(lock.visits, lock.visits[1:], strict=False):
            self.solver.Add(routing.VehicleVar(a) == routing.VehicleVar(b))
            if self.layout.reloads:  # one may stand between
                position = self.dimensions.position()
                self.solver.Add(position.CumulVar(a) + 1 == position.CumulVar(b))

    def _fixed_edges(self) -> None:
        p = self.layout.problem
        for a, b in p.fixed_edges:
            ways = self._ways(a, b) + self._ways(b, a)
            used = self.solver.Sum(ways) if ways else 0
            for node in (a, b):
                if node >= p.num_depots:
                    self.solver.Add(used >= self.routing.ActiveVar(node - p.num_depots))

    def _ways(self, a: int, b: int) -> list[Any]:
        """0-1 expressions, one for each pair of indices that stand for the arc a -> b."""
        from_a, to_b = self._indices(a, self.layout.starts), self._indices(b, self.layout.ends)
        return [self.solver.IsMemberVar(self._next(index), to_b) for index in from_a if to_b]

    def _indices(self, node: int, ends: list[int]) -> list[int]:
        """OR-Tools indices of a node of the problem; ``ends`` is one side of the vehicles."""
        layout, p = self.layout, self.layout.problem
        if node >= p.num_depots:
            return [node - p.num_depots]
        first = layout.first_terminal
        places = [(i, layout.terminals[layout.node[i] - first]) for i in ends]
        places += zip(layout.reload_indices, layout.reloads, strict=True)
        return [index for index, depot in places if depot == node]

    def _closed_arcs(self) -> None:
        """Forbid arcs that cannot be traveled."""
        layout = self.layout
        profiles = {v.profile for v in layout.kinds.values()}
        if not any(layout.problem.travels[i].has_unreachable for i in profiles):
            return
        if len(profiles) > 1:  # what is closed depends on the vehicle
            evaluators = [
                self.transits.blocked(layout.problem.vehicle_types[k].profile)
                for k in layout.vehicles
            ]
            self.routing.AddDimensionWithVehicleTransits(evaluators, 0, 0, True, "closed")
            return
        profile = profiles.pop()
        node = np.array(layout.node)
        for index in (*range(layout.first_terminal), *layout.starts):
            closed = self.transits.blocked_row(profile, layout.node[index])[node]
            closed[index] = 0  # who follows itself is left out
            if closed.any():
                self._next(index).RemoveValues(np.flatnonzero(closed).tolist())
