"""CP-SAT on circuits: optimal plans, or bounds, for small problems with one vehicle type.

References
----------
Perron, L., Didier, F., & Gay, S. (2023). The CP-SAT-LP solver. *CP 2023*, LIPIcs 280.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from itertools import pairwise
from typing import Any

from ortools.sat.python import cp_model

from routewright.attributes import Attribute
from routewright.errors import InfeasibleError, InternalError, Issue
from routewright.problem import Problem
from routewright.solution import Route, Solution
from routewright.stop import MaxIterations, MaxRuntime

from .base import Run, Solver
from .cpsat_model import CircuitModel
from .nested import offer_plan_of
from .ortools_routing import OrToolsRouting

A = Attribute

#: Beyond these, bounds after 20 seconds are more than a fifth below the best plan (several
#: routes of limited load) or a few percent (a single route).
MAX_CLIENTS = 60
MAX_CLIENTS_OF_ONE_ROUTE = 120
#: Deterministic time of CP-SAT (about seconds) in an iteration of ours.
_ITERATION = 0.01
#: Seconds between two looks at the stop criterion.
_LOOK_EVERY = 0.02
#: In order of use as there are threads: bounds come from linear relaxations, first of all
#: the strongest; the routing library has better ways to find plans than CP-SAT.
_STRATEGIES = ("max_lp", "reduced_costs", "default_lp", "lb_tree_search", "pseudo_costs", "no_lp")
#: What the routing library may spend on a first plan: its iterations per client, and a
#: share of the remaining time.
_START_ITERATIONS = 4
_START_SHARE = 0.1


class CpSat(Solver):
    """Branch and cut by CP-SAT; proves a bound, and the optimum where time allows."""

    name = "cpsat"
    summary = "CP-SAT circuits: optimum or bound for small problems with one vehicle type"
    supported = frozenset(A) - {
        A.BREAKS,
        A.HETEROGENEOUS_FLEET,
        A.RELOADS,
        A.SPLIT_DELIVERY,
        A.TIME_DEPENDENT,
    }

    def refusal(self, problem: Problem) -> str:
        """Refuse problems on which it proves nothing of use."""
        single = all(v.count == 1 for v in problem.vehicle_types)
        most, of = (MAX_CLIENTS_OF_ONE_ROUTE, " for one route") if single else (MAX_CLIENTS, "")
        if problem.num_clients > most:
            return f"{problem.num_clients} clients, more than its limit of {most}{of}"
        return ""

    def search(self, run: Run) -> None:
        """Start from a short routing search, and improve and prove until the run is over.

        An iteration is a hundredth of a unit of CP-SAT's deterministic time. Under a limit
        on iterations it uses one thread, whatever the number of threads.

        Raises
        ------
        InfeasibleError
            If it proves that no plan is feasible.
        """
        if run.best is None or not run.should_stop():
            _start(run)
        if not run.should_stop():
            _Search(run).go()


def _start(run: Run) -> None:
    """Offer the plan of a short search by the routing library."""
    seconds = MaxRuntime(run.elapsed + _START_SHARE * run.remaining)
    iterations = MaxIterations(_START_ITERATIONS * run.problem.num_clients)
    offer_plan_of(OrToolsRouting(), run, iterations | seconds)


class _Plans(cp_model.CpSolverSolutionCallback):
    """Hands the arcs of every solution to the thread that waits for them."""

    def __init__(self, circuits: CircuitModel) -> None:
        super().__init__()
        self.circuits = circuits
        self.found: deque[tuple[int, list[tuple[int, int]]]] = deque()

    def on_solution_callback(self) -> None:
        arcs = [(i, j) for i, j, v in self.circuits.arcs if self.boolean_value(v)]
        self.found.append((int(self.deterministic_time / _ITERATION), arcs))


class _Search:
    """One CP-SAT search, in a thread of its own so that signals are handled meanwhile."""

    def __init__(self, run: Run) -> None:
        self.run = run
        with run.setting_up():
            self.circuits = CircuitModel(run.problem)
        self.plans = _Plans(self.circuits)
        self.solver = cp_model.CpSolver()
        self.status: Any = None
        self.error: BaseException | None = None
        self._parameters()
        self._hint()

    def _parameters(self) -> None:
        parameters, run = self.solver.parameters, self.run
        parameters.random_seed = run.seed % (1 << 31)
        parameters.num_workers = run.threads
        parameters.subsolvers.extend(_STRATEGIES)
        parameters.catch_sigint_signal = False
        if math.isfinite(run.remaining):
            parameters.max_time_in_seconds = run.remaining
        iterations = run.stop.iteration_limit
        if math.isfinite(iterations):
            # Strategies take turns in one thread: any other way depends on the machine.
            parameters.num_workers = 1
            parameters.interleave_search = True
            parameters.max_deterministic_time = iterations * _ITERATION

    def _hint(self) -> None:
        report = self.run.report
        if self.run.best is None or report is None or not report.feasible:
            return
        used = set()
        for route in self.run.best.routes:
            nodes = [0, *(c + 1 for c in route.visits), 0]
            used |= set(pairwise(nodes))
        visited = {i for i, _ in used}
        for (i, j), literal in self.circuits.arc.items():
            self.circuits.model.add_hint(literal, (i, j) in used or (i == j and i not in visited))

    def go(self) -> None:
        """Search until optimality is proven or the run says stop."""
        worker = threading.Thread(target=self._solve, daemon=True)
        worker.start()
        try:
            while worker.is_alive():
                worker.join(_LOOK_EVERY)
                self._collect()
                if self.run.should_stop():
                    self.solver.stop_search()
        finally:
            while worker.is_alive():  # an exception, or Ctrl-C as one
                self.solver.stop_search()
                worker.join(_LOOK_EVERY)
        if self.error is not None:
            raise self.error
        self._collect()
        self._conclude()

    def _solve(self) -> None:
        try:
            self.status = self.solver.solve(self.circuits.model, self.plans)
        except BaseException as error:
            self.error = error

    def _collect(self) -> None:
        while self.plans.found:
            self.run.iterations, arcs = self.plans.found.popleft()
            self.run.offer(_solution(arcs))

    def _conclude(self) -> None:
        run, solver, unit = self.run, self.solver, self.circuits.cost_unit
        if self.status == cp_model.MODEL_INVALID:
            raise InternalError(f"CP-SAT rejects its model: {self.circuits.model.validate()}")
        if self.status == cp_model.INFEASIBLE:
            raise InfeasibleError([Issue("", "problem", "CP-SAT proves that no plan is feasible")])
        run.iterations = int(solver.response_proto.deterministic_time / _ITERATION)
        optimal = self.status == cp_model.OPTIMAL
        if optimal and not (run.report and run.report.feasible):
            raise InternalError("CP-SAT claims an optimal plan that the checker rejects")
        if optimal and self.circuits.vehicles_first:
            run.optimal = True
        elif not self.circuits.vehicles_first:
            run.prove(solver.response_proto.inner_objective_lower_bound * unit)
            run.optimal = optimal and unit == 1
        if optimal:
            run.stop_reason = "optimal"
        elif not run.should_stop():
            limited = math.isfinite(run.stop.iteration_limit)
            run.stop_reason = "iteration limit" if limited else "time limit"


def _solution(arcs: list[tuple[int, int]]) -> Solution:
    """Return the routes along the arcs used."""
    following = dict(arc for arc in arcs if arc[0])
    routes = []
    for i, node in arcs:
        if i == 0:
            visits = []
            while node:
                visits.append(node - 1)
                node = following[node]
            routes.append(Route.of(visits))
    return Solution(routes)
