"""Which learned policy makes plans for a solver, and how; plain values, without torch."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import InputError, Issue


@dataclass(frozen=True)
class Constructor:
    """A learned policy as a maker of first plans.

    Parameters
    ----------
    model
        Name of a model or path of a checkpoint; empty for the one in use.
    device
        ``auto``, ``cpu``, ``cuda``, or ``mps``.
    reencode
        Steps after which what is left of the problem is encoded anew; 0 for never.

    Raises
    ------
    InputError
        If ``reencode`` is negative.
    """

    model: str = ""
    device: str = "cpu"
    reencode: int = 0

    def __post_init__(self) -> None:
        if self.reencode < 0:
            message = f"{self.reencode} steps must be 0 (never) or more"
            raise InputError([Issue("", "reencode", message)])
