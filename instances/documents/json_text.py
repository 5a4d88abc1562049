"""JSON as text: strict parsing that names the place, and a layout that people can read.

Beyond what JSON forbids by itself, numbers that are not finite, repeated keys, and
unpaired surrogates are refused: each of them would change the meaning in silence.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from routewright.errors import InputError, Issue

_WIDTH = 100
_EXACT_DIGITS = 40  # longer fractions than this are read as the nearest float


@dataclass(frozen=True, slots=True)
class _Token:
    """A number that is none: NaN, an infinity, or one that overflows a float."""

    text: str


class _Repeated(dict[str, Any]):
    """An object in which keys occur more than once."""

    names: tuple[str, ...] = ()


def path(steps: Iterable[str | int]) -> str:
    """Write the steps to a value as a path: ``clients[3].windows[0]``."""
    text = ""
    for step in steps:
        if isinstance(step, str) and re.fullmatch(r"[\w$-]+", step):
            text += f".{step}"
        else:
            text += f"[{shown(step)}]"
    return text.removeprefix(".")


def is_object(text: str) -> bool:
    """Whether the text looks like a JSON object, well formed or not."""
    return text.lstrip("\ufeff \t\r\n").startswith("{")


def parse_object(text: str) -> dict[str, Any]:
    """Parse the text of a JSON object.

    Numbers become ``int`` or ``float``, or ``Decimal`` where a float would lose digits.

    Raises
    ------
    InputError
        With line and column for broken syntax; with the paths of all repeated keys,
        numbers that are not finite, and unpaired surrogates.
    """
    hooks = _Hooks()
    try:
        data = json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=hooks.pairs,
            parse_constant=hooks.constant,
            parse_float=hooks.real,
        )
        issues = list(_oddities(data, ())) if hooks.odd or "\\u" in text else []
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InputError([Issue(where, "", f"is not valid JSON: {error.msg}")]) from None
    except RecursionError:
        raise InputError("is not valid JSON: lists or objects are nested too deeply") from None
    except ValueError:  # Python refuses to read integers of thousands of digits
        raise InputError("is not valid JSON: a number has thousands of digits") from None
    if issues:
        raise InputError(issues)
    if not isinstance(data, dict):
        raise InputError("is not a JSON object")
    return data


class _Hooks:
    """What the parser calls; remembers whether anything odd was met."""

    def __init__(self) -> None:
        self.odd = False

    def pairs(self, items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) == len(items):
            return found
        self.odd = True
        repeated = _Repeated(found)
        names = [name for name, _ in items]
        repeated.names = tuple(n for n in found if names.count(n) > 1)
        return repeated

    def constant(self, token: str) -> _Token:
        self.odd = True
        return _Token(token)

    def real(self, token: str) -> float | Decimal | _Token:
        number = float(token)
        if math.isinf(number):
            return self.constant(token)
        if 16 < len(token) <= _EXACT_DIGITS and "e" not in token.lower():
            exact = Decimal(token)
            return number if exact == Decimal(repr(number)) else exact
        return number


def _oddities(value: object, steps: tuple[str | int, ...]) -> Iterator[Issue]:
    """Yield an issue, with its path, for everything that strict parsing refuses."""
    if isinstance(value, _Token):
        rule = "is not a finite number; write null for no limit or no way"
        yield Issue(path(steps), "", f"{value.text} {rule}")
    elif isinstance(value, str):
        yield from _surrogates(value, steps)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _oddities(item, (*steps, i))
    elif isinstance(value, dict):
        for name in getattr(value, "names", ()):
            yield Issue(path((*steps, name)), "", "is given more than once in one object")
        for name, item in value.items():
            yield from _surrogates(name, steps)
            yield from _oddities(item, (*steps, name))


def _surrogates(text: str, steps: tuple[str | int, ...]) -> Iterator[Issue]:
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        shown = json.dumps(text)
        yield Issue(path(steps), "", f"{shown} holds half a character (unpaired surrogate)")


def shown(value: object) -> str:
    """Show a JSON value within a message, cut if it is long."""
    if isinstance(value, int) and value.bit_length() > 200:
        return f"a number of {value.bit_length()} bits"
    try:
        text = _compact(value)
    except RecursionError:
        return "a deeply nested value"
    return text if len(text) <= 40 else f"{text[:36]} ..."


def dump(value: Any) -> str:
    """Write a JSON value with short lists and objects on one line each.

    ``Decimal`` numbers are written with all their digits.
    """
    return _layout(value, "") + "\n"


def _compact(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except TypeError:  # there are Decimals in it
        if isinstance(value, dict):
            fields = (
                f"{json.dumps(k, ensure_ascii=False)}: {_compact(v)}" for k, v in value.items()
            )
            return "{" + ", ".join(fields) + "}"
        if isinstance(value, list | tuple):
            return "[" + ", ".join(map(_compact, value)) + "]"
        return f"{value:f}"


def _layout(value: Any, indent: str) -> str:
    children = list(value.values() if isinstance(value, dict) else value) if _nests(value) else []
    if not any(_nests(child) for child in children):
        return _compact(value)
    inner = indent + "  "
    parts = [_layout(child, inner) for child in children]
    if isinstance(value, dict):
        names = (json.dumps(name, ensure_ascii=False) for name in value)
        parts = [f"{name}: {part}" for name, part in zip(names, parts, strict=True)]
    start, end = "{}" if isinstance(value, dict) else "[]"
    length = len(indent) + sum(len(part) + 2 for part in parts)
    if length <= _WIDTH and not any("\n" in part for part in parts):
        return start + ", ".join(parts) + end
    return f"{start}\n{inner}" + f",\n{inner}".join(parts) + f"\n{indent}{end}"


def _nests(value: object) -> bool:
    return isinstance(value, dict | list | tuple) and len(value) > 0
