"""``routewright plot``: pictures of a problem, a plan, and a search."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from routewright.errors import InputError, Issue

from . import options as o
from .messages import note

if TYPE_CHECKING:
    from routewright.result import TracePoint


@click.command()
@o.problem_file
@click.option("-s", "--solution", metavar="PLAN", help="Plan to draw.")
@click.option(
    "--trace",
    metavar="FILE",
    help="Draw the cost over time of a search: a result of solve in .json, or the lines "
    "of its --progress jsonl.",
)
@click.option("--windows", is_flag=True, help="Color clients by the opening of their time window.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A .png or .svg file.",
)
@o.rounding
@o.format_name
@o.quiet
def plot(
    file: str,
    solution: str | None,
    trace: str | None,
    windows: bool,
    output: Path | None,
    rounding: str | None,
    format: str | None,
    quiet: bool,
) -> None:
    """Draw a problem, a plan, and the course of a search."""
    from routewright import read, read_solution
    from routewright.instances.exports import PICTURES, refuse_destination
    from routewright.instances.pictures import picture, render
    from routewright.instances.registry import write_bytes

    if output is None:
        raise InputError([Issue("", "--output", "name the picture: -o plan.png or -o plan.svg")])
    if output.suffix.lower() not in PICTURES:
        message = f"{output.suffix!r} is not a picture; use {' or '.join(PICTURES)}"
        raise InputError([Issue("", "--output", message)])
    refuse_destination(output)
    problem = read(file, format=format, rounding=rounding)
    plan = None if solution is None else read_solution(problem, solution)
    points, runtime = ([], None) if trace is None else _read_trace(Path(trace))
    figure = picture(problem, plan, trace=points, runtime=runtime, windows=windows)
    write_bytes(output, render(figure, output.suffix.lower()[1:]))
    note(f"wrote {output}", quiet=quiet)


def _read_trace(file: Path) -> tuple[list[TracePoint], float | None]:
    """Read improvements from a result document, or from lines of JSON."""
    from routewright.result import TracePoint

    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is not a text file in UTF-8"
        raise InputError(f"cannot be read: {reason}", str(file)) from None
    rows, runtime = _trace_rows(text, str(file))
    try:
        points = [
            TracePoint(
                float(r["elapsed" if "elapsed" in r else "t"]),
                int(r["iterations"]),
                r["cost"] + 0,
                bool(r["feasible"]),
            )
            for r in rows
        ]
    except (KeyError, TypeError, ValueError):
        message = "every point needs t, cost, feasible, and iterations"
        raise InputError([Issue("", "trace", message)], str(file)) from None
    if not points:
        raise InputError([Issue("", "trace", "holds no improvement to draw")], str(file))
    return points, runtime


def _trace_rows(text: str, source: str) -> tuple[list[dict[str, Any]], float | None]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError:
        try:
            return [json.loads(line) for line in text.splitlines() if line.strip()], None
        except json.JSONDecodeError:
            message = "is neither a result in JSON nor lines of --progress jsonl"
            raise InputError(message, source) from None
    if isinstance(document, dict) and isinstance(document.get("trace"), list):
        return document["trace"], document.get("runtime")
    if isinstance(document, dict) and "t" in document:
        return [document], None
    raise InputError([Issue("", "trace", "is missing; solve -o result.json writes it")], source)
