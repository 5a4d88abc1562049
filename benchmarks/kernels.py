"""How fast the compiled search is: iterations per second, and what compiling costs.

    python benchmarks/kernels.py [--solver ruin] [--time 5] [--runs 3]

Iterations are those of one thread, over the seconds from the first plan to the end; the
instances differ a hundredfold in size, to show whether an iteration depends on it.
Compilation is timed in processes of their own: with an empty cache, and with a full one.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from contestants import Ours
from machine import INSTANCES, describe, refuse_cold_kernels
from tables import header

import routewright as rw

PLACES = (
    "CVRP/X/X-n106-k14.vrp",
    "CVRP/X/X-n1001-k43.vrp",
    "CVRP/XXL/Leuven1.vrp",
    "CVRP/XXL/Flanders1.vrp",
)
#: Seconds by kernel: of those that a solver needs, or of all of them without one.
COMPILE = """
import json, sys, time
begin = time.perf_counter()
from routewright.solvers import get_solver
from routewright.solvers.kernels.calls import CALLS
from routewright.solvers.warmup import prepare, warmup
names = getattr(get_solver(sys.argv[1]), "kernels", ()) if sys.argv[1] else ()
importing = time.perf_counter() - begin
begin = time.perf_counter()
seconds = {} if names else warmup()
if names:
    prepare(names)
total = time.perf_counter() - begin
print(json.dumps({"importing": importing, "total": total, "kernels": seconds}))
"""


def iterations(solver: str, file: Path, seconds: float, seed: int) -> tuple[float, float]:
    """Iterations per second of search, and the seconds before it."""
    result = Ours(solver, 1).result(rw.read(file), seconds, seed)
    before = max(result.setup_time, result.trace[0].elapsed if result.trace else 0.0)
    return result.iterations / max(result.runtime - before, 1e-9), before


def speeds(solver: str, seconds: float, runs: int) -> list[str]:
    """Median over the runs for every instance that is at hand."""
    lines = header(["instance", "clients", "iterations/s", "before the search, s"])
    for file in (INSTANCES / place for place in PLACES):
        if not file.exists():
            continue
        found = [iterations(solver, file, seconds, seed) for seed in range(runs)]
        pace, before = (statistics.median(values) for values in zip(*found, strict=True))
        clients = rw.read(file).num_clients
        lines.append(f"| {file.stem} | {clients} | {pace:,.0f} | {before:.2f} |")
    return [*lines, ""]


def compilation(solver: str, folder: str) -> dict[str, object]:
    """What one process reports that compiles, or loads, into a cache folder."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
    done = subprocess.run(
        [sys.executable, "-c", COMPILE, solver],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


def compilations(solver: str) -> list[str]:
    """Compiling from nothing and loading, for all kernels and for those of the solver."""
    lines = header(["kernels", "from nothing, s", "from the cache, s", "importing, s", "slowest"])
    for name, what in (("", "all"), (solver, solver)):
        with tempfile.TemporaryDirectory() as folder:
            cold, warm = compilation(name, folder), compilation(name, folder)
        each = dict(cold["kernels"])  # type: ignore[call-overload]
        slowest = sorted(each.items(), key=lambda item: -item[1])[:3]
        named = ", ".join(f"{kernel} {seconds:.1f}" for kernel, seconds in slowest)
        lines.append(
            f"| {what} | {cold['total']:.1f} | {warm['total']:.2f} | {warm['importing']:.2f} "
            f"| {named} |"
        )
    return [*lines, ""]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--solver", default="ruin")
    parser.add_argument("--time", type=float, default=5.0, help="seconds for each run")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-compile", action="store_true", help="iterations per second only")
    o = parser.parse_args()
    refuse_cold_kernels()
    print(describe() + "\n")
    print("\n".join(speeds(o.solver, o.time, o.runs)))
    if not o.no_compile:
        print("\n".join(compilations(o.solver)))


if __name__ == "__main__":
    main()
