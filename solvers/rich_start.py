"""The first plan of the general search: by insertion, and by savings where they can make one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from routewright.problem import BackhaulPolicy
from routewright.relaxed import with_any_number_of_vehicles
from routewright.stop import MaxIterations, MaxRuntime
from routewright.travel import IntArray

from .base import Run
from .fleet import Plan, fit_fleet
from .kernels import rich_columns as at
from .kernels.rich_search import run_insert
from .savings import Builder, Savings

if TYPE_CHECKING:
    from .rich import RichEngine

#: Kernels to compile before the clock runs.
KERNELS = Savings.kernels
#: Clients per second of the time limit above which savings would take too much of it.
_MOST_PER_SECOND = 2000
#: Share of the time limit for dissolving short routes of savings into others.
_FITTING = 0.05


def first_plan(engine: RichEngine, seconds: float) -> Plan:
    """Return the best of some plans, to which every client was added where it costs least.

    That begins with no route at all, and with those that savings make: which of the two is
    better depends on the problem, and in large ones the search needs long to make up for it.

    Parameters
    ----------
    engine
        The engine of the problem.
    seconds
        Time limit of the whole run.
    """
    p, worker = engine.p, engine.worker((0,))
    clients = np.arange(p.num_depots, len(p.node), dtype=np.int64)
    nothing = Plan.of([], np.zeros(0, dtype=np.int64))
    starts = [(nothing, upgrades) for upgrades in range(2 if p.num_types > 1 else 1)]
    if engine.problem.num_clients <= _MOST_PER_SECOND * seconds:
        starts += [(plan, 0) for plan in _by_savings(engine, seconds)]
    plans = []
    for plan, upgrades in starts:
        worker.load(plan, np.setdiff1d(clients, plan.visits), engine.vehicles)
        absent = np.setdiff1d(clients, worker.plan().visits)
        run_insert(p, worker.s, _ordered(engine, absent), upgrades)
        plans.append((worker.best_energy, worker.best_plan()))
    return min(plans, key=lambda pair: pair[0])[1]


def _by_savings(engine: RichEngine, seconds: float) -> Iterator[Plan]:
    """Yield a plan by savings, if need be of a problem with fewer rules.

    Routes that break a rule of the engine's problem are dropped when the plan is loaded.
    """
    problem = engine.problem
    if Savings().unsupported(problem):
        problem = with_any_number_of_vehicles(problem).replace(backhaul=BackhaulPolicy.MIXED)
    if Savings().unsupported(problem):
        return
    builder = Builder(problem)
    builder.construct(1.0)
    stop = MaxIterations(1) if math.isinf(seconds) else MaxRuntime(_FITTING * seconds)
    plan = fit_fleet(Run(problem, stop), builder.plan(), builder.limit)
    yield engine.adopt(plan.solution(problem))


def _ordered(engine: RichEngine, clients: IntArray) -> IntArray:
    """Units, those first that are farthest from any depot."""
    node = engine.p.node[clients]
    units = clients[(node[:, at.PARTNER] < 0) | (node[:, at.IS_PICKUP] > 0)]
    far = engine.p.alone.min(axis=0)[units]
    ranked: IntArray = units[np.argsort(-far, kind="stable")]
    return ranked
