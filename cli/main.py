"""The entry point: runs the command line and turns every outcome into an exit code.

The commands have no error handling of their own; all of it is here, as in httpie
(Roztocil, https://github.com/httpie/cli, ``httpie/core.py``).
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Sequence

_TRACEBACK = "--traceback"
_INTERRUPTED = 130  # ExitStatus.INTERRUPTED, before anything can be imported


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    argv
        Arguments without the program name; None takes those of the process.

    Returns
    -------
    int
        One of `errors.ExitStatus`.
    """
    started = time.perf_counter()
    for stream in (sys.stdout, sys.stderr):
        # Names may hold any letter, and file names any byte, whatever the locale.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")
    arguments = list(sys.argv[1:] if argv is None else argv)
    traceback = _TRACEBACK in arguments
    arguments = [a for a in arguments if a != _TRACEBACK]
    try:
        # Here, so that Ctrl-C while modules load ends as cleanly as any other.
        from .app import run
        from .session import Session

        return run(arguments, Session(started, as_json="--json" in arguments))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return _INTERRUPTED
    except Exception as error:
        if traceback:
            import traceback as printer

            printer.print_exc()
        from .failures import report_failure

        return report_failure(error, as_json="--json" in arguments)
