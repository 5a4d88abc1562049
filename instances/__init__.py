"""Files and problems: readers and writers of every format, generators, and pictures.

``registry`` finds the format of a file; ``lib`` (TSPLIB and VRPLIB), ``text`` (rows of
numbers), and ``documents`` (JSON) hold a module for each; ``generators`` make problems,
``pictures`` draw them, and ``exports`` writes results by suffix.
"""

from .registry import (
    FORMATS,
    Format,
    read_problem,
    read_solution,
    write_problem,
    write_solution,
)

__all__ = [
    "FORMATS",
    "Format",
    "read_problem",
    "read_solution",
    "write_problem",
    "write_solution",
]
