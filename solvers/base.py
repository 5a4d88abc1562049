"""What every solver shares: the run it works in, and the contract it keeps."""

from __future__ import annotations

import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from routewright.attributes import FUTURE_ATTRIBUTES, Attribute
from routewright.checker import check
from routewright.constructor import Constructor
from routewright.errors import InternalError, UnsupportedError
from routewright.problem import Problem
from routewright.report import Number, Report, to_user
from routewright.result import Result, Status, TracePoint, versions
from routewright.solution import Solution
from routewright.stop import Progress, StopCriterion


@dataclass
class Run:
    """One call of a solver: its problem, clock, seed, and the best solution so far.

    Parameters
    ----------
    problem, stop, seed, threads, initial
        What the caller asked for; ``threads`` is at least 1.
    on_improvement
        Called with every improvement.
    interrupt
        Set by the caller to end the search early with the best solution so far.
    started
        ``time.perf_counter()`` at which the clock of the stop criterion began.
    """

    problem: Problem
    stop: StopCriterion
    seed: int = 0
    threads: int = 1
    initial: Solution | None = None
    on_improvement: Callable[[TracePoint], None] | None = None
    interrupt: threading.Event = field(default_factory=threading.Event)
    started: float = field(default_factory=time.perf_counter)

    compile_time: float = 0.0
    setup_time: float = 0.0
    iterations: int = 0
    improved_at: int = 0
    best: Solution | None = None
    report: Report | None = None
    bound: int | None = None
    optimal: bool = False
    stop_reason: str = ""
    message: str = ""
    trace: list[TracePoint] = field(default_factory=list)

    @property
    def elapsed(self) -> float:
        """Seconds on the clock of the stop criterion (compilation not counted)."""
        return time.perf_counter() - self.started - self.compile_time

    @property
    def remaining(self) -> float:
        """Seconds until the time limit, at least 0; infinite without one."""
        return max(0.0, self.stop.time_limit - self.elapsed)

    @contextmanager
    def compiling(self) -> Iterator[None]:
        """Take the time inside out of the clock and report it as ``compile_time``."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.compile_time += time.perf_counter() - begin

    @contextmanager
    def setting_up(self) -> Iterator[None]:
        """Report the time inside as ``setup_time``; it stays on the clock."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.setup_time += time.perf_counter() - begin

    def offer(self, solution: Solution) -> bool:
        """Have a solution checked and keep it if it is the best so far."""
        report = check(self.problem, solution)
        if self.report is not None and report.key >= self.report.key:
            return False
        self.best, self.report = solution, report
        self.improved_at = self.iterations
        point = TracePoint(self.elapsed, self.iterations, report.cost, report.feasible)
        self.trace.append(point)
        if self.on_improvement is not None:
            self.on_improvement(point)
        return True

    def prove(self, bound: int) -> None:
        """Record a proven lower bound in internal cost units."""
        self.bound = bound if self.bound is None else max(self.bound, bound)

    @property
    def best_cost(self) -> Number | None:
        """Cost of the best feasible solution, or None."""
        return self.report.cost if self.report is not None and self.report.feasible else None

    def should_stop(self) -> bool:
        """Whether to end the search now; remembers why."""
        if self.interrupt.is_set():
            self.stop_reason = "interrupted"
        else:
            since = self.iterations - self.improved_at
            progress = Progress(self.elapsed, self.iterations, since, self.best_cost)
            self.stop_reason = self.stop.reason(progress) or ""
        return bool(self.stop_reason)


class Solver(ABC):
    """A solver: names what it cannot handle, and otherwise searches within a Run.

    Attributes
    ----------
    name
        Name on the command line.
    summary
        One line for lists and help.
    supported
        Attributes that it handles.
    single_vehicle
        Whether it takes problems of one vehicle only.
    seeded
        Whether a learned policy may make plans for it to begin with.
    constructor
        That policy, if there is one; set by `solve`.
    scorer
        Which edge scorer it uses ("" is the one in use), set by `solve`; None if it uses none.
    """

    name: str
    summary: str
    supported: frozenset[Attribute]
    single_vehicle: bool = False
    seeded: bool = False
    constructor: Constructor | None = None
    scorer: str | None = None

    def unsupported(self, problem: Problem) -> frozenset[Attribute]:
        """Return the attributes of the problem that this solver cannot handle."""
        return problem.attributes() - self.supported

    def refusal(self, problem: Problem) -> str:
        """Why it refuses beyond attributes (its size, say); empty if it does not."""
        return ""

    @abstractmethod
    def search(self, run: Run) -> None:
        """Search until ``run.should_stop()``, offering solutions to the run."""

    def solve(
        self,
        problem: Problem,
        stop: StopCriterion,
        seed: int = 0,
        initial: Solution | None = None,
        on_improvement: Callable[[TracePoint], None] | None = None,
        *,
        threads: int | None = None,
        interrupt: threading.Event | None = None,
        started: float | None = None,
        message: str = "",
    ) -> Result:
        """Solve a problem; the cost of the result is the checker's.

        Parameters
        ----------
        problem, stop, seed, initial, on_improvement, threads
            As in `solve`.
        interrupt
            Ends the search with the best solution so far once it is set.
        started
            ``time.perf_counter()`` at which the clock began; now if not given.
        message
            Carried into the result.

        Raises
        ------
        UnsupportedError
            If the solver cannot handle the problem, by name.
        InternalError
            If it ends without any solution.
        """
        if refused := self.unsupported(problem) | (problem.attributes() & FUTURE_ATTRIBUTES):
            raise UnsupportedError(f"solver {self.name}", refused)
        if reason := self.refusal(problem):
            raise UnsupportedError(f"solver {self.name}", [reason])
        run = Run(
            problem,
            stop,
            seed,
            threads or os.cpu_count() or 1,
            initial,
            on_improvement,
            interrupt or threading.Event(),
            time.perf_counter() if started is None else started,
            message=message,
        )
        run.setup_time = run.elapsed  # reading, where the caller started the clock
        if initial is not None:
            run.offer(initial)
        if problem.num_clients == 0:
            run.offer(Solution([]))
            run.optimal, run.stop_reason = True, "optimal"
        else:
            self.search(run)
        return self._result(run)

    def _result(self, run: Run) -> Result:
        if run.best is None or run.report is None:
            raise InternalError(f"solver {self.name} ended without a solution")
        cost = run.report.key[2]
        if run.bound is not None and run.report.feasible and run.bound > cost:
            raise InternalError(
                f"solver {self.name} claims the bound {run.bound}, above the checked cost {cost}"
            )
        status = Status.FEASIBLE if run.report.feasible else Status.INFEASIBLE_PLAN
        bound = run.bound
        if run.report.feasible and (run.optimal or bound == cost):
            status, bound = Status.OPTIMAL, cost
        return Result(
            solution=run.best,
            report=run.report,
            status=status,
            solver=self.name,
            stop_reason=run.stop_reason or "done",
            runtime=run.elapsed,
            compile_time=run.compile_time,
            iterations=run.iterations,
            seed=run.seed,
            bound=None if bound is None else to_user(bound, run.problem.scale.cost),
            setup_time=run.setup_time,
            trace=tuple(run.trace),
            message=run.message,
            versions=versions(),
        )
