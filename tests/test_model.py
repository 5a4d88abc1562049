"""Model: numbers as users give them become exact integers, or errors that say where."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from models import model, with_matrix, with_vehicle

import routewright as rw
from routewright.report import to_user
from routewright.units import scaled_down, scaled_up

NINE = datetime(2026, 3, 2, 9)


# Exactness ------------------------------------------------------------------------------

decimals = st.integers(0, 10**9).map(lambda n: n / 10**6)


@given(*[decimals] * 6)
def test_six_decimals_survive_the_round_trip(
    load: float, service: float, release: float, prize: float, limit: float, closing: float
) -> None:
    built = model(delivery=load, service=service, release=release, prize=prize, window=(0, closing))
    built.add_vehicle_type("car", capacity=load, max_duration=limit, fixed_cost=prize)
    problem = built.problem()
    (client,), van = problem.clients, problem.vehicle_types[1]
    scale = problem.scale
    assert to_user(client.delivery[0], scale.load[0]) == load
    assert to_user(client.service, scale.time) == service
    assert to_user(client.release, scale.time) == release
    assert to_user(client.prize, scale.cost) == prize
    assert to_user(client.windows[0][1], scale.time) == closing
    assert to_user(van.capacity[0], scale.load[0]) == load
    assert to_user(van.max_duration, scale.time) == limit
    assert to_user(van.fixed_cost, scale.cost) == prize
    assert problem.notes == ("distances are kept to 1e-06",)


@given(st.lists(st.integers(0, 10**8).map(lambda n: n / 100), min_size=4, max_size=4))
def test_matrices_survive_the_round_trip(cells: list[float]) -> None:
    built = rw.Model()
    built.add_depot(location=0)
    built.add_client(location=1)
    built.add_vehicle_type()
    built.add_matrix(np.array(cells).reshape(2, 2), [[0, 1], [1.5, 0]])
    problem = built.problem()
    found = problem.travels[0].distance_matrix().ravel().tolist()
    assert [to_user(v, problem.scale.distance) for v in found] == cells
    assert problem.notes == ()


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 3))
def test_costs_per_unit_are_exact(distance: int, duration: int, digits: int) -> None:
    """The cost in the report is what the user would compute with decimals."""
    unit = Fraction(distance % 997, 10**digits)
    hourly = Fraction(duration % 991, 10**digits)
    built = rw.Model()
    built.add_depot(location=0)
    built.add_client(location=1)
    built.add_vehicle_type(unit_distance_cost=float(unit), unit_duration_cost=float(hourly))
    built.add_matrix([[0, distance], [distance, 0]], [[0, duration], [duration, 0]])
    report = rw.check(built.problem(), rw.Solution.from_visits([[0]]))
    assert report.cost == float(2 * (unit * distance + hourly * duration))


def test_whole_numbers_need_no_scale() -> None:
    built = model(delivery=3, service=2, window=(0, 9), prize=4)
    built.set_metric("nint")
    problem = built.problem()
    assert problem.scale == rw.Scale(load=(1,))
    assert problem.notes == ()


@pytest.mark.parametrize(
    ("field", "note"),
    [
        ({"delivery": 1 / 3}, "loads in dimension 1 are kept to 1e-06"),
        ({"service": 1e-7}, "times are kept to 1e-06"),
        ({"window": (0, math.pi)}, "times are kept to 1e-06"),
        ({"prize": 2 / 3}, "costs are kept to 1e-06"),
    ],
)
def test_lost_decimals_are_noted(field: dict[str, Any], note: str) -> None:
    assert f"{note}; finer decimals are rounded" in model(**field).problem().notes


def test_tiny_numbers_do_not_become_nothing_unnoticed() -> None:
    built = model()
    built.add_vehicle_type("car", unit_distance_cost=1e-10)
    assert any("costs per distance are kept to" in note for note in built.problem().notes)
    built = model(delivery=1e-10)
    assert any("loads in dimension 1" in note for note in built.problem().notes)


def test_a_fine_cost_is_kept_as_fine_as_the_totals_allow() -> None:
    """30 an hour by the second, on distances to a millionth: 9 decimals would overflow."""
    built = model()
    for i in range(1500):
        built.add_client(x=1000 * (i % 2), y=1000)
    built.add_vehicle_type("car", unit_duration_cost=30 / 3600)
    problem = built.problem()
    assert any(note.startswith("costs per time are kept to 1e-06") for note in problem.notes)
    kind = problem.vehicle_types[1]
    per_unit = kind.unit_duration_cost * problem.scale.time / problem.scale.cost
    assert per_unit == pytest.approx(30 / 3600, rel=1e-4)


# Limits and windows stay equivalent ---------------------------------------------------------


@given(st.integers(0, 1000), st.fractions(0, 100))
def test_a_limit_allows_the_same_distances_after_scaling(tenths: int, limit: Fraction) -> None:
    assert (Fraction(tenths, 10) <= limit) == (tenths <= scaled_down(limit, 10))
    assert (Fraction(tenths, 10) >= limit) == (tenths >= scaled_up(limit, 10))


@pytest.mark.parametrize(
    ("limit", "feasible"), [(9.9, False), (9.99, False), (10, True), (10.04, True)]
)
def test_a_limit_finer_than_the_distances(limit: float, feasible: bool) -> None:
    """Both legs are 5.0 long under dec1; 10.04 is no more than 10.0 for such distances."""
    built = model()
    built.set_metric("dec1")
    built.add_vehicle_type("car", max_distance=limit)
    problem = built.problem()
    assert problem.vehicle_types[1].max_distance == math.floor(limit * 10)
    solution = rw.Solution.from_visits([[0]], vehicle_type=1)
    assert rw.check(problem, solution).feasible == feasible


def test_floats_that_stand_for_decimals_are_not_cut_below_them() -> None:
    """0.1 * 3 is a little more than 0.3, and 2.3 * 100 a little less than 230."""
    assert scaled_down(0.1 * 3, 10) == scaled_up(0.1 * 3, 10) == 3
    assert scaled_down(2.3, 100) == scaled_up(2.3, 100) == 230


# Times ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_as", "seconds"),
    [
        (30600, 30600),
        (30600.5, 30600.5),
        ("08:30", 30600),
        (" 8:30 ", 30600),
        ("08:30:15", 30615),
        ("25:00", 90000),  # the next day
        (timedelta(hours=8, minutes=30), 30600),
        (timedelta(milliseconds=1500), 1.5),
        (datetime(2026, 3, 2, 17, 30), 30600),
        (np.int64(7), 7),
        (np.float32(7.5), 7.5),
        (Fraction(1, 4), 0.25),
    ],
)
def test_times(given_as: Any, seconds: float) -> None:
    built = rw.Model(origin=NINE)
    built.add_depot(x=0, y=0)
    built.add_client(x=3, y=4, window=(given_as, None), release=given_as)
    built.add_vehicle_type(max_duration=timedelta(days=2), shift=("06:00", None))
    problem = built.problem()
    (client,) = problem.clients
    scale = problem.scale.time
    assert to_user(client.windows[0][0], scale) == to_user(client.release, scale) == seconds
    assert client.windows[0][1] == rw.UNLIMITED
    assert to_user(problem.vehicle_types[0].max_duration, scale) == 172800
    assert to_user(problem.vehicle_types[0].shift[0], scale) == 21600


def test_infinite_arcs_are_unreachable() -> None:
    travel = with_matrix([[0, math.inf], [2.5, 0]]).problem().travels[0]
    assert travel.distance_matrix().tolist() == [[0, rw.UNREACHABLE], [25, 0]]
    assert travel.duration_matrix().tolist() == [[0, rw.UNREACHABLE], [25, 0]]


@pytest.mark.parametrize(
    ("rounding", "internal"), [("nint", 3), ("trunc", 2), ("dec1", 25), ("exact", 2550)]
)
def test_matrices_can_be_rounded(rounding: str, internal: int) -> None:
    problem = with_matrix([[0, 2.55], [1, 0]], rounding=rounding).problem()
    assert problem.travels[0].distance_matrix()[0, 1] == internal
    assert problem.scale.distance == rw.Rounding(rounding).scale


@pytest.mark.parametrize("name", ["max_distance", "max_duration", "max_stops", "capacity"])
def test_infinite_limits_are_no_limits(name: str) -> None:
    kind = with_vehicle(**{name: math.inf}).problem().vehicle_types[1]
    assert getattr(kind, name) in (rw.UNLIMITED, (rw.UNLIMITED,))


# Names ------------------------------------------------------------------------------------------


def test_a_single_name_is_not_its_letters() -> None:
    built = model(skills="cold")
    built.add_vehicle_type("car", skills="cold", vehicle_ids="x12", count=1)
    problem = built.problem()
    assert problem.clients[0].skills == problem.vehicle_types[1].skills == {"cold"}
    assert problem.vehicle_types[1].vehicle_ids == ("x12",)
    assert [problem.may_serve(k, 0) for k in (0, 1)] == [False, True]


@given(st.integers(1, 500), st.integers(1, 500), st.sampled_from([0.25, 3.0, 50.0, 1000.0]))
def test_durations_from_a_speed_are_not_rounded_to_whole_units(
    x: int, y: int, speed: float
) -> None:
    """5 km at 50 km/h are 0.1 hours, and not none."""
    built = model(x=x, y=y)
    built.set_metric("none", speed=speed)
    problem = built.problem()
    (duration,) = problem.travels[0].durations([0], [1])
    assert duration / problem.scale.time == pytest.approx(
        math.hypot(x, y) / speed, abs=1e-6 + 1e-6 / speed
    )
    assert "durations are kept to 1e-06" in problem.notes


def test_ids_default_to_numbers() -> None:
    built = rw.Model()
    built.add_depot(x=0, y=0)
    built.add_client(x=1, y=1)
    built.add_client(7, x=1, y=1)
    built.add_vehicle_type()
    problem = built.problem()
    assert [d.id for d in problem.depots] == ["depot0"]
    assert [c.id for c in problem.clients] == ["1", "7"]
    assert problem.client_index == {"1": 0, "7": 1}
    assert problem.vehicle_types[0].id == "vehicle1"


def test_building_twice_gives_the_same_problem() -> None:
    built = model(delivery=0.25, window=("08:00", "09:00"))
    assert built.problem() == built.problem()


def test_places_on_the_globe_with_times_and_no_speed_are_noted() -> None:
    """A meter per second is nobody's truck."""

    def notes(window: tuple[str, str] | None, speed: float | None) -> str:
        model = rw.Model()
        if speed is not None:
            model.set_metric(rw.Metric.haversine(), speed=speed)
        model.add_depot(lat=52.5, lon=13.4)
        model.add_client(lat=52.6, lon=13.4, window=window)
        model.add_vehicle_type()
        return " ".join(model.problem().notes)

    assert "1 s per meter" in notes(("08:00", "12:00"), None)
    assert "1 s per meter" not in notes(None, None)
    assert "1 s per meter" not in notes(("08:00", "12:00"), 11.0)


def test_places_and_plain_clients_may_be_added_many_at_once() -> None:
    """The same problem as one by one."""
    points = [(0.5, 1), (2, 3), (4, 5)]
    one, many = rw.Model(), rw.Model()
    for x, y in points:
        one.add_location(x, y)
    many.add_locations(points, ["a", "b", "c"])
    for built in (one, many):
        built.add_depot(location=0)
        built.add_vehicle_type(count=1)
    for i in (1, 2):
        one.add_client(i, location=i)
    many.add_plain_clients([1, 2], [1, 2], ["b", "c"])
    assert one.problem().clients == many.problem().clients
    assert (one.problem().travels[0].coordinates == many.problem().travels[0].coordinates).all()


def test_what_is_wrong_with_one_of_many_is_named_where_it_stands() -> None:
    model = rw.Model()
    model.add_locations([(0, 0), (math.nan, 1), (3, 4)], ["line 1", "line 2", "line 3"])
    model.add_depot(location=0)
    model.add_plain_clients(["x", "y", "x"], [1, 2, 9], ["line 5", "line 6", "line 7"])
    model.add_vehicle_type(count=1)
    with pytest.raises(rw.InputError) as caught:
        model.problem()
    text = str(caught.value)
    assert "line 2, coordinates: nan must be finite" in text
    assert "line 7, location: location 9 does not exist" in text
    assert "line 7, id: id 'x' is that of clients[0] too" in text
