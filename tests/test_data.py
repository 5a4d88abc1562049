"""The instances that come with the package are what their table says."""

from __future__ import annotations

import csv
import shlex
from importlib.resources import files
from pathlib import Path

import pytest

import routewright as rw
from routewright.instances.generators import GENERATORS

DATA = Path(str(files("routewright.instances") / "data"))
with (DATA / "best_known.csv").open(encoding="utf-8") as table:
    ROWS = list(csv.DictReader(table))


def test_every_file_is_in_the_table() -> None:
    listed = {row[column] for row in ROWS for column in ("instance", "solution")}
    present = {path.name for path in DATA.iterdir() if path.is_file()}
    assert present - listed == {"README.md", "best_known.csv"}
    assert listed <= present


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["instance"])
def test_best_known_solution_is_feasible_at_its_cost(row: dict[str, str]) -> None:
    problem = rw.read(DATA / row["instance"])
    report = rw.check(problem, rw.read_solution(problem, DATA / row["solution"]))
    assert report.violations == ()
    assert report.cost == pytest.approx(float(row["cost"]), rel=1e-12)
    assert report.num_vehicles == int(row["vehicles"])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["instance"])
def test_generator_makes_the_same_instance_again(row: dict[str, str]) -> None:
    name, *options = shlex.split(row["generator"])
    generator = GENERATORS[name]
    values = {
        key.removeprefix("--").replace("-", "_"): value
        for key, value in zip(options[::2], options[1::2], strict=True)
    }
    problem = generator.generate(
        **{key: generator.parameters[key].type(value) for key, value in values.items()}
    )
    stored = rw.read(DATA / row["instance"])
    assert problem.num_clients == stored.num_clients
    # Names and notes differ by format; what a plan costs must not.
    plan = rw.read_solution(stored, DATA / row["solution"])
    assert rw.check(problem, plan).distance == rw.check(stored, plan).distance
    assert rw.check(problem, plan).feasible


def test_optimal_means_proven() -> None:
    for row in ROWS:
        if row["status"] == "optimal":
            result = rw.solve(rw.read(DATA / row["instance"]), solver="exact")
            assert result.status is rw.Status.OPTIMAL
            assert result.cost == float(row["cost"])
