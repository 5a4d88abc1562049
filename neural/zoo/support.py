"""Which problems the environments of rl4co can express; needs no torch."""

from __future__ import annotations

from typing import Any, NamedTuple

from routewright.attributes import Attribute
from routewright.errors import InputError, Issue
from routewright.neural import support
from routewright.problem import BackhaulPolicy, Problem
from routewright.travel import UNLIMITED
from routewright.variants import VARIANTS

from .names import full_name, parse_name
from .pairing import unpaired, without_pairs

A = Attribute


class Expressible(NamedTuple):
    """What an environment of rl4co can express.

    Attributes
    ----------
    attributes
        Of problems; beyond them, `why_not` names what else stands in the way.
    kinds
        Of our generator, to train on. A tour is a tour of pairs if half of its clients
        are taken to be the destinations of the other half.
    """

    attributes: frozenset[Attribute]
    kinds: tuple[str, ...]


_ROUTES = frozenset({A.CAPACITY, A.LIMITED_FLEET})
_TIMED = _ROUTES | {A.TIME_WINDOWS, A.SERVICE, A.DEPOT_WINDOWS}
_TOUR = frozenset({A.LIMITED_FLEET})
#: The environments by name.
PROBLEMS = {
    "tsp": Expressible(_TOUR, ("TSP",)),
    "atsp": Expressible(_TOUR | {A.ASYMMETRIC}, ("TSP",)),
    "cvrp": Expressible(_ROUTES, ("CVRP",)),
    "cvrptw": Expressible(_TIMED, ("CVRP", "VRPTW")),
    "mtvrp": Expressible(
        _TIMED | {A.BACKHAUL, A.PICKUP, A.OPEN_ROUTES, A.MAX_DISTANCE},
        tuple(k for k, v in VARIANTS.items() if not v.multiple_depots and v.backhaul != "MB"),
    ),
    "op": Expressible(_TOUR | {A.OPTIONAL_CLIENTS, A.MAX_DISTANCE, A.DISTANCE_COSTS}, ("OP",)),
    "pctsp": Expressible(_TOUR | {A.OPTIONAL_CLIENTS}, ("PCTSP",)),
    "pdp": Expressible(_TOUR | {A.SHIPMENTS}, ("TSP",)),
}
#: Environments with one vehicle.
TOURS = ("tsp", "atsp", "op", "pctsp", "pdp")
#: Tours whose plans are not steps of the environment of vehicle routing.
OWN_STEPS = ("tsp", "atsp", "pdp")


def known(name: str) -> Expressible:
    """Return what an environment of rl4co can express.

    Raises
    ------
    InputError
        If it is not one of ours; names those that there are.
    """
    if name not in PROBLEMS:
        message = f"{name!r} of rl4co is not one of {', '.join(PROBLEMS)}"
        raise InputError([Issue("", "problem", message)])
    return PROBLEMS[name]


def beyond(problem: Problem, name: str) -> frozenset[Attribute]:
    """Return the attributes of a problem that an environment of rl4co cannot express."""
    return problem.attributes() - known(name).attributes


def why_not(problem: Problem, name: str) -> str:
    """Say why an environment of rl4co cannot express a problem; empty if it can.

    Parameters
    ----------
    problem
        A problem.
    name
        Of the environment, as in ``PROBLEMS``.
    """
    if refused := beyond(problem, name):
        return ", ".join(sorted(refused))
    if name != "atsp" and problem.travels[0].coordinates is None:
        return "a matrix without coordinates"
    if name in ("op", "pctsp") and any(c.required for c in problem.clients):
        return "clients that have to be visited"
    if name == "op" and _costs_travel(problem):
        return "travel that costs something or is without limit"
    if name == "mtvrp" and _is_mixed(problem):
        return "pickups among deliveries"
    if name == "pdp" and (reason := unpaired(problem)):
        return reason
    if name in TOURS and [v.count for v in problem.vehicle_types] != [1]:
        return "more vehicles than one"
    return support.why_not(without_pairs(problem)[0] if name == "pdp" else problem)


def too_large(problem: Problem, config: dict[str, Any]) -> str:
    """Say why a problem is too large for the policy of a configuration; empty if it is not."""
    nodes, width = 1 + problem.num_clients, config.get("width", 0)
    if config.get("policy") != "matnet" or nodes <= width:
        return ""
    return f"more than {width} nodes, as its network has no wider one-hot code"


def _costs_travel(problem: Problem) -> bool:
    vehicle = problem.vehicle_types[0]
    return bool(vehicle.unit_distance_cost) or vehicle.max_distance >= UNLIMITED


def _is_mixed(problem: Problem) -> bool:
    picks = [c for c in problem.clients if any(c.pickup)]
    is_first = problem.backhaul is BackhaulPolicy.LINEHAUL_FIRST
    return bool(picks) and (not is_first or any(any(c.delivery) for c in picks))


def check_training(
    name: str, kinds: tuple[str, ...], sizes: tuple[int, int], objective: str, shares: float
) -> list[Issue]:
    """Return what stands in the way of training a policy on such problems.

    Parameters
    ----------
    name
        Of a policy of rl4co.
    kinds, sizes, objective
        As in `options.Options`.
    shares
        Share of problems with asymmetric distances, without coordinates, or with odd times.
    """
    try:
        policy, problem = parse_name(name)
    except InputError as error:
        return list(error.issues)
    name = full_name({"policy": policy, "problem": problem})
    issues = []
    if unknown := [k for k in kinds if k not in PROBLEMS[problem].kinds]:
        known = ", ".join(PROBLEMS[problem].kinds)
        message = f"{name} is trained on {known}, and not on {', '.join(unknown)}"
        issues.append(Issue("", "kinds", message))
    if problem != "atsp" and shares:
        message = f"{name} sees coordinates alone; the shares of asymmetric problems, of those "
        message += "without coordinates, and of those with odd times have to be 0"
        issues.append(Issue("", "mixture", message))
    if problem == "pdp" and (sizes[0] != sizes[1] or sizes[0] % 2):
        message = f"pairs need one even number of clients, such as 20-20, not {sizes[0]}-{sizes[1]}"
        issues.append(Issue("", "sizes", message))
    if objective == "imitation" and problem in OWN_STEPS:
        message = f"{name} does not plan by the steps that the labels have"
        issues.append(Issue("", "objective", message))
    return issues
