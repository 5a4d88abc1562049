"""Which policies of rl4co there are and what they express: needs no rl4co, and no torch."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import zoo_problems
from command import run

import routewright as rw
from routewright.neural.zoo.names import POLICIES, REFUSED, parse_name
from routewright.neural.zoo.pairing import without_pairs
from routewright.neural.zoo.support import PROBLEMS, beyond, why_not


def test_a_policy_alone_plans_what_it_was_published_for() -> None:
    assert parse_name("rl4co:am") == ("am", "cvrp")
    assert parse_name("rl4co:mvmoe") == ("mvmoe", "mtvrp")
    assert parse_name("rl4co:matnet") == ("matnet", "atsp")
    assert parse_name("rl4co:pomo/tsp") == ("pomo", "tsp")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("rl4co:magic", "is not one of rl4co:am, rl4co:pomo"),
        ("rl4co:am/atsp", "rl4co:am plans cvrp, .*; 'atsp' is none of these"),
        ("rl4co:matnet/cvrp", "rl4co:matnet plans atsp; 'cvrp' is none"),
        *((f"rl4co:{name}", f"is refused: {why[:20]}") for name, why in REFUSED.items()),
    ],
)
def test_what_is_no_constructor_is_refused_by_name(name: str, message: str) -> None:
    with pytest.raises(rw.InputError, match=message):
        parse_name(name)


@pytest.mark.parametrize("name", PROBLEMS)
def test_an_environment_expresses_its_own_problems_and_no_others(name: str) -> None:
    """What one cannot express, it refuses, and it says by which attribute or why."""
    assert why_not(zoo_problems.problem_for(name), name) == ""
    routes = {"cvrp", "cvrptw", "mtvrp"}
    others = {"tsp": {"atsp", *routes}, "cvrp": {"cvrptw", "mtvrp"}, "cvrptw": {"mtvrp"}}
    for other in PROBLEMS:
        expected = other in {name} | others.get(name, set())
        assert (why_not(zoo_problems.problem_for(name), other) == "") == expected, other


@pytest.mark.parametrize(
    ("name", "problem", "reason"),
    [
        ("tsp", zoo_problems.matrix().problem(), "asymmetric"),
        ("cvrp", zoo_problems.timed().problem(), "depot_windows, service, time_windows"),
        ("cvrp", zoo_problems.routes(fixed_cost=3).problem(), "fixed_costs"),
        ("cvrp", zoo_problems.routes(max_stops=3).problem(), "max_stops"),
        ("cvrptw", zoo_problems.timed(end=None).problem(), "open_routes"),
        ("mtvrp", zoo_problems.backhauls().replace(backhaul="mixed"), "pickups among deliveries"),
        ("tsp", zoo_problems.tour(count=2).problem(), "more vehicles than one"),
        ("op", zoo_problems.prizes(max_distance=90).problem(), "travel that costs something"),
        ("pctsp", zoo_problems.tour().problem(), "clients that have to be visited"),
        ("pdp", zoo_problems.tour().problem(), "not in exactly one shipment"),
        ("pdp", zoo_problems.pairs(capacity=7).problem(), r"a capacity \(7\) below the sum .*8"),
    ],
)
def test_what_an_environment_cannot_express_is_named(
    name: str, problem: rw.Problem, reason: str
) -> None:
    assert re.search(reason, why_not(problem, name))
    assert beyond(problem, name) <= problem.attributes()


def test_pairs_stand_in_the_order_of_rl4co_and_keep_their_places() -> None:
    problem = zoo_problems.problem_for("pdp")
    tour, order = without_pairs(problem)
    assert sorted(order) == list(range(8))
    half = len(order) // 2
    for k, shipment in enumerate(problem.shipments):
        assert (order[k], order[k + half]) == (shipment.pickup, shipment.delivery)
    assert [c.location for c in tour.clients] == [problem.clients[c].location for c in order]


def test_without_rl4co_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Exit code 7, and the name of the extra."""
    pytest.importorskip("torch")
    import routewright.neural.zoo

    monkeypatch.setattr(routewright.neural.zoo, "find_spec", lambda name: None)
    done = run("train", tmp_path / "a", "--policy", "rl4co:am", "--steps", 1, "--sizes", "8")
    assert done.status == 7
    assert "rl4co is not installed" in done.err
    assert "pip install 'routewright[rl4co]'" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("rl4co:dact",), "'rl4co:dact' is refused: it improves a plan"),
        (("rl4co:am/cvrp", "--kinds", "CVRP,TSP"), "is trained on CVRP, and not on TSP"),
        (("rl4co:am/tsp", "--asymmetric", 0.5), "rl4co:am/tsp sees coordinates alone"),
        (("rl4co:pomo/cvrptw", "--odd-times", 0.5), "rl4co:pomo/cvrptw sees coordinates alone"),
        (("rl4co:ham/pdp", "--sizes", "8-12"), "one even number of clients"),
        (("rl4co:am", "--width", 33, "--sizes", "8"), "33 is not 8 heads times a multiple of 8"),
        (
            ("rl4co:am/tsp", "--objective", "imitation", "--labels", "labels"),
            "does not plan by the steps that the labels have",
        ),
    ],
)
def test_a_training_that_makes_no_sense_is_refused(
    tmp_path: Path, arguments: tuple[object, ...], message: str
) -> None:
    pytest.importorskip("torch")
    done = run("train", tmp_path / "run", "--steps", 1, "--policy", *arguments)
    assert done.status == 2
    assert message in done.err


def test_neither_rl4co_nor_torch_is_loaded_to_say_what_it_can_do() -> None:
    code = (
        "import sys, routewright.neural.zoo.support, routewright.neural.models;"
        "assert not {'torch', 'rl4co'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_policy_has_problems_that_are_declared() -> None:
    for published in POLICIES.values():
        assert set(published.problems) <= set(PROBLEMS)
