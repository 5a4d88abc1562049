"""Policies of rl4co plan feasibly by the checker, are trained, kept, and solved with."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import zoo_problems
from command import run

torch = pytest.importorskip("torch")
pytest.importorskip("rl4co", reason="rl4co is not installed (extra rl4co)")

from zoo_policies import TINY, saved, tiny  # noqa: E402

import routewright as rw  # noqa: E402
from routewright.neural.cards import Card, read_card  # noqa: E402
from routewright.neural.checkpoint import load_policy, save_policy  # noqa: E402
from routewright.neural.decoding import greedy, roll_out  # noqa: E402
from routewright.neural.generator import Mixture  # noqa: E402
from routewright.neural.options import Options, trainable_kinds, usual_share  # noqa: E402
from routewright.neural.training import POLICY_FILE, Trainer  # noqa: E402
from routewright.neural.zoo.names import POLICIES  # noqa: E402
from routewright.neural.zoo.prepare import prepare  # noqa: E402

ALL = [f"rl4co:{name}/{problem}" for name, p in POLICIES.items() for problem in p.problems]
#: What has to run at least, and one more.
MAIN = ("am/cvrp", "pomo/tsp", "mvmoe/mtvrp", "symnco/op", "matnet/atsp", "ham/pdp")


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for the user's own models."""
    monkeypatch.setenv("ROUTEWRIGHT_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.mark.parametrize("name", ALL)
def test_every_policy_is_kept_and_plans_feasibly(name: str, tmp_path: Path) -> None:
    """The same plans before and after; the checker finds all of them feasible."""
    policy = tiny(name)
    file = saved(policy, tmp_path)
    problem = zoo_problems.problem_for(policy.config.problem)
    plans = rw.construct(problem, model=str(file), plans=5, seed=2)
    assert len(plans) > 1
    reports = [rw.check(problem, plan) for plan in plans]
    assert all(report.feasible for report in reports), [r.violations for r in reports]
    costs = [report.cost for report in reports]
    assert costs == sorted(costs)
    assert rw.construct(problem, model=str(file), plans=5, seed=2) == plans
    batch, translate = prepare(problem, policy.config)
    with torch.inference_mode():
        rolled = roll_out(policy, batch, greedy)
    plan = translate(rolled.actions[0, 0].tolist())
    assert plan in plans
    assert rw.check(problem, plan).cost == rolled.cost.item() / problem.scale.cost


@pytest.mark.parametrize("name", [*MAIN, "am/cvrptw", "mvmoe/pctsp"])
def test_no_plan_breaks_a_rule(name: str, tmp_path: Path) -> None:
    """Greedy and sampled plans of many problems, from several starts and at random."""
    policy = tiny(f"rl4co:{name}")
    file = str(saved(policy, tmp_path))
    for seed in range(8):
        problem = zoo_problems.problem_for(policy.config.problem, 100 + seed)
        for plan in rw.construct(problem, model=file, plans=6, seed=seed):
            report = rw.check(problem, plan)
            assert report.feasible, report.violations


def test_a_model_is_not_said_to_be_used_beyond_its_training(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A problem of its own kind and size gives no warning; a larger one does."""
    for name in ("am/pdp", "matnet/atsp", "am/cvrptw"):
        policy = tiny(f"rl4co:{name}", width=32)
        file = str(saved(policy, tmp_path))
        rw.construct(zoo_problems.problem_for(policy.config.problem), model=file, plans=1)
    assert not caplog.records
    file = str(saved(tiny("rl4co:am/cvrp"), tmp_path))
    rw.construct(zoo_problems.routes(clients=20).problem(), model=file, plans=1)
    assert "trained on 8 to 8 clients, not 20" in caplog.text


def test_exactly_full_vehicles_are_allowed() -> None:
    """Five equal loads of a fifth: float32 sums may say that the last one does not fit."""
    model = rw.Model()
    model.add_depot(x=0, y=0)
    for k in range(10):
        model.add_client(x=k + 1, y=1, delivery=1)
    model.add_vehicle_type(capacity=10)
    problem = model.problem()
    batch, _ = prepare(problem, tiny("rl4co:am/cvrp").config)
    env = tiny("rl4co:am/cvrp").environment(batch)
    state = env.reset(1)
    for node in range(1, 11):
        assert bool(env.mask(state)[0, 0, node])
        state = env.step(state, torch.tensor([[node]]))
    assert not bool(env.mask(state)[0, 0, 1:].any())


# Training --------------------------------------------------------------------------


def options(name: str, **changes: Any) -> Options:
    share = usual_share(name, "asymmetric")
    mixture = Mixture(trainable_kinds(name), (8, 8), asymmetric=share)
    usual = {"policy": name, "config": TINY, "mixture": mixture, "batch": 2, "starts": 4}
    return Options(**{**usual, "device": "cpu", "steps": 2, "every_steps": 1, **changes})


@pytest.mark.parametrize("name", MAIN)
def test_a_policy_is_trained_used_and_solves_a_file(name: str, tmp_path: Path) -> None:
    """The way of a user: train, models use, solve FILE --solver neural, check."""
    problem_name = name.split("/")[1]
    Trainer(options(f"rl4co:{name}"), tmp_path / "run").run()
    file = tmp_path / "run" / POLICY_FILE
    card = read_card(file)
    assert (card.name, card.steps) == (f"rl4co:{name}", 2)
    assert "rl4co" in card.versions
    assert all(bool(torch.isfinite(p).all()) for p in load_policy(file)[0].parameters())
    assert run("models", "use", file).status == 0
    instance, plan = tmp_path / "problem.json", tmp_path / "plan.json"
    rw.write(zoo_problems.problem_for(problem_name), instance)
    limit = ("--solver", "neural", "--iterations", 50, "-o", plan)
    solved = run("solve", instance, *limit)
    assert solved.status == 0, solved.err
    assert run("check", instance, plan).status == 0


def test_training_moves_the_weights_and_a_kill_changes_nothing(tmp_path: Path) -> None:
    """With noise of its own (mvmoe), and from the last checkpoint on."""
    name = "rl4co:mvmoe/cvrp"
    Trainer(options(name, steps=4, every_steps=2), tmp_path / "whole").run()
    half = Trainer(options(name, steps=4, every_steps=2), tmp_path / "half")
    half.watch = lambda m: half.interrupt.set() if m.step == 2 else None
    half.run()
    assert half.step < 4
    Trainer.resume(tmp_path / "half").run()
    whole = load_policy(tmp_path / "whole" / POLICY_FILE)[0].state_dict()
    resumed = load_policy(tmp_path / "half" / POLICY_FILE)[0].state_dict()
    fresh = Trainer(options(name), tmp_path / "fresh").policy.state_dict()
    assert all(torch.equal(whole[k], resumed[k]) for k in whole)
    assert any(not torch.equal(whole[k], fresh[k]) for k in whole)


@pytest.mark.parametrize("objective", ["rollout", "ppo"])
def test_other_objectives_train_it_too(objective: str, tmp_path: Path) -> None:
    trained = options("rl4co:am/cvrp", objective=objective)
    assert Trainer(trained, tmp_path / "run").run().steps == 2


def test_the_command_trains_it(tmp_path: Path) -> None:
    arguments = ("--policy", "rl4co:am/tsp", "--steps", 1, "--sizes", "8", "--width", 64)
    small = ("--layers", 1, "--hidden", 16, "--batch", 2, "--starts", 4, "--device", "cpu")
    done = run("train", tmp_path / "run", *arguments, *small)
    assert done.status == 0, done.err
    assert read_card(tmp_path / "run" / POLICY_FILE).kinds == ("TSP",)


# Refusals --------------------------------------------------------------------------


def test_a_model_refuses_what_its_environment_cannot_express(tmp_path: Path) -> None:
    file = str(saved(tiny("rl4co:am/cvrp"), tmp_path))
    timed = zoo_problems.timed().problem()
    with pytest.raises(rw.UnsupportedError, match="rl4co:am/cvrp cannot handle: depot_windows"):
        rw.construct(timed, model=file)
    assert run("models", "use", file).status == 0
    with pytest.raises(rw.UnsupportedError, match="solver neural cannot handle: depot_windows"):
        rw.solve(timed, solver="neural", stop=rw.MaxIterations(1))


def test_shipments_are_for_models_of_pairs_alone() -> None:
    """The model of the package does not know them."""
    pairs = zoo_problems.problem_for("pdp")
    with pytest.raises(rw.UnsupportedError, match="solver neural cannot handle: shipments"):
        rw.solve(pairs, solver="neural", stop=rw.MaxIterations(1))


def test_matnet_refuses_more_nodes_than_its_one_hot_code_has(tmp_path: Path) -> None:
    file = str(saved(tiny("rl4co:matnet/atsp"), tmp_path))
    large = zoo_problems.matrix(nodes=17).problem()
    with pytest.raises(rw.UnsupportedError, match="more than 16 nodes"):
        rw.construct(large, model=file)
    assert run("models", "use", file).status == 0
    with pytest.raises(rw.UnsupportedError, match=r"solver neural .*more than 16 nodes"):
        rw.solve(large, solver="neural", stop=rw.MaxIterations(1))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"problem": "ffsp"}, "'ffsp' is none of these"),
        ({"policy": "deepaco"}, "'rl4co:deepaco/cvrp' is refused"),
        ({"hidden": 24}, "its weights do not fit its card"),
        ({"width": 17}, "17 is not 2 heads"),
        ({"colour": "red"}, "its weights do not fit its card"),
    ],
)
def test_a_checkpoint_with_a_wrong_card_is_refused(
    changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    policy = tiny("rl4co:am/cvrp")
    file = tmp_path / "wrong.safetensors"
    card = Card(policy.name, {**asdict(policy.config), **changes}, ("CVRP",), (8, 8))
    save_policy(policy, card, file)
    with pytest.raises(rw.InputError, match=message) as caught:
        load_policy(file)
    assert caught.value.source == str(file)
    assert run("models", "use", file).status == 0
    done = run("solve", "instances/data/tiny-n8.vrp", "--solver", "neural", "--iterations", 1)
    assert done.status == 2
    assert done.err.count("Traceback") == 0


def test_a_limited_fleet_is_planned_as_if_it_were_not(tmp_path: Path) -> None:
    """As with any other policy: the search has a feasible beginning of its own."""
    assert run("models", "use", saved(tiny("rl4co:am/cvrp"), tmp_path)).status == 0
    problem = zoo_problems.routes(count=4).problem()
    assert rw.solve(problem, solver="neural", stop=rw.MaxIterations(200)).feasible
