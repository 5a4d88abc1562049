"""The cheapest way to divide sets of clients among vehicles, over all sets at once.

Sets of clients are bit masks, and arrays are indexed by them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routewright.travel import IntArray

#: Stands for no way; two of them still fit in 64 bits.
_INFINITE = (1 << 62) - 1
#: The same where costs are integers of Python.
_FAR_INFINITE = 1 << 100


def _infinite(cost: IntArray) -> int:
    return _FAR_INFINITE if cost.dtype == object else _INFINITE


def no_routes(num_clients: int, largest: int) -> IntArray:
    """Return costs by set of clients, none of which has a route.

    Parameters
    ----------
    num_clients
        Size of the largest set.
    largest
        Upper bound on any sum of costs; above 62 bits, they are integers of Python.
    """
    kind: type = np.int64 if largest < _INFINITE else object
    cost: IntArray = np.zeros(1 << num_clients, dtype=kind)
    cost[:] = _infinite(cost)
    return cost


class Fleet(NamedTuple):
    """Vehicles of one type: cost of a route by set of clients, and how many there are."""

    cost: IntArray
    num_vehicles: int

    def without(self, sets: npt.NDArray[np.bool_]) -> Fleet:
        """Return the fleet without the routes through some sets."""
        cost = self.cost.copy()
        cost[sets] = _infinite(cost)
        return Fleet(cost, self.num_vehicles)


class Layer(NamedTuple):
    """Cheapest cost of serving each set, and how it was put together.

    Parameters
    ----------
    cost
        By set.
    part
        The set that the last step added to ``before``, for which it may be empty.
    before
        The layer that serves the rest; None for this layer itself.
    route_of
        Index of the fleet whose route the part is; None where the part is a set of
        routes, of which ``parts`` has the layer.
    parts
        See ``route_of``.
    """

    cost: IntArray
    part: IntArray
    before: Layer | None
    route_of: IntArray | None
    parts: Layer | None

    def serves(self, mask: int) -> bool:
        """Whether there is a way to serve a set."""
        return int(self.cost[mask]) < _infinite(self.cost)


class Partition:
    """Divides sets of up to n clients; holds every subset of every set (3**n numbers)."""

    def __init__(self, num_clients: int) -> None:
        self.size = 1 << num_clients
        self._subsets = [np.zeros(1, dtype=np.int64)]
        for mask in range(1, self.size):
            high = 1 << (mask.bit_length() - 1)
            rest = self._subsets[mask ^ high]
            self._subsets.append(np.concatenate([rest, rest | high]))

    def solve(self, fleets: list[Fleet], stop: Callable[[], bool]) -> Layer | None:
        """Cheapest cost of every set with the given fleets; None if stopped before the end."""
        total: Layer | None = None
        for layer in self._by_fleet(fleets, stop):
            if layer is None or stop():
                return None
            total = layer if total is None else self._joined(total, layer)
        return total

    def _by_fleet(self, fleets: list[Fleet], stop: Callable[[], bool]) -> Iterator[Layer | None]:
        """One layer for all fleets with vehicles enough, one for each other fleet."""
        most = self.size.bit_length() - 1
        enough = [k for k, fleet in enumerate(fleets) if fleet.num_vehicles >= most]
        if enough:
            costs = np.stack([fleets[k].cost for k in enough])
            cheapest = np.argmin(costs, axis=0)
            route_of = np.array(enough, dtype=np.int64)[cheapest]
            yield self._any_number(costs.min(axis=0), route_of)
        for k, fleet in enumerate(fleets):
            if fleet.num_vehicles < most:
                yield self._at_most(fleet, np.full(self.size, k), stop)

    def _any_number(self, cost: IntArray, route_of: IntArray) -> Layer:
        """Any number of routes: the one that serves the first client, and the best rest."""
        best, part = self._empty(cost)
        for mask in range(1, self.size):
            self._improve(best, part, mask, cost, best)
        return Layer(best, part, None, route_of, None)

    def _at_most(self, fleet: Fleet, route_of: IntArray, stop: Callable[[], bool]) -> Layer | None:
        """At most so many routes, one more in each layer."""
        best, part = self._empty(fleet.cost)
        layer = Layer(best, part, None, route_of, None)
        for _ in range(fleet.num_vehicles):
            if stop():
                return None
            best, part = best.copy(), np.zeros_like(part)
            for mask in range(1, self.size):
                self._improve(best, part, mask, fleet.cost, layer.cost)
            layer = Layer(best, part, layer, route_of, None)
        return layer

    def _improve(
        self, best: IntArray, part: IntArray, mask: int, cost: IntArray, rest: IntArray
    ) -> None:
        """Serve a set by a route through its first client, and the rest as before."""
        low = mask & -mask
        routes = self._subsets[mask ^ low] | low
        ways = cost[routes] + rest[mask ^ routes]
        chosen = int(np.argmin(ways))
        if ways[chosen] < best[mask]:
            best[mask], part[mask] = ways[chosen], routes[chosen]

    def _joined(self, before: Layer, parts: Layer) -> Layer:
        """Serve a part of each set by one layer, and the rest by another."""
        best, part = self._empty(before.cost)
        for mask in range(self.size):
            subsets = self._subsets[mask]
            ways = parts.cost[subsets] + before.cost[mask ^ subsets]
            chosen = int(np.argmin(ways))
            if ways[chosen] < best[mask]:
                best[mask], part[mask] = ways[chosen], subsets[chosen]
        return Layer(best, part, before, None, parts)

    def _empty(self, like: IntArray) -> tuple[IntArray, IntArray]:
        best = np.full_like(like, _infinite(like))
        best[0] = 0
        return best, np.zeros(self.size, dtype=np.int64)


def routes(layer: Layer, mask: int) -> Iterator[tuple[int, int]]:
    """Yield the fleet and the set of every route that serves a set."""
    here: Layer | None = layer
    while mask:
        assert here is not None
        part = int(here.part[mask])
        if here.parts is not None:
            yield from routes(here.parts, part)
        elif part:
            assert here.route_of is not None
            yield int(here.route_of[part]), part
        mask ^= part
        # The layer of any number of routes serves the rest itself; others have one below.
        here = here.before or here
