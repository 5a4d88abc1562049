"""Quantities that accumulate along a route, as OR-Tools dimensions.

An OR-Tools dimension has a value at every visit (its cumul), a change along every arc or
at every node (its transit), and room for the value to grow more than that (its slack).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from ortools.constraint_solver import pywrapcp

from routewright.problem import BackhaulPolicy, Client, Shipment, VehicleType
from routewright.travel import UNLIMITED, UNREACHABLE

from .hours import end_range, horizon, start_range
from .ortools_layout import Layout
from .ortools_transit import Transits, kinds_of


@dataclass
class Dimensions:
    """Adds the dimensions that a problem needs to its OR-Tools model.

    Parameters
    ----------
    layout, routing, transits
        The nodes, the model, and its evaluators.
    """

    layout: Layout
    routing: pywrapcp.RoutingModel
    transits: Transits
    _position: Any = field(default=None, init=False)

    def add(self) -> None:
        """Add every dimension; positions are added when they are asked for."""
        self.solver = self.routing.solver()
        self.released = any(c.release > 0 for c in self.layout.problem.clients)
        kinds = self.layout.kinds.values()
        for d in range(self.layout.problem.num_dimensions):
            self._loads(d)
        if self.layout.reloads:
            self._trips()
        if any(v.max_distance < UNLIMITED for v in kinds):
            self._distances()
        if any(v.max_stops < self.layout.num_clients for v in kinds):
            self.position()
        if self._is_timed():
            self._times()
        self._backhauls()

    # Loads ------------------------------------------------------------------------

    def _loads(self, d: int) -> None:
        """Keep what is aboard in one capacity dimension within every capacity."""
        clients = self.layout.problem.clients
        delivery = [c.delivery[d] if c.delivery else 0 for c in clients]
        pickup = [c.pickup[d] if c.pickup else 0 for c in clients]
        shipped = _shipped(self.layout.problem.shipments, len(clients), d)
        most = sum(delivery) + sum(pickup) + sum(abs(q) for q in shipped)
        capacity = kinds_of(
            self.layout, lambda v: min(v.capacity[d] if v.capacity else UNLIMITED, most)
        )
        if all(c == most for c in capacity):
            return
        strict = self.layout.problem.backhaul is not BackhaulPolicy.MIXED
        if not any(pickup):
            if any(shipped):
                # Deliveries are taken off a load that starts at any value. It cannot be
                # less than their sum, or it would end below zero.
                aboard = [q - a for q, a in zip(shipped, delivery, strict=True)]
                self._load(f"load{d}", aboard, capacity, free_start=True)
            else:
                self._load(f"load{d}", delivery, capacity)
        elif not any(delivery) or (strict and not any(shipped)):
            # Where all deliveries come first, they and the pickups never share the room.
            self._load(f"delivery{d}", delivery, capacity)
            self._load(f"load{d}", [a + b for a, b in zip(pickup, shipped, strict=True)], capacity)
        else:
            changes = zip(pickup, delivery, shipped, strict=True)
            aboard = [b - a + q for b, a, q in changes]
            load = self._load(f"load{d}", aboard, capacity, free_start=True)
            picked = self._load(f"pickup{d}", pickup, capacity)
            # The load starts at no less than all deliveries of the trip just if what is
            # left at its end is no less than all pickups.
            for index in (*self.layout.ends, *self.layout.reload_indices):
                self.solver.Add(load.CumulVar(index) >= picked.CumulVar(index))

    def _load(
        self, name: str, changes: list[int], capacity: list[int], *, free_start: bool = False
    ) -> Any:
        """Add a load that changes at clients, and anyhow at reloads."""
        layout, room = self.layout, max(capacity)
        changes = changes + [-room] * len(layout.reloads) + [0] * len(layout.terminals)
        slack = 2 * room if layout.reloads else 0
        evaluator = self.transits.per_node(changes)
        self.routing.AddDimensionWithVehicleCapacity(
            evaluator, slack, capacity, not free_start, name
        )
        dimension = self.routing.GetDimensionOrDie(name)
        self._fix_slack(dimension)
        return dimension

    def _fix_slack(self, dimension: Any) -> None:
        """Let only reloads change the value by more than the transit."""
        if self.layout.reloads:
            for index in (*range(self.layout.num_clients), *self.layout.starts):
                dimension.SlackVar(index).SetValue(0)

    # Counts and distances ----------------------------------------------------------

    def position(self) -> Any:
        """Return the number of clients before each visit; at most ``max_stops``."""
        if self._position is None:
            n = self.layout.num_clients
            ones = [1] * n + [0] * (self.layout.num_nodes - n)
            capacity = kinds_of(self.layout, lambda v: min(v.max_stops, n))
            evaluator = self.transits.per_node(ones)
            self.routing.AddDimensionWithVehicleCapacity(evaluator, 0, capacity, True, "position")
            self._position = self.routing.GetDimensionOrDie("position")
        return self._position

    def _trips(self) -> None:
        """Number the trips of a route; a shipment stays within one."""
        layout = self.layout
        n, r = layout.num_clients, len(layout.reloads)
        ones = [0] * n + [1] * r + [0] * len(layout.terminals)
        capacity = kinds_of(layout, lambda v: min(v.max_reloads, r))
        evaluator = self.transits.per_node(ones)
        self.routing.AddDimensionWithVehicleCapacity(evaluator, 0, capacity, True, "trip")
        trip = self.routing.GetDimensionOrDie("trip")
        for s in layout.problem.shipments:
            self.solver.Add(trip.CumulVar(s.pickup) == trip.CumulVar(s.delivery))

    def _distances(self) -> None:
        longest = UNREACHABLE * (self.layout.num_nodes + 1)
        evaluators = kinds_of(self.layout, lambda v: self.transits.distance(v.profile))
        capacity = kinds_of(self.layout, lambda v: min(v.max_distance, longest))
        self.routing.AddDimensionWithVehicleTransitAndCapacity(
            evaluators, 0, capacity, True, "distance"
        )

    # Time -------------------------------------------------------------------------

    def _is_timed(self) -> bool:
        """Whether any rule or cost depends on time, other than as a sum over arcs."""
        p = self.layout.problem
        return self.transits.waits or any(
            v.max_duration < UNLIMITED
            or min(start_range(p, v)[1], end_range(p, v)[1]) < UNLIMITED
            or any(p.depots[d].window[1] < UNLIMITED for d in v.reload_depots)
            for v in self.layout.kinds.values()
        )

    def _times(self) -> None:
        """Add the time at which work starts at each visit; the slack is waiting."""
        layout, transits = self.layout, self.transits
        nodes, longest = layout.num_nodes, transits.longest_duration
        close = horizon(layout.problem, layout.kinds.values(), longest, nodes)
        evaluators = kinds_of(layout, lambda v: transits.duration(v.profile))
        self.routing.AddDimensionWithVehicleTransits(
            evaluators, close if transits.waits else 0, close, False, "time"
        )
        time = self.routing.GetDimensionOrDie("time")
        for c, client in enumerate(layout.problem.clients):
            if max(client.windows[0][0], client.release) <= close:
                self._open(time.CumulVar(c), client, close)
            else:
                self.routing.ActiveVar(c).SetValue(0)
        for index, depot in zip(layout.reload_indices, layout.depots, strict=False):
            assert depot is not None
            if depot.window[0] <= close:
                time.CumulVar(index).SetRange(depot.window[0], min(depot.window[1], close))
            else:
                self.routing.ActiveVar(index).SetValue(0)
        for v, k in enumerate(layout.vehicles):
            self._vehicle_times(time, v, layout.kinds[k], close)
        if self.released:
            self._releases(time, close)

    def _open(self, start: Any, client: Client, close: int) -> None:
        """Keep the start of work within the windows of a client."""
        windows = client.windows
        start.SetRange(windows[0][0], min(windows[-1][1], close))
        if len(windows) > 1:
            # Holes in the domain itself would cost a bit of memory per unit of time.
            closed = [(a[1] + 1, b[0] - 1) for a, b in pairwise(windows)]
            closed = [(a, b) for a, b in closed if a <= b]
            if closed:
                begins, ends = (list(side) for side in zip(*closed, strict=True))
                self.solver.Add(self.solver.NotMemberCt(start, begins, ends))

    def _vehicle_times(self, time: Any, v: int, kind: VehicleType, close: int) -> None:
        """Set the shift of a vehicle, and limits and costs of its duration."""
        p = self.layout.problem
        early, late = start_range(p, kind)
        start = time.CumulVar(self.layout.starts[v])
        end_early, end_late = end_range(p, kind)
        end = time.CumulVar(self.layout.ends[v])
        end.SetRange(end_early, min(end_late, close))
        cost = kind.unit_duration_cost
        limited = kind.max_duration < UNLIMITED
        if self.transits.waits and (cost or limited or self.released):
            start.SetRange(early, min(late, close))
        else:
            start.SetValue(early)  # later starts are never better
        if limited and self.transits.waits:
            time.SetSpanUpperBoundForVehicle(_sum(kind.max_duration, kind.max_overtime), v)
        elif limited:
            end.SetMax(_sum(early, kind.max_duration, kind.max_overtime))
        if cost and self.transits.waits:
            time.SetSpanCostCoefficientForVehicle(self._per_time(cost), v)
        if kind.max_overtime and kind.unit_overtime_cost:
            per_time = self._per_time(kind.unit_overtime_cost)
            if self.transits.waits:
                bound = pywrapcp.BoundCost(kind.max_duration, per_time)
                time.SetSoftSpanUpperBoundForVehicle(bound, v)
            else:
                index = self.layout.ends[v]
                time.SetCumulVarSoftUpperBound(index, early + kind.max_duration, per_time)

    def _per_time(self, cost: int) -> int:
        """Objective per unit of time, of a cost in internal units."""
        return max(1, round(cost / self.transits.cost_unit))

    def _releases(self, time: Any, close: int) -> None:
        """Keep the departure of each trip from being earlier than any of its releases.

        The departure is a quantity that stays as it is except at reloads.
        """
        layout = self.layout
        zeros = self.transits.per_node([0] * layout.num_nodes)
        self.routing.AddDimension(zeros, close, close, False, "departure")
        departure = self.routing.GetDimensionOrDie("departure")
        for c, client in enumerate(layout.problem.clients):
            departure.CumulVar(c).SetMin(min(client.release, close))
            departure.SlackVar(c).SetValue(0)
        last = max(c.release for c in layout.problem.clients)
        for index in (*layout.starts, *layout.reload_indices):
            work = time.CumulVar(index)
            service = int(layout.service[layout.node[index]])
            loaded = departure.CumulVar(index) + departure.SlackVar(index) - service
            # It is never worse to wait before the work than after it, and what OR-Tools
            # knows of durations it learns from the bounds of single times.
            latest = work.Max()
            if latest < last - service:
                self.solver.Add(loaded <= work + time.SlackVar(index))
                loaded = self.solver.Min(loaded, latest)
            self.solver.Add(loaded <= work)

    # Backhauls --------------------------------------------------------------------

    def _backhauls(self) -> None:
        """Put linehauls before backhauls: a phase that never falls back within a trip."""
        policy = self.layout.problem.backhaul
        if policy is BackhaulPolicy.MIXED:
            return
        clients = self.layout.problem.clients
        self.routing.AddConstantDimensionWithSlack(0, 1, 1, True, "phase")
        phase = self.routing.GetDimensionOrDie("phase")
        for c, client in enumerate(clients):
            if any(client.delivery):
                phase.CumulVar(c).SetMax(0)
            elif any(client.pickup):
                phase.CumulVar(c).SetMin(1)
        if policy is BackhaulPolicy.LINEHAUL_REQUIRED:
            others = self.layout.num_nodes - len(clients)
            linehauls = [int(any(c.delivery)) for c in clients] + [0] * others
            evaluator = self.transits.per_node(linehauls)
            self.routing.AddDimension(evaluator, 0, len(clients), True, "linehauls")
            before = self.routing.GetDimensionOrDie("linehauls")
            for c, client in enumerate(clients):
                if any(client.pickup):
                    before.CumulVar(c).SetMin(1)


def _sum(*times: int) -> int:
    return min(sum(times), UNLIMITED)


def _shipped(shipments: tuple[Shipment, ...], n: int, d: int) -> list[int]:
    """Change of the load by shipments at each client, in one dimension."""
    out = [0] * n
    for s in shipments:
        if s.amount:
            out[s.pickup] += s.amount[d]
            out[s.delivery] -= s.amount[d]
    return out
