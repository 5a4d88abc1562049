"""Malformed VRPLIB files: every error at once, each with its line and the rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from damage import damaged
from hypothesis import given
from hypothesis import strategies as st
from keyword_samples import CVRP, LKH_PDPTW, LKH_VRPB, PYVRP, TSP, VRPLIB
from text_samples import edited

import routewright as rw
from routewright.instances.lib import vrplib


def errors(text: str) -> list[str]:
    with pytest.raises(rw.InputError) as error:
        vrplib.read(text)
    return [str(issue) for issue in error.value.issues]


MALFORMED: dict[str, tuple[str, list[str]]] = {
    "nothing but a type": (
        "TYPE : CVRP\n",
        [
            "DIMENSION: the keyword is missing",
            "EDGE_WEIGHT_TYPE: the keyword is missing",
            "DEMAND_SECTION: the section is missing",
            "CAPACITY: the keyword is missing",
        ],
    ),
    "everything at once": (
        edited(
            CVRP,
            ("CAPACITY : 10", "CAPACITY : 10.5"),
            ("3 6 8", "3 nan 8"),
            ("4 0 1.5", "4 0 inf"),
            ("2 5", "2 -5"),
            ("4 1\n", "4 1.5\n"),
            ("DEPOT_SECTION\n1", "DEPOT_SECTION\n7"),
        ),
        [
            "line 6, CAPACITY: 10.5 must be a whole number",
            "line 10, NODE_COORD_SECTION x: 'nan' must be finite",
            "line 11, NODE_COORD_SECTION y: 'inf' must be finite",
            "line 14, DEMAND_SECTION demand: -5 must not be negative",
            "line 16, DEMAND_SECTION demand: 1.5 must be a whole number",
            "line 18, DEPOT_SECTION id: 7 is out of range; there are 1 to 4",
        ],
    ),
    "wrong counts": (
        edited(CVRP, ("DIMENSION : 4", "DIMENSION : 5")),
        [
            "line 7, NODE_COORD_SECTION: 1 of 5 rows are missing: 5",
            "line 12, DEMAND_SECTION: 1 of 5 rows are missing: 5",
        ],
    ),
    "missing sections": (
        CVRP.partition("NODE_COORD")[0] + "EOF\n",
        [
            "NODE_COORD_SECTION: the section is missing",
            "DEMAND_SECTION: the section is missing",
        ],
    ),
    "repeated section": (
        edited(CVRP, ("DEPOT_SECTION", "DEMAND_SECTION\n1 0\nDEPOT_SECTION")),
        ["line 17, DEMAND_SECTION: the section is repeated; it is already on line 12"],
    ),
    "a type of another kind": (
        edited(CVRP, ("TYPE : CVRP", "TYPE : CCVRP")),
        [
            "line 3, TYPE: CCVRP is not supported; supported here: ACVRP, ADCVRP, CVRP, CVRPTW, "
            "DCVRP, GVRP, HFVRP, HFVRPTW, MDVRP, MDVRPTW, MTVRPTW, MTVRPTWR, OVRP, OVRPTW, "
            "PCVRP, PCVRPTW, PDPTW, SDVRP, SDVRPTW, VRP, VRPB, VRPBTW, VRPMPD, VRPMPDTW, VRPSPD, "
            "VRPSPDTW, VRPTW"
        ],
    ),
    "constraints that would be lost": (
        edited(CVRP, ("DEPOT", "DRAFT_LIMIT_SECTION\n1 9\nRISK_THRESHOLD : 4\nDEPOT")),
        [
            "line 17, DRAFT_LIMIT_SECTION: cannot be expressed: draft limits are not modeled",
            "line 19, RISK_THRESHOLD: cannot be expressed: limits of risk are not modeled",
        ],
    ),
    "unknown weights": (
        edited(CVRP, ("EUC_2D", "SPECIAL")),
        [
            "line 5, EDGE_WEIGHT_TYPE: SPECIAL is not supported; choose from EUC_2D, EUC_3D, "
            "CEIL_2D, CEIL_3D, FLOOR_2D, FLOOR_3D, EXACT_2D, EXACT_3D, MAX_2D, MAX_3D, MAN_2D, "
            "MAN_3D, ATT, GEO, GEOM, GEO_MEEUS, GEOM_MEEUS, TOR_2D, TOR_3D, XRAY1, XRAY2, EXPLICIT"
        ],
    ),
    "a function for a matrix": (
        edited(LKH_VRPB, ("UPPER_ROW", "FUNCTION")),
        [
            "line 6, EDGE_WEIGHT_FORMAT: FUNCTION is not supported for EXPLICIT; choose from "
            "FULL_MATRIX, UPPER_ROW, LOWER_COL, LOWER_ROW, UPPER_COL, UPPER_DIAG_ROW, "
            "LOWER_DIAG_COL, LOWER_DIAG_ROW, UPPER_DIAG_COL"
        ],
    ),
    "a matrix of another size": (
        edited(LKH_VRPB, ("4 5\n", "4\n")),
        [
            "line 7, EDGE_WEIGHT_SECTION: has 5 numbers; UPPER_ROW of dimension 4 has 6",
        ],
    ),
    "a negative weight": (
        edited(LKH_VRPB, ("4 5\n", "4 -5\n")),
        ["line 9, EDGE_WEIGHT_SECTION weight: -5 must not be negative"],
    ),
    "windows that close before they open": (
        edited(PYVRP, ("3\t5\t90", "3\t95\t90"), ("1\t0\t400", "1\t401\t400")),
        [
            "line 36, TIME_WINDOW_SECTION: closes before it opens: [401, 400]",
            "line 38, TIME_WINDOW_SECTION: closes before it opens: [95, 90]",
        ],
    ),
    "goods at a depot": (
        edited(CVRP, ("1 0\n2 5", "1 3\n2 5")),
        ["line 13, DEMAND_SECTION: must be 0 at a depot"],
    ),
    "groups": (
        edited(PYVRP, ("1\t5\t6\nCAP", "1\t5\t6\n2 6 1\n3\nCAP")),
        [
            "line 58, MUTUALLY_EXCLUSIVE_GROUP_SECTION: 6 belongs to two groups",
            "line 58, MUTUALLY_EXCLUSIVE_GROUP_SECTION: 1 is a depot",
            "line 59, MUTUALLY_EXCLUSIVE_GROUP_SECTION: the group is empty",
        ],
    ),
    "vehicles": (
        edited(
            PYVRP,
            ("VEHICLES_DEPOT_SECTION\n1\t1", "VEHICLES_DEPOT_SECTION\n1\t3"),
            ("3\t4 5 6", "3\t4 9 6"),
            ("3\t5\t5\n", "3\t5\n"),
            ("4\t0\nVEHICLES_UNIT", "5\t0\nVEHICLES_UNIT"),
            ("VEHICLES_MAX_DURATION: 500", "VEHICLES_MAX_DURATION: 500\nCAPACITY: 3"),
        ),
        [
            "line 7, CAPACITY: is given twice: here, and by CAPACITY_SECTION on line 59",
            "line 62: has 2 columns; expected 3: id, capacity, capacity",
            "line 65, VEHICLES_DEPOT_SECTION: 3 is not a depot",
            "line 77, VEHICLES_ALLOWED_CLIENTS_SECTION client: 9 is out of range; there are 1 to 6",
            "line 79, VEHICLES_FIXED_COST_SECTION: 1 of 4 rows are missing: 4",
            "line 83, VEHICLES_FIXED_COST_SECTION id: 5 is out of range; ids go from 1 to 4",
        ],
    ),
    "capacities and demands of other dimensions": (
        edited(PYVRP, ("LINEHAUL_SECTION", "DEMAND_DIMENSION : 3\nLINEHAUL_SECTION")),
        ["line 14, DEMAND_DIMENSION: is 3, but the demands have 2 columns"],
    ),
    "siblings": (
        edited(LKH_PDPTW, ("3 -4 0 90 1 2 0", "3 -3 0 90 1 2 0"), ("0 0 4\n", "0 0 1\n")),
        [
            "line 16, demand: -3 must cancel the 4 of its pickup, row 2 (line 15)",
            "line 17, pickup: names row 5 (line 18), whose delivery is 1, not 4",
            "line 18, delivery: there is no row 1",
        ],
    ),
    "values that overflow": (
        edited(CVRP, ("CAPACITY : 10", f"CAPACITY : {10**30}"), ("2 3 4", "2 3 1e30")),
        [
            f"line 6, CAPACITY: {10**30} would overflow; the limit is 9007199254740992",
            "line 9, NODE_COORD_SECTION y: 1e30 would overflow; the limit is 9007199254740992",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_every_error_is_named_with_its_line(name: str) -> None:
    text, expected = MALFORMED[name]
    assert errors(text) == expected


def test_demands_above_every_capacity_are_a_proof_and_not_an_input_error() -> None:
    p = vrplib.read(edited(CVRP, ("2 5\n", "2 11\n")))
    assert any("11 exceeds" in str(issue) for issue in p.infeasibilities())


def test_text_that_is_not_a_file_of_this_kind_is_refused() -> None:
    assert errors(TSP)[0].startswith("line 2, TYPE: TSP is not supported; supported here: ")
    assert "TYPE: the keyword is missing" in errors("NAME : x\n")


WORDS = ["DEMAND_SECTION", "TYPE : VRPB", "TYPE : PDPTW", "EXPLICIT", "CEIL_2D", "-1 -1",
         "VEHICLES : 2", "CAPACITY : 3 4", "DISTANCE : 9", "SCALE : 10"]  # fmt: skip


def attempt(action: Callable[[], Any], *refusals: type[Exception]) -> Any:
    """The result, or the refusal; anything else is a defect."""
    try:
        return action()
    except refusals as error:
        return error


@given(data=st.data(), name=st.sampled_from(sorted(VRPLIB)))
def test_a_damaged_file_is_a_problem_or_an_input_error(data: st.DataObject, name: str) -> None:
    text = data.draw(damaged(VRPLIB[name], WORDS))
    found = attempt(lambda: vrplib.read(text), rw.InputError)
    if isinstance(found, rw.InputError):
        assert found.issues
        assert all(issue.message for issue in found.issues)
        return
    assert any("rounding: " in note for note in found.notes)
    written = attempt(lambda: vrplib.write(found), rw.UnsupportedError)
    if isinstance(written, rw.UnsupportedError):
        assert written.attributes
    else:
        assert vrplib.read(written).num_clients == found.num_clients
