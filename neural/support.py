"""Which problems the environment of the policies can express; needs no torch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from routewright.attributes import Attribute
from routewright.problem import BackhaulPolicy, Problem, VehicleType
from routewright.relaxed import with_any_number_of_vehicles
from routewright.travel import UNLIMITED, IntArray

A = Attribute

#: What the environment knows; beyond it, `why_not` names what else stands in the way.
SUPPORTED = frozenset(
    {
        A.ASYMMETRIC,
        A.BACKHAUL,
        A.CAPACITY,
        A.DEPOT_SERVICE,
        A.DEPOT_WINDOWS,
        A.DISTANCE_COSTS,
        A.FIXED_COSTS,
        A.HETEROGENEOUS_FLEET,
        A.LIMITED_FLEET,
        A.MAX_DISTANCE,
        A.MULTIPLE_DEPOTS,
        A.OPEN_ROUTES,
        A.OPTIONAL_CLIENTS,
        A.PICKUP,
        A.SERVICE,
        A.SPLIT_DELIVERY,
        A.TIME_WINDOWS,
    }
)

#: Clients that an edge scorer reads at most: it looks at every pair once (0.5 GB).
MOST_SCORED = 3000


def why_not(problem: Problem) -> str:
    """Say why no policy can plan this problem, beyond its attributes; empty if one can."""
    first = problem.vehicle_types[0]
    neutral = {
        replace(v, id="", start=0, end=None if v.end is None else 0, vehicle_ids=())
        for v in problem.vehicle_types
    }
    starts = [v.start for v in problem.vehicle_types]
    if len(neutral) > 1 or len(set(starts)) < len(starts):
        return "vehicle types that differ in more than the depot they start from"
    if first.start is None or any(v.end not in (None, v.start) for v in problem.vehicle_types):
        return "routes that do not begin at a depot, or end at another one"
    if problem.backhaul is BackhaulPolicy.LINEHAUL_REQUIRED:
        return "a linehaul required in every route"
    if first.count is not None and first.count < problem.num_clients:
        return _of_one_vehicle(problem, first)
    return _unservable(problem)


def why_not_scored(problem: Problem) -> str:
    """Say why no edge scorer can read a problem; empty if one can."""
    if problem.num_clients > MOST_SCORED:
        return f"more than {MOST_SCORED:,} clients"
    return ", ".join(sorted(problem.attributes() - SUPPORTED)) or why_not(readable(problem))


def readable(problem: Problem) -> Problem:
    """Return the problem as the features can read it: vehicles without number if need be.

    For scores of edges, which promise nothing of a fleet.
    """
    if not why_not(problem):
        return problem
    return with_any_number_of_vehicles(problem)


def _of_one_vehicle(problem: Problem, vehicle: VehicleType) -> str:
    """A single vehicle can be planned where no order of the required clients is a dead end."""
    if vehicle.count != 1 or len(problem.vehicle_types) > 1:
        return "a limited number of vehicles (other than one)"
    required = [c for c in problem.clients if c.required]
    if not required:
        return ""
    bound = vehicle.max_distance < UNLIMITED or problem.depots[vehicle.start or 0].window != (
        0,
        UNLIMITED,
    )
    bound |= any(c.windows != ((0, UNLIMITED),) for c in required)
    bound |= problem.backhaul is not BackhaulPolicy.MIXED
    total = sum(sum(c.delivery) + sum(c.pickup) for c in problem.clients)
    bound |= any(total > q for q in vehicle.capacity)
    return "one vehicle that is limited and has to visit required clients" if bound else ""


def _unservable(problem: Problem) -> str:
    """Every required client has to be servable by a route of its own, so that none is left."""
    a = problem.arrays()
    clients = problem.num_depots + np.arange(problem.num_clients)
    alone = np.zeros(problem.num_clients, dtype=bool)
    for k in range(a.num_types):
        alone |= _served_alone(problem, k, clients)
    lonely = np.flatnonzero(~alone & (a.required[clients] == 1))
    if not len(lonely):
        return ""
    names = ", ".join(problem.clients[c].id for c in lonely[:5])
    more = f" and {len(lonely) - 5} more" if len(lonely) > 5 else ""
    return f"clients that no route of their own can serve ({names}{more})"


def _served_alone(problem: Problem, k: int, clients: IntArray) -> np.ndarray:
    """Whether a vehicle of type k can serve each client and nothing else."""
    a, travel = problem.arrays(), problem.travels[0]
    depot = int(a.start_depot[k])
    here, there = np.full(len(clients), a.location[depot]), a.location[clients]
    is_closed = int(a.end_depot[k] >= 0)
    length = travel.distances(here, there) + is_closed * travel.distances(there, here)
    begin = a.tw_early[depot] + a.service[depot] + travel.durations(here, there)
    begin = np.maximum(begin, a.tw_early[clients])
    back = begin + a.service[clients] + travel.durations(there, here)
    load = np.maximum(a.delivery[clients], a.pickup[clients])
    least = np.array([c.may_be_split for c in problem.clients], dtype=bool)[:, None] & (load > 0)
    fits: np.ndarray = length <= a.max_distance[k]
    fits &= (np.where(least, 1, load) <= a.capacity[k]).all(axis=1)
    fits &= (begin <= a.tw_late[clients]) & (not is_closed or (back <= a.tw_late[depot]))
    return fits
