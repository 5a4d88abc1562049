"""A contest: every contestant on every instance and seed, one after the other.

The order is reversed at every second turn and moves on by one place after it, so that a
busy minute does not fall on one contestant alone. Every plan is judged by
our checker; rows are written as they come.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TypeVar

from contestants import Answer, Contestant, Stopwatch
from sets import InstanceSet

import routewright as rw

C = TypeVar("C", bound=Contestant)


@dataclass(frozen=True)
class Row:
    """One run.

    Parameters
    ----------
    status
        ``ok``, ``infeasible`` (the checker found violations), ``error``, or ``refused``.
    seconds, startup, cpu
        Wall clock; the part of it before the contestant's own clock; seconds of
        processors, in which threads and processes show.
    gap
        Percent above the best known cost; None without a feasible plan, and where
        vehicles count first and there are more than in the best known plan.
    """

    instance: str
    clients: int
    contestant: str
    threads: int
    limit: float
    seed: int
    status: str
    cost: float | None
    vehicles: int | None
    best_known: float
    best_vehicles: int | None
    gap: float | None
    seconds: float
    startup: float
    cpu: float
    note: str

    @property
    def failed(self) -> bool:
        """Whether it should have given a feasible plan, and did not."""
        return self.status in ("infeasible", "error")


class Contest:
    """Runs contestants on a set and keeps the rows.

    Parameters
    ----------
    convention
        How instances are read and what their best known costs are.
    files
        The instances.
    contestants
        The first one is what the others are compared to.
    seeds
        Seeds 0 to this, exclusive; contestants without seeds run as often.
    table
        CSV file to which every row is added at once; None for none.
    """

    def __init__(
        self,
        convention: InstanceSet,
        files: Sequence[Path],
        contestants: Sequence[Contestant],
        seeds: int = 1,
        table: Path | None = None,
    ) -> None:
        self.convention, self.files = convention, files
        self.contestants, self.seeds, self.table = contestants, seeds, table

    def run(self, limit: float) -> list[Row]:
        """Run everything once at a time limit."""
        rows = []
        for turn, (file, seed) in enumerate((f, s) for f in self.files for s in range(self.seeds)):
            for contestant in alternated(self.contestants, turn):
                row = self.run_one(file, contestant, limit, seed)
                rows.append(row)
                self._keep(row)
        return rows

    def run_one(self, file: Path, contestant: Contestant, limit: float, seed: int) -> Row:
        """Run a contestant on an instance, read afresh, and have the plan checked."""
        problem, best = self.convention.read(file), self.convention.best_known(file)
        assert best is not None
        answer, status = attempt(contestant, problem, limit, seed)
        cost = vehicles = gap = None
        if answer.solution is not None:
            report = rw.check(problem, answer.solution)
            status = "ok" if report.feasible else "infeasible"
            cost, vehicles = report.cost, report.num_vehicles
            if not report.feasible:
                answer = replace(answer, note=str(report.violations[0])[:200])
            elif best.vehicles is None or vehicles <= best.vehicles:
                gap = best.gap(cost)
        return Row(
            file.stem, problem.num_clients, contestant.label, contestant.threads, limit, seed,
            status, cost, vehicles, best.cost, best.vehicles, gap,
            round(answer.seconds, 3), round(answer.startup, 3), round(answer.cpu, 3), answer.note,
        )  # fmt: skip

    def _keep(self, row: Row) -> None:
        shown = f"{row.gap:.3f} %" if row.gap is not None else row.status
        print(
            f"  {row.instance} {row.contestant} seed {row.seed}: {shown}, {row.seconds:.2f} s "
            f"{row.note}",
            file=sys.stderr,
            flush=True,
        )
        if self.table is None:
            return
        new = not self.table.exists()
        with self.table.open("a", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, [f.name for f in fields(Row)])
            if new:
                writer.writeheader()
            writer.writerow(asdict(row))


def alternated(contestants: Sequence[C], turn: int) -> Iterator[C]:
    """The order of a turn: reversed in every second, and then turned by one place."""
    k = turn // 2 % len(contestants)
    order = [*contestants[k:], *contestants[:k]]
    yield from reversed(order) if turn % 2 else order


def attempt(
    contestant: Contestant, problem: rw.Problem, limit: float, seed: int
) -> tuple[Answer, str]:
    """Run a contestant; an exception of its own is a result like any other."""
    if reason := contestant.refusal(problem):
        return Answer(None, 0.0, 0.0, note=reason), "refused"
    try:
        with Stopwatch() as watch:
            return contestant.solve(problem, limit, seed), "ok"
    except Exception as error:
        first = (str(error).splitlines() or [""])[0]
        note = f"{type(error).__name__}: {first[:200]}"
        return Answer(None, watch.seconds, watch.cpu, note=note), "error"
