"""Stop criteria: frozen, reusable, stateless functions of a Progress record."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from numbers import Real
from typing import ClassVar, Protocol

from .errors import InputError, Issue
from .report import Number


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a search stands.

    Parameters
    ----------
    elapsed
        Wall-clock seconds since the call began, kernel compilation not counted.
    iterations
        Iterations done.
    iterations_since_improvement
        Iterations since the best feasible solution last improved.
    best_cost
        Cost of the best feasible solution in the user's units, or None.
    """

    elapsed: float = 0.0
    iterations: int = 0
    iterations_since_improvement: int = 0
    best_cost: Number | None = None


class StopCriterion(Protocol):
    """Decides from a Progress record alone; combine with ``|`` (stop at the first)."""

    def reason(self, progress: Progress) -> str | None:
        """Why to stop now, or None to go on."""

    @property
    def time_limit(self) -> float:
        """Seconds after which it certainly stops, or infinity."""

    @property
    def iteration_limit(self) -> float:
        """Iterations after which it certainly stops, or infinity."""


@dataclass(frozen=True)
class _Criterion:
    """Shared defaults and the ``|`` operator."""

    _least: ClassVar[float] = 0.0

    def __or__(self, other: StopCriterion) -> FirstOf:
        return FirstOf((self, other))

    def reason(self, progress: Progress) -> str | None:
        raise NotImplementedError

    @property
    def time_limit(self) -> float:
        return math.inf

    @property
    def iteration_limit(self) -> float:
        return math.inf

    def __post_init__(self) -> None:
        given = {f.name: getattr(self, f.name) for f in fields(self)}
        rule = f"must be a number of at least {self._least:g}"
        issues = [
            Issue(type(self).__name__, name, f"{value!r} {rule}")
            for name, value in given.items()
            if not (isinstance(value, Real) and float(value) >= self._least)
        ]
        if issues:
            raise InputError(issues)


@dataclass(frozen=True)
class MaxRuntime(_Criterion):
    """Stop after this many seconds of wall clock for the whole call."""

    seconds: float

    def reason(self, progress: Progress) -> str | None:
        """Stop once the time has elapsed."""
        return "time limit" if progress.elapsed >= self.seconds else None

    @property
    def time_limit(self) -> float:
        """The seconds."""
        return self.seconds


@dataclass(frozen=True)
class MaxIterations(_Criterion):
    """Stop after this many iterations of the solver."""

    iterations: int

    def reason(self, progress: Progress) -> str | None:
        """Stop once the iterations are done."""
        return "iteration limit" if progress.iterations >= self.iterations else None

    @property
    def iteration_limit(self) -> float:
        """The iterations."""
        return self.iterations


@dataclass(frozen=True)
class NoImprovement(_Criterion):
    """Stop after this many iterations without a better feasible solution."""

    iterations: int

    def reason(self, progress: Progress) -> str | None:
        """Stop once the last improvement is long enough ago."""
        stalled = progress.iterations_since_improvement >= self.iterations
        return "no improvement" if stalled else None


@dataclass(frozen=True)
class TargetCost(_Criterion):
    """Stop at a feasible solution of at most this cost, in the user's units."""

    _least: ClassVar[float] = -math.inf
    cost: float

    def reason(self, progress: Progress) -> str | None:
        """Stop once the target is reached."""
        reached = progress.best_cost is not None and progress.best_cost <= self.cost
        return "target reached" if reached else None


@dataclass(frozen=True)
class FirstOf(_Criterion):
    """Stop as soon as one of several criteria says so; what ``|`` makes."""

    criteria: tuple[StopCriterion, ...]

    def __post_init__(self) -> None:
        """Each criterion has checked its own numbers."""

    def reason(self, progress: Progress) -> str | None:
        """Return the reason of the first criterion that stops."""
        return next((r for c in self.criteria if (r := c.reason(progress))), None)

    @property
    def time_limit(self) -> float:
        """The smallest time limit."""
        return min(c.time_limit for c in self.criteria)

    @property
    def iteration_limit(self) -> float:
        """The smallest iteration limit."""
        return min(c.iteration_limit for c in self.criteria)
