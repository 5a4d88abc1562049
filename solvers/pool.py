"""Routes that a search has seen, and the cheapest plan that can be made of them.

References
----------
Subramanian, A., Uchoa, E., & Ochi, L. S. (2013). A hybrid algorithm for a class of
vehicle routing problems. *Computers & Operations Research*, 40(10).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routewright.travel import IntArray

from .fleet import Plan

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, CpSolver, IntVar

#: Seconds between two looks at whether to end it.
_LOOK_EVERY = 0.02


class PooledRoute(NamedTuple):
    """A route with its cost."""

    cost: int
    visits: IntArray
    vehicle_type: int


class Pool:
    """The cheapest route for every set of clients and vehicle type, the newest set last."""

    def __init__(self, nodes: int) -> None:
        # A set is known by the sum of its clients' numbers: 64 bits, so that no two
        # sets that a search meets are likely to have the same.
        self._number = np.random.default_rng(nodes).integers(1, 1 << 63, nodes, dtype=np.uint64)
        self.routes: dict[tuple[int, int], PooledRoute] = {}

    def add(self, plan: Plan, costs: IntArray) -> None:
        """Add the routes of a plan with their costs."""
        if not len(costs):
            return
        bounds, types = plan.start.tolist(), plan.vehicle_type.tolist()
        sums = np.add.reduceat(self._number[plan.visits], plan.start[:-1]).tolist()
        for r, key in enumerate(zip(sums, types, strict=True)):
            before, cost = self.routes.get(key), int(costs[r])
            if before is None or cost < before.cost:
                visits = plan.visits[bounds[r] : bounds[r + 1]]
                self.routes[key] = PooledRoute(cost, visits, types[r])


def merged(pools: Sequence[Pool], most: int) -> list[PooledRoute]:
    """Return the newest routes of all pools together, each set once; at most ``most``."""
    routes: dict[tuple[int, int], PooledRoute] = {}
    for pool in pools:
        newest = list(pool.routes.items())[-(most // len(pools)) :]
        for key, route in newest:
            if key not in routes or route.cost < routes[key].cost:
                routes[key] = route
    return list(routes.values())


def best_partition(
    routes: Sequence[PooledRoute],
    start: Plan,
    vehicles: IntArray,
    effort: float,
    seconds: float,
    halt: Callable[[], bool],
) -> Plan | None:
    """Return the cheapest plan of given routes that visits whom the start visits.

    CP-SAT searches with one thread; the clock matters only if ``seconds`` runs out first.

    Parameters
    ----------
    routes
        What to choose from.
    start
        A plan whose routes are all among them; its visits are those to make.
    vehicles
        How many there are of each type.
    effort, seconds
        Limits: in the deterministic time of CP-SAT, which is about seconds, and in seconds.
    halt
        Whether to end it at once.
    """
    from ortools.sat.python import cp_model  # 0.3 s, which only long runs should pay

    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in routes]
    if not _constrain(model, chosen, routes, start, vehicles):
        return None
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = effort
    solver.parameters.max_time_in_seconds = seconds
    with _watched(solver, halt):
        status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return _plan_of([r for x, r in zip(chosen, routes, strict=True) if solver.boolean_value(x)])


def _plan_of(routes: Sequence[PooledRoute]) -> Plan:
    types = np.array([route.vehicle_type for route in routes], dtype=np.int64)
    return Plan.of([route.visits.tolist() for route in routes], types)


@contextmanager
def _watched(solver: CpSolver, halt: Callable[[], bool]) -> Iterator[None]:
    """Stop the solver once somebody wants it to."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_LOOK_EVERY):
            if halt():
                solver.stop_search()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _constrain(
    model: CpModel,
    chosen: Sequence[IntVar],
    routes: Sequence[PooledRoute],
    start: Plan,
    vehicles: IntArray,
) -> bool:
    """Say what a plan is, what it costs, and where to start; False if there is none."""
    covers: dict[int, list[IntVar]] = {}
    used = {frozenset(start.route(r).tolist()) for r in range(len(start.start) - 1)}
    for variable, route in zip(chosen, routes, strict=True):
        model.add_hint(variable, frozenset(route.visits.tolist()) in used)
        for v in route.visits.tolist():
            covers.setdefault(v, []).append(variable)
    if set(covers) != set(start.visits.tolist()):
        return False
    for variables in covers.values():
        model.add_exactly_one(variables)
    for k, count in enumerate(vehicles.tolist()):
        own = [x for x, route in zip(chosen, routes, strict=True) if route.vehicle_type == k]
        if count < len(start.visits):
            model.add(sum(own) <= count)
    model.minimize(sum(route.cost * x for x, route in zip(chosen, routes, strict=True)))
    return True
