"""The OR-Tools routing library behind the problem API.

References
----------
Furnon, V., & Perron, L. *OR-Tools routing library*, Google,
https://developers.google.com/optimization/routing. Voudouris, C., & Tsang, E. (1999).
Guided local search. *European Journal of Operational Research*, 113(2), 469-499.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from ortools.util.optional_boolean_pb2 import BOOL_FALSE

from routewright.attributes import FUTURE_ATTRIBUTES, Attribute
from routewright.checker import check
from routewright.problem import Problem
from routewright.solution import Solution

from . import get_solver
from .base import Run, Solver
from .chains import add_chains, chains
from .nested import offer_plan_of
from .ortools_dimensions import Dimensions
from .ortools_layout import Layout
from .ortools_rules import Rules
from .ortools_search import Watch
from .ortools_transit import Transits, kinds_of

MAX_CLIENTS = 10_000

_First = routing_enums_pb2.FirstSolutionStrategy
#: Constructions in the order they are tried, with the clients up to which they are fast.
_CONSTRUCTIONS = (
    (_First.PARALLEL_CHEAPEST_INSERTION, 1000),
    (_First.PATH_CHEAPEST_ARC, MAX_CLIENTS),
    (_First.SAVINGS, 1000),
)
#: Clients above which our own savings construct: on 143 clients of the X set they halve the
#: gap after six seconds, and OR-Tools' constructions of 1,000 take a second that nothing
#: can interrupt. Fewer clients are not worth loading kernels for.
_BY_SAVINGS = 25
_GUIDED = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
#: Moves that rebuild whole routes: worth a few percent, but on hundreds of clients one may
#: take a second that nothing can interrupt. They are left out near the end.
_LONG_MOVES = (
    "use_global_cheapest_insertion_path_lns",
    "use_local_cheapest_insertion_path_lns",
    "use_relocate_path_global_cheapest_insertion_insert_unperformed",
)
#: Share of the remaining time in which they are used.
_THOROUGH = 0.85
#: Shares of the remaining time: what constructions may use before another is tried, and
#: at most.
_CONSTRUCTION_SHARE = 0.2
_LONGEST_CONSTRUCTION = 0.5
_FOREVER = 1e9  # seconds; without any limit OR-Tools warns on the standard error


class OrToolsRouting(Solver):
    """Guided local search of OR-Tools; expresses every attribute of a problem."""

    name = "ortools"
    summary = "OR-Tools routing library: guided local search, for every attribute"
    supported = frozenset(Attribute) - FUTURE_ATTRIBUTES - {Attribute.SPLIT_DELIVERY}

    def refusal(self, problem: Problem) -> str:
        """Refuse what would not fit in memory, and what OR-Tools cannot express."""
        if problem.num_clients > MAX_CLIENTS:
            return f"{problem.num_clients} clients, more than its limit of {MAX_CLIENTS}"
        if {Attribute.BACKHAUL, Attribute.RELOADS} <= problem.attributes():
            return "backhaul together with reloads (linehauls first within each trip)"
        return ""

    def search(self, run: Run) -> None:
        """Construct, then improve by guided local search until the run is over.

        An iteration is about a thousand neighbors. The seed has no effect.
        """
        _say(run, "OR-Tools takes no seed: it gives the same answer for every one")
        if run.initial is None and run.problem.num_clients > _BY_SAVINGS:
            offer_plan_of(get_solver("savings"), run, run.stop)
        feasible = run.report is not None and run.report.feasible
        layout = Layout.of(run.problem, run.best if feasible else None)
        if layout.vehicles and not run.should_stop():
            needed = setup_seconds(layout)
            if needed < run.remaining:
                with run.setting_up():
                    search = _Search(run, layout)
                search.go()
            else:
                _say(run, f"setting up its model takes about {needed:.1f} s, more than was left")
                run.stop_reason = "time limit"
        if run.best is None:  # so that the checker names what is missing
            run.offer(Solution([]))


def setup_seconds(layout: Layout) -> float:
    """Roughly how long it takes until the search on a layout begins (measured)."""
    pairs = layout.num_nodes**2
    return pairs * (3e-7 + 1e-7 * len(layout.kinds)) + 3e-4 * len(layout.vehicles)


def _say(run: Run, note: str) -> None:
    run.message = f"{run.message}; {note}" if run.message else note


class _Search:
    """One model and the searches on it."""

    def __init__(self, run: Run, layout: Layout) -> None:
        self.run = run
        self.layout = layout
        self.routing = pywrapcp.RoutingModel(layout.manager)
        solver = self.routing.solver()
        self.watch = Watch(run, self._current, solver.FinishCurrentSearch)
        self.transits = Transits(layout, self.routing, self.watch.fail)
        self._costs()
        dimensions = Dimensions(layout, self.routing, self.transits)
        dimensions.add()
        Rules(layout, self.routing, self.transits, dimensions).add()
        self.routing.AddSearchMonitor(solver.CustomLimit(self.watch.limit))
        self.routing.AddAtSolutionCallback(self._at_solution)
        self.routing.CloseModelWithParameters(self._parameters())
        self.watch.reraise()

    def _costs(self) -> None:
        layout, transits = self.layout, self.transits
        fixed = {k: v.fixed_cost // transits.cost_unit for k, v in layout.kinds.items()}
        evaluators = kinds_of(layout, transits.cost)
        for vehicle, (k, cost) in enumerate(zip(layout.vehicles, evaluators, strict=True)):
            self.routing.SetArcCostEvaluatorOfVehicle(cost, vehicle)
            if fixed[k] or transits.vehicle_cost:
                self.routing.SetFixedCostOfVehicle(fixed[k] + transits.vehicle_cost, vehicle)

    def go(self) -> None:
        """Improve the best start until the run is over."""
        plan = self._start()
        for share, thorough in ((_THOROUGH, True), (1.0, False)):
            if not self.watch.should_stop():
                plan = self._improve(plan, share, thorough)
        if not self.watch.should_stop():  # it ended a little early, so as not to be late
            self.run.stop_reason = "time limit" if self.watch.is_over() else "done"

    def _improve(self, plan: Solution, share: float, thorough: bool) -> Solution:
        """Search in a share of the remaining time; some releases have to be asked again."""
        self.watch.begin(share)
        checks = -1
        while not self.watch.is_over() and self.watch.checks > checks:
            checks = self.watch.checks
            parameters = self._parameters(share)
            parameters.local_search_metaheuristic = _GUIDED
            if not thorough:
                for name in _LONG_MOVES:
                    setattr(parameters.local_search_operators, name, BOOL_FALSE)
            start = self._assignment(plan)
            if start is None:
                found = self.routing.SolveWithParameters(parameters)
            else:
                found = self.routing.SolveFromAssignmentWithParameters(start, parameters)
            plan = self._finished(found) or plan
        return plan

    def _start(self) -> Solution:
        """Return a plan that the model allows, the best of those it knows."""
        for given in (self.run.initial, self.run.best):
            if given is not None and self._is_allowed(given):
                return given
        starts = [Solution([])]
        for strategy in self._constructions():
            parameters = self._parameters(_LONGEST_CONSTRUCTION)
            parameters.first_solution_strategy = strategy
            parameters.solution_limit = 1
            found = self._finished(self.routing.SolveWithParameters(parameters))
            starts += [] if found is None else [found]
        problem = self.run.problem
        bound = {c for chain in chains(problem) for c in chain}
        if bound:
            starts = [add_chains(problem, start, self._is_allowed) for start in starts]
        # What is bound to its neighbors no move can add later; single clients it can.
        return min(starts, key=lambda s: (len(bound - s.visited()), check(problem, s).key))

    def _is_allowed(self, plan: Solution) -> bool:
        return self._assignment(plan) is not None

    def _constructions(self) -> Iterator[int]:
        """Yield one construction, and others as long as they take little of the time."""
        begin, enough = self.run.elapsed, _CONSTRUCTION_SHARE * self.run.remaining
        fitting = [first for first, most in _CONSTRUCTIONS if self.layout.num_clients <= most]
        for number, strategy in enumerate(fitting):
            if number == 0 or self.run.elapsed - begin < enough:
                yield strategy

    def _assignment(self, solution: Solution) -> Any:
        """Return a solution as an assignment; None if the model does not allow it."""
        routes = self.layout.routes(solution)
        if routes is None or not self._is_legible(routes):
            return None
        return self.routing.ReadAssignmentFromRoutes(routes, True)

    def _is_legible(self, routes: list[list[int]]) -> bool:
        """Whether every visit is made once, by a vehicle that may; OR-Tools prints if not."""
        visits = [(index, vehicle) for vehicle, route in enumerate(routes) for index in route]
        if len({index for index, _ in visits}) < len(visits):
            return False
        vehicle_var = self.routing.VehicleVar
        return all(vehicle_var(index).Contains(vehicle) for index, vehicle in visits)

    def _parameters(self, share: float = 1.0) -> Any:
        """Return parameters that allow a share of the remaining time."""
        parameters = pywrapcp.DefaultRoutingSearchParameters()
        seconds = min(share * self.run.remaining, _FOREVER)
        parameters.time_limit.FromMilliseconds(math.ceil(seconds * 1000) + 1)
        return parameters

    # Solutions --------------------------------------------------------------------

    def _at_solution(self) -> None:
        self.watch.at_solution(self.routing.CostVar().Value())

    def _current(self) -> Solution:
        """Read the solution at which the search stands."""
        next_var = self.routing.NextVar
        return self.layout.solution(lambda index: next_var(index).Value())

    def _finished(self, found: Any) -> Solution | None:
        """Offer what a search returned, and raise what its callbacks met."""
        self.watch.reraise()
        if found is None:
            return None
        next_var = self.routing.NextVar
        solution = self.layout.solution(lambda index: found.Value(next_var(index)))
        self.run.offer(solution)
        return solution
