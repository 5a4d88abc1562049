"""What past days remember: plans of days like this one, and how often edges were used."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import pairwise

import numpy as np

from routewright.problem import Problem
from routewright.solution import Solution
from routewright.solvers.edge_weights import EdgeWeights
from routewright.solvers.repair import repaired
from routewright.travel import FloatArray, IntArray

from .days import Day, History

#: A pair of clients that was seen together once counts as if it had been seen so often more,
#: without being neighbors.
_PRIOR = 1.0


class Memory:
    """Plans of past days, by client.

    Parameters
    ----------
    history
        Past days; those without a plan are of no use here.
    """

    def __init__(self, history: History) -> None:
        self.history = history
        self.days = [day for day in history.days if day.plan is not None]
        self.number: dict[Hashable, int] = {}
        rows = [self._numbers(day.problem, add=True) for day in self.days]
        #: Which clients every day had, (days, clients).
        self.present = np.zeros((len(rows), len(self.number)), dtype=bool)
        for row, numbers in zip(self.present, rows, strict=True):
            row[numbers] = True
        self.weights = self._weights(rows)

    def frequencies(self, problem: Problem) -> EdgeWeights:
        """Return how often two clients of a problem were neighbors when both had to be served.

        Pairs of nodes, and shares of the days with both; a pair seen on few days counts less.
        """
        numbers = self._numbers(problem)
        known = np.flatnonzero(numbers >= 0)
        node = np.full(len(self.number), -1, dtype=np.int64)
        node[numbers[known]] = known + problem.num_depots
        span = self.weights.span
        pairs = node[np.stack(np.divmod(self.weights.codes, span))]
        both = (pairs >= 0).all(axis=0)
        return EdgeWeights.of(pairs[:, both], self.weights.values[both])

    def plans(self, problem: Problem, count: int) -> list[Solution]:
        """Return the plans of the most similar days, made to serve the clients of a problem.

        Parameters
        ----------
        problem
            A problem that `repair` can handle.
        count
            Of how many days; those that share the largest part of the clients, the latest first
            among equals.
        """
        numbers = self._numbers(problem)
        known = numbers[numbers >= 0]
        if not len(self.days) or not len(known):
            return []
        shared = self.present[:, known].sum(axis=1)
        either = self.present.sum(axis=1) + len(numbers) - shared
        likeness = shared / np.maximum(1, either)
        order = np.lexsort((-np.arange(len(likeness)), -likeness))
        return [self._repaired(self.days[d], problem, numbers) for d in order[:count].tolist()]

    def _numbers(self, problem: Problem, add: bool = False) -> IntArray:
        """Number of every client, or -1 for one that was never seen."""
        keys = self.history.keys(problem)
        if add:
            for key in keys:
                self.number.setdefault(key, len(self.number))
        return np.array([self.number.get(key, -1) for key in keys], dtype=np.int64)

    def _weights(self, rows: list[IntArray]) -> EdgeWeights:
        """Shares of the days on which neighbors were neighbors, by numbers of clients."""
        pairs = [_neighbors(day, row) for day, row in zip(self.days, rows, strict=True)]
        all_pairs = np.concatenate([np.zeros((2, 0), dtype=np.int64), *pairs], axis=1)
        span = max(1, len(self.number))
        codes, used = np.unique(all_pairs.min(0) * span + all_pairs.max(0), return_counts=True)
        first, second = np.divmod(codes, span)
        together = np.zeros(len(codes))
        for row in self.present:
            together += row[first] & row[second]
        values: FloatArray = used / (together + _PRIOR)
        return EdgeWeights(codes, values, span)

    def _repaired(self, day: Day, problem: Problem, numbers: IntArray) -> Solution:
        """The plan of a day, for the clients of a problem."""
        assert day.plan is not None
        client = np.full(len(self.number), -1, dtype=np.int64)
        seen = numbers >= 0
        client[numbers[seen]] = np.flatnonzero(seen)
        now = client[self._numbers(day.problem)].tolist()
        types = {v.id: k for k, v in enumerate(problem.vehicle_types)}
        routes = []
        for route in day.plan.routes:
            name = day.problem.vehicle_types[route.vehicle_type].id
            visits = [now[c] for c in route.visits if now[c] >= 0]
            routes.append((types.get(name, route.vehicle_type), visits))
        return repaired(problem, routes)


def _neighbors(day: Day, numbers: IntArray) -> IntArray:
    """Clients that follow each other in the plan of a day, by number, (2, pairs), each once."""
    assert day.plan is not None
    pairs = [pair for route in day.plan.routes for trip in route.trips for pair in pairwise(trip)]
    return numbers[np.array(pairs, dtype=np.int64).reshape(-1, 2).T]
