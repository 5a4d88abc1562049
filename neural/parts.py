"""A plan is made in parts: what its first routes leave over is planned anew, again and again.

Encoded by itself, what is left is no longer judged by keys from when everything was still
to be done, and it is a problem like any other; policies learn from such ones, too (`rests`).
What is planned anew replaces the rest of the plan where it costs less, so that no part
makes a plan worse.

References
----------
Bertsekas, D. P., Tsitsiklis, J. N., & Wu, C. (1997). Rollout algorithms for combinatorial
optimization. *Journal of Heuristics*, 3, 245-262, section 2: the fortified roll-out, which
keeps the best plan so far. Drakulic, D. et al. (2023). BQ-NCO (arXiv:2301.03313), section 3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from routewright.errors import InputError, Issue, UnsupportedError

from .batch import Batch
from .policies import Policy
from .rests import rest_with
from .zoo.names import is_zoo

#: Makes a plan of a problem: its nodes, or None if there is no time for that.
Plan = Callable[[Batch], Sequence[int] | None]
#: Most parts, and how many clients all of them together encode: large problems have fewer.
_MOST, _ENCODED = 5, 600


def number_of_parts(policy: Policy, batch: Batch, asked: int | None) -> int:
    """Return in how many parts to plan a problem, a batch of one.

    If that is not asked for: several where the policy learned it, there is more than one
    route, and no delivery may be split.

    Raises
    ------
    InputError
        If the number that is asked for is below 1.
    UnsupportedError
        If it is more, and what is left is no problem of the same kind.
    """
    whole = _why_whole(policy, batch)
    if asked is None:
        several = policy.plans_in_parts and not whole and not bool(batch.is_single)
        return max(1, min(_MOST, _ENCODED // max(1, batch.num_clients))) if several else 1
    if asked < 1:
        raise InputError([Issue("", "parts", f"{asked} parts must be 1 (at once) or more")])
    if asked > 1 and whole:
        raise UnsupportedError("planning in parts", [whole])
    return asked


def _why_whole(policy: Policy, batch: Batch) -> str:
    """Say why nothing can be planned anew; empty if it can."""
    if is_zoo(policy.name):
        return "policies of rl4co"
    return "split deliveries" if bool(batch.splittable.any()) else ""


def replanned(batch: Batch, plan: Sequence[int], parts: int, make: Plan) -> tuple[int, list[int]]:
    """Return a plan that costs no more, and its cost, in internal units.

    Parameters
    ----------
    batch
        The problem, a batch of one.
    plan
        Nodes in the order of the steps.
    parts
        After each of so many parts of the clients, except the last, what is left is planned
        anew, if it has several routes.
    make
        Plans what is left.
    """
    costs = _Costs(batch)
    done, rest = list[list[int]](), _routes(plan, batch.num_depots)
    total = sum(len(route) - 1 for route in rest)
    kept = batch.is_client.clone()
    for part in range(1, parts):
        while rest and _served(done) < part * total / parts:
            done.append(rest.pop(0))
            kept[0, done[-1][1:]] = False
        if len(rest) < 2:
            break
        left = rest_with(batch, kept)
        nodes = make(left.batch)
        if nodes is None:
            break
        names = left.nodes[0].tolist()
        other = _routes([names[node] for node in nodes], batch.num_depots)
        if costs(other) < costs(rest):
            rest = other
    routes = done + rest
    nodes = [node for route in routes for node in route]
    return costs(routes) + int(batch.prize.sum()), nodes + (routes[-1][:1] if routes else [0])


def _served(routes: list[list[int]]) -> int:
    return sum(len(route) - 1 for route in routes)


def _routes(nodes: Sequence[int], depots: int) -> list[list[int]]:
    """Routes of a sequence, each behind its depot."""
    routes = [[0]] if nodes and nodes[0] >= depots else []
    for node in nodes:
        if node < depots:
            routes.append([node])
        else:
            routes[-1].append(node)
    return [route for route in routes if len(route) > 1]


class _Costs:
    """What routes cost, less the prizes of their clients: as in the environment."""

    def __init__(self, batch: Batch) -> None:
        self.way = batch.distance[0].numpy(force=True)
        self.prize = batch.prize[0].numpy(force=True)
        self.unit, self.fixed = int(batch.unit_distance_cost), int(batch.fixed_cost)
        self.is_open = bool(batch.is_open)

    def __call__(self, routes: list[list[int]]) -> int:
        return sum(self._of(route) for route in routes)

    def _of(self, route: list[int]) -> int:
        length = int(self.way[route[:-1], route[1:]].sum())
        if not self.is_open:
            length += int(self.way[route[-1], route[0]])
        return self.unit * length + self.fixed - int(self.prize[route[1:]].sum())
