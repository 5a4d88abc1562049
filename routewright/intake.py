"""Numbers as users give them: accepted, or recorded as issues and replaced by 0."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import Issue
from .units import Time, parse_time

_LARGEST = 1 << 62

#: One amount, or one per capacity dimension.
Amounts = float | Sequence[float]


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
    ) -> float:
        """Return a finite number (an int stays one), or record an issue and return 0."""
        if type(value) is int:
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

    def time(self, where: str, name: str, value: Any, *, unlimited: bool = False) -> float:
        """Return a time as a number, or record an issue and return 0."""
        try:
            number = parse_time(value, self.origin)
        except ValueError as error:
            self.issue(where, name, str(error))
            return 0
        return self.number(where, name, number, unlimited=unlimited)

    def window(
        self, where: str, name: str, window: tuple[Time | None, Time | None] | None
    ) -> tuple[float, float]:
        """Return an (opening, closing) pair; closing is inf where there is no bound."""
        if window is None:
            return (0, math.inf)
        if len(window) != 2:
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
    ) -> tuple[float, ...]:
        """Return one number per capacity dimension."""
        values = amounts if isinstance(amounts, Sequence | np.ndarray) else (amounts,)
        if isinstance(values, str):
            values = (values,)
        return tuple(self.number(where, name, v, unlimited=unlimited) for v in values)

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


def _broken_rule(value: Any) -> str:
    if isinstance(value, float | np.floating) and not math.isfinite(value):
        return "must be finite"
    return "must not be negative" if -_LARGEST <= value < 0 else f"would overflow {_LARGEST}"


def _brief(value: Any) -> str:
    """Show a number; a very long one by its length (Python refuses to print those)."""
    if isinstance(value, int) and value.bit_length() > 200:
        return f"a number of {value.bit_length()} bits"
    return str(value)
