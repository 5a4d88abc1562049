"""Published weights as an oracle: ours must plan exactly what the authors' program planned.

The weights are looked for in `$ROUTEWRIGHT_WEIGHTS`, else beside the shared instances.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from routewright.neural.batch import UNLIMITED, Batch  # noqa: E402
from routewright.neural.decoding import roll_out  # noqa: E402
from routewright.neural.policies.attention import AttentionModel, from_published  # noqa: E402

#: Internal units per side of the square.
SCALE = 10_000_000
CAPACITY = {20: 30, 50: 40, 100: 50}


def policy_of(name: str) -> AttentionModel:
    default = Path(__file__).resolve().parents[2] / "shared" / "weights"
    root = Path(os.environ.get("ROUTEWRIGHT_WEIGHTS", default)) / "kool2019"
    file = root / name / "epoch-99.pt"
    if not file.exists():
        pytest.skip(f"published weights {name} are not here; set $ROUTEWRIGHT_WEIGHTS")
    state = torch.load(file, map_location="cpu", weights_only=True)["model"]
    return from_published(state, name.split("_")[0])


def batch_of(xy: np.ndarray, **fields: object) -> Batch:
    """Problems over points in the unit square, neutral but for what is given."""
    gap = xy[:, :, None] - xy[:, None, :]
    distance = torch.from_numpy(np.floor(np.sqrt((gap**2).sum(-1)) * SCALE + 0.5).astype(np.int64))
    count, size, _ = xy.shape
    zero = torch.zeros(count, size, dtype=torch.int64)
    no = torch.zeros(count, dtype=torch.bool)
    required = torch.ones(count, size, dtype=torch.bool)
    required[:, 0] = False
    neutral = {
        "coordinates": torch.from_numpy(xy).float(),
        "has_coordinates": ~no,
        "distance": distance,
        "duration": distance,
        "is_node": torch.ones(count, size, dtype=torch.bool),
        **dict.fromkeys(("delivery", "pickup", "early", "service", "prize"), zero),
        "late": zero + UNLIMITED,
        "required": required,
        **{k: torch.full((count,), UNLIMITED) for k in ("capacity", "max_distance")},
        "unit_distance_cost": torch.ones(count, dtype=torch.int64),
        **{k: torch.zeros(count, dtype=torch.int64) for k in ("fixed_cost", "quota")},
        **dict.fromkeys(("is_open", "linehaul_first", "is_single"), no),
    }
    return Batch(1, **{**neutral, **fields})


def test_batch(kind: str, n: int, count: int) -> Batch:
    """The first problems of the published test set (seed 1234, 10,000 problems)."""
    rng = np.random.RandomState(1234)
    if kind == "tsp":
        return batch_of(rng.uniform(size=(10_000, n, 2))[:count])
    depot, clients = rng.uniform(size=(10_000, 2)), rng.uniform(size=(10_000, n, 2))
    xy = np.concatenate((depot[:, None], clients), 1)[:count]
    if kind == "cvrp":
        demand = rng.randint(1, 10, size=(10_000, n))
        capacity = torch.full((count,), CAPACITY[n])
        return batch_of(xy, delivery=with_depot(demand[:count]), capacity=capacity)
    optional = {
        "required": torch.zeros(count, n + 1, dtype=torch.bool),
        "is_single": torch.ones(count, dtype=torch.bool),
    }
    if kind == "op":  # prizes grow with the distance; routes are at most 3 long at n = 50
        way = np.sqrt(((depot[:, None] - clients) ** 2).sum(-1))
        prize = 1 + (way / way.max(-1, keepdims=True) * 99).astype(int)
        return batch_of(
            xy,
            prize=with_depot(prize[:count]),
            max_distance=torch.full((count,), 3 * SCALE),
            unit_distance_cost=torch.zeros(count, dtype=torch.int64),
            **optional,
        )
    penalty = rng.uniform(size=(10_000, n))[:count] * 3 * 3 / n
    worth = rng.uniform(size=(10_000, n))[:count] * 4 / n
    return batch_of(
        xy,
        prize=with_depot(np.round(penalty * SCALE)),
        pickup=with_depot(np.round(worth * SCALE)),
        quota=torch.full((count,), SCALE),
        **optional,
    )


test_batch.__test__ = False


def with_depot(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.pad(values, ((0, 0), (1, 0))).astype(np.int64))


def costs(name: str, count: int) -> tuple[Batch, torch.Tensor]:
    """Greedy costs of the first problems, in sides of the square."""
    kind, n = name.split("_")[0], int(name.split("_")[-1])
    policy, batch = policy_of(name), test_batch(kind, n, count)
    with torch.inference_mode():
        parts = [roll_out(policy, batch.rows(slice(k, k + 250))) for k in range(0, count, 250)]
    return batch, torch.cat([part.cost[:, 0] for part in parts]).double() / SCALE


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("cvrp_100", [15.4513, 15.6416, 15.3309, 15.8496, 20.2658]),
        ("tsp_100", [7.6125, 8.5378, 8.0475, 8.4698, 8.4951]),
    ],
)
def test_the_first_plans_cost_what_was_measured(name: str, first: list[float]) -> None:
    _, cost = costs(name, 5)
    assert cost.tolist() == pytest.approx(first, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "mean"), [("tsp_20", 3.8556), ("tsp_100", 8.0858), ("cvrp_20", 6.4142)]
)
def test_greedy_means_are_those_that_were_measured(name: str, mean: float) -> None:
    """Over the first 1,000 problems; a full vehicle is allowed to be exactly full."""
    _, cost = costs(name, 1000)
    assert float(cost.mean()) == pytest.approx(mean, abs=1e-3)


def test_cvrp_100_has_its_mean() -> None:
    _, cost = costs("cvrp_100", 1000)
    assert float(cost.mean()) == pytest.approx(16.7969, abs=1e-3)


def test_orienteering_reaches_the_published_prize() -> None:
    """Table 1 of the paper: 15.64 collected at n = 50, prizes by distance."""
    batch, cost = costs("op_dist_50", 1000)
    collected = (batch.prize.sum(1) - cost * SCALE) / 100
    assert float(collected.mean()) == pytest.approx(15.64, rel=0.01)


def test_prize_collecting_reaches_the_published_cost() -> None:
    """Table 1 of the paper: 4.60 at n = 50, deterministic prizes."""
    _, cost = costs("pctsp_det_50", 1000)
    assert float(cost.mean()) == pytest.approx(4.60, rel=0.01)
