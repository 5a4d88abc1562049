"""In which order the routes of a plan are shown to a policy that learns from it.

Any order of the routes is the same plan. Where one state has many equally good steps, a
greedy plan takes the one that was shown most often: shown in one manner, such steps are the
same ones again and again. What pays is an order in which the first client of the next route
can be told: the farthest that is left.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from .batch import UNLIMITED, Batch
from .environment import arcs


class _Routes(NamedTuple):
    """Plans (B, T) by route; numbers of routes are 1, 2, ... up to R = T.

    Attributes
    ----------
    number, is_depot, inside
        (B, T): the route of every step; whether it begins there; before the end of the plan.
    depot
        (B, R + 1) int64: where routes begin.
    first, last, reach
        (B, R + 1) float32: distances of their first, last, and farthest clients.
    is_turnable
        (B, R + 1) bool: whether they may be driven backward at the same cost.
    """

    number: Tensor
    is_depot: Tensor
    inside: Tensor
    depot: Tensor
    first: Tensor
    last: Tensor
    reach: Tensor
    is_turnable: Tensor


def shuffled(
    batch: Batch, plans: Tensor, source: torch.Generator, turned: Tensor | None = None
) -> Tensor:
    """Return plans (B, T) with their routes in the order to learn, up to some noise.

    Routes from one depot follow each other. Those that go farther come earlier, so that what
    lies near, where mistakes cost least, is left for the end; those that may be driven both
    ways begin at the end that is farther from the depot. ``turned`` (B,) are problems of which
    the others are turned around, see `backward`.

    Padding becomes the last depot, where a finished plan stays.
    """
    width = plans.shape[1]
    place = torch.arange(width, device=plans.device)
    r = _routes(batch, plans)
    rank = _ranks(batch, r, source)
    flips = r.last * _noise(r.last, source) > r.first
    around = torch.zeros_like(batch.is_open) if turned is None else turned
    flips = torch.where(r.is_turnable, flips, around[:, None])
    backward = flips.gather(1, r.number) & ~r.is_depot
    within = torch.where(backward, 2 * width - place, place)
    key = rank.gather(1, r.number) * 4 * width + within
    key = torch.where(r.inside, key, 8 * width * width + place)
    moved = plans.gather(1, key.argsort(dim=1))
    begins = (moved < batch.num_depots) & r.inside
    last = moved.gather(1, (begins * place).amax(1, keepdim=True))
    return torch.where(r.inside, moved, last)


def is_symmetric(batch: Batch) -> Tensor:
    """Whether no cost or time depends on the direction of travel, (B,) bool."""
    symmetric = (batch.distance == batch.distance.mT).flatten(1).all(1)
    symmetric &= (batch.duration == batch.duration.mT).flatten(1).all(1)
    return symmetric & (batch.late >= UNLIMITED).all(1) & ~batch.is_open


def _routes(batch: Batch, plans: Tensor) -> _Routes:
    place = torch.arange(plans.shape[1], device=plans.device)
    is_depot = (plans >= 0) & (plans < batch.num_depots)
    end = (is_depot * place).amax(1, keepdim=True)  # the depot that closes the plan
    number = (is_depot & (place < end)).cumsum(1)
    nodes = plans.clamp(min=0)
    begin = (is_depot * place).cummax(1).values
    way = arcs(batch.distance, nodes.gather(1, begin), nodes).float()
    clients = plans >= batch.num_depots
    far = way * clients  # zero at depots

    def most(values: Tensor) -> Tensor:
        none = values.new_zeros(len(plans), plans.shape[1] + 1)
        return none.scatter_reduce(1, number, values, "amax")

    brings, picks = (
        most(((load.gather(1, nodes) > 0) & clients).long())
        for load in (batch.delivery, batch.pickup)
    )
    return _Routes(
        number=number,
        is_depot=is_depot,
        inside=place < end,
        depot=most(torch.where(is_depot & (place < end), plans, 0)),
        first=most(torch.where(is_depot.roll(1, 1), far, 0)),
        last=most(torch.where(is_depot.roll(-1, 1), far, 0)),
        reach=most(far),
        is_turnable=is_symmetric(batch)[:, None] & (brings * picks == 0),
    )


def _ranks(batch: Batch, r: _Routes, source: torch.Generator) -> Tensor:
    """Place of every route in the new order, (B, R + 1) int64, by its number."""
    key = r.reach * _noise(r.reach, source)
    of_depot = key.new_zeros(len(key), batch.num_depots).scatter_reduce(1, r.depot, key, "amax")
    rank = _places(of_depot).gather(1, r.depot) * key.shape[1] + _places(key)
    return _places(-rank)


def _places(key: Tensor) -> Tensor:
    """Place of every entry of rows, the largest first."""
    return (-key).argsort(1).argsort(1)


def _noise(like: Tensor, source: torch.Generator) -> Tensor:
    """Factors near 1."""
    return 0.9 + 0.2 * torch.rand(like.shape, generator=source, device=like.device)
