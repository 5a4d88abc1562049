"""Policies of rl4co: its networks with our masks, training, and checkpoints.

rl4co is imported only when one of its policies is used (extra ``rl4co``). Of rl4co, only
the networks are used here; its environments and their float32 masks stay aside, so that
plans are feasible by integer amounts as those of any other policy.

References
----------
Berto, F. et al. (2025). RL4CO: an extensive reinforcement learning for combinatorial
optimization benchmark. *KDD* (arXiv:2306.17100).
"""

from __future__ import annotations

from importlib.util import find_spec

from routewright.errors import NotInstalledError


def require_rl4co() -> None:
    """Raise an error that names the extra, if rl4co is not installed.

    Raises
    ------
    NotInstalledError
        If so.
    """
    if find_spec("rl4co") is None:
        raise NotInstalledError("rl4co", "rl4co")
