"""The checkpoints at hand: those of the package, and the user's own; needs no torch."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from routewright.errors import InputError, Issue
from routewright.problem import Problem

from . import support
from .cards import is_scorer, read_card
from .zoo.names import is_zoo

SUFFIX = ".safetensors"
_SHIPPED = Path(__file__).parent / "weights"
#: Policies and edge scorers: the file that names the default, and the model of the package
#: that is used until the user says otherwise.
_DEFAULTS = {False: ("default", "routewright"), True: ("default-edges", "edges")}


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


def default_name(scorer: bool = False) -> str:
    """Return the name of the policy, or scorer, that is used if none is named.

    It need not exist.
    """
    file, shipped = _DEFAULTS[scorer]
    try:
        return (user_folder() / file).read_text(encoding="utf-8").strip()
    except OSError:
        return shipped


def find_model(name: str = "") -> Path:
    """Return the file of a policy.

    Parameters
    ----------
    name
        Name of a model, or path of a checkpoint; empty for the default.

    Raises
    ------
    InputError
        If there is none; names those that there are. If it is an edge scorer.
    """
    file = find_file(name or default_name())
    if is_scorer(read_card(file)):
        raise InputError(
            "is an edge scorer and plans nothing itself; the solver edges takes it", str(file)
        )
    return file


def find_scorer(name: str = "") -> Path:
    """Return the file of an edge scorer; as `find_model`."""
    file = find_file(name or default_name(scorer=True))
    if not is_scorer(read_card(file)):
        raise InputError("is a policy and no edge scorer; the solver neural takes it", str(file))
    return file


def find_file(wanted: str) -> Path:
    """Return the file of a model of any sort, by its name or path.

    Raises
    ------
    InputError
        If there is none; names those that there are.
    """
    models = available()
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
    """Make a model the default of its sort, and return its name.

    A file is copied to the user's own.

    Raises
    ------
    InputError
        If there is no such model, or the file is no checkpoint.
    """
    file, folder = find_file(name), user_folder()
    default, _ = _DEFAULTS[is_scorer(read_card(file))]
    folder.mkdir(parents=True, exist_ok=True)
    if file not in available().values():
        shutil.copyfile(file, folder / file.name)
    (folder / default).write_text(file.stem + "\n", encoding="utf-8")
    return file.stem
