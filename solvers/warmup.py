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
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from routewright.arrays import ProblemArrays
from routewright.model import Model

from .kernels import CACHE, COMPILED
from .kernels.cache import fingerprint, old_caches
from .kernels.calls import CALLS

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


def warmup(report: Callable[[str, float], None] | None = None) -> dict[str, float]:
    """Compile every kernel, or load it where it has been compiled before.

    Parameters
    ----------
    report
        Called after each kernel with its name and the seconds it took.

    Returns
    -------
    dict of str to float
        Seconds by kernel.
    """
    return _call(list(CALLS), report)


def prepare(names: Iterable[str]) -> None:
    """Compile or load some kernels; those already loaded in this process cost nothing.

    A wait for the compiler is announced on the logger ``routewright``.
    """
    wanted = [name for name in names if name not in _loaded]
    if not kernels_ready(wanted):
        _log.info(
            "compiling kernels (first run, about %.0f s; `routewright warmup` does this ahead)",
            expected_seconds(wanted),
        )
    if wanted:
        _call(wanted, None)


def _call(names: list[str], report: Callable[[str, float], None] | None) -> dict[str, float]:
    """Call each kernel once, take the time, and record that it has been compiled."""
    seconds: dict[str, float] = {}
    arrays = _tiny_arrays()
    for name in names:
        begin = time.perf_counter()
        CALLS[name](arrays)
        seconds[name] = time.perf_counter() - begin
        _loaded.add(name)
        if report is not None:
            report(name, seconds[name])
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


def _tiny_arrays() -> ProblemArrays:
    """Arrays of a problem in which every array has an entry, so that all types are seen."""
    model = Model("tiny")
    for x in (0.0, 9.0):
        model.add_depot(x=x, y=0, window=(0, 1000), service=1)
    group = model.add_group()
    for x in range(1, 7):
        model.add_client(
            x=x,
            y=2 * x,
            delivery=(1, 0),
            pickup=(0, 1),
            windows=((0, 400), (500, 1000)),
            service=1,
            release=x,
            prize=1,
            required=x > 2,
            group=group if x <= 2 else None,
            skills=("lift",),
        )
    model.add_shipment(2, 3, (1, 1))
    model.add_precedence(4, 5)
    model.add_vehicle_type(
        count=3,
        capacity=(20, 20),
        end=1,
        shift=(0, 1000),
        max_distance=500,
        max_duration=900,
        max_overtime=50,
        max_stops=6,
        max_reloads=1,
        reload_depots=(0, 1),
        fixed_cost=10,
        unit_duration_cost=1,
        unit_overtime_cost=2,
        skills=("lift",),
    )
    model.add_vehicle_type(capacity=(20, 20), end=None, skills=("lift",))
    return model.problem().arrays()
