"""Plans of a learned policy as the beginning of a search, and the options that choose it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command import run

import routewright as rw
from routewright.solvers import get_solver, seeding

STOP = rw.MaxIterations(30) | rw.MaxRuntime(60)


@pytest.fixture
def ring() -> rw.Problem:
    """Twelve clients around a depot, two to a van."""
    model = rw.Model("ring")
    model.add_depot("depot", x=0, y=0)
    for k in range(12):
        model.add_client(f"c{k}", x=(k * 7) % 12, y=(k * 5) % 11 + 1, delivery=1)
    model.add_vehicle_type("van", capacity=2)
    return model.problem()


@pytest.fixture
def plans_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[dict[str, Any]]]:
    """Let the constructor give these plans, without torch; its calls are returned."""

    def script(*plans: rw.Solution) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = []

        def construct(problem: rw.Problem, **options: Any) -> list[rw.Solution]:
            calls.append(options)
            return list(plans)

        monkeypatch.setattr(seeding, "construct", construct)
        monkeypatch.setattr(seeding, "load_policy", lambda model, device: None)
        return calls

    return script


@pytest.mark.parametrize("name", ["ruin", "genetic", "neural"])
def test_a_good_plan_is_kept_whatever_the_search_finds(
    name: str, ring: rw.Problem, plans_of: Callable[..., list[dict[str, Any]]]
) -> None:
    best = rw.solve(ring, solver="ruin", stop=rw.MaxIterations(2000))
    calls = plans_of(best.solution)
    asked = {} if name == "neural" else {"seed_with": "policy"}
    found = rw.solve(
        ring, solver=name, stop=rw.MaxIterations(1), model="routewright", reencode=3, **asked
    )
    assert found.cost == best.cost
    assert found.trace[0].cost == best.cost  # it came first
    assert [(c["model"], c["device"], c["reencode"]) for c in calls] == [("routewright", "cpu", 3)]


@pytest.mark.parametrize("name", ["ruin", "genetic"])
def test_without_being_asked_no_policy_makes_plans(
    name: str, ring: rw.Problem, plans_of: Callable[..., list[dict[str, Any]]]
) -> None:
    calls = plans_of()
    rw.solve(ring, solver=name, stop=STOP)
    assert calls == []
    rw.solve(ring, solver=name, stop=STOP, seed_with="policy")
    assert len(calls) == 1
    assert get_solver(name).constructor is None  # the next call begins without one


def test_plans_enter_the_first_population_and_leave_room_for_others(
    ring: rw.Problem,
    plans_of: Callable[..., list[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from routewright.solvers.education import Educator, Task

    seeds: list[bool] = []
    educate = Educator.educate

    def watched(self: Educator, task: Task) -> Any:
        seeds.append(task.seed is not None)
        return educate(self, task)

    monkeypatch.setattr(Educator, "educate", watched)
    singles = [rw.Solution.from_visits([[*range(k, 12, 6)] for k in range(6)])]
    plans_of(*singles * 40)
    found = rw.solve(ring, solver="genetic", stop=rw.MaxIterations(60), seed_with="policy")
    assert found.feasible
    assert 0 < sum(seeds) <= 50 / 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"solver": "ruin", "model": "x"}, "solver ruin uses no learned policy"),
        ({"solver": "savings", "device": "cuda"}, "choose solver neural"),
        ({"solver": "savings", "seed_with": "policy"}, "ruin and genetic do"),
        ({"solver": "edges", "seed_with": "policy"}, "ruin and genetic do"),
        ({"solver": "edges", "reencode": 3}, "solver edges uses no learned policy"),
        ({"solver": "ruin", "seed_with": "magic"}, "'magic' makes no plans; choose policy"),
        ({"solver": "neural", "reencode": -1}, "-1 steps must be 0"),
    ],
)
def test_options_for_nothing_are_refused(
    ring: rw.Problem, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(rw.InputError, match=words):
        rw.solve(ring, stop=STOP, **options)


@pytest.mark.parametrize("name", ["ruin", "genetic"])
def test_torch_is_not_imported_unless_asked_for(name: str) -> None:
    code = (
        "import sys, routewright as rw\n"
        "m = rw.Model('m'); m.add_depot('d', x=0, y=0)\n"
        "[m.add_client(f'{k}', x=k, y=1, delivery=1) for k in range(12)]\n"
        "m.add_vehicle_type('v', capacity=3)\n"
        f"rw.solve(m.problem(), solver={name!r}, stop=rw.MaxIterations(2))\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)


# With torch ------------------------------------------------------------------------


def checkpoint(folder: Path) -> Path:
    """A small policy that was never trained: its plans are feasible all the same."""
    torch = pytest.importorskip("torch")
    from dataclasses import asdict

    from routewright.neural.cards import Card
    from routewright.neural.checkpoint import save_policy
    from routewright.neural.policies.biased import BiasedConfig, BiasedPolicy

    torch.manual_seed(0)
    config = BiasedConfig(width=16, heads=2, layers=1, hidden=16)
    policy = BiasedPolicy(config)
    file = folder / "untrained.safetensors"
    save_policy(policy, Card(policy.name, asdict(config), ("CVRP",), (6, 20)), file)
    return file


@pytest.mark.parametrize("name", ["ruin", "genetic", "neural"])
def test_a_policy_of_a_file_makes_the_first_plans(
    name: str, ring: rw.Problem, tmp_path: Path
) -> None:
    file = str(checkpoint(tmp_path))
    asked = {} if name == "neural" else {"seed_with": "policy"}
    found = rw.solve(ring, solver=name, stop=STOP, model=file, reencode=2, **asked)
    assert found.feasible
    first = rw.construct(ring, model=file, reencode=2, plans=16)
    assert found.report.key <= rw.check(ring, first[0]).key


def test_the_command_takes_a_model_and_refuses_what_is_not_here(tmp_path: Path) -> None:
    file = checkpoint(tmp_path)
    problem = tmp_path / "p.json"
    model = rw.Model("m")
    model.add_depot("d", x=0, y=0)
    for k in range(12):
        model.add_client(f"{k}", x=k % 4, y=k, delivery=1)
    model.add_vehicle_type("v", capacity=3)
    rw.write(model.problem(), problem)
    usual = ("solve", problem, "--solver", "neural", "--iterations", 5)
    assert run(*usual, "--model", file, "--device", "cpu", "--reencode", 4).status == 0
    absent = run(*usual, "--model", "nowhere")
    assert absent.status == 2
    assert "'nowhere' is no model and no file" in absent.err
    import torch

    if not torch.cuda.is_available():
        refused = run(*usual, "--model", file, "--device", "cuda")
        assert refused.status == 2
        assert "finds no cuda here; use cpu" in refused.err
    unknown = run(*usual, "--model", file, "--device", "tpu")
    assert unknown.status == 2
    assert "'tpu' is no device; choose from auto, cpu, cuda, mps" in unknown.err
