"""Random tensors for training problems, and the unit that these are drawn in."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

#: Internal units of the side of the square.
GRID = 10_000


class Source:
    """Random tensors of one generator, on its device."""

    def __init__(self, generator: torch.Generator) -> None:
        self.generator = generator
        self.device = generator.device

    def uniform(self, shape: Sequence[int], low: float = 0.0, high: float = 1.0) -> Tensor:
        """Numbers from ``low`` to ``high``."""
        drawn = torch.rand(*shape, generator=self.generator, device=self.device)
        return low + (high - low) * drawn

    def evenly(self, shape: Sequence[int], low: float, high: float) -> Tensor:
        """Numbers from ``low`` to ``high`` whose logarithms are uniform."""
        return low * (high / low) ** self.uniform(shape)

    def normal(self, shape: Sequence[int]) -> Tensor:
        """Standard normal numbers."""
        return torch.randn(*shape, generator=self.generator, device=self.device)

    def whole(self, shape: Sequence[int], below: int) -> Tensor:
        """Whole numbers from 0."""
        return torch.randint(below, tuple(shape), generator=self.generator, device=self.device)

    def share(self, count: int, share: float) -> Tensor:
        """(count,) bool, true in this share of the cases."""
        return self.uniform((count,)) < share
