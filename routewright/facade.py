"""The functions that reach into the rooms below; each is imported only when called.

This is the one place where ``routewright`` points at ``solvers`` and ``instances``.
"""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from .attributes import Attribute
    from .problem import Problem
    from .result import Result, TracePoint
    from .solution import Solution
    from .solvers.history.reading import GivenDay
    from .solvers.history.report import FitReport
    from .stop import StopCriterion
    from .travel import FloatArray, IntArray, Rounding

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
        and how; see `constructor.Constructor`. For the solver ``edges``, ``model`` is the
        edge scorer. ``started``: the ``time.perf_counter()`` at which the clock began, for
        callers that count their own reading.

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
        ``parts``, ``seed``, ``device``, ``threads``; see `neural.construct.construct_plans`.

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


def make_policy_plans(*given: Any) -> list[tuple[int, list[int]]]:
    """Make plans with the weights of a policy in compiled code; see `solvers.policy_plans`."""
    from .solvers.policy_plans import make_plans

    return make_plans(*given)


def prepare_policy_plans() -> None:
    """Compile what `make_policy_plans` runs, or load it where that was done before."""
    from .solvers.policy_plans import KERNELS
    from .solvers.warmup import prepare

    prepare(KERNELS)


def constructible_attributes() -> frozenset[Attribute]:
    """Return what the environment of learned policies can express; needs no torch."""
    from .neural.support import SUPPORTED

    return SUPPORTED


def fit(history: FileName | Sequence[GivenDay], folder: FileName, **options: Any) -> FitReport:
    """Learn from past days, and measure on later ones whether that helps.

    Compared are, for the same time on the last days: the usual search, and searches that begin
    with savings, with plans of similar days, with edges that past plans used often, with what a
    network learned of edges, and with plans of a policy that was trained on. Needs the extra
    ``neural``, unless ``learn=False``.

    Parameters
    ----------
    history
        A folder with a file for each day, in the order of their names, with or without a plan
        beside it (``monday.json``, ``monday.sol``); or a list of files, problems, and pairs of
        a problem and its plan, in the order of time.
    folder
        For the scorer and the policy, ``report.md``, ``report.json``, and what past days remember.
    **options
        ``minutes`` (60), ``time_limit`` (1), ``later``, ``identity``, ``mixed``, ``learn``,
        ``steps``, ``threads``, ``seed``: see `solvers.history.fitting.FitOptions`; and
        ``watch``, ``interrupt``.

    Raises
    ------
    InputError
        If days cannot be read, do not fit together, or are too few; names all that is wrong.
    """
    from .solvers.history.fitting import FitOptions, fit_history

    watch, interrupt = options.pop("watch", None), options.pop("interrupt", None)
    return fit_history(history, folder, FitOptions(**options), watch, interrupt)


def seed_plan(
    problem: Problem, folder: FileName, begin_with: str = "", *, seed: int = 0
) -> Solution | None:
    """Return a plan to begin with, from what `fit` has left in a folder.

    Parameters
    ----------
    problem
        The day to plan.
    folder
        Of a fit.
    begin_with
        ``cold``, ``savings``, ``history``, ``frequencies``, ``edges``, or ``policy``; what the
        report recommends if empty.
    seed
        Of the order of savings, and of the samples of the policy.

    Returns
    -------
    Solution or None
        For ``initial`` of `solve`; None where nothing helps (``cold``).
    """
    from .solvers.history.seeding import plan_from

    return plan_from(problem, folder, begin_with, seed)


def score_edges(problem: Problem, **options: Any) -> tuple[IntArray, FloatArray]:
    """Have a trained scorer say which nodes follow each other in good plans.

    Parameters
    ----------
    problem
        What to plan.
    **options
        ``model``, ``device``, ``threads``; see `neural.edges.scoring.score_problem`.

    Returns
    -------
    pairs
        Node numbers of the problem (depots first), shape (2, E).
    probabilities
        From 0 to 1, shape (E,).

    Raises
    ------
    NotInstalledError
        If torch is not installed.
    UnsupportedError
        If the scorer does not know what the problem uses; says what.
    """
    from .neural import require_torch

    require_torch()
    from .neural.edges.scoring import score_problem

    return score_problem(problem, **options)


def load_scorer(model: str = "") -> None:
    """Load torch and a scorer ahead of `score_edges`, which keeps both for later calls."""
    from .neural import require_torch

    require_torch()
    from .neural.edges.scoring import load_scorer as load

    load(model)


def why_not_scored(problem: Problem) -> str:
    """Say why no scorer can read a problem; empty if one can."""
    from .neural.support import why_not_scored as why_not

    return why_not(problem)


def train_model(
    sort: str, days: Sequence[tuple[Problem, Solution]], folder: FileName, **options: Any
) -> Path:
    """Train on solved problems of one's own, and return the checkpoint.

    Parameters
    ----------
    sort
        ``scorer`` (of edges), or ``policy``.
    days
        Problems and their plans.
    folder
        Where the training and the checkpoint are kept.
    **options
        ``minutes``, ``steps``, ``start``, ``seed``, ``device``, ``threads``, ``watch``,
        ``interrupt``; see `neural.fitting.train_on`.

    Raises
    ------
    NotInstalledError
        If torch is not installed.
    """
    from .neural import require_torch

    require_torch()
    from .neural.fitting import train_on

    return train_on(sort, days, folder, **options)
