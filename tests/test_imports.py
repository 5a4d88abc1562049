"""The arrows between the rooms, and what may be loaded when."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("numpy", "numba", "scipy", "ortools", "torch", "matplotlib", "pydantic", "networkx")

#: Which rooms each room may import, besides itself.
ARROWS = {
    "routewright": set(),
    "instances": {"routewright"},
    "solvers": {"routewright", "solvers.kernels"},
    "solvers.kernels": {"routewright"},
    "neural": {"routewright"},
    "cli": {"routewright", "instances", "solvers", "neural"},
}
#: The modules of the core that reach into the rooms: inside functions, and as a program.
FACADE, PROGRAM = "routewright/facade.py", "routewright/__main__.py"


def room_of(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    return "solvers.kernels" if parts[:2] == ("solvers", "kernels") else parts[0]


def room_named(module: str) -> str | None:
    """Room of an imported module, or None if it is not ours."""
    if module.split(".")[0] != "routewright":
        return None
    rest = module.removeprefix("routewright").lstrip(".")
    if rest.startswith("solvers.kernels"):
        return "solvers.kernels"
    first = rest.split(".")[0]
    return first if first in ("instances", "solvers", "neural", "cli") else "routewright"


@cache
def sources() -> tuple[Path, ...]:
    rooms = {room.split(".")[0] for room in ARROWS}
    return tuple(sorted(path for room in rooms for path in (ROOT / room).rglob("*.py")))


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Every module that a file imports, and whether that happens when it is loaded."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lazy = {
        id(node)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef) or _only_types(outer)
        for node in ast.walk(outer)
    }
    for node in ast.walk(tree):
        loaded = id(node) not in lazy
        if isinstance(node, ast.Import):
            yield from ((alias.name, loaded) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(path, node)
            yield module, loaded
            # A name of a package may be a module of it.
            yield from ((f"{module}.{alias.name}", loaded) for alias in node.names)


def _only_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _absolute(path: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = path.relative_to(ROOT).with_suffix("").parts
    package = ["routewright", *(parts if parts[0] != "routewright" else parts[1:])]
    base = package[: len(package) - node.level]
    return ".".join([*base, *([node.module] if node.module else [])])


def names(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", sources(), ids=names)
def test_arrows_point_down_only(path: Path) -> None:
    room = room_of(path)
    reached = {(room_named(module), loaded) for module, loaded in imports(path)}
    if names(path) == FACADE:
        reached = {(target, loaded) for target, loaded in reached if loaded}
    allowed = {"cli"} if names(path) == PROGRAM else ARROWS[room]
    assert {target for target, _ in reached} - {room, None} <= allowed


@pytest.mark.parametrize("path", sources(), ids=names)
def test_numba_and_torch_have_their_rooms(path: Path) -> None:
    packages = {module.split(".")[0] for module, _ in imports(path)}
    if room_of(path) != "solvers.kernels":
        assert "numba" not in packages
    if room_of(path) != "neural":
        assert "torch" not in packages


@pytest.mark.parametrize("path", [p for p in sources() if room_of(p) == "cli"], ids=names)
def test_the_command_line_starts_light(path: Path) -> None:
    """Only the standard library, typer (with its click), and rich, until a command runs."""
    light = {"routewright", "typer", "click", "rich", "__future__"}
    at_load = {module.split(".")[0] for module, loaded in imports(path) if loaded}
    assert at_load - light <= sys.stdlib_module_names


def test_the_core_needs_numpy_alone() -> None:
    """At load; a proof of infeasibility may reach for scipy."""
    for path in (ROOT / "routewright").glob("*.py"):
        at_load = {module.split(".")[0] for module, loaded in imports(path) if loaded}
        assert at_load - {"numpy", "routewright", "__future__"} <= sys.stdlib_module_names


def loaded_by(code: str) -> set[str]:
    """Top-level packages that a fresh interpreter loads for some code."""
    code += "\nimport json, sys\nprint(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(json.loads(run.stdout.splitlines()[-1]))


def test_importing_the_package_is_instant() -> None:
    assert not loaded_by("import routewright") & set(HEAVY)


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_loads_nothing_heavy(argument: str) -> None:
    code = f"from routewright.cli.main import main\ntry:\n    main(['{argument}'])\n"
    code += "except SystemExit:\n    pass"
    assert not loaded_by(code) & set(HEAVY)


def test_help_of_a_command_loads_nothing_heavy() -> None:
    code = "from routewright.cli.main import main\ntry:\n    main(['solve', '--help'])\n"
    code += "except SystemExit:\n    pass"
    assert not loaded_by(code) & set(HEAVY)


def test_solving_loads_no_torch() -> None:
    code = """
import routewright as rw
model = rw.Model()
model.add_depot(x=0, y=0)
model.add_client(x=3, y=4)
model.add_vehicle_type()
rw.check(model.problem(), rw.Solution.from_visits([[0]]))
"""
    loaded = loaded_by(code)
    assert "numpy" in loaded
    assert not loaded & {"numba", "scipy", "ortools", "torch", "matplotlib", "pydantic"}


def test_every_public_name_can_be_had() -> None:
    import routewright

    for name in routewright.__all__:
        assert getattr(routewright, name) is not None
    assert set(routewright.__all__) <= set(dir(routewright))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        routewright.nothing  # noqa: B018
