"""The solver `neural` and the command `train`, as users call them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from command import run

torch = pytest.importorskip("torch")

import routewright as rw  # noqa: E402
from routewright.neural.cards import attributes_of, read_card  # noqa: E402
from routewright.neural.generator import KINDS, Mixture, draw, to_problem  # noqa: E402
from routewright.neural.models import find_model  # noqa: E402
from routewright.neural.support import SUPPORTED  # noqa: E402
from routewright.neural.zoo import support as zoo  # noqa: E402
from routewright.solvers import get_solver  # noqa: E402

QUICK = ("--sizes", "6-8", "--batch", 2, "--starts", 4, "--width", 16, "--layers", 1)
QUICK = (*QUICK, "--hidden", 16, "--device", "cpu")


def problem_of(kind: str, clients: int, seed: int = 4) -> rw.Problem:
    batch = draw(Mixture(kinds=(kind,)), clients, 1, torch.Generator().manual_seed(seed)).batch
    return to_problem(batch, 0)


def test_the_solver_supports_what_the_environments_do() -> None:
    known = SUPPORTED.union(*(e.attributes for e in zoo.PROBLEMS.values()))
    assert get_solver("neural").supported == known


@pytest.mark.parametrize("kind", ["CVRP", "MDOVRPMBLTW", "VRPBTW", "OTSP", "OP", "PCTSP"])
def test_its_result_is_no_worse_than_its_best_plan(kind: str) -> None:
    problem = problem_of(kind, 25)
    result = rw.solve(problem, solver="neural", stop=rw.MaxIterations(200), seed=3)
    assert result.feasible
    best = rw.construct(problem, plans=16, seed=3)[0]
    assert result.report.key <= rw.check(problem, best).key
    assert result.compile_time >= 0


def test_it_plans_deliveries_in_parts(caplog: pytest.LogCaptureFixture) -> None:
    """The model of the package never saw any, and says so; its plans hold all the same."""
    model = rw.Model()
    model.add_depot(x=0, y=0)
    for k in range(9):
        model.add_client(x=10 + k, y=k * k, delivery=8, splittable=True)
    model.add_vehicle_type(capacity=10)
    problem = model.problem()
    plans = rw.construct(problem, plans=8, seed=3)
    assert "split_delivery" in caplog.text
    assert all(rw.check(problem, plan).feasible for plan in plans)
    assert plans[0].has_quantities
    result = rw.solve(problem, solver="neural", stop=rw.MaxIterations(200), seed=3)
    assert result.solver == "neural"
    assert result.report.key <= rw.check(problem, plans[0]).key


def test_without_torch_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 7, and the name of the extra."""
    from importlib import util

    import routewright.neural

    found = util.find_spec
    monkeypatch.setattr(
        routewright.neural, "find_spec", lambda name: None if name == "torch" else found(name)
    )
    with pytest.raises(rw.NotInstalledError, match=r"torch .*routewright\[neural\]") as caught:
        rw.solve(problem_of("CVRP", 12), solver="neural", stop=rw.MaxIterations(1))
    assert caught.value.exit_status == 7
    assert run("train", "nowhere").status == 7


# The model of the package ----------------------------------------------------------


def test_the_model_of_the_package_is_small_and_knows_every_kind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ROUTEWRIGHT_MODELS", str(tmp_path))
    file = find_model()
    card = read_card(file)
    assert file.stat().st_size < 4_000_000
    assert set(card.kinds) == set(KINDS)
    assert attributes_of(card) >= {rw.Attribute.ASYMMETRIC, rw.Attribute.TIME_WINDOWS}
    assert card.sizes[0] == 20
    assert card.curve
    assert card.training["seed"] == 0


def test_the_model_of_the_package_beats_near_nodes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its greedy plans against always going to the nearest client that fits."""
    monkeypatch.setenv("ROUTEWRIGHT_MODELS", str(tmp_path))
    from routewright.neural.construct import load_model
    from routewright.neural.decoding import roll_out
    from routewright.neural.environment import Routes, rows_of

    policy, _ = load_model()
    for kind in ("CVRP", "OVRPTW", "MDVRPL", "TSP"):
        batch = draw(Mixture(kinds=(kind,)), 50, 32, torch.Generator().manual_seed(9)).batch
        env = Routes(batch)
        state = env.reset()
        while not bool(state.is_finished.all()):
            mask = env.mask(state)
            near = rows_of(batch.distance, state.view.current).double()
            near[:, :, : batch.num_depots] += 1e9  # home only if nothing else fits
            state = env.step(state, near.masked_fill(~mask, torch.inf).argmin(2))
        with torch.inference_mode():
            ours = roll_out(policy, batch).cost.double().mean()
        assert float(ours) < 0.97 * float(state.cost.double().mean()), kind


# The command ------------------------------------------------------------------------


def test_train_makes_a_model_that_plans(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    done = run("train", folder, "--steps", 3, "--note", "from a test", *QUICK)
    assert done.status == 0
    assert done.out.startswith(f"{folder / 'policy.safetensors'}: 3 steps, ")
    assert "checkpoint at step 3" in done.err
    assert rw.construct(problem_of("VRPTW", 7), model=str(folder / "policy.safetensors"))
    again = run("train", folder, *QUICK)
    assert again.status == 2
    assert "--resume goes on with it" in again.err
    resumed = run("train", folder, "--resume")
    assert resumed.status == 0
    assert ": 3 steps" in resumed.out


def test_train_solves_problems_first_if_it_is_asked_to(tmp_path: Path) -> None:
    labels = tmp_path / "labels"
    arguments = ("--objective", "imitation", "--labels", labels, "--kinds", "CVRP,TSP")
    made = ("--make-labels", 3, "--label-iterations", 50)
    done = run("train", tmp_path / "run", "--steps", 2, *QUICK, *arguments, *made)
    assert done.status == 0
    assert len(list(labels.glob("*.safetensors"))) == 3
    assert "up to 3 problems of 7 clients, solved" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--kinds", "CVRP,SUPERVRP"), "'SUPERVRP' is no kind"),
        (("--sizes", "many"), "'many' is not N or N-M"),
        (("--sizes", "9-3"), "9 to 3 is not a range"),
        (("--device", "tpu"), "'tpu' is no device"),
        (("--policy", "magic"), "'magic' is not one of attention, biased"),
        (("--objective", "magic"), "'magic' is not one of pomo"),
        (("--threads", "2"), "goes with --objective imitation; pomo has the threads of torch"),
        (("--start", "nothing.safetensors"), "nothing.safetensors: cannot be read"),
    ],
)
def test_train_refuses_what_makes_no_sense(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = run("train", tmp_path / "run", "--steps", 1, *arguments)
    assert done.status == 2
    assert message in done.err


def test_resuming_nothing_is_an_error(tmp_path: Path) -> None:
    done = run("train", tmp_path / "nothing", "--resume")
    assert done.status == 2
    assert "state.safetensors: cannot be read" in done.err
    assert "torch" in sys.modules
