"""What is left of problems after some of a plan: smaller problems of the same kind.

References
----------
Drakulic, D. et al. (2023). BQ-NCO (arXiv:2301.03313), section 3: partial plans after which
the same is left are one state, whatever was done before.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from .batch import UNLIMITED, Batch

#: Fields of a batch by node, and those that are not zero at padding.
_BY_NODE = ("delivery", "pickup", "early", "late", "service", "prize", "required", "splittable")
_NEUTRAL = {"late": UNLIMITED}


class Rest(NamedTuple):
    """What is left of problems.

    Attributes
    ----------
    batch
        B smaller problems, padded to the largest of them.
    nodes
        (B, R) int64: the nodes of the whole problems that theirs are.
    position
        (B, M) int64: where a node of the whole problem is in the smaller one, if it is.
    """

    batch: Batch
    nodes: Tensor
    position: Tensor


def rest_with(batch: Batch, kept: Tensor) -> Rest:
    """Return the problems with their depots and some clients, (B, M) bool, in their order."""
    kept = kept | (torch.arange(batch.num_nodes, device=batch.device) < batch.num_depots)
    size = int(kept.sum(1).max())
    # Those that are kept come first; the others are padding.
    nodes = (~kept).long().argsort(dim=1, stable=True)[:, :size]  # (B, R)
    is_node = kept.gather(1, nodes) & batch.is_node.gather(1, nodes)
    order = torch.arange(size, device=batch.device).expand_as(nodes)
    position = torch.zeros_like(kept, dtype=torch.long).scatter(1, nodes, order)
    return Rest(_taken(batch, nodes, is_node), nodes, position)


def after_routes(batch: Batch, plans: Tensor, share: float) -> tuple[Batch, Tensor]:
    """Return what is left after the first routes of plans (B, T), and the rest of the plans.

    These routes serve that share of the clients that a plan serves, or a little more, but
    never all; none are taken where there is but one, or a delivery may be split. Plans are as
    `ordering.shuffled` gives them: routes behind their depots, the last depot to the end.
    """
    if share <= 0 or bool((batch.is_single | batch.splittable.any(1)).any()):
        return batch, plans
    place = torch.arange(plans.shape[1], device=plans.device)
    is_client = plans >= batch.num_depots
    served = is_client.cumsum(1)  # (B, T)
    begins = ~is_client & is_client.roll(-1, 1) & (served < served[:, -1:])
    enough = begins & (served >= share * served[:, -1:])
    last = (begins * place).amax(1, keepdim=True)
    begin = torch.where(enough, place, len(place)).amin(1, keepdim=True).minimum(last)
    done = is_client & (place < begin)
    gone = torch.zeros_like(batch.is_node, dtype=torch.long).scatter_add(1, plans, done.long())
    rest = rest_with(batch, batch.is_node & (gone == 0))
    moved = rest.position.gather(1, plans.gather(1, (begin + place).clamp(max=len(place) - 1)))
    end = (is_client * place).amax(1, keepdim=True) + 1
    return rest.batch, moved[:, : int((end - begin).max()) + 1]


def _taken(batch: Batch, nodes: Tensor, is_node: Tensor) -> Batch:
    """Return the problems with some of their nodes, (B, R)."""
    size = nodes.shape[1]
    pairs = nodes[:, :, None] * batch.num_nodes + nodes[:, None, :]
    both = is_node[:, :, None] & is_node[:, None, :]
    fields: dict[str, Any] = {
        name: values.flatten(1).gather(1, pairs.flatten(1)).view(pairs.shape) * both
        for name, values in (("distance", batch.distance), ("duration", batch.duration))
    }
    for name in _BY_NODE:
        taken = getattr(batch, name).gather(1, nodes)
        fields[name] = torch.where(is_node, taken, _NEUTRAL.get(name, 0)).to(taken.dtype)
    places = batch.coordinates.gather(1, nodes[:, :, None].expand(-1, size, 2))
    return batch._replace(coordinates=places * is_node[:, :, None], is_node=is_node, **fields)
