"""From JSON data to a checked document: every error with its path, in words for people.

What is wrong is taken out and the rest is checked again, so that the reader can go on
and report what else is wrong in the same go.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from routewright.errors import Issue

from .json_text import path, shown

_RULES = {
    "missing": "is missing",
    "bool_type": "{value} is neither true nor false",
    "string_type": "{value} is not a string",
    "int_type": "{value} is not a whole number",
    "list_type": "{value} is not a list",
    "dict_type": "{value} is not an object",
    "model_type": "{value} is not an object",
    "literal_error": "{value} is not one of {expected}",
}

Loc = tuple[str | int, ...]


class Document(BaseModel):
    """Base of all documents: nothing unknown, nothing converted in silence."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)


D = TypeVar("D", bound=Document)


@dataclass
class Shape(Generic[D]):
    """What was found in the data.

    Parameters
    ----------
    document
        The document without the parts that are wrong; None if too little is left.
    issues
        Everything that is wrong.
    spoiled
        Paths of the entities that lost a part.
    kept
        For lists that lost whole items: the positions of those that are left.
    nameless
        Lists in which the id of some item is not known any more.
    """

    document: D | None
    issues: list[Issue] = field(default_factory=list)
    spoiled: set[str] = field(default_factory=set)
    kept: dict[str, list[int]] = field(default_factory=dict)
    nameless: set[str] = field(default_factory=set)

    def position(self, name: str, index: int) -> int:
        """Position in the file of an item of the document's list ``name``."""
        return self.kept[name][index] if name in self.kept else index

    def follows(self, issue: Issue) -> bool:
        """Whether an issue may only follow from a part that was wrong and taken out."""
        steps = [issue.where[: m.start()] for m in re.finditer(r"[.\[]|$", issue.where)]
        return not self.spoiled.isdisjoint(steps)


def shape(kind: type[D], data: dict[str, Any]) -> Shape[D]:
    """Check the data against a document type; parts that are wrong are removed from it."""
    try:
        return Shape(kind.model_validate(data))
    except ValidationError as error:
        details = error.errors(include_url=False)
    found: Shape[D] = Shape(None, [_issue(kind, detail) for detail in details])
    _prune(data, details, found)
    try:
        found.document = kind.model_validate(data)
    except ValidationError:
        found.document = None
    return found


def _issue(kind: type[Document], detail: ErrorDetails) -> Issue:
    loc, rule = detail["loc"], detail["type"]
    if rule == "extra_forbidden":
        message = _unknown(kind, loc)
    else:
        text = _RULES.get(rule, detail["msg"])
        value, expected = shown(detail["input"]), detail.get("ctx", {}).get("expected", "")
        message = text.replace("{value}", value).replace("{expected}", str(expected))
    return Issue(path(loc), "", message)


def _unknown(kind: type[Document], loc: Loc) -> str:
    known = _fields(kind, loc[:-1])
    close = difflib.get_close_matches(str(loc[-1]), known, 1)
    if close:
        return f"is not a known field; did you mean {close[0]!r}?"
    return f"is not a known field; known are {', '.join(known)}"


def _fields(kind: type[Document], loc: Loc) -> list[str]:
    """Names of the fields of the document type at a place within another."""
    for step in loc:
        if isinstance(step, int):
            continue
        for name, info in kind.model_fields.items():
            if step in (name, info.alias):
                kind = _document_in(info.annotation) or kind
    return [info.alias or name for name, info in kind.model_fields.items()]


def _document_in(annotation: Any) -> type[Document] | None:
    """Find the document type within ``list[Client]`` or ``Metric | None``."""
    if isinstance(annotation, type) and issubclass(annotation, Document):
        return annotation
    inner = (_document_in(part) for part in getattr(annotation, "__args__", ()))
    return next((found for found in inner if found is not None), None)


def _prune(data: dict[str, Any], details: list[ErrorDetails], found: Shape[D]) -> None:
    """Take out each wrong field of an item, or the item if it lacks one."""
    removed: dict[str, set[int]] = {}
    for detail in details:
        loc = detail["loc"]
        name = str(loc[0])
        if len(loc) == 1 or not isinstance(loc[1], int):
            data.pop(name, None)
            found.spoiled.add(name)
            continue
        index = loc[1]
        found.spoiled.add(path(loc[:2]))
        entity = data[name][index] if isinstance(data.get(name), list) else None
        missing = len(loc) == 3 and detail["type"] == "missing"
        if len(loc) == 2 or missing or not isinstance(entity, dict):
            removed.setdefault(name, set()).add(index)
        else:
            entity.pop(loc[2], None)
            if loc[2] == "id":
                found.nameless.add(name)
    for name, indices in removed.items():
        if isinstance(data.get(name), list):
            found.nameless.add(name)
            found.kept[name] = [i for i in range(len(data[name])) if i not in indices]
            data[name] = [data[name][i] for i in found.kept[name]]
