"""Routewright: traveling-salesman and vehicle-routing problems, solved and checked.

Names are imported on first use, so that ``import routewright`` stays instant.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .attributes import Attribute
    from .checker import check
    from .errors import (
        ExitStatus,
        InfeasibleError,
        InputError,
        InternalError,
        Issue,
        NotInstalledError,
        RoutewrightError,
        RoutingServiceError,
        UnsupportedError,
    )
    from .facade import construct, read, read_solution, solve, write, write_solution
    from .model import Model
    from .problem import (
        BackhaulPolicy,
        Break,
        Client,
        Depot,
        Group,
        Lock,
        Objective,
        Problem,
        Scale,
        Shipment,
        TravelPeriod,
        VehicleType,
    )
    from .report import Report, RouteReport, Stop, Violation, ViolationKind
    from .result import Result, Status, TracePoint
    from .solution import Quantity, Route, Solution
    from .stop import (
        MaxIterations,
        MaxRuntime,
        NoImprovement,
        Progress,
        StopCriterion,
        TargetCost,
    )
    from .travel import (
        UNLIMITED,
        UNREACHABLE,
        CoordinateTravel,
        MatrixTravel,
        Metric,
        MetricKind,
        Rounding,
        RoundingRule,
    )

__version__ = "0.1.0"

__all__ = [
    "UNLIMITED",
    "UNREACHABLE",
    "Attribute",
    "BackhaulPolicy",
    "Break",
    "Client",
    "CoordinateTravel",
    "Depot",
    "ExitStatus",
    "Group",
    "InfeasibleError",
    "InputError",
    "InternalError",
    "Issue",
    "Lock",
    "MatrixTravel",
    "MaxIterations",
    "MaxRuntime",
    "Metric",
    "MetricKind",
    "Model",
    "NoImprovement",
    "NotInstalledError",
    "Objective",
    "Problem",
    "Progress",
    "Quantity",
    "Report",
    "Result",
    "Rounding",
    "RoundingRule",
    "Route",
    "RouteReport",
    "RoutewrightError",
    "RoutingServiceError",
    "Scale",
    "Shipment",
    "Solution",
    "Status",
    "Stop",
    "StopCriterion",
    "TargetCost",
    "TracePoint",
    "TravelPeriod",
    "UnsupportedError",
    "VehicleType",
    "Violation",
    "ViolationKind",
    "check",
    "construct",
    "fit",
    "read",
    "read_solution",
    "score_edges",
    "seed_plan",
    "solve",
    "write",
    "write_solution",
]

_HOMES = {
    "attributes": ("Attribute",),
    "checker": ("check",),
    "errors": (
        "ExitStatus",
        "InfeasibleError",
        "InputError",
        "InternalError",
        "Issue",
        "NotInstalledError",
        "RoutewrightError",
        "RoutingServiceError",
        "UnsupportedError",
    ),
    "facade": (
        "construct",
        "fit",
        "read",
        "read_solution",
        "score_edges",
        "seed_plan",
        "solve",
        "write",
        "write_solution",
    ),
    "model": ("Model",),
    "problem": (
        "BackhaulPolicy",
        "Break",
        "Client",
        "Depot",
        "Group",
        "Lock",
        "Objective",
        "Problem",
        "Scale",
        "Shipment",
        "TravelPeriod",
        "VehicleType",
    ),
    "report": (
        "Report",
        "RouteReport",
        "Stop",
        "Violation",
        "ViolationKind",
    ),
    "result": (
        "Result",
        "Status",
        "TracePoint",
    ),
    "solution": (
        "Quantity",
        "Route",
        "Solution",
    ),
    "stop": (
        "MaxIterations",
        "MaxRuntime",
        "NoImprovement",
        "Progress",
        "StopCriterion",
        "TargetCost",
    ),
    "travel": (
        "UNLIMITED",
        "UNREACHABLE",
        "CoordinateTravel",
        "MatrixTravel",
        "Metric",
        "MetricKind",
        "Rounding",
        "RoundingRule",
    ),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'routewright' has no attribute {name!r}")
    value = getattr(_import_module(f"routewright.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
