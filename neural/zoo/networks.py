"""The networks of rl4co, by name, as they were published.

What of rl4co 0.7 is worked around here: MatNetPolicy ignores the width of the feed-forward
part, so it is put together from its parts; PDPContext squeezes a batch of one away; the
light gate of MVMoE draws at random in every step and keeps what it drew in an attribute,
so the full gate of the same paper is used, without noise in the decoder, where plans are
evaluated more than once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from routewright.neural.environment import rows_of

from . import require_rl4co

if TYPE_CHECKING:
    from .policy import ZooConfig


def build_network(c: ZooConfig) -> Any:
    """Return a policy of rl4co with new weights.

    Raises
    ------
    NotInstalledError
        If rl4co is not installed.
    """
    require_rl4co()
    network: Any = _matnet(c) if c.policy == "matnet" else _attention(c)
    # A network without sense is reported by whoever uses it, and not by an assertion.
    network.decoder.pointer.check_nan = False
    return network


def _attention(c: ZooConfig) -> nn.Module:
    """All that is an attention model with something of its own."""
    from rl4co.models.zoo.am import AttentionModelPolicy
    from rl4co.models.zoo.ham.policy import HeterogeneousAttentionModelPolicy
    from rl4co.models.zoo.symnco.policy import SymNCOPolicy

    kind = {"ham": HeterogeneousAttentionModelPolicy, "symnco": SymNCOPolicy}
    own: dict[str, Any] = {}
    if c.policy in ("pomo", "mvmoe"):
        own |= {"normalization": "instance", "use_graph_context": False}
    if c.policy == "mvmoe":
        experts = {"num_experts": c.experts, "k": 2}
        own["moe_kwargs"] = {
            "encoder": {"hidden_act": "ReLU", "noisy_gating": True, **experts},
            "decoder": {"light_version": False, "noisy_gating": False, **experts},
        }
    if c.problem == "pdp":
        own["context_embedding"] = _PairsContext(c.width)
    return kind.get(c.policy, AttentionModelPolicy)(
        env_name=c.problem,
        embed_dim=c.width,
        num_heads=c.heads,
        num_encoder_layers=c.layers,
        feedforward_hidden=c.hidden,
        **own,
    )


class _PairsContext(nn.Module):
    """What the decoder for ``pdp`` is asked with; rl4co's, for any number of problems."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.project_context = nn.Linear(width, width, bias=False)

    def forward(self, embeddings: Tensor, td: Any) -> Tensor:
        """(B, M, d) -> (B, d), or (B, S, d) for several plans of each problem."""
        here = rows_of(embeddings, td["current_node"].flatten(1))
        query: Tensor = self.project_context(here)
        return query if td.dim() == 2 else query[:, 0]


def _matnet(c: ZooConfig) -> nn.Module:
    from rl4co.models.common.constructive.autoregressive import AutoregressivePolicy
    from rl4co.models.zoo.matnet.decoder import MatNetDecoder
    from rl4co.models.zoo.matnet.encoder import MatNetEncoder

    encoder = MatNetEncoder(
        embed_dim=c.width,
        num_heads=c.heads,
        num_layers=c.layers,
        normalization="instance",
        feedforward_hidden=c.hidden,
        init_embedding_kwargs={"mode": "RandomOneHot"},
    )
    decoder = MatNetDecoder(
        env_name="atsp", embed_dim=c.width, num_heads=c.heads, use_graph_context=False
    )
    return AutoregressivePolicy(
        encoder=encoder, decoder=decoder, env_name="atsp", tanh_clipping=10.0
    )
