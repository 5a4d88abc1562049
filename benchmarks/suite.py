"""Run a named suite: a set, its time limits, the peers of its kind, and the bars to reach.

    python benchmarks/suite.py --list
    python benchmarks/suite.py cvrp-x --seeds 2
    python benchmarks/suite.py hfvrp --solver ruin --solver genetic --every 10
    python benchmarks/suite.py ovrp --verify

All options of `compare.py` override what the suite says. ``--verify`` runs no solver: it
has the checker confirm that the stored best solutions cost what the set says.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from compare import Journal, add_options, begin, chosen, lineup, ours, report
from contest import Contest, Row
from machine import refuse_cold_kernels
from sets import SETS, InstanceSet
from tables import by_contestant, header, mean_gap, share_of_best_vehicles

CORES = os.cpu_count() or 1
#: What the number of vehicles must equal, in percent of the runs, where it comes first.
VEHICLES_BAR = 95.0


@dataclass(frozen=True)
class Suite:
    """What to run, and what is expected of us.

    Parameters
    ----------
    title, convention
        What it is, and how its files are read.
    bars
        Mean gap in percent that we want at most, by time limit in seconds.
    peers
        Names, comma-separated.
    solvers
        Ours, where none is named; bars are for the first of them.
    every
        Take every k-th instance by size, so that a suite ends on the same day.
    threads
        Ours.
    """

    title: str
    convention: InstanceSet
    bars: Mapping[float, float]
    peers: str = "pyvrp"
    every: int = 1
    solvers: tuple[str, ...] = ("ruin",)
    threads: tuple[int, ...] = field(default_factory=lambda: (CORES, 1) if CORES > 1 else (1,))


def _xxl(*names: str) -> InstanceSet:
    return replace(SETS["CVRP/XXL"], names=names)


def _tsp(low: int, high: int) -> InstanceSet:
    return replace(SETS["TSP/tsplib"], sizes=(low, high))


_TSP = "fast-tsp,fast-tsp-all"
_LI_LIM = replace(SETS["PDPTW/li_lim_100"], folders=("PDPTW/li_lim_100", "PDPTW/li_lim_200"))
_CVRP = "ailsii,commiv,pyvrp,hgs"

SUITES = {
    "cvrp-x": Suite(
        "CVRP: X, all cores",
        SETS["CVRP/X"],
        {1: 0.75, 10: 0.34, 60: 0.18},
        _CVRP,
        5,
        threads=(CORES,),
    ),
    "cvrp-x-one-thread": Suite(
        "CVRP: X, one thread", SETS["CVRP/X"], {1: 0.9, 10: 0.42, 60: 0.23}, _CVRP, 5, threads=(1,)
    ),
    "vrptw-gh1000": Suite(
        "VRPTW: Gehring-Homberger with 1000 clients, distance (dec1)",
        SETS["VRPTW/GH1000_dimacs"],
        {10: 1.8, 60: 0.9},
        "pyvrp,commiv",
        3,
    ),
    "solomon": Suite(
        "VRPTW: Solomon with 100 clients, distance (dec1)",
        SETS["VRPTW/solomon"],
        {1: 0.3, 10: 0.05},
        "pyvrp,commiv",
    ),
    "hfvrp": Suite("HFVRP: X-based (Pessoa)", SETS["HFVRP/pyvrp"], {10: 1.0}, every=5),
    "vrpb": Suite("VRPB: X-based (Queiroga)", SETS["VRPB/pyvrp"], {10: 1.3}, every=5),
    "mdvrptw": Suite("MDVRPTW: Vidal", SETS["MDVRPTW/pyvrp"], {10: 3.5}),
    "pcvrptw": Suite("PCVRPTW: prizes on GH1000", SETS["PCVRPTW/pyvrp"], {10: 1.8}, every=3),
    "mtvrptwr": Suite(
        "MTVRPTWR: trips and release times (Yang)", SETS["MTVRPTWR/pyvrp"], {10: 1.0}, every=9
    ),
    "gvrp": Suite("GVRP: one client per group", SETS["GVRP/pyvrp"], {10: 0.4}),
    "sdvrptw": Suite("SDVRPTW: site-dependent", SETS["SDVRPTW/pyvrp"], {10: 1.5}, every=2),
    "ovrp": Suite("OVRP: classic sets", SETS["OVRP"], {10: 0.2}, "pyvrp", 5),
    "pdptw-li-lim": Suite(
        "PDPTW: Li-Lim 100 and 200, vehicles first", _LI_LIM, {10: 0.5}, "pyvrp,commiv", 4
    ),
    "tsp-small": Suite(
        "TSP: TSPLIB, up to 1,000 cities", _tsp(0, 999), {10: 0.01}, _TSP, solvers=("tsp",)
    ),
    "tsp": Suite(
        "TSP: TSPLIB, 1,000 to 6,000 cities",
        _tsp(1000, 6000),
        {1: 0.25, 10: 0.06},
        _TSP,
        solvers=("tsp",),
    ),
    "tsp-large": Suite(
        "TSP: TSPLIB, above 6,000 cities",
        _tsp(6000, 40_000),
        {60: 1.0},
        "fast-tsp-all",
        solvers=("tsp",),
    ),
    "atsp": Suite(
        "ATSP: TSPLIB", SETS["ATSP/tsplib"], {1: 0.0, 10: 0.0}, "elkai", solvers=("tsp",)
    ),
    "tsptw": Suite(
        "TSPTW: Ascheuer and Dumas, travel time",
        SETS["TSPTW"],
        {1: 0.1, 10: 0.01},
        "none",
        4,
        solvers=("ruin", "genetic", "ortools"),
        threads=(CORES,),
    ),
    "sop": Suite("SOP: TSPLIB", SETS["SOP/tsplib"], {30: 0.2}, "none", solvers=("tsp",)),
    "xxl-near": Suite(
        "CVRP: XXL, Leuven1 and Antwerp1",
        _xxl("Leuven1", "Antwerp1"),
        {10: 0.7, 60: 0.5},
        "ailsii,commiv",
    ),
    "xxl-far": Suite(
        "CVRP: XXL, Ghent1, Brussels1, and Flanders1",
        _xxl("Ghent1", "Brussels1", "Flanders1"),
        {60: 1.8},
        "ailsii",
    ),
}


def verdicts(suite: Suite, limit: float, rows: Sequence[Row], labels: Sequence[str]) -> list[str]:
    """What was expected of ours at this time limit, and whether it was reached."""
    if limit not in suite.bars:
        return []
    lines = header(["solver", "what", "bar", "measured", "reached"])
    found = by_contestant(rows)
    for label in labels:
        mine = [r for r in found.get(label, []) if r.status != "refused"]
        failures = sum(r.failed for r in mine)
        gap, bar = mean_gap(mine), suite.bars[limit]
        reached = gap is not None and gap <= bar and not failures
        shown = "-" if gap is None else f"{gap:.2f}"
        lines.append(
            f"| {label} | mean gap % | {bar:g} | {shown}, {failures} failures | {_yes(reached)} |"
        )
        if suite.convention.vehicles_first and mine:
            share = share_of_best_vehicles(mine)
            lines.append(
                f"| {label} | best known vehicles, % of runs | {VEHICLES_BAR:g} | {share:.0f} "
                f"| {_yes(share >= VEHICLES_BAR)} |"
            )
    return [*lines, ""]


def _yes(reached: bool) -> str:
    return "yes" if reached else "**no**"


def listing() -> list[str]:
    """The suites as a table."""
    lines = header(["name", "what", "bars: seconds: gap %", "peers", "every", "threads"])
    for name, s in SUITES.items():
        bars = ", ".join(f"{limit:g}: {bar:g}" for limit, bar in s.bars.items())
        threads = ", ".join(map(str, s.threads))
        lines.append(f"| {name} | {s.title} | {bars} | {s.peers} | {s.every} | {threads} |")
    return lines


def run(suite: Suite, name: str, o: argparse.Namespace) -> None:
    """Run a suite as the options change it."""
    refuse_cold_kernels()
    mine = ours(o.solver or suite.solvers, o.threads or suite.threads)
    contestants = lineup(mine, suite.peers if o.peers is None else o.peers)
    files = chosen(suite.convention, o.instances, o.every or suite.every, o.only)
    journal = Journal(o.results, name)
    contest = Contest(suite.convention, files, contestants, o.seeds, journal.rows)
    limits = o.time or list(suite.bars)
    begin(journal, f"{suite.title} (`{name}`)", contest, limits)
    for limit in limits:
        rows = contest.run(limit)
        journal.write(report(limit, rows, [c.label for c in contestants]))
        journal.write(verdicts(suite, limit, rows, [c.label for c in mine]))
    print(f"rows: {journal.rows}\ntext: {journal.text}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", nargs="?", choices=SUITES)
    parser.add_argument("--list", action="store_true", help="print the suites and end")
    parser.add_argument("--verify", action="store_true", help="check the stored solutions only")
    add_options(parser)
    o = parser.parse_args()
    if o.list or (o.name is None and not o.verify):
        print("\n".join(listing()))
        return
    if o.verify:
        wanted = [SUITES[o.name]] if o.name else list(SUITES.values())
        wrong = [line for s in wanted for line in s.convention.verify(o.instances)]
        raise SystemExit("\n".join(wrong) or 0)
    run(SUITES[o.name], o.name, o)


if __name__ == "__main__":
    main()
