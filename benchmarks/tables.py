"""Tables of a contest in markdown: means, paired differences, and every instance."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence

from contest import Row
from scipy import stats

#: Mean gap by instance, over the seeds.
Gaps = dict[str, float]


def by_contestant(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows of each contestant, in order of first appearance by name."""
    found = defaultdict(list)
    for row in rows:
        found[row.contestant].append(row)
    return dict(found)


def gaps(rows: Iterable[Row]) -> Gaps:
    """Mean gap of each instance over the seeds that gave one."""
    found = defaultdict(list)
    for row in rows:
        if row.gap is not None:
            found[row.instance].append(row.gap)
    return {instance: statistics.mean(values) for instance, values in found.items()}


def interval(values: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """Mean and half the width of its confidence interval, by Student's distribution."""
    mean = statistics.mean(values)
    if len(values) < 2:
        return mean, math.nan
    error = statistics.stdev(values) / math.sqrt(len(values))
    return mean, float(stats.t.ppf((1 + level) / 2, len(values) - 1)) * error


def paired(theirs: Iterable[Row], ours: Iterable[Row]) -> str:
    """Mean difference of gaps to ours, with its interval, instance by instance.

    Only runs are paired that both have a gap for, at the same instance and seed.
    """
    reference = {(r.instance, r.seed): r.gap for r in ours if r.gap is not None}
    found = defaultdict(list)
    for r in theirs:
        if r.gap is not None and (r.instance, r.seed) in reference:
            found[r.instance].append(r.gap - reference[r.instance, r.seed])
    if not found:
        return "-"
    mean, half = interval([statistics.mean(v) for v in found.values()])
    return f"{mean:+.2f}" if math.isnan(half) else f"{mean:+.2f} ± {half:.2f}"


def mean_gap(rows: Iterable[Row]) -> float | None:
    """Mean over the instances of a contestant; None without any."""
    found = gaps(rows)
    return statistics.mean(found.values()) if found else None


def _shown(value: float | None, digits: int = 2) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def line(cells: Iterable[str]) -> str:
    """One line of a table."""
    return "| " + " | ".join(cells) + " |"


def header(names: Sequence[str]) -> list[str]:
    """First two lines of a table."""
    return [line(names), "|" + "---|" * len(names)]


def share_of_best_vehicles(rows: Sequence[Row]) -> float:
    """Percent of the runs with no more vehicles than the best known plan."""
    return 100 * sum(r.gap is not None for r in rows) / len(rows)


def summary(rows: Sequence[Row], labels: Sequence[str]) -> list[str]:
    """One line per contestant; the first label is what differences are to.

    Where vehicles come first, gaps are of the runs with the best known number of them.
    """
    vehicles_first = any(r.best_vehicles is not None for r in rows)
    names = [
        "solver",
        "runs",
        "failures",
        "mean gap %",
        "worst %",
        f"gap minus {labels[0]}'s, 95 %",
    ]
    names[3:3] = ["best vehicles %"] if vehicles_first else []
    lines = header([*names, "seconds", "of it start-up", "processor seconds"])
    found = by_contestant(rows)
    for label in labels:
        mine = [r for r in found.get(label, []) if r.status != "refused"]
        if not mine:
            refused = found.get(label, [])
            cells = [label, "0", "-", f"takes none ({_reason(refused)})"]
            lines.append(line(cells + [""] * (5 + vehicles_first)))
            continue
        worst = max((r.gap for r in mine if r.gap is not None), default=None)
        cells = [label, str(len(mine)), str(sum(r.failed for r in mine))]
        cells += [f"{share_of_best_vehicles(mine):.0f}"] if vehicles_first else []
        cells += [_shown(mean_gap(mine)), _shown(worst)]
        cells.append("" if label == labels[0] else paired(mine, found[labels[0]]))
        cells += [_shown(statistics.mean(r.seconds for r in mine))]
        cells += [_shown(statistics.mean(r.startup for r in mine))]
        cells += [_shown(statistics.mean(r.cpu for r in mine))]
        lines.append(line(cells))
    return lines


def _reason(refused: Sequence[Row]) -> str:
    return refused[0].note if refused else "did not run"


def instances(rows: Sequence[Row], labels: Sequence[str]) -> list[str]:
    """One line per instance: mean gaps; where there is none, what happened."""
    lines = header(["instance", "clients", "best known", *labels])
    cells = defaultdict(list)
    for r in rows:
        cells[r.instance, r.contestant].append(r)
    for instance, first in {r.instance: r for r in reversed(rows)}.items():
        best = (
            f"{first.best_known:.10g}"
            if first.best_vehicles is None
            else (f"{first.best_vehicles} / {first.best_known:.10g}")
        )
        shown = [_cell(cells[instance, label]) for label in labels]
        lines.append(line([instance, str(first.clients), best, *shown]))
    return [*lines[:2], *reversed(lines[2:])]


def _cell(rows: Sequence[Row]) -> str:
    value = mean_gap(rows)
    others = sorted({_instead(r) for r in rows if r.gap is None})
    return ", ".join(([f"{value:.2f}"] if value is not None else []) + others) or "-"


def _instead(row: Row) -> str:
    return f"{row.vehicles} vehicles" if row.status == "ok" else row.status
