"""Imitation by several threads, each of which learns from a part of the batch.

The operations of a step are many and small: threads of torch's own make a step on two cores
1.2 times as fast, two parts of the batch at a time 1.6 times (32 problems of 100 clients).
"""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from torch import Tensor, nn

from . import objectives
from .batch import Batch
from .devices import torch_threads
from .objectives import Judge

#: Fewer problems are not worth a thread of their own.
_LEAST = 4


class Workers:
    """Compute the gradients of imitation, on a processor with several threads.

    Gradients of the parts are added in order: with as many threads, the same training gives
    the same weights; with more or fewer, others from the last digit on.

    Parameters
    ----------
    policy
        What is trained; gradients are added to its own.
    threads
        Most parts at a time. One that keeps statistics of what it sees (batch norm), or is
        not on a processor, learns from the whole batch at once.
    """

    def __init__(self, policy: Any, threads: int) -> None:
        is_on_processor = all(w.device.type == "cpu" for w in policy.parameters())
        keeps_statistics = next(policy.buffers(), None) is not None
        self.count = threads if is_on_processor and not keeps_statistics else 1
        replicas = (_with_weights_of(policy) for _ in range(self.count - 1))
        self.policies: list[Any] = [policy, *replicas]
        self.pool = ThreadPoolExecutor(self.count, "imitation") if self.count > 1 else None

    def imitation(
        self, batch: Batch, actions: Tensor, judge: Judge, source: torch.Generator
    ) -> Tensor:
        """Do as `objectives.imitation`: add the gradients, and return the loss per step."""
        count = max(1, min(self.count, batch.size // _LEAST))
        if count == 1 or self.pool is None:
            return objectives.imitation(self.policies[0], batch, actions, judge, source)
        parts = torch.arange(batch.size).tensor_split(count)
        seeds = torch.randint(1 << 62, (count,), generator=source).tolist()
        mixed = torch.is_autocast_enabled("cpu")  # which a thread does not inherit

        def learn(policy: Any, rows: Tensor, seed: int) -> Tensor:
            own = torch.Generator().manual_seed(seed)
            with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
                return objectives.imitation(policy, batch.rows(rows), actions[rows], judge, own)

        with torch_threads(1):  # and those of the pool, which begin here
            losses = list(self.pool.map(learn, self.policies, parts, seeds))
        shares = [len(rows) / batch.size for rows in parts]
        self._gather(shares)
        return torch.stack(losses) @ torch.tensor(shares)

    def _gather(self, shares: list[float]) -> None:
        """Leave the weighted sum of all gradients to the policy itself."""
        for weights in zip(*(policy.parameters() for policy in self.policies), strict=True):
            grads = [
                w.grad * share
                for w, share in zip(weights, shares, strict=False)
                if w.grad is not None
            ]
            for weight in weights:
                weight.grad = None
            if grads:
                weights[0].grad = torch.stack(grads).sum(0)


def _with_weights_of(policy: nn.Module) -> nn.Module:
    """Return a policy whose weights are the memory of the other's, with gradients of its own."""
    other = copy.deepcopy(policy).train()
    for ours, theirs in zip(other.parameters(), policy.parameters(), strict=True):
        ours.data = theirs.data
    return other
