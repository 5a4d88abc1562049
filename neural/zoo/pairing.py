"""Shipments as rl4co orders them: all pickups, then their deliveries; needs no torch."""

from __future__ import annotations

from dataclasses import replace

from routewright.problem import Problem


def unpaired(problem: Problem) -> str:
    """Say why a problem is not a tour of pairs; empty if it is one."""
    ends = sorted(end for s in problem.shipments for end in (s.pickup, s.delivery))
    if ends != list(range(problem.num_clients)):
        return "clients that are not in exactly one shipment"
    total = [sum(amounts) for amounts in zip(*(s.amount for s in problem.shipments), strict=True)]
    for vehicle in problem.vehicle_types:
        for amount, capacity in zip(total, vehicle.capacity, strict=False):
            if amount > capacity:
                return f"a capacity ({capacity}) below the sum of the shipments ({amount})"
    return ""


def without_pairs(problem: Problem) -> tuple[Problem, tuple[int, ...]]:
    """Return the tour through the same clients, and the client of each of its clients.

    Client k of the tour is a pickup if k is in the first half; k + n / 2 is its delivery.
    """
    order = (*(s.pickup for s in problem.shipments), *(s.delivery for s in problem.shipments))
    vehicles = tuple(replace(v, capacity=()) for v in problem.vehicle_types)
    clients = tuple(replace(problem.clients[c], delivery=(), pickup=()) for c in order)
    scale = replace(problem.scale, load=())
    tour = problem.replace(clients=clients, vehicle_types=vehicles, shipments=(), scale=scale)
    return tour, order
