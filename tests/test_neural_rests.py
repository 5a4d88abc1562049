"""What is left after some routes of a plan: the same routes, in a smaller problem."""

from __future__ import annotations

from itertools import pairwise

import pytest

torch = pytest.importorskip("torch")

from routewright.neural.batch import Batch  # noqa: E402
from routewright.neural.decoding import Sampling, roll_out  # noqa: E402
from routewright.neural.generator import KINDS, Mixture, draw  # noqa: E402
from routewright.neural.objectives import replay  # noqa: E402
from routewright.neural.plans import to_actions  # noqa: E402
from routewright.neural.policies.biased import BiasedConfig, BiasedPolicy  # noqa: E402
from routewright.neural.rests import after_routes  # noqa: E402

CLIENTS = 11


def planned(kinds: tuple[str, ...], seed: int) -> tuple[Batch, torch.Tensor]:
    """Problems with plans of a policy that knows nothing, as sequences (B, T)."""
    torch.manual_seed(0)
    policy = BiasedPolicy(BiasedConfig(width=16, heads=2, layers=1, hidden=16)).eval()
    source = torch.Generator().manual_seed(seed)
    batch = draw(Mixture(kinds, odd_times=0.3), CLIENTS, 40, source).batch
    with torch.inference_mode():
        actions = roll_out(policy, batch, Sampling(generator=source)).actions[:, 0].clone()
    one = batch.is_node[:, : batch.num_depots].sum(1) == 1
    shifted = torch.cat((torch.zeros_like(actions[:, :1]), actions), 1)
    longer = torch.cat((actions, actions[:, -1:]), 1)
    return batch, torch.where(one[:, None], shifted, longer)


def routes_of(nodes: list[int], depots: int) -> list[list[int]]:
    """Routes behind their depots, without empty ones."""
    routes: list[list[int]] = []
    for node in nodes:
        if node < depots:
            routes.append([node])
        else:
            routes[-1].append(node)
    return [route for route in routes if len(route) > 1]


def cost_of(batch: Batch, row: int, routes: list[list[int]]) -> int:
    """Travel, and prizes of nobody's clients."""
    way, is_open = batch.distance[row], bool(batch.is_open[row])
    travel = 0
    for route in routes:
        ends = route if is_open else [*route, route[0]]
        travel += sum(int(way[i, j]) for i, j in pairwise(ends))
    return travel


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.9])
@pytest.mark.parametrize("kinds", [("CVRP",), tuple(k for k in KINDS if "VRP" in k)])
def test_the_routes_that_are_left_are_those_of_the_plan(
    kinds: tuple[str, ...], share: float
) -> None:
    batch, plans = planned(kinds, 3)
    smaller, rest = after_routes(batch, plans, share)
    actions = to_actions(smaller, rest)
    again = replay(smaller, actions[:, None, :])
    assert bool(again.masks.gather(3, actions[:, None, :, None]).all())  # all of it is allowed
    for row in range(batch.size):
        routes = routes_of(plans[row].tolist(), batch.num_depots)
        done = 0
        while len(routes) > 1 and done < share * CLIENTS:
            done += len(routes.pop(0)) - 1
        assert int(smaller.is_client[row].sum()) == CLIENTS - done
        assert int(again.cost[row, 0]) == cost_of(batch, row, routes)
        left = routes_of(rest[row].tolist(), batch.num_depots)
        assert [len(route) for route in left] == [len(route) for route in routes]
        for ours, theirs in zip(left, routes, strict=True):
            for name in ("delivery", "pickup", "early", "late", "service"):
                values = getattr(smaller, name)[row][ours], getattr(batch, name)[row][theirs]
                assert torch.equal(*values)


def test_single_routes_and_split_deliveries_stay_whole() -> None:
    for kind in ("TSP", "PCTSP"):
        batch, plans = planned((kind,), 5)
        assert after_routes(batch, plans, 0.5)[0] is batch
    batch, plans = planned(("CVRP",), 5)
    split = batch._replace(splittable=batch.is_client)
    assert after_routes(split, plans, 0.5)[1] is plans
