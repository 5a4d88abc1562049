"""The names of everything a problem may use beyond a plain tour."""

from __future__ import annotations

from enum import StrEnum, unique


@unique
class Attribute(StrEnum):
    """What a problem uses; a solver refuses by these names."""

    ALLOWED_VEHICLES = "allowed_vehicles"
    ASYMMETRIC = "asymmetric"
    BACKHAUL = "backhaul"
    BREAKS = "breaks"
    CAPACITY = "capacity"
    DEPOT_SERVICE = "depot_service"
    DEPOT_WINDOWS = "depot_windows"
    DIFFERENT_START_END = "different_start_end"
    DISTANCE_COSTS = "distance_costs"
    DURATION_COSTS = "duration_costs"
    FIXED_COSTS = "fixed_costs"
    FIXED_EDGES = "fixed_edges"
    GROUPS = "groups"
    HETEROGENEOUS_FLEET = "heterogeneous_fleet"
    LIMITED_FLEET = "limited_fleet"
    LOCKS = "locks"
    MAX_DISTANCE = "max_distance"
    MAX_DURATION = "max_duration"
    MAX_STOPS = "max_stops"
    MULTIPLE_CAPACITIES = "multiple_capacities"
    MULTIPLE_DEPOTS = "multiple_depots"
    MULTIPLE_TIME_WINDOWS = "multiple_time_windows"
    OPEN_ROUTES = "open_routes"
    OPTIONAL_CLIENTS = "optional_clients"
    OVERTIME = "overtime"
    PICKUP = "pickup"
    PRECEDENCE = "precedence"
    PROFILES = "profiles"
    RELEASE_TIMES = "release_times"
    RELOADS = "reloads"
    SERVICE = "service"
    SHIFTS = "shifts"
    SHIPMENTS = "shipments"
    SPLIT_DELIVERY = "split_delivery"
    TIME_DEPENDENT = "time_dependent"
    TIME_WINDOWS = "time_windows"
    UNREACHABLE = "unreachable"
    VEHICLES_FIRST = "vehicles_first"


#: Attributes that have their place in the types but are not searched or checked yet.
FUTURE_ATTRIBUTES = frozenset({Attribute.BREAKS, Attribute.TIME_DEPENDENT})
