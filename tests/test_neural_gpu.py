"""On a CUDA device, plans and costs are those of the processor; skipped without one."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from routewright.neural.decoding import Sampling, roll_out, spread_starts  # noqa: E402
from routewright.neural.environment import Routes  # noqa: E402
from routewright.neural.generator import Mixture, draw  # noqa: E402
from routewright.neural.objectives import replay  # noqa: E402
from routewright.neural.options import Options  # noqa: E402
from routewright.neural.policies.biased import BiasedConfig, BiasedPolicy  # noqa: E402
from routewright.neural.training import Trainer  # noqa: E402

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device is here"),
]


def test_plans_made_there_are_allowed_and_cost_the_same_here() -> None:
    source = torch.Generator("cuda").manual_seed(1)
    batch = draw(Mixture(clustered=0.3, asymmetric=0.3), 40, 104, source).batch
    torch.manual_seed(0)
    policy = BiasedPolicy(BiasedConfig(width=32, layers=2, hidden=32)).cuda().eval()
    with torch.inference_mode():
        plans = roll_out(policy, batch, Sampling(generator=source), plans=4)
    again = replay(batch.to("cpu"), plans.actions.cpu())
    assert again.masks is not None
    assert bool(again.masks.gather(3, plans.actions.cpu()[..., None]).all())
    assert torch.equal(again.cost, plans.cost.cpu())


def test_starts_are_the_same_there() -> None:
    batch = draw(Mixture(), 30, 52, torch.Generator().manual_seed(2)).batch
    here = spread_starts(batch, 8, Routes(batch).servable)
    there = batch.to("cuda")
    assert torch.equal(spread_starts(there, 8, Routes(there).servable).cpu(), here)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("objective", ["pomo", "ppo", "rollout"])
def test_training_runs_there_and_resumes(tmp_path: Path, precision: str, objective: str) -> None:
    options = Options(
        config={"width": 32, "layers": 1, "hidden": 32},
        objective=objective,
        mixture=Mixture(sizes=(8, 12)),
        batch=4,
        starts=4,
        steps=6,
        every_steps=3,
        device="cuda",
        precision=precision,
    )
    trainer = Trainer(options, tmp_path)
    trainer.watch = lambda moment: trainer.interrupt.set() if moment.step == 3 else None
    assert trainer.run().steps == 3
    assert Trainer.resume(tmp_path).run().steps == 6
