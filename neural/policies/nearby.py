"""The nodes that are near: looked at together, anew at every step of a plan.

Keys and values that are computed once cannot know what is still there when a step is
taken. Most steps go to one of the nearest clients that are left, or home. So these few
attend to each other once, seen from where the plan is: by travel costs alone, hence
alike wherever and however turned the place is.

References
----------
Fang, H. et al. (2024). INViT: a generalizable routing problem solver with invariant
nested view transformer. *ICML* (arXiv:2402.02317): the nearest nodes, encoded at every step.
Gao, C. et al. (2024). Towards generalizable neural solvers for vehicle routing problems
via ensemble with transferrable local policy. *IJCAI* (arXiv:2308.14104): scores of local
views are added to those of a global policy.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm, relu, scaled_dot_product_attention

#: Features of a node as seen from a plan, see `Nearby.forward`.
SIGHT = 8


class Nearby(nn.Module):
    """One layer of attention among the depots and the nearest clients of each plan.

    Parameters
    ----------
    width
        Of what the encoder and the query of the decoder give.
    size
        Of the embeddings here.
    heads
        Of the attention.
    nearest
        How many clients are looked at.
    """

    def __init__(self, width: int, size: int, heads: int, nearest: int) -> None:
        super().__init__()
        self.heads, self.nearest = heads, nearest
        self.project_nodes = nn.Linear(width, size, bias=False)
        self.project_query = nn.Linear(width, size, bias=False)
        self.sight = nn.Linear(SIGHT, size)
        self.norm_attention, self.norm_forward, self.norm = (
            nn.Parameter(torch.ones(size)) for _ in range(3)
        )
        self.qkv = nn.Linear(size, 3 * size, bias=False)
        self.travel = nn.Parameter(torch.zeros(2, heads))
        self.out = nn.Linear(size, size, bias=False)
        self.up, self.down = nn.Linear(size, 2 * size), nn.Linear(2 * size, size)
        self.score = nn.Linear(size, 1, bias=False)
        with torch.no_grad():  # what it has to say comes with training
            self.score.weight.zero_()

    def choose(self, cost: Tensor, mask: Tensor, depots: int) -> Tensor:
        """Return the depots and the nearest clients that are allowed, (B, S, C).

        Parameters
        ----------
        cost, mask
            (B, S, M): of the next arc, and whether it is allowed.
        depots
            D; the first C - D of the others follow, in any order.
        """
        clients = cost.masked_fill(~mask, torch.inf)[:, :, depots:]
        count = min(self.nearest, clients.shape[2])
        near = clients.topk(count, 2, largest=False, sorted=False).indices + depots
        first = torch.arange(depots, device=cost.device).expand(*near.shape[:2], -1)
        return torch.cat((first, near), 2)

    def forward(
        self, sight: Tensor, nodes: Tensor, query: Tensor, pairs: Tensor, mask: Tensor
    ) -> Tensor:
        """Return the scores of the nodes that were chosen, (B, S, C).

        Parameters
        ----------
        sight
            (B, S, C, 8): what they are, as seen from the plan.
        nodes
            (B, S, C, size): their embeddings, by ``project_nodes``.
        query
            (B, S, d): of the decoder.
        pairs
            (B, S, C, C): travel between them.
        mask
            (B, S, C) bool: which of them are allowed.
        """
        shape = mask.shape
        x = self.sight(sight) + nodes + self.project_query(query)[:, :, None]
        x = x.flatten(0, 1)  # (B S, C, size)
        y = layer_norm(x, x.shape[2:], self.norm_attention.to(x.dtype))
        q, k, v = self.qkv(y).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        there = pairs.flatten(0, 1)[:, None]  # (B S, 1, C, C)
        out, back = self.travel[:, None, :, None, None].to(there.dtype)
        hidden = torch.where(mask, 0.0, -torch.inf).view(-1, 1, 1, shape[2])
        bias = (out * there + back * there.mT + hidden).to(q.dtype)
        mixed = scaled_dot_product_attention(q, k, v, attn_mask=bias)
        x = x + self.out(mixed.transpose(1, 2).flatten(2))
        y = layer_norm(x, x.shape[2:], self.norm_forward.to(x.dtype))
        x = x + self.down(relu(self.up(y)))
        x = layer_norm(x, x.shape[2:], self.norm.to(x.dtype))
        score: Tensor = self.score(x)
        return score.view(shape)
