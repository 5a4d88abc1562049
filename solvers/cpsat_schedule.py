"""The time side of the CP-SAT model: windows, shifts, releases, durations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ortools.sat.python import cp_model

from routewright.travel import UNLIMITED

from .hours import end_range, horizon, may_wait, start_range

if TYPE_CHECKING:
    from .cpsat_model import CircuitModel


class Schedule:
    """Adds times to a circuit model.

    Parameters
    ----------
    circuits
        The model to add to.
    """

    def __init__(self, circuits: CircuitModel) -> None:
        self.c = circuits
        problem, kind = circuits.problem, circuits.kind
        self.waits = may_wait(problem, (kind.start, kind.end))
        self.early, self.late = start_range(problem, kind)
        self.end_early, self.end_late = end_range(problem, kind)
        longest = int(circuits.duration[circuits.open].max(initial=0))
        self.close = horizon(problem, [kind], longest, circuits.size)
        self.length: list[Any] = []
        self.overtime: list[Any] = []

    def add(self) -> None:
        """Add the times that any rule or cost depends on."""
        kind = self.c.kind
        limited = kind.max_duration < UNLIMITED
        if not (self.waits or limited or min(self.late, self.end_late) < UNLIMITED):
            return
        if self.early > min(self.late, self.close) or self.end_early > self.end_late:
            self.c.forbid_routes()
            return
        measured = limited or (self.waits and kind.unit_duration_cost > 0)
        self._starts(free_begin=measured and self.waits)
        if measured:
            self._durations()

    def _starts(self, *, free_begin: bool) -> None:
        """Add when work starts at each client, and when its route begins."""
        c, model = self.c, self.c.model
        self.start: list[Any] = [0]
        for node in c.nodes():
            windows = [
                (early, min(late, self.close))
                for early, late in c.problem.clients[node - 1].windows
                if early <= self.close
            ]
            if not windows:
                c.forbid_visit(node)
            domain = cp_model.Domain.from_intervals(windows or [(0, self.close)])
            self.start.append(model.new_int_var_from_domain(domain, f"start{node}"))
        c.grow(self.start, lambda i, j: int(c.duration[i, j]))
        self.begin: list[Any] = [self.early] * c.size
        if free_begin:
            self.begin = c.variables("begin", self.early, min(self.late, self.close))
            c.constant(self.begin)
        leave = self._departures()
        service = int(c.duration[0, 0])
        for i, j, literal in c.arcs:
            travel = int(c.duration[i, j])
            if i == 0:
                first = self.start[j] >= leave[j] + (travel - service)
                model.add(first).only_enforce_if(literal)
            elif j == 0:
                model.add(self.start[i] + travel <= self.end_late).only_enforce_if(literal)

    def _departures(self) -> list[Any]:
        """When the route of each client leaves its depot; after all of its releases."""
        c = self.c
        service = int(c.duration[0, 0])
        if not any(client.release for client in c.problem.clients):
            return [begin + service for begin in self.begin]
        leave = c.variables("leave", 0, self.close)
        c.constant(leave)
        for node in c.nodes():
            release = c.problem.clients[node - 1].release
            ready = leave[node] >= self.begin[node] + service
            c.model.add(ready).only_enforce_if(*c.visited(node))
            if release > self.close:
                c.forbid_visit(node)
            elif release:
                c.model.add(leave[node] >= release)
        return leave

    def _durations(self) -> None:
        """Add the duration of the route at its last client; 0 at every other one."""
        c, kind, model = self.c, self.c.kind, self.c.model
        most = min(kind.max_duration + kind.max_overtime, self.close)
        self.length = c.variables("length", 0, most)
        for i, j, literal in c.arcs:
            if j == 0 and i:
                end = self.start[i] + int(c.duration[i, 0])
                model.add(self.length[i] >= end - self.begin[i]).only_enforce_if(literal)
                opening = self.end_early - self.begin[i]
                model.add(self.length[i] >= opening).only_enforce_if(literal)
        if kind.unit_overtime_cost and kind.max_overtime:
            self.overtime = c.variables("overtime", 0, min(kind.max_overtime, self.close))
            for node in c.nodes():
                model.add(self.overtime[node] >= self.length[node] - kind.max_duration)

    def costs(self) -> list[tuple[int, Any]]:
        """Costs per unit of the variables that measure time, and of arcs if none waits."""
        c, kind = self.c, self.c.kind
        terms = [(kind.unit_overtime_cost, over) for over in self.overtime[1:]]
        if self.waits:
            return terms + [(kind.unit_duration_cost, length) for length in self.length[1:]]
        return terms + [(kind.unit_duration_cost * int(c.duration[i, j]), v) for i, j, v in c.arcs]
