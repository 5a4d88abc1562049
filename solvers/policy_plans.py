"""Plans that a learned policy makes, its steps in compiled code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from routewright.travel import IntArray

from .kernels.policy_steps import run_policy_start, run_policy_steps
from .kernels.policy_types import COST as _COST
from .kernels.policy_types import (
    FINISHED,
    PolicyNetwork,
    PolicyProblem,
    RealArray,
    new_policy_state,
)
from .kernels.policy_types import STEPS as _STEPS
from .warmup import prepare

KERNELS = ("run_policy_start", "run_policy_steps")
#: Steps between two looks at whether to stop.
_SLICE = 64


def make_plans(
    problem: Mapping[str, IntArray],
    network: Mapping[str, RealArray],
    heads: int,
    most_steps: int,
    first: Sequence[int],
    temperature: Sequence[float],
    seed: int,
    should_stop: Callable[[], bool],
) -> list[tuple[int, list[int]]]:
    """Return costs and sequences of nodes of the plans that are finished.

    Parameters
    ----------
    problem, network
        Fields of `PolicyProblem` and `PolicyNetwork`.
    heads
        Of the attention.
    most_steps
        Of any plan.
    first
        For every plan the client to begin with, or -1.
    temperature
        For every plan that of its samples; 0 is greedy.
    seed
        Of the samples.
    should_stop
        Asked every few steps; the plan that is not finished then is dropped.

    Raises
    ------
    FloatingPointError
        If the scores are no numbers, so that nothing can be chosen.
    """
    prepare(KERNELS)
    p, net = PolicyProblem(**problem), PolicyNetwork(**network)
    s = new_policy_state(net, heads, most_steps)
    found = list[tuple[int, list[int]]]()
    for turn, (client, heat) in enumerate(zip(first, temperature, strict=True)):
        s.rng[0] = np.random.default_rng([seed, turn]).integers(1, 1 << 63, dtype=np.uint64)
        run_policy_start(p, net, s, client)
        while not s.at[FINISHED]:
            if should_stop():
                return found
            if run_policy_steps(p, net, s, _SLICE, float(heat)) < 0:
                raise FloatingPointError("the scores of the policy are no numbers")
        found.append((int(s.at[_COST]), s.actions[: s.at[_STEPS]].tolist()))
    return found
