"""rl4co as the oracle of the adapter: its own forward pass, in its own environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import zoo_problems

torch = pytest.importorskip("torch")
pytest.importorskip("rl4co", reason="rl4co is not installed (extra rl4co)")

from zoo_policies import TINY, drawn, plan_of, saved, tiny  # noqa: E402

import routewright as rw  # noqa: E402
from routewright.neural.decoding import greedy, roll_out  # noqa: E402
from routewright.neural.zoo.exchange import (  # noqa: E402
    from_network,
    to_problems,
    to_tensordict,
)
from routewright.neural.zoo.prepare import prepare  # noqa: E402

#: Environment, and what its generator draws, within the unit square.
DRAWN = [
    ("tsp", {}),
    ("atsp", {}),
    ("cvrp", {"capacity": 20}),
    ("cvrptw", {"capacity": 20, "scale": True}),
    ("op", {"max_length": 2.0}),
    ("pdp", {}),
    ("mtvrp", {"variant_preset": "cvrp"}),
    ("mtvrp", {"variant_preset": "ovrpltw"}),
    ("mtvrp", {"variant_preset": "vrpb"}),
]


@pytest.mark.parametrize(("name", "changes"), DRAWN)
def test_rl4co_and_the_checker_agree_on_costs(name: str, changes: dict[str, Any]) -> None:
    """Problems come over as they are: rl4co's reward of its plan is the checker's cost."""
    env, td = drawn(name, **changes)
    network = tiny(f"rl4co:{'matnet' if name == 'atsp' else 'am'}/{name}").network
    with torch.no_grad():
        out = network(env.reset(td.clone()), env, phase="test", decode_type="greedy")
    for row, problem in enumerate(to_problems(td, name)):
        report = rw.check(problem, plan_of(problem, name, out["actions"][row].tolist()))
        assert report.feasible, report.violations
        reward = float(out["reward"][row])
        if name == "op":  # what is collected, in place of what is not
            total = problem.total_prize / problem.scale.cost
            assert total - report.cost == pytest.approx(reward, rel=1e-5)
        else:
            assert report.cost == pytest.approx(-reward, rel=1e-5)


@pytest.mark.parametrize(("name", "changes"), [d for d in DRAWN if "vrpb" not in d[1].values()])
def test_plans_are_those_of_rl4co(name: str, changes: dict[str, Any]) -> None:
    """The same weights and greedy choice, in rl4co's environment and in ours.

    But for backhauls: after them, a network of ours sees the larger of both loads.
    """
    env, td = drawn(name, **changes)
    for kind in ("matnet",) if name == "atsp" else ("am", "symnco"):
        policy = tiny(f"rl4co:{kind}/{name}")
        torch.manual_seed(0)  # as MatNet numbers the columns when it plans
        with torch.no_grad():
            out = policy.network(env.reset(td.clone()), env, phase="test", decode_type="greedy")
        problems = to_problems(td, name)
        batches = [prepare(problem, policy.config) for problem in problems]
        whole = type(batches[0][0])(
            1, *(torch.cat(columns) for columns in zip(*(b[1:] for b, _ in batches), strict=True))
        )
        with torch.no_grad():
            rolled = roll_out(policy, whole, greedy)
        for row, problem in enumerate(problems):
            ours = batches[row][1](rolled.actions[row, 0].tolist())
            assert ours == plan_of(problem, name, out["actions"][row].tolist())


@pytest.mark.parametrize(("name", "changes"), DRAWN)
def test_problems_go_there_and_come_back(name: str, changes: dict[str, Any]) -> None:
    _, td = drawn(name, **changes)
    again = to_tensordict(to_problems(td, name), name)
    for key in td.keys():  # noqa: SIM118
        there, back = td[key].float(), again[key].float().reshape(td[key].shape)
        torch.testing.assert_close(back, there, rtol=1e-4, atol=1e-5, msg=lambda m, k=key: k + m)


def test_a_prize_that_has_to_be_collected_has_no_place_in_a_problem() -> None:
    _, td = drawn("pctsp")
    with pytest.raises(rw.InputError, match=r"deterministic_prize.*have to be collected"):
        to_problems(td, "pctsp")
    td["deterministic_prize"] = torch.zeros_like(td["deterministic_prize"])
    again = to_tensordict(to_problems(td, "pctsp"), "pctsp")
    torch.testing.assert_close(again["penalty"], td["penalty"], rtol=1e-4, atol=1e-5)


def test_what_rl4co_cannot_express_is_not_exchanged() -> None:
    timed = zoo_problems.timed().problem()
    with pytest.raises(rw.UnsupportedError, match="rl4co's cvrp cannot handle: depot_windows"):
        to_tensordict([timed], "cvrp")
    other = zoo_problems.routes(clients=9).problem()
    with pytest.raises(rw.InputError, match="of one size"):
        to_tensordict([zoo_problems.routes().problem(), other], "cvrp")
    with pytest.raises(rw.InputError, match="'ffsp' of rl4co is not one of tsp"):
        to_problems(None, "ffsp")


# What rl4co trained ----------------------------------------------------------------


def model_of(kind: str, env: Any) -> tuple[Any, dict[str, Any]]:
    """A model of rl4co with its own algorithm, and what our configuration has to say of it."""
    from rl4co.models import POMO, AttentionModel, HeterogeneousAttentionModel, MatNet, SymNCO
    from rl4co.models.zoo.mvmoe import MVMoE_POMO

    usual = {"embed_dim": 16, "num_heads": 2, "num_encoder_layers": 1}
    sizes = {**usual, "feedforward_hidden": 16}
    counts = {"batch_size": 4, "train_data_size": 4, "val_data_size": 4, "test_data_size": 4}
    if kind == "matnet":  # its feed-forward part has one width
        return MatNet(env, policy_params=usual, **counts), {**TINY, "hidden": 512}
    if kind == "mvmoe":  # its own number of layers overrules ours
        gate = {"num_experts": 4, "k": 2, "noisy_gating": True}
        experts = {"encoder": {"hidden_act": "ReLU", **gate}}
        experts["decoder"] = {"light_version": False, **gate}
        model = MVMoE_POMO(env, policy_kwargs=dict(sizes), moe_kwargs=experts, **counts)
        return model, {**TINY, "layers": 6}
    kinds = {"am": AttentionModel, "pomo": POMO, "symnco": SymNCO}
    kinds["ham"] = HeterogeneousAttentionModel
    return kinds[kind](env, policy_kwargs=sizes, **counts), TINY


@pytest.mark.parametrize(
    "name", ["am/cvrp", "pomo/cvrp", "symnco/cvrp", "mvmoe/cvrp", "matnet/atsp", "ham/pdp"]
)
def test_what_rl4co_trained_becomes_a_checkpoint(name: str, tmp_path: Path) -> None:
    """A step of rl4co's own trainer; the network plans the same as a checkpoint of ours."""
    from rl4co.utils import RL4COTrainer

    kind, problem_name = name.split("/")
    env, td = drawn(problem_name, **({"capacity": 20} if problem_name == "cvrp" else {}))
    model, config = model_of(kind, env)
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    trainer = RL4COTrainer(
        max_epochs=1,
        accelerator="cpu",
        devices=1,
        precision="32-true",
        limit_val_batches=0,
        num_sanity_val_steps=0,
        matmul_precision=None,
        disable_profiling_executor=False,
        enable_model_summary=False,
        default_root_dir=tmp_path,
        **quiet,
    )
    trainer.fit(model)
    assert trainer.global_step == 1
    policy = from_network(model.policy, f"rl4co:{name}", **config)
    file = saved(policy, tmp_path)
    network = model.policy.eval()
    for row, problem in enumerate(to_problems(td, problem_name)):
        torch.manual_seed(0)  # as MatNet numbers the columns when it plans
        twice = td[[row, row]]  # rl4co's context of pairs needs more problems than one
        with torch.no_grad():
            out = network(env.reset(twice), env, phase="test", decode_type="greedy")
        theirs = plan_of(problem, problem_name, out["actions"][0].tolist())
        assert rw.construct(problem, model=str(file), plans=1) == [theirs]


def test_a_network_of_another_form_is_refused() -> None:
    network = tiny("rl4co:am/cvrp").network
    with pytest.raises(rw.InputError, match="not that of rl4co:pomo/cvrp"):
        from_network(network, "rl4co:pomo/cvrp", **TINY)
