"""Field types of our JSON documents: what a value may be, and what is said if it is not.

Every check returns the value as it was given, so that the reader decides about scales.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from routewright.units import Real, parse_time

from .json_text import shown

_CLOCK = r"^[0-9]{1,4}:[0-5][0-9](:[0-5][0-9])?$"
_WRONG_CELLS = 5  # as many are named


def wrong(value: object, rule: str) -> PydanticCustomError:
    """Return the error that says which value breaks which rule."""
    return PydanticCustomError("rule", "{value} {rule}", {"value": shown(value), "rule": rule})


def _coordinate(value: object) -> Any:
    if type(value) in (int, float, Decimal):
        return value
    raise wrong(value, "is not a number")


def _number(value: object) -> Any:
    if _coordinate(value) < 0:
        raise wrong(value, "must not be negative")
    return value


def _positive(value: object) -> Any:
    if _coordinate(value) <= 0:
        raise wrong(value, "must be above 0")
    return value


def _limit(value: object) -> Any:
    return None if value is None else _number(value)


def _whole(value: object) -> int:
    if type(value) is not int:
        raise wrong(value, "is not a whole number")
    if value < 0:
        raise wrong(value, "must not be negative")
    return value


def _unit(value: object) -> int:
    if _whole(value) == 0:
        raise wrong(value, "must be above 0")
    return _whole(value)


def _time(value: object) -> Any:
    if isinstance(value, str):
        if not re.fullmatch(_CLOCK, value):
            raise wrong(value, 'is not a time; write a number, "HH:MM", or "HH:MM:SS"')
        return value
    return _number(value)


def _window(value: object) -> tuple[Any, Any]:
    if not isinstance(value, list) or len(value) != 2:
        raise wrong(value, "is not a window; write [opening, closing], null where unbounded")
    early, late = (None if bound is None else _time(bound) for bound in value)
    if early is not None and late is not None and seconds(early) > seconds(late):
        raise wrong(value, "closes before it opens")
    return early, late


def seconds(value: Any) -> Real:
    """Return a checked time as a number: clock times in seconds, Decimals as Fractions."""
    return parse_time(Fraction(value) if isinstance(value, Decimal) else value)


def _listed(check: Callable[[object], Any]) -> Callable[[object], Any]:
    """Accept one value or a list of them, and return a list."""

    def several(value: object) -> list[Any]:
        return [check(item) for item in (value if isinstance(value, list) else [value])]

    return several


def _name(value: object) -> str:
    if type(value) in (int, str) and value != "":
        return str(value)
    raise wrong(value, "is not a name; write a string or a whole number")


def _node(value: object) -> tuple[bool, str]:
    """Return whether the node is a depot, and its id."""
    if isinstance(value, dict) and set(value) == {"depot"}:
        return True, _name(value["depot"])
    if isinstance(value, dict):
        raise wrong(value, 'is not a node; write the id of a client, or {"depot": id}')
    return False, _name(value)


def _pair(check: Callable[[object], Any]) -> Callable[[object], tuple[Any, Any]]:
    def pair(value: object) -> tuple[Any, Any]:
        if not isinstance(value, list) or len(value) != 2:
            raise wrong(value, "is not a pair")
        return check(value[0]), check(value[1])

    return pair


def _matrix(value: object) -> npt.NDArray[Any]:
    """Return the table as an array, with inf for null."""
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise wrong(value, "is not a matrix; write a list of rows")
    if len({len(row) for row in value} | {len(value)}) > 1:
        raise wrong(value, f"must be square: {len(value)} rows and as many columns")
    types = {type(cell) for row in value for cell in row}
    if not types <= {int, float, Decimal, type(None)} or any(
        cell is not None and cell < 0 for row in value for cell in row
    ):
        raise _wrong_cells(value)
    if types <= {int}:
        array = np.array(value).reshape(len(value), len(value))
        if array.dtype.kind == "i" or not array.size:
            return array.astype(np.int64)
    try:
        array = np.array(value, dtype=np.float64).reshape(len(value), len(value))
    except OverflowError:
        raise PydanticCustomError("rule", "holds a number that is too large") from None
    return np.where(np.isnan(array), np.inf, array)


def _wrong_cells(rows: list[list[object]]) -> PydanticCustomError:
    found = [
        f"[{i}][{j}] is {shown(cell)}"
        for i, row in enumerate(rows)
        for j, cell in enumerate(row)
        if type(cell) not in (int, float, Decimal, type(None)) or (cell is not None and cell < 0)  # type: ignore[operator]
    ]
    more = f", and {len(found) - _WRONG_CELLS} more" if len(found) > _WRONG_CELLS else ""
    return PydanticCustomError(
        "rule",
        "must hold numbers of at least 0, or null where no way exists: {cells}",
        {"cells": ", ".join(found[:_WRONG_CELLS]) + more},
    )


_NUMBER = {"type": "number", "minimum": 0}
_WHOLE = {"type": "integer", "minimum": 0}
_NAME = {"anyOf": [{"type": "string", "minLength": 1}, {"type": "integer"}]}
_TIME = {"anyOf": [_NUMBER, {"type": "string", "pattern": _CLOCK}]}
_NULL = {"type": "null"}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [*schema.get("anyOf", [schema]), _NULL]}


def _or_list(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [*schema.get("anyOf", [schema]), {"type": "array", "items": schema}]}


def _pair_of(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema, "minItems": 2, "maxItems": 2}


_WINDOW = _pair_of(_or_null(_TIME))
_NODE = {
    "anyOf": [
        *_NAME["anyOf"],
        {
            "type": "object",
            "properties": {"depot": _NAME},
            "required": ["depot"],
            "additionalProperties": False,
        },
    ]
}
_MATRIX = {"type": "array", "items": {"type": "array", "items": _or_null(_NUMBER)}}

#: Any finite number.
Coordinate = Annotated[Real, PlainValidator(_coordinate), WithJsonSchema({"type": "number"})]
#: A number of at least 0.
Number = Annotated[Real, PlainValidator(_number), WithJsonSchema(_NUMBER)]
#: A number above 0, or several.
Positives = Annotated[
    list[Real],
    PlainValidator(_listed(_positive)),
    WithJsonSchema(_or_list({"type": "number", "exclusiveMinimum": 0})),
]
#: A number of at least 0, or several.
Numbers = Annotated[list[Real], PlainValidator(_listed(_number)), WithJsonSchema(_or_list(_NUMBER))]
#: A whole number of at least 0.
Whole = Annotated[int, PlainValidator(_whole), WithJsonSchema(_WHOLE)]
#: A whole number of at least 1.
Unit = Annotated[int, PlainValidator(_unit), WithJsonSchema({"type": "integer", "minimum": 1})]
#: A time of the user: a number, or a clock time in seconds.
Time = Annotated[Real | str, PlainValidator(_time), WithJsonSchema(_TIME)]
#: [opening, closing], null where unbounded.
Window = Annotated[tuple[Any, Any], PlainValidator(_window), WithJsonSchema(_WINDOW)]
#: One capacity, or one per dimension; null for no limit.
Capacity = Annotated[
    list[Real | None],
    PlainValidator(_listed(_limit)),
    WithJsonSchema(_or_list(_or_null(_NUMBER))),
]
#: A name of the user's; numbers are names, too.
Name = Annotated[str, PlainValidator(_name), WithJsonSchema(_NAME)]
#: Ids of two clients.
NamePair = Annotated[tuple[str, str], PlainValidator(_pair(_name)), WithJsonSchema(_pair_of(_NAME))]
#: Two nodes: ids of clients, or {"depot": id}.
NodePair = Annotated[
    tuple[tuple[bool, str], tuple[bool, str]],
    PlainValidator(_pair(_node)),
    WithJsonSchema(_pair_of(_NODE)),
]
#: A square table of numbers of at least 0; null where no way exists.
Matrix = Annotated[Any, PlainValidator(_matrix), WithJsonSchema(_MATRIX)]
