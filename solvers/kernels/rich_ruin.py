"""Ruin: strings of clients taken out of neighboring trips.

References
----------
Christiaens, J., & Vanden Berghe, G. (2020). Slack induction by string removals for
vehicle routing problems. *Transportation Science*, 54(2), section 5.
"""

from __future__ import annotations

from . import kernel
from . import rich_columns as at
from .random import below, uniform
from .rich_changes import drop, fresh

#: Chance that a string is split, and that the part kept in its middle grows.
_SPLIT, _GROW = 0.5, 0.99
#: How often whole routes are taken out, where there are several types of vehicles, and how
#: many at most; the same where types differ in capacity and costs alone.
_WHOLE, _MOST_ROUTES = 0.05, 3
_WHOLE_MIXED, _MOST_MIXED = 0.2, 6
#: After how many times the usual number of clients no more routes are taken out.
_MOST_TIMES = 3


@kernel(inline=False)
def ruin_strings(p, s, average, longest):
    """Take strings out of trips near a random client; ``average`` clients in all."""
    ctl, rng = s.ctl, s.rng
    seed = s.active[below(rng, len(s.active))]
    most = min(longest, len(s.active) / max(1, ctl[at.NUM_ROUTES]))
    strings = int(uniform(rng) * (4 * average / (1 + most) - 1)) + 1
    # A fleet changes its make-up if neighboring routes are planned anew, as a whole.
    whole = p.num_types > 1 and uniform(rng) < (_WHOLE_MIXED if p.mixed else _WHOLE)
    if whole:
        strings = 1 + below(rng, _MOST_MIXED if p.mixed else _MOST_ROUTES)
    ctl[at.WHOLE] = whole
    for i in range(-1, p.near.shape[1]):
        if strings <= 0 or ctl[at.NUM_REMOVED] > _MOST_TIMES * average:
            break
        c = seed if i < 0 else p.near[seed, i]
        t = s.visit[c, at.TRIP]
        if t < 0 or s.route[s.trip[t, at.ROUTE], at.MARK] == ctl[at.STAMP]:
            continue
        strings -= 1
        if whole:
            empty_route(p, s, s.trip[t, at.ROUTE])
        else:
            _cut(p, s, c, t, most)
    _repair(p, s)


@kernel
def _cut(p, s, c, t, most):
    """Take a random string that covers client c out of trip t."""
    rng, size = s.rng, s.trip[t, at.SIZE]
    length = min(size, below(rng, min(size, most)) + 1)
    keep = 0
    if 1 < length < size and uniform(rng) < _SPLIT:
        keep = 1
        while length + keep < size and uniform(rng) < _GROW:
            keep += 1
    total = length + keep
    before, v = 0, s.visit[c, at.PREV]
    while before < total - 1 and v >= 0:
        before, v = before + 1, s.visit[v, at.PREV]
    after, v = 0, s.visit[c, at.NEXT]
    while after < total - 1 and v >= 0:
        after, v = after + 1, s.visit[v, at.NEXT]
    # All strings of this length that cover c are equally likely.
    low = total - 1 - after
    back = low + below(rng, before - low + 1)
    v = c
    for _ in range(back):
        v = s.visit[v, at.PREV]
    first = length if keep == 0 else 1 + below(rng, length - 1)
    m = 0
    for i in range(total):
        if i < first or i >= first + keep:
            s.lists[at.BUFFER, m] = v
            m += 1
        v = s.visit[v, at.NEXT]
    for i in range(m):
        drop_unit(p, s, s.lists[at.BUFFER, i])


@kernel(inline=False)
def drop_unit(p, s, v):
    """Take out a client, and the other end of its shipment."""
    other = p.node[v, at.PARTNER]
    for _ in range(2):
        if v >= 0 and s.visit[v, at.TRIP] >= 0:
            drop(p, s, v)
        v = other


@kernel
def _repair(p, s):
    """Empty the routes that are not feasible without what was taken out.

    It happens where the way around is shorter than the direct one, or if only backhauls
    are left.
    """
    i = 0
    while i < s.ctl[at.NUM_TOUCHED]:
        r = s.touched[i, at.T_ROUTE]
        fresh(p, s, r)
        if not s.route[r, at.FEASIBLE]:
            empty_route(p, s, r)
        i += 1


@kernel
def empty_route(p, s, r):
    """Take all clients out of a route."""
    while s.route[r, at.FIRST] >= 0:
        drop_unit(p, s, s.trip[s.route[r, at.FIRST], at.HEAD])
