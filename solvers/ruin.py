"""Ruin and recreate: the search that auto takes for routing problems.

References
----------
Christiaens, J., & Vanden Berghe, G. (2020). Slack induction by string removals for
vehicle routing problems. *Transportation Science*, 54(2).
"""

from __future__ import annotations

from . import plain, rich
from .annealing import Annealing, Engine
from .base import Run, Solver
from .edge_weights import EdgeWeights
from .fewest import with_fewer_vehicles
from .schedule import Schedule
from .seeding import constructed
from .warmup import prepare


class Ruin(Solver):
    """Removes strings of clients, inserts them greedily, descends; anneals over all cores."""

    name = "ruin"
    summary = "ruin and recreate with local descent: the best plans, at any size"
    kernels = (*plain.KERNELS, *rich.KERNELS)
    supported = rich.SUPPORTED
    seeded = True
    #: Edges that the search looks at first, if any.
    preference: EdgeWeights | None = None

    def search(self, run: Run) -> None:
        """Start from the best of constructed plans and the caller's, and anneal."""
        if self.constructor is not None:
            for solution in constructed(run, self.constructor):
                run.offer(solution)
        is_plain = plain.is_plain(run.problem)
        with run.compiling():
            prepare(plain.KERNELS if is_plain else rich.KERNELS)
        with run.setting_up():
            engine: Engine
            engine = plain.PlainEngine(run.problem) if is_plain else rich.RichEngine(run.problem)
            plan = engine.start(run.stop.time_limit)
            if not run.offer(engine.solution(plan)) and run.best is not None:
                plan = engine.adopt(run.best)
            if self.preference is not None:
                engine.prefer(self.preference)
        if isinstance(engine, rich.RichEngine) and engine.p.vehicles_first:
            plan = with_fewer_vehicles(run, engine, plan)
            run.offer(engine.solution(plan))
        if not run.should_stop():
            Annealing(run, engine, plan, Schedule()).search()
