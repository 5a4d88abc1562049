"""Tours of pairs: every pickup before its delivery, from the depot and back.

The environment ``pdp`` of rl4co; see `pairing` for the order of the clients.
"""

from __future__ import annotations

import torch
from torch import Tensor

from routewright.neural.batch import Batch
from routewright.neural.environment import State, View, arcs


class Pairs:
    """Tours in which client k comes before client k + N / 2.

    Parameters
    ----------
    batch
        Problems with one depot, an even number N of clients, and no padding.
    """

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        node = torch.arange(batch.num_nodes, device=batch.device)
        half = batch.num_clients // 2
        is_pickup = (node > 0) & (node <= half)
        #: (M,) the pickup of every delivery; of all other nodes, the depot.
        self.before = torch.where(node > half, node - half, 0)
        self.servable = is_pickup.expand(batch.size, 1, -1)
        self.min_steps = self.max_steps = batch.num_clients

    def reset(self, plans: int = 1) -> State:
        """Return ``plans`` tours at the depot for every problem."""
        b = self.batch
        zero = b.distance.new_zeros((b.size, plans))
        no = torch.zeros_like(zero, dtype=torch.bool)
        left = (torch.arange(b.num_nodes, device=b.device) > 0).expand(b.size, plans, -1)
        nothing = zero[:, :, None][:, :, :0]
        view = View(zero, zero, zero, no, zero, zero, zero, zero, no, nothing, left)
        return State(view, zero, no)

    def begin(self, state: State, starts: Tensor) -> tuple[State, Tensor]:
        """Return the tours as they are: every one begins at the depot."""
        return state, starts[:, :0]

    def mask(self, state: State) -> Tensor:
        """Return what may come next, (B, S, M) bool; a finished tour stays where it is."""
        here = torch.nn.functional.one_hot(state.view.current, self.batch.num_nodes).bool()
        left = state.view.left
        ready = ~left[:, :, self.before]  # the depot is no client, and never left
        return torch.where(state.is_finished[:, :, None], here, ready & left)

    def step(self, state: State, action: Tensor) -> State:
        """Return the tours after one more client each, (B, S) int64."""
        b, v = self.batch, state.view
        left = v.left.scatter(2, action[:, :, None], False)
        finished = ~left.any(2)
        way = arcs(b.distance, v.current, action)
        way = way + torch.where(finished, arcs(b.distance, action, torch.zeros_like(action)), 0)
        way = torch.where(state.is_finished, 0, way)
        first = torch.where(v.current == 0, action, v.first)
        view = v._replace(current=action, first=first, distance=v.distance + way, left=left)
        cost = state.cost + way * b.unit_distance_cost[:, None]
        return State(view, cost, finished)
