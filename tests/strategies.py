"""Hypothesis strategies: small problems over every attribute, and solutions of them.

``problems()`` first draws which attributes to use, so that examples range from a plain
tour to everything at once and shrink to the attribute that matters::

    @given(problems(allow=MySolver.supported))
    def test_my_solver(problem): ...

Feasibility is not promised; `solutions` may break any rule.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from hypothesis import strategies as st
from problem_drawing import Drawing

from routewright.attributes import FUTURE_ATTRIBUTES, Attribute
from routewright.problem import Problem
from routewright.solution import Route, Solution

A = Attribute

#: Everything that a problem of today can use; ``TIME_DEPENDENT`` has no place yet.
EVERYTHING = frozenset(A) - {A.TIME_DEPENDENT}
#: What solvers and the checker may be asked to handle.
SEARCHABLE = frozenset(A) - FUTURE_ATTRIBUTES

_NEEDS = {
    A.MULTIPLE_CAPACITIES: {A.CAPACITY},
    A.MULTIPLE_TIME_WINDOWS: {A.TIME_WINDOWS},
    A.OVERTIME: {A.MAX_DURATION},
    A.DIFFERENT_START_END: {A.MULTIPLE_DEPOTS},
    A.BACKHAUL: {A.CAPACITY, A.PICKUP},
    A.SPLIT_DELIVERY: {A.CAPACITY},
}


@st.composite
def problems(
    draw: st.DrawFn,
    *,
    allow: Collection[Attribute] = SEARCHABLE,
    require: Collection[Attribute] = (),
    min_clients: int = 1,
    max_clients: int = 8,
    decimals: bool = True,
    formulas: bool = True,
    one_vehicle: bool = False,
) -> Problem:
    """Draw a problem by way of the Model.

    Parameters
    ----------
    allow
        Attributes that the problem may have; it has no others.
    require
        Attributes that are always drawn (an attribute may still come out neutral).
    min_clients, max_clients
        Number of clients.
    decimals
        Whether numbers may have decimals, so that internal scales differ from 1.
    formulas
        Whether metrics other than the rounded Euclidean one may be drawn.
    one_vehicle
        Whether every vehicle type has one vehicle; needs ``LIMITED_FLEET``.
    """
    allowed = frozenset(allow) | frozenset(require)
    used = frozenset(require)
    if allowed:
        attribute = st.sampled_from(sorted(allowed))
        many = len(allowed) // 2
        used |= draw(st.frozensets(attribute) | st.frozensets(attribute, min_size=many))
    used -= {a for a, needs in _NEEDS.items() if not needs <= allowed}
    used |= {b for a, needs in _NEEDS.items() if a in used for b in needs}
    size = draw(st.integers(min_clients, max_clients))
    problem = Drawing(draw, used, size, decimals, formulas, one_vehicle).problem()
    assert problem.attributes() <= allowed, sorted(problem.attributes() - allowed)
    return problem


@st.composite
def solutions(draw: st.DrawFn, problem: Problem, *, complete: bool = False) -> Solution:
    """Draw a solution that visits clients at most once and may break any other rule.

    Parameters
    ----------
    problem
        The problem.
    complete
        Whether every client is visited.
    """
    order = draw(st.permutations(range(problem.num_clients)))
    if not complete:
        order = order[: draw(st.integers(0, len(order)))]
    routes = []
    while order:
        size = draw(st.integers(1, len(order)))
        visits, order = tuple(order[:size]), order[size:]
        kind = draw(st.integers(0, len(problem.vehicle_types) - 1))
        depots = problem.vehicle_types[kind].reload_depots
        cut = draw(st.integers(1, size)) if depots else size
        if cut < size:
            reloads = (draw(st.sampled_from(depots)),)
            routes.append(Route(kind, (visits[:cut], visits[cut:]), reloads))
        else:
            routes.append(Route.of(visits, kind))
    return Solution(draw(_parted(problem, route)) for route in routes)


@st.composite
def _parted(draw: st.DrawFn, problem: Problem, route: Route) -> Route:
    """The route, some of its visits with a part of what may be brought in parts."""
    quantities = [
        tuple(draw(st.integers(0, amount)) for amount in problem.clients[c].delivery)
        if problem.clients[c].may_be_split and draw(st.booleans())
        else None
        for c in route.visits
    ]
    return replace(route, quantities=tuple(quantities))
