"""Where tensors are computed: the device that was asked for, or an error that helps."""

from __future__ import annotations

import torch

from routewright.errors import InputError, Issue

NAMES = ("auto", "cpu", "cuda", "mps")


def find_device(name: str) -> torch.device:
    """Return the device of that name; ``auto`` takes the fastest that is here.

    Raises
    ------
    InputError
        If there is no such device, here or at all; names those that there are.
    """
    here = ["cpu"]
    if torch.cuda.is_available():
        here.append("cuda")
    if torch.backends.mps.is_available():
        here.append("mps")
    if name == "auto":
        return torch.device(here[-1])
    kind = name.partition(":")[0]
    if kind not in NAMES:
        message = f"{name!r} is no device; choose from {', '.join(NAMES)}"
        raise InputError([Issue("", "--device", message)])
    if kind not in here:
        message = f"torch {torch.__version__} finds no {kind} here; use {' or '.join(here)}"
        raise InputError([Issue("", "--device", message)])
    return torch.device(name)
