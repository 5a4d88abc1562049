"""Hypothesis strategy: a feasible plan, and a problem that leaves it no slack.

A plan is drawn first, for a problem without limits; its schedule by the naive twin then
gives limits and windows that the plan just keeps.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import naive
import tiny
from hypothesis import strategies as st

import routewright as rw

FLIP = st.booleans()


@st.composite
def plans(draw: st.DrawFn) -> tuple[rw.Problem, rw.Solution]:
    """A tight problem with its plan, which visits all clients or all but one."""
    n, depots = draw(st.integers(1, 4)), draw(st.integers(1, 2))
    depot = st.one_of(st.integers(0, depots - 1), st.none())
    problem = rw.Problem(
        travels=(draw(tiny.travels(depots + n, gaps=False)),),
        depots=tuple(rw.Depot(f"d{i}", i, service=draw(tiny.instants(2))) for i in range(depots)),
        clients=tuple(
            rw.Client(
                f"c{i}",
                depots + i,
                delivery=(draw(tiny.instants(3)),),
                pickup=(draw(tiny.instants(3)),),
                service=draw(tiny.instants(3)),
                release=draw(tiny.maybe(tiny.instants(25), 0)),
            )
            for i in range(n)
        ),
        vehicle_types=tuple(
            rw.VehicleType(
                f"v{k}",
                start=draw(depot),
                end=draw(depot),
                max_reloads=n,
                reload_depots=tuple(range(depots)),
            )
            for k in range(draw(st.integers(1, 2)))
        ),
        scale=rw.Scale(load=(1,)),
    )
    problem = problem.replace(clients=tuple(draw(_parts(c)) for c in problem.clients))
    plan = draw(_partitions(problem))
    return _tightened(draw, problem, plan), plan


@st.composite
def _parts(draw: st.DrawFn, client: rw.Client) -> rw.Client:
    """The client, or one without a pickup whose delivery may be split."""
    return replace(client, pickup=(), splittable=True) if draw(FLIP) else client


def _in_parts(problem: rw.Problem, routes: list[rw.Route]) -> list[rw.Route]:
    """Routes in which every splittable client of two units is brought one by a route of its own."""
    halves = [c for r in routes for c in r.visits if _is_pair(problem.clients[c])]
    parted = [
        replace(route, quantities=tuple((1,) if c in halves else None for c in route.visits))
        for route in routes
    ]
    return [*parted, *(rw.Route.of([c], routes[0].vehicle_type, [(1,)]) for c in halves)]


def _is_pair(client: rw.Client) -> bool:
    return client.may_be_split and client.delivery == (2,)


@st.composite
def _partitions(draw: st.DrawFn, problem: rw.Problem) -> rw.Solution:
    """Visits in any order, cut into trips, and trips joined into routes."""
    order = draw(st.permutations(range(problem.num_clients)))
    order = order[draw(tiny.maybe(st.just(1), 0)) :]
    routes: list[rw.Route] = []
    for c in order:
        what = draw(st.sampled_from(["visit", "reload", "route"])) if routes else "route"
        if what == "route":
            kind = draw(st.integers(0, len(problem.vehicle_types) - 1))
            routes.append(rw.Route(kind, ((c,),)))
            continue
        last = routes[-1]
        if what == "reload":
            depot = draw(st.integers(0, problem.num_depots - 1))
            routes[-1] = replace(last, trips=(*last.trips, (c,)), reloads=(*last.reloads, depot))
        else:
            routes[-1] = replace(last, trips=(*last.trips[:-1], (*last.trips[-1], c)))
    return rw.Solution(_in_parts(problem, routes) if routes else [])


def _tightened(draw: st.DrawFn, problem: rw.Problem, plan: rw.Solution) -> rw.Problem:
    runs = [(route, naive.best_schedule(problem, route)) for route in plan.routes]
    starts: dict[int, list[int]] = {}
    for _, run in runs:
        for visit in run.visits:
            starts.setdefault(visit.node, []).append(visit.start)
    nodes: list[Any] = [*problem.depots, *problem.clients]
    for node, times in starts.items():
        if draw(FLIP):
            window = (min(times), max(times))
            is_depot = node < problem.num_depots
            changes = {"window": window} if is_depot else {"windows": (window,)}
            nodes[node] = replace(nodes[node], **changes)
    for node in range(problem.num_depots, len(nodes)):
        is_split = nodes[node].may_be_split  # and so required, or not visited at all
        required = node in starts and (is_split or draw(FLIP))
        nodes[node] = replace(nodes[node], required=required, splittable=is_split and required)
    kinds = [
        _limited(draw, problem, kind, [run for run in runs if run[0].vehicle_type == k])
        for k, kind in enumerate(problem.vehicle_types)
    ]
    return problem.replace(
        depots=tuple(nodes[: problem.num_depots]),
        clients=tuple(nodes[problem.num_depots :]),
        vehicle_types=tuple(kinds),
    )


def _limited(
    draw: st.DrawFn,
    problem: rw.Problem,
    kind: rw.VehicleType,
    runs: list[tuple[rw.Route, naive.Schedule]],
) -> rw.VehicleType:
    """The type with limits that its routes just keep; without routes, all limits are 0."""
    numbered = [(route, t) for route, _ in runs for t in range(len(route.trips))]
    loads = [row[0] for route, t in numbered for row in naive.loads(problem, route, t)]
    duration = max((run.duration for _, run in runs), default=0)
    overtime = draw(st.integers(0, duration))
    tight: dict[str, Any] = {
        "count": len(runs),
        "capacity": (max(loads, default=0),),
        "shift": (
            min((run.begin for _, run in runs), default=0),
            max((run.end for _, run in runs), default=0),
        ),
        "max_distance": max((naive.distance(problem, r) for r, _ in runs), default=0),
        "max_stops": max((len(r.visits) for r, _ in runs), default=0),
        "max_reloads": max((len(r.reloads) for r, _ in runs), default=0),
        "max_duration": duration - overtime,
    }
    changes = {name: value for name, value in tight.items() if draw(FLIP)}
    return replace(kind, **changes, max_overtime=overtime if "max_duration" in changes else 0)
