"""What a call of solve() returns."""

from __future__ import annotations

import math
import platform
from dataclasses import dataclass, field
from enum import StrEnum, unique
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from .report import Number, Report
from .solution import Solution


@unique
class Status(StrEnum):
    """How a search ended."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE_PLAN = "infeasible_plan"  # the best plan found breaks rules
    PROVEN_INFEASIBLE = "proven_infeasible"


@dataclass(frozen=True, slots=True)
class TracePoint:
    """An improvement of the best solution: when, at which iteration, and to which cost."""

    elapsed: float
    iterations: int
    cost: Number
    feasible: bool


@dataclass(frozen=True)
class Result:
    """The outcome of a search; every cost in it is the checker's.

    Parameters
    ----------
    solution
        The best solution found.
    report
        The checker's verdict on it.
    status
        How the search ended.
    solver
        Name of the solver that ran.
    stop_reason
        Why it ended (``time limit``, ``optimal``, ``interrupted``, ...).
    runtime
        Wall-clock seconds of the call, without ``compile_time``.
    compile_time
        Seconds spent compiling or loading kernels, outside the stop criterion.
    iterations
        Iterations done.
    seed
        The seed that was used.
    bound
        Proven lower bound on the cost in the user's units, or None.
    setup_time
        Seconds of ``runtime`` spent reading and preparing before the search.
    trace
        Improvements in order.
    message
        What ``solver="auto"`` chose and why, and anything worth saying.
    versions
        Versions of Routewright and of what it ran on.
    """

    solution: Solution
    report: Report
    status: Status
    solver: str
    stop_reason: str
    runtime: float
    compile_time: float
    iterations: int
    seed: int
    bound: Number | None = None
    setup_time: float = 0.0
    trace: tuple[TracePoint, ...] = ()
    message: str = ""
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def cost(self) -> Number:
        """The checker's cost, in the user's units."""
        return self.report.cost

    @property
    def feasible(self) -> bool:
        """Whether the checker found no violation."""
        return self.report.feasible

    @property
    def gap(self) -> float | None:
        """Proven gap (cost - bound) / cost, or None without a bound."""
        if self.bound is None or not self.feasible:
            return None
        if self.cost == self.bound:
            return 0.0
        return (self.cost - self.bound) / abs(self.cost) if self.cost else math.inf


@cache
def versions() -> dict[str, str]:
    """Versions of Routewright, Python, and the packages that searches run on."""
    found = {"python": platform.python_version()}
    for package in ("routewright", "numpy", "numba", "ortools", "torch"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
