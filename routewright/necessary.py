"""Necessary conditions: proofs that a problem has no feasible solution."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .errors import Issue
from .problem import Client, Problem, VehicleType
from .report import to_user
from .travel import UNLIMITED, UNREACHABLE

#: Shortest paths are only computed up to this many locations (n x n numbers).
_PATH_LIMIT = 3000


def proofs_of_infeasibility(p: Problem) -> tuple[Issue, ...]:
    """Return one issue per proof; an empty tuple proves nothing."""
    return tuple([*_single_clients(p), *_fleet_capacity(p), *_reachability(p)])


def _servers(p: Problem, client: int) -> list[VehicleType]:
    return [v for k, v in enumerate(p.vehicle_types) if v.count != 0 and p.may_serve(k, client)]


def _single_clients(p: Problem) -> Iterator[Issue]:
    everyone = [v for v in p.vehicle_types if v.count != 0]
    for c, client in enumerate(p.clients):
        if not client.required:
            continue
        free = not client.skills and client.allowed_vehicles is None
        servers = everyone if free else _servers(p, c)
        name = f"client {client.id}"
        if not servers:
            yield Issue(
                name,
                "vehicles",
                "no vehicle may serve it (skills, permissions, or count)",
            )
            continue
        for amounts, word in (
            (client.delivery, "delivery"),
            (client.pickup, "pickup"),
            (p.shipment_of[c].amount if c in p.shipment_of else (), "shipment"),
        ):
            parts = client.may_be_split  # however small: it takes a vehicle without any room
            yield from _too_large(p, name, word, amounts, servers, parts=parts)


def _too_large(
    p: Problem,
    name: str,
    word: str,
    amounts: tuple[int, ...],
    servers: list[VehicleType],
    *,
    parts: bool,
) -> Iterator[Issue]:
    for d, amount in enumerate(amounts):
        largest = max(v.capacity[d] if v.capacity else UNLIMITED for v in servers)
        if amount > largest and not (parts and largest > 0):
            scale = p.scale.load[d]
            yield Issue(
                name,
                word,
                f"{to_user(amount, scale)} exceeds the largest capacity "
                f"{to_user(largest, scale)} of any vehicle that may serve it",
            )


def _fleet_capacity(p: Problem) -> Iterator[Issue]:
    if any(v.count is None or v.max_reloads for v in p.vehicle_types):
        return
    for d in range(p.num_dimensions):
        if any(not v.capacity or v.capacity[d] == UNLIMITED for v in p.vehicle_types):
            continue
        room = sum((v.count or 0) * v.capacity[d] for v in p.vehicle_types)
        for name in ("delivery", "pickup"):
            need = sum(getattr(c, name)[d] for c in p.clients if c.required and getattr(c, name))
            if need > room:
                scale = p.scale.load[d]
                yield Issue(
                    "fleet",
                    "capacity",
                    f"required clients need {to_user(need, scale)} of {name} in all, "
                    f"more than the {to_user(room, scale)} that all vehicles carry together",
                )


def _reachability(p: Problem) -> Iterator[Issue]:
    """Clients that even a vehicle of their own cannot serve in time or within its range."""
    limited = any(
        min(v.max_distance, v.max_duration, v.shift[1]) < UNLIMITED for v in p.vehicle_types
    )
    timed = any(c.windows[-1][1] < UNLIMITED for c in p.clients)
    closing = any(d.window[1] < UNLIMITED for d in p.depots)
    if not (limited or timed or closing or any(t.has_unreachable for t in p.travels)):
        return
    suspects = set(range(p.num_clients))
    paths: dict[tuple[int, int, bool, bool], np.ndarray] = {}
    for shortest in (False, True):
        for k, v in enumerate(p.vehicle_types):
            if v.count == 0 or not suspects:
                continue
            suspects -= set(_reached(p, k, v, sorted(suspects), paths, shortest))
        if p.num_locations > _PATH_LIMIT:
            return
    for c in sorted(suspects):
        client = p.clients[c]
        if client.required and _servers(p, c):
            yield Issue(
                f"client {client.id}",
                "reach",
                "no vehicle can reach it within its time window and return within the "
                "vehicle's shift, duration, and distance limits, even on a route of its own",
            )


def _reached(
    p: Problem,
    k: int,
    v: VehicleType,
    clients: list[int],
    paths: dict[tuple[int, int, bool, bool], np.ndarray],
    shortest: bool,
) -> list[int]:
    """Clients that type k may serve alone, on direct arcs or on shortest paths."""
    locations = [p.clients[c].location for c in clients]

    def legs(depot: int | None, outward: bool, distance: bool) -> np.ndarray:
        if depot is None:
            return np.zeros(len(clients), dtype=np.int64)
        place = p.depots[depot].location
        return _row(p, v.profile, place, outward, distance, shortest, paths)[locations]

    away, home = legs(v.start, True, True), legs(v.end, False, True)
    out, back = legs(v.start, True, False), legs(v.end, False, False)
    near = away + home <= v.max_distance
    for leg in (away, home, out, back):
        near &= leg < UNREACHABLE
    opens = v.shift[0]
    if v.start is not None:
        opens = max(opens, p.depots[v.start].window[0]) + p.depots[v.start].service
    closes = v.shift[1] if v.end is None else min(v.shift[1], p.depots[v.end].window[1])
    return [
        clients[i]
        for i in np.flatnonzero(near).tolist()
        if p.may_serve(k, clients[i])
        and _in_time(p.clients[clients[i]], v, opens, closes, int(out[i]), int(back[i]))
    ]


def _in_time(client: Client, v: VehicleType, opens: int, closes: int, out: int, back: int) -> bool:
    if out + client.service + back > v.max_duration + v.max_overtime:
        return False
    if v.max_reloads:  # its trip may leave from a depot that is nearer than the first one
        arrival = max(opens + out, client.release)
    else:
        arrival = max(opens, client.release) + out
    for early, late in client.windows:
        if arrival <= late:
            return max(arrival, early) + client.service + back <= closes
    return False


def _row(
    p: Problem,
    profile: int,
    depot: int,
    outward: bool,
    distance: bool,
    shortest: bool,
    paths: dict[tuple[int, int, bool, bool], np.ndarray],
) -> np.ndarray:
    """Travel between a depot location and every location, direct or by shortest path."""
    travel = p.travels[profile]
    others = list(range(p.num_locations))
    if not shortest:
        ends = [depot] * len(others)
        origins, destinations = (ends, others) if outward else (others, ends)
        row = travel.distances if distance else travel.durations
        return row(origins, destinations)
    key = (profile, depot, outward, distance)
    if key not in paths:
        from scipy.sparse.csgraph import dijkstra

        matrix = travel.distance_matrix() if distance else travel.duration_matrix()
        # csgraph takes less than 1e-8 for "no arc"; a small length stands for an arc of
        # length 0, and even a path of many of them is rounded down to nothing.
        graph = np.where(matrix >= UNREACHABLE, 0.0, np.maximum(matrix, 1e-6))
        found = dijkstra(graph if outward else graph.T, indices=depot)
        paths[key] = np.where(np.isinf(found), UNREACHABLE, np.floor(found)).astype(np.int64)
    return paths[key]
