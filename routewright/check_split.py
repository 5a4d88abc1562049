"""Checker rules about deliveries that are brought in parts.

A visit that states no quantity brings the whole delivery of its client. What is stated
counts for the load of the vehicle; a quantity that means nothing counts as nothing, and
is named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from .problem import Problem
from .report import Violation, ViolationKind, to_user
from .solution import Quantity, Route

K = ViolationKind


def brought(problem: Problem, client: int, quantity: Quantity) -> tuple[int, ...]:
    """Return what a visit brings, one whole number per dimension, in internal units."""
    nothing = (0,) * problem.num_dimensions
    if quantity is None:
        return problem.clients[client].delivery or nothing
    return quantity if _is_amount(quantity, len(nothing)) else nothing


def split_violations(problem: Problem, routes: list[tuple[int, Route]]) -> Iterator[Violation]:
    """Yield what is wrong with the quantities of a solution."""
    totals = defaultdict[int, list[tuple[int, ...]]](list)
    unclear = set[int]()  # clients with a quantity that means nothing: their sum does not, too
    for r, route in routes:
        for c, quantity in route.portions():
            totals[c].append(brought(problem, c, quantity))
            if found := _of_visit(problem, r, c, quantity):
                unclear.add(c)
                yield found
    for c, parts in totals.items():
        if problem.clients[c].may_be_split and c not in unclear:
            yield from _of_client(problem, c, parts)


def _of_visit(problem: Problem, r: int, c: int, quantity: Quantity) -> Violation | None:
    client = problem.clients[c]
    whole = brought(problem, c, None)
    if quantity is None or quantity == whole:
        return None
    if not _is_amount(quantity, problem.num_dimensions) or not any(quantity):
        message = (
            f"route {r + 1} brings client {client.id} the quantity {quantity!r}; it must be "
            f"one whole number of at least 0 per dimension ({problem.num_dimensions}), in "
            "internal units, and not all of them 0"
        )
        return Violation(K.BAD_QUANTITY, message, r, client.id)
    if not client.may_be_split:
        message = f"route {r + 1} brings client {client.id} a part, but it is not splittable"
        return Violation(K.NOT_SPLITTABLE, message, r, client.id)
    return None


def _of_client(problem: Problem, c: int, parts: list[tuple[int, ...]]) -> Iterator[Violation]:
    client, dims = problem.clients[c], problem.num_dimensions
    for d in range(dims):
        total, whole, scale = (
            sum(part[d] for part in parts),
            client.delivery[d],
            problem.scale.load[d],
        )
        if total != whole:
            message = (
                f"client {client.id} is brought {to_user(total, scale)} in {len(parts)} visits, "
                f"but its delivery is {to_user(whole, scale)}"
                f"{f' in dimension {d + 1}' if dims > 1 else ''}"
            )
            amount = to_user(abs(total - whole), scale)
            yield Violation(K.SPLIT_TOTAL, message, None, client.id, amount)


def _is_amount(quantity: object, dimensions: int) -> bool:
    if not isinstance(quantity, tuple) or len(quantity) != dimensions:
        return False
    return all(type(q) is int and q >= 0 for q in quantity)
