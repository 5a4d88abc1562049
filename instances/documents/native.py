"""Our own JSON problem: every attribute, in the user's units, with a published schema.

A file says ``"routewright": "problem/1"`` and lists depots, clients, and vehicle types;
everything else has a neutral default. References are ids. A minimal file::

    {
        "routewright": "problem/1",
        "depots": [{"id": "depot", "lat": 52.51, "lon": 13.39}],
        "clients": [{"id": "a", "lat": 52.49, "lon": 13.41, "delivery": 2}],
        "vehicle_types": [{"id": "van", "count": 2, "capacity": 10}],
    }
"""

from __future__ import annotations

import re

from routewright.problem import Problem
from routewright.travel import Rounding

from .json_text import dump, is_object


def sniff(text: str) -> bool:
    """Whether the text is meant for this format: any JSON object but VROOM's."""
    if not is_object(text):
        return False
    if re.search(r'"routewright"\s*:', text):
        return True
    return not re.search(r'"(vehicles|jobs)"\s*:', text)


def read(text: str, rounding: Rounding | None = None) -> Problem:
    """Read a problem.

    Parameters
    ----------
    text
        The JSON text.
    rounding
        Replaces the rounding of the file's metric or matrices; the scale that the file
        states is then left to the numbers, and a note says so.

    Raises
    ------
    InputError
        Listing everything that is wrong, with paths such as ``clients[3].windows[0]``.
    """
    from .native_read import read_document

    return read_document(text, rounding)


def write(problem: Problem) -> str:
    """Write a problem such that reading it gives an equal one.

    Raises
    ------
    UnsupportedError
        If profiles differ in more than speed or matrices, which no Model builds.
    """
    from .native_write import to_document

    return dump(to_document(problem))
