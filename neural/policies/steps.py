"""What is known of a step from a partial plan to a node, and how the plan weighs it.

Keys and values are computed once, when everything is still to be done. What changes with
every step and is cheap to follow enters here, as numbers of each possible step: what it
costs, how many clients would remain near its end, how full the vehicle would be.

References
----------
Drakulic, D. et al. (2023). BQ-NCO (arXiv:2301.03313), section 3: why what is left has to be
seen at every step; there by encoding it anew, which costs far more.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.functional import relu

from routewright.neural.batch import Batch
from routewright.neural.environment import View, rows_of
from routewright.neural.features import compressed

#: Reach of the sums over clients that are left, in distances between neighbors (times two).
REACHES = (0.3, 1.0, 3.0)
#: What a sum counts for where nobody is left, and how its logarithm is scaled.
ALONE, PER_LOG = 1e-3, 0.3
#: Features of a step, see `step_features`.
STEP_FEATURES = 12 + len(REACHES)
#: Width of what weighs them together.
_HIDDEN = 16


class Arcs(NamedTuple):
    """What does not change of the arcs between nodes.

    Attributes
    ----------
    ways
        (B, M, 2 M): costs of arcs from each node, in the unit of the problem, and their
        logarithms.
    home
        (B, D, M) cost of the way from every node to every depot.
    astray
        (B, D, M) how much farther a node is from a depot than from its nearest one, either
        way.
    nearest
        (B, M, D) 1 where the depot is the nearest of a client, else 0.
    near
        (B, M, 3 M): how much a client that is left counts as a neighbor of each node, for
        each reach.
    time, early, late
        (B, M, M), (B, M), (B, M): durations and windows in units of time; None where no
        problem has windows.
    per_time
        (B, 1): units of time per internal unit.
    """

    ways: Tensor
    home: Tensor
    astray: Tensor
    nearest: Tensor
    near: Tensor
    time: Tensor | None
    early: Tensor | None
    late: Tensor | None
    per_time: Tensor


class StepScore(nn.Module):
    """A number for each step: its features, weighed by what the plan asks for.

    Parameters
    ----------
    width
        Of the query.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weigh = nn.Linear(width, STEP_FEATURES)
        self.join_query = nn.Linear(width, _HIDDEN)
        self.join_features = nn.Linear(STEP_FEATURES, _HIDDEN, bias=False)
        self.out = nn.Linear(_HIDDEN, 1, bias=False)
        nn.init.zeros_(self.out.weight)
        with torch.no_grad():  # before it has learned anything, it prefers near nodes
            self.weigh.weight.mul_(0.1)
            self.weigh.bias.zero_()[1] = -2.0

    def forward(self, query: Tensor, features: Tensor) -> Tensor:
        """(B, S, d), (B, S, F, M) -> (B, S, M)."""
        linear = self.weigh(query)[:, :, None, :] @ features  # (B, S, 1, M)
        joined = self.join_features.weight @ features + self.join_query(query)[..., None]
        return (linear + self.out.weight @ relu(joined))[:, :, 0]


def closeness(cost: Tensor, clients: Tensor) -> Tensor:
    """How near each node is to each other for every reach, (B, M, 3 M); none to itself."""
    spaced = cost * clients.sqrt()[:, None, None]
    others = 1 - torch.eye(cost.shape[1], device=cost.device)
    return torch.cat([torch.exp(-spaced / reach) * others for reach in REACHES], 2)


def from_depots(b: Batch, cost: Tensor) -> tuple[Tensor, Tensor]:
    """``astray`` and ``nearest`` of `Arcs`."""
    depots = b.num_depots
    way = torch.maximum(cost[:, :depots], cost[:, :, :depots].mT)  # either may be free
    way = way.masked_fill(~b.is_node[:, :depots, None], torch.inf)  # (B, D, M)
    astray = torch.where(way.isinf(), 0.0, way - way.amin(1, keepdim=True))
    place = torch.arange(depots, device=cost.device)
    nearest = (way.argmin(1)[:, :, None] == place) & b.is_client[:, :, None]
    return astray, nearest.to(cost.dtype)


def loads(b: Batch, v: View) -> tuple[Tensor, Tensor]:
    """What every node is still to be brought, (B, S, M), and what it has for pickup, (B, 1, M)."""
    delivery = v.remaining if v.remaining.shape[2] else b.delivery[:, None, :]
    return delivery, b.pickup[:, None, :]


class Rest(NamedTuple):
    """Sums over the clients that are left, (B, S) int64 each.

    Attributes
    ----------
    delivery, pickup
        Loads.
    beyond
        What of the larger one does not fit into the current vehicle; below zero if all does.
    """

    delivery: Tensor
    pickup: Tensor
    beyond: Tensor


def rest_of(b: Batch, v: View) -> Rest:
    """Return the loads that are left."""
    delivery, pickup = ((load * v.left).sum(2) for load in loads(b, v))
    capacity = b.capacity[:, None]
    beyond = torch.maximum(delivery - (capacity - v.peak), pickup - (capacity - v.picked))
    return Rest(delivery, pickup, beyond)


def vehicles(load: Tensor, capacity: Tensor) -> Tensor:
    """How many vehicles take a load, int64."""
    return -(-load.clamp(min=0)).div(capacity, rounding_mode="floor")


def step_features(arcs: Arcs, b: Batch, v: View) -> Tensor:
    """Features of the next step to every node, (B, S, 15, M).

    Its cost and the logarithm of that, the way home from there, wait and slack; the room
    that is left after it, its share of the room before it, whether it fills the vehicle; the
    room for deliveries that it gives up, and how many vehicles more are needed for that; how
    much nearer another depot is; and logarithms of how many clients are left, of those that
    have this depot as their nearest, and of those around it, for each reach.
    """
    ways = rows_of(arcs.ways, v.current).unflatten(2, (2, -1))  # (B, S, 2, M)
    shape = ways.shape[:2]
    several = b.num_depots > 1
    home, astray = (
        (rows_of(way, v.origin) if several else way).expand(*shape, -1)
        for way in (arcs.home, arcs.astray)
    )
    columns = [*ways.unbind(2), home, *_in_time(arcs, v, ways[:, :, 0]), *_in_space(b, v, shape)]
    columns += _given_up(b, v)
    left = v.left.to(ways.dtype)
    columns += [astray, _log(functional.pad(left @ arcs.nearest, (0, b.num_clients)))]
    crowd = _log(left @ arcs.near).unflatten(2, (len(REACHES), -1))
    return torch.cat((torch.stack(columns, 2), crowd), 2)


def _log(sums: Tensor) -> Tensor:
    return (sums + ALONE).log() * PER_LOG


def _in_time(arcs: Arcs, v: View, like: Tensor) -> list[Tensor]:
    """Wait at every node, and the logarithm of the slack there."""
    if arcs.time is None or arcs.early is None or arcs.late is None:
        return [torch.zeros_like(like)] * 2
    arrival = (v.time * arcs.per_time)[:, :, None] + rows_of(arcs.time, v.current)
    wait = compressed((arcs.early[:, None, :] - arrival).clamp(min=0))
    slack = torch.log1p((arcs.late[:, None, :] - arrival).clamp(min=0, max=100.0))
    return [wait, slack]


def _in_space(b: Batch, v: View, shape: torch.Size) -> list[Tensor]:
    """Room after the step, share of the room before it, and whether none is left."""
    delivery, pickup = loads(b, v)
    capacity = b.capacity[:, None, None]
    peak, picked = v.peak[:, :, None], v.picked[:, :, None]
    after = capacity - torch.maximum(peak + delivery, picked + pickup)
    part = torch.maximum(
        delivery / (capacity - peak).clamp(min=1), pickup / (capacity - picked).clamp(min=1)
    )
    columns = after.clamp(min=0) / capacity.clamp(min=1), part.clamp(max=2.0), after <= 0
    return [c.to(torch.float32).expand(*shape, -1) for c in columns]


def _given_up(b: Batch, v: View) -> list[Tensor]:
    """Room that is given up, in vehicles, and how many vehicles more are needed for that.

    To go home gives it up, and to begin to pick up where deliveries come first.
    """
    rest, room = rest_of(b, v), (b.capacity[:, None] - v.peak).clamp(min=0)
    capacity = b.capacity.clamp(min=1)[:, None]
    full = torch.maximum(rest.delivery, rest.pickup)
    after = torch.maximum(rest.delivery, rest.pickup - (b.capacity[:, None] - v.picked))
    home, back = (
        vehicles(load, capacity) - vehicles(rest.beyond, capacity) for load in (full, after)
    )  # (B, S) each
    is_depot = torch.arange(b.num_nodes, device=b.device) < b.num_depots
    begins = (b.linehaul_first[:, None] & ~v.has_backhauls)[:, :, None] & (b.pickup > 0)[:, None]
    share = (room / capacity)[:, :, None]
    more = torch.where(is_depot, home[:, :, None], back[:, :, None]).clamp(0, 2)
    gives_up = (is_depot | begins).float()
    return [share * gives_up, more * gives_up]
