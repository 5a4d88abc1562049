"""Our own JSON solution: the document of ``solve --json``, written and read back.

Only ``routes`` is needed to read a plan, and of each route its ``visits`` (or ``trips``
and ``reloads``); costs and times are the checker's business. A minimal file::

    {"routes": [{"vehicle": "van", "visits": ["a", "b"]}]}
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING

from routewright.errors import InputError, Issue
from routewright.problem import Problem
from routewright.solution import Quantity, Route, Solution
from routewright.units import Real

from .json_text import dump, is_object, parse_object, shown
from .result_document import RESULT_MARKER, result_document, solution_document

if TYPE_CHECKING:
    from .native_result_schema import RouteDocument

__all__ = ["read", "result_document", "sniff", "solution_document", "write"]


def sniff(text: str) -> bool:
    """Whether the text is meant for this format: any JSON object but VROOM's."""
    if not is_object(text):
        return False
    if re.search(r'"schema"\s*:\s*"routewright/', text):
        return True
    return not re.search(r'"(code|steps)"\s*:', text)


def write(problem: Problem, solution: Solution) -> str:
    """Write a solution with its schedule, as the checker sees it.

    Raises
    ------
    InputError
        If the solution refers to what does not exist.
    UnsupportedError
        If the problem uses an attribute that the checker refuses.
    """
    return dump(solution_document(problem, solution))


def read(problem: Problem, text: str) -> Solution:
    """Read a solution of the problem.

    Raises
    ------
    InputError
        Listing everything that is wrong, with paths such as ``routes[1].visits[0]``.
    """
    from .json_shape import shape
    from .native_result_schema import ResultDocument

    data = parse_object(text)
    if "routewright" in data:
        raise InputError("is a problem, not a solution")
    issues = []
    if data.get("schema") not in (None, RESULT_MARKER):
        message = f"is {shown(data.pop('schema'))}; this version reads {RESULT_MARKER}"
        issues.append(Issue("schema", "", message))
    found = shape(ResultDocument, data)
    reader = _Reader(problem)
    routes = []
    for r, route in enumerate(found.document.routes if found.document else ()):
        where = f"routes[{found.position('routes', r)}]"
        if where not in found.spoiled:
            routes.append(reader.route(where, route))
    issues += [*found.issues, *reader.issues]
    if issues:
        raise InputError(issues)
    return Solution(routes)


class _Reader:
    """Turns ids into indices and keeps what is wrong."""

    def __init__(self, problem: Problem) -> None:
        self.p = problem
        self.issues: list[Issue] = []
        self.depots = {d.id: i for i, d in enumerate(problem.depots)}
        self.types = {v.id: k for k, v in enumerate(problem.vehicle_types)}

    def _issue(self, where: str, message: str) -> None:
        self.issues.append(Issue(where, "", message))

    def route(self, where: str, route: RouteDocument) -> Route:
        trips = [route.visits or []]
        if route.trips is not None:
            trips = route.trips
            if route.visits not in (None, list(chain(*trips))):
                self._issue(f"{where}.visits", "differ from the trips")
        elif route.visits is None:
            self._issue(where, "needs visits, or trips and reloads")
        part = "visits" if route.trips is None else "trips"
        return Route(
            self._vehicle_type(where, route),
            tuple(
                tuple(
                    self._index(
                        f"{where}.{part}[{k}]" if part == "visits" else f"{where}.{part}[{t}][{k}]",
                        "client",
                        self.p.client_index,
                        id,
                    )
                    for k, id in enumerate(trip)
                )
                for t, trip in enumerate(trips)
            ),
            tuple(
                self._index(f"{where}.reloads[{k}]", "depot", self.depots, id)
                for k, id in enumerate(route.reloads or ())
            ),
            self._quantities(where, route.quantities or (), sum(map(len, trips))),
        )

    def _quantities(
        self, where: str, given: Sequence[Sequence[Real] | None], visits: int
    ) -> tuple[Quantity, ...]:
        """Return what visits bring, in internal units."""
        if len(given) not in (0, visits):
            self._issue(f"{where}.quantities", f"has {len(given)} entries for {visits} visits")
        return tuple(
            None if row is None else self._quantity(f"{where}.quantities[{k}]", row)
            for k, row in enumerate(given)
        )

    def _quantity(self, where: str, row: Sequence[Real]) -> Quantity:
        scales = self.p.scale.load
        if len(row) != len(scales):
            self._issue(where, f"has {len(row)} dimensions; the problem has {len(scales)}")
            return None
        internal = [Fraction(q) * scale for q, scale in zip(row, scales, strict=True)]
        for q, exact, scale in zip(row, internal, scales, strict=True):
            if abs(exact - round(exact)) > Fraction(1, 1000):
                self._issue(where, f"{q} is finer than loads of the problem, kept to {1 / scale:g}")
        return tuple(map(round, internal))

    def _index(self, where: str, kind: str, index: dict[str, int], id: str) -> int:
        if id not in index:
            self._issue(where, f"{kind} {id!r} does not exist in the problem")
        return index.get(id, 0)

    def _vehicle_type(self, where: str, route: RouteDocument) -> int:
        """Type of the vehicle: stated, or that of the vehicle of this name."""
        named = None if route.vehicle is None else self._types_named(route.vehicle)
        if named == []:
            self._issue(f"{where}.vehicle", f"vehicle {route.vehicle!r} does not exist")
        if route.vehicle_type is not None:
            place = f"{where}.vehicle_type"
            kind = self._index(place, "vehicle type", self.types, route.vehicle_type)
            if named and route.vehicle_type in self.types and kind not in named:
                self._issue(place, f"vehicle {route.vehicle!r} is of another type")
            return kind
        if named is None and len(self.types) > 1:
            self._issue(where, "needs its vehicle, since there are several types")
        return named[0] if named else 0

    def _types_named(self, vehicle: str) -> list[int]:
        """Types that the name may stand for: a vehicle's id, a type's, or ``type#2``."""
        found = [self.p.vehicle_type_of.get(vehicle), self.types.get(vehicle)]
        if numbered := re.fullmatch(r"(.*)#[0-9]+", vehicle, re.DOTALL):
            found.append(self.types.get(numbered[1]))
        return [kind for kind in found if kind is not None]
