"""The training on solved problems of a user's own, some of which are held out to measure on."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from .batch import Batch
from .cards import Card
from .decoding import greedy, roll_out
from .objectives import replay
from .ordering import shuffled
from .plans import to_actions
from .policies import as_planned
from .teacher import Labels, posed, share_done
from .training import Trainer

#: Most problems of a shape that a measurement looks at.
MEASURED = 64


class SolvedTrainer(Trainer):
    """Teaches a policy by imitation; the loop, its state, and its end are the usual."""

    held_out: Labels

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        assert self.labels is not None  # the options see to it
        self.labels, self.held_out = self.labels.split()

    def _learn(self, source: torch.Generator) -> Tensor:
        """Compute gradients on some solved problems of one file."""
        batch, plans = self._drawn()
        self.problems += batch.size
        seed, policy = self._seed("turns"), self.policy
        turns = torch.Generator(batch.device).manual_seed(seed)
        share = share_done(seed) if policy.plans_in_parts else 0.0
        shown, actions = posed(batch, plans, turns, policy.plans_backward, share)
        return self.workers.imitation(
            shown.to(self.device), actions[:, None, :].to(self.device), self.judge, source
        )

    def _drawn(self) -> tuple[Batch, Tensor]:
        """Problems of one shape that are not held out, the fewer the larger they are."""
        assert self.labels is not None
        parts = self.labels.parts
        draw = random.Random(self._seed("labels"))
        [(batch, plans)] = draw.choices(parts, [batch.size for batch, _ in parts])
        count = max(2, round(self.options.batch * 100 / batch.num_nodes))
        rows = torch.tensor(draw.choices(range(batch.size), k=count), device=batch.device)
        return batch.rows(rows), plans[rows]

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Greedy costs on held-out problems by size, in percent above those of their plans."""
        self.policy.eval()
        found: dict[int, list[Tensor]] = {}
        for batch, plans in self.held_out.parts:
            few = slice(MEASURED)
            above = self._above(batch.rows(few).to(self.device), plans[few].to(self.device))
            found.setdefault(batch.num_clients, []).append(above)
        return {
            f"gap % n={clients}": round(float(torch.cat(gaps).mean()), 3)
            for clients, gaps in sorted(found.items())
        }

    def _above(self, batch: Batch, plans: Tensor) -> Tensor:
        order = torch.Generator(batch.device).manual_seed(0)
        actions = to_actions(batch, shuffled(batch, plans, order))
        known = replay(batch, actions[:, None, :]).cost[:, 0]
        cost = roll_out(self.policy, as_planned(self.policy, batch), greedy).cost[:, 0]
        return 100.0 * (cost - known) / known.abs().clamp(min=1)

    def card(self) -> Card:
        """Describe what was trained; kinds and sizes are those of the solved problems."""
        assert self.labels is not None
        parts = (*self.labels.parts, *self.held_out.parts)
        sizes = [int(n) for batch, _ in parts for n in batch.is_client.sum(1)]
        return replace(
            super().card(),
            kinds=self.labels.kinds,
            sizes=(min(sizes), max(sizes)),
            attributes=self.labels.attributes,
        )
