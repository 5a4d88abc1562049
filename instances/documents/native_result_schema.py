"""The document types of results and solutions: what ``solve --json`` prints."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from .json_fields import Coordinate, Name, Number, Whole
from .json_shape import Document


def _says(description: str, default: Any = None) -> Any:
    return Field(default=default, description=description)


class StopDocument(Document):
    """A visit: when, and with which load on leaving."""

    id: Name = Field(description="Id of the client.")
    arrival: Number = Field(description="Time of arrival.")
    start: Number = Field(description="Start of service; waiting lies between.")
    departure: Number = Field(description="End of service.")
    load: list[Coordinate] = Field(description="Load on leaving, per capacity dimension.")


class RouteDocument(Document):
    """One vehicle's work."""

    vehicle: Name | None = _says("Name of the vehicle, or of its type.")
    vehicle_type: Name | None = _says("Id of the vehicle type.")
    visits: list[Name] | None = _says("Ids of the clients in order, over all trips.")
    trips: list[list[Name]] | None = _says("Visits per trip, where the vehicle reloads.")
    reloads: list[Name] | None = _says("Ids of the depots between the trips.")
    quantities: list[list[Coordinate] | None] | None = _says(
        "What each visit brings, per capacity dimension; null for the whole delivery of its "
        "client. Only where deliveries are split."
    )
    cost: Number | None = _says("Cost of the route.")
    distance: Number | None = _says("Distance driven.")
    duration: Number | None = _says("From start to end.")
    travel_time: Number | None = _says("Time spent driving.")
    service: Number | None = _says("Time spent at stops and loading.")
    waiting: Number | None = _says("Time spent waiting.")
    overtime: Number | None = _says("Duration beyond the limit.")
    start_time: Number | None = _says("When the route starts.")
    end_time: Number | None = _says("When the route ends.")
    load: list[Coordinate] | None = _says("Largest load, per capacity dimension.")
    stops: list[StopDocument] | None = _says("One per visit.")


class UnassignedDocument(Document):
    """A client that no route visits, and why."""

    id: Name = Field(description="Id of the client.")
    reason: Literal["not selected", "missing", "group"] = Field(
        description="Optional and left out; required but not visited; or another member of "
        "its group is visited, or none."
    )
    detail: str = Field(description="The reason in words.")


class ViolationDocument(Document):
    """A rule that the plan breaks."""

    kind: str = Field(description="The rule.")
    message: str = Field(description="What, where, and by how much.")
    route: Whole | None = _says("Index into routes.")
    client: Name | None = _says("Id of the client.")
    amount: Number | None = _says("By how much.")


class TraceDocument(Document):
    """An improvement during the search."""

    elapsed: Number = Field(description="Seconds since the start.")
    iterations: Whole = Field(description="Iterations done.")
    cost: Number = Field(description="Cost from then on.")
    feasible: bool = Field(description="Whether that plan kept every rule.")


class ResultDocument(Document):
    """A plan with its schedule, as the checker sees it, and how it was found.

    Numbers are in the units of the problem. Ids are numbers where every id of the
    problem is a number, and strings otherwise. Only ``routes`` is needed to read a plan;
    what belongs to a search is null where there was none.
    """

    schema_: Literal["routewright/result/1"] | None = Field(
        default=None, alias="schema", description="Says what the file is."
    )
    problem: str = _says("Name of the problem.", "")
    problem_hash: str | None = _says("Fingerprint of the problem: SHA-256, 16 digits.")
    solver: str | None = _says("The solver.")
    seed: Whole | None = _says("Its seed.")
    status: Literal["optimal", "feasible", "infeasible_plan", "proven_infeasible"] | None = _says(
        "How the search ended."
    )
    feasible: bool | None = _says("Whether no rule is broken.")
    cost: Number | None = _says("Total cost.")
    cost_breakdown: dict[str, Number] | None = _says(
        "distance, duration, overtime, fixed, prizes (lost); they add up to the cost."
    )
    bound: Number | None = _says("Proven lower bound on the cost.")
    runtime: Number | None = _says("Seconds, without compile_time.")
    compile_time: Number | None = _says("Seconds spent compiling or loading kernels.")
    setup_time: Number | None = _says("Seconds of runtime before the search: reading and the like.")
    stop_reason: str | None = _says("Why the search ended.")
    iterations: Whole | None = _says("Iterations done.")
    message: str | None = _says("Which solver was chosen and why, and the like.")
    notes: list[str] | None = _says("Notes of the problem.")
    routes: list[RouteDocument] = Field(description="One per used vehicle.")
    unassigned: list[UnassignedDocument] | None = _says("Clients that no route visits.")
    violations: list[ViolationDocument] | None = _says("Rules that are broken.")
    trace: list[TraceDocument] | None = _says("Improvements in order.")
    versions: dict[str, str] | None = _says("Versions of what ran.")
