"""Hypothesis strategies that damage JSON texts, for fuzzing readers."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

#: Values that are often wrong where they stand.
ODD_VALUES = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        -1,
        1.5,
        -0.0,
        1e308,
        10**30,
        2**53,
        "",
        "x",
        "08:30",
        "25:99",
        [],
        [[]],
        [1, 2, 3],
        {},
        {"x": 1},
        [[0, 1], [1]],
        [None, None],
    ]
).map(deepcopy)

_ODD_TEXTS = st.sampled_from(
    ["NaN", "-Infinity", "1e999", '"', "{", "]", ",", "\\ud800", "\x00", "9" * 5000, "[" * 3000]
)


@st.composite
def damaged_texts(draw: st.DrawFn, text: str) -> str:
    """Cut, insert, or repeat a piece somewhere in the text."""
    for _ in range(draw(st.integers(1, 3))):
        i = draw(st.integers(0, len(text)))
        j = draw(st.integers(i, min(len(text), i + 40)))
        text = text[:i] + draw(_ODD_TEXTS | st.just(text[i:j] * 2) | st.text(max_size=3)) + text[j:]
    return text


@st.composite
def damaged_values(draw: st.DrawFn, text: str) -> str:
    """Replace, remove, or add some values within the document."""
    data = json.loads(text)
    for _ in range(draw(st.integers(1, 4))):
        parent = _descend(draw, data)
        keys = list(parent) if isinstance(parent, dict) else list(range(len(parent)))
        action = draw(st.sampled_from(["replace", "remove", "add"]))
        if action == "add" and isinstance(parent, dict):
            parent[draw(st.sampled_from(["id", "location", "window", "x", "profile"]))] = draw(
                ODD_VALUES
            )
        elif action == "add" or not keys:
            if isinstance(parent, list):
                parent.append(draw(ODD_VALUES))
        elif action == "replace":
            parent[draw(st.sampled_from(keys))] = draw(ODD_VALUES)
        else:
            del parent[draw(st.sampled_from(keys))]
    return json.dumps(data)


def _descend(draw: st.DrawFn, value: Any) -> Any:
    """Pick a list or an object somewhere in the document."""
    while True:
        items = value.values() if isinstance(value, dict) else value
        inner = [item for item in items if isinstance(item, dict | list) and item]
        if not inner or draw(st.integers(0, 3)) == 0:
            return value
        value = draw(st.sampled_from(inner))
