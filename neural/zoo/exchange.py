"""Problems to and from the TensorDicts of rl4co, and its trained networks to our checkpoints.

The TensorDicts are those that ``env.reset`` takes: what a generator of rl4co draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from routewright.errors import InputError, Issue, UnsupportedError
from routewright.model import Model
from routewright.neural.batch import UNLIMITED
from routewright.neural.features import to_batch
from routewright.problem import BackhaulPolicy, Problem

from . import require_rl4co
from .names import parse_name
from .pairing import without_pairs
from .policy import Entry, ZooPolicy
from .support import beyond, known, why_not
from .tensors import Units, static_tensors


def to_tensordict(problems: Sequence[Problem], name: str, side: float = 1.0) -> Any:
    """Return problems of one size as a TensorDict for an environment of rl4co.

    Amounts become float32, and lengths those of a square; plans are to be judged by the
    checker. Pairs are ordered as `pairing.without_pairs` says.

    Parameters
    ----------
    problems
        Of the same number of clients.
    name
        Of the environment: ``cvrp``, ``tsp``, ...
    side
        Of the square.

    Raises
    ------
    UnsupportedError
        If the environment cannot express one of them; by name.
    InputError
        If they differ in size.
    """
    require_rl4co()
    from tensordict import TensorDict

    for problem in problems:
        if reason := why_not(problem, name):
            raise UnsupportedError(f"rl4co's {name}", beyond(problem, name) or [reason])
    if len({p.num_clients for p in problems}) > 1:
        raise InputError([Issue("", "problems", "they have to be of one size; rl4co pads none")])
    batch = to_batch([without_pairs(p)[0] if name == "pdp" else p for p in problems])
    found = static_tensors(batch, name, side)
    if name in ("cvrp", "cvrptw", "op", "pctsp", "pdp"):
        found["depot"], found["locs"] = found["locs"][:, 0], found["locs"][:, 1:]
    units = Units(batch, side) if name != "atsp" else None
    if name in ("cvrp", "cvrptw"):
        found["capacity"] = batch.capacity[:, None].float()
    if name == "op":
        found["prize"] = found["prize"][:, 1:]
        found["max_length"] = units.length(batch.max_distance) if units else batch.max_distance
    if name == "pctsp":
        found["penalty"] = found["penalty"][:, 1:]
        found["deterministic_prize"] = found.pop("expected_prize")
        found["stochastic_prize"] = found["deterministic_prize"]
    if name == "mtvrp" and units:
        limit = units.length(batch.max_distance)[:, None]
        found["distance_limit"] = limit.masked_fill(
            batch.max_distance[:, None] >= UNLIMITED, torch.inf
        )
        found["open_route"] = batch.is_open[:, None]
        found["capacity_original"] = batch.capacity[:, None].float()
        found["vehicle_capacity"] = torch.ones_like(limit)
        found["speed"] = torch.ones_like(limit)
    return TensorDict(found, batch_size=[batch.size])


def to_problems(td: Any, name: str) -> list[Problem]:
    """Return the problems of a TensorDict that a generator of rl4co has drawn.

    Loads are those that the generator drew, as integers; lengths and times are kept to
    one millionth.

    Parameters
    ----------
    td
        With one row per problem.
    name
        Of the environment.

    Raises
    ------
    InputError
        If the environment is not one of ours, or a problem asks for a collected prize
        (``pctsp``), which a `Problem` has no place for.
    """
    known(name)
    if name == "pctsp" and bool((td["deterministic_prize"] != 0).any()):
        message = "prizes that have to be collected (deterministic_prize); a problem has none"
        raise InputError([Issue("", "deterministic_prize", message)])
    return [_to_problem({k: v.cpu() for k, v in td[row].items()}, name) for row in range(len(td))]


def _to_problem(row: dict[str, Tensor], name: str) -> Problem:
    model = Model(f"rl4co {name}")
    if name == "atsp":
        return _from_matrix(model, row["cost_matrix"])
    apart = "depot" in row
    points = torch.cat((row["depot"][None], row["locs"])) if apart else row["locs"]
    xy = points.double().tolist()
    columns = _client_columns(row, name, len(xy))
    model.add_depot(x=xy[0][0], y=xy[0][1], **_depot_window(row))
    for node in range(1, len(xy)):
        values = {field: column[node] for field, column in columns.items()}
        model.add_client(x=xy[node][0], y=xy[node][1], **values)
    model.add_vehicle_type(**_vehicle(row, name))
    half = (len(xy) - 1) // 2
    for k in range(half if name == "pdp" else 0):
        model.add_shipment(k, k + half)
    problem = model.problem()
    has_pickups = any(any(c.pickup) for c in problem.clients)
    return problem.replace(backhaul=BackhaulPolicy.LINEHAUL_FIRST) if has_pickups else problem


def _from_matrix(model: Model, matrix: Tensor) -> Problem:
    model.add_matrix(matrix.double().numpy())
    model.add_depot(location=0)
    for location in range(1, len(matrix)):
        model.add_client(location=location)
    model.add_vehicle_type(count=1)
    return model.problem()


def _client_columns(row: dict[str, Tensor], name: str, nodes: int) -> dict[str, list[Any]]:
    """Arguments of clients by name, one value per node."""

    def spread(values: Tensor) -> list[Any]:
        return [0] * (nodes - len(values)) + values.tolist()

    columns: dict[str, list[Any]] = {}
    if "demand" in row:
        columns["delivery"] = spread((row["demand"].double() * row["capacity"]).round().long())
    if name == "mtvrp":
        for field, key in (("delivery", "demand_linehaul"), ("pickup", "demand_backhaul")):
            loads = row[key].double() * row["capacity_original"]
            columns[field] = spread(loads.round().long())
    if "time_windows" in row:
        is_plain = name == "cvrptw"
        columns["window"] = [_window(*w) for w in row["time_windows"].double().tolist()]
        columns["service"] = spread(row["durations" if is_plain else "service_time"].double())
    if name in ("op", "pctsp"):
        columns["required"] = [False] * nodes
        columns["prize"] = spread(row["prize" if name == "op" else "penalty"].double())
    return columns


def _window(early: float, late: float) -> tuple[float | None, float | None]:
    return early, None if late == float("inf") else late


def _depot_window(row: dict[str, Tensor]) -> dict[str, Any]:
    if "time_windows" not in row:
        return {}
    return {"window": _window(*row["time_windows"][0].double().tolist())}


def _vehicle(row: dict[str, Tensor], name: str) -> dict[str, Any]:
    if name in ("cvrp", "cvrptw"):
        return {"capacity": int(row["capacity"])}
    if name == "mtvrp":
        limit = float(row["distance_limit"])
        return {
            "capacity": int(row["capacity_original"]),
            "end": None if bool(row["open_route"]) else 0,
            "max_distance": None if limit == float("inf") else limit,
        }
    if name == "op":
        return {"count": 1, "unit_distance_cost": 0, "max_distance": float(row["max_length"])}
    return {"count": 1}


def from_network(network: Any, name: str, **config: Any) -> ZooPolicy:
    """Return a network that rl4co has trained as one of our policies, ready to be saved.

    Parameters
    ----------
    network
        ``model.policy`` of a model of rl4co.
    name
        Which it is: ``rl4co:POLICY/PROBLEM``.
    **config
        What differs from the published configuration, as of `policy.ZooConfig`; ``side``
        if its environment draws on a square with another side than 1.

    Raises
    ------
    InputError
        If the network is of another form than its configuration says.
    """
    entry = Entry(*parse_name(name))
    own = entry(entry.config_type(**config))
    try:
        own.network.load_state_dict(network.state_dict())
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        message = f"the network is not that of {own.name}: {reason}"
        raise InputError([Issue("", "network", message)]) from error
    return own.eval()
