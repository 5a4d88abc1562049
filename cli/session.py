"""What every command knows about its call."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Session:
    """One call of the command line.

    Parameters
    ----------
    started
        ``time.perf_counter()`` when it began; time limits count from here.
    as_json
        Whether standard output is to hold exactly one JSON document.
    """

    started: float
    as_json: bool = False
