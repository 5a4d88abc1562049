"""The sparse graph that the scorer sees: every node with its near clients and the depots.

Letters as in `batch`; K is the number of near clients plus the number of depots. Slot k of
node i is the edge from i to ``target[i, k]``; K is the same everywhere, so that a graph is
a dense tensor. Only travel costs say where a node is: turned or mirrored, a problem gives
the same graph.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from routewright.neural.batch import UNLIMITED, Batch
from routewright.neural.features import (
    GLOBAL_FEATURES,
    MAP_FEATURES,
    NODE_FEATURES,
    Static,
    compressed,
    static_features,
)

#: Node features that the scorer reads: all that a matrix says as well as a map.
_COLUMNS = [k for k, name in enumerate(NODE_FEATURES) if name not in MAP_FEATURES]
NUM_NODE_FEATURES = len(_COLUMNS) + 1
NUM_GLOBAL_FEATURES = len(GLOBAL_FEATURES)
EDGE_FEATURES = (
    "cost",
    "cost_back",
    "time",
    "time_back",
    "saving",
    "saving_back",
    "late",
    "late_back",
    "wait",
    "wait_back",
    "load",
    "rank",
    "is_mutual",
    "is_depot",
)


class EdgeGraph(NamedTuple):
    """A batch as a graph.

    Attributes
    ----------
    nodes
        (B, M, F) float32: features of `features.static_features` without coordinates, large
        numbers compressed, and whether a node is a depot.
    overall
        (B, G) float32.
    target
        (B, M, K) int64: where each edge leads; the last D slots lead to the depots.
    edges
        (B, M, K, E) float32, columns as in ``EDGE_FEATURES``.
    is_edge
        (B, M, K) bool: false for padding, and between depots.
    """

    nodes: Tensor
    overall: Tensor
    target: Tensor
    edges: Tensor
    is_edge: Tensor


class _Pairs(NamedTuple):
    """What is known about every pair of nodes, (B, M, M) float32 from row to column."""

    cost: Tensor
    time: Tensor
    late: Tensor
    wait: Tensor


def edge_graph(batch: Batch, neighbors: int) -> EdgeGraph:
    """Return the graph of every problem.

    Parameters
    ----------
    batch
        The problems.
    neighbors
        Near clients of every node: nearest by the cheaper direction, in units of travel,
        plus the lateness that the windows of the two force.
    """
    static = static_features(batch)
    pairs = _pairs(batch, static)
    index, is_edge = _near(batch, pairs, neighbors)
    edges = _edge_features(batch, static, pairs, index, is_edge)
    is_depot = torch.arange(batch.num_nodes, device=batch.device) < batch.num_depots
    depot = (is_depot & batch.is_node)[:, :, None].float()
    nodes = torch.cat((compressed(static.nodes[:, :, _COLUMNS]), depot), 2)
    return EdgeGraph(nodes, static.overall, index, edges, is_edge)


def _pairs(b: Batch, static: Static) -> _Pairs:
    """Lateness and wait that a visit of i forces on j, whenever i may be visited."""
    per_time = 1.0 / static.time_unit[:, None]
    late_at = torch.where(b.late < UNLIMITED, b.late.float() * per_time, torch.inf)
    early_at, service = b.early.float() * per_time, b.service.float() * per_time
    soonest = (early_at + service)[:, :, None] + static.time
    latest = (late_at + service)[:, :, None] + static.time
    late = (soonest - late_at[:, None, :]).clamp(min=0.0)
    wait = (early_at[:, None, :] - latest).clamp(min=0.0)
    return _Pairs(static.cost, static.time, late, wait)


def _near(b: Batch, pairs: _Pairs, neighbors: int) -> tuple[Tensor, Tensor]:
    """Where edges lead, and which of them are edges; both (B, M, K)."""
    forth = pairs.cost + pairs.late
    gap = torch.minimum(forth, forth.mT)
    itself = torch.eye(b.num_nodes, dtype=torch.bool, device=b.device)
    hidden = itself | ~b.is_node[:, :, None] | ~b.is_client[:, None, :]
    k = min(neighbors, b.num_nodes)
    found = gap.masked_fill(hidden, torch.inf).topk(k, 2, largest=False)
    depots = torch.arange(b.num_depots, device=b.device)
    to_depots = depots.expand(b.size, b.num_nodes, b.num_depots)
    is_depot_edge = b.is_client[:, :, None] & b.is_node[:, None, : b.num_depots]
    index = torch.cat((found.indices, to_depots), 2)
    is_edge = torch.cat((found.values.isfinite(), is_depot_edge), 2)
    return torch.where(is_edge, index, 0), is_edge


def _edge_features(
    b: Batch, static: Static, pairs: _Pairs, index: Tensor, is_edge: Tensor
) -> Tensor:
    """Columns of ``EDGE_FEATURES``, (B, M, K, E); zero where there is no edge."""
    columns = NODE_FEATURES.index("from_depot"), NODE_FEATURES.index("to_depot")
    out, back = (static.nodes[:, :, c] for c in columns)
    saving = back[:, :, None] + out[:, None, :] - pairs.cost
    both = [part for whole in (pairs.cost, pairs.time, saving) for part in (whole, whole.mT)]
    # More than a unit late or waiting is as bad as a unit: such edges are hardly used.
    both += [p.clamp(max=1.0) for whole in (pairs.late, pairs.wait) for p in (whole, whole.mT)]
    slots = [whole.gather(2, index) for whole in both]
    load = (b.delivery + b.pickup).float() / b.capacity.clamp(min=1).float()[:, None]
    slots.append(load[:, :, None] + load[:, None, :].expand(-1, b.num_nodes, -1).gather(2, index))
    total, near = index.shape[2], index.shape[2] - b.num_depots
    place = torch.arange(total, device=b.device)
    slots.append((place / max(1, near)).expand(index.shape))
    slots.append(_is_mutual(index, is_edge, b.num_nodes).float())
    is_depot = (place >= near).expand(index.shape)
    slots.append(is_depot.float())
    features = torch.stack(slots, 3)
    # A depot is no saving, and has no rank.
    named = [EDGE_FEATURES.index(n) for n in ("saving", "saving_back", "rank")]
    features[..., named] = features[..., named] * ~is_depot[..., None]
    return features * is_edge[..., None]


def _is_mutual(index: Tensor, is_edge: Tensor, size: int) -> Tensor:
    """Whether the other end has the edge as well, (B, M, K) bool."""
    has = torch.zeros(*index.shape[:2], size, dtype=torch.bool, device=index.device)
    has.scatter_(2, index, is_edge)
    return has.mT.gather(2, index) & is_edge
