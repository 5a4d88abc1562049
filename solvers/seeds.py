"""Several different plans to begin with: savings in a random order that prefers some edges.

The same constructor whatever is known about edges (nothing, how often they were used, what
a network says of them), so that these can be compared.

References
----------
Clarke, G., & Wright, J. W. (1964). *Operations Research*, 12(4); see `savings`.
Juan, A. A., Faulin, J., Ruiz, R., Barrios, B., & Caballe, S. (2010). The SR-GCWS hybrid
algorithm for solving the capacitated vehicle routing problem. *Applied Soft Computing*,
10(1): savings in a randomized order.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from routewright.checker import check
from routewright.errors import UnsupportedError
from routewright.facade import score_edges
from routewright.problem import Problem
from routewright.solution import Solution
from routewright.stop import MaxIterations
from routewright.travel import FloatArray, IntArray

from .base import Run
from .edge_weights import EdgeWeights
from .fleet import fit_fleet
from .savings import SHAPES, Builder, Savings
from .warmup import prepare

#: How much more a saving counts if the edge has the weight 1; drawn for every plan.
_STRENGTHS = (0.3, 1.0, 3.0, 10.0)
#: Standard deviation of the logarithm by which savings are disturbed.
_NOISE = 0.1


def why_not_seeded(problem: Problem) -> str:
    """Say what of a problem savings cannot handle; empty if nothing."""
    return ", ".join(sorted(Savings().unsupported(problem)))


def savings_plans(
    problem: Problem,
    count: int,
    seed: int,
    weights: EdgeWeights | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> list[Solution]:
    """Return different plans, the cheapest first.

    Parameters
    ----------
    problem
        A problem that savings can handle, see `why_not_seeded`.
    count
        How many to construct; the plans that are equal are returned once.
    seed
        Of the order.
    weights
        Which edges to prefer; None for none.
    should_stop
        Asked before every plan but the first.

    Raises
    ------
    UnsupportedError
        If savings cannot handle the problem, by name.
    """
    if reason := why_not_seeded(problem):
        raise UnsupportedError("savings", [reason])
    prepare(Savings.kernels)
    builder = Builder(problem)
    run = Run(problem, MaxIterations(1))
    found = dict[Solution, tuple[int, int, int]]()
    for turn in range(count):
        if turn and should_stop():
            break
        rng = np.random.default_rng([seed, turn])
        builder.construct(SHAPES[turn % len(SHAPES)], _preference(weights, turn, rng))
        plan = fit_fleet(run, builder.plan(), builder.limit).solution(problem)
        if plan not in found:
            found[plan] = check(problem, plan).key
    return sorted(found, key=lambda plan: found[plan])


def scored_weights(problem: Problem, model: str = "") -> EdgeWeights:
    """Return the probabilities that an edge scorer gives to pairs of clients, as weights."""
    pairs, values = score_edges(problem, model=model)
    clients = np.flatnonzero((pairs >= problem.num_depots).all(axis=0))
    return EdgeWeights.of(pairs[:, clients], values[clients])


def _preference(
    weights: EdgeWeights | None, turn: int, rng: np.random.Generator
) -> Callable[[IntArray], FloatArray]:
    """Factors of savings: the first plans are not disturbed."""
    noise = _NOISE if turn >= len(_STRENGTHS) else 0.0
    strength = _STRENGTHS[turn % len(_STRENGTHS)]

    def factors(pairs: IntArray) -> FloatArray:
        disturbed: FloatArray = np.exp(noise * rng.standard_normal(pairs.shape[1]))
        return disturbed if weights is None else disturbed * (1 + strength * weights.at(pairs))

    return factors
