"""Whatever a policy prefers, its plans are feasible and cost what the checker says."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

import routewright as rw  # noqa: E402
from routewright.neural.backward import turned_around  # noqa: E402
from routewright.neural.batch import Batch  # noqa: E402
from routewright.neural.beam import beam_search  # noqa: E402
from routewright.neural.decoding import Sampling, roll_out, spread_starts  # noqa: E402
from routewright.neural.environment import Routes  # noqa: E402
from routewright.neural.features import to_batch  # noqa: E402
from routewright.neural.generator import (  # noqa: E402
    KINDS,
    Drawn,
    Mixture,
    draw,
    parse_kinds,
    to_problem,
)
from routewright.neural.objectives import Judge, RewardScale, pomo  # noqa: E402
from routewright.neural.plans import to_actions, to_sequence, to_solution  # noqa: E402
from routewright.neural.policies.attention import (  # noqa: E402
    AttentionConfig,
    AttentionModel,
)
from routewright.neural.policies.biased import BiasedConfig, BiasedPolicy  # noqa: E402

WILD = {"clustered": 0.3, "asymmetric": 0.3, "no_coordinates": 0.2, "odd_capacity": 0.3}
WILD["odd_times"] = 0.5
TINY = BiasedConfig(width=16, heads=2, layers=1, hidden=16)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def drawn(clients: int, count: int, seed: int, **shares: float) -> Drawn:
    return draw(Mixture(**shares), clients, count, seeded(seed))


def tiny_policy() -> BiasedPolicy:
    torch.manual_seed(0)
    return BiasedPolicy(TINY).eval()


def plan(policy: BiasedPolicy, batch: Batch, seed: int, **options: object) -> tuple:
    with torch.inference_mode():
        result = roll_out(policy, batch, Sampling(generator=seeded(seed)), **options)
    return result.actions.tolist(), result.cost.tolist()


def test_decoded_plans_cost_what_the_checker_says_and_are_feasible() -> None:
    """A thousand problems over all kinds: the integers are the same, not nearly so."""
    policy, seen = tiny_policy(), set()
    for seed in range(10):
        batch, kind = drawn(8 + 2 * seed, 100, seed, **WILD)
        actions, costs = plan(policy, batch, seed)
        for row, ((sequence,), (cost,)) in enumerate(zip(actions, costs, strict=True)):
            problem = to_problem(batch, row)
            report = rw.check(problem, to_solution(problem, batch, sequence))
            assert report.violations == ()
            assert report.key[2] == cost
            seen.add(KINDS[kind[row]])
    assert seen == set(KINDS)


def split(batch: Batch, seed: int) -> Batch:
    """Up to five times the deliveries of some clients, which may be brought in parts."""
    source = seeded(seed)
    chosen = torch.rand(batch.delivery.shape, generator=source) < 0.6
    chosen &= batch.required & (batch.delivery > 0) & (batch.pickup == 0)
    times = torch.randint(1, 6, batch.delivery.shape, generator=source)
    return batch._replace(
        splittable=chosen, delivery=torch.where(chosen, times * batch.delivery, batch.delivery)
    )


def test_plans_in_parts_cost_what_the_checker_says_and_are_feasible() -> None:
    """All kinds with splits: what is brought adds up, also beyond what a vehicle takes."""
    policy, parts, beyond = tiny_policy(), 0, 0
    for seed in range(6):
        batch, _ = drawn(7 + 2 * seed, 60, seed, **WILD)
        batch = split(batch, seed)
        actions, costs = plan(policy, batch, seed)
        for row, ((sequence,), (cost,)) in enumerate(zip(actions, costs, strict=True)):
            problem = to_problem(batch, row)
            solution = to_solution(problem, batch, sequence)
            report = rw.check(problem, solution)
            assert report.violations == ()
            assert report.key[2] == cost
            parts += solution.has_quantities
            beyond += bool((batch.delivery[row] > batch.capacity[row]).any())
    assert parts > 100
    assert beyond > 10


def test_every_start_and_every_beam_of_a_split_problem_is_feasible() -> None:
    policy = tiny_policy()
    batch = split(drawn(9, 30, 5, **WILD).batch, 5)
    starts = spread_starts(batch, 4, Routes(batch).servable)
    with torch.inference_mode():
        results = [roll_out(policy, batch, starts=starts), beam_search(policy, batch, 3)]
    for result in results:
        for row in range(batch.size):
            problem = to_problem(batch, row)
            for sequence, cost, chance in zip(
                result.actions[row].tolist(),
                result.cost[row].tolist(),
                result.log_prob[row].tolist(),
                strict=True,
            ):
                if chance == -torch.inf:
                    continue
                report = rw.check(problem, to_solution(problem, batch, sequence))
                assert report.feasible
                assert report.key[2] == cost


def test_a_split_batch_and_its_problems_are_the_same() -> None:
    batch = split(drawn(9, 20, 3).batch, 3)
    again = to_batch([to_problem(batch, row) for row in range(batch.size)])
    assert bool(batch.splittable.any())
    for name in Batch._fields[1:]:
        assert torch.equal(getattr(batch, name), getattr(again, name)), name


def test_the_published_policy_for_splits_is_trained_on_what_is_left() -> None:
    """Its logits depend on the remaining demand, and the same way in a part of the steps."""
    torch.manual_seed(0)
    policy = AttentionModel(AttentionConfig("sdvrp", width=16, heads=2, layers=1, hidden=16))
    batch = split(draw(Mixture(kinds=("CVRP",)), 8, 5, seeded(1)).batch, 1)
    judge = Judge(starts=3, scale=RewardScale.on(batch.device), budget=500)
    pomo(policy, Drawn(batch, torch.zeros(5, dtype=torch.long)), judge, seeded(2))
    grad = policy.project_remaining.weight.grad
    assert grad is not None
    assert bool((grad.view(3, 16).abs().sum(1) > 0).all())


def test_a_policy_for_splits_plans_problems_without_any() -> None:
    """What may not be split is brought at once, whatever the policy is made for."""
    torch.manual_seed(0)
    policy = AttentionModel(AttentionConfig("sdvrp", width=16, heads=2, layers=1, hidden=16)).eval()
    batch, _ = draw(Mixture(kinds=("CVRP",)), 12, 4, seeded(1))
    actions, costs = plan(policy, batch, 0)
    for row, ((sequence,), (cost,)) in enumerate(zip(actions, costs, strict=True)):
        problem = to_problem(batch, row)
        solution = to_solution(problem, batch, sequence)
        assert not solution.has_quantities
        assert rw.check(problem, solution).key == (0, 0, cost)


def test_a_drawn_batch_and_its_problems_are_the_same() -> None:
    """The way through `Problem` gives back every tensor, so features are the same too."""
    batch, _ = drawn(15, 60, 3, clustered=0.3, odd_capacity=0.3, asymmetric=0.3, odd_times=0.5)
    again = to_batch([to_problem(batch, row) for row in range(batch.size)])
    for name in Batch._fields[1:]:
        assert torch.equal(getattr(batch, name), getattr(again, name)), name


def test_every_kind_uses_its_attributes() -> None:
    A = rw.Attribute
    for name in KINDS:
        batch, _ = draw(Mixture(kinds=(name,)), 30, 1, seeded(5))
        used = to_problem(batch, 0).attributes()
        assert (A.OPEN_ROUTES in used) == ("O" in name.replace("OP", ""))
        assert (A.MULTIPLE_DEPOTS in used) == name.startswith("MD")
        assert (A.TIME_WINDOWS in used) == name.endswith("TW")
        assert (A.MAX_DISTANCE in used) == ("L" in name.removeprefix("PCTSP") or name == "OP")
        assert (A.PICKUP in used) == ("VRPB" in name or "VRPMB" in name)
        assert (A.BACKHAUL in used) == ("VRPB" in name)
        assert (A.OPTIONAL_CLIENTS in used) == (name in ("OP", "PCTSP"))


def test_problems_of_different_sizes_are_padded_without_effect() -> None:
    """A plan depends on its own problem alone, not on what else is in the batch."""
    policy = tiny_policy()
    problems = [
        to_problem(draw(Mixture(), n, 1, seeded(n)).batch, 0) for n in (5, 9, 14, 20, 21, 22)
    ]
    together = to_batch(problems)
    with torch.inference_mode():
        costs = roll_out(policy, together).cost[:, 0].tolist()
        alone = [int(roll_out(policy, to_batch([p])).cost[0, 0]) for p in problems]
    assert costs == alone


def test_starts_begin_where_they_say_and_plans_are_feasible() -> None:
    batch, _ = drawn(12, 60, 8, **WILD)
    starts = spread_starts(batch, 5, Routes(batch).servable)
    actions, costs = plan(tiny_policy(), batch, 0, starts=starts)
    for row in range(batch.size):
        problem = to_problem(batch, row)
        for start, sequence, cost in zip(
            starts[row].tolist(), actions[row], costs[row], strict=True
        ):
            assert next(node for node in sequence if node >= batch.num_depots) == start
            report = rw.check(problem, to_solution(problem, batch, sequence))
            assert report.feasible
            assert report.key[2] == cost
        assert len(set(starts[row].tolist())) == 5


@pytest.mark.parametrize("kind", ["MDCVRP", "MDOVRP", "MDVRPTW"])
@pytest.mark.parametrize("around", [False, True])
def test_starts_begin_at_the_depot_whose_route_to_them_alone_is_shortest(
    kind: str, around: bool
) -> None:
    batch = draw(Mixture((kind,), asymmetric=0.5), 9, 20, seeded(8)).batch
    batch = turned_around(batch) if around else batch
    env = Routes(batch)
    starts = spread_starts(batch, 3, env.servable)
    _, depots = env.begin(env.reset(3), starts)
    for row in range(batch.size):
        way = batch.distance[row].tolist()
        for start, depot in zip(starts[row].tolist(), depots[row].tolist(), strict=True):
            alone = [
                way[d][start] + (0 if batch.is_open[row] else way[start][d])
                for d in range(3)
                if env.servable[row, d, start]
            ]
            home = 0 if batch.is_open[row] else way[start][depot]
            assert way[depot][start] + home == min(alone)


def test_a_solution_of_another_solver_is_a_plan_of_the_environment() -> None:
    """Its sequence is allowed step by step, and costs the same: the teacher can be heard."""
    for name in ("CVRP", "OVRPTW", "MDVRPL", "VRPMB", "VRPB", "MDOVRPMBLTW", "TSP", "PCTSP"):
        batch, _ = draw(Mixture(kinds=(name,)), 8, 1, seeded(2))
        problem = to_problem(batch, 0)
        result = rw.solve(problem, solver="exact", stop=rw.MaxIterations(10) | rw.MaxRuntime(60))
        env = Routes(batch)
        state = env.reset()
        sequence = torch.tensor([to_sequence(result.solution, batch)])
        for node in to_actions(batch, sequence).unbind(1):
            action = node[:, None]
            assert bool(env.mask(state).gather(2, action[:, :, None])), name
            state = env.step(state, action)
        assert bool(state.is_finished.all())
        assert int(state.cost) == result.report.key[2]


def test_finished_plans_stay_as_they_are() -> None:
    batch, _ = drawn(6, 40, 4)
    env = Routes(batch)
    policy = tiny_policy()
    actions, costs = plan(policy, batch, 1)
    state = env.reset()
    for step in range(len(actions[0][0])):
        state = env.step(state, torch.tensor([[a[0][step]] for a in actions]))
    for _ in range(3):
        mask = env.mask(state)
        assert bool((mask.sum(2) == 1).all())
        state = env.step(state, mask.int().argmax(2))
    assert state.cost.tolist() == costs
    assert bool(state.is_finished.all())


# Bad input -----------------------------------------------------------------------


def test_attributes_that_it_does_not_know_are_refused_by_name(square: rw.Problem) -> None:
    with pytest.raises(rw.UnsupportedError, match="a limited number of vehicles"):
        to_batch([square])
    kind = square.vehicle_types[0]
    shifts = square.replace(vehicle_types=(rw.VehicleType("van", shift=(0, 99)),))
    with pytest.raises(rw.UnsupportedError, match="shifts"):
        to_batch([shifts])
    far = square.replace(
        vehicle_types=(rw.VehicleType("van", capacity=kind.capacity, max_distance=1),)
    )
    with pytest.raises(rw.UnsupportedError, match=r"no route of their own can serve \(ne, se"):
        to_batch([far])


def test_unknown_kinds_are_named_all_at_once() -> None:
    assert parse_kinds("cvrp, otsp") == ("CVRP", "OTSP")
    assert parse_kinds("all") == KINDS
    with pytest.raises(rw.InputError) as caught:
        parse_kinds("CVRP,VRPX,TSP,nothing")
    assert [i.message.split()[0] for i in caught.value.issues] == ["'VRPX'", "'nothing'"]
