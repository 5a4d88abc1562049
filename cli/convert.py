"""``routewright convert``: a problem from one format into another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from routewright.errors import InputError, Issue

from . import options as o
from .messages import note

if TYPE_CHECKING:
    from routewright.problem import Problem


@click.command()
@o.problem_file
@click.argument("out", metavar="OUT")
@click.option("--from", "source", metavar="NAME", help="Format of FILE; default: by its content.")
@click.option("--to", "target", metavar="NAME", help="Format of OUT; default: by its suffix.")
@o.rounding
@o.quiet
def convert(
    file: str,
    out: str,
    source: str | None,
    target: str | None,
    rounding: str | None,
    quiet: bool,
) -> None:
    """Write a problem in another format.

    What that format cannot express is refused by name. OUT may be - for standard
    output, with --to.
    """
    from routewright import read

    refuse_target(out, target, "--to")
    if file != "-" and Path(file).resolve() == Path(out).resolve():
        raise InputError([Issue("", "OUT", "is the problem itself; choose another file")], out)
    problem = read(file, format=source, rounding=rounding)
    for remark in problem.notes:
        note(remark, quiet=quiet)
    save_problem(problem, out, target, quiet=quiet)


def refuse_target(out: str, format: str | None, option: str) -> None:
    """Raise InputError unless a problem can be written to this file now."""
    from routewright.instances.exports import refuse_unwritable

    if out != "-":
        refuse_unwritable(Path(out))
    elif format is None:
        raise InputError([Issue("", option, "name the format for standard output")])


def save_problem(problem: Problem, out: str, format: str | None, *, quiet: bool) -> None:
    """Write a problem and say so."""
    from routewright import write

    from .describe import sizes

    write(problem, out, format=format)
    if out != "-":
        note(f"wrote {out}: {sizes(problem)}", quiet=quiet)
