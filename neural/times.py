"""Windows, services, and durations of training problems.

The usual ones are those of RouteFinder: every client has a short window, and a day is
about four times as long as the way across the square. Windows in practice are of any
length, many clients have none, a day may hold one route or ten, and services take
seconds or most of the day: those are the odd ones.

References
----------
Berto, F. et al. (2025). RouteFinder (arXiv:2406.15007), appendix A.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from .batch import UNLIMITED
from .drawing import GRID, Source

_HORIZON = 4.6
#: Odd days and services, in sides of the square, and the shortest odd window.
_ODD_HORIZON, _ODD_SERVICE, _SHORTEST = (2.0, 40.0), (0.01, 1.0), 0.05


class Times(NamedTuple):
    """Times of a batch, int64; those of depots say when they are open.

    Attributes
    ----------
    duration
        (B, M, M).
    early, late, service
        (B, M); ``late`` is `UNLIMITED` where a client has no window.
    """

    duration: Tensor
    early: Tensor
    late: Tensor
    service: Tensor


def draw_times(source: Source, distance: Tensor, odd: float, depots: int) -> Times:
    """Draw times that a vehicle of its own can meet from any depot, for every client.

    ``odd`` is the share of problems that have odd ones.
    """
    usual = _usual(source, distance, depots)
    if odd <= 0:
        return usual
    is_odd = source.share(len(distance), odd)
    shapes = (is_odd[:, None, None], *[is_odd[:, None]] * 3)
    fields = zip(shapes, _odd(source, distance, depots), usual, strict=True)
    return Times(*(torch.where(own, one, other) for own, one, other in fields))


def reach(ways: Tensor, depots: int, largest: bool) -> Tensor:
    """Way from a depot to each node and back the same, (B, M): to the farthest or nearest."""
    ways = torch.maximum(ways[:, :depots], ways[:, :, :depots].mT)  # (B, D, M)
    if largest:
        return ways.amax(1)  # padded depots are at no distance
    ways = torch.where(
        (ways == 0) & (torch.arange(depots, device=ways.device) > 0)[:, None], UNLIMITED, ways
    )
    return ways.amin(1)


def _usual(source: Source, distance: Tensor, depots: int) -> Times:
    shape = distance.shape[:2]
    out = reach(distance, depots, largest=True)
    service = ((0.15 + 0.03 * source.uniform(shape)) * GRID).long()
    width = ((0.18 + 0.02 * source.uniform(shape)) * GRID).long()
    horizon = int(_HORIZON * GRID)
    latest = horizon - service - width - out
    early = out + (source.uniform(shape) * (latest - out)).long()
    late = early + width
    early[:, :depots], late[:, :depots], service[:, :depots] = 0, horizon, 0
    return Times(distance, early, late, service)


def _odd(source: Source, distance: Tensor, depots: int) -> Times:
    count, size = shape = distance.shape[:2]
    noise = source.uniform((count, 1, 1), 0.0, 0.5) * source.uniform((count, size, size))
    duration = (distance * (1 + noise)).long()
    out = reach(duration, depots, largest=True)
    most = source.evenly((count, 1), *_ODD_SERVICE)
    service = (most * source.uniform(shape, 0.5, 1.5) * GRID).long()
    least = (2 * out + service).amax(1, keepdim=True) + int(_SHORTEST * GRID)
    horizon = (source.evenly((count, 1), *_ODD_HORIZON) * GRID).long().maximum(least)
    room = horizon - service - 2 * out
    part = source.uniform((count, 1)) ** 2 * source.uniform(shape, 0.5, 1.5)
    width = (part * room).long().clamp(min=int(_SHORTEST * GRID)).minimum(room)
    early = out + (source.uniform(shape) * (room - width)).long()
    late = early + width
    early = early * ~source.share(count, 0.2)[:, None]  # nothing but deadlines
    some = source.uniform((count, 1), 0.2, 1.8)  # in half of the problems, all have one
    none = source.uniform(shape) > some
    early, late = torch.where(none, 0, early), torch.where(none, UNLIMITED, late)
    early[:, :depots], late[:, :depots], service[:, :depots] = 0, horizon, 0
    return Times(duration, early, late, service)
