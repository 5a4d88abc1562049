"""Windows of training problems: each can be met, and odd ones are of any length."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from routewright.neural.batch import UNLIMITED, Batch  # noqa: E402
from routewright.neural.environment import Routes  # noqa: E402
from routewright.neural.features import static_features  # noqa: E402
from routewright.neural.generator import Mixture, draw  # noqa: E402

KINDS = ("VRPTW", "OVRPTW", "MDVRPBTW", "VRPLTW", "CVRP")


def drawn(odd: float, kinds: tuple[str, ...] = KINDS) -> Batch:
    mixture = Mixture(kinds, asymmetric=0.4, clustered=0.3, odd_times=odd)
    return draw(mixture, 12, 300, torch.Generator().manual_seed(8)).batch


@pytest.mark.parametrize("odd", [0.0, 0.4, 1.0])
def test_every_client_can_be_served_from_every_depot(odd: float) -> None:
    batch = drawn(odd)
    servable = Routes(batch).servable | ~batch.is_client[:, None, :]
    assert bool((servable | ~batch.is_node[:, : batch.num_depots, None]).all())
    assert bool((batch.late >= batch.early).all())


def test_odd_days_are_of_any_length() -> None:
    batch = drawn(1.0, ("VRPTW",))
    unit = static_features(batch).time_unit
    clients = batch.is_client
    has = (batch.late < UNLIMITED) & clients
    share = has.sum(1) / clients.sum(1)
    assert 0.3 < float((share == 1).float().mean()) < 0.8
    assert float(share.min()) < 0.5
    length = ((batch.late - batch.early) / unit[:, None])[has]
    assert float(length.quantile(0.1)) < 0.3
    assert float(length.quantile(0.9)) > 3
    day = batch.late[:, 0] / unit
    assert float(day.min()) < 4
    assert float(day.max()) > 20
    service = (batch.service / unit[:, None])[clients]
    assert float(service.quantile(0.1)) < 0.05
    assert float(service.quantile(0.9)) > 0.4
    assert not torch.equal(batch.duration, batch.distance)


def test_without_odd_ones_all_is_as_before() -> None:
    """Labels of older trainings can be drawn again from their seeds."""
    mixture = Mixture(("VRPTW",))
    batch = draw(mixture, 5, 40, torch.Generator().manual_seed(1)).batch
    assert torch.equal(batch.duration, batch.distance)
    width = (batch.late - batch.early)[batch.is_client]
    assert 1799 <= int(width.min()) <= int(width.max()) <= 2000
    assert batch.late[:, 0].tolist() == [46_000] * 40
