"""The published solutions of the public benchmark sets, and what each must cost.

`published_table.py` prints how many of them the checker confirms.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import cache
from pathlib import Path

import routewright as rw
from routewright.instances.lib import sol, tour
from routewright.instances.lib.stated_costs import agrees, rounding_slack
from routewright.report import Report

#: Whether a report confirms what was published; an empty string, or the difference.
Verdict = Callable[["Case", rw.Problem, Report], str]


@dataclass(frozen=True)
class Case:
    """A solution file with its problem and its set."""

    set: PublishedSet
    problem: Path
    solution: Path

    def __str__(self) -> str:
        return f"{self.set.folder}/{self.solution.name}"

    @property
    def text(self) -> str:
        return self.solution.read_text(encoding="utf-8-sig")


@dataclass(frozen=True)
class PublishedSet:
    """A folder of problems and solutions, and the convention of their costs."""

    folder: str
    convention: str
    verdict: Verdict
    problem_suffix: str = ".vrp"
    rounding: str | None = None

    def cases(self, root: Path) -> Iterator[Case]:
        for file in sorted((root / self.folder).glob("*")):
            if file.suffix in (".sol", ".tour"):
                yield Case(self, self._problem(file), file)

    def _problem(self, file: Path) -> Path:
        """The problem of a solution, whose name may go on with a cost or ``opt``."""
        name = file.stem
        while name and not (file.parent / (name + self.problem_suffix)).exists():
            name = name.rpartition(".")[0]
        return file.parent / (name + self.problem_suffix)


def verdict(case: Case) -> str:
    """Return what is wrong with a published solution; empty if it is as published."""
    problem = rw.read(case.problem, rounding=case.set.rounding)
    report = rw.check(problem, rw.read_solution(problem, case.solution))
    if not report.feasible:
        return f"infeasible: {report.violations[0]}"
    return case.set.verdict(case, problem, report)


def stated(factor: float = 1, digits: int = 30) -> Verdict:
    """The file states the cost, times a factor, of which so many digits can be relied on."""

    def compare(case: Case, problem: rw.Problem, report: Report) -> str:
        value = sol.stated_cost(case.text)
        assert value is not None
        value = Context(digits).create_decimal(value)
        slack = factor * rounding_slack(problem, report)
        same = agrees(value, report.cost * factor, slack)
        return "" if same else f"states {value}, costs {report.cost * factor}"

    return compare


def _pessoa(case: Case, problem: rw.Problem, report: Report) -> str:
    """Costs are in hundredths of the published unit; some files state thousandths of them."""
    if not stated(1 / 100)(case, problem, report):
        return ""
    rounded = rw.read(case.problem, rounding="exact")
    report = rw.check(rounded, rw.read_solution(rounded, case.solution))
    return stated(1000)(case, rounded, report)


@cache
def _best_known(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "bks.csv").open(encoding="utf-8") as file:
        return {row["instance"]: row for row in csv.DictReader(file)}


def _hierarchical(case: Case, problem: rw.Problem, report: Report) -> str:
    """Vehicles and real distance of bks.csv, to the digits that it prints."""
    row = _best_known(case.problem.parent)[case.problem.stem]
    vehicles, distance = int(row["vehicles"]), Decimal(row["distance"])
    same = agrees(distance, report.cost, rounding_slack(problem, report))
    if report.num_vehicles == vehicles and same:
        return ""
    return f"published {vehicles} / {distance}, is {report.num_vehicles} / {report.cost}"


def _optimal(case: Case, _: rw.Problem, report: Report) -> str:
    optimum = int(_best_known(case.problem.parent)[case.problem.stem]["bks"])
    return "" if report.cost == optimum else f"optimum {optimum}, is {report.cost}"


def _length(scale: int) -> Verdict:
    """The tour states its length in integers, and its name ends in it as well."""

    def compare(case: Case, _: rw.Problem, report: Report) -> str:
        length = tour.stated_cost(case.text)
        named = re.search(r"(\d+)\.tour$", case.solution.name)
        assert named is not None
        same = length == int(named[1]) == round(report.cost * scale)
        return "" if same else f"states {length}, costs {report.cost * scale}"

    return compare


def _score(case: Case, problem: rw.Problem, report: Report) -> str:
    """Cost is what is left behind; the depot's score is not part of the problem."""
    rows = case.problem.read_text().partition("NODE_SCORE_SECTION")[2].split("DEPOT")[0].split()
    total = sum(map(int, rows[1::2]))
    score = int(re.findall(r"ROUTE_SCORE : (\d+)", case.text)[0])
    length = int(re.findall(r"ROUTE_COST : (\d+)", case.text)[0])
    if total - report.cost == score and report.distance == length:
        return ""
    return f"states {score} / {length}, is {total - report.cost} / {report.distance}"


_SINTEF = "vehicles first, then real distance"

#: Every set with stored solutions.
SETS = (
    *(PublishedSet(f"CVRP/{s}", "nint", stated()) for s in ("A", "B", "E", "F", "M", "P", "X")),
    *(PublishedSet(f"CVRP/{s}", "nint", stated()) for s in ("XML100", "XXL")),
    PublishedSet("CVRP/DIMACS", "integer matrix", stated()),
    # Golden_11 states 911.980164; in double precision its solution costs 911.980255.
    *(PublishedSet(f"CVRP/{s}", "real, 6 digits", stated(1, 6)) for s in ("CMT", "Golden", "Li")),
    PublishedSet("VRPTW/solomon", "dec1", stated(), ".txt", "dec1"),
    PublishedSet("VRPTW/GH1000_dimacs", "dec1", stated()),
    PublishedSet("VRPTW/homberger_200", _SINTEF, _hierarchical, ".txt"),
    PublishedSet("VRPTW/homberger_400", _SINTEF, _hierarchical, ".txt"),
    *(
        PublishedSet(f"PDPTW/li_lim_{n}", _SINTEF, _hierarchical, ".txt")
        for n in (100, 200, 400, 600, 800, 1000)
    ),
    PublishedSet("HFVRP/pyvrp", "real, in hundredths", _pessoa),
    PublishedSet("VRPB/pyvrp", "nint", stated()),
    PublishedSet("GVRP/pyvrp", "nint", stated()),
    PublishedSet("MDVRPTW/pyvrp", "exact, in thousandths", stated(1000)),
    PublishedSet("SDVRPTW/pyvrp", "exact, in thousandths", stated(1000)),
    PublishedSet("PCVRPTW/pyvrp", "dec1, in tenths, with lost prizes", stated(10)),
    PublishedSet("MTVRPTWR/pyvrp", "dec1, in tenths", stated(10)),
    *(
        PublishedSet(f"OVRP/{s}", "exact, in thousandths", _length(1000))
        for s in ("A", "B", "C", "E", "F", "M", "P")
    ),
    PublishedSet("TSP/tsplib", "as EDGE_WEIGHT_TYPE says", _optimal, ".tsp"),
    *(
        PublishedSet(f"TSPTW/{s}", "integer matrix", _length(1), ".tsptw")
        for s in ("Ascheuer", "Dumas", "Gendreau", "Langevin", "Ohlmann", "Pesant", "Potvin")
    ),
    PublishedSet("OP/oplib_gen1", "score and nint length", _score, ".oplib"),
    PublishedSet("OP/oplib_gen2", "score and nint length", _score, ".oplib"),
)
