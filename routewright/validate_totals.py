"""Validation of totals: no plan may leave the integers that kernels compute with."""

from __future__ import annotations

from collections.abc import Iterator

from .errors import Issue
from .problem import Problem
from .travel import UNLIMITED
from .validate_travel import arc_bound, duration_bound

_TOTAL_LIMIT = 1 << 62


def total_issues(p: Problem) -> Iterator[Issue]:
    """Refuse problems whose totals could overflow in some plan; the rest must be valid."""
    n = len(p.clients)
    arcs = 2 * n + 2  # every client on a route, or at least a trip, of its own
    opening, service = _latest_opening(p), _service(p)
    worst_cost, worst_time = 0.0, 0.0
    for v in p.vehicle_types:
        travel = p.travels[v.profile]
        driving = arcs * duration_bound(travel)
        worst_time = max(worst_time, opening + service + driving)
        worst_cost = max(
            worst_cost,
            arcs * arc_bound(travel) * v.unit_distance_cost
            + (n * opening + service + driving) * (v.unit_duration_cost + v.unit_overtime_cost),
        )
    worst_cost += p.total_prize + n * max(v.fixed_cost for v in p.vehicle_types)
    if worst_cost >= _TOTAL_LIMIT:
        yield Issue(
            "",
            "costs",
            f"a plan could cost {worst_cost / p.scale.cost:.3g}, which would overflow 62 bits "
            f"at {p.scale.cost} internal units each; use coarser units or fewer decimals",
        )
    if worst_time >= UNLIMITED:
        yield Issue(
            "",
            "times",
            f"a route could take until {worst_time / p.scale.time:.3g}, which would overflow "
            f"60 bits at {p.scale.time} internal units each; use coarser units",
        )
    yield from _loads(p)


def _latest_opening(p: Problem) -> int:
    """Return the latest instant that any vehicle would wait for."""
    return max(
        max((window[0] for c in p.clients for window in c.windows), default=0),
        max((c.release for c in p.clients), default=0),
        max((d.window[0] for d in p.depots), default=0),
        max(v.shift[0] for v in p.vehicle_types),
    )


def _service(p: Problem) -> int:
    loading = max((d.service for d in p.depots), default=0)
    return sum(c.service for c in p.clients) + loading * max(1, len(p.clients))


def _loads(p: Problem) -> Iterator[Issue]:
    for d in range(p.num_dimensions):
        load = sum(c.delivery[d] for c in p.clients if c.delivery)
        load += sum(c.pickup[d] for c in p.clients if c.pickup)
        load += sum(s.amount[d] for s in p.shipments if s.amount)
        if load >= _TOTAL_LIMIT:
            yield Issue("", "demand", f"the total load {load} would overflow 62 bits")
