"""Plans for which what is left is encoded anew, every few steps.

After some steps, what remains is a smaller problem of the same kind: the clients that are
left, the depots, and the place where the plan is. Encoded by itself, it is no longer
judged by keys that were computed when everything was still to be done. Every plan needs an
encoding of its own, so this costs far more than it costs to go on with shared keys: it is
for graphics cards, for small problems, or for some dozens of steps at a time.

References
----------
Drakulic, D. et al. (2023). BQ-NCO: bisimulation quotienting for efficient neural
combinatorial optimization. *NeurIPS* (arXiv:2301.03313), section 3: what is left, as a
problem that begins at the current node.
Luo, F. et al. (2023). Neural combinatorial optimization with heavy decoder (LEHD).
*NeurIPS* (arXiv:2310.07985), section 4: embeddings anew at every step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from routewright.errors import UnsupportedError

from .batch import Batch
from .decoding import Chooser, Rollout, greedy, is_over, masked_log_prob
from .environment import Routes, State
from .policies import Policy
from .rests import Rest, rest_with


def roll_out_anew(
    policy: Policy,
    batch: Batch,
    choose: Chooser = greedy,
    *,
    every: int,
    starts: Tensor | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Rollout:
    """Let a policy make plans, encoding what is left anew after every few steps.

    Masks and costs are those of the whole problem, as in `decoding.roll_out`.

    Parameters
    ----------
    policy, batch, choose, should_stop
        As there.
    every
        Steps between two encodings, at least 1. With as many as a plan has, the plans are
        those of `decoding.roll_out`.
    starts
        (B, S): clients to begin with; None for one plan, which begins where it likes.

    Raises
    ------
    UnsupportedError
        If the policy does not plan routes from a depot.
    FloatingPointError
        If the logits are no numbers, so that nothing can be chosen.
    """
    count, plans = batch.size, 1 if starts is None else starts.shape[1]
    whole = batch.rows(torch.arange(count, device=batch.device).repeat_interleave(plans))
    env = policy.environment(whole)
    if not isinstance(env, Routes):
        raise UnsupportedError("encoding anew", ["policies that do not plan routes from a depot"])
    state = env.reset()
    closed = ~state.view.left[:, 0]
    actions: list[Tensor] = []
    if starts is not None:
        first = starts.reshape(-1, 1)
        state, depot = env.begin(state, first)
        state = env.step(state, first)
        actions += [depot, first]
    log_prob = torch.zeros_like(state.cost, dtype=torch.float32)
    forced = len(actions)
    rest: Rest | None = None
    encoded: Any = None
    while not is_over(state, len(actions) - forced, env.min_steps - forced):
        if len(actions) > 2 * batch.num_nodes + every:
            raise FloatingPointError("plans do not end: the logits of the policy are no numbers")
        if should_stop is not None and should_stop():
            return Rollout(state.cost[:, :, None], state.cost, log_prob, is_finished=False)
        if rest is None or (len(actions) - forced) % every == 0:
            rest = rest_of(whole, state, closed)
            encoded = policy.encode(rest.batch)
        score, action = _next(policy, encoded, rest, env, state, choose)
        log_prob = log_prob + score
        state = env.step(state, action)
        actions.append(action)
    stacked = torch.stack(actions, 2) if actions else state.cost[:, :, None][:, :, :0]
    shape = (count, plans)
    return Rollout(stacked.view(*shape, -1), state.cost.view(shape), log_prob.view(shape))


def _next(
    policy: Policy, encoded: Any, rest: Rest, env: Routes, state: State, choose: Chooser
) -> tuple[Tensor, Tensor]:
    """Log-probability and node of the next step, (B, 1) each."""
    taken = rest.nodes[:, None, :]
    real = rest.batch.is_node[:, None, :]
    v = state.view
    view = v._replace(
        current=rest.position.gather(1, v.current),
        origin=rest.position.gather(1, v.origin),
        first=rest.position.gather(1, v.first),
        remaining=v.remaining.gather(2, taken) * real if v.remaining.shape[2] else v.remaining,
        left=v.left.gather(2, taken) & real,
    )
    mask = env.mask(state).gather(2, taken) & real
    score = masked_log_prob(policy, encoded, rest.batch, view, mask)
    chosen = choose(score)
    return score.gather(2, chosen[:, :, None])[:, :, 0], rest.nodes.gather(1, chosen)


def rest_of(batch: Batch, state: State, closed: Tensor) -> Rest:
    """Return what is left of problems after the steps of one plan each.

    Kept, in their own order, are the clients that were not visited, where the plan is and
    where its route began, and what was never to be visited, ``closed`` (B, M): depots above
    all.
    """
    v = state.view
    left = (v.left[:, 0] | closed).scatter(1, v.current, True).scatter(1, v.first, True)
    return rest_with(batch, left)
