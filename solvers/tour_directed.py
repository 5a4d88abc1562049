"""The search for tours whose direction matters: asymmetric costs, or precedences."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from scipy.optimize import linear_sum_assignment

from routewright.travel import UNREACHABLE, IntArray

from .base import Run
from .kernels.directed_search import (
    Precedences,
    run_directed_annealing,
    run_directed_search,
)
from .kernels.tour_state import (
    TourArrays,
    TourState,
    new_tour_state,
    run_tour_cost,
)
from .schedule import iterations_left
from .tour_problem import TourProblem

#: Cheapest arcs out of each city that moves look at.
_NEAR = 20
#: Cities that a kick moves at most in each of its three pieces.
_SPAN = 10
#: Random exchanges in the place of a kick, and cities in their longer piece at most.
_EXCHANGES, _LONG = 200, 50
#: Kicks in one iteration, and iterations between two looks at the clock.
_KICKS, _SLICE = 100, 10
#: Workers where the result must not depend on how many threads there are.
_FIXED_WORKERS = 2
#: First and last temperature of a cycle, in mean arcs.
_HOT, _COLD = 0.5, 0.01
#: Where cycles end, in shares of what is limited.
_CYCLES = 0.2, 0.5, 1.0
#: Kicks per city of the first cycle where nothing is limited; each later one has more.
_CYCLE = 10_000
#: More than any arc that can be traveled.
_FAR = UNREACHABLE
#: Up to so many cities, the assignment bound is worth its time.
_MOST_BOUNDED = 3000


class DirectedSearch:
    """One search for a directed tour; workers anneal side by side.

    Parameters
    ----------
    run
        The run; an iteration is a hundred kicks.
    t
        The problem as a tour, of at least eight cities.
    """

    def __init__(self, run: Run, t: TourProblem, pool: ThreadPoolExecutor) -> None:
        self.run, self.t, self.pool = run, t, pool
        self.order = precedences(t)
        self.may_follow = may_follow(t)
        self.arrays = with_out_arcs(t.arrays, self.may_follow)
        self.cost = 1 << 62
        self.tour = np.zeros(0, dtype=np.int64)
        is_timed = not math.isfinite(run.stop.iteration_limit)
        self.count = run.threads if is_timed else _FIXED_WORKERS

    def search(self) -> None:
        """Search until the run says stop, and offer every better tour."""
        run = self.run
        workers = [_Worker(self, k) for k in range(self.count)]
        for worker in workers:
            self._take(worker)
        self._adopt_start(workers[0])
        self._prove()
        cycles = enumerate(self._cycles())
        number, (begin, end) = next(cycles)
        while not self.is_over():
            at = self._progress()
            if at >= end:
                number, (begin, end) = next(cycles)
            most = -(-iterations_left(run, 1 << 40) // len(workers))
            size, heat = min(_SLICE, most), self._temperature((at - begin) / (end - begin))
            job = partial(_Worker.run, iterations=size, temperature=heat, cycle=number)
            list(self.pool.map(job, workers))
            run.iterations = min(run.iterations + size * len(workers), self._most_iterations())
            for worker in workers:
                self._take(worker)
        if not run.should_stop():
            run.stop_reason = "optimal" if self._is_proven() else "time limit"

    def _most_iterations(self) -> int:
        limit = self.run.stop.iteration_limit
        return int(limit) if math.isfinite(limit) else 1 << 60

    def _cycles(self) -> Iterator[tuple[float, float]]:
        """Beginnings and ends of the cycles of cooling, as `_progress` counts."""
        if self._is_limited:
            yield from itertools.pairwise((0.0, *_CYCLES))
        for k in itertools.count():
            yield float(2**k - 1), float(2 ** (k + 1) - 1)

    @property
    def _is_limited(self) -> bool:
        stop = self.run.stop
        return math.isfinite(stop.iteration_limit) or math.isfinite(stop.time_limit)

    def _progress(self) -> float:
        """Share of the iterations, else of the time; where neither ends, cycles."""
        stop, run = self.run.stop, self.run
        if math.isfinite(stop.iteration_limit):
            return run.iterations / max(1.0, stop.iteration_limit)
        if math.isfinite(stop.time_limit):
            return run.elapsed / max(1e-9, stop.time_limit)
        return run.iterations * _KICKS / (_CYCLE * self.t.size)

    def is_over(self) -> bool:
        """Whether to end now."""
        return self.run.should_stop() or self._is_proven()

    def _is_proven(self) -> bool:
        return self.run.bound is not None and self.t.cost(self.cost) <= self.run.bound

    def _temperature(self, fraction: float) -> float:
        mean = max(0, self.t.length(self.cost)) / self.t.size
        return mean * _HOT * float((_COLD / _HOT) ** min(1.0, fraction))

    def _take(self, worker: _Worker) -> None:
        if worker.best_cost < self.cost:
            self.cost, self.tour = worker.best_cost, worker.state.best_tour.astype(np.int64)
            self.run.offer(self.t.solution(self.tour))

    def _adopt_start(self, worker: _Worker) -> None:
        """Let a worker begin with the plan that the caller gave, if it is a tour."""
        given = None if self.run.initial is None else self.t.tour(self.run.initial)
        if given is not None and self.run.report is not None and self.run.report.feasible:
            worker.load(given)
            self._take(worker)

    def _prove(self) -> None:
        """Record what the cheapest arcs out of and into all cities cost at least."""
        if self.t.size > _MOST_BOUNDED or self.t.bonus:
            return
        matrix = np.where(self.may_follow, np.minimum(self.t.arrays.matrix, _FAR), _FAR)
        rows, columns = linear_sum_assignment(matrix)
        bound = int(matrix[rows, columns].sum())
        if bound < _FAR:
            self.run.prove(min(self.t.cost(bound), self.t.cost(self.cost)))


class _Worker:
    """One tour that is annealed, with random numbers of its own."""

    def __init__(self, search: DirectedSearch, number: int) -> None:
        self.search, self.number = search, number
        seed = [search.run.seed, number]
        self.rng = np.random.SeedSequence(seed).generate_state(1, np.uint64) | np.uint64(1)
        self.draw = np.random.default_rng(seed)
        self.state: TourState
        self.best_cost = 1 << 62
        self.load(greedy_tour(search.t, search.order, self.draw, number > 0))

    def load(self, tour: IntArray) -> None:
        """Go on from a tour."""
        self.state = new_tour_state(tour)
        cost = int(run_tour_cost(self.search.arrays, self.state.tour))
        self.best_cost = cost
        self.run(0, 0.0, 0)

    def run(self, iterations: int, temperature: float, cycle: int) -> None:
        """Kick and descend so many hundred times, or make as many times more single moves.

        Precedences leave few moves to a descent. Where there are any, workers take turns, and
        every other cycle is of random exchanges.
        """
        search, kicks = self.search, iterations * _KICKS
        kick, span = run_directed_search, _SPAN
        if kicks and search.order.anchor >= 0 and (self.number + cycle) % 2:
            kick, span, kicks = run_directed_annealing, _LONG, kicks * _EXCHANGES
        won = kick(search.arrays, self.state, search.order, self.rng, kicks, span, temperature)
        self.best_cost -= int(won)


def with_out_arcs(arrays: TourArrays, usable: np.ndarray) -> TourArrays:
    """Return the costs with the cheapest usable arcs out of each city, -1 after the last."""
    n, matrix = len(arrays.matrix), arrays.matrix
    width = min(_NEAR, n - 1)
    far = np.where(usable, matrix, np.iinfo(np.int64).max)
    near = np.argsort(far, axis=1, kind="stable")[:, :width]
    cost = np.take_along_axis(far, near, 1)
    return arrays._replace(
        ends=-1,  # the gap is a city like others
        near=np.ascontiguousarray(np.where(cost < _FAR, near, -1), dtype=np.int32),
        near_cost=np.ascontiguousarray(cost),
    )


def may_follow(t: TourProblem) -> np.ndarray:
    """Whether a city may come directly behind another one, shape (N, N)."""
    usable = ~np.eye(t.size, dtype=bool)
    first = _closed(_pairs(t))
    if len(first):
        between = first.astype(np.float32) @ first.astype(np.float32) > 0
        usable &= ~first.T & ~between
    return usable


def _pairs(t: TourProblem) -> np.ndarray:
    """Which city has to come before which, shape (N, N), or empty if none does."""
    n, problem = t.size, t.problem
    if not problem.precedences:
        return np.zeros((0, 0), dtype=bool)
    city = np.full(problem.num_depots + problem.num_clients, -1, dtype=np.int64)
    real = t.nodes >= 0
    city[t.nodes[real]] = np.flatnonzero(real)
    first = np.zeros((n, n), dtype=bool)
    ends = np.asarray(problem.precedences, dtype=np.int64) + problem.num_depots
    first[city[ends[:, 0]], city[ends[:, 1]]] = True
    return first


def _closed(first: np.ndarray) -> np.ndarray:
    """Add the pairs that follow from others."""
    while True:
        wide = first.astype(np.float32)
        more = first | (wide @ wide > 0)
        if (more == first).all():
            return first
        first = more


def precedences(t: TourProblem) -> Precedences:
    """Return the order that the problem asks for, without what follows from the rest."""
    n = t.size
    first = _closed(_pairs(t))
    before, behind = np.nonzero(_reduced(first))
    anchor = t.arrays.ends if t.arrays.ends >= 0 else t.first
    return Precedences(
        anchor if t.problem.precedences else -1,
        _offsets(before, n),
        np.ascontiguousarray(behind, dtype=np.int64),
        _offsets(np.sort(behind), n),
        np.ascontiguousarray(before[np.argsort(behind, kind="stable")], dtype=np.int64),
    )


def _offsets(rows: IntArray, n: int) -> IntArray:
    counts = np.bincount(rows, minlength=n)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _reduced(first: np.ndarray) -> np.ndarray:
    """Leave out pairs that follow from two others."""
    if not len(first):
        return first
    through = first.astype(np.float32) @ first.astype(np.float32)
    return np.asarray(first & (through == 0))


def greedy_tour(
    t: TourProblem, order: Precedences, draw: np.random.Generator, vary: bool
) -> IntArray:
    """Go to the cheapest city whose predecessors have been visited, each time."""
    n, matrix = t.size, t.arrays.matrix
    waits = np.diff(order.earlier_start).copy()
    start = t.arrays.ends if t.arrays.ends >= 0 else max(t.first, 0)
    city, tour, left = start, [start], np.ones(n, dtype=bool)
    left[start] = False
    for _ in range(n - 1):
        waits[order.later[order.later_start[city] : order.later_start[city + 1]]] -= 1
        cost = matrix[city].astype(np.float64)
        if vary:
            cost = cost * draw.uniform(1.0, 1.5, n)
        cost[~left | (waits > 0)] = np.inf
        # A fixed last city waits until all others have been visited.
        if t.arrays.ends >= 0 and t.last >= 0 and left.sum() > 1:
            cost[t.last] = np.inf
        city = int(np.argmin(cost))
        tour.append(city)
        left[city] = False
    return np.array(tour, dtype=np.int64)
