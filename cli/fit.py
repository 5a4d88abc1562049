"""``routewright fit``: learn from past days, and report whether that helps on later ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from routewright.errors import ExitStatus, InputError, Issue

from . import options as o
from .interrupts import run_interruptible
from .messages import note
from .progress import chosen_mode

if TYPE_CHECKING:
    import threading

    from routewright.solvers.history.report import FitReport

_POSITIVE = click.FloatRange(min=0, min_open=True)


@click.command()
@click.argument("days", metavar="DAYS", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    "folder",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    required=True,
    help="For the report, the models, and what past days remember.",
)
@click.option(
    "--minutes", type=_POSITIVE, default=60.0, metavar="M", help="For all of it; default: 60."
)
@click.option(
    "--time",
    "time_limit",
    type=_POSITIVE,
    default=1.0,
    metavar="S",
    help="Seconds for each plan that is compared; default: 1.",
)
@click.option(
    "--later",
    type=click.IntRange(min=1),
    metavar="N",
    help="Last days to compare on; default: a fifth.",
)
@click.option(
    "--identity",
    default="auto",
    metavar="HOW",
    help="Clients are known by name or place; default: auto.",
)
@click.option("--mixed", is_flag=True, help="Days may differ in the attributes that they use.")
@click.option("--no-learning", is_flag=True, help="Train nothing: compare what needs no network.")
@click.option("--threads", type=click.IntRange(min=1), metavar="N", help="Default: all cores.")
@click.option("--seed", type=click.IntRange(min=0), default=0, metavar="N", help="Default: 0.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--progress", metavar="MODE", default="auto", help="auto, bar, jsonl, or none.")
@o.quiet
def fit(
    days: Path, folder: Path, no_learning: bool, as_json: bool, progress: str, **values: Any
) -> int:
    """Learn from the folder DAYS, and report whether it helps.

    Files are days in the order of their names; a plan beside a file (monday.json and
    monday.sol) is taken as it is. The last days are held out to compare on.
    """
    quiet = values.pop("quiet")
    if (folder / "report.json").exists():
        message = f"{folder} holds the report of a fit already; name another folder"
        raise InputError([Issue("", "--output", message)])
    if not no_learning:
        from routewright.neural import require_torch

        require_torch()
    from routewright.facade import fit as fit_days

    from .fit_progress import shown

    def work(interrupt: threading.Event) -> FitReport:
        with shown(chosen_mode(progress)) as watch:
            return fit_days(
                days, folder, learn=not no_learning, watch=watch, interrupt=interrupt, **values
            )

    report, interrupted = run_interruptible(work, "the report so far")
    print(report.to_json() if as_json else report.to_markdown())
    note(f"{folder / 'report.md'} holds the report", quiet=quiet)
    return ExitStatus.INTERRUPTED if interrupted else ExitStatus.FEASIBLE
