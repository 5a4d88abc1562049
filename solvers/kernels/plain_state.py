"""State of a search over plain problems: one capacity, one depot, cost by distance.

The depot is node 0 and clients are nodes 1 to n. Travel is in cost units. The arc from
the depot to itself costs minus the fixed cost of a vehicle, so that emptying a route
and opening one need no rule of their own. Nothing here grows with n but loading.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routewright.arrays import ProblemArrays
from routewright.travel import FLOOR_SLACK, FloatArray, IntArray, RoundingRule

from . import kernel
from .travel import arc_distance

Int32Array = npt.NDArray[np.int32]

#: How arcs are found: ``PlainArrays.mode``.
MATRIX, PLANE, OTHER = 0, 1, 2

# A node is one row of ``node``; 0 stands for the depot before the first and after the last.
PREV, NEXT, TO_PREV, TO_NEXT, POSITION, PREFIX, DEMAND = range(7)
# A route is one row of ``route``. POSITION and PREFIX of its nodes hold while FRESH is 1.
HEAD, TAIL, LOAD, SIZE, MARK, FRESH, DIRTY, SPARE = range(8)
# Entries of ``counts``.
(
    STAMP,  # number of the iteration; routes with this MARK have been saved
    NUM_SAVED,
    NUM_BACKUP,
    NUM_ROUTES,
    NUM_SLOTS,
    NUM_SPARE,
    NUM_QUEUED,
    NUM_DIRTY,
    NUM_REMOVED,
    NUM_EJECTED,
    NUM_ABSENT,
    NUM_MEMBERS,
    ENERGY,  # cost and penalties now
    BEST_ENERGY,
    BLINK,  # places until the next one is skipped
    DESCENTS,
    MOVES,
    ACCEPTED,
    NUM_COUNTS,
) = range(19)

_NINT = int(RoundingRule.NINT)
_FLOOR = int(RoundingRule.FLOOR)


class PlainArrays(NamedTuple):
    """What all workers share; N nodes (the depot first), K neighbors per client."""

    mode: int
    capacity: int
    max_routes: int
    penalty: int  # of each client that is in no route
    empty: int  # cost of the arc from depot to depot: minus the fixed cost
    unit: int  # cost per distance
    profile: int
    rule: int
    scale: float
    matrix: Int32Array  # (N, N), or empty
    xy: FloatArray  # (N, 2), or empty
    near: Int32Array  # (N, K), nearest first; row 0 is unused
    near_cost: Int32Array  # (N, K); -1 where it does not fit
    depot_cost: IntArray  # (N,)
    # as in ProblemArrays, for arcs of any other kind
    location: IntArray
    distance: IntArray
    coordinates: FloatArray
    metric_kind: IntArray
    metric_rule: IntArray
    metric_scale: FloatArray
    metric_period: FloatArray


class PlainState(NamedTuple):
    """What one worker changes; N nodes, R route slots."""

    counts: IntArray  # (NUM_COUNTS,)
    at: Int32Array  # (N,) slot of the route that visits a node, or -1
    node: IntArray  # (N, 8)
    route: IntArray  # (R, 8)
    spare: IntArray  # (R,) stack of slots that may be empty
    saved: IntArray  # (R, 5) routes as they were: slot, offset, load, size, last arc
    backup: IntArray  # (N, 2) their nodes and arcs
    removed: IntArray  # (2 N + 64,) and those ejected in turn
    order: FloatArray  # (N,) sort keys of the removed
    absent: IntArray  # (N,) clients without a place in the current plan
    absences: IntArray  # (N,) how often a client was left out
    members: IntArray  # (N,) clients that this worker plans
    queue: IntArray  # (N,)
    queued: npt.NDArray[np.uint8]  # (N,)
    strings: IntArray  # (8, 8) see _strings in plain_moves.py
    first: IntArray  # (N,) scratch for routes that are rebuilt
    second: IntArray  # (N,)
    dirty: IntArray  # (R,) routes that differ from the best plan
    best_next: IntArray  # (N,)
    best_head: IntArray  # (R,)


def _rows(rows: int) -> IntArray:
    """Return rows of eight numbers, each in one cache line of 64 bytes."""
    flat = np.zeros(rows * 8 + 8, dtype=np.int64)
    skip = (-flat.ctypes.data % 64) // 8
    return flat[skip : skip + rows * 8].reshape(rows, 8)


def new_plain_state(demand: IntArray) -> PlainState:
    """Return the state of a worker that has nothing to do yet."""
    nodes = len(demand)
    routes = nodes + 1

    def ints(*shape: int) -> IntArray:
        return np.zeros(shape, dtype=np.int64)

    state = PlainState(
        counts=ints(NUM_COUNTS),
        at=np.full(nodes, -1, dtype=np.int32),
        node=_rows(nodes),
        route=_rows(routes),
        spare=ints(routes),
        saved=ints(routes, 5),
        backup=ints(nodes, 2),
        removed=ints(2 * nodes + 64),
        order=np.zeros(nodes),
        absent=ints(nodes),
        absences=ints(nodes) + 1,
        members=ints(nodes),
        queue=ints(nodes),
        queued=np.zeros(nodes, dtype=np.uint8),
        strings=_rows(8),
        first=ints(nodes),
        second=ints(nodes),
        dirty=ints(routes),
        best_next=ints(nodes),
        best_head=ints(routes),
    )
    state.node[:, DEMAND] = demand
    return state


def new_plain_arrays(a: ProblemArrays, profile: int, location: IntArray) -> PlainArrays:
    """Return the arrays of a problem without any client near another, and without tables."""
    return PlainArrays(
        mode=OTHER,
        capacity=0,
        max_routes=0,
        penalty=0,
        empty=0,
        unit=1,
        profile=profile,
        rule=int(a.metric_rule[profile]),
        scale=float(a.metric_scale[profile]),
        matrix=np.zeros((0, 0), dtype=np.int32),
        xy=np.zeros((0, 2)),
        near=np.zeros((len(location), 0), dtype=np.int32),
        near_cost=np.zeros((len(location), 0), dtype=np.int32),
        depot_cost=np.zeros(len(location), dtype=np.int64),
        location=np.ascontiguousarray(location),
        distance=a.distance,
        coordinates=a.coordinates,
        metric_kind=a.metric_kind,
        metric_rule=a.metric_rule,
        metric_scale=a.metric_scale,
        metric_period=a.metric_period,
    )


@kernel
def arc_cost(p, i, j):
    """Cost of the arc between nodes i and j."""
    if p.mode == MATRIX:
        return np.int64(p.matrix[np.uint32(i), np.uint32(j)])  # unsigned: no test for < 0
    if i + j == 0:
        return p.empty
    if p.mode == PLANE:
        dx, dy = p.xy[i, 0] - p.xy[j, 0], p.xy[i, 1] - p.xy[j, 1]
        value = math.sqrt(dx * dx + dy * dy) * p.scale
        if p.rule == _NINT:
            return np.int64(math.floor(value + 0.5)) * p.unit
        if p.rule == _FLOOR:
            return np.int64(math.floor(value + FLOOR_SLACK)) * p.unit
        return np.int64(math.ceil(value - FLOOR_SLACK)) * p.unit
    return _other_cost(p, i, j)


@kernel(inline=False)
def _other_cost(p, i, j):
    return np.int64(arc_distance(p, p.profile, i, j)) * p.unit


@kernel
def arc_near(p, i, k):
    """Cost of the arc from client i to its k-th neighbor."""
    cost = np.int64(p.near_cost[i, k])
    if cost < 0:
        return arc_cost(p, i, np.int64(p.near[i, k]))
    return cost


@kernel
def update_link(s, r, u, v, cost):
    """Make v follow u in route r; 0 stands for the depot on either side."""
    r, u, v = np.uint32(r), np.uint32(u), np.uint32(v)
    if u > 0:
        s.node[u, NEXT] = v
        s.node[u, TO_NEXT] = cost
    else:
        s.route[r, HEAD] = v
    if v > 0:
        s.node[v, PREV] = u
        s.node[v, TO_PREV] = cost
    else:
        s.route[r, TAIL] = u


@kernel
def update_place(p, s, r, u, x, v):
    """Put client x between u and v of route r; sums of the route are left to the caller."""
    update_link(s, r, u, x, arc_cost(p, u, x))
    update_link(s, r, x, v, arc_cost(p, x, v))
    s.at[x] = r


@kernel
def update_route(s, r):
    """Bring positions and prefix loads of route r up to date."""
    if s.route[r, FRESH] == 1:
        return
    v, k, load = np.uint32(s.route[r, HEAD]), 0, 0
    while v > 0:
        load += s.node[v, DEMAND]
        s.node[v, POSITION] = k
        s.node[v, PREFIX] = load
        k += 1
        v = np.uint32(s.node[v, NEXT])
    s.route[r, FRESH] = 1


@kernel
def update_size(s, r, clients, load):
    """Add to the sums of route r; count the routes that are in use."""
    before = s.route[r, SIZE]
    s.route[r, SIZE] = before + clients
    s.route[r, LOAD] += load
    if before == 0 and clients > 0:
        s.counts[NUM_ROUTES] += 1
    elif before > 0 and before + clients == 0:
        _vacate(s, r)


@kernel
def _vacate(s, r):
    s.counts[NUM_ROUTES] -= 1
    if s.route[r, SPARE] == 0:
        s.route[r, SPARE] = 1
        s.spare[s.counts[NUM_SPARE]] = r
        s.counts[NUM_SPARE] += 1


@kernel
def empty_route(s):
    """Slot of an empty route."""
    while s.counts[NUM_SPARE] > 0:
        s.counts[NUM_SPARE] -= 1
        r = s.spare[s.counts[NUM_SPARE]]
        s.route[r, SPARE] = 0
        if s.route[r, SIZE] == 0:
            return r
    r = s.counts[NUM_SLOTS]
    s.counts[NUM_SLOTS] = r + 1
    return r


@kernel
def save_route(s, r):
    """Keep route r as it is, the first time that an iteration changes it."""
    s.route[r, FRESH] = 0
    if s.route[r, MARK] == s.counts[STAMP]:
        return
    s.route[r, MARK] = s.counts[STAMP]
    t, b = s.counts[NUM_SAVED], s.counts[NUM_BACKUP]
    s.saved[t, 0] = r
    s.saved[t, 1] = b
    s.saved[t, 2] = s.route[r, LOAD]
    s.saved[t, 3] = s.route[r, SIZE]
    v = np.uint32(s.route[r, HEAD])
    while v > 0:
        s.backup[b, 0] = v
        s.backup[b, 1] = s.node[v, TO_PREV]
        b += 1
        v = np.uint32(s.node[v, NEXT])
    tail = s.route[r, TAIL]
    s.saved[t, 4] = s.node[tail, TO_NEXT] if tail > 0 else 0
    s.counts[NUM_SAVED] = t + 1
    s.counts[NUM_BACKUP] = b


@kernel
def undo_routes(s):
    """Restore every route that this iteration has changed."""
    for t in range(s.counts[NUM_SAVED]):
        r, b, size = s.saved[t, 0], s.saved[t, 1], s.saved[t, 3]
        update_size(s, r, size - s.route[r, SIZE], 0)
        s.route[r, LOAD] = s.saved[t, 2]
        u, load = np.uint32(0), 0
        for k in range(size):
            v = np.uint32(s.backup[b + k, 0])
            load += s.node[v, DEMAND]
            update_link(s, r, u, v, s.backup[b + k, 1])
            s.at[v] = r
            s.node[v, POSITION] = k
            s.node[v, PREFIX] = load
            u = v
        update_link(s, r, u, 0, s.saved[t, 4])
        s.route[r, FRESH] = 1


@kernel(inline=False)
def rebuild_route(p, s, r, visits, size):
    """Route r becomes the first ``size`` of ``visits``; returns the sum of its arcs."""
    u, load, cost = 0, 0, 0
    for k in range(size):
        v = visits[k]
        arc = arc_cost(p, u, v)
        update_link(s, r, u, v, arc)
        cost += arc
        load += s.node[v, DEMAND]
        s.at[v] = r
        s.node[v, POSITION] = k
        s.node[v, PREFIX] = load
        u = v
    arc = arc_cost(p, u, 0)
    update_link(s, r, u, 0, arc)
    update_size(s, r, size - s.route[r, SIZE], load - s.route[r, LOAD])
    s.route[r, FRESH] = 1
    return cost + arc


@kernel
def push_client(s, v):
    """Queue a client whose surroundings have changed; the depot is ignored."""
    v = np.uint32(v)
    if v > 0 and s.queued[v] == 0:
        s.queued[v] = 1
        s.queue[s.counts[NUM_QUEUED]] = v
        s.counts[NUM_QUEUED] += 1


@kernel
def run_plain_load(p, s, visits, start, absent):
    """Take over a plan: routes as visits and offsets, and clients that have no place."""
    for q in range(NUM_COUNTS):
        s.counts[q] = 0
    for v in range(len(s.node)):
        s.at[v] = -1
        s.queued[v] = 0
    for r in range(len(s.route)):
        for q in range(8):
            s.route[r, q] = 0
        s.best_head[r] = 0
    cost, routes = 0, len(start) - 1
    for r in range(routes):
        size = start[r + 1] - start[r]
        for k in range(size):
            s.first[k] = visits[start[r] + k]
            s.members[s.counts[NUM_MEMBERS]] = s.first[k]
            s.counts[NUM_MEMBERS] += 1
        cost += rebuild_route(p, s, r, s.first, size) - p.empty
        s.best_head[r] = s.route[r, HEAD]
        if size == 0 and s.route[r, SPARE] == 0:
            s.route[r, SPARE] = 1
            s.spare[s.counts[NUM_SPARE]] = r
            s.counts[NUM_SPARE] += 1
    for k in range(len(absent)):
        s.members[s.counts[NUM_MEMBERS]] = absent[k]
        s.counts[NUM_MEMBERS] += 1
        s.absent[k] = absent[k]
    for v in range(len(s.node)):
        s.best_next[v] = s.node[v, NEXT]
    s.counts[NUM_SLOTS] = routes
    s.counts[NUM_ABSENT] = len(absent)
    s.counts[ENERGY] = s.counts[BEST_ENERGY] = cost + p.penalty * len(absent)
    s.counts[BLINK] = -1


@kernel
def run_plain_export(s, best, visits, start):
    """Write the best plan (or the current one) as visits and offsets; return its routes."""
    k = routes = 0
    for r in range(s.counts[NUM_SLOTS]):
        v = s.best_head[r] if best else s.route[r, HEAD]
        if v == 0:
            continue
        while v > 0:
            visits[k] = v
            k += 1
            v = s.best_next[v] if best else s.node[v, NEXT]
        routes += 1
        start[routes] = k
    return routes
