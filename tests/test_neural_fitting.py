"""Training on days of one's own: what is held out stays so, and the policy gets better at them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

import routewright as rw  # noqa: E402
from routewright.instances.generators.city import build_city  # noqa: E402
from routewright.neural.batch import Batch  # noqa: E402
from routewright.neural.cards import read_card  # noqa: E402
from routewright.neural.checkpoint import load_policy  # noqa: E402
from routewright.neural.decoding import greedy, roll_out  # noqa: E402
from routewright.neural.fitting import train_on  # noqa: E402
from routewright.neural.generator import Mixture  # noqa: E402
from routewright.neural.options import Moment, Options  # noqa: E402
from routewright.neural.solved import SolvedTrainer  # noqa: E402
from routewright.neural.training import POLICY_FILE, Trainer  # noqa: E402

TINY = {"width": 16, "heads": 2, "layers": 1, "hidden": 16}


@pytest.fixture(scope="module")
def days() -> list[tuple[rw.Problem, rw.Solution]]:
    city = build_city(3, 30)
    problems = [city.day(10 + seed % 3, seed) for seed in range(34)]
    return [(p, rw.solve(p, solver="savings").solution) for p in problems]


@pytest.fixture(scope="module")
def fitted(
    days: list[tuple[rw.Problem, rw.Solution]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    return train_on("policy", days, tmp_path_factory.mktemp("fitted"), steps=2)


def options(labels: Path, **changes: object) -> Options:
    usual = {
        "objective": "imitation",
        "mixture": Mixture((), (10, 12)),
        "config": TINY,
        "labels": str(labels),
        "batch": 1,
        "steps": 4,
        "every_steps": 2,
        "device": "cpu",
    }
    return Options(**{**usual, **changes})


def test_a_fitted_policy_plans_days_like_those_it_has_seen(
    days: list[tuple[rw.Problem, rw.Solution]], fitted: Path, caplog: pytest.LogCaptureFixture
) -> None:
    card = read_card(fitted)
    assert card.name == "biased"
    assert card.sizes == (10, 12)
    assert set(card.attributes) == {a for p, _ in days for a in p.attributes()}
    problem = build_city(3, 30).day(12, 99)
    for plan in rw.construct(problem, model=str(fitted), plans=3):
        assert rw.check(problem, plan).feasible
    assert "the model may be wrong" not in caplog.text


def length(batch: Batch, sequences: torch.Tensor) -> list[int]:
    """Lengths of plans, arc by arc; -1 is padding."""
    plans = [[node for node in row if node >= 0] for row in sequences.tolist()]
    matrices = batch.distance.tolist()
    return [sum(m[a][b] for a, b in pairwise(p)) for m, p in zip(matrices, plans, strict=True)]


def test_the_curve_is_of_the_days_that_are_held_out(fitted: Path, tmp_path: Path) -> None:
    labels = fitted.parent / "labels"
    trainer = SolvedTrainer(options(labels, start=str(fitted)), tmp_path)
    wanted = {}
    for batch, plans in trainer.held_out.parts:
        depot = torch.zeros(batch.size, 1, dtype=torch.long)
        greedy_plans = roll_out(trainer.policy, batch, greedy).actions[:, 0]
        own = length(batch, torch.cat((depot, greedy_plans, depot), 1))
        gaps = [100 * (a / b - 1) for a, b in zip(own, length(batch, plans), strict=True)]
        wanted[f"gap % n={batch.num_clients}"] = sum(gaps) / len(gaps)
    assert trainer.validate() == pytest.approx(wanted, abs=1e-3)
    assert set(read_card(fitted).curve[-1]) == {"step", "seconds", *wanted}


def test_days_that_are_held_out_are_never_shown(fitted: Path, tmp_path: Path) -> None:
    labels = fitted.parent / "labels"
    trainer = SolvedTrainer(options(labels), tmp_path)
    hidden = [d for batch, _ in trainer.held_out.parts for d in batch.distance]
    for step in range(40):
        trainer.step = step
        shown, _ = trainer._drawn()
        for matrix in shown.distance:
            assert not any(m.shape == matrix.shape and bool((m == matrix).all()) for m in hidden)


def test_a_killed_training_ends_with_the_same_weights(fitted: Path, tmp_path: Path) -> None:
    labels = fitted.parent / "labels"
    SolvedTrainer(options(labels), tmp_path / "whole").run()

    def kill(moment: Moment) -> None:
        if moment.step == 2 and moment.validation is not None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SolvedTrainer(options(labels), tmp_path / "parts", kill).run()
    assert isinstance(Trainer.resume(tmp_path / "parts"), SolvedTrainer)
    Trainer.resume(tmp_path / "parts").run()
    ours, theirs = (load_policy(tmp_path / f / POLICY_FILE)[0] for f in ("whole", "parts"))
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(mine, other)


def test_it_learns_the_days(fitted: Path, tmp_path: Path) -> None:
    above = []
    changes = {"steps": 60, "every_steps": 20, "batch": 4, "learning_rate": 1e-2}
    quick = options(fitted.parent / "labels", **changes)
    SolvedTrainer(quick, tmp_path, lambda m: m.validation and above.append(m.cost)).run()
    assert above[-1] < 0.95 * above[0]
