"""Our JSON solutions: round trips, the result document, and errors for people."""

from __future__ import annotations

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from json_mutations import damaged_texts, damaged_values
from strategies import problems, solutions

import routewright as rw
from routewright.instances import registry
from routewright.instances.documents import native_solution
from routewright.instances.documents.native_schema import schema
from routewright.result import Result, Status, TracePoint, versions

SCHEMA = jsonschema.Draft202012Validator(schema("result"))


@pytest.fixture
def depots() -> rw.Problem:
    """Two depots, two vehicle types, a group, and optional clients, all with names."""
    model = rw.Model("depots")
    model.add_depot("north", x=0, y=10)
    model.add_depot("south", x=0, y=0)
    group = model.add_group(id="either")
    model.add_client("a", x=1, y=10, delivery=1.5)
    model.add_client("b", x=2, y=10, delivery=2, required=False, prize=7)
    model.add_client("c", x=1, y=0, delivery=1, group=group)
    model.add_client("d", x=2, y=0, delivery=1, group=group)
    model.add_vehicle_type("van", count=2, capacity=3, max_reloads=1, reload_depots=[1])
    model.add_vehicle_type("bike", capacity=2, start=1, end=1, vehicle_ids=["x"], count=1)
    model.set_metric("nint")
    return model.problem()


def read(problem: rw.Problem, *routes: object, **fields: object) -> rw.Solution:
    return native_solution.read(problem, json.dumps({"routes": list(routes), **fields}))


def messages(problem: rw.Problem, text: str) -> list[str]:
    with pytest.raises(rw.InputError) as caught:
        native_solution.read(problem, text)
    return str(caught.value).splitlines()


@given(st.data())
def test_every_solution_reads_back_as_itself(data: st.DataObject) -> None:
    """Trips, reloads, and vehicle types survive; the document follows its schema."""
    problem = data.draw(problems())
    solution = data.draw(solutions(problem))
    text = native_solution.write(problem, solution)
    assert native_solution.sniff(text)
    assert native_solution.read(problem, text) == solution
    SCHEMA.validate(json.loads(text))


@given(st.data())
def test_the_document_says_what_the_checker_says(data: st.DataObject) -> None:
    problem = data.draw(problems())
    solution = data.draw(solutions(problem))
    report = rw.check(problem, solution)
    document = native_solution.solution_document(problem, solution)
    assert document["feasible"] == report.feasible == (not document["violations"])
    assert document["cost"] == report.cost
    total = sum(document["cost_breakdown"].values())
    assert total == pytest.approx(document["cost"], rel=1e-12)
    visited = {str(id) for route in document["routes"] for id in route["visits"]}
    left_out = {str(entry["id"]) for entry in document["unassigned"]}
    assert not visited & left_out
    assert visited | left_out == {c.id for c in problem.clients}
    assert all(len(r["stops"]) == len(r["visits"]) for r in document["routes"])


def test_a_result_is_documented_with_its_search(depots: rw.Problem) -> None:
    solution = rw.Solution([rw.Route.of([0]), rw.Route.of([2], 1)])
    result = Result(
        solution=solution,
        report=rw.check(depots, solution),
        status=Status.FEASIBLE,
        solver="savings",
        stop_reason="time limit",
        runtime=1.25,
        compile_time=0.5,
        iterations=7,
        seed=3,
        bound=2,
        trace=(TracePoint(0.1, 2, 40, feasible=False), TracePoint(0.2, 5, 11, feasible=True)),
        message="auto chose savings",
        versions=versions(),
    )
    document = native_solution.result_document(depots, result)
    SCHEMA.validate(document)
    for name in (
        *("schema", "problem", "solver", "seed", "feasible", "cost", "cost_breakdown", "bound"),
        *("runtime", "compile_time", "stop_reason", "iterations", "routes", "unassigned"),
        *("violations", "versions"),
    ):
        assert document[name] is not None
    assert document["trace"][1] == {"elapsed": 0.2, "iterations": 5, "cost": 11, "feasible": True}
    assert document["routes"][1]["vehicle"] == "x"
    assert native_solution.read(depots, json.dumps(document)) == solution


def test_reasons_of_unassigned_clients(depots: rw.Problem) -> None:
    """Optional, one of a served group, and plainly forgotten are told apart."""
    served = native_solution.solution_document(depots, rw.Solution([rw.Route.of([3], 1)]))
    entries = {entry["id"]: (entry["reason"], entry["detail"]) for entry in served["unassigned"]}
    assert entries["a"][0] == "missing"
    assert entries["b"] == ("not selected", "it is optional; its prize of 7 is lost")
    assert entries["c"] == ("group", "group either is served by d")
    empty = native_solution.solution_document(depots, rw.Solution([]))
    details = {entry["id"]: entry["detail"] for entry in empty["unassigned"]}
    assert details["c"] == "group either is served by none of its clients"


def test_ids_are_numbers_only_if_all_are(depots: rw.Problem) -> None:
    """As in the files they come from; "01" is a name, not the number 1."""
    clients = [rw.Client(str(k), k) for k in (1, 2)]
    model = rw.Model()
    model.add_depot("0", x=0, y=0)
    for k in (1, 2):
        model.add_client(k, x=k, y=0)
    model.add_vehicle_type()
    problem = model.problem()
    plan = rw.Solution.from_visits([[1, 0]])
    assert native_solution.solution_document(problem, plan)["routes"][0]["visits"] == [2, 1]
    clients[0] = rw.Client("01", 1)
    renamed = problem.replace(clients=tuple(clients))
    assert native_solution.solution_document(renamed, plan)["routes"][0]["visits"] == ["2", "01"]
    assert read(problem, {"visits": ["2", 1]}) == plan


def test_the_fingerprint_ignores_names_and_sees_everything_else(depots: rw.Problem) -> None:
    def fingerprint(problem: rw.Problem) -> str:
        document = native_solution.solution_document(problem, rw.Solution([]))
        return str(document["problem_hash"])

    assert fingerprint(depots.replace(name="other")) == fingerprint(depots)
    other = depots.replace(vehicle_types=depots.vehicle_types[:1])
    assert fingerprint(other) != fingerprint(depots)
    faster = rw.CoordinateTravel(depots.travels[0].coordinates, depots.travels[0].metric, 2.0)
    assert fingerprint(depots.replace(travels=(faster,))) != fingerprint(depots)


def test_a_minimal_plan_is_enough(depots: rw.Problem) -> None:
    """Vehicles go by their own id, by their type, or by the checker's names."""
    for vehicle, kind in (("van", 0), ("van#2", 0), ("bike", 1), ("x", 1)):
        assert read(depots, {"vehicle": vehicle, "visits": ["a"]}) == rw.Solution(
            [rw.Route.of([0], kind)]
        )
    trips = {"vehicle_type": "van", "trips": [["a"], ["b"]], "reloads": ["south"]}
    assert read(depots, trips) == rw.Solution([rw.Route(0, ((0,), (1,)), (1,))])


def test_all_errors_come_in_one_go(depots: rw.Problem) -> None:
    routes = [
        {"vehicle": "truck", "visits": ["a", "zz"]},
        {"vehicle_type": "van", "vehicle": "x", "visits": ["b"]},
        {"visits": ["c"]},
        {"vehicle": "van", "visits": [True]},
        {"vehicle": "van", "stop": []},
        {"vehicle": "van", "trips": [["a"], ["b"]], "visits": ["b"], "reloads": ["east"]},
        {"vehicle": "van"},
    ]
    assert messages(depots, json.dumps({"schema": "routewright/result/2", "routes": routes})) == [
        'schema: is "routewright/result/2"; this version reads routewright/result/1',
        "routes[3].visits[0]: true is not a name; write a string or a whole number",
        "routes[4].stop: is not a known field; did you mean 'stops'?",
        "routes[0].vehicle: vehicle 'truck' does not exist",
        "routes[0].visits[1]: client 'zz' does not exist in the problem",
        "routes[1].vehicle_type: vehicle 'x' is of another type",
        "routes[2]: needs its vehicle, since there are several types",
        "routes[5].visits: differ from the trips",
        "routes[5].reloads[0]: depot 'east' does not exist in the problem",
        "routes[6]: needs visits, or trips and reloads",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"routes": [}', "line 1, column 13: is not valid JSON"),
        ("{}", "routes: is missing"),
        ('{"routewright": "problem/1"}', "is a problem, not a solution"),
        ('{"routes": [], "cost": NaN}', "cost: NaN is not a finite number"),
        ('{"routes": [], "routes": []}', "routes: is given more than once"),
    ],
)
def test_errors_name_place_and_rule(depots: rw.Problem, text: str, expected: str) -> None:
    assert any(expected in message for message in messages(depots, text))


def test_a_plan_that_refers_to_nothing_cannot_be_written(depots: rw.Problem) -> None:
    broken = rw.Solution([rw.Route(5, ((9,), (0,)), (4,))])
    with pytest.raises(rw.InputError) as caught:
        native_solution.write(depots, broken)
    text = str(caught.value)
    assert "client 9 does not exist; there are 4" in text
    assert "depot 4 does not exist; there are 2" in text
    assert "vehicle type 5 does not exist; there are 2" in text


@given(st.data())
def test_damaged_solutions_never_break_the_reader(data: st.DataObject) -> None:
    problem = data.draw(problems())
    text = native_solution.write(problem, data.draw(solutions(problem)))
    damaged = data.draw(damaged_texts(text) | damaged_values(text))
    outcome: rw.Solution | Exception
    try:
        outcome = native_solution.read(problem, damaged)
    except rw.InputError as error:
        outcome = error
    assert isinstance(outcome, rw.Solution) or str(outcome).strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"routes": []}', "json"),
        ('{"code": 0, "routes": []}', "vroom"),
        ('{"schema": "routewright/result/1", "code": 0}', "json"),
    ],
)
def test_detection_among_json(text: str, expected: str) -> None:
    found = next(f.name for f in registry.SOLUTION_FORMATS if f.load().sniff(text))
    assert found == expected
