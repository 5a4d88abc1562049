"""Education: how an offspring becomes a good plan.

The child of two plans is improved by local search that may break rules at a price. What
still breaks one is repaired: at ten times the price, or by ruin and recreate, which
leaves out what does not fit and puts it back where it does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from routewright.travel import FloatArray, IntArray

from .crossover import exchange_routes, giant_tour, ordered_crossover, split
from .fleet import Plan
from .kernels import penalty_columns as on
from .kernels import rich_columns as at
from .kernels.penalty_types import PenaltyRules
from .kernels.rich_search import run_insert
from .penalty import Descended, PenaltyWorker
from .rich import RichEngine

#: Evaluations between two looks at the clock.
_SLICE = 4000
#: Iterations of ruin and recreate between two looks at the clock.
_RUINS = 50
#: Seconds between news.
_NEWS = 0.3
#: Units inserted between two looks at the clock.
_INSERTED = 200
#: Share of broken offspring that are repaired at ten times the price.
_REPAIR = 0.5


@dataclass(frozen=True)
class Recipe:
    """How offspring are made.

    Parameters
    ----------
    ordered
        Share of offspring by ordered crossover and Split, where that is possible.
    ruined, ruins
        Share of offspring that ruin and recreate improves, and its iterations per client.
    first
        The same iterations for the first plan.
    repair
        The same iterations, without heat, for what descent leaves infeasible.
    heat
        Their temperature at the beginning, in mean costs per client; a hundredth at the end.
    """

    ordered: float = 0.5
    ruined: float = 0.0
    ruins: float = 10.0
    first: float = 20.0
    repair: float = 0.2
    heat: float = 0.3


@dataclass(frozen=True)
class Task:
    """What one offspring is made of.

    Parameters
    ----------
    parents
        Two plans, or None for a plan from nothing.
    weight
        Prices of broken rules.
    rng
        The random numbers of this offspring alone.
    start
        A plan to be improved by ruin and recreate, instead of a child.
    seed
        A plan to be improved by local search, instead of a child.
    """

    parents: tuple[Plan, Plan] | None
    weight: IntArray
    rng: np.random.Generator
    start: Plan | None = None
    seed: Plan | None = None


@dataclass
class Offspring:
    """What came of a task: the plan, then repaired ones; not complete if time ran out."""

    plans: list[Descended] = field(default_factory=list)
    complete: bool = True


class Educator:
    """Makes one offspring at a time; it remembers nothing from one to the next.

    Parameters
    ----------
    engine, rules
        The problem.
    points
        Coordinates around the depots, or None.
    halted
        Whether to give up, for it is time.
    recipe
        How offspring are made.
    news
        Called now and then with what ruin and recreate has found so far.
    """

    def __init__(
        self,
        engine: RichEngine,
        rules: PenaltyRules,
        points: FloatArray | None,
        halted: Callable[[], bool],
        recipe: Recipe,
        news: Callable[[Descended], None],
    ) -> None:
        self.engine, self.rules, self.points = engine, rules, points
        self.halted, self.recipe, self.news = halted, recipe, news
        self.rich, self.penalized = engine.worker((0,)), PenaltyWorker(rules)
        # A tour can be cut where every vehicle starts without anything aboard.
        self.splits = not (rules.paired or rules.reloads)

    def educate(self, task: Task) -> Offspring:
        """Make one offspring."""
        out, rng, recipe = Offspring(), task.rng, self.recipe
        if task.start is not None:
            out.plans.append(self._ruin(task.start, task, rng, recipe.first, recipe.heat))
            return out
        plan = self._child(task)
        out.complete = self._descend(plan, task.weight, rng)
        result = self.penalized.result()
        out.plans.append(result)
        if out.complete and not result.feasible and rng.random() < _REPAIR:
            heavy = task.weight.copy()
            heavy[: on.W_HARD] *= 10
            heavy[on.W_LOAD :] *= 10
            out.complete = self._descend(result.plan, heavy, rng)
            repaired = self.penalized.result()
            if repaired.feasible:
                out.plans.append(repaired)
            elif out.complete:
                out.plans.append(self._ruin(repaired.plan, task, rng, recipe.repair, 0.0))
        if out.complete and recipe.ruined > 0 and rng.random() < recipe.ruined:
            out.plans.append(self._ruin(out.plans[-1].plan, task, rng, recipe.ruins, recipe.heat))
            out.complete = not self.halted()
        return out

    def _child(self, task: Task) -> Plan:
        if task.parents is None:
            self._load(task.seed or _nothing(), task.rng)
            return self.rich.best_plan()
        a, b = task.parents
        if self.splits and task.rng.random() < self.recipe.ordered:
            first = self.rules.num_depots
            tours = [giant_tour(plan, first, self.points) for plan in (a, b)]
            tour = ordered_crossover(tours[0], tours[1], len(self.rules.node), task.rng)
            longest = max(int(np.diff(plan.start).max(initial=1)) for plan in (a, b))
            if len(tour):
                self.penalized.s.weight[:] = task.weight
                return split(self.penalized, tour, longest + longest // 2 + 3)
        return exchange_routes(a, b, self.engine, task.rng)

    def _descend(self, plan: Plan, weight: IntArray, rng: np.random.Generator) -> bool:
        """Local search with penalties; whether it ended before it was time."""
        self.penalized.load(plan, weight, int(rng.integers(1 << 62)))
        while not self.penalized.descend(_SLICE):
            if self.halted():
                return False
        return True

    # Ruin and recreate ------------------------------------------------------------------

    def construct(self, start: Plan | None, seed: int) -> Descended:
        """Make a first plan: a given one, or none, and what it lacks put where it fits."""
        rng = np.random.default_rng([seed, 1 << 32])
        self._load(start or _nothing(), rng, patient=True)
        self.rich.run(1, 1.0, -1.0)
        return self._best(0)

    def _load(self, plan: Plan, rng: np.random.Generator, patient: bool = False) -> None:
        """Load what is feasible of a plan, and insert the rest, unless it is time."""
        rich, p, s = self.rich, self.engine.p, self.rich.s
        s.visit[:, at.MISSES] = 1
        s.rng[0] = np.uint64(int(rng.integers(1 << 62)) | 1)
        s.ctl[at.BLINK] = 0
        absent = np.ones(len(p.node), dtype=bool)
        absent[plan.visits] = absent[: p.num_depots] = False
        rich.load(plan, np.flatnonzero(absent), self.engine.vehicles)
        s = rich.s
        absent = np.flatnonzero(s.visit[:, at.TRIP] == at.ABSENT)
        absent = absent[absent >= p.num_depots]
        second = (p.node[absent, at.PARTNER] >= 0) & (p.node[absent, at.IS_PICKUP] == 0)
        units = rng.permutation(absent[~second])
        for low in range(0, len(units), _INSERTED):
            if low and not patient and self.halted():
                return
            run_insert(p, rich.s, units[low : low + _INSERTED], 0)

    def _ruin(
        self, plan: Plan, task: Task, rng: np.random.Generator, ruins: float, heat: float
    ) -> Descended:
        """Ruin and recreate from a plan."""
        n, ctl = self.rules.num_clients, self.rich.s.ctl
        self._load(plan, rng)
        left = int(ruins * n) + 1
        vehicle = int(task.weight[on.W_VEHICLE])
        unit, total = float(ctl[at.CURRENT]) / n, left
        known, told = int(ctl[at.BEST]), time.perf_counter()
        while left > 0 and not self.halted():
            temperature = heat * unit * 0.01 ** (1 - left / total)
            self.rich.run(min(_RUINS, left), temperature, -1.0)
            left -= _RUINS
            now = time.perf_counter()
            if int(ctl[at.BEST]) < known and now > told + _NEWS:
                known, told = int(ctl[at.BEST]), now
                self.news(self._best(vehicle))
        return self._best(vehicle)

    def _best(self, vehicle: int) -> Descended:
        """Return the best plan of ruin and recreate."""
        ctl = self.rich.s.ctl
        missing, routes = int(ctl[at.BEST_MISSING]), int(ctl[at.BEST_ROUTES])
        cost = int(ctl[at.BEST]) + vehicle * routes
        return Descended(self.rich.best_plan(), cost, on.HARD_BIT if missing else 0)


def _nothing() -> Plan:
    """A plan without routes."""
    none = np.zeros(0, dtype=np.int64)
    return Plan(none, np.zeros(1, dtype=np.int64), none)
