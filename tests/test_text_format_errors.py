"""Malformed files: every error at once, each with its line, its column, and the rule."""

from __future__ import annotations

from types import ModuleType

import pytest
from text_samples import (
    CORDEAU_MDVRP,
    CORDEAU_SDVRPTW,
    CORDEAU_VRP,
    LI_LIM,
    SARTORI_BURIOL,
    SOLOMON,
    edited,
)

import routewright as rw
from routewright.instances.text import cordeau, li_lim, sartori_buriol, solomon

LIMIT = 9007199254740992
Edits = tuple[tuple[str, str], ...]
Case = tuple[Edits, list[str]]


def messages(module: ModuleType, text: str) -> list[str]:
    with pytest.raises(rw.InputError) as error:
        module.read(text)
    return [str(issue) for issue in error.value.issues]


SOLOMON_COLUMNS = "CUST NO., XCOORD., YCOORD., DEMAND, READY TIME, DUE DATE, SERVICE TIME"
DEPOT_LINE = "    0      40         50          0          0       1236          0\n"

SOLOMON_CASES: dict[str, Case] = {
    "everything at once": (
        (
            ("  2         200", "  2.5  many"),
            ("45         68", "nan -inf"),
            ("10        912", "-10 1e999"),
            ("  4      45", "  1      45"),
        ),
        [
            "line 5, NUMBER: 2.5 must be a whole number",
            "line 5, CAPACITY: 'many' is not a number",
            "line 11, XCOORD.: 'nan' must be finite",
            "line 11, YCOORD.: '-inf' must be finite",
            "line 11, DEMAND: -10 must not be negative",
            f"line 11, READY TIME: 1e999 would overflow; the limit is {LIMIT}",
            "line 12, CUST NO.: 1 is repeated; it is already on line 11",
        ],
    ),
    "window": ((("912", "968"),), ["line 11, DUE DATE: closes before it opens: [968, 967]"]),
    "fractional demand": ((("68         10", "68 10.5"),),
        ["line 11, DEMAND: 10.5 must be a whole number"]),
    "fractional id": ((("    1      45", "  1.5 45"),),
        ["line 11, CUST NO.: 1.5 must be a whole number"]),
    "no vehicles": ((("  2         200", "  0         200"),),
        ["line 5, NUMBER: 0 must be at least 1"]),
    "underscore": ((("1236", "1_236"),), ["line 10, DUE DATE: '1_236' is not a number"]),
    "digits of other scripts": ((("1236", "١٢"),), ["line 10, DUE DATE: '١٢' is not a number"]),
    "missing column": ((("967         90", "967"),),
        [f"line 11: has 6 columns; expected 7: {SOLOMON_COLUMNS}"]),
    "extra column": ((("967         90", "967 90 1"),),
        [f"line 11: has 8 columns; expected 7: {SOLOMON_COLUMNS}"]),
    "missing fleet": ((("  2         200", ""),),
        ["VEHICLE: the line with number and capacity is missing"]),
    "missing capacity": ((("  2         200", "2"),),
        ["line 5: has 1 column; expected 2: NUMBER, CAPACITY"]),
    "second fleet": ((("  2         200", "2 200\n3 300"),),
        ["line 6, VEHICLE: unexpected line; expected CUSTOMER"]),
    "missing VEHICLE": ((("VEHICLE\n", ""),), ["VEHICLE: the section is missing"]),
    "missing CUSTOMER": ((("CUSTOMER\n", ""),), ["CUSTOMER: the section is missing"]),
    "repeated CUSTOMER": ((("CUSTOMER\n", "CUSTOMER\nCUSTOMER\n"),),
        ["line 8, CUSTOMER: the section is repeated"]),
    "missing header": (
        (("CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME", ""),),
        [f"line 10, CUSTOMER: the header is missing: {SOLOMON_COLUMNS.replace(', ', '  ')}"]),
    "missing depot": (
        ((DEPOT_LINE, ""),),
        [
            "line 10, CUST NO.: the first row must be the depot, number 0, not 1",
            "line 10, DEMAND: 10 must be 0 at the depot",
            "line 10, SERVICE TIME: 90 must be 0 at the depot",
        ],
    ),
    "two names": ((("toy\n", "toy\nbox\n"),),
        ["line 2: unexpected line; only a name comes before VEHICLE"]),
}  # fmt: skip


@pytest.mark.parametrize("case", SOLOMON_CASES)
def test_solomon(case: str) -> None:
    edits, expected = SOLOMON_CASES[case]
    assert messages(solomon, edited(SOLOMON, *edits)) == expected


def test_solomon_without_rows() -> None:
    header, rows = SOLOMON.split(DEPOT_LINE)
    assert rows
    assert messages(solomon, header) == [
        "CUST NO.: there are no rows; the depot and the clients are missing"
    ]
    assert messages(solomon, header + DEPOT_LINE) == [
        "line 10: the depot is the only row; the clients are missing"
    ]


def test_times_that_overflow_when_scaled_are_named() -> None:
    (message,) = messages(solomon, edited(SOLOMON, ("1236", "9007199254740")))
    assert message.startswith("line 10, window: ")
    assert "would overflow" in message


def test_distances_that_would_overflow() -> None:
    (message,) = messages(solomon, edited(SOLOMON, ("45         68", "1e15 68")))
    assert "would overflow" in message
    assert "coarser" in message


EXACTLY_ONE = "exactly one of them must be 0, and the other the number of the sibling"

LI_LIM_CASES: dict[str, Case] = {
    "signs": ((("-10", "-11"),),
        ["line 3, demand: -11 must cancel the 10 of its pickup, row 2 (line 4)"]),
    "negative pickup": ((("-10", "10"), (" 10 825", " -10 825")),
        ["line 4, demand: -10 must not be negative at a pickup"]),
    "absent sibling": ((("90 0 1\n", "90 0 7\n"),),
        [
            "line 3, pickup: names row 2 (line 4), whose delivery is 7, not 1",
            "line 4, delivery: there is no row 7",
        ]),
    "depot as sibling": ((("90 2 0\n", "90 0 0\n"),),
        [
            f"line 3, pickup, delivery: pickup 0 and delivery 0: {EXACTLY_ONE}",
            "line 4, delivery: names row 1 (line 3), whose pickup is 0, not 2",
        ]),
    "two siblings": ((("90 2 0\n", "90 2 5\n"),),
        [f"line 3, pickup, delivery: pickup 2 and delivery 5: {EXACTLY_ONE}"]),
    "own sibling": ((("90 2 0\n", "90 1 0\n"),),
        [
            "line 3, pickup: names row 1 (line 3), whose delivery is 0, not 1",
            "line 4, delivery: names row 1 (line 3), whose pickup is 1, not 2",
        ]),
    "sibling of a malformed row": ((("90 0 1\n", "90 0\n"),),
        ["line 4: has 8 columns; expected 9: number, x, y, demand, ready time, due date, "
         "service time, pickup, delivery"]),
    "header": ((("2 200 1", "2 200"),),
        ["line 1: has 2 columns; expected 3: vehicles, capacity, speed"]),
    "header values": ((("2 200 1", "two -200 -1"),),
        [
            "line 1, vehicles: 'two' is not a number",
            "line 1, capacity: -200 must not be negative",
            "line 1, speed: -1 must not be negative",
        ]),
    "negative sibling": ((("90 2 0\n", "90 -2 0\n"),),
        [
            "line 3, pickup: -2 must not be negative",
            f"line 3, pickup, delivery: pickup 0 and delivery 0: {EXACTLY_ONE}",
            "line 4, delivery: names row 1 (line 3), whose pickup is 0, not 2",
        ]),
}  # fmt: skip


@pytest.mark.parametrize("case", LI_LIM_CASES)
def test_li_lim(case: str) -> None:
    edits, expected = LI_LIM_CASES[case]
    assert messages(li_lim, edited(LI_LIM, *edits)) == expected


def test_li_lim_durations_that_would_overflow() -> None:
    (message,) = messages(li_lim, edited(LI_LIM, ("2 200 1", "2 200 1e-30")))
    assert "would overflow" in message


KINDS = "0 VRP, 1 PVRP, 2 MDVRP, 3 SDVRP, 4 VRPTW, 5 PVRPTW, 6 MDVRPTW, 7 SDVRPTW"

CORDEAU_CASES: dict[str, tuple[str, Edits, list[str]]] = {
    "unknown type": (CORDEAU_MDVRP, (("2 2 3 2", "8 0 3 2"),),
        [
            "line 1, m: 0 must be at least 1",
            f"line 1, type: 8 is not a type; the types are {KINDS}",
        ]),
    "one number too few": (CORDEAU_MDVRP, (("2 2 3 2", "2 2 3"),),
        ["line 1: has 3 columns; expected 4: type, m, n, t"]),
    "t of a VRP": (CORDEAU_VRP, (("0 3 2 1", "0 3 2 2"), ("0 80", "0 80\n0 80")),
        ["line 1, t: 2 must be 1 for VRP"]),
    "limits": (CORDEAU_MDVRP, (("60.5 70\n", ""),),
        ["line 1, t: 2 lines D Q are announced, but 1 follow"]),
    "truncated": (CORDEAU_MDVRP, (("5 30 40 0 0 0 0\n", ""),),
        ["line 1, n: 3 customers and 2 depots are announced, but 4 rows follow"]),
    "rows too many": (CORDEAU_VRP, (("0 3 2 1", "0 3 1 1"),),
        ["line 1, n: 1 customers and 1 depots are announced, but 3 rows follow"]),
    "combination of two": (CORDEAU_MDVRP, (("7 1 2 1 2", "7 1 2 1 3"),),
        ["line 4, list: 3 must be a power of 2, at most 2: one bit for one visit"]),
    "combination beyond t": (CORDEAU_MDVRP, (("7 1 2 1 2", "7 1 2 1 4"),),
        ["line 4, list: 4 must be a power of 2, at most 2: one bit for one visit"]),
    "no combination": (CORDEAU_MDVRP, (("30 1 1 2", "30 1 0"),),
        ["line 5, a: 0 must be at least 1: a customer needs a visit combination"]),
    "customer 0": (CORDEAU_MDVRP, (("1 37 52", "0 37 52"),),
        ["line 4, i: 0 must be at least 1"]),
    "depot 9": (CORDEAU_VRP, (("0 40 50", "9 40 50"),),
        ["line 3, i: the first row must be the depot, number 0, not 9"]),
    "frequency": (CORDEAU_MDVRP, (("30 1 1 2", "30 2 1 2"),),
        ["line 5, f: 2 must be 1: a customer is visited once"]),
    "list too short": (CORDEAU_MDVRP, (("7 1 2 1 2", "7 1 2 1"),),
        ["line 4: has 8 columns; expected 9: i, x, y, d, q, f, a, list, list"]),
    "missing window": (CORDEAU_SDVRPTW, ((" 4 0 900", " 4"),),
        ["line 7: has 8 columns; expected 10: i, x, y, d, q, f, a, list, e, l"]),
    "missing columns": (CORDEAU_SDVRPTW, (("2 49 -49 3 30 1 1 4 0 900", "2 49 -49"),),
        ["line 7: has 3 columns; expected 9: i, x, y, d, q, f, a, e, l"]),
    "window": (CORDEAU_SDVRPTW, ((" 4 0 900", " 4 901 900"),),
        ["line 7, l: closes before it opens: [901, 900]"]),
    "values, in the order of the lines": (
        CORDEAU_MDVRP,
        (("0 80", "-3 80.5"), ("37 52 5 7", "1e400 -inf -5 7.5"),
         ("4 20 20 0", "3 20 20 1")),
        [
            "line 2, D: -3 must not be negative",
            "line 2, Q: 80.5 must be a whole number",
            f"line 4, x: 1e400 would overflow; the limit is {LIMIT}",
            "line 4, y: '-inf' must be finite",
            "line 4, d: -5 must not be negative",
            "line 4, q: 7.5 must be a whole number",
            "line 7, i: 3 is repeated; it is already on line 6",
            "line 7, d: 1 must be 0 at a depot",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CORDEAU_CASES)
def test_cordeau(case: str) -> None:
    text, edits, expected = CORDEAU_CASES[case]
    assert messages(cordeau, edited(text, *edits)) == expected


@pytest.mark.parametrize(("code", "name"), [("1", "PVRP"), ("5", "PVRPTW")])
def test_periodic_problems_are_refused_by_name(code: str, name: str) -> None:
    with pytest.raises(rw.UnsupportedError) as error:
        cordeau.read(edited(CORDEAU_MDVRP, ("2 2 3 2", f"{code} 2 3 2")))
    assert error.value.attributes == ("periodic visits",)
    assert f"Type {code} ({name})" in str(error.value)


NODE_COLUMNS = "id, lat, lon, demand, earliest, latest, duration, pickup, delivery"

SARTORI_BURIOL_CASES: dict[str, Case] = {
    "missing keys": ((("CAPACITY: 300\n", ""), ("SIZE: 5\n", "")),
        ["SIZE: the line is missing", "CAPACITY: the line is missing"]),
    "repeated key": ((("TIME-WINDOW: 60", "SIZE: 60"),),
        ["line 9, SIZE: is repeated; it is already on line 5"]),
    "no key": ((("COMMENT: ", "COMMENT "),),
        ["line 3: 'COMMENT of our own making' is not of the form KEY: value"]),
    "values": ((("SIZE: 5", "SIZE: 5.5"), ("CAPACITY: 300", "CAPACITY: inf"), ("PDPTW", "CVRP")),
        [
            "line 4, TYPE: 'CVRP' must be PDPTW",
            "line 5, SIZE: 5.5 must be a whole number",
            "line 10, CAPACITY: 'inf' must be finite",
        ]),
    "no value": ((("SIZE: 5", "SIZE:"),), ["line 5: has 0 columns; expected 1: SIZE"]),
    "size": ((("SIZE: 5", "SIZE: 4"),), ["line 5, SIZE: 4 nodes are announced, but 5 follow"]),
    "order": ((("3 41.43", "9 41.43"), ("3 0 3\n", "3 0 9\n")),
        ["line 15, id: 9 must be 3: ids are 0, 1, 2, ... in order"]),
    "node": ((("1 41.41 2.15 5 10 70", "1 41.41 2.15 x 10 7"),),
        [
            "line 13, demand: 'x' is not a number",
            "line 13, latest: closes before it opens: [10, 7]",
            "line 15, demand: -5 must cancel the 0 of its pickup, row 1 (line 13)",
        ]),
    "missing NODES": ((("NODES\n", ""),), ["NODES: the section is missing"]),
    "missing EDGES": ((("EDGES\n", ""),), ["EDGES: the section is missing"]),
    "repeated EDGES": ((("EDGES\n", "EDGES\nEDGES\n"),),
        ["line 18, EDGES: the section is repeated"]),
    "missing row": ((("5 0 2 3 4\n", ""),), ["EDGES: has 4 rows for 5 nodes"]),
    "missing value": ((("5 0 2 3 4", "5 0 2 3"),), ["line 19, EDGES: has 4 columns for 5 nodes"]),
    "wrong values": ((("5 0 2 3 4", "5 0 -2 3.5 nan"), ("7 3 0", "7 3e400 0")),
        [
            "line 19, EDGES, column 3: -2 must not be negative",
            "line 19, EDGES, column 4: 3.5 must be a whole number",
            "line 19, EDGES, column 5: 'nan' must be finite",
            f"line 20, EDGES, column 2: 3e400 would overflow; the limit is {LIMIT}",
        ]),
    "too long a way": ((("5 0 2", "5 0 99999999999999"),),
        ["line 19, EDGES, column 3: 99999999999999 would overflow; the limit is 17592186044415"]),
    "after the end": ((("EOF\n", "EOF\nmore\n"),),
        ["line 24, EOF: unexpected line after the end"]),
    "extra column": ((("3 0 3\n", "3 0 3 1\n"),),
        [f"line 13: has 10 columns; expected 9: {NODE_COLUMNS}"]),
}  # fmt: skip


@pytest.mark.parametrize("case", SARTORI_BURIOL_CASES)
def test_sartori_buriol(case: str) -> None:
    edits, expected = SARTORI_BURIOL_CASES[case]
    assert messages(sartori_buriol, edited(SARTORI_BURIOL, *edits)) == expected


def test_a_missing_end_of_file_is_no_error() -> None:
    text = edited(SARTORI_BURIOL, ("EOF\n", ""))
    assert sartori_buriol.read(text) == sartori_buriol.read(SARTORI_BURIOL)
