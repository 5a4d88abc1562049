"""Compiled steps of the policy against the same steps with tensors."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from routewright.neural.backward import turned_around  # noqa: E402
from routewright.neural.batch import Batch  # noqa: E402
from routewright.neural.compiled import compiled_plans, is_compiled  # noqa: E402
from routewright.neural.decoding import Sampling, masked_log_prob  # noqa: E402
from routewright.neural.environment import Routes, View  # noqa: E402
from routewright.neural.generator import KINDS, Mixture, draw  # noqa: E402
from routewright.neural.objectives import replay  # noqa: E402
from routewright.neural.policies.biased import BiasedConfig, BiasedPolicy  # noqa: E402

GREEDY = Sampling(temperature=0.0)


@pytest.fixture(scope="module")
def policy() -> BiasedPolicy:
    torch.manual_seed(3)
    made = BiasedPolicy(BiasedConfig(width=32, heads=4, layers=1, hidden=32)).eval()
    for weight in made.parameters():  # none of them zero
        weight.data += 0.2 * torch.randn_like(weight)
    return made


def drawn(kind: str, clients: int, count: int, seed: int = 0) -> Batch:
    mixture = Mixture((kind,), asymmetric=0.3, no_coordinates=0.3, clustered=0.3, odd_times=0.5)
    return draw(mixture, clients, count, torch.Generator().manual_seed(seed)).batch


def check_plan(policy: BiasedPolicy, one: Batch, cost: int, nodes: list[int], forced: int) -> None:
    """The environment allows every step, each is the best one, and the plan ends where it ends."""
    env = Routes(one)
    several = one.num_depots > 1
    state = env.reset()
    if forced:
        state, depot = env.begin(state, torch.tensor([[nodes[1]]]))
        assert int(depot) == nodes[0]
        nodes, forced = nodes[1:], 1
    encoded = policy.encode(one)
    for step, node in enumerate(nodes):
        assert not bool(state.is_finished)
        mask = env.mask(state)
        assert bool(mask[0, 0, node])
        if step >= forced:
            score = masked_log_prob(policy, encoded, one, state.view, mask)[0, 0]
            assert float(score.max() - score[node]) < 1e-3
        state = env.step(state, torch.tensor([[node]]))
    assert bool(state.is_finished) or (several and not nodes)
    assert int(state.cost) == cost


@pytest.mark.parametrize("kind", KINDS)
def test_steps_are_those_of_the_environment_and_of_the_policy(
    policy: BiasedPolicy, kind: str
) -> None:
    batch = drawn(kind, 11, 4)
    around = turned_around(batch)
    shown = [batch] if around is batch else [batch, around]
    for one in (b.rows(slice(row, row + 1)) for b in shown for row in range(b.size)):
        assert is_compiled(policy, one, GREEDY)
        with torch.inference_mode():
            plans = compiled_plans(policy, one, 4, GREEDY)
            assert len(plans) == 4
            for turn, (cost, nodes) in enumerate(plans):
                check_plan(policy, one, cost, nodes, forced=int(turn > 0))


@pytest.mark.parametrize("kind", ["CVRP", "VRPMB", "MDVRPTW", "OVRPL"])
def test_deliveries_are_split_in_the_same_way(policy: BiasedPolicy, kind: str) -> None:
    batch = drawn(kind, 9, 4, seed=5)
    large = batch.delivery * 4
    batch = batch._replace(
        delivery=large, splittable=(large > 0) & batch.is_client, capacity=batch.capacity
    )
    for row in range(batch.size):
        one = batch.rows(slice(row, row + 1))
        with torch.inference_mode():
            for turn, (cost, nodes) in enumerate(compiled_plans(policy, one, 3, GREEDY)):
                assert len(nodes) > 9
                check_plan(policy, one, cost, nodes, forced=int(turn > 0))


def test_samples_have_the_probabilities_of_the_policy(policy: BiasedPolicy) -> None:
    one = drawn("CVRP", 5, 1, seed=2)
    env, many = Routes(one), 3000
    state = env.reset()
    start = torch.tensor([[1]])
    state = env.step(env.begin(state, start)[0], start)
    with torch.inference_mode():
        mask = env.mask(state)
        score = masked_log_prob(policy, policy.encode(one), one, state.view, mask)[0, 0]
        wanted = (score / 2.0).softmax(0)
        # Starts are spread over the clients: those that begin with client 1 are looked at.
        sampling = Sampling(2.0, generator=torch.Generator().manual_seed(1))
        plans = compiled_plans(policy, one, 5 * many + 1, sampling)[1:]
    second = [nodes[2] for _, nodes in plans if nodes[1] == 1]
    seen = torch.bincount(torch.tensor(second), minlength=one.num_nodes) / len(second)
    assert len(second) == many
    error = (wanted * (1 - wanted) / many).sqrt()
    assert bool(((seen - wanted).abs() <= 5 * error + 1e-9).all())


def test_the_same_seed_gives_the_same_plans_and_costs_are_those_of_a_replay(
    policy: BiasedPolicy,
) -> None:
    batch = drawn("VRPMBLTW", 12, 3)
    for row in range(batch.size):
        one = batch.rows(slice(row, row + 1))
        with torch.inference_mode():
            first, again = (
                compiled_plans(policy, one, 6, Sampling(generator=torch.Generator().manual_seed(4)))
                for _ in range(2)
            )
        assert first == again
        assert len({tuple(nodes) for _, nodes in first}) > 1
        for cost, nodes in first:
            steps = nodes[1:] if nodes[0] < one.num_depots and len(nodes) > 1 else nodes
            assert int(replay(one, torch.tensor([[steps]])).cost) == cost


def test_it_stops_when_it_is_told_to(policy: BiasedPolicy) -> None:
    one = drawn("CVRP", 8, 1)
    with torch.inference_mode():
        assert compiled_plans(policy, one, 4, GREEDY, lambda: True) == []


def test_scores_that_are_no_numbers_are_an_error(policy: BiasedPolicy) -> None:
    one = drawn("CVRP", 8, 1)
    broken = BiasedPolicy(policy.config)
    broken.project_nodes.weight.data.fill_(torch.nan)
    with torch.inference_mode(), pytest.raises(FloatingPointError):
        compiled_plans(broken, one, 1, GREEDY)
    assert View._fields[0] == "current"
