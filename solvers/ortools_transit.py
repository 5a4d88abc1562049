"""Travel and costs between the nodes of an OR-Tools model, registered once each."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp

from routewright.problem import Objective, VehicleType
from routewright.travel import UNREACHABLE, IntArray
from routewright.validate_travel import arc_bound, duration_bound

from .hours import may_wait
from .ortools_layout import Layout

#: Nodes up to which whole matrices are handed over; beyond, rows are computed on demand.
MATRIX_LIMIT = 1500
#: Sums that OR-Tools forms stay below this; it saturates at 63 bits.
_LARGEST_SUM = 1 << 61

#: Values of the arcs from one node to every node, shape (nodes,).
Row = Callable[[int], IntArray]


class Transits:
    """Evaluators of arcs for the vehicles of a layout.

    Parameters
    ----------
    layout
        The nodes.
    routing
        The OR-Tools model to register the evaluators with.
    on_error
        Called with an exception that a callback met, which OR-Tools would swallow.

    Attributes
    ----------
    waits
        Whether a vehicle may have to wait somewhere; if not, a duration is a sum over
        arcs like a distance.
    cost_unit
        Internal cost units per unit of the OR-Tools objective.
    skip_cost
        Objective of leaving out one required client; above that of any plan.
    """

    def __init__(
        self,
        layout: Layout,
        routing: pywrapcp.RoutingModel,
        on_error: Callable[[BaseException], None],
    ) -> None:
        self.layout = layout
        self.routing = routing
        self.on_error = on_error
        self.waits = may_wait(layout.problem, (*layout.reloads, *layout.terminals))
        self._registered: dict[tuple[object, ...], int] = {}
        self._node_cost = _group_costs(layout)
        self._small = layout.num_nodes <= MATRIX_LIMIT
        keep = cache if self._small else (lambda function: function)
        self.distance_row = keep(self._distance_row)
        self.duration_row = keep(self._duration_row)
        self.longest_duration = max(map(self._duration_bound, layout.kinds.values()), default=0)
        self._scale_costs()

    def _scale_costs(self) -> None:
        p, size = self.layout.problem, self.layout.num_nodes + len(self.layout.vehicles)
        bound = max((self._cost_bound(v) for v in self.layout.kinds.values()), default=0)
        plan = bound * size + sum(v.fixed_cost for v in p.vehicle_types) * size + p.total_prize
        first = p.objective is Objective.VEHICLES_THEN_COST
        total = (plan + 1) * (len(self.layout.vehicles) + 2 if first else 2) * (size + 1)
        self.cost_unit = -(-total // _LARGEST_SUM)
        plan = plan // self.cost_unit + 1
        self.vehicle_cost = plan if first else 0
        self.skip_cost = plan + self.vehicle_cost * len(self.layout.vehicles)

    def _cost_bound(self, kind: VehicleType) -> int:
        """Bound on the cost of any arc for a type, in internal cost units."""
        distance = int(arc_bound(self.layout.problem.travels[kind.profile])) + 1
        duration = self._duration_bound(kind)
        per_time = kind.unit_duration_cost + kind.unit_overtime_cost
        nodes = int(self._node_cost.max(initial=0))
        return distance * kind.unit_distance_cost + duration * per_time + nodes

    def _duration_bound(self, kind: VehicleType) -> int:
        """Bound on the time of work at a node and travel to the next one."""
        travel = duration_bound(self.layout.problem.travels[kind.profile])
        return int(travel) + 1 + int(self.layout.service.max())

    # Rows -------------------------------------------------------------------------

    def _arcs(self, profile: int, node: int, durations: bool) -> IntArray:
        """Travel from a node to every node; nothing between terminals.

        A vehicle that stays where it is goes from its start to its end in OR-Tools.
        """
        location = self.layout.location
        out = np.zeros(len(location), dtype=np.int64)
        there = np.flatnonzero(location >= 0)
        if node >= self.layout.first_terminal:
            there = there[there < self.layout.first_terminal]
        if location[node] >= 0:
            travel = self.layout.problem.travels[profile]
            values = travel.durations if durations else travel.distances
            out[there] = values([int(location[node])] * len(there), location[there].tolist())
        return out

    def _distance_row(self, profile: int, node: int) -> IntArray:
        return self._arcs(profile, node, False)

    def _duration_row(self, profile: int, node: int) -> IntArray:
        """Time of the work at a node and of the travel to every node."""
        row = self._arcs(profile, node, True)
        first = self.layout.first_terminal
        service = int(self.layout.service[node])
        row[: first if node >= first else None] += service
        return row

    def blocked_row(self, profile: int, node: int) -> IntArray:
        """1 for every node that cannot be reached from a node, else 0."""
        reach = np.maximum(self.distance_row(profile, node), self.duration_row(profile, node))
        return (reach >= UNREACHABLE).astype(np.int64)

    def _cost_row(self, kind: VehicleType, node: int) -> IntArray:
        row = self.distance_row(kind.profile, node) * kind.unit_distance_cost
        if kind.unit_duration_cost and not self.waits:
            row = row + self.duration_row(kind.profile, node) * kind.unit_duration_cost
        if self._node_cost.any():
            row = row + self._node_cost[node]
        if self.layout.problem.travels[kind.profile].has_unreachable:
            ceiling = self._cost_bound(kind)  # closed arcs are forbidden elsewhere
            row = np.where(self.blocked_row(kind.profile, node), ceiling, row)
        return (row + self.cost_unit // 2) // self.cost_unit

    # Evaluators -------------------------------------------------------------------

    def cost(self, kind: VehicleType) -> int:
        """Evaluator of the objective of arcs for a vehicle type."""
        per_time = 0 if self.waits else kind.unit_duration_cost
        key = ("cost", kind.profile, kind.unit_distance_cost, per_time)
        return self._register(key, lambda node: self._cost_row(kind, node))

    def distance(self, profile: int) -> int:
        """Evaluator of distances, in internal units."""
        return self._register(
            ("distance", profile), lambda node: self._finite(profile, node, self.distance_row)
        )

    def duration(self, profile: int) -> int:
        """Evaluator of service at the first node plus travel, in internal units."""
        return self._register(
            ("duration", profile), lambda node: self._finite(profile, node, self.duration_row)
        )

    def blocked(self, profile: int) -> int:
        """Evaluator that counts arcs which cannot be traveled."""
        return self._register(("blocked", profile), lambda node: self.blocked_row(profile, node))

    def per_node(self, values: Sequence[int]) -> int:
        """Evaluator of a value per node, taken on leaving it."""
        index: int = self.routing.RegisterUnaryTransitVector(list(values))
        return index

    def _finite(self, profile: int, node: int, rows: Callable[[int, int], IntArray]) -> IntArray:
        """Values with 0 for closed arcs, which are forbidden elsewhere."""
        row = rows(profile, node)
        if self.layout.problem.travels[profile].has_unreachable:
            return np.where(row >= UNREACHABLE, 0, row)
        return row

    def _register(self, key: tuple[object, ...], row: Row) -> int:
        if key not in self._registered:
            register = self._register_matrix if self._small else self._register_rows
            self._registered[key] = register(row)
        return self._registered[key]

    def _register_matrix(self, row: Row) -> int:
        matrix = [row(node).tolist() for node in range(self.layout.num_nodes)]
        index: int = self.routing.RegisterTransitMatrix(matrix)
        return index

    def _register_rows(self, row: Row) -> int:
        node = self.layout.node
        nodes = np.array(node)
        rows: list[array[int] | None] = [None] * len(node)
        on_error = self.on_error

        def value(i: int, j: int) -> int:
            try:
                found = rows[i]
                if found is None:
                    found = rows[i] = _packed(row(node[i])[nodes])
                return found[j]
            except BaseException as error:  # OR-Tools would take it for a 0
                on_error(error)
                return 0

        index: int = self.routing.RegisterTransitCallback(value)
        return index


def _packed(row: IntArray) -> array[int]:
    """Return a row whose items Python reads fast, in 32 bits where they fit."""
    if row.max(initial=0) < 1 << 31:
        return array("i", row.astype(np.int32).tobytes())
    return array("q", row.tobytes())


def _group_costs(layout: Layout) -> IntArray:
    """Cost of visiting each node instead of the dearest of its group, shape (nodes,).

    A group is left out at the price of its dearest member; who visits another member
    loses the difference.
    """
    p = layout.problem
    out = np.zeros(layout.num_nodes, dtype=np.int64)
    for group in p.groups:
        dearest = max(p.clients[c].prize for c in group.clients)
        for c in group.clients:
            out[c] = dearest - p.clients[c].prize
    return out


def kinds_of(layout: Layout, value: Callable[[VehicleType], Any]) -> list[Any]:
    """Value of the type of each vehicle, computed once per type."""
    values = {k: value(v) for k, v in layout.kinds.items()}
    return [values[k] for k in layout.vehicles]
