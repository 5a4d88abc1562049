"""How far a search is, and how hot: by iterations where these are limited, else by time."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field

from routewright.stop import Progress

from .base import Run


@dataclass(frozen=True)
class Schedule:
    """How a search goes over time; temperatures are in mean costs of an arc.

    Parameters
    ----------
    hot, cold
        First and last temperature, where there are ``usual`` iterations per client. The
        first one grows with the root of these, between ``coolest`` and ``hottest``.
    slack
        How much worse than acceptable a plan may be after ruin and recreate and still be
        worth a descent, in mean costs of an arc.
    epochs
        How often workers meet.
    cycle
        Iterations per client of the first cycle, where there is no limit to plan for.
    reheat
        Where in the schedule later cycles begin.
    """

    hot: float = 1.0
    cold: float = 0.01
    slack: float = 4.0
    epochs: int = 50
    cycle: int = 1000
    reheat: float = 0.3
    usual: float = 60.0
    coolest: float = 0.3
    hottest: float = 3.0

    def temperature(self, fraction: float, per_client: float) -> float:
        """Temperature after that fraction of the search, by its iterations per client."""
        hot = self.hot * math.sqrt(per_client / self.usual)
        hot = min(max(hot, self.coolest), self.hottest)
        return hot * math.exp(math.log(self.cold / hot) * min(1.0, fraction))


@dataclass
class Clock:
    """How far a search is.

    Parameters
    ----------
    run
        The run, whose limits count.
    schedule
        How the search goes.
    speed
        Iterations of all workers per second, as measured since the search began.
    reserve
        Seconds to keep for what follows the search.
    begin
        When the search began, on the clock of the run.
    """

    run: Run
    schedule: Schedule
    speed: float = 40_000.0
    reserve: float = 0.0
    begin: float = 0.0
    _halt: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.begin = self.run.elapsed

    @property
    def deadline(self) -> float:
        """When to stop searching, on the clock of the run."""
        return self.run.stop.time_limit - self.reserve

    @property
    def is_timed(self) -> bool:
        """Whether time decides; if so, results depend on the speed of the machine.

        Where both time and iterations are limited, time decides only once it is clear
        that it will run out long before the iterations do.
        """
        time_limit, limit = self.run.stop.time_limit, self.run.stop.iteration_limit
        if math.isinf(limit) or math.isinf(time_limit):
            return not math.isinf(time_limit)
        spent, done = self.run.elapsed - self.begin, self.run.iterations / max(1, limit)
        return spent > 0.05 * time_limit and spent > 2 * done * time_limit

    @property
    def epoch_seconds(self) -> float:
        """Seconds until workers should meet, where time decides."""
        return min(1.0, max(0.02, (self.deadline - self.begin) / self.schedule.epochs))

    @property
    def epoch_iterations(self) -> int:
        """Iterations until workers should meet, where time does not decide."""
        limit = self.run.stop.iteration_limit
        whole = self._first_cycle if math.isinf(limit) else limit
        return iterations_left(self.run, max(100, int(whole / self.schedule.epochs)))

    @property
    def fraction(self) -> float:
        """How much of the search is done; 0 where there is no limit."""
        if not self.is_timed:
            return self.run.iterations / max(1.0, self.run.stop.iteration_limit)
        return self._timed_fraction

    @property
    def _timed_fraction(self) -> float:
        whole, elapsed = self.deadline - self.begin, self.run.elapsed - self.begin
        return elapsed / whole if whole > 0 else 1.0

    @property
    def per_client(self) -> float:
        """Iterations per client of all workers in the whole search, or in the first cycle."""
        if self.is_timed:
            return self.speed * (self.deadline - self.begin) / self._clients
        limit = self.run.stop.iteration_limit
        return (self._first_cycle if math.isinf(limit) else limit) / self._clients

    def timed_temperature(self) -> float:
        """Temperature by the time that has passed."""
        per_client = self.speed * (self.deadline - self.begin) / self._clients
        return self.schedule.temperature(self._timed_fraction, per_client)

    def counted_temperature(self, done: int) -> float:
        """Temperature after that many iterations; in cycles where there is no limit."""
        limit = self.run.stop.iteration_limit
        if not math.isinf(limit):
            return self.schedule.temperature(done / limit, limit / self._clients)
        length, before = self._first_cycle, 0
        while done - before >= length:  # each cycle is twice as long as the one before it
            before, length = before + length, 2 * length
        again = self.schedule.reheat if before else 0.0
        fraction = again + (1.0 - again) * (done - before) / length
        return self.schedule.temperature(fraction, length / self._clients)

    @property
    def _clients(self) -> int:
        return max(1, self.run.problem.num_clients)

    @property
    def _first_cycle(self) -> int:
        return self.schedule.cycle * (self._clients + 20)

    def add(self, iterations: int) -> None:
        """Count the iterations of an epoch."""
        self.run.iterations += iterations
        self.speed = self.run.iterations / max(1e-6, self.run.elapsed - self.begin)

    def is_over(self) -> bool:
        """Whether time is up or the caller interrupts; any thread may ask."""
        if self.run.interrupt.is_set() or self.run.elapsed >= self.deadline:
            self._halt.set()
        return self._halt.is_set()


def iterations_left(run: Run, most: int) -> int:
    """Iterations until the run stops if nothing improves; at most ``most``."""
    since = run.iterations - run.improved_at

    def stops(more: int) -> bool:
        progress = Progress(0.0, run.iterations + more, since + more, None)
        return run.stop.reason(progress) is not None

    if not stops(most):
        return most
    low, high = 0, most  # goes on after low, stops after high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if stops(middle) else (middle, high)
    return high
