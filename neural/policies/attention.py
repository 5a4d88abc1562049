"""The attention model as published: an encoder of full attention, and a pointer.

Reference
---------
Kool, W., van Hoof, H., & Welling, M. (2019). Attention, learn to solve routing problems!
*ICLR* (arXiv:1803.08475), section 3 and appendices A to D.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from routewright.neural.batch import Batch
from routewright.neural.environment import Environment, Routes, Tours, View, rows_of
from routewright.neural.features import side_length, unit_square


@dataclass(frozen=True)
class AttentionConfig:
    """Size of the network, and the kind of problem that it plans.

    Parameters
    ----------
    problem
        ``tsp``, ``cvrp``, ``op`` (orienteering), or ``pctsp`` (prize-collecting).
    width, heads, layers, hidden
        Width d of all embeddings, attention heads, encoder layers, and width of the
        feed-forward part.
    clip
        Logits are within plus and minus this.
    """

    problem: str = "cvrp"
    width: int = 128
    heads: int = 8
    layers: int = 3
    hidden: int = 512
    clip: float = 10.0


#: Features of a client beyond its place, by kind of problem.
_CLIENT_FEATURES = {"tsp": 0, "cvrp": 1, "op": 1, "pctsp": 2}


class Encoded(NamedTuple):
    """What the decoder shares between all steps and all plans of a problem.

    Attributes
    ----------
    nodes
        (B, M, d) embeddings.
    overall
        (B, 1, d) part of the query that no step changes.
    keys, values
        (B, heads, M, d / heads) of the glimpse.
    pointer
        (B, M, d) keys of the logits.
    """

    nodes: Tensor
    overall: Tensor
    keys: Tensor
    values: Tensor
    pointer: Tensor


def split_heads(x: Tensor, heads: int) -> Tensor:
    """(B, M, d) -> (B, heads, M, d / heads)."""
    return x.unflatten(2, (heads, -1)).transpose(1, 2)


def join_heads(x: Tensor) -> Tensor:
    """(B, heads, M, d / heads) -> (B, M, d)."""
    return x.transpose(1, 2).flatten(2)


class _Layer(nn.Module):
    """Attention and a feed-forward part, each with a residual and batch norm after it."""

    def __init__(self, c: AttentionConfig) -> None:
        super().__init__()
        self.heads = c.heads
        self.query, self.key, self.value, self.out = (
            nn.Linear(c.width, c.width, bias=False) for _ in range(4)
        )
        self.forward_part = nn.Sequential(
            nn.Linear(c.width, c.hidden), nn.ReLU(), nn.Linear(c.hidden, c.width)
        )
        self.norm_attention, self.norm_forward = nn.BatchNorm1d(c.width), nn.BatchNorm1d(c.width)

    def forward(self, x: Tensor, real: Tensor) -> Tensor:
        """(B, M, d) -> (B, M, d); ``real`` (B, 1, 1, M) hides padding."""
        q, k, v = (split_heads(f(x), self.heads) for f in (self.query, self.key, self.value))
        mixed = scaled_dot_product_attention(q, k, v, attn_mask=real)
        x = x + self.out(join_heads(mixed))
        x = self.norm_attention(x.flatten(0, 1)).view_as(x)
        x = x + self.forward_part(x)
        return self.norm_forward(x.flatten(0, 1)).view_as(x)


class AttentionModel(nn.Module):
    """The published policy.

    Parameters
    ----------
    config
        Size and kind of problem.
    """

    name = "attention"
    config_type = AttentionConfig

    def __init__(self, config: AttentionConfig) -> None:
        super().__init__()
        self.config = config
        d = config.width
        self.client = nn.Linear(2 + _CLIENT_FEATURES[config.problem], d)
        if config.problem == "tsp":
            self.placeholder = nn.Parameter(torch.empty(2 * d).uniform_(-1, 1))
            step = 2 * d
        else:
            self.depot = nn.Linear(2, d)
            step = d + 1
        self.encoder = nn.ModuleList([_Layer(config) for _ in range(config.layers)])
        self.project_nodes = nn.Linear(d, 3 * d, bias=False)
        self.project_overall = nn.Linear(d, d, bias=False)
        self.project_step = nn.Linear(step, d, bias=False)
        self.project_out = nn.Linear(d, d, bias=False)

    def environment(self, batch: Batch) -> Environment:
        """Return the environment that it plans in."""
        return Tours(batch) if self.config.problem == "tsp" else Routes(batch)

    def encode(self, batch: Batch) -> Encoded:
        """Embed the nodes once; the rest of a plan reads it."""
        x = self._embed(batch)  # (B, M, d)
        real = batch.is_node[:, None, None, :]
        for layer in self.encoder:
            x = layer(x, real)
        weight = (batch.is_node / batch.is_node.sum(1, keepdim=True))[:, :, None]  # (B, M, 1)
        mean = (x * weight).sum(1, keepdim=True)
        keys, values, pointer = self.project_nodes(x).chunk(3, dim=2)
        heads = self.config.heads
        overall = self.project_overall(mean)
        return Encoded(x, overall, split_heads(keys, heads), split_heads(values, heads), pointer)

    def logits(self, encoded: Encoded, batch: Batch, view: View, mask: Tensor) -> Tensor:
        """Return the logits of all nodes, (B, S, M); the caller masks them."""
        query = encoded.overall + self.project_step(self._context(encoded, batch, view))
        query = split_heads(query, self.config.heads)  # (B, heads, S, d / heads)
        glimpse = scaled_dot_product_attention(
            query, encoded.keys, encoded.values, attn_mask=mask[:, None]
        )
        glimpse = self.project_out(join_heads(glimpse))  # (B, S, d)
        score = glimpse @ encoded.pointer.transpose(1, 2) * self.config.width**-0.5
        return self.config.clip * torch.tanh(score)

    def _embed(self, batch: Batch) -> Tensor:
        xy = unit_square(batch)
        if self.config.problem == "tsp":
            embedded: Tensor = self.client(xy)
            return embedded
        d = batch.num_depots
        columns = [xy, *(c[:, :, None] for c in self._client_columns(batch))]
        clients = self.client(torch.cat(columns, 2)[:, d:])
        return torch.cat((self.depot(xy[:, :d]), clients), 1)

    def _client_columns(self, b: Batch) -> list[Tensor]:
        if self.config.problem == "cvrp":
            return [b.delivery / b.capacity[:, None]]
        # Prizes are worth up to 1 in the orienteering problem, and in the other as much
        # as lengths, which are as the coordinates say.
        if self.config.problem == "op":
            return [b.prize / b.prize.amax(1, keepdim=True).clamp(min=1)]
        length = side_length(b, b.distance)
        return [b.pickup / b.quota.clamp(min=1)[:, None], b.prize / length[:, None]]

    def _context(self, encoded: Encoded, b: Batch, v: View) -> Tensor:
        here = rows_of(encoded.nodes, v.current)  # (B, S, d)
        if self.config.problem == "tsp":
            first = rows_of(encoded.nodes, v.origin)
            chosen = torch.cat((first, here), 2)
            return torch.where(v.undecided[:, :, None], self.placeholder, chosen)
        if self.config.problem == "cvrp":
            left = 1 - v.peak / b.capacity[:, None]
        elif self.config.problem == "op":
            left = (b.max_distance[:, None] - v.distance) / side_length(b, b.distance)[:, None]
        else:
            left = (1 - v.picked / b.quota[:, None]).clamp(min=0)
        return torch.cat((here, left[:, :, None].to(here.dtype)), 2)


def from_published(state: dict[str, Tensor], problem: str) -> AttentionModel:
    """Return the policy with weights of the authors' own program.

    Parameters
    ----------
    state
        Tensors by the names of that program, with a matrix per head.
    problem
        See `AttentionConfig`.
    """
    layers = 1 + max(int(k.split(".")[2]) for k in state if k.startswith("embedder.layers."))
    model = AttentionModel(AttentionConfig(problem, layers=layers))
    renamed = {ours: state[theirs] for theirs, ours in _NAMES.items() if theirs in state}
    for i in range(layers):
        theirs, ours = f"embedder.layers.{i}", f"encoder.{i}"
        for name, own in (("W_query", "query"), ("W_key", "key"), ("W_val", "value")):
            # (heads, d, d / heads) -> (d, d): rows of a linear layer are its outputs.
            heads = state[f"{theirs}.0.module.{name}"]
            renamed[f"{ours}.{own}.weight"] = heads.transpose(1, 2).flatten(0, 1)
        renamed[f"{ours}.out.weight"] = state[f"{theirs}.0.module.W_out"].flatten(0, 1).T
        parts = {"1.normalizer": "norm_attention", "2.module": "forward_part"}
        parts["3.normalizer"] = "norm_forward"
        for their_part, part in parts.items():
            start = f"{theirs}.{their_part}."
            for key in [k for k in state if k.startswith(start)]:
                renamed[f"{ours}.{part}.{key.removeprefix(start)}"] = state[key]
    missing = model.load_state_dict(renamed, strict=False).missing_keys
    assert all(key.endswith("num_batches_tracked") for key in missing)
    return model.eval()


_NAMES = {
    "W_placeholder": "placeholder",
    "init_embed.weight": "client.weight",
    "init_embed.bias": "client.bias",
    "init_embed_depot.weight": "depot.weight",
    "init_embed_depot.bias": "depot.bias",
    "project_node_embeddings.weight": "project_nodes.weight",
    "project_fixed_context.weight": "project_overall.weight",
    "project_step_context.weight": "project_step.weight",
    "project_out.weight": "project_out.weight",
}
