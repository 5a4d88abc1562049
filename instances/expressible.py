"""What the positional text formats can express: refusals by name, and number texts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import count, islice

from routewright.attributes import Attribute
from routewright.errors import UnsupportedError
from routewright.problem import Problem
from routewright.travel import MAX_VALUE, UNLIMITED, CoordinateTravel, Metric, Rounding

_METRICS = tuple(Metric.euclidean(rounding) for rounding in Rounding)


def refuse(
    name: str, problem: Problem, supported: frozenset[Attribute], lost: Iterable[str]
) -> None:
    """Raise UnsupportedError if anything of the problem would be lost.

    Parameters
    ----------
    name
        The format, as the message names it.
    problem
        The problem to be written.
    supported
        Attributes that the format can express.
    lost
        Names of whatever else it cannot express.
    """
    names = {str(a) for a in problem.attributes() - supported} | set(lost)
    if any(c.prize for c in problem.clients):
        names.add("prizes")
    if any(
        v.unit_distance_cost * problem.scale.distance != problem.scale.cost
        for v in problem.vehicle_types
    ):
        names.add(str(Attribute.DISTANCE_COSTS))
    if not problem.clients:
        names.add("no clients")
    if any(_fractional(problem)):
        names.add("fractional loads")
    if names:
        raise UnsupportedError(name, names, "Write routewright JSON instead")


def _fractional(p: Problem) -> Iterator[bool]:
    for scale in p.scale.load[:1]:  # several dimensions are refused anyway
        for c in p.clients:
            yield any(a % scale for a in (*c.delivery, *c.pickup))
        for s in p.shipments:
            yield any(a % scale for a in s.amount)
        for v in p.vehicle_types:
            yield any(a % scale for a in v.capacity if a != UNLIMITED)


def planar_points(problem: Problem) -> Iterator[str]:
    """Yield what a table of x and y with Euclidean distances cannot express."""
    travel = problem.travels[0]
    if not isinstance(travel, CoordinateTravel):
        yield "travel matrix"
        return
    if travel.metric not in _METRICS:
        yield f"metric {travel.metric.kind.name.lower()}"
    if travel.coordinates.shape[1] != 2:
        yield "three coordinates"
    if travel.duration_factor * problem.scale.distance != problem.scale.time:
        yield "speed"


def single_depot(problem: Problem) -> Iterator[str]:
    """Yield the attribute of several depots."""
    if problem.num_depots != 1:
        yield Attribute.MULTIPLE_DEPOTS


def single_fleet(problem: Problem) -> Iterator[str]:
    """Yield what one line with a number and a capacity cannot express."""
    for vehicles in problem.vehicle_types[:1]:
        if vehicles.count is None:
            yield "unlimited fleet"
        if vehicles.count == 0:
            yield "no vehicles"
        if not vehicles.capacity or vehicles.capacity[0] == UNLIMITED:
            yield "unlimited capacity"


def closing_times(problem: Problem) -> Iterator[str]:
    """Yield what a due date in every row cannot express."""
    if any(c.windows[-1][1] == UNLIMITED for c in problem.clients):
        yield "clients without closing time"
    if any(d.window[1] == UNLIMITED for d in problem.depots):
        yield "depots without closing time"


def row_numbers(ids: Sequence[str], taken: Collection[int] = ()) -> list[int]:
    """Return the ids as row numbers, or the first free numbers where they do not serve.

    Ids serve if all are distinct positive whole numbers that are not taken.
    """
    numbers = [int(i) for i in ids if i.isascii() and i.isdigit() and len(i) < 20]
    used = {n for n in (*numbers, *taken) if 0 < n <= MAX_VALUE}
    if [str(n) for n in numbers] == list(ids) and len(used) == len(ids) + len(taken):
        return numbers
    return list(islice((n for n in count(1) if n not in taken), len(ids)))


def stop_cells(
    problem: Problem, numbers: Sequence[int], demands: Sequence[int], *, geographic: bool = False
) -> Iterator[list[str]]:
    """Yield the cells of the depot's row and of every client's.

    Parameters
    ----------
    problem
        Has coordinates, one depot, and one window per client.
    numbers, demands
        Row number and demand of every client.
    geographic
        Whether coordinates are written as latitude and longitude.
    """
    time, points = problem.scale.time, problem.travels[0].coordinates
    depot = problem.depots[0]
    stops = [(0, depot.location, 0, depot.window, 0)]
    for number, demand, c in zip(numbers, demands, problem.clients, strict=True):
        stops.append((number, c.location, demand, c.windows[0], c.service))
    for number, place, demand, (early, late), service in stops:
        x, y = (0.0, 0.0) if points is None else points[place].tolist()
        point = (y, x) if geographic else (x, y)
        times = (early, late, service)
        yield [
            str(number),
            *map(plain, point),
            str(demand),
            *(plain(value, time) for value in times),
        ]


def plain(value: float, scale: int = 1) -> str:
    """Return ``value / scale`` as text, without decimals where it is whole."""
    quotient = value / scale
    if quotient == int(quotient):
        return str(value // scale if isinstance(value, int) else int(quotient))
    return repr(quotient)


def title(problem: Problem) -> str:
    """Return the name of the problem on one line."""
    return " ".join(problem.name.split())
