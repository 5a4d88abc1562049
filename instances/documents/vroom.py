"""VROOM JSON problems, in and out.

Reading
    Coordinates are [longitude, latitude]; times are seconds, distances meters. Tasks are
    optional, with prizes that keep VROOM's order: most priority, then most tasks, then
    least cost (see `instances.documents.vroom_priority`). The distance of a
    profile is what its vehicles pay for, travel time by default (see
    `instances.documents.vroom_travel`), so that costs equal VROOM's. Without
    matrices, travel follows great circles at a speed that a note states. Equal vehicles
    become one type and keep their ids. ``per_task_hour``, setups at shared places,
    times that differ by vehicle type, breaks with several windows or a maximum load, and
    limits on what is not paid for are refused by name.

Writing
    Numbers must be whole, and travel becomes matrices. A problem whose clients are all
    required loses nothing: VROOM serves as many as it can.

References
----------
VROOM, ``docs/API.md``.
"""

from __future__ import annotations

import re

from routewright.problem import Problem
from routewright.travel import Rounding

from .json_text import dump, is_object


def sniff(text: str) -> bool:
    """Whether the text looks like a VROOM problem."""
    return is_object(text) and re.search(r'"(vehicles|jobs|shipments)"\s*:', text) is not None


def read(text: str, rounding: Rounding | None = None) -> Problem:
    """Read a VROOM problem.

    Parameters
    ----------
    text
        The JSON text.
    rounding
        Has no effect, which a note says: the numbers of VROOM files are whole.

    Raises
    ------
    InputError
        Listing everything that is wrong or not supported, with its path.
    """
    from .vroom_read import read_input

    return read_input(text, rounding)


def write(problem: Problem) -> str:
    """Write a problem for VROOM.

    Raises
    ------
    UnsupportedError
        Naming everything that VROOM JSON cannot express.
    """
    from .vroom_write import to_input

    return dump(to_input(problem))
