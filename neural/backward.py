"""Open routes are built from their last client to their first.

A closed route may begin at its farthest client, where there is no doubt that it goes, and
end near the depot. The end of an open route is such a client, its beginning is not. So a
policy sees open problems turned around: vehicles appear anywhere, at no cost, and drive home
from there. That is a problem with closed routes and a matrix that is not symmetric.
"""

from __future__ import annotations

import torch
from torch import Tensor

from routewright.solution import Route, Solution

from .batch import UNLIMITED, Batch


def is_backward(batch: Batch) -> Tensor:
    """Whether problems are turned around, (B,) bool: open ones in which order has no other part.

    With windows time would have to run backward, too; with pickups loads would have to.
    """
    timeless = (batch.late >= UNLIMITED).all(1)
    one_way = (batch.pickup > 0).any(1) | batch.splittable.any(1) | batch.is_single
    return batch.is_open & timeless & ~one_way


def turned_around(batch: Batch) -> Batch:
    """Return the problems with those turned around that `is_backward` says."""
    turned = is_backward(batch)[:, None, None]
    if not bool(turned.any()):
        return batch
    from_depot = torch.arange(batch.num_nodes, device=batch.device)[:, None] < batch.num_depots

    def around(travel: Tensor) -> Tensor:
        return torch.where(turned, travel.mT.masked_fill(from_depot, 0), travel)

    return batch._replace(
        distance=around(batch.distance),
        duration=around(batch.duration),
        is_open=batch.is_open & ~turned[:, 0, 0],
    )


def turned_back(solution: Solution) -> Solution:
    """Return a solution of a problem that was turned around, for the problem as it is."""
    return Solution([Route.of(r.visits[::-1], r.vehicle_type) for r in solution.routes])
