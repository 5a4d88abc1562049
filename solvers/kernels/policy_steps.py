"""The steps of a learned policy for one plan: what is allowed, how it scores, what is taken.

The same as `neural.environment` and `neural.policies.biased` do with tensors, for clients
that are left alone: a plan of n clients takes n steps of dozens of tensor operations, each
of which takes longer to begin than this takes in all.
"""

from __future__ import annotations

import math

import numpy as np

from routewright.travel import UNLIMITED

from . import kernel
from .policy_scores import count_neighbors, leave_neighbors, score_allowed
from .policy_types import (
    BACKHAULS,
    CAPACITY,
    COST,
    CURRENT,
    DEPOTS,
    DISTANCE,
    FINISHED,
    FIRST,
    FIXED_COST,
    IS_SINGLE,
    LEFT,
    LEFT_DELIVERY,
    LEFT_PICKUP,
    LEFT_REQUIRED,
    MAX_DISTANCE,
    OPTIONAL,
    ORIGIN,
    PEAK,
    PICKED,
    SPLITS,
    STEPS,
    TIME,
    TIMED,
    UNDECIDED,
    UNIT_COST,
)
from .random import uniform


@kernel
def run_policy_steps(p, net, s, steps, temperature):
    """Take up to so many steps, greedy at temperature 0; return 1 once the plan is finished.

    -1 says that no step can be chosen, or that there is no room for more.
    """
    at = s.at
    for _ in range(steps):
        if at[FINISHED]:
            break
        count = list_allowed(p, s)
        if count == 0 or at[STEPS] >= len(s.actions):
            return -1
        score_allowed(p, net, s, count)
        chosen = choose(s, count, temperature)
        if chosen < 0:
            return -1
        take_step(p, net, s, s.allowed[chosen])
    return at[FINISHED]


@kernel
def run_policy_start(p, net, s, first):
    """Begin a plan: empty, or (``first`` >= 0) at the nearest depot and with that client."""
    at = s.at
    depots, nodes = p.limits[DEPOTS], len(p.delivery)
    at[:] = 0
    at[UNDECIDED] = 1 if depots > 1 else 0
    at[TIME] = p.departure[0]
    at[FINISHED] = 1
    for j in range(nodes):
        servable = 0
        if j >= depots:
            for d in range(depots):
                servable |= p.servable[d, j]
        s.visited[j] = 1 - servable
        s.remaining[j] = p.delivery[j]
        at[COST] += p.prize[j]
        at[LEFT] += servable
        at[LEFT_REQUIRED] += servable * p.required[j]
        at[LEFT_DELIVERY] += servable * p.delivery[j]
        at[LEFT_PICKUP] += servable * p.pickup[j]
    count_neighbors(p, net, s)
    if at[LEFT] > 0:
        at[FINISHED] = 0
    if first >= 0:
        depot, nearest = 0, UNLIMITED
        for d in range(depots):
            way = p.distance[d, first] + p.home_distance[d, first]
            if p.servable[d, first] and way < nearest:
                depot, nearest = d, way
        at[CURRENT] = at[ORIGIN] = at[FIRST] = depot
        at[UNDECIDED] = 0
        at[TIME] = p.departure[depot]
        s.actions[at[STEPS]] = depot
        at[STEPS] += 1
        take_step(p, net, s, first)


@kernel
def list_allowed(p, s):
    """Fill ``s.allowed`` with the depots and clients that may come next; return how many."""
    at, count = s.at, 0
    depots = p.limits[DEPOTS]
    for d in range(depots):
        if depot_allowed(p, s, d):
            s.allowed[count] = d
            count += 1
    if at[UNDECIDED] or (p.limits[OPTIONAL] and at[FINISHED]):
        return count
    for j in range(depots, len(p.delivery)):
        if s.visited[j] == 0 and fits(p, at, j):
            s.allowed[count] = j
            count += 1
    return count


@kernel
def depot_allowed(p, s, d):
    """Whether the plan may go to a depot: to begin another route there, or to end."""
    at, depots = s.at, p.limits[DEPOTS]
    optional, single = p.limits[OPTIONAL], p.limits[IS_SINGLE]
    at_depot = at[CURRENT] < depots
    if depots == 1 and not optional and not single:
        return not (at[LEFT] > 0 and at_depot)
    useful = at[LEFT] > 0
    if depots > 1:
        useful = False
        for j in range(depots, len(p.delivery)):
            if s.visited[j] == 0 and p.servable[d, j]:
                useful = True
                break
    useful = useful and not single
    if at[UNDECIDED]:
        return useful
    done = at[LEFT_REQUIRED] == 0 if optional else at[LEFT] == 0
    return (done and (depots == 1 or d == at[ORIGIN])) or (useful and not at_depot)


@kernel
def fits(p, at, j):
    """Whether a client may follow on the current route."""
    capacity, i, home = p.limits[CAPACITY], at[CURRENT], at[ORIGIN]
    if at[PEAK] + p.delivery[j] > capacity and not (p.splittable[j] and at[PEAK] < capacity):
        return False
    if at[PICKED] + p.pickup[j] > capacity:
        return False
    if at[DISTANCE] + p.distance[i, j] + p.home_distance[home, j] > p.limits[MAX_DISTANCE]:
        return False
    if p.linehaul_first[j] and at[BACKHAULS]:
        return False
    if p.limits[TIMED]:
        begin = max(at[TIME] + p.duration[i, j], p.early[j])
        back = begin + p.service[j] + p.home_duration[home, j]
        return begin <= p.late[j] and back <= p.closing[home]
    return True


@kernel
def take_step(p, net, s, node):
    """Move to a node: serve a client, or end the route at a depot and begin another there."""
    at, depots = s.at, p.limits[DEPOTS]
    i, to_depot = at[CURRENT], node < depots
    at_depot = i < depots
    way = p.distance[i, node]
    if to_depot:
        way = 0 if at_depot else p.home_distance[at[ORIGIN] if depots > 1 else node, i]
    at[COST] += way * p.limits[UNIT_COST]
    if to_depot:
        stops = at[LEFT] == 0 or (p.limits[OPTIONAL] and at_depot) or p.limits[IS_SINGLE]
        if stops and not at[UNDECIDED]:
            at[FINISHED] = 1
        at[PEAK] = at[PICKED] = at[DISTANCE] = at[BACKHAULS] = at[UNDECIDED] = 0
        at[TIME] = p.departure[node]
        at[ORIGIN] = node
    else:
        at[COST] -= p.prize[node]
        if at_depot:
            at[COST] += p.limits[FIXED_COST]
        serve(p, net, s, node)
        at[DISTANCE] += way
    if to_depot or at_depot:
        at[FIRST] = node
    at[CURRENT] = node
    s.actions[at[STEPS]] = node
    at[STEPS] += 1


@kernel
def serve(p, net, s, node):
    """Bring and pick up what a client asks for, as far as the vehicle can take it."""
    at = s.at
    brought = s.remaining[node]
    if p.splittable[node]:
        brought = min(brought, p.limits[CAPACITY] - at[PEAK])
    s.remaining[node] -= brought
    at[LEFT_DELIVERY] -= brought
    at[PICKED] += p.pickup[node]
    at[PEAK] = max(at[PEAK] + brought, at[PICKED])
    if p.pickup[node] > 0:
        at[BACKHAULS] = 1
    begin = max(at[TIME] + p.duration[at[CURRENT], node], p.early[node])
    at[TIME] = begin + p.service[node]
    if s.remaining[node] == 0 or not p.limits[SPLITS]:
        s.visited[node] = 1
        at[LEFT] -= 1
        at[LEFT_REQUIRED] -= p.required[node]
        at[LEFT_PICKUP] -= p.pickup[node]
        leave_neighbors(net, s, node)


@kernel
def choose(s, count, temperature):
    """Index of the best score, or of one drawn by the Gumbel trick; -1 if none is a number."""
    best, most = -1, -np.inf
    for a in range(count):
        value = np.float64(s.score[a])
        if temperature > 0.0:
            value = value / temperature - math.log(-math.log(uniform(s.rng) + 1e-300) + 1e-300)
        if value > most:
            best, most = a, value
    return best
