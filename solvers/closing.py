"""The closing argument of a search: the best plan of all routes that it has seen lately."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from routewright.travel import IntArray

from .base import Run
from .fleet import Plan
from .pool import Pool, best_partition, merged
from .schedule import Clock

#: From here on in a search, its routes are kept; before, they are not good enough.
_COLLECT = 0.6
#: Where in a search routes are put together.
_POINTS = (0.84, 0.93)
#: What each may take of the search, and in seconds at least and at most. X instances of 255
#: to 343 clients, two workers with 500,000 iterations, without and with 1 second for each:
#: 0.51 and 0.40 %, 0.22 both, 0.49 both. With 0.3 seconds, one run of five got better.
_SHARE, _LEAST, _MOST = 0.06, 2.0, 10.0
#: Iterations of a thread in a second, where the clock must not matter.
_FIXED_SPEED = 50_000
#: Routes to choose from for every second, and at most.
_PER_SECOND, _MOST_ROUTES = 2000, 6000
#: A plan may cost so much more than the best of its worker for its routes to be kept, in
#: mean costs of an arc.
_NEAR_BEST = 5.0


class Source(Protocol):
    """A worker, as far as routes are taken from it."""

    @property
    def energy(self) -> int:
        """Cost of the current plan, and penalties."""

    @property
    def best_energy(self) -> int:
        """Least energy since the plan was loaded."""

    def plan(self) -> Plan:
        """Return the current plan."""


@runtime_checkable
class Pricing(Protocol):
    """What an engine offers on top, where plans may be put together from any routes."""

    @property
    def vehicles(self) -> IntArray:
        """How many vehicles of each type there are."""

    def route_costs(self, plan: Plan) -> IntArray | None:
        """Cost of every route of a plan; None where routes cannot be exchanged freely."""


class Closing:
    """Collects the routes of all workers, and puts the best of them together.

    Parameters
    ----------
    run, clock
        The run, and how far the search is.
    engine
        Where it has no ``route_costs``, nothing is done.
    unit
        Mean cost of an arc.
    workers
        Each has a pool of its own, so that the order in which they come does not matter.
    """

    def __init__(
        self, run: Run, clock: Clock, engine: object, unit: float, workers: Sequence[Source]
    ) -> None:
        self.run, self.clock, self.unit = run, clock, unit
        self._engine: Pricing | None = engine if isinstance(engine, Pricing) else None
        self._nodes = run.problem.num_depots + run.problem.num_clients
        self._pools = {id(worker): Pool(self._nodes) for worker in workers}
        self._points = list(_POINTS)

    @property
    def seconds(self) -> float:
        """What it may take each time; on average, where the clock must not matter."""
        if self.clock.is_timed:
            seconds = _SHARE * (self.clock.deadline - self.clock.begin)
        else:
            limit = self.run.stop.iteration_limit
            seconds = _SHARE * limit / (_FIXED_SPEED * len(self._pools))
        if self._engine is None or math.isinf(seconds) or seconds < _LEAST:
            return 0.0
        return min(seconds, _MOST)

    def collect(self, worker: Source) -> None:
        """Keep the routes of a worker's plan if it is good and the time has come."""
        if self._engine is None or self.clock.fraction < _COLLECT or not self.seconds:
            return
        if worker.energy <= worker.best_energy + _NEAR_BEST * self.unit:
            self._add(self._pools[id(worker)], worker.plan())

    def _add(self, pool: Pool, plan: Plan) -> None:
        assert self._engine is not None
        costs = self._engine.route_costs(plan)
        if costs is None:
            self._engine = None
        else:
            pool.add(plan, costs)

    def is_due(self) -> bool:
        """Whether a point has been reached where routes are put together; tells it once."""
        if not self._points or self.clock.fraction < self._points[0]:
            return False
        self._points.pop(0)
        return self.seconds > 0

    def argue(self, best: Plan) -> tuple[int, Plan] | None:
        """Return the cheapest plan of the routes in the pools and in the best plan."""
        seconds, engine, own = self.seconds, self._engine, Pool(self._nodes)
        if engine is None:
            return None
        self._add(own, best)
        most = int(min(_MOST_ROUTES, seconds * _PER_SECOND))
        left = max(0.0, self.clock.deadline - self.run.elapsed)
        limit = min(seconds, left) if self.clock.is_timed else left
        routes = merged([own, *self._pools.values()], most)
        plan = best_partition(
            routes, best, engine.vehicles, seconds, limit, halt=self.clock.is_over
        )
        costs = None if plan is None else engine.route_costs(plan)
        return None if plan is None or costs is None else (int(np.sum(costs)), plan)
