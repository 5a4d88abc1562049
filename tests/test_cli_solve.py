"""``routewright solve``: limits, outputs, exit codes, and what it prints."""

from __future__ import annotations

import csv
import json
import logging
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from command import install_solver, run, save_square

import routewright as rw
from routewright.errors import ExitStatus
from routewright.solvers.base import Run
from routewright.stop import Progress

GOOD = rw.Solution.from_visits([[0, 1], [2, 3]])
BAD = rw.Solution.from_visits([[0, 1, 2, 3]])  # four units in a van of two


@pytest.fixture
def square_file(tmp_path: Path) -> Path:
    return save_square(tmp_path)


@pytest.fixture
def finds(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Run]]:
    """Let ``--solver scripted`` find the given solutions; returns the runs it had."""

    def install(*solutions: rw.Solution) -> list[Run]:
        runs: list[Run] = []

        def search(run: Run) -> None:
            runs.append(run)
            for solution in solutions:
                run.iterations += 1
                run.offer(solution)

        install_solver(monkeypatch, search)
        return runs

    return install


def test_summary(square_file: Path, finds: Callable[..., list[Run]]) -> None:
    finds(BAD, GOOD)
    outcome = run("solve", square_file, "--solver", "scripted")
    assert outcome.status == ExitStatus.FEASIBLE
    assert "square  4 clients, 1 depot" in outcome.out
    report = rw.check(rw.read(square_file), GOOD)
    assert f"cost       {report.cost}" in outcome.out
    assert "feasible" in outcome.out
    assert "scripted, seed 0" in outcome.out
    assert all(len(line) <= 80 for line in outcome.out.splitlines())


def test_long_plans_are_cut_unless_verbose(tmp_path: Path, finds: Callable[..., list[Run]]) -> None:
    model = rw.Model("line")
    model.add_depot("depot", x=0, y=0)
    for k in range(30):
        model.add_client(k + 1, x=k + 1, y=0)
    model.add_vehicle_type("van")
    file = tmp_path / "line.json"
    rw.write(model.problem(), file)
    finds(rw.Solution.from_visits([[k] for k in range(30)]))
    brief = run("solve", file, "--solver", "scripted")
    assert "... and 18 more routes" in brief.out
    full = run("solve", file, "--solver", "scripted", "-v")
    assert "more routes" not in full.out
    assert len(full.out.splitlines()) > len(brief.out.splitlines()) + 15


def test_limits_reach_the_search(square_file: Path, finds: Callable[..., list[Run]]) -> None:
    runs = finds(GOOD)
    limits = ("--iterations", 7, "--no-improvement", 5, "--target", 3, "--time", 100)
    run("solve", square_file, "--solver", "scripted", *limits, "--seed", 9, "--threads", 2)
    stop = runs[0].stop
    assert (stop.time_limit, stop.iteration_limit) == (100, 7)
    assert stop.reason(Progress(iterations_since_improvement=5)) == "no improvement"
    assert stop.reason(Progress(best_cost=3)) == "target reached"
    assert (runs[0].seed, runs[0].threads) == (9, 2)


@pytest.mark.parametrize(
    ("options", "limit"),
    [((), 10), (("--target", "1"), 10), (("--iterations", "5"), float("inf"))],
)
def test_default_time_limit(
    square_file: Path, finds: Callable[..., list[Run]], options: tuple[str, ...], limit: float
) -> None:
    runs = finds(GOOD)
    run("solve", square_file, "--solver", "scripted", *options)
    assert runs[0].stop.time_limit == limit


def test_the_clock_starts_with_the_command(
    square_file: Path, finds: Callable[..., list[Run]]
) -> None:
    runs = finds(GOOD)
    run("solve", square_file, "--solver", "scripted")
    # Reading took time, and the run counts it.
    assert runs[0].trace[0].elapsed > 0
    before = runs[0].started
    run("solve", square_file, "--solver", "scripted")
    assert runs[1].started > before


def test_every_output_form(square_file: Path, finds: Callable[..., list[Run]]) -> None:
    pytest.importorskip("matplotlib")
    finds(GOOD)
    suffixes = (".sol", ".json", ".csv", ".geojson", ".html", ".png", ".svg")
    files = [square_file.with_name(f"plan{suffix}") for suffix in suffixes]
    options = [word for file in files for word in ("-o", file)]
    outcome = run("solve", square_file, "--solver", "scripted", *options)
    assert outcome.status == ExitStatus.FEASIBLE
    assert [file.name for file in files if not file.stat().st_size] == []
    problem = rw.read(square_file)
    assert rw.read_solution(problem, files[0]) == GOOD
    assert rw.read_solution(problem, files[1]) == GOOD
    wrote = [line for line in outcome.err.splitlines() if "wrote" in line]
    assert wrote == [f"note: wrote {file}" for file in files]
    leftovers = {p.name for p in square_file.parent.iterdir()} - {f.name for f in files}
    assert leftovers == {square_file.name}


def test_json_is_exactly_one_document_and_the_written_one(
    square_file: Path, finds: Callable[..., list[Run]]
) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    finds(GOOD)
    file = square_file.with_name("plan.json")
    outcome = run("solve", square_file, "--solver", "scripted", "--json", "-o", file)
    schema = run("schema", "result").json
    jsonschema.Draft202012Validator(schema).validate(outcome.json)
    assert outcome.json["feasible"] is True
    assert outcome.json["cost"] == rw.check(rw.read(square_file), GOOD).cost
    assert json.loads(file.read_text()) == outcome.json


def test_no_feasible_plan_is_4_and_not_written(
    square_file: Path, finds: Callable[..., list[Run]]
) -> None:
    finds(BAD)
    file = square_file.with_name("plan.csv")
    outcome = run("solve", square_file, "--solver", "scripted", "-o", file)
    assert outcome.status == ExitStatus.NO_FEASIBLE_PLAN
    assert not file.exists()
    assert "--allow-infeasible" in outcome.err
    assert "excess_load" in outcome.out
    outcome = run("solve", square_file, "--solver", "scripted", "-o", file, "--allow-infeasible")
    assert outcome.status == ExitStatus.NO_FEASIBLE_PLAN
    assert len(list(csv.reader(file.open()))) == 1 + 4 + 2


def test_proven_infeasible_is_5_with_every_proof(tmp_path: Path) -> None:
    model = rw.Model("too much")
    model.add_depot("depot", x=0, y=0)
    for name in ("crate", "piano"):
        model.add_client(name, x=1, y=1, delivery=9)
    model.add_vehicle_type("van", count=1, capacity=2)
    file = tmp_path / "too-much.json"
    rw.write(model.problem(), file)
    outcome = run("solve", file, "--quiet")
    assert outcome.status == ExitStatus.PROVEN_INFEASIBLE
    assert all(line.startswith("infeasible: ") for line in outcome.err.splitlines())
    assert "crate" in outcome.err
    assert "piano" in outcome.err


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("absent/plan.sol", "no folder"),
        ("plan.docx", "suffix must be one of"),
        ("plan", "suffix must be one of"),
        ("square.json", "the problem itself"),
        ("folder.sol", "is a folder"),
    ],
)
def test_unwritable_output_is_refused_before_the_search(
    square_file: Path, finds: Callable[..., list[Run]], name: str, words: str
) -> None:
    (square_file.parent / "folder.sol").mkdir()
    runs = finds(GOOD)
    file = square_file.parent / name
    outcome = run("solve", square_file, "--solver", "scripted", "-o", file)
    assert outcome.status == ExitStatus.BAD_INPUT
    assert words in outcome.err
    assert str(file) in outcome.err
    assert runs == []


def test_form_that_cannot_hold_the_plan_is_refused_before_the_search(
    tmp_path: Path, finds: Callable[..., list[Run]]
) -> None:
    model = rw.Model("two depots")
    for x in (0, 9):
        model.add_vehicle_type(start=model.add_depot(x=x, y=0), end=None)
    model.add_client("a b", x=1, y=1)
    file = tmp_path / "problem.json"
    rw.write(model.problem(), file)
    runs = finds(rw.Solution.from_visits([[0]]))
    for name, words in (("plan.tour", "several depots"), ("plan.sol", "ids with spaces")):
        outcome = run("solve", file, "--solver", "scripted", "-o", tmp_path / name)
        assert outcome.status == ExitStatus.BAD_INPUT
        assert words in outcome.err
    assert runs == []


def test_all_unwritable_outputs_are_listed(square_file: Path) -> None:
    outcome = run("solve", square_file, "-o", "/absent/a.sol", "-o", "/absent/b.sol")
    assert len(outcome.err.splitlines()) == 2


def test_missing_plot_extra_is_7_before_the_search(
    square_file: Path, finds: Callable[..., list[Run]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from routewright.instances import pictures

    monkeypatch.setattr(pictures, "find_spec", lambda _: None)
    runs = finds(GOOD)
    file = square_file.with_name("plan.png")
    outcome = run("solve", square_file, "--solver", "scripted", "-o", file)
    assert outcome.status == ExitStatus.NOT_INSTALLED
    assert "routewright[plot]" in outcome.err
    assert runs == []


def test_old_output_survives_a_failure_to_write(
    square_file: Path, finds: Callable[..., list[Run]], monkeypatch: pytest.MonkeyPatch
) -> None:
    finds(GOOD)
    file = square_file.with_name("plan.csv")
    file.write_text("precious")

    def fail(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fdopen", fail)
    outcome = run("solve", square_file, "--solver", "scripted", "-o", file)
    assert outcome.status == ExitStatus.BAD_INPUT
    assert "No space left" in outcome.err
    assert "feasible" in outcome.out
    assert file.read_text() == "precious"


def test_initial_plan(square_file: Path, finds: Callable[..., list[Run]]) -> None:
    runs = finds()
    plan = square_file.with_name("first.sol")
    rw.write_solution(rw.read(square_file), GOOD, plan)
    outcome = run("solve", square_file, "--solver", "scripted", "--init", plan)
    assert outcome.status == ExitStatus.FEASIBLE
    assert runs[0].initial == GOOD


def test_objective_replaces_that_of_the_file(
    square_file: Path, finds: Callable[..., list[Run]]
) -> None:
    runs = finds(GOOD)
    run("solve", square_file, "--solver", "scripted", "--objective", "vehicles-then-distance")
    assert runs[0].problem.objective == "vehicles-then-distance"
    outcome = run("solve", square_file, "--objective", "beauty")
    assert outcome.status == ExitStatus.BAD_INPUT
    assert "vehicles-then-distance" in outcome.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--solver", "oracle"), "not a solver"),
        (("--device", "cuda"), "device: solver"),
        (("--progress", "loud"), "not a mode"),
        (("--rounding", "up"), "not a rounding"),
        (("--format", "docx"), "not a format"),
        (("--time", "nan"), "--time"),
        (("--init", "absent.sol"), "absent.sol"),
    ],
)
def test_bad_options_are_2(square_file: Path, options: tuple[str, ...], words: str) -> None:
    outcome = run("solve", square_file, *options)
    assert outcome.status == ExitStatus.BAD_INPUT
    assert words in outcome.err


def test_standard_input(square_file: Path, finds: Callable[..., list[Run]]) -> None:
    finds(GOOD)
    outcome = run("solve", "-", "--solver", "scripted", stdin=square_file.read_bytes())
    assert outcome.status == ExitStatus.FEASIBLE


def test_progress_lines(square_file: Path, finds: Callable[..., list[Run]]) -> None:
    finds(BAD, GOOD)
    outcome = run("solve", square_file, "--solver", "scripted", "--progress", "jsonl")
    lines = [json.loads(line) for line in outcome.err.splitlines()]
    assert [line["feasible"] for line in lines] == [False, True]
    assert all(set(line) == {"t", "cost", "feasible", "iterations"} for line in lines)


def test_bar_leaves_standard_output_alone(
    square_file: Path, finds: Callable[..., list[Run]]
) -> None:
    finds(GOOD)
    plain = run("solve", square_file, "--solver", "scripted", "--json")
    barred = run("solve", square_file, "--solver", "scripted", "--json", "--progress", "bar")
    assert barred.json["routes"] == plain.json["routes"]


def test_quiet_drops_notes_but_not_errors(
    square_file: Path, finds: Callable[..., list[Run]]
) -> None:
    finds(BAD)
    outcome = run("solve", square_file, "--solver", "scripted", "--quiet")
    assert [line.partition(":")[0] for line in outcome.err.splitlines()] == ["error"]


def test_what_the_library_announces_is_a_note(
    square_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def search(run: Run) -> None:
        logging.getLogger("routewright").info("compiling kernels")
        warnings.warn("kernels cannot be kept", RuntimeWarning, stacklevel=1)
        run.offer(GOOD)

    install_solver(monkeypatch, search)
    outcome = run("solve", square_file, "--solver", "scripted")
    assert "note: compiling kernels\n" in outcome.err
    assert "warning: kernels cannot be kept\n" in outcome.err
    outcome = run("solve", square_file, "--solver", "scripted", "--quiet")
    assert outcome.err == "warning: kernels cannot be kept\n"
