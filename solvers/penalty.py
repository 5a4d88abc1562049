"""The penalized local search: plans that may break rules at a price."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routewright.attributes import Attribute
from routewright.travel import UNREACHABLE, IntArray

from .fleet import Plan
from .kernels import penalty_columns as on
from .kernels import rich_columns as at
from .kernels.penalty_routes import run_penalty_export, run_penalty_load
from .kernels.penalty_search import DONE, run_descent
from .kernels.penalty_types import PenaltyRules, PenaltyState
from .kernels.rich_types import RichProblem
from .rich import RichEngine

A = Attribute

#: Clients beside which one is moved.
_NEAR = 30


class Descended(NamedTuple):
    """A plan that the penalized search ended with.

    Parameters
    ----------
    plan
        Its routes.
    cost
        Its cost, penalties included, in internal units.
    broken
        Bits of the rules that it breaks; 0 if it is feasible.
    """

    plan: Plan
    cost: int
    broken: int


def penalty_rules(engine: RichEngine) -> PenaltyRules:
    """Lay out a problem for the penalized search."""
    p, used = engine.p, engine.problem.attributes()
    units = p.kind[:, at.PER_DISTANCE]
    one_profile = len(np.unique(p.kind[:, at.PROFILE])) == 1
    first = p.num_depots
    optional = not p.node[first:, at.REQUIRED].all()
    scan = p.many_windows or p.paired or p.backhaul
    longest = 1 << 20
    if p.dense:
        finite = p.dist[p.dist < UNREACHABLE]
        longest = int(finite.max()) if finite.size else 1
    return PenaltyRules(
        scan=int(bool(scan)),
        limited=int(not p.may_serve.all()),
        deliveries_only=int(not p.change.any()),
        released=int(bool(p.node[:, at.RELEASE].any())),
        reloads=int(bool((p.kind[:, at.MAX_RELOADS] > 0).any())),
        optional=int(optional),
        fleet=int(p.num_types > 1),
        directed=int(A.ASYMMETRIC in used or A.UNREACHABLE in used),
        one_profile=int(one_profile),
        uniform=int(one_profile and len(np.unique(units)) == 1),
        bad_arc=max(4 * longest * (len(p.node) + 2), 1 << 20),
        near=np.ascontiguousarray(p.near[:, :_NEAR], dtype=np.int32),
    )


def new_penalty_state(p: RichProblem) -> PenaltyState:
    """Return arrays for one search, without a plan."""
    n, dims = len(p.node), p.num_dims
    slots = n - p.num_depots + 2 + p.num_types

    def ints(*shape: int) -> IntArray:
        return np.zeros(shape, dtype=np.int64)

    return PenaltyState(
        visit=ints(n, on.VISIT_COLUMNS),
        before=ints(n, 5),
        behind=ints(n, 5),
        load=ints(n, dims, 6),
        trip=ints(slots, on.TRIP_COLUMNS),
        done=ints(slots, 5),
        rest=ints(slots, 5),
        route=ints(slots, on.ROUTE_COLUMNS),
        used=ints(p.num_types),
        served=ints(len(p.group_required)),
        part=ints(2, 8, 3),
        buffer=ints(2, 2 * n + 8),
        seen=ints(n),
        order=np.arange(p.num_depots, n, dtype=np.int64),
        near_trips=ints(slots + 64),
        best_places=ints(n, 6),
        free_routes=ints(slots + 1),
        free_trips=ints(slots + 1),
        weight=ints(on.W_LOAD + dims),
        ctl=ints(on.CTL_SIZE),
        rng=np.ones(1, dtype=np.uint64),
    )


class PenaltyWorker:
    """One search with penalties; it keeps nothing from one plan to the next.

    Parameters
    ----------
    engine
        The problem.
    rules
        From `penalty_rules`, shared by all workers.
    """

    def __init__(self, engine: RichEngine, rules: PenaltyRules) -> None:
        self.p, self.q = engine.p, rules
        self.s = new_penalty_state(engine.p)

    def load(self, plan: Plan, weight: npt.NDArray[np.int64], seed: int) -> None:
        """Start from a plan, with the weights of penalties, in 1/256 of a unit of cost."""
        s = self.s
        s.weight[:] = weight
        s.rng[0] = np.uint64(seed) | np.uint64(1)
        s.order[:] = np.arange(self.p.num_depots, len(self.p.node))
        run_penalty_load(self.p, self.q, s, plan.visits, plan.start, plan.vehicle_type)

    def descend(self, budget: int) -> bool:
        """Improve the plan for about so many evaluations; whether it is done."""
        return bool(run_descent(self.p, self.q, self.s, budget) == DONE)

    def result(self) -> Descended:
        """Return the plan as it is now."""
        s = self.s
        visits = np.zeros(2 * len(s.visit), dtype=np.int64)
        start = np.zeros(len(s.route) + 1, dtype=np.int64)
        kinds = np.zeros(len(s.route), dtype=np.int64)
        n, cost, broken = run_penalty_export(self.p, s, visits, start, kinds)
        plan = Plan(visits[: start[n]].copy(), start[: n + 1].copy(), kinds[:n].copy())
        return Descended(plan, int(cost), int(broken))
