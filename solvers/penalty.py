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
from .kernels.penalty_types import PenaltyRules, new_penalty_state
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

    @property
    def feasible(self) -> bool:
        """Whether it breaks no rule."""
        return self.broken == 0


def penalty_rules(engine: RichEngine) -> PenaltyRules:
    """Lay out a problem for the penalized search."""
    p, used, first = engine.p, engine.problem.attributes(), engine.p.num_depots
    dist, dur, bad_arc = _arcs(p)
    one_profile, same_unit = (
        len(np.unique(p.kind[:, column])) == 1 for column in (at.PROFILE, at.PER_DISTANCE)
    )
    return PenaltyRules(
        num_depots=first,
        num_clients=len(p.node) - first,
        num_dims=p.num_dims,
        num_types=p.num_types,
        num_groups=len(p.group_required),
        required_groups=int(p.group_required.sum()),
        backhaul=p.backhaul,
        timed=p.timed,
        many_windows=p.many_windows,
        paired=p.paired,
        scan=int(bool(p.many_windows or p.paired or p.backhaul)),
        limited=int(not p.may_serve.all()),
        deliveries_only=int(not p.change.any()),
        released=int(bool(p.node[:, at.RELEASE].any())),
        reloads=int(bool((p.kind[:, at.MAX_RELOADS] > 0).any())),
        optional=int(not p.node[first:, at.REQUIRED].all()),
        fleet=int(p.num_types > 1),
        directed=int(A.ASYMMETRIC in used or A.UNREACHABLE in used),
        one_profile=int(one_profile),
        uniform=int(one_profile and same_unit),
        bad_arc=bad_arc,
        change=on.DELIVERY + p.num_dims,
        node=_nodes(p),
        kind=np.ascontiguousarray(np.hstack([p.kind, p.capacity])),
        dist=np.ascontiguousarray(dist),
        dur=np.ascontiguousarray(dur),
        windows=_windows(p),
        may_serve=p.may_serve,
        reload_depots=_reload_depots(p),
        near=np.ascontiguousarray(p.near[:, :_NEAR], dtype=np.int32),
    )


def _arcs(p: RichProblem) -> tuple[IntArray, IntArray, int]:
    """Distances, durations, and the distance that stands for an arc that is missing."""
    exists = (p.dist < UNREACHABLE) & (p.dur < UNREACHABLE)
    bad_arc = max(4 * int(p.dist[exists].max()) * (len(p.node) + 2), 1 << 20)
    if exists.all():
        return p.dist, p.dur, bad_arc
    return np.where(exists, p.dist, bad_arc), np.where(exists, p.dur, 0), bad_arc


def _nodes(p: RichProblem) -> IntArray:
    """Columns of the general search, then groups, windows, and loads."""
    group = p.node[:, at.GROUP]
    required = np.zeros(len(group), dtype=np.int64)
    required[group >= 0] = p.group_required[group[group >= 0]]
    columns = [p.node, required[:, None], np.diff(p.window_start)[:, None], p.delivery, p.change]
    return np.ascontiguousarray(np.hstack(columns), dtype=np.int64)


def _windows(p: RichProblem) -> IntArray:
    count = np.diff(p.window_start)
    out = np.zeros((len(count), 2 * int(count.max())), dtype=np.int64)
    row = np.repeat(np.arange(len(count)), count)
    column = np.arange(len(row)) - p.window_start[row]
    out[row, 2 * column], out[row, 2 * column + 1] = p.window_early, p.window_late
    return out


def _reload_depots(p: RichProblem) -> IntArray:
    count = np.diff(p.reload_start)
    out = np.zeros((len(count), 1 + int(count.max())), dtype=np.int64)
    out[:, 0] = count
    row = np.repeat(np.arange(len(count)), count)
    out[row, 1 + np.arange(len(row)) - p.reload_start[row]] = p.reload_depots
    return out


class PenaltyWorker:
    """One search with penalties; it keeps nothing from one plan to the next.

    Parameters
    ----------
    rules
        From `penalty_rules`, shared by all workers.
    """

    def __init__(self, rules: PenaltyRules) -> None:
        self.q, self.s = rules, new_penalty_state(rules)

    def load(self, plan: Plan, weight: npt.NDArray[np.int64], seed: int) -> None:
        """Start from a plan, with the weights of penalties, in 1/256 of a unit of cost."""
        s = self.s
        s.weight[:] = weight
        s.rng[0] = np.uint64(seed) | np.uint64(1)
        s.visit[: self.q.num_clients, on.ORDER] = np.arange(self.q.num_depots, len(self.q.node))
        run_penalty_load(self.q, s, plan.visits, plan.start, plan.vehicle_type)

    def descend(self, budget: int) -> bool:
        """Improve the plan for about so many evaluations; whether it is done."""
        return bool(run_descent(self.q, self.s, budget) == DONE)

    def result(self) -> Descended:
        """Return the plan as it is now."""
        s = self.s
        visits = np.zeros(2 * len(s.visit), dtype=np.int64)
        start = np.zeros(len(s.route) + 1, dtype=np.int64)
        kinds = np.zeros(len(s.route), dtype=np.int64)
        n, cost, broken = run_penalty_export(self.q, s, visits, start, kinds)
        plan = Plan(visits[: start[n]].copy(), start[: n + 1].copy(), kinds[:n].copy())
        return Descended(plan, int(cost), int(broken))
