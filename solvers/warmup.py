"""Compiling kernels ahead of the clock, and knowing whether that has been done.

Compiled code is kept between processes, in a directory of its own for every version of
the kernels. A record beside the code says which kernels have been compiled on this
machine, so that callers can announce the wait of a first run.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from .kernels import CACHE, COMPILED
from .kernels.cache import fingerprint, old_caches
from .kernels.calls import CALLS
from .warmup_calls import call_kernels, compile_apart

__all__ = [
    "cache_directory",
    "expected_seconds",
    "kernels_ready",
    "old_cache_directories",
    "prepare",
    "warmup",
]

#: Seconds to compile a kernel that has not been compiled here, for announcements.
_TYPICAL_SECONDS = 6.5

_loaded: set[str] = set()
_log = logging.getLogger("routewright")


def warmup(
    report: Callable[[str, float], None] | None = None, processes: int = 1
) -> dict[str, float]:
    """Compile every kernel, or load it where it has been compiled before.

    Parameters
    ----------
    report
        Called after each kernel with its name and the seconds it took.
    processes
        How many processes compile; with more than one, the calling script has to be
        safe to import (``if __name__ == "__main__"``).

    Returns
    -------
    dict of str to float
        Seconds by kernel, of one processor each.
    """
    missing = [name for name in CALLS if not kernels_ready([name])]
    if processes < 2 or len(missing) < 2:
        return _call(list(CALLS), report)
    compiled = compile_apart(missing, processes, report)
    _record(compiled)
    loaded = _call(list(CALLS), None if report is None else _unless(compiled, report))
    return {**loaded, **compiled}


def _unless(
    known: dict[str, float], report: Callable[[str, float], None]
) -> Callable[[str, float], None]:
    """Report only kernels that are not known."""
    return lambda name, seconds: None if name in known else report(name, seconds)


def prepare(names: Iterable[str]) -> None:
    """Compile or load some kernels; those already loaded in this process cost nothing.

    A wait for the compiler is announced on the logger ``routewright``.
    """
    wanted = [name for name in names if name not in _loaded]
    if not wanted:
        return
    if not kernels_ready(wanted):
        _log.info(
            "compiling kernels (first run, about %.0f s; `routewright warmup` does this ahead)",
            expected_seconds(wanted),
        )
    _call(wanted, None)


def _call(names: list[str], report: Callable[[str, float], None] | None) -> dict[str, float]:
    """Call each kernel once, take the time, and record that it has been compiled."""
    seconds = call_kernels(names, report)
    _loaded.update(names)
    if COMPILED and not set(names) <= set(_recorded()):
        _record(seconds)
    return seconds


def kernels_ready(names: Iterable[str] = tuple(CALLS)) -> bool:
    """Whether these kernels (all, if none are named) need no compilation on this machine."""
    return not COMPILED or set(names) <= _loaded | set(_recorded())


def expected_seconds(names: Iterable[str] = tuple(CALLS)) -> float:
    """Roughly how long it takes to compile those of the kernels that are not ready."""
    ready = _loaded | set(_recorded()) if COMPILED else set(names)
    return _TYPICAL_SECONDS * len(set(names) - ready)


def cache_directory() -> Path:
    """Where the compiled kernels of this version are kept."""
    return CACHE


def old_cache_directories() -> list[Path]:
    """Directories of other versions, which nothing uses until that version runs again."""
    return old_caches(CACHE)


def _record_file() -> Path:
    return CACHE / f"ready-{fingerprint()}.json"


def _recorded() -> dict[str, float]:
    try:
        seconds: dict[str, float] = json.loads(_record_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return seconds


def _record(seconds: dict[str, float]) -> None:
    """Add to the record, whole or not at all: other processes may be reading it.

    If it cannot be written, the next process announces a wait that does not come.
    """
    with suppress(OSError):
        _replace_record({**_recorded(), **seconds})


def _replace_record(record: dict[str, float]) -> None:
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=CACHE, suffix=".tmp", delete=False
    ) as handle:
        json.dump(record, handle)
    os.replace(handle.name, _record_file())
