"""Arguments and options that commands share, as data."""

from __future__ import annotations

import click

problem_file = click.argument("file", metavar="FILE")
format_name = click.option(
    "--format", "format", metavar="NAME", help="Format of FILE; default: by its content."
)
rounding = click.option(
    "--rounding",
    metavar="RULE",
    help="none, nint, trunc, dec1, or exact; default: that of the format.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print exactly one JSON document.")
quiet = click.option("-q", "--quiet", is_flag=True, help="No notes on standard error.")
verbose = click.option("-v", "--verbose", is_flag=True, help="Show everything in full.")
