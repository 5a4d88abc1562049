"""Which sets of clients a plan may visit as a whole, and what that asks of its routes.

Sets of clients are bit masks, and arrays are indexed by them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from routewright.problem import Problem
from routewright.travel import IntArray

from .exact_rules import members


class PlanSets:
    """The sets of clients that the plans of a problem may visit.

    Two clients of a precedence must share a route, but only if the plan visits both. The
    pattern of a set is the mask of the precedences of which it has both clients; sets of
    one pattern ask the same of their routes.

    Attributes
    ----------
    valid
        The sets that break no rule.
    lost
        Prizes that are lost when a set is visited, in internal cost units.
    pattern
        Of every set.
    patterns
        The different patterns of valid sets.
    """

    def __init__(self, problem: Problem) -> None:
        self._p = problem
        self.sets: IntArray = np.arange(1 << problem.num_clients)
        self.valid = self._valid()
        self.lost = np.full(len(self.sets), problem.total_prize)
        for c, client in enumerate(problem.clients):
            self.lost -= client.prize * self._has(c)
        self.pattern = np.zeros_like(self.sets)
        for i, (a, b) in enumerate(self._precedences()):
            self.pattern |= (self._has(a) & self._has(b)) << i
        self.patterns = np.unique(self.pattern[self.valid])

    def _precedences(self) -> list[tuple[int, int]]:
        return sorted(set(self._p.precedences))

    def _has(self, client: int) -> IntArray:
        """Whether each set has a client, as 0 or 1."""
        return self.sets >> client & 1

    def _valid(self) -> IntArray:
        p, first = self._p, self._p.num_depots
        must = {c for c, client in enumerate(p.clients) if client.required}
        must |= {c for lock in p.locks for c in lock.visits}
        must |= {node - first for edge in p.fixed_edges for node in edge if node >= first}
        valid = np.ones(len(self.sets), dtype=bool)
        for c in must:
            valid &= self._has(c) == 1
        for group in p.groups:
            visited = np.zeros_like(self.sets)
            for c in group.clients:
                visited += self._has(c)
            valid &= (visited <= 1) & (visited >= int(group.required))
        # No route has two depots beside each other.
        if any(max(edge) < first for edge in p.fixed_edges):
            valid[:] = False
        return np.flatnonzero(valid)

    def of_pattern(self, pattern: int) -> IntArray:
        """Valid sets of a pattern."""
        sets: IntArray = self.valid[self.pattern[self.valid] == pattern]
        return sets

    def is_split(self, pattern: int) -> npt.NDArray[np.bool_]:
        """Whether a route through exactly each set would part a pair of the pattern."""
        precedences = self._precedences()
        split = np.zeros(len(self.sets), dtype=bool)
        for i in members(pattern):
            a, b = precedences[i]
            split |= self._has(a) != self._has(b)
        return split
