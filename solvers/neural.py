"""Plans of a learned policy, and ruin and recreate from the best of them.

The policy is a constructor, no more: what it plans is one of several beginnings, and the
search goes on from the best. Whether that pays is measured in the benchmarks.
"""

from __future__ import annotations

from routewright.attributes import Attribute
from routewright.constructor import Constructor
from routewright.facade import constructible_attributes, why_not_constructed
from routewright.problem import Problem

from .base import Run
from .ruin import Ruin
from .seeding import constructed, plannable
from .split_delivery import SplitDelivery

A = Attribute


class Neural(Ruin):
    """Begins with plans of a model; `routewright models use` chooses the usual one."""

    name = "neural"
    summary = "learned policy: the best of several plans, then ruin and recreate"
    #: Shipments are for models that were made for them; `refusal` asks the model.
    supported = constructible_attributes() | {Attribute.SHIPMENTS}
    constructor: Constructor = Constructor()

    def refusal(self, problem: Problem) -> str:
        """Say why the model cannot plan the problem; empty if it can."""
        model = self.constructor.model
        return why_not_constructed(plannable(problem, model), model)

    def search(self, run: Run) -> None:
        """Have plans constructed, and search from the best."""
        if A.SPLIT_DELIVERY not in run.problem.attributes():
            super().search(run)
            return
        for solution in constructed(run, self.constructor):
            run.offer(solution)
        SplitDelivery().search(run)
