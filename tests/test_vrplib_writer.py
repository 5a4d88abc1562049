"""Problems written as VRPLIB files and read again, and what such files cannot express."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyword_samples import VRPLIB

import routewright as rw
from routewright.instances.lib import vrplib

Draw = st.DrawFn
NUMBERS = st.one_of(st.integers(0, 50), st.integers(0, 5000).map(lambda n: n / 100))
METRICS = [
    rw.Metric.euclidean(rounding) for rounding in rw.Rounding
] + [
    rw.Metric(rw.MetricKind.EUCLIDEAN, rw.RoundingRule.CEIL, 1),
    rw.Metric(rw.MetricKind.EUCLIDEAN, rw.RoundingRule.NINT, 17),
    rw.Metric(rw.MetricKind.MAXIMUM, rw.RoundingRule.NINT, 1),
    rw.Metric(rw.MetricKind.MANHATTAN, rw.RoundingRule.NINT, 10),
    rw.Metric(rw.MetricKind.TOROIDAL, rw.RoundingRule.NINT, 1, 60.0),
    rw.Metric(rw.MetricKind.GEO, rw.RoundingRule.FLOOR, 1),
    rw.Metric(rw.MetricKind.ATT, rw.RoundingRule.NINT, 1),
]  # fmt: skip


@st.composite
def client_fields(draw: Draw, dims: int, uses: set[str], pickup: bool) -> dict[str, Any]:
    amounts = st.tuples(*[NUMBERS] * dims)
    fields: dict[str, Any] = {"delivery": draw(amounts)} if dims else {}
    if pickup:
        fields["pickup"] = draw(amounts)
    if "service" in uses:
        fields["service"] = draw(NUMBERS)
    if "windows" in uses:
        early = draw(NUMBERS)
        fields["window"] = (early, draw(st.one_of(st.none(), NUMBERS.map(lambda n: early + n))))
    if "release" in uses:
        fields["release"] = draw(NUMBERS)
    if "prizes" in uses and draw(st.booleans()):
        fields |= {"required": False, "prize": draw(st.integers(1, 30))}
    return fields


@st.composite
def models(draw: Draw) -> rw.Model:
    """Models of what VRPLIB can express."""
    uses = draw(st.sets(st.sampled_from(
        ["service", "windows", "release", "prizes", "groups", "allowed", "reloads", "edges"]
    )))  # fmt: skip
    depots, clients, dims = (
        draw(st.integers(1, 2)),
        draw(st.integers(1, 5)),
        draw(st.integers(0, 2)),
    )
    model = rw.Model("round trip")
    metric = draw(st.one_of(st.none(), st.sampled_from(METRICS)))
    if metric is None:
        size = depots + clients
        rng = np.random.default_rng(draw(st.integers(0, 99)))
        matrix = rng.integers(0, 90, (size, size)) / draw(st.sampled_from([1, 4]))
        np.fill_diagonal(matrix, 0)
        model.add_matrix(matrix)
    else:
        model.set_metric(metric)
    xy = st.tuples(NUMBERS, NUMBERS)

    def place() -> dict[str, Any]:
        if metric is None:
            return {"location": len(model.depots) + len(model.clients)}
        return dict(zip("xy", draw(xy), strict=True))

    for d in range(depots):
        window = (draw(NUMBERS), None) if "windows" in uses else None
        service = draw(NUMBERS) if "service" in uses else 0
        model.add_depot(d, window=window, service=service, **place())
    if "groups" in uses:
        model.add_group()
    types = draw(st.integers(1, 3))
    pickup = bool(dims) and draw(st.booleans())
    for c in range(clients):
        fields = draw(client_fields(dims, uses, pickup))
        if "groups" in uses and (c == 0 or draw(st.booleans())):
            fields["group"] = 0
        if "allowed" in uses and draw(st.booleans()):
            # Several types: a permission for all of them is none.
            fields["allowed_vehicles"] = draw(
                st.sets(st.integers(0, types - 1), max_size=types - 1)
            )
        model.add_client(depots + c, **place(), **fields)
    if "edges" in uses:
        model.add_fixed_edge(0, depots)
    add_vehicles(draw, model, types, dims, depots, uses)
    return model


def add_vehicles(
    draw: Draw, model: rw.Model, types: int, dims: int, depots: int, uses: set[str]
) -> None:
    first = 1
    listed = types > 1 or "reloads" in uses or "allowed" in uses
    is_open = draw(st.booleans())
    for k in range(types):
        count = draw(st.integers(1, 3)) if listed else draw(st.sampled_from([None, 2]))
        home = draw(st.integers(0, depots - 1)) if listed else 0
        names = range(first, first + (count or 0)) if types > 1 else ()
        first += count or 0
        model.add_vehicle_type(
            count=count,
            start=home,
            end=None if is_open else home,
            capacity=draw(st.tuples(*[NUMBERS] * dims)),
            max_distance=draw(st.one_of(st.none(), NUMBERS)),
            max_duration=draw(st.one_of(st.none(), NUMBERS)),
            # Types are told apart by something, or they would be one.
            fixed_cost=k if types > 1 else draw(NUMBERS),
            unit_distance_cost=draw(st.sampled_from([1, 1, 2, 0.5])),
            reload_depots=[0] if "reloads" in uses else [],
            max_reloads=draw(st.sampled_from([0, 2, None])) if "reloads" in uses else 0,
            vehicle_ids=names,
        )


@given(models())
def test_what_is_written_reads_as_the_same_problem(model: rw.Model) -> None:
    p = model.problem()
    text = vrplib.write(p)
    assert vrplib.sniff(text)
    again = vrplib.read(text)
    assert again.replace(notes=()) == p.replace(notes=())
    assert vrplib.write(again) == text


@pytest.mark.parametrize("name", VRPLIB)
def test_samples_survive_a_round_trip(name: str) -> None:
    p = vrplib.read(VRPLIB[name])
    assert vrplib.read(vrplib.write(p)).replace(notes=()) == p.replace(notes=())


def test_a_metric_without_name_is_written_as_a_matrix() -> None:
    model = rw.Model("globe")
    model.add_depot(0, lat=52.5, lon=13.4)
    model.add_client(1, lat=48.1, lon=11.6)
    model.add_vehicle_type()
    p = model.problem()
    again = vrplib.read(vrplib.write(p))
    assert np.array_equal(again.travels[0].distance_matrix(), p.travels[0].distance_matrix())


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ({"max_stops": 3}, "max_stops"),
        ({"shift": (5, 90)}, "shifts"),
        ({"unit_duration_cost": 1}, "duration_costs"),
        ({"start": None}, "routes without start"),
        ({"capacity": inf}, "unlimited capacity"),
    ],
)
def test_what_would_be_lost_is_refused_by_name(change: dict[str, Any], lost: str) -> None:
    model = rw.Model()
    model.add_depot(x=0, y=0)
    model.add_client(x=1, y=1, delivery=2)
    model.add_vehicle_type(**change)
    with pytest.raises(rw.UnsupportedError) as error:
        vrplib.write(model.problem())
    assert lost in error.value.attributes
