"""Making a plan for other clients one for these: what is missing goes where it is cheapest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from routewright.arrays import ProblemArrays
from routewright.errors import UnsupportedError
from routewright.problem import Problem
from routewright.solution import Solution
from routewright.travel import IntArray

from .fleet import Plan
from .kernels.insertion import Prefixes, new_prefixes, run_insertion, run_route
from .savings import Savings
from .warmup import prepare

_KERNELS = ("run_route", "run_insertion")


def why_not_repaired(problem: Problem) -> str:
    """Say what of a problem the repair cannot handle; empty if nothing."""
    return ", ".join(sorted(Savings().unsupported(problem)))


def repaired(problem: Problem, routes: Sequence[tuple[int, Sequence[int]]]) -> Solution:
    """Return a plan with these routes, and with every other client that finds a place.

    The farthest clients are inserted first, each where it adds least to the cost, into a
    route of its own if need be.

    Parameters
    ----------
    problem
        A problem that the repair can handle, see `why_not_repaired`.
    routes
        Vehicle types, and clients to visit in this order. Of a route that breaks a rule of
        this problem the longest feasible beginning is kept.

    Raises
    ------
    UnsupportedError
        If the repair cannot handle the problem, by name.
    """
    if reason := why_not_repaired(problem):
        raise UnsupportedError("the repair of plans", [reason])
    prepare(_KERNELS)
    p = problem.arrays()
    w = new_prefixes(p)
    kept = list[list[int]]()
    types = list[int]()
    used = np.zeros(p.num_types, dtype=np.int64)
    for k, clients in routes:
        if 0 <= k < p.num_types and used[k] < p.num_available[k]:
            nodes = _feasible(p, w, [problem.num_depots + c for c in clients], k)
            if nodes:
                kept.append(nodes)
                types.append(k)
                used[k] += 1
    plan = Plan.of(kept, np.array(types, dtype=np.int64))
    missing = np.setdiff1d(np.arange(p.num_depots, p.num_depots + p.num_clients), plan.visits)
    far = _farness(problem, missing)
    for node in missing[np.argsort(-far, kind="stable")].tolist():
        plan = _inserted(p, w, plan, node)
    return plan.solution(problem)


def _farness(problem: Problem, nodes: IntArray) -> IntArray:
    """Distance of nodes from the nearest depot where routes start."""
    p, travel = problem.arrays(), problem.travels[0]
    starts = np.unique(np.maximum(p.start_depot, 0))
    there = p.location[nodes]
    distances = [travel.distances(np.full(len(there), p.location[d]), there) for d in starts]
    nearest: IntArray = np.min(distances, axis=0)
    return nearest


def _feasible(p: ProblemArrays, w: Prefixes, nodes: list[int], k: int) -> list[int]:
    """The longest beginning of a route that a vehicle of type k can run."""
    while nodes and run_route(p, w, np.array(nodes, dtype=np.int64), k) < 0:
        nodes = nodes[:-1]
    return nodes


def _inserted(p: ProblemArrays, w: Prefixes, plan: Plan, node: int) -> Plan:
    """The plan with one more client, or as it is if there is no place for it."""
    used = np.bincount(plan.vehicle_type, minlength=p.num_types)
    spare = np.flatnonzero(used < p.num_available)
    start = np.append(plan.start, np.full(len(spare), plan.start[-1]))
    types = np.append(plan.vehicle_type, spare)
    _, into, position = run_insertion(p, w, plan.visits, start, types, node, -1)
    if into < 0:
        return plan
    visits = np.insert(plan.visits, start[into] + position, node)
    start[into + 1 :] += 1
    used_rows = np.diff(start) > 0
    return Plan(
        visits, np.concatenate([[0], np.cumsum(np.diff(start)[used_rows])]), types[used_rows]
    )
