"""Ruin and recreate: the search that auto takes for routing problems.

References
----------
Christiaens, J., & Vanden Berghe, G. (2020). Slack induction by string removals for
vehicle routing problems. *Transportation Science*, 54(2).
"""

from __future__ import annotations

from .annealing import Annealing
from .base import Run, Solver
from .plain import KERNELS, PLAIN, PlainEngine
from .schedule import Schedule
from .warmup import prepare


class Ruin(Solver):
    """Removes strings of clients, inserts them greedily, descends; anneals over all cores."""

    name = "ruin"
    summary = "ruin and recreate with local descent: the best plans, at any size"
    kernels = KERNELS
    supported = PLAIN

    def search(self, run: Run) -> None:
        """Start from savings or from the caller's plan, whichever is better, and anneal."""
        with run.compiling():
            prepare(self.kernels)
        with run.setting_up():
            engine = PlainEngine(run.problem)
            plan = engine.start()
            if not run.offer(plan.solution(run.problem)) and run.best is not None:
                plan = engine.adopt(run.best)
        if not run.should_stop():
            Annealing(run, engine, plan, Schedule()).search()
