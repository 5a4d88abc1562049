"""Where a node lies as seen from the depots, recomputed in plain Python."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")

import routewright as rw  # noqa: E402
from routewright.neural.features import NODE_FEATURES, static_features, to_batch  # noqa: E402
from routewright.neural.generator import Mixture, draw  # noqa: E402


@pytest.mark.parametrize("kind", ["CVRP", "MDVRPTW"])
def test_directions_are_those_from_the_middle_of_the_depots(kind: str) -> None:
    mixture = Mixture((kind,), no_coordinates=0.4)
    batch = draw(mixture, 7, 12, torch.Generator().manual_seed(4)).batch
    told = static_features(batch).nodes
    x, y, cosine, sine = (
        told[:, :, NODE_FEATURES.index(name)].tolist()
        for name in ("x_from_depot", "y_from_depot", "cosine", "sine")
    )
    seen = 0
    for row in range(batch.size):
        place = batch.coordinates[row].tolist()
        depots = [d for d in range(batch.num_depots) if batch.is_node[row, d]]
        middle = [sum(place[d][k] for d in depots) / len(depots) for k in (0, 1)]
        for node in range(batch.num_nodes):
            if not batch.has_coordinates[row] or not batch.is_node[row, node]:
                assert x[row][node] == y[row][node] == cosine[row][node] == sine[row][node] == 0
                continue
            east, north = place[node][0] - middle[0], place[node][1] - middle[1]
            assert (x[row][node], y[row][node]) == pytest.approx((east, north), abs=1e-6)
            if math.hypot(east, north) > 1e-3:
                angle = math.atan2(north, east)
                direction = (math.cos(angle), math.sin(angle))
                assert (cosine[row][node], sine[row][node]) == pytest.approx(direction, abs=1e-3)
                seen += 1
    assert seen > 20


def of_day(begin: int) -> rw.Problem:
    """A problem with two depots, of which the first opens at that time."""
    model = rw.Model()
    model.add_depot("a", x=0, y=0, window=(begin, begin + 400))
    model.add_depot("b", x=9, y=0, window=(begin + 30, begin + 300))
    for k in range(6):
        window = (begin + 10 * k - 20, begin + 60 + 10 * k) if k % 2 else None
        model.add_client(str(k), x=k, y=3 + k % 3, delivery=1, service=5, window=window)
    for depot in (0, 1):
        model.add_vehicle_type(f"of {depot}", capacity=4, start=depot, end=depot)
    return model.problem()


def test_time_begins_when_the_first_depot_opens() -> None:
    """The hour of the day at which a day begins says nothing of it."""
    early, late = (to_batch([of_day(begin)]) for begin in (20, 25_200))
    for name in early._fields[1:]:
        assert torch.equal(getattr(early, name), getattr(late, name)), name
    opens = early.early[0, :2].tolist()
    assert opens[0] == 0 < opens[1]
    assert int(early.early.min()) == 0  # what opens earlier is open already


def test_plans_of_a_day_do_not_depend_on_the_hour() -> None:
    plans = [rw.construct(of_day(begin), plans=3) for begin in (20, 25_200)]
    assert plans[0] == plans[1]
    assert all(rw.check(of_day(25_200), plan).feasible for plan in plans[1])
