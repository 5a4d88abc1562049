"""Local search among plans that may break rules at a price.

References
----------
Vidal, T. (2022). Hybrid genetic search for the CVRP: open-source implementation and
SWAP* neighborhood. *Computers & Operations Research*, 140, section 3.4.
"""

from __future__ import annotations

from . import kernel
from . import penalty_columns as on
from . import rich_columns as at
from .moves import try_empty, try_pair
from .moves_fleet import improve_fleet, improve_reloads, try_new_trip
from .moves_pairs import improve_shipment
from .moves_presence import try_insert, try_remove, try_replace
from .moves_swap import improve_swaps

#: What `run_descent` returns.
PAUSED, DONE = 0, 1
#: No plan has been seen to need as many rounds.
_MOST_LOOPS = 100


@kernel
def run_descent(q, s, budget):
    """Improve the plan until no move does (DONE), or the budget of evaluations is spent.

    After PAUSED, another call goes on where this one ended.
    """
    ctl = s.ctl
    end = ctl[on.EVALUATIONS] + budget
    while True:
        while ctl[on.CURSOR] < q.num_clients:
            u = s.visit[ctl[on.CURSOR], on.ORDER]
            ctl[on.CURSOR] += 1
            ctl[on.EVALUATIONS] += 4
            if s.visit[u, on.TRIP] >= 0:
                _improve_client(q, s, u)
            else:
                _improve_absent(q, s, u)
            if ctl[on.EVALUATIONS] > end:
                return PAUSED
        _improve_routes(q, s)
        if ctl[on.LOOP] > _MOST_LOOPS or (ctl[on.LOOP] > 0 and ctl[on.MOVES] == ctl[on.IMPROVED]):
            return DONE
        ctl[on.IMPROVED] = ctl[on.MOVES]
        ctl[on.LOOP] += 1
        ctl[on.CURSOR] = 0
        if ctl[on.EVALUATIONS] > end:
            return PAUSED


@kernel
def _changed(s, u):
    """Number of moves when the route of client u changed last."""
    return s.route[s.trip[s.visit[u, on.TRIP], on.ROUTE], on.CHANGED]


@kernel(inline=False)
def _improve_client(q, s, u):
    """Try the moves of a client that is visited."""
    ctl = s.ctl
    last = s.visit[u, on.TESTED]
    s.visit[u, on.TESTED] = ctl[on.MOVES]
    for i in range(q.near.shape[1]):
        v = q.near[u, i]
        if s.visit[v, on.TRIP] < 0 or max(_changed(s, u), _changed(s, v)) <= last:
            continue
        if try_pair(q, s, u, v):
            continue
        if q.reloads and i < 10:
            try_new_trip(q, s, u, s.visit[v, on.TRIP])
    if _changed(s, u) <= last:
        return
    if ctl[on.LOOP] > 0:
        try_empty(q, s, u)
    if q.optional:
        try_remove(q, s, u)
    if q.paired and s.visit[u, on.TRIP] >= 0 and q.node[u, at.IS_PICKUP]:
        improve_shipment(q, s, u)


@kernel(inline=False)
def _improve_absent(q, s, u):
    """Try to visit a client that is not visited."""
    ctl = s.ctl
    last = s.visit[u, on.TESTED]
    if last == ctl[on.MOVES]:
        return
    s.visit[u, on.TESTED] = ctl[on.MOVES]
    if q.node[u, at.PARTNER] >= 0:
        if q.node[u, at.IS_PICKUP]:
            improve_shipment(q, s, u)
        return
    if try_insert(q, s, u):
        return
    for i in range(q.near.shape[1]):
        v = q.near[u, i]
        if s.visit[v, on.TRIP] >= 0 and try_replace(q, s, u, v):
            return


@kernel(inline=False)
def _improve_routes(q, s):
    """Try the moves of whole routes."""
    since = s.ctl[on.IMPROVED] if s.ctl[on.LOOP] > 0 else -1
    improve_swaps(q, s)
    if q.fleet:
        improve_fleet(q, s, since)
    if q.reloads:
        for r in range(q.num_types, len(s.route)):
            if s.route[r, on.FIRST] >= 0 and s.route[r, on.CHANGED] > since:
                improve_reloads(q, s, r)
