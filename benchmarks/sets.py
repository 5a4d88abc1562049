"""The public sets: how each is read, and what its best known costs mean.

`verify` has our checker confirm the stored best solutions: their gap must be zero, or
the costs of a set are not comparable to ours.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import routewright as rw
from routewright.instances.lib import sol, tour
from routewright.problem import Objective


@dataclass(frozen=True)
class BestKnown:
    """A best known cost in our units, and the number of vehicles where that comes first."""

    cost: float
    vehicles: int | None = None

    def gap(self, cost: float) -> float:
        """Percent above it."""
        return 100 * (cost - self.cost) / self.cost


@dataclass(frozen=True)
class InstanceSet:
    """Folders of problem files under one convention.

    Parameters
    ----------
    folders
        Below the root of the instances.
    rounding
        As in `rw.read`; None takes what the format means.
    table, column
        CSV file with the best known costs, and the column; without a table, it is the
        cost that the stored solution states.
    unit
        Our cost of one unit of the column, or of the stated cost.
    vehicles_first
        Whether the number of vehicles counts before the distance.
    fleet_of_solution
        Whether no more vehicles may be used than in the stored solution.
    names
        The instances of the set; all that have a best known cost if empty.
    sizes
        Fewest and most clients.
    values
        Best known costs by name, where there is no file with them.
    corrections
        Best known costs by name that the table has otherwise.
    digits
        Relative precision of the column, which prints rounded costs.
    """

    folders: tuple[str, ...]
    rounding: str | None = None
    table: str = "bks.csv"
    column: str = "bks"
    unit: float = 1.0
    vehicles_first: bool = False
    fleet_of_solution: bool = False
    names: tuple[str, ...] = ()
    sizes: tuple[int, int] = (0, 1 << 60)
    values: Mapping[str, float] = field(default_factory=dict)
    corrections: Mapping[str, float] = field(default_factory=dict)
    digits: float = 1e-9

    def read(self, file: Path) -> rw.Problem:
        """Read a problem under the convention of the set."""
        problem = rw.read(file, rounding=self.rounding)
        if self.vehicles_first:
            problem = problem.replace(objective=Objective.VEHICLES_THEN_COST)
        stored = stored_solution(file) if self.fleet_of_solution else None
        if stored is not None:
            count = len(rw.read_solution(problem, stored).routes)
            types = tuple(replace(v, count=count) for v in problem.vehicle_types)
            problem = problem.replace(vehicle_types=types)
        return problem

    def files(self, root: Path, every: int = 1) -> list[Path]:
        """Problem files by size, of which every k-th is taken."""
        found = [f for folder in self.folders for f in _problems(root / folder)]
        wanted = [f for f in found if not self.names or f.stem in self.names]
        known = [f for f in wanted if self.best_known(f) is not None]
        low, high = self.sizes
        usable = [f for f in known if (low, high) == (0, 1 << 60) or low <= _size(f) <= high]
        if not usable:
            raise SystemExit(f"no instances of {', '.join(self.folders)} below {root}")
        return sorted(usable, key=lambda f: (_size(f), f.stem))[::every]

    def best_known(self, file: Path) -> BestKnown | None:
        """Best known cost of a file, or None."""
        if file.stem in self.corrections:
            return BestKnown(self.corrections[file.stem] * self.unit)
        if self.values:
            value = self.values.get(file.stem)
            return None if value is None else BestKnown(value * self.unit)
        if not self.table:
            return self._stated(file)
        row = _table(file.parent / self.table).get(file.stem)
        if row is None:
            return None
        vehicles = int(row["vehicles"]) if self.vehicles_first else None
        return BestKnown(float(row[self.column]) * self.unit, vehicles)

    def _stated(self, file: Path) -> BestKnown | None:
        stored = stored_solution(file)
        if stored is None:
            return None
        text = stored.read_text(encoding="utf-8-sig")
        cost = tour.stated_cost(text) if stored.suffix == ".tour" else sol.stated_cost(text)
        return None if cost is None else BestKnown(float(cost) * self.unit)

    def verify(self, root: Path) -> list[str]:
        """Check the stored solutions; return what does not agree with the best known."""
        wrong, confirmed = [], 0
        for file in self.files(root):
            stored, best = stored_solution(file), self.best_known(file)
            if stored is None or best is None:
                continue
            problem = self.read(file)
            report = rw.check(problem, rw.read_solution(problem, stored))
            gap = best.gap(report.cost)
            vehicles = best.vehicles in (None, report.num_vehicles)
            if report.feasible and vehicles and abs(gap) <= 100 * self.digits:
                confirmed += 1
            else:
                state = "feasible" if report.feasible else str(report.violations[0])
                wrong.append(
                    f"{file.stem}: {state}, {report.num_vehicles} vehicles, gap {gap:.7f} %"
                )
        print(f"{', '.join(self.folders)}: {confirmed} stored solutions have gap 0")
        return wrong


def stored_solution(file: Path) -> Path | None:
    """The solution file beside a problem: ``NAME.sol`` or ``NAME.<cost>.tour``."""
    plain, optimal = file.with_suffix(".sol"), file.with_suffix(".opt.tour")
    if optimal.exists():
        return optimal
    return plain if plain.exists() else next(iter(file.parent.glob(f"{file.stem}.*.tour")), None)


def _problems(folder: Path) -> list[Path]:
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    kinds = (".vrp", ".txt", ".tsp", ".atsp", ".sop", ".tsptw")
    return [f for f in files if f.suffix in kinds and not f.name.startswith("README")]


@cache
def _size(file: Path) -> int:
    return rw.read(file).num_clients


@cache
def _table(file: Path) -> dict[str, dict[str, str]]:
    with file.open(encoding="utf-8") as handle:
        return {row["instance"]: row for row in csv.DictReader(handle)}


def _pyvrp(kind: str, column: str = "cost_unscaled", **more: float) -> InstanceSet:
    return InstanceSet((f"{kind}/pyvrp",), column=column, **more)  # type: ignore[arg-type]


def _dimacs(folder: str) -> InstanceSet:
    return InstanceSet(
        (folder,), rounding="dec1", table="bks_dimacs.csv", column="bks_distance_1dec_trunc"
    )


#: Real distances: the table prints some decimals only.
_REAL = 2e-6

#: Optima and best known costs of TSPLIB's SOP instances (LKH-3's and TSPLIB's lists).
_SOP = {
    "ESC07": 2125, "ESC12": 1675, "ESC47": 1288, "ESC78": 18230, "br17.10": 55,
    "ft53.1": 7531, "ft53.3": 10262, "ft70.1": 39313, "ft70.3": 42535, "kro124p.1": 39420,
    "kro124p.3": 49499, "p43.1": 28140, "p43.3": 28835, "prob.100": 1163, "rbg048a": 351,
    "rbg109a": 1038, "rbg174a": 2033, "rbg323a": 3140, "rbg358a": 2545, "ry48p.1": 15805,
    "ry48p.3": 19894,
}  # fmt: skip
#: The published optimum leaves out the edge that the file fixes.
_LINHP = {"linhp318": 41345 + 3869}


#: Convention by name; `find` also takes the folder.
SETS = {
    "CVRP/X": InstanceSet(("CVRP/X",)),
    "CVRP/XXL": InstanceSet(("CVRP/XXL",)),
    "TSP/tsplib": InstanceSet(("TSP/tsplib",), corrections=_LINHP),
    "ATSP/tsplib": InstanceSet(("ATSP/tsplib",)),
    "SOP/tsplib": InstanceSet(("SOP/tsplib",), values=_SOP),
    "TSPTW": InstanceSet(("TSPTW/Ascheuer", "TSPTW/Dumas"), column="lkh3_best"),
    "VRPTW/solomon": _dimacs("VRPTW/solomon"),
    "VRPTW/GH1000_dimacs": InstanceSet(("VRPTW/GH1000_dimacs",), rounding="dec1", table=""),
    # Costs of the files are in hundredths of the published unit.
    "HFVRP/pyvrp": _pyvrp("HFVRP", "bks_original_units", unit=100, digits=_REAL),
    "VRPB/pyvrp": _pyvrp("VRPB"),
    "MDVRPTW/pyvrp": _pyvrp("MDVRPTW"),
    "PCVRPTW/pyvrp": _pyvrp("PCVRPTW"),
    "MTVRPTWR/pyvrp": _pyvrp("MTVRPTWR"),
    "GVRP/pyvrp": _pyvrp("GVRP"),
    "SDVRPTW/pyvrp": _pyvrp("SDVRPTW"),
    # The literature takes the fewest vehicles first; with a free fleet, open routes can be
    # shorter than what is published. One table entry is worse than the tour beside it.
    "OVRP": InstanceSet(
        tuple(f"OVRP/{s}" for s in "ABCEFMP"), table="", unit=1 / 1000, fleet_of_solution=True
    ),
    **{
        f"PDPTW/li_lim_{n}": InstanceSet(
            (f"PDPTW/li_lim_{n}",), column="distance", vehicles_first=True, digits=_REAL
        )
        for n in (100, 200, 400, 600, 800, 1000)
    },
}


def find(name: str) -> InstanceSet:
    """Return the set of a name; an unknown folder must have a ``bks.csv`` with ``bks``."""
    return SETS.get(name.rstrip("/"), InstanceSet((name.rstrip("/"),)))
