"""The problem as arrays, for numba kernels and for any vectorized code.

Everything is int64 or float64 (uint8 for flags) and C-contiguous. Nobody may write to
the arrays; the flag is left writable because numba would compile a second variant.
"""

from __future__ import annotations

from itertools import accumulate
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .problem import BackhaulPolicy, Client, Depot, Objective, Problem
from .travel import UNLIMITED, CoordinateTravel, FloatArray, IntArray

_BACKHAUL_CODES = {
    BackhaulPolicy.MIXED: 0,
    BackhaulPolicy.LINEHAUL_FIRST: 1,
    BackhaulPolicy.LINEHAUL_REQUIRED: 2,
}


class ProblemArrays(NamedTuple):
    """All data of a problem; N nodes (depots first), K types, D dimensions, P profiles.

    Integers are in internal units. Offsets follow the CSR convention: the entries of
    row i are ``values[start[i]:start[i + 1]]``.
    """

    num_depots: int
    num_clients: int
    num_types: int
    num_dims: int
    backhaul: int  # 0 mixed, 1 linehaul first, 2 linehaul first and required
    vehicles_first: int

    # travel: matrices (P, L, L), or empty (P, 0, 0) where coordinates are used
    distance: IntArray
    duration: IntArray
    coordinates: FloatArray  # (P, L, 3); z = 0 in the plane; empty (P, 0, 3) for matrices
    metric_kind: IntArray  # (P,) MetricKind, or -1 for a matrix
    metric_rule: IntArray  # (P,) RoundingRule
    metric_scale: FloatArray  # (P,)
    metric_period: FloatArray  # (P,)
    duration_factor: FloatArray  # (P,)

    # nodes, (N,) or (N, D)
    location: IntArray
    delivery: IntArray
    pickup: IntArray
    service: IntArray
    release: IntArray
    prize: IntArray
    required: npt.NDArray[np.uint8]
    group: IntArray  # -1 for none
    partner: IntArray  # other node of the shipment, or -1
    is_pickup: npt.NDArray[np.uint8]  # 1 for the pickup node of a shipment
    amount: IntArray  # (N, D) load change by the shipment: + at pickup, - at delivery
    tw_early: IntArray  # (N,) first opening
    tw_late: IntArray  # (N,) last closing
    window_start: IntArray  # (N + 1,) offsets
    window_early: IntArray
    window_late: IntArray
    before_start: IntArray  # (N + 1,) offsets of the nodes that must precede
    before: IntArray
    after_start: IntArray  # (N + 1,) offsets of the nodes that must follow
    after: IntArray
    may_serve: npt.NDArray[np.uint8]  # (K, N)

    # groups, CSR over node numbers
    group_required: npt.NDArray[np.uint8]
    group_start: IntArray
    group_nodes: IntArray

    # vehicle types, (K,) or (K, D)
    num_available: IntArray
    capacity: IntArray
    start_depot: IntArray  # -1 for an open start
    end_depot: IntArray  # -1 for an open end
    shift_early: IntArray
    shift_late: IntArray
    max_distance: IntArray
    max_duration: IntArray
    max_overtime: IntArray
    max_stops: IntArray
    max_reloads: IntArray
    reload_start: IntArray  # (K + 1,) offsets
    reload_depots: IntArray
    fixed_cost: IntArray
    unit_distance_cost: IntArray
    unit_duration_cost: IntArray
    unit_overtime_cost: IntArray
    profile: IntArray


def build_arrays(p: Problem) -> ProblemArrays:
    """Build all arrays of a problem."""
    return ProblemArrays(
        num_depots=p.num_depots,
        num_clients=p.num_clients,
        num_types=len(p.vehicle_types),
        num_dims=p.num_dimensions,
        backhaul=_BACKHAUL_CODES[p.backhaul],
        vehicles_first=int(p.objective is Objective.VEHICLES_THEN_COST),
        **_travel_arrays(p),
        **_node_arrays(p),
        **_relation_arrays(p),
        **_type_arrays(p),
    )


def _ints(values: object) -> IntArray:
    return np.ascontiguousarray(values, dtype=np.int64)


def _flags(values: object) -> npt.NDArray[np.uint8]:
    return np.ascontiguousarray(values, dtype=np.uint8)


def _csr(rows: list[list[int]]) -> tuple[IntArray, IntArray]:
    start = _ints([0, *accumulate(len(row) for row in rows)])
    return start, _ints([value for row in rows for value in row])


def _travel_arrays(p: Problem) -> dict[str, np.ndarray]:
    metrics = [t for t in p.travels if isinstance(t, CoordinateTravel)]
    # Profiles of both kinds in one problem: kernels see matrices for all of them.
    if len(metrics) < len(p.travels):
        distance = np.stack([t.distance_matrix() for t in p.travels])
        duration = np.stack([t.duration_matrix() for t in p.travels])
        coordinates = np.zeros((len(p.travels), 0, 3))
        metrics = []
    else:
        distance = duration = np.zeros((len(p.travels), 0, 0), dtype=np.int64)
        coordinates = np.stack([_three(t.coordinates) for t in metrics])
    ones = [1.0] * len(p.travels)
    return {
        "distance": _ints(distance),
        "duration": _ints(duration),
        "coordinates": np.ascontiguousarray(coordinates, dtype=np.float64),
        "metric_kind": _ints([t.metric.kind for t in metrics] if metrics else [-1] * len(ones)),
        "metric_rule": _ints([t.metric.rule for t in metrics] if metrics else [0] * len(ones)),
        "metric_scale": np.array([float(t.metric.scale) for t in metrics] if metrics else ones),
        "metric_period": np.array([t.metric.period for t in metrics] if metrics else ones),
        "duration_factor": np.array([t.duration_factor for t in metrics] if metrics else ones),
    }


def _three(coordinates: FloatArray) -> FloatArray:
    out = np.zeros((len(coordinates), 3))
    out[:, : coordinates.shape[1]] = coordinates
    return out


def _node_arrays(p: Problem) -> dict[str, np.ndarray]:
    nodes: list[Depot | Client] = [*p.depots, *p.clients]
    zero = (0,) * p.num_dimensions
    none: list[int] = [0] * p.num_depots
    windows = [((d.window),) for d in p.depots] + [c.windows for c in p.clients]
    window_start, early = _csr([[w[0] for w in ws] for ws in windows])
    _, late = _csr([[w[1] for w in ws] for ws in windows])
    shape = (len(nodes), p.num_dimensions)
    return {
        "location": _ints([n.location for n in nodes]),
        "delivery": _ints([zero] * p.num_depots + [c.delivery or zero for c in p.clients]).reshape(
            shape
        ),
        "pickup": _ints([zero] * p.num_depots + [c.pickup or zero for c in p.clients]).reshape(
            shape
        ),
        "service": _ints([n.service for n in nodes]),
        "release": _ints(none + [c.release for c in p.clients]),
        "prize": _ints(none + [c.prize for c in p.clients]),
        "required": _flags(none + [int(c.required) for c in p.clients]),
        "group": _ints(
            [-1] * p.num_depots + [-1 if c.group is None else c.group for c in p.clients]
        ),
        "tw_early": _ints([ws[0][0] for ws in windows]),
        "tw_late": _ints([ws[-1][1] for ws in windows]),
        "window_start": window_start,
        "window_early": early,
        "window_late": late,
        "may_serve": _may_serve(p),
    }


def _may_serve(p: Problem) -> npt.NDArray[np.uint8]:
    out = np.ones((len(p.vehicle_types), p.num_depots + p.num_clients), dtype=np.uint8)
    for c, client in enumerate(p.clients):
        if client.skills or client.allowed_vehicles is not None:
            for k in range(len(p.vehicle_types)):
                out[k, p.num_depots + c] = p.may_serve(k, c)
    return out


def _relation_arrays(p: Problem) -> dict[str, np.ndarray]:
    first, size = p.num_depots, p.num_depots + p.num_clients
    partner = np.full(size, -1, dtype=np.int64)
    is_pickup = np.zeros(size, dtype=np.uint8)
    amount = np.zeros((size, p.num_dimensions), dtype=np.int64)
    for s in p.shipments:
        a, b = first + s.pickup, first + s.delivery
        partner[a], partner[b], is_pickup[a] = b, a, 1
        if s.amount:
            amount[a] += s.amount
            amount[b] -= s.amount
    before: list[list[int]] = [[] for _ in range(size)]
    after: list[list[int]] = [[] for _ in range(size)]
    for i, j in p.precedences:
        before[first + j].append(first + i)
        after[first + i].append(first + j)
    before_start, before_nodes = _csr(before)
    after_start, after_nodes = _csr(after)
    group_start, group_nodes = _csr([[first + c for c in g.clients] for g in p.groups])
    return {
        "partner": partner,
        "is_pickup": is_pickup,
        "amount": amount,
        "before_start": before_start,
        "before": before_nodes,
        "after_start": after_start,
        "after": after_nodes,
        "group_required": _flags([int(g.required) for g in p.groups]),
        "group_start": group_start,
        "group_nodes": group_nodes,
    }


def _type_arrays(p: Problem) -> dict[str, np.ndarray]:
    types = p.vehicle_types
    reload_start, reload_depots = _csr([list(v.reload_depots) for v in types])
    unlimited = (UNLIMITED,) * p.num_dimensions
    return {
        "num_available": _ints([p.num_clients if v.count is None else v.count for v in types]),
        "capacity": _ints([v.capacity or unlimited for v in types]).reshape(
            len(types), p.num_dimensions
        ),
        "start_depot": _ints([-1 if v.start is None else v.start for v in types]),
        "end_depot": _ints([-1 if v.end is None else v.end for v in types]),
        "shift_early": _ints([v.shift[0] for v in types]),
        "shift_late": _ints([v.shift[1] for v in types]),
        **{
            name: _ints([getattr(v, name) for v in types])
            for name in (
                "max_distance",
                "max_duration",
                "max_overtime",
                "max_stops",
                "max_reloads",
                "fixed_cost",
                "unit_distance_cost",
                "unit_duration_cost",
                "unit_overtime_cost",
                "profile",
            )
        },
        "reload_start": reload_start,
        "reload_depots": reload_depots,
    }
