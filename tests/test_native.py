"""Our JSON problem: exact round trips, meaning, detection, and the published schema."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from native_samples import MATRIX, MINIMAL, edited
from strategies import EVERYTHING, problems

import routewright as rw
from routewright.attributes import Attribute
from routewright.instances import registry
from routewright.instances.documents import native, native_solution
from routewright.instances.documents.native_schema import schema
from routewright.problem import Scale
from routewright.travel import MetricKind

SCHEMAS = Path(__file__).resolve().parents[1] / "docs" / "schema"

# Round trips ----------------------------------------------------------------------


@given(problems(allow=EVERYTHING))
def test_every_problem_reads_back_as_itself(problem: rw.Problem) -> None:
    """Whatever a Model can build survives writing and reading, to the last unit."""
    text = native.write(problem)
    assert native.sniff(text)
    assert native.read(text) == problem
    jsonschema.Draft202012Validator(schema()).validate(json.loads(text))


@given(
    st.integers(1, 10**7),
    st.lists(st.integers(0, 2**53), min_size=4, max_size=4),
)
def test_large_numbers_keep_every_digit(scale: int, values: list[int]) -> None:
    """At any scale, also where a float cannot hold the quotient."""
    early, late = sorted(values[:2])
    model = rw.Model()
    model.add_depot(x=0, y=0)
    model.add_client(x=1, y=1, required=False)
    model.add_vehicle_type()
    model.set_metric(rw.Metric(scale=scale))
    model.scale = Scale(scale, scale, scale, ())
    base = model.problem()
    client = rw.Client("1", 1, windows=((early, late),), service=values[2], prize=values[3])
    problem = base.replace(clients=(client,))
    try:
        problem = problem.replace(clients=(rw.Client(**_fields(client), required=False),))
    except rw.InputError:  # the total would overflow, whatever the format
        return
    assert native.read(native.write(problem)) == problem


def _fields(client: rw.Client) -> dict[str, object]:
    names = ("id", "location", "windows", "service", "prize")
    return {name: getattr(client, name) for name in names}


@given(st.floats(1e-6, 1e6), st.sampled_from(list(rw.Rounding)))
def test_any_speed_reads_back(speed: float, rounding: rw.Rounding) -> None:
    """The duration factor is a float that a rounded speed would not always restore."""
    model = rw.Model()
    model.add_depot(x=0, y=0)
    model.add_client(x=1, y=1)
    model.add_vehicle_type()
    model.set_metric(rounding, speed=[speed, speed / 3])
    problem = model.problem()
    assert native.read(native.write(problem)) == problem


@pytest.mark.parametrize("kind", list(MetricKind))
def test_every_metric_reads_back(kind: MetricKind) -> None:
    model = rw.Model()
    geographic = kind is MetricKind.HAVERSINE
    for k in range(3):
        point = {"lat": 10.5 * k, "lon": 20.25 * k} if geographic else {"x": k * 1.5, "y": 2 * k}
        flat = kind not in (MetricKind.XRAY1, MetricKind.XRAY2)
        model.add_location(**point, z=None if flat else 7.0 * k)
    model.add_depot(location=0)
    model.add_client(location=1)
    model.add_client(location=2)
    model.add_vehicle_type()
    period = 40.0 if kind is MetricKind.TOROIDAL else 0.0
    model.set_metric(rw.Metric(kind, rw.RoundingRule.CEIL, 3, period))
    problem = model.problem()
    assert native.read(native.write(problem)) == problem


def test_coordinates_of_a_matrix_are_kept() -> None:
    """Equality ignores them, pictures do not."""
    model = rw.Model()
    model.add_depot(x=0.5, y=0)
    model.add_client(x=3, y=4)
    model.add_vehicle_type()
    model.add_matrix([[0, 5], [5, 0]])
    again = native.read(native.write(model.problem()))
    assert np.array_equal(again.travels[0].coordinates, [[0.5, 0], [3, 4]])


def test_profiles_with_different_metrics_are_refused() -> None:
    problem = native.read(MINIMAL)
    travel = problem.travels[0]
    other = rw.CoordinateTravel(travel.coordinates, rw.Metric(MetricKind.EUCLIDEAN))
    with pytest.raises(rw.UnsupportedError, match="different metrics"):
        native.write(problem.replace(travels=(travel, other)))


def test_short_objects_take_one_line() -> None:
    """A file is for people, too: a client or a matrix row is one line."""
    lines = native.write(native.read(MINIMAL)).splitlines()
    assert sum('"id": "a"' in line and '"window"' in line for line in lines) == 1
    rows = native.write(native.read(MATRIX)).splitlines()
    assert sum("[0, 1, null]" in row for row in rows) == 1


# Meaning --------------------------------------------------------------------------


def test_a_minimal_file_has_sensible_defaults() -> None:
    problem = native.read(MINIMAL)
    assert [c.id for c in problem.clients] == ["a", "2"]
    assert problem.clients[0].windows == ((8 * 3600, 9 * 3600 + 1800),)
    assert problem.clients[1].delivery == (15,)
    assert problem.scale.load == (10,)
    assert problem.travels[0].metric == rw.Metric.haversine()
    assert any("speed" in note for note in problem.notes)
    report = rw.check(problem, rw.Solution.from_visits([[0, 1]]))
    assert 30_000 < report.distance < 80_000  # meters


def test_without_locations_matrix_rows_are_depots_then_clients() -> None:
    problem = native.read(MATRIX)
    assert [d.location for d in problem.depots] == [0]
    assert [c.location for c in problem.clients] == [1, 2]
    assert problem.scale.distance == problem.scale.time == 10
    assert rw.Attribute.UNREACHABLE in problem.attributes()


def test_not_given_and_null_differ_at_the_ends_of_routes() -> None:
    types = [{"id": "closed"}, {"id": "open", "end": None}]
    problem = native.read(edited(vehicle_types=types))
    assert [(v.start, v.end) for v in problem.vehicle_types] == [(0, 0), (0, None)]


def test_vehicle_ids_count_the_vehicles() -> None:
    problem = native.read(edited(vehicle_types=[{"vehicle_ids": ["x", 7]}]))
    assert problem.vehicle_types[0].count == 2
    assert problem.vehicle_types[0].vehicle_ids == ("x", "7")


def test_numbers_are_names_too() -> None:
    clients = [{"id": 7, "lat": 1, "lon": 1}, {"id": "b", "lat": 2, "lon": 2}]
    problem = native.read(edited(clients=clients, precedences=[["7", "b"]]))
    assert problem.precedences == ((0, 1),)


def test_rounding_replaces_that_of_the_file() -> None:
    text = edited(
        depots=[{"x": 0, "y": 0}],
        clients=[{"x": 1, "y": 1}],
        metric={"rounding": "exact"},
        scale={"distance": 1000, "time": 1000, "cost": 1000},
    )
    assert native.read(text).travels[0].distance_matrix()[0, 1] == 1414
    problem = native.read(text, rounding=rw.Rounding.NINT)
    assert problem.travels[0].distance_matrix()[0, 1] == 1
    assert any("rounding" in note for note in problem.notes)


def test_matrices_are_rounded_if_asked_for() -> None:
    problem = native.read(MATRIX, rounding=rw.Rounding.TRUNC)
    assert problem.travels[0].distance_matrix()[1, 0] == 2


def test_a_number_finer_than_the_scale_is_noted() -> None:
    scale = {"distance": 1, "time": 1, "cost": 1, "load": [1]}
    problem = native.read(edited(scale=scale))
    assert any("finer" in note for note in problem.notes)


def test_breaks_are_kept_and_refused_by_the_checker() -> None:
    """They have their place in the types; nothing ignores them in silence."""
    data = json.loads(MINIMAL)
    data["vehicle_types"][0]["breaks"] = [{"window": ["12:00", "14:00"], "service": 1800}]
    problem = native.read(json.dumps(data))
    assert Attribute.BREAKS in problem.attributes()
    with pytest.raises(rw.UnsupportedError, match="breaks"):
        rw.check(problem, rw.Solution([]))
    assert native.read(native.write(problem)) == problem


# Detection, schema, imports ---------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MINIMAL, "routewright"),
        ('{"clients": [', "routewright"),
        ('{"vehicles": [], "jobs": []}', "vroom"),
        ('{"routewright": "problem/1", "vehicles": []}', "routewright"),
    ],
)
def test_detection_among_json(text: str, expected: str) -> None:
    found = next(f.name for f in registry.FORMATS if f.load().sniff(text))
    assert found == expected


@pytest.mark.parametrize("text", ["", "NAME : x", "[1]", "<html>"])
def test_other_texts_are_left_to_other_formats(text: str) -> None:
    assert not native.sniff(text)
    assert not native_solution.sniff(text)


@pytest.mark.parametrize("document", ["problem", "result"])
def test_the_published_schema_is_that_of_the_code(document: str) -> None:
    """If this fails: ``routewright schema problem > docs/schema/problem.schema.json``."""
    published = json.loads((SCHEMAS / f"{document}.schema.json").read_text(encoding="utf-8"))
    assert published == schema(document)  # type: ignore[arg-type]
    jsonschema.Draft202012Validator.check_schema(published)


@pytest.mark.parametrize("text", [MINIMAL, MATRIX])
def test_samples_follow_the_schema(text: str) -> None:
    jsonschema.Draft202012Validator(schema()).validate(json.loads(text))


@pytest.mark.parametrize(
    "change",
    [
        {"x": 1},
        {"routewright": "problem/2"},
        {"clients": [{"delivery": -1}]},
        {"clients": [{"window": ["8 o'clock", None]}]},
        {"vehicle_types": [{"count": 1.5}]},
        {"fixed_edges": [["a"]]},
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(change: dict[str, object]) -> None:
    validator = jsonschema.Draft202012Validator(schema())
    assert not validator.is_valid(json.loads(edited(**change)))


def test_detection_does_not_load_pydantic() -> None:
    """Telling formats apart, and writing, must stay quick to start."""
    code = (
        "import sys; from routewright.instances.documents import native, native_solution, vroom, "
        "vroom_solution; native.sniff('{}'); sys.exit('pydantic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
