"""The functions that reach into the rooms below; each is imported only when called.

This is the one place where ``routewright`` points at ``solvers`` and ``instances``.
"""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from .attributes import Attribute
    from .problem import Problem
    from .result import Result, TracePoint
    from .solution import Solution
    from .stop import StopCriterion
    from .travel import Rounding

#: A file name, or ``-`` for standard input or output.
FileName = str | PathLike[str]


def read(
    file: FileName, *, format: str | None = None, rounding: Rounding | str | None = None
) -> Problem:
    """Read a problem from a file in any supported format.

    Parameters
    ----------
    file
        Path, or ``-`` for standard input.
    format
        Name of the format; None detects it from the content.
    rounding
        Rounding convention of distances; None takes the default of the format.

    Raises
    ------
    InputError
        Listing everything that is wrong with the file, by line or field.
    """
    from .instances import read_problem

    return read_problem(file, format=format, rounding=rounding)


def write(problem: Problem, file: FileName, *, format: str | None = None) -> None:
    """Write a problem; the format is taken from the suffix unless it is named."""
    from .instances import write_problem

    write_problem(problem, file, format=format)


def read_solution(problem: Problem, file: FileName, *, format: str | None = None) -> Solution:
    """Read a solution of the problem (``.sol``, ``.tour``, JSON), detected by content."""
    from .instances import read_solution as read_file

    return read_file(problem, file, format=format)


def write_solution(
    problem: Problem, solution: Solution, file: FileName, *, format: str | None = None
) -> None:
    """Write a solution; the format is taken from the suffix unless it is named."""
    from .instances import write_solution as write_file

    write_file(problem, solution, file, format=format)


def solve(
    problem: Problem,
    *,
    time_limit: float | None = None,
    stop: StopCriterion | None = None,
    solver: str = "auto",
    seed: int = 0,
    threads: int | None = None,
    initial: Solution | None = None,
    on_improvement: Callable[[TracePoint], None] | None = None,
    **options: Any,
) -> Result:
    """Solve a problem and have the result checked.

    Parameters
    ----------
    problem
        What to solve.
    time_limit
        Seconds of wall clock for the whole call; 10 if neither this nor ``stop`` is given.
    stop
        Any stop criterion; together with ``time_limit``, the first one stops.
    solver
        Name of a solver, or ``auto``.
    seed
        Seed of every random choice.
    threads
        Threads to use; None for all cores.
    initial
        A solution to start from; the result is never worse.
    on_improvement
        Called with every improvement of the best solution.
    **options
        ``seed_with="policy"``: let ``ruin`` or ``genetic`` begin with plans of a learned
        policy, as ``neural`` always does. ``model``, ``device``, ``reencode``: which policy,
        and how; see `constructor.Constructor`. ``started``: the ``time.perf_counter()`` at
        which the clock began, for callers that count their own reading.

    Raises
    ------
    InputError
        If an option is out of range, or is for another solver, or there is no such model
        or device.
    UnsupportedError
        If the solver cannot handle an attribute of the problem, by name.
    InfeasibleError
        If the problem is proven to have no feasible solution.
    """
    from .solvers import solve_problem

    return solve_problem(
        problem,
        time_limit=time_limit,
        stop=stop,
        solver=solver,
        seed=seed,
        threads=threads,
        initial=initial,
        on_improvement=on_improvement,
        **options,
    )


def construct(problem: Problem, **options: Any) -> list[Solution]:
    """Have a learned policy make plans for a problem, the cheapest first.

    Every plan is feasible. Needs the extra ``neural``.

    Parameters
    ----------
    problem
        What to plan.
    **options
        ``model``, ``plans``, ``temperature``, ``top_p``, ``symmetries``, ``reencode``,
        ``seed``, ``device``, ``threads``; see `neural.construct.construct_plans`.

    Raises
    ------
    NotInstalledError
        If torch is not installed.
    UnsupportedError
        If no policy can plan the problem; says why.
    """
    from .neural import require_torch

    require_torch()
    from .neural.construct import construct_plans

    return construct_plans(problem, **options)


def load_policy(model: str = "", device: str = "cpu") -> None:
    """Load torch and a model ahead of `construct`, which keeps both for later calls."""
    from .neural import require_torch

    require_torch()
    from .neural.construct import load_model

    load_model(model, device)


def why_not_constructed(problem: Problem, model: str = "") -> str:
    """Say why a model (of no name: the one in use) cannot plan a problem; empty if it can."""
    from .neural.models import why_not_planned

    return why_not_planned(problem, model)


def constructible_attributes() -> frozenset[Attribute]:
    """Return what the environment of learned policies can express; needs no torch."""
    from .neural.support import SUPPORTED

    return SUPPORTED
