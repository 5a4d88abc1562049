"""Where a plan goes: checked before the search, written after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from routewright.errors import InputError, Issue, UnsupportedError

from .messages import note

if TYPE_CHECKING:
    from routewright.problem import Problem
    from routewright.result import Result


@dataclass(frozen=True, slots=True)
class Destinations:
    """The files of ``-o``."""

    files: tuple[Path, ...]

    @classmethod
    def of(cls, files: Sequence[Path], *, forbidden: str) -> Destinations:
        """Accept files that can be written now, other than the input itself.

        Raises
        ------
        InputError, NotInstalledError
            For the first file that cannot be written, or naming all that collide.
        """
        if not files:
            return cls(())
        from routewright.instances.exports import refuse_destination

        unwritable: list[Issue] = []
        for file in files:
            if file.resolve() == Path(forbidden).resolve():
                unwritable.append(Issue(str(file), "", "is the problem itself; choose another"))
                continue
            try:
                refuse_destination(file)
            except InputError as error:
                unwritable += [Issue(error.source, i.field, i.message) for i in error.issues]
        if unwritable:
            raise InputError(unwritable)
        return cls(tuple(dict.fromkeys(files)))

    def refuse_unfit(self, problem: Problem) -> None:
        """Raise if a file takes a form that cannot hold plans of the problem."""
        if self.files:
            from routewright.instances.exports import refuse_unfit

            for file in self.files:
                refuse_unfit(problem, file)

    def write(self, problem: Problem, result: Result, *, quiet: bool) -> None:
        """Write the result to every file; those that fail are raised together at the end."""
        if not self.files:
            return
        from routewright.instances.exports import write_result

        failed: list[Issue] = []
        for file in self.files:
            try:
                write_result(problem, result, file)
            except InputError as error:
                failed += [Issue(error.source, i.field, i.message) for i in error.issues]
            except UnsupportedError as error:
                failed.append(Issue(str(file), "", str(error)))
            else:
                note(f"wrote {file}", quiet=quiet)
        if failed:
            raise InputError(failed)
