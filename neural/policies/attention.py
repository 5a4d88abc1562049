"""The attention model as published: an encoder of full attention, and a pointer.

Reference
---------
Kool, W., van Hoof, H., & Welling, M. (2019). Attention, learn to solve routing problems!
*ICLR* (arXiv:1803.08475), section 3 and appendices A to D.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from routewright.errors import InputError, Issue
from routewright.neural.batch import Batch
from routewright.neural.environment import Environment, Routes, View, rows_of
from routewright.neural.features import side_length, unit_square
from routewright.neural.tours import Tours


@dataclass(frozen=True)
class AttentionConfig:
    """Size of the network, and the kind of problem that it plans.

    Parameters
    ----------
    problem
        ``tsp``, ``cvrp``, ``sdvrp`` (split delivery), ``op`` (orienteering), or ``pctsp``
        (prize-collecting).
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
_CLIENT_FEATURES = {"tsp": 0, "cvrp": 1, "sdvrp": 1, "op": 1, "pctsp": 2}


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
    plans_backward = False
    plans_in_parts = False
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
        if config.problem == "sdvrp":
            self.project_remaining = nn.Linear(1, 3 * d, bias=False)

    def environment(self, batch: Batch) -> Environment:
        """Return the environment that it plans in."""
        if self.config.problem == "tsp":
            return Tours(batch)
        return Routes(batch, follows_remaining=self.config.problem == "sdvrp")

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
        if self.config.problem == "sdvrp":
            remaining = (view.remaining / batch.capacity[:, None, None]).to(query.dtype)
            score = self._score_remaining(encoded, query, remaining, mask)
        else:
            glimpse = scaled_dot_product_attention(
                query, encoded.keys, encoded.values, attn_mask=mask[:, None]
            )
            glimpse = self.project_out(join_heads(glimpse))  # (B, S, d)
            score = glimpse @ encoded.pointer.transpose(1, 2)
        return self.config.clip * torch.tanh(score * self.config.width**-0.5)

    def _score_remaining(
        self, encoded: Encoded, query: Tensor, remaining: Tensor, mask: Tensor
    ) -> Tensor:
        """Scores where keys and values move with the remaining demand (B, S, M), equation 23.

        Every node moves along the same direction, so that plans share keys and values all
        the same: what a key adds is one number per query, and what values add is a multiple.
        """
        heads = self.config.heads
        key, value, pointer = self.project_remaining.weight[:, 0].chunk(3)  # (d,) each
        key, value = key.view(heads, -1, 1), value.view(heads, 1, -1)
        weight = query @ encoded.keys.mT + (query @ key) * remaining[:, None]  # (B, heads, S, M)
        weight = (weight * query.shape[3] ** -0.5).masked_fill(~mask[:, None], -torch.inf)
        weight = weight.softmax(3)
        moved = (weight * remaining[:, None]).sum(3, keepdim=True) * value
        glimpse = self.project_out(join_heads(weight @ encoded.values + moved))  # (B, S, d)
        return glimpse @ encoded.pointer.mT + (glimpse @ pointer)[:, :, None] * remaining

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
        if self.config.problem in ("cvrp", "sdvrp"):
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
        if self.config.problem in ("cvrp", "sdvrp"):
            left = 1 - v.peak / b.capacity[:, None]
        elif self.config.problem == "op":
            left = (b.max_distance[:, None] - v.distance) / side_length(b, b.distance)[:, None]
        else:
            left = (1 - v.picked / b.quota[:, None]).clamp(min=0)
        return torch.cat((here, left[:, :, None].to(here.dtype)), 2)


def from_published(state: Mapping[str, Tensor], problem: str) -> AttentionModel:
    """Return the policy with weights of the authors' own program.

    The size of the network is that of the weights; the size of the problems that it was
    trained on does not matter to them.

    Parameters
    ----------
    state
        Tensors by the names of that program, with a matrix per head.
    problem
        See `AttentionConfig`, or as that program has it (``op_dist``, ``pctsp_stoch``).

    Raises
    ------
    InputError
        If the weights are not those of a policy for such problems; names what is missing
        and what has no place.
    """
    kind = problem.split("_")[0]
    if kind not in _CLIENT_FEATURES:
        known = ", ".join(_CLIENT_FEATURES)
        raise InputError([Issue("", "problem", f"{problem!r} is not one of {known}")])
    try:
        layers = [int(k.split(".")[2]) for k in state if k.startswith(_LAYER)]
        heads, width, _ = state[f"{_LAYER}0.0.module.W_query"].shape
        hidden = len(state[f"{_LAYER}0.2.module.0.weight"])
    except (KeyError, ValueError, IndexError) as error:
        message = f"are not those of the published attention model: {error} is not there"
        raise InputError([Issue("", "weights", message)]) from error
    config = AttentionConfig(kind, width, heads, 1 + max(layers), hidden)
    model = AttentionModel(config)
    renamed = dict(_renamed(state))
    counters = {k for k in model.state_dict() if k.endswith("num_batches_tracked")}
    wanted = model.state_dict().keys() - counters
    if unlike := sorted(wanted ^ (renamed.keys() - counters)):
        message = f"are not those of a policy for {problem}: {', '.join(unlike)} differ"
        raise InputError([Issue("", "weights", message)])
    try:
        model.load_state_dict(renamed, strict=False)  # the counters are not always there
    except RuntimeError as error:
        raise InputError([Issue("", "weights", " ".join(str(error).split()))]) from error
    return model.eval()


def _renamed(state: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Tensors by our names, one matrix for all heads; by theirs where we have none."""
    for key, tensor in state.items():
        if not key.startswith(_LAYER):
            yield _NAMES.get(key, key), tensor
            continue
        layer, part = key.removeprefix(_LAYER).split(".", 1)
        ours = f"encoder.{layer}"
        if part in _PER_HEAD:  # (heads, d, d / heads) -> (d, d): rows are outputs
            yield f"{ours}.{_PER_HEAD[part]}.weight", tensor.transpose(1, 2).flatten(0, 1)
        elif part == "0.module.W_out":
            yield f"{ours}.out.weight", tensor.flatten(0, 1).T
        else:
            for theirs, own in _PARTS.items():
                part = part.replace(theirs, own)
            yield f"{ours}.{part}", tensor


_LAYER = "embedder.layers."
_PER_HEAD = {"0.module.W_query": "query", "0.module.W_key": "key", "0.module.W_val": "value"}
_PARTS = {
    "1.normalizer.": "norm_attention.",
    "2.module.": "forward_part.",
    "3.normalizer.": "norm_forward.",
}
_NAMES = {
    "W_placeholder": "placeholder",
    "init_embed.weight": "client.weight",
    "init_embed.bias": "client.bias",
    "init_embed_depot.weight": "depot.weight",
    "init_embed_depot.bias": "depot.bias",
    "project_node_embeddings.weight": "project_nodes.weight",
    "project_fixed_context.weight": "project_overall.weight",
    "project_step_context.weight": "project_step.weight",
    "project_node_step.weight": "project_remaining.weight",
    "project_out.weight": "project_out.weight",
}
