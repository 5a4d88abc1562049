"""Fewer vehicles: one route after the other is given up, and its clients find other places.

References
----------
Christiaens, J., & Vanden Berghe, G. (2020). Slack induction by string removals for
vehicle routing problems. *Transportation Science*, 54(2), section 5.4.
Nagata, Y., & Bräysy, O. (2009). A powerful route minimization heuristic for the vehicle
routing problem with time windows. *Operations Research Letters*, 37(5) (how often a
client was hard to place tells which to leave out).
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from .base import Run
from .fleet import Plan
from .parts import selected
from .rich import RichEngine, RichWorker
from .schedule import iterations_left

#: Share of the time, or of the iterations, that may be spent.
_SHARE = 0.4
#: Temperature in mean costs of an arc, and the slack of the descent.
_WARMTH, _SLACK = 0.3, 1.0
#: Workers, and iterations between two looks, where the clock must not matter.
_FIXED_WORKERS, _FIXED_SLICE = 2, 200
#: Seconds between two looks at the clock.
_SLICE = 0.02


def with_fewer_vehicles(run: Run, engine: RichEngine, plan: Plan) -> Plan:
    """Return a plan with as few routes as can be found in a share of the run.

    From then on the engine's plans have no more routes than they begin with.

    Parameters
    ----------
    run
        The run; its iterations are counted.
    engine
        The engine of the problem.
    plan
        Where to start.
    """
    engine.frozen = True
    counted = not math.isinf(run.stop.iteration_limit) or math.isinf(run.stop.time_limit)
    count = _FIXED_WORKERS if counted else run.threads
    workers = [engine.worker((run.seed, 1000 + i)) for i in range(count)]
    budget = _Budget(run, counted)
    unit = engine.mean_arc(plan)
    with ThreadPoolExecutor(min(run.threads, count)) as pool:
        while len(plan.start) > 2 and not budget.is_spent():
            fewer = _fewer(workers, engine, plan, unit, budget, pool)
            if fewer is None:
                break
            plan = fewer
    return plan


class _Budget:
    """How much of the run may be spent, and how much is done at a time."""

    def __init__(self, run: Run, counted: bool) -> None:
        self.run, self.counted = run, counted
        self.until = run.elapsed + _SHARE * run.remaining
        limit = run.stop.iteration_limit
        self.most = int(_SHARE * limit) if not math.isinf(limit) else 20_000
        self.size = _FIXED_SLICE

    def is_spent(self) -> bool:
        """Whether to go on to something else."""
        if self.run.should_stop():
            return True
        return self.run.iterations >= self.most if self.counted else self.run.elapsed > self.until

    def share(self, workers: int) -> int:
        """Iterations for each worker now."""
        size = self.size
        if self.counted:
            size = min(size, (self.most - self.run.iterations) // workers)
        return iterations_left(self.run, max(1, size) * workers) // workers

    def spend(self, iterations: int, seconds: float) -> None:
        """Count what was done, and how long it took."""
        self.run.iterations += iterations
        if not self.counted:
            self.size = max(1, int(self.size * min(2.0, _SLICE / max(1e-6, seconds))))


def _fewer(
    workers: list[RichWorker],
    engine: RichEngine,
    plan: Plan,
    unit: float,
    budget: _Budget,
    pool: ThreadPoolExecutor,
) -> Plan | None:
    """Return a complete plan with one route less; None if none was found."""
    shortest = int(np.argmin(np.diff(plan.start)))
    rest = selected(plan, np.delete(np.arange(len(plan.start) - 1), shortest))
    clients = np.arange(engine.p.num_depots, len(engine.p.node), dtype=np.int64)
    absent = np.setdiff1d(clients, rest.visits)
    for worker in workers:
        worker.load(rest, absent, engine.vehicles)
    while not budget.is_spent():
        share = budget.share(len(workers))
        if share < 1:
            return None
        begin = budget.run.elapsed
        work = partial(
            RichWorker.run, iterations=share, temperature=_WARMTH * unit, slack=_SLACK * unit
        )
        list(pool.map(work, workers))
        budget.spend(share * len(workers), budget.run.elapsed - begin)
        for worker in workers:
            if worker.is_complete:
                return worker.best_plan()
    return None
