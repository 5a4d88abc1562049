"""Rows of numbers in text files: what the positional formats have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from routewright.errors import InputError, Issue
from routewright.model import Model
from routewright.travel import MAX_VALUE, Rounding

_INTEGER = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
LINE_END = re.compile(r"\r\n|\r|\n")

#: What most rows of VRPTW and PDPTW files begin with.
STOP_COLUMNS = ("number", "x", "y", "demand", "ready time", "due date", "service time")


@dataclass(frozen=True)
class Row:
    """A line that is not blank: its number, its text, and its cells."""

    line: int
    text: str

    @cached_property
    def cells(self) -> list[str]:
        """What stands between the white space."""
        return self.text.split()

    @property
    def where(self) -> str:
        """The place, as errors name it."""
        return f"line {self.line}"

    @property
    def is_numeric(self) -> bool:
        """Whether every cell is a number."""
        return all(_DECIMAL.fullmatch(cell) for cell in self.cells)

    @property
    def has_numbers(self) -> bool:
        """Whether some cell is a number."""
        return any(_DECIMAL.fullmatch(cell) for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Stop:
    """A row that describes a depot or a client.

    Parameters
    ----------
    where
        The place, as errors name it.
    number
        First column.
    x, y
        Coordinates.
    demand
        Amount; signed only where the format says so.
    window
        Earliest and latest start of service; None if it was malformed.
    service
        Time at the stop.
    rest
        The whole numbers in the columns that follow.
    """

    where: str
    number: int
    x: float
    y: float
    demand: int
    window: tuple[float, float] | None
    service: float
    rest: tuple[int, ...] = ()


def split_rows(text: str, first: int = 1) -> list[Row]:
    """Return the lines that are not blank; line numbers start at the one that is given."""
    lines = enumerate(LINE_END.split(text), start=first)
    return [Row(i, line.strip()) for i, line in lines if line.strip()]


def split_sections(
    rows: Iterable[Row], required: Sequence[str], optional: Sequence[str] = (), *, cells: Cells
) -> dict[str, list[Row]]:
    """Return the rows by the line that is a section's name; "" for those before the first.

    Raises
    ------
    InputError
        If a section is missing: its rows would be taken for those of another.
    """
    sections: dict[str, list[Row]] = {"": []}
    current = ""
    longest = max(map(len, [*required, *optional]))
    for row in rows:
        name = row.text.upper() if len(row.text) <= longest else ""
        if name not in required and name not in optional:
            sections[current].append(row)
            continue
        if name in sections:
            cells.issue(row.where, name, "the section is repeated")
        current = name
        sections.setdefault(name, [])
    for name in required:
        if name not in sections:
            cells.issue("", name, "the section is missing")
    if not sections.keys() >= set(required):
        raise InputError(cells.issues)
    return sections


def add_stops(
    model: Model, stops: Sequence[Stop], *, deliveries: bool = False, geographic: bool = False
) -> None:
    """Add the first stop as the depot, and the others as clients.

    Parameters
    ----------
    model
        Receives them, with a location each.
    stops
        The rows.
    deliveries
        Whether the demands are brought from the depot.
    geographic
        Whether x and y are latitude and longitude.
    """
    for i, stop in enumerate(stops):
        x, y, where = stop.x, stop.y, stop.where
        if geographic:
            location = model.add_location(lat=x, lon=y, where=where)
        else:
            location = model.add_location(x, y, where=where)
        if i == 0:
            model.add_depot(stop.number, location=location, window=stop.window, where=where)
            continue
        model.add_client(
            stop.number,
            location=location,
            delivery=stop.demand if deliveries else (),
            window=stop.window,
            service=stop.service,
            where=where,
        )


def rounding_note(rounding: Rounding | None, default: Rounding, hint: str) -> str:
    """Return the note that says how distances are rounded, and why."""
    if rounding is None:
        return f"rounding: {default} ({hint})"
    return f"rounding: {rounding}"


class Cells:
    """Reads cells as numbers; what is wrong is added to a list of issues.

    A value that is wrong is replaced by a harmless one, so that reading goes on and
    every issue of the file is found.

    Parameters
    ----------
    issues
        The list to add to.
    """

    def __init__(self, issues: list[Issue]) -> None:
        self.issues = issues
        self.seen: dict[int, str] = {}

    def issue(self, where: str, name: str, message: str) -> None:
        """Record that something is wrong."""
        self.issues.append(Issue(where, name, message))

    def has_columns(self, row: Row, names: Sequence[str]) -> bool:
        """Whether the row has as many cells as there are columns."""
        given, wanted = len(row.cells), len(names)
        if given != wanted:
            columns = "column" if given == 1 else "columns"
            self.issue(
                row.where, "", f"has {given} {columns}; expected {wanted}: {', '.join(names)}"
            )
        return given == wanted

    def number(
        self, row: Row, column: int, name: str, *, at_least: float | None = None
    ) -> float | None:
        """Return a finite number (an int if written as one), or None if it is wrong."""
        cell = row.cells[column]
        value: float
        if _INTEGER.fullmatch(cell) and len(cell) < 20:
            value = int(cell)
        elif _DECIMAL.fullmatch(cell):
            value = float(cell)
        else:
            rule = "must be finite" if _NOT_FINITE.fullmatch(cell) else "is not a number"
            self.issue(row.where, name, f"{cell[:40]!r} {rule}")
            return None
        if abs(value) > MAX_VALUE:
            rule = f"would overflow; the limit is {MAX_VALUE}"
        elif at_least is not None and value < at_least:
            rule = "must not be negative" if at_least == 0 else f"must be at least {at_least}"
        else:
            return value
        self.issue(row.where, name, f"{cell[:40]} {rule}")
        return None

    def whole(self, row: Row, column: int, name: str, *, at_least: int | None = None) -> int | None:
        """Return a whole number, or None if it is wrong; 10.0 is whole."""
        value = self.number(row, column, name, at_least=at_least)
        if value is not None and value != int(value):
            self.issue(row.where, name, f"{row.cells[column]} must be a whole number")
            return None
        return None if value is None else int(value)

    def window(self, row: Row, column: int, names: Sequence[str]) -> tuple[float, float] | None:
        """Return the time window in two columns, or None if it is wrong."""
        early = self.number(row, column, names[0], at_least=0)
        late = self.number(row, column + 1, names[1], at_least=0)
        if early is None or late is None:
            return None
        if early > late:
            self.issue(row.where, names[1], f"closes before it opens: [{early}, {late}]")
            return None
        return early, late

    def is_new(self, row: Row, name: str, number: int | None) -> bool:
        """Whether no row before this one has the same number."""
        if number is None:
            return False
        first = self.seen.setdefault(number, row.where)
        if first != row.where:
            self.issue(row.where, name, f"{number} is repeated; it is already on {first}")
        return first == row.where

    def stop(
        self,
        row: Row,
        names: Sequence[str] = STOP_COLUMNS,
        *,
        signed: bool = False,
    ) -> Stop | None:
        """Return the depot or client in a row, or None if the row is not one.

        Parameters
        ----------
        row
            The row: number, x, y, demand, window, service, and whole numbers.
        names
            Names of the columns.
        signed
            Whether demands may be negative.
        """
        number = self.whole(row, 0, names[0], at_least=0)
        new = self.is_new(row, names[0], number)
        if not self.has_columns(row, names) or number is None:
            return None
        x, y = (self.number(row, i, names[i]) for i in (1, 2))
        demand = self.whole(row, 3, names[3], at_least=None if signed else 0)
        window = self.window(row, 4, names[4:6])
        service = self.number(row, 6, names[6], at_least=0)
        rest = [self.whole(row, i, names[i], at_least=0) for i in range(7, len(names))]
        if not new:
            return None
        return Stop(
            row.where,
            number,
            x or 0,
            y or 0,
            demand or 0,
            window,
            service or 0,
            tuple(value or 0 for value in rest),
        )

    def stops(
        self, rows: Iterable[Row], names: Sequence[str] = STOP_COLUMNS, *, signed: bool = False
    ) -> list[Stop]:
        """Return the depot, which comes first and has number 0, and the clients.

        Empty if there is no depot; the issues then say so.
        """
        rows = list(rows)
        found = [self.stop(row, names, signed=signed) for row in rows]
        stops = [stop for stop in found if stop is not None]
        if not rows:
            self.issue("", names[0], "there are no rows; the depot and the clients are missing")
        elif found[0] is not None:
            self._check_depot(found[0], names)
        if len(rows) == 1:
            self.issue(rows[0].where, "", "the depot is the only row; the clients are missing")
        return stops

    def _check_depot(self, depot: Stop, names: Sequence[str]) -> None:
        if depot.number != 0:
            message = f"the first row must be the depot, number 0, not {depot.number}"
            self.issue(depot.where, names[0], message)
        neutral = [(3, depot.demand), (6, depot.service), *enumerate(depot.rest, start=7)]
        for column, value in neutral:
            if value:
                self.issue(depot.where, names[column], f"{value} must be 0 at the depot")
