"""Checkpoints: weights as safetensors, with a card that says where they come from.

A checkpoint is one file. Its header holds the card, as JSON: what the policy was trained
on, for how long, by which program, and how well it did meanwhile. Nothing in a checkpoint
is ever executed; what asks for it (a pickle) is refused.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from routewright.errors import InputError, NotInstalledError

from .cards import FORMAT, Card, parse_card, read_header
from .policies import policy_class


def save_policy(policy: nn.Module, card: Card, file: Path) -> None:
    """Write a checkpoint; a reader never sees half of one."""
    write_tensors(policy.state_dict(), {"format": FORMAT, "card": card.to_json()}, file)


def load_policy(file: Path) -> tuple[nn.Module, Card]:
    """Read a checkpoint; the policy is on the CPU, ready to plan.

    Raises
    ------
    InputError
        If it is corrupt, of another format, a pickle, or does not fit its own card.
    """
    tensors, header = read_tensors(file)
    card = parse_card(header, file)
    policy = _fitted(card, tensors, file)
    return policy.eval(), card


def write_tensors(tensors: Mapping[str, Tensor], header: dict[str, str], file: Path) -> None:
    """Write tensors under a name that appears only once they are written."""
    try:
        from safetensors.torch import save_file
    except ModuleNotFoundError as error:
        raise NotInstalledError("safetensors", "neural") from error
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.partial")
    whole = {k: t.detach().cpu().contiguous() for k, t in tensors.items()}
    save_file(whole, partial, metadata=header)
    os.replace(partial, file)


def read_tensors(file: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read tensors and the header of a safetensors file.

    Raises
    ------
    InputError
        If there is no such file, or it is not a whole one, or it is a pickle.
    """
    try:
        from safetensors import SafetensorError, safe_open
    except ModuleNotFoundError as error:
        raise NotInstalledError("safetensors", "neural") from error
    read_header(file)
    try:
        with safe_open(file, framework="pt", device="cpu") as opened:
            tensors = {key: opened.get_tensor(key) for key in opened.keys()}  # noqa: SIM118
            return tensors, dict(opened.metadata() or {})
    except SafetensorError as error:
        raise InputError(f"is not a whole safetensors file: {error}", str(file)) from error


def _fitted(card: Card, tensors: dict[str, Tensor], file: Path) -> nn.Module:
    """Return the policy of a card with its weights."""
    config = {k: tuple(v) if isinstance(v, list) else v for k, v in card.config.items()}
    try:
        kind = policy_class(card.name)
        policy: nn.Module = kind(kind.config_type(**config))
        policy.load_state_dict(tensors)
    except InputError as error:
        raise error.located(str(file)) from None
    except (TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"its weights do not fit its card: {reason}", str(file)) from error
    broken = [k for k, t in tensors.items() if not bool(torch.isfinite(t.float()).all())]
    if broken:
        raise InputError(f"has weights that are not numbers: {', '.join(broken[:5])}", str(file))
    return policy
