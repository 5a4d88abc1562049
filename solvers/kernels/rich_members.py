"""Exchange of the visited client of an exclusive group for another one of it."""

from __future__ import annotations

from . import kernel
from . import rich_columns as at
from .rich_changes import drop, place
from .rich_moves import gain
from .rich_routes import copy_route
from .rich_sight import after_of, arc_cost, before_of, takes_place


@kernel(inline=False)
def try_member(p, s, u):
    """Visit another client of the exclusive group of u in its place."""
    t = s.visit[u, at.TRIP]
    r, g = s.trip[t, at.ROUTE], p.node[u, at.GROUP]
    k = s.route[r, at.TYPE]
    if s.trip[t, at.SIZE] < 2 or p.node[u, at.PARTNER] >= 0:
        return 0
    if (
        s.ctl[at.NUM_PLACED] + 1 >= s.lists.shape[1]
        or s.ctl[at.NUM_REMOVED] + 1 >= s.lists.shape[1]
    ):
        return 0
    i, j = before_of(s, u), after_of(s, u)
    old = arc_cost(p, k, i, u) + arc_cost(p, k, u, j) - p.node[u, at.PRIZE]
    for q in range(p.group_start[g], p.group_start[g + 1]):
        w = p.group_nodes[q]
        if s.visit[w, at.TRIP] != at.ABSENT or p.node[w, at.PARTNER] >= 0:
            continue
        prize = p.node[w, at.PRIZE]
        if arc_cost(p, k, i, w) + arc_cost(p, k, w, j) - prize >= old:
            continue
        if not p.may_serve[k, w] or not takes_place(p, s, k, w, u):
            continue
        m = copy_route(s, r, s.lists[at.PLANS + 2])
        s.lists[at.PLANS + 2, s.visit[u, at.POSITION]] = w
        delta = gain(p, s, r, m, -1, 0) + p.node[u, at.PRIZE] - prize
        if delta < 0:
            x, y = s.visit[u, at.PREV], s.visit[u, at.NEXT]
            drop(p, s, u)
            place(p, s, t, x, y, w)
            s.ctl[at.MOVES] += 1
            return delta
    return 0
