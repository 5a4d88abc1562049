"""What takes part in a comparison: our own solvers, and the contract of a peer."""

from __future__ import annotations

import os
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass

import routewright as rw
from routewright.attributes import Attribute
from routewright.solvers import get_solver


@dataclass(frozen=True)
class Answer:
    """A plan, unchecked, and the seconds that it took.

    Parameters
    ----------
    solution
        The plan; None where the contestant found none.
    seconds, cpu
        Wall clock of the solving call, without the translation of the problem, and the
        seconds of processors in it, in which threads and processes show.
    startup
        Seconds of the wall clock before its own began (the start of a virtual machine).
    note
        Anything worth a line beside the row.
    """

    solution: rw.Solution | None
    seconds: float
    cpu: float
    startup: float = 0.0
    note: str = ""


class Stopwatch:
    """Wall clock and seconds of processors between ``with`` and its end."""

    def __enter__(self) -> Stopwatch:
        self._begin = time.perf_counter(), self._processors()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._begin[0]
        self.cpu = self._processors() - self._begin[1]

    @staticmethod
    def _processors() -> float:
        times = os.times()
        return times.user + times.system + times.children_user + times.children_system


class Contestant(ABC):
    """Solves problems within a time limit, on a stated number of threads."""

    name: str
    threads: int = 1
    #: Whether runs differ by the seed that is asked for.
    seeded: bool = True

    @property
    def label(self) -> str:
        """Name in tables."""
        return self.name

    @abstractmethod
    def version(self) -> str:
        """Name and version of what runs."""

    @abstractmethod
    def refusal(self, problem: rw.Problem) -> str:
        """Why it cannot take a problem; empty if it can."""

    @abstractmethod
    def solve(self, problem: rw.Problem, seconds: float, seed: int) -> Answer:
        """Solve a problem; the clock of the answer leaves translation out."""


class Ours(Contestant):
    """A solver of our registry, at a number of threads.

    Its clock is that of `rw.solve`: set-up is inside, reading the file is not.
    """

    def __init__(self, solver: str, threads: int) -> None:
        self.name, self.threads = solver, threads

    @property
    def label(self) -> str:
        return f"{self.name}, {self.threads} thread{'s' if self.threads > 1 else ''}"

    def version(self) -> str:
        return f"routewright {rw.__version__} ({self.name})"

    def refusal(self, problem: rw.Problem) -> str:
        if self.name == "auto":
            return ""
        solver = get_solver(self.name)
        return ", ".join(sorted(solver.unsupported(problem))) or solver.refusal(problem)

    def solve(self, problem: rw.Problem, seconds: float, seed: int) -> Answer:
        with Stopwatch() as watch:
            result = self.result(problem, seconds, seed)
        note = f"{result.iterations} iterations" if result.iterations else ""
        return Answer(result.solution, watch.seconds, watch.cpu, note=note)

    def result(self, problem: rw.Problem, seconds: float, seed: int) -> rw.Result:
        """Run once; a run that finds itself compiling is thrown away and repeated."""
        for _ in range(2):
            result = rw.solve(
                problem,
                time_limit=seconds,
                solver=self.name,
                seed=seed,
                threads=self.threads,
            )
            if result.compile_time < 0.05:
                return result
        raise SystemExit(f"{self.name} compiles in every run: `routewright warmup` misses a kernel")


def missing(problem: rw.Problem, supported: frozenset[Attribute]) -> str:
    """Attributes of the problem that are not supported, in words."""
    return ", ".join(sorted(problem.attributes() - supported))
