"""Where tensors are computed, or an error that helps, and by how many threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Let torch's operations have so many threads, as long as the context is entered."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
