"""The clients that are likely neighbors on a route, by distance and by time windows.

References
----------
Vidal, T., Crainic, T. G., Gendreau, M., & Prins, C. (2013). A hybrid genetic algorithm
with adaptive diversity management for a large class of vehicle routing problems with
time-windows. *Computers & Operations Research*, 40(1), section 4.4.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from routewright.problem import Problem
from routewright.travel import UNLIMITED, IntArray

from .neighbors import nearest_neighbors

#: Weights of the wait and of the lateness that two clients in a row cause.
_WAIT, _LATE = 0.2, 1.0
#: Of so many times the clients that are kept, nearest by distance, the best are taken.
_DRAWN = 4


def nearest_in_time(problem: Problem, k: int) -> npt.NDArray[np.int32]:
    """Return for every node the k clients that are nearest by distance and time.

    Those that a vehicle may serve on the same route come first.

    Parameters
    ----------
    problem
        The problem.
    k
        How many; at most one less than there are clients.

    Returns
    -------
    IntArray
        Node numbers, shape (nodes, k), nearest first; the rows of depots are not used.
    """
    p, first = problem.arrays(), problem.num_depots
    k = min(k, problem.num_clients - 1)
    out = np.zeros((len(p.location), max(k, 0)), dtype=np.int32)
    if k < 1:
        return out
    windows = bool((p.tw_early[first:] > 0).any() or (p.tw_late[first:] < UNLIMITED).any())
    choosy = windows or not p.may_serve.all()
    drawn = nearest_neighbors(problem, _DRAWN * k if choosy else k)
    if choosy:
        rows = np.arange(first, len(p.location))
        order = np.empty(drawn.shape, dtype=np.int64)
        for low in range(0, len(rows), 1000):
            block = slice(low, low + 1000)
            order[block] = _order(problem, rows[block], drawn[block])
        drawn = np.take_along_axis(drawn, order[:, :k], axis=1)
    out[first:] = drawn
    return out


def _order(problem: Problem, rows: IntArray, drawn: IntArray) -> IntArray:
    """Rank the candidates of some nodes."""
    p, travel = problem.arrays(), problem.travels[0]
    i = np.broadcast_to(rows[:, None], drawn.shape)

    def proximity(a: IntArray, b: IntArray) -> npt.NDArray[np.float64]:
        places = p.location[a].ravel(), p.location[b].ravel()
        distance = travel.distances(*places).reshape(a.shape).astype(np.float64)
        duration = travel.durations(*places).reshape(a.shape).astype(np.float64)
        soonest = p.tw_early[a] + p.service[a] + duration
        latest = p.tw_late[a].astype(np.float64) + p.service[a] + duration
        wait = np.maximum(p.tw_early[b] - latest, 0.0)
        late = np.maximum(soonest - p.tw_late[b], 0.0)
        return distance + _WAIT * wait + _LATE * late

    best = np.minimum(proximity(i, drawn), proximity(drawn, i))
    # Two clients that no vehicle may serve both come last.
    best[~(p.may_serve[:, i] & p.may_serve[:, drawn]).any(axis=0)] = np.inf
    ranked: IntArray = np.argsort(best, axis=1, kind="stable")
    return ranked
