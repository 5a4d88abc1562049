"""One tiny problem per attribute, in which the attribute changes the best plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import numpy as np
from brute_force import best_plan

import routewright as rw

Options = Mapping[str, Any]

_POINTS = ((2, 7), (8, 6), (9, -3), (-4, -6), (-7, 3))

#: Attribute (with a word where there are several) -> builder of its problem.
CASES: dict[str, Callable[[], rw.Problem]] = {}


def small(
    every: Options | None = None,
    some: Mapping[int, Options] | None = None,
    vehicles: Iterable[Options] = ({},),
    depots: Iterable[Options] = ({},),
    **model_options: Any,
) -> rw.Model:
    """Five clients around a depot.

    Parameters
    ----------
    every, some
        Options of every client, and of single ones.
    vehicles, depots
        Options of each.
    **model_options
        Of the model.
    """
    model = rw.Model("small", **model_options)
    model.set_metric("nint")
    for i, options in enumerate(depots):
        model.add_depot(**{"x": 3 * i, "y": -5 * i, **options})
    for c, (x, y) in enumerate(_POINTS):
        model.add_client(x=x, y=y, **{**(every or {}), **(some or {}).get(c, {})})
    for options in vehicles:
        model.add_vehicle_type(**options)
    return model


def case(name: str) -> Callable[[Callable[[], rw.Model]], Callable[[], rw.Model]]:
    def add(build: Callable[[], rw.Model]) -> Callable[[], rw.Model]:
        CASES[name] = lambda: build().problem()
        return build

    return add


@cache
def optimum(name: str) -> rw.Report:
    """Best plan of a case, or of the problem without any attribute (``plain``)."""
    problem = small().problem() if name == "plain" else CASES[name]()
    best = best_plan(problem)
    assert best is not None
    return best


# Loads ----------------------------------------------------------------------------


@case("capacity")
def _() -> rw.Model:
    return small({"delivery": 3}, {0: {"delivery": 4}}, [{"capacity": 7}])


@case("multiple_capacities")
def _() -> rw.Model:
    some = {0: {"delivery": (1, 5)}, 3: {"delivery": (1, 4)}, 4: {"delivery": (5, 0)}}
    return small({"delivery": (2, 1)}, some, [{"capacity": (8, 8)}])


@case("pickup mixed with delivery")
def _() -> rw.Model:
    some = {1: {"pickup": 5}, 2: {"delivery": 4, "pickup": 1}, 4: {"pickup": 3}}
    return small({"delivery": 2}, some, [{"capacity": 8}])


@case("pickup alone")
def _() -> rw.Model:
    return small({"pickup": 3}, {0: {"pickup": 4}}, [{"capacity": 7}])


@case("backhaul after linehaul")
def _() -> rw.Model:
    some = {1: {"pickup": 2}, 3: {"pickup": 5}, 4: {}}
    some |= {c: {"delivery": 3} for c in (0, 2)}
    return small(None, some, [{"capacity": 7}], backhaul="linehaul_first")


@case("backhaul with a linehaul")
def _() -> rw.Model:
    some = {c: {"pickup": 3} for c in (1, 2, 3)} | {c: {"delivery": 3} for c in (0, 4)}
    return small(None, some, [{"capacity": 6}], backhaul="linehaul_required")


@case("shipments")
def _() -> rw.Model:
    model = small(None, {4: {"delivery": 1}}, [{"capacity": 3}])
    model.add_shipment(3, 0, 2)
    model.add_shipment(2, 1, 2)
    return model


@case("shipments among pickups")
def _() -> rw.Model:
    some = {3: {"delivery": 2, "pickup": 3}, 4: {"pickup": 2}}
    model = small(None, some, [{"capacity": 5}])
    model.add_shipment(1, 0, 3)
    return model


@case("shipments left out")
def _() -> rw.Model:
    optional = {"required": False, "prize": 2}
    model = small(None, {0: optional, 2: optional})
    model.add_shipment(2, 0, 1)
    return model


@case("reloads")
def _() -> rw.Model:
    vehicle = {"count": 1, "capacity": 9, "max_reloads": 1, "reload_depots": (0, 1)}
    depots = [{}, {"x": -2, "y": -2}]
    return small({"delivery": 3}, None, [vehicle], depots)


@case("reloads with shipments")
def _() -> rw.Model:
    vehicle = {"count": 1, "capacity": 5, "max_reloads": 2, "reload_depots": (0,)}
    model = small({"delivery": 2}, {4: {"pickup": 4}, 3: {}, 0: {}}, [vehicle])
    model.add_shipment(3, 0, 3)
    return model


# Time -----------------------------------------------------------------------------


@case("time_windows")
def _() -> rw.Model:
    some = {0: {"window": (30, 40)}, 1: {"window": (0, 12)}, 3: {"window": (9, 25)}}
    return small(None, some)


@case("multiple_time_windows")
def _() -> rw.Model:
    some = {
        0: {"windows": [(0, 3), (30, 35)]},
        2: {"windows": [(5, 8), (40, 60)]},
        3: {"windows": [(2, 4), (8, 20)]},
    }
    return small(None, some, [{"count": 2, "unit_duration_cost": 1}])


@case("service")
def _() -> rw.Model:
    return small({"service": 9, "window": (0, 50)})


@case("release_times")
def _() -> rw.Model:
    some = {1: {"release": 25}, 2: {"window": (0, 30)}, 4: {"release": 5}}
    return small(None, some)


@case("release_times of long routes")
def _() -> rw.Model:
    some = {1: {"release": 25}, 2: {"window": (0, 30)}, 4: {"release": 5}}
    vehicle = {"max_duration": 45, "unit_duration_cost": 2}
    return small(None, some, [vehicle], [{"service": 3}])


@case("release_times with reloads")
def _() -> rw.Model:
    some = {1: {"release": 25}, 2: {"window": (0, 30)}, 3: {"release": 31}}
    vehicle = {"count": 1, "max_reloads": 2, "reload_depots": (0,), "unit_duration_cost": 1}
    return small(None, some, [vehicle], [{"service": 2}])


@case("depot_windows")
def _() -> rw.Model:
    return small({"window": (0, 60)}, None, depots=[{"window": (12, 45)}])


@case("depot_service")
def _() -> rw.Model:
    return small({"window": (0, 40)}, {0: {"window": (0, 12)}}, depots=[{"service": 4}])


@case("shifts")
def _() -> rw.Model:
    return small(None, None, [{"shift": (5, 46)}])


@case("max_duration")
def _() -> rw.Model:
    return small({"service": 5}, None, [{"max_duration": 50}])


@case("max_duration with waiting")
def _() -> rw.Model:
    some = {0: {"window": (40, 44)}, 2: {"window": (0, 12)}}
    return small({"service": 2}, some, [{"max_duration": 40, "fixed_cost": 1}])


@case("duration_costs")
def _() -> rw.Model:
    return small({"service": 2}, None, [{"unit_distance_cost": 0, "unit_duration_cost": 3}])


@case("duration_costs with waiting")
def _() -> rw.Model:
    some = {0: {"window": (40, 44)}, 2: {"window": (0, 12)}}
    return small(None, some, [{"unit_distance_cost": 1, "unit_duration_cost": 3}])


@case("overtime")
def _() -> rw.Model:
    vehicle = {"max_duration": 30, "max_overtime": 12, "unit_overtime_cost": 2, "fixed_cost": 9}
    return small({"service": 1}, None, [vehicle])


@case("overtime with waiting")
def _() -> rw.Model:
    vehicle = {"max_duration": 30, "max_overtime": 12, "unit_overtime_cost": 2, "fixed_cost": 9}
    return small({"service": 1}, {3: {"window": (15, 16)}}, [vehicle])


# Fleet ----------------------------------------------------------------------------


@case("max_distance")
def _() -> rw.Model:
    return small(None, None, [{"max_distance": 30}])


@case("max_stops")
def _() -> rw.Model:
    return small(None, None, [{"max_stops": 2}])


@case("limited_fleet")
def _() -> rw.Model:
    return small({"delivery": 2}, None, [{"capacity": 4, "count": 3, "end": None}])


@case("open_routes at the end")
def _() -> rw.Model:
    return small(None, None, [{"end": None, "fixed_cost": 3}])


@case("open_routes at the start")
def _() -> rw.Model:
    return small(None, {0: {"release": 9, "window": (0, 20)}}, [{"start": None, "fixed_cost": 3}])


@case("different_start_end")
def _() -> rw.Model:
    return small(None, None, [{"start": 0, "end": 1}], [{}, {}])


@case("multiple_depots")
def _() -> rw.Model:
    vehicles = [
        {"capacity": 9, "start": 0, "end": 0, "count": 1},
        {"capacity": 6, "start": 1, "end": 1, "count": 2},
    ]
    return small({"delivery": 3}, None, vehicles, [{}, {"x": -6, "y": -2}])


@case("heterogeneous_fleet")
def _() -> rw.Model:
    vehicles = [
        {"capacity": 12, "fixed_cost": 20, "unit_distance_cost": 2},
        {"capacity": 5, "fixed_cost": 4, "unit_distance_cost": 1, "count": 2},
    ]
    return small({"delivery": 3}, {0: {"delivery": 2}}, vehicles)


@case("fixed_costs")
def _() -> rw.Model:
    return small({"delivery": 2}, None, [{"capacity": 6, "fixed_cost": 17}])


@case("distance_costs")
def _() -> rw.Model:
    vehicles = [{"unit_distance_cost": 0.5, "max_stops": 3}, {"unit_distance_cost": 1.25}]
    return small(None, None, vehicles)


@case("allowed_vehicles")
def _() -> rw.Model:
    vehicles = [{"skills": ("cold",), "fixed_cost": 5}, {"fixed_cost": 2}]
    return small(None, {0: {"skills": ("cold",)}, 3: {"allowed_vehicles": (1,)}}, vehicles)


@case("vehicles_first")
def _() -> rw.Model:
    vehicle = {"capacity": 4, "end": None}
    return small({"delivery": 1}, None, [vehicle], objective="vehicles-then-distance")


# Which clients ----------------------------------------------------------------------


@case("optional_clients")
def _() -> rw.Model:
    some = {3: {"required": False, "prize": 3}, 2: {"required": False, "prize": 90}}
    return small(None, some)


@case("optional_clients only")
def _() -> rw.Model:
    return small({"required": False, "prize": 1})


@case("groups")
def _() -> rw.Model:
    some: dict[int, Options] = {0: {"group": 0, "prize": 1}, 3: {"group": 0, "prize": 9}}
    some |= {2: {"group": 1, "prize": 2}, 4: {"group": 1}}
    model = small(None, some)
    model.add_group()
    model.add_group(required=False)
    return model


# Travel ---------------------------------------------------------------------------


def _matrix(seed: int, closed: Iterable[tuple[int, int]] = ()) -> np.ndarray:
    matrix = np.random.default_rng(seed).integers(3, 30, (6, 6)).astype(float)
    for arc in closed:
        matrix[arc] = np.inf
    return matrix


def _on_matrices(*matrices: np.ndarray, vehicles: Iterable[Options] = ({},)) -> rw.Model:
    model = rw.Model("matrices")
    for matrix in matrices:
        model.add_matrix(matrix)
    model.add_depot(location=0)
    for c in range(1, 6):
        model.add_client(location=c)
    for options in vehicles:
        model.add_vehicle_type(**options)
    return model


@case("asymmetric")
def _() -> rw.Model:
    return _on_matrices(_matrix(1))


@case("unreachable")
def _() -> rw.Model:
    return _on_matrices(_matrix(1, [(0, 1), (1, 0), (2, 5), (4, 3), (3, 3)]))


@case("profiles")
def _() -> rw.Model:
    vehicles = [{"profile": 0, "max_stops": 3}, {"profile": 1, "fixed_cost": 10}]
    closed = [(0, 1), (1, 0), (3, 0)]
    return _on_matrices(_matrix(2), _matrix(3, closed), vehicles=vehicles)


# Order ----------------------------------------------------------------------------


@case("precedence in one route")
def _() -> rw.Model:
    model = small(None, None, [{"count": 1}])
    for pair in ((3, 0), (0, 2), (4, 1)):
        model.add_precedence(*pair)
    return model


@case("precedence in several routes")
def _() -> rw.Model:
    model = small({"delivery": 2}, {1: {"required": False, "prize": 1}}, [{"capacity": 6}])
    model.add_precedence(3, 0)
    model.add_precedence(1, 4)
    return model


@case("fixed_edges")
def _() -> rw.Model:
    model = small()
    model.add_fixed_edge(1, 4)
    model.add_fixed_edge(0, 5)
    return model


@case("locks")
def _() -> rw.Model:
    model = small({"delivery": 1}, None, [{"capacity": 3}, {"capacity": 4, "fixed_cost": 9}])
    model.add_lock((1, 3), vehicle_type=1)
    model.add_lock((4, 2), at_start=False)
    return model


# Numbers --------------------------------------------------------------------------


@case("capacity at a fine scale")
def _() -> rw.Model:
    model = small({"delivery": 0.25}, None, [{"capacity": 0.6, "unit_distance_cost": 0.001}])
    model.set_metric("none")
    return model


@case("capacity at huge costs")
def _() -> rw.Model:
    vehicle = {"capacity": 7, "fixed_cost": 4e9, "unit_distance_cost": 3e6}
    model = small({"delivery": 3}, {0: {"delivery": 4}}, [vehicle])
    model.set_metric("none")
    return model
