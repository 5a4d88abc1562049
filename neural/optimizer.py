"""What takes the steps of a training: Adam, and for the matrices of imitation Muon.

References
----------
Loshchilov, I., & Hutter, F. (2019). Decoupled weight decay regularization. *ICLR*.
Jordan, K. et al. (2024). Muon: an optimizer for hidden layers in neural networks: steps of
matrices with all their singular values alike. Liu, J. et al. (2025). Muon is scalable for LLM
training (arXiv:2502.16982), section 2.2: the scale at which its steps are as long as Adam's.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.optim import AdamW, Muon, Optimizer

#: Smallest side of a matrix that Muon is for, and how much longer its steps are than Adam's.
_LEAST_SIDE, _LONGER = 64, 5.0


class Steps:
    """Steps of all parameters of a network.

    Parameters
    ----------
    network
        What is trained.
    decay
        Weight decay.
    with_muon
        Whether large matrices are left to Muon.
    """

    def __init__(self, network: nn.Module, decay: float, *, with_muon: bool) -> None:
        every = list(network.parameters())
        large = [w for w in every if with_muon and w.ndim == 2 and min(w.shape) >= _LEAST_SIDE]
        chosen = {id(w) for w in large}
        others = [w for w in every if id(w) not in chosen]
        self.parts: list[tuple[Optimizer, float]] = [
            (AdamW(others, betas=(0.9, 0.95), weight_decay=decay), 1.0)
        ]
        if large:
            muon = Muon(large, weight_decay=decay, adjust_lr_fn="match_rms_adamw")
            self.parts.append((muon, _LONGER))

    def take(self, rate: float) -> None:
        """Take a step at a learning rate, and forget the gradients."""
        for optimizer, longer in self.parts:
            for group in optimizer.param_groups:
                group["lr"] = longer * rate
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    def state(self) -> dict[str, Tensor]:
        """Return what a later training goes on from."""
        return {
            f"{part}.{index}.{name}": value
            for part, (optimizer, _) in enumerate(self.parts)
            for index, slots in optimizer.state_dict()["state"].items()
            for name, value in slots.items()
        }

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Go on from the state of another training."""
        states: list[dict[int, dict[str, Any]]] = [{} for _ in self.parts]
        for key, value in tensors.items():
            part, index, name = key.split(".", 2)
            states[int(part)].setdefault(int(index), {})[name] = value
        for (optimizer, _), state in zip(self.parts, states, strict=True):
            groups = optimizer.state_dict()["param_groups"]
            optimizer.load_state_dict({"state": state, "param_groups": groups})
