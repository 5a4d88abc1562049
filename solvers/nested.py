"""One solver in the service of another."""

from __future__ import annotations

from routewright.stop import StopCriterion

from .base import Run, Solver


def offer_plan_of(solver: Solver, run: Run, stop: StopCriterion) -> None:
    """Offer the run what another solver finds on the same clock; nothing if it refuses."""
    if solver.unsupported(run.problem) or solver.refusal(run.problem):
        return
    inner = Run(
        run.problem,
        stop,
        run.seed,
        run.threads,
        initial=run.initial,
        interrupt=run.interrupt,
        started=run.started,
        compile_time=run.compile_time,
    )
    solver.search(inner)
    run.compile_time = inner.compile_time
    if inner.best is not None:
        run.offer(inner.best)
