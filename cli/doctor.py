"""``routewright doctor``: what is installed here, and whether it works."""

from __future__ import annotations

import json
import os
import platform
import sys
import warnings
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from routewright.errors import ExitStatus

from . import options as o

if TYPE_CHECKING:
    from .tables import Cell

#: Extras for users, with the modules that each one brings.
_EXTRAS = {
    "neural": ("torch", "safetensors"),
    "rl4co": ("rl4co",),
    "plot": ("matplotlib", "folium"),
    "serve": ("fastapi", "uvicorn"),
}


@click.command()
@o.as_json
def doctor(as_json: bool) -> int:
    """Show what is installed, and whether it works."""
    findings = diagnose()
    if as_json:
        print(json.dumps(findings, indent=1))
    else:
        _print(findings)
    broken = any(findings["solvers"].values()) or bool(findings["kernels"]["problem"])
    return ExitStatus.NOT_INSTALLED if broken else ExitStatus.FEASIBLE


def diagnose() -> dict[str, Any]:
    """Return what is installed here; an empty text stands for "nothing is wrong"."""
    from .describe import solvers

    kernels = _kernels()  # before the solvers, which load them too
    return {
        "versions": _versions(),
        "platform": f"{platform.system()} {platform.machine()}, {sys.executable}",
        "cores": _cores(),
        "solvers": {name: broken for name, _, broken in solvers()},
        "extras": {
            extra: [m for m in modules if find_spec(m) is None]
            for extra, modules in _EXTRAS.items()
        },
        "kernels": kernels,
        "gpu": _gpu(),
    }


def _cores() -> int:
    """Cores that this process may use, which containers often limit."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _versions() -> dict[str, str]:
    """Versions of Routewright, Python, and every core dependency."""
    found = {"python": platform.python_version()}
    needed = [r for r in requires("routewright") or () if "extra ==" not in r]
    names = [r.partition(">")[0].partition("=")[0].strip() for r in needed]
    for name in ["routewright", *sorted(names), "torch", "matplotlib"]:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _kernels() -> dict[str, Any]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        from routewright.solvers.warmup import cache_directory, kernels_ready

        directory = cache_directory()
    ours = [str(w.message) for w in caught if w.category is RuntimeWarning]
    return {
        "directory": str(directory),
        "compiled": kernels_ready(),
        "problem": "; ".join(ours),
    }


def _gpu() -> str:
    if find_spec("torch") is None:
        return "torch is not installed"
    try:
        torch = import_module("torch")
    except Exception as error:
        return f"torch does not load: {error}"
    if not torch.cuda.is_available():
        return f"none that torch {torch.__version__} can use"
    return ", ".join(torch.cuda.get_device_name(k) for k in range(torch.cuda.device_count()))


def _print(findings: dict[str, Any]) -> None:
    from .tables import facts, heading, show

    show(heading("routewright", findings["versions"]["routewright"]), facts(_rows(findings)))


def _rows(findings: dict[str, Any]) -> Iterator[tuple[str, Cell]]:
    from rich.text import Text

    yield "platform", findings["platform"]
    yield "cores", str(findings["cores"])
    for name, number in findings["versions"].items():
        if name != "routewright":
            yield name, number
    for name, problem in findings["solvers"].items():
        text = Text(f"{name}: ")
        text.append(problem or "ok", style="red" if problem else "green")
        yield "solver", text
    for extra, missing in findings["extras"].items():
        hint = f"needs {', '.join(missing)}: pip install 'routewright[{extra}]'"
        yield "extra", f"{extra}: {hint if missing else 'installed'}"
    yield "kernels", findings["kernels"]["directory"]
    compiled = findings["kernels"]["compiled"]
    state = "compiled" if compiled else "not compiled yet: routewright warmup does it"
    yield "", findings["kernels"]["problem"] or state
    yield "gpu", findings["gpu"]
