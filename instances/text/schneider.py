"""Schneider's format for electric vehicles: recognized, and refused by name.

References
----------
Schneider, M., Stenger, A. and Goeke, D. (2014). The electric vehicle-routing problem with
time windows and recharging stations. *Transportation Science* 48(4), 500-520.
"""

from __future__ import annotations

from routewright.errors import UnsupportedError
from routewright.instances.columns import split_rows
from routewright.problem import Problem
from routewright.travel import Rounding


def sniff(text: str) -> bool:
    """Whether the first line is the header that begins with StringID."""
    return any(row.cells[0].upper() == "STRINGID" for row in split_rows(text[:1000])[:1])


def read(text: str, rounding: Rounding | None = None) -> Problem:
    """Refuse the file.

    Raises
    ------
    UnsupportedError
        Always.
    """
    hint = "Electric vehicles with recharging stations (EVRPTW) are not supported yet"
    raise UnsupportedError("format schneider", ["recharging"], hint)
