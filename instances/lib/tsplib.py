"""TSPLIB95 files of one tour: TSP, ATSP, SOP, LKH's TSPTW, and the OP files of OPLib.

Cities keep the numbers of the file. The first one is the depot, or the one that
DEPOT_SECTION names, and a single vehicle serves all others.

References
----------
Reinelt, G. (1995). *TSPLIB95*.
Kobeaga, G., Merino, M., and Lozano, J. A. (2018). An efficient evolutionary algorithm for
the orienteering problem. *Computers & Operations Research*, 90, section 5 (OPLib).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from routewright.errors import InputError
from routewright.model import Model
from routewright.problem import Problem
from routewright.travel import Rounding

from .edge_data import Graph, read_graph
from .edge_weights import EdgeWeights, read_weights
from .sections import Document, file_type
from .tables import Column, Table, read_ids, read_pairs, read_table
from .tsplib_write import write

__all__ = ["read", "sniff", "write"]

#: Every TYPE that can be read here.
TYPES = frozenset({"TSP", "ATSP", "SOP", "TSPTW", "OP"})
_KEYWORDS = re.compile(
    r"^[ \t]*(DIMENSION|EDGE_WEIGHT_TYPE)[ \t]*[:=]|^[ \t]*NODE_COORD_SECTION",
    re.IGNORECASE | re.MULTILINE,
)
_REFUSED = {
    "DRAFT_LIMIT_SECTION": "draft limits are not modeled",
    "REQUIRED_NODES_SECTION": "nodes that need not be visited are not modeled",
}


def sniff(text: str) -> bool:
    """Whether the text has keywords of TSPLIB; unsupported types are refused by `read`."""
    return bool(file_type(text)) or _KEYWORDS.search(text) is not None


def read(text: str, rounding: Rounding | None = None) -> Problem:
    """Read a TSP, ATSP, SOP, TSPTW, or OP file.

    A TSPTW minimizes travel; waiting is free. An OP maximizes the scores collected: its
    cost is the sum of the scores left behind. An SOP is a path from the first city to the
    last one.

    Parameters
    ----------
    text
        The file.
    rounding
        Rounding of distances in EUC_2D and EXACT_2D files and of fractional matrices;
        None takes EDGE_WEIGHT_TYPE at its word.

    Raises
    ------
    InputError
        Naming every malformed line, and types that are not supported.
    """
    doc = Document(text)
    kind = doc.word("TYPE", required=True)
    is_tour = kind == "TOUR" or "TOUR" in doc.sections
    doc.refuse_type(kind, TYPES, " (a solution, not a problem)" if is_tour else "")
    if kind not in TYPES:  # what follows would be about another kind of problem
        raise InputError(doc.issues)
    doc.refuse(_REFUSED)
    doc.ignore("COMMENT")
    name, size = doc.text("NAME"), doc.dimension()
    weights = read_weights(doc, size, rounding)
    if kind == "TSP":
        _refuse_asymmetric(doc, weights)
    tour = _Tour(
        kind=kind,
        weights=weights,
        depot=_depot(doc, size, kind),
        windows=_windows(doc, size) if kind == "TSPTW" else None,
        scores=_scores(doc, size) if kind == "OP" else None,
        limit=_cost_limit(doc) if kind == "OP" else None,
        edges=read_pairs(doc, "FIXED_EDGES", size),
        graph=read_graph(doc, size),
    )
    doc.finish()
    if doc.issues or size is None:
        raise InputError(doc.issues)
    model = Model(name)
    model.tour_base = 1
    model.notes += doc.notes
    tour.add_to(model, size)
    return model.problem()


@dataclass(frozen=True, slots=True)
class _Tour:
    """What a file without issues says; cities are counted from 0, those of edges from 1."""

    kind: str
    weights: EdgeWeights
    depot: int
    windows: Table | None
    scores: Table | None
    limit: float | None
    edges: list[tuple[int, int]]
    graph: Graph | None

    def add_to(self, model: Model, size: int) -> None:
        weights, precedences = self.weights, list[tuple[int, int]]()
        if self.kind == "SOP":
            weights, precedences = _sequential(weights)
        if self.graph is not None:
            weights = self.graph.restrict(weights, size)
        self._add_cities(model, weights, size)
        # In the model, the depot is node 0, and the others follow in their order.
        others = [i for i in range(size) if i != self.depot]
        node = {i: n for n, i in enumerate([self.depot, *others])}
        for a, b in self.edges:
            model.add_fixed_edge(node[a - 1], node[b - 1])
        for before, after in precedences:
            model.add_precedence(node[before] - 1, node[after] - 1)
        model.add_vehicle_type(
            "tour",
            count=1,
            end=None if self.kind == "SOP" else 0,
            max_distance=self.limit,
            unit_distance_cost=0 if self.kind == "OP" else 1,
        )

    def _add_cities(self, model: Model, weights: EdgeWeights, size: int) -> None:
        where, depot = weights.add_to(model, size), self.depot
        always = (0.0, float("inf"))
        windows = [(a, b) for a, b in self.windows.rows] if self.windows else [always] * size
        prizes = self.scores.columns[0] if self.scores else [0.0] * size
        model.add_depot(depot + 1, location=depot, window=windows[depot], where=where(depot))
        if prizes[depot]:
            model.notes.append(
                f"every tour collects the score {prizes[depot]:g} of city {depot + 1}, the depot; "
                "it is not counted"
            )
        others = [i for i in range(size) if i != depot]
        if self.windows is None and self.scores is None:
            model.add_plain_clients([i + 1 for i in others], others, map(where, others))
            return
        for i in others:
            model.add_client(
                i + 1,
                location=i,
                window=windows[i],
                required=self.scores is None,
                prize=prizes[i],
                where=where(i),
            )


def _refuse_asymmetric(doc: Document, weights: EdgeWeights) -> None:
    """Name the first pair of cities of a TSP whose two directions differ."""
    matrix = weights.matrix
    if matrix is None or (differ := np.argwhere(matrix != matrix.T)).size == 0:
        return
    i, j = (int(k) for k in differ[0])
    section = doc.sections["EDGE_WEIGHT"]
    message = (
        f"a TSP is symmetric, but city {i + 1} to {j + 1} is {matrix[i, j]:g} and back "
        f"{matrix[j, i]:g}, one of {len(differ) // 2} such pairs; TYPE: ATSP allows that"
    )
    doc.issue(section.where, section.name, message)


def _depot(doc: Document, size: int | None, kind: str) -> int:
    """Return the city where the tour starts, counted from 0."""
    ids = read_ids(doc, "DEPOT", size)
    if ids is not None and len(ids) > 1:
        section = doc.sections["DEPOT"]
        doc.issue(section.where, section.name, f"a tour has one depot, not {len(ids)}")
    if kind == "SOP" and ids and ids[0] != 1:
        section = doc.sections["DEPOT"]
        doc.issue(section.where, section.name, "the path of an SOP begins at city 1")
    return ids[0] - 1 if ids else 0


def _windows(doc: Document, size: int | None) -> Table | None:
    columns = [Column("opening"), Column("closing", unlimited=True)]
    table = read_table(doc, "TIME_WINDOW", size, columns, required=True)
    for i, (opening, closing) in enumerate(table.rows if table else ()):
        if table is not None and opening > closing:
            message = f"closes before it opens: [{opening}, {closing}]"
            doc.issue(table.where(i), table.name, message)
    return table


def _scores(doc: Document, size: int | None) -> Table | None:
    return read_table(doc, "NODE_SCORE", size, [Column("score")], required=True)


def _cost_limit(doc: Document) -> float | None:
    if "COST_LIMIT" not in doc.specs:
        doc.issue("", "COST_LIMIT", "the keyword is missing")
    return doc.number("COST_LIMIT")


def _sequential(weights: EdgeWeights) -> tuple[EdgeWeights, list[tuple[int, int]]]:
    """Turn the -1 of an SOP into precedences between cities that are not the first."""
    matrix = weights.matrix
    if matrix is None:
        return weights, []
    forbidden = np.argwhere(matrix < 0).tolist()
    real = matrix.astype(np.float64)
    real[matrix < 0] = np.inf
    pairs = [(after, before) for before, after in forbidden if before and after]
    return EdgeWeights(matrix=real, points=weights.points), pairs
