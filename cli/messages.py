"""Messages on standard error: everything that is not a result."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_LIBRARY = "routewright"

#: ANSI colors of the words that open a message.
_COLORS = {"error": "31", "infeasible": "31", "warning": "33", "note": "36"}


def say(kind: str, text: str) -> None:
    """Print a message as ``kind: text`` on standard error."""
    opening = f"{kind}:"
    if sys.stderr.isatty() and "NO_COLOR" not in os.environ and kind in _COLORS:
        opening = f"\x1b[1;{_COLORS[kind]}m{opening}\x1b[0m"
    print(f"{opening} {text}", file=sys.stderr, flush=True)


def note(text: str, *, quiet: bool = False) -> None:
    """Print a remark that the user should read, unless quiet."""
    if not quiet:
        say("note", text)


class _Notes(logging.Handler):
    """Shows what the library logs, as a note or a warning."""

    def emit(self, record: logging.LogRecord) -> None:
        say("note" if record.levelno < logging.WARNING else "warning", record.getMessage())


def hush() -> None:
    """Show no more than warnings until the call ends."""
    logging.getLogger(_LIBRARY).setLevel(logging.WARNING)


@contextmanager
def announcements() -> Iterator[None]:
    """Show what the library logs or warns about, such as the compilation of kernels."""
    logger = logging.getLogger(_LIBRARY)
    handler, level = _Notes(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_, **__: say("warning", str(message))
            yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
