"""``warmup`` and ``doctor``: what is on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from command import run

from routewright.errors import ExitStatus
from routewright.solvers import REGISTRY


def test_warmup_names_every_kernel_and_the_place() -> None:
    from routewright.solvers import warmup
    from routewright.solvers.kernels.calls import CALLS

    outcome = run("warmup")
    assert outcome.status == 0
    assert [name for name in CALLS if name not in outcome.out] == []
    assert str(warmup.cache_directory()) in outcome.out


def test_doctor_lists_solvers_and_versions() -> None:
    outcome = run("doctor", "--json")
    assert outcome.status == 0
    assert outcome.json["solvers"] == dict.fromkeys(REGISTRY, "")
    assert outcome.json["versions"]["numpy"] != "not installed"
    assert outcome.json["extras"].keys() == {"neural", "rl4co", "plot", "serve"}
    assert "solver" in run("doctor").out


def test_doctor_reports_a_solver_that_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REGISTRY, "broken", ("absent", "Broken"))
    outcome = run("doctor")
    assert outcome.status == ExitStatus.NOT_INSTALLED
    assert "broken: does not load: ModuleNotFoundError" in outcome.out


def test_doctor_reports_a_cache_that_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "file" / "cache")}
    done = subprocess.run(
        [sys.executable, "-m", "routewright", "doctor"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == ExitStatus.NOT_INSTALLED
    assert "cannot be kept" in done.stdout
