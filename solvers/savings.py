"""The savings constructor: start with a route per client, and join routes end to end.

References
----------
Clarke, G., & Wright, J. W. (1964). Scheduling of vehicles from a central depot to a
number of delivery points. *Operations Research*, 12(4).
Yellow, P. C. (1970). A computational modification to the savings method of vehicle
scheduling. *Operational Research Quarterly*, 21(2) (the route shape parameter).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from routewright.attributes import Attribute
from routewright.problem import Objective, Problem
from routewright.travel import FloatArray, IntArray

from .base import Run, Solver
from .fleet import Plan, fit_fleet
from .kernels.savings import Fragments, new_fragments, run_merges, run_singles
from .neighbors import nearest_neighbors
from .warmup import prepare

A = Attribute

#: Weights of the new arc in a saving; large problems get the first alone.
SHAPES = (1.0, 0.9, 1.1, 1.3, 1.5)
#: Up to this many clients all shapes are tried, with longer neighbor lists.
_SMALL = 5000
#: Roughly how many pairs of ends are tried when there are too many routes.
_ALL_PAIRS = 1_000_000


#: Costs of the arcs that a join replaces, and of the one that it makes, pair by pair.
_Arcs = tuple[FloatArray, FloatArray]
#: Factors for the savings of pairs of clients, shape (2, pairs): which edges to prefer.
Preference = Callable[[IntArray], FloatArray]


class Savings(Solver):
    """Joins routes end to end, greatest saving first, among near neighbors only."""

    name = "savings"
    summary = "Clarke-Wright savings: one good plan at once, at any size"
    kernels = ("run_singles", "run_merges", "run_route", "run_insertion")
    supported = frozenset(
        {
            A.ALLOWED_VEHICLES,
            A.ASYMMETRIC,
            A.CAPACITY,
            A.DEPOT_SERVICE,
            A.DEPOT_WINDOWS,
            A.DIFFERENT_START_END,
            A.DISTANCE_COSTS,
            A.DURATION_COSTS,
            A.FIXED_COSTS,
            A.HETEROGENEOUS_FLEET,
            A.LIMITED_FLEET,
            A.MAX_DISTANCE,
            A.MAX_DURATION,
            A.MAX_STOPS,
            A.MULTIPLE_CAPACITIES,
            A.MULTIPLE_DEPOTS,
            A.OPEN_ROUTES,
            A.PICKUP,
            A.RELEASE_TIMES,
            A.SERVICE,
            A.SHIFTS,
            A.TIME_WINDOWS,
            A.UNREACHABLE,
            A.VEHICLES_FIRST,
        }
    )

    def unsupported(self, problem: Problem) -> frozenset[Attribute]:
        """Return what it cannot handle; mixed fleets only if there are vehicles enough."""
        refused = super().unsupported(problem)
        if A.LIMITED_FLEET in problem.attributes() and _is_mixed(problem):
            refused |= {A.HETEROGENEOUS_FLEET}
        return refused

    def search(self, run: Run) -> None:
        """Construct one plan for each shape and keep the best."""
        with run.compiling():
            prepare(self.kernels)
        builder = Builder(run.problem)
        best: tuple[int, int] | None = None
        shapes = SHAPES if run.problem.num_clients <= _SMALL else SHAPES[:1]
        for shape in shapes:
            if run.best is not None and run.should_stop():
                return
            builder.construct(shape)
            if best is None or builder.key() < best:
                best = builder.key()
                plan = fit_fleet(run, builder.plan(), builder.limit)
                run.offer(plan.solution(run.problem))
            run.iterations += 1
        run.stop_reason = run.stop_reason or "done"


def _is_mixed(problem: Problem) -> bool:
    """Whether vehicle types differ in more than where they start and end."""
    kinds = {
        replace(v, id="", count=None, vehicle_ids=(), start=None, end=None)
        for v in problem.vehicle_types
    }
    return len(kinds) > 1


class Builder:
    """The merging of one problem, repeated for different shapes and preferences."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.p = problem.arrays()
        self.s: Fragments = new_fragments(self.p)
        self.near = 100 if problem.num_clients <= _SMALL else 40
        self.pairs = _pairs(nearest_neighbors(problem, self.near), problem.num_depots)
        fewest = problem.objective is Objective.VEHICLES_THEN_COST
        #: Vehicles by type above which routes are joined even at a loss.
        self.limit = np.zeros_like(self.p.num_available) if fewest else self.p.num_available
        run_singles(self.p, self.s)
        self.ways = self._ways(self.pairs)

    def construct(self, shape: float, prefer: Preference | None = None) -> None:
        """Join as long as it pays, then as long as there are too many routes.

        Joins are made in the order of their savings, times what ``prefer`` says of them.
        """
        run_singles(self.p, self.s)
        self._merge(self.pairs, self.ways, shape, force=False, prefer=prefer)
        for force in (False, True):
            made = 1
            while made:
                pairs = self._pairs_of_ends(force)
                made = self._merge(pairs, self._ways(pairs), shape, force)

    def key(self) -> tuple[int, int]:
        """What is wrong with the routes as they are now, and what they cost."""
        alive, runnable = self.s.alive == 1, self.s.vehicle_type >= 0
        excess = np.maximum(self.s.used - self.limit, 0).sum()
        broken = (alive & ~runnable).sum()
        return int(excess + broken), int(self.s.cost[alive & runnable].sum())

    def _merge(
        self,
        pairs: IntArray,
        ways: list[_Arcs],
        shape: float,
        force: bool,
        prefer: Preference | None = None,
    ) -> int:
        saving = np.max([replaced - shape * new for replaced, new in ways], axis=0)
        if prefer is not None:
            saving *= prefer(pairs)
        first, second = np.ascontiguousarray(pairs[:, np.argsort(-saving, kind="stable")])
        made: int = run_merges(self.p, self.s, first, second, self.limit, int(force))
        return made

    def _pairs_of_ends(self, force: bool) -> IntArray:
        """Pairs of ends of the routes as they are now: each has farther neighbors left."""
        ends = np.unique(self.s.ends[self.s.alive == 1])
        if force and (self.s.used <= self.limit).all():
            return np.zeros((2, 0), dtype=np.int64)
        near = max(self.near, _ALL_PAIRS // len(ends)) if force else self.near
        return _pairs(nearest_neighbors(self.problem, near, nodes=ends), ends)

    def _ways(self, pairs: IntArray) -> list[_Arcs]:
        """Arc costs of the ways to join at each pair; one where both cost the same."""
        first, second = pairs
        ways = [self._arcs(first, second)]
        if self.p.num_types > 1 or not self.problem.travels[0].is_symmetric:
            ways.append(self._arcs(second, first))
        return ways

    def _arcs(self, i: IntArray, j: IntArray) -> _Arcs:
        """Cost of the arcs i -> end and start -> j, and of the arc i -> j in their place."""
        types = np.maximum(self.s.vehicle_type[self.s.route], 0)
        end, start = self.p.end_depot[types[i]], self.p.start_depot[types[j]]
        out = np.where(end >= 0, self._cost(i, end, types[i]), 0.0)
        back = np.where(start >= 0, self._cost(start, j, types[j]), 0.0)
        return out + back, self._cost(i, j, types[i])

    def _cost(self, i: IntArray, j: IntArray, types: IntArray) -> FloatArray:
        """Cost of arcs for the types; their distance where travel is free."""
        p, travel = self.p, self.problem.travels[0]
        a, b = p.location[i], p.location[j]
        distance, duration = travel.distances(a, b), travel.durations(a, b)
        per_distance = p.unit_distance_cost[types].astype(np.float64)
        per_duration = p.unit_duration_cost[types].astype(np.float64)
        free = (per_distance == 0) & (per_duration == 0)
        cost: FloatArray = distance * (per_distance + free) + duration * per_duration
        return cost

    def plan(self) -> Plan:
        """Return the routes as they are now."""
        s, link = self.s, self.s.link.tolist()
        alive = np.flatnonzero(s.alive)
        routes = [list(_walk(link, head)) for head in s.ends[alive, 0].tolist()]
        return Plan.of(routes, s.vehicle_type[alive])


def _pairs(neighbors: IntArray, nodes: IntArray | int) -> IntArray:
    """Every pair of a node and its neighbor once, shape (2, pairs).

    ``nodes`` are the nodes of the rows, or the first of them.
    """
    rows, k = neighbors.shape
    nodes = np.arange(nodes, nodes + rows) if isinstance(nodes, int) else nodes
    own = np.repeat(nodes, k)
    low, high = np.minimum(own, neighbors.ravel()), np.maximum(own, neighbors.ravel())
    span = int(high.max(initial=0)) + 1
    return np.stack(np.divmod(np.unique(low * span + high), span))


def _walk(link: list[list[int]], head: int) -> Iterator[int]:
    """Yield the nodes of a route from one of its ends."""
    before, node = -1, head
    while node >= 0:
        yield node
        a, b = link[node]
        before, node = node, a if a != before else b
