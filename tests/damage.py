"""Damage to small texts, for readers that must never fail on it."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

#: What a cell may turn into: what numbers must not be, and other numbers.
JUNK = (
    "nan", "inf", "-inf", "1e400", "-1", "0", "1", "2", "7", "1.5", "-3", "1_0", "٣", "\x00",
    "x", ":", "EOF", "COMMENT", "99999999999999999999", "9" * 5000, "9007199254740993",
)  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn, text: str, words: Sequence[str] = ()) -> str:
    """Delete, repeat, swap, or replace a few lines or cells of a text."""
    lines = text.splitlines()
    cell = st.sampled_from([*JUNK, *words])
    for _ in range(draw(st.integers(1, 4))):
        i = draw(st.integers(0, len(lines) - 1))
        action = draw(st.sampled_from(["drop", "repeat", "swap", "cut", "put", "add"]))
        cells = lines[i].split()
        j = draw(st.integers(0, max(len(cells) - 1, 0)))
        if action == "drop" and len(lines) > 1:
            del lines[i]
        elif action == "repeat":
            lines.insert(i, lines[i])
        elif action == "swap":
            k = draw(st.integers(0, len(lines) - 1))
            lines[i], lines[k] = lines[k], lines[i]
        else:
            cells[j : j + (action != "add")] = [] if action == "cut" else [draw(cell)]
            lines[i] = " ".join(cells)
    return "\n".join(lines)
