"""Plans from a policy: greedy, sampled, from several starts, and the best of them.

Nothing here knows a policy or an attribute: a policy gives logits, the environment says
what is allowed, and a chooser takes the next node.

References
----------
Kwon, Y.-D. et al. (2020). POMO: policy optimization with multiple optima for
reinforcement learning. *NeurIPS* (arXiv:2010.16011): multistart, and eight symmetries.
Holtzman, A. et al. (2020). The curious case of neural text degeneration. *ICLR*
(arXiv:1904.09751): top-p.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from .batch import Batch
from .environment import Environment, State, View
from .policies import Policy

#: Takes log-probabilities (B, S, M) and gives nodes (B, S).
Chooser = Callable[[Tensor], Tensor]
#: How often a plan is asked whether it is finished, once it may be, in steps.
_LOOK = 4


class Rollout(NamedTuple):
    """Finished plans.

    Attributes
    ----------
    actions
        (B, S, T) int64.
    cost
        (B, S) int64, in internal units.
    log_prob
        (B, S) float32: of each plan as a whole.
    views, masks
        What the policy saw, (B, S, T) and (B, S, T, M), if it was asked for; without the
        forced beginning of plans that were given a start.
    is_finished
        Whether the plans are whole; false only if they were stopped.
    """

    actions: Tensor
    cost: Tensor
    log_prob: Tensor
    views: View | None = None
    masks: Tensor | None = None
    is_finished: bool = True


@dataclass(frozen=True)
class Sampling:
    """Draws nodes from the policy.

    Parameters
    ----------
    temperature
        Below 1 prefers what is likely already.
    top_p
        Only the likeliest nodes that together have this probability are drawn.
    generator
        Random numbers, on the device of the policy; None for torch's own.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    generator: torch.Generator | None = None

    def __call__(self, log_prob: Tensor) -> Tensor:
        """Draw one node per plan."""
        prob = (log_prob / self.temperature).softmax(2)
        if self.top_p < 1.0:
            ordered, order = prob.sort(2, descending=True)
            beyond = ordered.cumsum(2) - ordered >= self.top_p
            prob = prob.scatter(2, order, ordered.masked_fill(beyond, 0.0))
        flat = prob.flatten(0, 1)
        # The exponential race: no synchronization with the device, unlike multinomial.
        race = torch.empty_like(flat).exponential_(generator=self.generator)
        return (flat / race.clamp(min=1e-30)).argmax(1).view(prob.shape[:2])


def greedy(log_prob: Tensor) -> Tensor:
    """Take the likeliest node."""
    return log_prob.argmax(2)


def masked_log_prob(policy: Policy, encoded: Any, batch: Batch, view: View, mask: Tensor) -> Tensor:
    """Log-probabilities of all nodes, (B, S, M) float32; minus infinity where not allowed."""
    logits = policy.logits(encoded, batch, view, mask).float()
    return logits.masked_fill(~mask, -torch.inf).log_softmax(2)


def roll_out(
    policy: Policy,
    batch: Batch,
    choose: Chooser = greedy,
    *,
    plans: int = 1,
    starts: Tensor | None = None,
    encoded: Any = None,
    env: Environment | None = None,
    record: bool = False,
    should_stop: Callable[[], bool] | None = None,
) -> Rollout:
    """Let a policy make plans for a batch of problems.

    Parameters
    ----------
    policy, batch
        Both on one device.
    choose
        Takes the next nodes.
    plans
        S; all plans of a problem share its keys and values.
    starts
        (B, S): clients to begin with; overrides ``plans``.
    encoded, env
        What ``policy.encode`` and ``policy.environment`` gave, if that is known already.
    record
        Keep what the policy saw, for training.
    should_stop
        Asked before every step; the plans are left unfinished if it says so.

    Raises
    ------
    FloatingPointError
        If the logits are no numbers, so that nothing can be chosen.
    """
    env = policy.environment(batch) if env is None else env
    encoded = policy.encode(batch) if encoded is None else encoded
    state = env.reset(plans if starts is None else starts.shape[1])
    log_prob = torch.zeros_like(state.cost, dtype=torch.float32)
    actions: list[Tensor] = []
    seen: list[tuple[View, Tensor]] = []
    if starts is not None:
        state, depot = env.begin(state, starts)
        state = env.step(state, starts)
        actions += [depot, starts] if depot.shape == starts.shape else [starts]
    forced = len(actions)
    longest = env.max_steps + _LOOK
    while not is_over(state, len(actions) - forced, env.min_steps - forced):
        if len(actions) > longest:
            raise FloatingPointError("plans do not end: the logits of the policy are no numbers")
        if should_stop is not None and should_stop():
            return Rollout(state.cost[:, :, None], state.cost, log_prob, is_finished=False)
        mask = env.mask(state)
        score = masked_log_prob(policy, encoded, batch, state.view, mask)
        action = choose(score)
        log_prob = log_prob + score.gather(2, action[:, :, None])[:, :, 0]
        if record:
            seen.append((state.view, mask))
        state = env.step(state, action)
        actions.append(action)
    stacked = torch.stack(actions, 2) if actions else state.cost.new_zeros((*state.cost.shape, 0))
    if not record:
        return Rollout(stacked, state.cost, log_prob)
    views = View(*(torch.stack(field, 2) for field in zip(*(v for v, _ in seen), strict=True)))
    masks = torch.stack([mask for _, mask in seen], 2)
    return Rollout(stacked, state.cost, log_prob, views, masks)


def is_over(state: State, steps: int, least: int) -> bool:
    """Whether all plans are finished; asked rarely, as every answer waits for the device."""
    return steps >= least and (steps - max(least, 0)) % _LOOK == 0 and bool(state.is_finished.all())


def spread_starts(batch: Batch, plans: int, servable: Tensor) -> Tensor:
    """Clients to begin with, (B, S): every client in turn that may begin a route."""
    order = torch.where(servable.any(1), 0, batch.num_nodes) + torch.arange(
        batch.num_nodes, device=batch.device
    )  # those that may begin come first, in their own order
    order = order.argsort(1)
    count = servable.any(1).sum(1, keepdim=True).clamp(min=1)
    turn = torch.arange(plans, device=batch.device)[None, :]
    stride = torch.where(count > plans, count / plans, 1.0)
    return order.gather(1, (turn * stride).long() % count)


def symmetric(batch: Batch, count: int = 8) -> Batch:
    """Return the batch repeated under symmetries of the square, (count * B problems).

    Rows are grouped by symmetry: row ``k * B + b`` is problem b under symmetry k.
    """
    row = torch.arange(count * batch.size, device=batch.device)
    return turned(batch.rows(row % batch.size), row // batch.size)


def turned(batch: Batch, symmetry: Tensor) -> Batch:
    """Return the batch with each problem under one of the eight symmetries, (B,) 0 to 7.

    Distances stay as they are; only what a policy sees of coordinates changes. The bits of
    a symmetry are: swap x and y, mirror x, mirror y.
    """
    xy = batch.coordinates
    whole = xy.amin(1, keepdim=True) + xy.amax(1, keepdim=True)
    swap, *flips = ((symmetry[:, None, None] >> bit) % 2 == 1 for bit in (2, 1, 0))
    moved = torch.where(torch.cat(flips, 2), whole - xy, xy)
    return batch._replace(coordinates=torch.where(swap, moved.flip(2), moved))
