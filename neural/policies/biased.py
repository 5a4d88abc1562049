"""Our own policy: attention that sees the travel matrix, and a light decoder.

The encoder is pre-norm, and the scores of its attention are shifted by the travel costs
between the nodes, there and back, so that asymmetric distances and durations enter. The
decoder has one glimpse over keys and values that all plans of a problem share, and adds
to its logits what is known of the next step (`steps`), weighed as the plan asks for.
A variant is a set of columns of the features, neutral where unused.

References
----------
Kool, W. et al. (2019), see `attention`: glimpse and pointer.
Zhou, C. et al. (2024). ICAM: instance-conditioned adaptation (arXiv:2405.01906): a bias
of the scores by distance and size.
Son, J. et al. (2025). RRNCO: real-world routing (arXiv:2503.16159): asymmetric bias.
Berto, F. et al. (2025). RouteFinder (arXiv:2406.15007), sections 4 and 5: attributes as
features with neutral values, RMS norm, new columns for attributes unseen in training.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, relu, rms_norm, scaled_dot_product_attention

from routewright.neural.batch import UNLIMITED, Batch
from routewright.neural.environment import Environment, Routes, View, rows_of
from routewright.neural.features import (
    GLOBAL_FEATURES,
    NODE_FEATURES,
    Static,
    compressed,
    static_features,
)

from .attention import join_heads, split_heads
from .steps import Arcs, StepScore, closeness, from_depots, rest_of, step_features

#: Travel features of a pair of nodes: costs and their logarithms both ways, and durations.
_PAIR_FEATURES = 5
#: Features of a partial plan, see `_state`.
_STATE_FEATURES = 13
#: Which of them is the time.
_TIME = 2
#: Width of what joins the features of the state.
_STATE_HIDDEN = 64


@dataclass(frozen=True)
class BiasedConfig:
    """Size of the network and what it reads.

    Parameters
    ----------
    width, heads, layers, hidden, clip
        As in `attention.AttentionConfig`.
    backward
        Whether it plans some kinds from the end of their routes, see `neural.backward`.
    in_parts
        Whether it makes plans in parts, see `neural.parts`.
    node_features, global_features
        Names of the columns that it reads, see `features`.
    """

    width: int = 128
    heads: int = 8
    layers: int = 3
    hidden: int = 512
    clip: float = 10.0
    backward: bool = True
    in_parts: bool = True
    node_features: tuple[str, ...] = NODE_FEATURES
    global_features: tuple[str, ...] = GLOBAL_FEATURES


class Encoded(NamedTuple):
    """What the decoder shares between all steps and all plans of a problem.

    Attributes
    ----------
    overall
        (B, 1, d) part of the query that no step changes.
    here, origin, first
        (B, M, d) parts of the query by current node, by the depot of the route (in
        ``overall`` where there is but one), and by the first client of the route.
    keys, values
        (B, heads, d / heads, M) and (B, heads, M, d / heads) of the glimpse.
    pointer
        (B, d, M) keys of the logits, with the output of the glimpse multiplied in.
    arcs
        What the features of a step are made of.
    scale, shift
        (B, 1, 10): what makes features of most numbers of the state, see `_state`.
    """

    overall: Tensor
    here: Tensor
    origin: Tensor
    first: Tensor
    keys: Tensor
    values: Tensor
    pointer: Tensor
    arcs: Arcs
    scale: Tensor
    shift: Tensor


class _Layer(nn.Module):
    """Attention with a bias by travel, and a feed-forward part; norms come first."""

    def __init__(self, c: BiasedConfig) -> None:
        super().__init__()
        self.heads = c.heads
        self.norm_attention, self.norm_forward = (
            nn.Parameter(torch.ones(c.width)) for _ in range(2)
        )
        self.qkv = nn.Linear(c.width, 3 * c.width, bias=False)
        self.travel = nn.Parameter(torch.zeros(c.heads, _PAIR_FEATURES))
        self.out = nn.Linear(c.width, c.width, bias=False)
        self.up, self.down = nn.Linear(c.width, c.hidden), nn.Linear(c.hidden, c.width)

    def forward(self, x: Tensor, pairs: Tensor, hidden: Tensor | None) -> Tensor:
        """(B, M, d) -> (B, M, d).

        ``pairs`` are the travel features (B, P, M * M), ``hidden`` (B, 1, 1, M) is minus
        infinity at padding.
        """
        size = x.shape[1]
        y = rms_norm(x, x.shape[2:], self.norm_attention.to(x.dtype))
        q, k, v = (split_heads(part, self.heads) for part in self.qkv(y).chunk(3, dim=2))
        travel = self.travel.expand(len(x), -1, -1).to(pairs.dtype)
        bias = torch.bmm(travel, pairs).unflatten(2, (size, size))  # (B, heads, M, M)
        if hidden is not None:
            bias = bias + hidden.to(bias.dtype)
        mixed = scaled_dot_product_attention(q, k, v, attn_mask=bias.to(q.dtype))
        x = x + self.out(join_heads(mixed))
        y = rms_norm(x, x.shape[2:], self.norm_forward.to(x.dtype))
        z: Tensor = x + self.down(gelu(self.up(y)))
        return z


class BiasedPolicy(nn.Module):
    """The policy that is shipped.

    Parameters
    ----------
    config
        Size, and which features it reads.
    """

    name = "biased"
    config_type = BiasedConfig

    def __init__(self, config: BiasedConfig) -> None:
        super().__init__()
        self.config = config
        self.plans_backward = config.backward
        self.plans_in_parts = config.in_parts
        d = config.width
        self.client = nn.Linear(len(config.node_features), d)
        self.depot = nn.Linear(len(config.node_features), d)
        self.attributes = nn.Linear(len(config.global_features), d)
        self.encoder = nn.ModuleList([_Layer(config) for _ in range(config.layers)])
        self.norm = nn.Parameter(torch.ones(d))
        self.project_nodes = nn.Linear(d, 5 * d, bias=False)
        self.project_first = nn.Linear(d, d, bias=False)
        self.project_overall = nn.Linear(d, d)
        self.project_state = nn.Linear(_STATE_FEATURES, d, bias=False)
        self.join_state = nn.Linear(_STATE_FEATURES, _STATE_HIDDEN)
        self.project_joined = nn.Linear(_STATE_HIDDEN, d, bias=False)
        self.project_out = nn.Linear(d, d, bias=False)
        self.project_query = nn.Linear(d, d, bias=False)
        self.steps = StepScore(d)
        for layer in (self.project_first, self.project_joined, self.project_query):
            nn.init.zeros_(layer.weight)

    def environment(self, batch: Batch) -> Environment:
        """Return the environment that it plans in."""
        return Routes(batch)

    def encode(self, batch: Batch) -> Encoded:
        """Embed the nodes once; the rest of a plan reads it."""
        fixed = static_features(batch)
        cost, time = fixed.cost, fixed.time
        clients = batch.is_client.sum(1).clamp(min=1).float()
        log_cost = _log_costs(cost, clients)
        nodes = compressed(fixed.nodes)[:, :, _columns(self.config.node_features, NODE_FEATURES)]
        overall = fixed.overall[:, _columns(self.config.global_features, GLOBAL_FEATURES)]
        x = self._embed(batch, nodes, overall)
        pairs = torch.stack((cost, cost.mT, log_cost, log_cost.mT, time), 1).flatten(2)
        padded = not bool(batch.is_node.all())
        hidden = torch.where(batch.is_node, 0.0, -torch.inf)[:, None, None, :] if padded else None
        for layer in self.encoder:
            x = layer(x, pairs, hidden)
        x = rms_norm(x, x.shape[2:], self.norm.to(x.dtype))
        weight = (batch.is_node / batch.is_node.sum(1, keepdim=True))[:, :, None]  # (B, M, 1)
        mean = (x * weight).sum(1, keepdim=True)
        # In full precision also under autocast: gradients of all steps are summed up here.
        here, origin, keys, values, pointer = self.project_nodes(x).float().chunk(5, dim=2)
        pointer = (pointer @ self.project_out.weight).float()
        heads = self.config.heads
        overall = self.project_overall(mean).float()
        if batch.num_depots == 1:
            overall = overall + origin[:, :1]
        scale, shift = _scales(batch, fixed, clients)
        ways = torch.cat((cost, log_cost), 2)
        return Encoded(
            overall=overall,
            here=here,
            origin=origin,
            first=self.project_first(x).float(),
            keys=(split_heads(keys, heads).mT * (keys.shape[2] / heads) ** -0.5).contiguous(),
            values=split_heads(values, heads).contiguous(),
            pointer=(pointer.mT * self.config.width**-0.5).contiguous(),
            arcs=_arcs(batch, fixed, ways, clients),
            scale=scale,
            shift=shift,
        )

    def logits(self, encoded: Encoded, batch: Batch, view: View, mask: Tensor) -> Tensor:
        """Return the logits of all nodes, (B, S, M); the caller masks them."""
        state = _state(encoded, batch, view, mask)  # (B, S, 13)
        query = encoded.overall + rows_of(encoded.here, view.current)
        query = query + rows_of(encoded.first, view.first)
        if batch.num_depots > 1:
            query = query + rows_of(encoded.origin, view.origin)
        joined = self.project_joined(relu(self.join_state(state)))
        query = query + self.project_state(state) + joined  # (B, S, d)
        # Written out: for one plan, the fused attention of torch takes twice as long.
        score = split_heads(query, self.config.heads) @ encoded.keys  # (B, heads, S, M)
        hidden = torch.where(mask, 0.0, -torch.inf)[:, None]
        glimpse = (score + hidden).softmax(3) @ encoded.values
        # What the query asks of a node itself goes past the glimpse: an arc is between two.
        asked = join_heads(glimpse) + self.project_query(query)  # (B, S, d)
        score = asked @ encoded.pointer  # (B, S, M)
        total = self.config.clip * torch.tanh(score)
        return total + self.steps(query, step_features(encoded.arcs, batch, view))

    def _embed(self, batch: Batch, nodes: Tensor, overall: Tensor) -> Tensor:
        d = batch.num_depots
        x = torch.cat((self.depot(nodes[:, :d]), self.client(nodes[:, d:])), 1)
        return x + self.attributes(overall)[:, None, :]


def _arcs(b: Batch, fixed: Static, ways: Tensor, clients: Tensor) -> Arcs:
    """Return what the features of steps are made of."""
    has_windows = bool((b.late < UNLIMITED).any())
    early, late = (t.float() / fixed.time_unit[:, None] for t in (b.early, b.late))
    astray, nearest = from_depots(b, fixed.cost)
    return Arcs(
        ways=ways,
        home=fixed.cost[:, :, : b.num_depots].mT * ~b.is_open[:, None, None],
        astray=astray,
        nearest=nearest,
        near=closeness(fixed.cost, clients),
        time=fixed.time if has_windows else None,
        early=early if has_windows else None,
        late=late.clamp(max=1e3) if has_windows else None,
        per_time=1.0 / fixed.time_unit[:, None],
    )


def _state(e: Encoded, b: Batch, v: View, mask: Tensor) -> Tensor:
    """Features of partial plans, (B, S, 13).

    Room, what was picked up, time, what is left of the limit, length; whether the plan is at
    a depot, undecided, and past a pickup; the share of the clients that are allowed, and of
    those that are left. And of the loads that are left, in vehicles: how many, what would stay
    free in the last of the vehicles that they need beside this one, and whether it needs none.
    """
    allowed, at_depot, left = mask.sum(2), v.current < b.num_depots, v.left.sum(2)
    columns = [v.peak, v.picked, v.time, v.distance, v.distance]
    columns += [at_depot, v.undecided, v.has_backhauls, allowed, left]
    scaled = torch.stack(columns, 2) * e.scale + e.shift
    scaled[:, :, _TIME] = compressed(scaled[:, :, _TIME])
    rest, capacity = rest_of(b, v), b.capacity[:, None].clamp(min=1)
    most = torch.maximum(rest.delivery, rest.pickup) / (10 * capacity)
    needed = rest.beyond.clamp(min=0) / capacity
    packing = torch.stack((most, needed.ceil() - needed, (rest.beyond <= 0).float()), 2)
    return torch.cat((scaled, packing), 2)


def _log_costs(cost: Tensor, clients: Tensor) -> Tensor:
    """Logarithms of costs, (B, M, M), at the scale of the distance between neighbors.

    To stay (to end a plan at the depot) is no short arc: it counts as the mean one.
    """
    logs = torch.log1p(cost * clients.sqrt()[:, None, None])
    return torch.diagonal_scatter(logs, logs.mean(2), dim1=1, dim2=2)


def _scales(b: Batch, fixed: Static, clients: Tensor) -> tuple[Tensor, Tensor]:
    """Scale and shift of the first features of the state, (B, 1, 10) each."""
    per_load, per_unit = 1.0 / b.capacity.clamp(min=1), 1.0 / fixed.unit
    has_windows, has_limit = (b.late < UNLIMITED).any(1), b.max_distance < UNLIMITED
    one = torch.ones_like(fixed.unit)
    scale = [-per_load, per_load, has_windows / fixed.time_unit, -per_unit * has_limit]
    scale += [per_unit, one, one, one, 1.0 / clients, 1.0 / clients]
    limit = torch.where(has_limit, b.max_distance, 0) * per_unit
    shift = [one, 0 * one, 0 * one, limit, *[0 * one] * 6]
    both = torch.stack([torch.stack(columns, 1).float() for columns in (scale, shift)])
    return both[0, :, None], both[1, :, None]


def _columns(wanted: tuple[str, ...], known: tuple[str, ...]) -> list[int]:
    return [known.index(name) for name in wanted]


def with_all_features(policy: BiasedPolicy) -> BiasedPolicy:
    """Return the policy with columns for features that it did not know, weighed zero.

    Its plans stay the same until it is trained on problems that use them (the adapter
    layers of RouteFinder, section 5.3).
    """
    config = replace(policy.config, node_features=NODE_FEATURES, global_features=GLOBAL_FEATURES)
    wide = BiasedPolicy(config)
    state = policy.state_dict()
    for name, old, new in (
        ("client", policy.config.node_features, NODE_FEATURES),
        ("depot", policy.config.node_features, NODE_FEATURES),
        ("attributes", policy.config.global_features, GLOBAL_FEATURES),
    ):
        narrow = state[f"{name}.weight"]
        columns = narrow.new_zeros((len(narrow), len(new)))
        columns[:, _columns(old, new)] = narrow
        state[f"{name}.weight"] = columns
    wide.load_state_dict(state)
    return wide
