"""The watch over an OR-Tools search: its iterations, its end, and its improvements."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from itertools import chain, repeat

from routewright.solution import Solution
from routewright.stop import Progress

from .base import Run

#: Checks of its limits by OR-Tools (about one per neighbor) in an iteration of ours.
CHECKS_PER_ITERATION = 1024
#: Seconds between two looks at the clock and at the interrupt.
_LOOK_EVERY = 0.004
#: By how much a time limit may be missed: half of what users are promised.
_LATE, _MOMENT = 0.02, 0.005
#: Share of the time that the checker may take to report improvements.
_REPORTING_SHARE = 0.05


class Watch:
    """Ends the search when the run says so, and reports improvements to it.

    OR-Tools holds the interpreter's lock while it searches, and swallows exceptions of
    callbacks. It calls :attr:`limit` at every neighbor: an iterator of constants, which
    runs Python code only between batches. There, signals are handled, other threads get
    their turn, and the stop criterion is asked.

    Parameters
    ----------
    run
        The run; it counts iterations of :data:`CHECKS_PER_ITERATION` checks.
    read
        Reads the solution at which OR-Tools stands.
    finish
        Ends the search of OR-Tools.
    """

    def __init__(self, run: Run, read: Callable[[], Solution], finish: Callable[[], None]) -> None:
        self.run = run
        self.stopped = False
        self.checks = 0
        self.limit = chain.from_iterable(self._batches()).__next__
        self._read = read
        self._finish = finish
        self._best: int | None = None
        self._improved_at = 0
        self._pending: Solution | None = None
        self._reporting = 0.0
        self._report_took = 0.0
        self._looked = time.perf_counter()
        self._stretch = 0.0
        self._until = math.inf
        self._error: BaseException | None = None
        # A criterion that would stop at any cost so low has to know every cost.
        nothing_done = Progress(best_cost=-math.inf)
        self._needs_cost = run.stop.reason(nothing_done) is not None

    def begin(self, share: float = 1.0) -> None:
        """Begin another search; it ends, at the latest, with a share of the time left."""
        self._looked, self._stretch = time.perf_counter(), 0.0
        late = 0.0 if share < 1.0 else self.run.stop.time_limit * _LATE + _MOMENT
        self._until = self.run.elapsed + share * self.run.remaining + late

    def fail(self, error: BaseException) -> None:
        """Keep the first exception of a callback and end the search."""
        self._error = self._error or error
        self.stopped = True

    def reraise(self) -> None:
        """Raise what a callback met, if anything."""
        if self._error is not None:
            raise self._error

    def should_stop(self) -> bool:
        """Whether the run is over, and with it every search of it."""
        self.run.improved_at = self._improved_at
        self.stopped = self.stopped or self.run.should_stop()
        return self.stopped

    def is_over(self) -> bool:
        """Whether the run is, or one more stretch without a look would outlast this search."""
        if self.should_stop():
            return True
        return self.run.elapsed + self._stretch + self._report_took > self._until

    def at_solution(self, objective: int) -> None:
        """Take note of a solution of the search, given its OR-Tools objective."""
        if self.stopped or (self._best is not None and objective >= self._best):
            return
        try:
            self._best, self._improved_at = objective, self.run.iterations
            self._pending = self._read()
            self._report(force=self._needs_cost)
            if self._needs_cost and self.should_stop():
                self._finish()
        except BaseException as error:
            self.fail(error)

    def _report(self, *, force: bool = False) -> None:
        """Offer the best solution to the run, unless that would take too much time."""
        if self._pending is None:
            return
        if force or self._reporting <= _REPORTING_SHARE * self.run.elapsed:
            begin = time.perf_counter()
            self.run.offer(self._pending)
            self._pending = None
            self._report_took = time.perf_counter() - begin
            self._reporting += self._report_took

    def _batches(self) -> Iterator[Iterator[bool]]:
        """Yield the answers to "stop now?" in batches."""
        size = 1
        while True:
            now = time.perf_counter()
            gap, self._looked = now - self._looked, now
            if gap > 2 * _LOOK_EVERY:
                size = max(1, size // 4)
            elif gap < _LOOK_EVERY:
                size = min(2 * size, CHECKS_PER_ITERATION)
            self._stretch = max(gap, self._stretch * 0.5**gap)  # half forgotten in a second
            self.run.iterations = self.checks // CHECKS_PER_ITERATION
            try:
                self._report()
                over = self.is_over()
            except BaseException as error:
                self.fail(error)
                over = True
            if over:
                yield repeat(True, 1)
                continue
            # An iteration ends after as many checks however large the batches are, so
            # that limits on iterations mean the same on every machine.
            batch = min(size, CHECKS_PER_ITERATION - self.checks % CHECKS_PER_ITERATION)
            self.checks += batch
            yield repeat(False, batch)
