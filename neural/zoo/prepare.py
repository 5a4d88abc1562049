"""A problem for a policy of rl4co: as a batch, and its plans back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict

from routewright.errors import UnsupportedError
from routewright.neural.batch import Batch
from routewright.neural.features import to_batch
from routewright.neural.plans import to_solution, tour_to_solution
from routewright.problem import Problem
from routewright.solution import Solution

from .names import full_name
from .pairing import without_pairs
from .policy import ZooConfig
from .support import beyond, too_large, why_not

#: Nodes in the order of the steps -> the solution.
Translate = Callable[[Sequence[int]], Solution]


def prepare(problem: Problem, config: ZooConfig) -> tuple[Batch, Translate]:
    """Return a problem as a batch, and what makes solutions of sequences of its nodes.

    Raises
    ------
    UnsupportedError
        If the environment of the policy cannot express the problem; says why.
    """
    name = full_name({"policy": config.policy, "problem": config.problem})
    if reason := why_not(problem, config.problem):
        raise UnsupportedError(name, beyond(problem, config.problem) or [reason])
    if reason := too_large(problem, asdict(config)):
        raise UnsupportedError(name, [reason])
    if config.problem == "pdp":
        tour, order = without_pairs(problem)
        batch = to_batch([tour])
        return batch, lambda nodes: Solution.from_visits([[order[n - 1] for n in nodes]])
    batch = to_batch([problem])
    if config.problem in ("tsp", "atsp"):
        return batch, lambda nodes: tour_to_solution(problem, nodes)
    return batch, lambda nodes: to_solution(problem, batch, nodes)
