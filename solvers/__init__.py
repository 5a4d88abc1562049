"""Solvers behind one contract, and the choice among them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from routewright.constructor import Constructor
from routewright.errors import InfeasibleError, InputError, Issue, UnsupportedError
from routewright.stop import MaxRuntime, StopCriterion

if TYPE_CHECKING:
    from routewright.problem import Problem
    from routewright.result import Result, TracePoint
    from routewright.solution import Solution

    from .base import Solver

DEFAULT_TIME_LIMIT = 10.0

#: Name -> (module, class); a solver is imported when it is asked for.
REGISTRY = {
    "cpsat": ("cpsat", "CpSat"),
    "edges": ("edges", "Edges"),
    "exact": ("exact", "Exact"),
    "genetic": ("genetic", "Genetic"),
    "neural": ("neural", "Neural"),
    "ortools": ("ortools_routing", "OrToolsRouting"),
    "ruin": ("ruin", "Ruin"),
    "savings": ("savings", "Savings"),
    "split": ("split_delivery", "SplitDelivery"),
    "tsp": ("tsp", "Tsp"),
}

__all__ = [
    "DEFAULT_TIME_LIMIT",
    "REGISTRY",
    "choose_solver",
    "get_solver",
    "solve_problem",
]


def get_solver(name: str) -> Solver:
    """Return a solver by name.

    Raises
    ------
    InputError
        If there is no solver of that name.
    """
    if name not in REGISTRY:
        known = ", ".join(["auto", *sorted(REGISTRY)])
        raise InputError([Issue("", "solver", f"{name!r} is not a solver; choose from {known}")])
    module, class_name = REGISTRY[name]
    solver: Solver = getattr(import_module(f"{__name__}.{module}"), class_name)()
    return solver


def choose_solver(problem: Problem) -> tuple[Solver, str]:
    """Pick the solver for ``auto`` and say why.

    Raises
    ------
    UnsupportedError
        If no solver handles the problem; names what each one lacks.
    """
    refusals = dict[str, frozenset[str]]()
    for name, fits, reason in _preferences(problem):
        if not fits:
            continue
        solver = get_solver(name)
        refused = frozenset[str](solver.unsupported(problem))
        if not refused and not solver.refusal(problem):
            return solver, f"auto chose {name}: {reason}"
        refusals[name] = refused or frozenset([solver.refusal(problem)])
    lacks = "; ".join(f"{name} lacks {', '.join(sorted(r))}" for name, r in refusals.items())
    common = frozenset.intersection(*refusals.values())
    raise UnsupportedError("solver auto", common or problem.attributes(), lacks)


def _preferences(problem: Problem) -> list[tuple[str, bool, str]]:
    n = problem.num_clients
    is_tour = [v.count for v in problem.vehicle_types] == [1]
    splits = any(c.may_be_split for c in problem.clients)
    return [
        ("exact", n <= 10, f"{n} clients are few enough to prove the optimum"),
        ("tsp", is_tour, "one vehicle has to make one tour, and nothing limits it"),
        ("split", splits, "deliveries may be brought in parts"),
        ("ruin", True, "it finds the best plans for what this problem uses"),
        ("ortools", n <= 5000, "it handles every attribute of this problem"),
        ("savings", True, f"{n} clients are too many for the others within the time"),
        (
            "ortools",
            n > 5000,
            "no other solver handles every attribute of this problem",
        ),
    ]


def solve_problem(
    problem: Problem,
    *,
    time_limit: float | None = None,
    stop: StopCriterion | None = None,
    solver: str = "auto",
    seed: int = 0,
    threads: int | None = None,
    initial: Solution | None = None,
    on_improvement: Callable[[TracePoint], None] | None = None,
    started: float | None = None,
    interrupt: threading.Event | None = None,
    seed_with: str = "",
    model: str | None = None,
    device: str | None = None,
    reencode: int | None = None,
) -> Result:
    """Solve a problem; see `solve`."""
    started = time.perf_counter() if started is None else started
    issues = []
    if not (isinstance(seed, int) and seed >= 0):
        issues.append(Issue("", "seed", f"{seed} must be a whole number of at least 0"))
    if threads is not None and threads < 1:
        issues.append(Issue("", "threads", f"{threads} must be at least 1"))
    if issues:
        raise InputError(issues)
    if proofs := problem.infeasibilities():
        raise InfeasibleError(proofs)
    criterion = _criterion(time_limit, stop)
    chosen, message = choose_solver(problem) if solver == "auto" else (get_solver(solver), "")
    _let_construct(chosen, seed_with, {"model": model, "device": device, "reencode": reencode})
    return chosen.solve(
        problem,
        criterion,
        seed,
        initial,
        on_improvement,
        threads=threads,
        interrupt=interrupt,
        started=started,
        message=message,
    )


def _let_construct(solver: Solver, seed_with: str, policy: dict[str, Any]) -> None:
    """Give a solver the policy that it is to begin with, or the edge scorer that it uses.

    Raises
    ------
    InputError
        If options make no sense, or there is no policy that they could be for.
    """
    wanted = {key: value for key, value in policy.items() if value is not None}
    if solver.scorer is not None:
        solver.scorer = wanted.pop("model", solver.scorer)
    issues = []
    if seed_with not in ("", "policy"):
        issues.append(Issue("", "seed_with", f"{seed_with!r} makes no plans; choose policy"))
    elif seed_with and not solver.seeded:
        message = f"solver {solver.name} does not begin with given plans; ruin and genetic do"
        issues.append(Issue("", "seed_with", message))
    elif wanted and not (seed_with or solver.constructor):
        message = (
            f"solver {solver.name} uses no learned policy; choose solver neural, or let ruin "
            "or genetic begin with the plans of one (seed_with policy)"
        )
        issues += [Issue("", key, message) for key in wanted]
    if issues:
        raise InputError(issues)
    if seed_with or solver.constructor:
        solver.constructor = Constructor(**wanted)


def _criterion(time_limit: float | None, stop: StopCriterion | None) -> StopCriterion:
    if stop is None:
        return MaxRuntime(DEFAULT_TIME_LIMIT if time_limit is None else time_limit)
    return stop if time_limit is None else MaxRuntime(time_limit) | stop
