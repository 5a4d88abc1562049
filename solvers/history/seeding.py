"""A plan to begin with, from what a fit has left in its folder."""

from __future__ import annotations

import json
from pathlib import Path

from routewright.errors import InputError, Issue
from routewright.facade import FileName
from routewright.problem import Problem
from routewright.solution import Solution

from . import arms
from .fitting import MEMORY_FILE
from .learning import MODEL_FILES
from .memory import Memory
from .report import REPORT_FILE, SCHEMA

#: What a fit can recommend.
WAYS = ("cold", "savings", "history", "frequencies", "edges", "policy")


def plan_from(problem: Problem, folder: FileName, begin_with: str, seed: int) -> Solution | None:
    """Return a plan to begin with; see `routewright.seed_plan`.

    Raises
    ------
    InputError
        If the folder is not that of a fit, or there is no such way to begin.
    """
    place = Path(folder)
    way = begin_with or recommended(place)
    if way not in WAYS:
        message = f"{way!r} is not one of {', '.join(WAYS)}"
        raise InputError([Issue("", "begin_with", message)])
    plans = _arm(way, place).plans(problem, seed, lambda: False)
    return plans[0] if plans else None


def _arm(way: str, folder: Path) -> arms.Arm:
    if way == "cold":
        return arms.cold()
    if way == "savings":
        return arms.savings()
    if way == "edges":
        return arms.edges(str(folder / MODEL_FILES["scorer"]))
    if way == "policy":
        return arms.policy(str(folder / MODEL_FILES["policy"]))
    memory = Memory.read(folder / MEMORY_FILE)
    return arms.history(memory) if way == "history" else arms.frequencies(memory)


def recommended(folder: Path) -> str:
    """Return the name of the way that the report of a fit recommends.

    Raises
    ------
    InputError
        If there is no report, or it is of another version.
    """
    file = folder / REPORT_FILE
    try:
        report = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}; routewright fit makes it"
        raise InputError(message, str(file)) from error
    except ValueError as error:
        raise InputError(f"is no report of a fit: {error}", str(file)) from error
    if not isinstance(report, dict) or report.get("schema") != SCHEMA:
        raise InputError(f"is no report of a fit of this version ({SCHEMA})", str(file))
    return str(report.get("recommended"))
