"""Running the command line in this process, and a solver that does as it is told."""

from __future__ import annotations

import io
import json
import os
import sys
import types
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

import routewright as rw
from routewright.cli.main import main
from routewright.solvers.base import Run, Solver


@dataclass(frozen=True)
class Outcome:
    """What a call of the command line left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)


def run(*arguments: object, stdin: bytes = b"") -> Outcome:
    """Run the command line as a terminal of 80 columns would see it through a pipe."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, {"COLUMNS": "80"}),
        mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin))),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        status = main([str(argument) for argument in arguments])
    return Outcome(status, out.getvalue(), err.getvalue())


def install_solver(
    monkeypatch: pytest.MonkeyPatch, search: Callable[[Run], None], name: str = "scripted"
) -> None:
    """Register a solver whose search is the given function."""
    handles = frozenset(rw.Attribute)
    body = {
        "name": name,
        "summary": "does as it is told",
        "supported": handles,
        "search": lambda _, run: search(run),
    }
    module = types.ModuleType(f"routewright.solvers.{name}")
    module.Scripted = type("Scripted", (Solver,), body)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    from routewright import solvers

    monkeypatch.setitem(solvers.REGISTRY, name, (name, "Scripted"))


def save_square(folder: Path) -> Path:
    """Write four clients around a depot, two vans of two units; 40 is the best cost."""
    model = rw.Model("square")
    model.add_depot("depot", x=0, y=0)
    for name, x, y in (("ne", 3, 4), ("se", 3, -4), ("sw", -3, -4), ("nw", -3, 4)):
        model.add_client(name, x=x, y=y, delivery=1)
    model.add_vehicle_type("van", count=2, capacity=2)
    file = folder / "square.json"
    rw.write(model.problem(), file)
    return file
