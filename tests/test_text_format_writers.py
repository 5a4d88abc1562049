"""Positional text formats: what is written reads back the same, or is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from text_samples import READABLE, nameless

import routewright as rw
from routewright.instances.text import cordeau, li_lim, sartori_buriol, schneider, solomon

coordinates = st.integers(-500, 500) | st.integers(-5000, 5000).map(lambda v: v / 1000)
times = st.integers(0, 900) | st.integers(0, 9000).map(lambda v: v / 10)
demands = st.integers(0, 40)


def unnamed(p: rw.Problem) -> rw.Problem:
    """Return the problem with every entity named by its position."""
    return nameless(p).replace(
        depots=tuple(replace(d, id=str(i)) for i, d in enumerate(p.depots)),
        clients=tuple(replace(c, id=str(i)) for i, c in enumerate(p.clients)),
        vehicle_types=tuple(replace(v, id=str(i)) for i, v in enumerate(p.vehicle_types)),
    )


@st.composite
def windows(draw: st.DrawFn) -> tuple[float, float]:
    early = draw(times)
    return early, early + draw(times)


@st.composite
def client_ids(draw: st.DrawFn, most: int = 6) -> list[str]:
    """Draw ids that can be row numbers, or names that cannot."""
    numbers = st.integers(1, 99).map(str)
    names = st.sampled_from(["0", "007", "north", "1.5", "-3", "٣"])
    size = draw(st.integers(1, most))
    return draw(
        st.lists(numbers, min_size=size, max_size=size, unique=True)
        | st.lists(numbers | names, min_size=size, max_size=size, unique=True)
    )


@st.composite
def vrptw(draw: st.DrawFn) -> rw.Problem:
    model = rw.Model("VEHICLE" if draw(st.booleans()) else "a  b")
    model.add_depot("hub", x=draw(coordinates), y=draw(coordinates), window=draw(windows()))
    for name in draw(client_ids()):
        model.add_client(
            name,
            x=draw(coordinates),
            y=draw(coordinates),
            delivery=draw(demands),
            window=draw(windows()),
            service=draw(times),
        )
    model.add_vehicle_type("van", count=draw(st.integers(1, 9)), capacity=draw(demands))
    model.set_metric(draw(st.sampled_from(rw.Rounding)))
    model.objective = draw(st.sampled_from(rw.Objective))
    return model.problem()


@st.composite
def pdptw(draw: st.DrawFn) -> rw.Problem:
    model = rw.Model("pairs")
    model.add_depot("hub", x=draw(coordinates), y=draw(coordinates), window=draw(windows()))
    ids = draw(client_ids(3).filter(lambda ids: "0" not in ids))
    order = draw(st.permutations([(name, end) for name in ids for end in (0, 1)]))
    for name, end in order:
        model.add_client(
            f"{name}{end}",
            x=draw(coordinates),
            y=draw(coordinates),
            window=draw(windows()),
            service=draw(times),
        )
    for i, (name, end) in enumerate(order):
        if end == 0:
            model.add_shipment(i, order.index((name, 1)), draw(demands))
    model.add_vehicle_type("van", count=draw(st.integers(1, 9)), capacity=draw(demands))
    model.set_metric(draw(st.sampled_from(rw.Rounding)))
    return model.problem()


@st.composite
def road_pdptw(draw: st.DrawFn) -> rw.Problem:
    model = rw.Model("roads")
    pairs = draw(st.integers(1, 3))
    size = 2 * pairs + 1
    degrees = st.integers(-80, 80)
    for _ in range(size):
        model.add_location(lat=draw(degrees), lon=draw(degrees))
    model.add_depot("0", location=0, window=draw(windows()))
    for i in range(1, size):
        model.add_client(i, location=i, window=draw(windows()), service=draw(times))
    for i in range(pairs):
        model.add_shipment(i, i + pairs, draw(demands))
    model.add_vehicle_type("van", capacity=draw(demands))
    rows = st.lists(st.integers(0, 99), min_size=size, max_size=size)
    model.add_matrix(duration=draw(st.lists(rows, min_size=size, max_size=size)))
    return model.problem()


@st.composite
def fleets(draw: st.DrawFn) -> rw.Problem:
    """Draw VRP, MDVRP, or SDVRP, with or without windows."""
    model = rw.Model("fleets")
    depots = draw(st.integers(1, 3))
    types = depots if depots > 1 else draw(st.integers(1, 3))
    timed = draw(st.booleans())
    for name in draw(st.permutations(["3", "hub", "77"]))[:depots]:
        window = draw(windows()) if timed else None
        model.add_depot(name, x=draw(coordinates), y=draw(coordinates), window=window)
    for name in draw(client_ids()):
        allowed = draw(st.sets(st.integers(0, types - 1), min_size=1))
        model.add_client(
            name,
            x=draw(coordinates),
            y=draw(coordinates),
            delivery=draw(demands),
            window=draw(windows()) if timed else None,
            service=draw(times),
            allowed_vehicles=None if len(allowed) == types else allowed,
        )
    count = draw(st.integers(1, 9))
    for k in range(types):
        model.add_vehicle_type(
            count=count,
            capacity=draw(st.just(float("inf")) | st.integers(1, 50)),
            max_duration=draw(st.none() | times.filter(bool)),
            start=k if depots > 1 else 0,
            end=k if depots > 1 else 0,
        )
    model.set_metric(draw(st.sampled_from(rw.Rounding)))
    return model.problem()


DRAWN = {
    "solomon": (solomon, vrptw()),
    "li-lim": (li_lim, pdptw()),
    "cordeau": (cordeau, fleets()),
    "sartori-buriol": (sartori_buriol, road_pdptw()),
}


@pytest.mark.parametrize("name", DRAWN)
@given(data=st.data())
def test_what_is_written_reads_back_the_same_up_to_names(name: str, data: st.DataObject) -> None:
    module, problems = DRAWN[name]
    p = data.draw(problems)
    text = module.write(p)
    assert module.sniff(text)
    again = module.read(text, rounding=rounding_of(p))
    assert unnamed(again) == unnamed(p)


def rounding_of(p: rw.Problem) -> rw.Rounding | None:
    travel = p.travels[0]
    if not isinstance(travel, rw.CoordinateTravel):
        return None
    return next(r for r in rw.Rounding if rw.Metric.euclidean(r) == travel.metric)


@pytest.mark.parametrize("name", READABLE)
def test_names_survive_where_they_are_row_numbers(name: str) -> None:
    module, text = READABLE[name]
    p = module.read(text)
    assert nameless(module.read(module.write(p))) == nameless(p)


def test_ids_that_are_no_row_numbers_are_replaced_by_the_order() -> None:
    model = with_fleet(base(clients=("north", "7", "7.5")))
    again = solomon.read(solomon.write(model.problem()))
    assert [c.id for c in again.clients] == ["1", "2", "3"]


# Refusals --------------------------------------------------------------------------


def base(clients: tuple[str, ...] = ("1", "2"), pairs: bool = False, **client: Any) -> rw.Model:
    """Build what the formats can express; the options are the first client's."""
    model = rw.Model("base")
    model.add_depot("0", x=0, y=0, window=(0, 100))
    plain: dict[str, Any] = {"delivery": () if pairs else 3, "window": (5, 50)}
    for i, name in enumerate(clients):
        model.add_client(name, x=i, y=3, **(plain | client if i == 0 else plain))
    if pairs:
        model.add_shipment(0, 1, 3)
    return model


def with_fleet(model: rw.Model, **fleet: Any) -> rw.Model:
    model.add_vehicle_type("van", **{"count": 2, "capacity": 10, **fleet})
    return model


def with_matrix(model: rw.Model, matrix: list[list[float]], **fleet: Any) -> rw.Model:
    with_fleet(model, **fleet).add_matrix(duration=matrix)
    return model


def with_metric(model: rw.Model, metric: rw.Metric | str, speed: float = 1) -> rw.Model:
    with_fleet(model).set_metric(metric, speed=speed)
    return model


def with_second_depot(model: rw.Model, **second: Any) -> rw.Model:
    model.add_depot("9", x=1, y=1, window=(0, 100))
    with_fleet(model)
    model.add_vehicle_type("truck", **{"count": 2, "capacity": 10, "start": 1, "end": 1, **second})
    return model


def with_second_type(model: rw.Model, **second: Any) -> rw.Model:
    with_fleet(model)
    model.add_vehicle_type("truck", **{"count": 2, "capacity": 10, **second})
    return model


MATRIX: list[list[float]] = [[0, 1, 2], [1, 0, 2], [3, 3, 0]]
MANHATTAN = rw.Metric(rw.MetricKind.MANHATTAN)
CEILED = rw.Metric(rw.MetricKind.EUCLIDEAN, rw.RoundingRule.CEIL)

REFUSED: list[tuple[ModuleType, Callable[[], rw.Model], str]] = [
    (solomon, lambda: with_fleet(base(release=5)), "release_times"),
    (solomon, lambda: with_fleet(base(prize=5)), "prizes"),
    (solomon, lambda: with_fleet(base(prize=5, required=False)), "optional_clients"),
    (solomon, lambda: with_fleet(base(pickup=5)), "pickup"),
    (solomon, lambda: with_fleet(base(skills=["ice"]), skills=["ice"]), "allowed_vehicles"),
    (solomon, lambda: with_fleet(base(delivery=1.5)), "fractional loads"),
    (
        solomon,
        lambda: with_fleet(base(("1",), delivery=(1, 2)), capacity=(5, 5)),
        "multiple_capacities",
    ),
    (
        solomon,
        lambda: with_fleet(base(window=None, windows=[(1, 2), (4, 5)])),
        "multiple_time_windows",
    ),
    (solomon, lambda: with_fleet(base(window=(5, None))), "clients without closing time"),
    (solomon, lambda: with_fleet(base(), count=None), "unlimited fleet"),
    (solomon, lambda: with_fleet(base(), count=0), "no vehicles"),
    (solomon, lambda: with_fleet(base(), capacity=float("inf")), "unlimited capacity"),
    (solomon, lambda: with_fleet(base(), max_distance=9), "max_distance"),
    (solomon, lambda: with_fleet(base(), max_duration=9), "max_duration"),
    (solomon, lambda: with_fleet(base(), fixed_cost=9), "fixed_costs"),
    (solomon, lambda: with_fleet(base(), unit_distance_cost=2), "distance_costs"),
    (solomon, lambda: with_fleet(base(), unit_duration_cost=2), "duration_costs"),
    (solomon, lambda: with_fleet(base(), shift=(3, 90)), "shifts"),
    (solomon, lambda: with_fleet(base(), end=None), "open_routes"),
    (solomon, lambda: with_fleet(base(), max_reloads=1, reload_depots=[0]), "reloads"),
    (solomon, lambda: with_fleet(base(pairs=True)), "shipments"),
    (solomon, lambda: with_matrix(base(), MATRIX), "travel matrix"),
    (solomon, lambda: with_metric(base(), MANHATTAN), "metric manhattan"),
    (solomon, lambda: with_metric(base(), CEILED), "metric euclidean"),
    (solomon, lambda: with_metric(base(), "none", speed=2), "speed"),
    (solomon, lambda: with_second_depot(base()), "multiple_depots"),
    (solomon, lambda: with_second_type(base(), capacity=3), "heterogeneous_fleet"),
    (solomon, lambda: with_fleet(base(clients=())), "no clients"),
    (li_lim, lambda: with_fleet(base()), "clients without a sibling"),
    (li_lim, lambda: with_fleet(base(pairs=True, delivery=1)), "amounts to or from the depot"),
    (li_lim, lambda: with_metric(base(pairs=True), "none", speed=2), "speed"),
    (cordeau, lambda: with_fleet(base(), count=None), "unlimited fleet"),
    (cordeau, lambda: with_fleet(base(), max_duration=0), "max_duration of 0"),
    (cordeau, lambda: with_fleet(base(delivery=0), capacity=0), "capacity of 0"),
    (cordeau, lambda: with_fleet(base(skills=["ice"])), "clients that no vehicle may serve"),
    (cordeau, lambda: with_second_type(base(), count=3), "different numbers of vehicles"),
    (
        cordeau,
        lambda: with_second_depot(base(), start=0, end=0),
        "depots without a vehicle type of their own, in order",
    ),
    (cordeau, lambda: with_second_depot(base(), end=0), "different_start_end"),
    (cordeau, lambda: with_fleet(base(pairs=True)), "shipments"),
    (sartori_buriol, lambda: with_fleet(base(pairs=True)), "coordinates without a matrix"),
    (sartori_buriol, lambda: with_matrix(base(pairs=True), MATRIX), "limited_fleet"),
    (
        sartori_buriol,
        lambda: with_matrix(base(pairs=True), [[0, 1.5, 2], *MATRIX[1:]], count=None),
        "fractional minutes",
    ),
    (
        sartori_buriol,
        lambda: with_matrix(base(pairs=True), [[0, float("inf"), 2], *MATRIX[1:]], count=None),
        "unreachable",
    ),
]


@pytest.mark.parametrize(("module", "build", "name"), REFUSED, ids=[r[2] for r in REFUSED])
def test_what_a_format_cannot_express_is_refused_by_name(
    module: ModuleType, build: Callable[[], rw.Model], name: str
) -> None:
    problem = build().problem()
    with pytest.raises(rw.UnsupportedError) as error:
        module.write(problem)
    assert name in error.value.attributes
    assert error.value.exit_status == 2
    assert "routewright JSON" in str(error.value)


@pytest.mark.parametrize("module", [solomon, li_lim, cordeau, sartori_buriol])
def test_the_neutral_base_of_the_refusals_is_written(module: ModuleType) -> None:
    paired = module in (li_lim, sartori_buriol)
    model = base(pairs=paired)
    if module is sartori_buriol:
        with_matrix(model, MATRIX, count=None)
    else:
        with_fleet(model)
    assert module.sniff(module.write(model.problem()))


def test_durations_other_than_distances_are_refused() -> None:
    model = with_fleet(base(pairs=True), count=None)
    model.add_matrix(distance=MATRIX, duration=[[2 * v for v in row] for row in MATRIX])
    with pytest.raises(rw.UnsupportedError, match="durations other than distances"):
        sartori_buriol.write(model.problem())


def test_electric_files_are_not_written() -> None:
    assert not hasattr(schneider, "write")
