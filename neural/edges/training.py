"""The training of a scorer: binary cross-entropy on the edges of solved problems."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from routewright.neural.batch import Batch
from routewright.neural.cards import Card
from routewright.neural.training import Trainer

from .adjacency import adjacency, slot_labels
from .graph import EdgeGraph, edge_graph

#: Every so many problems of a file one is held out.
_HELD_OUT = 16
#: Most problems of a file that a measurement looks at.
_MEASURED = 64


class EdgeTrainer(Trainer):
    """Trains a scorer on solved problems; the loop, its state, and its end are the usual."""

    def _solved(self) -> tuple[tuple[Batch, Tensor], ...]:
        """Solved problems and their plans, file by file; the options see to it that there are."""
        assert self.labels is not None
        return self.labels.parts

    def _learn(self, source: torch.Generator) -> Tensor:
        """Compute gradients on some solved problems of one file."""
        batch, plans = self._drawn()
        self.problems += batch.size
        loss = edge_loss(self.policy, batch.to(self.device), plans.to(self.device))
        loss.backward()
        return loss.detach()

    def _drawn(self) -> tuple[Batch, Tensor]:
        """Problems of one file that are not held out, the fewer the larger they are."""
        parts = self._solved()
        draw = random.Random(self._seed("labels"))
        part = draw.choices(range(len(parts)), [batch.size for batch, _ in parts])[0]
        batch, plans = parts[part]
        shown = [row for row in range(batch.size) if not _is_held_out(row)] or [0]
        count = max(2, round(self.options.batch * 100 / batch.num_nodes))
        rows = torch.tensor(draw.choices(shown, k=count))
        return batch.rows(rows), plans[rows]

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Loss on held-out problems by size, and the share of plan edges ranked among the best.

        ``found n=100`` is the share of a plan's edges among as many of the likeliest edges.
        """
        self.policy.eval()
        sums: dict[int, list[tuple[float, float]]] = {}
        for batch, plans in self._solved():
            rows = [row for row in range(batch.size) if _is_held_out(row)][:_MEASURED]
            if rows:
                chosen = torch.tensor(rows)
                pair = self._measured(batch.rows(chosen), plans[chosen])
                sums.setdefault(batch.num_clients, []).append(pair)
        measured = {}
        for clients, pairs in sorted(sums.items()):
            loss, found = (sum(column) / len(pairs) for column in zip(*pairs, strict=True))
            measured[f"n={clients}"] = round(loss, 5)
            measured[f"found n={clients}"] = round(found, 4)
        return measured

    def _measured(self, batch: Batch, plans: Tensor) -> tuple[float, float]:
        batch, plans = batch.to(self.device), plans.to(self.device)
        graph = edge_graph(batch, self.policy.config.neighbors)
        logits, used = self.policy(graph), adjacency(batch, plans)
        return float(_loss(logits, graph, used)), float(found(logits, graph, used).mean())

    def card(self) -> Card:
        """Describe the scorer; kinds and sizes are those of the solved problems."""
        assert self.labels is not None
        sizes = [int(n) for batch, _ in self._solved() for n in batch.is_client.sum(1)]
        return replace(
            super().card(),
            kinds=self.labels.kinds,
            sizes=(min(sizes), max(sizes)),
            attributes=self.labels.attributes,
        )


def _is_held_out(row: int) -> bool:
    return row % _HELD_OUT == _HELD_OUT - 1


def edge_loss(scorer: Any, batch: Batch, plans: Tensor) -> Tensor:
    """Return the mean cross-entropy over the edges of all graphs, a scalar."""
    graph = edge_graph(batch, scorer.config.neighbors)
    return _loss(scorer(graph), graph, adjacency(batch, plans))


def _loss(logits: Tensor, graph: EdgeGraph, used: Tensor) -> Tensor:
    labels = slot_labels(used, graph.target, graph.is_edge).float()
    each = functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")
    weights = graph.is_edge.float()
    return (each * weights).sum() / weights.sum().clamp(min=1.0)


def found(logits: Tensor, graph: EdgeGraph, used: Tensor) -> Tensor:
    """Return the share of the used edges among as many of the likeliest, (B,) float32.

    Edges that the graph does not have are missed.
    """
    labels = slot_labels(used, graph.target, graph.is_edge)
    shares = []
    for row in range(len(logits)):
        score = logits[row].masked_fill(~graph.is_edge[row], -torch.inf).flatten()
        best = score.topk(min(int(used[row].sum()), score.numel())).indices
        hits = labels[row].flatten()[best].sum()
        shares.append(hits / used[row].sum().clamp(min=1))
    return torch.stack(shares)
