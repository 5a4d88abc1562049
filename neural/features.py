"""Problem -> tensors, in one place: which numbers, how they are scaled, what is neutral.

`to_batch` gives the integers of the environment, and `static_features` what an encoder
reads. Lengths and times are in units of twice the mean distance between the nodes (near
1 in a unit square), so that no unit of the user's changes a plan, and loads in units of
the capacity. Where a client is, is said by coordinates if there are any, and always by
its travel costs to the depots and to its nearest neighbors: a matrix alone suffices.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from routewright.errors import UnsupportedError
from routewright.problem import BackhaulPolicy, Problem
from routewright.travel import CoordinateTravel

from .batch import UNLIMITED, Batch
from .support import SUPPORTED, why_not

#: How many nearest neighbors have their costs among the features.
NEIGHBORS = 6
_NODE_NAMES = (
    "x",
    "y",
    "has_coordinates",
    "delivery",
    "pickup",
    "early",
    "late",
    "has_window",
    "service",
    "prize",
    "is_optional",
    "from_depot",
    "to_depot",
    "mean_cost",
    *(f"out_{k + 1}" for k in range(NEIGHBORS)),
    *(f"in_{k + 1}" for k in range(NEIGHBORS)),
    "x_from_depot",
    "y_from_depot",
    "cosine",
    "sine",
)
_GLOBAL_NAMES = (
    "is_open",
    "has_backhauls",
    "linehaul_first",
    "has_limit",
    "limit",
    "has_windows",
    "has_several_depots",
    "has_optional",
    "is_single",
    "is_asymmetric",
    "log_clients",
    "load_share",
    "fixed_cost",
    "is_travel_free",
)
#: The features by name, so that a checkpoint says which ones its policy was trained on.
NODE_FEATURES: tuple[str, ...] = _NODE_NAMES
#: Those of them that say where on the map a node is.
MAP_FEATURES = frozenset(
    ("x", "y", "has_coordinates", "x_from_depot", "y_from_depot", "cosine", "sine")
)
GLOBAL_FEATURES: tuple[str, ...] = _GLOBAL_NAMES


#: From where on large numbers are compressed, and how fast, see `compressed`.
BEND, BENT = 5.0, 3.0


class Static(NamedTuple):
    """What does not change while a plan is made.

    Attributes
    ----------
    nodes
        (B, M, F) float32, columns as in ``NODE_FEATURES``; zero at padding.
    overall
        (B, G) float32, columns as in ``GLOBAL_FEATURES``.
    cost, time
        (B, M, M) float32: distance and duration in the unit of the problem.
    unit, time_unit
        (B,) float32: internal units of distance, and of time, per unit.
    """

    nodes: Tensor
    overall: Tensor
    cost: Tensor
    time: Tensor
    unit: Tensor
    time_unit: Tensor


#: Features whose ranges a card holds, in words: the largest of the nodes, or the overall one.
_RANGED_NODES = {
    "delivery": "largest delivery per capacity",
    "pickup": "largest pickup per capacity",
    "late": "latest deadline per unit of time",
    "service": "longest service per unit of time",
    "prize": "largest prize per unit of cost",
}
_RANGED_OVERALL = {
    "limit": "limit of distance per unit",
    "is_asymmetric": "asymmetry",
    "load_share": "mean load per capacity",
    "fixed_cost": "fixed cost per unit of cost",
}


def ranged_features(batch: Batch) -> dict[str, Tensor]:
    """Return the features that a card holds the ranges of, (B,) each, by a name in words."""
    fixed = static_features(batch)
    most = fixed.nodes.amax(1)  # (B, F)
    nodes = {words: most[:, NODE_FEATURES.index(k)] for k, words in _RANGED_NODES.items()}
    overall = {
        words: fixed.overall[:, GLOBAL_FEATURES.index(k)] for k, words in _RANGED_OVERALL.items()
    }
    return {**nodes, **overall}


def to_batch(problems: Sequence[Problem]) -> Batch:
    """Return problems as one batch on the CPU, padded to the largest of them.

    Raises
    ------
    UnsupportedError
        If the environment does not know what one of them uses; by name.
    """
    for problem in problems:
        if refused := problem.attributes() - SUPPORTED:
            raise UnsupportedError("the neural environment", refused)
        if reason := why_not(problem):
            raise UnsupportedError("the neural environment", [reason])
    depots = max(len(p.vehicle_types) for p in problems)
    clients = max(p.num_clients for p in problems)
    columns = [_integers(p, depots, clients) for p in problems]
    stacked = {name: torch.from_numpy(np.stack([c[name] for c in columns])) for name in columns[0]}
    return Batch(depots, **stacked)


def _integers(p: Problem, depots: int, clients: int) -> dict[str, np.ndarray]:
    """Fields of a batch for one problem, padded."""
    kind = p.vehicle_types[0]
    return {
        **_places(p, depots, clients),
        "capacity": np.array(kind.capacity[0] if kind.capacity else UNLIMITED),
        "max_distance": np.array(kind.max_distance),
        "unit_distance_cost": np.array(kind.unit_distance_cost),
        "fixed_cost": np.array(kind.fixed_cost),
        "quota": np.array(0),
        "is_open": np.array(kind.end is None),
        "linehaul_first": np.array(p.backhaul is BackhaulPolicy.LINEHAUL_FIRST),
        "is_single": np.array(kind.count == 1 and p.num_clients > 1),
    }


def _places(p: Problem, depots: int, clients: int) -> dict[str, np.ndarray]:
    """What belongs to nodes and to pairs of them: the depot of each vehicle type, clients."""
    a, size = p.arrays(), depots + clients
    used = [v.start or 0 for v in p.vehicle_types]
    nodes = np.array([*used, *range(p.num_depots, p.num_depots + p.num_clients)])
    place = np.array([*range(len(used)), *range(depots, depots + p.num_clients)])
    location, travel = a.location[nodes], p.travels[0]

    def column(values: np.ndarray, neutral: float = 0) -> np.ndarray:
        out = np.full((size, *values.shape[1:]), neutral, dtype=values.dtype)
        out[place] = values[nodes]
        return out

    def matrix(whole: np.ndarray) -> np.ndarray:
        out = np.zeros((size, size), dtype=np.int64)
        out[np.ix_(place, place)] = whole[np.ix_(location, location)]
        return out

    none = np.zeros(len(a.location), dtype=np.int64)
    opening = a.tw_early[used].min()  # nobody leaves before
    points = travel.coordinates
    distance = matrix(travel.distance_matrix())
    is_as_long = isinstance(travel, CoordinateTravel) and travel.duration_factor == 1.0
    plane = np.zeros((len(none), 2)) if points is None else points[a.location, :2]
    return {
        "coordinates": column(plane.astype(np.float32)),
        "has_coordinates": np.array(points is not None),
        "distance": distance,
        "duration": distance if is_as_long else matrix(travel.duration_matrix()),
        "is_node": column(none == 0, False),
        "delivery": column(a.delivery[:, 0] if p.num_dimensions else none),
        "pickup": column(a.pickup[:, 0] if p.num_dimensions else none),
        "early": column(np.maximum(a.tw_early - opening, 0)),
        "late": column(np.where(a.tw_late < UNLIMITED, a.tw_late - opening, UNLIMITED), UNLIMITED),
        "service": column(a.service),
        "prize": column(np.where(a.required == 1, 0, a.prize)),
        "required": column(a.required == 1),
        "splittable": column(_splittable(p)),
    }


def _splittable(p: Problem) -> np.ndarray:
    return np.array([False] * p.num_depots + [c.may_be_split for c in p.clients], dtype=bool)


def static_features(batch: Batch) -> Static:
    """Return what an encoder reads of a batch; see the module for scales."""
    real = (batch.is_node[:, :, None] & batch.is_node[:, None, :]).float()  # (B, M, M)
    unit = travel_unit(batch, batch.distance)
    time_unit = travel_unit(batch, batch.duration)
    cost = batch.distance / unit[:, None, None]
    time = batch.duration / time_unit[:, None, None]
    columns = _attributes(batch, unit, time_unit), _travel(batch, cost, real), _polar(batch)
    nodes = torch.cat(columns, 2)
    return Static(
        nodes * batch.is_node[:, :, None],
        _overall(batch, unit, cost),
        cost,
        time,
        unit,
        time_unit,
    )


def compressed(number: Tensor) -> Tensor:
    """Return numbers as they are up to a bound, and by their logarithms beyond.

    Days may be long in units of travel: what is far ahead need not be known as well.
    """
    beyond = BEND + BENT * torch.log1p((number - BEND).clamp(min=0) / BENT)
    return torch.minimum(number, beyond)


def _attributes(b: Batch, unit: Tensor, time_unit: Tensor) -> Tensor:
    """Columns x to is_optional, (B, M, 11)."""
    per_load = 1.0 / b.capacity.clamp(min=1).float()[:, None]
    per_time = 1.0 / time_unit[:, None]
    has_window = (b.late < UNLIMITED) & b.is_client
    late = torch.where(has_window, b.late, 0).float() * per_time
    early = torch.where(has_window, b.early, 0).float() * per_time
    prize = b.prize.float() / money_unit(b, unit)[:, None]
    has = b.has_coordinates[:, None].expand(b.is_node.shape).float()
    columns = [
        *unit_square(b).unbind(2),
        has,
        b.delivery.float() * per_load,
        b.pickup.float() * per_load,
        early,
        late,
        has_window.float(),
        b.service.float() * per_time,
        prize,
        (b.is_client & ~b.required).float(),
    ]
    return torch.stack(columns, 2)


def _travel(b: Batch, cost: Tensor, real: Tensor) -> Tensor:
    """Columns from_depot to in_k, (B, M, 3 + 2 k): travel costs alone say where a node is."""
    depots = b.num_depots
    far = torch.finfo(cost.dtype).max
    hidden = torch.where(b.is_node[:, :depots], 0.0, far)  # (B, D)
    out = (cost[:, :depots] + hidden[:, :, None]).amin(1)
    back = (cost[:, :, :depots] + hidden[:, None, :]).amin(2)
    count = b.is_node.sum(1).clamp(min=2) - 1
    mean = cost.sum(2) / count[:, None]
    clients = b.is_client.float()
    pairs = real * clients[:, None, :]
    pairs = pairs * (1 - torch.eye(b.num_nodes, device=b.device))
    k = min(NEIGHBORS, b.num_nodes)
    nearest = [
        torch.where(pairs > 0, matrix, far).topk(k, 2, largest=False).values
        for matrix in (cost, cost.transpose(1, 2))
    ]
    # Where there are fewer neighbors than columns, the mean stands in.
    nearest = [torch.where(near < far, near, mean[:, :, None]) for near in nearest]
    pad = NEIGHBORS - k
    nearest = [torch.cat((near, mean[:, :, None].expand(-1, -1, pad)), 2) for near in nearest]
    return torch.cat((torch.stack((out, back, mean), 2), *nearest), 2)


def _polar(b: Batch) -> Tensor:
    """Columns x_from_depot to sine, (B, M, 4): where a node lies as seen from the depots."""
    xy = unit_square(b)
    real = b.is_node[:, : b.num_depots, None].float()
    middle = (xy[:, : b.num_depots] * real).sum(1, keepdim=True) / real.sum(1, keepdim=True)
    out = (xy - middle) * b.has_coordinates[:, None, None]
    return torch.cat((out, out / out.norm(dim=2, keepdim=True).clamp(min=1e-6)), 2)


def unit_square(b: Batch) -> Tensor:
    """Coordinates (B, M, 2) within the unit square; as they are if they lie there already."""
    xy = b.coordinates
    inside = (xy >= 0).all(2).all(1) & (xy <= 1).all(2).all(1)
    hidden = torch.where(b.is_node, 0.0, torch.inf)[:, :, None]
    low = (xy + hidden).amin(1, keepdim=True)
    high = (xy - hidden).amax(1, keepdim=True)
    side = (high - low).amax(2, keepdim=True).clamp(min=1e-9)
    scaled = torch.where(inside[:, None, None], xy, (xy - low) / side)
    return scaled * (b.is_node & b.has_coordinates[:, None])[:, :, None]


def side_length(b: Batch, matrix: Tensor) -> Tensor:
    """Internal units of travel per side of the unit square, (B,), by the first depot's arcs."""
    xy = unit_square(b)
    plane = (xy - xy[:, :1]).norm(dim=2).sum(1).clamp(min=1e-9)
    return matrix[:, 0].sum(1) / plane


def travel_unit(b: Batch, matrix: Tensor) -> Tensor:
    """Twice the mean of the arcs between two nodes, (B,) float32, in internal units."""
    count = b.is_node.sum(1)
    pairs = (count * (count - 1)).clamp(min=1)
    return (2.0 * matrix.sum((1, 2)) / pairs).clamp(min=1e-6)


def unit_cost(b: Batch, cost: Tensor) -> Tensor:
    """Costs of plans (B, S) in the unit of each problem, float32; see `money_unit`."""
    return cost / money_unit(b, travel_unit(b, b.distance))[:, None]


def money_unit(b: Batch, unit: Tensor) -> Tensor:
    """Internal units of cost that count as 1, (B,): a unit of travel, or the largest prize."""
    largest = b.prize.amax(1).clamp(min=1).float()
    return torch.where(b.unit_distance_cost > 0, unit * b.unit_distance_cost, largest)


def _overall(b: Batch, unit: Tensor, cost: Tensor) -> Tensor:
    clients = b.is_client.sum(1).clamp(min=1).float()
    has_limit = b.max_distance < UNLIMITED
    load = (b.delivery + b.pickup).sum(1).float() / b.capacity.clamp(min=1).float() / clients
    money = money_unit(b, unit)
    skew = (cost - cost.transpose(1, 2)).abs().sum((1, 2)) / cost.sum((1, 2)).clamp(min=1e-6)
    columns = [
        b.is_open,
        (b.pickup > 0).any(1),
        b.linehaul_first,
        has_limit,
        torch.where(has_limit, b.max_distance, 0) / unit,
        ((b.late < UNLIMITED) & b.is_client).any(1),
        b.is_node[:, : b.num_depots].sum(1) > 1,
        (b.is_client & ~b.required).any(1),
        b.is_single,
        skew,
        clients.log() / 5.0,
        load,
        b.fixed_cost / money,
        b.unit_distance_cost == 0,
    ]
    return torch.stack([c.float() for c in columns], 1)
