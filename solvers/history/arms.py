"""Ways to begin a search: what is known beforehand, and how it becomes plans.

Every arm is charged for the time that its plans take. An arm that has several plans gives
them cheapest first; the search goes on from the best.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from routewright.checker import check
from routewright.facade import construct
from routewright.problem import Problem
from routewright.solution import Solution
from routewright.solvers.edge_weights import EdgeWeights
from routewright.solvers.seeds import savings_plans, scored_weights

from .memory import Memory

#: Plans by savings, whatever their weights, and plans of a policy by number of clients.
PLANS = 8
_POLICY_PLANS = ((200, 8), (500, 4), (10**9, 1))
#: How many of the most similar days lend their plans.
DAYS = 4

Plans = Callable[[Problem, int, Callable[[], bool]], list[Solution]]


@dataclass(frozen=True)
class Arm:
    """One way to begin.

    Parameters
    ----------
    name, summary
        For people.
    plans
        Returns plans for a problem, a seed, and what says that it is time to stop.
    learned
        Whether a network has a part in it.
    solver, model
        The solver that goes on from there, and its model.
    """

    name: str
    summary: str
    plans: Plans
    learned: bool = False
    solver: str = "ruin"
    model: str | None = None


def cold() -> Arm:
    """Nothing is known: the search begins as it always does."""
    return Arm("cold", "the solver ruin alone", _no_plans)


def savings() -> Arm:
    """The best of several plans by savings in a random order."""
    summary = f"the best of {PLANS} plans by savings"
    return Arm("savings", summary, lambda p, seed, stop: savings_plans(p, PLANS, seed, None, stop))


def history(memory: Memory) -> Arm:
    """The best of the plans of similar days."""
    summary = f"the best of {DAYS} plans of the most similar days, repaired"

    def plans(problem: Problem, seed: int, stop: Callable[[], bool]) -> list[Solution]:
        found = memory.similar(problem, DAYS)
        return sorted(found, key=lambda plan: check(problem, plan).key)

    return Arm("history", summary, plans)


def frequencies(memory: Memory) -> Arm:
    """Savings that prefer edges by how often past plans used them."""
    summary = f"the best of {PLANS} plans by savings that prefer edges of past plans"
    return Arm("frequencies", summary, _weighted(memory.frequencies))


def edges(model: str = "", name: str = "edges") -> Arm:
    """Savings that prefer edges by what a scorer says of them."""
    summary = f"the best of {PLANS} plans by savings that prefer edges of the edge scorer"
    return Arm(name, summary, _weighted(lambda p: scored_weights(p, model)), learned=True)


def guided(model: str = "", name: str = "guided") -> Arm:
    """The solver `edges`: its plans are the same, and its search looks at likely edges first."""
    summary = "the solver edges: as edges, and the search looks at likely neighbors first"
    return Arm(name, summary, _no_plans, learned=True, solver="edges", model=model)


def policy(model: str = "", name: str = "policy") -> Arm:
    """The plans of a learned policy."""

    def plans(problem: Problem, seed: int, stop: Callable[[], bool]) -> list[Solution]:
        count = next(k for most, k in _POLICY_PLANS if problem.num_clients <= most)
        # In parts they would cost less, and take three times as long.
        return construct(problem, model=model, plans=count, parts=1, seed=seed)

    return Arm(name, "plans of the learned policy", plans, learned=True)


def _weighted(weights: Callable[[Problem], EdgeWeights]) -> Plans:
    return lambda p, seed, stop: savings_plans(p, PLANS, seed, weights(p), stop)


def _no_plans(problem: Problem, seed: int, stop: Callable[[], bool]) -> list[Solution]:
    return []
