"""One call of each kernel, in this process or in several: each compiles one at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from routewright.arrays import ProblemArrays
from routewright.model import Model

from .kernels.calls import CALLS

#: Kernels that share most of their functions, which are compiled once where one process
#: compiles all of them; those that take longest come first.
FAMILIES = (
    ("run_search", "run_insert", "run_load", "run_export", "run_alone"),
    ("run_descent", "run_penalty_load", "run_penalty_export", "run_split"),
)


def call_kernels(
    names: list[str], report: Callable[[str, float], None] | None = None
) -> dict[str, float]:
    """Call each kernel once; returns the seconds that it took to load or to compile."""
    seconds: dict[str, float] = {}
    arrays = _tiny_arrays()
    for name in names:
        begin = time.perf_counter()
        CALLS[name](arrays)
        seconds[name] = time.perf_counter() - begin
        if report is not None:
            report(name, seconds[name])
    return seconds


def compile_apart(
    names: list[str], workers: int, report: Callable[[str, float], None] | None
) -> dict[str, float]:
    """Compile kernels into the cache, in processes of their own.

    Parameters
    ----------
    names
        The kernels.
    workers
        How many processes.
    report
        Called after each kernel with its name and the seconds it took.

    Returns
    -------
    dict of str to float
        Seconds by kernel.
    """
    seconds: dict[str, float] = {}
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        running = [pool.submit(call_kernels, job) for job in _jobs(names)]
        for done in as_completed(running):
            for name, taken in done.result().items():
                seconds[name] = taken
                if report is not None:
                    report(name, taken)
    return seconds


def _jobs(names: list[str]) -> list[list[str]]:
    """Families first, and then every other kernel by itself."""
    left = dict.fromkeys(names)
    jobs = [[name for name in family if name in left] for family in FAMILIES]
    for name in (name for job in jobs for name in job):
        del left[name]
    return [job for job in jobs if job] + [[name] for name in left]


def _tiny_arrays() -> ProblemArrays:
    """Arrays of a problem in which every array has an entry, so that all types are seen."""
    model = Model("tiny")
    for x in (0.0, 9.0):
        model.add_depot(x=x, y=0, window=(0, 1000), service=1)
    group = model.add_group()
    for x in range(1, 7):
        model.add_client(
            x=x,
            y=2 * x,
            delivery=(1, 0),
            pickup=(0, 1),
            windows=((0, 400), (500, 1000)),
            service=1,
            release=x,
            prize=1,
            required=x > 2,
            group=group if x <= 2 else None,
            skills=("lift",),
        )
    model.add_shipment(2, 3, (1, 1))
    model.add_precedence(4, 5)
    model.add_vehicle_type(
        count=3,
        capacity=(20, 20),
        end=1,
        shift=(0, 1000),
        max_distance=500,
        max_duration=900,
        max_overtime=50,
        max_stops=6,
        max_reloads=1,
        reload_depots=(0, 1),
        fixed_cost=10,
        unit_duration_cost=1,
        unit_overtime_cost=2,
        skills=("lift",),
    )
    model.add_vehicle_type(capacity=(20, 20), end=None, skills=("lift",))
    return model.problem().arrays()
