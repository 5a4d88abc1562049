"""What made a checkpoint: the commit of the sources, and versions."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import torch

import routewright


def commit() -> str:
    """Return the commit of the source tree that runs; empty for an installed package."""
    here = Path(__file__).resolve().parents[1]
    if not (here / "pyproject.toml").exists():
        return ""
    try:
        call = ["git", "-C", str(here), "rev-parse", "HEAD"]
        done = subprocess.run(call, capture_output=True, text=True, timeout=10, check=False)
    except OSError:
        return ""
    return done.stdout.strip()


def versions(*packages: str) -> dict[str, str]:
    """Return the versions of what a policy depends on, and of these packages."""
    return {
        "routewright": routewright.__version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
        **{package: version(package) for package in packages},
    }
