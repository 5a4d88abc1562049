"""EDGE_DATA_SECTION of TSPLIB95: the edges of a graph that is not complete.

References
----------
Reinelt, G. (1995). *TSPLIB95*, sections 1.1.7 and 1.2.4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .edge_weights import EdgeWeights
from .sections import Document
from .tables import read_pairs

#: Most cities of a graph: a restricted graph becomes a full matrix.
_MOST_CITIES = 5000


@dataclass(frozen=True, slots=True)
class Graph:
    """The edges that may be traveled, between cities counted from 0."""

    edges: list[tuple[int, int]]

    def restrict(self, weights: EdgeWeights, size: int) -> EdgeWeights:
        """Return weights that are infinite where the graph has no edge."""
        if weights.metric is None and weights.matrix is None:
            return weights
        allowed = np.eye(size, dtype=bool)
        for a, b in self.edges:
            allowed[a, b] = allowed[b, a] = True
        if weights.matrix is not None:
            full = weights.matrix.astype(np.float64)
        else:
            assert weights.metric is not None
            assert weights.points is not None
            c = np.array(weights.points.rows, dtype=np.float64)
            full = weights.metric(c[:, None, :], c[None, :, :]) / weights.metric.scale
            np.fill_diagonal(full, 0)
        return EdgeWeights(
            matrix=np.where(allowed, full, np.inf), rounding=weights.rounding, points=weights.points
        )


def read_graph(doc: Document, size: int | None) -> Graph | None:
    """Read EDGE_DATA_SECTION, or return None if the graph is complete."""
    form = doc.word("EDGE_DATA_FORMAT")
    section = doc.section("EDGE_DATA", required=bool(form))
    if section is None:
        return None
    if form not in ("EDGE_LIST", "ADJ_LIST"):
        where = doc.specs["EDGE_DATA_FORMAT"].where if form else ""
        message = "must be EDGE_LIST or ADJ_LIST" if form else "the keyword is missing"
        doc.issue(where, "EDGE_DATA_FORMAT", message)
        return None
    if size is not None and size > _MOST_CITIES:
        message = f"graphs that are not complete are limited to {_MOST_CITIES} cities"
        doc.issue(section.where, section.name, message)
        return None
    if form == "EDGE_LIST":
        return Graph([(a - 1, b - 1) for a, b in read_pairs(doc, "EDGE_DATA", size)])
    return Graph(_adjacency(doc, size))


def _adjacency(doc: Document, size: int | None) -> list[tuple[int, int]]:
    """Read lists ``city neighbor ... -1``, as one stream, up to another -1."""
    section = doc.sections["EDGE_DATA"]
    edges: list[tuple[int, int]] = []
    city: int | None = None
    for row in section.rows:
        for i in range(len(row.cells)):
            number = doc.cells.whole(row, i, f"{section.name} city")
            if number == -1:
                city = None
            elif number is None:
                continue
            elif not 1 <= number <= (size or number):
                message = f"{number} is out of range; there are 1 to {size}"
                doc.issue(row.where, f"{section.name} city", message)
            elif city is None:
                city = number - 1
            else:
                edges.append((city, number - 1))
    return edges
