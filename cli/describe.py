"""What a problem is, in words: shared by ``info`` and the summary of ``solve``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routewright.problem import Problem
    from routewright.solvers.base import Solver


def sizes(problem: Problem) -> str:
    """Write what there is how many of: ``100 clients, 1 depot``."""
    from routewright.instances.pictures.wording import count

    parts = [count(problem.num_clients, "client"), count(problem.num_depots, "depot")]
    if problem.shipments:
        parts.append(count(len(problem.shipments), "shipment"))
    if problem.groups:
        parts.append(count(len(problem.groups), "group"))
    return ", ".join(parts)


def fleet(problem: Problem) -> str:
    """Write the number of vehicles of each type: ``3 van, any number of truck``."""
    types = problem.vehicle_types
    if len(types) > 4:
        limited = [t.count for t in types if t.count is not None]
        total = f"{sum(limited)} vehicles" if len(limited) == len(types) else "vehicles"
        return f"{total} of {len(types)} types"
    return ", ".join(f"{'any number of' if t.count is None else t.count} {t.id}" for t in types)


def rounding(problem: Problem) -> str:
    """Write how distances are measured and rounded."""
    from routewright.travel import CoordinateTravel, Rounding, RoundingRule

    travel = problem.travels[0]
    if not isinstance(travel, CoordinateTravel):
        return f"matrix, in steps of {_step(problem.scale.distance)}"
    metric = travel.metric
    kind = metric.kind.name.lower()
    for convention in Rounding:
        if (convention.rule, convention.scale) == (metric.rule, metric.scale):
            return f"{kind}, {convention.value}"
    rule = {RoundingRule.NINT: "nearest", RoundingRule.FLOOR: "down", RoundingRule.CEIL: "up"}
    return f"{kind}, rounded {rule[metric.rule]} to {_step(metric.scale)}"


def solvers() -> Iterator[tuple[str, Solver | None, str]]:
    """Yield each solver by name, or None with what is wrong if it does not load."""
    from routewright.solvers import REGISTRY, get_solver

    for name in REGISTRY:
        try:
            solver = get_solver(name)
        except Exception as error:  # a broken binary package raises whatever it likes
            yield name, None, f"does not load: {type(error).__name__}: {error}"
        else:
            yield name, solver, ""


def _step(scale: int) -> str:
    return "1" if scale == 1 else f"{1 / scale:.10g}"
