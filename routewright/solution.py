"""Solutions: which vehicle visits which clients, in which order, and with how much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .problem import Problem

#: What a visit brings, one whole number per capacity dimension in internal units; None
#: stands for the whole delivery of the client.
Quantity = tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Route:
    """One vehicle's work: trips of client visits, with a reload between two trips.

    Parameters
    ----------
    vehicle_type
        Index of the vehicle type.
    trips
        Client indices of each trip, in order.
    reloads
        Depot index of the reload before each trip but the first.
    quantities
        What each visit brings, in the order of `visits`; empty where every visit brings
        the whole delivery of its client. Only splittable clients may be brought less.
    """

    vehicle_type: int
    trips: tuple[tuple[int, ...], ...]
    reloads: tuple[int, ...] = ()
    quantities: tuple[Quantity, ...] = ()

    def __post_init__(self) -> None:
        # One way to say it: plans without a split are equal however they were written.
        if self.quantities and self.quantities == (None,) * len(self.visits):
            object.__setattr__(self, "quantities", ())

    @classmethod
    def of(
        cls, visits: Iterable[int], vehicle_type: int = 0, quantities: Iterable[Quantity] = ()
    ) -> Route:
        """Return a route of a single trip."""
        stated = tuple(None if q is None else tuple(map(int, q)) for q in quantities)
        return cls(vehicle_type, (tuple(map(int, visits)),), (), stated)

    @property
    def visits(self) -> tuple[int, ...]:
        """All client indices in order, over all trips."""
        return self.trips[0] if len(self.trips) == 1 else tuple(chain.from_iterable(self.trips))

    def portions(self) -> Iterator[tuple[int, Quantity]]:
        """Yield each visit with its quantity; a quantity that is not stated is None."""
        for position, client in enumerate(self.visits):
            stated = position < len(self.quantities)
            yield client, self.quantities[position] if stated else None


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """An immutable set of routes; routes without visits are dropped.

    Two solutions are equal if they have the same routes in any order.
    """

    routes: tuple[Route, ...]

    def __init__(self, routes: Iterable[Route]) -> None:
        kept = tuple(r for r in routes if any(r.trips))
        object.__setattr__(self, "routes", kept)

    @classmethod
    def from_visits(cls, routes: Iterable[Sequence[int]], vehicle_type: int = 0) -> Solution:
        """Return a solution of single-trip routes, all of one vehicle type."""
        return cls(Route.of(visits, vehicle_type) for visits in routes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Solution):
            return NotImplemented
        return Counter(self.routes) == Counter(other.routes)

    def __hash__(self) -> int:
        return hash(frozenset(Counter(self.routes).items()))

    def visited(self) -> frozenset[int]:
        """Return the indices of all visited clients."""
        return frozenset(c for route in self.routes for c in route.visits)

    def unassigned(self, problem: Problem) -> tuple[int, ...]:
        """Return the indices of the clients that no route visits, in increasing order."""
        visited = self.visited()
        return tuple(c for c in range(problem.num_clients) if c not in visited)

    @property
    def has_quantities(self) -> bool:
        """Whether any visit states how much it brings."""
        return any(route.quantities for route in self.routes)
