"""What a running search shows on standard error: a bar, JSON lines, or nothing."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from routewright.errors import InputError, Issue

if TYPE_CHECKING:
    from rich.text import Text

    from routewright.result import TracePoint

MODES = ("auto", "bar", "jsonl", "none")
_BAR_WIDTH = 30

#: Called with every improvement.
Listener = Callable[["TracePoint"], None]


def chosen_mode(mode: str) -> str:
    """Return ``bar``, ``jsonl``, or ``none``; ``auto`` is a bar on a terminal.

    Raises
    ------
    InputError
        If there is no such mode.
    """
    if mode not in MODES:
        message = f"{mode!r} is not a mode; choose from {', '.join(MODES)}"
        raise InputError([Issue("", "--progress", message)])
    if mode == "auto":
        return "bar" if sys.stderr.isatty() else "none"
    return mode


@contextmanager
def shown(mode: str, started: float, time_limit: float) -> Iterator[Listener]:
    """Show the progress of a search while the context lasts."""
    if mode == "bar":
        with _bar(started, time_limit) as listener:
            yield listener
    else:
        yield _print_line if mode == "jsonl" else _ignore


def _ignore(point: TracePoint) -> None:
    """Show nothing."""


def _print_line(point: TracePoint) -> None:
    line = {
        "t": round(point.elapsed, 4),
        "cost": point.cost,
        "feasible": point.feasible,
        "iterations": point.iterations,
    }
    print(json.dumps(line), file=sys.stderr, flush=True)


@contextmanager
def _bar(started: float, time_limit: float) -> Iterator[Listener]:
    from rich.console import Console
    from rich.live import Live

    latest: list[TracePoint] = []

    def render() -> Text:
        elapsed = time.perf_counter() - started
        return _line(elapsed, time_limit, latest[-1] if latest else None)

    console = Console(file=sys.stderr, highlight=False)
    with Live(get_renderable=render, console=console, refresh_per_second=8, transient=True):
        yield latest.append


def _line(elapsed: float, time_limit: float, best: TracePoint | None) -> Text:
    from rich.text import Text

    line = Text(no_wrap=True, overflow="ellipsis")
    if math.isfinite(time_limit) and time_limit > 0:
        done = round(_BAR_WIDTH * min(1.0, elapsed / time_limit))
        line.append("━" * done, style="blue")
        line.append("━" * (_BAR_WIDTH - done), style="bright_black")
        line.append(f" {elapsed:.1f} / {time_limit:g} s")
    else:
        line.append(f"{elapsed:.1f} s")
    if best is not None:
        verdict = "" if best.feasible else " (breaks rules)"
        line.append(f"   cost {best.cost:.10g}{verdict}", style="bold")
        line.append(f"   found at {best.elapsed:.1f} s", style="bright_black")
    return line
