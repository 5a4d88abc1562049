"""A problem with fewer rules, for those who cannot keep them and promise nothing of them."""

from __future__ import annotations

from dataclasses import replace

from .problem import Problem


def with_any_number_of_vehicles(problem: Problem) -> Problem:
    """Return the problem without a limit on how many vehicles of a type are used."""
    types = (replace(v, count=None, vehicle_ids=()) for v in problem.vehicle_types)
    return problem.replace(vehicle_types=tuple(types))
