"""A population of tours: local optima, crossed until nothing gains, on all cores.

Tours of one generation are crossed side by side, each with the next in a random order,
and each child takes the place of its first parent. What a child depends on is what the
generation began with, and so the number of threads does not matter.

References
----------
Nagata, Y., & Kobayashi, S. (2013). A powerful genetic algorithm using edge assembly
crossover for the traveling salesman problem. *INFORMS Journal on Computing*, 25(2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import numpy as np

from routewright.travel import IntArray

from .kernels.tour_crossover import (
    Crossover,
    EdgeCounts,
    new_crossover,
    new_edge_counts,
    run_crossover,
    run_edge_counts,
)
from .kernels.tour_search import run_tour_kicks
from .tour_candidates import Candidates
from .tour_descent import FULL, LONGEST_PIECE, descend

#: Children of a pair, of which the best is kept.
CHILDREN = 20
#: Cities that a kick moves at most in each of its three pieces; edges of a move after it.
SPAN, KICK_DEPTH = 30, 3
#: Spread of the noise on penalties from which tours start, in mean edges.
_NOISE = 0.1
#: Kicks per city that a tour gets before it is crossed.
_KICKS = 0.1
#: Generations without a gain after which a population is spent.
_PATIENCE = 3


class Population:
    """Tours and what they cost, shape (P, N) and (P,)."""

    def __init__(self, c: Candidates, pool: ThreadPoolExecutor, threads: int) -> None:
        self.c, self.pool, self.threads = c, pool, threads
        self.tours = np.zeros((0, len(c.tree.parent)), dtype=np.int32)
        self.costs = np.zeros(0, dtype=np.int64)

    def descended(
        self, seed: list[int], mean_edge: float, kicks: int, is_over: Callable[[], bool]
    ) -> tuple[IntArray, int]:
        """Return a local optimum and its cost, from a start of its own."""
        draw = np.random.default_rng(seed)
        tour = self.c.walk(_NOISE * mean_edge, draw)
        s, cost = descend(self.c.search, tour, FULL, is_over)
        if kicks and not is_over():
            rng = draw.integers(1, 1 << 62, 1).astype(np.uint64)
            cost -= int(
                run_tour_kicks(self.c.search, s, rng, kicks, SPAN, KICK_DEPTH, LONGEST_PIECE)
            )
        return s.tour.astype(np.int64), cost

    def fill(
        self, size: int, seed: list[int], mean_edge: float, is_over: Callable[[], bool]
    ) -> None:
        """Make a new population of so many local optima, or fewer if it is over before."""
        kicks = round(_KICKS * self.tours.shape[1])

        def make(number: int) -> tuple[IntArray, int] | None:
            late = number > 0 and is_over()
            return None if late else self.descended([*seed, number], mean_edge, kicks, is_over)

        made = [found for found in self.pool.map(make, range(size)) if found is not None]
        self.tours = np.array([tour for tour, _ in made], dtype=np.int32)
        self.costs = np.array([cost for _, cost in made], dtype=np.int64)

    def add(self, tour: IntArray, cost: int) -> None:
        """Add a tour."""
        self.tours = np.concatenate([self.tours, tour[None].astype(np.int32)])
        self.costs = np.append(self.costs, cost)

    def thin(self, size: int) -> None:
        """Keep only so many of the cheapest tours, from the next generation on."""
        kept = np.sort(np.argsort(self.costs, kind="stable")[:size])
        self.tours, self.costs = self.tours[kept], self.costs[kept]

    @property
    def best(self) -> tuple[IntArray, int]:
        """The cheapest tour, and its cost."""
        at = int(np.argmin(self.costs))
        return self.tours[at].copy(), int(self.costs[at])

    def generations(self, seed: list[int], is_over: Callable[[], bool]) -> Iterator[int]:
        """Cross the tours until nothing gains; yields after each generation its crossings."""
        draw = np.random.default_rng(seed)
        size, n = self.tours.shape
        counts = new_edge_counts(n, size)
        scratch = [new_crossover(n) for _ in range(min(self.threads, size))]
        patience = _PATIENCE
        while len(self.costs) > 1 and patience and not is_over():
            if len(self.costs) < size:
                size = len(self.costs)
                counts = new_edge_counts(n, size)
            run_edge_counts(counts, self.tours)
            pairs = _Pairs(self, counts, draw, is_over)
            crossings = sum(self.pool.map(pairs.cross, range(len(scratch)), scratch))
            self.tours, self.costs = pairs.children, self.costs - pairs.gains
            patience = _PATIENCE if pairs.gains.any() else patience - 1
            yield crossings


class _Pairs:
    """The crossings of one generation, which workers share."""

    def __init__(
        self,
        population: Population,
        counts: EdgeCounts,
        draw: np.random.Generator,
        is_over: Callable[[], bool],
    ) -> None:
        self.tours, self.arrays = population.tours, population.c.nearest
        self.counts, self.is_over = counts, is_over
        size = len(self.tours)
        self.order = draw.permutation(size)
        self.rng = draw.integers(1, 1 << 62, size).astype(np.uint64)
        self.gains = np.zeros(size, dtype=np.int64)
        self.children = self.tours.copy()
        self.next = count()

    def cross(self, _: int, scratch: Crossover) -> int:
        """Cross pairs until none is left; return how many."""
        done, size = 0, len(self.tours)
        while (k := next(self.next)) < size and not self.is_over():
            i, j = self.order[k], self.order[(k + 1) % size]
            self.gains[i] = run_crossover(
                self.arrays,
                scratch,
                self.counts,
                self.rng[k : k + 1],
                self.tours[i],
                self.tours[j],
                CHILDREN,
                self.children[i],
            )
            done += 1
        return done
