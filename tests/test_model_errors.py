"""Model: everything that is wrong is refused, all at once, with its place."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from models import model, with_matrix, with_vehicle

import routewright as rw

NINE = datetime(2026, 3, 2, 9)


def issues(built: rw.Model) -> list[tuple[str, str]]:
    """Place and field of every issue."""
    with pytest.raises(rw.InputError) as caught:
        built.problem()
    return [(issue.where, issue.field) for issue in caught.value.issues]


def message(built: rw.Model) -> str:
    with pytest.raises(rw.InputError) as caught:
        built.problem()
    return str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ("8.30", "HH:MM"),
        ("08:60", "HH:MM"),
        ("08:30:61", "HH:MM"),
        ("-1:00", "HH:MM"),
        ("", "HH:MM"),
        ("²:00", "HH:MM"),
        (True, "not a time"),
        (None, "not a time"),
        ([], "not a time"),
        (math.nan, "finite"),
        (math.inf, "finite"),
        (-5, "negative"),
        (timedelta(-1), "negative"),
        (10**30, "overflow"),
        (1e17, "overflow"),
        (NINE, "origin"),
    ],
)
def test_wrong_times(wrong: Any, word: str) -> None:
    built = model(service=wrong)
    assert issues(built) == [("clients[0]", "service")]
    assert word in message(built)


def test_datetimes_need_one_kind_of_clock() -> None:
    built = rw.Model(origin=NINE.replace(tzinfo=UTC))
    built.add_depot(x=0, y=0, window=(NINE, None))
    built.add_vehicle_type()
    assert "time zone" in message(built)


# Everything that is wrong, at once and by place --------------------------------------------

WRONG_NUMBERS = [math.nan, -1, "3", None, True, 1j, 10**30, -math.inf]
CLIENT_NUMBERS = ("delivery", "pickup", "prize")
VEHICLE_NUMBERS = (
    "capacity",
    "fixed_cost",
    "unit_distance_cost",
    "unit_duration_cost",
    "unit_overtime_cost",
)
LIMITS = ("max_distance", "max_stops", "max_reloads")  # None is no limit


@pytest.mark.parametrize("wrong", WRONG_NUMBERS, ids=repr)
@pytest.mark.parametrize("name", CLIENT_NUMBERS)
def test_wrong_numbers_of_clients(name: str, wrong: Any) -> None:
    assert issues(model(**{name: wrong})) == [("clients[0]", name)]


@pytest.mark.parametrize("wrong", WRONG_NUMBERS, ids=repr)
@pytest.mark.parametrize("name", VEHICLE_NUMBERS + LIMITS)
def test_wrong_numbers_of_vehicles(name: str, wrong: Any) -> None:
    expected = [("vehicle_types[1]", name)]
    if wrong is not None or name not in LIMITS:
        assert issues(with_vehicle(**{name: wrong})) == expected


@pytest.mark.parametrize("name", ["fixed_cost", "unit_distance_cost"])
def test_costs_are_finite(name: str) -> None:
    assert issues(with_vehicle(**{name: math.inf})) == [("vehicle_types[1]", name)]


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ({"x": None}, "coordinates"),
        ({"y": math.nan}, "coordinates"),
        ({"x": "3"}, "coordinates"),
        ({"lat": 1.0, "lon": 2.0}, "coordinates"),
        ({"x": None, "y": None, "lat": 1.0}, "coordinates"),
        ({"location": 0}, "location"),
        ({"x": None, "y": None, "location": 1.5}, "location"),
        ({"x": None, "y": None, "location": "a"}, "location"),
        ({"window": (9, 5)}, "windows"),
        ({"window": (-1, 5)}, "windows"),
        ({"window": "8-9"}, "windows"),
        ({"window": 5}, "windows"),
        ({"window": (1, 2, 3)}, "windows"),
        ({"windows": [(5, 9), (1, 3)]}, "windows"),
        ({"windows": [(1, 5), (5, 9)]}, "windows"),
        ({"windows": []}, "windows"),
        ({"window": (1, 2), "windows": [(1, 2)]}, "windows"),
        ({"group": "first"}, "group"),
        ({"group": 3}, "group"),
        ({"allowed_vehicles": [4]}, "allowed_vehicles"),
        ({"allowed_vehicles": ["van"]}, "allowed_vehicles"),
        ({"skills": [None]}, "skills"),
    ],
    ids=repr,
)
def test_wrong_clients(field: dict[str, Any], name: str) -> None:
    assert ("clients[0]", name) in issues(model(**field))


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ({"count": 1.5}, "count"),
        ({"count": "x"}, "count"),
        ({"count": -1}, "count"),
        ({"count": math.nan}, "count"),
        ({"start": 3}, "depot"),
        ({"end": "depot"}, "end"),
        ({"profile": 1}, "profile"),
        ({"max_overtime": 5}, "max_overtime"),
        ({"max_reloads": 1}, "max_reloads"),
        ({"reload_depots": [7]}, "depot"),
        ({"count": 3, "vehicle_ids": ["x", "y"]}, "vehicle_ids"),
        ({"id": "van"}, "id"),
        ({"shift": ("17:00", "09:00")}, "shift"),
    ],
    ids=repr,
)
def test_wrong_vehicles(field: dict[str, Any], name: str) -> None:
    built = model(delivery=1)
    built.add_vehicle_type(**({"id": "car"} | field))
    assert issues(built) == [("vehicle_types[1]", name)]


def test_everybody_has_the_same_number_of_dimensions() -> None:
    built = model(delivery=1)
    built.add_vehicle_type("car", capacity=(1, 2))
    assert issues(built) == [("clients[0]", "delivery")]
    built = model(delivery=(1, 2))
    built.add_vehicle_type("car", capacity=1)
    assert issues(built) == [("vehicle_types[1]", "capacity")]


def test_every_error_is_reported_in_one_go_with_the_place_in_the_input() -> None:
    built = rw.Model("bad")
    built.add_depot("d", x=0, y=math.nan, where="line 3")
    built.add_client("a", x=1, y=1, delivery=-2, window=(5, 1), where="line 7")
    built.add_client("a", x=2, y=2, service="soon", where="line 8")
    built.add_vehicle_type("van", count=0.5, start=4, where="line 12")
    built.add_shipment(0, 9, 1, where="line 20")
    assert sorted(issues(built)) == sorted(
        [
            ("line 3", "coordinates"),
            ("line 7", "delivery"),
            ("line 7", "windows"),
            ("line 8", "service"),
            ("line 8", "id"),
            ("line 12", "count"),
            ("line 12", "depot"),
            ("line 20", ""),
        ]
    )
    assert message(built).startswith("bad: line ")


def test_locations_are_named_by_their_place_in_the_input() -> None:
    built = rw.Model()
    built.add_depot(lat=0, lon=0, where="row 1")
    built.add_client(lat=95, lon=0, where="row 2")
    built.add_vehicle_type()
    assert issues(built) == [("row 2", "latitude")]


def test_planar_and_geographic_places_do_not_mix() -> None:
    built = model()
    built.add_client(lat=1, lon=2, where="row 9")
    assert ("row 9", "coordinates") in issues(built)


def test_two_and_three_coordinates_do_not_mix() -> None:
    built = model()
    built.add_location(1, 2, z=3, where="row 9")
    assert issues(built) == [("row 9", "coordinates")]


# Values that would overflow ------------------------------------------------------------------


@pytest.mark.parametrize(
    "build",
    [
        lambda: model(delivery=1e16),
        lambda: model(delivery=0.1, pickup=1e15),  # one tenth makes ten times as many units
        lambda: model(prize=1e16),
        lambda: model(window=(0, 1e16)),
        lambda: model(x=1e12),
        lambda: model(x=1e40),
        lambda: with_vehicle(capacity=1e16),
        lambda: with_vehicle(max_distance=1e13),  # distances are kept to 1e-6
        lambda: with_vehicle(fixed_cost=1e18),
        lambda: with_vehicle(unit_distance_cost=1e13),
    ],
)
def test_overflow_is_refused(build: Callable[[], rw.Model]) -> None:
    assert "overflow" in message(build())


def test_overflowing_totals_are_refused() -> None:
    """Each number fits; a thousand of them do not."""
    built = rw.Model()
    built.add_depot(location=0)
    for _ in range(1000):
        built.add_client(location=0, delivery=2**53)
    built.add_vehicle_type()
    built.add_matrix([[0]])
    assert "total load" in message(built)


def test_slow_travel_does_not_overflow_durations() -> None:
    built = model()
    built.set_metric("none", speed=1e-9)
    assert issues(built) == [("travels[0]", "coordinates")]
    assert "overflow" in message(built)


@pytest.mark.parametrize("speed", [0, -1, math.nan, math.inf, "fast"])
def test_wrong_speeds(speed: Any) -> None:
    built = model()
    built.set_metric("none", speed=speed)
    assert ("", "speed") in issues(built)


# Matrices ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("matrix", "word"),
    [
        ([[0, 1]], "square"),
        ([0, 1], "square"),
        ([[0, 1], [1]], "square"),
        ([[0, "x"], [1, 0]], "numbers"),
        ([[0, None], [1, 0]], ""),
        ([[0, math.nan], [1, 0]], "0 -> 1 is not a number"),
        ([[0, -1], [1, 0]], "0 -> 1 is -1; it must not be negative"),
        ([[0, -math.inf], [1, 0]], "negative"),
        ([[0, 2**44], [1, 0]], "limit"),
        ([[0, 2**62], [1, 0]], "limit"),
        ([[0, 2.0**44], [1, 0]], "limit"),
        ([[0, 1e300], [1, 0]], "limit"),
        ([[0]], "location 1 does not exist"),
    ],
    ids=repr,
)
def test_wrong_matrices(matrix: Any, word: str) -> None:
    assert word in message(with_matrix(matrix))


def test_large_whole_numbers_beside_decimals_do_not_wrap_around() -> None:
    built = with_matrix([[0, 10**13], [1, 0]], [[0, 0.000001], [1, 0]])
    problem = built.problem()
    assert problem.travels[0].distance_matrix()[0, 1] == 10**13
    wide = with_matrix([[0, 10**13], [1, 0]])
    wide.add_matrix([[0, 0.000001], [1, 0]])
    assert "limit" in message(wide)


def test_a_matrix_needs_something_in_it() -> None:
    built = with_matrix([[0, 1], [1, 0]])
    built.add_matrix()
    assert issues(built) == [("", "matrix")]
