"""Travel, windows, and costs as the general search sees them."""

from __future__ import annotations

from routewright.travel import UNREACHABLE

from . import kernel
from . import rich_columns as at
from .travel import arc


@kernel(inline=False)
def _far(travel, f, i, j):
    """Distance and duration where there are no matrices."""
    return arc(travel, f, i, j)


@kernel
def leg(p, f, i, j):
    """Distance and duration between nodes; nothing from or to nowhere (-1)."""
    if i < 0 or j < 0:
        return 0, 0
    if p.dense:
        return p.dist[f, i, j], p.dur[f, i, j]
    return _far(p.far, f, i, j)


@kernel
def distance_of(p, f, i, j):
    """Distance between nodes; nothing from or to nowhere (-1)."""
    if i < 0 or j < 0:
        return 0
    if p.dense:
        return p.dist[f, i, j]
    return _far(p.far, f, i, j)[0]


@kernel
def leg_into(p, f, i, j):
    """As `leg`, from the matrix in which the arcs that end at node j are neighbors."""
    if i < 0 or j < 0:
        return 0, 0
    if p.dense:
        return p.dist_t[f, j, i], p.dur_t[f, j, i]
    return _far(p.far, f, i, j)


@kernel
def costs_of(p, k, distance, duration):
    """Cost of a route of type k, or at.NEVER if it is too long."""
    t = p.kind[k]
    if distance > t[at.MAX_DISTANCE] or distance >= UNREACHABLE:
        return at.NEVER
    cost = t[at.FIXED] + distance * t[at.PER_DISTANCE]
    if t[at.HEAVY]:
        over = max(duration - t[at.MAX_DURATION], 0)
        if over > t[at.MAX_OVERTIME]:
            return at.NEVER
        cost += duration * t[at.PER_DURATION] + over * t[at.PER_OVERTIME]
    return cost


@kernel
def window_of(p, v, arrival):
    """Earliest start of service at client v for an arrival; at.NEVER if it is too late."""
    if not p.many_windows:
        return max(arrival, p.node[v, at.EARLY]) if arrival <= p.node[v, at.LATE] else at.NEVER
    for w in range(p.window_start[v], p.window_start[v + 1]):
        if arrival <= p.window_late[w]:
            return max(arrival, p.window_early[w])
    return at.NEVER


@kernel
def latest_start(p, v, latest):
    """Last start of service at client v not after ``latest``; -1 if there is none."""
    if not p.many_windows:
        return min(latest, p.node[v, at.LATE]) if latest >= p.node[v, at.EARLY] else -1
    for w in range(p.window_start[v + 1] - 1, p.window_start[v] - 1, -1):
        if latest >= p.window_early[w]:
            return min(latest, p.window_late[w])
    return -1
