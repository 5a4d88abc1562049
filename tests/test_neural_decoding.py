"""Ways to take plans from a policy: each does what it says, whatever the policy is."""

from __future__ import annotations

from itertools import permutations

import pytest

torch = pytest.importorskip("torch")

import routewright as rw  # noqa: E402
from routewright.neural.beam import beam_search  # noqa: E402
from routewright.neural.decoding import (  # noqa: E402
    Sampling,
    greedy,
    masked_log_prob,
    roll_out,
    symmetric,
)
from routewright.neural.environment import Routes  # noqa: E402
from routewright.neural.features import to_batch, unit_square  # noqa: E402
from routewright.neural.generator import Mixture, draw, to_problem  # noqa: E402
from routewright.neural.plans import to_solution  # noqa: E402
from routewright.neural.policies.attention import AttentionConfig, AttentionModel  # noqa: E402
from routewright.neural.policies.biased import BiasedConfig, BiasedPolicy  # noqa: E402

KINDS = {"biased": Mixture(), "attention": Mixture(kinds=("CVRP",))}


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def policy_named(name: str) -> torch.nn.Module:
    torch.manual_seed(0)
    if name == "attention":
        return AttentionModel(AttentionConfig(width=16, heads=2, layers=1, hidden=16)).eval()
    policy = BiasedPolicy(BiasedConfig(width=16, heads=2, layers=2, hidden=16)).eval()
    with torch.no_grad():  # a bias that matters
        for layer in policy.encoder:
            layer.travel.normal_(std=0.5, generator=seeded(1))
    return policy


every_policy = pytest.mark.parametrize("name", sorted(KINDS))


# The contract of a policy ---------------------------------------------------------


@every_policy
def test_permuting_the_clients_permutes_the_logits(name: str) -> None:
    policy = policy_named(name)
    batch = draw(KINDS[name], 11, 20, seeded(2)).batch
    order = torch.arange(batch.num_nodes)
    depots = batch.num_depots
    order[depots:] = depots + torch.randperm(11, generator=seeded(3))
    columns = ("coordinates", "is_node", "delivery", "pickup", "early", "late", "service")
    moved = batch._replace(
        **{name: getattr(batch, name)[:, order] for name in (*columns, "prize", "required")},
        distance=batch.distance[:, order][:, :, order],
        duration=batch.duration[:, order][:, :, order],
    )
    with torch.inference_mode():
        first, second = (_first_logits(policy, b) for b in (batch, moved))
    torch.testing.assert_close(first[:, :, order], second, rtol=1e-4, atol=1e-4)


def _first_logits(policy: torch.nn.Module, batch: object) -> torch.Tensor:
    env = policy.environment(batch)
    state = env.reset()
    mask = env.mask(state)
    logits = policy.logits(policy.encode(batch), batch, state.view, mask)
    return logits.masked_fill(~mask, 0.0)


@every_policy
def test_units_of_the_user_change_nothing(name: str) -> None:
    """Distances in meters or kilometers, amounts in tons or kilograms: the same plans."""
    policy = policy_named(name)
    batch = draw(KINDS[name], 9, 20, seeded(4)).batch
    times = ("distance", "duration", "early", "service", "prize")
    scaled = batch._replace(
        **{field: getattr(batch, field) * 7 for field in times},
        late=torch.where(batch.late < 1 << 60, batch.late * 7, batch.late),
        max_distance=torch.where(
            batch.max_distance < 1 << 60, batch.max_distance * 7, batch.max_distance
        ),
        delivery=batch.delivery * 3,
        pickup=batch.pickup * 3,
        capacity=torch.where(batch.capacity < 1 << 60, batch.capacity * 3, batch.capacity),
    )
    with torch.inference_mode():
        ours, theirs = (roll_out(policy, b).actions for b in (batch, scaled))
    assert torch.equal(ours, theirs)


def test_a_matrix_alone_is_planned_by_its_costs() -> None:
    """Asymmetric travel matters in both directions; no coordinate is needed."""
    policy = policy_named("biased")
    batch = draw(Mixture(kinds=("CVRP",), asymmetric=1.0, no_coordinates=1.0), 12, 10, seeded(5))
    plain = batch.batch
    assert not bool(plain.has_coordinates.any())
    turned = plain._replace(distance=plain.distance.mT, duration=plain.duration.mT)
    with torch.inference_mode():
        ours, theirs = (_first_logits(policy, b) for b in (plain, turned))
    assert not torch.allclose(ours, theirs, atol=1e-3)


# Ways to decode --------------------------------------------------------------------


def test_the_likelihood_of_a_plan_is_that_of_its_steps() -> None:
    policy, batch = policy_named("biased"), draw(Mixture(), 8, 20, seeded(6)).batch
    with torch.inference_mode():
        plans = roll_out(policy, batch, Sampling(generator=seeded(7)), plans=3)
        env, encoded = Routes(batch), policy.encode(batch)
        state, total = env.reset(3), torch.zeros_like(plans.log_prob)
        for action in plans.actions.unbind(2):
            mask = env.mask(state)
            score = masked_log_prob(policy, encoded, batch, state.view, mask)
            total += score.gather(2, action[:, :, None])[:, :, 0]
            state = env.step(state, action)
    torch.testing.assert_close(total, plans.log_prob)


def test_sampling_follows_its_probabilities_temperature_and_top_p() -> None:
    prob = torch.tensor([0.5, 0.3, 0.15, 0.05])
    score = prob.log().expand(1, 40_000, 4)

    def shares(**options: float) -> list[float]:
        drawn = Sampling(generator=seeded(8), **options)(score)
        return (torch.bincount(drawn[0], minlength=4) / 40_000).tolist()

    assert shares() == pytest.approx(prob.tolist(), abs=0.01)
    sharp = (prob**2 / (prob**2).sum()).tolist()
    assert shares(temperature=0.5) == pytest.approx(sharp, abs=0.01)
    assert shares(top_p=0.75) == pytest.approx([0.625, 0.375, 0, 0], abs=0.01)
    assert shares(top_p=0.01) == [1, 0, 0, 0]


def test_a_beam_of_one_is_greedy_and_plans_are_the_checkers() -> None:
    policy, batch = policy_named("biased"), draw(Mixture(), 9, 60, seeded(9)).batch
    with torch.inference_mode():
        one, same = beam_search(policy, batch, 1), roll_out(policy, batch, greedy)
        several = beam_search(policy, batch, 4)
    assert torch.equal(one.cost, same.cost)
    torch.testing.assert_close(one.log_prob, same.log_prob)
    assert bool((several.log_prob[:, :-1] >= several.log_prob[:, 1:]).all())
    for row in range(batch.size):
        problem = to_problem(batch, row)
        for sequence, cost in zip(
            several.actions[row].tolist(), several.cost[row].tolist(), strict=True
        ):
            report = rw.check(problem, to_solution(problem, batch, sequence))
            assert report.feasible
            assert report.key[2] == cost


def test_a_wide_beam_finds_the_likeliest_of_all_plans() -> None:
    """Against every order of four cities, one by one."""
    policy, batch = policy_named("biased"), draw(Mixture(kinds=("TSP",)), 4, 5, seeded(1)).batch
    with torch.inference_mode():
        found = beam_search(policy, batch, 24)
        likelihoods = []
        for order in permutations(range(1, 5)):
            env, encoded = Routes(batch), policy.encode(batch)
            state, total = env.reset(), torch.zeros(5)
            for node in (*order, 0):
                mask = env.mask(state)
                score = masked_log_prob(policy, encoded, batch, state.view, mask)
                total += score[:, 0, node]
                state = env.step(state, torch.full((5, 1), node))
            likelihoods.append(total)
    best = torch.stack(likelihoods).sort(0, descending=True).values.T
    torch.testing.assert_close(found.log_prob, best)


def test_symmetries_turn_the_square_and_leave_distances_alone() -> None:
    batch = draw(Mixture(kinds=("CVRP",)), 6, 3, seeded(2)).batch
    turned = symmetric(batch)
    assert turned.size == 24
    assert torch.equal(turned.distance, batch.distance.repeat(8, 1, 1))
    xy = unit_square(turned)
    for row in range(24):
        same, here = xy[row % 3], xy[row]
        torch.testing.assert_close(torch.cdist(here, here), torch.cdist(same, same))
    assert len({tuple(xy[k].flatten().tolist()) for k in range(0, 24, 3)}) == 8


def test_eight_symmetries_are_never_worse_than_one() -> None:
    policy, batch = policy_named("biased"), draw(Mixture(), 12, 30, seeded(3)).batch
    with torch.inference_mode():
        one = roll_out(policy, batch, greedy).cost[:, 0]
        eight = roll_out(policy, symmetric(batch), greedy).cost[:, 0].view(8, -1)
    assert torch.equal(eight[0], one)
    assert bool((eight.amin(0) <= one).all())


def test_a_problem_is_planned_the_same_alone_and_in_a_batch() -> None:
    policy = policy_named("biased")
    batch = draw(Mixture(), 10, 12, seeded(4)).batch
    problems = [to_problem(batch, row) for row in range(batch.size)]
    with torch.inference_mode():
        together = roll_out(policy, batch).cost[:, 0].tolist()
        alone = [int(roll_out(policy, to_batch([p])).cost[0, 0]) for p in problems]
    assert together == alone
