"""What the networks of rl4co read: the problem once, and the state of plans at each step.

Names and shapes are those of rl4co's environments (rl4co/envs/routing, version 0.7).
Lengths are in units of the unit square, or of a square with another ``side`` where a
network has learned such; times so that a vehicle covers a unit of length in a unit of
time; loads in units of the capacity.
"""

from __future__ import annotations

import torch
from torch import Tensor

from routewright.neural.batch import UNLIMITED, Batch
from routewright.neural.environment import View
from routewright.neural.features import side_length, unit_square


class Units:
    """Internal units of a batch -> units of the networks, (B,) each.

    Parameters
    ----------
    batch
        Problems with one depot.
    side
        Of the square that a network has learned.
    """

    def __init__(self, batch: Batch, side: float) -> None:
        self.side = side
        self._length = side_length(batch, batch.distance).clamp(min=1e-9)
        self._time = side_length(batch, batch.duration).clamp(min=1e-9)

    def length(self, value: Tensor) -> Tensor:
        """(B, ...) int64 -> float32."""
        return _shaped(value, self.side / self._length)

    def time(self, value: Tensor) -> Tensor:
        """(B, ...) int64 -> float32."""
        return _shaped(value, self.side / self._time)


def _shaped(value: Tensor, factor: Tensor) -> Tensor:
    return value.float() * factor.float().view(-1, *[1] * (value.dim() - 1))


def static_tensors(b: Batch, problem: str, side: float) -> dict[str, Tensor]:
    """Return what the encoder for a problem reads.

    Parameters
    ----------
    b
        Problems with one depot and without padding.
    problem
        Name of rl4co's environment.
    side
        See `Units`.
    """
    if problem == "atsp":
        most = b.distance.amax((1, 2), keepdim=True).clamp(min=1)
        return {"cost_matrix": (b.distance / most).float()}
    units = Units(b, side)
    load = 1.0 / b.capacity[:, None].float()
    found = {"locs": unit_square(b) * side}
    if problem in ("cvrp", "cvrptw"):
        found["demand"] = b.delivery[:, 1:] * load
    if problem == "mtvrp":
        found["demand_linehaul"], found["demand_backhaul"] = b.delivery * load, b.pickup * load
    if problem in ("cvrptw", "mtvrp"):
        service = "durations" if problem == "cvrptw" else "service_time"
        found[service] = units.time(b.service)
        found["time_windows"] = _windows(b, units, is_bound=problem == "cvrptw")
    if problem == "op":
        found["prize"] = b.prize / b.prize.amax(1, keepdim=True).clamp(min=1)
    if problem == "pctsp":
        found["penalty"] = units.length(b.prize)
        found["expected_prize"] = b.pickup[:, 1:] / b.quota.clamp(min=1)[:, None]
    return found


def _windows(b: Batch, units: Units, *, is_bound: bool) -> Tensor:
    """Windows (B, M, 2); no bound is infinite, or the end of the day where that has to be."""
    is_open = b.late >= UNLIMITED
    late = units.time(torch.where(is_open, 0, b.late))
    if is_bound:
        end = torch.where(is_open[:, :1], late.amax(1, keepdim=True), late[:, :1])
        late = torch.minimum(torch.where(is_open, end, late), end)
    else:
        late = torch.where(is_open, torch.inf, late)
    return torch.stack((units.time(b.early), late), 2)


def step_tensors(b: Batch, v: View, problem: str, side: float) -> dict[str, Tensor]:
    """Return what the decoder for a problem reads, rows by plan and then by problem, (S B, ...).

    Parameters
    ----------
    b, problem, side
        As in `static_tensors`.
    v
        The state of plans, (B, S) each.
    """
    node = _rows(v.current)
    if problem in ("tsp", "atsp"):
        return {"current_node": node, "first_node": _rows(v.origin)}
    if problem == "pdp":
        return {"current_node": node[:, None]}
    units, plans = Units(b, side), v.current.shape[1]
    one = torch.ones_like(node, dtype=torch.float32)
    if problem == "op":
        return {
            "current_node": node[:, None],
            "tour_length": _rows(units.length(v.distance)),
            "max_length": units.length(b.max_distance).repeat(plans)[:, None],
        }
    if problem == "pctsp":
        return {
            "current_node": node,
            "cur_total_prize": _rows(v.picked / b.quota.clamp(min=1)[:, None]),
            "prize_required": one * (b.quota > 0).repeat(plans),
        }
    load = 1.0 / b.capacity[:, None].float()
    found = {"vehicle_capacity": one, "current_time": _rows(units.time(v.time))}
    if problem == "mtvrp":
        # After pickups, the larger of both loads: no delivery can follow them anyway.
        found["used_capacity_linehaul"] = _rows(v.peak * load)
        found["used_capacity_backhaul"] = _rows(v.picked * load)
        found["current_route_length"] = _rows(units.length(v.distance))
        found["open_route"] = b.is_open.repeat(plans)
    else:
        found["used_capacity"] = _rows(v.peak * load)
    columns = {name: value[:, None] for name, value in found.items()}
    return {**columns, "current_node": node if problem == "mtvrp" else node[:, None]}


def _rows(value: Tensor) -> Tensor:
    """(B, S) -> (S B,), as rl4co keeps several plans of the same problems."""
    return value.T.reshape(-1)
