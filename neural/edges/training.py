"""The training of a scorer: binary cross-entropy on the edges of solved problems."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from routewright.neural.batch import Batch
from routewright.neural.solved import MEASURED, SolvedTrainer

from .adjacency import adjacency, slot_labels
from .graph import EdgeGraph, edge_graph


class EdgeTrainer(SolvedTrainer):
    """Trains a scorer on solved problems."""

    def _learn(self, source: torch.Generator) -> Tensor:
        """Compute gradients on some solved problems of one shape."""
        batch, plans = self._drawn()
        self.problems += batch.size
        loss = edge_loss(self.policy, batch.to(self.device), plans.to(self.device))
        loss.backward()
        return loss.detach()

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Loss on held-out problems by size, and the share of plan edges ranked among the best.

        ``found n=100`` is the share of a plan's edges among as many of the likeliest edges.
        """
        self.policy.eval()
        sums: dict[int, list[tuple[float, float]]] = {}
        for batch, plans in self.held_out.parts:
            pair = self._measured(batch.rows(slice(MEASURED)), plans[:MEASURED])
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
