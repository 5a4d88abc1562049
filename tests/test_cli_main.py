"""The frame around the commands: help, usage, errors, exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from command import install_solver, run, save_square

import routewright as rw
from routewright.cli import app
from routewright.errors import ExitStatus

COMMANDS = ["solve", "check", "convert", "info", "generate", "plot", "schema", "warmup", "doctor"]


def test_help_names_every_command_in_order() -> None:
    outcome = run("--help")
    assert outcome.status == 0
    found = [
        line.split()[0]
        for line in outcome.out.splitlines()
        if line.startswith("  ") and line.split()[0] in COMMANDS
    ]
    assert found == COMMANDS
    assert not any(line.endswith("...") for line in outcome.out.splitlines()[1:])


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    outcome = run(command, "--help")
    assert outcome.status == 0
    assert "Usage: routewright " + command in outcome.out


def test_version() -> None:
    assert run("--version").out == f"routewright {rw.__version__}\n"


def test_help_loads_nothing_heavy() -> None:
    heavy = [
        "numpy",
        "numba",
        "scipy",
        "ortools",
        "torch",
        "pydantic",
        "matplotlib",
        "networkx",
        "rich",
    ]
    code = (
        "import sys; from routewright.cli.main import main; main(['solve', '--help']);"
        f"print([m for m in {heavy} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("frobnicate",),
        ("solve",),
        ("solve", "x.vrp", "--time", "soon"),
        ("solve", "x.vrp", "--seed", "-1"),
        ("solve", "x.vrp", "--frobnicate"),
        ("schema", "nonsense"),
    ],
)
def test_wrong_usage_is_2(arguments: tuple[str, ...]) -> None:
    outcome = run(*arguments)
    assert outcome.status == ExitStatus.BAD_INPUT
    assert outcome.err
    assert "Traceback" not in outcome.err


def test_every_issue_has_its_line(tmp_path: Path) -> None:
    file = tmp_path / "bad.json"
    file.write_text(
        '{"routewright": "problem/1", "depots": [{"id": "d", "x": 0, "y": "NaN"}],'
        ' "clients": [{"id": "a", "x": 1, "y": 1, "delivery": -3}],'
        ' "vehicle_types": [{"id": "van", "count": 1.5}]}'
    )
    outcome = run("info", file)
    assert outcome.status == ExitStatus.BAD_INPUT
    lines = outcome.err.splitlines()
    assert len(lines) >= 3
    assert all(line.startswith(f"error: {file}: ") for line in lines)
    assert outcome.out == ""


def test_bytes_that_are_no_text_are_bad_input() -> None:
    outcome = run("info", "-", stdin=b"NAME : \xff")
    assert outcome.status == ExitStatus.BAD_INPUT
    assert outcome.err == "error: standard input: is not a text file in UTF-8 (byte 7)\n"


def test_any_name_is_printed_whatever_the_locale(tmp_path: Path) -> None:
    model = rw.Model("Zürich 東京")
    model.add_depot("depot", x=0, y=0)
    model.add_vehicle_type("van")
    rw.write(model.problem(), tmp_path / "städte.json")
    done = subprocess.run(
        [sys.executable, "-m", "routewright", "info", tmp_path / "städte.json"],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert "Zürich 東京" in done.stdout.decode("utf-8")


def test_error_as_json_is_one_document(tmp_path: Path) -> None:
    outcome = run("info", tmp_path / "absent.vrp", "--json")
    assert outcome.status == ExitStatus.BAD_INPUT
    assert outcome.json["schema"] == "routewright/error/1"
    assert outcome.json["exit_status"] == 2
    assert "No such file" in outcome.json["issues"][0]["message"]


def test_defect_is_a_line_and_a_traceback_only_on_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(_: object) -> None:
        raise ZeroDivisionError("the sky fell")

    install_solver(monkeypatch, stumble)
    arguments = ("solve", save_square(tmp_path), "--solver", "scripted", "--quiet")
    outcome = run(*arguments)
    assert outcome.status == ExitStatus.INTERNAL
    assert "the sky fell" in outcome.err
    assert "Traceback" not in outcome.err
    assert "in stumble" in run(*arguments, "--traceback").err
    assert "in stumble" in run("--traceback", *arguments).err


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (rw.RoutingServiceError("no answer"), ExitStatus.ROUTING_SERVICE),
        (rw.NotInstalledError("matplotlib", "plot"), ExitStatus.NOT_INSTALLED),
        (
            ModuleNotFoundError("No module named 'ortools'", name="ortools"),
            ExitStatus.NOT_INSTALLED,
        ),
        (rw.UnsupportedError("solver x", ["reloads"]), ExitStatus.BAD_INPUT),
        (rw.InternalError("they disagree"), ExitStatus.INTERNAL),
        (KeyboardInterrupt(), ExitStatus.INTERRUPTED),
    ],
)
def test_each_error_has_its_exit_code(
    error: BaseException, status: ExitStatus, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise error

    monkeypatch.setattr(app, "run", fail)
    outcome = run("doctor")
    assert outcome.status == status
    assert len(outcome.err.splitlines()) == 1
