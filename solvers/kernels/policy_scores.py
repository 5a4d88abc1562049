"""How the steps of a plan score: the decoder of `neural.policies.biased` for one plan."""

from __future__ import annotations

import math

import numpy as np

from . import kernel
from .policy_types import (
    BACKHAULS,
    CAPACITY,
    CURRENT,
    DEPOTS,
    DISTANCE,
    FEATURES,
    FIRST,
    LEFT,
    LEFT_DELIVERY,
    LEFT_PICKUP,
    ORIGIN,
    PEAK,
    PICKED,
    PICKS_LAST,
    REACHES,
    SCALED,
    STEP_FEATURES,
    TIME,
    TIMED,
    UNDECIDED,
)

# Entries of `PolicyNetwork.constants`.
_CLIP, _PER_TIME, _ALONE, _PER_LOG, _BEND, _BENT = range(6)
#: Where in the features of a step the sums over clients begin.
_CROWD = STEP_FEATURES - REACHES - 1


@kernel
def score_allowed(p, net, s, count):
    """Logits of the allowed nodes: a glimpse over them, pointers, and what the step is like."""
    ask(p, net, s, count)
    attend(net, s, count)
    for k in range(len(s.query)):
        s.asked[k] = s.glimpse[k] + dot(net.of_query, k, s.query)
    for k in range(STEP_FEATURES):
        s.weights[k] = net.weigh_shift[k] + dot(net.weigh, k, s.query)
    for k in range(len(s.step_joined)):
        s.step_joined[k] = net.step_shift[k] + dot(net.step_query, k, s.query)
    clip = net.constants[_CLIP]
    for a in range(count):
        j = s.allowed[a]
        logit = clip * math.tanh(dot(net.pointer, j, s.asked))
        look_at_step(p, net, s, j)
        for k in range(STEP_FEATURES):
            logit += s.weights[k] * s.step[k]
        for h in range(len(s.step_joined)):
            joined = s.step_joined[h] + dot(net.step_features, h, s.step)
            logit += net.step_out[h] * max(joined, np.float32(0.0))
        s.score[a] = logit


@kernel
def look_at_step(p, net, s, j):
    """The features of the step to a node, as in `neural.policies.steps`."""
    at, step, nodes = s.at, s.step, len(p.delivery)
    i, capacity = at[CURRENT], p.limits[CAPACITY]
    step[0], step[1] = net.ways[i, j], net.ways[i, nodes + j]
    origin = at[ORIGIN] if p.limits[DEPOTS] > 1 else 0
    step[2], step[10] = net.home[origin, j], net.astray[origin, j]
    step[3] = step[4] = 0.0
    if p.limits[TIMED]:
        arrival = np.float32(at[TIME]) * net.constants[_PER_TIME] + net.time[i, j]
        step[3] = compressed(net, max(net.early[j] - arrival, 0.0))
        step[4] = math.log1p(min(max(net.late[j] - arrival, 0.0), 100.0))
    brought, picked = s.remaining[j], p.pickup[j]
    after = capacity - max(at[PEAK] + brought, at[PICKED] + picked)
    step[5] = max(after, 0) / max(capacity, 1)
    part = max(
        brought / max(capacity - at[PEAK], 1),
        picked / max(capacity - at[PICKED], 1),
    )
    step[6] = min(part, 2.0)
    step[7] = 1.0 if after <= 0 else 0.0
    step[8] = step[9] = 0.0
    to_depot = j < p.limits[DEPOTS]
    if to_depot or (p.limits[PICKS_LAST] and p.pickup[j] > 0 and at[BACKHAULS] == 0):
        step[8] = np.float32(max(capacity - at[PEAK], 0)) / np.float32(max(capacity, 1))
        step[9] = s.more[0 if to_depot else 1]
    for r in range(1 + REACHES):
        alone = net.constants[_ALONE]
        step[_CROWD + r] = math.log(np.float32(s.crowd[r, j]) + alone) * net.constants[_PER_LOG]


@kernel
def compressed(net, number):
    """A time as `neural.features.compressed` gives it."""
    bend, bent = net.constants[_BEND], net.constants[_BENT]
    return min(number, bend + bent * math.log1p(max(number - bend, 0.0) / bent))


@kernel
def ask(p, net, s, count):
    """The query of the partial plan."""
    at, depots = s.at, p.limits[DEPOTS]
    look_at_plan(p, net, s, count)
    for g in range(len(s.joined)):
        s.joined[g] = max(net.join_shift[g] + dot(net.join_state, g, s.features), np.float32(0.0))
    for k in range(len(s.query)):
        total = net.overall[k] + net.here[at[CURRENT], k] + net.first[at[FIRST], k]
        if depots > 1:
            total += net.origin[at[ORIGIN], k]
        total += dot(net.of_state, k, s.features)
        s.query[k] = total + dot(net.of_joined, k, s.joined)


@kernel
def look_at_plan(p, net, s, count):
    """The features of the partial plan."""
    at, features = s.at, s.features
    values = (PEAK, PICKED, TIME, DISTANCE, DISTANCE)
    for k in range(5):
        features[k] = at[values[k]]
    features[5] = at[CURRENT] < p.limits[DEPOTS]
    features[6] = at[UNDECIDED]
    features[7] = at[BACKHAULS]
    features[8] = count
    features[9] = at[LEFT]
    for k in range(SCALED):
        features[k] = features[k] * net.scale[k] + net.shift[k]
    features[2] = compressed(net, features[2])
    room, capacity = p.limits[CAPACITY], max(p.limits[CAPACITY], 1)
    delivery, pickup = at[LEFT_DELIVERY], at[LEFT_PICKUP]
    beyond = max(delivery - (room - at[PEAK]), pickup - (room - at[PICKED]))
    vehicles = np.float32(max(beyond, 0)) / np.float32(capacity)
    features[SCALED] = max(delivery, pickup) / (10 * capacity)
    features[SCALED + 1] = math.ceil(vehicles) - vehicles
    features[FEATURES - 1] = beyond <= 0
    others = num_vehicles(beyond, capacity)
    without = max(delivery, pickup), max(delivery, pickup - (room - at[PICKED]))
    for k in range(2):
        s.more[k] = min(max(num_vehicles(without[k], capacity) - others, 0), 2)


@kernel
def num_vehicles(load, capacity):
    """How many vehicles take a load."""
    return -(-max(load, 0) // capacity)


@kernel
def count_neighbors(p, net, s):
    """Fill ``s.crowd`` with the sums over the clients that are left at the beginning."""
    s.crowd[:] = 0.0
    for i in range(len(p.delivery)):
        if s.visited[i] == 0:
            add_neighbor(net, s, i, 1.0)


@kernel
def leave_neighbors(net, s, i):
    """Take a client that is served out of the sums of the others."""
    add_neighbor(net, s, i, -1.0)


@kernel
def add_neighbor(net, s, i, sign):
    """Add a client to the sums, or take it out of them."""
    nodes = s.crowd.shape[1]
    for d in range(net.nearest.shape[1]):
        s.crowd[0, d] += sign * net.nearest[i, d]
    for r in range(REACHES):
        for j in range(nodes):
            s.crowd[1 + r, j] = max(s.crowd[1 + r, j] + sign * net.near[i, r * nodes + j], 0.0)


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
