"""Problem: what it uses, what it refuses, and that nothing changes it."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest
import tiny
from corrupted import line, van, visits
from hypothesis import given

import routewright as rw
from routewright.attributes import FUTURE_ATTRIBUTES

A = rw.Attribute


# Attributes -------------------------------------------------------------------------------


def neutral(clients: dict[int, dict[str, Any]] | None = None, **changes: Any) -> rw.Problem:
    """The line without demands: as many vans as wanted, and no attribute at all."""
    plain = {c: {"delivery": ()} | (clients or {}).get(c, {}) for c in range(4)}
    return line(plain, **changes)


def arcs(problem: rw.Problem, cells: dict[tuple[int, int], int]) -> rw.Problem:
    matrix = problem.travels[0].distance_matrix().copy()
    for cell, value in cells.items():
        matrix[cell] = value
    return problem.replace(travels=(rw.MatrixTravel(matrix, matrix),))


TWICE = neutral().travels * 2
OPTIONAL_GROUP = {c: {"required": False, "group": 0} for c in (0, 1)}

#: One problem for each attribute, which uses that one and those it cannot do without.
USES: dict[A, tuple[rw.Problem, set[A]]] = {
    A.ALLOWED_VEHICLES: (neutral({0: {"allowed_vehicles": frozenset({0})}}), set()),
    A.ASYMMETRIC: (arcs(neutral(), {(2, 3): 7}), set()),
    A.BACKHAUL: (neutral(backhaul=rw.BackhaulPolicy.LINEHAUL_FIRST), set()),
    A.BREAKS: (neutral(vehicles=van(breaks=(rw.Break((0, 9), 1),))), set()),
    A.CAPACITY: (neutral({0: {"delivery": (1,)}}, vehicles=van(capacity=(5,))), set()),
    A.DEPOT_SERVICE: (neutral(depots=(rw.Depot("d", 0, service=1),)), set()),
    A.DEPOT_WINDOWS: (neutral(depots=(rw.Depot("d", 0, (0, 99)),)), set()),
    A.DIFFERENT_START_END: (neutral(vehicles=van(end=1)), {A.MULTIPLE_DEPOTS}),
    A.DISTANCE_COSTS: (neutral(vehicles=van(unit_distance_cost=0)), set()),
    A.DURATION_COSTS: (neutral(vehicles=van(unit_duration_cost=1)), set()),
    A.FIXED_COSTS: (neutral(vehicles=van(fixed_cost=1)), set()),
    A.FIXED_EDGES: (neutral(fixed_edges=((2, 3),)), set()),
    A.GROUPS: (neutral(OPTIONAL_GROUP, groups=(rw.Group((0, 1)),)), set()),
    A.HETEROGENEOUS_FLEET: (neutral(vehicles=(*van(), *van(id="truck"))), set()),
    A.LIMITED_FLEET: (neutral(vehicles=van(count=3)), set()),
    A.LOCKS: (neutral(locks=(rw.Lock((0,)),)), set()),
    A.MAX_DISTANCE: (neutral(vehicles=van(max_distance=99)), set()),
    A.MAX_DURATION: (neutral(vehicles=van(max_duration=99)), set()),
    A.MAX_STOPS: (neutral(vehicles=van(max_stops=3)), set()),
    A.MULTIPLE_CAPACITIES: (neutral(scale=rw.Scale(load=(1, 1))), set()),
    A.MULTIPLE_DEPOTS: (
        neutral(vehicles=(*van(), *van(id="other", start=1, end=1))),
        {A.HETEROGENEOUS_FLEET},
    ),
    A.MULTIPLE_TIME_WINDOWS: (neutral({0: {"windows": ((0, 1), (5, 9))}}), {A.TIME_WINDOWS}),
    A.OPEN_ROUTES: (neutral(vehicles=van(end=None)), set()),
    A.OPTIONAL_CLIENTS: (neutral({0: {"required": False}}), set()),
    A.OVERTIME: (neutral(vehicles=van(max_duration=9, max_overtime=1)), {A.MAX_DURATION}),
    A.PICKUP: (neutral({0: {"pickup": (1,)}}), set()),
    A.PRECEDENCE: (neutral(precedences=((0, 1),)), set()),
    A.PROFILES: (neutral(travels=TWICE), set()),
    A.RELEASE_TIMES: (neutral({0: {"release": 1}}), set()),
    A.RELOADS: (neutral(vehicles=van(max_reloads=1, reload_depots=(0,))), set()),
    A.SERVICE: (neutral({0: {"service": 1}}), set()),
    A.SHIFTS: (neutral(vehicles=van(shift=(0, 99))), set()),
    A.SHIPMENTS: (neutral(shipments=(rw.Shipment(0, 1),)), set()),
    A.SPLIT_DELIVERY: (neutral({0: {"delivery": (1,), "splittable": True}}), set()),
    A.TIME_DEPENDENT: (neutral(travel_periods=(rw.TravelPeriod((0, 9), 1.5),)), set()),
    A.TIME_WINDOWS: (neutral({0: {"windows": ((0, 99),)}}), set()),
    A.UNREACHABLE: (arcs(neutral(), {(2, 3): rw.UNREACHABLE, (3, 2): rw.UNREACHABLE}), set()),
    A.VEHICLES_FIRST: (neutral(objective=rw.Objective.VEHICLES_THEN_COST), set()),
}


def test_a_neutral_problem_uses_nothing() -> None:
    assert neutral().attributes() == frozenset()


@pytest.mark.parametrize("attribute", USES, ids=lambda attribute: attribute.value)
def test_each_attribute_is_seen_and_nothing_else(attribute: A) -> None:
    problem, implied = USES[attribute]
    assert problem.attributes() == {attribute, *implied}


def test_every_attribute_has_a_problem() -> None:
    assert set(A) == set(USES)


@pytest.mark.parametrize("attribute", sorted(FUTURE_ATTRIBUTES))
def test_reserved_attributes_are_refused_by_name(attribute: A) -> None:
    problem, _ = USES[attribute]
    with pytest.raises(rw.UnsupportedError, match=f"checker cannot handle: {attribute}"):
        rw.check(problem, rw.Solution([]))
    with pytest.raises(rw.UnsupportedError, match=attribute):
        rw.solve(problem)


def test_more_vehicles_than_clients_are_no_limit() -> None:
    assert neutral(vehicles=van(count=4)).attributes() == frozenset()


def test_prizes_of_alternatives_are_lost_prizes() -> None:
    """A solver that knows groups but no prizes must not be given this one."""
    members = {c: {"required": False, "group": 0, "prize": 1} for c in (0, 1)}
    problem = neutral(members, groups=(rw.Group((0, 1)),))
    assert problem.attributes() == {A.GROUPS, A.OPTIONAL_CLIENTS}


@given(tiny.problems())
def test_skills_and_permissions_are_one_question(problem: rw.Problem) -> None:
    for k, kind in enumerate(problem.vehicle_types):
        for c, client in enumerate(problem.clients):
            allowed = client.allowed_vehicles is None or k in client.allowed_vehicles
            assert problem.may_serve(k, c) == (allowed and not client.skills - kind.skills)


# Validation ---------------------------------------------------------------------------------


def issues(build: Callable[[], rw.Problem]) -> list[tuple[str, str]]:
    with pytest.raises(rw.InputError) as caught:
        build()
    return [(issue.where, issue.field) for issue in caught.value.issues]


OPTIONAL = {"required": False}
SPLIT = {"delivery": (2,), "splittable": True}
SMALL = np.zeros((2, 2), dtype=np.int64)


def metric_travel(metric: rw.Metric, *points: tuple[float, ...]) -> rw.CoordinateTravel:
    rows = [points[i % len(points)] for i in range(6)]
    return rw.CoordinateTravel(np.array(rows), metric)


XRAY = metric_travel(rw.Metric(rw.MetricKind.XRAY1), (0.0, 0.0))
TORUS = metric_travel(rw.Metric(rw.MetricKind.TOROIDAL), (0.0, 0.0))
POLE = metric_travel(rw.Metric.haversine(), (0.0, 91.0))
VAST = metric_travel(rw.Metric(), (0.0, 0.0), (1e14, 0.0))
FINE = metric_travel(rw.Metric(rw.MetricKind.HAVERSINE, scale=10**7), (0.0, 0.0), (170.0, 0.0))
HOLE = metric_travel(rw.Metric(), (0.0, np.nan))

INVALID: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "no travel": ({"travels": ()}, ("", "travels")),
    "profiles of two sizes": (
        {"travels": (*neutral().travels, rw.MatrixTravel(SMALL, SMALL))},
        ("", "travels"),
    ),
    "no vehicle": ({"vehicles": ()}, ("", "vehicle_types")),
    "location": ({"clients": {1: {"location": 6}}}, ("clients[1]", "location")),
    "location between": ({"clients": {1: {"location": 0.5}}}, ("clients[1]", "location")),
    "location of a depot": ({"depots": (rw.Depot("d", -1),)}, ("depots[0]", "location")),
    "same name": ({"clients": {3: {"id": "a"}}}, ("clients[3]", "id")),
    "same depot": ({"depots": (rw.Depot("d", 0), rw.Depot("d", 1))}, ("depots[1]", "id")),
    "start": ({"vehicles": van(start=2)}, ("vehicle_types[0]", "depot")),
    "profile": ({"vehicles": van(profile=1)}, ("vehicle_types[0]", "profile")),
    "capacity": ({"vehicles": van(capacity=(1, 2))}, ("vehicle_types[0]", "capacity")),
    "demand": ({"clients": {1: {"delivery": (1, 2)}}}, ("clients[1]", "delivery")),
    "group": ({"clients": {1: OPTIONAL | {"group": 0}}}, ("clients[1]", "group")),
    "permission": (
        {"clients": {1: {"allowed_vehicles": frozenset({1})}}},
        ("clients[1]", "allowed_vehicles"),
    ),
    "shipment": ({"shipments": (rw.Shipment(0, 4),)}, ("shipments[0]", "")),
    "precedence": ({"precedences": ((0, 9),)}, ("precedences[0]", "")),
    "precedes itself": ({"precedences": ((1, 1),)}, ("precedences[0]", "")),
    "lock": ({"locks": (rw.Lock((7,)),)}, ("locks[0]", "")),
    "lock of nothing": ({"locks": (rw.Lock(()),)}, ("locks[0]", "visits")),
    "lock twice": ({"locks": (rw.Lock((1,)), rw.Lock((1, 2)))}, ("clients[1]", "locks")),
    "lock vehicle": (
        {"locks": (rw.Lock((0,), vehicle_type=3),)},
        ("locks[0]", "vehicle_type"),
    ),
    "edge": ({"fixed_edges": ((0, 6),)}, ("fixed_edges[0]", "")),
    "edge to itself": ({"fixed_edges": ((3, 3),)}, ("fixed_edges[0]", "")),
    "empty group": ({"groups": (rw.Group(()),)}, ("groups[0]", "clients")),
    "group of others": ({"groups": (rw.Group((0,)),)}, ("groups[0]", "clients")),
    "shipment twice": (
        {"shipments": (rw.Shipment(0, 1), rw.Shipment(1, 2))},
        ("clients[1]", "shipments"),
    ),
    "shipment half required": (
        {"clients": {0: OPTIONAL}, "shipments": (rw.Shipment(0, 1),)},
        ("shipments[0]", "required"),
    ),
    "shipment amount": ({"shipments": (rw.Shipment(0, 1, (-1,)),)}, ("shipments[0]", "amount")),
    "split pickup": (
        {"clients": {0: {**SPLIT, "pickup": (1,)}}},
        ("clients[0]", "splittable"),
    ),
    "split optional": ({"clients": {0: {**SPLIT, **OPTIONAL}}}, ("clients[0]", "splittable")),
    "split shipment": (
        {"clients": {1: SPLIT}, "shipments": (rw.Shipment(0, 1),)},
        ("clients[1]", "splittable"),
    ),
    "split member": (
        {"clients": {0: {**SPLIT, **OPTIONAL, "group": 0}}, "groups": (rw.Group((0,)),)},
        ("clients[0]", "splittable"),
    ),
    "split precedence": (
        {"clients": {1: SPLIT}, "precedences": ((0, 1),)},
        ("clients[1]", "splittable"),
    ),
    "split edge": ({"clients": {1: SPLIT}, "fixed_edges": ((3, 0),)}, ("clients[1]", "splittable")),
    "split lock": (
        {"clients": {1: SPLIT}, "locks": (rw.Lock((0, 1)),)},
        ("clients[1]", "splittable"),
    ),
    "required member": (
        {"clients": {0: {"group": 0}}, "groups": (rw.Group((0,)),)},
        ("clients[0]", "group"),
    ),
    "both ways": (
        {
            "clients": {0: {"delivery": (1,), "pickup": (1,)}},
            "backhaul": rw.BackhaulPolicy.LINEHAUL_FIRST,
        },
        ("clients[0]", "pickup"),
    ),
    "negative demand": ({"clients": {0: {"delivery": (-1,)}}}, ("clients[0]", "delivery")),
    "half a unit": ({"clients": {0: {"delivery": (1.5,)}}}, ("clients[0]", "delivery")),
    "half a minute": ({"clients": {0: {"service": 0.5}}}, ("clients[0]", "service")),
    "huge demand": ({"clients": {0: {"pickup": (2**53 + 1,)}}}, ("clients[0]", "pickup")),
    "window": ({"clients": {0: {"windows": ((5, 4),)}}}, ("clients[0]", "windows")),
    "window in halves": ({"clients": {0: {"windows": ((0.5, 4),)}}}, ("clients[0]", "windows")),
    "no window": ({"clients": {0: {"windows": ()}}}, ("clients[0]", "windows")),
    "windows that touch": (
        {"clients": {0: {"windows": ((0, 5), (5, 6))}}},
        ("clients[0]", "windows"),
    ),
    "before time 0": ({"clients": {0: {"windows": ((-1, 5),)}}}, ("clients[0]", "windows")),
    "depot window": ({"depots": (rw.Depot("d", 0, (3, 2)),)}, ("depots[0]", "window")),
    "shift": ({"vehicles": van(shift=(3, 2))}, ("vehicle_types[0]", "shift")),
    "count": ({"vehicles": van(count=-1)}, ("vehicle_types[0]", "count")),
    "part of a vehicle": ({"vehicles": van(count=1.5)}, ("vehicle_types[0]", "count")),
    "cost": ({"vehicles": van(fixed_cost=-1)}, ("vehicle_types[0]", "fixed_cost")),
    "limit": ({"vehicles": van(max_stops=-1)}, ("vehicle_types[0]", "max_stops")),
    "vehicle ids": (
        {"vehicles": van(count=2, vehicle_ids=("x", "x"))},
        ("vehicle_types", "vehicle_ids"),
    ),
    "break": ({"vehicles": van(breaks=(rw.Break((5, 4), 1),))}, ("vehicle_types[0]", "breaks")),
    "scale": ({"scale": rw.Scale(distance=0)}, ("scale", "distance")),
    "scale of loads": ({"scale": rw.Scale(load=(0.5,))}, ("scale", "load")),
    "not square": (
        {"travels": (rw.MatrixTravel(np.zeros((6, 5), dtype=np.int64), SMALL),)},
        ("travels[0]", "distance"),
    ),
    "not whole": (
        {"travels": (rw.MatrixTravel(np.zeros((6, 6)), np.zeros((6, 6), dtype=np.int64)),)},
        ("travels[0]", "distance"),
    ),
    "flat points": ({"travels": (XRAY,)}, ("travels[0]", "coordinates")),
    "torus without a side": ({"travels": (TORUS,)}, ("travels[0]", "metric")),
    "beyond the pole": ({"travels": (POLE,)}, ("locations[0]", "latitude")),
    "too far": ({"travels": (VAST,)}, ("travels[0]", "coordinates")),
    "too fine": ({"travels": (FINE,)}, ("travels[0]", "coordinates")),
    "not a point": ({"travels": (HOLE,)}, ("locations[0]", "coordinates")),
    "points for another matrix": (
        {"travels": (replace(neutral().travels[0], coordinates=np.zeros((3, 2))),)},
        ("travels[0]", "coordinates"),
    ),
}


@pytest.mark.parametrize("name", INVALID)
def test_invalid_problems_are_refused(name: str) -> None:
    changes, expected = INVALID[name]
    assert expected in issues(lambda: neutral(**changes))


def test_all_inconsistencies_are_reported_at_once() -> None:
    found = issues(
        lambda: neutral(
            {0: {"location": 9}, 1: {"service": -1}, 2: {"windows": ()}},
            vehicles=van(start=5, fixed_cost=-2),
        )
    )
    assert found == [
        ("clients[0]", "location"),
        ("vehicle_types[0]", "depot"),
        ("clients[1]", "service"),
        ("clients[2]", "windows"),
        ("vehicle_types[0]", "fixed_cost"),
    ]


def test_messages_are_in_the_units_of_the_user() -> None:
    with pytest.raises(rw.InputError, match=r"\[1.5, 2\] and \[1.8, inf\] must be disjoint"):
        neutral(
            {0: {"windows": ((15, 20), (18, rw.UNLIMITED))}}, scale=rw.Scale(time=10, load=(1,))
        )


def far(problem: rw.Problem) -> rw.Problem:
    matrix = np.full((6, 6), 2**43, dtype=np.int64)
    return problem.replace(travels=(rw.MatrixTravel(matrix, matrix),))


def test_totals_that_could_overflow_62_bits_are_refused() -> None:
    """Ten arcs of 2**43 may be driven by four vans, and cost 2**53 each at most."""
    fits = far(neutral(vehicles=van(unit_distance_cost=2**15)))
    assert fits.num_clients == 4
    for vehicles in (van(unit_distance_cost=2**16), van(unit_duration_cost=2**16)):
        assert issues(lambda v=vehicles: far(neutral(vehicles=v))) == [("", "costs")]
    late = {0: {"windows": ((2**50, rw.UNLIMITED),)}}
    assert neutral(late, vehicles=van(unit_duration_cost=2**9))
    assert issues(lambda: neutral(late, vehicles=van(unit_duration_cost=2**11))) == [("", "costs")]


# Immutability ---------------------------------------------------------------------------------


def fingerprint(problem: rw.Problem) -> str:
    digest = hashlib.sha256()
    for part in problem.arrays():
        digest.update(np.ascontiguousarray(part).tobytes())
    for travel in problem.travels:
        digest.update(travel.distance_matrix().tobytes() + travel.duration_matrix().tobytes())
    return digest.hexdigest() + repr((problem.clients, problem.vehicle_types, problem.depots))


@given(tiny.plans())
def test_checking_changes_nothing(plan: tuple[rw.Problem, rw.Solution]) -> None:
    problem, solution = plan
    before = fingerprint(problem)
    first = rw.check(problem, solution)
    problem.attributes()
    problem.infeasibilities()
    assert rw.check(problem, solution) == first
    assert fingerprint(problem) == before
    assert problem.arrays() is problem.arrays()


def test_fields_cannot_be_set() -> None:
    problem = neutral()
    for thing, name in (
        (problem, "clients"),
        (problem.clients[0], "service"),
        (problem.vehicle_types[0], "count"),
        (visits([0]), "routes"),
        (visits([0]).routes[0], "trips"),
    ):
        with pytest.raises(FrozenInstanceError):
            setattr(thing, name, None)


def test_replace_validates_again_and_forgets_what_was_derived() -> None:
    problem = neutral()
    assert problem.attributes() == frozenset()
    with pytest.raises(rw.InputError):
        problem.replace(precedences=((0, 9),))
    changed = problem.replace(precedences=((0, 1),))
    assert changed.attributes() == {A.PRECEDENCE}
    assert problem.precedences == ()
    assert len(changed.arrays().after) == 1
    assert len(problem.arrays().after) == 0


@given(tiny.problems())
def test_problems_survive_pickling(problem: rw.Problem) -> None:
    problem.arrays()
    assert pickle.loads(pickle.dumps(problem)) == problem


# Solutions -----------------------------------------------------------------------------------


def test_solutions_hold_plain_integers_and_no_empty_routes() -> None:
    solution = rw.Solution.from_visits([np.array([1, 0]), [], (2,)])
    assert solution == visits([2], [1, 0])
    assert all(type(c) is int for route in solution.routes for c in route.visits)
    assert solution != visits([2], [0, 1])
    assert solution != visits([2], [1, 0], [1, 0])
    assert visits([1], [1]) != visits([1])
    assert solution.unassigned(neutral()) == (3,)
    assert solution != "a solution"
