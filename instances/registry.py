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
    Format("routewright", "our own JSON, with a published schema", "documents.native", (".json",)),
    Format("vroom", "VROOM JSON", "documents.vroom", (".json",)),
    Format("sartori-buriol", "Sartori-Buriol PDPTW", "text.sartori_buriol", (".txt",)),
    Format("vrplib", "VRPLIB: CVRPLIB, PyVRP, and LKH dialects", "lib.vrplib", (".vrp",)),
    Format(
        "tsplib",
        "TSPLIB95: TSP, ATSP, SOP; and OPLib",
        "lib.tsplib",
        (".tsp", ".atsp", ".sop"),
    ),
    Format("solomon", "Solomon and Gehring-Homberger VRPTW", "text.solomon", (".txt",)),
    Format("schneider", "Schneider EVRPTW (recognized, refused)", "text.schneider", (".txt",)),
    Format("li-lim", "Li-Lim PDPTW", "text.li_lim", (".txt",)),
    Format("cordeau", "Cordeau MDVRP, SDVRP, MDVRPTW", "text.cordeau", (".txt",)),
)

#: Solution formats, likewise.
SOLUTION_FORMATS = (
    Format("json", "our own JSON solution", "documents.native_solution", (".json",)),
    Format("vroom", "VROOM JSON solution", "documents.vroom_solution", (".json",)),
    Format("tour", "TSPLIB tour", "lib.tour", (".tour",)),
    Format("sol", "CVRPLIB, SINTEF, and OPLib solutions", "lib.sol", (".sol",)),
)


def read_problem(
    file: FileName, *, format: str | None = None, rounding: Rounding | str | None = None
) -> Problem:
    """Read a problem; see `read`."""
    return read_with_format(file, format=format, rounding=rounding)[0]


def read_with_format(
    file: FileName, *, format: str | None = None, rounding: Rounding | str | None = None
) -> tuple[Problem, Format]:
    """Read a problem, and say in which format the file was.

    A problem without a name of its own is named after the file.
    """
    text, source = _text(file)
    rule = None if rounding is None else _rounding(rounding)
    try:
        chosen = _named(FORMATS, format) if format else _detected(FORMATS, text, "problem")
        problem: Problem = chosen.load().read(text, rounding=rule)
    except InputError as error:
        raise InputError(error.issues, source) from None
    if not problem.name and str(file) != "-":
        problem = problem.replace(name=Path(file).stem)
    return problem, chosen


def read_solution(problem: Problem, file: FileName, *, format: str | None = None) -> Solution:
    """Read a solution of the problem; see `read_solution`."""
    text, source = _text(file)
    try:
        formats = SOLUTION_FORMATS
        chosen = _named(formats, format) if format else _detected(formats, text, "solution")
        solution: Solution = chosen.load().read(problem, text)
    except InputError as error:
        raise InputError(error.issues, source) from None
    return solution


def write_problem(problem: Problem, file: FileName, *, format: str | None = None) -> None:
    """Write a problem; see `write`."""
    chosen = _writer(FORMATS, file, format)
    write_text(file, chosen.load().write(problem))


def write_solution(
    problem: Problem, solution: Solution, file: FileName, *, format: str | None = None
) -> None:
    """Write a solution; see `write_solution`."""
    chosen = _writer(SOLUTION_FORMATS, file, format)
    write_text(file, chosen.load().write(problem, solution))


def write_text(file: FileName, text: str) -> None:
    """Write a whole text file or nothing; see `write_bytes`."""
    if str(file) == "-":
        sys.stdout.write(text)
    else:
        write_bytes(file, text.encode("utf-8"))


def write_bytes(file: FileName, content: bytes) -> None:
    """Write a whole file or nothing: to a temporary file beside it, then renamed.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    path = Path(file)
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as handle:
                handle.write(content)
            # A temporary file is private to the user; a result follows the umask.
            mask = os.umask(0)
            os.umask(mask)
            Path(temporary).chmod(0o666 & ~mask)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise InputError([Issue("", "", message)], str(file)) from None


def _text(file: FileName) -> tuple[str, str]:
    source = "standard input" if str(file) == "-" else str(file)
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else Path(file).read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source) from None
    except UnicodeDecodeError as error:
        raise InputError(f"is not a text file in UTF-8 (byte {error.start})", source) from None
    return text.replace("\r\n", "\n").replace("\r", "\n"), source  # as text files do


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
