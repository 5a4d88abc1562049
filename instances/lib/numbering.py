"""How solution files number clients, depots, cities, and vehicles of a problem."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from routewright.problem import Problem


class Numbering:
    """The numbers of one problem, for readers and writers alike.

    Parameters
    ----------
    problem
        The problem.
    """

    def __init__(self, problem: Problem) -> None:
        self.p = problem

    @cached_property
    def depots(self) -> dict[str, int]:
        """Depot index by the word that names it, where no client has the same name."""
        words = {str(d): d for d in range(self.p.num_depots)}
        words.update({depot.id: d for d, depot in enumerate(self.p.depots)})
        return {word: d for word, d in words.items() if word not in self.p.client_index}

    @cached_property
    def cities(self) -> list[int]:
        """Number of every node (depots first) in tours, from 1: as in the problem's file.

        Nodes whose ids are not such numbers are counted in their order.
        """
        ids = [d.id for d in self.p.depots] + [c.id for c in self.p.clients]
        if all(i.isascii() and i.isdigit() and len(i) < 16 for i in ids):
            numbers = [int(i) + 1 - self.p.tour_base for i in ids]
            if min(numbers) >= 1 and len(set(numbers)) == len(numbers):
                return numbers
        return list(range(1, len(ids) + 1))

    @cached_property
    def vehicles(self) -> list[int] | None:
        """Vehicle type of vehicle 1, 2, ..., or None where all vehicles are of one type.

        Vehicles that are named by these numbers keep them; otherwise they are counted
        type by type, unlimited types with one vehicle for every client.
        """
        types = self.p.vehicle_types
        if len(types) == 1:
            return None
        of = self.p.vehicle_type_of
        named = all(v.count == len(v.vehicle_ids) for v in types)
        if named and all(str(i) in of for i in range(1, len(of) + 1)):
            return [of[str(i)] for i in range(1, len(of) + 1)]
        counts = [self.p.num_clients if v.count is None else v.count for v in types]
        return [k for k, count in enumerate(counts) for _ in range(count)]

    def take_vehicles(self, types: Iterable[int]) -> Iterator[int | None]:
        """Yield, for each type, the number from 0 of a vehicle of it that is still free."""
        free: dict[int, list[int]] = {}
        for number, kind in reversed(list(enumerate(self.vehicles or ()))):
            free.setdefault(kind, []).append(number)
        for kind in types:
            left = free.get(kind)
            yield left.pop() if left else None
