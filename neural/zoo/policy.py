"""A policy of rl4co as one of ours: its network, and our environments and masks.

It is decoded, trained, and kept like any other policy. rl4co's own environments test
loads in float32; ours decide with integers what may come next, and the network only
chooses among that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from routewright.errors import InputError, Issue, UnsupportedError
from routewright.neural.batch import Batch
from routewright.neural.environment import Environment, Routes, View
from routewright.neural.tours import Tours

from .names import POLICIES, full_name, parse_name
from .networks import build_network
from .pairs import Pairs
from .tensors import static_tensors, step_tensors


@dataclass(frozen=True)
class ZooConfig:
    """Which policy of rl4co, for what, and how large.

    Parameters
    ----------
    policy, problem
        As in ``rl4co:POLICY/PROBLEM``.
    width, heads, layers, hidden
        Width of the embeddings, attention heads, encoder layers, and width of the
        feed-forward part.
    experts
        Of ``mvmoe``.
    side
        Of the square that the network has learned: 1 for those trained here, and 150 for
        rl4co's own generator of ``cvrptw``.
    """

    policy: str
    problem: str
    width: int = 128
    heads: int = 8
    layers: int = 3
    hidden: int = 512
    experts: int = 4
    side: float = 1.0

    def __post_init__(self) -> None:
        parse_name(full_name({"policy": self.policy, "problem": self.problem}))
        part = self.width // self.heads
        if self.width % (8 * self.heads) or part > 128:
            message = (
                f"{self.width} is not {self.heads} heads times a multiple of 8 up to 128, "
                f"such as {8 * self.heads} or {16 * self.heads}"
            )
            raise InputError([Issue("", "width", message)])


class Encoded(NamedTuple):
    """What all plans of a problem share; the fields of rl4co's cache, in its order.

    Attributes
    ----------
    nodes, keys, values, pointer
        (B, M, d).
    overall
        (B, d); zero where the network has no such part.
    """

    nodes: Tensor
    overall: Tensor
    keys: Tensor
    values: Tensor
    pointer: Tensor


class ZooPolicy(nn.Module):
    """A policy of rl4co.

    Parameters
    ----------
    config
        Which one.
    network
        The network, if there is one already.
    """

    config_type = ZooConfig
    plans_backward = False
    plans_in_parts = False

    def __init__(self, config: ZooConfig, network: Any = None) -> None:
        super().__init__()
        self.config = config
        self.name = full_name({"policy": config.policy, "problem": config.problem})
        self.network = build_network(config) if network is None else network
        self.clip = float(self.network.tanh_clipping)

    def environment(self, batch: Batch) -> Environment:
        """Return the environment that it plans in."""
        if self.config.problem == "pdp":
            return Pairs(batch)
        return Tours(batch) if self.config.problem in ("tsp", "atsp") else Routes(batch)

    def encode(self, batch: Batch) -> Encoded:
        """Embed the nodes once.

        Raises
        ------
        UnsupportedError
            If the problems have several depots, or differ in size.
        """
        from tensordict import TensorDict

        self._refuse(batch)
        tensors = static_tensors(batch, self.config.problem, self.config.side)
        td = TensorDict(tensors, batch_size=[batch.size])
        # MatNet numbers the columns at random: always the same way, but for training.
        here = [batch.device] if batch.device.type == "cuda" else []
        with torch.random.fork_rng(here, enabled=not self.training):
            if not self.training:
                torch.manual_seed(0)
            hidden, _ = self.network.encoder(td)
        _, _, cache = self.network.decoder.pre_decoder_hook(td, None, hidden)
        overall = cache.graph_context
        if not isinstance(overall, Tensor):
            overall = torch.zeros_like(cache.node_embeddings[:, 0])
        return Encoded(
            cache.node_embeddings, overall, cache.glimpse_key, cache.glimpse_val, cache.logit_key
        )

    def logits(self, encoded: Encoded, batch: Batch, view: View, mask: Tensor) -> Tensor:
        """Return the logits of all nodes, (B, S, M); the caller masks them."""
        fields = step_tensors(batch, view, self.config.problem, self.config.side)
        if self.config.problem in ("tsp", "atsp"):
            return self._of_tours(encoded, fields, view, mask)
        return self._decode(encoded, fields, mask)

    def _of_tours(
        self, encoded: Encoded, fields: dict[str, Tensor], view: View, mask: Tensor
    ) -> Tensor:
        """A network asks the first plan alone whether tours have begun: ask for each kind."""
        step = torch.zeros_like(fields["current_node"])[:, None]
        begun = self._decode(encoded, {**fields, "i": step + 1}, mask)
        if not bool(view.undecided.any()):
            return begun
        empty = self._decode(encoded, {**fields, "i": step}, mask)
        return torch.where(view.undecided[:, :, None], empty, begun)

    def _decode(self, encoded: Encoded, fields: dict[str, Tensor], mask: Tensor) -> Tensor:
        from rl4co.models.zoo.am.decoder import PrecomputedCache
        from tensordict import TensorDict

        count, plans, nodes = mask.shape
        rows = mask.transpose(0, 1).reshape(-1, nodes)
        td = TensorDict({**fields, "action_mask": rows}, batch_size=[plans * count])
        starts = plans if plans > 1 else 0
        raw, _ = self.network.decoder(td, PrecomputedCache(*encoded), num_starts=starts)
        logits = raw.reshape(plans, count, nodes).transpose(0, 1)
        return self.clip * torch.tanh(logits) if self.clip else logits

    def _refuse(self, batch: Batch) -> None:
        reasons = []
        if batch.num_depots > 1:
            reasons.append("several depots")
        if not bool(batch.is_node.all()):
            reasons.append("problems of different sizes in one batch")
        if reasons:
            raise UnsupportedError(self.name, reasons)


class Entry(NamedTuple):
    """What stands for the class of a policy: makes its configuration, and the policy."""

    policy: str
    problem: str

    def config_type(self, **changes: Any) -> ZooConfig:
        """Return the published configuration, with changes."""
        size = POLICIES[self.policy]
        usual = {"width": size.width, "heads": size.heads, "layers": size.layers}
        return ZooConfig(**{"policy": self.policy, "problem": self.problem, **usual, **changes})

    def __call__(self, config: ZooConfig) -> ZooPolicy:
        """Return the policy with new weights."""
        return ZooPolicy(config)
