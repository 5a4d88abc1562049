"""Peers for single tours; both take a matrix of integers."""

from __future__ import annotations

from importlib.metadata import version

import numpy as np
from contestants import Answer, Contestant, Stopwatch, missing

import routewright as rw
from routewright.attributes import Attribute as A


class _Matrix(Contestant):
    """A peer that takes the matrix of a tour that begins at the depot."""

    supported = frozenset({A.LIMITED_FLEET})
    largest: int

    def refusal(self, problem: rw.Problem) -> str:
        if problem.num_clients >= self.largest:
            return f"more than {self.largest} cities"
        return missing(problem, self.supported)

    @staticmethod
    def matrix(problem: rw.Problem) -> np.ndarray:
        nodes = [problem.node_location(i) for i in range(1 + problem.num_clients)]
        matrix = problem.travels[problem.vehicle_types[0].profile].distance_matrix()
        return np.ascontiguousarray(matrix[np.ix_(nodes, nodes)])

    @staticmethod
    def answer(tour: list[int], watch: Stopwatch) -> Answer:
        at = tour.index(0)
        visits = [city - 1 for city in [*tour[at + 1 :], *tour[:at]]]
        return Answer(rw.Solution.from_visits([visits]), watch.seconds, watch.cpu)


class FastTsp(_Matrix):
    """fast-tsp: Lin-Kernighan steps, alpha candidates, and kicks, in Rust.

    It takes costs below 65,536 only, and spends the whole time that it is given. Its seed
    is not the caller's to choose.
    """

    name = "fast-tsp"
    seeded = False
    largest = 20_000

    def __init__(self, threads: int = 1) -> None:
        self.threads = threads

    @property
    def label(self) -> str:
        return f"{self.name}, {self.threads} thread{'s' if self.threads > 1 else ''}"

    def version(self) -> str:
        return f"fast-tsp {version('fast-tsp')}"

    def refusal(self, problem: rw.Problem) -> str:
        if reason := super().refusal(problem):
            return reason
        return "costs above 65,535" if self.matrix(problem).max() > 65_535 else ""

    def solve(self, problem: rw.Problem, seconds: float, seed: int) -> Answer:
        import fast_tsp

        matrix = self.matrix(problem)
        with Stopwatch() as watch:
            tour = fast_tsp.find_tour(matrix, seconds, max_threads=self.threads)
        return self.answer(list(tour), watch)


class Elkai(_Matrix):
    """LKH-3 through elkai: ten runs, however long they take; it knows no time limit."""

    name = "elkai"
    seeded = False
    largest = 2500
    supported = frozenset({A.ASYMMETRIC, A.LIMITED_FLEET})

    def version(self) -> str:
        return f"elkai {version('elkai')} (LKH-3)"

    def solve(self, problem: rw.Problem, seconds: float, seed: int) -> Answer:
        import elkai

        matrix = self.matrix(problem).tolist()
        with Stopwatch() as watch:
            tour = elkai.DistanceMatrix(matrix).solve_tsp()
        return self.answer(tour[:-1], watch)
