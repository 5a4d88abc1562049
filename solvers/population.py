"""The population of the genetic search: good plans that differ from each other.

References
----------
Vidal, T., Crainic, T. G., Gendreau, M., Lahrichi, N., & Rei, W. (2012). A hybrid genetic
algorithm for multidepot and periodic vehicle routing problems. *Operations Research*,
60(3), section 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from routewright.travel import FloatArray, IntArray

from .fleet import Plan
from .penalty import Descended

#: Plans kept after a purge; offspring between two purges; elite; and how many of the
#: nearest ones measure how different a plan is.
_SMALLEST, _GENERATION, _ELITE, _CLOSE = 25, 40, 4, 5


@dataclass
class Individual:
    """A plan with its cost, penalties included, and its links for comparisons.

    Parameters
    ----------
    plan, cost
        The plan.
    links
        Shape (2, clients): who comes after and before each client; -1 for a depot and
        -2 for a client that is not visited.
    """

    plan: Plan
    cost: int
    links: IntArray


def individual(result: Descended, num_nodes: int, num_depots: int) -> Individual:
    """Return what the population keeps of a plan."""
    plan = result.plan
    links = np.full((2, num_nodes), -2, dtype=np.int64)
    bare = np.where(plan.visits >= num_depots, plan.visits, -1)
    behind, before = np.roll(bare, -1), np.roll(bare, 1)
    if len(bare):
        behind[plan.start[1:] - 1] = -1
        before[plan.start[:-1]] = -1
    links[0, plan.visits], links[1, plan.visits] = behind, before
    return Individual(plan, result.cost, links[:, num_depots:])


class Subpopulation:
    """Plans of one kind, feasible or not, by increasing cost."""

    def __init__(self) -> None:
        self.members: list[Individual] = []
        self.distance: FloatArray = np.zeros((0, 0))

    def add(self, new: Individual) -> None:
        """Take in a plan; purge if there are too many."""
        apart = self._distances(new)
        place = int(np.searchsorted([m.cost for m in self.members], new.cost, side="right"))
        self.members.insert(place, new)
        size = len(self.members)
        grown = np.zeros((size, size))
        others = np.delete(np.arange(size), place)
        grown[np.ix_(others, others)] = self.distance
        grown[place, others] = grown[others, place] = apart
        self.distance = grown
        if size > _SMALLEST + _GENERATION:
            while len(self.members) > _SMALLEST:
                self._remove_worst()

    def _distances(self, new: Individual) -> FloatArray:
        """Broken pairs: the share of links of a plan that the others do not have."""
        if not self.members:
            return np.zeros(0)
        links = np.stack([m.links for m in self.members])
        after, before = new.links
        broken = (after != links[:, 0]) & (after != links[:, 1])
        alone = (before == -1) & (links[:, 0] != -1) & (links[:, 1] != -1)
        apart: FloatArray = (broken.sum(axis=1) + alone.sum(axis=1)) / max(1, links.shape[2])
        return apart

    def contributions(self) -> FloatArray:
        """Mean distance of each plan to the nearest ones."""
        size = len(self.members)
        if size < 2:
            return np.ones(size)
        apart = self.distance + np.diag(np.full(size, np.inf))
        closest = np.sort(apart, axis=1)[:, : min(_CLOSE, size - 1)]
        mean: FloatArray = closest.mean(axis=1)
        return mean

    def fitness(self) -> FloatArray:
        """Rank by cost and by difference, the less the better; the elite is kept."""
        size = len(self.members)
        if size < 2:
            return np.zeros(size)
        rank = np.empty(size)
        rank[np.argsort(-self.contributions(), kind="stable")] = np.arange(size)
        costs = np.arange(size)
        biased: FloatArray = (costs + max(0.0, 1 - _ELITE / size) * rank) / (size - 1)
        return biased

    def _remove_worst(self) -> None:
        apart = self.distance + np.diag(np.full(len(self.members), np.inf))
        clones = np.flatnonzero(apart.min(axis=1) <= 1e-9)
        fitness = self.fitness()
        candidates = clones[clones > 0] if (clones > 0).any() else np.arange(1, len(self.members))
        self._drop(int(candidates[np.argmax(fitness[candidates])]))

    def _drop(self, i: int) -> None:
        del self.members[i]
        self.distance = np.delete(np.delete(self.distance, i, 0), i, 1)


class Population:
    """Feasible and infeasible plans, and the choice of parents among them."""

    def __init__(self) -> None:
        self.feasible, self.infeasible = Subpopulation(), Subpopulation()

    def add(self, new: Individual, feasible: bool) -> None:
        """Take in a plan."""
        (self.feasible if feasible else self.infeasible).add(new)

    def parents(self, rng: np.random.Generator) -> tuple[Plan, Plan]:
        """Return two plans, each the fitter of two drawn at random."""
        fitness = np.concatenate([self.feasible.fitness(), self.infeasible.fitness()])
        members = self.feasible.members + self.infeasible.members
        first = self._drawn(fitness, rng)
        second = first
        for _ in range(10):
            second = self._drawn(fitness, rng)
            if second != first:
                break
        return members[first].plan, members[second].plan

    @staticmethod
    def _drawn(fitness: FloatArray, rng: np.random.Generator) -> int:
        i, j = (int(x) for x in rng.integers(len(fitness), size=2))
        return i if fitness[i] <= fitness[j] else j

    def __len__(self) -> int:
        return len(self.feasible.members) + len(self.infeasible.members)
