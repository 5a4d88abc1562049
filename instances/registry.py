"""The formats, and the functions that find the right one for a file.

A problem format is a module with ``sniff(text) -> bool`` and
``read(text, rounding=None) -> Problem``, and optionally ``write(problem) -> str``. A
solution format is a module with ``sniff(text) -> bool``,
``read(problem, text) -> Solution`` and ``write(problem, solution) -> str``.
Formats are told apart by content, never by suffix.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

from routewright.errors import InputError, Issue, RoutewrightError
from routewright.facade import FileName
from routewright.problem import Problem
from routewright.solution import Solution
from routewright.travel import Rounding


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: its name, one line about it, its module, and usual suffixes."""

    name: str
    summary: str
    module: str
    suffixes: tuple[str, ...]

    def load(self) -> ModuleType:
        """Import the module of the format."""
        return import_module(f"{__package__}.{self.module}")


#: Problem formats, in the order in which their ``sniff`` is asked.
FORMATS = (
    Format("routewright", "our own JSON, with a published schema", "native", (".json",)),
    Format("vroom", "VROOM JSON", "vroom", (".json",)),
    Format("sartori-buriol", "Sartori-Buriol PDPTW", "sartori_buriol", (".txt",)),
    Format("vrplib", "VRPLIB: CVRPLIB, PyVRP, and LKH dialects", "vrplib", (".vrp",)),
    Format(
        "tsplib",
        "TSPLIB95: TSP, ATSP, SOP; and OPLib",
        "tsplib",
        (".tsp", ".atsp", ".sop"),
    ),
    Format("solomon", "Solomon and Gehring-Homberger VRPTW", "solomon", (".txt",)),
    Format("schneider", "Schneider EVRPTW (recognized, refused)", "schneider", (".txt",)),
    Format("li-lim", "Li-Lim PDPTW", "li_lim", (".txt",)),
    Format("cordeau", "Cordeau MDVRP, SDVRP, MDVRPTW", "cordeau", (".txt",)),
)

#: Solution formats, likewise.
SOLUTION_FORMATS = (
    Format("json", "our own JSON solution", "native_solution", (".json",)),
    Format("vroom", "VROOM JSON solution", "vroom_solution", (".json",)),
    Format("tour", "TSPLIB tour", "tour", (".tour",)),
    Format("sol", "CVRPLIB, SINTEF, and OPLib solutions", "sol", (".sol",)),
)


def read_problem(
    file: FileName, *, format: str | None = None, rounding: Rounding | str | None = None
) -> Problem:
    """Read a problem; see :func:`routewright.read`."""
    text, source = _text(file)
    rule = None if rounding is None else _rounding(rounding)
    try:
        chosen = _named(FORMATS, format) if format else _detected(FORMATS, text, "problem")
        problem: Problem = chosen.load().read(text, rounding=rule)
    except InputError as error:
        raise InputError(error.issues, source) from None
    return problem


def read_solution(problem: Problem, file: FileName, *, format: str | None = None) -> Solution:
    """Read a solution of the problem; see :func:`routewright.read_solution`."""
    text, source = _text(file)
    try:
        formats = SOLUTION_FORMATS
        chosen = _named(formats, format) if format else _detected(formats, text, "solution")
        solution: Solution = chosen.load().read(problem, text)
    except InputError as error:
        raise InputError(error.issues, source) from None
    return solution


def write_problem(problem: Problem, file: FileName, *, format: str | None = None) -> None:
    """Write a problem; see :func:`routewright.write`."""
    chosen = _writer(FORMATS, file, format)
    write_text(file, chosen.load().write(problem))


def write_solution(
    problem: Problem, solution: Solution, file: FileName, *, format: str | None = None
) -> None:
    """Write a solution; see :func:`routewright.write_solution`."""
    chosen = _writer(SOLUTION_FORMATS, file, format)
    write_text(file, chosen.load().write(problem, solution))


def write_text(file: FileName, text: str) -> None:
    """Write a whole file or nothing: to a temporary file beside it, then renamed.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    if str(file) == "-":
        sys.stdout.write(text)
        return
    path = Path(file)
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            encoding="utf-8",
            dir=path.parent,
            prefix=f".{path.name}.",
            delete=False,
        ) as handle:
            temporary = handle.name
            handle.write(text)
        # NamedTemporaryFile is private to the user; a result file follows the umask.
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(path)
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise InputError([Issue("", "", message)], str(file)) from None


def _text(file: FileName) -> tuple[str, str]:
    if str(file) == "-":
        return sys.stdin.read(), "standard input"
    try:
        return Path(file).read_text(encoding="utf-8-sig"), str(file)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", str(file)) from None
    except UnicodeDecodeError as error:
        raise InputError(f"is not a text file in UTF-8 (byte {error.start})", str(file)) from None


def _rounding(rounding: Rounding | str) -> Rounding:
    try:
        return Rounding(rounding)
    except ValueError:
        known = ", ".join(Rounding)
        message = f"{rounding!r} is not a rounding; choose from {known}"
        raise InputError([Issue("", "rounding", message)]) from None


def _named(formats: Iterable[Format], name: str) -> Format:
    for candidate in formats:
        if candidate.name == name:
            return candidate
    known = ", ".join(f.name for f in formats)
    raise InputError([Issue("", "format", f"{name!r} is not a format; choose from {known}")])


def _detected(formats: Iterable[Format], text: str, what: str) -> Format:
    if not text.strip():
        raise InputError("the file is empty")
    for candidate in formats:
        if candidate.load().sniff(text):
            return candidate
    known = ", ".join(f.name for f in formats)
    raise InputError(f"is not a {what} in any known format ({known}); name one with --format")


def _writer(formats: tuple[Format, ...], file: FileName, name: str | None) -> Format:
    if name is not None:
        chosen = _named(formats, name)
    else:
        suffix = Path(file).suffix.lower()
        fits = [f for f in formats if suffix in f.suffixes]
        if not fits:
            known = ", ".join(sorted({s for f in formats for s in f.suffixes}))
            message = f"no format has the suffix {suffix!r}; use one of {known}, or name a format"
            raise InputError([Issue("", "", message)], str(file))
        chosen = fits[0]
    if not hasattr(chosen.load(), "write"):
        raise RoutewrightError(f"format {chosen.name} can be read, but not written")
    return chosen
