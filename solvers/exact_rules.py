"""Which client may come next on a route, and when a trip may end: rules without numbers.

Sets of clients and of depots are bit masks. Capacity, time, and distance are elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from routewright.problem import BackhaulPolicy, Problem

#: No node: where an open route begins or ends.
NOWHERE = -1


class Place(NamedTuple):
    """What must agree for one partial route to stand in for another.

    Parameters
    ----------
    node
        Where it is.
    owed
        Depots of fixed edges at the node that are still to be used.
    next_locked
        Client that must be visited next, or -1.
    has_linehaul, has_backhaul
        Whether the trip has served any, if that matters.
    """

    node: int
    owed: int = 0
    next_locked: int = -1
    has_linehaul: bool = False
    has_backhaul: bool = False


def members(mask: int) -> Iterator[int]:
    """Yield the members of a set in increasing order."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def as_mask(indices: Iterator[int]) -> int:
    """Return the set of the given members."""
    mask = 0
    for index in indices:
        mask |= 1 << index
    return mask


class Rules:
    """The rules of one vehicle type for the order of its visits."""

    def __init__(self, problem: Problem, vehicle_type: int) -> None:
        p, n = problem, problem.num_clients
        self._first = p.num_depots
        self._later = [0] * n  # clients that must not have been visited before
        for before, after in p.precedences:
            self._later[before] |= 1 << after
        self._picked_up = [0] * n  # clients that must have been visited before
        self._shipments = [(1 << s.pickup, 1 << s.delivery) for s in p.shipments]
        for s in p.shipments:
            self._picked_up[s.delivery] |= 1 << s.pickup
        self._set_fixed_edges(p)
        self._set_locks(p, vehicle_type)
        for c in range(n):
            if not p.may_serve(vehicle_type, c):
                self.served &= ~(1 << c)
        strict = p.backhaul is not BackhaulPolicy.MIXED
        self._needs_linehaul = p.backhaul is BackhaulPolicy.LINEHAUL_REQUIRED
        self._linehauls = as_mask(c for c in range(n) if strict and any(p.clients[c].delivery))
        self._backhauls = as_mask(c for c in range(n) if strict and any(p.clients[c].pickup))

    def _set_fixed_edges(self, p: Problem) -> None:
        """Fixed neighbors of each client, and the depots that it must stand beside."""
        self._neighbors, self._depots = [0] * p.num_clients, [0] * p.num_clients
        for edge in p.fixed_edges:
            for a, b in (edge, edge[::-1]):
                if a >= self._first and b >= self._first:
                    self._neighbors[a - self._first] |= 1 << (b - self._first)
                elif a >= self._first:
                    self._depots[a - self._first] |= 1 << b

    def _set_locks(self, p: Problem, vehicle_type: int) -> None:
        """Clients that this type may serve, and the order of the locked ones."""
        self.served = (1 << p.num_clients) - 1
        self._next = [-1] * p.num_clients
        self._entered_from_lock = 0
        self._at_start = 0
        for lock in p.locks:
            locked = as_mask(iter(lock.visits))
            if lock.vehicle_type not in (None, vehicle_type):
                self.served &= ~locked
            for a, b in zip(lock.visits, lock.visits[1:], strict=False):
                self._next[a] = b
                self._entered_from_lock |= 1 << b
            if lock.at_start:
                self._at_start |= 1 << lock.visits[0]

    def followers(self, visited: int, place: Place) -> int:
        """Return the clients that may come next after the visited ones."""
        if place.owed:
            return 0
        rest = self.served & ~visited
        if place.next_locked >= 0:
            rest &= 1 << place.next_locked
        else:
            rest &= ~self._entered_from_lock
        if visited:
            rest &= ~self._at_start
        if place.has_backhaul:
            rest &= ~self._linehauls
        here = 0
        if place.node >= self._first:
            here = 1 << (place.node - self._first)
            waiting = self._neighbors[place.node - self._first] & ~visited
            if waiting:
                rest &= waiting if waiting.bit_count() == 1 else 0
        return as_mask(
            c
            for c in members(rest)
            if not self._later[c] & visited
            and not self._picked_up[c] & ~visited
            and not self._neighbors[c] & visited & ~here
        )

    def after(self, place: Place, client: int) -> Place:
        """Return the place after a client has been visited next."""
        bit = 1 << client
        owed = self._depots[client]
        if 0 <= place.node < self._first:
            owed &= ~(1 << place.node)
        return Place(
            self._first + client,
            owed,
            self._next[client],
            place.has_linehaul or bool(bit & self._linehauls),
            place.has_backhaul or bool(bit & self._backhauls),
        )

    def may_end_trip(self, visited: int, place: Place, depot: int) -> bool:
        """Whether the trip may end here, at a depot or nowhere."""
        there = 1 << depot if depot >= 0 else 0
        if place.owed & ~there or self._neighbors[place.node - self._first] & ~visited:
            return False
        if any(a & visited and not b & visited for a, b in self._shipments):
            return False
        return not (self._needs_linehaul and place.has_backhaul and not place.has_linehaul)

    def may_end_route(self, visited: int, place: Place, depot: int) -> bool:
        """Whether the route may end here, at a depot or nowhere."""
        return place.next_locked < 0 and self.may_end_trip(visited, place, depot)
