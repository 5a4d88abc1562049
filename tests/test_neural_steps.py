"""What a policy is told of partial plans and of their next steps, recomputed in plain Python."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import pytest

torch = pytest.importorskip("torch")

from routewright.neural.batch import UNLIMITED, Batch  # noqa: E402
from routewright.neural.environment import Routes, State, View  # noqa: E402
from routewright.neural.features import static_features  # noqa: E402
from routewright.neural.generator import Mixture, draw  # noqa: E402
from routewright.neural.policies.biased import BiasedConfig, BiasedPolicy, _state  # noqa: E402
from routewright.neural.policies.steps import REACHES, step_features  # noqa: E402

KINDS = ["CVRP", "OVRP", "VRPMBTW", "VRPBL", "MDVRPTW", "PCTSP", "TSP"]
CLIENTS = 9


def walked(batch: Batch, steps: int, seed: int) -> tuple[Routes, list[tuple[State, list[int]]]]:
    """Random allowed steps; the states before each, and the nodes until then of row 0."""
    env = Routes(batch)
    state, nodes, seen = env.reset(), list[int](), []
    for step in range(steps):
        seen.append((state, list(nodes)))
        mask = env.mask(state)
        noise = torch.rand(mask.shape, generator=torch.Generator().manual_seed(seed + step))
        action = noise.masked_fill(~mask, -1.0).argmax(2)
        state = env.step(state, action)
        nodes.append(int(action[0, 0]))
    return env, seen


def drawn(kind: str, seed: int, *, split: bool = False, odd_times: float = 0.0) -> Batch:
    mixture = Mixture((kind,), asymmetric=0.5, odd_capacity=0.5, odd_times=odd_times)
    batch = draw(mixture, CLIENTS, 1, torch.Generator().manual_seed(seed)).batch
    if split:
        large = batch.delivery * 4
        batch = batch._replace(delivery=large, splittable=(large > 0) & batch.is_client)
    return batch


def on_route(nodes: list[int], depots: int) -> list[int]:
    """The current route: its depot, and the clients on it so far."""
    begin = max((k for k, n in enumerate(nodes) if n < depots), default=-1)
    return ([0] if begin < 0 else nodes[begin : begin + 1]) + nodes[begin + 1 :]


def either(cost: torch.Tensor, i: int, j: int) -> float:
    return max(float(cost[i, j]), float(cost[j, i]))


def given_up(batch: Batch, v: View, node: int) -> tuple[float, int]:
    """Room that a step gives up, and how many vehicles more the rest needs for that."""
    capacity, left = int(batch.capacity), v.left[0, 0]
    brings = v.remaining[0, 0] if v.remaining.shape[2] else batch.delivery[0]
    delivery, pickup = int(brings[left].sum()), int(batch.pickup[0][left].sum())
    room, space = capacity - int(v.peak), capacity - int(v.picked)

    def others(room: int, space: int) -> int:
        return max(
            math.ceil((delivery - room) / capacity), math.ceil((pickup - space) / capacity), 0
        )

    begins = bool(batch.linehaul_first) and int(batch.pickup[0, node]) > 0
    if node < batch.num_depots:
        return room / capacity, others(0, 0) - others(room, space)
    if begins and not bool(v.has_backhauls):
        return room / capacity, others(0, space) - others(room, space)
    return 0.0, 0


@pytest.mark.parametrize(
    ("kind", "split"), [*((kind, False) for kind in KINDS), ("CVRP", True), ("OVRP", True)]
)
@pytest.mark.parametrize("seed", [0, 1])
def test_steps_are_told_as_they_are(kind: str, seed: int, split: bool) -> None:
    batch = drawn(kind, seed, split=split)
    policy = BiasedPolicy(BiasedConfig(width=8, heads=2, layers=1, hidden=8))
    fixed, encoded = static_features(batch), policy.encode(batch)
    cost, depots = fixed.cost[0], batch.num_depots
    capacity = int(batch.capacity)
    for state, nodes in walked(batch, CLIENTS + 4, seed)[1]:
        v = state.view
        told = step_features(encoded.arcs, batch, v)[0, 0]
        route, here = on_route(nodes, depots), int(v.current)
        assert int(v.first) == (route[1] if len(route) > 1 else here)
        left = [j for j in range(depots, batch.num_nodes) if bool(v.left[0, 0, j])]
        assert not set(left) & set(nodes) or split
        for j in range(batch.num_nodes):
            column = told[:, j].tolist()
            assert column[0] == pytest.approx(float(cost[here, j]))
            home = 0.0 if bool(batch.is_open) else float(cost[j, int(v.origin)])
            assert column[2] == pytest.approx(home)
            brought = (
                int(v.remaining[0, 0, j]) if v.remaining.shape[2] else int(batch.delivery[0, j])
            )
            picked = int(batch.pickup[0, j])
            most = max(int(v.peak) + brought, int(v.picked) + picked)
            assert column[5] == pytest.approx(max(capacity - most, 0) / capacity, rel=1e-5)
            assert column[7] == (most >= capacity)
            room = (max(capacity - int(v.peak), 1), max(capacity - int(v.picked), 1))
            part = min(max(brought / room[0], picked / room[1]), 2.0)
            assert column[6] == pytest.approx(part, rel=1e-5)
            room, more = given_up(batch, v, j)
            assert column[8] == pytest.approx(room, rel=1e-5)
            assert column[9] == more
            for r, reach in enumerate(REACHES):
                near = [float(cost[i, j]) * CLIENTS**0.5 for i in left if i != j]
                crowd = sum(math.exp(-way / reach) for way in near)
                assert column[12 + r] == pytest.approx(0.3 * math.log(crowd + 1e-3), abs=1e-4)
            way = [either(cost, d, j) for d in range(depots)]
            assert column[10] == pytest.approx(way[int(v.origin)] - min(way), abs=1e-6)
            own = sum(min(range(depots), key=lambda d: either(cost, d, i)) == j for i in left)
            assert column[11] == pytest.approx(0.3 * math.log(own + 1e-3), abs=1e-4)


def shortened(time: float) -> float:
    return time if time <= 5 else 5 + 3 * math.log1p((time - 5) / 3)


@pytest.mark.parametrize(("odd", "seeds"), [(0.0, [3]), (1.0, range(6))])
def test_wait_and_slack_are_those_of_the_arrival(odd: float, seeds: Sequence[int]) -> None:
    policy = BiasedPolicy(BiasedConfig(width=8, heads=2, layers=1, hidden=8))
    waits, long_waits = 0, 0
    for seed in seeds:
        batch = drawn("VRPTW", seed, odd_times=odd)
        unit, encoded = float(static_features(batch).time_unit), policy.encode(batch)
        env, seen = walked(batch, CLIENTS + 4, seed)
        for state, nodes in seen:
            route = on_route(nodes, 1)
            time = 0
            for i, j in pairwise(route):
                time = max(time + int(batch.duration[0, i, j]), int(batch.early[0, j]))
                time += int(batch.service[0, j])
            of_plan = _state(encoded, batch, state.view, env.mask(state))[0, 0]
            assert float(of_plan[2]) == pytest.approx(shortened(time / unit), abs=1e-4)
            told = step_features(encoded.arcs, batch, state.view)[0, 0]
            for j in range(1, batch.num_nodes):
                arrival = time + int(batch.duration[0, route[-1], j])
                wait = max(int(batch.early[0, j]) - arrival, 0) / unit
                slack = min(max(int(batch.late[0, j]) - arrival, 0) / unit, 100.0)
                assert float(told[3, j]) == pytest.approx(shortened(wait), abs=1e-4)
                assert float(told[4, j]) == pytest.approx(math.log1p(slack), abs=1e-4)
                waits += wait > 0
                long_waits += wait > 5
    assert waits > 3
    assert (long_waits > 3) == bool(odd)


@pytest.mark.parametrize("kind", ["CVRP", "VRPMB", "VRPB", "TSP"])
def test_plans_are_told_how_many_vehicles_the_rest_needs(kind: str) -> None:
    batch = drawn(kind, 5)
    env, seen = walked(batch, CLIENTS + 4, 5)
    encoded = BiasedPolicy(BiasedConfig(width=8, heads=2, layers=1, hidden=8)).encode(batch)
    capacity = int(batch.capacity)
    for state, _ in seen:
        v = state.view
        told = _state(encoded, batch, v, env.mask(state))[0, 0].tolist()
        left = v.left[0, 0]
        delivery = int(batch.delivery[0][left].sum())
        pickup = int(batch.pickup[0][left].sum())
        beyond = max(delivery - (capacity - int(v.peak)), pickup - (capacity - int(v.picked)), 0)
        others = -(-beyond // capacity)
        assert told[9] == pytest.approx(int(left.sum()) / CLIENTS)
        assert told[10] == pytest.approx(max(delivery, pickup) / capacity / 10, rel=1e-5)
        assert told[11] == pytest.approx(others - beyond / capacity, abs=1e-5)
        assert told[12] == (beyond == 0)
    assert kind != "TSP" or capacity >= UNLIMITED
