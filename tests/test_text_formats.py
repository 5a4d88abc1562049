"""Positional text formats: detection, meaning, the public files, and fuzzing."""

from __future__ import annotations

import csv
from math import hypot
from types import ModuleType

import pytest
from conftest import instance_path
from hypothesis import given
from hypothesis import strategies as st
from text_samples import (
    CORDEAU_MDVRP,
    CORDEAU_SDVRPTW,
    CORDEAU_VRP,
    LI_LIM,
    READABLE,
    SARTORI_BURIOL,
    SCHNEIDER,
    SOLOMON,
    edited,
    nameless,
)

import routewright as rw
from routewright.instances.text import cordeau, li_lim, sartori_buriol, schneider, solomon

FORMATS = (solomon, li_lim, cordeau, sartori_buriol, schneider)
OTHERS = {
    "vrplib": "NAME : a\nTYPE : CVRP\nDIMENSION : 2\nCAPACITY : 9\nVEHICLES : 2\n"
    "NODE_COORD_SECTION\n1 2 3\n2 4 5\nDEMAND_SECTION\n1 0\n2 3\nDEPOT_SECTION\n1\n-1\nEOF\n",
    "tsplib": "NAME: b\nTYPE: TSP\nDIMENSION: 2\nEDGE_WEIGHT_TYPE: EUC_2D\n"
    "NODE_COORD_SECTION\n1 1 1\n2 2 2\nEOF\n",
    "json": '{"VEHICLE": 1, "ROUTE-TIME": 3}',
    "json-lines": '{\n"VEHICLE"\n:\n1\n}',
    "solution": "Route #1: 1 2\nRoute #2: 3\nCost 12\n",
    "tour": "NAME : c\nTYPE : TOUR\nTOUR_SECTION\n1\n2\n-1\nEOF\n",
    "coordinates": "3\n1 2\n3 4\n5 6\n",
    "matrix": "0 1 2\n1 0 2\n2 2 0\n",
    "table": "id,lat,lng\n1,2,3\n",
    "empty": "",
    "blank": "\n \n",
}


def claiming(text: str) -> list[ModuleType]:
    return [module for module in FORMATS if module.sniff(text)]


@pytest.mark.parametrize("name", READABLE)
def test_a_file_is_claimed_by_its_own_format_only(name: str) -> None:
    module, text = READABLE[name]
    assert claiming(text) == [module]
    assert claiming(text.replace("\n", "\r\n").replace(" ", "\t")) == [module]


def test_electric_vehicles_are_recognized_and_refused_by_name() -> None:
    assert claiming(SCHNEIDER) == [schneider]
    with pytest.raises(rw.UnsupportedError) as error:
        schneider.read(SCHNEIDER)
    assert error.value.attributes == ("recharging",)
    assert "not supported yet" in str(error.value)


@pytest.mark.parametrize("name", OTHERS)
def test_other_texts_are_claimed_by_none(name: str) -> None:
    assert claiming(OTHERS[name]) == []


@pytest.mark.parametrize("name", READABLE)
def test_line_ends_and_white_space_carry_no_meaning(name: str) -> None:
    module, text = READABLE[name]
    spaced = "\r\n\r\n".join(f"\t{line}  " for line in text.split("\n"))
    assert module.read(spaced) == module.read(text)


# What the numbers mean ----------------------------------------------------------


def test_solomon() -> None:
    p = solomon.read(SOLOMON)
    assert (p.name, p.depots[0].id, [c.id for c in p.clients]) == ("toy", "0", ["1", "4"])
    (van,), t = p.vehicle_types, p.scale.time
    assert (van.count, van.capacity, van.start, van.end) == (2, (200,), 0, 0)
    assert p.depots[0].window == (0, 1236 * t)
    last = p.clients[1]
    assert (last.delivery, last.service) == ((30,), 90 * t)
    assert last.windows == ((825 * t, round(870.25 * t)),)
    (arc,) = p.travels[0].distances([0], [2])
    assert arc == round(hypot(5, 20.5) * 1e6)
    assert (arc,) == tuple(p.travels[0].durations([0], [2]) * p.scale.distance // t)
    assert p.objective is rw.Objective.COST


@pytest.mark.parametrize("name", ["solomon", "li-lim", "cordeau-mdvrp"])
def test_the_rounding_is_explicit(name: str) -> None:
    module, text = READABLE[name]
    assert any(n.startswith("rounding: none (default") for n in module.read(text).notes)
    p = module.read(text, rounding=rw.Rounding.DEC1)
    assert "rounding: dec1" in p.notes
    d = p.travels[0].distances([0], [1])[0]
    a, b = p.travels[0].coordinates[:2]
    assert d == int(10 * hypot(*(a - b)) + 1e-9)
    assert p.scale.distance == 10


def test_li_lim_pairs() -> None:
    p = li_lim.read(LI_LIM)
    assert [c.id for c in p.clients] == ["1", "2", "3", "5"]
    carried = [(p.clients[s.pickup].id, p.clients[s.delivery].id, s.amount) for s in p.shipments]
    assert carried == [("2", "1", (10,)), ("3", "5", (7,))]
    assert not any(any(c.delivery) or any(c.pickup) for c in p.clients)


def test_li_lim_speed_divides_travel_time_and_is_noted() -> None:
    plain, fast = li_lim.read(LI_LIM), li_lim.read(edited(LI_LIM, ("2 200 1", "2 200 2.5")))
    distance = plain.travels[0].distances([0], [1])[0] / plain.scale.distance
    duration = fast.travels[0].durations([0], [1])[0] / fast.scale.time
    assert duration == pytest.approx(distance / 2.5, abs=1e-5)
    assert "speed: 2.5 (travel time is distance / 2.5)" in fast.notes
    assert not any("speed" in note for note in plain.notes)


def test_li_lim_speed_of_zero_stands_for_none() -> None:
    p = li_lim.read(edited(LI_LIM, ("2 200 1", "2 200 0")))
    assert nameless(p) == nameless(li_lim.read(LI_LIM))
    assert "speed: 0 (not used)" in p.notes


def test_cordeau_depots_have_their_own_vehicles_and_limits() -> None:
    p = cordeau.read(CORDEAU_MDVRP)
    assert [d.id for d in p.depots] == ["4", "5"]
    assert [(v.count, v.start, v.end) for v in p.vehicle_types] == [(2, 0, 0), (2, 1, 1)]
    assert [v.capacity for v in p.vehicle_types] == [(80,), (70,)]
    assert [v.max_duration for v in p.vehicle_types] == [
        rw.UNLIMITED,
        round(60.5 * p.scale.time),
    ]


def test_cordeau_visit_combinations_read_bits_from_the_left() -> None:
    by_depot = cordeau.read(CORDEAU_MDVRP).clients
    assert [c.allowed_vehicles for c in by_depot] == [None, {0}, {1}]
    by_type = cordeau.read(CORDEAU_SDVRPTW).clients
    assert [c.allowed_vehicles for c in by_type] == [None, {0}, {1, 2}]


def test_cordeau_vehicle_types() -> None:
    p = cordeau.read(CORDEAU_SDVRPTW)
    assert [v.count for v in p.vehicle_types] == [2, 2, 2]
    assert [v.capacity for v in p.vehicle_types] == [(80,), (rw.UNLIMITED,), (120,)]
    assert p.num_depots == 1
    assert p.depots[0].window == (0, 1000 * p.scale.time)
    assert p.clients[2].windows == ((round(30.5 * p.scale.time), 500 * p.scale.time),)


def test_cordeau_without_choices_needs_no_visit_combination() -> None:
    p = cordeau.read(CORDEAU_VRP)
    assert [c.allowed_vehicles for c in p.clients] == [None, None]
    assert p.vehicle_types[0].count == 3


def test_sartori_buriol() -> None:
    p = sartori_buriol.read(SARTORI_BURIOL)
    travel = p.travels[0]
    assert travel.distances([1, 3, 0], [2, 0, 4]).tolist() == [2, 6, 9]
    assert travel.durations([1, 3, 0], [2, 0, 4]).tolist() == [2, 6, 9]
    assert travel.coordinates[4].tolist() == [-2.12, 41.44]
    assert [(s.pickup, s.delivery, s.amount) for s in p.shipments] == [(0, 2, (5,)), (1, 3, (9,))]
    assert p.vehicle_types[0].count is None
    assert p.depots[0].window == (0, 240)
    assert p.notes == ("rounding: none (travel times are whole minutes)",)


def test_sartori_buriol_names_what_it_ignores() -> None:
    text = edited(SARTORI_BURIOL, ("ROUTE-TIME: 240", "ROUTE-TIME: 200"), ("DEPOT:", "COLOR:"))
    notes = sartori_buriol.read(text).notes
    assert "line 7: unknown keyword COLOR is ignored" in notes
    assert (
        "line 8: ROUTE-TIME 200 differs from the closing time of the depot, 240, which holds"
        in notes
    )


def test_an_unusual_solomon_header_is_noted() -> None:
    text = edited(SOLOMON, ("CUST NO.", "Customer"))
    assert any(n.startswith("line 8: unusual header 'Customer ") for n in solomon.read(text).notes)


# The public files -----------------------------------------------------------------

FOLDERS = {
    "VRPTW/solomon": solomon,
    "VRPTW/homberger_200": solomon,
    "VRPTW/homberger_400": solomon,
    "PDPTW/li_lim_100": li_lim,
    "PDPTW/li_lim_200": li_lim,
    "PDPTW/li_lim_1000": li_lim,
    "MDVRP/cordeau": cordeau,
    "FORMATS/pragmatic/data/scientific/lilim": li_lim,
}


@pytest.mark.parametrize("folder", FOLDERS)
def test_public_files_are_detected_read_and_written(folder: str) -> None:
    files = sorted(instance_path(folder).glob("*.txt"))
    assert files
    for file in files:
        text = file.read_text(encoding="utf-8-sig")
        assert claiming(text) == [FOLDERS[folder]], file.name
        problem = FOLDERS[folder].read(text)
        again = FOLDERS[folder].read(FOLDERS[folder].write(problem))
        assert nameless(again) == nameless(problem), file.name


@pytest.mark.parametrize("folder", ["EVRPTW/schneider", "EVRPTW/schneider_small"])
def test_public_electric_files_are_refused(folder: str) -> None:
    for file in instance_path(folder).glob("*.txt"):
        text = file.read_text(encoding="utf-8-sig")
        assert claiming(text) == [schneider], file.name
        with pytest.raises(rw.UnsupportedError, match="recharging"):
            schneider.read(text)


def test_public_mdvrp_files_have_the_published_sizes() -> None:
    with (instance_path("MDVRP/cordeau") / "bks.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            file = instance_path(f"MDVRP/cordeau/{row['instance']}.txt")
            p = cordeau.read(file.read_text(encoding="utf-8"))
            sizes = (p.num_depots, p.num_clients, len(p.vehicle_types))
            assert sizes == (int(row["depots"]), int(row["customers"]), p.num_depots)
            assert not any(c.allowed_vehicles for c in p.clients)


# Fuzzing ----------------------------------------------------------------------------

TOKENS = (
    "nan",
    "-inf",
    "1e999",
    "1e-3",
    "-1",
    "0",
    "1",
    "2",
    "3",
    "2.5",
    "1e12",
    "x",
    "99999999999999999999",
    "9007199254740991",
    "1_000",
    "٣",
    "0x10",
    "EOF",
    "VEHICLE",
    "NODES",
    "NAME:",
    "\x00",
    "\u2028",
)


@st.composite
def mutations(draw: st.DrawFn, text: str) -> str:
    """Delete, duplicate, swap, or replace a few lines and tokens."""
    lines = [line.split(" ") for line in text.split("\n")]
    for _ in range(draw(st.integers(1, 4))):
        i = draw(st.integers(0, len(lines) - 1))
        j = draw(st.integers(0, len(lines[i]) - 1)) if lines[i] else 0
        match draw(st.sampled_from(["replace", "delete", "insert", "drop", "repeat", "swap"])):
            case "replace":
                lines[i][j : j + 1] = [draw(st.sampled_from(TOKENS))]
            case "delete":
                del lines[i][j : j + 1]
            case "insert":
                lines[i].insert(j, draw(st.sampled_from(TOKENS)))
            case "drop":
                lines[i] = []
            case "repeat":
                lines.insert(i, list(lines[i]))
            case "swap":
                k = draw(st.integers(0, len(lines) - 1))
                lines[i], lines[k] = lines[k], lines[i]
    return "\n".join(" ".join(line) for line in lines)


def outcome(
    module: ModuleType, text: str, rounding: rw.Rounding | None = None
) -> rw.Problem | rw.RoutewrightError:
    """Read the text; every other exception is a defect."""
    for format_ in FORMATS:
        format_.sniff(text)
    try:
        problem: rw.Problem = module.read(text, rounding=rounding)
    except (rw.InputError, rw.UnsupportedError) as error:
        return error
    return problem


@given(data=st.data(), name=st.sampled_from(sorted(READABLE)))
def test_a_damaged_file_is_a_problem_or_an_error_for_people(data: st.DataObject, name: str) -> None:
    module, text = READABLE[name]
    rounding = data.draw(st.sampled_from([None, *rw.Rounding]))
    found = outcome(module, data.draw(mutations(text)), rounding)
    if isinstance(found, rw.Problem):
        assert_written_and_read(module, found)
    elif isinstance(found, rw.InputError):
        assert found.issues
        assert all(issue.message for issue in found.issues)
    else:
        assert "periodic visits" in str(found)


def assert_written_and_read(module: ModuleType, problem: rw.Problem) -> None:
    """What could be read can be written and read again, unless it has a speed."""
    travel = problem.travels[0]
    rounding = None
    if isinstance(travel, rw.CoordinateTravel):
        fitting = [r for r in rw.Rounding if rw.Metric.euclidean(r) == travel.metric]
        rounding = fitting[0]
        if travel.duration_factor * problem.scale.distance != problem.scale.time:
            with pytest.raises(rw.UnsupportedError, match="speed"):
                module.write(problem)
            return
    again = module.read(module.write(problem), rounding=rounding)
    assert nameless(again) == nameless(problem)


@given(st.text(alphabet="0123456789 .-+eE:\n\tVEHICLNODSRUTOM", max_size=200))
def test_any_text_is_a_problem_or_an_error_for_people(text: str) -> None:
    for module in FORMATS:
        found = outcome(module, text)
        assert isinstance(found, rw.Problem) or str(found)
