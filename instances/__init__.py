"""Files and problems: readers, writers, detection, generators, and data of our own."""

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
