"""One call of every ``run_*`` kernel, on arrays that take no time, to have it compiled."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from routewright.arrays import ProblemArrays

from .insertion import new_prefixes, run_insertion, run_route
from .savings import new_fragments, run_merges, run_singles

#: The kernels that Python calls, by name.
RUN_KERNELS = {k.__name__: k for k in (run_insertion, run_merges, run_route, run_singles)}


def _singles(p: ProblemArrays) -> None:
    run_singles(p, new_fragments(p))


def _merges(p: ProblemArrays) -> None:
    s, none = new_fragments(p), p.location[:0]
    run_merges(p, s, none, none, s.used, 0)


def _route(p: ProblemArrays) -> None:
    run_route(p, new_prefixes(p), np.arange(p.num_depots, len(p.location)), 0)


def _insertion(p: ProblemArrays) -> None:
    none = p.location[:0]
    run_insertion(p, new_prefixes(p), none, np.zeros(1, dtype=np.int64), none, 0, -1)


#: How to call each kernel once, in an order that compiles shared helpers first.
CALLS: dict[str, Callable[[ProblemArrays], None]] = {
    "run_singles": _singles,
    "run_merges": _merges,
    "run_route": _route,
    "run_insertion": _insertion,
}
