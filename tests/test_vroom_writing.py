"""VROOM JSON written by us: problems mean the same, solutions read back."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import problems, solutions
from vroom_samples import SAYABLE, Json, read, sample, travel_cost

import routewright as rw
from routewright.instances.documents import native, vroom, vroom_solution
from routewright.instances.documents.vroom_priority import priorities


@given(problems(allow=SAYABLE, decimals=False, formulas=False), st.data())
def test_written_problems_mean_the_same(problem: rw.Problem, data: st.DataObject) -> None:
    """Cost, feasibility, and schedule of any plan survive the way through VROOM JSON."""
    plan = data.draw(solutions(problem))
    try:
        again = vroom.read(vroom.write(problem))
        there = vroom_solution.read(again, vroom_solution.write(problem, plan))
    except rw.UnsupportedError:  # fractional numbers, more routes than vehicles, ...
        assume(False)
    ours, theirs = rw.check(problem, plan), rw.check(again, there)
    kinds = {v.kind for v in ours.violations} - {rw.ViolationKind.MISSING_CLIENT}
    assert bool(kinds) == bool(theirs.violations), (ours.violations, theirs.violations)
    assert travel_cost(theirs) == pytest.approx(ours.cost - ours.breakdown["prizes"])
    if not kinds:
        assert [s.arrival for s in ours.stops()] == [s.arrival for s in theirs.stops()]


@pytest.mark.parametrize("change", [{}, {"jobs": []}, {"shipments": []}])
def test_vroom_problems_come_back(change: Json) -> None:
    """Reading, writing, and reading again gives the same problem, priorities included."""
    problem = read(sample(**change))
    again = vroom.read(vroom.write(problem))
    assert again.replace(notes=problem.notes, vehicle_types=problem.vehicle_types) == problem
    assert priorities(again) == priorities(problem)
    assert native.read(native.write(problem)) == problem


@pytest.mark.parametrize(
    ("changes", "lost"),
    [
        ({"backhaul": rw.BackhaulPolicy.LINEHAUL_FIRST}, "backhaul"),
        ({"precedences": ((0, 1),)}, "precedence"),
        ({"objective": rw.Objective.VEHICLES_THEN_COST}, "vehicles_first"),
        ({"locks": (rw.Lock((0,)),)}, "locks"),
        ({"clients": (rw.Client("a", 1, required=False, prize=1),)}, "prizes other than"),
        ({"vehicle_types": (rw.VehicleType("v", max_duration=9),)}, "max_duration"),
        ({"vehicle_types": (rw.VehicleType("v", start=None, end=None),)}, "open at both ends"),
        ({"vehicle_types": (rw.VehicleType("v", unit_duration_cost=1),)}, "duration_costs"),
        ({"vehicle_types": (rw.VehicleType("v", count=0),)}, "no vehicles"),
        ({"scale": rw.Scale(2, 2, 2)}, "fractional times"),
    ],
)
def test_what_vroom_cannot_say_is_refused_by_name(changes: Json, lost: str) -> None:
    model = rw.Model()
    model.add_depot(x=0, y=0)
    model.add_client("a", x=3, y=0)
    model.add_client("b", x=5, y=0)
    model.add_vehicle_type()
    model.set_metric("nint")
    problem = model.problem().replace(**changes)
    with pytest.raises(rw.UnsupportedError, match=lost):
        vroom.write(problem)


# Solutions --------------------------------------------------------------------------


@given(st.data())
def test_every_solution_reads_back_as_itself(data: st.DataObject) -> None:
    problem = data.draw(problems(allow=SAYABLE))
    plan = data.draw(solutions(problem))
    report = rw.check(problem, plan)
    assume(all(v.kind is not rw.ViolationKind.TOO_MANY_VEHICLES for v in report.violations))
    text = vroom_solution.write(problem, plan)
    assert vroom_solution.sniff(text)
    document = json.loads(text)
    assert document["summary"]["cost"] == pytest.approx(travel_cost(report))
    assert vroom_solution.read(problem, text) == plan


def test_plans_beyond_vrooms_are_refused_by_name() -> None:
    problem = read(sample())
    with pytest.raises(rw.UnsupportedError, match="more routes than vehicles, reloads"):
        vroom_solution.write(
            problem, rw.Solution([rw.Route(0, ((c,), (1,)), (0,)) for c in (0, 2)])
        )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"code": 2, "error": "Invalid jobs."}, "VROOM ended with code 2: Invalid jobs."),
        ({"routes": [{"vehicle": 9, "steps": []}]}, "routes[0].vehicle: vehicle 9 does not exist"),
        (
            {"routes": [{"vehicle": 1, "steps": [{"type": "job", "id": 99}]}]},
            "routes[0].steps[0]: job 99 does not exist",
        ),
        (
            {"routes": [{"vehicle": 1, "steps": [{"type": "nap"}]}]},
            "routes[0].steps[0].type: 'nap' is not a type of step",
        ),
        ({"routes": [{"vehicle": 1, "steps": [{"type": "job"}]}]}, "steps[0].id: is missing"),
        ({"routes": [{"steps": []}]}, "routes[0].vehicle: is missing"),
    ],
)
def test_solution_errors_name_place_and_rule(data: Json, expected: str) -> None:
    with pytest.raises(rw.InputError) as caught:
        vroom_solution.read(read(sample()), json.dumps(data))
    assert expected in str(caught.value)
