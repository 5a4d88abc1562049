"""Cordeau's format for problems with several depots or vehicle types.

References
----------
Cordeau, J.-F., Gendreau, M. and Laporte, G. (1997). A tabu search heuristic for periodic
and multi-depot vehicle routing problems. *Networks* 30(2), 105-119.
Cordeau, J.-F. and Laporte, G. (2001). A tabu search algorithm for the site dependent
vehicle routing problem with time windows. *INFOR* 39(3), 292-298.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import takewhile

from routewright.attributes import Attribute
from routewright.errors import InputError, UnsupportedError
from routewright.instances.columns import Cells, Row, rounding_note, split_rows
from routewright.instances.expressible import (
    closing_times,
    plain,
    planar_points,
    refuse,
    row_numbers,
)
from routewright.model import Model
from routewright.problem import Problem
from routewright.travel import UNLIMITED, Rounding

_HEADER = ("type", "m", "n", "t")
_COLUMNS = ("i", "x", "y", "d", "q", "f", "a")
_WINDOW = ("e", "l")
_MOST_CHOICES = 53  # a visit combination of more bits would not be exact everywhere
_SUPPORTED = frozenset(
    {
        Attribute.ALLOWED_VEHICLES,
        Attribute.CAPACITY,
        Attribute.DEPOT_WINDOWS,
        Attribute.HETEROGENEOUS_FLEET,
        Attribute.LIMITED_FLEET,
        Attribute.MAX_DURATION,
        Attribute.MULTIPLE_DEPOTS,
        Attribute.SERVICE,
        Attribute.TIME_WINDOWS,
        Attribute.VEHICLES_FIRST,
    }
)


class Kind(IntEnum):
    """The first number of a file."""

    VRP = 0
    PVRP = 1
    MDVRP = 2
    SDVRP = 3
    VRPTW = 4
    PVRPTW = 5
    MDVRPTW = 6
    SDVRPTW = 7

    @property
    def has_windows(self) -> bool:
        """Whether rows end with a time window."""
        return self >= Kind.VRPTW

    @property
    def plain(self) -> Kind:
        """The kind without time windows."""
        return Kind(self % 4)


@dataclass(frozen=True, slots=True)
class _Limits:
    """Limits of a depot's vehicles or of a vehicle type; None for none."""

    where: str
    duration: float | None
    load: float


@dataclass(frozen=True, slots=True)
class _Site:
    """A row: a depot or a customer. ``allowed`` is where it may be served, or None."""

    where: str
    number: int
    x: float
    y: float
    service: float
    demand: int
    window: tuple[float, float] | None
    allowed: frozenset[int] | None


def sniff(text: str) -> bool:
    """Whether the first line has four numbers, the second fewer, and the last seven or more."""
    rows = split_rows(text)
    return (
        len(rows) > 2
        and len(rows[0].cells) == len(_HEADER)
        and len(rows[1].cells) < len(_HEADER)
        and len(rows[-1].cells) >= len(_COLUMNS)
        and rows[0].is_numeric
        and rows[1].is_numeric
    )


def read(text: str, rounding: Rounding | None = None) -> Problem:
    """Read a Cordeau file: VRP, MDVRP, or SDVRP, with or without time windows.

    There are m vehicles at each depot, or of each type. Travel time equals distance, and
    the longest duration D includes service. A visit combination names the depot or the
    vehicle type that may serve the customer. For a D or Q of 0 there is no limit.

    Parameters
    ----------
    text
        The file.
    rounding
        Rounding of distances and travel times; default ``none``.

    Raises
    ------
    InputError
        Naming every malformed line.
    UnsupportedError
        For periodic problems, PVRP and PVRPTW.
    """
    model = Model()
    model.notes.append(rounding_note(rounding, Rounding.NONE, "default for Cordeau"))
    cells = Cells(model.issues)
    rows = split_rows(text)
    if not rows:
        raise InputError("the file is empty")
    kind, vehicles, clients, choices = _header(rows[0], cells)
    if kind is not None and kind.plain is Kind.PVRP:
        hint = f"Type {kind.value} ({kind.name}) plans several days"
        raise UnsupportedError("format cordeau", ["periodic visits"], hint)
    short = list(takewhile(lambda row: len(row.cells) == 2, rows[1:]))
    limits = [_limits(row, cells) for row in short]
    table = rows[1 + len(short) :]
    if kind is None or not _counts_agree(rows[0], kind, clients, choices, limits, table, cells):
        raise InputError(model.issues)
    depots, customers = _sites(table, kind, len(limits), cells)
    several = kind.plain is Kind.MDVRP
    if len(depots) < (len(limits) if several else 1):
        raise InputError(model.issues)
    _add_sites(model, depots, customers)
    for k, limit in enumerate(limits):
        depot = k if several else 0
        model.add_vehicle_type(
            f"depot {depots[k].number}" if several else f"type {k + 1}",
            count=vehicles,
            capacity=limit.load,
            start=depot,
            end=depot,
            max_duration=limit.duration,
            where=limit.where,
        )
    model.set_metric(rounding or Rounding.NONE)
    return model.problem()


def write(problem: Problem) -> str:
    """Write a Cordeau file of the kind that fits the problem.

    Reading it again, with the rounding of the problem, gives the same problem up to its
    objective, which the format does not hold, and its names: rows whose ids are not
    distinct positive whole numbers are numbered by their order.

    Raises
    ------
    UnsupportedError
        Naming what the format cannot express.
    """
    windows = not problem.attributes().isdisjoint({Attribute.TIME_WINDOWS, Attribute.DEPOT_WINDOWS})
    lost = [*planar_points(problem), *_unlike_fleets(problem)]
    if windows:
        lost += closing_times(problem)
    refuse("format cordeau", problem, _SUPPORTED, lost)
    types, scale = problem.vehicle_types, problem.scale
    several = problem.num_depots > 1
    kind = Kind.MDVRP if several else Kind.SDVRP if len(types) > 1 else Kind.VRP
    lines = [f"{kind + 4 * windows} {types[0].count} {problem.num_clients} {len(types)}"]
    for v in types:
        duration = 0 if v.max_duration == UNLIMITED else v.max_duration
        load = 0 if not v.capacity or v.capacity[0] == UNLIMITED else v.capacity[0]
        lines.append(f"{plain(duration, scale.time)} {load // scale.load[0] if load else 0}")
    numbers = row_numbers([c.id for c in problem.clients])
    customers = list(_customer_rows(problem, numbers, windows))
    taken = row_numbers([d.id for d in problem.depots], set(numbers))
    depots = list(_depot_rows(problem, taken if several else [0], windows))
    lines += [*customers, *depots] if several else [*depots, *customers]
    return "\n".join(lines) + "\n"


def _unlike_fleets(p: Problem) -> Iterator[str]:
    """Yield what m vehicles at every depot, or of every type, cannot express."""
    counts = {v.count for v in p.vehicle_types}
    if None in counts:
        yield "unlimited fleet"
    if 0 in counts:
        yield "no vehicles"
    if len(counts) > 1:
        yield "different numbers of vehicles"
    if p.num_depots > 1 and [v.start for v in p.vehicle_types] != list(range(p.num_depots)):
        yield "depots without a vehicle type of their own, in order"
    if any(v.max_duration == 0 for v in p.vehicle_types):
        yield "max_duration of 0"
    if any(0 in v.capacity for v in p.vehicle_types):
        yield "capacity of 0"
    if len(p.vehicle_types) > _MOST_CHOICES:
        yield f"more than {_MOST_CHOICES} depots or vehicle types"
    for c in range(p.num_clients):
        if not any(p.may_serve(k, c) for k in range(len(p.vehicle_types))):
            yield "clients that no vehicle may serve"


def _customer_rows(p: Problem, numbers: Sequence[int], windows: bool) -> Iterator[str]:
    types = len(p.vehicle_types)
    for c, (number, client) in enumerate(zip(numbers, p.clients, strict=True)):
        served = [1 << (types - 1 - k) for k in range(types) if p.may_serve(k, c)]
        demand = sum(client.delivery) // p.scale.load[0] if client.delivery else 0
        yield " ".join(
            [
                *_place(p, number, client.location, client.service),
                str(demand),
                "1",
                *map(str, [len(served), *sorted(served)]),
                *(plain(t, p.scale.time) for t in client.windows[0] if windows),
            ]
        )


def _depot_rows(p: Problem, numbers: Sequence[int], windows: bool) -> Iterator[str]:
    for number, depot in zip(numbers, p.depots, strict=True):
        times = [plain(t, p.scale.time) for t in depot.window if windows]
        yield " ".join([*_place(p, number, depot.location, 0), "0", "0", "0", *times])


def _place(p: Problem, number: int, location: int, service: int) -> list[str]:
    points = p.travels[0].coordinates
    assert points is not None
    x, y = map(plain, points[location].tolist())
    return [str(number), x, y, plain(service, p.scale.time)]


def _header(row: Row, cells: Cells) -> tuple[Kind | None, int | None, int | None, int | None]:
    """Return the kind and m, n, t."""
    if not cells.has_columns(row, _HEADER):
        return None, None, None, None
    code = cells.whole(row, 0, "type", at_least=0)
    m, n, t = (cells.whole(row, i, _HEADER[i], at_least=1) for i in (1, 2, 3))
    if code is not None and code > max(Kind):
        known = ", ".join(f"{kind.value} {kind.name}" for kind in Kind)
        cells.issue(row.where, "type", f"{code} is not a type; the types are {known}")
        code = None
    kind = None if code is None else Kind(code)
    if kind is not None and kind.plain is Kind.VRP and t not in (1, None):
        cells.issue(row.where, "t", f"{t} must be 1 for {kind.name}")
    return kind, m, n, t


def _limits(row: Row, cells: Cells) -> _Limits:
    duration = cells.number(row, 0, "D", at_least=0)
    load = cells.whole(row, 1, "Q", at_least=0)
    return _Limits(row.where, duration or None, load or math.inf)


def _counts_agree(
    header: Row,
    kind: Kind,
    clients: int | None,
    choices: int | None,
    limits: Sequence[_Limits],
    table: Sequence[Row],
    cells: Cells,
) -> bool:
    """Whether the file has as many lines as its first line announces."""
    if clients is None or choices is None:
        return False
    depots = choices if kind.plain is Kind.MDVRP else 1
    agree = True
    if len(limits) != choices:
        message = f"{choices} lines D Q are announced, but {len(limits)} follow"
        cells.issue(header.where, "t", message)
        agree = False
    if len(table) != clients + depots:
        message = (
            f"{clients} customers and {depots} depots are announced, but {len(table)} rows follow"
        )
        cells.issue(header.where, "n", message)
        agree = False
    return agree


def _sites(
    table: Sequence[Row], kind: Kind, choices: int, cells: Cells
) -> tuple[list[_Site], list[_Site]]:
    """Return depots and customers; those whose rows are malformed are left out."""
    last = len(table) - choices
    depots: list[_Site] = []
    customers: list[_Site] = []
    for i, row in enumerate(table):
        is_depot = i >= last if kind.plain is Kind.MDVRP else i == 0
        site = _site(row, kind, 0 if is_depot else choices, cells)
        if site is not None:
            (depots if is_depot else customers).append(site)
    return depots, customers


def _site(row: Row, kind: Kind, choices: int, cells: Cells) -> _Site | None:
    """Return a depot (no choices) or a customer, or None if the row is malformed."""
    zero = not choices and kind.plain is not Kind.MDVRP
    number = cells.whole(row, 0, "i", at_least=0 if zero else 1)
    if zero and number:
        cells.issue(row.where, "i", f"the first row must be the depot, number 0, not {number}")
    new = cells.is_new(row, "i", number)
    if len(row.cells) < len(_COLUMNS):
        cells.has_columns(row, (*_COLUMNS, *(_WINDOW if kind.has_windows else ())))
        return None
    x, y = (cells.number(row, i, _COLUMNS[i]) for i in (1, 2))
    service = cells.number(row, 3, "d", at_least=0)
    demand = cells.whole(row, 4, "q", at_least=0)
    frequency = cells.whole(row, 5, "f", at_least=0)
    combinations = cells.whole(row, 6, "a", at_least=0)
    if combinations is None:
        return None
    listed = min(combinations, len(row.cells))
    names = (*_COLUMNS, *("list",) * listed, *(_WINDOW if kind.has_windows else ()))
    if not cells.has_columns(row, names):
        return None
    window = cells.window(row, len(names) - 2, _WINDOW) if kind.has_windows else None
    allowed = None
    if choices:
        if frequency not in (1, None):
            cells.issue(row.where, "f", f"{frequency} must be 1: a customer is visited once")
        allowed = _allowed(row, kind, combinations, choices, cells)
    elif demand or service:
        name, value = ("q", demand) if demand else ("d", service)
        cells.issue(row.where, name, f"{value} must be 0 at a depot")
    if number is None or not new:
        return None
    return _Site(row.where, number, x or 0, y or 0, service or 0, demand or 0, window, allowed)


def _allowed(
    row: Row, kind: Kind, combinations: int, choices: int, cells: Cells
) -> frozenset[int] | None:
    """Return the indices that the visit combinations name, or None for all of them.

    A combination is the decimal value of a string of bits, the leftmost of which stands
    for the first depot or vehicle type. One visit means one bit.
    """
    named = set()
    for column in range(len(_COLUMNS), len(_COLUMNS) + combinations):
        value = cells.whole(row, column, "list", at_least=1)
        if value is None:
            continue
        if value >= 1 << choices or value & (value - 1):
            largest = 1 << (choices - 1)
            message = f"{value} must be a power of 2, at most {largest}: one bit for one visit"
            cells.issue(row.where, "list", message)
            continue
        named.add(choices - value.bit_length())
    if kind.plain is Kind.VRP or len(named) == choices:
        return None
    if not combinations:
        cells.issue(row.where, "a", "0 must be at least 1: a customer needs a visit combination")
    return frozenset(named)


def _add_sites(model: Model, depots: Sequence[_Site], customers: Sequence[_Site]) -> None:
    for depot in depots:
        model.add_depot(depot.number, x=depot.x, y=depot.y, window=depot.window, where=depot.where)
    for site in customers:
        model.add_client(
            site.number,
            x=site.x,
            y=site.y,
            delivery=site.demand,
            window=site.window,
            service=site.service,
            allowed_vehicles=site.allowed,
            where=site.where,
        )
