"""When vehicles may start and end, and whether they may have to wait on the way."""

from __future__ import annotations

from collections.abc import Iterable

from routewright.attributes import Attribute
from routewright.problem import Problem, VehicleType, Window


def start_range(problem: Problem, kind: VehicleType) -> Window:
    """When a route of the type may start."""
    return _within(problem, kind, kind.start)


def end_range(problem: Problem, kind: VehicleType) -> Window:
    """When a route of the type may end."""
    return _within(problem, kind, kind.end)


def _within(problem: Problem, kind: VehicleType, depot: int | None) -> Window:
    early, late = kind.shift
    if depot is None:
        return early, late
    window = problem.depots[depot].window
    return max(early, window[0]), min(late, window[1])


def may_wait(problem: Problem, depots: Iterable[int | None]) -> bool:
    """Whether a window or a release can make a vehicle wait after its start.

    If not, a duration is a sum over arcs like a distance, and no start is better than
    the earliest.
    """
    timed = {Attribute.TIME_WINDOWS, Attribute.RELEASE_TIMES} & problem.attributes()
    return bool(timed) or any(d is not None and problem.depots[d].window[0] > 0 for d in depots)


def horizon(problem: Problem, kinds: Iterable[VehicleType], longest: int, nodes: int) -> int:
    """Time by which every route that waits only where it must has ended.

    Parameters
    ----------
    problem
        The problem.
    kinds
        The vehicle types in use.
    longest
        Bound on the time of work at a node and travel to the next one.
    nodes
        Bound on the nodes of a route.
    """
    latest = [w[0] for c in problem.clients for w in c.windows]
    latest += [c.release for c in problem.clients]
    latest += [d.window[0] for d in problem.depots]
    latest += [v.shift[0] for v in problem.vehicle_types]
    end = max(latest, default=0) + nodes * longest
    return min(end, max(end_range(problem, v)[1] for v in kinds))
