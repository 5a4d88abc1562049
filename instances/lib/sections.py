"""Keyword files, TSPLIB95 and its descendants: specifications and sections, by line.

A line ``KEY : value`` is a specification; a line ``NAME_SECTION`` opens a section, whose
rows follow up to the next keyword. Specifications may stand after sections, and ``EOF``
may be missing.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property

from routewright.errors import Issue
from routewright.instances.columns import LINE_END, Cells, Row, split_rows

_SUFFIX = "_SECTION"
_KEYWORD = re.compile(r"([A-Za-z][A-Za-z0-9_]*)\s*[:=]\s*(.*)")
_OPENING = re.compile(r"([A-Za-z][A-Za-z0-9_]*_SECTION)()", re.IGNORECASE)
#: TSPLIB asks for a colon; programs that read without one have made files without one.
_BARE = re.compile(r"([A-Z][A-Z0-9_]{2,})\s+(.*)")
#: A line that begins with a letter: nearly always one with a keyword.
_WORD = re.compile(r"^[^\S\n]*[^\W\d_].*$", re.MULTILINE)
_NUMBER_WORDS = frozenset({"nan", "inf", "infinity"})
_TYPE = re.compile(r"^[ \t]*TYPE\b[ \t]*[:=]?[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_REPEATABLE = frozenset({"COMMENT"})


@dataclass(frozen=True)
class Section:
    """A section: its name without ``_SECTION``, its line, and its lines.

    Parameters
    ----------
    key, line
        The name, and the line of the keyword.
    blocks
        Texts without keywords, each with the number of its first line.
    """

    key: str
    line: int
    blocks: list[tuple[int, str]] = field(default_factory=list)

    @cached_property
    def rows(self) -> list[Row]:
        """The lines that are not blank."""
        return [row for line, text in self.blocks for row in split_rows(text, line)]

    @property
    def name(self) -> str:
        """The name as it stands in the file."""
        return self.key + _SUFFIX

    @property
    def where(self) -> str:
        """The place of the keyword, as errors name it."""
        return f"line {self.line}"


def file_type(text: str) -> str:
    """Return what the file says after TYPE, in capitals; empty if it says nothing."""
    found = _TYPE.search(text)
    return found[1].upper() if found else ""


class Document:
    """A keyword file, taken apart.

    Whatever the reader asks for counts as known; `finish` notes everything else.

    Parameters
    ----------
    text
        The file.
    """

    def __init__(self, text: str) -> None:
        self.specs: dict[str, Row] = {}
        self.sections: dict[str, Section] = {}
        self.issues: list[Issue] = []
        self.notes: list[str] = []
        self.cells = Cells(self.issues)
        self._asked: set[str] = set()
        self._orphan = False
        self._split(LINE_END.sub("\n", text))

    def _split(self, text: str) -> None:
        """Take the file apart at its keywords; what is between them stays text for now."""
        current: Section | None = None
        at, line = 0, 1
        for found in _WORD.finditer(text):
            row = Row(line + text.count("\n", at, found.start()), found[0].strip())
            if not row.text[0].isalpha() or row.text.split(None, 1)[0].lower() in _NUMBER_WORDS:
                continue
            self._block(current, line, text[at : found.start()])
            at, line = found.end(), row.line
            if row.text.upper().rstrip(" :") == "EOF":
                if rest := split_rows(text[at:], line):
                    self.notes.append(f"{rest[0].where}: what follows EOF is ignored")
                return
            current = self._line(row, current)
        self._block(current, line, text[at:])

    def _block(self, section: Section | None, line: int, text: str) -> None:
        """Take in what follows a keyword; before the first section, nothing may."""
        if not text or text.isspace():
            return
        if section is not None:
            section.blocks.append((line, text))
        elif not self._orphan:
            self._orphan = True
            row = split_rows(text, line)[0]
            self.issue(row.where, "", f"{row.text[:40]!r} belongs to no section")

    def _line(self, row: Row, current: Section | None) -> Section | None:
        """Take in a line that begins with a word; return the section that goes on behind it."""
        forms = (_KEYWORD, _OPENING, _BARE)
        found = next((m for form in forms if (m := form.fullmatch(row.text))), None)
        if found is None:
            self.issue(row.where, "", f"{row.text[:40]!r} is neither a keyword nor numbers")
            return current
        return self._keyword(row, found[1].upper(), found[2].strip())

    def _keyword(self, row: Row, key: str, value: str) -> Section | None:
        """Take in a specification, or open a section and return it."""
        self._orphan = False
        if key.endswith(_SUFFIX):
            section = Section(key.removesuffix(_SUFFIX), row.line)
            if value:  # numbers behind the keyword
                section.blocks.append((row.line, value))
            if section.key in self.sections:
                first = self.sections[section.key].where
                self.issue(row.where, key, f"the section is repeated; it is already on {first}")
            else:
                self.sections[section.key] = section
            return section
        if key in self.specs and key not in _REPEATABLE:
            first = self.specs[key].where
            self.issue(row.where, key, f"the keyword is repeated; it is already on {first}")
        self.specs.setdefault(key, Row(row.line, value))
        return None

    def issue(self, where: str, name: str, message: str) -> None:
        """Record that something is wrong."""
        self.issues.append(Issue(where, name, message))

    def spec(self, key: str) -> Row | None:
        """Return the value of a specification as a row of cells, or None."""
        self._asked.add(key)
        return self.specs.get(key)

    def text(self, key: str) -> str:
        """Return the value of a specification; empty if it is missing."""
        row = self.spec(key)
        return row.text if row else ""

    def word(self, key: str, *, required: bool = False) -> str:
        """Return the first word of a specification, in capitals; empty if it is missing."""
        text = self.text(key)
        if required and not text:
            where = self.specs[key].where if key in self.specs else ""
            self.issue(where, key, "the keyword is missing" if not where else "has no value")
        return text.split()[0].upper() if text else ""

    def number(self, key: str, *, unlimited: bool = False) -> float | None:
        """Return a specification that is one number of at least 0, or None."""
        row = self.spec(key)
        if row is None or not self._is_single(row, key):
            return None
        if unlimited and row.text.lower() in _NUMBER_WORDS - {"nan"}:
            return float("inf")
        return self.cells.number(row, 0, key, at_least=0)

    def whole(self, key: str, *, at_least: int = 0) -> int | None:
        """Return a specification that is one whole number, or None."""
        row = self.spec(key)
        if row is None or not self._is_single(row, key):
            return None
        return self.cells.whole(row, 0, key, at_least=at_least)

    def _is_single(self, row: Row, key: str) -> bool:
        if len(row.cells) != 1:
            self.issue(row.where, key, f"{row.text[:40]!r} must be one number")
        return len(row.cells) == 1

    def dimension(self) -> int | None:
        """Return DIMENSION, which every problem needs, or None with an issue."""
        if "DIMENSION" not in self.specs:
            self.issue("", "DIMENSION", "the keyword is missing")
            return None
        return self.whole("DIMENSION", at_least=1)

    def section(self, key: str, *, required: bool = False) -> Section | None:
        """Return a section by its name without ``_SECTION``, or None."""
        self._asked.add(key + _SUFFIX)
        section = self.sections.get(key)
        if section is None and required:
            self.issue("", key + _SUFFIX, "the section is missing")
        return section

    def ignore(self, *keys: str) -> None:
        """Count keywords as known, though they change nothing."""
        self._asked.update(keys)

    def refuse(self, reasons: dict[str, str]) -> None:
        """Record an issue for every keyword or section that is present and has a reason."""
        for key, reason in reasons.items():
            row = self.specs.get(key) or self.sections.get(key.removesuffix(_SUFFIX))
            if row is not None and (key.endswith(_SUFFIX) or key in self.specs):
                self._asked.add(key)
                self.issue(row.where, key, f"cannot be expressed: {reason}")

    def refuse_type(self, kind: str, supported: Collection[str], hint: str = "") -> None:
        """Record an issue if the type of the problem is not a supported one."""
        if kind and kind not in supported:
            where = self.specs["TYPE"].where
            known = ", ".join(sorted(supported))
            message = f"{kind[:40]} is not supported{hint}; supported here: {known}"
            self.issue(where, "TYPE", message)

    def finish(self) -> None:
        """Note every keyword and section that nothing asked for, and put issues in order."""
        self.issues.sort(key=lambda issue: int(issue.where.removeprefix("line ") or 0))
        for key, row in self.specs.items():
            if key not in self._asked:
                self.notes.append(f"{row.where}: unknown keyword {key} is ignored")
        for section in self.sections.values():
            if section.name not in self._asked:
                self.notes.append(f"{section.where}: unknown section {section.name} is ignored")
