"""Descent of the general search, from the clients whose surroundings changed."""

from __future__ import annotations

from . import kernel
from . import rich_columns as at
from .rich_changes import fresh
from .rich_members import try_member
from .rich_moves import try_relocate, try_reverse, try_swap, try_tails
from .rich_sight import arc_cost, cost_into, cost_out_of

#: Neighbors of a client that it may come to lie beside.
_NEAR = 20


@kernel(inline=False)
def descend(p, s):
    """Improve until no queued client can be moved to advantage; whether anything changed."""
    ctl = s.ctl
    ctl[at.DESCENTS] += 1
    while ctl[at.NUM_QUEUED] > 0:
        ctl[at.NUM_QUEUED] -= 1
        u = s.lists[at.QUEUE, ctl[at.NUM_QUEUED]]
        s.visit[u, at.QUEUED] = 0
        while s.visit[u, at.TRIP] >= 0 and _improve(p, s, u) < 0:
            pass


@kernel(inline=False)
def _improve(p, s, u):
    """Make the first move that brings client u to advantage beside a neighbor."""
    r = s.trip[s.visit[u, at.TRIP], at.ROUTE]
    fresh(p, s, r)
    k = s.route[r, at.TYPE]
    if p.grouped and p.node[u, at.GROUP] >= 0 and try_member(p, s, u) < 0:
        return -1
    longest = max(cost_into(p, s, k, u), cost_out_of(p, s, k, u))
    for i in range(min(_NEAR, p.near.shape[1])):
        v = p.near[u, i]
        t = s.visit[v, at.TRIP]
        if t < 0:
            continue
        # A new arc has to be shorter than one that is given up: here, than one of u.
        if arc_cost(p, k, u, v) >= longest and arc_cost(p, k, v, u) >= longest:
            continue
        fresh(p, s, s.trip[t, at.ROUTE])
        for after in range(2):
            if try_relocate(p, s, u, v, after) < 0 or try_swap(p, s, u, v, after) < 0:
                return -1
        if try_tails(p, s, u, v) < 0 or try_tails(p, s, v, u) < 0:
            return -1
        if try_reverse(p, s, u, v) < 0:
            return -1
    return 0
