"""``routewright check``: verdicts on plans from files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import run, save_square
from conftest import instance_path

import routewright as rw
from routewright.errors import ExitStatus


@pytest.fixture
def square_file(tmp_path: Path) -> Path:
    return save_square(tmp_path)


def write_plan(square_file: Path, *routes: str, cost: object = None) -> Path:
    file = square_file.with_name("plan.json")
    document = {"routes": [{"vehicle": "van", "visits": route.split()} for route in routes]}
    file.write_text(json.dumps(document if cost is None else {**document, "cost": cost}))
    return file


def test_good_plan(square_file: Path) -> None:
    outcome = run("check", square_file, write_plan(square_file, "ne se", "sw nw"))
    assert outcome.status == ExitStatus.FEASIBLE
    assert "feasible" in outcome.out
    assert "cost       36" in outcome.out  # 2 * (5 + 8 + 5)


def test_every_violation_has_its_line(square_file: Path) -> None:
    outcome = run("check", square_file, write_plan(square_file, "ne se sw"))
    assert outcome.status == ExitStatus.CHECK_FAILED
    lines = [line.split() for line in outcome.out.splitlines()]
    kinds = [words[0] for words in lines if words and words[0] in set(rw.ViolationKind)]
    assert sorted(kinds) == ["excess_load", "missing_client"]
    assert "nw" in outcome.out
    assert "INFEASIBLE: 2 violations" in outcome.out


def test_json(square_file: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    outcome = run("check", square_file, write_plan(square_file, "ne se sw"), "--json")
    assert outcome.status == ExitStatus.CHECK_FAILED
    jsonschema.Draft202012Validator(run("schema", "result").json).validate(outcome.json)
    assert outcome.json["feasible"] is False
    assert {v["kind"] for v in outcome.json["violations"]} == {"excess_load", "missing_client"}


@pytest.mark.parametrize(("stated", "warned"), [(36, False), (35, True), (36.5, True)])
def test_another_cost_in_the_file_is_warned_of(
    square_file: Path, stated: float, warned: bool
) -> None:
    outcome = run("check", square_file, write_plan(square_file, "ne se", "sw nw", cost=stated))
    assert outcome.status == ExitStatus.FEASIBLE
    assert (f"states the cost {stated}; it is 36" in outcome.err) is warned


def test_verbose_lists_routes(square_file: Path) -> None:
    plan = write_plan(square_file, "ne se", "sw nw")
    assert "visits" not in run("check", square_file, plan).out
    assert "sw nw" in run("check", square_file, plan, "-v").out


def test_plan_of_another_problem_is_bad_input(square_file: Path) -> None:
    outcome = run("check", square_file, write_plan(square_file, "ne zz", "yy nw"))
    assert outcome.status == ExitStatus.BAD_INPUT
    assert "'zz'" in outcome.err
    assert "'yy'" in outcome.err


@pytest.mark.parametrize(
    ("problem", "plan"),
    [
        ("CVRP/X/X-n106-k14.vrp", "CVRP/X/X-n106-k14.sol"),
        ("VRPTW/GH1000_dimacs/C1_10_2.vrp", "VRPTW/GH1000_dimacs/C1_10_2.sol"),
    ],
)
def test_published_plans_keep_their_cost(problem: str, plan: str) -> None:
    rounding = ("--rounding", "dec1") if problem.startswith("VRPTW") else ()
    outcome = run("check", instance_path(problem), instance_path(plan), *rounding)
    assert outcome.status == ExitStatus.FEASIBLE
    assert "warning" not in outcome.err
