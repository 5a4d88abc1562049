"""Problems as tensors of integers: what the environment of a policy computes with.

Letters of shapes, here and in all of this package: B problems, S partial plans of each
(starts, samples, or beams), D depots, N clients, M = D + N nodes (depots first), T steps.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

# Sums of "no limit" and any travel stay below 2**63.
from routewright.travel import UNLIMITED as UNLIMITED


class Batch(NamedTuple):
    """B problems of the same shape, in internal units; neutral where unused.

    Time begins when the first depot opens.

    Problems with fewer depots or clients than others are padded, see ``is_node``.

    Attributes
    ----------
    num_depots
        D.
    coordinates
        (B, M, 2) float32, in the user's units; zero where there are none.
    has_coordinates
        (B,) bool.
    distance, duration
        (B, M, M) int64; zero at padding.
    is_node
        (B, M) bool: false for padding.
    delivery, pickup, early, late, service, prize
        (B, M) int64.
    required
        (B, M) bool: whether a client has to be visited; false for depots.
    splittable
        (B, M) bool: whether the delivery of a required client may be brought in parts.
    capacity, max_distance, unit_distance_cost, fixed_cost, quota
        (B,) int64. ``quota`` is the least amount to pick up in a plan (the
        prize-collecting problem of the literature); no `Problem` has it.
    is_open, linehaul_first, is_single
        (B,) bool: routes end at their last client; no delivery after a pickup; there is
        one vehicle.
    """

    num_depots: int
    coordinates: Tensor
    has_coordinates: Tensor
    distance: Tensor
    duration: Tensor
    is_node: Tensor
    delivery: Tensor
    pickup: Tensor
    early: Tensor
    late: Tensor
    service: Tensor
    prize: Tensor
    required: Tensor
    splittable: Tensor
    capacity: Tensor
    max_distance: Tensor
    unit_distance_cost: Tensor
    fixed_cost: Tensor
    quota: Tensor
    is_open: Tensor
    linehaul_first: Tensor
    is_single: Tensor

    @property
    def size(self) -> int:
        """Number of problems, B."""
        return len(self.distance)

    @property
    def num_nodes(self) -> int:
        """Number of nodes, M."""
        return self.distance.shape[1]

    @property
    def num_clients(self) -> int:
        """Number of clients, N."""
        return self.num_nodes - self.num_depots

    @property
    def device(self) -> torch.device:
        """Where the tensors are."""
        return self.distance.device

    @property
    def is_client(self) -> Tensor:
        """(B, M) bool: neither a depot nor padding."""
        client = torch.arange(self.num_nodes, device=self.device) >= self.num_depots
        return self.is_node & client

    def to(self, device: torch.device | str) -> Batch:
        """Return the batch on another device."""
        return Batch(self.num_depots, *(t.to(device) for t in self[1:]))

    def rows(self, index: slice | Tensor) -> Batch:
        """Return some of the problems."""
        return Batch(self.num_depots, *(t[index] for t in self[1:]))
