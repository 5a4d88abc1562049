"""The generators, by name, with their parameters described once for every caller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from routewright.errors import InputError, Issue
from routewright.problem import Problem

Value = int | float | str


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a generator.

    Parameters
    ----------
    type
        ``int``, ``float``, or ``str``.
    default
        Value if none is given.
    help
        One line for users.
    choices
        The allowed words, for a ``str``; empty for any.
    low, high
        Bounds of a number, both inclusive.
    """

    type: type[int] | type[float] | type[str]
    default: Value
    help: str
    choices: tuple[str, ...] = ()
    low: float = 0
    high: float = 1_000_000

    def problem_with(self, value: object) -> str:
        """Say what is wrong with a value; empty if nothing is."""
        if self.type is str:
            if self.choices and value not in self.choices:
                return f"{value!r} is not one of {', '.join(self.choices)}"
            return "" if isinstance(value, str) else f"{value!r} is not a word"
        number = int if self.type is int else int | float
        if not isinstance(value, number) or isinstance(value, bool):
            return f"{value!r} is not {'a whole number' if self.type is int else 'a number'}"
        if not self.low <= value <= self.high:
            return f"{value} is outside {self.low} to {self.high}"
        return ""


@dataclass(frozen=True, slots=True)
class Generator:
    """A generator: its name, one line about it, and its parameters.

    Parameters
    ----------
    name, summary
        For users.
    home
        Module and function that generate.
    parameters
        By name; every generator has ``n`` and ``seed``.
    """

    name: str
    summary: str
    home: tuple[str, str]
    parameters: dict[str, Parameter]

    def generate(self, **values: Value) -> Problem:
        """Generate a problem; the same parameters always give the same problem.

        Raises
        ------
        InputError
            Naming every unknown parameter and every value out of range.
        """
        issues = [
            Issue(f"generator {self.name}", name, f"unknown; choose from {self._names()}")
            for name in values
            if name not in self.parameters
        ]
        chosen = {name: p.default for name, p in self.parameters.items()}
        chosen.update((k, v) for k, v in values.items() if k in chosen)
        for name, parameter in self.parameters.items():
            if message := parameter.problem_with(chosen[name]):
                issues.append(Issue(f"generator {self.name}", name, message))
        if issues:
            raise InputError(issues)
        module, function = self.home
        make: Callable[..., Problem] = getattr(import_module(f"{__package__}.{module}"), function)
        return make(**chosen)

    def _names(self) -> str:
        return ", ".join(self.parameters)


def _n(default: int, high: int = 1_000_000) -> Parameter:
    return Parameter(int, default, "number of clients (of cities, for a TSP)", low=0, high=high)


_SEED = Parameter(int, 0, "seed of every random choice", high=2**63 - 1)
_KIND = Parameter(str, "cvrp", "what to generate", choices=("cvrp", "tsp"))
_ROUTE = Parameter(float, 10.0, "clients that fit in a vehicle, on average", low=1, high=1e6)

GENERATORS: dict[str, Generator] = {
    g.name: g
    for g in (
        Generator(
            "uniform",
            "TSP or CVRP with clients uniform in a square",
            ("planar", "uniform"),
            {"n": _n(100), "seed": _SEED, "kind": _KIND, "route_size": _ROUTE},
        ),
        Generator(
            "clustered",
            "TSP or CVRP with clients in Gaussian clusters",
            ("planar", "clustered"),
            {
                "n": _n(100),
                "seed": _SEED,
                "kind": _KIND,
                "route_size": _ROUTE,
                "clusters": Parameter(int, 6, "number of clusters", low=1, high=10_000),
            },
        ),
        Generator(
            "x",
            "CVRP in the scheme of the X instances (Uchoa et al. 2017)",
            ("x", "x_instance"),
            {
                "n": _n(100, 500_000),
                "seed": _SEED,
                "depot": Parameter(
                    str, "R", "depot: Central, Eccentric, or Random", ("C", "E", "R")
                ),
                "clients": Parameter(
                    str, "RC", "clients: Random, Clustered, or both", ("R", "C", "RC")
                ),
                "demand": Parameter(
                    str,
                    "1-100",
                    "demand class",
                    ("unitary", "1-10", "5-10", "1-100", "50-100", "quadrant", "many-small"),
                ),
                "route_size": Parameter(
                    float, 0.0, "average clients per route; 0 draws from T(3, 6, 25)", high=1e6
                ),
            },
        ),
        Generator(
            "vrptw",
            "VRP with time windows in the spirit of Solomon (1987)",
            ("vrptw", "vrptw"),
            {
                "n": _n(100, 100_000),
                "seed": _SEED,
                "clients": Parameter(
                    str, "R", "clients: Random, Clustered, or both", ("R", "C", "RC")
                ),
                "horizon": Parameter(
                    str, "short", "few or many clients per route", ("short", "long")
                ),
                "density": Parameter(float, 1.0, "share of clients with a window", high=1),
                "width": Parameter(
                    float, 0.1, "mean width of a window, as a share of the horizon", high=1
                ),
            },
        ),
        Generator(
            "variant",
            "one of the 48 attribute combinations of RouteFinder, by its name",
            ("variants", "variant"),
            {
                "n": _n(50, 100_000),
                "seed": _SEED,
                "name": Parameter(str, "CVRP", "OVRPTW, MDVRPMBL, ... (see docs)"),
            },
        ),
        Generator(
            "city",
            "one day of a city: recurring customers, road-like asymmetric travel times",
            ("city", "city_day"),
            {
                "n": _n(100, 20_000),
                "seed": _SEED,
                "city": Parameter(int, 0, "seed of the city itself", high=2**63 - 1),
                "customers": Parameter(int, 2000, "customers of the city", low=1, high=20_000),
                "drift": Parameter(float, 0.0, "share of customers replaced by new ones", high=1),
            },
        ),
    )
}
