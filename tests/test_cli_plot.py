"""``routewright plot``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import run, save_square

import routewright as rw
from routewright.errors import ExitStatus

pytest.importorskip("matplotlib")


@pytest.fixture
def square_file(tmp_path: Path) -> Path:
    return save_square(tmp_path)


@pytest.fixture
def plan(square_file: Path) -> Path:
    file = square_file.with_name("plan.json")
    problem = rw.read(square_file)
    rw.write_solution(problem, rw.Solution.from_visits([[0, 1], [2, 3]]), file)
    return file


@pytest.mark.parametrize(("suffix", "magic"), [(".png", b"\x89PNG"), (".svg", b"<?xml")])
def test_problem_plan_and_course(square_file: Path, plan: Path, suffix: str, magic: bytes) -> None:
    course = square_file.with_name("course.jsonl")
    points = [(0.1, 50, False), (0.2, 40, True), (3, 36, True)]
    rows = [{"t": t, "cost": c, "feasible": f, "iterations": 1} for t, c, f in points]
    course.write_text("".join(json.dumps(row) + "\n" for row in rows))
    sizes = []
    for options in ((), ("-s", plan), ("-s", plan, "--trace", course), ("--windows",)):
        file = square_file.with_name(f"picture{suffix}")
        outcome = run("plot", square_file, *options, "-o", file)
        assert outcome.status == 0, outcome.err
        assert file.read_bytes().startswith(magic)
        sizes.append(file.stat().st_size)
    assert sizes[0] < sizes[1] < sizes[2]


def test_course_from_a_result_document(square_file: Path, plan: Path) -> None:
    document = json.loads(plan.read_text())
    document["trace"] = [{"elapsed": 0.5, "cost": 36, "feasible": True, "iterations": 3}]
    document["runtime"] = 2
    plan.write_text(json.dumps(document))
    file = square_file.with_name("picture.svg")
    assert run("plot", square_file, "-s", plan, "--trace", plan, "-o", file).status == 0
    assert "seconds" in file.read_text()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "--output"),
        (("-o", "picture.pdf"), ".png or .svg"),
        (("-o", "/absent/picture.png"), "no folder"),
        (("-o", "picture.png", "--trace", "absent.json"), "absent.json"),
        (("-o", "picture.png", "--solution", "absent.sol"), "absent.sol"),
    ],
)
def test_refusals(
    square_file: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(square_file.parent)
    outcome = run("plot", square_file, *options)
    assert outcome.status == ExitStatus.BAD_INPUT
    assert words in outcome.err
    assert [p.name for p in square_file.parent.iterdir()] == [square_file.name]


@pytest.mark.parametrize(
    "text", ["[]", "{}", "nonsense", '{"trace": []}', '{"t": 1}', '{"trace": [3]}', "\xff"]
)
def test_bad_course(square_file: Path, text: str) -> None:
    course = square_file.with_name("course.json")
    course.write_bytes(text.encode("latin-1"))
    picture = square_file.with_name("picture.png")
    outcome = run("plot", square_file, "--trace", course, "-o", picture)
    assert outcome.status == ExitStatus.BAD_INPUT
    assert str(course) in outcome.err
    assert not picture.exists()


def test_missing_extra_is_7(square_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from routewright.instances import pictures

    monkeypatch.setattr(pictures, "find_spec", lambda _: None)
    outcome = run("plot", square_file, "-o", square_file.with_name("picture.png"))
    assert outcome.status == ExitStatus.NOT_INSTALLED
    assert "routewright[plot]" in outcome.err
