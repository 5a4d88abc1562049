"""From a VROOM problem to ours; what cannot be said is refused by name."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from routewright.errors import InputError, Issue
from routewright.model import Model
from routewright.problem import Problem, Scale
from routewright.travel import Rounding

from .json_shape import shape
from .json_text import parse_object
from .vroom_numbers import TaskKind, task_name
from .vroom_priority import prizes
from .vroom_schema import (
    BreakDocument,
    InputDocument,
    JobDocument,
    TaskDocument,
    VehicleDocument,
    unknown_fields,
)
from .vroom_travel import SPEED, Fare, VroomTravel

Window = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class _Task:
    """A job, or one step of a shipment, with what it inherits from the shipment."""

    where: str
    kind: TaskKind
    document: TaskDocument
    skills: list[int]
    priority: int


@dataclass(frozen=True, slots=True)
class _Kind:
    """Everything of a vehicle but its name: vehicles that are equal in it are one type."""

    fare: Fare
    start: int | None
    end: int | None
    capacity: tuple[int, ...]
    skills: frozenset[str]
    shift: Window
    max_tasks: int | None
    fixed: int
    breaks: tuple[tuple[Window, int], ...]


def read_input(text: str, rounding: Rounding | None = None) -> Problem:
    """Read a VROOM problem; see `instances.documents.vroom`.

    Raises
    ------
    InputError
        Listing everything that is wrong or not supported, with its path.
    """
    found = shape(InputDocument, parse_object(text))
    if found.document is None:
        raise InputError(found.issues)
    reader = _Reader(found.document)
    if rounding is not None:
        reader.model.notes.append("rounding does not concern VROOM files: their numbers are whole")
    problem: Problem | None = None
    built: list[Issue] = []
    # Where whole items or matrices were taken out, too much depends on them to go on.
    if not found.kept and found.spoiled.isdisjoint(InputDocument.model_fields):
        try:
            problem = reader.problem()
        except InputError as error:
            built = [i for i in error.issues if not reader.issues]
    issues = [*found.issues, *(i for i in (*reader.issues, *built) if not found.follows(i))]
    if issues or problem is None:
        raise InputError(issues)
    return problem


class _Reader:
    def __init__(self, document: InputDocument) -> None:
        self.d = document
        self.model = Model()
        self.issues: list[Issue] = []
        self.travel = VroomTravel(document, self.model, self.issue)
        self.tasks = list(self._tasks())
        self.places: dict[tuple[float, float], int] = {}
        self.depots: dict[int, int] = {}

    def issue(self, where: str, message: str) -> None:
        self.issues.append(Issue(where, "", message))

    def problem(self) -> Problem:
        """Build the problem with prizes that put tasks before cost."""
        if not self.d.vehicles:
            self.issue("vehicles", "at least one vehicle is needed")
        self.dimensions = self._dimensions()
        self._unique()
        starts = [self._end(f"vehicles[{k}]", v, "start") for k, v in enumerate(self.d.vehicles)]
        locations = [self._place(t.where, t.document) for t in self.tasks]
        self._refuse_shared_setups(starts, locations)
        self._add_tasks(locations)
        self._add_vehicles(starts)
        self._add_points()
        self._notes()
        problem = self.model.problem()
        if self.issues:
            raise InputError([])
        values = prizes(problem, [t.priority for t in self.tasks])
        clients = zip(problem.clients, values, strict=True)
        try:
            return problem.replace(clients=tuple(replace(c, prize=prize) for c, prize in clients))
        except InputError:
            self.issue("", "prizes that put priorities before cost would overflow 53 bits")
            raise

    # Tasks --------------------------------------------------------------------------

    def _tasks(self) -> Iterator[_Task]:
        for i, job in enumerate(self.d.jobs):
            yield _Task(f"jobs[{i}]", TaskKind.JOB, job, job.skills, job.priority)
        for i, s in enumerate(self.d.shipments):
            for kind, step in ((TaskKind.PICKUP, s.pickup), (TaskKind.DELIVERY, s.delivery)):
                yield _Task(f"shipments[{i}].{kind}", kind, step, s.skills, s.priority)

    def _unique(self) -> None:
        """Each kind of task has ids of its own; VROOM asks them to be unique."""
        seen: Counter[tuple[TaskKind, int]] = Counter()
        for task in self.tasks:
            seen[task.kind, task.document.id] += 1
            if seen[task.kind, task.document.id] == 2:
                self.issue(f"{task.where}.id", f"{task.document.id} is used more than once")
        vehicles: Counter[int] = Counter()
        for k, vehicle in enumerate(self.d.vehicles):
            vehicles[vehicle.id] += 1
            if vehicles[vehicle.id] == 2:
                self.issue(f"vehicles[{k}].id", f"{vehicle.id} is used more than once")

    def _dimensions(self) -> int:
        """Number of capacity dimensions, which all amounts must share."""
        given = [
            (f"{where}.{name}", amounts)
            for where, entity, names in (
                *((f"vehicles[{k}]", v, ("capacity",)) for k, v in enumerate(self.d.vehicles)),
                *(
                    (f"jobs[{i}]", j, ("delivery", "pickup", "amount"))
                    for i, j in enumerate(self.d.jobs)
                ),
                *((f"shipments[{i}]", s, ("amount",)) for i, s in enumerate(self.d.shipments)),
            )
            for name in names
            if (amounts := getattr(entity, name)) is not None
        ]
        if not given:
            return 0
        place, first = given[0]
        for where, amounts in given:
            if len(amounts) != len(first):
                message = f"has {len(amounts)} dimensions; {place} has {len(first)}"
                self.issue(where, message)
        return len(first)

    def _add_tasks(self, locations: list[int]) -> None:
        numbers = Counter(task.document.id for task in self.tasks)
        for task, location in zip(self.tasks, locations, strict=True):
            t = task.document
            job = t if isinstance(t, JobDocument) else None
            if job is not None and job.amount is not None and job.delivery is not None:
                self.issue(f"{task.where}.amount", "is the old name of delivery; give one of them")
            delivery = (job.delivery or job.amount or ()) if job else ()
            self.model.add_client(
                task_name(task.kind, t.id, shared=numbers[t.id] > 1),
                location=location,
                delivery=delivery if any(delivery) else (),
                pickup=job.pickup if job and job.pickup and any(job.pickup) else (),
                windows=t.time_windows or None,
                service=self._service(task),
                required=False,
                skills=[str(skill) for skill in task.skills],
                where=task.where,
            )
        first = len(self.d.jobs)
        for i, s in enumerate(self.d.shipments):
            pickup = first + 2 * i
            amount = s.amount if s.amount and any(s.amount) else ()
            self.model.add_shipment(pickup, pickup + 1, amount, where=f"shipments[{i}]")

    def _service(self, task: _Task) -> int:
        """Setup and service, which must not depend on who comes from where."""
        t = task.document
        times = {
            (
                t.setup_per_type.get(v.type or "", t.setup),
                t.service_per_type.get(v.type or "", t.service),
            )
            for v in self.d.vehicles
        } or {(t.setup, t.service)}
        if len(times) > 1:
            for name in ("setup_per_type", "service_per_type"):
                if getattr(t, name):
                    rule = "is not supported where vehicles of different types differ in it"
                    self.issue(f"{task.where}.{name}", rule)
        return sum(next(iter(times)))

    def _refuse_shared_setups(self, starts: list[int | None], locations: list[int]) -> None:
        """VROOM skips the setup where the vehicle is already at the place."""
        visits = Counter(locations)
        beginnings = set(starts)
        for task, location in zip(self.tasks, locations, strict=True):
            t = task.document
            if not (t.setup or any(t.setup_per_type.values())):
                continue
            if visits[location] > 1 or location in beginnings:
                rule = "is not supported at a place shared with another task or a start"
                self.issue(f"{task.where}.setup", f"{rule}, where it would count only once")

    # Places -------------------------------------------------------------------------

    def _place(self, where: str, task: TaskDocument) -> int:
        return self._location(where, task.location, task.location_index, ("location",) * 2)

    def _location(
        self,
        where: str,
        point: tuple[float, float] | None,
        index: int | None,
        names: tuple[str, str],
    ) -> int:
        """Return the location: a matrix row, or one per distinct point."""
        size = self.travel.size
        if self.travel.matrices:
            if index is None:
                self.issue(f"{where}.{names[0]}_index", "is missing; the matrices need it")
            elif size is not None and index >= size:
                message = f"row {index} does not exist; the matrices have {size} rows"
                self.issue(f"{where}.{names[0]}_index", message)
            elif point is not None:
                self.places.setdefault(point, index)
            return 0 if index is None or (size is not None and index >= size) else index
        if point is None:
            self.issue(f"{where}.{names[1]}", "is missing, and there are no matrices")
            return 0
        return self.places.setdefault(point, len(self.places))

    def _end(self, where: str, v: VehicleDocument, name: str) -> int | None:
        point, index = getattr(v, name), getattr(v, f"{name}_index")
        if point is None and index is None:
            return None
        return self._location(where, point, index, (name, name))

    def _depot(self, location: int | None) -> int | None:
        if location is None:
            return None
        if location not in self.depots:
            self.depots[location] = self.model.add_depot(location=location)
        return self.depots[location]

    def _add_points(self) -> None:
        """Add coordinates: all of them where travel needs them, else for pictures only."""
        points = {index: point for point, index in self.places.items()}
        size = len(points) if not self.travel.matrices else self.travel.size or 0
        if set(points) == set(range(size)):
            for index in range(size):
                lon, lat = points[index]
                self.model.add_location(lon=lon, lat=lat)

    # Vehicles -----------------------------------------------------------------------

    def _add_vehicles(self, starts: list[int | None]) -> None:
        types: dict[_Kind, list[int]] = {}
        for k, vehicle in enumerate(self.d.vehicles):
            types.setdefault(self._kind(f"vehicles[{k}]", vehicle, starts[k]), []).append(k)
        self._set_scale(list(types))
        for kind, members in types.items():
            ids = [self.d.vehicles[k].id for k in members]
            several = f"vehicles {ids[0]}..{ids[-1]}"
            self.model.add_vehicle_type(
                str(ids[0]) if len(ids) == 1 else several,
                count=len(ids),
                vehicle_ids=ids,
                capacity=kind.capacity,
                start=kind.start,
                end=kind.end,
                shift=kind.shift,
                max_distance=kind.fare.max_distance,
                max_stops=kind.max_tasks,
                fixed_cost=kind.fixed,
                unit_distance_cost=kind.fare.unit_cost,
                profile=kind.fare.profile,
                skills=kind.skills,
                breaks=kind.breaks,
                where=f"vehicles[{members[0]}]",
            )

    def _kind(self, where: str, v: VehicleDocument, start: int | None) -> _Kind:
        end = self._end(where, v, "end")
        if start is None and end is None:
            self.issue(where, "needs a start or an end")
        if v.capacity is None and self.dimensions:
            self.model.notes.append(f"{where} has no capacity, and VROOM lets it carry nothing")
        return _Kind(
            fare=self.travel.fare(where, v),
            start=self._depot(start),
            end=self._depot(end),
            capacity=tuple(v.capacity or [0] * self.dimensions),
            skills=frozenset(map(str, v.skills)),
            shift=v.time_window or (None, None),
            max_tasks=v.max_tasks,
            fixed=v.costs.fixed,
            breaks=tuple(
                self._break(f"{where}.breaks[{i}]", pause) for i, pause in enumerate(v.breaks)
            ),
        )

    def _break(self, where: str, pause: BreakDocument) -> tuple[Window, int]:
        windows: list[Window] = [*(pause.time_windows or [])] or [(None, None)]
        if len(windows) > 1:
            self.issue(f"{where}.time_windows", "of a break are supported only one at a time")
        if pause.max_load is not None:
            self.issue(f"{where}.max_load", "is not supported")
        return windows[0], pause.service

    def _set_scale(self, types: list[_Kind]) -> None:
        """Choose internal units in which every number of the file is whole."""
        distance, time = self.travel.distance_scale, self.travel.time_scale
        per_unit = (Fraction(kind.fare.unit_cost, distance) for kind in types)
        cost = math.lcm(*(rate.denominator for rate in per_unit))
        self.model.scale = Scale(distance, time, cost, (1,) * self.dimensions)

    def _notes(self) -> None:
        notes = self.model.notes
        notes.append("every task is optional; prizes put priorities and tasks before cost")
        if not self.travel.matrices:
            notes.append(
                f"there are no matrices: distances are great circles, driven at {SPEED} m/s"
            )
        elif any(key[1] != "distances" for key in self.travel.profiles):
            notes.append("distances are what vehicles pay for: travel time, or cost")
        if self.travel.rounded:
            notes.append("costs of travel are rounded to thousandths")
        if any(v.steps for v in self.d.vehicles):
            notes.append("the steps of vehicles are a plan, not part of the problem: ignored")
        texts = [v.description for v in self.d.vehicles]
        if any((*texts, *(t.document.description for t in self.tasks))):
            notes.append("descriptions are not kept")
        if unknown := sorted(unknown_fields(self.d)):
            notes.append(f"unknown fields are ignored: {', '.join(unknown)}")
