"""Costs that solution files state, compared to the checker's as far as they are printed."""

from __future__ import annotations

import re
from decimal import Decimal

from routewright.problem import Problem
from routewright.report import Number, Report
from routewright.travel import CoordinateTravel, Rounding

_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


def printed_number(text: str) -> Decimal | None:
    """Return a number with the digits that are printed, or None if the text is none."""
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


def agrees(stated: Decimal, cost: Number, slack: float = 0) -> bool:
    """Whether a cost, rounded to the digits that the file prints, is the stated one.

    Parameters
    ----------
    stated, cost
        The two costs.
    slack
        By how much the cost itself may be off; see `rounding_slack`.
    """
    places = stated.as_tuple().exponent
    unit = 10.0**places if isinstance(places, int) else 1.0
    return abs(float(stated) - cost) <= unit / 2 + slack + 1e-13 * max(1.0, abs(cost))


def rounding_slack(problem: Problem, report: Report) -> float:
    """Return by how much a cost may be off where real distances are kept to some decimals.

    Distances that a convention rounds are exact; those of ``none`` only stand for real
    numbers, each of them off by up to half a millionth.
    """
    arcs = sum(len(route.stops) + 2 for route in report.routes)
    slack = 0.0
    for vehicle in problem.vehicle_types:
        travel = problem.travels[vehicle.profile]
        if isinstance(travel, CoordinateTravel) and travel.metric.scale >= Rounding.NONE.scale:
            unit = vehicle.unit_distance_cost / problem.scale.cost
            slack = max(slack, arcs * unit / 2)
    return slack
