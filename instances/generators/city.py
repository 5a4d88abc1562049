"""A city with recurring customers, from which days are drawn.

A fixed set of customers with Zipf visit frequencies, each with a demand and a time
window habit of its own, on a street grid with slow and fast, one-way and missing
streets, so that travel times are asymmetric and no straight lines. Days of one city
resemble each other as a carrier's days do: this is what learning from history needs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import networkx as nx
import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from routewright.errors import InputError, Issue
from routewright.model import Model
from routewright.problem import Problem
from routewright.travel import FloatArray, IntArray

_GRID = 48  # crossings per side
_BLOCK = 250.0  # meters between crossings
_STREET, _ARTERY, _RING = 7.0, 12.0, 20.0  # meters per second
_ZIPF = 0.8
_OPEN, _CLOSE = 7 * 3600, 19 * 3600
_SERVICE = (120, 600)  # seconds
_CAPACITY_CLIENTS = 12  # average customers that fill a van


class Customers(NamedTuple):
    """Columns of a city's customers.

    Attributes
    ----------
    number
        Name of each; a customer that came later has a number of its own.
    crossing, demand, service
        Where, mean demand, and seconds of service.
    window
        Opening and closing in seconds of the day, shape (customers, 2).
    """

    number: IntArray
    crossing: IntArray
    demand: FloatArray
    service: IntArray
    window: IntArray


@dataclass(frozen=True, eq=False)
class City:
    """Streets and customers; draw days with `day`.

    Parameters
    ----------
    seed
        Seed of the city.
    streets
        Directed graph of crossings with ``distance`` (m) and ``duration`` (s).
    positions
        Coordinates of the crossings in meters, shape (crossings, 2).
    depot
        Crossing of the depot.
    frequency
        How often each customer is visited; sums to 1.
    customers
        Everything else about them.
    """

    seed: int
    streets: nx.DiGraph
    positions: FloatArray
    depot: int
    frequency: FloatArray
    customers: Customers

    @property
    def num_customers(self) -> int:
        """Number of customers of the city."""
        return len(self.frequency)

    def day(self, n: int, seed: int, *, drift: float = 0.0) -> Problem:
        """Draw a day: ``n`` distinct customers by frequency, with the day's demands.

        Parameters
        ----------
        n
            Customers of the day, at most those of the city.
        seed
            Seed of the day.
        drift
            Share of the city's customers that have been replaced by new ones, the
            same for every day of the city.

        Raises
        ------
        InputError
            If the city has fewer customers.
        """
        if n > self.num_customers:
            message = f"{n} is more than the {self.num_customers} customers of the city"
            raise InputError([Issue("generator city", "n", message)])
        city = self.drifted(drift) if drift else self
        rng = np.random.default_rng([self.seed, seed])
        chosen = rng.choice(city.num_customers, size=n, replace=False, p=city.frequency)
        demands = np.maximum(1, rng.poisson(city.customers.demand[chosen]))
        return city.problem(np.sort(chosen), demands, f"city{self.seed}-n{n}-d{seed}")

    def drifted(self, share: float) -> City:
        """Return the city after this share of its customers moved away and new ones came."""
        rng = np.random.default_rng([self.seed, 1])
        count = round(share * self.num_customers)
        if not count:
            return self
        gone = rng.choice(self.num_customers, size=count, replace=False)
        merged = []
        fresh = _customers(count, self.num_customers, self.streets, rng)
        for column, new in zip(self.customers, fresh, strict=True):
            merged.append(column.copy())
            merged[-1][gone] = new
        return replace(self, customers=Customers._make(merged))

    def problem(self, chosen: IntArray, demands: IntArray, name: str) -> Problem:
        """Return the problem of serving these customers; distances in m, times in s."""
        crossings = np.concatenate([[self.depot], self.customers.crossing[chosen]])
        model, who = Model(name), self.customers
        model.add_matrix(self._between(crossings, "distance"), self._between(crossings, "duration"))
        for x, y in self.positions[crossings].tolist():
            model.add_location(x, y)  # for pictures: the matrices say how far it is
        model.add_depot("depot", location=0, window=(_OPEN, _CLOSE))
        for i, c in enumerate(chosen.tolist()):
            early, late = who.window[c].tolist()
            model.add_client(
                f"c{who.number[c]}",
                location=i + 1,
                delivery=int(demands[i]),
                service=int(who.service[c]),
                window=(early, late),
            )
        capacity = int(np.ceil(_CAPACITY_CLIENTS * who.demand.mean()))
        model.add_vehicle_type("van", capacity=max(capacity, int(demands.max(initial=1))))
        return model.problem()

    def _between(self, crossings: IntArray, weight: str) -> IntArray:
        graph = _sparse(self.streets, weight)
        places, where = np.unique(crossings, return_inverse=True)
        paths = dijkstra(graph, indices=places)[:, places]
        return np.asarray(np.rint(paths).astype(np.int64)[np.ix_(where, where)])


@lru_cache(maxsize=8)
def _sparse(streets: nx.DiGraph, weight: str) -> sparse.csr_array:
    """The streets as a matrix of weights; a graph is known by its identity."""
    nodes = range(streets.number_of_nodes())
    return nx.to_scipy_sparse_array(streets, nodelist=nodes, weight=weight, format="csr")


@lru_cache(maxsize=4)
def build_city(seed: int, customers: int = 2000) -> City:
    """Build the city of a seed; the same seed always gives the same city."""
    rng = np.random.default_rng([seed, 0])
    streets, positions = _streets(rng)
    frequency = (1.0 + np.arange(customers)) ** -_ZIPF
    return City(
        seed,
        streets,
        positions,
        depot=int(rng.choice(streets.graph["core"])),
        frequency=frequency / frequency.sum(),
        customers=_customers(customers, 0, streets, rng),
    )


def city_day(n: int, seed: int, city: int, customers: int, drift: float) -> Problem:
    """Draw one day of a city; see `City`."""
    return build_city(city, customers).day(n, seed, drift=drift)


def _streets(rng: np.random.Generator) -> tuple[nx.DiGraph, FloatArray]:
    """Build a jittered grid with arteries, a ring road, one-way and missing streets."""
    rows, columns = np.divmod(np.arange(_GRID * _GRID), _GRID)
    positions = np.stack([columns, rows], axis=1) * _BLOCK
    positions = (positions + rng.normal(0, 0.15 * _BLOCK, positions.shape)).round(1)
    graph = nx.DiGraph()
    graph.add_nodes_from(range(_GRID * _GRID))
    for a in range(_GRID * _GRID):
        for step, along in ((1, rows[a]), (_GRID, columns[a])):
            b = a + step
            if (step == 1 and columns[a] == _GRID - 1) or b >= _GRID * _GRID:
                continue
            _connect(graph, a, b, positions, _class_of(int(along)), rng)
    # Missing and one-way streets may cut crossings off: keep what is mutually reachable.
    core = max(nx.strongly_connected_components(graph), key=lambda part: (len(part), min(part)))
    graph.remove_nodes_from(set(graph) - core)
    graph.add_nodes_from(range(_GRID * _GRID))
    graph.graph["core"] = sorted(core)
    return graph, positions


def _class_of(line: int) -> float:
    if line in (4, _GRID - 5):
        return _RING
    return _ARTERY if line % 6 == 0 else _STREET


def _connect(
    graph: nx.DiGraph,
    a: int,
    b: int,
    positions: FloatArray,
    speed: float,
    rng: np.random.Generator,
) -> None:
    draw = rng.random()
    if speed == _STREET and draw < 0.08:
        return
    distance = float(np.hypot(*(positions[a] - positions[b])) * rng.uniform(1.0, 1.25))
    directions = [(a, b), (b, a)]
    if speed == _STREET and draw < 0.25:
        directions = [directions[int(rng.integers(0, 2))]]
    for tail, head in directions:
        pace = speed * rng.uniform(0.75, 1.1)
        graph.add_edge(tail, head, distance=distance, duration=distance / pace)


def _customers(count: int, first: int, streets: nx.DiGraph, rng: np.random.Generator) -> Customers:
    """Places (half of them in quarters), mean demands, service, and window habits."""
    core = np.array(streets.graph["core"], dtype=np.int64)
    centers = rng.choice(core, size=12)
    rows, columns = np.divmod(core, _GRID)
    gaps = np.hypot(
        rows[:, None] - centers[None, :] // _GRID, columns[:, None] - centers[None, :] % _GRID
    )
    pull = np.exp(-gaps / 3.0).sum(axis=1)
    dense = rng.choice(core, size=count, p=pull / pull.sum())
    crossing = np.where(rng.random(count) < 0.5, dense, rng.choice(core, size=count))
    habit = rng.random(count)
    early = np.where(habit < 0.3, 8 * 3600, np.where(habit < 0.5, 13 * 3600, _OPEN))
    late = np.where(habit < 0.3, 12 * 3600, np.where(habit < 0.5, 17 * 3600, _CLOSE))
    exact = habit > 0.9  # a few want the van within two hours
    start = rng.integers(8, 16, count) * 3600
    window = np.stack([np.where(exact, start, early), np.where(exact, start + 7200, late)], axis=1)
    return Customers(
        number=np.arange(first, first + count),
        crossing=crossing,
        demand=rng.gamma(2.0, 5.0, count) + 1.0,
        service=rng.integers(_SERVICE[0], _SERVICE[1] + 1, count),
        window=window.astype(np.int64),
    )
