"""Proofs of infeasibility: each fires where it should, and none on a feasible problem."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tight
from corrupted import line, trips, van, visits
from hypothesis import example, given, settings

import routewright as rw

MANY = max(300, settings.default.max_examples)
COLD = frozenset({"cold"})
TWO = van(count=2, capacity=(2,))


def proofs(problem: rw.Problem) -> list[tuple[str, str]]:
    return [(issue.where, issue.field) for issue in problem.infeasibilities()]


# Never on a feasible problem -----------------------------------------------------------


def near_second_depot() -> tuple[rw.Problem, rw.Solution]:
    """A release too late for the way from the start, but not from the depot of the reload.

    The van starts at d0, serves c and reloads at d1 at 10, waits there until 20, and is
    at d (6 away) at 26; from d0 it would take 24. A shortcut leads from d1 to d in 1.
    """
    problem = line(
        {3: {"release": 20, "windows": ((0, 21),)}, 0: {"required": False}, 1: {"required": False}},
        van(max_reloads=1, reload_depots=(1,)),
    )
    matrix = problem.travels[0].distance_matrix().copy()
    matrix[1, 5] = 1
    problem = problem.replace(travels=(rw.MatrixTravel(matrix, matrix),))
    return problem, trips((2,), (3,), reloads=(1,))


@settings(max_examples=MANY)
@example(near_second_depot())
@given(tight.plans())
def test_feasible_problems_are_never_called_infeasible(
    plan: tuple[rw.Problem, rw.Solution],
) -> None:
    problem, solution = plan
    report = rw.check(problem, solution)
    assert report.violations == (), "the problem was made for this plan"
    assert problem.infeasibilities() == ()


# Each where it should --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ({"vehicles": van(count=0)}, {"vehicles": van(count=1)}),
        ({"clients": {3: {"skills": COLD}}}, {"clients": {3: {"skills": COLD, "required": False}}}),
        (
            {"clients": {3: {"skills": COLD}}},
            {"clients": {3: {"skills": COLD}}, "vehicles": van(skills=COLD)},
        ),
        (
            {"clients": {3: {"allowed_vehicles": frozenset()}}},
            {"clients": {3: {"allowed_vehicles": frozenset({0})}}},
        ),
    ],
)
def test_no_vehicle(bad: dict[str, Any], good: dict[str, Any]) -> None:
    assert ("client d", "vehicles") in proofs(line(**bad))
    assert proofs(line(**good)) == []


@pytest.mark.parametrize("field", ["delivery", "pickup"])
def test_one_demand_above_every_capacity(field: str) -> None:
    small, large = van(capacity=(4,)), van(id="truck", capacity=(5,))
    for demand, vehicles, expected in (
        (4, small, []),
        (5, small, [("client d", field)]),
        (5, small + large, []),
        (6, small + large, [("client d", field)]),
        (6, small + van(id="any"), []),
    ):
        assert proofs(line({3: {field: (demand,)}}, vehicles)) == expected
    truck_only = {3: {field: (5,), "allowed_vehicles": frozenset({0})}}
    assert proofs(line(truck_only, small + large)) == [("client d", field)]


def test_one_shipment_above_every_capacity() -> None:
    for amount, expected in ((4, []), (5, [("client a", "shipment"), ("client d", "shipment")])):
        plain = {c: {"delivery": ()} for c in range(4)}
        problem = line(plain, van(capacity=(4,)), shipments=(rw.Shipment(0, 3, (amount,)),))
        assert proofs(problem) == expected


@pytest.mark.parametrize("field", ["delivery", "pickup"])
def test_all_demands_above_the_fleet(field: str) -> None:
    """Two vans of 2 carry four units, and not five; with a reload or more vans they might."""
    one = {c: {"delivery": (), field: (1,)} for c in range(4)}
    assert proofs(line(one, TWO)) == []
    more = one | {3: {"delivery": (), field: (2,)}}
    assert proofs(line(more, TWO)) == [("fleet", "capacity")]
    for vehicles in (
        van(count=3, capacity=(2,)),
        van(count=2, capacity=(2,), max_reloads=1, reload_depots=(0,)),
        van(capacity=(2,)),
        (*TWO, *van(id="truck", count=1)),
    ):
        assert proofs(line(more, vehicles)) == []
    more[0]["required"] = False
    assert proofs(line(more, TWO)) == []


def test_messages_are_in_the_units_of_the_user() -> None:
    model = rw.Model()
    model.add_depot(x=0, y=0)
    model.add_client("a", x=3, y=4, delivery=2.5)
    model.add_vehicle_type(capacity=1.25)
    (issue,) = model.problem().infeasibilities()
    assert str(issue) == (
        "client a, delivery: 2.5 exceeds the largest capacity 1.25 of any vehicle that may serve it"
    )


#: d is at 4; what just lets a van reach it and come home by 8, and what just does not.
EDGES = [
    ({"clients": {3: {"windows": ((0, 4),)}}}, {"clients": {3: {"windows": ((0, 3),)}}}),
    ({"vehicles": van(max_distance=8)}, {"vehicles": van(max_distance=7)}),
    ({"vehicles": van(max_duration=8)}, {"vehicles": van(max_duration=7)}),
    (
        {"vehicles": van(max_duration=7, max_overtime=1)},
        {"vehicles": van(max_duration=6, max_overtime=1)},
    ),
    ({"vehicles": van(shift=(2, 10))}, {"vehicles": van(shift=(2, 9))}),
    (
        {"depots": (rw.Depot("d0", 0, (5, 13)), rw.Depot("d1", 1))},
        {"depots": (rw.Depot("d0", 0, (5, 12)), rw.Depot("d1", 1))},
    ),
    (
        {"depots": (rw.Depot("d0", 0, (0, 11), 3), rw.Depot("d1", 1))},
        {"depots": (rw.Depot("d0", 0, (0, 10), 3), rw.Depot("d1", 1))},
    ),
    (
        {"clients": {3: {"release": 7, "windows": ((0, 11),)}}},
        {"clients": {3: {"release": 7, "windows": ((0, 10),)}}},
    ),
    (
        {"clients": {3: {"service": 5}}, "vehicles": van(max_duration=13)},
        {"clients": {3: {"service": 5}}, "vehicles": van(max_duration=12)},
    ),
    (
        {"clients": {3: {"windows": ((0, 1), (20, 30))}}, "vehicles": van(shift=(0, 24))},
        {"clients": {3: {"windows": ((0, 1), (20, 30))}}, "vehicles": van(shift=(0, 23))},
    ),
    (  # open at its end: nothing to drive home
        {"vehicles": van(end=None, max_distance=4, shift=(0, 4))},
        {"vehicles": van(end=None, max_distance=3, shift=(0, 4))},
    ),
    (  # open at its start: d1 is 6 away
        {"vehicles": van(start=None, end=1, max_duration=6)},
        {"vehicles": van(start=None, end=1, max_duration=5)},
    ),
]


@pytest.mark.parametrize(("good", "bad"), EDGES)
def test_the_last_client_is_just_within_reach_or_not(
    good: dict[str, Any], bad: dict[str, Any]
) -> None:
    """a, b, and c are nearer; where the end is d1, they are farther from it."""
    plan = visits([3])
    for changes, reachable in ((good, True), (bad, False)):
        problem = line(**changes)
        clients = tuple(replace(c, required=c.id == "d") for c in problem.clients)
        problem = problem.replace(clients=clients)
        assert rw.check(problem, plan).feasible == reachable
        assert proofs(problem) == ([] if reachable else [("client d", "reach")])


def test_detours_count_where_they_are_shorter() -> None:
    """d is 100 away on the direct arc, but 4 by way of c: matrices need no triangles."""
    problem = line({c: {"required": False} for c in range(3)}, van(max_distance=8))
    matrix = problem.travels[0].distance_matrix().copy()
    matrix[0, 5] = matrix[5, 0] = 100
    detour = problem.replace(travels=(rw.MatrixTravel(matrix, matrix),))
    assert rw.check(detour, visits([2, 3, 1])).feasible
    assert proofs(detour) == []
    matrix[4, 5] = matrix[3, 5] = matrix[2, 5] = 100
    assert proofs(problem.replace(travels=(rw.MatrixTravel(matrix, matrix),))) == [
        ("client d", "reach")
    ]


def test_arcs_of_length_0_lead_somewhere() -> None:
    """Shortest paths must not take a zero in the matrix for a missing arc."""
    problem = line({c: {"required": False} for c in range(3)}, van(max_distance=8))
    matrix = np.full((6, 6), 100, dtype=np.int64)
    matrix[0, 4] = matrix[4, 5] = matrix[5, 4] = matrix[4, 0] = 0
    shortcut = problem.replace(travels=(rw.MatrixTravel(matrix, matrix),))
    assert rw.check(shortcut, visits([2, 3, 2])).distance == 0
    assert proofs(shortcut) == []


@pytest.mark.parametrize("away", [True, False])
def test_a_client_that_no_way_leads_to_or_from(away: bool) -> None:
    """No window and no limit is needed to see it; one arc is enough to get there."""
    problem = line()
    matrix = problem.travels[0].distance_matrix().copy()
    if away:
        matrix[:5, 5] = rw.UNREACHABLE
    else:
        matrix[5, :5] = rw.UNREACHABLE
    lost = problem.replace(travels=(rw.MatrixTravel(matrix, matrix),))
    assert proofs(lost) == [("client d", "reach")]
    matrix[4, 5], matrix[5, 4] = 1, 1
    assert proofs(problem.replace(travels=(rw.MatrixTravel(matrix, matrix),))) == []


def test_any_vehicle_will_do() -> None:
    """The van cannot reach d in time, but the truck on its faster profile can."""
    slow = line().travels[0]
    fast = rw.MatrixTravel(slow.distance, slow.duration // 2)
    vehicles = (*van(shift=(0, 6)), *van(id="truck", shift=(0, 6), profile=1))
    assert proofs(line(vehicles=vehicles, travels=(slow, fast))) == []
    assert proofs(line(vehicles=vehicles[:1])) == [("client d", "reach")]
    forbidden = {3: {"allowed_vehicles": frozenset({0})}}
    assert proofs(line(forbidden, vehicles, travels=(slow, fast))) == [("client d", "reach")]
    absent = (*vehicles[:1], *van(id="truck", shift=(0, 6), profile=1, count=0))
    assert proofs(line(vehicles=absent, travels=(slow, fast))) == [("client d", "reach")]


def test_optional_clients_prove_nothing() -> None:
    hopeless = {"skills": COLD, "delivery": (9,), "windows": ((0, 0),), "required": False}
    assert proofs(line({3: hopeless}, van(capacity=(4,)))) == []


def test_large_problems_without_triangles_prove_nothing_from_direct_arcs() -> None:
    """Above the size for shortest paths, an arc may always have a shorter detour."""
    size = 3100
    rng = np.random.default_rng(1)
    points = rng.integers(0, 100, (size, 2)).astype(float)
    problem = rw.Problem(
        travels=(rw.CoordinateTravel(points, rw.Metric()),),
        depots=(rw.Depot("d", 0),),
        clients=tuple(rw.Client(str(i), i) for i in range(1, size)),
        vehicle_types=van(max_distance=1),
    )
    assert problem.infeasibilities() == ()


def test_solving_stops_at_a_proof() -> None:
    with pytest.raises(rw.InfeasibleError, match="client d, delivery: 9 exceeds"):
        rw.solve(line({3: {"delivery": (9,)}}, van(capacity=(4,))), time_limit=1)
