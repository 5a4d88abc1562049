"""Simulated annealing over plans, on all cores: the search that the engines share.

An engine knows the problem, and its workers change plans. Here workers are given their
work: parts of a large plan, which are joined and cut anew in every epoch, or the whole
of a small one, where the worst worker may go on from the best.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Protocol

import numpy as np

from routewright.problem import Problem
from routewright.solution import Solution
from routewright.travel import FloatArray, IntArray

from .base import Run
from .closing import Closing
from .edge_weights import EdgeWeights
from .fleet import Plan
from .parts import cut, joined, shares
from .schedule import Clock, Schedule, iterations_left


class Worker(Protocol):
    """One search over a plan or a part of it, with random numbers of its own."""

    def load(self, plan: Plan, absent: IntArray, vehicles: IntArray) -> None:
        """Take over a plan with some vehicles of each type.

        ``absent`` are nodes to insert, all others are not its concern.
        """

    def run(self, iterations: int, temperature: float, slack: float) -> None:
        """Search on from the current plan; temperature and slack are in units of cost.

        ``slack`` is how much worse than acceptable a plan may be after ruin and recreate
        and still be worth a descent. Releases the interpreter lock.
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

    @property
    def anchors(self) -> IntArray:
        """For every node one that it has to be in a part with, or itself."""

    @property
    def vehicles(self) -> IntArray:
        """How many vehicles of each type there are."""

    def mean_arc(self, plan: Plan) -> float:
        """Mean cost of an arc of a plan: the unit of temperatures."""

    def start(self, seconds: float = math.inf) -> Plan:
        """Return a plan to start from, made in a small part of that time."""

    def prefer(self, weights: EdgeWeights) -> None:
        """Look at likely neighbors first, in ruin and in moves."""

    def adopt(self, solution: Solution) -> Plan:
        """Return a solution as a plan, without the visits that break its rules."""

    def solution(self, plan: Plan) -> Solution:
        """Return a plan as a solution."""

    def worker(self, seed: Sequence[int]) -> Worker:
        """Return a worker."""


#: Fewest clients in a part: smaller plans are searched whole, by every worker.
LEAST_PART = 150
#: With fewer clients, and so many iterations per client for each, workers search the
#: whole plan: what is settled while it is hot decides how good it becomes, and the best
#: of two is better than one that was annealed for twice as long. (Two workers, ten runs
#: on six X instances of 300 to 450 clients, 500,000 iterations: 0.46 % above the best
#: known by whole plans, 0.58 % by parts. One run each on X-n701 and X-n957, 1,100,000
#: iterations: 0.34 % by whole plans, 0.26 % by parts.)
_MOST_WHOLE, _ENOUGH = 500, 500.0
#: Workers where the result must not depend on how many threads there are.
_FIXED_WORKERS = 2
#: Iterations between two looks at the clock where the clock must not matter.
_FIXED_SLICE = 100
#: Iterations between two looks at a worker's routes there.
_FIXED_COLLECT = 500
#: Seconds between two looks at the clock.
_SLICE = 0.01
#: Offers may take this share of the time.
_OFFERS = 0.05
#: How far a worker may fall behind, in temperatures, for a fair chance to go on.
_BEHIND = 10.0

_Work = Callable[[], int]


class Annealing:
    """One search, from a start until the run says stop.

    Parameters
    ----------
    run
        The run; iterations are those of all workers together.
    engine
        Makes the workers.
    plan
        Where to start.
    schedule
        How it goes.
    """

    def __init__(self, run: Run, engine: Engine, plan: Plan, schedule: Schedule) -> None:
        self.run, self.schedule, self.best_plan = run, schedule, plan
        self.engine = engine
        self.clock = Clock(run, schedule)
        self.unit = engine.mean_arc(plan)
        self.positions = engine.positions
        self.draw = np.random.default_rng([run.seed, 0])
        count = run.threads if self.clock.is_timed else _FIXED_WORKERS
        self.parts = max(1, min(count, run.problem.num_clients // LEAST_PART))
        self.workers = [engine.worker((run.seed, 1 + i)) for i in range(count)]
        self.whole = True
        self.closing = Closing(run, self.clock, engine, self.unit, self.workers)
        self.argument: Future[tuple[int, Plan] | None] | None = None
        for worker in self.workers:
            self._load(worker, plan)
        self.best_energy = self.offered = self.workers[0].energy
        self.offer_seconds = self.offered_at = 0.0

    def search(self) -> None:
        """Anneal until the run says stop, and offer the best plan."""
        threads = min(self.run.threads, len(self.workers))
        plan = self.best_plan
        with ThreadPoolExecutor(threads) as pool:
            self.pool = pool if threads > 1 else None
            while not (self.run.should_stop() or self.clock.is_over()):
                if self._differ() and self.closing.is_due():
                    self._begin_closing()
                busy = self.argument is not None and not self.argument.done()
                free = len(self.workers) - busy
                if self._are_apart():
                    if self.whole:
                        plan = min(self.workers, key=lambda worker: worker.energy).plan()
                        self.whole = False
                    plan = self._search_parts(plan, min(self.parts, free))
                else:
                    if not self.whole:
                        for worker in self.workers:
                            self._load(worker, plan)
                        self.whole = True
                    self._search_whole(free)
                plan = self._end_closing(plan)
                self._offer(last=False)
            self._end_closing(plan, wait=True)
        self._offer(last=True)
        if not self.run.should_stop():
            self.run.stop_reason = "time limit"

    def _are_apart(self) -> bool:
        """Whether workers search parts: of a large plan, or where time is short."""
        large = self.run.problem.num_clients >= _MOST_WHOLE
        hurried = self.clock.per_client < _ENOUGH * len(self.workers)
        return self.parts > 1 and (large or hurried)

    def _differ(self) -> bool:
        """Whether there are several plans; routes of one have little to tell each other."""
        return self.whole and len(self.workers) > 1

    def _temperature(self) -> float:
        return self.clock.timed_temperature() if self.clock.is_timed else self._warmth(0)

    def _search_parts(self, plan: Plan, parts: int) -> Plan:
        """For one epoch, every worker searches a part alone; return the joined plan."""
        absent = self._absent(plan)
        places = self.positions, self.engine.anchors
        pieces = cut(plan, absent, *places, parts, self.draw)
        fleets = shares(plan, [piece for piece, _ in pieces], self.engine.vehicles)
        pairs = [
            (worker, (*piece, fleet))
            for worker, piece, fleet in zip(self.workers, pieces, fleets, strict=False)
            if len(piece[0].visits) + len(piece[1])
        ]
        for worker, piece in pairs:
            worker.load(*piece)
        workers = [worker for worker, _ in pairs]
        self._work(workers)
        best = sum(worker.best_energy for worker in workers)
        if best < self.best_energy:
            self.best_energy = best
            self.best_plan = joined([worker.best_plan() for worker in workers])
        return joined([worker.plan() for worker in workers])

    def _search_whole(self, free: int) -> None:
        """For one epoch, the best workers search the whole plan, each its own."""
        ranked = sorted(self.workers, key=lambda worker: worker.energy)
        self._work(ranked[:free])
        leader = min(self.workers, key=lambda worker: worker.best_energy)
        if leader.best_energy < self.best_energy:
            self.best_energy, self.best_plan = leader.best_energy, leader.best_plan()
        ranked = sorted(self.workers, key=lambda worker: worker.energy)
        behind = (ranked[-1].energy - ranked[0].energy) / max(1e-9, self._temperature() * self.unit)
        if len(ranked) > 1 and self.draw.random() >= math.exp(-behind / _BEHIND):
            self._load(ranked[-1], ranked[0].plan())

    def _load(self, worker: Worker, plan: Plan) -> None:
        worker.load(plan, self._absent(plan), self.engine.vehicles)

    def _begin_closing(self) -> None:
        """Put routes together: beside the search if time counts and there is a thread for it."""
        if self.pool is not None and self.clock.is_timed:
            self.argument = self.pool.submit(self.closing.argue, self.best_plan)
        else:
            self.argument = Future()
            self.argument.set_result(self.closing.argue(self.best_plan))

    def _end_closing(self, plan: Plan, wait: bool = False) -> Plan:
        """Take over what was put together, once that is done; return the plan to go on from."""
        if self.argument is None or not (wait or self.argument.done()):
            return plan
        found, self.argument = self.argument.result(), None
        if found is None or found[0] >= self.best_energy:
            return plan
        self.best_energy, self.best_plan = found
        if self.whole:
            self._load(max(self.workers, key=lambda worker: worker.energy), self.best_plan)
        return self.best_plan

    # Work -----------------------------------------------------------------------

    def _work(self, workers: Sequence[Worker]) -> None:
        """Let workers search side by side for an epoch."""
        jobs: list[_Work]
        if self.clock.is_timed:
            most = iterations_left(self.run, 1 << 40) // len(workers)
            until = min(self.clock.deadline, self.run.elapsed + self.clock.epoch_seconds)
            jobs = [partial(self._timed_work, worker, most, until) for worker in workers]
        else:
            each, more = divmod(self.clock.epoch_iterations, len(workers))
            jobs = [
                partial(self._counted_work, worker, each + (i < more), len(workers))
                for i, worker in enumerate(workers)
            ]
        if self.pool is None:
            done = [job() for job in jobs]
        else:
            done = [future.result() for future in [self.pool.submit(job) for job in jobs]]
        self.clock.add(sum(done))

    def _timed_work(self, worker: Worker, most: int, until: float) -> int:
        """Search until a time; return the iterations."""
        done, size, begin = 0, 20, self.run.elapsed
        while done < most and begin < until and not self.clock.is_over():
            size = min(size, most - done)
            self._slice(worker, size, self.clock.timed_temperature())
            if self._differ():
                self.closing.collect(worker)
            done += size
            now = self.run.elapsed
            aim = min(_SLICE, max(0.0005, until - now))
            size = max(1, int(size * min(4.0, aim / max(1e-6, now - begin))))
            begin = now
        return done

    def _counted_work(self, worker: Worker, share: int, workers: int) -> int:
        """Search for a number of iterations, whatever the time; return how many were done."""
        done = 0
        while done < share and not self.clock.is_over():
            size = min(_FIXED_SLICE, share - done)
            self._slice(worker, size, self._warmth(done * workers))
            done += size
            if done % _FIXED_COLLECT == 0 and self._differ():
                self.closing.collect(worker)
        return done

    def _slice(self, worker: Worker, size: int, warmth: float) -> None:
        worker.run(size, warmth * self.unit, self.schedule.slack * self.unit)

    def _warmth(self, more: int) -> float:
        return self.clock.counted_temperature(self.run.iterations + more)

    # Plans ----------------------------------------------------------------------

    def _absent(self, plan: Plan) -> IntArray:
        """Client nodes that the plan does not visit."""
        missing = np.ones(len(self.positions), dtype=bool)
        missing[: self.run.problem.num_depots] = False
        missing[plan.visits] = False
        return np.flatnonzero(missing).astype(np.int64)

    def _offer(self, last: bool) -> None:
        """Have the best plan checked if it is new: now and then, and in the end."""
        if self.best_energy >= self.offered:
            return
        begin = self.run.elapsed
        hurried = self.clock.is_timed and not last
        if hurried and (begin - self.offered_at) * _OFFERS < self.offer_seconds:
            return
        self.run.offer(self.engine.solution(self.best_plan))
        self.offered, self.offered_at = self.best_energy, self.run.elapsed
        self.offer_seconds = self.offered_at - begin
        self.clock.reserve = 1.2 * self.offer_seconds + 0.002
