"""Which edges a plan uses: what the scorer learns to tell."""

from __future__ import annotations

import torch
from torch import Tensor

from routewright.neural.batch import Batch


def adjacency(batch: Batch, plans: Tensor) -> Tensor:
    """Return whether two nodes follow each other in a plan, either way, (B, M, M) bool.

    A route ends at the depot that it began at, unless routes are open.

    Parameters
    ----------
    batch
        The problems.
    plans
        (B, T) int64 sequences of nodes: every route after its depot, and the last depot again;
        padded with -1 (see `plans.to_sequence`).
    """
    before, after = plans[:, :-1], plans[:, 1:]
    is_depot = (plans >= 0) & (plans < batch.num_depots)
    place = torch.arange(plans.shape[1], device=plans.device)
    last = (is_depot * place).cummax(1).values
    origin = plans.gather(1, last)[:, :-1]
    is_end = (after < batch.num_depots) & (before >= batch.num_depots)
    is_used = (before >= 0) & (after >= 0) & ~(is_end & batch.is_open[:, None])
    after = torch.where(is_end, origin, after)
    size = batch.num_nodes
    used = torch.zeros(batch.size, size * size, dtype=torch.bool, device=plans.device)
    code = torch.where(is_used, before * size + after, 0)
    used.scatter_(1, code, True)
    used = used.view(batch.size, size, size)
    # Depots are no neighbors of depots; the codes of what is unused lie there.
    used[:, : batch.num_depots, : batch.num_depots] = False
    return used | used.mT


def slot_labels(used: Tensor, index: Tensor, is_edge: Tensor) -> Tensor:
    """Return the entries of an adjacency (B, M, M) at the edges of a graph, (B, M, K) bool."""
    return used.gather(2, index) & is_edge
