"""The plans of our own policy for one problem on the processor, its steps in compiled code.

The encoder is torch's; each step after it is so small that torch's operations take longer
to begin than to run. What may come next and how it scores are those of `environment` and
of `policies.biased`, which training, batches, and other devices use.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from routewright.facade import make_policy_plans

from .batch import Batch
from .decoding import Sampling, spread_starts
from .environment import Routes
from .features import BEND, BENT
from .policies.biased import BiasedPolicy, Encoded
from .policies.steps import ALONE, PER_LOG


def is_compiled(policy: Any, batch: Batch, sampling: Sampling) -> bool:
    """Whether there is compiled code for such plans."""
    return (
        isinstance(policy, BiasedPolicy)
        and batch.device.type == "cpu"
        and sampling.top_p >= 1.0
        and bool(batch.is_node.all())
        and not bool((batch.quota > 0).any())
    )


def compiled_plans(
    policy: BiasedPolicy,
    batch: Batch,
    plans: int,
    sampling: Sampling,
    should_stop: Callable[[], bool] | None = None,
) -> list[tuple[int, list[int]]]:
    """Return costs and sequences: of every problem a greedy plan, and others from other starts.

    Parameters
    ----------
    policy, batch
        See `is_compiled`.
    plans
        Of every problem.
    sampling
        How all but the greedy ones choose.
    should_stop
        Asked every few steps; plans that are not finished then are left out.

    Raises
    ------
    FloatingPointError
        If the scores are no numbers.
    """
    env, encoded = Routes(batch), policy.encode(batch)
    starts = spread_starts(batch, plans - 1, env.servable) if plans > 1 else None
    found = list[tuple[int, list[int]]]()
    for row in range(batch.size):
        first = [-1] + ([] if starts is None else starts[row].tolist())
        found += make_policy_plans(
            _problem(batch, env, row),
            _network(policy, encoded, row),
            policy.config.heads,
            env.max_steps,
            first,
            [0.0] + [sampling.temperature] * (len(first) - 1),
            int(torch.randint(1 << 31, (), generator=sampling.generator)),
            should_stop or (lambda: False),
        )
    return found


def _problem(b: Batch, env: Routes, row: int) -> dict[str, np.ndarray]:
    """Fields of the compiled code's problem."""
    uses = env.uses
    single = (b.capacity, b.max_distance, b.unit_distance_cost, b.fixed_cost, b.is_open)
    limits = [b.num_depots, *(int(t[row]) for t in (*single, b.is_single))]
    limits += [uses.windows, uses.optional, uses.splits, int(b.linehaul_first[row])]
    same = ("distance", "duration", "delivery", "pickup", "early", "late", "service", "prize")
    own = {name: getattr(b, name) for name in (*same, "required", "splittable")}
    ours = ("home_distance", "home_duration", "departure", "closing", "servable")
    own |= {name: getattr(env, name) for name in ours}
    own["linehaul_first"] = env.is_linehaul_first
    return {
        "limits": np.array(limits, dtype=np.int64),
        **{name: _whole(tensor[row]) for name, tensor in own.items()},
    }


def _network(policy: BiasedPolicy, e: Encoded, row: int) -> dict[str, np.ndarray]:
    """Fields of the compiled code's network."""
    arcs, steps = e.arcs, policy.steps
    none = e.here.new_zeros(1, 1)
    time, early, late = none, none[0], none[0]  # nobody looks at them without windows
    if arcs.time is not None and arcs.early is not None and arcs.late is not None:
        time, early, late = arcs.time[row], arcs.early[row], arcs.late[row]
    constants = [policy.config.clip, float(arcs.per_time[row, 0]), ALONE, PER_LOG, BEND, BENT]
    tensors = {
        "overall": e.overall[row, 0],
        "here": e.here[row],
        "origin": e.origin[row],
        "first": e.first[row],
        "keys": e.keys[row].flatten(0, 1).mT,
        "values": e.values[row].transpose(0, 1).flatten(1),
        "pointer": e.pointer[row].mT,
        "ways": arcs.ways[row],
        "home": arcs.home[row],
        "astray": arcs.astray[row],
        "nearest": arcs.nearest[row],
        "near": arcs.near[row],
        "time": time,
        "early": early,
        "late": late,
        "scale": e.scale[row, 0],
        "shift": e.shift[row, 0],
        "of_state": policy.project_state.weight,
        "of_query": policy.project_query.weight,
        "join_state": policy.join_state.weight,
        "join_shift": policy.join_state.bias,
        "of_joined": policy.project_joined.weight,
        "weigh": steps.weigh.weight,
        "weigh_shift": steps.weigh.bias,
        "step_query": steps.join_query.weight,
        "step_shift": steps.join_query.bias,
        "step_features": steps.join_features.weight,
        "step_out": steps.out.weight[0],
        "constants": none.new_tensor(constants),
    }
    return {name: _real(tensor) for name, tensor in tensors.items()}


def _whole(tensor: Tensor) -> np.ndarray:
    return np.ascontiguousarray(tensor.numpy(), dtype=np.int64)


def _real(tensor: Tensor) -> np.ndarray:
    return np.ascontiguousarray(tensor.detach().float().numpy())
