"""How fast the foundation is: start-up, reading, construction, and time limits.

Run on a quiet machine, kernels compiled (``routewright warmup``)::

    python benchmarks/foundation.py [--instances FOLDER] [--runs 5]

Prints one markdown table; the figures are medians over the runs, in seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

READ = (
    "import sys, time, routewright as rw; rw.read(sys.argv[1]); t = time.perf_counter();"
    "rw.read(sys.argv[1]); print(time.perf_counter() - t)"
)
SAVINGS = (
    "import resource, sys, time, routewright as rw; t = time.perf_counter();"
    "p = rw.read(sys.argv[1]); r = rw.solve(p, solver='savings', time_limit=60);"
    "print(time.perf_counter() - t - r.compile_time, r.cost, r.feasible,"
    "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
)


def run(*command: str) -> tuple[float, str, str]:
    """Wall-clock seconds, standard output, and standard error of a command."""
    begin = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return time.perf_counter() - begin, done.stdout, done.stderr


def python(code: str, *arguments: str) -> str:
    return run(sys.executable, "-c", code, *arguments)[1]


def median(measure: Callable[[], float], runs: int) -> float:
    return statistics.median(measure() for _ in range(runs))


def cli(*arguments: str) -> tuple[float, str, str]:
    return run(sys.executable, "-m", "routewright", *arguments)


def search_start(instance: Path) -> float:
    """Seconds from the command to the first improvement of the search."""
    wall, out, _ = cli("solve", str(instance), "--time", "3", "--json", "--progress", "none")
    document = json.loads(out)
    return wall - document["runtime"] - document["compile_time"] + document["trace"][0]["elapsed"]


def over_limit(instance: Path, limit: float) -> tuple[float, float]:
    """Seconds of runtime, without the reported set-up, and that set-up."""
    _, out, _ = cli("solve", str(instance), "--time", str(limit), "--json", "--progress", "none")
    document = json.loads(out)
    return document["runtime"] - document["setup_time"], document["setup_time"]


def dimension(instance: Path) -> int:
    lines = instance.read_text(encoding="utf-8").splitlines()
    return next(int(line.split(":")[1]) for line in lines if line.startswith("DIMENSION"))


def rows(root: Path, runs: int) -> list[tuple[str, str, str]]:
    x1001, flanders = root / "CVRP/X/X-n1001-k43.vrp", root / "CVRP/XXL/Flanders1.vrp"
    largest = (
        flanders
        if flanders.exists()
        else max((root / "CVRP/XXL").glob("*.vrp"), key=lambda p: p.stat().st_size)
    )
    out = [
        ("`routewright --help`", "0.4", f"{median(lambda: cli('--help')[0], runs):.2f}"),
        (
            "read X-n1001-k43",
            "0.3",
            f"{median(lambda: float(python(READ, str(x1001))), runs):.3f}",
        ),
        (
            "second `solve` of X-n1001-k43 starts searching",
            "1.5",
            f"{median(lambda: search_start(x1001), runs):.2f}",
        ),
    ]
    seconds, cost, feasible, memory = python(SAVINGS, str(largest)).split()
    out.append(
        (
            f"{largest.stem}: read and savings (cost {cost}, feasible {feasible})",
            "15 s, 1024 MB",
            f"{float(seconds):.1f} s, {memory} MB",
        )
    )
    worst, name, set_up, count = 0.0, "", 0.0, 0
    for folder in sorted((root / "CVRP").iterdir()):
        for instance in sorted(folder.glob("*.vrp"), key=dimension)[-2:]:
            searching, preparing = over_limit(instance, 2)
            count += 1
            if searching > worst:
                worst, name, set_up = searching, instance.stem, preparing
    out.append(
        (
            f"`--time 2`, worst of {count} (the two largest of each CVRP set), without set-up",
            "2.1",
            f"{worst:.2f} ({name}, set-up {set_up:.2f})",
        )
    )
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).resolve().parents[2] / "shared" / "instances"
    parser.add_argument(
        "--instances", type=Path, default=Path(os.environ.get("ROUTEWRIGHT_INSTANCES", default))
    )
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        table = rows(options.instances.resolve(), options.runs)
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores\n")
    print("| what | bar (s) | measured (s) |\n|---|---|---|")
    for row in table:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
