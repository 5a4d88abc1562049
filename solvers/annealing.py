"""Simulated annealing over plans, on all cores: the search that the engines share.

An engine knows the problem; its workers change plans. Here are the clock, the
temperature, the cutting of a plan into parts that workers search at the same time, and
the offers to the run.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from routewright.problem import Problem
from routewright.solution import Solution
from routewright.stop import Progress
from routewright.travel import FloatArray, IntArray

from .base import Run
from .fleet import Plan


class Worker(Protocol):
    """One search over a plan or a part of it, with random numbers of its own."""

    def load(self, plan: Plan, absent: IntArray) -> None:
        """Take over a plan; ``absent`` are nodes to insert, all others are not its concern."""

    def run(self, iterations: int, temperature: float, slack: float) -> None:
        """Search on from the current plan.

        ``slack`` is how much worse than acceptable, in cost, a plan may be after ruin and
        recreate and still be worth a descent.
        """

    @property
    def energy(self) -> int:
        """Cost of the current plan, and penalties for what it leaves out."""

    @property
    def best_energy(self) -> int:
        """Least energy since the plan was loaded."""

    def plan(self) -> Plan:
        """Return the current plan."""

    def best_plan(self) -> Plan:
        """Return the plan with the least energy since the plan was loaded."""


class Engine(Protocol):
    """What knows a problem and makes workers for it."""

    @property
    def problem(self) -> Problem:
        """The problem."""

    @property
    def positions(self) -> FloatArray:
        """A place in the plane for every node, for cutting a plan into parts."""

    def start(self) -> Plan:
        """Return a plan to start from."""

    def adopt(self, solution: Solution) -> Plan:
        """Return a solution as a plan, without the visits that break its rules."""

    def worker(self, seed: tuple[int, ...]) -> Worker:
        """Return a worker."""


@dataclass(frozen=True)
class Schedule:
    """How a search over time goes; temperatures are in mean costs of an arc.

    Parameters
    ----------
    hot, cold
        First and last temperature.
    slack
        See `Worker.run`, in mean costs of an arc.
    epochs
        How often workers meet.
    """

    hot: float = 1.0
    cold: float = 0.01
    slack: float = 4.0
    epochs: int = 50

    def temperature(self, fraction: float) -> float:
        """Temperature after that fraction of the search."""
        return self.hot * (self.cold / self.hot) ** min(1.0, fraction)


#: Fewest clients in a part: smaller plans are searched whole, by every worker.
LEAST_PART = 150
#: Workers where the result must not depend on how many threads there are.
_FIXED_WORKERS = 2
#: Iterations between two looks at the clock where the clock must not matter.
_FIXED_SLICE = 100
#: Seconds between two looks at the clock.
_SLICE = 0.01
#: Iterations of the first cycle per client, where there is no limit to plan for.
_CYCLE = 1000
#: Offers may take this share of the time.
_OFFERS = 0.05


@dataclass
class _Clock:
    """How far the search is: by iterations if these are limited, else by time."""

    run: Run
    schedule: Schedule
    cycle: int  # iterations of a cycle where nothing is limited
    begin: float = 0.0
    reserve: float = 0.0  # seconds that the last offer takes
    halt: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.begin = self.run.elapsed

    @property
    def deadline(self) -> float:
        """When to stop searching, on the clock of the run."""
        return self.run.stop.time_limit - self.reserve

    @property
    def timed(self) -> bool:
        """Whether time decides; then results depend on the speed of the machine."""
        limit = self.run.stop.iteration_limit
        if math.isinf(limit):
            return not math.isinf(self.run.stop.time_limit)
        spent, done = self.run.elapsed - self.begin, self.run.iterations / limit
        late = spent > 0.05 * self.run.stop.time_limit
        return late and spent > 2 * done * self.run.stop.time_limit

    def fraction(self, timed: bool, done: int) -> float:
        """Part of the search that is over, from 0 to 1, after ``done`` iterations."""
        if timed:
            whole = self.deadline - self.begin
            return (self.run.elapsed - self.begin) / whole if whole > 0 else 1.0
        limit = self.run.stop.iteration_limit
        if not math.isinf(limit):
            return done / limit
        length, before = self.cycle, 0
        while done - before >= length:  # each cycle is twice as long as the one before
            before, length = before + length, 2 * length
        again = 0.0 if before == 0 else 0.3  # and starts less hot than the first
        return again + (1.0 - again) * (done - before) / length

    def over(self) -> bool:
        """Whether time is up or the caller interrupts."""
        if self.run.interrupt.is_set() or self.run.elapsed >= self.deadline:
            self.halt.set()
        return self.halt.is_set()


class Annealing:
    """One search, from a start until the run says stop.

    Parameters
    ----------
    run
        The run.
    engine
        Makes the workers.
    plan
        Where to start.
    schedule
        How it goes.
    """

    def __init__(self, run: Run, engine: Engine, plan: Plan, schedule: Schedule) -> None:
        self.run, self.engine, self.schedule, self.plan = run, engine, schedule, plan
        clients = run.problem.num_clients
        self.clock = _Clock(run, schedule, cycle=_CYCLE * (clients + 20))
        self.positions = engine.positions
        self.draw = np.random.default_rng([run.seed, 0])
        timed = math.isinf(run.stop.iteration_limit) and not math.isinf(run.stop.time_limit)
        count = run.threads if timed else _FIXED_WORKERS
        self.parts = max(1, min(count, clients // LEAST_PART))
        self.workers = [engine.worker((run.seed, 1 + i)) for i in range(count)]
        self.workers[0].load(plan, self._absent(plan))
        self.energy = self.best_energy = self.workers[0].energy
        self.best_plan, self.offered = plan, self.energy
        routes = max(1, len(plan.start) - 1)
        self.unit = max(0.0, self._cost_of_arcs(plan)) / (clients + routes)
        self.offer_seconds = self.offered_at = 0.0

    def search(self) -> None:
        """Anneal until the run says stop, and offer the best plan."""
        threads = min(self.run.threads, len(self.workers))
        with ThreadPoolExecutor(threads) as pool:
            self.pool = pool if threads > 1 else None
            while not self.run.should_stop() and not self.clock.over():
                budget = self._budget()
                if self.parts > 1:
                    self._parts_epoch(budget)
                else:
                    self._islands_epoch(budget)
                self._offer(last=False)
        self._offer(last=True)
        self.run.should_stop()
        if not self.run.stop_reason:
            self.run.stop_reason = "time limit"

    # Epochs ---------------------------------------------------------------------

    def _parts_epoch(self, budget: int) -> None:
        """Every worker searches a part of the plan alone."""
        pieces = self._cut()
        workers = self.workers[: len(pieces)]
        for worker, (plan, absent) in zip(workers, pieces, strict=True):
            worker.load(plan, absent)
        self._work(workers, budget)
        best = sum(worker.best_energy for worker in workers)
        if best < self.best_energy:
            self.best_energy = best
            self.best_plan = _joined([worker.best_plan() for worker in workers])
        self.energy = sum(worker.energy for worker in workers)
        self.plan = _joined([worker.plan() for worker in workers])

    def _islands_epoch(self, budget: int) -> None:
        """Every worker searches the whole plan; the worst may go on from the best."""
        if self.run.iterations == 0 or self.plan is not None:
            for worker in self.workers:
                worker.load(self.plan, self._absent(self.plan))
            self.plan = None  # type: ignore[assignment]
        self._work(self.workers, budget)
        leader = min(self.workers, key=lambda worker: worker.best_energy)
        if leader.best_energy < self.best_energy:
            self.best_energy, self.best_plan = leader.best_energy, leader.best_plan()
        if len(self.workers) > 1:
            self._migrate()

    def _migrate(self) -> None:
        """Let the worst go on from where the best is, if it is hopelessly behind."""
        ranked = sorted(self.workers, key=lambda worker: worker.energy)
        first, last = ranked[0], ranked[-1]
        timed = self.clock.timed
        warmth = self.schedule.temperature(self.clock.fraction(timed, self.run.iterations))
        behind = last.energy - first.energy
        if self.draw.random() >= math.exp(-behind / max(1e-9, 10 * warmth * self.unit)):
            plan = first.plan()
            last.load(plan, self._absent(plan))

    def _budget(self) -> int:
        """Iterations until the run might stop, if it has said anything of iterations."""
        return _iterations_left(self.run, self._epoch_length())

    def _epoch_length(self) -> int:
        limit = self.run.stop.iteration_limit
        whole = self.clock.cycle if math.isinf(limit) else limit
        return max(_FIXED_SLICE, int(whole / self.schedule.epochs))

    def _work(self, workers: Sequence[Worker], budget: int) -> None:
        """Let workers search side by side for an epoch."""
        timed, before = self.clock.timed, self.run.iterations
        shares = [budget // len(workers)] * len(workers)
        for i in range(budget % len(workers)):
            shares[i] += 1
        if timed:
            clock, left = self.clock, _iterations_left(self.run, 1 << 40)
            seconds = max(0.02, (clock.deadline - clock.begin) / self.schedule.epochs)
            until = min(clock.deadline, self.run.elapsed + min(seconds, 1.0))
            jobs = [(worker, left // len(workers), until) for worker in workers]
            done = self._all(self._timed_work, jobs)
        else:
            jobs = [
                (worker, share, before, len(workers))
                for worker, share in zip(workers, shares, strict=True)
            ]
            done = self._all(self._counted_work, jobs)
        self.run.iterations += sum(done)

    def _all(self, function, jobs):  # type: ignore[no-untyped-def]
        if self.pool is None:
            return [function(*job) for job in jobs]
        return [f.result() for f in [self.pool.submit(function, *job) for job in jobs]]

    def _timed_work(self, worker: Worker, most: int, until: float) -> int:
        """Search until a time; return the iterations."""
        done, size = 0, 20
        while done < most and not self.clock.over():
            begin = self.run.elapsed
            if begin >= until:
                break
            temperature = self.unit * self.schedule.temperature(self.clock.fraction(True, 0))
            size = min(size, most - done)
            worker.run(size, temperature, self.schedule.slack * self.unit)
            done += size
            now = self.run.elapsed
            aim = min(_SLICE, max(0.0005, until - now))
            size = max(1, int(size * min(4.0, aim / max(1e-6, now - begin))))
        return done

    def _counted_work(self, worker: Worker, share: int, before: int, workers: int) -> int:
        """Search for a number of iterations, whatever the time; return how many were done."""
        done = 0
        while done < share and not self.clock.over():
            fraction = self.clock.fraction(False, before + done * workers)
            temperature = self.unit * self.schedule.temperature(fraction)
            size = min(_FIXED_SLICE, share - done)
            worker.run(size, temperature, self.schedule.slack * self.unit)
            done += size
        return done

    # Plans ----------------------------------------------------------------------

    def _cut(self) -> list[tuple[Plan, IntArray]]:
        """Cut the plan into parts of routes that are near each other."""
        plan, absent = self.plan, self._absent(self.plan)
        keys, absent_keys = self._keys(plan, absent)
        order = np.argsort(keys, kind="stable")
        weight = np.cumsum(np.diff(plan.start)[order])
        total = max(1, int(weight[-1])) if len(weight) else 1
        part = np.minimum((weight - 1) * self.parts // total, self.parts - 1)
        ends = [int(np.searchsorted(part, i, side="right")) for i in range(self.parts)]
        pieces, low = [], 0
        for end in ends:
            routes = np.sort(order[low:end])
            inside = absent_keys < keys[order[end]] if end < len(order) else absent_keys < np.inf
            pieces.append((_selected(plan, routes), absent[inside]))
            absent, absent_keys, low = absent[~inside], absent_keys[~inside], end
        return pieces

    def _keys(self, plan: Plan, absent: IntArray) -> tuple[FloatArray, FloatArray]:
        """Where routes and absent nodes lie: by angle around a depot, or along a direction."""
        sizes = np.maximum(1, np.diff(plan.start))
        x, y = (
            np.add.reduceat(np.append(self.positions[plan.visits, i], 0.0), plan.start[:-1]) / sizes
            for i in range(2)
        )
        turn = self.draw.random() * 2 * math.pi
        places = self.positions[absent]
        if self.draw.random() < 0.5:
            direction = np.array([math.cos(turn), math.sin(turn)])
            return x * direction[0] + y * direction[1], places @ direction
        center = self.positions[0]

        def angle(x: FloatArray, y: FloatArray) -> FloatArray:
            return np.asarray((np.arctan2(y - center[1], x - center[0]) + turn) % (2 * math.pi))

        return angle(x, y), angle(places[:, 0], places[:, 1])

    def _absent(self, plan: Plan) -> IntArray:
        """Client nodes that the plan does not visit."""
        missing = np.ones(len(self.positions), dtype=bool)
        missing[: self.run.problem.num_depots] = False
        missing[plan.visits] = False
        return np.flatnonzero(missing).astype(np.int64)

    def _cost_of_arcs(self, plan: Plan) -> float:
        """Cost of the distance of a plan."""
        assert self.run.report is not None
        costs = self.run.report.breakdown
        scale = self.run.problem.scale.cost
        return float(costs["distance"] + costs["duration"]) * scale

    def _offer(self, last: bool) -> None:
        """Have the best plan checked if it is new, now and then or in the end."""
        if self.best_energy >= self.offered:
            return
        waited = self.run.elapsed - self.offered_at
        if not last and self.clock.timed and waited * _OFFERS < self.offer_seconds:
            return
        begin = self.run.elapsed
        self.run.offer(self.best_plan.solution(self.run.problem))
        self.offered, self.offered_at = self.best_energy, self.run.elapsed
        self.offer_seconds = self.offered_at - begin
        self.clock.reserve = 1.2 * self.offer_seconds + 0.002


def _iterations_left(run: Run, most: int) -> int:
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


def _joined(plans: Sequence[Plan]) -> Plan:
    """Return the plan with the routes of all parts."""
    visits = np.concatenate([plan.visits for plan in plans])
    sizes = np.concatenate([np.diff(plan.start) for plan in plans])
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return Plan(visits, start, np.concatenate([plan.vehicle_type for plan in plans]))


def _selected(plan: Plan, routes: IntArray) -> Plan:
    """Return the plan of some routes."""
    sizes = np.diff(plan.start)[routes]
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    index = np.arange(int(start[-1])) + np.repeat(plan.start[routes] - start[:-1], sizes)
    return Plan(plan.visits[index], start, plan.vehicle_type[routes])
