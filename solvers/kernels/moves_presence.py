"""Moves that change who is visited: insertion, removal, replacement; and new trips."""

from __future__ import annotations

from . import kernel
from . import penalty_columns as on
from . import rich_columns as at
from .penalty_parts import (
    apply_parts,
    clear,
    delta_below,
    exchange_presence,
    push,
    push_head,
    push_tail,
)


@kernel
def gain_of(q, s, u):
    """What the plan gains by visiting client u, or loses without it."""
    g, hard = q.node[u, at.GROUP], s.weight[on.W_HARD]
    gain = q.node[u, at.PRIZE] + q.node[u, at.REQUIRED] * hard
    if g >= 0 and q.node[u, on.GROUP_REQUIRED]:
        gain += hard
    return gain


@kernel
def _describe(s, u, gone, t2, v):
    """Parts of putting u behind v (-1: first) in trip t2, with client ``gone`` taken out.

    Returns the other trip that changes, or -1.
    """
    clear(s, 0)
    clear(s, 1)
    t = s.visit[gone, on.TRIP] if gone >= 0 else -1
    y = s.visit[v, on.NEXT] if v >= 0 else s.trip[t2, on.HEAD]
    if t != t2:
        push_head(s, 0, t2, v)
        push(s, 0, u, u)
        push_tail(s, 0, t2, y)
        if t >= 0:
            push_head(s, 1, t, s.visit[gone, on.PREV])
            push_tail(s, 1, t, s.visit[gone, on.NEXT])
        return t
    pu, x = s.visit[gone, on.PREV], s.visit[gone, on.NEXT]
    if v == gone:
        v = pu
    if v >= 0 and s.visit[v, on.POSITION] > s.visit[gone, on.POSITION]:
        push_head(s, 0, t, pu)
        push(s, 0, x, v)
        push(s, 0, u, u)
        push_tail(s, 0, t, s.visit[v, on.NEXT])
        return -1
    push_head(s, 0, t, v)
    push(s, 0, u, u)
    if v != pu:
        push(s, 0, s.visit[v, on.NEXT] if v >= 0 else s.trip[t, on.HEAD], pu)
    push_tail(s, 0, t, x)
    return -1


@kernel(inline=False)
def try_insert(q, s, u):
    """Put client u, which is not visited, where it costs least, if it is worth that.

    If another one of its group is visited, it takes that one's place in the plan.
    """
    g, gone = q.node[u, at.GROUP], -1
    if g >= 0 and s.visit[g, on.SERVED] >= 0:
        gone = s.visit[g, on.SERVED]
        if q.node[gone, at.PARTNER] >= 0:
            return False
    best = gain_of(q, s, u) - (gain_of(q, s, gone) if gone >= 0 else 0)
    where, behind, found = -1, -1, False
    for i in range(-q.num_types, q.near.shape[1]):
        if i < 0:
            t2, v = -1 - i, -1
            if s.route[t2, on.USED] >= q.kind[t2, at.AVAILABLE]:
                continue
        else:
            v = q.near[u, i]
            t2 = s.visit[v, on.TRIP]
            if t2 < 0:
                continue
        for first in range(2):
            if first == 1 and (v < 0 or s.visit[v, on.PREV] >= 0):
                continue
            w = -1 if first else v
            other = _describe(s, u, gone, t2, w)
            delta = delta_below(q, s, t2, other, False, best)
            if delta < best:
                best, where, behind, found = delta, t2, w, True
    if not found:
        return False
    other = _describe(s, u, gone, where, behind)
    apply_parts(q, s, where, other)
    exchange_presence(q, s, gone, u)
    return True


@kernel(inline=False)
def try_remove(q, s, u):
    """Leave client u out, if that pays."""
    if q.node[u, at.PARTNER] >= 0:
        return False
    gain = gain_of(q, s, u)
    if gain >= s.weight[on.W_HARD]:
        return False
    t = s.visit[u, on.TRIP]
    clear(s, 0)
    clear(s, 1)
    push_head(s, 0, t, s.visit[u, on.PREV])
    push_tail(s, 0, t, s.visit[u, on.NEXT])
    if delta_below(q, s, t, -1, False, -gain) >= -gain:
        return False
    apply_parts(q, s, t, -1)
    exchange_presence(q, s, u, -1)
    return True


@kernel(inline=False)
def try_replace(q, s, u, v):
    """Visit client u, which is not visited, instead of client v, in its place."""
    if q.node[v, at.PARTNER] >= 0 or q.node[u, at.PARTNER] >= 0:
        return False
    g, t = q.node[u, at.GROUP], s.visit[v, on.TRIP]
    if g >= 0 and s.visit[g, on.SERVED] >= 0 and s.visit[g, on.SERVED] != v:
        return False
    gain = gain_of(q, s, u) - gain_of(q, s, v)
    clear(s, 0)
    clear(s, 1)
    push_head(s, 0, t, s.visit[v, on.PREV])
    push(s, 0, u, u)
    push_tail(s, 0, t, s.visit[v, on.NEXT])
    if delta_below(q, s, t, -1, False, gain) >= gain:
        return False
    apply_parts(q, s, t, -1)
    exchange_presence(q, s, v, u)
    return True
