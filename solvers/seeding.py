"""First plans by a learned policy, for the solvers that can begin with some."""

from __future__ import annotations

from routewright.constructor import Constructor
from routewright.facade import construct, load_policy, why_not_constructed
from routewright.problem import Problem
from routewright.relaxed import with_any_number_of_vehicles
from routewright.solution import Solution

from .base import Run

#: Plans to make, by the number of clients up to which that many are made.
_PLANS = ((200, 16), (500, 8), (1000, 2))
#: With less time, in seconds, the best of them is not made in parts.
_TIME_FOR_PARTS = 1.0


def constructed(run: Run, constructor: Constructor) -> list[Solution]:
    """Have a policy make plans, within the time of the run; the cheapest first.

    Raises
    ------
    InputError
        If there is no such model or device.
    UnsupportedError
        If the model cannot plan the problem; says why.
    """
    with run.compiling():  # loading torch and the model is not part of the search
        load_policy(constructor.model, constructor.device)
    if run.should_stop():
        return []
    clients = run.problem.num_clients
    return construct(
        plannable(run.problem, constructor.model),
        model=constructor.model,
        device=constructor.device,
        reencode=constructor.reencode,
        parts=1 if run.remaining < _TIME_FOR_PARTS else None,
        plans=next((k for most, k in _PLANS if clients <= most), 1),
        seed=run.seed,
        should_stop=lambda: run.interrupt.is_set() or run.remaining <= 0,
    )


def plannable(problem: Problem, model: str) -> Problem:
    """Return the problem, with vehicles without number if a policy cannot count them.

    A plan may then use too many; the checker says so, and the search has a feasible
    beginning of its own.
    """
    if not why_not_constructed(problem, model):
        return problem
    return with_any_number_of_vehicles(problem)
