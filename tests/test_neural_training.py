"""Training: gradients are those of the whole loss, a kill changes nothing, NaN stops it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

import routewright as rw  # noqa: E402
from routewright.neural import objectives, teacher  # noqa: E402
from routewright.neural.cards import Card, read_card, read_header  # noqa: E402
from routewright.neural.checkpoint import load_policy, save_policy  # noqa: E402
from routewright.neural.decoding import greedy, masked_log_prob, roll_out  # noqa: E402
from routewright.neural.environment import Routes, View  # noqa: E402
from routewright.neural.features import ranged_features, unit_cost  # noqa: E402
from routewright.neural.generator import KINDS, Mixture, draw, to_problem  # noqa: E402
from routewright.neural.objectives import Judge, RewardScale, replay  # noqa: E402
from routewright.neural.options import Moment, Options  # noqa: E402
from routewright.neural.ordering import is_symmetric  # noqa: E402
from routewright.neural.plans import to_solution  # noqa: E402
from routewright.neural.policies import policy_class  # noqa: E402
from routewright.neural.policies.biased import BiasedConfig, BiasedPolicy  # noqa: E402
from routewright.neural.teacher import Labels, make_labels  # noqa: E402
from routewright.neural.training import POLICY_FILE, Trainer  # noqa: E402
from routewright.neural.workers import Workers  # noqa: E402

TINY = {"width": 16, "heads": 2, "layers": 1, "hidden": 16}


def options(**changes: object) -> Options:
    usual = {
        "config": TINY,
        "mixture": Mixture(sizes=(6, 8), asymmetric=0.2, clustered=0.2),
        "batch": 2,
        "starts": 4,
        "steps": 6,
        "every_steps": 3,
        "device": "cpu",
    }
    return Options(**{**usual, **changes})


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def judge(budget: int = 1 << 20, starts: int = 4) -> Judge:
    return Judge(starts, RewardScale.on(torch.device("cpu")), budget)


def tiny_policy() -> BiasedPolicy:
    torch.manual_seed(1)
    return BiasedPolicy(BiasedConfig(**TINY))


def gradients(policy: torch.nn.Module) -> list[torch.Tensor]:
    return [p.grad.clone() for p in policy.parameters() if p.grad is not None]


# What is minimized ----------------------------------------------------------------


def test_gradients_by_parts_are_those_of_the_whole_loss() -> None:
    """Against one backward pass through the policy, step by step, without any shortcut."""
    drawn = draw(Mixture(), 7, 9, seeded(2))
    by_parts = tiny_policy()
    objectives.pomo(by_parts, drawn, judge(budget=1500), seeded(3))

    whole = tiny_policy()
    encoded, plans = objectives._plans(whole, drawn.batch, judge(), seeded(3))
    cost = judge().scale(drawn.kind, unit_cost(drawn.batch, plans.cost))
    advantage = cost - cost.mean(1, keepdim=True)
    steps = plans.masks.shape[2]
    actions = plans.actions[:, :, -steps:]
    total = torch.zeros(())
    for t in range(steps):
        view, mask = View(*(f[:, :, t] for f in plans.views)), plans.masks[:, :, t]
        log_prob = masked_log_prob(whole, encoded, drawn.batch, view, mask)
        total = total + log_prob.gather(2, actions[:, :, t, None])[:, :, 0]
    (advantage * total).mean().backward()
    for ours, theirs in zip(gradients(by_parts), gradients(whole), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)


def test_ppo_begins_where_the_shared_baseline_ends() -> None:
    """Its first pass has ratios of one, so its gradient is POMO's, up to the scale."""
    drawn = draw(Mixture(), 7, 9, seeded(2))
    ours, theirs = tiny_policy(), tiny_policy()
    once = judge()
    once.epochs = 1
    objectives.ppo(ours, drawn, once, seeded(3))
    objectives.pomo(theirs, drawn, judge(), seeded(3))
    a, b = (torch.cat([g.flatten() for g in gradients(p)]) for p in (ours, theirs))
    assert float(torch.nn.functional.cosine_similarity(a, b, dim=0)) == pytest.approx(1, abs=1e-4)


def test_costs_of_all_kinds_weigh_the_same() -> None:
    scale = RewardScale.on(torch.device("cpu"))
    kind = torch.tensor([0, 0, 5])
    first = scale(kind, torch.tensor([[2.0, 4.0], [3.0, 3.0], [500.0, 700.0]]))
    assert first.mean(1).tolist() == pytest.approx([1, 1, 1])
    assert scale.mean[5] == 600
    assert float(scale.mean.sum()) == 603  # no other kind was seen
    again = scale(kind[:1], torch.tensor([[6.0, 6.0]]))
    assert 1 < float(again[0, 0]) < 2


@pytest.mark.parametrize("objective", ["pomo", "ppo", "rollout"])
def test_some_problems_can_be_learned_by_heart(objective: str) -> None:
    """The contract of every policy and every objective: cost falls on what is repeated."""
    drawn = draw(Mixture(kinds=("CVRP", "OVRPTW", "TSP")), 8, 12, seeded(5))
    policy = tiny_policy()
    optimizer = torch.optim.Adam(policy.parameters(), 0.01)
    kept = judge(starts=8)
    kept.baseline = tiny_policy().eval()
    kept.after_epoch = lambda: (optimizer.step(), optimizer.zero_grad())
    costs = []
    for step in range(40):
        costs.append(float(getattr(objectives, objective)(policy, drawn, kept, seeded(step))))
        optimizer.step()
        optimizer.zero_grad()
    assert sum(costs[-5:]) < 0.97 * sum(costs[:5])


# Solved problems ------------------------------------------------------------------


def exact(problem: rw.Problem) -> rw.Solution | None:
    result = rw.solve(problem, solver="exact", stop=rw.MaxRuntime(60))
    return result.solution if result.feasible else None


def test_solved_problems_come_back_in_another_order_at_the_same_cost(tmp_path: Path) -> None:
    mixture = Mixture(asymmetric=0.3)
    make_labels(mixture, 6, len(KINDS), 7, exact, tmp_path)
    labels = Labels.read(tmp_path)
    assert labels.size == len(KINDS)
    batch, plans = labels.parts[0]
    costs = []
    for row in range(batch.size):
        problem = to_problem(batch, row)
        sequence = [node for node in plans[row].tolist() if node >= 0]
        costs.append(rw.check(problem, to_solution(problem, batch, sequence)).key)
    orders = set()
    for seed in range(6):
        shown, actions = labels.draw(80, seed, torch.device("cpu"))
        again = replay(shown, actions)
        assert bool(again.masks.gather(3, actions[..., None]).all())  # every step is allowed
        for row in range(80):
            same = [
                k for k in range(batch.size) if torch.equal(batch.distance[k], shown.distance[row])
            ]
            assert costs[same[0]] == (0, 0, int(again.cost[row, 0]))
            orders.add((same[0], tuple(actions[row, 0].tolist())))
    assert len(orders) > 1.2 * batch.size
    assert 0 < int(is_symmetric(batch).sum()) < batch.size


def test_solving_goes_on_where_it_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in a file is not solved again, and the problems are those of one go."""
    monkeypatch.setattr(teacher, "_PART", 2)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    mixture = Mixture(kinds=("CVRP",))
    make_labels(mixture, 4, 5, 1, exact, whole)
    solved: list[rw.Problem] = []

    def dying(problem: rw.Problem) -> rw.Solution | None:
        if len(solved) == 3:
            raise KeyboardInterrupt
        solved.append(problem)
        return exact(problem)

    with pytest.raises(KeyboardInterrupt):
        make_labels(mixture, 4, 5, 1, dying, parts)
    again: list[rw.Problem] = []
    make_labels(mixture, 4, 5, 1, lambda p: again.append(p) or exact(p), parts)
    assert len(again) == 3  # the third, which was lost, and the two after it
    assert [f.name for f in sorted(whole.iterdir())] == [f.name for f in sorted(parts.iterdir())]
    for (ours, plans), (theirs, same) in zip(
        Labels.read(whole).parts, Labels.read(parts).parts, strict=True
    ):
        assert torch.equal(plans, same)
        assert all(torch.equal(a, b) for a, b in zip(ours[1:], theirs[1:], strict=True))
    other: list[rw.Problem] = []
    make_labels(Mixture(("OVRP",)), 4, 5, 1, lambda p: other.append(p) or exact(p), parts)
    assert len(other) == 5  # other problems are not mistaken for these


def test_problems_without_a_plan_are_left_out_and_counted(tmp_path: Path) -> None:
    calls: list[rw.Problem] = []

    def sometimes(problem: rw.Problem) -> rw.Solution | None:
        calls.append(problem)
        return exact(problem) if len(calls) % 2 else None

    [file] = make_labels(Mixture(("CVRP",)), 4, 5, 1, sometimes, tmp_path)
    assert Labels.read(tmp_path).size == 3
    assert read_header(file)["unsolved"] == "2"
    [none] = make_labels(Mixture(("CVRP",)), 4, 2, 9, lambda _: None, tmp_path / "none")
    assert read_header(none)["unsolved"] == "2"


def test_steps_that_the_environment_does_not_offer_teach_nothing(tmp_path: Path) -> None:
    """Where distances are no metric, a plan may pass where there is no way home."""
    drawn = draw(Mixture(("VRPL",)), 3, 1, seeded(1)).batch
    far, near = 20_000, 100
    distance = torch.full_like(drawn.distance, near)
    distance[0, 2, 0] = far  # from client 2 only by way of client 3
    distance[0].fill_diagonal_(0)
    batch = drawn._replace(distance=distance, duration=distance, max_distance=torch.tensor([1000]))
    actions = torch.tensor([[[1, 2, 3, 0, 0]]])
    offered = replay(batch, actions).masks.gather(3, actions[..., None])[0, 0, :, 0]
    assert offered.tolist() == [True, False, True, True, True]
    policy = tiny_policy()
    loss = objectives.imitation(policy, batch, actions, judge(), seeded(2))
    assert bool(torch.isfinite(loss))
    assert all(bool(torch.isfinite(g).all()) for g in gradients(policy))


def test_steps_that_are_replayed_at_once_look_as_one_after_the_other() -> None:
    drawn = draw(Mixture(clustered=0.3, asymmetric=0.3), 9, 60, seeded(5)).batch
    actions = roll_out(tiny_policy(), drawn, greedy).actions
    env = Routes(drawn)
    state, seen = env.reset(1), []
    for action in actions.unbind(2):
        seen.append((env.mask(state), *state.view))
        state = env.step(state, action)
    kept = torch.tensor([7, 0, 3])
    some, whole = replay(drawn, actions, kept=kept), replay(drawn, actions)
    assert torch.equal(some.cost, state.cost)
    for found, steps in ((whole, range(actions.shape[2])), (some, kept.tolist())):
        for place, step in enumerate(steps):
            here = (found.masks, *found.views)
            assert all(
                torch.equal(f[:, :, place], s) for f, s in zip(here, seen[step], strict=True)
            )


@pytest.mark.parametrize(("count", "threads"), [(13, 3), (8, 2), (8, 5)], ids=str)
def test_several_threads_learn_what_their_parts_teach(count: int, threads: int) -> None:
    """The gradient is the mean of those of the parts alone, weighted by their problems."""
    batch = draw(Mixture(("CVRP",)), 7, count, seeded(5)).batch
    actions = roll_out(tiny_policy(), batch, greedy).actions
    policy, loss = tiny_policy(), 0.0
    wanted = [torch.zeros_like(weight) for weight in policy.parameters()]
    for rows in torch.arange(count).tensor_split(min(threads, count // 4)):
        alone, share = tiny_policy(), len(rows) / count
        of_part = batch.rows(rows), actions[rows], judge(), seeded(1)
        loss += share * float(objectives.imitation(alone, *of_part))
        for total, weight in zip(wanted, alone.parameters(), strict=True):
            total += 0 if weight.grad is None else share * weight.grad
    workers = Workers(policy, threads)
    assert float(workers.imitation(batch, actions, judge(), seeded(2))) == pytest.approx(loss)
    for total, weight in zip(wanted, policy.parameters(), strict=True):
        found = torch.zeros_like(weight) if weight.grad is None else weight.grad
        assert torch.allclose(found, total, rtol=1e-4, atol=1e-7)
    torch.optim.SGD(policy.parameters(), 0.1).step()
    for replica in workers.policies:  # whose weights are those that have been stepped
        for ours, theirs in zip(replica.parameters(), policy.parameters(), strict=True):
            assert torch.equal(ours, theirs)
            assert replica is policy or ours.grad is None


def test_a_policy_that_keeps_statistics_learns_from_the_whole_batch() -> None:
    """Two threads would write the means of batch norm at the same time."""
    torch.manual_seed(1)
    kind = policy_class("attention")
    policy = kind(kind.config_type())
    assert next(policy.buffers(), None) is not None
    assert Workers(policy, 4).count == 1


def test_imitation_learns_what_it_is_shown(tmp_path: Path) -> None:
    make_labels(Mixture(kinds=("CVRP", "OVRP")), 6, 8, 1, exact, tmp_path)
    o = options(objective="imitation", labels=str(tmp_path), steps=60, learning_rate=0.01, batch=8)
    seen: list[Moment] = []
    Trainer(o, tmp_path / "out", seen.append).run()
    losses = [m.cost for m in seen if m.validation is None]
    assert losses[-1] < 0.8 * losses[0]


def test_without_solved_problems_imitation_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(rw.InputError, match="goes with imitation"):
        options(objective="imitation")
    with pytest.raises(rw.InputError, match="holds no solved problems; make some first"):
        Trainer(options(objective="imitation", labels=str(tmp_path)), tmp_path)


# Checkpoints and kills --------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"objective": "rollout"},
        {"objective": "ppo"},
        {"reptile": 2},
        {"labels": "labels"},
        {"labels": "labels", "threads": 2, "batch": 8},
    ],
    ids=str,
)
def test_a_killed_training_ends_with_the_same_weights(tmp_path: Path, changes: dict) -> None:
    """Bit for bit: after a kill, the steps since the last state are taken again."""
    if "labels" in changes:
        make_labels(Mixture(kinds=("CVRP", "OVRP")), 6, 8, 1, exact, tmp_path / "labels")
        changes |= {"objective": "imitation", "labels": str(tmp_path / "labels")}
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    Trainer(options(**changes), whole).run()

    def kill(moment: Moment) -> None:
        if moment.step == 3 and moment.validation is not None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Trainer(options(**changes), parts, kill).run()
    resumed = Trainer.resume(parts)
    assert resumed.step == 3
    resumed.run()
    first, card = load_policy(whole / POLICY_FILE)
    second, again = load_policy(parts / POLICY_FILE)
    for ours, theirs in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert [m["step"] for m in card.curve] == [m["step"] for m in again.curve]
    assert card.problems == again.problems


def test_a_card_says_what_was_trained_and_the_policy_plans_the_same(tmp_path: Path) -> None:
    trainer = Trainer(options(note="a test"), tmp_path)
    trainer.run()
    policy, card = load_policy(tmp_path / POLICY_FILE)
    assert card.kinds == KINDS
    assert card.sizes == (6, 8)
    assert card.steps == 6
    assert card.problems == trainer.problems > 0
    assert card.note == "a test"
    assert card.training["seed"] == 0
    assert card.versions["routewright"] == rw.__version__
    assert set(card.curve[-1]) == {"step", "seconds", "n=6", "n=7", "n=8"}
    batch = draw(Mixture(), 9, 30, seeded(1)).batch
    with torch.inference_mode():
        trainer.policy.eval()
        ours, theirs = (roll_out(p, batch, greedy) for p in (trainer.policy, policy))
    assert torch.equal(ours.actions, theirs.actions)


def test_a_card_holds_the_ranges_of_features_of_the_training(tmp_path: Path) -> None:
    card = Trainer(options(), tmp_path).run()
    again = read_card(tmp_path / POLICY_FILE)
    assert again.ranges == card.ranges
    low, high = card.ranges["mean load per capacity"]
    assert 0 == low < high < 1  # tours carry nothing
    ours = ranged_features(draw(Mixture(sizes=(6, 8)), 7, 50, seeded(1)).batch)
    assert ours.keys() == card.ranges.keys()
    low, high = card.ranges["latest deadline per unit of time"]
    assert low <= float(ours["latest deadline per unit of time"].max()) <= 2 * high


def test_training_goes_on_from_a_policy_that_knew_fewer_features(tmp_path: Path) -> None:
    """Its new columns weigh nothing at first, and are trained from there."""
    narrow = BiasedConfig(**TINY, node_features=("x", "y"), global_features=("is_open",))
    torch.manual_seed(2)
    policy, file = BiasedPolicy(narrow), tmp_path / "narrow.safetensors"
    save_policy(policy, Card(policy.name, asdict(narrow), ("CVRP",), (6, 8)), file)
    trainer = Trainer(options(start=str(file)), tmp_path / "wide")
    assert trainer.policy.config.node_features == BiasedConfig().node_features
    batch = draw(Mixture(), 7, 20, seeded(1)).batch
    with torch.inference_mode():
        ours, theirs = (roll_out(p.eval(), batch, greedy) for p in (trainer.policy, policy))
    assert torch.equal(ours.actions, theirs.actions)
    trainer.run()
    column = BiasedConfig().node_features.index("pickup")
    assert bool(trainer.policy.client.weight[:, column].any())


def test_losses_that_are_no_numbers_end_it_and_the_checkpoint_stays(tmp_path: Path) -> None:
    trainer = Trainer(options(steps=40), tmp_path)

    def spoil(moment: Moment) -> None:
        if moment.step == 3 and moment.validation is not None:
            with torch.no_grad():
                trainer.policy.project_overall.bias.fill_(torch.nan)

    trainer.watch = spoil
    with pytest.raises(rw.InputError, match=r"no number at step \d+; .* holds step 3"):
        trainer.run()
    _, card = load_policy(tmp_path / POLICY_FILE)
    assert card.steps == 3


def test_mixed_precision_learns_as_well(tmp_path: Path) -> None:
    seen: list[Moment] = []
    Trainer(options(precision="bfloat16"), tmp_path, seen.append).run()
    full: list[Moment] = []
    Trainer(options(), tmp_path / "exact", full.append).run()
    for ours, theirs in zip(seen, full, strict=True):
        assert ours.cost == pytest.approx(theirs.cost, rel=0.1)


def test_an_interrupt_leaves_a_checkpoint(tmp_path: Path) -> None:
    trainer = Trainer(options(steps=1000), tmp_path)
    trainer.watch = lambda _: trainer.interrupt.set()
    assert trainer.run().steps < 1000
    assert load_policy(tmp_path / POLICY_FILE)[1].steps >= 1


def test_options_that_make_no_sense_are_named_all_at_once() -> None:
    with pytest.raises(rw.InputError) as caught:
        Options(objective="magic", precision="int8", mixture=Mixture(sizes=(9, 3)))
    assert [i.field for i in caught.value.issues] == ["objective", "minutes", "precision", "sizes"]


def test_a_device_that_is_not_here_is_an_error_that_names_what_is(tmp_path: Path) -> None:
    if not torch.cuda.is_available():
        with pytest.raises(rw.InputError, match="finds no cuda here; use cpu"):
            Trainer(options(device="cuda"), tmp_path)
    with pytest.raises(rw.InputError, match="'tpu' is no device; choose from auto, cpu, cuda, mps"):
        Trainer(options(device="tpu"), tmp_path)


def test_policies_begin_near_and_are_greedy_about_it() -> None:
    """An untrained policy is no worse than random plans by far: near nodes come first."""
    batch = draw(Mixture(kinds=("CVRP",)), 20, 50, seeded(0)).batch
    env = Routes(batch)
    state = env.reset()
    while not bool(state.is_finished.all()):
        mask = env.mask(state)
        state = env.step(state, torch.where(mask, torch.rand(mask.shape), -1.0).argmax(2))
    with torch.inference_mode():
        ours = roll_out(tiny_policy().eval(), batch, greedy).cost
    assert float(ours.float().mean()) < 0.85 * float(state.cost.float().mean())
