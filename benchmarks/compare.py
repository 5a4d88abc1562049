"""Compare solvers of ours with peers on a set, at equal wall clock.

    python benchmarks/compare.py CVRP/X --time 10 --every 5 --seeds 2 --solver ruin \\
        --threads 1 --threads 2 --peers ailsii,commiv,pyvrp,hgs
    python benchmarks/compare.py CVRP/X --solver savings

Runs follow each other, in an order that alternates. A run without a feasible plan is a
failure, counted and kept. The output is markdown; it and all rows as CSV go to
``benchmarks/results/local/`` as well, or to the folder that ``--results`` names.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from contest import Contest, Row
from contestants import Contestant, Ours
from machine import INSTANCES, RESULTS, describe, refuse_cold_kernels
from peers import PEERS, peers
from sets import InstanceSet, find
from tables import instances, summary
from watchdog import Watched

from routewright.solvers import REGISTRY


def add_options(parser: argparse.ArgumentParser) -> None:
    """Options that `compare.py` and `suite.py` share."""
    parser.add_argument("--time", type=float, action="append", help="seconds; may be repeated")
    parser.add_argument("--every", type=int, help="take every k-th instance by size")
    parser.add_argument("--only", default="", help="names of instances, comma-separated")
    parser.add_argument("--seeds", type=int, default=1, help="seeds 0 to this, exclusive")
    parser.add_argument("--solver", action="append", help="a solver of ours; may be repeated")
    parser.add_argument("--threads", type=int, action="append", help="of ours; may be repeated")
    parser.add_argument("--peers", help=f"comma-separated, or none: {', '.join(PEERS)}")
    parser.add_argument("--instances", type=Path, default=INSTANCES)
    parser.add_argument("--results", type=Path, default=RESULTS)


def ours(solvers: Sequence[str], threads: Sequence[int]) -> list[Ours]:
    """Our contestants: every solver at every number of threads."""
    if unknown := [name for name in solvers if name != "auto" and name not in REGISTRY]:
        known = ", ".join(["auto", *REGISTRY])
        raise SystemExit(f"no solver {', '.join(unknown)}; choose from {known}")
    return [Ours(solver, k) for solver in solvers for k in threads]


def lineup(mine: Sequence[Ours], names: str) -> list[Contestant]:
    """Ours, and the peers that are not among them already."""
    labels = {c.label for c in mine}
    return [*mine, *(Watched(c) for c in peers(names) if c.label not in labels)]


def chosen(convention: InstanceSet, root: Path, every: int, only: str) -> list[Path]:
    """Instances by name, or every k-th by size."""
    if not only:
        return convention.files(root, every)
    names = set(only.split(","))
    found = [f for f in convention.files(root) if f.stem in names]
    if absent := names - {f.stem for f in found}:
        raise SystemExit(f"not in this set: {', '.join(sorted(absent))}")
    return found


class Journal:
    """Prints markdown and keeps it, beside the rows, under a name with the time."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        stem = f"{name.replace('/', '-')}-{time.strftime('%Y%m%d-%H%M%S')}"
        self.rows, self.text = folder / f"{stem}.csv", folder / f"{stem}.md"

    def write(self, lines: Sequence[str]) -> None:
        print("\n".join(lines), flush=True)
        with self.text.open("a", encoding="utf-8") as handle:
            handle.write("\n".join(lines) + "\n")


def begin(journal: Journal, title: str, contest: Contest, limits: Sequence[float]) -> None:
    """Say what runs where, and for how long about."""
    runs = len(contest.files) * contest.seeds
    minutes = runs * len(contest.contestants) * sum(limits) / 60
    journal.write(
        [
            *(f"# {title}", "", time.strftime("%Y-%m-%d %H:%M"), "", describe(), ""),
            *(f"- {c.label}: {c.version()}" for c in contest.contestants),
            "",
            f"{len(contest.files)} instances, {contest.seeds} runs of each per time limit; "
            f"at most {minutes:.0f} min and set-up.",
            "",
        ]
    )


def report(limit: float, rows: Sequence[Row], labels: Sequence[str]) -> list[str]:
    """Both tables of a time limit."""
    return [
        f"## {limit:g} s", "", *summary(rows, labels), "", *instances(rows, labels), "",
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("set", help="folder of a set, such as CVRP/X")
    add_options(parser)
    o = parser.parse_args()
    refuse_cold_kernels()
    convention = find(o.set)
    contestants = lineup(ours(o.solver or ["auto"], o.threads or [1]), o.peers or "")
    files = chosen(convention, o.instances, o.every or 1, o.only)
    journal = Journal(o.results, o.set)
    contest = Contest(convention, files, contestants, o.seeds, journal.rows)
    limits = o.time or [10.0]
    begin(journal, o.set, contest, limits)
    for limit in limits:
        journal.write(report(limit, contest.run(limit), [c.label for c in contestants]))
    print(f"rows: {journal.rows}\ntext: {journal.text}")


if __name__ == "__main__":
    main()
