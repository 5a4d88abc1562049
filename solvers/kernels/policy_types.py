"""What the compiled steps of a learned policy read and write."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routewright.travel import IntArray

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
    PICKS_LAST,
) = range(11)
NUM_LIMITS = 11

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
    FIRST,
    LEFT_DELIVERY,
    LEFT_PICKUP,
) = range(16)
NUM_AT = 16

#: Features of a partial plan, of which the first are scaled, as in `neural.policies.biased`,
#: and of a step to a node, of which the last look at neighbors, as in `neural.policies.steps`.
FEATURES, SCALED = 13, 10
STEP_FEATURES, REACHES = 15, 3


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
    here, origin, first
        (M, d) each: parts by the current node, by the depot of the route, and by the first
        client on it.
    keys, values, pointer
        (M, d); the heads of keys and values side by side.
    ways
        (M, 2 M): costs of arcs, and their logarithms.
    home, astray
        (D, M): costs of the way to every depot; how much nearer another one is.
    nearest
        (M, D): 1 where the depot is the nearest of a client, else 0.
    near
        (M, REACHES * M): how much a client counts as a neighbor of each node.
    time, early, late
        (M, M), (M,), (M,): in units of time.
    scale, shift
        (SCALED,) of the state.
    of_state, of_query
        (d, FEATURES), (d, d): weights.
    join_state, join_shift, of_joined
        (g, FEATURES), (g,), (d, g): weights of what joins the features of the state.
    weigh, weigh_shift
        (STEP_FEATURES, d), (STEP_FEATURES,): how the query weighs features of a step.
    step_query, step_shift, step_features, step_out
        (h, d), (h,), (h, STEP_FEATURES), (h,): weights of what joins these with the query.
    constants
        (6,): largest logit; units of time per internal unit; what the logarithm of neighbors
        adds to their sum, and by what it is multiplied; from where on times are compressed,
        and how fast.
    """

    overall: RealArray
    here: RealArray
    origin: RealArray
    first: RealArray
    keys: RealArray
    values: RealArray
    pointer: RealArray
    ways: RealArray
    home: RealArray
    astray: RealArray
    nearest: RealArray
    near: RealArray
    time: RealArray
    early: RealArray
    late: RealArray
    scale: RealArray
    shift: RealArray
    of_state: RealArray
    of_query: RealArray
    join_state: RealArray
    join_shift: RealArray
    of_joined: RealArray
    weigh: RealArray
    weigh_shift: RealArray
    step_query: RealArray
    step_shift: RealArray
    step_features: RealArray
    step_out: RealArray
    constants: RealArray


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
    features, joined, weights, step_joined, step
        (FEATURES,), (g,), (STEP_FEATURES,), (h,), (STEP_FEATURES,) float32.
    more
        (2,) int64: vehicles that are needed beside this one, more than now, if it goes home,
        and if it takes no more deliveries.
    crowd
        (1 + REACHES, M) float64: sums over the clients that are left, first of those that have
        a depot as their nearest.
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
    joined: RealArray
    weights: RealArray
    step_joined: RealArray
    step: RealArray
    more: IntArray
    crowd: NDArray[np.float64]
    attention: RealArray
    score: RealArray
    actions: IntArray


def new_policy_state(net: PolicyNetwork, heads: int, steps: int) -> PolicyState:
    """Return room for a plan with at most so many steps."""
    nodes, width = net.keys.shape
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
        joined=np.zeros(len(net.join_shift), real),
        weights=np.zeros(STEP_FEATURES, real),
        step_joined=np.zeros(len(net.step_shift), real),
        step=np.zeros(STEP_FEATURES, real),
        more=np.zeros(2, whole),
        crowd=np.zeros((1 + REACHES, nodes), np.float64),
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
    shapes: dict[str, tuple[int, ...]] = {
        "ways": (1, 2),
        "near": (1, REACHES),
        "scale": (SCALED,),
        "shift": (SCALED,),
        "of_state": (1, FEATURES),
        "join_state": (1, FEATURES),
        "weigh": (STEP_FEATURES, 1),
        "weigh_shift": (STEP_FEATURES,),
        "step_features": (1, STEP_FEATURES),
        "constants": (6,),
    }
    flat = {"overall", "early", "late", "join_shift", "step_shift", "step_out"}
    network = {
        f: np.zeros(shapes.get(f, (1,) if f in flat else (1, 1)), real)
        for f in PolicyNetwork._fields
    }
    return PolicyProblem(**problem), PolicyNetwork(**network)
