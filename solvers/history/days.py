"""Days in the order of time, and who is the same client on two of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from routewright.checker import check
from routewright.errors import InputError, Issue
from routewright.problem import Problem
from routewright.solution import Solution
from routewright.travel import FloatArray

#: How a client is known again: by its name, or by where it is.
IDENTITIES = ("auto", "name", "place")
#: A name is a client's own if this share of the names of two days is at the same place.
_SAME = 0.9


@dataclass(frozen=True)
class Day:
    """One day of work.

    Parameters
    ----------
    name
        What to call it: the file, say.
    problem
        What had to be served.
    plan
        How it was served, if that is known.
    """

    name: str
    problem: Problem
    plan: Solution | None = None


@dataclass(frozen=True)
class History:
    """Days in the order of time.

    Parameters
    ----------
    days
        The days.
    identity
        ``name`` or ``place``: how a client is known again on another day.
    """

    days: tuple[Day, ...]
    identity: str = "name"

    @classmethod
    def of(
        cls, days: Sequence[Day], identity: str = "auto", *, fewest: int = 1, mixed: bool = False
    ) -> History:
        """Return the history of some days, which have to fit together.

        Parameters
        ----------
        days
            In the order of time.
        identity
            One of ``IDENTITIES``. ``auto`` takes names if they mean the same place on
            every day, and else places.
        fewest
            How many days there have to be.
        mixed
            Whether days may differ in the attributes that they use.

        Raises
        ------
        InputError
            Naming everything that is wrong with the days.
        """
        issues = [*_number_issues(days, fewest), *_plan_issues(days), *_feasibility_issues(days)]
        if not mixed:
            issues += _attribute_issues(days)
        if identity not in IDENTITIES:
            known = ", ".join(IDENTITIES)
            issues.append(Issue("", "identity", f"{identity!r} is not one of {known}"))
        elif identity == "place":
            issues += [
                Issue(d.name, "identity", "has no coordinates; clients are known by place")
                for d in days
                if _coordinates(d.problem) is None
            ]
        if issues:
            raise InputError(issues)
        return cls(tuple(days), _chosen(days) if identity == "auto" else identity)

    def split(self, later: int) -> tuple[History, History]:
        """Return all but the last days, and the last ones."""
        first, last = self.days[: len(self.days) - later], self.days[len(self.days) - later :]
        return replace(self, days=first), replace(self, days=last)


def client_keys(problem: Problem, identity: str) -> list[Hashable]:
    """Return what each client of a problem is known by (``name`` or ``place``), all different.

    Raises
    ------
    InputError
        If clients are known by place, and the problem has no coordinates.
    """
    return [c.id for c in problem.clients] if identity == "name" else _places(problem)


def _number_issues(days: Sequence[Day], fewest: int) -> list[Issue]:
    if len(days) >= fewest:
        return []
    message = f"{len(days)} days are too few; at least {fewest} are needed"
    return [Issue("", "history", message)]


def _plan_issues(days: Sequence[Day]) -> list[Issue]:
    """Plans that break a rule of their day teach nothing."""
    issues = []
    for day in days:
        if day.plan is None:
            continue
        report = check(day.problem, day.plan)
        if not report.feasible:
            first = report.violations[0]
            message = f"its plan breaks a rule ({first}); routewright check shows all"
            issues.append(Issue(day.name, "plan", message))
    return issues


def _feasibility_issues(days: Sequence[Day]) -> list[Issue]:
    """Days that nobody can plan."""
    return [
        Issue(day.name, "", f"cannot be planned: {proof}")
        for day in days
        for proof in day.problem.infeasibilities()
    ]


def _attribute_issues(days: Sequence[Day]) -> list[Issue]:
    """Days that use other attributes than most days do."""
    used = [day.problem.attributes() for day in days]
    if not used:
        return []
    usual = Counter(used).most_common(1)[0][0]
    issues = []
    for day, attributes in zip(days, used, strict=True):
        parts = [f"has {a}" for a in sorted(attributes - usual)]
        parts += [f"has no {a}" for a in sorted(usual - attributes)]
        if parts:
            message = (
                f"unlike most days it {' and '.join(parts)}; leave it out, or allow mixed days"
            )
            issues.append(Issue(day.name, "attributes", message))
    return issues


def _chosen(days: Sequence[Day]) -> str:
    """Names, unless those that two days share are at different places."""
    seen = dict[str, tuple[float, ...]]()
    same = other = 0
    for day in days:
        points = _coordinates(day.problem)
        if points is None:
            return "name"
        for client in day.problem.clients:
            place = tuple(points[client.location].tolist())
            if client.id in seen:
                same += seen[client.id] == place
                other += seen[client.id] != place
            seen[client.id] = place
    return "name" if same >= _SAME * (same + other) else "place"


def _coordinates(problem: Problem) -> FloatArray | None:
    travel = problem.travels[0]
    return travel.coordinates


def _places(problem: Problem) -> list[Hashable]:
    """Coordinates, and a running number where several clients share them."""
    points = _coordinates(problem)
    if points is None:
        message = "has no coordinates, and the clients of this history are known by place"
        raise InputError(message, problem.name)
    count = Counter[tuple[float, ...]]()
    keys = list[Hashable]()
    for client in problem.clients:
        place = tuple(points[client.location].tolist())
        keys.append((place, count[place]))
        count[place] += 1
    return keys
