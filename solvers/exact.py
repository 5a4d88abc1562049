"""The exact solver: proves the optimum of problems with a dozen clients at most.

The cheapest route of each vehicle type through every set of clients comes from label
setting; the cheapest division of the clients among vehicles from dynamic programming
over sets. Both look at everything, so the best plan is optimal, and no plan is a proof.

References
----------
Held, M., & Karp, R. M. (1962). A dynamic programming approach to sequencing problems.
*Journal of SIAM*, 10(1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from routewright.attributes import FUTURE_ATTRIBUTES, Attribute
from routewright.errors import InfeasibleError, InternalError, Issue
from routewright.problem import Objective, Problem, VehicleType
from routewright.solution import Route, Solution

from .base import Run, Solver
from .exact_partition import Fleet, Layer, Partition, no_routes, routes
from .exact_plans import PlanSets
from .exact_routes import RouteTable

#: Most clients: sets of sets have 3**n members.
MAX_CLIENTS = 12
#: Seconds that dividing takes for each way to split a set, and for each set.
_SECONDS_PER_WAY = 2e-8
_SECONDS_PER_SET = 1e-5
#: Most ways to split sets that are looked at: 64 times those of the most clients.
_MAX_WAYS = 64 * 3**MAX_CLIENTS


class Exact(Solver):
    """Tries every set of clients on every vehicle type, and every way to divide them."""

    name = "exact"
    summary = f"dynamic programming: proves the optimum for at most {MAX_CLIENTS} clients"
    supported = frozenset(Attribute) - FUTURE_ATTRIBUTES - {Attribute.SPLIT_DELIVERY}

    def refusal(self, problem: Problem) -> str:
        """Refuse by size, and by how many ways clients can be left out that precede others."""
        n = problem.num_clients
        if n > MAX_CLIENTS:
            return f"more than {MAX_CLIENTS} clients (there are {n})"
        if problem.precedences and len(PlanSets(problem).patterns) * 3**n > _MAX_WAYS:
            return "so many precedences between optional clients"
        return ""

    def search(self, run: Run) -> None:
        """Find the best plan, or prove that there is none.

        Raises
        ------
        InfeasibleError
            If no plan satisfies every rule.
        """
        search = _Search(run)
        complete = search.build_tables()
        plan = search.best_plan(search.interrupted if complete else lambda: False)
        if plan is not None:
            run.offer(plan)
        if not complete or search.given_up:
            if run.best is None:
                run.offer(_each_alone(run.problem))
            run.stop_reason = run.stop_reason or "time limit"
            return
        run.iterations = 1
        if plan is None:
            rule = "no plan satisfies every rule; every set of clients on every vehicle was tried"
            raise InfeasibleError([Issue("", "", rule)])
        if run.report is None or run.report.key != search.key:
            found = run.report and run.report.key
            raise InternalError(f"solver exact expects {search.key}, the checker finds {found}")
        run.optimal, run.stop_reason = True, "optimal"


class _Search:
    """One search: its tables of routes, and the sets of clients that a plan may visit.

    Attributes
    ----------
    key
        What the checker should find for the best plan.
    given_up
        Whether the clients were not divided in every way.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.p = run.problem
        self.key = (0, 0, 0)
        self.given_up = False
        self.tables: list[RouteTable] = []
        self.plans = PlanSets(self.p)
        self.reserve = len(self.plans.patterns) * self._seconds_to_divide()

    def _seconds_to_divide(self) -> float:
        n = self.p.num_clients
        layers = 1 + sum(1 + min(n, v.count) for v in self.p.vehicle_types if v.count)
        return layers * (_SECONDS_PER_WAY * 3.0**n + _SECONDS_PER_SET * 2.0**n)

    def interrupted(self) -> bool:
        """Whether to end now, with time enough left to make a plan of what is there."""
        return self.run.should_stop() or self.run.remaining < self.reserve

    def build_tables(self) -> bool:
        """Find the routes of every vehicle type; whether that was not interrupted."""
        known: dict[tuple[VehicleType, int], RouteTable] = {}
        complete = True
        for k, v in enumerate(self.p.vehicle_types):
            alike = replace(v, id="", count=None, vehicle_ids=(), skills=frozenset())
            table = RouteTable(self.p, k)
            if v.count != 0:
                first = known.setdefault((alike, table.served), table)
                complete = (first is not table or table.build(self.interrupted)) and complete
                table = first
            self.tables.append(table)
        return complete

    def best_plan(self, stop: Callable[[], bool]) -> Solution | None:
        """Return the best plan that the tables allow; None if there is none."""
        fleets, per_route = self._fleets()
        divider = Partition(self.p.num_clients)
        best: tuple[int, int, Layer] | None = None
        for pattern in self.plans.patterns.tolist():
            split = self.plans.is_split(pattern)
            layer = divider.solve([fleet.without(split) for fleet in fleets], stop)
            if layer is None:
                self.given_up = True
                return None
            for plan in self.plans.of_pattern(pattern).tolist():
                value = int(layer.cost[plan]) + int(self.plans.lost[plan])
                if layer.serves(plan) and (best is None or value < best[0]):
                    best = (value, plan, layer)
        if best is None:
            return None
        value, plan, layer = best
        used = [self.tables[k].route(visited, k) for k, visited in routes(layer, plan)]
        self.key = (0, len(used) if per_route else 0, value - per_route * len(used))
        return Solution(used)

    def _fleets(self) -> tuple[list[Fleet], int]:
        """The fleet of each type, and what a route costs beyond money, if vehicles come first."""
        n, per_route = self.p.num_clients, 0
        if self.p.objective is Objective.VEHICLES_THEN_COST:
            dearest = max((max(t.cost.values(), default=0) for t in self.tables), default=0)
            per_route = dearest * n + self.p.total_prize + 1
        largest = per_route * (n + 1)
        fleets = []
        for v, table in zip(self.p.vehicle_types, self.tables, strict=True):
            cost = no_routes(n, largest)
            for visited, value in table.cost.items():
                cost[visited] = value + per_route
            fleets.append(Fleet(cost, n if v.count is None else v.count))
        return fleets, per_route


def _each_alone(problem: Problem) -> Solution:
    """Return the plan with a route for every required client, whether feasible or not."""
    kinds = range(len(problem.vehicle_types))
    return Solution(
        Route.of([c], next((k for k in kinds if problem.may_serve(k, c)), 0))
        for c, client in enumerate(problem.clients)
        if client.required
    )
