"""Some problems are planned from the last client of every route to the first.

A closed route may begin at its farthest client, where there is no doubt that it goes, and
end near the depot, where there is a choice of what fills it up. An open route ends far away,
and so does what is brought before anything is picked up: their beginnings are near. So a
policy sees such problems turned around. Vehicles of open routes appear anywhere, at no cost,
and drive home from there; what was picked up is brought, and what was brought is picked up.
"""

from __future__ import annotations

import torch
from torch import Tensor

from routewright.solution import Route, Solution

from .batch import UNLIMITED, Batch


def is_backward(batch: Batch) -> Tensor:
    """Whether problems are turned around, (B,) bool: open ones, and those with linehauls first.

    With windows, time would have to run backward, too.
    """
    timeless = (batch.late >= UNLIMITED).all(1)
    brings, picks = batch.delivery > 0, batch.pickup > 0
    # Who has both is past the linehauls either way, which is not the same rule backward.
    linehaul_first = batch.linehaul_first & _has_both(batch) & ~(brings & picks).any(1)
    others = batch.splittable.any(1) | batch.is_single | (batch.linehaul_first ^ linehaul_first)
    return (batch.is_open | linehaul_first) & timeless & ~others


def _has_both(batch: Batch) -> Tensor:
    return (batch.delivery > 0).any(1) & (batch.pickup > 0).any(1)


def turned_around(batch: Batch) -> Batch:
    """Return the problems with those turned around that `is_backward` says."""
    turned = is_backward(batch)
    if not bool(turned.any()):
        return batch
    from_depot = torch.arange(batch.num_nodes, device=batch.device)[:, None] < batch.num_depots
    is_free = from_depot & batch.is_open[:, None, None]

    def around(travel: Tensor) -> Tensor:
        return torch.where(turned[:, None, None], travel.mT.masked_fill(is_free, 0), travel)

    swapped = (turned & _has_both(batch))[:, None]  # one kind of loads is the same either way
    return batch._replace(
        distance=around(batch.distance),
        duration=around(batch.duration),
        delivery=torch.where(swapped, batch.pickup, batch.delivery),
        pickup=torch.where(swapped, batch.delivery, batch.pickup),
        is_open=batch.is_open & ~turned,
    )


def turned_back(solution: Solution) -> Solution:
    """Return a solution of a problem that was turned around, for the problem as it is."""
    return Solution([Route.of(r.visits[::-1], r.vehicle_type) for r in solution.routes])
