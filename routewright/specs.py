"""What a Model holds until it is built: entities and travel in the user's numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from .travel import Metric, Rounding


@dataclass(slots=True)
class Spec:
    """An entity as the user gave it: plain numbers, not yet scaled.

    Entities that differ only in their place may share their values.
    """

    where: str
    id: str
    values: dict[str, Any]
    location: int = 0


def distinct(specs: Iterable[Spec]) -> list[dict[str, Any]]:
    """Return the values of entities, those that several share once."""
    return list({id(spec.values): spec.values for spec in specs}.values())


@dataclass
class Travels:
    """Where travel comes from, until the problem is built."""

    points: list[tuple[float, ...]] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    geographic: bool = False
    metric: Metric | None = None
    #: One profile per speed.
    speeds: list[float] = field(default_factory=lambda: [1.0])
    #: Internal time per internal distance of each profile, in place of the speeds.
    duration_factors: list[float] | None = None
    distance: list[npt.NDArray[Any] | None] = field(default_factory=list)
    duration: list[npt.NDArray[Any] | None] = field(default_factory=list)
    rounding: Rounding | None = None
