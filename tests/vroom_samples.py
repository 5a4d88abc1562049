"""A small VROOM problem, and what reading its variants complains about."""

from __future__ import annotations

import json
from typing import Any

import pytest

import routewright as rw
from routewright.attributes import Attribute as A
from routewright.instances.documents import vroom

Json = dict[str, Any]

#: What VROOM can say, short of whole numbers and a few combinations.
SAYABLE = frozenset(A) - {
    *(A.BACKHAUL, A.BREAKS, A.DEPOT_SERVICE, A.DURATION_COSTS, A.FIXED_EDGES, A.GROUPS),
    *(A.LOCKS, A.MAX_DURATION, A.OVERTIME, A.PRECEDENCE, A.RELEASE_TIMES, A.RELOADS),
    *(A.OPTIONAL_CLIENTS, A.SPLIT_DELIVERY, A.TIME_DEPENDENT, A.UNREACHABLE, A.VEHICLES_FIRST),
}


def sample(**changes: Any) -> Json:
    """Two vehicles, three jobs, and a shipment over a matrix of six places."""
    size = range(6)
    durations = [[0 if i == j else 100 + 10 * i + j for j in size] for i in size]
    data: Json = {
        "vehicles": [
            {"id": 1, "start_index": 0, "end_index": 0, "capacity": [4], "skills": [1]},
            {"id": 2, "start_index": 0, "end_index": 0, "capacity": [4]},
        ],
        "jobs": [
            {"id": 1, "location_index": 1, "delivery": [2], "service": 30, "skills": [1]},
            {"id": 2, "location_index": 2, "pickup": [1], "time_windows": [[500, 900]]},
            {"id": 3, "location_index": 3, "setup": 5, "service": 10, "priority": 10},
        ],
        "shipments": [
            {
                "amount": [1],
                "pickup": {"id": 1, "location_index": 4},
                "delivery": {"id": 1, "location_index": 5},
            }
        ],
        "matrices": {"car": {"durations": durations}},
    }
    return data | changes


def read(data: Json) -> rw.Problem:
    return vroom.read(json.dumps(data))


def with_vehicle(**fields: Any) -> Json:
    """The sample with one vehicle, some of its fields changed."""
    data = sample()
    data["vehicles"] = [data["vehicles"][0] | fields]
    return data


def messages(data: Json) -> list[str]:
    with pytest.raises(rw.InputError) as caught:
        read(data)
    return str(caught.value).splitlines()


def travel_cost(report: rw.Report) -> float:
    """What VROOM calls the cost: without lost prizes."""
    return report.cost - report.breakdown["prizes"]
