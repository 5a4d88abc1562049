"""VROOM JSON solutions, in and out.

Costs in them are those of routes and vehicles; the prizes that stand for VROOM's
priorities (see `instances.documents.vroom_priority`) do not count. Setup is part
of service. Violations without a cause of VROOM's own carry our name for the rule.

References
----------
VROOM, ``docs/API.md``: output.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from routewright.attributes import Attribute
from routewright.checker import check
from routewright.errors import InputError, Issue, UnsupportedError
from routewright.problem import Problem
from routewright.report import ViolationKind
from routewright.solution import Route, Solution

from .json_text import dump, is_object, parse_object
from .vroom_numbers import TaskKind, task_kinds, task_numbers, vehicles
from .vroom_output import to_output

if TYPE_CHECKING:
    from .vroom_schema import RouteDocument, StepDocument


def sniff(text: str) -> bool:
    """Whether the text looks like VROOM's output."""
    return is_object(text) and re.search(r'"(code|steps)"\s*:', text) is not None


def read(problem: Problem, text: str) -> Solution:
    """Read a solution of the problem; breaks in it have no place in a plan of ours.

    Raises
    ------
    InputError
        Listing everything that is wrong, or VROOM's own error.
    """
    from .json_shape import shape
    from .vroom_schema import OutputDocument

    found = shape(OutputDocument, parse_object(text))
    if found.document is None or found.issues:
        raise InputError(found.issues)
    if found.document.code:
        message = f"VROOM ended with code {found.document.code}: {found.document.error}"
        raise InputError(message)
    reader = _Reader(problem)
    routes = [reader.route(f"routes[{r}]", route) for r, route in enumerate(found.document.routes)]
    if reader.issues:
        raise InputError(reader.issues)
    return Solution(routes)


def write(problem: Problem, solution: Solution) -> str:
    """Write a solution as VROOM would.

    Raises
    ------
    UnsupportedError
        If a route reloads, if there are more routes than vehicles, if deliveries are
        brought in parts, or if the checker refuses the problem.
    """
    report = check(problem, solution)
    refused = set[str]()
    if any(len(route.trips) > 1 for route in solution.routes):
        refused.add(Attribute.RELOADS)
    if any(v.kind is ViolationKind.TOO_MANY_VEHICLES for v in report.violations):
        refused.add("more routes than vehicles")
    if solution.has_quantities:
        refused.add("deliveries in parts")
    if refused:
        raise UnsupportedError("VROOM JSON", refused)
    return dump(to_output(problem, solution, report))


class _Reader:
    """Turns VROOM's numbers into indices and keeps what is wrong."""

    def __init__(self, problem: Problem) -> None:
        self.issues: list[Issue] = []
        tasks = zip(task_kinds(problem), task_numbers(problem), strict=True)
        self.clients = {(str(kind), number): c for c, (kind, number) in enumerate(tasks)}
        self.types = dict(vehicles(problem))

    def route(self, where: str, route: RouteDocument) -> Route:
        if route.vehicle not in self.types:
            message = f"vehicle {route.vehicle} does not exist"
            self.issues.append(Issue(f"{where}.vehicle", "", message))
        steps = (self._visits(f"{where}.steps[{s}]", step) for s, step in enumerate(route.steps))
        visits = [client for step in steps for client in step]
        return Route.of(visits, self.types.get(route.vehicle, 0))

    def _visits(self, where: str, step: StepDocument) -> list[int]:
        """Return the client of a step, if it is a visit to a known one."""
        if step.type in ("start", "break", "end"):
            return []
        number = step.job if step.id is None else step.id
        if step.type not in set(TaskKind):
            self.issues.append(Issue(f"{where}.type", "", f"{step.type!r} is not a type of step"))
        elif number is None:
            self.issues.append(Issue(f"{where}.id", "", "is missing"))
        elif (step.type, number) not in self.clients:
            self.issues.append(Issue(where, "", f"{step.type} {number} does not exist"))
        else:
            return [self.clients[step.type, number]]
        return []
