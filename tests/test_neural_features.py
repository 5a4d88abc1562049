"""Where a node lies as seen from the depots, recomputed in plain Python."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")

from routewright.neural.features import NODE_FEATURES, static_features  # noqa: E402
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
