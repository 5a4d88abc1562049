"""TSPLIB files: every weight type and format, the types of tours, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import chain

import numpy as np
import pytest
from conftest import instance_path
from damage import damaged
from hypothesis import given
from hypothesis import strategies as st
from keyword_samples import ATSP, CVRP, GRAPH, OP, SOP, TSP, TSPLIB, TSPTW
from text_samples import edited

import routewright as rw
from routewright.instances.lib import tsplib
from routewright.travel import UNLIMITED, UNREACHABLE


def errors(text: str) -> list[str]:
    with pytest.raises(rw.InputError) as error:
        tsplib.read(text)
    return [str(issue) for issue in error.value.issues]


def matrix_of(problem: rw.Problem) -> list[list[int]]:
    return problem.travels[0].distance_matrix().tolist()


# Weights ----------------------------------------------------------------------------------

Point = tuple[float, ...]


def nint(x: float) -> int:
    return int(x + 0.5)


def att(a: Point, b: Point) -> int:
    r = math.sqrt(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) / 10)
    return nint(r) + (nint(r) < r)


def sphere(a: Point, b: Point, radius: float, radians: Callable[[float], float]) -> int:
    (lat_a, lon_a), (lat_b, lon_b) = map(radians, a), map(radians, b)
    q1, q2, q3 = math.cos(lon_a - lon_b), math.cos(lat_a - lat_b), math.cos(lat_a + lat_b)
    return int(radius * math.acos(0.5 * ((1 + q1) * q2 - (1 - q1) * q3)) + 1)


def from_ddd_mm(x: float) -> float:
    return 3.141592 * (int(x) + 5 * (x - int(x)) / 3) / 180


def torus(a: Point, b: Point, side: float) -> float:
    return math.hypot(*(min(abs(p - q), side - abs(p - q)) for p, q in zip(a, b, strict=True)))


#: The definitions of TSPLIB95 and LKH, in plain Python.
DEFINITIONS: dict[str, tuple[int, Callable[[Point, Point], int]]] = {
    "EUC_2D": (2, lambda a, b: nint(math.dist(a, b))),
    "EUC_3D": (3, lambda a, b: nint(math.dist(a, b))),
    "CEIL_2D": (2, lambda a, b: math.ceil(math.dist(a, b))),
    "CEIL_3D": (3, lambda a, b: math.ceil(math.dist(a, b))),
    "FLOOR_2D": (2, lambda a, b: math.floor(math.dist(a, b))),
    "FLOOR_3D": (3, lambda a, b: math.floor(math.dist(a, b))),
    "EXACT_2D": (2, lambda a, b: nint(1000 * math.dist(a, b))),
    "EXACT_3D": (3, lambda a, b: nint(1000 * math.dist(a, b))),
    "MAN_2D": (2, lambda a, b: nint(sum(abs(p - q) for p, q in zip(a, b, strict=True)))),
    "MAN_3D": (3, lambda a, b: nint(sum(abs(p - q) for p, q in zip(a, b, strict=True)))),
    "MAX_2D": (2, lambda a, b: max(nint(abs(p - q)) for p, q in zip(a, b, strict=True))),
    "MAX_3D": (3, lambda a, b: max(nint(abs(p - q)) for p, q in zip(a, b, strict=True))),
    "ATT": (2, att),
    "GEO": (2, lambda a, b: sphere(a, b, 6378.388, from_ddd_mm)),
    "GEOM": (2, lambda a, b: sphere(a, b, 6378388.0, math.radians)),
    "TOR_2D": (2, lambda a, b: nint(torus(a, b, 100))),
    "TOR_3D": (3, lambda a, b: nint(torus(a, b, 100))),
}


def coordinate_file(kind: str, points: list[Point]) -> str:
    rows = (" ".join(map(str, [i, *p])) for i, p in enumerate(points, start=1))
    head = f"TYPE : TSP\nDIMENSION : {len(points)}\nEDGE_WEIGHT_TYPE : {kind}\n"
    side = "GRID_SIZE : 100\n" if kind.startswith("TOR") else ""
    return "\n".join([head + side + "NODE_COORD_SECTION", *rows])


@pytest.mark.parametrize("kind", DEFINITIONS)
@given(data=st.data())
def test_weights_follow_their_definition(kind: str, data: st.DataObject) -> None:
    dimensions, define = DEFINITIONS[kind]
    # Quarters: their differences and squares are exact, so that ties are ties for both.
    number = st.integers(0, 359).map(lambda n: n / 4)
    points = data.draw(st.lists(st.tuples(*[number] * dimensions), min_size=2, max_size=5))
    expected = [[0 if a is b else define(a, b) for b in points] for a in points]
    assert matrix_of(tsplib.read(coordinate_file(kind, points))) == expected


@pytest.mark.parametrize(
    ("kind", "points"),
    [
        ("XRAY1", [(0, 1, 2), (359, 5, 3)]),
        ("XRAY2", [(0, 1, 2), (359, 5, 3)]),
        ("GEO_MEEUS", [(0, 0), (0, 90)]),
        ("GEOM_MEEUS", [(0, 0), (0, 90)]),
    ],
)
def test_the_rarer_weights(kind: str, points: list[Point]) -> None:
    by_hand = {"XRAY1": 400, "XRAY2": nint(400 / 1.5), "GEO_MEEUS": 10019, "GEOM_MEEUS": 10018754}
    (_, d), _ = matrix_of(tsplib.read(coordinate_file(kind, points)))
    assert d == by_hand[kind]


def cells_of(form: str, matrix: np.ndarray) -> list[int]:
    """The numbers of a format in its order, by its definition in TSPLIB95."""
    n = len(matrix)
    where = {
        "FULL_MATRIX": [(i, j) for i in range(n) for j in range(n)],
        "UPPER_ROW": [(i, j) for i in range(n) for j in range(i + 1, n)],
        "LOWER_ROW": [(i, j) for i in range(n) for j in range(i)],
        "UPPER_DIAG_ROW": [(i, j) for i in range(n) for j in range(i, n)],
        "LOWER_DIAG_ROW": [(i, j) for i in range(n) for j in range(i + 1)],
        "UPPER_COL": [(i, j) for j in range(n) for i in range(j)],
        "LOWER_COL": [(i, j) for j in range(n) for i in range(j + 1, n)],
        "UPPER_DIAG_COL": [(i, j) for j in range(n) for i in range(j + 1)],
        "LOWER_DIAG_COL": [(i, j) for j in range(n) for i in range(j, n)],
    }[form]
    return [int(matrix[i, j]) for i, j in where]


FORMATS = [f"{t}{d}_{o}" for t in ("UPPER", "LOWER") for d in ("", "_DIAG") for o in ("ROW", "COL")]


@pytest.mark.parametrize("form", ["FULL_MATRIX", *FORMATS])
@given(n=st.integers(1, 6), seed=st.integers(0, 99), width=st.integers(1, 9))
def test_every_matrix_format(form: str, n: int, seed: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, 99, (n, n))
    if form != "FULL_MATRIX":
        matrix = matrix + matrix.T
    cells = cells_of(form, matrix)  # with the diagonal, which does not count
    lines = [" ".join(map(str, cells[i : i + width])) for i in range(0, len(cells), width)]
    text = "\n".join(
        [
            f"TYPE: ATSP\nDIMENSION: {n}\nEDGE_WEIGHT_TYPE: EXPLICIT",
            f"EDGE_WEIGHT_FORMAT: {form}\nEDGE_WEIGHT_SECTION",
            *lines,
        ]
    )
    np.fill_diagonal(matrix, 0)
    assert matrix_of(tsplib.read(text)) == matrix.tolist()


def test_display_data_are_for_pictures() -> None:
    p = tsplib.read(ATSP)
    assert matrix_of(p) == [[0, 1, 2], [3, 0, 4], [5, 6, 0]]
    assert p.travels[0].coordinates.tolist() == [[0, 0], [1, 0], [1, 1]]
    p = tsplib.read(edited(TSP, ("EOF", "DISPLAY_DATA_SECTION\n1 1 1\nEOF")))
    assert p.travels[0].coordinates.tolist()[1] == [3, 4]
    assert "line 15: DISPLAY_DATA_SECTION is ignored; pictures use NODE_COORD" in p.notes


# Tours ------------------------------------------------------------------------------------


def test_a_tour_is_one_vehicle_and_cities_keep_their_numbers() -> None:
    p = tsplib.read(TSP)
    assert p.tour_base == 1
    assert (p.depots[0].id, [c.id for c in p.clients]) == ("1", ["2", "3", "4", "5"])
    (vehicle,) = p.vehicle_types
    assert (vehicle.count, vehicle.start, vehicle.end) == (1, 0, 0)
    assert p.fixed_edges == ((0, 2),)
    report = rw.check(p, rw.Solution.from_visits([[0, 2, 3, 1]]))
    assert report.cost == 5 + 6 + 11 + 8 + 10
    assert report.feasible  # 1 and 3 are neighbors
    assert not rw.check(p, rw.Solution.from_visits([[0, 1, 2, 3]])).feasible


def test_sop_is_a_path_with_precedences() -> None:
    p = tsplib.read(SOP)
    assert p.vehicle_types[0].end is None
    assert set(p.precedences) == {(0, 1), (0, 2), (1, 2)}
    report = rw.check(p, rw.Solution.from_visits([[0, 1, 2]]))
    assert (report.cost, report.feasible) == (1 + 3 + 6, True)
    assert not rw.check(p, rw.Solution.from_visits([[1, 0, 2]])).feasible
    assert matrix_of(p)[2][1] == UNREACHABLE


def test_waiting_is_free_in_a_tour_with_windows() -> None:
    p = tsplib.read(TSPTW)
    report = rw.check(p, rw.Solution.from_visits([[0, 1]]))
    assert (report.cost, report.feasible) == (10, True)
    assert report.duration > report.cost or report.routes[0].start_time > 0
    assert p.depots[0].window == (0, 90)


def test_orienteering_leaves_scores_behind() -> None:
    p = tsplib.read(OP)
    assert p.vehicle_types[0].max_distance == 12
    assert not any(c.required for c in p.clients)
    report = rw.check(p, rw.Solution.from_visits([[0, 1]]))
    # 5 + nint(sqrt(10)) + 5 is more than 12.
    assert [v.kind for v in report.violations] == [rw.ViolationKind.MAX_DISTANCE]
    report = rw.check(p, rw.Solution.from_visits([[0]]))
    assert (report.cost, report.feasible, report.prize_collected) == (5 + 9, True, 8)


def test_missing_edges_of_a_graph_cannot_be_traveled() -> None:
    p = tsplib.read(GRAPH)
    none = UNREACHABLE
    ring = [[0, 1, none, 1], [1, 0, 1, none], [none, 1, 0, 1], [1, none, 1, 0]]
    assert matrix_of(p) == ring
    listed = edited(GRAPH, ("ADJ_LIST", "EDGE_LIST"))
    listed = listed.partition("EDGE_DATA_SECTION")[0]
    p = tsplib.read(f"{listed}EDGE_DATA_SECTION\n1 2\n1 4\n2 3\n3 4\n-1\nEOF\n")
    assert matrix_of(p) == ring


@pytest.mark.parametrize("name", TSPLIB)
def test_white_space_and_ends_carry_no_meaning(name: str) -> None:
    text = TSPLIB[name]
    p = tsplib.read(text)
    for variant in (
        text.replace("\n", "\r\n"),
        text.replace("\n", "\n\n").replace(":", " : \t"),
        text.replace("_SECTION", "_SECTION :"),
        text.removesuffix("EOF\n"),
    ):
        assert tsplib.sniff(variant)
        assert tsplib.read(variant) == p


def test_the_user_may_choose_the_rounding() -> None:
    p = tsplib.read(TSP, rounding=rw.Rounding.DEC1)
    assert p.travels[0].metric == rw.Metric.euclidean("dec1")
    assert p.notes == ("rounding: dec1",)
    assert tsplib.read(TSP).notes == ("rounding: nint (EDGE_WEIGHT_TYPE EUC_2D)",)


# What is wrong ----------------------------------------------------------------------------

KNOWN = "supported here: ATSP, OP, SOP, TSP, TSPTW"
MALFORMED: dict[str, tuple[str, list[str]]] = {
    "Hamiltonian cycles": (
        edited(TSP, ("TYPE: TSP", "TYPE: HCP")),
        [f"line 2, TYPE: HCP is not supported; {KNOWN}"],
    ),
    "a tour": (
        "NAME : x\nTYPE : TOUR\nTOUR_SECTION\n1\n-1\nEOF\n",
        [f"line 2, TYPE: TOUR is not supported (a solution, not a problem); {KNOWN}"],
    ),
    "a routing problem": (
        CVRP,
        [f"line 3, TYPE: CVRP is not supported; {KNOWN}"],
    ),
    "everything at once": (
        edited(
            TSP, ("1 3\n", "1 9 2\n"), ("2 3 4", "2 x 4"), ("3 6 8", "2 6 8"), ("5 5.5 0\n", "")
        ),
        [
            "line 7, FIXED_EDGES_SECTION id: 9 is out of range; there are 1 to 5",
            "line 7, FIXED_EDGES_SECTION: the last id has no partner",
            "line 9, NODE_COORD_SECTION: 2 of 5 rows are missing: 3, 5",
            "line 11, NODE_COORD_SECTION x: 'x' is not a number",
            "line 12, NODE_COORD_SECTION id: 2 is repeated; it is already on line 11",
        ],
    ),
    "three coordinates for two": (
        edited(TSP, ("1 0 0", "1 0 0 0")),
        [
            "line 10: has 4 columns; expected 3: id, x, y",
        ],
    ),
    "no weights": (
        edited(ATSP, ("EDGE_WEIGHT_TYPE: EXPLICIT\n", "")),
        ["EDGE_WEIGHT_TYPE: the keyword is missing"],
    ),
    "too many weights": (
        edited(ATSP, ("99\nDISPLAY", "99 7\nDISPLAY")),
        ["line 7, EDGE_WEIGHT_SECTION: has 10 numbers; FULL_MATRIX of dimension 3 has 9"],
    ),
    "a precedence outside of an SOP": (
        edited(ATSP, ("99 1\n", "99 -1\n")),
        ["line 8, EDGE_WEIGHT_SECTION weight: -1 must not be negative"],
    ),
    "windows": (
        edited(TSPTW, ("2 10 20", "2 30 20"), ("3 0 50\n", "")),
        [
            "line 10, TIME_WINDOW_SECTION: 1 of 3 rows are missing: 3",
        ],
    ),
    "closed windows": (
        edited(TSPTW, ("2 10 20", "2 30 20")),
        ["line 12, TIME_WINDOW_SECTION: closes before it opens: [30, 20]"],
    ),
    "scores": (
        edited(OP, ("2 8\n", "2 -8\n"), ("COST_LIMIT : 12\n", "")),
        [
            "COST_LIMIT: the keyword is missing",
            "line 12, NODE_SCORE_SECTION score: -8 must not be negative",
        ],
    ),
    "two depots": (
        edited(OP, ("DEPOT_SECTION\n1", "DEPOT_SECTION\n1\n2")),
        ["line 16, DEPOT_SECTION: a tour has one depot, not 2"],
    ),
    "a graph without format": (
        edited(GRAPH, ("EDGE_DATA_FORMAT : ADJ_LIST\n", "")),
        ["EDGE_DATA_FORMAT: the keyword is missing"],
    ),
    "latitudes": (
        edited(TSP, ("EUC_2D", "GEO"), ("3 6 8", "3 96 8")),
        ["line 12, latitude: 96.0 is outside -90..90"],
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_every_error_is_named_with_its_line(name: str) -> None:
    text, expected = MALFORMED[name]
    assert errors(text) == expected


WORDS = ["NODE_COORD_SECTION", "TYPE: SOP", "TYPE: OP", "EXPLICIT", "GEO", "XRAY1", "-1 -1",
         "EDGE_WEIGHT_FORMAT: UPPER_ROW", "EDGE_DATA_FORMAT: EDGE_LIST", "SCALE: 10"]  # fmt: skip


@given(data=st.data(), name=st.sampled_from(sorted(TSPLIB)))
def test_a_damaged_file_is_a_problem_or_an_input_error(data: st.DataObject, name: str) -> None:
    text = data.draw(damaged(TSPLIB[name], WORDS))
    try:
        problem = tsplib.read(text)
    except rw.InputError as error:
        messages = [issue.message for issue in error.issues]
    else:
        messages = [note for note in problem.notes if note.startswith("rounding: ")]
    assert messages
    assert all(messages)


# Round trips ------------------------------------------------------------------------------


@given(
    points=st.lists(st.tuples(*[st.integers(0, 8999).map(lambda n: n / 100)] * 2), min_size=2),
    kind=st.sampled_from(["EUC_2D", "CEIL_2D", "EXACT_2D", "MAN_2D", "ATT", "GEO", "TOR_2D"]),
    rounding=st.sampled_from([None, *rw.Rounding]),
    edge=st.booleans(),
)
def test_tours_survive_a_round_trip(
    points: list[Point], kind: str, rounding: rw.Rounding | None, edge: bool
) -> None:
    text = coordinate_file(kind, points) + ("\nFIXED_EDGES_SECTION\n1 2\n-1\n" if edge else "")
    p = tsplib.read(text, rounding=rounding)
    assert tsplib.read(tsplib.write(p)).replace(notes=()) == p.replace(notes=())


@given(n=st.integers(2, 6), seed=st.integers(0, 99), decimals=st.integers(0, 2))
def test_matrices_survive_a_round_trip(n: int, seed: int, decimals: int) -> None:
    rng = np.random.default_rng(seed)
    rows = np.round(rng.uniform(0, 99, (n, n)), decimals).tolist()
    cells = " ".join(map(str, chain.from_iterable(rows)))
    head = f"NAME: m\nTYPE: ATSP\nDIMENSION: {n}\nEDGE_WEIGHT_TYPE: EXPLICIT\n"
    p = tsplib.read(f"{head}EDGE_WEIGHT_FORMAT: FULL_MATRIX\nEDGE_WEIGHT_SECTION\n{cells}\n")
    assert tsplib.read(tsplib.write(p)).replace(notes=()) == p.replace(notes=())


@given(n=st.integers(2, 6), seed=st.integers(0, 99))
def test_paths_survive_a_round_trip(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, 99, (n, n))
    matrix[1:, 0] = matrix[-1, :-1] = -1
    for i in range(2, n - 1):
        for j in range(1, i):
            if rng.random() < 0.3:
                matrix[i, j] = -1
    np.fill_diagonal(matrix, 0)
    cells = " ".join(map(str, [n, *matrix.ravel()]))
    head = f"NAME: s\nTYPE: SOP\nDIMENSION: {n}\nEDGE_WEIGHT_TYPE: EXPLICIT\n"
    p = tsplib.read(f"{head}EDGE_WEIGHT_FORMAT: FULL_MATRIX\nEDGE_WEIGHT_SECTION\n{cells}\n")
    assert tsplib.read(tsplib.write(p)).replace(notes=()) == p.replace(notes=())


def test_only_tours_and_paths_are_written(square: rw.Problem) -> None:
    with pytest.raises(rw.UnsupportedError) as error:
        tsplib.write(square)
    assert {"capacity", "more than one vehicle"} <= set(error.value.attributes)
    open_end = tsplib.read(TSP).replace(fixed_edges=())
    vehicle = rw.VehicleType("tour", count=1, end=None)
    with pytest.raises(rw.UnsupportedError, match="paths whose end is open"):
        tsplib.write(open_end.replace(vehicle_types=(vehicle,)))


# Public files -----------------------------------------------------------------------------


def test_public_files_of_every_kind() -> None:
    p = rw.read(instance_path("TSP/tsplib/usa13509.tsp"))
    assert isinstance(p.travels[0], rw.CoordinateTravel)
    assert p.num_clients == 13_508
    p = rw.read(instance_path("SOP/tsplib/ESC07.sop"))
    assert (p.num_clients, len(p.precedences) > 0) == (8, True)
    p = rw.read(instance_path("ATSP/tsplib/br17.atsp"))
    assert (p.num_clients, p.travels[0].is_symmetric) == (16, False)
    assert p.vehicle_types[0].max_distance == UNLIMITED
