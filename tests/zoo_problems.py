"""Small problems that an environment of rl4co can express, by the name of the environment."""

from __future__ import annotations

import random
from typing import Any

import routewright as rw


def tour(seed: int = 1, clients: int = 8, **vehicle: Any) -> rw.Model:
    """One vehicle and clients anywhere in a square of 100."""
    source = random.Random(seed)
    model = rw.Model(f"tour {seed}")
    model.add_depot(x=50, y=50)
    for _ in range(clients):
        model.add_client(x=source.randint(0, 100), y=source.randint(0, 100))
    model.add_vehicle_type(**{"count": 1, **vehicle})
    return model


def routes(seed: int = 1, clients: int = 8, **vehicle: Any) -> rw.Model:
    """Deliveries that fill vehicles exactly: amounts of 5 and 10, and 20 fit."""
    source = random.Random(seed)
    model = rw.Model(f"routes {seed}")
    model.add_depot(x=50, y=50)
    for _ in range(clients):
        place = {"x": source.randint(0, 100), "y": source.randint(0, 100)}
        model.add_client(**place, delivery=source.choice((5, 10)))
    model.add_vehicle_type(**{"capacity": 20, **vehicle})
    return model


def timed(seed: int = 1, **vehicle: Any) -> rw.Model:
    """Deliveries with windows; every client can be served alone."""
    source = random.Random(seed)
    model = rw.Model(f"timed {seed}")
    model.add_depot(x=50, y=50, window=(0, 500))
    for _ in range(8):
        early = source.randint(0, 200)
        place = {"x": source.randint(0, 100), "y": source.randint(0, 100)}
        window = (early, early + source.randint(80, 150))
        model.add_client(**place, delivery=5, window=window, service=10)
    model.add_vehicle_type(**{"capacity": 20, **vehicle})
    return model


def backhauls(seed: int = 1) -> rw.Problem:
    """Open routes with a limit, deliveries, and then pickups."""
    source = random.Random(seed)
    model = rw.Model(f"backhauls {seed}")
    model.add_depot(x=50, y=50)
    for k in range(8):
        kind = "pickup" if k % 3 == 0 else "delivery"
        place = {"x": source.randint(0, 100), "y": source.randint(0, 100)}
        model.add_client(**place, **{kind: source.choice((5, 10))})
    model.add_vehicle_type(capacity=20, end=None, max_distance=200)
    return model.problem().replace(backhaul=rw.BackhaulPolicy.LINEHAUL_FIRST)


def matrix(seed: int = 1, nodes: int = 9) -> rw.Model:
    """A tour by an asymmetric matrix, without coordinates."""
    source = random.Random(seed)
    rows = [[0 if i == j else source.randint(10, 99) for j in range(nodes)] for i in range(nodes)]
    model = rw.Model(f"matrix {seed}")
    model.add_matrix(rows)
    model.add_depot(location=0)
    for location in range(1, nodes):
        model.add_client(location=location)
    model.add_vehicle_type(count=1)
    return model


def prizes(seed: int = 1, **vehicle: Any) -> rw.Model:
    """Optional clients with prizes."""
    source = random.Random(seed)
    model = rw.Model(f"prizes {seed}")
    model.add_depot(x=50, y=50)
    for _ in range(8):
        place = {"x": source.randint(0, 100), "y": source.randint(0, 100)}
        model.add_client(**place, required=False, prize=source.randint(1, 60))
    model.add_vehicle_type(**{"count": 1, **vehicle})
    return model


def pairs(seed: int = 1, **vehicle: Any) -> rw.Model:
    """Four shipments, whose clients stand in no order, and one vehicle."""
    model = tour(seed, **vehicle)
    for pickup, delivery in ((3, 0), (1, 6), (7, 2), (4, 5)):
        model.add_shipment(pickup, delivery, 2 if vehicle.get("capacity") else ())
    return model


def problem_for(name: str, seed: int = 1) -> rw.Problem:
    """A problem for an environment of rl4co."""
    if name == "mtvrp":
        return backhauls(seed)
    free = {"max_distance": 150, "unit_distance_cost": 0}
    model = {
        "tsp": lambda: tour(seed),
        "atsp": lambda: matrix(seed),
        "cvrp": lambda: routes(seed),
        "cvrptw": lambda: timed(seed),
        "op": lambda: prizes(seed, **free),
        "pctsp": lambda: prizes(seed),
        "pdp": lambda: pairs(seed, capacity=8),
    }[name]()
    return model.problem()
