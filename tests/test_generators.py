"""Generated problems have the properties that their schemes promise."""

from __future__ import annotations

import numpy as np
import pytest

import routewright as rw
from routewright.instances.generators import GENERATORS
from routewright.instances.generators.city import build_city
from routewright.variants import VARIANTS, parse_variant

A = rw.Attribute


@pytest.mark.parametrize("name", sorted(GENERATORS))
def test_seed_decides(name: str) -> None:
    generator = GENERATORS[name]
    assert generator.generate(n=30, seed=5) == generator.generate(n=30, seed=5)
    assert generator.generate(n=30, seed=5) != generator.generate(n=30, seed=6)


@pytest.mark.parametrize("name", sorted(GENERATORS))
@pytest.mark.parametrize("n", [0, 1, 2, 75])
def test_size_and_no_proof_of_infeasibility(name: str, n: int) -> None:
    problem = GENERATORS[name].generate(n=n, seed=1)
    assert problem.num_clients == n
    assert problem.infeasibilities() == ()


def test_bad_parameters_are_all_named() -> None:
    with pytest.raises(rw.InputError) as caught:
        GENERATORS["x"].generate(n=-1, demand="huge", colour="red", seed=1.5)
    text = str(caught.value)
    for word in ("n: -1 is outside", "'huge' is not one of", "colour: unknown", "seed: 1.5"):
        assert word in text


def test_tsp_has_one_vehicle_and_no_loads() -> None:
    problem = GENERATORS["uniform"].generate(n=20, kind="tsp")
    assert problem.num_locations == 20
    assert problem.vehicle_types[0].count == 1
    assert problem.num_dimensions == 0


def test_x_positions_are_distinct_and_in_the_square() -> None:
    for kind in ("R", "C", "RC"):
        problem = GENERATORS["x"].generate(n=300, seed=3, clients=kind, depot="E")
        points = problem.travels[0].coordinates
        assert len({tuple(p) for p in points.tolist()}) == 301
        assert points.min() >= 0
        assert points.max() <= 1000
        assert points[0].tolist() == [0, 0]


def test_x_clusters_are_denser_than_random() -> None:
    def nearest(kind: str) -> float:
        points = GENERATORS["x"].generate(n=400, seed=3, clients=kind).travels[0].coordinates
        gaps = np.sqrt(((points[:, None] - points[None]) ** 2).sum(-1))
        np.fill_diagonal(gaps, np.inf)
        return float(gaps.min(axis=1).mean())

    assert nearest("C") < nearest("RC") < nearest("R")


@pytest.mark.parametrize(
    ("demand", "low", "high"),
    [("unitary", 1, 1), ("1-10", 1, 10), ("5-10", 5, 10), ("50-100", 50, 100)],
)
def test_x_demand_classes(demand: str, low: int, high: int) -> None:
    problem = GENERATORS["x"].generate(n=200, demand=demand, route_size=8)
    loads = [c.delivery[0] for c in problem.clients]
    assert min(loads) >= low
    assert max(loads) <= high
    mean = sum(loads) / len(loads)
    assert problem.vehicle_types[0].capacity[0] == pytest.approx(8 * mean, abs=1)


def test_x_quadrant_demands_follow_the_quadrant() -> None:
    problem = GENERATORS["x"].generate(n=300, demand="quadrant", seed=2)
    for client in problem.clients:
        x, y = problem.travels[0].coordinates[client.location]
        even = (x < 500) != (y < 500)
        assert (client.delivery[0] <= 50) == even


def test_there_are_48_variants_and_each_uses_its_attributes() -> None:
    assert len(VARIANTS) == 48
    for name, v in VARIANTS.items():
        used = GENERATORS["variant"].generate(n=40, seed=7, name=name).attributes()
        assert (A.OPEN_ROUTES in used) == v.open
        assert (A.MULTIPLE_DEPOTS in used) == v.multiple_depots
        assert (A.MAX_DISTANCE in used) == v.limit
        assert (A.TIME_WINDOWS in used) == v.windows
        assert (A.PICKUP in used) == bool(v.backhaul)
        assert (A.BACKHAUL in used) == (v.backhaul == "B")
        assert A.CAPACITY in used


def test_variant_names_are_forgiving_but_not_lax() -> None:
    assert parse_variant("ocvrp") == parse_variant("OVRP")
    assert parse_variant("MDVRP") == parse_variant("MDCVRP")
    with pytest.raises(rw.InputError, match=r"names are \[MD\]"):
        parse_variant("VRPXYZ")


def test_density_of_windows() -> None:
    def timed(density: float) -> int:
        problem = GENERATORS["vrptw"].generate(n=200, density=density, seed=4)
        return sum(c.windows[0][1] < rw.UNLIMITED for c in problem.clients)

    assert timed(0.0) == 0
    assert timed(1.0) == 200
    assert 60 < timed(0.5) < 140


def test_days_of_a_city_share_customers_and_travel_times() -> None:
    city = build_city(1, customers=300)
    first, second = city.day(60, 1), city.day(60, 2)
    shared = set(first.client_index) & set(second.client_index)
    assert 10 < len(shared) < 60
    a, b = sorted(shared)[:2]
    for problem in (first, second):
        assert A.ASYMMETRIC in problem.attributes()
    arcs = [
        p.travels[0].durations(
            [p.clients[p.client_index[a]].location], [p.clients[p.client_index[b]].location]
        )[0]
        for p in (first, second)
    ]
    assert arcs[0] == arcs[1]


def test_road_travel_keeps_the_triangle_inequality() -> None:
    duration = build_city(1, customers=300).day(40, 3).travels[0].duration
    detour = (duration[:, :, None] + duration[None, :, :]).min(axis=1)
    # Rounding to whole seconds may cost one.
    assert (duration <= detour + 1).all()


def test_frequent_customers_come_more_often() -> None:
    city = build_city(1, customers=300)
    seen = np.zeros(300)
    for day in range(40):
        for name in city.day(30, day).client_index:
            seen[int(name[1:])] += 1
    assert seen[:30].mean() > 3 * seen[150:].mean()


def test_drift_replaces_its_share_for_every_day() -> None:
    city = build_city(1, customers=300)
    drifted = city.drifted(0.2)
    changed = drifted.customers.demand != city.customers.demand
    assert changed.sum() == 60
    fresh = {f"c{number}" for number in drifted.customers.number[changed]}
    assert fresh.isdisjoint(build_city(1, customers=300).day(300, 1).client_index)
    assert fresh & set(city.day(300, 1, drift=0.2).client_index) == fresh
    assert city.drifted(0.0) is city


def test_a_day_cannot_have_more_customers_than_the_city() -> None:
    with pytest.raises(rw.InputError, match="31 is more than the 30 customers"):
        GENERATORS["city"].generate(n=31, customers=30)
