"""Shared fixtures: where the public benchmark files are, and small problems."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import routewright as rw

settings.register_profile(
    "ci",
    max_examples=50,
    deadline=None,
    derandomize=True,  # what passed once passes again; "nightly" draws anew
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("nightly", max_examples=5000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def instances_root() -> Path:
    """Folder of the public benchmark sets; it need not exist."""
    default = Path(__file__).resolve().parents[2] / "shared" / "instances"
    return Path(os.environ.get("ROUTEWRIGHT_INSTANCES", default))


def instance_path(relative: str) -> Path:
    """Path of a public benchmark file; skips the test where it is absent."""
    path = instances_root() / relative
    if not path.exists():
        pytest.skip(f"public benchmark file {relative} is not here; set $ROUTEWRIGHT_INSTANCES")
    return path


@pytest.fixture(scope="session")
def instances_dir() -> Path:
    """Folder of the public benchmark sets; skips where it is absent."""
    root = instances_root()
    if not root.is_dir():
        pytest.skip(f"no public benchmark files at {root}; set $ROUTEWRIGHT_INSTANCES")
    return root


@pytest.fixture
def square() -> rw.Problem:
    """Four clients on the corners of a square around the depot, two vans of two units."""
    model = rw.Model("square")
    model.add_depot("depot", x=0, y=0)
    for name, x, y in (("ne", 3, 4), ("se", 3, -4), ("sw", -3, -4), ("nw", -3, 4)):
        model.add_client(name, x=x, y=y, delivery=1)
    model.add_vehicle_type("van", count=2, capacity=2)
    return model.problem()
