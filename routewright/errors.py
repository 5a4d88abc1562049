"""Exceptions, each with the exit code that the command line gives it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, unique


@unique
class ExitStatus(IntEnum):
    """Exit codes of the command line; 0 to 3 agree with VROOM's."""

    FEASIBLE = 0
    INTERNAL = 1
    BAD_INPUT = 2
    ROUTING_SERVICE = 3
    NO_FEASIBLE_PLAN = 4
    PROVEN_INFEASIBLE = 5
    CHECK_FAILED = 6
    NOT_INSTALLED = 7
    INTERRUPTED = 130  # 128 + SIGINT


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong: where it is, what it is, and which rule it breaks.

    Parameters
    ----------
    where
        Line, row, or path of the input (``line 12``, ``clients[3]``); may be empty.
    field
        The field or section concerned; may be empty.
    message
        The bad value, the rule, and what to do about it.
    """

    where: str
    field: str
    message: str

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.where, self.field) if part)
        return f"{place}: {self.message}" if place else self.message


class RoutewrightError(Exception):
    """Base of every error that Routewright raises on purpose."""

    exit_status = ExitStatus.INTERNAL


class InputError(RoutewrightError):
    """The input is not a valid problem, solution, or option; lists every issue at once.

    Parameters
    ----------
    issues
        Everything that is wrong.
    source
        File name, or a word for where the input came from.
    """

    exit_status = ExitStatus.BAD_INPUT

    def __init__(self, issues: Iterable[Issue] | str, source: str = "") -> None:
        if isinstance(issues, str):
            issues = (Issue("", "", issues),)
        self.issues: tuple[Issue, ...] = tuple(issues)
        self.source = source
        prefix = f"{source}: " if source else ""
        super().__init__("\n".join(f"{prefix}{issue}" for issue in self.issues))

    def located(self, source: str) -> InputError:
        """Return the same error, named after the file it came from."""
        return self if self.source else type(self)(self.issues, source)


class InfeasibleError(RoutewrightError):
    """The problem is proven to have no feasible solution; each issue is a proof."""

    exit_status = ExitStatus.PROVEN_INFEASIBLE

    def __init__(self, issues: Sequence[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__("\n".join(str(issue) for issue in self.issues))


class UnsupportedError(RoutewrightError):
    """A solver or writer was asked for attributes that it cannot handle."""

    exit_status = ExitStatus.BAD_INPUT

    def __init__(self, name: str, attributes: Iterable[str], hint: str = "") -> None:
        self.name = name
        self.attributes = tuple(sorted(str(a) for a in attributes))
        message = f"{name} cannot handle: {', '.join(self.attributes)}"
        super().__init__(f"{message}. {hint}" if hint else message)


class NotInstalledError(RoutewrightError):
    """An optional backend is missing; says which extra installs it."""

    exit_status = ExitStatus.NOT_INSTALLED

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"{package} is not installed; install it with: pip install 'routewright[{extra}]'"
        )


class RoutingServiceError(RoutewrightError):
    """A routing or matrix service could not be reached or refused the request."""

    exit_status = ExitStatus.ROUTING_SERVICE


class InternalError(RoutewrightError):
    """A solver and the checker disagree: a defect in Routewright, never a result."""

    exit_status = ExitStatus.INTERNAL
