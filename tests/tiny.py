"""Hypothesis strategies: problems small enough for the naive twins, with every attribute.

All numbers are small integers at scale 1, so that a start time can be found by trying all.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

import routewright as rw

Draw = st.DrawFn
HORIZON = 30


def maybe(values: st.SearchStrategy[Any], otherwise: Any) -> st.SearchStrategy[Any]:
    """Mostly the neutral value."""
    return st.one_of(st.just(otherwise), st.just(otherwise), values)


def instants(most: int = HORIZON) -> st.SearchStrategy[int]:
    return st.integers(0, most)


@st.composite
def windows(draw: Draw, most: int = 3) -> tuple[tuple[int, int], ...]:
    """Disjoint increasing windows; the last one may be open."""
    ends = draw(st.lists(instants(), min_size=2, max_size=2 * most, unique=True))
    ends = sorted(ends[: len(ends) // 2 * 2])
    pairs = [(ends[i], ends[i + 1]) for i in range(0, len(ends), 2)]
    if draw(st.booleans()):
        pairs[-1] = (pairs[-1][0], rw.UNLIMITED)
    return tuple(pairs)


@st.composite
def travels(draw: Draw, locations: int, *, gaps: bool = True) -> rw.MatrixTravel:
    """Asymmetric matrices without triangle inequality, perhaps with missing arcs."""
    # One seed in place of a draw per cell, which would be too much for hypothesis.
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    distance, duration = rng.integers(0, 10, (2, locations, locations))
    if gaps:
        for i, j in draw(maybe(st.lists(st.tuples(*[st.integers(0, locations - 1)] * 2)), [])):
            distance[i, j] = duration[i, j] = rw.UNREACHABLE
    return rw.MatrixTravel(distance, duration)


@st.composite
def clients(draw: Draw, index: int, location: int, dims: int, types: int) -> rw.Client:
    amounts = st.tuples(*[instants(4)] * dims)
    return rw.Client(
        id=f"c{index}",
        location=location,
        delivery=draw(st.one_of(amounts, st.just(()))),
        pickup=draw(maybe(amounts, ())),
        windows=draw(maybe(windows(), ((0, rw.UNLIMITED),))),
        service=draw(maybe(instants(4), 0)),
        release=draw(maybe(instants(20), 0)),
        required=draw(st.booleans()),
        prize=draw(instants(5)),
        skills=draw(maybe(st.just(frozenset({"cold"})), frozenset())),
        allowed_vehicles=draw(maybe(st.frozensets(st.integers(0, types - 1)), None)),
    )


@st.composite
def vehicle_types(draw: Draw, index: int, dims: int, depots: int, profiles: int) -> rw.VehicleType:
    depot = st.integers(0, depots - 1)
    opens = draw(maybe(instants(10), 0))
    max_duration = draw(maybe(instants(40), rw.UNLIMITED))
    reloads = draw(maybe(st.lists(depot, min_size=1, unique=True), []))
    return rw.VehicleType(
        id=f"v{index}",
        count=draw(maybe(st.integers(0, 2), None)),
        capacity=draw(st.one_of(st.tuples(*[instants(9)] * dims), st.just(()))),
        start=draw(maybe(st.none(), draw(depot))),
        end=draw(maybe(st.none(), draw(depot))),
        shift=(opens, draw(maybe(st.integers(opens, 2 * HORIZON), rw.UNLIMITED))),
        max_distance=draw(maybe(instants(40), rw.UNLIMITED)),
        max_duration=max_duration,
        max_stops=draw(maybe(instants(4), rw.UNLIMITED)),
        max_overtime=0 if max_duration == rw.UNLIMITED else draw(instants(5)),
        max_reloads=len(reloads) and draw(st.integers(1, 2)),
        reload_depots=tuple(reloads),
        fixed_cost=draw(instants(5)),
        unit_distance_cost=draw(st.integers(0, 2)),
        unit_duration_cost=draw(st.integers(0, 2)),
        unit_overtime_cost=draw(st.integers(0, 2)),
        profile=draw(st.integers(0, profiles - 1)),
        skills=draw(st.sampled_from([frozenset(), frozenset({"cold"})])),
    )


@st.composite
def problems(draw: Draw, most_clients: int = 4) -> rw.Problem:
    """A valid problem; every checked attribute occurs."""
    n, types = draw(st.integers(1, most_clients)), draw(st.integers(1, 2))
    depots, dims, profiles = (draw(st.integers(1, 2)) for _ in range(3))
    dims -= draw(st.integers(0, 1))
    size = depots + draw(st.integers(1, n))  # clients may share a location
    places = draw(st.lists(st.integers(0, size - 1), min_size=n, max_size=n))
    members = [draw(clients(i, place, dims, types)) for i, place in enumerate(places)]
    backhaul = draw(maybe(st.sampled_from(rw.BackhaulPolicy), rw.BackhaulPolicy.MIXED))
    if backhaul is not rw.BackhaulPolicy.MIXED:
        members = [c if i % 2 else replace(c, delivery=()) for i, c in enumerate(members)]
        members = [replace(c, pickup=()) if i % 2 else c for i, c in enumerate(members)]
    problem = rw.Problem(
        travels=tuple(draw(travels(size)) for _ in range(profiles)),
        depots=tuple(
            rw.Depot(
                f"d{i}", i, draw(maybe(windows(1), ((0, rw.UNLIMITED),)))[0], draw(instants(2))
            )
            for i in range(depots)
        ),
        clients=tuple(members),
        vehicle_types=tuple(draw(vehicle_types(k, dims, depots, profiles)) for k in range(types)),
        backhaul=backhaul,
        objective=draw(st.sampled_from(rw.Objective)),
        scale=rw.Scale(load=(1,) * dims),
    )
    return draw(related(problem))


@st.composite
def related(draw: Draw, problem: rw.Problem) -> rw.Problem:
    """The problem with shipments, precedences, fixed edges, locks, or a group."""
    n, dims, first = problem.num_clients, problem.num_dimensions, problem.num_depots
    order = draw(st.permutations(range(n)))
    pair, members = order[:2], list(problem.clients)
    changes: dict[str, Any] = {}
    what = draw(st.sets(st.sampled_from(["shipment", "before", "edge", "lock", "group"])))
    if "group" in what:
        for c in order[-2:]:
            members[c] = replace(members[c], required=False, group=0)
        changes["groups"] = (rw.Group(tuple(sorted(order[-2:])), draw(st.booleans())),)
    if len(pair) == 2:
        if "shipment" in what:
            if members[pair[0]].group is None and members[pair[1]].group is None:
                members[pair[1]] = replace(members[pair[1]], required=members[pair[0]].required)
            if members[pair[0]].required == members[pair[1]].required:
                amount = draw(st.tuples(*[instants(4)] * dims))
                changes["shipments"] = (rw.Shipment(pair[0], pair[1], amount),)
        if "before" in what:
            changes["precedences"] = (tuple(pair),)
        if "edge" in what:
            edge = draw(
                st.lists(st.integers(0, first + n - 1), min_size=2, max_size=2, unique=True)
            )
            changes["fixed_edges"] = (tuple(edge),)
    if "lock" in what:
        kinds = st.integers(0, len(problem.vehicle_types) - 1)
        visits = tuple(order[: draw(st.integers(1, 2))])
        changes["locks"] = (rw.Lock(visits, draw(maybe(kinds, None)), draw(st.booleans())),)
    named = {c for group in changes.get("groups", ()) for c in group.clients}
    named |= {c for s in changes.get("shipments", ()) for c in (s.pickup, s.delivery)}
    named |= {c for p in changes.get("precedences", ()) for c in p}
    named |= {node - first for edge in changes.get("fixed_edges", ()) for node in edge}
    named |= {c for lock in changes.get("locks", ()) for c in lock.visits}
    for c, member in enumerate(members):  # what may be split is required, and no more
        if c not in named and not any(member.pickup) and draw(st.booleans()):
            members[c] = replace(member, required=True, splittable=True)
    return problem.replace(clients=tuple(members), **changes)


@st.composite
def solutions(draw: Draw, problem: rw.Problem) -> rw.Solution:
    """A solution that visits most clients once, in routes of any trips; often infeasible."""
    rest = list(draw(st.permutations(range(problem.num_clients))))
    rest = rest[draw(maybe(st.integers(0, 2), 0)) :] + draw(maybe(st.just(rest[:1]), []))
    routes = []
    while rest:
        kind = draw(st.integers(0, len(problem.vehicle_types) - 1))
        trips, reloads = [], []
        for _ in range(draw(maybe(st.integers(2, 3), 1))):
            size = len(rest) - draw(st.integers(0, len(rest)))
            trips.append(tuple(rest[:size]))
            rest = rest[size:]
            reloads.append(draw(st.integers(0, problem.num_depots - 1)))
        routes.append(rw.Route(kind, tuple(trips), tuple(reloads[1:])))
    if any(c.may_be_split for c in problem.clients):
        routes = [draw(parted(problem, route)) for route in routes for _ in range(2)]
    return rw.Solution(routes)


@st.composite
def parted(draw: Draw, problem: rw.Problem, route: rw.Route) -> rw.Route:
    """A part of a route that states what its visits bring: half, any amount, or too many."""

    def half(c: int) -> tuple[int, ...]:
        return tuple(amount // 2 for amount in problem.clients[c].delivery)

    dims = problem.num_dimensions
    some = st.lists(st.integers(-1, 4), min_size=dims, max_size=dims + draw(maybe(st.just(1), 0)))
    trips = tuple(tuple(c for c in trip if _stays(draw, problem, c)) for trip in route.trips)
    quantities = [
        draw(st.none() | st.just(half(c)) | maybe(some.map(tuple), half(c)))
        for trip in trips
        for c in trip
    ]
    return replace(route, trips=trips, quantities=tuple(quantities[: draw(maybe(st.just(1), 9))]))


def _stays(draw: Draw, problem: rw.Problem, client: int) -> bool:
    return problem.clients[client].may_be_split or draw(st.booleans())


@st.composite
def plans(draw: Draw) -> tuple[rw.Problem, rw.Solution]:
    """A problem with a solution."""
    problem = draw(problems())
    return problem, draw(solutions(problem))
