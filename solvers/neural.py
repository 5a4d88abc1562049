"""Plans of a learned policy, and ruin and recreate from the best of them.

The policy is a constructor, no more: what it plans is one of several beginnings, and the
search goes on from the best. Whether that pays is measured in the benchmarks.
"""

from __future__ import annotations

from dataclasses import replace

from routewright.attributes import Attribute
from routewright.facade import (
    construct,
    constructible_attributes,
    load_policy,
    why_not_constructed,
)
from routewright.problem import Problem

from .base import Run
from .ruin import Ruin
from .split_delivery import SplitDelivery

A = Attribute

#: Plans to make, by the number of clients up to which that many are made.
_PLANS = ((200, 16), (500, 8), (1000, 2))


class Neural(Ruin):
    """Begins with plans of the default model; `routewright models use` chooses it."""

    name = "neural"
    summary = "learned policy: the best of several plans, then ruin and recreate"
    #: Shipments are for models that were made for them; `refusal` asks the one in use.
    supported = constructible_attributes() | {A.SHIPMENTS}

    def refusal(self, problem: Problem) -> str:
        """Say why the model in use cannot plan the problem; empty if it can."""
        return why_not_constructed(_plannable(problem))

    def search(self, run: Run) -> None:
        """Have plans constructed, and search from the best."""
        with run.compiling():  # loading torch and the model is not part of the search
            load_policy()
        if not run.should_stop():
            clients = run.problem.num_clients
            plans = next((k for most, k in _PLANS if clients <= most), 1)
            for solution in construct(
                _plannable(run.problem),
                plans=plans,
                seed=run.seed,
                should_stop=lambda: run.interrupt.is_set() or run.remaining <= 0,
            ):
                run.offer(solution)
        if A.SPLIT_DELIVERY in run.problem.attributes():
            SplitDelivery().search(run)
        else:
            super().search(run)


def _plannable(problem: Problem) -> Problem:
    """Return the problem, with vehicles without number if a policy cannot count them.

    A plan may then use too many; the checker says so, and the search has a feasible
    beginning of its own.
    """
    if not why_not_constructed(problem):
        return problem
    types = (replace(v, count=None, vehicle_ids=()) for v in problem.vehicle_types)
    return problem.replace(vehicle_types=tuple(types))
