"""What training minimizes: four ways to judge the steps of a plan.

Plans are made without gradients. Then all their steps are evaluated at once, a part at a
time, and each part is taken back to what the encoder gave; the encoder follows last. So a
step of training costs one encoding, and memory does not grow with the length of plans.

References
----------
Kool, W. et al. (2019). Attention, learn to solve routing problems! *ICLR*, section 4:
REINFORCE with the greedy roll-out of the best policy so far as its baseline.
Kwon, Y.-D. et al. (2020). POMO. *NeurIPS* (arXiv:2010.16011), section 4: several starts of
one problem are each other's baseline. Without given starts: Kool, W., van Hoof, H., &
Welling, M. (2019). Buy 4 REINFORCE samples, get a baseline for free! *ICLR workshop*.
Schulman, J. et al. (2017). Proximal policy optimization (arXiv:1707.06347), equation 7; for
routing, Mao, W. et al. (2023), RLOR (arXiv:2303.13117). The advantage is POMO's: no critic.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from .batch import Batch
from .decoding import Rollout, Sampling, greedy, masked_log_prob, roll_out, spread_starts
from .environment import Environment, Routes, State, View
from .features import unit_cost
from .generator import KINDS, Drawn
from .policies import Policy

#: Loss of some steps: log-probabilities (B, S, t), and where in the plan these steps are.
StepLoss = Callable[[Tensor, slice], Tensor]

#: All that can be trained for; `edges.training` has the last one.
OBJECTIVES = ("pomo", "rollout", "ppo", "imitation", "edges")
#: Those that learn from solved problems.
SUPERVISED = ("imitation", "edges")


@dataclass
class RewardScale:
    """Running mean of the costs by kind, so that no variant outweighs the others.

    Parameters
    ----------
    mean
        (kinds,) float32; zero where none was seen yet.
    keep
        How much of the old mean is kept at each batch.
    """

    mean: Tensor
    keep: float = 0.95

    @classmethod
    def on(cls, device: torch.device) -> RewardScale:
        """Return a scale that has seen nothing."""
        return cls(torch.zeros(len(KINDS), device=device))

    def __call__(self, kind: Tensor, cost: Tensor) -> Tensor:
        """Take costs (B, S) of problems of these kinds in, and return theirs per mean."""
        total = torch.zeros_like(self.mean).index_add_(0, kind, cost.mean(1).to(self.mean.dtype))
        count = torch.zeros_like(self.mean).index_add_(0, kind, torch.ones_like(cost[:, 0]))
        now = total / count.clamp(min=1)
        first, seen = self.mean == 0, count > 0
        moved = torch.where(first, now, self.keep * self.mean + (1 - self.keep) * now)
        self.mean = torch.where(seen, moved, self.mean)
        return cost / self.mean[kind].clamp(min=1e-6)[:, None]


@dataclass
class Judge:
    """Everything that an objective needs beside the policy.

    Parameters
    ----------
    starts
        Plans per problem.
    is_forced
        Whether these begin with different clients (POMO), or wherever the policy likes.
        Training takes turns: the first teaches to go on from any start, the second to start.
    scale
        Costs by kind.
    budget
        Most entries (plans times steps times nodes) that are evaluated at a time.
    baseline
        The best policy so far, for ``rollout``.
    share
        Of ``imitation``: part of the steps of a plan that are learned from at a time.
    epochs, clip
        Of ``ppo``: passes over the same plans, and how far a ratio counts.
    """

    starts: int
    scale: RewardScale
    budget: int
    baseline: Any = None
    is_forced: bool = True
    share: float = 1.0
    epochs: int = 3
    clip: float = 0.2
    after_epoch: Callable[[], None] = field(default=lambda: None)


def pomo(policy: Policy, drawn: Drawn, judge: Judge, source: torch.Generator) -> Tensor:
    """REINFORCE with the mean over starts as the baseline; returns the mean cost."""
    encoded, plans = _plans(policy, drawn.batch, judge, source)
    cost = unit_cost(drawn.batch, plans.cost)
    scaled = judge.scale(drawn.kind, cost)
    advantage = (scaled - scaled.mean(1, keepdim=True))[:, :, None]  # (B, S, 1)
    count = advantage.numel()
    accumulate(
        policy, drawn.batch, encoded, plans, lambda p, _: (advantage * p).sum() / count, judge
    )
    return cost.mean()


def rollout(policy: Policy, drawn: Drawn, judge: Judge, source: torch.Generator) -> Tensor:
    """REINFORCE with the greedy plan of the best policy so far; returns the mean cost."""
    encoded = policy.encode(drawn.batch)
    with torch.no_grad():
        plans = roll_out(
            policy,
            drawn.batch,
            Sampling(generator=source),
            encoded=detached(encoded),
            record=True,
        )
        best = roll_out(judge.baseline, drawn.batch, greedy).cost
    cost = unit_cost(drawn.batch, plans.cost)
    both = judge.scale(drawn.kind, torch.cat((cost, unit_cost(drawn.batch, best)), 1))
    advantage = (both[:, :1] - both[:, 1:])[:, :, None]
    count = advantage.numel()
    accumulate(
        policy, drawn.batch, encoded, plans, lambda p, _: (advantage * p).sum() / count, judge
    )
    return cost.mean()


def ppo(policy: Policy, drawn: Drawn, judge: Judge, source: torch.Generator) -> Tensor:
    """Clipped ratios over several passes of the same plans; returns the mean cost."""
    encoded, plans = _plans(policy, drawn.batch, judge, source)
    cost = unit_cost(drawn.batch, plans.cost)
    scaled = judge.scale(drawn.kind, cost)
    gain = -(scaled - scaled.mean(1, keepdim=True))[:, :, None]
    gain = gain / gain.std().clamp(min=1e-6)
    count = gain.numel()
    before: dict[int, Tensor] = {}  # log-probabilities by the first step of each part

    def loss(log_prob: Tensor, part: slice) -> Tensor:
        old = before.setdefault(part.start, log_prob.detach())
        ratio = (log_prob - old).exp()
        clipped = ratio.clamp(1 - judge.clip, 1 + judge.clip)
        return -torch.minimum(ratio * gain, clipped * gain).sum() / count

    for epoch in range(judge.epochs):
        if epoch:
            judge.after_epoch()
            encoded = policy.encode(drawn.batch)
        accumulate(policy, drawn.batch, encoded, plans, loss, judge)
    return cost.mean()


def imitation(
    policy: Policy, batch: Batch, actions: Tensor, judge: Judge, source: torch.Generator
) -> Tensor:
    """Minimize minus the log-probability of given plans, (B, 1, T); return it per step.

    Of all steps, ``judge.share`` are learned from, drawn anew each time: steps of one plan
    have much in common, and other plans teach more. Where distances are no metric, a plan may
    pass where the environment sees no way home; it does not offer such a step, and there is
    nothing to learn from it.
    """
    encoded = policy.encode(batch)
    steps = actions.shape[2]
    order = torch.rand(steps, generator=source, device=source.device).argsort()
    chosen = order[: max(1, round(judge.share * steps))].to(actions.device)
    with torch.no_grad():
        plans = replay(batch, actions, policy.environment(batch), chosen)
    assert plans.masks is not None
    part = plans._replace(actions=actions[:, :, chosen])
    is_offered = plans.masks.gather(3, part.actions[..., None])[..., 0]
    # Where there is no choice, as at the end of a plan, the loss is zero.
    count = (is_offered & (plans.masks.sum(3) > 1)).sum().clamp(min=1)

    def loss(log_prob: Tensor, steps: slice) -> Tensor:
        return -torch.where(is_offered[:, :, steps], log_prob, 0.0).sum() / count

    return accumulate(policy, batch, encoded, part, loss, judge)


def replay(
    batch: Batch, actions: Tensor, env: Environment | None = None, kept: Tensor | None = None
) -> Rollout:
    """Take given steps (B, S, T) in the environment, and record what a policy would see.

    With ``kept`` (t,), only what it would see before these steps. What is allowed is asked
    for all steps at once, as if they were so many plans: that takes most of the operations.
    """
    env = Routes(batch) if env is None else env
    state = env.reset(actions.shape[1])
    before: list[State] = []
    for action in actions.unbind(2):
        before.append(state)
        state = env.step(state, action)
    if kept is not None:
        before = [before[step] for step in kept.tolist()]
    shape = (actions.shape[1], len(before))
    views = View(*(torch.stack(f, 2) for f in zip(*(s.view for s in before), strict=True)))
    others = (torch.stack(f, 2).flatten(1, 2) for f in zip(*(s[1:] for s in before), strict=True))
    masks = env.mask(State(View(*(f.flatten(1, 2) for f in views)), *others))
    none = torch.zeros_like(state.cost).float()
    return Rollout(actions, state.cost, none, views, masks.unflatten(1, shape))


def accumulate(
    policy: Policy, batch: Batch, encoded: Any, plans: Rollout, loss_of: StepLoss, judge: Judge
) -> Tensor:
    """Add the gradients of a loss over all steps of recorded plans; return the loss."""
    views, masks = plans.views, plans.masks
    assert views is not None
    assert masks is not None
    count, starts, steps, nodes = masks.shape
    actions = plans.actions[:, :, plans.actions.shape[2] - steps :]
    leaves = detached(encoded, with_grad=True)
    at_a_time = max(1, judge.budget // (count * starts * nodes))
    total = torch.zeros((), device=masks.device)
    for begin in range(0, steps, at_a_time):
        part = slice(begin, begin + at_a_time)
        view = View(*(f[:, :, part].flatten(1, 2) for f in views))
        mask = masks[:, :, part].flatten(1, 2)
        log_prob = masked_log_prob(policy, leaves, batch, view, mask)
        action = actions[:, :, part].flatten(1)
        chosen = log_prob.gather(2, action[:, :, None])[:, :, 0].view(count, starts, -1)
        loss = loss_of(chosen, part)
        loss.backward()
        total += loss.detach()
    ends = [(t, leaf.grad) for t, leaf in zip(encoded, leaves, strict=True) if _learns(t)]
    ends = [(t, grad) for t, grad in ends if grad is not None]
    torch.autograd.backward([t for t, _ in ends], [grad for _, grad in ends])
    return total


def detached(encoded: Any, *, with_grad: bool = False) -> Any:
    """Return the named tuple with its tensors cut off from what they were computed by."""
    return type(encoded)(
        *(t.detach().requires_grad_(with_grad) if _learns(t) else t for t in encoded)
    )


def _learns(value: object) -> bool:
    return isinstance(value, Tensor) and value.requires_grad


def _plans(
    policy: Policy, batch: Batch, judge: Judge, source: torch.Generator
) -> tuple[Any, Rollout]:
    """Sample plans from several starts."""
    encoded, env = policy.encode(batch), policy.environment(batch)
    starts = spread_starts(batch, judge.starts, env.servable) if judge.is_forced else None
    with torch.no_grad():
        plans = roll_out(
            policy,
            batch,
            Sampling(generator=source),
            plans=judge.starts,
            starts=starts,
            encoded=detached(encoded),
            env=env,
            record=True,
        )
    return encoded, plans
