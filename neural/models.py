"""The checkpoints at hand: those of the package, and the user's own; needs no torch."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from routewright.errors import InputError, Issue
from routewright.problem import Problem

from . import support
from .cards import read_card
from .zoo.names import is_zoo

SUFFIX = ".safetensors"
_SHIPPED = Path(__file__).parent / "weights"
_DEFAULT_FILE = "default"
#: The model of the package that is used until the user says otherwise.
_SHIPPED_DEFAULT = "routewright"


def user_folder() -> Path:
    """Return where the user's own checkpoints are kept; it need not exist.

    ``$ROUTEWRIGHT_MODELS`` overrides the usual place of the system.
    """
    if configured := os.environ.get("ROUTEWRIGHT_MODELS"):
        return Path(configured)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "routewright" / "models"


def available() -> dict[str, Path]:
    """Return all checkpoints by name; the user's own hide those of the package."""
    folders = (_SHIPPED, user_folder())
    return {f.stem: f for folder in folders for f in sorted(folder.glob(f"*{SUFFIX}"))}


def default_name() -> str:
    """Return the name of the model that is used if none is named; it need not exist."""
    try:
        return (user_folder() / _DEFAULT_FILE).read_text(encoding="utf-8").strip()
    except OSError:
        return _SHIPPED_DEFAULT


def find_model(name: str = "") -> Path:
    """Return the file of a model.

    Parameters
    ----------
    name
        Name of a model, or path of a checkpoint; empty for the default.

    Raises
    ------
    InputError
        If there is none; names those that there are.
    """
    wanted, models = name or default_name(), available()
    if wanted in models:
        return models[wanted]
    if Path(wanted).is_file():
        return Path(wanted)
    known = ", ".join(models) or "none is here; routewright train makes one"
    message = f"{wanted!r} is no model and no file; models: {known}"
    raise InputError([Issue("", "model", message)])


def why_not_planned(problem: Problem, name: str = "") -> str:
    """Say why a model cannot plan a problem; empty if it can.

    Parameters
    ----------
    problem
        What to plan.
    name
        As of `find_model`.

    Raises
    ------
    InputError
        If there is no such model.
    """
    file = find_model(name)
    card = read_card(file)
    if is_zoo(card.name):
        from .zoo.support import known, too_large, why_not

        try:
            known(str(card.config.get("problem")))
        except InputError as error:
            raise error.located(str(file)) from None
        return too_large(problem, card.config) or why_not(problem, card.config["problem"])
    unknown = ", ".join(sorted(problem.attributes() - support.SUPPORTED))
    return unknown or support.why_not(problem)


def use_model(name: str) -> str:
    """Make a model the default, and return its name; a file is copied to the user's own.

    Raises
    ------
    InputError
        If there is no such model, or the file is no checkpoint.
    """
    file, folder = find_model(name), user_folder()
    read_card(file)
    folder.mkdir(parents=True, exist_ok=True)
    if file not in available().values():
        shutil.copyfile(file, folder / file.name)
    (folder / _DEFAULT_FILE).write_text(file.stem + "\n", encoding="utf-8")
    return file.stem
