"""The result document: a plan with its schedule, as ``routewright solve --json`` prints it."""

from __future__ import annotations

from typing import Any

from routewright.checker import check
from routewright.errors import InputError, Issue
from routewright.problem import Problem
from routewright.report import Report, RouteReport, Violation, to_user
from routewright.result import Result
from routewright.solution import Route, Solution

from .native_write import fingerprint, public_ids

Fields = dict[str, Any]

RESULT_MARKER = "routewright/result/1"

_SEARCH = ("bound", "runtime", "compile_time", "setup_time", "stop_reason", "iterations")


def result_document(problem: Problem, result: Result) -> Fields:
    """Return the document of a search: plain numbers and strings, ready for JSON.

    Numbers are in the user's units; ids are numbers where every id of the problem is the
    plain text of a number, and strings otherwise. Its schema is
    ``native_schema.schema("result")``.

    Parameters
    ----------
    problem, result
        What was solved, and what `solve` returned.
    """
    fields = solution_document(problem, result.solution, result.report)
    fields |= {
        "solver": result.solver,
        "seed": result.seed,
        "status": str(result.status),
        "message": result.message,
        "trace": [
            {
                "elapsed": t.elapsed,
                "iterations": t.iterations,
                "cost": t.cost,
                "feasible": t.feasible,
            }
            for t in result.trace
        ],
        "versions": dict(result.versions),
        **{name: getattr(result, name) for name in _SEARCH},
    }
    return fields


def solution_document(problem: Problem, solution: Solution, report: Report | None = None) -> Fields:
    """Return the document of a solution that no search is known of.

    Parameters
    ----------
    problem, solution
        The problem, and a solution whose clients, depots, and vehicle types exist in it.
    report
        The checker's report; it is made if not given.

    Raises
    ------
    InputError
        If the solution refers to what does not exist.
    """
    _refuse_unknown(problem, solution)
    report = check(problem, solution) if report is None else report
    writer = _Writer(problem)
    return {
        "schema": RESULT_MARKER,
        "problem": problem.name,
        "problem_hash": fingerprint(problem),
        "solver": None,
        "seed": None,
        "status": None,
        "feasible": report.feasible,
        "cost": report.cost,
        "cost_breakdown": dict(report.breakdown),
        **dict.fromkeys(_SEARCH),
        "routes": [
            writer.route(route, made)
            for route, made in zip(solution.routes, report.routes, strict=True)
        ],
        "unassigned": [writer.unassigned(c, solution) for c in report.unassigned],
        "violations": [writer.violation(v) for v in report.violations],
        "message": None,
        "notes": list(problem.notes),
        "trace": None,
        "versions": None,
    }


def _refuse_unknown(problem: Problem, solution: Solution) -> None:
    issues = []
    for r, route in enumerate(solution.routes):
        if not all(len(q) == problem.num_dimensions for q in route.quantities if q is not None):
            dims = problem.num_dimensions
            issues.append(Issue(f"routes[{r}]", "quantities", f"must have {dims} dimensions each"))
        if len(route.quantities) not in (0, len(route.visits)):
            issues.append(Issue(f"routes[{r}]", "quantities", "must be one per visit, or none"))
        for name, indices, size in (
            ("client", route.visits, problem.num_clients),
            ("depot", route.reloads, problem.num_depots),
            ("vehicle type", (route.vehicle_type,), len(problem.vehicle_types)),
        ):
            issues += [
                Issue(f"routes[{r}]", name, f"{name} {i} does not exist; there are {size}")
                for i in indices
                if not 0 <= i < size
            ]
    if issues:
        raise InputError(issues, "solution")


class _Writer:
    def __init__(self, problem: Problem) -> None:
        self.p = problem
        self.clients = public_ids(c.id for c in problem.clients)
        self.depots = public_ids(d.id for d in problem.depots)
        self.types = public_ids(v.id for v in problem.vehicle_types)

    def route(self, route: Route, made: RouteReport) -> Fields:
        trips = [[self.clients[c] for c in trip] for trip in route.trips]
        scales = self.p.scale.load
        stated = [
            None if q is None else [to_user(*pair) for pair in zip(q, scales, strict=True)]
            for q in route.quantities
        ]
        return {
            "vehicle": made.vehicle,
            "vehicle_type": self.types[route.vehicle_type],
            "visits": [self.clients[c] for c in route.visits],
            # A route of a single trip is described by its visits alone.
            "trips": trips if len(trips) != 1 or route.reloads else None,
            "reloads": [self.depots[d] for d in route.reloads],
            **({"quantities": stated} if route.quantities else {}),
            "cost": made.cost,
            "distance": made.distance,
            "duration": made.duration,
            "travel_time": made.travel_time,
            "service": made.service,
            "waiting": made.waiting,
            "overtime": made.overtime,
            "start_time": made.start_time,
            "end_time": made.end_time,
            "load": list(made.load),
            "stops": [
                {
                    "id": self.clients[stop.client],
                    "arrival": stop.arrival,
                    "start": stop.start,
                    "departure": stop.departure,
                    "load": list(stop.load),
                }
                for stop in made.stops
            ],
        }

    def unassigned(self, client: int, solution: Solution) -> Fields:
        c, reason, detail = self.p.clients[client], "not selected", "it is optional"
        if c.prize:
            detail += f"; its prize of {to_user(c.prize, self.p.scale.cost)} is lost"
        if c.required:
            reason, detail = "missing", "it is required, but no route visits it"
        elif c.group is not None:
            group = self.p.groups[c.group]
            visited = solution.visited()
            others = [self.p.clients[m].id for m in group.clients if m in visited]
            name = f"group {group.id or c.group + 1}"
            reason = "group"
            detail = f"{name} is served by {', '.join(others) or 'none of its clients'}"
        return {"id": self.clients[client], "reason": reason, "detail": detail}

    def violation(self, violation: Violation) -> Fields:
        index = None if violation.client is None else self.p.client_index.get(violation.client)
        return {
            "kind": str(violation.kind),
            "message": violation.message,
            "route": violation.route,
            "client": None if index is None else self.clients[index],
            "amount": violation.amount,
        }
