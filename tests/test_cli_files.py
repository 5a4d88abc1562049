"""``convert``, ``info``, ``generate``, and ``schema``: problems in and out of files."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import run, save_square

import routewright as rw
from routewright.errors import ExitStatus
from routewright.instances.generators import GENERATORS


@pytest.fixture
def square_file(tmp_path: Path) -> Path:
    return save_square(tmp_path)


def test_convert_there_and_back(square_file: Path) -> None:
    there, back = square_file.with_name("there.vrp"), square_file.with_name("back.json")
    assert run("convert", square_file, there).status == 0
    assert run("convert", there, back).status == 0
    first, last = rw.read(square_file), rw.read(back)
    plan = rw.Solution.from_visits([[0, 1], [2, 3]])
    assert rw.check(first, plan).cost == rw.check(last, plan).cost
    assert first.vehicle_types[0].capacity == last.vehicle_types[0].capacity


def test_convert_to_standard_output(square_file: Path) -> None:
    outcome = run("convert", square_file, "-", "--to", "routewright")
    assert outcome.status == 0
    assert outcome.json["clients"][0]["id"] == "ne"


def test_convert_from_standard_input(square_file: Path) -> None:
    target = square_file.with_name("copy.json")
    outcome = run("convert", "-", target, stdin=square_file.read_bytes())
    assert outcome.status == 0
    assert rw.read(target).clients == rw.read(square_file).clients


@pytest.mark.parametrize(
    ("target", "options", "words"),
    [
        ("-", (), "--to"),
        ("absent/out.vrp", (), "no folder"),
        ("square.json", (), "the problem itself"),
        ("out.docx", (), "no format has the suffix"),
        ("out.vrp", ("--to", "docx"), "not a format"),
        ("out.vrp", ("--from", "solomon"), ""),
    ],
)
def test_convert_refuses(
    square_file: Path, target: str, options: tuple[str, ...], words: str
) -> None:
    out = target if target == "-" else square_file.parent / target
    before = square_file.read_bytes()
    outcome = run("convert", square_file, out, *options)
    assert outcome.status == ExitStatus.BAD_INPUT
    assert words in outcome.err
    assert square_file.read_bytes() == before
    assert [p.name for p in square_file.parent.iterdir()] == [square_file.name]


def test_info(square_file: Path) -> None:
    outcome = run("info", square_file)
    assert outcome.status == 0
    assert "square  4 clients, 1 depot" in outcome.out
    assert "routewright: our own JSON" in outcome.out
    assert "demand 4, fleet holds 4 (100.0 % used)" in outcome.out
    assert all(len(line) <= 80 for line in outcome.out.splitlines())


def test_info_as_json_names_who_refuses_and_why(tmp_path: Path) -> None:
    problem = GENERATORS["variant"].generate(n=8, name="MDVRPMBLTW")
    file = tmp_path / "variant.json"
    rw.write(problem, file)
    facts = run("info", file, "--json").json
    assert facts["clients"] == 8
    assert facts["attributes"] == sorted(problem.attributes())
    from routewright.solvers import REGISTRY, get_solver

    assert list(facts["solvers"]) == list(REGISTRY)
    for name, lacks in facts["solvers"].items():
        solver = get_solver(name)
        expected = sorted(solver.unsupported(problem))
        assert lacks == (expected or [r for r in [solver.refusal(problem)] if r])


def test_info_shows_proofs_of_infeasibility(tmp_path: Path) -> None:
    model = rw.Model("too much")
    model.add_depot("depot", x=0, y=0)
    model.add_client("piano", x=1, y=1, delivery=9)
    model.add_vehicle_type("van", count=1, capacity=2)
    file = tmp_path / "too-much.json"
    rw.write(model.problem(), file)
    outcome = run("info", file)
    assert outcome.status == 0
    assert "infeasible" in outcome.out
    assert "piano" in outcome.out


@pytest.mark.parametrize("name", sorted(GENERATORS))
def test_generate_is_the_python_function(name: str) -> None:
    outcome = run("generate", name, "--n", 7, "--seed=3")
    assert outcome.status == 0
    from routewright.instances.documents import native

    assert native.read(outcome.out) == GENERATORS[name].generate(n=7, seed=3)


def test_generate_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / "x.vrp"
    outcome = run("generate", "x", "--n", 7, "--route-size", 3, "-o", file)
    assert outcome.status == 0
    assert outcome.out == ""
    assert str(file) in outcome.err
    assert rw.read(file).num_clients == 7


def test_generate_lists_and_helps() -> None:
    listed = run("generate", "--list")
    assert [name for name in GENERATORS if name not in listed.out] == []
    helped = run("generate", "x", "--help")
    assert helped.status == 0
    assert "--route-size" in helped.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nonsense",), ["'nonsense' is not a generator"]),
        (("x", "--n", "many", "--sed", "3"), ["--n", "'many'", "--sed"]),
        (("x", "--n", "-5"), ["-5 is outside"]),
        (("x", "--n"), ["--n"]),
        (("x", "5"), ["'5'", "--name value"]),
        (("x", "--depot", "north"), ["'north' is not one of"]),
        (("x", "-o", "/absent/x.vrp"), ["no folder"]),
    ],
)
def test_generate_refuses(arguments: tuple[str, ...], words: list[str]) -> None:
    outcome = run("generate", *arguments)
    assert outcome.status == ExitStatus.BAD_INPUT
    assert [word for word in words if word not in outcome.err] == []
    assert outcome.out == ""


@pytest.mark.parametrize("document", ["problem", "result"])
def test_schema_is_a_valid_schema(document: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(run("schema", document).json)


def test_generated_problem_fits_the_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(run("schema").json)
    for name in GENERATORS:
        validator.validate(run("generate", name, "--n", 5).json)
