"""The penalized search: every delta is the difference of two full evaluations, exactly."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from penalty_twin import Weights, penalized_cost
from strategies import SEARCHABLE, problems, solutions

import routewright as rw
from routewright.attributes import Attribute
from routewright.solvers.fleet import Plan
from routewright.solvers.kernels import kernel
from routewright.solvers.kernels import penalty_columns as on
from routewright.solvers.kernels.penalty_parts import apply_parts, delta_below
from routewright.solvers.penalty import PenaltyWorker, penalty_rules
from routewright.solvers.rich import RichEngine

A = Attribute

HANDLED = SEARCHABLE - {
    A.LOCKS,
    A.FIXED_EDGES,
    A.PRECEDENCE,
    A.UNREACHABLE,
    A.SPLIT_DELIVERY,
}
ALMOST = 1 << 59


@kernel
def run_delta(q: Any, s: Any, t: Any, t2: Any, within: Any) -> Any:
    return delta_below(q, s, t, t2, within, ALMOST)


@kernel
def run_apply(q: Any, s: Any, t: Any, t2: Any) -> None:
    apply_parts(q, s, t, t2)


def drawn(**options: Any) -> st.SearchStrategy[rw.Problem]:
    options = {"max_clients": 7, "decimals": False, "min_clients": 1, **options}
    # The twin tries every start: times have to be small whole numbers.
    return problems(allow=HANDLED, **options).filter(lambda p: p.scale.time == 1)


def loaded(data: st.DataObject, problem: rw.Problem) -> tuple[RichEngine, PenaltyWorker, Weights]:
    """A worker with a plan that may break any rule."""
    engine = RichEngine(problem)
    worker = PenaltyWorker(penalty_rules(engine))
    w = Weights(*(data.draw(st.integers(1, 9)) for _ in range(5)))
    weight = np.zeros(on.W_LOAD + problem.num_dimensions, dtype=np.int64)
    weight[on.W_LOAD :] = 256 * w.load
    weight[on.W_TIME], weight[on.W_DURATION] = 256 * w.time, 256 * w.duration
    weight[on.W_DISTANCE], weight[on.W_STOPS] = 256 * w.distance, 256 * w.stops
    weight[on.W_HARD] = w.hard
    worker.load(engine.adopt(data.draw(solutions(problem))), weight, 1)
    return engine, worker, w


def is_rough(problem: rw.Problem) -> bool:
    """Whether durations are only bounded: several windows, and durations that cost."""
    timed = {A.MAX_DURATION, A.DURATION_COSTS, A.OVERTIME}
    used = problem.attributes()
    return A.MULTIPLE_TIME_WINDOWS in used and bool(timed & used)


@settings(max_examples=150)
@given(data=st.data())
def test_the_cost_of_a_plan_is_what_the_twin_says(data: st.DataObject) -> None:
    problem = data.draw(drawn())
    assume(not is_rough(problem))
    engine, worker, w = loaded(data, problem)
    result = worker.result()
    solution = engine.solution(result.plan)
    assert result.cost == penalized_cost(problem, solution, w)
    assert (result.broken == 0) == rw.check(problem, solution).feasible


def trips_of(worker: PenaltyWorker) -> dict[int, list[int]]:
    s, out = worker.s, {}
    for r in range(worker.q.num_types, len(s.route)):
        t = s.route[r, on.FIRST]
        while t >= 0:
            v, clients = s.trip[t, on.HEAD], []
            while v >= 0:
                clients.append(int(v))
                v = s.visit[v, on.NEXT]
            out[int(t)] = clients
            t = s.trip[t, on.AFTER]
    return out


def draw_parts(data: st.DataObject, worker: PenaltyWorker, trips: list[list[int]]) -> None:
    """Cut trips into paths, and give them to the trips in any order, some of them reversed."""
    paths = []
    for clients in trips:
        cuts = data.draw(st.lists(st.integers(0, len(clients)), max_size=2))
        bounds = [0, *sorted(cuts), len(clients)]
        paths += [clients[a:b] for a, b in pairwise(bounds) if a < b]
    worker.s.ctl[on.PARTS] = worker.s.ctl[on.PARTS_2] = 0
    for path in data.draw(st.permutations(paths)):
        side = data.draw(st.integers(0, 1)) if len(trips) > 1 else 0
        back = data.draw(st.integers(0, 1))
        ends = (path[-1], path[0]) if back else (path[0], path[-1])
        worker.s.part[side, worker.s.ctl[on.PARTS + side]] = (*ends, back)
        worker.s.ctl[on.PARTS + side] += 1


@settings(max_examples=300)
@given(data=st.data())
def test_every_delta_is_the_difference_of_two_full_evaluations(data: st.DataObject) -> None:
    problem = data.draw(drawn())
    _, worker, _ = loaded(data, problem)
    q, s = worker.q, worker.s
    for _ in range(3):
        trips = trips_of(worker)
        kinds = [k for k in range(q.num_types) if s.route[k, on.USED] < q.kind[k, 0]]
        places = [*trips, *kinds]
        if not trips:
            return
        t = data.draw(st.sampled_from(sorted(trips)))
        t2 = data.draw(st.sampled_from(sorted({*places, -1} - {t})))
        draw_parts(data, worker, [trips[t]] + ([trips.get(t2, [])] if t2 >= 0 else []))
        before = worker.result().cost
        delta = run_delta(q, s, t, t2, t2 < 0)
        run_apply(q, s, t, t2)
        assert worker.result().cost == before + delta
        again = PenaltyWorker(q)
        again.load(worker.result().plan, s.weight, 1)
        assert again.result().cost == before + delta


@settings(max_examples=200)
@given(data=st.data())
def test_descent_ends_with_a_plan_that_is_no_worse(data: st.DataObject) -> None:
    problem = data.draw(drawn())
    engine, worker, w = loaded(data, problem)
    before = worker.result().cost
    while not worker.descend(50):
        pass
    result = worker.result()
    assert result.cost <= before
    visits = [v for v in result.plan.visits.tolist() if v >= problem.num_depots]
    assert len(visits) == len(set(visits))
    if not is_rough(problem):
        solution = engine.solution(result.plan)
        assert result.cost == penalized_cost(problem, solution, w)


def test_a_plan_of_nothing_can_be_loaded(square: rw.Problem) -> None:
    engine = RichEngine(square)
    worker = PenaltyWorker(penalty_rules(engine))
    none = np.zeros(0, dtype=np.int64)
    weight = np.full(on.W_LOAD + 1, 256, dtype=np.int64)
    weight[on.W_HARD] = 1000
    worker.load(Plan(none, np.zeros(1, dtype=np.int64), none), weight, 1)
    assert worker.result().cost == 4000
