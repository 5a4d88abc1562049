"""Where a search over plain problems starts: tables of arcs, and a plan by savings.

References
----------
Clarke, G., & Wright, J. W. (1964). Scheduling of vehicles from a central depot to a
number of delivery points. *Operations Research*, 12(4).
"""

from __future__ import annotations

import numpy as np

from . import kernel
from .plain_state import DEMAND, NEXT, POSITION, PREFIX, PREV, arc_cost

#: Largest cost in a table of 32 bits.
_LARGEST = (1 << 31) - 1


@kernel
def run_plain_tables(p, matrix, near_cost, depot_cost):
    """Fill the tables of arcs; return the largest cost, which may be too large for them."""
    largest = -p.empty
    for i in range(len(matrix)):
        for j in range(i):
            cost = arc_cost(p, i, j)
            largest = max(largest, cost)
            matrix[i, j] = matrix[j, i] = min(cost, _LARGEST)
        matrix[i, i] = 0
    if len(matrix) > 0:
        matrix[0, 0] = max(p.empty, -_LARGEST)
    for i in range(1, len(near_cost)):
        depot_cost[i] = arc_cost(p, 0, i)
        for k in range(near_cost.shape[1]):
            cost = arc_cost(p, i, np.int64(p.near[i, k]))
            near_cost[i, k] = cost if cost <= _LARGEST else -1
    return largest


@kernel
def run_plain_pairs(p, width, first, second, saving):
    """List every pair of neighbors once, with what joining them saves; return how many."""
    m = 0
    for i in range(1, len(p.near)):
        for k in range(width):
            j = np.int64(p.near[i, k])
            if j < i and arc_cost(p, i, j) <= arc_cost(p, j, np.int64(p.near[j, width - 1])):
                continue  # listed by j, except perhaps on a tie: twice does no harm
            first[m], second[m] = i, j
            saving[m] = p.depot_cost[i] + p.depot_cost[j] - arc_cost(p, i, j) - p.empty
            m += 1
    return m


@kernel
def run_plain_merges(p, s, first, second, order, visits, start):
    """Join routes at the pairs, in order, as long as they fit; write the plan; return its routes.

    Until then, PREV and NEXT are the neighbors in any order, POSITION is the other end
    of the route, and PREFIX its load; the last two hold at its ends.
    """
    for v in range(1, len(s.node)):
        s.node[v, PREV] = s.node[v, NEXT] = 0
        s.node[v, POSITION] = v
        s.node[v, PREFIX] = s.node[v, DEMAND]
    for t in range(len(order)):
        i, j = first[order[t]], second[order[t]]
        if s.node[i, NEXT] > 0 or s.node[j, NEXT] > 0 or s.node[i, POSITION] == j:
            continue
        load = s.node[i, PREFIX] + s.node[j, PREFIX]
        if load > p.capacity:
            continue
        a, b = s.node[i, POSITION], s.node[j, POSITION]
        s.node[a, POSITION] = b
        s.node[b, POSITION] = a
        s.node[a, PREFIX] = s.node[b, PREFIX] = load
        s.node[i, NEXT if s.node[i, PREV] > 0 else PREV] = j
        s.node[j, NEXT if s.node[j, PREV] > 0 else PREV] = i
    k = routes = 0
    for v in range(1, len(s.node)):
        if s.node[v, NEXT] > 0 or s.node[v, POSITION] < v:
            continue  # inside a route, or its second end
        u, before = v, 0
        while u > 0:
            visits[k] = u
            k += 1
            after = s.node[u, PREV] if s.node[u, PREV] != before else s.node[u, NEXT]
            before, u = u, after
        routes += 1
        start[routes] = k
    return routes
