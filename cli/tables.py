"""Aligned text on standard output, fitted to the width of the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

Cell = str | Text


def show(*parts: Cell | Table) -> None:
    """Print tables, and texts without wrapping them, on standard output."""
    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    for part in parts:
        with console.capture() as captured:
            console.print(part, soft_wrap=not isinstance(part, Table))
        # Tables are padded to their full width, which only gets in the way in files.
        lines = (line.rstrip(" ") for line in captured.get().split("\n"))
        sys.stdout.write("\n".join(lines))


def heading(name: str, words: str = "") -> Text:
    """Return a bold name, and words about it."""
    return Text.assemble((name, "bold"), f"  {words}" if words else "")


def facts(rows: Iterable[tuple[str, Cell]]) -> Table:
    """Return a list of names and values, with long values wrapped beside their names."""
    table = Table.grid(padding=(0, 2), pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(f"  {name}", _text(value))
    return table


def listing(
    heads: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    align: str,
    *,
    wrap_last: bool = True,
) -> Table:
    """Return a table with a header, as wide as the terminal at most.

    Parameters
    ----------
    heads, rows
        Texts of the header and of each row.
    align
        A letter per column: ``l`` for left, ``r`` for right.
    wrap_last
        Whether the last column continues on the next line where it is too long; else
        it ends with an ellipsis. All others keep their width.
    """
    cells = [[_text(cell) for cell in row] for row in rows]
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", expand=True)
    for position, (head, side) in enumerate(zip(heads, align, strict=True)):
        last = position == len(heads) - 1
        widest = max(cell_len(t.plain) for t in [Text(head), *(r[position] for r in cells)])
        table.add_column(
            Text(head),
            justify="right" if side == "r" else "left",
            no_wrap=not (last and wrap_last),
            overflow="fold" if last and wrap_last else "ellipsis",
            width=None if last else widest,
            ratio=1 if last else None,
        )
    for row in cells:
        table.add_row(*row)
    return table


def _text(cell: Cell) -> Text:
    return cell if isinstance(cell, Text) else Text(cell)
