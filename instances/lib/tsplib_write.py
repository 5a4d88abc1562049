"""Problems of one tour as TSPLIB95 files: TSP, ATSP, and SOP."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from routewright.attributes import Attribute
from routewright.errors import UnsupportedError
from routewright.instances.expressible import plain, title
from routewright.problem import Problem
from routewright.travel import UNREACHABLE

from .edge_weights_write import travel_losses, travel_sections, travel_specs

_TOUR = frozenset({Attribute.ASYMMETRIC, Attribute.FIXED_EDGES, Attribute.LIMITED_FLEET})
_PATH = frozenset(
    {
        Attribute.ASYMMETRIC,
        Attribute.LIMITED_FLEET,
        Attribute.OPEN_ROUTES,
        Attribute.PRECEDENCE,
        Attribute.UNREACHABLE,
    }
)


def write(problem: Problem) -> str:
    """Write a TSP, an ATSP, or, for a path with precedences, an SOP file.

    Reading it again gives the same problem up to names and notes: the depot becomes city
    1, and the clients follow in their order.

    Raises
    ------
    UnsupportedError
        Naming what the formats cannot express.
    """
    is_path = all(v.end is None for v in problem.vehicle_types)
    lost = {str(a) for a in problem.attributes() - (_PATH if is_path else _TOUR)}
    lost.update(travel_losses(problem), _losses(problem))
    if is_path:
        lost.update(_path_losses(problem))
    if lost:
        raise UnsupportedError("format tsplib", lost, "Write .vrp or routewright JSON instead")
    lines = _path(problem) if is_path else _tour(problem)
    return "\n".join([*lines, "EOF"]) + "\n"


def _losses(p: Problem) -> Iterator[str]:
    vehicle = p.vehicle_types[0]
    if p.num_depots != 1:
        yield Attribute.MULTIPLE_DEPOTS
    if vehicle.count != 1:
        yield "more than one vehicle"
    if vehicle.start is None:
        yield "routes without start"
    if vehicle.unit_distance_cost * p.scale.distance != p.scale.cost:
        yield Attribute.DISTANCE_COSTS
    if any(c.delivery or c.prize for c in p.clients) or vehicle.capacity:
        yield "loads and prizes"


def _head(p: Problem, kind: str) -> list[str]:
    return [f"NAME : {title(p)}", f"TYPE : {kind}", f"DIMENSION : {p.num_clients + 1}"]


def _tour(p: Problem) -> list[str]:
    symmetric = p.travels[0].is_symmetric
    lines = [*_head(p, "TSP" if symmetric else "ATSP"), *travel_specs(p), *travel_sections(p)]
    if p.fixed_edges:
        lines += ["FIXED_EDGES_SECTION", *(f"{a + 1} {b + 1}" for a, b in p.fixed_edges), "-1"]
    return lines


def _path_losses(p: Problem) -> Iterator[str]:
    last = p.num_clients - 1
    if {a for a, b in p.precedences if b == last} != set(range(last)):
        yield "paths whose end is open"  # the last city of an SOP comes after all others
    forbidden = {(b + 1, a + 1) for a, b in p.precedences}
    unreachable = np.argwhere(_matrix(p) >= UNREACHABLE).tolist()
    if any((i, j) not in forbidden for i, j in unreachable if j):
        yield Attribute.UNREACHABLE


def _matrix(p: Problem) -> np.ndarray:
    nodes = [p.depots[0].location, *(c.location for c in p.clients)]
    return p.travels[0].distance_matrix()[np.ix_(nodes, nodes)]


def _path(p: Problem) -> list[str]:
    matrix = _matrix(p).copy()
    for before, after in p.precedences:
        matrix[after + 1, before + 1] = UNREACHABLE
    matrix[1:, 0] = UNREACHABLE
    lines = [
        *_head(p, "SOP"),
        "EDGE_WEIGHT_TYPE : EXPLICIT",
        "EDGE_WEIGHT_FORMAT : FULL_MATRIX",
        "EDGE_WEIGHT_SECTION",
        str(len(matrix)),
    ]
    for row in matrix.tolist():
        cells = ("-1" if d >= UNREACHABLE else plain(d, p.scale.distance) for d in row)
        lines.append(" ".join(cells))
    return lines
