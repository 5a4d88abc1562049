"""The exact solver against the enumeration of every plan, part by part and as a whole."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
import tight
import tiny
from brute_force import best_plan
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import problems

import routewright as rw
from routewright.attributes import Attribute
from routewright.problem import Window
from routewright.solvers.exact import MAX_CLIENTS, Exact
from routewright.solvers.exact_partition import Fleet, Partition, no_routes, routes
from routewright.solvers.exact_time import (
    ReadyTime,
    after_stop,
    is_never_later,
    shortest,
    starting,
)

A = Attribute


def solve(problem: rw.Problem, seconds: float = 60.0) -> rw.Result | None:
    """The result; None where the solver proves that no plan is feasible."""
    try:
        return Exact().solve(problem, rw.MaxRuntime(seconds))
    except rw.InfeasibleError:
        return None


def assert_optimal(drawn: rw.Problem) -> None:
    """What may be brought in parts is brought whole here: the solver refuses it."""
    clients = tuple(replace(client, splittable=False) for client in drawn.clients)
    problem = drawn.replace(clients=clients)
    result, wanted = solve(problem), best_plan(problem)
    if wanted is None:
        assert result is None
    else:
        assert result is not None
        assert result.status is rw.Status.OPTIMAL
        assert result.stop_reason == "optimal"
        assert result.bound == result.cost
        assert result.report.key == wanted.key


# Whole problems -----------------------------------------------------------------


@given(problems(max_clients=4))
def test_optimal_whatever_the_attributes(problem: rw.Problem) -> None:
    assert_optimal(problem)


@given(tiny.problems())
def test_optimal_on_matrices_without_triangle_inequality(problem: rw.Problem) -> None:
    assert_optimal(problem)


@given(tight.plans())
def test_optimal_where_limits_leave_no_slack(pair: tuple[rw.Problem, rw.Solution]) -> None:
    assert_optimal(pair[0])


#: Attributes that only matter together, or that are seldom drawn.
TOGETHER = [
    {A.SHIPMENTS, A.CAPACITY, A.RELOADS, A.OPTIONAL_CLIENTS},
    {A.RELOADS, A.RELEASE_TIMES, A.DURATION_COSTS},
    {A.OVERTIME, A.MAX_DURATION, A.DURATION_COSTS, A.TIME_WINDOWS, A.MULTIPLE_TIME_WINDOWS},
    {A.LIMITED_FLEET, A.HETEROGENEOUS_FLEET, A.VEHICLES_FIRST, A.OPTIONAL_CLIENTS},
    {A.PRECEDENCE, A.OPTIONAL_CLIENTS, A.GROUPS},
    {A.FIXED_EDGES, A.RELOADS, A.MULTIPLE_DEPOTS},
    {A.LOCKS, A.RELOADS, A.HETEROGENEOUS_FLEET},
    {A.BACKHAUL, A.CAPACITY, A.PICKUP, A.RELOADS},
    {A.OPEN_ROUTES, A.RELEASE_TIMES, A.DURATION_COSTS, A.SHIFTS},
]


@pytest.mark.parametrize("used", TOGETHER, ids=lambda used: "-".join(sorted(used))[:60])
@settings(max_examples=10)
@given(data=st.data())
def test_optimal_for_attributes_that_matter_together(
    used: set[Attribute], data: st.DataObject
) -> None:
    assert_optimal(data.draw(problems(require=used, allow=used, min_clients=2, max_clients=4)))


@pytest.mark.slow
@settings(max_examples=20)
@given(problems(min_clients=5, max_clients=5))
def test_optimal_for_five_clients(problem: rw.Problem) -> None:
    assert_optimal(problem)


def ring(n: int, **kind: object) -> rw.Model:
    """Clients on a circle of radius 10, each with a delivery of 1."""
    model = rw.Model()
    model.add_depot(x=0, y=0)
    for angle in np.linspace(0, 2 * np.pi, n, endpoint=False):
        x, y = 10 * np.cos(angle), 10 * np.sin(angle)
        model.add_client(x=float(x), y=float(y), delivery=1)
    model.set_metric("exact")
    model.add_vehicle_type(**kind)  # type: ignore[arg-type]
    return model


def test_the_largest_size_has_a_known_optimum() -> None:
    """Around the circle without capacity; in three equal arcs with a capacity of four."""
    whole = solve(ring(MAX_CLIENTS).problem())
    assert whole is not None
    step = round(20 * np.sin(np.pi / MAX_CLIENTS), 3)
    assert whole.cost == pytest.approx(20 + (MAX_CLIENTS - 1) * step)
    parts = solve(ring(MAX_CLIENTS, capacity=4).problem())
    assert parts is not None
    assert parts.cost == pytest.approx(3 * (20 + 3 * step))


def test_plans_that_no_rule_allows_are_proven_infeasible() -> None:
    """Three clients of 6 in two vehicles of 10: only trying all plans shows it."""
    model = rw.Model()
    model.add_depot(x=0, y=0)
    for x in (1, 2, 3):
        model.add_client(x=x, y=0, delivery=6)
    model.add_vehicle_type(count=2, capacity=10)
    with pytest.raises(rw.InfeasibleError, match="no plan satisfies every rule"):
        Exact().solve(model.problem(), rw.MaxRuntime(60))


def test_depots_beside_each_other_are_proven_infeasible() -> None:
    problem = ring(2).problem()
    problem = problem.replace(depots=(*problem.depots, rw.Depot("other", 1)))
    assert solve(problem) is not None
    assert solve(problem.replace(fixed_edges=((0, 1),))) is None


def test_types_without_vehicles_do_not_stand_in_for_their_like() -> None:
    problem = ring(3).problem()
    (van,) = problem.vehicle_types
    none = rw.VehicleType("none", count=0, unit_distance_cost=van.unit_distance_cost)
    result = solve(problem.replace(vehicle_types=(none, van)))
    assert result is not None
    assert {route.vehicle_type for route in result.solution.routes} == {1}


def test_vehicles_come_first_even_where_costs_are_huge() -> None:
    """Weights of vehicles beyond 64 bits must not wrap around."""
    problem = ring(4).problem()
    far, unit = 1 << 43, 1 << 14
    matrix = np.full((5, 5), far, dtype=np.int64)
    np.fill_diagonal(matrix, 0)
    matrix[0, :] = matrix[:, 0] = 1  # alone, each client is next to nothing
    problem = problem.replace(
        travels=(rw.MatrixTravel(matrix, matrix),),
        vehicle_types=(rw.VehicleType("van", unit_distance_cost=unit),),
        objective=rw.Objective.VEHICLES_THEN_COST,
    )
    result = solve(problem)
    assert result is not None
    assert result.report.key == (0, 1, (2 + 3 * far) * unit)


def test_too_large_a_problem_is_refused() -> None:
    exact = Exact()
    assert exact.refusal(ring(MAX_CLIENTS).problem()) == ""
    assert "more than 12 clients (there are 13)" in exact.refusal(ring(13).problem())


def test_too_many_choices_of_what_to_leave_out_are_refused() -> None:
    chain = rw.Model()
    chain.add_depot(x=0, y=0)
    for x in range(MAX_CLIENTS):
        chain.add_client(x=x, y=0, required=False, prize=1)
    for x in range(MAX_CLIENTS - 1):
        chain.add_precedence(x, x + 1)
    chain.add_vehicle_type()
    with pytest.raises(rw.UnsupportedError, match="precedences between optional clients"):
        Exact().solve(chain.problem(), rw.MaxRuntime(60))


@dataclass
class AfterLooks:
    """Stops at the n-th time that a search asks."""

    looks: int
    time_limit: float = math.inf
    iteration_limit: float = math.inf

    def reason(self, _: rw.Progress) -> str | None:
        self.looks -= 1
        return "looked at" if self.looks < 0 else None


@pytest.mark.parametrize("looks", [0, 1, 10, 60, 130, 180, 255, 256, 257, 258, 1000])
def test_a_search_that_is_stopped_claims_nothing(looks: int) -> None:
    """Whatever has been found by then makes a plan, and a complete search a proof."""
    problem = ring(8, count=4, capacity=3).problem()
    best = solve(problem)
    assert best is not None
    result = Exact().solve(problem, AfterLooks(looks))
    assert result.cost >= best.cost
    if result.status is rw.Status.OPTIMAL:
        assert looks > 256
        assert result.cost == best.cost
    else:
        assert result.stop_reason == "looked at"
        assert result.bound is None


def test_no_time_at_all_still_gives_a_plan() -> None:
    result = Exact().solve(ring(MAX_CLIENTS).problem(), rw.MaxRuntime(0.0))
    assert result.status is rw.Status.FEASIBLE
    assert result.stop_reason == "time limit"
    assert result.report.num_vehicles == MAX_CLIENTS


# Parts --------------------------------------------------------------------------

windows_ = tiny.windows()
stops = st.lists(
    st.tuples(st.integers(0, 6), windows_, st.integers(0, 4), st.sampled_from([0, 0, 9])),
    max_size=4,
)


def leaves(stops: list[tuple[int, tuple[Window, ...], int, int]], start: int) -> int | None:
    """When a route that starts then leaves its last stop, step by step; None if late."""
    now = start
    for travel, windows, service, not_before in stops:
        now += travel
        opens = [max(now, early) for early, late in windows if now <= late]
        if not opens:
            return None
        now = max(min(opens) + service, not_before)
    return now


def composed(stops: list[tuple[int, tuple[Window, ...], int, int]], last: int) -> ReadyTime:
    ready = starting(0, last)
    for travel, windows, service, not_before in stops:
        ready = after_stop(ready, travel, windows, service, not_before)
    return ready


@given(stops, st.integers(0, 40))
def test_ready_times_are_those_of_every_start(
    stops: list[tuple[int, tuple[Window, ...], int, int]], last: int
) -> None:
    ready = composed(stops, last)
    late = -1
    for piece in ready:
        assert late < piece.late
        assert piece.early <= piece.late
        for start in range(late + 1, piece.late + 1):
            assert leaves(stops, start) == max(start, piece.early) + piece.length
        late = piece.late
    assert all(leaves(stops, start) is None for start in range(late + 1, last + 1))
    if ready:
        durations = [leaves(stops, start) - start for start in range(late + 1)]  # type: ignore[operator]
        assert shortest(ready) == min(durations)


@given(stops, stops, st.integers(0, 40), st.integers(0, 40))
def test_never_later_means_at_no_start(
    a: list[tuple[int, tuple[Window, ...], int, int]],
    b: list[tuple[int, tuple[Window, ...], int, int]],
    last_a: int,
    last_b: int,
) -> None:
    first, second = composed(a, last_a), composed(b, last_b)
    if not first or not second:
        return
    starts = range(second[-1].late + 1)
    times = [(leaves(a, t) if t <= first[-1].late else None, leaves(b, t)) for t in starts]
    wanted = all(x is not None and y is not None and x <= y for x, y in times)
    assert is_never_later(first, second) == wanted


#: For each type: cost of a route by set of clients, and number of vehicles.
Tables = list[tuple[dict[int, int], int]]


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, Tables, int]:
    """Number of clients, tables, and a bound on sums that may pass 64 bits."""
    n, huge = draw(st.integers(1, 4)), draw(st.sampled_from([0, 1 << 70]))
    cost = st.integers(huge // 8, huge // 8 + 20)
    table = st.dictionaries(st.integers(1, (1 << n) - 1), cost)
    return n, draw(st.lists(st.tuples(table, st.integers(0, n)), min_size=1, max_size=3)), huge


def cheapest(kinds: Tables, mask: int, left: tuple[int, ...]) -> int | None:
    """Cheapest division of a set, by trying every route for its first client."""
    if not mask:
        return 0
    ways = []
    for k, (table, _) in enumerate(kinds):
        for route, cost in table.items():
            if left[k] and route & mask & -mask and not route & ~mask:
                fewer = tuple(count - (k == q) for q, count in enumerate(left))
                rest = cheapest(kinds, mask ^ route, fewer)
                if rest is not None:
                    ways.append(cost + rest)
    return min(ways, default=None)


@given(tables())
def test_divisions_are_the_cheapest_of_every_set(drawn: tuple[int, Tables, int]) -> None:
    n, kinds, huge = drawn
    fleets = []
    for table, count in kinds:
        cost = no_routes(n, huge)
        for mask, value in table.items():
            cost[mask] = value
        fleets.append(Fleet(cost, count))
    layer = Partition(n).solve(fleets, lambda: False)
    assert layer is not None
    for mask in range(1 << n):
        wanted = cheapest(kinds, mask, tuple(count for _, count in kinds))
        assert layer.serves(mask) == (wanted is not None)
        if wanted is not None:
            used = list(routes(layer, mask))
            assert layer.cost[mask] == wanted == sum(kinds[k][0][part] for k, part in used)
            assert sum(part for _, part in used) == mask
            for k, (_, count) in enumerate(kinds):
                assert sum(kind == k for kind, _ in used) <= count
