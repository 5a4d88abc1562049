"""Our JSON problem: every error with its path and rule, all of them in one go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from json_mutations import damaged_texts, damaged_values
from native_samples import MATRIX, MINIMAL, edited, messages
from strategies import problems

import routewright as rw
from routewright.instances.documents import native


def test_all_errors_come_in_one_go_with_their_paths() -> None:
    """Wrong types, unknown fields, wrong values, and unknown ids, all at once."""
    text = edited(
        routewright=None,
        objective="best",
        clients=[
            {"id": "a", "lat": 1, "lon": 1, "delivery": -2.5, "widow": [1, 2]},
            {"lat": 1, "lon": 1, "delivery": True, "windows": [[1, 2], [4, 3], [3]]},
            {"id": "c", "lat": 1, "lon": 1, "windows": [[3, 4], [1, 2]]},
            {"id": "d", "skills": "cold"},
            {"id": "c", "lat": 1, "lon": 1, "allowed_vehicles": ["vn"]},
        ],
        vehicle_types=[{"id": "van", "count": 2.5, "start": "dpot", "shift": "08:00"}],
        locks=[{"visits": ["zz"]}, {}],
        precedences=[["a"], ["a", "zz"], ["a", "a"]],
    )
    found = messages(text)
    for expected in (
        'routewright: is missing; a problem file says "routewright": "problem/1"',
        "objective: \"best\" is not one of 'cost' or 'vehicles-then-distance'",
        "clients[0].delivery: -2.5 must not be negative",
        "clients[0].widow: is not a known field; did you mean 'window'?",
        "clients[1].delivery: true is not a number",
        "clients[1].windows[1]: [4, 3] closes before it opens",
        "clients[1].windows[2]: [3] is not a window; write [opening, closing], null where "
        "unbounded",
        'clients[3].skills: "cold" is not a list',
        "vehicle_types[0].count: 2.5 is not a whole number",
        'vehicle_types[0].shift: "08:00" is not a window; write [opening, closing], null where '
        "unbounded",
        'precedences[0]: ["a"] is not a pair',
        "locks[1].visits: is missing",
        "clients[4].allowed_vehicles[0]: vehicle type 'vn' does not exist",
        "precedences[1][1]: client 'zz' does not exist",
        "locks[0].visits[0]: client 'zz' does not exist",
    ):
        assert expected in found
    assert any(m.startswith("clients[4].id") and "unique" in m for m in found)
    assert any(m.startswith("clients[2].windows") and "disjoint" in m for m in found)


def test_what_follows_from_an_error_is_not_reported() -> None:
    """Taking out a wrong value must not make other values look wrong."""
    types = [{"id": 1.5, "max_duration": "long", "max_overtime": 5}]
    clients = [{"id": "a", "lat": 1, "lon": 1, "allowed_vehicles": ["van"]}]
    assert messages(edited(vehicle_types=types, clients=clients)) == [
        "vehicle_types[0].id: 1.5 is not a name; write a string or a whole number",
        'vehicle_types[0].max_duration: "long" is not a time; write a number, "HH:MM", or '
        '"HH:MM:SS"',
    ]


def test_relations_keep_their_positions_in_the_file() -> None:
    """An error in a later item names its own position, whatever came before it."""
    pairs = [["a", "zz"], ["a", "a"]]
    assert "precedences[1]: a client cannot precede itself" in messages(edited(precedences=pairs))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1,\n "b": }', "line 2, column 7: is not valid JSON: Expecting value"),
        ('{"a": 1', "line 1, column 8: is not valid JSON: Expecting ',' delimiter"),
        ('{"routewright": "problem/1", "name": "a", "name": "b"}', "name: is given more than once"),
        (
            MINIMAL.replace('"lat": 52.3', '"lat": 52.3, "lat": 52.4'),
            "clients[1].lat: is given more than once in one object",
        ),
        (MINIMAL.replace("52.3", "NaN"), "clients[1].lat: NaN is not a finite number"),
        (MINIMAL.replace("1.5", "-Infinity"), "clients[1].delivery: -Infinity is not a finite"),
        (MINIMAL.replace("1.5", "1e999"), "clients[1].delivery: 1e999 is not a finite number"),
        (MINIMAL.replace('"a"', '"\\ud800"'), "clients[0].id"),
        ("[1, 2]", "is not a JSON object"),
        ('{"x": ' + "[" * 100_000, "nested too deeply"),
        ('{"x": ' + "9" * 5000 + "}", "thousands of digits"),
        (edited(routewright="problem/9"), 'routewright: is "problem/9"; a problem file says'),
        ('{"schema": "routewright/result/1", "routes": []}', "is a result, not a problem"),
        (edited(MATRIX, metric={}), "metric: give a metric or matrices, not both"),
        (edited(MATRIX, matrices=[{}]), "matrices[0]: give distance, duration, or both"),
        (
            edited(MATRIX, matrices=[{"distance": [[0, 1], [1]]}]),
            "matrices[0].distance: [[0, 1], [1]] must be square",
        ),
        (
            edited(MATRIX, matrices=[{"distance": [[0, -1], ["x", 0]]}]),
            "matrices[0].distance: must hold numbers of at least 0, or null where no way "
            'exists: [0][1] is -1, [1][0] is "x"',
        ),
        (
            edited(MATRIX, clients=[{"location": 2}, {}]),
            "clients[1]: give its location, since others have coordinates or one",
        ),
        (edited(metric={"kind": "euclidean"}), "metric.kind: euclidean needs places with x and y"),
        (edited(metric={"speed": 0}), "metric.speed: 0 must be above 0"),
        (
            edited(metric={"speed": 2, "duration_factor": 1}),
            "metric.duration_factor: give speed or duration_factor, not both",
        ),
        (
            edited(scale={"distance": 10, "time": 1, "cost": 1}),
            "scale.distance: is 10, but the metric keeps 1 per unit of distance",
        ),
        (
            edited(scale={"distance": 1, "time": 1, "cost": 1, "load": [1, 1]}),
            "scale.load: has 2 entries; the file has 1 dimensions of load",
        ),
        (edited(depots=None), "vehicle_types[0].start: there is no depot; add one, or write null"),
        (
            edited(groups=[{"clients": ["a"]}, {"clients": ["a"]}]),
            "groups[1].clients[0]: client 'a' is in a group already",
        ),
        (
            edited(clients=[{"lat": 1, "lon": 1, "required": True}], groups=[{"clients": [1]}]),
            "clients[0].required: a member of a group must not be required itself",
        ),
        (edited(clients=[{"lat": 91, "lon": 1}]), "latitude"),
        (edited(clients=[{"lat": 1, "lon": 1, "prize": 1e300}]), "clients[0].prize"),
        (edited(fixed_edges=[["a", {"depot": "x"}]]), "fixed_edges[0][1]: depot 'x' does not"),
    ],
)
def test_errors_name_place_and_rule(text: str, expected: str) -> None:
    assert any(expected in message for message in messages(text)), messages(text)


@given(st.data())
def test_damaged_files_never_break_the_reader(data: st.DataObject) -> None:
    """Damage gives a problem or errors with words, never another exception."""
    text = data.draw(st.sampled_from([MINIMAL, MATRIX]) | problems().map(native.write))
    outcome: rw.Problem | Exception
    damaged = data.draw(damaged_texts(text) | damaged_values(text))
    try:
        outcome = native.read(damaged)
    except (rw.InputError, rw.UnsupportedError) as error:
        outcome = error
    assert isinstance(outcome, rw.Problem) or str(outcome).strip()


def test_numbers_too_large_for_a_float_are_refused_by_name() -> None:
    """With a stated scale they are exact, and once overflowed in the comparison."""
    text = """{"routewright": "problem/1",
      "scale": {"distance": 1000000, "time": 1000000, "cost": 1000000, "load": [10]},
      "depots": [{"id": 1, "x": 0, "y": 0}],
      "clients": [{"id": 1, "x": 1, "y": 2, "pickup": 1e308, "service": 1e307}],
      "vehicle_types": [{"id": 1, "capacity": 9}]}"""
    with pytest.raises(rw.InputError) as caught:
        native.read(text)
    for field in ("pickup", "service"):
        assert f"clients[0].{field}: a number of" in str(caught.value)
        assert "would overflow" in str(caught.value)
