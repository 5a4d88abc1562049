"""Beam search: the likeliest partial plans of a problem go on together.

References
----------
Vinyals, O., Fortunato, M., & Jaitly, N. (2015). Pointer networks. *NeurIPS*
(arXiv:1506.03134), section 3: beams over the nodes of a tour.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .batch import Batch
from .decoding import Rollout, masked_log_prob
from .environment import Environment, State, View
from .policies import Policy


def beam_search(
    policy: Policy,
    batch: Batch,
    width: int,
    *,
    encoded: Any = None,
    env: Environment | None = None,
) -> Rollout:
    """Return ``width`` plans of every problem, the likeliest first.

    All beams of a problem share its keys and values. Where a problem has fewer plans than
    beams, the last ones repeat others; their log-probability is minus infinity.

    Parameters
    ----------
    policy, batch, encoded, env
        As in `decoding.roll_out`.
    width
        Number of beams, S.
    """
    encoded = policy.encode(batch) if encoded is None else encoded
    env = policy.environment(batch) if env is None else env
    state = env.reset(width)
    score = torch.full_like(state.cost, -torch.inf, dtype=torch.float32)
    score[:, 0] = 0.0  # all beams begin alike: only one of them may go on
    actions = state.cost.new_zeros((*state.cost.shape, 0))
    while not bool(state.is_finished.all()):
        if actions.shape[2] > env.max_steps:
            raise FloatingPointError("plans do not end: the logits of the policy are no numbers")
        mask = env.mask(state)
        log_prob = masked_log_prob(policy, encoded, batch, state.view, mask)
        total = (score[:, :, None] + log_prob).flatten(1)  # (B, S * M)
        score, chosen = total.topk(width, 1)
        parent, action = chosen // batch.num_nodes, chosen % batch.num_nodes
        # A beam that nothing is left for goes on as a copy of the first, without a chance.
        lost = score.isinf()
        action = torch.where(lost, action[:, :1].expand_as(action), action)
        parent = torch.where(lost, parent[:, :1].expand_as(parent), parent)
        state = env.step(_taken(state, parent), action)
        actions = torch.cat((_rows(actions, parent), action[:, :, None]), 2)
    return Rollout(actions, state.cost, score)


def _taken(state: State, parent: Tensor) -> State:
    """Return the states of the parents, (B, S)."""
    taken = (f.gather(1, parent) if f.dim() == 2 else _rows(f, parent) for f in state.view)
    rest = (field.gather(1, parent) for field in state[1:])
    return State(View(*taken), *rest)


def _rows(values: Tensor, parent: Tensor) -> Tensor:
    """(B, S, X), (B, S) -> (B, S, X)."""
    return values.gather(1, parent[:, :, None].expand(-1, -1, values.shape[2]))
