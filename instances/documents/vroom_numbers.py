"""VROOM's whole-number ids for clients, vehicles, and skills of any problem.

They follow from the problem alone, so that a problem written for VROOM and a solution
that comes back speak of the same things.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from routewright.problem import Problem

_LARGEST = 2**63 - 1


class TaskKind(StrEnum):
    """What VROOM calls a client; each kind has ids of its own."""

    JOB = "job"
    PICKUP = "pickup"
    DELIVERY = "delivery"


def task_name(kind: TaskKind, number: int, *, shared: bool) -> str:
    """Client id of a VROOM task: its number, with the kind where kinds share the number."""
    return f"{kind}-{number}" if shared else str(number)


def task_kinds(problem: Problem) -> list[TaskKind]:
    """Return what VROOM calls each client."""
    kinds = [TaskKind.JOB] * problem.num_clients
    for shipment in problem.shipments:
        kinds[shipment.pickup] = TaskKind.PICKUP
        kinds[shipment.delivery] = TaskKind.DELIVERY
    return kinds


def task_numbers(problem: Problem) -> list[int]:
    """Return VROOM's number of each client: its id if all ids are numbers, else 1, 2, ..."""
    kinds = task_kinds(problem)
    texts = [
        client.id.removeprefix(f"{kind}-")
        for client, kind in zip(problem.clients, kinds, strict=True)
    ]
    numbers = whole_numbers(texts)
    pairs = set(zip(kinds, numbers or [], strict=False))
    return numbers if numbers and len(pairs) == len(kinds) else list(range(1, len(kinds) + 1))


def vehicles(problem: Problem) -> list[tuple[int, int]]:
    """Return (VROOM's number, vehicle type) of every single vehicle.

    An unlimited type has as many as there are clients, which no plan exceeds. The
    numbers are the ids of the vehicles if all of them are numbers, else 1, 2, ...
    """
    names, types = list[str](), list[int]()
    for k, kind in enumerate(problem.vehicle_types):
        count = problem.num_clients if kind.count is None else kind.count
        names += kind.vehicle_ids or [""] * count
        types += [k] * count
    numbers = whole_numbers(names)
    if not numbers or len(set(numbers)) < len(names):
        numbers = list(range(1, len(names) + 1))
    return list(zip(numbers, types, strict=True))


def whole_numbers(texts: Sequence[str]) -> list[int] | None:
    """Return the texts as numbers, or None if one of them is no plain number."""
    if not all(t.isascii() and t.isdigit() and len(t) < 20 and str(int(t)) == t for t in texts):
        return None
    numbers = [int(t) for t in texts]
    return numbers if all(n <= _LARGEST for n in numbers) else None
