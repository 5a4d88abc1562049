"""Validation of split delivery: what a client that is visited several times cannot be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from .errors import Issue
from .problem import Problem

#: What may not be asked of a splittable client, and what to do about it.
_REASONS = {
    "pickup": "has a pickup, which belongs to no single one of its visits; make the pickup a "
    "client of its own",
    "required": "is optional, and a part of its delivery would be worth nothing; make it required",
    "group": "is a member of an exclusive group, of which only one visit is wanted",
    "shipments": "is an end of a shipment, which takes place once",
    "precedences": "stands in a precedence, and its visits may lie before and after",
    "fixed_edges": "has a fixed edge, which belongs to no single one of its visits",
    "locks": "is locked, which belongs to no single one of its visits",
}


def split_issues(p: Problem) -> Iterator[Issue]:
    """Yield everything about splittable clients that needs them to be visited once."""
    named = _named_by_relations(p)
    for c, client in enumerate(p.clients):
        if not client.may_be_split:
            continue
        asked = set(named[c])
        asked |= {"pickup"} if any(client.pickup) else set()
        if client.group is not None:
            asked.add("group")
        elif not client.required:
            asked.add("required")
        for name, reason in _REASONS.items():
            if name in asked:
                yield Issue(f"clients[{c}]", "splittable", f"client {client.id} {reason}")


def _named_by_relations(p: Problem) -> defaultdict[int, set[str]]:
    """Relations by the client indices that they name."""
    named = defaultdict[int, set[str]](set)
    for name, rows in (
        ("shipments", [(s.pickup, s.delivery) for s in p.shipments]),
        ("precedences", p.precedences),
        ("fixed_edges", [[node - p.num_depots for node in edge] for edge in p.fixed_edges]),
        ("locks", [lock.visits for lock in p.locks]),
    ):
        for row in rows:
            for c in row:
                named[c].add(name)
    return named
