"""The document types of our own JSON, and the JSON Schema published from them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field
from pydantic.json_schema import GenerateJsonSchema

from .json_fields import (
    Capacity,
    Coordinate,
    Matrix,
    Name,
    NamePair,
    NodePair,
    Number,
    Numbers,
    Positives,
    Time,
    Unit,
    Whole,
    Window,
)
from .json_shape import Document
from .native_result_schema import ResultDocument

PROBLEM_MARKER = "problem/1"

#: Metrics whose benchmark rounding has to be said, since none is usual for all of them.
FORMULAS_WITH_RULES = ("att", "geo", "geom", "xray1", "xray2", "geo_meeus", "geom_meeus")


def _says(description: str, default: Any = None) -> Any:
    return Field(default=default, description=description)


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default")


def _end_of_route(description: str) -> Any:
    return Field(
        default=None,
        description=f"{description}: its id; the first depot if not given; null: open.",
        # Not given and null differ, which a default in the schema would deny.
        json_schema_extra=_without_default,
    )


def _list_of(description: str) -> Any:
    return Field(default_factory=list, description=description)


class PlaceDocument(Document):
    """A point: planar (x, y, and perhaps z), or geographic (lat, lon) in degrees."""

    x: Coordinate | None = _says("Planar coordinate.")
    y: Coordinate | None = _says("Planar coordinate.")
    z: Coordinate | None = _says("Third coordinate; all places have one, or none has.")
    lat: Coordinate | None = _says("Latitude in degrees, north positive.")
    lon: Coordinate | None = _says("Longitude in degrees, east positive.")

    @property
    def has_point(self) -> bool:
        """Whether any coordinate is given."""
        return any(v is not None for v in (self.x, self.y, self.z, self.lat, self.lon))


class NodeDocument(PlaceDocument):
    """Something at a place: coordinates of its own, or the index of a location."""

    id: Name | None = _says("Name, unique among its kind; a number is a name, too.")
    location: Whole | None = _says(
        "Index into locations, or row of the matrices. Without coordinates and "
        "locations, matrices are in file order: depots first, then clients."
    )


class DepotDocument(NodeDocument):
    """A place where routes start, end, or reload."""

    window: Window | None = _says("Opening hours for departures and returns.")
    service: Time = _says("Time spent before each departure.", 0)


class ClientDocument(NodeDocument):
    """A stop to be visited at most once."""

    delivery: Numbers = _list_of("Amount brought from the depot.")
    pickup: Numbers = _list_of("Amount taken to the depot.")
    window: Window | None = _says("When service may start; several windows: see windows.")
    windows: list[Window | None] | None = _says("Disjoint windows in increasing order.")
    service: Time = _says("Time spent at the stop.", 0)
    release: Time = _says("The trip that serves it may not leave its depot earlier.", 0)
    required: bool = _says("Whether it must be visited.", True)
    prize: Number = _says("Cost of not visiting it, if it is optional.", 0)
    skills: list[Name] = _list_of("Every one must be offered by the vehicle type.")
    allowed_vehicles: list[Name] | None = _says(
        "Ids of the vehicle types that may serve it; null for all."
    )
    splittable: bool = _says("Whether the delivery may be brought in parts.", False)


class ShipmentDocument(Document):
    """Goods carried from one client to another by one vehicle in one trip."""

    id: Name | None = _says("Name.")
    pickup: Name = Field(description="Id of the client where they are picked up.")
    delivery: Name = Field(description="Id of the client where they are delivered.")
    amount: Numbers = _list_of("Load between the two stops.")


class GroupDocument(Document):
    """Clients of which at most one is visited."""

    id: Name | None = _says("Name.")
    required: bool = _says("Whether exactly one must be visited.", True)
    clients: list[Name] = Field(description="Ids of the clients.")


class BreakDocument(Document):
    """Reserved: a pause of a driver."""

    window: Window | None = _says("When the pause may start.")
    service: Time = Field(description="How long it takes.")


class VehicleTypeDocument(Document):
    """Interchangeable vehicles."""

    id: Name | None = _says("Name, unique among vehicle types.")
    count: Whole | None = _says("How many there are; null for as many as wanted.")
    vehicle_ids: list[Name] = _list_of("Names of the single vehicles.")
    capacity: Capacity = _list_of("Capacity; nothing or null for no limit.")
    start: Name | None = _end_of_route("Depot where routes start")
    end: Name | None = _end_of_route("Depot where routes end")
    shift: Window | None = _says("Routes start not before the first and end not after the second.")
    max_distance: Number | None = _says("Limit per route.")
    max_duration: Time | None = _says("Limit per route, service and waiting included.")
    max_stops: Whole | None = _says("Limit per route.")
    max_overtime: Time | None = _says("Duration allowed beyond max_duration.", 0)
    max_reloads: Whole | None = _says("Reloads allowed within a route; null for no limit.", 0)
    reload_depots: list[Name] = _list_of("Ids of the depots where it may reload.")
    fixed_cost: Number = _says("Cost of using a vehicle.", 0)
    unit_distance_cost: Number = _says("Cost per unit of distance.", 1)
    unit_duration_cost: Number = _says("Cost per unit of time, waiting included.", 0)
    unit_overtime_cost: Number = _says("Cost per unit of time beyond max_duration.", 0)
    profile: Whole = _says("Index of the matrices, or of the speed of the metric.", 0)
    skills: list[Name] = _list_of("What the vehicle offers.")
    breaks: list[BreakDocument] = _list_of("Reserved.")


class LockDocument(Document):
    """Visits that must stay together, in this order, in one route."""

    visits: list[Name] = Field(description="Ids of the clients.")
    vehicle_type: Name | None = _says("Id of the type that must run the route, if any.")
    at_start: bool = _says("Whether they must be the first visits of the route.", True)


class MetricDocument(Document):
    """Distances computed from coordinates: rule(scale * formula)."""

    kind: (
        Literal[
            "euclidean",
            "manhattan",
            "maximum",
            "att",
            "geo",
            "geom",
            "haversine",
            "toroidal",
            "xray1",
            "xray2",
            "geo_meeus",
            "geom_meeus",
        ]
        | None
    ) = _says("The formula; euclidean for x and y, haversine (meters) for lat and lon.")
    rounding: Literal["none", "nint", "trunc", "dec1", "exact"] | None = _says(
        "Short for rule and scale: none keeps millionths, nint and trunc whole numbers, "
        "dec1 tenths rounded down, exact thousandths."
    )
    rule: Literal["nint", "floor", "ceil"] | None = _says("How scaled distances become whole.")
    scale: Unit | None = _says("Internal units per unit of distance.")
    period: Number | None = _says("Side of the torus, for toroidal.")
    speed: Positives | None = _says("Distance per unit of time; several make profiles.")
    duration_factor: Numbers | None = _says(
        "Instead of speed: internal units of time per internal unit of distance."
    )


class MatrixDocument(Document):
    """One travel profile; null where no way exists."""

    distance: Matrix = _says("Distances; equal to the durations if not given.")
    duration: Matrix = _says("Durations; equal to the distances if not given.")


class ScaleDocument(Document):
    """Internal whole units per unit of this file; without it the decimals decide."""

    distance: Unit = Field(description="Per unit of distance.")
    time: Unit = Field(description="Per unit of time.")
    cost: Unit = Field(description="Per unit of cost.")
    load: list[Unit] = _list_of("Per unit of each capacity dimension.")


class ProblemDocument(Document):
    """A routing problem in the user's units; clock times such as "08:30" are seconds."""

    schema_: str | None = Field(default=None, alias="$schema", description="For editors.")
    routewright: Literal["problem/1"] = Field(description="Says what the file is.")
    name: str = _says("Name of the problem.", "")
    objective: Literal["cost", "vehicles-then-distance"] = _says("What is minimized.", "cost")
    backhaul: Literal["mixed", "linehaul_first", "linehaul_required"] = _says(
        "Where pickups may stand among deliveries.", "mixed"
    )
    tour_base: Whole = _says("How solution files of the source count nodes.", 0)
    notes: list[str] = _list_of("What a reader or builder had to say.")
    scale: ScaleDocument | None = _says("Internal units; the decimals decide without it.")
    metric: MetricDocument | None = _says("How distances follow from coordinates.")
    matrices: list[MatrixDocument] | None = _says("Travel profiles, instead of a metric.")
    locations: list[PlaceDocument] = _list_of("Places that depots and clients refer to.")
    depots: list[DepotDocument] = _list_of("Depots.")
    clients: list[ClientDocument] = _list_of("Clients.")
    vehicle_types: list[VehicleTypeDocument] = _list_of("The fleet.")
    shipments: list[ShipmentDocument] = _list_of("Pickup and delivery pairs.")
    groups: list[GroupDocument] = _list_of("Mutually exclusive clients.")
    precedences: list[NamePair] = _list_of("Clients [before, after] within one route.")
    fixed_edges: list[NodePair] = _list_of("Nodes that must be neighbors in a route.")
    locks: list[LockDocument] = _list_of("Visits that are already decided.")


def schema(document: Literal["problem", "result"] = "problem") -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a document.

    Parameters
    ----------
    document
        ``problem`` for our problem files, ``result`` for what ``solve --json`` prints.
    """
    kind: type[Document] = ProblemDocument if document == "problem" else ResultDocument
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **kind.model_json_schema(by_alias=True, schema_generator=_Untitled),
        "title": f"Routewright {document}",
    }


class _Untitled(GenerateJsonSchema):
    """Leaves out the titles that only repeat the names of the fields."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False
