"""The search for a symmetric tour: candidates, descents, a population, and kicks.

How the time is spent depends on the size: a population needs time for every tour in it,
and where there is too little, one tour is kicked in all its parts instead.
"""

from __future__ import annotations

import copy
import math
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from routewright.travel import IntArray

from .base import Run
from .schedule import iterations_left
from .tour_bound import Climb
from .tour_candidates import LEAST_GAP, PATIENT, Candidates, candidates
from .tour_descent import FULL, descend
from .tour_parts import KICKS, kick_round
from .tour_population import Population
from .tour_problem import TourProblem

#: Fewest and most tours that are crossed with each other.
_LEAST_TOURS, _MOST_TOURS = 3, 150
#: Time of kicking a new tour of a population, and of a crossing, in those of a descent.
_KICKED, _CROSSING = 2.0, 1 / 30
#: Generations until a population is spent, per root of the number of cities.
_GENERATIONS = 2.2
#: Share of the time that the first population may take by this reckoning.
_SHARE = 0.7
#: Share of the time that is left in which a population is made.
_FILLING = 0.4
#: Generations between two looks at whether there is time for all tours.
_LOOK = 5
#: Share of the time that choosing candidates and a bound may take, and most steps of the first.
_ASCENT, _ROUNDS = 0.15, PATIENT
#: Seconds of a step per city, and of a look at the complete graph per pair of cities, roughly.
_STEP_SECONDS, _PAIR_SECONDS = 4e-7, 5e-9
#: Steps of the climb: at least, or it is not worth the time, and at most.
_LEAST_CLIMB, _MOST_CLIMB = 1000, 10_000
#: Steps of both where time does not count.
_FIXED_ROUNDS = 100
#: Offers may take this share of the time.
_OFFERS = 0.05
#: Share of the time for one look at the complete graph; with more cities there is none.
_LOOKING, _MOST_BOUNDED = 0.02, 12_000


class TourSearch:
    """One search for a symmetric tour.

    Parameters
    ----------
    run
        The run; an iteration is a descent, a crossing, or a hundred kicks.
    t
        The problem as a tour, of at least eight cities.
    """

    def __init__(self, run: Run, t: TourProblem, pool: ThreadPoolExecutor) -> None:
        self.run, self.t, self.pool = run, t, pool
        self.tour: IntArray = np.arange(t.size, dtype=np.int64)
        self.cost = self.offered = 1 << 62
        self.offer_seconds = self.offered_at = 0.0
        self.reserve = self.chosen_by = 0.0
        self.is_timed = math.isfinite(run.stop.time_limit) and not math.isfinite(
            run.stop.iteration_limit
        )

    def search(self) -> None:
        """Search until the run says stop, and offer the best tour."""
        run = self.run
        with run.setting_up():
            self.c = self._candidates()
        start = Population(self.c, self.pool, self.run.threads)
        begin = time.perf_counter()
        self.take(self.c.first, self.c.first_cost)
        if not self.is_over():
            self.take(*start.descended([run.seed, 0], 0.0, 0, self.is_over))
        run.iterations += 1
        self._adopt_start()
        self.descent_seconds = time.perf_counter() - begin
        self.mean_edge = max(0, self.t.length(self.cost)) / self.t.size
        self.offer()
        self._climb()
        number = 0
        while not self.is_over():
            number += 1
            if not self._population(number):
                self._kick(number)
        self.offer(last=True)
        if not run.should_stop():
            run.stop_reason = "optimal" if self._is_proven() else "time limit"

    def is_over(self) -> bool:
        """Whether to end now."""
        return self.run.remaining <= self.reserve or self.run.should_stop() or self._is_proven()

    def _is_proven(self) -> bool:
        return self.run.bound is not None and self.t.cost(self.cost) <= self.run.bound

    # Tours ------------------------------------------------------------------------

    def take(self, tour: IntArray, cost: int) -> None:
        """Keep a tour if it is the best so far."""
        if cost < self.cost:
            self.tour, self.cost = np.asarray(tour, dtype=np.int64), int(cost)

    def offer(self, last: bool = False) -> None:
        """Have the best tour checked if it is new: now and then, and in the end."""
        if self.cost >= self.offered:
            return
        begin = self.run.elapsed
        if (
            not last
            and self.is_timed
            and ((begin - self.offered_at) * _OFFERS < self.offer_seconds)
        ):
            return
        self.run.offer(self.t.solution(self.tour))
        self.offered, self.offered_at = self.cost, self.run.elapsed
        self.offer_seconds = self.offered_at - begin
        self.reserve = 1.2 * self.offer_seconds + 0.002

    def _adopt_start(self) -> None:
        """Descend from the plan that the caller gave, if it is a tour."""
        if self.run.initial is None:
            return
        given = self.t.tour(self.run.initial)
        if given is not None:
            state, cost = descend(self.c.search, given, FULL, self.is_over)
            self.take(state.tour.astype(np.int64), cost)

    # Phases -----------------------------------------------------------------------

    def _candidates(self) -> Candidates:
        rounds = _FIXED_ROUNDS
        if self.is_timed:
            share = _ASCENT * self.run.remaining
            self.chosen_by = self.run.elapsed + share
            rounds = int(min(_ROUNDS, share / (_STEP_SECONDS * self.t.size))) // 10 * 10
        return candidates(self.t, rounds, self.run.threads, self.is_over)

    def _climb(self) -> None:
        """Prove a bound, by a climb where time is left for it.

        The candidates stay: those that the penalties of the climb choose made worse tours.
        """
        if self.t.size > _MOST_BOUNDED or self.t.bonus:
            return
        steps = _FIXED_ROUNDS
        if self.is_timed:
            look = _PAIR_SECONDS * self.t.size**2
            if look > _LOOKING * self.run.remaining:
                return
            left = self.chosen_by - self.run.elapsed
            steps = int(min(_MOST_CLIMB, left / max(self.c.step_seconds, 1e-9)))
            steps = steps if steps >= _LEAST_CLIMB else 0
        climb = Climb(self.c.search, self.c.graph, copy.deepcopy(self.c.tree))
        climb.run(steps, self.cost, LEAST_GAP * max(0, self.t.length(self.cost)), self.is_over)
        if climb.bound is not None:
            self.run.prove(min(self.t.cost(climb.bound), self.t.cost(self.cost)))

    def _tours(self) -> int:
        """How many tours to cross, by the time or the iterations that are left."""
        generations = _GENERATIONS * math.sqrt(self.t.size)
        if self.is_timed:
            each = self.descent_seconds * (_KICKED + generations * _CROSSING) / self.run.threads
            return int(min(_MOST_TOURS, _SHARE * self.run.remaining / each))
        return int(min(_MOST_TOURS, iterations_left(self.run, 1 << 40) / (1 + generations)))

    def _population(self, number: int) -> bool:
        """Make a population and cross it until it is spent; return whether it was worth it."""
        size = self._tours()
        if size < _LEAST_TOURS:
            return False
        run = self.run
        population = Population(self.c, self.pool, run.threads)
        until = run.elapsed + _FILLING * run.remaining
        population.fill(
            size,
            [run.seed, number],
            self.mean_edge,
            lambda: self.is_over() or (self.is_timed and run.elapsed > until),
        )
        run.iterations += len(population.costs)
        if number > 1:
            population.add(self.tour, self.cost)
        self.take(*population.best)
        begin = run.elapsed
        generations = population.generations([run.seed, number], self.is_over)
        for done, crossings in enumerate(generations, 1):
            run.iterations += crossings
            self.take(*population.best)
            self.offer()
            if self.is_timed and done % _LOOK == 0:
                self._hurry(population, done, (run.elapsed - begin) / done)
            if iterations_left(run, 1 << 40) < len(population.costs):
                break
        return True

    def _hurry(self, population: Population, done: int, seconds: float) -> None:
        """Go on with fewer tours if there is no time for all the generations they take."""
        size = len(population.costs)
        more = _GENERATIONS * math.sqrt(self.t.size) - done
        fits = size * self.run.remaining / (max(more, _LOOK) * seconds)
        if more > 0 and fits < 0.9 * size:
            population.thin(max(_LEAST_TOURS, int(fits)))

    def _kick(self, number: int) -> None:
        """Kick the best tour in all its parts, about once per city."""
        most = iterations_left(self.run, 1 << 40)
        kicks = min(max(self.t.size, KICKS), most * KICKS)
        tour, gain, done = kick_round(
            self.c.search, self.tour, [self.run.seed, number], kicks, self.pool, self.is_over
        )
        self.run.iterations += max(1, -(-done // KICKS))
        self.tour, self.cost = tour, self.cost - gain
        self.offer()
