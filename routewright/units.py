"""The user's numbers: parsing, and the integer scale that represents them exactly."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction

import numpy as np

#: A number in the user's units; a Fraction where a float would not be exact.
Real = float | Fraction

#: What users may give as a time: a number, "HH:MM[:SS]", a timedelta, or a datetime.
Time = Real | str | timedelta | datetime

#: Most decimals that automatic scales keep.
MAX_DECIMALS = 6


def parse_time(value: object, origin: datetime | None = None) -> Real:
    """Return a time as a number; clock times and datetimes become seconds.

    Raises
    ------
    ValueError
        With a sentence for the user, if the value is not a time.
    """
    if isinstance(value, bool):
        raise ValueError(f"{value} is not a time")
    if isinstance(value, int | Fraction):
        return value
    if isinstance(value, float | np.integer | np.floating):
        return float(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, datetime):
        if origin is None:
            raise ValueError(f"{value} is a datetime; give the model an origin to count from")
        if (value.tzinfo is None) != (origin.tzinfo is None):
            raise ValueError(f"{value} and the origin {origin} must both have a time zone, or none")
        return (value - origin).total_seconds()
    if isinstance(value, str):
        return _parse_clock(value)
    raise ValueError(f"{value!r} is not a time; use a number, 'HH:MM', timedelta, or datetime")


def _parse_clock(text: str) -> float:
    parts = text.strip().split(":")
    if len(parts) in (2, 3) and all(part.isdecimal() for part in parts):
        hours, minutes, seconds = [*map(int, parts), 0][:3]
        if minutes < 60 and seconds < 60:  # hours may pass 24: the next day
            return hours * 3600 + minutes * 60 + seconds
    raise ValueError(f"{text!r} is not a time of the form HH:MM or HH:MM:SS")


def decimal_scale(values: Iterable[float], limit: int = MAX_DECIMALS) -> tuple[int, bool]:
    """Return the smallest power of ten that makes all values whole, and whether it does.

    Infinite values are ignored. If more than ``limit`` decimals are needed, the scale is
    10 ** limit and the second item is False.
    """
    array = np.asarray(list(values) if not isinstance(values, np.ndarray) else values)
    array = array.ravel()
    if array.dtype.kind in "iu" or not array.size:
        return 1, True
    array = array.astype(np.float64)
    array = array[np.isfinite(array)]
    for decimals in range(limit + 1):
        scaled = array * 10.0**decimals
        slack = 1e-9 + 1e-15 * np.abs(scaled)
        whole = np.rint(scaled)
        # The slack forgives what floats do to decimals; it must not make something nothing.
        wrong = (np.abs(scaled - whole) > slack) | ((whole == 0) & (array != 0))
        if not wrong.any():
            return 10**decimals, True
        array = array[wrong]
    return 10**limit, False


def scaled(value: Real, scale: int) -> int:
    """Return ``value * scale`` rounded to the nearest integer."""
    return value * scale if isinstance(value, int) else round(value * scale)


def scaled_down(value: Real, scale: int, slack: float = 1e-6) -> int:
    """Return ``value * scale`` rounded down: an upper limit that stays equivalent."""
    if isinstance(value, float):
        return math.floor(value * scale + slack)
    return math.floor(value * scale)


def scaled_up(value: Real, scale: int, slack: float = 1e-6) -> int:
    """Return ``value * scale`` rounded up: a lower limit that stays equivalent."""
    if isinstance(value, float):
        return math.ceil(value * scale - slack)
    return math.ceil(value * scale)
