"""Numbers and counts in words, the same in pictures, pages, and on the terminal."""

from __future__ import annotations

from routewright.report import Number, Stop


def number(value: Number, decimals: int = 6) -> str:
    """Write a number with at most so many decimals and no trailing zeros."""
    if isinstance(value, int):
        return str(value)
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def count(amount: int, noun: str, plural: str = "") -> str:
    """Write an amount with its noun: ``1 depot``, ``3 depots``."""
    return f"{amount} {noun if amount == 1 else plural or noun + 's'}"


def visit(stop: Stop) -> str:
    """Write a visit: the client's id, and in parentheses what it is brought if it is a part."""
    if stop.quantity is None:
        return stop.id
    return f"{stop.id}({', '.join(number(q, 2) for q in stop.quantity)})"
