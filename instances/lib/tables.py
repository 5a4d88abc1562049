"""Sections of keyword files as numbers: tables by id, lists of ids, and streams.

Well-formed sections take a short path without a look at single cells. Everything else is
read again cell by cell, to name every line that is wrong.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from routewright.instances.columns import Row
from routewright.travel import MAX_VALUE, FloatArray

from .sections import Document, Section

Numbers = npt.NDArray[np.int64] | npt.NDArray[np.float64]
_SHOWN = 5
#: What plain numbers are not made of.
_UNUSUAL = re.compile(r"[^-+.0-9eE \t\n]")
#: A spoiled matrix could fill the screen with its cells.
_MOST_ISSUES = 20


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds.

    Parameters
    ----------
    name
        Its name in messages.
    whole
        Whether whole numbers are promised.
    signed
        Whether numbers may be negative.
    unlimited
        Whether ``inf`` may stand for "no limit".
    """

    name: str
    whole: bool = False
    signed: bool = False
    unlimited: bool = False


@dataclass(frozen=True)
class Table:
    """A section with one row per id.

    Parameters
    ----------
    name
        Name of the section.
    columns
        Numbers of each column after the id, in the order of the ids.
    lines
        Line of each id.
    """

    name: str
    columns: list[list[float]]
    lines: list[int]

    @property
    def rows(self) -> list[tuple[float, ...]]:
        """The numbers of each id."""
        return list(zip(*self.columns, strict=True))

    @cached_property
    def places(self) -> list[str]:
        """Place of the row of each id, as errors name it."""
        return [f"line {line}" for line in self.lines]

    def where(self, index: int) -> str:
        """Place of the row of id ``index + 1``, as errors name it."""
        return self.places[index]


def read_table(
    doc: Document,
    key: str,
    size: int | None,
    columns: Sequence[Column],
    *,
    repeat: bool = False,
    required: bool = False,
) -> Table | None:
    """Read a section of rows ``id value ...``, with every id from 1 to size once.

    Parameters
    ----------
    doc
        The file; receives an issue for everything that is wrong.
    key
        Name of the section, without ``_SECTION``.
    size
        Number of ids; None if it is not known, which is an issue already.
    columns
        What follows the id.
    repeat
        Whether the last column stands for one or more of its kind.
    required
        Whether it is an issue if the section is missing.

    Returns
    -------
    Table or None
        None if there is no such section, or if its ids or columns are wrong.
    """
    section = doc.section(key, required=required)
    if section is None or size is None:
        return None
    if table := _clean(section, size, columns, repeat):
        return table
    rows = section.rows
    if len(rows) == size + 1 and rows[-1].text == "-1":
        rows = rows[:-1]
    if repeat and rows:
        columns = _repeated(columns, len(rows[0].cells))
    return _Careful(doc, section, rows).table(size, columns)


def _repeated(columns: Sequence[Column], width: int) -> list[Column]:
    """Columns behind the id, of which the last stands for all that are left of the width."""
    return [*columns, *[columns[-1]] * (width - 1 - len(columns))]


def _clean(section: Section, size: int, columns: Sequence[Column], repeat: bool) -> Table | None:
    """Read a section in which nothing is unusual at once; None if anything is."""
    if len(section.blocks) != 1:
        return None
    first, text = section.blocks[0]
    if _UNUSUAL.search(text):
        return None
    try:
        numbers = np.loadtxt(io.StringIO(text), ndmin=2, comments=None)
    except ValueError:  # rows of different widths, or what is no number
        return None
    if repeat:
        columns = _repeated(columns, numbers.shape[1])
    usual = numbers.shape == (size, len(columns) + 1)
    if not usual or not (numbers[:, 0] == np.arange(1, size + 1)).all():
        return None
    if np.abs(numbers).max(initial=0) >= MAX_VALUE:
        return None
    found = [_column(values, c) for values, c in zip(numbers.T[1:], columns, strict=True)]
    lines = [first + i for i, row in enumerate(text.split("\n")) if row and not row.isspace()]
    kept = [column for column in found if column is not None]
    return Table(section.name, kept, lines) if len(kept) == len(found) else None


def _column(values: FloatArray, column: Column) -> list[float] | None:
    """Return numbers as whole ones if all are; None if they are not what the column holds."""
    if not column.signed and values.min(initial=0) < 0:
        return None
    if (values == np.rint(values)).all():
        return list[float](values.astype(np.int64).tolist())
    return None if column.whole else list[float](values.tolist())


def _quick(cells: Sequence[str], column: Column) -> list[float] | None:
    """Return the numbers of a column, or None if something about it is unusual."""
    text = " ".join(cells)
    if "_" in text or not text.isascii():  # Python's own readings of numbers
        return None
    try:
        numbers: list[float] = list(map(int, cells))
    except ValueError:
        if column.whole:
            return None
        try:
            numbers = list(map(float, cells))
        except ValueError:
            return None
    low, high = min(numbers), max(numbers)
    usual = -MAX_VALUE * column.signed <= low and high <= MAX_VALUE
    return numbers if usual and not any(map(math.isnan, numbers)) else None


class _Careful:
    """Reads a section cell by cell and records everything that is wrong with it."""

    def __init__(self, doc: Document, section: Section, rows: list[Row]) -> None:
        self.doc = doc
        self.section = section
        self.rows = rows
        self.ids: dict[int, Row] = {}

    def number(self, row: Row, position: int, column: Column) -> float:
        name = f"{self.section.name} {column.name}"
        if column.unlimited and row.cells[position].lower() in ("inf", "infinity"):
            return math.inf
        read = self.doc.cells.whole if column.whole else self.doc.cells.number
        value = read(row, position, name, at_least=None if column.signed else 0)
        return 0 if value is None else value

    def take_id(self, row: Row, size: int | None) -> int | None:
        """Return the id of a row, or None if it is wrong or repeated."""
        name = f"{self.section.name} id"
        number = self.doc.cells.whole(row, 0, name, at_least=1)
        if number is None:
            return None
        if size is not None and number > size:
            self.doc.issue(row.where, name, f"{number} is out of range; ids go from 1 to {size}")
            return None
        if number in self.ids:
            first = self.ids[number].where
            self.doc.issue(row.where, name, f"{number} is repeated; it is already on {first}")
            return None
        self.ids[number] = row
        return number

    def table(self, size: int, columns: Sequence[Column]) -> Table | None:
        values: dict[int, list[float]] = {}
        before = len(self.doc.issues)
        for row in self.rows:
            number = self.take_id(row, size)
            if not self.doc.cells.has_columns(row, ["id", *(c.name for c in columns)]):
                continue
            numbers = [self.number(row, i, c) for i, c in enumerate(columns, start=1)]
            if number is not None:
                values[number] = numbers
        self.complete(size)
        if len(values) < size or len(self.doc.issues) > before:
            return None
        order = sorted(values)
        columns_ = [list(column) for column in zip(*(values[i] for i in order), strict=True)]
        return Table(self.section.name, columns_, [self.ids[i].line for i in order])

    def complete(self, size: int) -> None:
        """Record which ids have no row."""
        count = size - len(self.ids)
        if count <= 0:
            return
        missing = (i for i in range(1, size + 1) if i not in self.ids)
        shown = ", ".join(str(i) for i, _ in zip(missing, range(_SHOWN), strict=False))
        more = ", ..." if count > _SHOWN else ""
        message = f"{count} of {size} rows are missing: {shown}{more}"
        self.doc.issue(self.section.where, self.section.name, message)


def read_lists(
    doc: Document, key: str, size: int | None, highest: int | None, what: str
) -> list[tuple[Row, list[int]]] | None:
    """Read a section of rows ``id item ...``, each as long as it likes.

    Parameters
    ----------
    doc
        The file; receives an issue for everything that is wrong.
    key
        Name of the section, without ``_SECTION``.
    size
        Number of ids; None takes the number of rows.
    highest
        Items go from 1 to here; None if it is not known, which is an issue already.
    what
        What an item is.
    """
    section = doc.section(key)
    if section is None or highest is None:
        return None
    size = len(section.rows) if size is None else size
    careful = _Careful(doc, section, section.rows)
    found: dict[int, tuple[Row, list[int]]] = {}
    for row in section.rows:
        number = careful.take_id(row, size)
        end = -1 if len(row.cells) > 1 and row.cells[-1] == "-1" else None
        items = list(_items(doc, section, row, row.cells[1:end], highest, what))
        if number is not None:
            found[number] = (row, items)
    careful.complete(size)
    return [found[i] for i in sorted(found)]


def _items(
    doc: Document, section: Section, row: Row, cells: Sequence[str], highest: int, what: str
) -> Iterator[int]:
    name = f"{section.name} {what}"
    seen = set()
    single = Row(row.line, " ".join(cells))
    for i, cell in enumerate(cells):
        number = doc.cells.whole(single, i, name)
        if number is None:
            continue
        if not 1 <= number <= highest:
            message = f"{cell} is out of range; there are 1 to {highest}"
            doc.issue(row.where, name, message)
        elif number in seen:
            doc.issue(row.where, name, f"{number} is repeated")
        else:
            seen.add(number)
            yield number


def read_ids(doc: Document, key: str, highest: int | None) -> list[int] | None:
    """Read a section that lists ids up to -1 or its end; None if there is none."""
    section = doc.section(key)
    if section is None or highest is None:
        return None
    found: list[int] = []
    seen: set[int] = set()
    for row, cells in _until_end(doc, section):
        for number in _items(doc, section, row, cells, highest, "id"):
            if number in seen:
                doc.issue(row.where, f"{section.name} id", f"{number} is repeated")
            else:
                seen.add(number)
                found.append(number)
    if not section.rows or section.rows[0].text == "-1":
        doc.issue(section.where, section.name, "the section is empty")
    return found


def read_pairs(doc: Document, key: str, highest: int | None) -> list[tuple[int, int]]:
    """Read a section of pairs of different ids, up to -1 or its end."""
    section = doc.section(key)
    if section is None or highest is None:
        return []
    stream = [
        (row, cell) for row, cells in _until_end(doc, section) for cell in cells
    ]  # line breaks carry no meaning
    pairs = []
    for (row, a), (_, b) in zip(stream[::2], stream[1::2], strict=False):
        pair = list(_items(doc, section, row, (a, b), highest, "id"))
        if len(pair) == 2:
            pairs.append((pair[0], pair[1]))
    if len(stream) % 2:
        doc.issue(stream[-1][0].where, section.name, "the last id has no partner")
    return pairs


def _until_end(doc: Document, section: Section) -> Iterator[tuple[Row, list[str]]]:
    ended = False
    for row in section.rows:
        cells = row.cells
        if ended:
            doc.issue(row.where, section.name, f"{row.text[:40]!r} comes after the -1 at its end")
            return
        if "-1" in cells:
            ended = True
            end = cells.index("-1")
            if cells[end + 1 :]:
                doc.issue(row.where, section.name, f"{cells[end + 1]!r} comes after the -1")
            cells = cells[:end]
        yield row, cells


def read_stream(doc: Document, section: Section, *, least: int = 0) -> Numbers | None:
    """Read a section as one stream of numbers, or return None with issues."""
    cells = [cell for row in section.rows for cell in row.cells]
    if not cells:
        return np.zeros(0, dtype=np.int64)
    numbers = _quick(cells, Column("weight", signed=least < 0))
    if numbers is not None and min(numbers) >= least:
        if isinstance(numbers[0], int):
            return np.array(numbers, dtype=np.int64)
        return np.array(numbers, dtype=np.float64)
    before = len(doc.issues)
    values = []
    for row in section.rows:
        for i in range(len(row.cells)):
            values.append(doc.cells.number(row, i, f"{section.name} weight", at_least=least))
        if len(doc.issues) - before > _MOST_ISSUES:
            doc.issue(row.where, section.name, "there may be more; only the first are listed")
            break
    if len(doc.issues) > before:
        return None
    return np.array(values, dtype=np.float64)
