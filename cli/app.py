"""The commands, put together."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

import routewright
from routewright.errors import ExitStatus

from .check import check
from .convert import convert
from .doctor import doctor
from .fit import fit
from .generate import generate
from .info import info
from .messages import announcements
from .models import models
from .plot import plot
from .schema import schema
from .session import Session
from .solve import solve
from .train import train
from .warmup import warmup


class _InOrder(click.Group):
    """Lists its commands in the order of use, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(
    cls=_InOrder,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog="Exit codes: 0 feasible or done, 1 internal, 2 usage or bad input, 3 routing "
    "service, 4 no feasible plan found, 5 proven infeasible, 6 violations found, "
    "7 not installed, 130 interrupted.",
)
@click.version_option(routewright.__version__, message="routewright %(version)s")
@click.option("--traceback", is_flag=True, help="Show where an error came from; works anywhere.")
def app(traceback: bool) -> None:
    """Solve and check traveling-salesman and vehicle-routing problems."""


_COMMANDS = (
    solve,
    check,
    convert,
    info,
    generate,
    plot,
    train,
    fit,
    models,
    schema,
    warmup,
    doctor,
)

for _command in _COMMANDS:
    app.add_command(_command)


def run(arguments: Sequence[str], session: Session) -> int:
    """Parse the arguments, run the command, and return its exit code.

    Errors of usage are printed and give 2; all other exceptions pass through.
    """
    try:
        with announcements():
            status = app.main(
                list(arguments), prog_name="routewright", standalone_mode=False, obj=session
            )
    except click.ClickException as error:
        error.show()
        return ExitStatus.BAD_INPUT
    except click.Abort:  # what click makes of Ctrl-C
        status = ExitStatus.INTERRUPTED
    if status == ExitStatus.INTERRUPTED:
        print("interrupted", file=sys.stderr)
    return int(status or ExitStatus.FEASIBLE)
