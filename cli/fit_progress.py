"""What a fit shows on standard error: a bar for every part, or JSON lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Watch = Callable[[str, float], None]


@contextmanager
def shown(mode: str) -> Iterator[Watch]:
    """Show a fit while the context lasts; ``mode`` is bar, jsonl, or none."""
    if mode == "bar":
        with _bar() as watch:
            yield watch
    else:
        yield _print_line if mode == "jsonl" else lambda what, share: None


def _print_line(what: str, share: float) -> None:
    print(json.dumps({"part": what, "done": round(share, 4)}), file=sys.stderr, flush=True)


@contextmanager
def _bar() -> Iterator[Watch]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeElapsedColumn(),
        TextColumn("left"),
        Remaining(),
    )
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress:
        tasks = dict[str, TaskID]()

        def watch(what: str, share: float) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=1.0)
            progress.update(tasks[what], completed=share)

        yield watch
