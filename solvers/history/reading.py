"""Past days from files: a folder, in the order of the names of its files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from routewright.errors import InputError, Issue, RoutewrightError
from routewright.facade import FileName, read, read_solution
from routewright.problem import Problem
from routewright.solution import Solution

from .days import Day

#: Endings of files that hold the plan of the day whose name stands before them.
PLAN_ENDINGS = (".sol", ".tour", ".plan.json")

#: A day as a caller may give it: a file, a problem, or a problem with its plan.
GivenDay = FileName | Problem | tuple[Problem, Solution]


def read_days(source: FileName | Sequence[GivenDay]) -> list[Day]:
    """Return days in the order of time.

    Parameters
    ----------
    source
        A folder, whose files are days in the order of their names; or a list of days in
        the order of time. A file has its plan beside it if there is one: ``monday.json`` has
        ``monday.sol``, ``monday.tour``, or ``monday.plan.json``.

    Raises
    ------
    InputError
        Naming every file that cannot be read, and plans without a day.
    """
    if isinstance(source, Sequence) and not isinstance(source, str):
        given = list(source)
    else:
        given = list(_files(Path(source)))
    days, issues = list[Day](), list[Issue]()
    for number, each in enumerate(given):
        try:
            days.append(_day(each, number))
        except InputError as error:
            source_name = error.source or str(each)
            issues += [_placed(issue, source_name) for issue in error.issues]
        except RoutewrightError as error:
            issues.append(Issue(str(each), "", str(error)))
    if issues:
        raise InputError(issues)
    return days


def _placed(issue: Issue, source: str) -> Issue:
    where = ", ".join(part for part in (source, issue.where) if part)
    return Issue(where, issue.field, issue.message)


def _files(folder: Path) -> Iterable[Path]:
    """Problems of a folder, by name.

    Raises
    ------
    InputError
        If it is no folder, or a plan has no day.
    """
    if not folder.is_dir():
        raise InputError("is no folder; give one with a file for every day", str(folder))
    files = sorted(f for f in folder.iterdir() if f.is_file() and not f.name.startswith("."))
    days = [f for f in files if not _is_plan(f)]
    names = {f.stem for f in days}
    lonely = [f for f in files if _is_plan(f) and _name_of_plan(f) not in names]
    if lonely:
        message = "is the plan of a day that is not there"
        raise InputError([Issue(str(f), "", message) for f in lonely])
    return days


def _is_plan(file: Path) -> bool:
    return file.name.endswith(PLAN_ENDINGS)


def _name_of_plan(file: Path) -> str:
    ending = next(e for e in PLAN_ENDINGS if file.name.endswith(e))
    return file.name.removesuffix(ending)


def _day(given: GivenDay, number: int) -> Day:
    if isinstance(given, Problem):
        return Day(given.name or f"day {number + 1}", given)
    if isinstance(given, tuple):
        problem, plan = given
        return Day(problem.name or f"day {number + 1}", problem, plan)
    file = Path(given)
    problem = read(file)
    plans = [file.with_name(file.stem + ending) for ending in PLAN_ENDINGS]
    found = next((p for p in plans if p.is_file()), None)
    return Day(file.name, problem, None if found is None else read_solution(problem, found))
