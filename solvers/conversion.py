"""Plans of the general search to solutions and back.

The search knows one type for all vehicle types that differ in name alone; a solution
names them, in the order of the problem, as far as there are vehicles.
"""

from __future__ import annotations

import numpy as np

from routewright.solution import Route, Solution

from .fleet import Plan
from .rich import RichEngine


def plan_of(engine: RichEngine, solution: Solution) -> Plan:
    """Return a solution as a plan of the search."""
    first = engine.problem.num_depots
    kind_of = {k: i for i, members in enumerate(engine.members) for k in members}
    routes = []
    for route in solution.routes:
        visits: list[int] = []
        for t, trip in enumerate(route.trips):
            visits += [route.reloads[t - 1]] if t else []
            visits += [first + c for c in trip]
        routes.append(visits)
    kinds = [kind_of[route.vehicle_type] for route in solution.routes]
    return Plan.of(routes, np.array(kinds, dtype=np.int64))


def solution_of(engine: RichEngine, plan: Plan) -> Solution:
    """Return a plan of the search as a solution."""
    first, types = engine.problem.num_depots, engine.problem.vehicle_types
    left = [[[k, types[k].count] for k in members] for members in engine.members]
    routes = []
    for r, kind in enumerate(plan.vehicle_type.tolist()):
        trips: list[list[int]] = [[]]
        reloads: list[int] = []
        for v in plan.route(r).tolist():
            if v < first:
                reloads.append(v)
                trips.append([])
            else:
                trips[-1].append(v - first)
        while len(left[kind]) > 1 and left[kind][0][1] == 0:
            del left[kind][0]
        k, count = left[kind][0]
        if count is not None:
            left[kind][0][1] = (count or 0) - 1
        routes.append(Route(k or 0, tuple(map(tuple, trips)), tuple(reloads)))
    return Solution(routes)
