"""Plans in parts: never worse, with the costs of the checker, and learned on what is left."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

import routewright as rw  # noqa: E402
from routewright.neural.batch import Batch  # noqa: E402
from routewright.neural.cards import Card  # noqa: E402
from routewright.neural.checkpoint import save_policy  # noqa: E402
from routewright.neural.decoding import Sampling, roll_out  # noqa: E402
from routewright.neural.generator import KINDS, Mixture, draw, to_problem  # noqa: E402
from routewright.neural.parts import number_of_parts, replanned  # noqa: E402
from routewright.neural.plans import to_solution  # noqa: E402
from routewright.neural.policies import Policy  # noqa: E402
from routewright.neural.policies.attention import AttentionConfig, AttentionModel  # noqa: E402
from routewright.neural.policies.biased import BiasedConfig, BiasedPolicy  # noqa: E402
from routewright.neural.teacher import Labels, share_done, write_labels  # noqa: E402

TINY = {"width": 16, "heads": 2, "layers": 1, "hidden": 16}
ROUTES = [kind for kind in KINDS if "VRP" in kind]


def biased(**changes: bool) -> BiasedPolicy:
    torch.manual_seed(0)
    return BiasedPolicy(BiasedConfig(**TINY, **changes)).eval()


def one_of(kind: str, clients: int, seed: int = 0) -> Batch:
    source = torch.Generator().manual_seed(seed)
    return draw(Mixture((kind,), odd_times=0.5), clients, 1, source).batch


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    policy = biased()
    card = Card("biased", asdict(policy.config), kinds=KINDS, sizes=(5, 50))
    path = tmp_path_factory.mktemp("parts") / "tiny.safetensors"
    save_policy(policy, card, path)
    return str(path)


def plan_at_random(policy: Policy, batch: Batch, seed: int) -> tuple[int, list[int]]:
    with torch.inference_mode():
        source = torch.Generator().manual_seed(seed)
        found = roll_out(policy, batch, Sampling(generator=source))
    return int(found.cost), found.actions[0, 0].tolist()


@pytest.mark.parametrize("kind", [*ROUTES, "TSP", "PCTSP"])
def test_no_part_makes_a_plan_worse_and_its_cost_is_that_of_the_checker(kind: str) -> None:
    policy, batch = biased(), one_of(kind, 14, 2)
    problem = to_problem(batch, 0)
    cost, plan = plan_at_random(policy, batch, 1)
    seeds, seen = iter(range(2, 100)), []

    def make(rest: Batch) -> list[int]:
        seen.append(rest.num_clients)
        return plan_at_random(policy, rest, next(seeds))[1]

    better, nodes = replanned(batch, plan, 7, make)
    assert better <= cost
    report = rw.check(problem, to_solution(problem, batch, nodes))
    assert report.key == (0, 0, better)
    assert seen == sorted(seen, reverse=True)
    assert bool(seen) != bool(batch.is_single)
    assert not seen or max(seen) < 14


def test_what_was_planned_first_stays_where_nothing_better_is_found() -> None:
    policy, batch = biased(), one_of("CVRP", 12)
    cost, plan = plan_at_random(policy, batch, 1)
    assert replanned(batch, plan, 5, lambda _: None)[0] == cost
    # One client a route is as bad as it gets.
    alone = [n for c in range(1, 13) for n in (0, c)] + [0]
    assert replanned(batch, alone, 2, lambda b: [*range(1, b.num_nodes), 0])[0] < sum(
        int(batch.distance[0, 0, c] + batch.distance[0, c, 0]) for c in range(1, 13)
    )


def test_optional_clients_may_all_stay_out() -> None:
    batch = one_of("CVRP", 6)
    batch = batch._replace(required=torch.zeros_like(batch.required), prize=1 * batch.is_client)
    cost, nodes = replanned(batch, [0], 4, lambda _: [0])
    assert (cost, nodes) == (6, [0])


@pytest.mark.parametrize("how", [{}, {"plans": 4}, {"symmetries": 4}, {"top_p": 0.9}])
@pytest.mark.parametrize("kind", ["CVRP", "OVRP", "VRPB", "MDVRPTW"])
def test_more_parts_cost_no_more_than_the_plan_at_once(
    kind: str, how: dict[str, float], file: str
) -> None:
    improved = 0
    for seed in range(4):
        problem = to_problem(one_of(kind, 16, seed), 0)
        asked = {"plans": 1, **how}
        at_once, in_parts = (
            rw.construct(problem, model=file, parts=parts, **asked) for parts in (1, 4)
        )
        first, second = (float(rw.check(problem, p[0]).cost) for p in (at_once, in_parts))
        assert rw.check(problem, in_parts[0]).feasible
        assert second <= first or kind.startswith("MD")  # there, depots are chosen afterward
        improved += second < first
        assert in_parts == rw.construct(problem, model=file, parts=4, **asked)
    assert improved


def test_how_many_parts() -> None:
    whole, parts = biased(in_parts=False), biased()
    batch = one_of("CVRP", 20)
    assert number_of_parts(whole, batch, None) == 1
    assert number_of_parts(whole, batch, 3) == 3
    usual = [number_of_parts(parts, one_of("CVRP", n), None) for n in (20, 100, 300, 1000)]
    assert usual == sorted(usual, reverse=True)
    assert usual[0] > 2
    assert usual[-1] == 1
    assert number_of_parts(parts, one_of("TSP", 20), None) == 1
    split = batch._replace(splittable=batch.is_client)
    assert number_of_parts(parts, split, None) == 1
    with pytest.raises(rw.UnsupportedError, match="split deliveries"):
        number_of_parts(parts, split, 2)
    with pytest.raises(rw.InputError, match="parts: 0 parts must be 1"):
        number_of_parts(parts, batch, 0)
    assert not AttentionModel(AttentionConfig(problem="cvrp")).plans_in_parts


def test_policies_that_plan_in_parts_learn_from_what_is_left(tmp_path: Path) -> None:
    batch = draw(Mixture(("CVRP",)), 10, 8, torch.Generator().manual_seed(0)).batch
    alone = [[n for c in range(1, 11) for n in (0, c)] + [0]] * 8
    write_labels(batch, alone, {}, tmp_path / "some.safetensors")
    labels = Labels.read(tmp_path)
    sizes = {
        in_parts: [
            labels.draw(4, seed, torch.device("cpu"), in_parts=in_parts)[0].num_clients
            for seed in range(30)
        ]
        for in_parts in (False, True)
    }
    assert set(sizes[False]) == {10}
    assert len(set(sizes[True])) > 4
    assert sizes[True] == [10 - math.ceil(10 * share_done(seed)) for seed in range(30)]
