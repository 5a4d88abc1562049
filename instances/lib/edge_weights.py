"""Travel in keyword files: EDGE_WEIGHT_TYPE, coordinates, and explicit matrices.

References
----------
Reinelt, G. (1995). *TSPLIB95*, sections 1.1 and 2.
Helsgaun, K. (2017). *An extension of the Lin-Kernighan-Helsgaun TSP solver for constrained
traveling salesman and vehicle routing problems*, appendix (EXACT, FLOOR, GEOM, and others).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from routewright.model import Model
from routewright.travel import Metric, MetricKind, Rounding, RoundingRule

from .sections import Document
from .tables import Column, Numbers, Table, read_stream, read_table

_NINT, _FLOOR, _CEIL = RoundingRule.NINT, RoundingRule.FLOOR, RoundingRule.CEIL
#: Scale of LKH's EXACT types where no SCALE is given.
_EXACT_SCALE = 1000
#: Side of LKH's torus where no GRID_SIZE is given.
_GRID_SIZE = 1_000_000.0

#: Formula, rounding, and number of coordinates of every EDGE_WEIGHT_TYPE.
WEIGHT_TYPES: dict[str, tuple[MetricKind, RoundingRule, int]] = {
    "EUC_2D": (MetricKind.EUCLIDEAN, _NINT, 2),
    "EUC_3D": (MetricKind.EUCLIDEAN, _NINT, 3),
    "CEIL_2D": (MetricKind.EUCLIDEAN, _CEIL, 2),
    "CEIL_3D": (MetricKind.EUCLIDEAN, _CEIL, 3),
    "FLOOR_2D": (MetricKind.EUCLIDEAN, _FLOOR, 2),
    "FLOOR_3D": (MetricKind.EUCLIDEAN, _FLOOR, 3),
    "EXACT_2D": (MetricKind.EUCLIDEAN, _NINT, 2),
    "EXACT_3D": (MetricKind.EUCLIDEAN, _NINT, 3),
    "MAX_2D": (MetricKind.MAXIMUM, _NINT, 2),
    "MAX_3D": (MetricKind.MAXIMUM, _NINT, 3),
    "MAN_2D": (MetricKind.MANHATTAN, _NINT, 2),
    "MAN_3D": (MetricKind.MANHATTAN, _NINT, 3),
    "ATT": (MetricKind.ATT, _NINT, 2),
    "GEO": (MetricKind.GEO, _FLOOR, 2),
    "GEOM": (MetricKind.GEOM, _FLOOR, 2),
    "GEO_MEEUS": (MetricKind.GEO_MEEUS, _NINT, 2),
    "GEOM_MEEUS": (MetricKind.GEOM_MEEUS, _NINT, 2),
    "TOR_2D": (MetricKind.TOROIDAL, _NINT, 2),
    "TOR_3D": (MetricKind.TOROIDAL, _NINT, 3),
    "XRAY1": (MetricKind.XRAY1, _NINT, 3),
    "XRAY2": (MetricKind.XRAY2, _NINT, 3),
}
#: Types under whose name files mean several roundings.
_OPEN_TO_ROUNDING = frozenset({"EUC_2D", "EUC_3D", "EXACT_2D", "EXACT_3D"})

#: A column-wise triangle is the row-wise other triangle, read along.
_FORMATS = {
    "FULL_MATRIX": "full",
    "UPPER_ROW": "upper",
    "LOWER_COL": "upper",
    "LOWER_ROW": "lower",
    "UPPER_COL": "lower",
    "UPPER_DIAG_ROW": "upper_diag",
    "LOWER_DIAG_COL": "upper_diag",
    "LOWER_DIAG_ROW": "lower_diag",
    "UPPER_DIAG_COL": "lower_diag",
}


@dataclass(frozen=True, slots=True)
class EdgeWeights:
    """Where travel comes from.

    Parameters
    ----------
    metric
        The metric, or None where a matrix is given.
    matrix
        Weights, shape (nodes, nodes), diagonal 0; or None.
    rounding
        How the weights of the matrix are rounded; None keeps them.
    points
        Coordinates of every node, if any: for the metric, or for pictures only.
    """

    metric: Metric | None = None
    matrix: Numbers | None = None
    rounding: Rounding | None = None
    points: Table | None = None

    def add_to(self, model: Model, size: int) -> Callable[[int], str]:
        """Add locations and travel to a model; return the place in the file of each node."""
        points = self.points
        if points is not None:
            model.add_locations(np.column_stack(points.columns), points.places)
        if self.metric is not None:
            model.set_metric(self.metric)
        elif self.matrix is not None:
            model.add_matrix(self.matrix, rounding=self.rounding)
        return (
            points.where
            if points is not None
            else [f"node {i + 1}" for i in range(size)].__getitem__
        )


def read_weights(
    doc: Document,
    size: int | None,
    rounding: Rounding | None,
    default: Rounding | None = None,
    why: str = "",
) -> EdgeWeights:
    """Read EDGE_WEIGHT_TYPE and the sections that belong to it.

    Parameters
    ----------
    doc
        The file; receives issues, and a note that says how distances are rounded.
    size
        DIMENSION; None if it is not known, which is an issue already.
    rounding
        What the user asks for, or None.
    default
        Rounding of EUC_2D where neither the user nor a SCALE says it; None takes the
        type at its word.
    why
        Where the default comes from, for the note.
    """
    doc.ignore("NODE_COORD_TYPE", "DISPLAY_DATA_TYPE")
    kind = doc.word("EDGE_WEIGHT_TYPE", required=True)
    if kind == "EXPLICIT":
        return _explicit(doc, size, rounding)
    doc.ignore("EDGE_WEIGHT_FORMAT")  # FUNCTION, in files that have it
    _drop_display(doc)
    if kind not in WEIGHT_TYPES:
        if kind:
            known = ", ".join([*WEIGHT_TYPES, "EXPLICIT"])
            where = doc.specs["EDGE_WEIGHT_TYPE"].where
            message = f"{kind[:40]} is not supported; choose from {known}"
            doc.issue(where, "EDGE_WEIGHT_TYPE", message)
        doc.ignore("NODE_COORD_SECTION")
        return EdgeWeights()
    metric = _metric(doc, kind, rounding, default, why)
    return EdgeWeights(metric, points=_coordinates(doc, size, WEIGHT_TYPES[kind][2], required=True))


def _metric(
    doc: Document, kind: str, rounding: Rounding | None, default: Rounding | None, why: str
) -> Metric:
    formula, rule, _ = WEIGHT_TYPES[kind]
    exact = kind.startswith("EXACT")
    scale = doc.whole("SCALE", at_least=1)
    metric = Metric(formula, rule, scale or (_EXACT_SCALE if exact else 1))
    says = f"EDGE_WEIGHT_TYPE {kind}"
    if scale is not None:
        says += f", SCALE {scale}"
    if formula is MetricKind.TOROIDAL:
        side = doc.number("GRID_SIZE")
        metric = replace(metric, period=side or _GRID_SIZE)
    if kind in _OPEN_TO_ROUNDING:
        if rounding is None and default is not None and scale is None and not exact:
            rounding, says = default, why
        elif rounding is not None:
            says = ""
        if rounding is not None:
            metric = replace(metric, rule=rounding.rule, scale=rounding.scale)
    elif rounding is not None:
        doc.notes.append(f"rounding: {rounding} does not apply to {kind}, which states its own")
        return metric
    doc.notes.append(f"rounding: {_named(metric)}" + (f" ({says})" if says else ""))
    return metric


def _named(metric: Metric) -> str:
    """Return the user's name of a rounding, or what it does where it has none."""
    for rounding in Rounding:
        if (rounding.rule, rounding.scale) == (metric.rule, metric.scale):
            return str(rounding)
    words = {_NINT: "to the nearest", _FLOOR: "down to the", _CEIL: "up to the next"}
    unit = "integer" if metric.scale == 1 else f"multiple of 1/{metric.scale}"
    return f"{words[metric.rule]} {unit}"


def _coordinates(
    doc: Document, size: int | None, dimensions: int, *, required: bool = False
) -> Table | None:
    columns = [Column(name, signed=True) for name in ("x", "y", "z")[:dimensions]]
    return read_table(doc, "NODE_COORD", size, columns, required=required)


def _drop_display(doc: Document) -> None:
    """Say that display data are not needed where there are coordinates."""
    if "DISPLAY_DATA" in doc.sections:
        doc.ignore("DISPLAY_DATA_SECTION")
        where = doc.sections["DISPLAY_DATA"].where
        doc.notes.append(f"{where}: DISPLAY_DATA_SECTION is ignored; pictures use NODE_COORD")


def _explicit(doc: Document, size: int | None, rounding: Rounding | None) -> EdgeWeights:
    points = None
    if "NODE_COORD" in doc.sections:
        _drop_display(doc)
        rows = doc.sections["NODE_COORD"].rows
        points = _coordinates(doc, size, 3 if rows and len(rows[0].cells) == 4 else 2)
    elif "DISPLAY_DATA" in doc.sections:
        columns = [Column("x", signed=True), Column("y", signed=True)]
        points = read_table(doc, "DISPLAY_DATA", size, columns)
    if doc.spec("SCALE") is not None:
        doc.notes.append("SCALE is not needed: EXPLICIT weights are kept as they are")
    matrix = _matrix(doc, size)
    if matrix is None:
        return EdgeWeights(points=points)
    whole = matrix.dtype == np.int64
    if rounding is not None and whole:
        doc.notes.append(f"rounding: {rounding} does not apply; EXPLICIT weights are integers")
        rounding = None
    elif rounding is not None:
        doc.notes.append(f"rounding: {rounding}")
    else:
        kind = "integers" if whole else "kept as they are"
        doc.notes.append(f"rounding: none (EXPLICIT weights are {kind})")
    return EdgeWeights(matrix=matrix, rounding=rounding, points=points)


def _matrix(doc: Document, size: int | None) -> Numbers | None:
    """Return the square matrix of EDGE_WEIGHT_SECTION, or None with issues."""
    name = doc.word("EDGE_WEIGHT_FORMAT", required=True)
    section = doc.section("EDGE_WEIGHT", required=True)
    if name and name not in _FORMATS:
        known = ", ".join(_FORMATS)
        where = doc.specs["EDGE_WEIGHT_FORMAT"].where
        message = f"{name[:40]} is not supported for EXPLICIT; choose from {known}"
        doc.issue(where, "EDGE_WEIGHT_FORMAT", message)
        return None
    if section is None or size is None or not name:
        return None
    sequential = doc.word("TYPE") == "SOP"  # where the size comes first, and -1 is allowed
    numbers = read_stream(doc, section, least=-1 if sequential else 0)
    if numbers is None:
        return None
    if sequential and len(numbers) == size * size + 1 and numbers[0] == size:
        numbers = numbers[1:]
    form = _FORMATS[name]
    expected = _count(form, size)
    if len(numbers) != expected:
        message = f"has {len(numbers)} numbers; {name} of dimension {size} has {expected}"
        doc.issue(section.where, section.name, message)
        return None
    matrix = _square(numbers, form, size)
    np.fill_diagonal(matrix, 0)
    return matrix


def _count(form: str, size: int) -> int:
    if form == "full":
        return size * size
    return size * (size + 1) // 2 if form.endswith("diag") else size * (size - 1) // 2


def _square(numbers: Numbers, form: str, size: int) -> Numbers:
    if form == "full":
        return numbers.reshape(size, size).copy()
    shift = 0 if form.endswith("diag") else 1
    matrix = np.zeros((size, size), dtype=numbers.dtype)
    if form.startswith("upper"):
        matrix[np.triu_indices(size, shift)] = numbers
    else:
        matrix[np.tril_indices(size, -shift)] = numbers
    return np.asarray(matrix + matrix.T)
