"""Results to files: the suffix says in which form.

Solution formats come from the registry; tables, maps, pages, and pictures from the
modules of this room. What cannot be written is refused before a search, not after it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from routewright.errors import InputError, Issue
from routewright.facade import FileName
from routewright.problem import Problem
from routewright.solution import Route, Solution

from .registry import SOLUTION_FORMATS, Format, write_bytes, write_text

if TYPE_CHECKING:
    from routewright.result import Result

PICTURES = (".png", ".svg")
_TABLES_AND_MAPS = {".csv": "stop_table", ".geojson": "geojson", ".html": "page"}
_NEED_POSITIONS = (".geojson", ".html", *PICTURES)


def result_suffixes() -> tuple[str, ...]:
    """Return the suffixes of every form in which a result can be written."""
    plans = [suffix for format in SOLUTION_FORMATS for suffix in format.suffixes]
    return tuple(dict.fromkeys([*plans, *_TABLES_AND_MAPS, *PICTURES]))


def refuse_destination(file: FileName) -> None:
    """Raise unless a result could be written to this file now.

    Raises
    ------
    InputError
        If the suffix is unknown, or the folder is missing or not writable.
    NotInstalledError
        If what draws pictures is not installed.
    """
    path = Path(file)
    suffix = path.suffix.lower()
    if suffix not in result_suffixes():
        known = ", ".join(result_suffixes())
        raise _refusal(file, f"cannot be written: the suffix must be one of {known}")
    refuse_unwritable(path)
    if suffix in PICTURES:
        from routewright.instances.pictures import require_matplotlib

        require_matplotlib()


def refuse_unwritable(path: Path) -> None:
    """Raise InputError unless a file can be written there now."""
    if not path.parent.is_dir():
        raise _refusal(path, f"cannot be written: there is no folder {path.parent}")
    if path.is_dir():
        raise _refusal(path, "cannot be written: it is a folder")
    try:
        if path.exists():
            path.open("r+b").close()
        # Written elsewhere and renamed, so the folder itself must take new files.
        tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise _refusal(path, f"cannot be written: {error.strerror}") from None


def refuse_unfit(problem: Problem, file: FileName) -> None:
    """Raise unless plans of this problem can be written in the form of the file.

    Raises
    ------
    InputError
        If the form needs to know where clients are, and the problem does not say.
    UnsupportedError
        If the form cannot hold plans of the problem.
    """
    suffix = Path(file).suffix.lower()
    if suffix in _NEED_POSITIONS:
        from routewright.instances.pictures.layout import refuse_unplaceable

        refuse_unplaceable(problem)
    elif suffix not in _TABLES_AND_MAPS and problem.clients:
        # What a format cannot hold shows in any plan that visits every client, and states
        # what it brings where that may be a part.
        stated = [c.delivery if c.may_be_split else None for c in problem.clients]
        plan = Solution([Route.of(range(problem.num_clients), 0, stated)])
        _format(suffix).load().write(problem, plan)


def write_result(problem: Problem, result: Result, file: FileName) -> None:
    """Write a result in the form that the suffix says, whole or not at all.

    Parameters
    ----------
    problem, result
        What was solved, and the outcome.
    file
        ``.sol`` and ``.tour`` hold the routes, ``.json`` everything, ``.csv`` a row per
        stop, ``.geojson`` and ``.html`` a map, ``.png`` and ``.svg`` a picture with the
        cost over time.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    suffix = Path(file).suffix.lower()
    if suffix in PICTURES:
        write_bytes(file, _picture(problem, result, suffix[1:]))
    else:
        write_text(file, _text(problem, result, suffix))


def result_json(problem: Problem, result: Result) -> str:
    """Return a result as the JSON document that ``routewright schema result`` describes."""
    from routewright.instances.documents.json_text import dump
    from routewright.instances.documents.result_document import result_document

    return dump(result_document(problem, result))


def _picture(problem: Problem, result: Result, form: str) -> bytes:
    from routewright.instances.pictures import picture, render

    figure = picture(
        problem,
        result.solution,
        trace=result.trace,
        runtime=result.runtime,
        report=result.report,
    )
    return render(figure, form)


def _text(problem: Problem, result: Result, suffix: str) -> str:
    if suffix == ".json":
        return result_json(problem, result)
    if suffix in _TABLES_AND_MAPS:
        from importlib import import_module

        module = import_module(f"{__package__}.pictures.{_TABLES_AND_MAPS[suffix]}")
        text: str = module.write(problem, result.solution, result.report)
        return text
    plan: str = _format(suffix).load().write(problem, result.solution)
    return plan


def _format(suffix: str) -> Format:
    return next(f for f in SOLUTION_FORMATS if suffix in f.suffixes)


def _refusal(file: FileName, message: str) -> InputError:
    return InputError([Issue("", "", message)], str(file))
