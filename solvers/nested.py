"""One solver in the service of another."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from routewright.problem import Problem
from routewright.solution import Solution
from routewright.stop import FirstOf, MaxIterations, MaxRuntime, StopCriterion

from .base import Run, Solver

#: Iterations of a part of a run that is not limited in any way.
_ITERATIONS = 20_000


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


@dataclass
class Part(Run):
    """A search for another problem within a run; what it finds is offered to the run.

    Parameters
    ----------
    outer
        The run.
    translate
        Makes its plans plans of the run's problem.
    before
        Iterations of the run before it.
    """

    outer: Run | None = None
    translate: Callable[[Solution], Solution] = field(default=lambda plan: plan)
    before: int = 0

    @classmethod
    def of(
        cls,
        run: Run,
        problem: Problem,
        share: float,
        translate: Callable[[Solution], Solution] = lambda plan: plan,
    ) -> Part:
        """Return a search with a share of what is left of the run."""
        return cls(
            problem,
            FirstOf((*_limits(run, share), run.stop)),
            run.seed,
            run.threads,
            interrupt=run.interrupt,
            started=run.started,
            compile_time=run.compile_time,
            outer=run,
            translate=translate,
            before=run.iterations,
        )

    def offer(self, solution: Solution) -> bool:
        """Keep a solution if it is the best so far, and offer it to the run as well."""
        is_better = super().offer(solution)
        if is_better and self.outer is not None:
            self._tell()
            self.outer.offer(self.translate(solution))
        return is_better

    def should_stop(self) -> bool:
        """Whether its share is used up, or the run is to stop."""
        if self.outer is None:
            return super().should_stop()
        self._tell()
        stops = self.outer.should_stop()
        self.stop_reason = self.outer.stop_reason
        return stops or super().should_stop()

    def _tell(self) -> None:
        assert self.outer is not None
        self.outer.iterations = self.before + self.iterations
        self.outer.compile_time = self.compile_time


def _limits(run: Run, share: float) -> Iterator[StopCriterion]:
    """Yield a share of the time and of the iterations that are left."""
    yield MaxRuntime(run.elapsed + share * run.remaining)
    left = run.stop.iteration_limit - run.iterations
    if math.isinf(left) and math.isinf(run.remaining) and share < 1:
        left = _ITERATIONS / share
    if not math.isinf(left):
        yield MaxIterations(max(0, int(share * left)))
