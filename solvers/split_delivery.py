"""Split delivery by cutting deliveries into pieces before the search.

First nothing is split, if everything fits as it is; then the pieces are planned, beginning
with the best plan so far, and put together again. So no plan is worse than without splits.

References
----------
Chen, P., Golden, B., Wang, X., & Wasil, E. (2017). A novel approach to solve the split
delivery vehicle routing problem. *International Transactions in Operational Research*,
24(1-2).
"""

from __future__ import annotations

from dataclasses import replace

from routewright.attributes import FUTURE_ATTRIBUTES, Attribute
from routewright.problem import Problem

from . import get_solver, rich
from .base import Run, Solver
from .nested import Part
from .pieces import Pieces

#: Share of the time, or of the iterations, for plans without splits.
_UNSPLIT = 0.2


class SplitDelivery(Solver):
    """Cuts deliveries into pieces, and has `ruin` plan these."""

    name = "split"
    summary = "split delivery: deliveries cut into pieces, planned by ruin and recreate"
    supported = frozenset(Attribute) - FUTURE_ATTRIBUTES

    def refusal(self, problem: Problem) -> str:
        """Refuse what no solver can plan in pieces."""
        if problem.attributes() <= rich.SUPPORTED | {Attribute.SPLIT_DELIVERY}:
            return ""
        return _planner(problem).refusal(Pieces(problem).whole)

    def search(self, run: Run) -> None:
        """Plan without splits, and then in pieces."""
        planner = _planner(run.problem)
        if Attribute.SPLIT_DELIVERY not in run.problem.attributes():
            planner.search(run)
            return
        unsplit = _unsplit(run.problem)
        if not unsplit.infeasibilities():
            planner.search(Part.of(run, unsplit, _UNSPLIT))
        if run.best is None or not run.should_stop():
            self._search_pieces(run, planner)

    def _search_pieces(self, run: Run, planner: Solver) -> None:
        is_good = run.report is not None and run.report.feasible
        plan = run.best if is_good else None
        with run.setting_up():
            pieces = Pieces(run.problem, plan)
        part = Part.of(run, pieces.whole, 1.0, pieces.merged)
        if plan is not None:
            part.offer(pieces.parted(plan))
        planner.search(part)
        run.stop_reason = run.stop_reason or part.stop_reason


def _unsplit(problem: Problem) -> Problem:
    """The problem with every delivery in one piece."""
    return problem.replace(clients=tuple(replace(c, splittable=False) for c in problem.clients))


def _planner(problem: Problem) -> Solver:
    """The solver for problems without splits that have the other attributes of this one."""
    is_rich = problem.attributes() <= rich.SUPPORTED | {Attribute.SPLIT_DELIVERY}
    return get_solver("ruin" if is_rich else "ortools")
