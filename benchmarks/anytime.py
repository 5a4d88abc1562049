"""Gap as a function of time, and its primal integral, for our solvers.

    python benchmarks/anytime.py CVRP/X --solver ruin --time 60 --every 5 --threads 1

The curve is that of `Result.trace`: costs that the checker has confirmed, at the time on
the clock of the call. Before the first feasible plan the gap counts as 100 %, which is
also the most that counts. The primal integral is the mean of the gap over the time.

References
----------
Berthold, T. (2013). Measuring the impact of primal heuristics. *Operations Research
Letters*, 41(6).
"""

from __future__ import annotations

import argparse
import csv
import statistics
import sys
from collections import defaultdict
from collections.abc import Sequence

from compare import Journal, add_options, chosen, ours
from contest import alternated
from contestants import Ours
from machine import describe, refuse_cold_kernels
from sets import find
from tables import header

import routewright as rw

#: Seconds at which the curve is printed, up to the time limit.
MOMENTS = (0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300, 600)
NOTHING = 100.0

#: Moments of improvement and the gap from then on, in percent.
Curve = list[tuple[float, float]]


def curve(result: rw.Result, best: float) -> Curve:
    """The gap after every improvement that was feasible."""
    gaps = [
        (point.elapsed, min(NOTHING, 100 * (float(point.cost) - best) / best))
        for point in result.trace
        if point.feasible
    ]
    return [(0.0, NOTHING), *gaps]


def gap_at(points: Curve, moment: float) -> float:
    """The gap at a moment."""
    return next(gap for elapsed, gap in reversed(points) if elapsed <= moment)


def primal_integral(points: Curve, limit: float) -> float:
    """Mean gap over the time from 0 to the limit, in percent."""
    ends = [elapsed for elapsed, _ in points[1:]] + [limit]
    spans = (
        gap * max(0.0, min(end, limit) - begin)
        for (begin, gap), end in zip(points, ends, strict=True)
    )
    return sum(spans) / limit


def table(curves: dict[str, list[Curve]], limit: float) -> list[str]:
    """Mean over runs at every moment, and the mean of the primal integrals."""
    moments = [m for m in MOMENTS if m < limit] + [limit]
    lines = header(["solver", *(f"{m:g} s" for m in moments), "primal integral %"])
    for label, found in curves.items():
        means = [statistics.mean(gap_at(c, m) for c in found) for m in moments]
        integral = statistics.mean(primal_integral(c, limit) for c in found)
        cells = [label, *(f"{mean:.2f}" for mean in means), f"{integral:.2f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return [*lines, ""]


def measure(
    name: str, o: argparse.Namespace, contestants: Sequence[Ours], limit: float, journal: Journal
) -> dict[str, list[Curve]]:
    """Run all, alternating, and keep every improvement in the journal's rows."""
    convention, curves = find(name), defaultdict(list)
    files = chosen(convention, o.instances, o.every or 1, o.only)
    with journal.rows.open("a", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["instance", "solver", "limit", "seed", "elapsed", "gap"])
        for turn, (file, seed) in enumerate((f, s) for f in files for s in range(o.seeds)):
            best = convention.best_known(file)
            assert best is not None
            for contestant in alternated(contestants, turn):
                result = contestant.result(convention.read(file), limit, seed)
                points = curve(result, best.cost)
                curves[contestant.label].append(points)
                common = (file.stem, contestant.label, limit, seed)
                writer.writerows((*common, f"{t:.4f}", f"{gap:.4f}") for t, gap in points)
                print(f"  {file.stem} {contestant.label}: {points[-1][1]:.3f} %", file=sys.stderr)
    return {c.label: curves[c.label] for c in contestants}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("set", help="folder of a set, such as CVRP/X")
    add_options(parser)
    o = parser.parse_args()
    if find(o.set).vehicles_first:
        raise SystemExit("where vehicles come first, the trace does not give a gap")
    if o.peers:
        raise SystemExit("peers give no trace; compare them with compare.py at several times")
    refuse_cold_kernels()
    contestants = ours(o.solver or ["ruin"], o.threads or [1])
    journal = Journal(o.results, f"anytime-{o.set}")
    journal.write([f"# Gap over time: {o.set}", "", describe(), ""])
    for limit in o.time or [10.0]:
        curves = measure(o.set, o, contestants, limit, journal)
        runs = len(next(iter(curves.values())))
        journal.write([f"{runs} runs of {limit:g} s each; mean gap in percent.", ""])
        journal.write(table(curves, limit))
    print(f"rows: {journal.rows}\ntext: {journal.text}")


if __name__ == "__main__":
    main()
