"""Small models for tests of the builder."""

from __future__ import annotations

from typing import Any

import routewright as rw


def model(**client: Any) -> rw.Model:
    """A depot at (0, 0), one client at (3, 4), and one vehicle type."""
    built = rw.Model("toy")
    built.add_depot("depot", x=0, y=0)
    built.add_client("a", **({"x": 3, "y": 4} | client))
    built.add_vehicle_type("van")
    return built


def with_vehicle(**fields: Any) -> rw.Model:
    built = model()
    built.add_vehicle_type("car", **fields)
    return built


def with_matrix(distance: Any, duration: Any = None, **options: Any) -> rw.Model:
    built = rw.Model()
    built.add_depot(location=0)
    built.add_client(location=1)
    built.add_vehicle_type()
    built.add_matrix(distance, duration, **options)
    return built
