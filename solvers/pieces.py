"""Deliveries cut into pieces: a problem in which nothing is split any more.

What a client may be brought in parts becomes several clients at the same place. A plan of
these is a plan of the original problem once the pieces of a client in one trip are put
together again.

References
----------
Chen, P., Golden, B., Wang, X., & Wasil, E. (2017). A novel approach to solve the split
delivery vehicle routing problem. *International Transactions in Operational Research*,
24(1-2), section 3: the 20/10/5/1 rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from routewright.checker import check
from routewright.problem import Problem
from routewright.solution import Quantity, Route, Solution
from routewright.travel import UNLIMITED, UNREACHABLE, MatrixTravel, Travel

#: Sizes of pieces, as shares of the capacity.
RULE = (0.20, 0.10, 0.05, 0.01)
#: Vehicles that take less than the largest one by this factor are not cut for.
_SMALLEST = 5
#: What is more than so many capacities is brought by full vehicles first.
_FULL = 2
#: Up to this many places, service is made a part of the way.
_MOST_PLACES = 3000

Amounts = tuple[int, ...]


class Pieces:
    """A problem with clients in pieces, and the way back.

    Parameters
    ----------
    problem
        The problem, with deliveries that may be split.
    plan
        A feasible plan of it: no piece reaches across what two of its visits bring.
    rule
        Sizes of pieces, largest first, as shares of the capacity.
    """

    def __init__(
        self, problem: Problem, plan: Solution | None = None, rule: Sequence[float] = RULE
    ) -> None:
        self.problem = problem
        self.client_of: list[int] = []
        self._amounts: list[Amounts] = []
        self._pieces_of: list[range] = []
        for c, portions in enumerate(_portions(problem, plan)):
            sizes = [size for portion in portions for size in _cut(problem, c, portion, rule)]
            first = len(self.client_of)
            self._pieces_of.append(range(first, first + len(sizes)))
            self.client_of += [c] * len(sizes)
            self._amounts += sizes
        self.whole = self._whole(_serving_on_the_way(problem))

    def _whole(self, p: Problem) -> Problem:
        """Return the problem whose clients are the pieces."""
        first = [pieces.start for pieces in self._pieces_of]
        clients = (
            replace(p.clients[c], id=str(i), delivery=amounts, splittable=False)
            for i, (c, amounts) in enumerate(zip(self.client_of, self._amounts, strict=True))
        )
        depots = p.num_depots
        # What relations name is in one piece.
        return p.replace(
            clients=tuple(clients),
            shipments=tuple(
                replace(s, pickup=first[s.pickup], delivery=first[s.delivery]) for s in p.shipments
            ),
            groups=tuple(replace(g, clients=tuple(first[c] for c in g.clients)) for g in p.groups),
            precedences=tuple((first[a], first[b]) for a, b in p.precedences),
            fixed_edges=tuple(
                tuple(v if v < depots else depots + first[v - depots] for v in edge)
                for edge in p.fixed_edges
            ),
            locks=tuple(replace(k, visits=tuple(first[c] for c in k.visits)) for k in p.locks),
        )

    def parted(self, plan: Solution) -> Solution:
        """Return the plan that the pieces were made for, in pieces."""
        left = [iter(pieces) for pieces in self._pieces_of]
        return Solution(self._in_pieces(route, left) for route in plan.routes)

    def _in_pieces(self, route: Route, left: list[Iterator[int]]) -> Route:
        portions, trips = route.portions(), []
        for trip in route.trips:
            pieces = list[int]()
            for c, quantity in (next(portions) for _ in trip):
                missing = sum(self.problem.clients[c].delivery if quantity is None else quantity)
                pieces.append(next(left[c]))  # also where there is nothing to bring
                missing -= sum(self._amounts[pieces[-1]])
                while missing > 0:
                    pieces.append(next(left[c]))
                    missing -= sum(self._amounts[pieces[-1]])
            trips.append(tuple(pieces))
        return Route(route.vehicle_type, tuple(trips), route.reloads)

    def merged(self, plan: Solution) -> Solution:
        """Return a plan in pieces as one of the problem: a client once per trip."""
        return Solution(self._put_together(route) for route in plan.routes)

    def _put_together(self, route: Route) -> Route:
        trips = [[self.client_of[i] for i in trip] for trip in route.trips]
        early = self._visiting(route, [list(dict.fromkeys(trip)) for trip in trips])
        changes = sum(a != b for trip in trips for a, b in zip(trip, [-1, *trip], strict=False))
        if changes == len(early.visits):
            return early
        # Pieces of a client lie apart: it is visited where the first, or the last, one is.
        orders = [list(dict.fromkeys(trip[::-1]))[::-1] for trip in trips]
        return min(early, self._visiting(route, orders), key=self._badness)

    def _visiting(self, route: Route, orders: Sequence[Sequence[int]]) -> Route:
        """Return the route with its clients in these orders, one for each trip."""
        quantities = list[Quantity]()
        for trip, order in zip(route.trips, orders, strict=True):
            brought = dict[int, Amounts]()
            for i in trip:
                c, amounts = self.client_of[i], self._amounts[i]
                before = brought.get(c, (0,) * len(amounts))
                brought[c] = tuple(a + b for a, b in zip(before, amounts, strict=True))
            for c in order:
                is_whole = brought[c] == self.problem.clients[c].delivery
                quantities.append(None if is_whole else brought[c])
        trips = tuple(map(tuple, orders))
        return Route(route.vehicle_type, trips, route.reloads, tuple(quantities))

    def _badness(self, route: Route) -> tuple[int, float]:
        """Rules that a route breaks by itself, and its cost."""
        report = check(self.problem, Solution([route]))
        return sum(v.route == 0 for v in report.violations), report.routes[0].cost


def _portions(problem: Problem, plan: Solution | None) -> list[list[Amounts]]:
    """What the visits of a plan bring each client; the whole delivery where there is no plan."""
    if plan is None:
        return [[client.delivery] for client in problem.clients]
    portions: list[list[Amounts]] = [[] for _ in problem.clients]
    for route in plan.routes:
        for c, quantity in route.portions():
            portions[c].append(problem.clients[c].delivery if quantity is None else quantity)
    # What is optional may be left out of a plan; it has to be somewhere in the problem.
    return [p or [client.delivery] for p, client in zip(portions, problem.clients, strict=True)]


def _cut(problem: Problem, c: int, amounts: Amounts, rule: Sequence[float]) -> list[Amounts]:
    """Return the pieces of what a client is brought; they add up in every dimension."""
    rooms = _rooms(problem, c)
    if not problem.clients[c].may_be_split or not rooms or not any(amounts):
        return [amounts]
    # The dimension that fills a vehicle first is cut by the rule, the others in proportion.
    shares = {d: amounts[d] / room[1] for d, room in rooms.items()}
    d = max(shares, key=lambda d: shares[d])
    total, (small, large) = amounts[d], rooms[d]
    if not total:
        return [amounts]
    sizes = list[int]()
    if small == large:
        sizes = [large] * max(0, total // large - _FULL + 1)
    unit = max(small, large // _SMALLEST)
    for share in rule:
        size = max(1, round(share * unit))
        sizes += [size] * ((total - sum(sizes)) // size)
    if rest := total - sum(sizes):
        sizes.append(rest)
    ends = np.cumsum([0, *sizes]).tolist()
    return [
        tuple(amount * end // total - amount * begin // total for amount in amounts)
        for begin, end in pairwise(ends)
    ]


def _rooms(problem: Problem, c: int) -> dict[int, tuple[int, int]]:
    """Smallest and largest capacity of the vehicles that may serve a client, by dimension."""
    rooms = dict[int, tuple[int, int]]()
    for d in range(problem.num_dimensions):
        found = [
            v.capacity[d] if v.capacity else UNLIMITED
            for k, v in enumerate(problem.vehicle_types)
            if v.count != 0 and problem.may_serve(k, c)
        ]
        found = [room for room in found if 0 < room < UNLIMITED]
        if found:
            rooms[d] = min(found), max(found)
    return rooms


def _serving_on_the_way(problem: Problem) -> Problem:
    """Return the problem with the service of splittable clients added to the way from them.

    So pieces next to each other are served once, as the visit that they make. Where routes
    end at clients, or for very many places, the problem stays as it is: every piece is then
    served in full, plans are still feasible, and only some of the good ones are missed.
    """
    served = [
        c for c, client in enumerate(problem.clients) if client.may_be_split and client.service
    ]
    before = problem.num_locations
    ends = all(v.end is not None for v in problem.vehicle_types)
    if not served or not ends or before + len(served) > _MOST_PLACES:
        return problem
    places = np.array([*range(before), *(problem.clients[c].location for c in served)])
    services = np.array([problem.clients[c].service for c in served])
    clients = list(problem.clients)
    for i, c in enumerate(served):
        clients[c] = replace(clients[c], location=before + i, service=0)
    travels = tuple(_slower_from(travel, places, services) for travel in problem.travels)
    return problem.replace(travels=travels, clients=tuple(clients))


def _slower_from(travel: Travel, places: np.ndarray, services: np.ndarray) -> MatrixTravel:
    """Return travel between places; leaving the last of them takes their service longer."""
    cells = np.ix_(places, places)
    distance, duration = travel.distance_matrix()[cells], travel.duration_matrix()[cells]
    new = slice(len(places) - len(services), None)
    slower = duration[new]
    slower[...] = np.where(slower < UNREACHABLE, slower + services[:, None], slower)
    np.fill_diagonal(duration, 0)
    points = None if travel.coordinates is None else travel.coordinates[places]
    return MatrixTravel(distance, duration, points)
