"""VRPLIB files: the CVRPLIB format and the dialects of PyVRP and LKH.

The dialects differ in what their sections hold; `read` tells them apart by content. In a
file, nodes are numbered from 1; in solutions, the number of a client is one less.

References
----------
Uchoa, E., et al. (2017). New benchmark instances for the capacitated vehicle routing
problem. *European Journal of Operational Research*, 257(3), section 5 (CVRPLIB format).
Wouda, N. A., Lan, L., and Kool, W. (2024). PyVRP: A high-performance VRP solver package.
*INFORMS Journal on Computing*, 36(4); and the format reference of its documentation.
Helsgaun, K. (2017). *An extension of the Lin-Kernighan-Helsgaun TSP solver for constrained
traveling salesman and vehicle routing problems*, appendix (LKH format).
"""

from __future__ import annotations

import re

from routewright.errors import InputError
from routewright.model import Model
from routewright.problem import BackhaulPolicy, Problem
from routewright.travel import Rounding

from .edge_weights import read_weights
from .sections import Document, file_type
from .tables import read_pairs
from .vrplib_fleet import read_fleet
from .vrplib_nodes import read_nodes
from .vrplib_types import TYPES, default_rounding
from .vrplib_write import write

__all__ = ["read", "sniff", "write"]

_KEYWORDS = re.compile(r"^[ \t]*(CAPACITY\b|DEMAND_SECTION|CAPACITY_SECTION)", re.MULTILINE)
_REFUSED = {
    "RISK_THRESHOLD": "limits of risk are not modeled",
    "CTSP_SET_SECTION": "clients bound to salesmen in this way are not modeled",
    "GCTSP_SET_SECTION": "clients bound to salesmen in this way are not modeled",
    "DRAFT_LIMIT_SECTION": "draft limits are not modeled",
    "REQUIRED_NODES_SECTION": "nodes that are neither clients nor depots are not modeled",
}


def sniff(text: str) -> bool:
    """Whether TYPE names a vehicle routing problem, or demands stand where it is missing."""
    kind = file_type(text)
    return "VRP" in kind or kind in TYPES or (not kind and _KEYWORDS.search(text) is not None)


def read(text: str, rounding: Rounding | None = None) -> Problem:
    """Read a VRPLIB file in the dialect of CVRPLIB, PyVRP, or LKH.

    Durations equal distances. The id of a client is its number in the file minus 1. The
    fleet is unlimited unless VEHICLES says otherwise; a number in the name is no limit.

    Parameters
    ----------
    text
        The file.
    rounding
        Rounding of distances in EUC_2D and EXACT_2D files and of fractional matrices;
        None takes the default of the type, or of the set that the name belongs to. The
        notes of the problem say which one it is.

    Raises
    ------
    InputError
        Naming every malformed line.
    """
    doc = Document(text)
    kind = doc.word("TYPE", required=True)
    doc.refuse_type(kind, TYPES)
    doc.refuse(_REFUSED)
    doc.ignore("COMMENT")
    name, size = doc.text("NAME"), doc.dimension()
    weights = read_weights(doc, size, rounding, *default_rounding(kind, name))
    nodes = read_nodes(doc, size, kind)
    fleet = read_fleet(doc, nodes, kind)
    edges = read_pairs(doc, "FIXED_EDGES", size)
    doc.finish()
    if doc.issues or size is None:
        raise InputError(doc.issues)
    first_backhauls = kind in TYPES and TYPES[kind].linehaul_first
    model = Model(
        name,
        backhaul=BackhaulPolicy.LINEHAUL_REQUIRED if first_backhauls else BackhaulPolicy.MIXED,
    )
    model.notes += doc.notes
    where = weights.add_to(model, size)
    indices = nodes.add_to(model, where, fleet.allowed(nodes.clients))
    fleet.add_to(model, indices)
    for a, b in edges:
        model.add_fixed_edge(indices[a - 1], indices[b - 1])
    return model.problem()
