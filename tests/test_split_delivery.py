"""Deliveries in parts: what plans state, what the checker says, and which files hold it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from command import run
from corrupted import SPLIT_D, SPLIT_PLAN, in_parts, line, trips, van

import routewright as rw
from routewright.instances.documents import native, native_solution, vroom_solution
from routewright.instances.exports import refuse_unfit
from routewright.instances.lib import sol, tour
from routewright.instances.pictures import geojson, page, stop_table

K = rw.ViolationKind


def kinds(problem: rw.Problem, solution: rw.Solution) -> list[rw.ViolationKind]:
    return [violation.kind for violation in rw.check(problem, solution).violations]


def model() -> rw.Model:
    """Two clients of three and a half tons, and vans of five."""
    m = rw.Model("tons")
    m.add_depot("hub", x=0, y=0)
    m.add_client("mill", x=0, y=10, delivery=3.5, service=2, splittable=True)
    m.add_client("port", x=0, y=20, delivery=3.5, service=2, splittable=True)
    m.add_vehicle_type("van", capacity=5)
    return m


# Plans ----------------------------------------------------------------------------


def test_a_plan_that_splits_nothing_is_the_same_however_it_is_written() -> None:
    plain = rw.Route.of([0, 1])
    assert rw.Route.of([0, 1], quantities=[None, None]) == plain
    assert rw.Solution([plain]) == rw.Solution([rw.Route.of([0, 1], 0, [None, None])])
    assert not rw.Solution([plain]).has_quantities
    assert rw.Route.of([0, 1], quantities=[(1,), None]) != plain


def test_the_parts_load_the_vehicles_and_add_up() -> None:
    report = rw.check(SPLIT_D, SPLIT_PLAN)
    assert report.feasible
    assert [route.load for route in report.routes] == [(2,), (4,)]
    assert [stop.load for stop in report.routes[0].stops] == [(1,), (0,)]
    stops = [(s.id, s.quantity) for s in report.stops()]
    assert stops == [("a", None), ("d", (1,)), ("b", None), ("c", None), ("d", (2,))]
    assert report.unassigned == ()


def test_a_client_brought_everything_twice_is_brought_too_much() -> None:
    problem = SPLIT_D.replace(vehicle_types=van())
    (found,) = rw.check(problem, rw.Solution.from_visits([[0, 1, 2, 3], [3]])).violations
    assert (found.kind, found.client, found.amount) == (K.SPLIT_TOTAL, "d", 3)
    assert "is brought 6 in 2 visits, but its delivery is 3" in found.message


def test_more_than_a_vehicle_takes_is_brought_by_several() -> None:
    big = line({3: {"delivery": (9,), "splittable": True}}, van(capacity=(4,)))
    assert not big.infeasibilities()
    plan = in_parts(([0, 1, 2, 3], [None, None, None, (1,)]), ([3], [(4,)]), ([3], [(4,)]))
    assert rw.check(big, plan).feasible
    whole = line({3: {"delivery": (9,)}}, van(capacity=(4,)))
    assert whole.infeasibilities()
    nothing = line({3: {"delivery": (9,), "splittable": True}}, van(capacity=(0,)))
    assert any(issue.where == "client d" for issue in nothing.infeasibilities())


def test_a_client_is_visited_once_per_trip() -> None:
    """Twice in a trip says the same as once; after a reload there is more to bring."""
    reloading = SPLIT_D.replace(vehicle_types=van(capacity=(5,), max_reloads=1, reload_depots=(0,)))
    twice = in_parts(([0, 3, 1, 3], [None, (1,), None, (2,)]), ([2], [None]))
    assert kinds(reloading, twice) == [K.DUPLICATE_VISIT]
    (route,) = trips((0, 3), (1, 2, 3), reloads=(0,)).routes
    stated = rw.Route(0, route.trips, route.reloads, (None, (1,), None, None, (2,)))
    assert rw.check(reloading, rw.Solution([stated])).feasible


def test_every_visit_is_served_in_full_and_within_the_window() -> None:
    timed = line(
        {3: {"delivery": (3,), "splittable": True, "service": 2, "windows": ((0, 9),)}},
        van(capacity=(4,)),
    )
    report = rw.check(timed, SPLIT_PLAN)
    assert report.feasible
    assert [route.service for route in report.routes] == [2, 2]
    late = in_parts(([3, 0], [(1,), None]), ([3, 2, 1], [(2,), None, None]))
    slow = timed.replace(depots=(rw.Depot("d0", 0, service=6), rw.Depot("d1", 1)))
    assert kinds(slow, late) == [K.LATE_ARRIVAL] * 2


def test_every_dimension_adds_up_on_its_own() -> None:
    problem = line(
        {
            3: {"delivery": (1, 4), "splittable": True},
            **{c: {"delivery": (1, 1)} for c in range(3)},
        },
        van(capacity=(3, 6)),
        scale=rw.Scale(load=(1, 1)),
    )
    good = in_parts(([0, 3], [None, (1, 1)]), ([1, 2, 3], [None, None, (0, 3)]))
    assert rw.check(problem, good).feasible, "a visit may bring nothing in one of them"
    bad = in_parts(([0, 3], [None, (1, 1)]), ([1, 2, 3], [None, None, (0, 2)]))
    (found,) = rw.check(problem, bad).violations
    assert "in dimension 2" in found.message
    assert kinds(problem, in_parts(([0, 3], [None, (1,)]), ([1, 2], [None] * 2))) == [
        K.BAD_QUANTITY
    ]


@pytest.mark.parametrize("quantity", [(-1,), (0,), (1, 1), (), (1.5,), 2, "2"])
def test_a_quantity_that_means_nothing_is_named(quantity: Any) -> None:
    route = rw.Route(0, ((0, 1, 2, 3),), (), (None, None, None, quantity))
    assert kinds(SPLIT_D, rw.Solution([route])) == [K.BAD_QUANTITY]


def test_quantities_are_in_internal_units_and_reported_in_those_of_the_user() -> None:
    problem = model().problem()
    assert problem.scale.load == (10,)
    plan = in_parts(([0, 1], [None, (15,)]), ([1], [(20,)]))
    report = rw.check(problem, plan)
    assert report.feasible
    assert [s.quantity for s in report.stops()] == [None, (1.5,), (2,)]


def test_all_that_a_splittable_client_cannot_be_is_said_at_once() -> None:
    m = model()
    m.clients[0].values["pickup"] = (1.0,)
    m.clients[1].values["required"] = False
    m.add_precedence(0, 1)
    m.add_shipment(0, 1)
    with pytest.raises(rw.InputError) as caught:
        m.problem()
    said = str(caught.value)
    shared = ["stands in a precedence", "is an end of a shipment"]
    wrong = {"mill": ["has a pickup", *shared], "port": ["is optional", *shared]}
    for word in (f"{client} {reason}" for client, reasons in wrong.items() for reason in reasons):
        assert word in said


def test_without_a_delivery_nothing_is_split() -> None:
    problem = line({3: {"delivery": (0,), "splittable": True, "required": False}})
    assert rw.Attribute.SPLIT_DELIVERY not in problem.attributes()
    assert kinds(problem, rw.Solution.from_visits([[0, 1, 2, 3], [3]])) == [K.DUPLICATE_VISIT]


# Files ----------------------------------------------------------------------------


def test_the_problem_survives_its_json() -> None:
    problem = model().problem()
    again = native.read(native.write(problem))
    assert again == problem
    assert all(client.splittable for client in again.clients)


def test_json_states_what_visits_bring() -> None:
    problem = model().problem()
    plan = in_parts(([0, 1], [None, (15,)]), ([1], [(20,)]))
    text = native_solution.write(problem, plan)
    routes = json.loads(text)["routes"]
    assert [route["quantities"] for route in routes] == [[None, [1.5]], [[2]]]
    assert native_solution.read(problem, text) == plan
    unsplit = native_solution.write(problem, rw.Solution.from_visits([[0], [1]]))
    assert "quantities" not in unsplit


def test_every_error_in_quantities_is_named() -> None:
    routes = [
        {"visits": ["mill", "port"], "quantities": [None]},
        {"visits": ["mill"], "quantities": [[1, 2]]},
        {"visits": ["port"], "quantities": [[1.2501]]},
    ]
    with pytest.raises(rw.InputError) as caught:
        native_solution.read(model().problem(), json.dumps({"routes": routes}))
    assert str(caught.value).splitlines() == [
        "routes[0].quantities: has 1 entries for 2 visits",
        "routes[1].quantities[0]: has 2 dimensions; the problem has 1",
        "routes[2].quantities[0]: 1.2501 is finer than loads of the problem, kept to 0.1",
    ]


@pytest.mark.parametrize("module", [sol, tour, vroom_solution])
def test_other_formats_refuse_parts_by_name(module: Any) -> None:
    problem = line({3: {"delivery": (3,), "splittable": True}}, depots=(rw.Depot("d0", 0),))
    with pytest.raises(rw.UnsupportedError, match="deliveries in parts"):
        module.write(problem, SPLIT_PLAN)
    assert module.write(problem, rw.Solution.from_visits([[0, 1, 2, 3]]))


@pytest.mark.parametrize("name", ["plan.sol", "plan.tour"])
def test_a_form_that_cannot_hold_parts_is_refused_before_the_search(name: str) -> None:
    problem = line({3: {"delivery": (3,), "splittable": True}}, depots=(rw.Depot("d0", 0),))
    with pytest.raises(rw.UnsupportedError, match="deliveries in parts"):
        refuse_unfit(problem, name)
    refuse_unfit(problem, "plan.json")
    refuse_unfit(problem, "plan.csv")


def test_a_plan_of_the_wrong_shape_is_not_written() -> None:
    for quantities in ((None, (1,)), (None, None, None, (1, 1))):
        route = rw.Route(0, ((0, 1, 2, 3),), (), quantities)
        with pytest.raises(rw.InputError, match="quantities"):
            native_solution.write(SPLIT_D, rw.Solution([route]))


def test_tables_pages_and_maps_say_what_visits_bring() -> None:
    problem = model().problem()
    plan = in_parts(([0, 1], [None, (15,)]), ([1], [(20,)]))
    rows = list(csv.DictReader(io.StringIO(stop_table.write(problem, plan))))
    assert [row["quantity"] for row in rows if row["kind"] == "visit"] == ["3.5", "1.5", "2"]
    assert all(None not in row.values() and None not in row for row in rows)
    features = json.loads(geojson.write(problem, plan))["features"]
    stops = [f["properties"] for f in features if f["properties"]["kind"] == "visit"]
    assert [stop.get("quantity") for stop in stops] == [None, [1.5], [2]]
    assert "port(1.5)" in page.write(problem, plan)
    never = line()
    assert "quantity" not in stop_table.write(never, rw.Solution.from_visits([[0, 1, 2, 3]]))


def test_the_command_line_checks_and_solves_parts(tmp_path: Path) -> None:
    file, plan = tmp_path / "tons.json", tmp_path / "plan.json"
    file.write_text(native.write(model().problem()))
    solved = run("solve", file, "--iterations", 300, "-o", plan)
    assert solved.status == 0
    assert "split" in solved.err + solved.out
    checked = run("check", file, plan)
    assert checked.status == 0
    document = json.loads(plan.read_text())
    document["routes"][0].pop("quantities", None)
    document["routes"].append({"vehicle": "van", "visits": ["port"]})
    plan.write_text(json.dumps(document))
    wrong = run("check", file, plan)
    assert wrong.status == 6
    assert "split_total" in wrong.out + wrong.err
