"""How each of the 48 attribute combinations of RouteFinder is drawn.

References
----------
Berto, F. et al. (2025). RouteFinder: towards foundation models for vehicle routing
problems. *Transactions on Machine Learning Research*, appendix A (arXiv:2406.15007).
"""

from __future__ import annotations

import numpy as np

from routewright.model import Model
from routewright.problem import BackhaulPolicy, Problem
from routewright.travel import FloatArray
from routewright.variants import capacity_for, parse_variant

_DEPOTS = 3  # for the MD variants
_BACKHAUL_SHARE = 0.2
_LIMIT = 2.8  # length of a route; the diagonal there and back
_HORIZON = 4.6
_DECIMALS = 4


def variant(n: int, seed: int, name: str) -> Problem:
    """Generate an instance in the unit square, with four decimals."""
    v = parse_variant(name)
    rng = np.random.default_rng(seed)
    depots = rng.random((_DEPOTS if v.multiple_depots else 1, 2)).round(_DECIMALS)
    points = rng.random((n, 2)).round(_DECIMALS)
    if v.limit:
        points = _within(points, depots, rng)
    policy = BackhaulPolicy.LINEHAUL_FIRST if v.backhaul == "B" else BackhaulPolicy.MIXED
    model = Model(f"{v.name}-n{n}-s{seed}", backhaul=policy)
    demands = rng.integers(1, 10, n).tolist()
    backhauls = rng.random(n) < _BACKHAUL_SHARE
    windows = _windows(points, depots, rng) if v.windows else [None] * n
    services = rng.uniform(0.15, 0.18, n).round(_DECIMALS).tolist()
    for d, (x, y) in enumerate(depots.tolist()):
        model.add_depot(d, x=x, y=y, window=(0, _HORIZON) if v.windows else None)
    for i, (x, y) in enumerate(points.tolist()):
        load = "pickup" if v.backhaul and backhauls[i] else "delivery"
        model.add_client(
            len(depots) + i,
            x=x,
            y=y,
            window=windows[i],
            service=services[i] if v.windows else 0,
            delivery=demands[i] if load == "delivery" else 0,
            pickup=demands[i] if load == "pickup" else 0,
        )
    for d in range(len(depots)):
        model.add_vehicle_type(
            f"vehicle{d + 1}",
            capacity=capacity_for(n),
            start=d,
            end=None if v.open else d,
            max_distance=_LIMIT if v.limit else None,
        )
    return model.problem()


def _within(points: FloatArray, depots: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Redraw what no depot could serve there and back within the limit."""
    while True:
        gaps = points[:, None, :] - depots[None, :, :]
        far = 2 * np.sqrt((gaps**2).sum(axis=-1)).min(axis=1) > _LIMIT - 1e-3
        if not far.any():
            return points
        points[far] = rng.random((int(far.sum()), 2)).round(_DECIMALS)


def _windows(
    points: FloatArray, depots: FloatArray, rng: np.random.Generator
) -> list[tuple[float, float]]:
    """Windows of width 0.18 to 0.2 that a vehicle of its own can meet (appendix A)."""
    gaps = points[:, None, :] - depots[None, :, :]
    # From the farthest depot, so that any vehicle could come and return in time.
    reach = np.sqrt((gaps**2).sum(axis=-1)).max(axis=1)
    width = rng.uniform(0.18, 0.20, len(points))
    upper = (_HORIZON - 0.18 - width) / np.maximum(reach, 1e-9) - 1
    early = (1 + (upper - 1) * rng.random(len(points))) * reach
    late = early + width
    return list(zip(early.round(_DECIMALS).tolist(), late.round(_DECIMALS).tolist(), strict=True))
