"""Single tours: the traveling-salesman problem, its paths, and its asymmetric kin."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from routewright.attributes import Attribute
from routewright.problem import Problem
from routewright.travel import MatrixTravel

from .base import Run, Solver
from .exact import MAX_CLIENTS, Exact
from .tour_directed import DirectedSearch
from .tour_problem import TourProblem, has_time_costs, tour_problem
from .tour_search import TourSearch
from .warmup import prepare

A = Attribute

#: Most clients where costs have to be in a matrix although there are coordinates.
_MOST_IN_MATRIX = 5000
#: Fewest cities that the search can exchange edges among.
_LEAST = 8


class Tsp(Solver):
    """Local optima by variable-depth exchanges, crossed by edge assembly."""

    name = "tsp"
    summary = "one tour: variable-depth exchanges, then edge assembly crossover, on all cores"
    single_vehicle = True
    kernels = (
        "run_directed_annealing",
        "run_directed_search",
        "run_tour_cost",
        "run_tour_costs",
        "run_tour_descent",
        "run_tour_kicks",
        "run_tree_ascent",
        "run_tree_bound",
        "run_tree_candidates",
        "run_tree_climb",
        "run_tree_walk",
        "run_crossover",
        "run_edge_counts",
    )
    supported = frozenset(
        {
            A.ASYMMETRIC,
            A.DEPOT_SERVICE,
            A.DIFFERENT_START_END,
            A.DISTANCE_COSTS,
            A.DURATION_COSTS,
            A.FIXED_COSTS,
            A.FIXED_EDGES,
            A.LIMITED_FLEET,
            A.MULTIPLE_DEPOTS,
            A.OPEN_ROUTES,
            A.PRECEDENCE,
            A.SERVICE,
            A.UNREACHABLE,
        }
    )

    def refusal(self, problem: Problem) -> str:
        """Refuse more than one vehicle, and matrices that would be too large."""
        vehicles = problem.vehicle_types[0].count
        if len(problem.vehicle_types) > 1 or (vehicles != 1 and problem.num_clients > 1):
            return "a fleet other than one vehicle"
        travel = problem.travels[0]
        needs_matrix = problem.fixed_edges or problem.precedences or has_time_costs(problem)
        if not isinstance(travel, MatrixTravel) and needs_matrix:
            n = problem.num_clients
            if n > _MOST_IN_MATRIX:
                return (
                    f"fixed edges, precedences, or costs of time with more than "
                    f"{_MOST_IN_MATRIX} clients (there are {n})"
                )
        return ""

    def search(self, run: Run) -> None:
        """Prove the optimum of a few clients; else search until the run says stop."""
        with run.compiling():
            prepare(self.kernels)
        if run.problem.num_clients <= MAX_CLIENTS and not Exact().refusal(run.problem):
            Exact().search(run)
            if run.optimal:
                return
        with run.setting_up():
            t = tour_problem(run.problem)
        if t.size < _LEAST:
            _few_cities(run, t)
            return
        with ThreadPoolExecutor(run.threads) as pool:
            if t.is_symmetric and not run.problem.precedences:
                TourSearch(run, t, pool).search()
            else:
                DirectedSearch(run, t, pool).search()


def _few_cities(run: Run, t: TourProblem) -> None:
    """Offer a tour of very few cities, after the proof of the best one was cut short."""
    run.offer(t.solution(np.arange(t.size)))
    if not run.should_stop():
        run.stop_reason = "done"
