"""The document types of VROOM JSON, in and out.

Unknown fields are kept in ``model_extra``: VROOM ignores them, and a note names them.

References
----------
VROOM, ``docs/API.md``: the input and output formats.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import ConfigDict, Field, PlainValidator

from .json_fields import Matrix, Number, Whole, wrong
from .json_shape import Document
from .json_text import path

_MAX_SPEED_FACTOR = 5
_MIN_SPEED_FACTOR = 0.01  # ours: durations are kept to hundredths
_MAX_PRIORITY = 100


def _point(value: object) -> tuple[float, float]:
    if (
        isinstance(value, list)
        and len(value) == 2
        and all(type(v) in (int, float) for v in value)
        and abs(value[0]) <= 360
        and abs(value[1]) <= 90
    ):
        return float(value[0]), float(value[1])
    raise wrong(value, "is not a [longitude, latitude] in degrees")


def _window(value: object) -> tuple[int, int]:
    if not (isinstance(value, list) and len(value) == 2 and all(type(v) is int for v in value)):
        raise wrong(value, "is not a time window; write [start, end] in whole seconds")
    start, end = value
    if start < 0:
        raise wrong(value, "starts before time 0")
    if start > end:
        raise wrong(value, "closes before it opens")
    return start, end


def _priority(value: object) -> int:
    if type(value) is int and 0 <= value <= _MAX_PRIORITY:
        return value
    raise wrong(value, f"is not a priority; write a whole number from 0 to {_MAX_PRIORITY}")


def _speed_factor(value: object) -> float:
    if (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and _MIN_SPEED_FACTOR <= value <= _MAX_SPEED_FACTOR
    ):
        return float(value)
    rule = f"is not a speed factor from {_MIN_SPEED_FACTOR} to {_MAX_SPEED_FACTOR}"
    raise wrong(value, rule)


Point = Annotated[tuple[float, float], PlainValidator(_point)]
TimeWindow = Annotated[tuple[int, int], PlainValidator(_window)]
Priority = Annotated[int, PlainValidator(_priority)]
SpeedFactor = Annotated[float, PlainValidator(_speed_factor)]


class VroomDocument(Document):
    """Base of VROOM's objects: unknown fields are noted, not refused."""

    model_config = ConfigDict(extra="allow", strict=True)


class TaskDocument(VroomDocument):
    """What jobs and the two steps of shipments share."""

    id: Whole
    description: str | None = None
    location: Point | None = None
    location_index: Whole | None = None
    setup: Whole = 0
    service: Whole = 0
    setup_per_type: dict[str, Whole] = Field(default_factory=dict)
    service_per_type: dict[str, Whole] = Field(default_factory=dict)
    time_windows: list[TimeWindow] | None = None


class JobDocument(TaskDocument):
    """A stop, with amounts brought from and taken to the ends of the route."""

    delivery: list[Whole] | None = None
    pickup: list[Whole] | None = None
    amount: list[Whole] | None = None  # the old name of delivery
    skills: list[Whole] = Field(default_factory=list)
    priority: Priority = 0


class ShipmentDocument(VroomDocument):
    """A pickup and a delivery by one vehicle."""

    pickup: TaskDocument
    delivery: TaskDocument
    amount: list[Whole] | None = None
    skills: list[Whole] = Field(default_factory=list)
    priority: Priority = 0


class CostsDocument(VroomDocument):
    """What a vehicle costs."""

    fixed: Whole = 0
    per_hour: Whole = 3600
    per_task_hour: Whole = 0
    per_km: Whole = 0


class BreakDocument(VroomDocument):
    """A pause."""

    id: Whole
    description: str | None = None
    time_windows: list[TimeWindow] | None = None
    service: Whole = 0
    max_load: list[Whole] | None = None


class VehicleDocument(VroomDocument):
    """A vehicle."""

    id: Whole
    description: str | None = None
    profile: str = "car"
    start: Point | None = None
    start_index: Whole | None = None
    end: Point | None = None
    end_index: Whole | None = None
    capacity: list[Whole] | None = None
    costs: CostsDocument = Field(default_factory=CostsDocument)
    skills: list[Whole] = Field(default_factory=list)
    type: str | None = None
    time_window: TimeWindow | None = None
    breaks: list[BreakDocument] = Field(default_factory=list)
    speed_factor: SpeedFactor = 1.0
    max_tasks: Whole | None = None
    max_travel_time: Whole | None = None
    max_distance: Whole | None = None
    steps: list[Any] | None = None


class MatricesDocument(VroomDocument):
    """Travel of one profile; our reader also takes null where no way exists."""

    durations: Matrix = None
    distances: Matrix = None
    costs: Matrix = None


class InputDocument(VroomDocument):
    """A problem."""

    jobs: list[JobDocument] = Field(default_factory=list)
    shipments: list[ShipmentDocument] = Field(default_factory=list)
    vehicles: list[VehicleDocument] = Field(default_factory=list)
    matrices: dict[str, MatricesDocument] | None = None
    matrix: Matrix = None  # the old name of matrices.car.durations


class StepDocument(VroomDocument):
    """A step of a route."""

    type: str
    id: Whole | None = None
    job: Whole | None = None  # the old name of id
    arrival: Number | None = None


class RouteDocument(VroomDocument):
    """A route."""

    vehicle: Whole
    steps: list[StepDocument]


class OutputDocument(VroomDocument):
    """A solution; only what is read back has its type here."""

    code: Whole = 0
    error: str | None = None
    routes: list[RouteDocument] = Field(default_factory=list)


def unknown_fields(value: object, steps: tuple[str | int, ...] = ()) -> Iterator[str]:
    """Yield the paths of the fields that VROOM does not know."""
    if isinstance(value, VroomDocument):
        for name in value.model_extra or ():
            yield path((*steps, name))
        for name in type(value).model_fields:
            yield from unknown_fields(getattr(value, name), (*steps, name))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from unknown_fields(item, (*steps, i))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from unknown_fields(item, (*steps, name))
