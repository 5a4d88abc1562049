"""Plans by savings that prefer the edges of a trained scorer, and ruin and recreate from the best.

Like the solver `neural`, but the network says of edges how likely they are, once, and
savings make the plans. The search then looks at likely neighbors first: around a client, it
takes strings out of the routes of those, and it tries to move clients beside them. Whether
that pays is measured in the benchmarks.
"""

from __future__ import annotations

from routewright.attributes import Attribute
from routewright.facade import constructible_attributes, load_scorer, why_not_scored
from routewright.problem import Problem

from .base import Run
from .ruin import Ruin
from .savings import Savings
from .seeds import savings_plans, scored_weights
from .warmup import prepare

#: Plans by savings.
_PLANS = 8
#: No other plan is begun after this share of the time.
_SHARE = 0.2


class Edges(Ruin):
    """Begins with savings; `model` or `routewright models use` chooses the scorer."""

    name = "edges"
    summary = "learned edge scorer: savings that prefer its edges, then ruin and recreate"
    seeded = False
    scorer = ""
    supported = Savings.supported & constructible_attributes()

    def unsupported(self, problem: Problem) -> frozenset[Attribute]:
        """Return what savings, or the scorer, cannot handle."""
        return super().unsupported(problem) | Savings().unsupported(problem)

    def refusal(self, problem: Problem) -> str:
        """Say why the scorer cannot read the problem; empty if it can."""
        return why_not_scored(problem)

    def search(self, run: Run) -> None:
        """Have plans made by savings, and search from the best."""
        with run.compiling():  # loading torch and the scorer is not part of the search
            load_scorer(self.scorer)
            prepare(Savings.kernels)
        if not run.should_stop():
            self.preference = weights = scored_weights(run.problem, self.scorer)
            late = _SHARE * run.stop.time_limit

            def is_late() -> bool:
                return run.interrupt.is_set() or run.elapsed > late

            for plan in savings_plans(run.problem, _PLANS, run.seed, weights, is_late):
                run.offer(plan)
        super().search(run)
