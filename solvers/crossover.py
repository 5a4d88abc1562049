"""Crossover: a child of two plans, by order with Split or by exchange of routes.

References
----------
Prins, C. (2004). A simple and effective evolutionary algorithm for the vehicle routing
problem. *Computers & Operations Research*, 31(12).
Nagata, Y., & Braysy, O. (2010). A memetic algorithm for the vehicle routing problem with
time windows. *INFORMS Journal on Computing*, 22(1) (selective route exchange: 2009,
with Dullaert, C&OR 37(4)).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from routewright.travel import CoordinateTravel, FloatArray, IntArray

from .fleet import Plan
from .kernels.split import run_split
from .penalty import PenaltyWorker
from .rich import RichEngine

#: A route of a plan, and which clients of it are wanted (None: all).
_Part = tuple[Plan, int, npt.NDArray[np.bool_] | None]


def angles_around_depot(engine: RichEngine) -> FloatArray | None:
    """Coordinates of the nodes relative to their mean, or None where there are none."""
    travel = engine.problem.travels[0]
    if not isinstance(travel, CoordinateTravel):
        return None
    places = engine.problem.arrays().location
    points: FloatArray = travel.coordinates[places][:, :2].astype(np.float64)
    center = points[: engine.p.num_depots].mean(axis=0)
    relative: FloatArray = points - center
    return relative


def giant_tour(plan: Plan, num_depots: int, points: FloatArray | None) -> IntArray:
    """Clients of a plan, route after route, by the angle at which the routes lie."""
    routes = [plan.route(r) for r in range(len(plan.vehicle_type))]
    routes = [route[route >= num_depots] for route in routes]
    if points is not None and routes:
        middles = np.array([points[route].mean(axis=0) for route in routes])
        order = np.argsort(np.arctan2(middles[:, 1], middles[:, 0]), kind="stable")
        routes = [routes[r] for r in order.tolist()]
    return np.concatenate(routes) if routes else np.zeros(0, dtype=np.int64)


def ordered_crossover(a: IntArray, b: IntArray, size: int, rng: np.random.Generator) -> IntArray:
    """A stretch of tour ``a`` in its place, the rest in the order of tour ``b``.

    Parameters
    ----------
    a, b
        Giant tours; what only ``b`` visits is visited as well.
    size
        Number of nodes.
    rng
        Random numbers.
    """
    n = len(a)
    if n == 0:
        return b
    begin, length = int(rng.integers(n)), int(rng.integers(1, max(2, n)))
    stretch = a[(begin + np.arange(length)) % n]
    taken = np.zeros(size, dtype=bool)
    taken[stretch] = True
    # b is read from where the stretch ends.
    where = np.flatnonzero(b == stretch[-1])
    shift = int(where[0]) + 1 if len(where) else 0
    rest = np.roll(b, -shift)
    rest = rest[~taken[rest]]
    only_a = np.zeros(size, dtype=bool)
    only_a[a] = True
    only_a[b] = False
    only_a[stretch] = False
    return np.concatenate([stretch, rest, a[only_a[a]]])


def split(worker: PenaltyWorker, tour: IntArray, longest: int) -> Plan:
    """Cut a giant tour into routes, at the weights that the worker was given last."""
    n = len(tour)
    cost, came_from, kinds = (np.zeros(n + 1, dtype=np.int64) for _ in range(3))
    run_split(worker.q, worker.s, tour, longest, cost, came_from, kinds)
    cuts = [n]
    while cuts[-1] > 0:
        cuts.append(int(came_from[cuts[-1]]))
    start = np.array(cuts[::-1], dtype=np.int64)
    return Plan(tour, start, np.ascontiguousarray(kinds[start[1:]]))


def exchange_routes(a: Plan, b: Plan, engine: RichEngine, rng: np.random.Generator) -> Plan:
    """Some routes of ``a`` that lie together, replaced by routes of ``b`` that serve the same.

    Clients that are visited twice are left out in one of the two parents' routes, and
    those that are not visited are for the local search to insert.
    """
    p = engine.p
    own, other = _routes_of(a, len(p.node), p.num_depots), _routes_of(b, len(p.node), p.num_depots)
    seeds = np.flatnonzero(own >= 0)
    if not len(seeds) or not len(b.vehicle_type):
        return a
    seed = int(seeds[rng.integers(len(seeds))])
    near = own[np.concatenate([[seed], p.near[seed]])]
    near = near[near >= 0]
    _, first = np.unique(near, return_index=True)
    together = near[np.sort(first)]
    most = min(len(together), len(b.vehicle_type), max(1, len(a.vehicle_type) - 1))
    removed = together[: int(rng.integers(1, most + 1))]
    gone = np.isin(own, removed)
    shared = np.bincount(other[gone & (other >= 0)], minlength=len(b.vehicle_type))
    sizes = np.bincount(other[other >= 0], minlength=len(b.vehicle_type))
    # Routes of b most of whose clients are free now come first.
    order = np.argsort(-(shared - 0.5 * (sizes - shared)), kind="stable")[: len(removed)]
    order = order[shared[order] > 0]
    kept = np.setdiff1d(np.arange(len(a.vehicle_type)), removed)
    if rng.random() < 0.5:  # what stays in place is left out of the routes that come in
        allowed = gone | (own < 0)
        parts: list[_Part] = [(a, r, None) for r in kept.tolist()]
        parts += [(b, r, allowed) for r in order.tolist()]
    else:
        free = ~np.isin(other, order)
        parts = [(b, r, None) for r in order.tolist()]
        parts += [(a, r, free) for r in kept.tolist()]
    return _joined(parts, p.num_depots)


def _routes_of(plan: Plan, size: int, num_depots: int) -> IntArray:
    """Route of each node, or -1."""
    out = np.full(size, -1, dtype=np.int64)
    owner = np.repeat(np.arange(len(plan.vehicle_type)), np.diff(plan.start))
    out[plan.visits] = owner
    out[:num_depots] = -1
    return out


def _joined(parts: list[_Part], num_depots: int) -> Plan:
    routes, kinds = [], []
    for plan, r, allowed in parts:
        route = plan.route(r)
        if allowed is not None:
            route = route[allowed[route] | (route < num_depots)]
        if (route >= num_depots).any():
            routes.append(route)
            kinds.append(int(plan.vehicle_type[r]))
    start = np.cumsum([0, *map(len, routes)], dtype=np.int64)
    visits = np.concatenate(routes) if routes else np.zeros(0, dtype=np.int64)
    return Plan(visits.astype(np.int64), start, np.array(kinds, dtype=np.int64))
