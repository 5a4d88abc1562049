"""The scorer: a gated graph network over the near edges of every node.

References
----------
Joshi, C. K., Laurent, T., & Bresson, X. (2019). An efficient graph convolutional network
technique for the travelling salesman problem (arXiv:1906.01227), section 3: edges gate what
nodes hear from each other. Here with layer norms, which do not depend on the other problems
of a batch, and over k near edges of each node.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from .graph import EDGE_FEATURES, NUM_GLOBAL_FEATURES, NUM_NODE_FEATURES, EdgeGraph


@dataclass(frozen=True)
class EdgeConfig:
    """Size of a scorer.

    Parameters
    ----------
    width
        Of the embeddings, W.
    layers
        Of the network: how many edges far a node hears.
    neighbors
        Near clients of every node.
    """

    width: int = 48
    layers: int = 5
    neighbors: int = 12


class EdgeScorer(nn.Module):
    """Graphs in, a logit for every edge out; it plans nothing by itself."""

    name = "edges"
    config_type = EdgeConfig

    def __init__(self, config: EdgeConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.embed_nodes = nn.Linear(NUM_NODE_FEATURES, width)
        self.embed_overall = nn.Linear(NUM_GLOBAL_FEATURES, width)
        self.embed_edges = nn.Linear(len(EDGE_FEATURES), width)
        self.layers = nn.ModuleList(_Layer(width) for _ in range(config.layers))
        self.readout = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, graph: EdgeGraph) -> Tensor:
        """Return logits (B, M, K) of being next to each other in a good plan."""
        nodes = self.embed_nodes(graph.nodes) + self.embed_overall(graph.overall)[:, None]
        edges = self.embed_edges(graph.edges)  # (B, M, K, W)
        far = _flat(graph.target)
        mask = graph.is_edge[..., None].float()
        for layer in self.layers:
            nodes, edges = layer(nodes, edges, far, mask)
        return self.readout(edges).squeeze(3)


class _Layer(nn.Module):
    """One exchange between edges and the nodes at their ends."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.near, self.far, self.edge = (nn.Linear(width, width) for _ in range(3))
        self.own, self.told = (nn.Linear(width, width) for _ in range(2))
        self.norm_nodes, self.norm_edges = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(
        self, nodes: Tensor, edges: Tensor, far: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        ends = self.near(nodes)[:, :, None] + _at(self.far(nodes), far)  # (B, M, K, W)
        edges = edges + functional.relu(self.norm_edges(ends + self.edge(edges)))
        gate = torch.sigmoid(edges) * mask
        heard = (gate * _at(self.told(nodes), far)).sum(2) / (gate.sum(2) + 1e-6)  # (B, M, W)
        nodes = nodes + functional.relu(self.norm_nodes(self.own(nodes) + heard))
        return nodes, edges


def _flat(index: Tensor) -> Tensor:
    """Indices into all nodes of the batch in a row, (B, M, K)."""
    size, nodes = index.shape[:2]
    return index + nodes * torch.arange(size, device=index.device)[:, None, None]


def _at(nodes: Tensor, far: Tensor) -> Tensor:
    """The nodes (B, M, W) at the far ends of edges, (B, M, K, W)."""
    width = nodes.shape[2]
    return nodes.reshape(-1, width).index_select(0, far.reshape(-1)).view(*far.shape, width)
