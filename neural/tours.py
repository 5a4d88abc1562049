"""Tours through all nodes, as the published TSP policy plans them."""

from __future__ import annotations

import torch
from torch import Tensor

from .batch import Batch
from .environment import State, View, arcs


class Tours:
    """The tour through all nodes, begun anywhere: what the published TSP policy plans.

    Depots are cities here as all other nodes, and nothing but distance counts.

    Parameters
    ----------
    batch
        The problems.
    """

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.servable = batch.is_node[:, None, :]
        self.min_steps = int(batch.is_node.sum(1).min()) if batch.size else 0
        self.max_steps = batch.num_nodes

    def reset(self, plans: int = 1) -> State:
        """Return ``plans`` empty tours for every problem."""
        b = self.batch
        zero = b.distance.new_zeros((b.size, plans))
        no = torch.zeros_like(zero, dtype=torch.bool)
        left = b.is_node[:, None, :].expand(-1, plans, -1)
        nothing = zero[:, :, None][:, :, :0]
        view = View(zero, zero, zero, ~no, zero, zero, zero, zero, no, nothing, left)
        return State(view, zero, no)

    def begin(self, state: State, starts: Tensor) -> tuple[State, Tensor]:
        """Return the empty tours as they are: the first city is the only beginning."""
        return state, starts[:, :0]

    def mask(self, state: State) -> Tensor:
        """Return what may come next, (B, S, M) bool; a finished tour stays where it is."""
        here = torch.nn.functional.one_hot(state.view.current, self.batch.num_nodes).bool()
        return torch.where(state.is_finished[:, :, None], here, state.view.left)

    def step(self, state: State, action: Tensor) -> State:
        """Return the tours after one more city each, (B, S) int64."""
        b, v = self.batch, state.view
        out = arcs(b.distance, v.current, action)
        origin = torch.where(v.undecided, action, v.origin)
        left = v.left.scatter(2, action[:, :, None], False)
        finished = ~left.any(2)
        back = arcs(b.distance, action, origin)
        way = torch.where(v.undecided, 0, out) + torch.where(finished, back, 0)
        way = torch.where(state.is_finished, 0, way)
        view = v._replace(
            current=action,
            origin=origin,
            first=origin,
            undecided=torch.zeros_like(v.undecided),
            distance=v.distance + way,
            left=left,
        )
        cost = state.cost + way * b.unit_distance_cost[:, None]
        return State(view, cost, finished)
