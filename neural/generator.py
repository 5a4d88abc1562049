"""Training problems, drawn as tensors on the device where they are used.

The 48 attribute combinations of RouteFinder, and tours: TSP, open TSP (OTSP), orienteering
(OP), and the prize-collecting tour (PCTSP). A batch mixes kinds row by row, so that a
policy learns all at once. Everything is integers in units of 1 / 10,000 of the side of
the square; `to_problem` gives the same problem to the checker.

References
----------
Berto, F. et al. (2025). RouteFinder (arXiv:2406.15007), appendix A: the combinations.
Kool, W. et al. (2019). Attention, learn to solve routing problems! *ICLR*, appendix D:
prizes and lengths of OP and PCTSP.
Son, J. et al. (2025). RRNCO (arXiv:2503.16159): why asymmetry has to be trained.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from routewright.errors import InputError, Issue
from routewright.problem import BackhaulPolicy, Client, Depot, Problem, Scale, VehicleType
from routewright.travel import CoordinateTravel, MatrixTravel, Metric, MetricKind, RoundingRule
from routewright.variants import VARIANTS, capacity_for, parse_variant

from .batch import UNLIMITED, Batch
from .drawing import GRID, Source
from .times import draw_times, reach

#: Kinds of tours, beside the 48 variants of vehicle routing.
TOURS = ("TSP", "OTSP", "OP", "PCTSP")
#: All kinds; the index is the code of a kind.
KINDS: tuple[str, ...] = (*VARIANTS, *TOURS)
_DEPOTS = 3
_BACKHAUL_SHARE = 0.2
_LIMIT = 2.8
#: Length of a tour through about half of the clients: 2, 3, 4 at 20, 50, 100.
_HALF_TOUR = 0.42


@dataclass(frozen=True)
class Mixture:
    """What problems are drawn.

    Parameters
    ----------
    kinds
        Names of kinds; each row draws one of them.
    sizes
        Smallest and largest number of clients; a batch has one size.
    clustered, asymmetric, no_coordinates, odd_capacity, odd_times
        Share of problems whose clients lie in clusters; whose distances depend on the
        direction; whose coordinates are hidden; whose capacity is not the usual one; and of
        those with windows, whose windows, services, and durations are of any length.
    """

    kinds: tuple[str, ...] = KINDS
    sizes: tuple[int, int] = (20, 100)
    clustered: float = 0.0
    asymmetric: float = 0.0
    no_coordinates: float = 0.0
    odd_capacity: float = 0.0
    odd_times: float = 0.0


class Drawn(NamedTuple):
    """A batch and the kinds of its problems, (B,) indices of ``KINDS``."""

    batch: Batch
    kind: Tensor


def parse_kinds(text: str) -> tuple[str, ...]:
    """Return the kinds of a comma-separated list of names; ``all`` for every one.

    Raises
    ------
    InputError
        Naming every unknown one.
    """
    if text == "all":
        return KINDS
    found, issues = [], []
    for name in text.split(","):
        key = name.strip().upper()
        if key in TOURS:
            found.append(key)
            continue
        try:
            found.append(parse_variant(key).name)
        except InputError:
            message = f"{name!r} is no kind; [MD][O]VRP[B|MB][L][TW], CVRP, {', '.join(TOURS)}"
            issues.append(Issue("", "kinds", message))
    if issues:
        raise InputError(issues)
    return tuple(dict.fromkeys(found))


def draw(mixture: Mixture, clients: int, count: int, generator: torch.Generator) -> Drawn:
    """Draw ``count`` problems with that many clients, on the device of the generator."""
    source = Source(generator)
    choice = source.whole((count,), len(mixture.kinds))
    codes = torch.tensor([KINDS.index(k) for k in mixture.kinds], device=generator.device)
    kind = codes[choice]
    depots = _DEPOTS if any(k.startswith("MD") for k in mixture.kinds) else 1
    return Drawn(_draw(source, mixture, _flags(kind), depots, clients), kind)


class _Flags(NamedTuple):
    """Attributes of the kinds, (B,) bool each."""

    several: Tensor
    is_open: Tensor
    first: Tensor  # deliveries before pickups
    mixed: Tensor
    limit: Tensor
    windows: Tensor
    is_tour: Tensor
    prizes: Tensor
    is_free: Tensor  # travel costs nothing, but is limited


def _flags(kind: Tensor) -> _Flags:
    rows = [
        [v.multiple_depots, v.open, v.backhaul == "B", v.backhaul == "MB", v.limit, v.windows]
        + [False] * 3
        for v in VARIANTS.values()
    ]
    for name in TOURS:
        tour = [True, name in ("OP", "PCTSP"), name == "OP"]
        rows.append([False, name == "OTSP", False, False, name == "OP", False, *tour])
    return _Flags(*torch.tensor(rows, device=kind.device)[kind].unbind(1))


def _draw(source: Source, mixture: Mixture, f: _Flags, depots: int, clients: int) -> Batch:
    count, size = len(f.is_open), depots + clients
    points = _points(source, mixture.clustered, (count, size))
    is_client = (torch.arange(size, device=source.device) >= depots).expand(count, size)
    is_node = is_client.clone()
    is_node[:, 0] = True
    is_node[:, 1:depots] = f.several[:, None]
    distance = _distances(source, mixture.asymmetric, points)
    distance = distance * (is_node[:, :, None] & is_node[:, None, :])
    amount = (1 + source.whole((count, size), 9)) * (is_client & ~f.is_tour[:, None])
    backhaul = source.uniform((count, size)) < _BACKHAUL_SHARE
    backhaul = backhaul & (f.first | f.mixed)[:, None]
    times = draw_times(source, distance, mixture.odd_times, depots)
    timed = f.windows[:, None]
    is_plane = ~source.share(count, mixture.no_coordinates)
    capacity = _capacities(source, mixture.odd_capacity, clients, count)
    zero = distance.new_zeros(count)
    return Batch(
        depots,
        coordinates=(points.float() / GRID) * (is_plane[:, None] & is_node)[:, :, None],
        has_coordinates=is_plane,
        distance=distance,
        duration=torch.where(timed[:, :, None], times.duration, distance),
        is_node=is_node,
        delivery=torch.where(backhaul, 0, amount),
        pickup=torch.where(backhaul, amount, 0),
        early=times.early * timed,
        late=torch.where(is_node & timed, times.late, UNLIMITED),
        service=times.service * timed,
        prize=_prizes(source, distance, f, is_client),
        required=is_client & ~f.prizes[:, None],
        splittable=torch.zeros_like(is_client),
        capacity=torch.where(f.is_tour, UNLIMITED, capacity),
        max_distance=_limits(source, distance, f, depots),
        unit_distance_cost=(~f.is_free).long(),
        fixed_cost=zero,
        quota=zero,
        is_open=f.is_open,
        linehaul_first=f.first,
        is_single=f.is_tour,
    )


def _points(source: Source, clustered: float, shape: tuple[int, int]) -> Tensor:
    """Places on the grid, (B, M, 2) int64: uniform, or around one to eight centers."""
    count, size = shape
    uniform = source.uniform((count, size, 2))
    if clustered > 0:
        groups = 1 + source.whole((count, 1), 8)
        own = (source.uniform(shape) * groups).long()  # (B, M)
        center = source.uniform((count, 8, 2)).gather(1, own[:, :, None].expand(-1, -1, 2))
        width = 0.03 + 0.1 * source.uniform((count, 1, 1))
        near = (center + width * source.normal((count, size, 2))).clamp(0, 1)
        # The depot and some clients stay anywhere.
        apart = source.uniform(shape) < 0.2
        apart[:, 0] = True
        is_clustered = source.share(count, clustered)[:, None] & ~apart
        uniform = torch.where(is_clustered[:, :, None], near, uniform)
    return (uniform * GRID).long()


def _distances(source: Source, asymmetric: float, points: Tensor) -> Tensor:
    """Rounded Euclidean distances, (B, M, M) int64; some with up to half as much again."""
    xy = points.double() / GRID
    gap = xy[:, :, None] - xy[:, None, :]
    length = (gap * gap).sum(3).sqrt() * GRID
    if asymmetric > 0:
        share = source.share(len(points), asymmetric)[:, None, None]
        length = length * (1 + 0.5 * share * source.uniform(length.shape).double())
    return (length + 0.5).floor().long()


def _capacities(source: Source, odd: float, clients: int, count: int) -> Tensor:
    usual = float(capacity_for(clients))
    factor = torch.exp(source.uniform((count,)) * 2.0 - 0.7)  # half to 3.7 times as much
    factor = torch.where(source.share(count, odd), factor, 1.0)
    return (usual * factor).long().clamp(min=9)


def _limits(source: Source, distance: Tensor, f: _Flags, depots: int) -> Tensor:
    """Lengths of routes that let every client be reached: 2.8, or in half the cases less."""
    count, clients = len(distance), distance.shape[1] - depots
    least = 2 * reach(distance, depots, largest=False)[:, depots:].amax(1) + 1
    most = torch.clamp(least, min=int(_LIMIT * GRID))
    drawn = least + (source.uniform((count,)) * (most - least)).long()
    drawn = torch.where(source.share(count, 0.5), most, drawn)
    tour = torch.full_like(drawn, int(_HALF_TOUR * clients**0.5 * GRID))
    drawn = torch.where(f.is_tour, tour, drawn)
    return torch.where(f.limit, drawn, UNLIMITED)


def _prizes(source: Source, distance: Tensor, f: _Flags, is_client: Tensor) -> Tensor:
    """Prizes of optional clients: 1 to 100 by distance (OP), or some length (PCTSP)."""
    clients = is_client.sum(1, keepdim=True)
    way = distance[:, 0]
    by_distance = 1 + way * 99 // way.amax(1, keepdim=True).clamp(min=1)
    most = 6 * _HALF_TOUR * GRID / clients.sqrt()
    as_length = (source.uniform(way.shape) * most).long()
    prize = torch.where(f.is_free[:, None], by_distance, as_length)
    return prize * (is_client & f.prizes[:, None])


def to_problem(batch: Batch, row: int) -> Problem:
    """Return the problem of one row of a batch on the CPU, for the checker and for solvers.

    Where distances and durations are those of the coordinates, so is travel.
    """
    b = batch.rows(slice(row, row + 1))
    real = b.is_node[0].numpy()
    depots = int(real[: b.num_depots].sum())
    has_load = int(b.capacity[0]) < UNLIMITED
    linehaul_first = bool(b.linehaul_first[0])
    columns = ("delivery", "pickup", "early", "late", "service", "prize", "required", "splittable")
    nodes = list(zip(*(getattr(b, c)[0].numpy()[real].tolist() for c in columns), strict=True))
    return Problem(
        travels=(_travel_of(b, real),),
        depots=tuple(
            Depot(str(d), d, (early, late), service)
            for d, (_, _, early, late, service, *_) in enumerate(nodes[:depots])
        ),
        clients=tuple(
            _client_of(depots + c, node, has_load) for c, node in enumerate(nodes[depots:])
        ),
        vehicle_types=tuple(_vehicle_of(b, d, has_load) for d in range(depots)),
        backhaul=BackhaulPolicy.LINEHAUL_FIRST if linehaul_first else BackhaulPolicy.MIXED,
        scale=Scale(GRID, GRID, GRID, (1,) if has_load else ()),
    )


def _client_of(location: int, node: tuple[int, ...], has_load: bool) -> Client:
    delivery, pickup, early, late, service, prize, required, splittable = node
    return Client(
        str(location),
        location,
        (delivery,) if has_load else (),
        (pickup,) if has_load else (),
        ((early, late),),
        service,
        required=bool(required),
        prize=prize,
        splittable=bool(splittable),
    )


def _vehicle_of(b: Batch, depot: int, has_load: bool) -> VehicleType:
    return VehicleType(
        f"vehicle{depot + 1}",
        count=1 if bool(b.is_single[0]) else None,
        capacity=(int(b.capacity[0]),) if has_load else (),
        start=depot,
        end=None if bool(b.is_open[0]) else depot,
        max_distance=int(b.max_distance[0]),
        unit_distance_cost=int(b.unit_distance_cost[0]),
    )


def _travel_of(b: Batch, real: np.ndarray) -> CoordinateTravel | MatrixTravel:
    matrix, duration = (
        np.ascontiguousarray(t[0].numpy()[np.ix_(real, real)]) for t in (b.distance, b.duration)
    )
    if not bool(b.has_coordinates[0]):
        return MatrixTravel(matrix, duration)
    # Back to the grid: a float32 does not hold its decimals exactly.
    xy = (b.coordinates[0].double().numpy()[real] * GRID).round() / GRID
    metric = Metric(MetricKind.EUCLIDEAN, RoundingRule.NINT, GRID)
    travel = CoordinateTravel(xy, metric)
    is_plane = all(np.array_equal(travel.distance_matrix(), m) for m in (matrix, duration))
    return travel if is_plane else MatrixTravel(matrix, duration, xy)
