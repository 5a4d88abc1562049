"""Published weights as an oracle: ours must plan exactly what the authors' program planned.

The weights are looked for in `$ROUTEWRIGHT_WEIGHTS`, else beside the shared instances.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import routewright as rw  # noqa: E402
from routewright.neural.batch import UNLIMITED, Batch  # noqa: E402
from routewright.neural.decoding import roll_out  # noqa: E402
from routewright.neural.plans import to_solution  # noqa: E402
from routewright.neural.policies import attention  # noqa: E402
from routewright.neural.policies.attention import (  # noqa: E402
    AttentionConfig,
    AttentionModel,
    from_published,
)

#: Internal units per side of the square.
SCALE = 10_000_000
CAPACITY = {20: 30, 50: 40, 100: 50}
#: About half of a tour through all clients: limits of OP, and the unit of PCTSP's penalties.
LENGTH = {20: 2, 50: 3, 100: 4}
#: Greedy results of the paper, tables 1 and 3, on 10,000 problems: costs, or prizes of OP.
PUBLISHED = {
    "tsp": {20: 3.85, 50: 5.80, 100: 8.12},
    "cvrp": {20: 6.40, 50: 10.98, 100: 16.80},
    "sdvrp": {20: 6.39, 50: 10.92, 100: 16.83},
    "op_dist": {20: 5.19, 50: 15.64, 100: 31.62},
    "op_const": {20: 10.27, 50: 28.31, 100: 55.81},
    "op_unif": {20: 5.60, 50: 15.62, 100: 31.03},
    "pctsp_det": {20: 3.18, 50: 4.60, 100: 6.25},
    "pctsp_stoch": {20: 3.26, 50: 4.65, 100: 6.32},
}


def policy_of(name: str) -> AttentionModel:
    default = Path(__file__).resolve().parents[2] / "shared" / "weights"
    root = Path(os.environ.get("ROUTEWRIGHT_WEIGHTS", default)) / "kool2019"
    file = root / name / "epoch-99.pt"
    if not file.exists():
        pytest.skip(f"published weights {name} are not here; set $ROUTEWRIGHT_WEIGHTS")
    state = torch.load(file, map_location="cpu", weights_only=True)["model"]
    return from_published(state, name.rsplit("_", 1)[0])


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
        "splittable": torch.zeros_like(required),
        **{k: torch.full((count,), UNLIMITED) for k in ("capacity", "max_distance")},
        "unit_distance_cost": torch.ones(count, dtype=torch.int64),
        **{k: torch.zeros(count, dtype=torch.int64) for k in ("fixed_cost", "quota")},
        **dict.fromkeys(("is_open", "linehaul_first", "is_single"), no),
    }
    return Batch(1, **{**neutral, **fields})


def test_batch(kind: str, n: int, count: int, *, real: bool = False) -> Batch:  # noqa: PT028
    """The first problems of the published test set (seed 1234, 10,000 problems).

    Of the stochastic prize-collecting problem, ``real`` asks for the prizes that are found
    out on the way, in place of those that are expected.
    """
    rng = np.random.RandomState(1234)
    if kind == "tsp":
        return batch_of(rng.uniform(size=(10_000, n, 2))[:count])
    depot, clients = rng.uniform(size=(10_000, 2)), rng.uniform(size=(10_000, n, 2))
    xy = np.concatenate((depot[:, None], clients), 1)[:count]
    if kind in ("cvrp", "sdvrp"):
        delivery = with_depot(rng.randint(1, 10, size=(10_000, n))[:count])
        splittable = (delivery > 0) & (kind == "sdvrp")
        capacity = torch.full((count,), CAPACITY[n])
        return batch_of(xy, delivery=delivery, capacity=capacity, splittable=splittable)
    optional = {
        "required": torch.zeros(count, n + 1, dtype=torch.bool),
        "is_single": torch.ones(count, dtype=torch.bool),
    }
    if kind.startswith("op"):
        return batch_of(
            xy,
            prize=with_depot(op_prizes(kind, rng, depot, clients)[:count]),
            max_distance=torch.full((count,), LENGTH[n] * SCALE),
            unit_distance_cost=torch.zeros(count, dtype=torch.int64),
            **optional,
        )
    penalty = rng.uniform(size=(10_000, n)) * 3 * LENGTH[n] / n
    worth = rng.uniform(size=(10_000, n)) * 4 / n
    if real:  # what is found out only on the way, in the stochastic problem
        worth = rng.uniform(size=(10_000, n)) * 2 * worth
    return batch_of(
        xy,
        prize=with_depot(np.round(penalty[:count] * SCALE)),
        pickup=with_depot(np.round(worth[:count] * SCALE)),
        quota=torch.full((count,), SCALE),
        **optional,
    )


def op_prizes(
    kind: str, rng: np.random.RandomState, depot: np.ndarray, clients: np.ndarray
) -> np.ndarray:
    """Hundredths: all alike, at random, or growing with the distance."""
    if kind == "op_const":
        return np.full(clients.shape[:2], 100)
    if kind == "op_unif":
        return 1 + rng.randint(0, 100, size=clients.shape[:2])
    way = np.sqrt(((depot[:, None] - clients) ** 2).sum(-1))
    return 1 + (way / way.max(-1, keepdims=True) * 99).astype(int)


test_batch.__test__ = False


def with_depot(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.pad(values, ((0, 0), (1, 0))).astype(np.int64))


@lru_cache
def costs(name: str, count: int) -> tuple[Batch, torch.Tensor]:
    """Greedy costs of the first problems, in sides of the square."""
    kind, n = name.rsplit("_", 1)
    policy, batch = policy_of(name), test_batch(kind, int(n), count)
    real = test_batch(kind, int(n), count, real=True) if kind == "pctsp_stoch" else batch
    parts = []
    with torch.inference_mode():
        for k in range(0, count, 250):
            rows = slice(k, k + 250)
            encoded = policy.encode(batch.rows(rows))
            parts.append(roll_out(policy, real.rows(rows), encoded=encoded).cost[:, 0])
    return batch, torch.cat(parts).double() / SCALE


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


@pytest.mark.parametrize("kind", PUBLISHED)
@pytest.mark.parametrize("n", CAPACITY)
def test_greedy_plans_are_as_good_as_published(kind: str, n: int) -> None:
    """Within 1 % on the first 1,000 of the 10,000 problems, at every size."""
    batch, cost = costs(f"{kind}_{n}", 1000)
    result = float(cost.mean())
    if kind.startswith("op"):
        result = float((batch.prize.sum(1) - cost * SCALE).mean()) / 100
    assert result == pytest.approx(PUBLISHED[kind][n], rel=0.01)


def test_split_plans_of_the_published_policy_are_what_the_checker_says() -> None:
    """Equal to the last digit, feasible, and some deliveries are really brought in parts."""
    policy, batch = policy_of("sdvrp_50"), test_batch("sdvrp", 50, 20)
    with torch.inference_mode():
        plans = roll_out(policy, batch)
    split = 0
    for row in range(batch.size):
        problem = problem_of(batch, row)
        (sequence,), (cost,) = plans.actions[row].tolist(), plans.cost[row].tolist()
        solution = to_solution(problem, batch, sequence)
        report = rw.check(problem, solution)
        assert report.violations == ()
        assert report.key[2] == cost
        split += solution.has_quantities
    assert split > 0


def problem_of(batch: Batch, row: int) -> rw.Problem:
    """The problem of a row of deliveries that may be split."""
    matrix = batch.distance[row].numpy()
    delivery = batch.delivery[row].tolist()
    return rw.Problem(
        travels=(rw.MatrixTravel(matrix, matrix),),
        depots=(rw.Depot("0", 0),),
        clients=tuple(
            rw.Client(str(i), i, (delivery[i],), splittable=True) for i in range(1, len(matrix))
        ),
        vehicle_types=(rw.VehicleType("van", capacity=(int(batch.capacity[row]),)),),
        scale=rw.Scale(load=(1,)),
    )


# Any size, and bad input ----------------------------------------------------------


def published_state(model: AttentionModel) -> dict[str, torch.Tensor]:
    """Weights of one of our policies by the names of the authors' program."""
    ours, heads = model.state_dict(), model.config.heads
    state = {theirs: ours[own] for theirs, own in attention._NAMES.items() if own in ours}
    for i in range(model.config.layers):
        start = f"embedder.layers.{i}."
        for theirs, own in attention._PER_HEAD.items():
            weight = ours[f"encoder.{i}.{own}.weight"]
            state[start + theirs] = weight.unflatten(0, (heads, -1)).transpose(1, 2)
        out = ours[f"encoder.{i}.out.weight"].T
        state[f"{start}0.module.W_out"] = out.unflatten(0, (heads, -1))
        for theirs, own in attention._PARTS.items():
            for key, tensor in ours.items():
                if key.startswith(f"encoder.{i}.{own}"):
                    state[start + theirs + key.removeprefix(f"encoder.{i}.{own}")] = tensor
    return state


@pytest.mark.parametrize("kind", PUBLISHED)
def test_weights_of_any_width_come_back_the_same(kind: str) -> None:
    """The size of the network is read off the weights; nothing is assumed about it."""
    torch.manual_seed(1)
    config = AttentionConfig(kind.split("_")[0], width=24, heads=3, layers=2, hidden=40)
    model = AttentionModel(config)
    again = from_published(published_state(model), kind)
    assert again.config == config
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name


def test_weights_for_other_problems_are_refused_by_name() -> None:
    """No tensor is dropped, and none stays as it was drawn."""
    small = {"width": 16, "heads": 2, "layers": 1, "hidden": 16}
    state = published_state(AttentionModel(AttentionConfig("sdvrp", **small)))
    with pytest.raises(rw.InputError, match=r"policy for cvrp: project_remaining.weight differ"):
        from_published(state, "cvrp")
    routes = published_state(AttentionModel(AttentionConfig("cvrp", **small)))
    with pytest.raises(rw.InputError, match=r"client\.weight"):
        from_published(routes, "pctsp_det")
    del state["init_embed.bias"]
    with pytest.raises(rw.InputError, match=r"client.bias differ"):
        from_published(state, "sdvrp")
    with pytest.raises(rw.InputError, match="W_query"):
        from_published({}, "tsp")
    with pytest.raises(rw.InputError, match="'jssp' is not one of tsp, cvrp, sdvrp, op, pctsp"):
        from_published(state, "jssp")
