"""VRPLIB files: the three dialects, and what they mean."""

from __future__ import annotations

from math import hypot

import pytest
from conftest import instance_path
from keyword_samples import CVRP, LKH_PDPTW, LKH_VRPB, LKH_VRPSPD, PYVRP, TSPLIB, VRPLIB
from text_samples import edited

import routewright as rw
from routewright.instances.lib import tsplib, vrplib
from routewright.problem import BackhaulPolicy
from routewright.travel import UNLIMITED


def same(a: rw.Problem, b: rw.Problem) -> bool:
    return a.replace(notes=(), name="") == b.replace(notes=(), name="")


def test_a_plain_file() -> None:
    p = vrplib.read(CVRP)
    assert p.name == "tiny-k9"
    assert [c.id for c in p.clients] == ["1", "2", "3"]  # as in .sol files
    assert [c.delivery for c in p.clients] == [(5,), (6,), (1,)]
    assert p.depots[0].id == "0"
    (vehicle,) = p.vehicle_types
    assert vehicle.count is None  # the k9 of the name is no limit
    assert vehicle.capacity == (10,)
    assert p.travels[0].distances([0, 1, 0], [1, 2, 3]).tolist() == [5, 5, 2]
    assert p.notes == ("rounding: nint (default for VRPLIB CVRP)",)


@pytest.mark.parametrize("name", VRPLIB)
def test_white_space_and_ends_carry_no_meaning(name: str) -> None:
    text = VRPLIB[name]
    p = vrplib.read(text)
    assert vrplib.sniff(text)
    assert not tsplib.sniff("no keyword here")
    head, _, rest = text.partition("NODE_COORD_SECTION\n")
    for variant in (
        text.replace("\n", "\r\n"),
        text.replace("\n", "\n\n").replace(" :", ":"),
        text.replace("_SECTION", "_SECTION:"),
        text.removesuffix("EOF\n").removesuffix("-1\n"),
        "" if not rest else "NODE_COORD_SECTION\n" + rest.removesuffix("EOF\n") + head,
    ):
        if variant:
            assert vrplib.sniff(variant)
            assert same(vrplib.read(variant), p)


@pytest.mark.parametrize("text", TSPLIB.values())
def test_tours_are_left_to_tsplib(text: str) -> None:
    assert not vrplib.sniff(text)
    assert tsplib.sniff(text)


@pytest.mark.parametrize(
    ("kind", "name", "rounding"),
    [
        ("CVRP", "X-n101-k25", "nint"),
        ("CVRP", "CMT12", "none"),
        ("CVRP", "Golden_1", "none"),
        ("CVRP", "Li_32", "none"),
        ("CVRP", "tai100a", "none"),
        ("CVRP", "detail", "nint"),
        ("VRPTW", "C101", "dec1"),
        ("MTVRPTWR", "a", "dec1"),
        ("MDVRPTW", "a", "exact"),
        ("HFVRP", "a", "none"),
        ("GVRP", "CMT1", "nint"),
    ],
)
def test_default_rounding_is_that_of_the_set_and_printed(
    kind: str, name: str, rounding: str
) -> None:
    text = edited(CVRP, ("TYPE : CVRP", f"TYPE : {kind}"), ("tiny-k9", name))
    p = vrplib.read(text)
    assert p.travels[0].metric == rw.Metric.euclidean(rounding)
    assert any(n.startswith(f"rounding: {rounding} (default for ") for n in p.notes)
    chosen = vrplib.read(text, rounding=rw.Rounding.TRUNC)
    assert chosen.travels[0].metric == rw.Metric.euclidean("trunc")
    assert "rounding: trunc" in chosen.notes


def test_rounding_that_does_not_apply_is_noted() -> None:
    text = edited(CVRP, ("EUC_2D", "CEIL_2D"))
    p = vrplib.read(text, rounding=rw.Rounding.DEC1)
    assert p.notes == ("rounding: dec1 does not apply to CEIL_2D, which states its own",)
    assert p.travels[0].distances([0], [3]).tolist() == [2]
    p = vrplib.read(LKH_VRPB, rounding=rw.Rounding.DEC1)
    assert p.notes == ("rounding: dec1 does not apply; EXPLICIT weights are integers",)
    fractional = edited(LKH_VRPB, ("1 2 3\n", "1.26 2 3\n"))
    p = vrplib.read(fractional, rounding=rw.Rounding.DEC1)
    assert p.travels[0].distances([0], [1]).tolist() == [12]
    assert vrplib.read(fractional).travels[0].distances([0], [1]).tolist() == [126]


def test_scale_is_the_precision_of_lkh() -> None:
    p = vrplib.read(edited(CVRP, ("EUC_2D\n", "EUC_2D\nSCALE : 7\n")))
    assert p.scale.distance == 7
    assert p.travels[0].distances([0], [3]).tolist() == [11]  # nint(7 * 1.5)


def test_distance_limits_travel_or_with_service_durations() -> None:
    (plain,) = vrplib.read(edited(CVRP, ("CAPACITY", "DISTANCE : 50\nCAPACITY"))).vehicle_types
    assert (plain.max_distance, plain.max_duration) == (50, UNLIMITED)
    text = edited(CVRP, ("CAPACITY", "SERVICE_TIME : 10\nDISTANCE : 50\nCAPACITY"))
    p = vrplib.read(text)
    assert p.vehicle_types[0].max_distance == UNLIMITED
    assert p.vehicle_types[0].max_duration == 50
    assert [c.service for c in p.clients] == [10, 10, 10]
    assert p.depots[0].service == 0
    assert rw.check(p, rw.Solution.from_visits([[0], [1], [2]])).feasible
    late = rw.check(p, rw.Solution.from_visits([[0, 1, 2]]))
    assert rw.ViolationKind.MAX_DURATION in {v.kind for v in late.violations}


def test_open_routes_end_at_their_last_client() -> None:
    p = vrplib.read(edited(CVRP, ("TYPE : CVRP", "TYPE : OVRP")))
    assert p.vehicle_types[0].end is None
    assert rw.check(p, rw.Solution.from_visits([[0, 1], [2]])).cost == 5 + 5 + 2


def test_pyvrp_vehicles_that_are_equal_form_a_type() -> None:
    p = vrplib.read(PYVRP)
    assert [v.vehicle_ids for v in p.vehicle_types] == [("1", "4"), ("2",), ("3",)]
    assert [v.start for v in p.vehicle_types] == [0, 1, 0]
    assert [v.reload_depots for v in p.vehicle_types] == [(0, 1), (), ()]
    assert [v.max_reloads for v in p.vehicle_types] == [UNLIMITED, 0, 0]
    assert [v.fixed_cost / p.scale.cost for v in p.vehicle_types] == [0, 0, 2.5]
    assert {v.max_duration for v in p.vehicle_types} == {500 * p.scale.time}


def test_pyvrp_clients() -> None:
    p = vrplib.read(PYVRP)
    first, second, third, fourth = p.clients
    assert [c.id for c in p.clients] == ["2", "3", "4", "5"]
    assert (first.required, first.prize) == (False, 7 * p.scale.cost)
    assert second.required  # a prize of 0
    assert first.allowed_vehicles == {0, 1}
    assert second.allowed_vehicles is None
    assert (third.group, fourth.group, p.groups[0].clients) == (0, 0, (2, 3))
    assert p.groups[0].required
    assert (first.delivery, first.pickup) == ((4, 1), (0, 1))
    assert first.release == 4 * p.scale.time
    assert p.depots[0].window == (0, 400 * p.scale.time)
    assert p.depots[1].window == (10 * p.scale.time, UNLIMITED)
    assert p.depots[1].service == 3 * p.scale.time


def test_lkh_pairs_are_shipments() -> None:
    p = vrplib.read(LKH_PDPTW)
    assert [(s.pickup, s.delivery, s.amount) for s in p.shipments] == [(0, 1, (4,)), (3, 2, (5,))]
    assert p.clients[3].windows == ((3000, 90000),)
    assert p.clients[0].service == 1000


def test_lkh_backhauls_are_a_list_where_pyvrp_has_amounts() -> None:
    p = vrplib.read(LKH_VRPB)
    assert p.backhaul is BackhaulPolicy.LINEHAUL_REQUIRED
    assert [c.delivery for c in p.clients] == [(5,), (0,), (7,)]
    assert [c.pickup for c in p.clients] == [(0,), (6,), (0,)]
    amounts = "BACKHAUL_SECTION\n1 0\n2 0\n3 6\n4 0\n"
    text = edited(LKH_VRPB, ("3 6\n4 7", "3 0\n4 7"), ("BACKHAUL_SECTION\n3\n-1\n", amounts))
    assert same(vrplib.read(text), p)
    one_line = edited(LKH_VRPB, ("3\n-1\nDEPOT", "3\nDEPOT"), ("TYPE : VRPB", "TYPE : OVRP"))
    ignored = vrplib.read(one_line)
    assert [c.delivery for c in ignored.clients] == [(5,), (6,), (7,)]
    assert "line 16: a list of backhauls does not count for this TYPE" in ignored.notes


def test_lkh_amounts_both_ways() -> None:
    p = vrplib.read(LKH_VRPSPD)
    assert [c.pickup for c in p.clients] == [(4,), (1,)]
    assert [c.delivery for c in p.clients] == [(6,), (2,)]
    assert p.vehicle_types[0].max_distance == UNLIMITED  # DISTANCE 0
    assert p.vehicle_types[0].count == 2


def test_the_depot_may_be_any_node() -> None:
    text = edited(
        CVRP, ("DEPOT_SECTION\n1", "DEPOT_SECTION\n3"), ("3 6", "3 0"), ("1 0\n2 5", "1 9\n2 5")
    )
    text = edited(text, ("3 0 8", "3 6 8"), ("3 6\n4 1", "3 0\n4 1"))
    p = vrplib.read(text)
    assert p.depots[0].id == "2"
    assert [c.id for c in p.clients] == ["0", "1", "3"]
    assert p.travels[0].distances([p.depots[0].location], [p.clients[1].location]) == [5]


def test_edges_are_fixed_between_nodes_of_the_file() -> None:
    p = vrplib.read(edited(CVRP, ("DEPOT", "FIXED_EDGES_SECTION\n2 4\n1 3\n-1\nDEPOT")))
    assert p.fixed_edges == ((1, 3), (0, 2))


def test_unknown_keywords_are_named() -> None:
    p = vrplib.read(edited(CVRP, ("CAPACITY", "COLOR : red\nCAPACITY")))
    assert "line 6: unknown keyword COLOR is ignored" in p.notes
    assert not any("COMMENT" in note for note in p.notes)


def test_a_known_distance_of_a_public_file() -> None:
    p = rw.read(instance_path("CVRP/A/A-n32-k5.vrp"))
    assert p.num_clients == 31
    assert p.travels[0].distances([0], [1]) == [int(hypot(82 - 96, 76 - 44) + 0.5)]


def test_large_files_hold_no_matrix() -> None:
    p = rw.read(instance_path("CVRP/XXL/Flanders1.vrp"))
    assert p.num_clients == 20_000
    assert isinstance(p.travels[0], rw.CoordinateTravel)
    assert p.notes == ("rounding: nint (default for VRPLIB CVRP)",)


def test_fleets_of_single_vehicles_become_types() -> None:
    p = rw.read(instance_path("HFVRP/pyvrp/X1001-FSMF.vrp"))
    assert sum(v.count or 0 for v in p.vehicle_types) == 5000
    assert len(p.vehicle_types) == 5
    assert [v.vehicle_ids[0] for v in p.vehicle_types] == ["1", "1001", "2001", "3001", "4001"]


@pytest.mark.parametrize(
    "file", ["CVRP/E/E-n22-k4.vrp", "CVRP/E/E-n76-k7.vrp", "CVRP/F/F-n45-k4.vrp", "GVRP/pyvrp"]
)
def test_the_vrplib_package_reads_the_same(file: str) -> None:
    peer = pytest.importorskip("vrplib")
    path = instance_path(file)
    path = path if path.is_file() else sorted(path.glob("*.vrp"))[0]
    theirs, ours = peer.read_instance(path), rw.read(path, rounding="none")
    real = ours.travels[0].distance_matrix() / ours.scale.distance
    assert abs(theirs["edge_weight"] - real).max() < 1e-6
    assert theirs["demand"].tolist() == [0, *(c.delivery[0] for c in ours.clients)]
    assert theirs["capacity"] == ours.vehicle_types[0].capacity[0]
