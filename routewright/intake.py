"""Numbers as users give them: accepted, or recorded as issues and replaced by 0."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import Issue
from .units import Real, Time, parse_time

_LARGEST = 1 << 62

#: One amount, or one per capacity dimension.
Amounts = Real | Sequence[Real]


class Intake:
    """Reads numbers, times, windows, amounts, and matrices; collects what is wrong.

    Parameters
    ----------
    origin
        The instant that is time 0, for datetimes.
    """

    def __init__(self, origin: datetime | None = None) -> None:
        self.origin = origin
        self.issues: list[Issue] = []

    def issue(self, where: str, name: str, message: str) -> None:
        """Record an issue."""
        self.issues.append(Issue(where, name, message))

    def number(
        self,
        where: str,
        name: str,
        value: Any,
        *,
        negative: bool = False,
        unlimited: bool = False,
    ) -> Real:
        """Return a finite number (an int stays one), or record an issue and return 0."""
        if type(value) is int or isinstance(value, Fraction):
            if -_LARGEST * negative <= value <= _LARGEST:
                return value
        elif isinstance(value, float | np.floating | np.integer) and not isinstance(value, bool):
            number = value.item() if isinstance(value, np.generic) else value
            if math.isinf(number) and number > 0 and unlimited:
                return math.inf
            if -_LARGEST * negative <= number <= _LARGEST:
                return float(number) if isinstance(number, float) else int(number)
        else:
            self.issue(where, name, f"{value!r} is not a number")
            return 0
        self.issue(where, name, f"{_brief(value)} {_broken_rule(value)}")
        return 0

    def whole(self, where: str, name: str, value: Any) -> int:
        """Return a whole number of at least 0, or record an issue and return 0."""
        if type(value) is int and value >= 0:
            return value
        number = self.number(where, name, value)
        if number != int(number):
            self.issue(where, name, f"{value} must be a whole number")
            return 0
        return int(number)

    def optional(self, where: str, name: str, value: Any) -> int | None:
        """Return a whole number, or None where there is none or it is wrong."""
        before = len(self.issues)
        number = None if value is None else self.whole(where, name, value)
        return number if len(self.issues) == before else None

    def wholes(self, where: str, name: str, values: Any) -> tuple[int, ...]:
        """Return whole numbers; a single one counts as one of them."""
        return tuple(self.whole(where, name, value) for value in _listed(values))

    def names(self, where: str, name: str, values: Any) -> tuple[str, ...]:
        """Return names; a single string is one name, and not its letters."""
        several = _listed(values)
        for value in several:
            if not isinstance(value, str | int | np.integer):
                self.issue(where, name, f"{value!r} is not a name")
        return tuple(map(str, several))

    def time(self, where: str, name: str, value: Any, *, unlimited: bool = False) -> Real:
        """Return a time as a number, or record an issue and return 0."""
        if type(value) is int:  # most are
            return self.number(where, name, value)
        try:
            number = parse_time(value, self.origin)
        except ValueError as error:
            self.issue(where, name, str(error))
            return 0
        return self.number(where, name, number, unlimited=unlimited)

    def limit(self, where: str, name: str, value: Any, *, time: bool = False) -> Real:
        """Return an upper limit; None and inf are no limit."""
        if value is None:
            return math.inf
        read = self.time if time else self.number
        return read(where, name, value, unlimited=True)

    def window(
        self, where: str, name: str, window: tuple[Time | None, Time | None] | None
    ) -> tuple[Real, Real]:
        """Return an (opening, closing) pair; closing is inf where there is no bound."""
        if window is None:
            return (0, math.inf)
        if isinstance(window, str) or not isinstance(window, Sequence) or len(window) != 2:
            self.issue(where, name, f"{window!r} is not an (opening, closing) pair")
            return (0, math.inf)
        opening, closing = window
        early = 0 if opening is None else self.time(where, name, opening)
        late = math.inf if closing is None else self.time(where, name, closing, unlimited=True)
        if early > late:
            self.issue(where, name, f"closes before it opens: [{early}, {late}]")
            late = math.inf
        return early, late

    def amounts(
        self, where: str, name: str, amounts: Amounts, *, unlimited: bool = False
    ) -> tuple[Real, ...]:
        """Return one number per capacity dimension."""
        return tuple(
            self.number(where, name, value, unlimited=unlimited) for value in _listed(amounts)
        )

    def matrix(
        self, index: int, name: str, values: npt.ArrayLike | None
    ) -> npt.NDArray[Any] | None:
        """Return a square table of numbers without NaN or negative ones, or record issues."""
        if values is None:
            return None
        where = f"matrix {index}"
        try:
            array = np.asarray(values)
            if array.dtype.kind not in "iuf":
                array = array.astype(np.float64)
        except (TypeError, ValueError):
            self.issue(where, name, "must be a square table of numbers")
            return np.zeros((0, 0))
        if array.ndim != 2 or array.shape[0] != array.shape[1]:
            self.issue(where, name, f"must be square, not {' x '.join(map(str, array.shape))}")
            return np.zeros((0, 0))
        if array.dtype.kind == "f":
            for i, j in np.argwhere(np.isnan(array))[:5].tolist():
                self.issue(where, name, f"arc {i} -> {j} is not a number")
        for i, j in np.argwhere(array < 0)[:5].tolist():
            self.issue(where, name, f"arc {i} -> {j} is {array[i, j]}; it must not be negative")
        return array


def _listed(values: Any) -> Collection[Any]:
    """Return several values as they are, and a single one (a string, say) as one."""
    if isinstance(values, tuple | list):
        return values
    if isinstance(values, int | float):  # most are, and the next question is slow
        return [values]
    several = isinstance(values, Iterable) and not isinstance(values, str | bytes)
    return list(values) if several else [values]


def _broken_rule(value: Any) -> str:
    if isinstance(value, float | np.floating) and not math.isfinite(value):
        return "must be finite"
    return "must not be negative" if -_LARGEST <= value < 0 else f"would overflow {_LARGEST}"


def _brief(value: Any) -> str:
    """Show a number; a very long one by its length (Python refuses to print those)."""
    if isinstance(value, int) and value.bit_length() > 200:
        return f"a number of {value.bit_length()} bits"
    return str(value)
