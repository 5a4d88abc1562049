"""What is planned from the end of its routes: same costs, feasible plans, others untouched."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

import routewright as rw  # noqa: E402
from routewright.neural.backward import is_backward, turned_around, turned_back  # noqa: E402
from routewright.neural.batch import UNLIMITED, Batch  # noqa: E402
from routewright.neural.cards import Card  # noqa: E402
from routewright.neural.checkpoint import save_policy  # noqa: E402
from routewright.neural.decoding import Sampling, roll_out  # noqa: E402
from routewright.neural.generator import KINDS, Mixture, draw, to_problem  # noqa: E402
from routewright.neural.objectives import replay  # noqa: E402
from routewright.neural.plans import from_cheapest_depots, to_sequence, to_solution  # noqa: E402
from routewright.neural.policies import as_planned  # noqa: E402
from routewright.neural.policies.attention import AttentionConfig, AttentionModel  # noqa: E402
from routewright.neural.policies.biased import BiasedConfig, BiasedPolicy  # noqa: E402
from routewright.neural.teacher import posed  # noqa: E402
from routewright.variants import VARIANTS  # noqa: E402

#: Kinds that are planned backward: open, or with linehauls first, and without windows.
TURNED = {
    k
    for k in VARIANTS
    if "TW" not in k and (k.removeprefix("MD")[0] == "O" or k.rstrip("L")[-2:] == "PB")
}
TINY = {"width": 16, "heads": 2, "layers": 1, "hidden": 16}


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def drawn(kinds: tuple[str, ...], count: int, clients: int = 8, asymmetric: float = 0.4) -> Batch:
    mixture = Mixture(kinds, asymmetric=asymmetric, clustered=0.3)
    return draw(mixture, clients, count, seeded(5)).batch


@pytest.mark.parametrize("kind", KINDS)
def test_open_problems_and_linehauls_first_are_turned_around_without_windows(kind: str) -> None:
    batch = drawn((kind,), 3, 40)
    assert is_backward(batch).tolist() == [kind in TURNED] * 3
    assert kind in TURNED or turned_around(batch) is batch


@pytest.mark.parametrize("kind", sorted(TURNED))
def test_plans_that_are_turned_back_cost_the_same(kind: str) -> None:
    batch = drawn((kind, "CVRP", "VRPTW"), 40, 12)
    around, which = turned_around(batch), is_backward(batch)
    assert 0 < int(which.sum()) < 40
    torch.manual_seed(1)
    plans = roll_out(BiasedPolicy(BiasedConfig(**TINY)), around, Sampling(generator=seeded(2)))
    for row in range(40):
        problem = to_problem(batch, row)
        solution = to_solution(problem, batch, plans.actions[row, 0].tolist())
        report = rw.check(problem, turned_back(solution) if which[row] else solution)
        assert report.key == (0, 0, int(plans.cost[row, 0])), report


def test_solved_problems_are_shown_from_their_end() -> None:
    # Where distances are no metric, the environment may see no way home from half a plan.
    kinds = ("OVRP", "MDOVRPL", "CVRP", "OVRPTW", "VRPB", "MDOVRPBL", "OVRPMB")
    batch = drawn(kinds, 80, asymmetric=0.0)
    sequences = []
    for row in range(80):
        result = rw.solve(to_problem(batch, row), solver="ruin", stop=rw.MaxIterations(20))
        sequences.append(to_sequence(result.solution, batch))
    width = max(map(len, sequences))
    plans = torch.tensor([[*s, *[-1] * (width - len(s))] for s in sequences])
    costs = []
    for backward in (False, True):
        shown, actions = posed(batch, plans, seeded(3), backward=backward)
        again = replay(shown, actions[:, None, :])
        assert again.masks is not None
        assert bool(again.masks.gather(3, actions[:, None, :, None]).all())
        assert bool(shown.is_open.any())  # with windows they stay
        costs.append(again.cost)
        assert bool((is_backward(shown) & shown.is_open).any()) != backward
    assert torch.equal(*costs)


def test_policies_say_whether_they_plan_backward() -> None:
    batch = drawn(("OVRP",), 2)
    forward = BiasedPolicy(BiasedConfig(**TINY, backward=False))
    assert as_planned(forward, batch) is batch
    assert as_planned(AttentionModel(AttentionConfig(problem="cvrp")), batch) is batch
    assert not bool(as_planned(BiasedPolicy(BiasedConfig(**TINY)), batch).is_open.any())


@pytest.mark.parametrize("kind", ["MDCVRP", "MDOVRP", "MDVRPMBL", "MDVRPTW"])
def test_routes_leave_from_the_depot_that_is_cheapest_for_them(kind: str) -> None:
    """By trying all of them; with windows, nothing is moved."""
    batch = drawn((kind,), 12)
    moved = 0
    for row in range(12):
        problem = to_problem(batch, row)
        clients = list(range(problem.num_clients))
        solution = rw.Solution([rw.Route.of([c], c % 3) for c in clients])
        better = from_cheapest_depots(problem, solution)
        if bool((batch.late[row] < UNLIMITED).any()):
            assert better is solution
            continue
        for route in better.routes:
            costs = [
                rw.check(problem, rw.Solution([rw.Route.of(route.visits, k)])).cost
                for k in range(3)
            ]
            assert costs[route.vehicle_type] == min(costs)
        moved += better != solution
        assert sorted(c for r in better.routes for c in r.visits) == clients
        assert from_cheapest_depots(problem, better) == better
    assert moved > 0 or kind == "MDVRPTW"


@pytest.mark.parametrize("kind", ["OVRP", "MDCVRP", "MDOVRPL", "OVRPTW", "VRPB", "OVRPMB"])
@pytest.mark.parametrize("how", [{}, {"top_p": 0.9}, {"reencode": 3}, {"symmetries": 2}])
def test_plans_are_feasible_and_come_cheapest_first(
    kind: str, how: dict[str, float], tmp_path: Path
) -> None:
    """By compiled code, by tensors, and with what is left encoded anew."""
    torch.manual_seed(3)
    policy = BiasedPolicy(BiasedConfig(**TINY))
    card = Card("biased", asdict(policy.config), kinds=KINDS, sizes=(5, 30))
    save_policy(policy, card, tmp_path / "tiny.safetensors")
    problem = to_problem(drawn((kind,), 1, 12), 0)
    plans = rw.construct(problem, model=str(tmp_path / "tiny.safetensors"), plans=5, **how)
    reports = [rw.check(problem, plan) for plan in plans]
    assert len(plans) > 1
    assert all(r.feasible for r in reports)
    assert [r.cost for r in reports] == sorted(r.cost for r in reports)
