"""Keyword files: what is taken apart how, and what is wrong with it, line by line."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routewright.instances.lib.sections import Document, file_type
from routewright.instances.lib.tables import (
    Column,
    read_ids,
    read_lists,
    read_pairs,
    read_stream,
    read_table,
)

XY = (Column("x", signed=True), Column("y", signed=True))


def issues(doc: Document) -> list[str]:
    return [str(issue) for issue in doc.issues]


def test_every_spelling_of_a_keyword_is_the_same() -> None:
    for line in ("CAPACITY : 7", "CAPACITY: 7", "CAPACITY:7", "\tCAPACITY\t:\t7\t", "CAPACITY 7",
                 "CAPACITY = 7", "capacity : 7"):  # fmt: skip
        assert Document(line).whole("CAPACITY") == 7
    for line in ("DEMAND_SECTION", "DEMAND_SECTION:", "DEMAND_SECTION :", " DEMAND_SECTION\t"):
        section = Document(f"{line}\r\n1 5\r\n").section("DEMAND")
        assert section is not None
        assert [row.cells for row in section.rows] == [["1", "5"]]


def test_words_in_values_are_not_keywords() -> None:
    doc = Document("COMMENT : EOF and DEMAND_SECTION\nNAME : EOF\nDIMENSION : 3\n")
    assert doc.text("NAME") == "EOF"
    assert doc.dimension() == 3
    assert not doc.issues


def test_specifications_may_follow_sections_and_comments_may_repeat() -> None:
    doc = Document("DEPOT_SECTION\n1\n-1\nCOMMENT : a\nCOMMENT : b\nDIMENSION : 3\n")
    assert doc.dimension() == 3
    assert read_ids(doc, "DEPOT", 3) == [1]
    assert not doc.issues


def test_what_is_out_of_place_is_named_by_line() -> None:
    doc = Document(
        "NAME : x\n1 2\n3 4\nDIMENSION : 2\nDIMENSION : 3\nDEPOT_SECTION\n1\n-1\n"
        "DEPOT_SECTION\n2\nwhat is this\n"
    )
    assert issues(doc) == [
        "line 2: '1 2' belongs to no section",
        "line 5, DIMENSION: the keyword is repeated; it is already on line 4",
        "line 9, DEPOT_SECTION: the section is repeated; it is already on line 6",
        "line 11: 'what is this' is neither a keyword nor numbers",
    ]


def test_unknown_keywords_are_noted_and_what_follows_eof_too() -> None:
    doc = Document("NAME : x\nCOLOR : red\nSHAPE_SECTION\n1 2\nEOF\n\nDIMENSION : 3\n")
    doc.text("NAME")
    doc.finish()
    assert not doc.issues
    assert doc.notes == [
        "line 7: what follows EOF is ignored",
        "line 2: unknown keyword COLOR is ignored",
        "line 3: unknown section SHAPE_SECTION is ignored",
    ]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("2.5", "2.5 must be a whole number"),
        ("0", "0 must be at least 1"),
        ("-4", "-4 must be at least 1"),
        ("nan", "'nan' must be finite"),
        ("many", "'many' is not a number"),
        ("3 4", "'3 4' must be one number"),
        ("", "'' must be one number"),
        ("1_0", "'1_0' is not a number"),
        ("1e300", "1e300 would overflow; the limit is 9007199254740992"),
    ],
)
def test_a_dimension_is_a_whole_number(value: str, message: str) -> None:
    doc = Document(f"DIMENSION : {value}\n")
    assert doc.dimension() is None
    assert issues(doc) == [f"line 1, DIMENSION: {message}"]


def test_the_type_is_found_in_any_spelling() -> None:
    assert file_type("NAME : TYPE\n\tType:\tcvrp (old)\r\n") == "CVRP"
    assert file_type("COMMENT : TYPE : TSP\n") == ""


def test_rows_of_a_table_may_come_in_any_order() -> None:
    doc = Document("NODE_COORD_SECTION\n2 3 4.5\n\n1 -1 2\n")
    table = read_table(doc, "NODE_COORD", 2, XY)
    assert table is not None
    assert table.rows == [(-1, 2), (3, 4.5)]
    assert [table.where(i) for i in (0, 1)] == ["line 4", "line 2"]


@given(
    st.lists(
        st.tuples(
            st.one_of(st.integers(-(2**53), 2**53), st.floats(-1e15, 1e15)),
            st.one_of(st.integers(-9, 9), st.sampled_from([0.5, -0.0, 1e-30])),
            st.sampled_from([" ", "  ", "\t", " \t "]),
            st.sampled_from(["\n", "\n\n", " \n", "\n \t\n"]),
        ),
        min_size=2,
        max_size=9,
    )
)
def test_a_table_is_the_same_whether_it_is_read_at_once_or_by_cells(
    rows: list[tuple[float, float, str, str]],
) -> None:
    """Rows in order are read at once; out of order, one by one."""
    lines = [f"{i}{gap}{x!r}{gap}{y!r}{end}" for i, (x, y, gap, end) in enumerate(rows, 1)]
    ordered = read_table(Document("S_SECTION\n" + "".join(lines)), "S", len(rows), XY)
    turned = read_table(Document("S_SECTION\n" + "".join(reversed(lines))), "S", len(rows), XY)
    assert ordered is not None
    assert turned is not None
    assert ordered.columns == turned.columns == [[r[0] for r in rows], [r[1] for r in rows]]
    before = ["S_SECTION\n" + "".join(lines[:i]) for i in range(len(lines))]
    assert ordered.lines == [text.count("\n") + 1 for text in before]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 5\n 7 2 3 4", "line 2: has 2 columns; expected 3: id, x, y"),
        ("1 5 1-2\n2 0 0", "line 2, S_SECTION y: '1-2' is not a number"),
        ("1 5 1_0\n2 0 0", "line 2, S_SECTION y: '1_0' is not a number"),
        ("1 5 ١\n2 0 0", "line 2, S_SECTION y: '١' is not a number"),
        ("1 5 9007199254740993\n2 0 0", "would overflow; the limit is 9007199254740992"),
        ("1 5 0\n2 0 0 #", "line 3: has 4 columns; expected 3: id, x, y"),
    ],
)
def test_what_looks_like_a_clean_table_is_not_taken_for_one(text: str, message: str) -> None:
    doc = Document(f"S_SECTION\n{text}\n")
    assert read_table(doc, "S", 2, XY) is None
    assert message in "\n".join(issues(doc))


def test_everything_wrong_with_a_table_is_named_at_once() -> None:
    doc = Document(
        "NODE_COORD_SECTION\n1 0 0\n2 nan 0\n2 5 5\n9 1 1\n4 1\n5 1 2 3\nx 1 1\n6 -inf 1e999\n"
    )
    assert read_table(doc, "NODE_COORD", 7, XY) is None
    doc.finish()
    name = "NODE_COORD_SECTION"
    assert issues(doc) == [
        f"line 1, {name}: 2 of 7 rows are missing: 3, 7",
        f"line 3, {name} x: 'nan' must be finite",
        f"line 4, {name} id: 2 is repeated; it is already on line 3",
        f"line 5, {name} id: 9 is out of range; ids go from 1 to 7",
        "line 6: has 2 columns; expected 3: id, x, y",
        "line 7: has 4 columns; expected 3: id, x, y",
        "line 8: 'x 1 1' is neither a keyword nor numbers",
        f"line 9, {name} x: '-inf' must be finite",
        f"line 9, {name} y: 1e999 would overflow; the limit is 9007199254740992",
    ]


def test_numbers_keep_to_what_a_column_promises() -> None:
    text = "S_SECTION\n1 2.5\n2 -1\n3 inf\n4 7.0\n"
    doc = Document(text)
    assert read_table(doc, "S", 4, [Column("amount", whole=True)]) is None
    assert issues(doc) == [
        "line 2, S_SECTION amount: 2.5 must be a whole number",
        "line 3, S_SECTION amount: -1 must not be negative",
        "line 4, S_SECTION amount: 'inf' must be finite",
    ]
    table = read_table(Document(text), "S", 4, [Column("amount", signed=True, unlimited=True)])
    assert table is not None
    assert table.columns == [[2.5, -1, math.inf, 7]]


def test_a_missing_section_is_an_issue_only_if_it_is_needed() -> None:
    doc = Document("NAME : x\n")
    assert read_table(doc, "DEMAND", 3, XY) is None
    assert not doc.issues
    assert read_table(doc, "DEMAND", 3, XY, required=True) is None
    assert issues(doc) == ["DEMAND_SECTION: the section is missing"]


def test_a_huge_dimension_costs_nothing() -> None:
    doc = Document("NODE_COORD_SECTION\n1 0 0\n")
    assert read_table(doc, "NODE_COORD", 10**15, XY) is None
    assert issues(doc) == [
        "line 1, NODE_COORD_SECTION: 999999999999999 of 1000000000000000 rows are missing: "
        "2, 3, 4, 5, 6, ..."
    ]


def test_lists_of_ids_end_at_minus_one() -> None:
    for text in ("DEPOT_SECTION\n2 1\n3\n-1\n", "DEPOT_SECTION 2 1 3 -1", "DEPOT_SECTION: 2 1 3"):
        assert read_ids(Document(text), "DEPOT", 3) == [2, 1, 3]
    doc = Document("DEPOT_SECTION\n1 1 4\n2.5 -1 3\n2\n")
    read_ids(doc, "DEPOT", 3)
    assert issues(doc) == [
        "line 2, DEPOT_SECTION id: 1 is repeated",
        "line 2, DEPOT_SECTION id: 4 is out of range; there are 1 to 3",
        "line 3, DEPOT_SECTION: '3' comes after the -1",
        "line 3, DEPOT_SECTION id: 2.5 must be a whole number",
        "line 4, DEPOT_SECTION: '2' comes after the -1 at its end",
    ]


def test_an_empty_list_is_an_issue() -> None:
    for text in ("DEPOT_SECTION\n-1\n", "DEPOT_SECTION\n"):
        doc = Document(text)
        read_ids(doc, "DEPOT", 3)
        assert issues(doc) == ["line 1, DEPOT_SECTION: the section is empty"]


def test_pairs_are_read_as_one_stream() -> None:
    doc = Document("FIXED_EDGES_SECTION\n1\n2 3 4\n-1\n")
    assert read_pairs(doc, "FIXED_EDGES", 4) == [(1, 2), (3, 4)]
    doc = Document("FIXED_EDGES_SECTION\n1 1\n2 5 3\n")
    read_pairs(doc, "FIXED_EDGES", 4)
    assert issues(doc) == [
        "line 2, FIXED_EDGES_SECTION id: 1 is repeated",
        "line 3, FIXED_EDGES_SECTION id: 5 is out of range; there are 1 to 4",
        "line 3, FIXED_EDGES_SECTION: the last id has no partner",
    ]


def test_lists_by_id_may_be_of_any_length() -> None:
    doc = Document("CLUB_SECTION\n2 3 1 -1\n1\n")
    found = read_lists(doc, "CLUB", None, 3, "member")
    assert found is not None
    assert [items for _, items in found] == [[], [3, 1]]
    assert not doc.issues


@given(
    st.lists(
        st.one_of(st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9).map(lambda x: round(x, 6))),
        min_size=1,
        max_size=30,
    ),
    st.integers(1, 7),
)
def test_a_stream_does_not_depend_on_line_breaks(numbers: list[float], width: int) -> None:
    cells = [repr(n) for n in numbers]
    lines = [" ".join(cells[i : i + width]) for i in range(0, len(cells), width)]
    doc = Document("\n".join(["EDGE_WEIGHT_SECTION", *lines]))
    section = doc.section("EDGE_WEIGHT")
    assert section is not None
    found = read_stream(doc, section, least=-(2**60))
    assert found is not None
    assert found.tolist() == numbers
    assert (found.dtype == np.int64) == all(isinstance(n, int) for n in numbers)


def test_a_spoiled_matrix_does_not_fill_the_screen() -> None:
    doc = Document("EDGE_WEIGHT_SECTION\n" + "nan nan\n" * 500)
    section = doc.section("EDGE_WEIGHT")
    assert section is not None
    assert read_stream(doc, section) is None
    assert 20 <= len(doc.issues) < 30
    assert issues(doc)[0] == "line 2, EDGE_WEIGHT_SECTION weight: 'nan' must be finite"
    assert "only the first" in issues(doc)[-1]
