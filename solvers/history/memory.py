"""What past days remember: plans of days like this one, and how often edges were used."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from routewright.errors import InputError
from routewright.problem import Problem
from routewright.solution import Solution
from routewright.solvers.edge_weights import EdgeWeights
from routewright.solvers.repair import repaired
from routewright.travel import FloatArray, IntArray

from .days import Day, History, client_keys

SCHEMA = "routewright/memory/1"
#: A pair of clients that was seen together once counts as if it had been seen so often more,
#: without being neighbors.
_PRIOR = 1.0


@dataclass(frozen=True)
class PastPlan:
    """A plan without its problem.

    Parameters
    ----------
    day
        Name of the day.
    clients
        What each client of the day is known by.
    routes
        Name of the vehicle type, and the clients as indices into ``clients``, in order.
    """

    day: str
    clients: tuple[Hashable, ...]
    routes: tuple[tuple[str, tuple[int, ...]], ...]

    @classmethod
    def of(cls, day: Day, identity: str) -> PastPlan:
        """Return the plan of a day that has one."""
        assert day.plan is not None
        types = day.problem.vehicle_types
        return cls(
            day.name,
            tuple(client_keys(day.problem, identity)),
            tuple((types[r.vehicle_type].id, r.visits) for r in day.plan.routes),
        )


class Memory:
    """Plans of past days, by client.

    Parameters
    ----------
    plans
        In the order of time.
    identity
        How clients are known again: ``name`` or ``place``.
    """

    def __init__(self, plans: Sequence[PastPlan], identity: str) -> None:
        self.plans, self.identity = tuple(plans), identity
        self.number: dict[Hashable, int] = {}
        for plan in plans:
            for key in plan.clients:
                self.number.setdefault(key, len(self.number))
        self.rows = [self._numbers(plan.clients) for plan in plans]
        #: Which clients every day had, (days, clients).
        self.present = np.zeros((len(plans), len(self.number)), dtype=bool)
        for row, numbers in zip(self.present, self.rows, strict=True):
            row[numbers] = True
        self.weights = self._weights()

    @classmethod
    def of(cls, history: History) -> Memory:
        """Return the memory of the days that have a plan."""
        identity = history.identity
        return cls([PastPlan.of(d, identity) for d in history.days if d.plan], identity)

    @classmethod
    def read(cls, file: Path) -> Memory:
        """Read what `write` wrote.

        Raises
        ------
        InputError
            If the file cannot be read, or is something else.
        """
        try:
            document = json.loads(file.read_text(encoding="utf-8"))
            found = document.get("schema")
            if found != SCHEMA:
                raise InputError(
                    f"its schema is {found!r}; this version reads {SCHEMA!r}", str(file)
                )
            return cls([_read(plan) for plan in document["plans"]], document["identity"])
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror or error}", str(file)) from error
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise InputError(f"is no memory of past days: {error!r}", str(file)) from error

    def write(self, file: Path) -> None:
        """Write all plans as one JSON document."""
        plans = [asdict(plan) for plan in self.plans]
        document = {"schema": SCHEMA, "identity": self.identity, "plans": plans}
        file.write_text(json.dumps(document) + "\n", encoding="utf-8")

    def frequencies(self, problem: Problem) -> EdgeWeights:
        """Return how often two clients of a problem were neighbors when both had to be served.

        Pairs of nodes, and shares of the days with both; a pair seen on few days counts less.
        """
        numbers = self._numbers(client_keys(problem, self.identity))
        known = np.flatnonzero(numbers >= 0)
        node = np.full(len(self.number), -1, dtype=np.int64)
        node[numbers[known]] = known + problem.num_depots
        pairs = node[np.stack(np.divmod(self.weights.codes, self.weights.span))]
        both = (pairs >= 0).all(axis=0)
        return EdgeWeights.of(pairs[:, both], self.weights.values[both])

    def similar(self, problem: Problem, count: int) -> list[Solution]:
        """Return the plans of the most similar days, made to serve the clients of a problem.

        Parameters
        ----------
        problem
            A problem that `repair` can handle.
        count
            Of how many days; those that share the largest part of the clients, the latest first
            among equals.
        """
        numbers = self._numbers(client_keys(problem, self.identity))
        known = numbers[numbers >= 0]
        if not len(known):
            return []
        shared = self.present[:, known].sum(axis=1)
        either = self.present.sum(axis=1) + len(numbers) - shared
        likeness = shared / np.maximum(1, either)
        order = np.lexsort((-np.arange(len(likeness)), -likeness))
        return [self._repaired(d, problem, numbers) for d in order[:count].tolist()]

    def _numbers(self, keys: Sequence[Hashable]) -> IntArray:
        """Number of every client, or -1 for one that was never seen."""
        return np.array([self.number.get(key, -1) for key in keys], dtype=np.int64)

    def _weights(self) -> EdgeWeights:
        """Shares of the days on which neighbors were neighbors, by numbers of clients."""
        pairs = [_neighbors(p, row) for p, row in zip(self.plans, self.rows, strict=True)]
        all_pairs = np.concatenate([np.zeros((2, 0), dtype=np.int64), *pairs], axis=1)
        span = max(1, len(self.number))
        codes, used = np.unique(all_pairs.min(0) * span + all_pairs.max(0), return_counts=True)
        first, second = np.divmod(codes, span)
        together = np.zeros(len(codes))
        for row in self.present:
            together += row[first] & row[second]
        values: FloatArray = used / (together + _PRIOR)
        return EdgeWeights(codes, values, span)

    def _repaired(self, day: int, problem: Problem, numbers: IntArray) -> Solution:
        """The plan of a day, for the clients of a problem."""
        client = np.full(len(self.number), -1, dtype=np.int64)
        seen = numbers >= 0
        client[numbers[seen]] = np.flatnonzero(seen)
        now = client[self.rows[day]].tolist()
        types = {v.id: k for k, v in enumerate(problem.vehicle_types)}
        routes = [
            # A vehicle that is not there today leaves its work to the first type.
            (types.get(name, 0), [now[c] for c in clients if now[c] >= 0])
            for name, clients in self.plans[day].routes
        ]
        return repaired(problem, routes)


def _neighbors(plan: PastPlan, numbers: IntArray) -> IntArray:
    """Clients that follow each other in a plan, by number, (2, pairs)."""
    pairs = [pair for _, clients in plan.routes for pair in pairwise(clients)]
    return numbers[np.array(pairs, dtype=np.int64).reshape(-1, 2).T]


def _read(plan: dict[str, Any]) -> PastPlan:
    clients = tuple(_hashable(key) for key in plan["clients"])
    routes = tuple((str(name), tuple(map(int, visits))) for name, visits in plan["routes"])
    if any(not 0 <= c < len(clients) for _, visits in routes for c in visits):
        raise ValueError(f"day {plan['day']} visits a client that it does not have")
    return PastPlan(str(plan["day"]), clients, routes)


def _hashable(key: Any) -> Hashable:
    """Lists of JSON as the tuples that they were."""
    return tuple(map(_hashable, key)) if isinstance(key, list) else key
