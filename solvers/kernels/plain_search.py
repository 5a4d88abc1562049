"""The search over plain problems: ruin, recreate, descend, and accept or undo."""

from __future__ import annotations

import math

from . import kernel
from .plain_moves import NONE, apply_move, delta_best_move, try_swap_star
from .plain_ruin import insert_client, order_removed, ruin_strings
from .plain_state import (
    ACCEPTED,
    BEST_ENERGY,
    DESCENTS,
    DIRTY,
    ENERGY,
    HEAD,
    MOVES,
    NEXT,
    NUM_ABSENT,
    NUM_BACKUP,
    NUM_DIRTY,
    NUM_EJECTED,
    NUM_QUEUED,
    NUM_REMOVED,
    NUM_SAVED,
    STAMP,
    undo_routes,
)
from .random import uniform


@kernel
def run_plain_search(p, s, c, rng, iterations, temperature):
    """Ruin and recreate ``iterations`` times, accepting as simulated annealing does."""
    for _ in range(iterations):
        s.counts[STAMP] += 1
        s.counts[NUM_SAVED] = s.counts[NUM_BACKUP] = s.counts[NUM_REMOVED] = 0
        delta = ruin_strings(p, s, c, rng)
        order_removed(p, s, rng)
        left_out = t = s.counts[NUM_EJECTED] = 0
        while t < s.counts[NUM_REMOVED]:
            x = s.removed[t]
            t += 1
            cost = insert_client(p, s, c, rng, x)
            if cost < 0 and s.at[x] < 0:
                s.removed[left_out] = x
                left_out += 1
            else:
                delta += cost
        limit = -temperature * math.log(uniform(rng) + 1e-300)
        if left_out + s.counts[NUM_ABSENT] > 0:
            limit = _limit_with_absent(s, left_out, limit)
        if delta != 0 and delta < limit + c.slack:
            s.counts[DESCENTS] += 1
            delta += _descend(p, s, c)
        else:
            _clear_queue(s)
        if delta < limit:
            _accept(p, s, delta, left_out)
        else:
            undo_routes(s)
            for k in range(s.counts[NUM_ABSENT]):
                s.at[s.absent[k]] = -1


@kernel
def _descend(p, s, c):
    """Improve around the queued clients until none of them can; return the change."""
    total = 0
    while s.counts[NUM_QUEUED] > 0:
        s.counts[NUM_QUEUED] -= 1
        u = s.queue[s.counts[NUM_QUEUED]]
        s.queued[u] = 0
        while s.at[u] >= 0:
            delta, kind, v, string = delta_best_move(p, s, c, u)
            if kind != NONE:
                apply_move(p, s, u, v, kind, string)
            else:
                delta = try_swap_star(p, s, c, u)
            if delta == 0:
                break
            total += delta
            s.counts[MOVES] += 1
    return total


@kernel
def _clear_queue(s):
    for k in range(s.counts[NUM_QUEUED]):
        s.queued[s.queue[k]] = 0
    s.counts[NUM_QUEUED] = 0


@kernel(inline=False)
def _limit_with_absent(s, left_out, limit):
    """Limit on the change in cost where clients are left out now or were before.

    Fewer absences in the past weigh more than cost: who was often left out gets a place.
    """
    before = after = 0
    for k in range(s.counts[NUM_ABSENT]):
        before += s.absences[s.absent[k]]
    for k in range(left_out):
        after += s.absences[s.removed[k]]
        s.absences[s.removed[k]] += 1
    if after > before:
        return -float(1 << 62)
    return float(1 << 62) if after < before else limit


@kernel
def _accept(p, s, delta, left_out):
    s.counts[ACCEPTED] += 1
    s.counts[ENERGY] += delta + p.penalty * (left_out - s.counts[NUM_ABSENT])
    for k in range(left_out):
        s.absent[k] = s.removed[k]
    s.counts[NUM_ABSENT] = left_out
    for t in range(s.counts[NUM_SAVED]):
        r = s.saved[t, 0]
        if s.route[r, DIRTY] == 0:
            s.route[r, DIRTY] = 1
            s.dirty[s.counts[NUM_DIRTY]] = r
            s.counts[NUM_DIRTY] += 1
    if s.counts[ENERGY] < s.counts[BEST_ENERGY]:
        s.counts[BEST_ENERGY] = s.counts[ENERGY]
        for t in range(s.counts[NUM_DIRTY]):
            r = s.dirty[t]
            s.route[r, DIRTY] = 0
            v = s.route[r, HEAD]
            s.best_head[r] = v
            while v > 0:
                s.best_next[v] = s.node[v, NEXT]
                v = s.node[v, NEXT]
        s.counts[NUM_DIRTY] = 0
