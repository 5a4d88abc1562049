"""Errors as users see them: a line each, and an exit code."""

from __future__ import annotations

import json
from collections.abc import Sequence

from routewright.errors import (
    ExitStatus,
    InfeasibleError,
    InputError,
    InternalError,
    Issue,
    RoutewrightError,
)

from .messages import say


class _MissingPackage(RoutewrightError):
    """A dependency that is not there, although nothing optional was asked for."""

    exit_status = ExitStatus.NOT_INSTALLED


def report_failure(error: Exception, *, as_json: bool) -> int:
    """Print an error, one line per issue, and return the exit code that it stands for.

    With ``as_json``, standard output gets a document that lists the same issues.
    """
    error = _as_ours(error)
    status = error.exit_status if isinstance(error, RoutewrightError) else ExitStatus.INTERNAL
    kind = "infeasible" if isinstance(error, InfeasibleError) else "error"
    for line in _lines(error):
        say(kind, line)
    if as_json:
        document = {
            "schema": "routewright/error/1",
            "exit_status": int(status),
            "error": status.name.lower(),
            "issues": [
                {"where": i.where, "field": i.field, "message": i.message} for i in _issues(error)
            ],
        }
        print(json.dumps(document, ensure_ascii=False))
    return int(status)


def _as_ours(error: Exception) -> Exception:
    """A package that cannot be imported is not our defect, unless it is ours."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = error.name.partition(".")[0]
        if package != "routewright":
            return _MissingPackage(f"{package} is not installed; pip install {package}")
    return error


def _lines(error: Exception) -> list[str]:
    if isinstance(error, InternalError):
        return [f"internal: {error}; please report this"]
    if isinstance(error, RoutewrightError):
        return str(error).splitlines() or [type(error).__name__]
    detail = f": {error}" if str(error) else ""
    return [f"internal: {type(error).__name__}{detail}; --traceback shows where, please report it"]


def _issues(error: Exception) -> Sequence[Issue]:
    if isinstance(error, InputError | InfeasibleError):
        return error.issues
    return [Issue("", "", line) for line in _lines(error)]
