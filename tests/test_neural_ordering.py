"""The order in which plans are shown: which routes come first, and where they begin."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from routewright.neural.batch import Batch  # noqa: E402
from routewright.neural.generator import Mixture, draw  # noqa: E402
from routewright.neural.ordering import shuffled  # noqa: E402

MANY = 400
NEAR, FAR, FARTHEST = 100, 1000, 2000


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def placed(kind: str, ways: dict[tuple[int, int], int]) -> Batch:
    """Problems of four clients; distances are 100 but for these, by depot and client."""
    batch = draw(Mixture((kind,)), 4, MANY, seeded(3)).batch
    distance = torch.full_like(batch.distance, NEAR)
    for (depot, client), way in ways.items():
        node = batch.num_depots + client
        distance[:, depot, node] = distance[:, node, depot] = way
    return batch._replace(distance=distance, duration=distance)


def shown(
    batch: Batch, routes: list[tuple[int, list[int]]], turned: torch.Tensor | None = None
) -> list[list[tuple[int, list[int]]]]:
    """Routes (depot and clients) of all plans as they are shown."""
    depots = batch.num_depots
    plan = [n for depot, clients in routes for n in (depot, *(depots + c for c in clients))]
    plan += [routes[-1][0], -1]
    found = []
    plans = torch.tensor([plan]).expand(MANY, -1)
    for moved in shuffled(batch, plans, seeded(4), turned).tolist():
        split: list[tuple[int, list[int]]] = []
        for node in moved:
            if node < depots:
                split.append((node, []))
            else:
                split[-1][1].append(node - depots)
        assert all(not clients for _, clients in split[-2:])
        assert {depot for depot, _ in split[-2:]} == {split[-3][0]}  # where a plan stays
        found.append(split[:-2])
    return found


def test_far_routes_come_first_up_to_noise() -> None:
    batch = placed("CVRP", {(0, 1): FAR, (0, 2): FAR * 95 // 100})
    orders = shown(batch, [(0, [0]), (0, [1]), (0, [2])])
    assert all(order[2] == (0, [0]) for order in orders)
    first = sum(order[0] == (0, [1]) for order in orders) / MANY
    assert 0.5 < first < 0.9


def test_routes_are_turned_around_where_it_is_asked_for() -> None:
    batch = placed("OVRP", {(0, 1): FAR, (0, 2): 3 * NEAR, (0, 3): FARTHEST})
    routes = [(0, [2, 1]), (0, [0, 3])]
    assert shown(batch, routes) == [routes[::-1]] * MANY
    turned = torch.arange(MANY) % 2 == 1
    expected = [[(0, [3, 0]), (0, [1, 2])] if t else routes[::-1] for t in turned.tolist()]
    assert shown(batch, routes, turned) == expected


@pytest.mark.parametrize("depot", [0, 1])
def test_routes_begin_at_the_end_that_is_farther_from_their_depot(depot: int) -> None:
    """The end that is nearer to one depot is farther from the other."""
    ways = {(0, 0): 10, (0, 2): FAR, (1, 2): 10, (1, 0): FAR}
    batch = placed("MDCVRP", ways)
    farther = [2, 1, 0] if depot == 0 else [0, 1, 2]
    assert shown(batch, [(depot, [0, 1, 2])]) == [[(depot, farther)]] * MANY
    one_way = batch._replace(is_open=torch.ones_like(batch.is_open))
    assert shown(one_way, [(depot, [0, 1, 2])]) == [[(depot, [0, 1, 2])]] * MANY


def test_routes_from_one_depot_follow_each_other() -> None:
    batch = placed("MDCVRP", {(0, 0): FAR, (1, 1): FARTHEST, (1, 2): 2 * NEAR, (0, 3): 3 * NEAR})
    routes = [(0, [0]), (1, [2]), (0, [3]), (1, [1])]
    assert shown(batch, routes) == [[(1, [1]), (1, [2]), (0, [0]), (0, [3])]] * MANY


def test_routes_that_bring_and_pick_up_are_not_turned_others_are() -> None:
    batch = placed("VRPB", {(0, 1): FAR, (0, 3): FARTHEST})
    pickup = torch.zeros_like(batch.pickup)
    pickup[:, batch.num_depots + 3] = 1
    delivery = torch.where(pickup > 0, 0, batch.delivery.clamp(min=1))
    delivery[:, : batch.num_depots] = 0
    batch = batch._replace(pickup=pickup, delivery=delivery)
    orders = shown(batch, [(0, [0, 1]), (0, [2, 3])])
    assert orders == [[(0, [2, 3]), (0, [1, 0])]] * MANY
