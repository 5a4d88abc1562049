"""The steps of a learned policy for one plan: what is allowed, how it scores, what is taken.

The same as `neural.environment` and `neural.policies.biased` do with tensors, for clients
that are left alone: a plan of n clients takes n steps of dozens of tensor operations, each
of which takes longer to begin than this takes in all.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routewright.travel import IntArray

from . import kernel
from .random import uniform

RealArray = NDArray[np.float32]

# Columns of `PolicyProblem.limits`.
(
    DEPOTS,
    CAPACITY,
    MAX_DISTANCE,
    UNIT_COST,
    FIXED_COST,
    IS_OPEN,
    IS_SINGLE,
    TIMED,
    OPTIONAL,
    SPLITS,
) = range(10)
NUM_LIMITS = 10

# Columns of `PolicyState.at`.
(
    CURRENT,
    ORIGIN,
    UNDECIDED,
    PEAK,
    PICKED,
    TIME,
    DISTANCE,
    BACKHAULS,
    COST,
    FINISHED,
    LEFT,
    LEFT_REQUIRED,
    STEPS,
) = range(13)
NUM_AT = 13

#: Features of a partial plan, and of a step to a node, as in `neural.policies.biased`.
FEATURES, STEP_FEATURES = 9, 5


class PolicyProblem(NamedTuple):
    """The problem as the environment has it; M nodes, D depots first, all integers.

    Parameters
    ----------
    limits
        (NUM_LIMITS,), see the columns.
    distance, duration
        (M, M).
    home_distance, home_duration
        (D, M): the way to every depot, zero where routes are open.
    delivery, pickup, early, late, service, prize
        (M,).
    required, splittable, linehaul_first
        (M,), 0 or 1; the last of clients that come before any pickup.
    departure, closing
        (D,): when vehicles leave, and have to be back.
    servable
        (D, M), 0 or 1: whether a route from there to that client alone is feasible.
    """

    limits: IntArray
    distance: IntArray
    duration: IntArray
    home_distance: IntArray
    home_duration: IntArray
    delivery: IntArray
    pickup: IntArray
    early: IntArray
    late: IntArray
    service: IntArray
    prize: IntArray
    required: IntArray
    splittable: IntArray
    linehaul_first: IntArray
    departure: IntArray
    closing: IntArray
    servable: IntArray


class PolicyNetwork(NamedTuple):
    """What the encoder gave for the problem, and the weights of the decoder, all float32.

    Parameters
    ----------
    overall
        (d,) part of the query that no step changes.
    here, origin
        (M, d), (D, d): parts by the current node, and by the depot of the route.
    keys, values, pointer
        (M, d); the heads of keys and values side by side.
    ways
        (M, 2 M): costs of arcs, and their logarithms.
    home
        (D, M): costs of the way to every depot.
    time, early, late
        (M, M), (M,), (M,): in units of time.
    scale, shift
        (FEATURES,) of the state.
    of_state, of_query, of_steps, steps_shift
        (d, FEATURES), (d, d), (STEP_FEATURES, d), (STEP_FEATURES,): weights.
    clip
        (1,): largest logit.
    """

    overall: RealArray
    here: RealArray
    origin: RealArray
    keys: RealArray
    values: RealArray
    pointer: RealArray
    ways: RealArray
    home: RealArray
    time: RealArray
    early: RealArray
    late: RealArray
    scale: RealArray
    shift: RealArray
    of_state: RealArray
    of_query: RealArray
    of_steps: RealArray
    steps_shift: RealArray
    clip: RealArray


class PolicyState(NamedTuple):
    """One partial plan, and room to work in.

    Parameters
    ----------
    at
        (NUM_AT,) int64, see the columns.
    rng
        (1,) uint64.
    visited, remaining
        (M,) int64: what cannot be visited any more, and what is still to be brought.
    allowed
        (M,) int64: nodes that may come next.
    query, glimpse, asked
        (d,) float32.
    features, step_weights
        (FEATURES,), (STEP_FEATURES,) float32.
    attention
        (M, heads) float32.
    score
        (M,) float32.
    actions
        (T,) int64: the steps so far.
    """

    at: IntArray
    rng: IntArray
    visited: IntArray
    remaining: IntArray
    allowed: IntArray
    query: RealArray
    glimpse: RealArray
    asked: RealArray
    features: RealArray
    step_weights: RealArray
    attention: RealArray
    score: RealArray
    actions: IntArray


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
        take_step(p, s, s.allowed[chosen])
    return at[FINISHED]


@kernel
def run_policy_start(p, s, first):
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
    if at[LEFT] > 0:
        at[FINISHED] = 0
    if first >= 0:
        depot = -1
        for d in range(depots):
            closer = depot < 0 or p.distance[d, first] < p.distance[depot, first]
            if p.servable[d, first] and closer:
                depot = d
        depot = max(depot, 0)
        at[CURRENT] = at[ORIGIN] = depot
        at[UNDECIDED] = 0
        at[TIME] = p.departure[depot]
        s.actions[at[STEPS]] = depot
        at[STEPS] += 1
        take_step(p, s, first)


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
def take_step(p, s, node):
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
        serve(p, s, node)
        at[DISTANCE] += way
    at[CURRENT] = node
    s.actions[at[STEPS]] = node
    at[STEPS] += 1


@kernel
def serve(p, s, node):
    """Bring and pick up what a client asks for, as far as the vehicle can take it."""
    at = s.at
    brought = s.remaining[node]
    if p.splittable[node]:
        brought = min(brought, p.limits[CAPACITY] - at[PEAK])
    s.remaining[node] -= brought
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


@kernel
def score_allowed(p, net, s, count):
    """Logits of the allowed nodes: a glimpse over them, pointers, and what the step costs."""
    ask(p, net, s, count)
    attend(net, s, count)
    width = len(s.query)
    for k in range(width):
        s.asked[k] = s.glimpse[k] + dot(net.of_query, k, s.query)
    at, clip = s.at, net.clip[0]
    i, nodes = at[CURRENT], len(p.delivery)
    home = at[ORIGIN] if p.limits[DEPOTS] > 1 else 0
    now = np.float32(at[TIME]) * net.scale[2]
    w = s.step_weights
    for a in range(count):
        j = s.allowed[a]
        logit = clip * math.tanh(dot(net.pointer, j, s.asked))
        logit += w[0] * net.ways[i, j] + w[1] * net.ways[i, nodes + j] + w[2] * net.home[home, j]
        if p.limits[TIMED]:
            arrival = now + net.time[i, j]
            logit += w[3] * max(net.early[j] - arrival, 0.0)
            logit += w[4] * math.log1p(min(max(net.late[j] - arrival, 0.0), 100.0))
        s.score[a] = logit


@kernel
def ask(p, net, s, count):
    """The query of the partial plan, and how it weighs the features of a step."""
    at, features, depots = s.at, s.features, p.limits[DEPOTS]
    values = (PEAK, PICKED, TIME, DISTANCE, DISTANCE)
    for k in range(5):
        features[k] = at[values[k]]
    features[5] = at[CURRENT] < depots
    features[6] = at[UNDECIDED]
    features[7] = at[BACKHAULS]
    features[8] = count
    for k in range(FEATURES):
        features[k] = features[k] * net.scale[k] + net.shift[k]
    for k in range(len(s.query)):
        total = net.overall[k] + net.here[at[CURRENT], k]
        if depots > 1:
            total += net.origin[at[ORIGIN], k]
        s.query[k] = total + dot(net.of_state, k, features)
    for k in range(STEP_FEATURES):
        s.step_weights[k] = net.steps_shift[k] + dot(net.of_steps, k, s.query)


@kernel
def attend(net, s, count):
    """The glimpse: a softmax over the allowed nodes for every head, and the mean of values."""
    width, heads = len(s.query), s.attention.shape[1]
    size = width // heads
    for a in range(count):
        j = s.allowed[a]
        for h in range(heads):
            s.attention[a, h] = part_dot(net.keys, j, s.query, h * size, size)
    for h in range(heads):
        most = s.attention[0, h]
        for a in range(1, count):
            most = max(most, s.attention[a, h])
        total = np.float32(0.0)
        for a in range(count):
            s.attention[a, h] = math.exp(s.attention[a, h] - most)
            total += s.attention[a, h]
        for a in range(count):
            s.attention[a, h] /= total
    s.glimpse[:] = 0.0
    for a in range(count):
        j = s.allowed[a]
        for h in range(heads):
            share = s.attention[a, h]
            for k in range(h * size, (h + 1) * size):
                s.glimpse[k] += share * net.values[j, k]


@kernel(reorder=True)
def dot(matrix, row, vector):
    """Product of a row of a matrix with a vector."""
    total = np.float32(0.0)
    for k in range(len(vector)):
        total += matrix[row, k] * vector[k]
    return total


@kernel(reorder=True)
def part_dot(matrix, row, vector, begin, size):
    """Product of parts of a row and of a vector."""
    total = np.float32(0.0)
    for k in range(begin, begin + size):
        total += matrix[row, k] * vector[k]
    return total


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


def new_policy_state(nodes: int, width: int, heads: int, steps: int) -> PolicyState:
    """Return room for a plan with at most so many steps."""
    whole, real = np.int64, np.float32
    return PolicyState(
        at=np.zeros(NUM_AT, whole),
        rng=np.ones(1, np.uint64),
        visited=np.zeros(nodes, whole),
        remaining=np.zeros(nodes, whole),
        allowed=np.zeros(nodes, whole),
        query=np.zeros(width, real),
        glimpse=np.zeros(width, real),
        asked=np.zeros(width, real),
        features=np.zeros(FEATURES, real),
        step_weights=np.zeros(STEP_FEATURES, real),
        attention=np.zeros((nodes, heads), real),
        score=np.zeros(nodes, real),
        actions=np.zeros(steps, whole),
    )


def no_policy() -> tuple[PolicyProblem, PolicyNetwork]:
    """Return a problem with one depot and nothing else, and a network that is zero."""
    whole, real = np.int64, np.float32
    matrices = {"distance", "duration", "home_distance", "home_duration", "servable"}
    problem = {f: np.zeros((1, 1) if f in matrices else 1, whole) for f in PolicyProblem._fields}
    problem["limits"] = np.zeros(NUM_LIMITS, whole)
    problem["limits"][DEPOTS] = 1
    rows = {"here", "origin", "keys", "values", "pointer", "home", "time", "of_query"}
    network = {f: np.zeros((1, 1) if f in rows else 1, real) for f in PolicyNetwork._fields}
    network["ways"] = np.zeros((1, 2), real)
    network["scale"], network["shift"] = np.zeros(FEATURES, real), np.zeros(FEATURES, real)
    network["of_state"] = np.zeros((1, FEATURES), real)
    network["of_steps"] = np.zeros((STEP_FEATURES, 1), real)
    network["steps_shift"] = np.zeros(STEP_FEATURES, real)
    return PolicyProblem(**problem), PolicyNetwork(**network)
