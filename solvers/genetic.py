"""Hybrid genetic search: a population of plans, crossover, and local search with penalties.

References
----------
Vidal, T., Crainic, T. G., Gendreau, M., & Prins, C. (2013). A hybrid genetic algorithm
with adaptive diversity management for a large class of vehicle routing problems with
time-windows. *Computers & Operations Research*, 40(1).
Vidal, T. (2022). Hybrid genetic search for the CVRP: open-source implementation and
SWAP* neighborhood. *Computers & Operations Research*, 140.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager

import numpy as np

from routewright.problem import Problem

from .base import Run, Solver
from .crossover import angles_around_depot
from .education import Educator, Offspring, Recipe, Task
from .fleet import Plan
from .kernels.rich_columns import NEVER
from .penalties import Penalties
from .penalty import Descended, penalty_rules
from .population import Population, individual
from .rich import KERNELS, SUPPORTED, RichEngine
from .seeding import constructed
from .warmup import prepare

#: Offspring under way at a time, with an iteration limit or few threads: what parents can
#: be chosen does not depend on how many threads there are.
_AHEAD = 8
#: Random plans at the beginning: one for so many clients, within limits.
_FIRST, _FEWEST, _MOST = 5000, 10, 50
#: One in so many of them may be made by a policy, so that there are others to differ from.
_SEEDS = 3
#: Most nodes: distances are kept as matrices.
_MOST_NODES = 4000
#: Share of the time that checking improvements may take.
_CHECKING = 0.05
_RECIPE = Recipe()
#: Seconds between looks at the clock.
_LOOK = 0.02


class Genetic(Solver):
    """Crossover of good plans, improved by local search that may break rules at a price."""

    name = "genetic"
    summary = "hybrid genetic search: a population of plans, crossover, penalized local search"
    kernels = (
        *KERNELS,
        "run_penalty_load",
        "run_penalty_export",
        "run_descent",
        "run_split",
    )
    supported = SUPPORTED
    seeded = True

    def refusal(self, problem: Problem) -> str:
        """Why it refuses: the size."""
        nodes = problem.num_depots + problem.num_clients
        return f"more than {_MOST_NODES} nodes" if nodes > _MOST_NODES else ""

    def search(self, run: Run) -> None:
        """Breed until the run ends."""
        made = [] if self.constructor is None else constructed(run, self.constructor)
        for solution in made:
            run.offer(solution)
        with run.compiling():
            prepare(self.kernels)
        with run.setting_up():
            engine = RichEngine(run.problem)
            search = _Search(run, engine, [engine.adopt(solution) for solution in made])
        search.begin()
        with search.pool():
            while not run.should_stop():
                search.step()
        search.end()


class _Search:
    """One call of the solver.

    Parameters
    ----------
    run, engine
        What is to be solved.
    seeds
        Plans for the first population, the best first; a third of it at most.
    """

    def __init__(self, run: Run, engine: RichEngine, seeds: list[Plan]) -> None:
        self.run, self.engine = run, engine
        self.rules = penalty_rules(engine)
        self.points = angles_around_depot(engine)
        self.population = Population()
        self.halt = threading.Event()
        limited = np.isfinite(run.stop.iteration_limit)
        self.ahead = _AHEAD if limited else max(_AHEAD, run.threads)
        self.under_way: deque[Future[Offspring]] = deque()
        self.number = 0
        clients = run.problem.num_clients
        self.num_first = min(_MOST, max(_FEWEST, _FIRST // clients))
        self.seeds = seeds[: self.num_first // _SEEDS]
        self.waiting: Plan | None = None
        self.waiting_cost = self.offered_cost = 1 << 62
        self.next_offer = 0.0
        self.news: Descended | None = None

    # The first plan ------------------------------------------------------------------

    def begin(self) -> None:
        """Make a first plan, at once, and offer it."""
        run, engine = self.run, self.engine
        self.educators: queue.SimpleQueue[Educator] = queue.SimpleQueue()
        for _ in range(run.threads):
            self.educators.put(
                Educator(engine, self.rules, self.points, self._halted, _RECIPE, self._tell)
            )
        educator = self.educators.get()
        start = engine.adopt(run.best) if run.best is not None else None
        first = educator.construct(start, run.seed)
        self.educators.put(educator)
        self.penalties = Penalties(self.rules, self._scale(first), engine.p.vehicles_first)
        run.offer(engine.solution(first.plan))
        self.first = first.plan
        routes = len(first.plan.vehicle_type)
        first = first._replace(cost=first.cost + self.penalties.vehicle * routes)
        self._admit([first])

    def _scale(self, first: Descended) -> int:
        """Roughly what a plan costs: the first one, if it visits all, or all routes alone."""
        alone = self.engine.p.alone.min(axis=0, initial=NEVER)
        total = int(alone[(alone > 0) & (alone < NEVER)].sum())
        return first.cost if first.feasible and first.cost > 0 else max(first.cost, total)

    def _halted(self) -> bool:
        run = self.run
        return self.halt.is_set() or run.interrupt.is_set() or run.remaining <= 0

    # One offspring after the other ------------------------------------------------------

    @contextmanager
    def pool(self) -> Iterator[None]:
        """Hold the threads; what they are at when the search ends is given up."""
        with ThreadPoolExecutor(self.run.threads, "genetic") as self.executor:
            try:
                yield
            finally:
                self.halt.set()
                for future in self.under_way:
                    future.cancel()

    def step(self) -> None:
        """Wait for the oldest offspring, take it in, and begin another one."""
        limit = self.run.stop.iteration_limit
        while len(self.under_way) < self.ahead and self.number < limit:
            self.under_way.append(self.executor.submit(self._educate, self._task()))
        if not self.under_way:
            return
        try:
            offspring = self.under_way[0].result(timeout=_LOOK)
        except NotYet:
            self._hear()
            self._offer_waiting()
            return
        self.under_way.popleft()
        if offspring.complete:
            self.run.iterations += 1
            self._take_in(offspring)
        self._offer_waiting()

    def _task(self) -> Task:
        """What the next offspring is made of."""
        number, self.number = self.number, self.number + 1
        rng = np.random.default_rng([self.run.seed, number])
        parents = None
        if number >= self.num_first and len(self.population) > 1:
            parents = self.population.parents(rng)
        start = self.first if number == 0 else None
        seed = self.seeds[number - 1] if 0 < number <= len(self.seeds) else None
        return Task(parents, self.penalties.weights(), rng, start, seed)

    def _educate(self, task: Task) -> Offspring:
        educator = self.educators.get()
        try:
            return educator.educate(task)
        finally:
            self.educators.put(educator)

    def _take_in(self, offspring: Offspring) -> None:
        self.penalties.note(offspring.plans[0].broken)
        self._admit(offspring.plans)

    def _admit(self, plans: list[Descended]) -> None:
        p = self.engine.p
        for result in plans:
            self.population.add(individual(result, len(p.node), p.num_depots), result.feasible)
            self._note(result)

    def _tell(self, result: Descended) -> None:
        """Leave word of a plan, from any thread; the latest word counts."""
        self.news = result

    def _hear(self) -> None:
        """Note the plan that there is word of; it enters the population when it is done."""
        if self.news is not None:
            self._note(self.news)
            self.news = None

    def _note(self, result: Descended) -> None:
        """Remember a plan to be offered."""
        if result.feasible and result.cost < min(self.offered_cost, self.waiting_cost):
            self.waiting, self.waiting_cost = result.plan, result.cost

    # Offers ---------------------------------------------------------------------------------

    def _offer_waiting(self, last: bool = False) -> None:
        """Have the best plan checked, unless the last check was too short a while ago."""
        now = time.perf_counter()
        if self.waiting is None or (now < self.next_offer and not last):
            return
        self.run.offer(self.engine.solution(self.waiting))
        self.offered_cost, self.waiting, self.waiting_cost = self.waiting_cost, None, 1 << 62
        took = time.perf_counter() - now
        self.next_offer = now + took / _CHECKING

    def end(self) -> None:
        """Offer what has not been offered, and what was under way when time ran out."""
        if self.run.remaining <= 0 or self.run.interrupt.is_set():
            self._hear()
            for future in self.under_way:
                if future.done() and not future.cancelled():
                    for result in future.result().plans:
                        self._note(result)
        self._offer_waiting(last=True)
