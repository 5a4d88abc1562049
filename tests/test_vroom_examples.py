"""VROOM's own examples: costs, schedules, loads, and violations as VROOM reports them."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from conftest import instance_path
from vroom_samples import Json, read

import routewright as rw
from routewright.attributes import Attribute as A
from routewright.instances.documents import vroom_solution


def example(number: int, suffix: str = "") -> Json:
    path: Path = instance_path(f"FORMATS/vroom_json/example_{number}{suffix}.json")
    data: Json = json.loads(path.read_text(encoding="utf-8"))
    return data


def with_roads(problem: Json, output: Json) -> Json:
    """Replace coordinates by a matrix of the travel times that the output drove.

    Arcs that no route uses cannot be traveled. Breaks are left out, being reserved.
    """
    places: dict[tuple[float, float], int] = {}

    def index(point: list[float]) -> int:
        return places.setdefault((point[0], point[1]), len(places))

    shipped = [s[end] for s in problem.get("shipments", []) for end in ("pickup", "delivery")]
    for task in (*problem["jobs"], *shipped):
        task["location_index"] = index(task.pop("location"))
    for vehicle in problem["vehicles"]:
        vehicle.pop("breaks", None)
        for end in ("start", "end"):
            vehicle[f"{end}_index"] = index(vehicle.pop(end))
    rows: list[list[int | None]] = [[None] * len(places) for _ in places]
    for route in output["routes"]:
        steps = [step for step in route["steps"] if step["type"] != "break"]
        for a, b in pairwise(steps):
            arc = index(a["location"]), index(b["location"])
            rows[arc[0]][arc[1]] = b["duration"] - a["duration"]
    for i, row in enumerate(rows):
        row[i] = 0
    return problem | {"matrices": {"car": {"durations": rows}}}


def test_example_2_is_solved_as_vroom_says() -> None:
    """Matrices, no coordinates: cost, arrivals, and the document itself agree."""
    problem, output = read(example(2)), example(2, "_sol")
    solution = vroom_solution.read(problem, json.dumps(output))
    report = rw.check(problem, solution)
    assert report.feasible
    assert report.cost == output["summary"]["cost"] == output["summary"]["duration"]
    again = json.loads(vroom_solution.write(problem, solution))
    assert again["summary"].items() <= output["summary"].items()
    for ours, theirs in zip(again["routes"], output["routes"], strict=True):
        assert len(ours["steps"]) == len(theirs["steps"])
        for a, b in zip(ours["steps"], theirs["steps"], strict=True):
            assert a.items() <= b.items()


def test_example_1_is_solved_as_vroom_says() -> None:
    """Skills, windows, and a shipment; the break of vehicle 2 is 300 seconds."""
    output = example(1, "_sol")
    problem = read(with_roads(example(1), output))
    solution = vroom_solution.read(problem, json.dumps(output))
    report = rw.check(problem, solution)
    assert report.feasible, report.violations
    assert report.cost == output["summary"]["cost"]
    stops = {stop.id: stop.arrival for stop in report.stops()}
    steps = [s for r in output["routes"] for s in r["steps"] if s["type"] not in ("start", "end")]
    arrivals = {str(s["id"]): s["arrival"] for s in steps if s["type"] != "break"}
    arrivals["3"] -= 300  # the delivery after the break
    assert stops == arrivals
    loads = {s.id: list(s.load) for s in report.stops()}
    assert loads == {str(s["id"]): s["load"] for s in steps if s["type"] != "break"}


def test_breaks_of_example_1_have_their_place() -> None:
    """Read into the types, so that solvers and the checker refuse them by name."""
    problem = read(example(1))
    assert A.BREAKS in problem.attributes()
    second = problem.vehicle_types[problem.vehicle_type_of["2"]]
    assert second.breaks == (rw.Break((1600423200, 1600425000), 300),)
    with pytest.raises(rw.UnsupportedError, match="breaks"):
        rw.check(problem, rw.Solution([]))


def test_example_3_breaks_the_rules_that_vroom_names() -> None:
    """A plan with too much load and late arrivals: the same causes, the same cost."""
    output = example(3, "_sol")
    problem = read(with_roads(example(3), output))
    solution = vroom_solution.read(problem, json.dumps(output))
    report = rw.check(problem, solution)
    assert report.cost == output["summary"]["cost"]
    again = json.loads(vroom_solution.write(problem, solution))
    causes = {violation["cause"] for violation in again["summary"]["violations"]}
    theirs = {violation["cause"] for violation in output["summary"]["violations"]}
    assert causes == theirs - {"lead_time"}  # we do not start before the shift
    assert any("steps" in note for note in problem.notes)
