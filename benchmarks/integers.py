"""A problem as the integer arrays that peers take: one row per node, depots first.

Peers that hold 32 bits, or whose penalties are bounded, need small integers. A scale
above a thousand is therefore coarsened to a thousand per unit: durations and the
beginnings of windows are rounded up and their ends down, so that what a peer finds
feasible is feasible; distances are rounded to the nearest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

import routewright as rw
from routewright.travel import UNLIMITED

FINEST = 1000
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Coarse:
    """How internal integers become a peer's: divided, and rounded to the safe side."""

    distance_factor: int
    time_factor: int

    @classmethod
    def of(cls, problem: rw.Problem) -> Coarse:
        scale = problem.scale
        return cls(max(1, scale.distance // FINEST), max(1, scale.time // FINEST))

    def distance(self, values: IntArray) -> IntArray:
        return (values + self.distance_factor // 2) // self.distance_factor

    def cost(self, value: int) -> int:
        return round(value / self.distance_factor)

    def up(self, value: int) -> int:
        return -(-value // self.time_factor)

    def down(self, value: int, unlimited: int) -> int:
        return unlimited if value >= UNLIMITED else value // self.time_factor

    def duration(self, values: IntArray) -> IntArray:
        return -(-values // self.time_factor)


def matrices(problem: rw.Problem, profile: int = 0) -> tuple[IntArray, IntArray]:
    """Distances and durations between nodes, coarsened; one array if they are equal."""
    coarse = Coarse.of(problem)
    nodes = [problem.node_location(i) for i in range(problem.num_depots + problem.num_clients)]
    travel = problem.travels[profile]
    distance, duration = travel.distance_matrix(), travel.duration_matrix()
    same = duration is distance and coarse.distance_factor == 1 == coarse.time_factor
    rows = np.ix_(nodes, nodes)
    first = coarse.distance(distance[rows])
    return first, first if same else coarse.duration(duration[rows])


def windows(problem: rw.Problem, unlimited: int) -> tuple[list[int], list[int], list[int]]:
    """Earliest and latest start, and service, of every node."""
    coarse = Coarse.of(problem)
    spans = [d.window for d in problem.depots] + [c.windows[0] for c in problem.clients]
    service = [d.service for d in problem.depots] + [c.service for c in problem.clients]
    early = [coarse.up(a) for a, _ in spans]
    late = [coarse.down(b, unlimited) for _, b in spans]
    return early, late, [coarse.up(s) for s in service]


def demands(problem: rw.Problem) -> list[int]:
    """Deliveries of every node in the one dimension; zero at depots."""
    first = [c.delivery[0] if c.delivery else 0 for c in problem.clients]
    return [0] * problem.num_depots + first


def capacity(problem: rw.Problem) -> int:
    """Capacity of the one vehicle type, at most what all demands take together."""
    total = max(1, sum(demands(problem)))
    given = problem.vehicle_types[0].capacity
    return min(given[0], total) if given else total


def is_single_fleet(problem: rw.Problem) -> bool:
    """Whether all vehicles are alike and start and end at the only depot."""
    return len(problem.vehicle_types) == 1 and problem.num_depots == 1


def solution(routes: list[list[int]]) -> rw.Solution:
    """Plan from routes in which clients are numbered from 1."""
    return rw.Solution.from_visits([c - 1 for c in route] for route in routes)
