"""One call of every ``run_*`` kernel, on arrays that take no time, to have it compiled."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from routewright.arrays import ProblemArrays

from .insertion import new_prefixes, run_insertion, run_route
from .penalty_routes import run_penalty_export, run_penalty_load
from .penalty_search import run_descent
from .penalty_types import PenaltyRules, PenaltyState, new_penalty_state, no_penalty_rules
from .plain_ruin import new_plain_settings
from .plain_search import run_plain_search
from .plain_start import run_plain_merges, run_plain_pairs, run_plain_tables
from .plain_state import (
    PlainArrays,
    PlainState,
    new_plain_arrays,
    new_plain_state,
    run_plain_export,
    run_plain_load,
)
from .policy_steps import run_policy_start, run_policy_steps
from .policy_types import new_policy_state, no_policy
from .rich_changes import run_export
from .rich_search import run_alone, run_insert, run_load, run_search
from .rich_types import RichProblem, RichState, new_rich_problem, new_rich_state
from .savings import new_fragments, run_merges, run_singles
from .split import run_split
from .tour_calls import TOUR_CALLS, TOUR_KERNELS

#: The kernels that Python calls, by name.
RUN_KERNELS = {
    k.__name__: k
    for k in (
        run_descent,
        run_alone,
        run_export,
        run_insert,
        run_load,
        run_search,
        run_insertion,
        run_merges,
        run_penalty_export,
        run_penalty_load,
        run_plain_export,
        run_plain_load,
        run_plain_merges,
        run_plain_pairs,
        run_plain_search,
        run_plain_tables,
        run_policy_start,
        run_policy_steps,
        run_route,
        run_singles,
        run_split,
    )
} | TOUR_KERNELS


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


def _plain(p: ProblemArrays) -> tuple[PlainArrays, PlainState]:
    """A plain problem without clients."""
    return new_plain_arrays(p, 0, p.location[:1]), new_plain_state(p.location[:1] * 0)


def _plain_tables(p: ProblemArrays) -> None:
    plain, _ = _plain(p)
    run_plain_tables(plain, plain.matrix, plain.near_cost, plain.depot_cost)


def _plain_pairs(p: ProblemArrays) -> None:
    none = p.location[:0]
    run_plain_pairs(_plain(p)[0], 0, none, none, none)


def _plain_merges(p: ProblemArrays) -> None:
    none = p.location[:0]
    run_plain_merges(*_plain(p), none, none, none, none, none)


def _plain_load(p: ProblemArrays) -> None:
    none = p.location[:0]
    run_plain_load(*_plain(p), none, np.zeros(1, dtype=np.int64), none)


def _plain_search(p: ProblemArrays) -> None:
    rng = np.ones(1, dtype=np.uint64)
    run_plain_search(*_plain(p), new_plain_settings(1.0), rng, 0, 1.0)


def _plain_export(p: ProblemArrays) -> None:
    none = p.location[:0]
    run_plain_export(_plain(p)[1], 0, none, none)


def _penalty(p: ProblemArrays) -> tuple[PenaltyRules, PenaltyState]:
    """A problem without nodes, and an empty plan of it."""
    q, none = no_penalty_rules(), p.location[:0]
    s = new_penalty_state(q)
    run_penalty_load(q, s, none, np.zeros(1, dtype=np.int64), none)
    return q, s


def _penalty_load(p: ProblemArrays) -> None:
    _penalty(p)


def _penalty_export(p: ProblemArrays) -> None:
    run_penalty_export(*_penalty(p), p.location[:0], np.zeros(1, dtype=np.int64), p.location[:0])


def _descent(p: ProblemArrays) -> None:
    run_descent(*_penalty(p), 0)


def _split(p: ProblemArrays) -> None:
    one = np.zeros(1, dtype=np.int64)
    run_split(*_penalty(p), p.location[:0], 1, one, one, one)


def _rich(p: ProblemArrays) -> tuple[RichProblem, RichState]:
    """The problem as the general search sees it."""
    rich = new_rich_problem(p, range(p.num_types))
    return rich, new_rich_state(rich, (0,))


def _alone(p: ProblemArrays) -> None:
    rich, state = _rich(p)
    run_alone(rich, state, rich.alone)


def _load(p: ProblemArrays) -> None:
    none = p.location[:0]
    start = np.zeros(1, dtype=np.int64)
    run_load(*_rich(p), none, start, none, np.ones(len(p.location), dtype=np.int64))


def _insert(p: ProblemArrays) -> None:
    run_insert(*_rich(p), p.location[:0], 0)


def _search(p: ProblemArrays) -> None:
    run_search(*_rich(p), 0, 1.0, 1.0, 10.0, 10.0)


def _export(p: ProblemArrays) -> None:
    none = p.location[:0]
    run_export(_rich(p)[1], 0, none, np.zeros(1, dtype=np.int64), none)


def _policy_start(p: ProblemArrays) -> None:
    problem, network = no_policy()
    run_policy_start(problem, network, new_policy_state(network, 1, 1), -1)


def _policy_steps(p: ProblemArrays) -> None:
    problem, network = no_policy()
    run_policy_steps(problem, network, new_policy_state(network, 1, 1), 0, 0.0)


#: How to call each kernel once, in an order that compiles shared helpers first.
CALLS: dict[str, Callable[[ProblemArrays], None]] = {
    "run_singles": _singles,
    "run_merges": _merges,
    "run_route": _route,
    "run_insertion": _insertion,
    "run_plain_tables": _plain_tables,
    "run_plain_pairs": _plain_pairs,
    "run_plain_merges": _plain_merges,
    "run_plain_load": _plain_load,
    "run_plain_search": _plain_search,
    "run_plain_export": _plain_export,
    "run_penalty_load": _penalty_load,
    "run_penalty_export": _penalty_export,
    "run_descent": _descent,
    "run_split": _split,
    "run_alone": _alone,
    "run_load": _load,
    "run_insert": _insert,
    "run_search": _search,
    "run_export": _export,
    "run_policy_start": _policy_start,
    "run_policy_steps": _policy_steps,
    **TOUR_CALLS,
}
