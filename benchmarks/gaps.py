"""Gap of one solver to the best known costs of one set, checked by the checker.

    python benchmarks/gaps.py CVRP/X --solver savings
    python benchmarks/gaps.py CVRP/X --solver ortools --time 10 --every 5 --seeds 1

Instances run one after the other, with all cores, kernels compiled beforehand. Prints one
row per instance and the mean; a run without a feasible plan counts as a failure and is
never left out of the table.
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
from pathlib import Path

import routewright as rw
from routewright.result import versions
from routewright.solvers.warmup import warmup


def best_known(folder: Path) -> dict[str, float]:
    with (folder / "bks.csv").open(encoding="utf-8") as table:
        return {row["instance"]: float(row["bks"]) for row in csv.DictReader(table)}


def instances(folder: Path, every: int) -> list[Path]:
    """Problem files of a folder by size, of which every k-th is taken."""
    costs = best_known(folder)
    files = [f for f in folder.iterdir() if f.stem in costs and f.suffix not in (".sol", ".tour")]
    return sorted(files, key=lambda f: (rw.read(f).num_clients, f.stem))[::every]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).resolve().parents[2] / "shared" / "instances"
    parser.add_argument("set", help="folder of a set with a bks.csv, such as CVRP/X")
    parser.add_argument("--solver", default="auto")
    parser.add_argument("--time", type=float, default=10.0)
    parser.add_argument("--seeds", type=int, default=1, help="seeds 0 to this, exclusive")
    parser.add_argument("--every", type=int, default=1, help="take every k-th instance by size")
    parser.add_argument("--threads", type=int)
    parser.add_argument(
        "--instances", type=Path, default=Path(os.environ.get("ROUTEWRIGHT_INSTANCES", default))
    )
    o = parser.parse_args()
    folder = o.instances / o.set
    costs = best_known(folder)
    warmup()
    gaps, failures = [], 0
    print("| instance | solver | cost | best known | gap % | seconds |\n|---|---|---|---|---|---|")
    for file in instances(folder, o.every):
        for seed in range(o.seeds):
            result = rw.solve(
                rw.read(file), time_limit=o.time, solver=o.solver, seed=seed, threads=o.threads
            )
            gap = 100 * (result.cost - costs[file.stem]) / costs[file.stem]
            failures += not result.feasible
            gaps += [gap] if result.feasible else []
            shown = f"{gap:.2f}" if result.feasible else "no feasible plan"
            row = (file.stem, result.solver, result.cost, costs[file.stem], shown)
            print("| " + " | ".join(map(str, row)) + f" | {result.runtime:.2f} |", flush=True)
    mean = f"{statistics.mean(gaps):.2f}" if gaps else "-"
    print(f"\nmean gap {mean} % over {len(gaps)} runs, {failures} without a feasible plan")
    print(", ".join(f"{name} {version}" for name, version in versions().items()))


if __name__ == "__main__":
    main()
