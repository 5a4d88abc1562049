"""What is left of a problem is a problem: encoded anew, it is planned as one."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

import routewright as rw  # noqa: E402
from routewright.neural.decoding import Sampling, greedy, roll_out, spread_starts  # noqa: E402
from routewright.neural.environment import Routes  # noqa: E402
from routewright.neural.generator import KINDS, Mixture, draw, to_problem  # noqa: E402
from routewright.neural.plans import to_solution  # noqa: E402
from routewright.neural.policies.attention import AttentionConfig, AttentionModel  # noqa: E402
from routewright.neural.policies.biased import BiasedConfig, BiasedPolicy  # noqa: E402
from routewright.neural.reencoding import rest_of, roll_out_anew  # noqa: E402

TINY = {"width": 16, "heads": 2, "layers": 1, "hidden": 16}


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def biased() -> BiasedPolicy:
    """A policy whose plans depend on all that it encodes."""
    torch.manual_seed(0)
    policy = BiasedPolicy(BiasedConfig(**TINY)).eval()
    with torch.no_grad():
        for layer in policy.encoder:
            layer.travel.normal_(std=0.5, generator=seeded(2))
    return policy


def of_cvrp() -> AttentionModel:
    torch.manual_seed(0)
    return AttentionModel(AttentionConfig(**TINY)).eval()


@pytest.mark.parametrize("policy", [biased(), of_cvrp()], ids=lambda p: p.name)
def test_encoded_once_plans_are_the_usual_ones(policy: torch.nn.Module) -> None:
    kinds = KINDS if policy.name == "biased" else ("CVRP",)
    batch = draw(Mixture(kinds), 9, 60, seeded(3)).batch
    starts = spread_starts(batch, 3, Routes(batch).servable)
    with torch.inference_mode():
        for begin in (None, starts):
            usual = roll_out(policy, batch, greedy, starts=begin)
            anew = roll_out_anew(policy, batch, greedy, every=1000, starts=begin)
            assert torch.equal(usual.actions, anew.actions)
            assert torch.equal(usual.cost, anew.cost)
            torch.testing.assert_close(usual.log_prob, anew.log_prob, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("every", [1, 3])
def test_every_plan_is_feasible_and_costs_what_the_checker_says(every: int) -> None:
    policy = biased()
    batch = draw(Mixture(asymmetric=0.3), 8, len(KINDS), seeded(4)).batch
    starts = spread_starts(batch, 2, Routes(batch).servable)
    with torch.inference_mode():
        sampling = Sampling(generator=seeded(5))
        found = [
            roll_out_anew(policy, batch, greedy, every=every),
            roll_out_anew(policy, batch, sampling, every=every, starts=starts),
        ]
    for plans in found:
        for row in range(batch.size):
            problem = to_problem(batch, row)
            for sequence, cost in zip(
                plans.actions[row].tolist(), plans.cost[row].tolist(), strict=True
            ):
                report = rw.check(problem, to_solution(problem, batch, sequence))
                assert report.feasible
                assert report.key[2] == cost


def test_what_follows_a_route_is_the_plan_of_what_is_left() -> None:
    """The principle of it: a plan from the depot depends on nothing that is done."""
    policy, batch = biased(), draw(Mixture(("CVRP",)), 14, 8, seeded(6)).batch
    with torch.inference_mode():
        whole = roll_out_anew(policy, batch, greedy, every=1).actions[:, 0]
        for row in range(batch.size):
            steps = whole[row].tolist()
            end = steps.index(0) + 1  # the first route is over
            left = [node for node in range(batch.num_nodes) if node not in steps[: end - 1]]
            nodes = torch.tensor(left)
            smaller = batch.rows(slice(row, row + 1))
            columns = ("coordinates", "is_node", "delivery", "pickup", "early", "late", "service")
            smaller = smaller._replace(
                distance=smaller.distance[:, nodes][:, :, nodes],
                duration=smaller.duration[:, nodes][:, :, nodes],
                **{c: getattr(smaller, c)[:, nodes] for c in (*columns, "prize", "required")},
            )
            again = roll_out_anew(policy, smaller, greedy, every=1).actions[0, 0]
            theirs = [left[k] for k in again.tolist()]
            rest = steps[end:]
            assert rest[: len(theirs)] == theirs[: len(rest)]
            assert not any(rest[len(theirs) :])
            assert not any(theirs[len(rest) :])


def test_what_is_left_is_what_was_not_visited_and_where_the_plan_and_its_route_are() -> None:
    batch = draw(Mixture(), 7, 40, seeded(7)).batch
    env = Routes(batch)
    state, done = env.reset(), [set[int]() for _ in range(batch.size)]
    closed = ~state.view.left[:, 0]
    for step in range(6):
        mask = env.mask(state)
        noise = torch.rand(mask.shape, generator=seeded(step))
        state = env.step(state, noise.masked_fill(~mask, -1.0).argmax(2))
        here, first = (f[:, 0].tolist() for f in (state.view.current, state.view.first))
        rest = rest_of(batch, state, closed)
        for row in range(batch.size):
            done[row] |= {here[row]} if here[row] >= batch.num_depots else set()
            real = {n for n in range(batch.num_nodes) if bool(batch.is_node[row, n])}
            expected = sorted(real - (done[row] - {here[row], first[row]}))
            is_node = rest.batch.is_node[row]
            assert rest.nodes[row][is_node].tolist() == expected
            assert int(rest.nodes[row, rest.position[row, here[row]]]) == here[row]
            kept = torch.tensor(expected)
            ways = rest.batch.distance[row][is_node][:, is_node]
            assert torch.equal(ways, batch.distance[row][kept][:, kept])
            assert not bool(rest.batch.required[row][~is_node].any())


def test_tours_that_begin_anywhere_are_refused_by_name() -> None:
    policy = AttentionModel(AttentionConfig("tsp", **TINY)).eval()
    batch = draw(Mixture(("TSP",)), 6, 2, seeded(8)).batch
    with pytest.raises(rw.UnsupportedError, match=r"encoding anew.* from a depot"):
        roll_out_anew(policy, batch, every=1)
