"""What a training shows on standard error: a bar with the time left, or JSON lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routewright.neural.options import Moment

Watch = Callable[["Moment"], None]


@contextmanager
def shown(mode: str) -> Iterator[Watch]:
    """Show a training while the context lasts; ``mode`` is bar, jsonl, or none."""
    if mode == "bar":
        with _bar() as watch:
            yield watch
    else:
        yield _print_line if mode == "jsonl" else _print_checkpoint


def _print_line(moment: Moment) -> None:
    line = {
        "step": moment.step,
        "seconds": round(moment.seconds, 1),
        "done": round(moment.fraction, 4),
        "cost": round(moment.cost, 5),
    }
    if moment.validation is not None:
        line["validation"] = moment.validation  # type: ignore[assignment]
    print(json.dumps(line), file=sys.stderr, flush=True)


def _print_checkpoint(moment: Moment) -> None:
    if moment.validation is not None:
        print(_line(moment), file=sys.stderr, flush=True)


def _line(moment: Moment) -> str:
    costs = ", ".join(f"{name} {cost:.4f}" for name, cost in (moment.validation or {}).items())
    return f"checkpoint at step {moment.step}, {moment.seconds:.0f} s: {costs}"


@contextmanager
def _bar() -> Iterator[Watch]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeElapsedColumn(),
        TextColumn("left"),
        Remaining(),
        TextColumn("step {task.fields[step]}, cost {task.fields[cost]:.4f}"),
    )
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress:
        task = progress.add_task("", total=1.0, step=0, cost=0.0)

        def watch(moment: Moment) -> None:
            progress.update(task, completed=moment.fraction, step=moment.step, cost=moment.cost)
            if moment.validation is not None:
                progress.console.print(_line(moment))

        yield watch
