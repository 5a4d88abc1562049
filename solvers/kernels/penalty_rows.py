"""Segments in the arrays of the penalized search."""

from __future__ import annotations

from . import kernel
from . import rich_columns as at
from .segments import seg_stop


@kernel
def put_row_at(rows, i, column, segment):
    """Store a segment."""
    for n in range(5):
        rows[i, column + n] = segment[n]


@kernel
def row_at(rows, i, c):
    """Read a segment."""
    return rows[i, c], rows[i, c + 1], rows[i, c + 2], rows[i, c + 3], rows[i, c + 4]


@kernel
def seg_client(q, v):
    """Segment of a client."""
    return seg_stop(q.node[v, at.SERVICE], q.node[v, at.EARLY], q.node[v, at.LATE])


@kernel
def seg_depot(q, depot, leaving):
    """Segment of a stop at a depot, with its service if a trip leaves from there."""
    service = q.node[depot, at.SERVICE] if leaving else 0
    return seg_stop(service, q.node[depot, at.EARLY], q.node[depot, at.LATE])
