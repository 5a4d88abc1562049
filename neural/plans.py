"""Sequences of nodes -> solutions of the problem, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np
import torch
from torch import Tensor

from routewright.problem import Problem
from routewright.solution import Quantity, Route, Solution

from .batch import UNLIMITED, Batch


def to_solution(problem: Problem, batch: Batch, sequence: Sequence[int]) -> Solution:
    """Return the solution of one sequence of nodes of the environment.

    Parameters
    ----------
    problem
        The problem.
    batch
        The batch that it is part of; only its number of depots counts.
    sequence
        Nodes in the order of the steps; steps after the end do no harm.
    """
    depots = batch.num_depots
    routes, vehicle = [], 0
    brings = _Bringing(problem)
    for is_client, nodes in groupby(sequence, lambda node: node >= depots):
        if is_client:
            visits = [node - depots for node in nodes]
            routes.append(Route.of(visits, vehicle, brings.quantities(visits)))
        else:
            *_, vehicle = nodes
    return Solution(routes)


class _Bringing:
    """What visits bring in the environment: what is left, or as much as the vehicle takes."""

    def __init__(self, problem: Problem) -> None:
        self.clients = problem.clients
        self.left = {c: v.delivery[0] for c, v in enumerate(problem.clients) if v.may_be_split}
        self.capacity = problem.vehicle_types[0].capacity

    def quantities(self, visits: Sequence[int]) -> list[Quantity]:
        """Return what the visits of the next route bring; nothing if none may be split."""
        if self.left.keys().isdisjoint(visits) or not self.capacity:
            return []
        out: list[Quantity] = []
        peak = picked = 0  # as in the environment, see `View`
        for c in visits:
            client = self.clients[c]
            brought = client.delivery[0] if client.delivery else 0
            if c in self.left:
                brought = min(self.left[c], self.capacity[0] - peak)
                self.left[c] -= brought
            is_whole = not client.delivery or brought == client.delivery[0]
            out.append(None if is_whole else (brought,))
            picked += client.pickup[0] if client.pickup else 0
            peak = max(peak + brought, picked)
        return out


def from_cheapest_depots(problem: Problem, solution: Solution) -> Solution:
    """Return the solution with every route from the depot that is cheapest for it.

    A policy chooses the depot before it knows the route. Where there are windows, what leaves
    from elsewhere may come too late, and the solution stays as it is. What is shorter keeps
    every other rule, as vehicles differ in their depots alone (see `support.why_not`).
    """
    kinds, a = problem.vehicle_types, problem.arrays()
    if len(kinds) == 1 or bool((a.tw_late < UNLIMITED).any()) or bool(a.tw_early.any()):
        return solution
    travel, depots = problem.travels[0], a.location[[v.start or 0 for v in kinds]]
    is_closed = np.array([v.end is not None for v in kinds])
    routes = []
    for route in solution.routes:
        first, last = (a.location[problem.num_depots + route.visits[k]] for k in (0, -1))
        out = travel.distances(depots, np.full(len(kinds), first))
        ways = out + is_closed * travel.distances(np.full(len(kinds), last), depots)
        own = route.vehicle_type
        best = int(ways.argmin())
        routes.append(route if ways[own] <= ways[best] else replace(route, vehicle_type=best))
    return Solution(routes)


def to_solutions(
    problems: Sequence[Problem], batch: Batch, actions: Tensor
) -> list[list[Solution]]:
    """Return the solutions of all plans, (B, S, T), by problem."""
    return [
        [to_solution(problem, batch, sequence) for sequence in plans]
        for problem, plans in zip(problems, actions.tolist(), strict=True)
    ]


def tour_to_solution(problem: Problem, sequence: Sequence[int]) -> Solution:
    """Return the solution of a tour through the depot (node 0) and all clients."""
    start = sequence.index(0)
    around = [*sequence[start + 1 :], *sequence[:start]]
    return Solution.from_visits([[node - problem.num_depots for node in around]])


def to_sequence(solution: Solution, batch: Batch) -> list[int]:
    """Return a solution as nodes: every route after its depot, and the last depot again."""
    nodes: list[int] = []
    for route in solution.routes:
        nodes += [route.vehicle_type, *(c + batch.num_depots for c in route.visits)]
    return [*nodes, solution.routes[-1].vehicle_type] if solution.routes else [0, 0]


def to_actions(batch: Batch, sequences: Tensor) -> Tensor:
    """Return the steps that build plans (B, T), which stay at their last depot at the end.

    Where a problem has one depot, the environment is there already at the beginning.
    """
    last = sequences[:, -1:]
    longer = torch.cat((sequences, last, last), 1)
    is_there = batch.is_node[:, : batch.num_depots].sum(1) == 1
    return torch.where(is_there[:, None], longer[:, 1:], longer[:, :-1])
