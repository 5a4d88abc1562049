"""``routewright info``: how a file was understood, and who can solve it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from . import options as o

if TYPE_CHECKING:
    from routewright.problem import Problem

    from .tables import Cell


@click.command()
@o.problem_file
@o.rounding
@o.format_name
@o.as_json
def info(file: str, rounding: str | None, format: str | None, as_json: bool) -> None:
    """Show how a file was understood, and who can solve it."""
    from routewright.instances.registry import read_with_format

    problem, found = read_with_format(file, format=format, rounding=rounding)
    facts = {"format": found.name, **describe(problem)}
    if as_json:
        print(json.dumps(facts, ensure_ascii=False, indent=1))
    else:
        _print(problem, facts, found.summary)


def describe(problem: Problem) -> dict[str, Any]:
    """Return what is known about a problem before solving it.

    Amounts are in the user's units. ``solvers`` has, for each solver, what it cannot
    handle: an empty list means that it can solve the problem.
    """
    from .describe import fleet, rounding

    scale = problem.scale
    return {
        "name": problem.name,
        "clients": problem.num_clients,
        "required_clients": sum(c.required for c in problem.clients),
        "depots": problem.num_depots,
        "shipments": len(problem.shipments),
        "groups": len(problem.groups),
        "vehicles": fleet(problem),
        "attributes": sorted(problem.attributes()),
        "objective": problem.objective.value,
        "distances": rounding(problem),
        "scale": {
            "distance": scale.distance,
            "time": scale.time,
            "cost": scale.cost,
            "load": list(scale.load),
        },
        "load": [_tightness(problem, d) for d in range(problem.num_dimensions)],
        "notes": list(problem.notes),
        "infeasible": [str(proof) for proof in problem.infeasibilities()],
        "solvers": dict(_solvers(problem)),
    }


def _tightness(problem: Problem, dimension: int) -> dict[str, Any]:
    """Compare the demand of the required clients with the capacity of the fleet."""
    from routewright.travel import UNLIMITED

    unit = problem.scale.load[dimension]
    required = [c for c in problem.clients if c.required]
    types = problem.vehicle_types
    demand = max(
        sum(_amount(amounts, dimension) for amounts in (getattr(c, kind) for c in required))
        for kind in ("delivery", "pickup")
    )
    capacities = [_amount(t.capacity, dimension) for t in types]
    bounded = UNLIMITED not in capacities
    total = sum((t.count or 0) * c for t, c in zip(types, capacities, strict=True))
    total = total if bounded and all(t.count is not None for t in types) else 0
    single_trips = all(t.max_reloads == 0 for t in types)
    return {
        "demand": demand / unit,
        "fleet_capacity": total / unit if total else None,
        "tightness": demand / total if total and single_trips else None,
        "fewest_trips": -(-demand // max(capacities)) if bounded and any(capacities) else None,
    }


def _amount(amounts: tuple[int, ...], dimension: int) -> int:
    """An entry of a tuple that is empty where every entry is zero."""
    return amounts[dimension] if amounts else 0


def _solvers(problem: Problem) -> Iterator[tuple[str, list[str]]]:
    """Yield each solver with what it cannot handle."""
    from .describe import solvers

    for name, solver, broken in solvers():
        if solver is None:
            yield name, [broken]
            continue
        lacks = sorted(str(a) for a in solver.unsupported(problem))
        refusal = "" if lacks else solver.refusal(problem)
        yield name, [refusal] if refusal else lacks


def _print(problem: Problem, facts: dict[str, Any], summary: str) -> None:
    from .describe import sizes
    from .tables import facts as table
    from .tables import heading, show

    rows = [("format", f"{facts['format']}: {summary}"), *_rows(facts)]
    show(heading(problem.name or "problem", sizes(problem)), table(rows))


def _rows(facts: dict[str, Any]) -> Iterator[tuple[str, Cell]]:
    from rich.text import Text

    if facts["required_clients"] < facts["clients"]:
        yield "required", f"{facts['required_clients']} of {facts['clients']} clients"
    yield "vehicles", facts["vehicles"]
    for load in facts["load"]:
        yield "load", _load(load)
    yield "uses", ", ".join(facts["attributes"]) or "nothing but distances"
    yield "objective", facts["objective"]
    yield "distances", facts["distances"]
    yield "steps", _steps(facts["scale"])
    for note in facts["notes"]:
        yield "note", note
    for proof in facts["infeasible"]:
        yield "infeasible", Text(proof, style="red")
    for name, lacks in facts["solvers"].items():
        verdict = Text(f"{name}: ")
        if lacks:
            verdict.append(f"no ({', '.join(lacks)})", style="dim")
        else:
            verdict.append("yes", style="green")
        yield "solver", verdict


def _load(load: dict[str, Any]) -> str:
    from routewright.instances.pictures.wording import count

    text = f"demand {load['demand']:g}"
    if load["fleet_capacity"] is not None:
        text += f", fleet holds {load['fleet_capacity']:g}"
    if load["tightness"] is not None:
        text += f" ({100 * load['tightness']:.1f} % used)"
    if load["fewest_trips"] is not None:
        text += f", at least {count(load['fewest_trips'], 'trip')}"
    return text


def _steps(scale: dict[str, Any]) -> str:
    """The precision of each kind of number: what one internal unit is worth."""
    names = [(name, scale[name]) for name in ("distance", "time", "cost")]
    names += [("load", value) for value in scale["load"]]
    return ", ".join(f"{name} {1 / value:.10g}" for name, value in names)
