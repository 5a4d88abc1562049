"""The checker names every broken rule, and agrees with a naive twin on everything."""

from __future__ import annotations

import naive
import pytest
import strategies
import tiny
from corrupted import CASES, Case, line, trips, van, visits
from hypothesis import given, settings
from hypothesis import strategies as st

import routewright as rw

K = rw.ViolationKind
MANY = max(100, settings.default.max_examples)


def kinds(report: rw.Report) -> set[rw.ViolationKind]:
    return {violation.kind for violation in report.violations}


# Every rule, by name ------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind.value)
def test_corruption_is_named(case: Case) -> None:
    assert rw.check(case.problem, case.good).violations == ()
    report = rw.check(case.problem, case.bad)
    assert kinds(report) == {case.kind}
    (found,) = report.violations
    assert (found.route, found.client, found.amount) == (case.route, case.client, case.amount)
    assert not report.feasible


def test_every_rule_has_a_case() -> None:
    assert sorted(case.kind for case in CASES) == sorted(K)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind.value)
def test_messages_are_for_people(case: Case) -> None:
    (found,) = rw.check(case.problem, case.bad).violations
    assert str(found).startswith(f"{case.kind.value}: ")
    assert case.client is None or f" {case.client}" in found.message
    assert "None" not in found.message


def test_all_rules_are_reported_at_once() -> None:
    problem = line({3: {"windows": ((0, 1),)}}, van(capacity=(1,), max_distance=3, count=0))
    found = kinds(rw.check(problem, visits([0, 1, 3])))
    expected = {
        K.EXCESS_LOAD,
        K.LATE_ARRIVAL,
        K.MAX_DISTANCE,
        K.TOO_MANY_VEHICLES,
        K.MISSING_CLIENT,
    }
    assert found == expected


# Rules with more than one way to break them ---------------------------------------


def test_a_shipment_stays_within_one_trip() -> None:
    problem = line(
        vehicles=van(max_reloads=1, reload_depots=(0,)), shipments=(rw.Shipment(0, 3, (1,)),)
    )
    assert kinds(rw.check(problem, trips((0, 1), (2, 3), reloads=(0,)))) == {K.SHIPMENT_SPLIT}


def test_shipments_load_the_vehicle_only_between_their_stops() -> None:
    """Capacity 5 takes the shipment of 2 on top of the 2 or 3 deliveries then aboard."""
    problem = line(vehicles=van(capacity=(5,)), shipments=(rw.Shipment(0, 3, (2,)),))
    (route,) = rw.check(problem, visits([0, 1, 2, 3])).routes
    assert [stop.load for stop in route.stops] == [(5,), (4,), (3,), (0,)]
    assert route.load == (5,)
    tight = line(vehicles=van(capacity=(4,)), shipments=(rw.Shipment(0, 3, (2,)),))
    assert rw.check(tight, visits([1, 2, 0, 3])).feasible
    assert kinds(rw.check(tight, visits([0, 1, 2, 3]))) == {K.EXCESS_LOAD}


def test_pickups_fill_what_deliveries_leave() -> None:
    """Mixed: a pickup of 2 fits once enough has been delivered."""
    problem = line({3: {"delivery": (), "pickup": (2,)}}, van(capacity=(3,)))
    assert rw.check(problem, visits([0, 1, 3, 2])).feasible
    assert kinds(rw.check(problem, visits([3, 0, 1, 2]))) == {K.EXCESS_LOAD}


def test_a_reload_empties_and_refills_the_vehicle() -> None:
    problem = line(vehicles=van(capacity=(2,), max_reloads=1, reload_depots=(0,)))
    report = rw.check(problem, trips((0, 1), (2, 3), reloads=(0,)))
    assert report.feasible
    assert [stop.trip for stop in report.stops()] == [0, 0, 1, 1]
    assert report.distance == 2 * 2 + 2 * 4


def test_each_dimension_has_its_own_capacity() -> None:
    problem = line(
        {c: {"delivery": (1, 3)} for c in range(4)},
        van(capacity=(4, 11)),
        scale=rw.Scale(load=(1, 1)),
    )
    (found,) = rw.check(problem, visits([0, 1, 2, 3])).violations
    assert (found.kind, found.amount) == (K.EXCESS_LOAD, 1)
    assert "dimension 2" in found.message


def test_max_stops_counts_the_visits_of_all_trips() -> None:
    problem = line(vehicles=van(max_stops=3, max_reloads=1, reload_depots=(0,)))
    assert kinds(rw.check(problem, trips((0, 1), (2, 3), reloads=(0,)))) == {K.MAX_STOPS}


@pytest.mark.parametrize("edge", [(0, 2), (2, 0), (5, 0), (3, 4)])
def test_fixed_edges_count_in_both_directions_and_at_depots(edge: tuple[int, int]) -> None:
    """The route 0 - a - b - c - d - 0 in nodes is 0, 2, 3, 4, 5, 0."""
    assert rw.check(line(fixed_edges=(edge,)), visits([0, 1, 2, 3])).feasible
    assert kinds(rw.check(line(fixed_edges=(edge,)), visits([1, 0, 3, 2]))) == {K.FIXED_EDGE}


def test_a_lock_not_at_the_start_may_stand_anywhere() -> None:
    free = line(locks=(rw.Lock((1, 2), at_start=False),))
    bound = line(locks=(rw.Lock((1, 2)),))
    plan = visits([0, 1, 2, 3])
    assert rw.check(free, plan).feasible
    assert kinds(rw.check(bound, plan)) == {K.LOCK_BROKEN}
    assert kinds(rw.check(free, visits([0, 2, 1, 3]))) == {K.LOCK_BROKEN}


def test_locked_clients_must_be_visited_even_if_optional() -> None:
    problem = line({0: {"required": False}}, locks=(rw.Lock((0,)),))
    assert kinds(rw.check(problem, visits([1, 2, 3]))) == {K.LOCK_BROKEN}


def test_precedence_binds_only_where_both_are_visited() -> None:
    problem = line({0: {"required": False}}, precedences=((0, 3),))
    assert rw.check(problem, visits([1, 2, 3])).feasible


def test_an_optional_group_may_stay_unvisited() -> None:
    members = {2: {"required": False, "group": 0}, 3: {"required": False, "group": 0}}
    problem = line(members, groups=(rw.Group((2, 3), required=False),))
    assert rw.check(problem, visits([0, 1])).feasible
    assert kinds(rw.check(problem, visits([0, 1, 2, 3]))) == {K.GROUP_REPEATED}


def test_reserved_attributes_are_refused_by_name() -> None:
    for problem, name in (
        (line(vehicles=van(breaks=(rw.Break((0, 5), 1),))), "breaks"),
        (line(travel_periods=(rw.TravelPeriod((0, 5), 2.0),)), "time_dependent"),
    ):
        with pytest.raises(rw.UnsupportedError, match=f"checker cannot handle: {name}"):
            rw.check(problem, visits([0, 1, 2, 3]))


# Costs --------------------------------------------------------------------------


def test_costs_by_hand() -> None:
    """Drives 8 and takes 8 + 2 of service: 3 over the limit of 7; d is left out."""
    paid = van(
        fixed_cost=100,
        unit_distance_cost=2,
        unit_duration_cost=3,
        unit_overtime_cost=10,
        max_duration=7,
        max_overtime=3,
    )
    problem = line({0: {"service": 2}, 2: {"required": False, "prize": 7}}, paid)
    report = rw.check(problem, visits([0, 1, 3]))
    assert report.feasible
    assert report.breakdown == {
        "distance": 16,
        "duration": 30,
        "overtime": 30,
        "fixed": 100,
        "prizes": 7,
    }
    assert report.cost == 183
    assert (report.routes[0].overtime, report.routes[0].service) == (3, 2)
    assert (report.prize_collected, report.unassigned) == (0, (2,))


def test_lost_prizes_of_group_members_count() -> None:
    """Without prizes, alternatives cost nothing; with them, the unvisited one is lost."""
    members = {2: {"required": False, "group": 0}, 3: {"required": False, "group": 0}}
    free = line(members, groups=(rw.Group((2, 3)),))
    members[2]["prize"], members[3]["prize"] = 5, 7
    paid = line(members, groups=(rw.Group((2, 3)),))
    assert rw.check(free, visits([0, 1, 2])).breakdown["prizes"] == 0
    assert rw.check(paid, visits([0, 1, 2])).breakdown["prizes"] == 7
    assert rw.check(paid, visits([0, 1, 2])).prize_collected == 5


def test_the_empty_solution_costs_the_prizes() -> None:
    problem = line({c: {"required": False, "prize": 2} for c in range(4)})
    report = rw.check(problem, rw.Solution([]))
    assert report.feasible
    assert (report.cost, report.num_vehicles, report.routes) == (8, 0, ())
    assert kinds(rw.check(line(), rw.Solution([]))) == {K.MISSING_CLIENT}


def test_infeasible_plans_have_a_cost() -> None:
    """A missing arc is named once; it adds nothing to distance, times, or cost."""
    case = next(c for c in CASES if c.kind is K.UNREACHABLE)
    report = rw.check(case.problem, case.bad)
    assert report.cost == report.distance == report.duration == 7


def test_the_key_counts_vehicles_first_only_where_asked() -> None:
    plans = visits([0, 1, 2, 3]), visits([0, 1], [2, 3])
    cheaper_with_two = line(vehicles=van(start=None, end=None))
    keys = [rw.check(cheaper_with_two, plan).key for plan in plans]
    assert keys == [(0, 0, 3), (0, 0, 2)]
    first = cheaper_with_two.replace(objective=rw.Objective.VEHICLES_THEN_COST)
    assert [rw.check(first, plan).key for plan in plans] == [(0, 1, 3), (0, 2, 2)]
    assert rw.check(first, visits([0, 1, 2])).key > (0, 2, 2), "a broken rule comes first"


def test_amounts_are_in_the_units_of_the_user() -> None:
    model = rw.Model()
    model.add_depot(x=0, y=0)
    model.add_client("a", x=3, y=4, delivery=2.5, window=(0, 4.25))
    model.add_vehicle_type(capacity=2.25, max_distance=9.5)
    report = rw.check(model.problem(), visits([0]))
    assert {v.kind: v.amount for v in report.violations} == {
        K.EXCESS_LOAD: 0.25,
        K.LATE_ARRIVAL: 0.75,
        K.MAX_DISTANCE: 0.5,
    }
    assert report.cost == 10


def test_vehicles_are_named_first_come_first_served() -> None:
    named = van(count=2, vehicle_ids=("anna", "bert"))
    for vehicles, names in (
        (named, ["anna", "bert", "van#3", "van#4"]),
        (van(), ["van#1", "van#2", "van#3", "van#4"]),
        (van(count=1), ["van", "van#2", "van#3", "van#4"]),
    ):
        report = rw.check(line(vehicles=vehicles), visits([0], [1], [2], [3]))
        assert [route.vehicle for route in report.routes] == names


# Properties -----------------------------------------------------------------------


@settings(max_examples=MANY)
@given(tiny.plans())
def test_agrees_with_the_naive_twin(plan: tuple[rw.Problem, rw.Solution]) -> None:
    """Rules, costs, loads, and schedules, on problems with every attribute."""
    problem, solution = plan
    report = rw.check(problem, solution)
    found, expected = {str(kind) for kind in kinds(report)}, naive.broken_rules(problem, solution)
    if "duplicate_visit" in expected:  # what a client picked up twice weighs is undefined
        found.discard("excess_load")
        expected.discard("excess_load")
    assert found == expected
    assert report.cost == naive.cost(problem, solution)
    for route, checked in zip(solution.routes, report.routes, strict=True):
        best = naive.best_schedule(problem, route)
        stops = [visit[1:4] for visit in best.visits if visit.node >= problem.num_depots]
        assert [(s.arrival, s.start, s.departure) for s in checked.stops] == stops
        assert (checked.start_time, checked.duration) == (best.begin, best.duration)
        if "duplicate_visit" not in expected:
            trips = range(len(route.trips))
            loads = [load for t in trips for load in naive.loads(problem, route, t)[1:]]
            assert [list(stop.load) for stop in checked.stops] == loads


@given(tiny.plans())
def test_parts_add_up(plan: tuple[rw.Problem, rw.Solution]) -> None:
    problem, solution = plan
    report = rw.check(problem, solution)
    assert sum(report.breakdown.values()) == report.cost == report.key[2]
    assert report.cost - report.breakdown["prizes"] == sum(r.cost for r in report.routes)
    assert report.distance == sum(r.distance for r in report.routes)
    assert report.prize_collected + report.breakdown["prizes"] == problem.total_prize
    assert sorted({*solution.visited(), *report.unassigned}) == list(range(problem.num_clients))
    for route in report.routes:
        assert route.travel_time + route.service + route.waiting == route.duration
        assert route.end_time - route.start_time == route.duration
        assert route.waiting >= 0


@given(tiny.plans(), st.randoms(use_true_random=False))
def test_the_order_of_routes_does_not_matter(
    plan: tuple[rw.Problem, rw.Solution], random: object
) -> None:
    problem, solution = plan
    routes = list(solution.routes)
    random.shuffle(routes)  # type: ignore[attr-defined]
    shuffled = rw.Solution([*routes, rw.Route.of([])])
    assert shuffled == solution
    assert hash(shuffled) == hash(solution)
    a, b = rw.check(problem, solution), rw.check(problem, shuffled)
    assert (a.cost, a.breakdown, a.feasible) == (b.cost, b.breakdown, b.feasible)
    if "duplicate_visit" not in kinds(a):  # the first visit decides about order
        assert (a.key, kinds(a)) == (b.key, kinds(b))


@given(st.lists(st.tuples(*[st.integers(-50, 50)] * 2), min_size=2, max_size=8), st.data())
def test_reversing_the_routes_of_a_symmetric_problem_changes_nothing(
    points: list[tuple[int, int]], data: st.DataObject
) -> None:
    model = rw.Model()
    model.add_depot(x=0, y=0)
    for x, y in points:
        model.add_client(x=x, y=y, delivery=1, service=2)
    model.add_vehicle_type(capacity=5, max_distance=300, unit_duration_cost=2)
    problem = model.problem()
    order = data.draw(st.permutations(range(len(points))))
    cut = data.draw(st.integers(0, len(order)))
    forward, backward = (
        visits(order[:cut], order[cut:]),
        visits(order[:cut][::-1], order[cut:][::-1]),
    )
    a, b = rw.check(problem, forward), rw.check(problem, backward)
    assert (a.key, a.distance, a.duration) == (b.key, b.distance, b.duration)
    assert [(v.kind, v.amount) for v in a.violations] == [(v.kind, v.amount) for v in b.violations]


_ANY = st.integers(-3, 6)
_GARBAGE = st.builds(
    rw.Route,
    _ANY,
    st.lists(st.lists(_ANY, max_size=5).map(tuple), max_size=4).map(tuple),
    st.lists(_ANY, max_size=4).map(tuple),
)


@given(st.one_of(tiny.problems(), strategies.problems()), st.lists(_GARBAGE, max_size=4))
def test_garbage_never_crashes(problem: rw.Problem, routes: list[rw.Route]) -> None:
    solution = rw.Solution(routes)
    report = rw.check(problem, solution)
    known = set(range(problem.num_clients))
    if solution.visited() - known:
        assert not report.feasible
    assert report.feasible == (not report.violations)
    assert all(stop.client in known for stop in report.stops())
