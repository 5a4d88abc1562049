"""Whether past days help to plan later ones: the ablation on the generated city.

    python benchmarks/history.py plans --clients 100
    python benchmarks/history.py train --clients 100 --steps 400 --policy-steps 1500
    python benchmarks/history.py run --clients 100 --time 0.1 --time 1 --setting same
    python benchmarks/history.py table

Every part goes on where it was stopped: plans of past days, and trials, are written one by
one to ``--results``. With many cores, ``--share 1/8`` to ``--share 8/8`` are processes that
each make their part of the plans or trials. One thread; the time of every trial holds all
that its arm does, see `routewright.solvers.history.comparison`. Gaps are to the best plan
known for a day: that of ``plans`` (many more iterations) or of any trial.

Settings: ``same`` is the city of the past days; ``drift`` the city after 20 % of its
customers have been replaced; ``unseen`` another city, of which nothing was learned.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from itertools import product
from pathlib import Path

from history_tables import NAMES, Section, counts
from machine import RESULTS, describe, refuse_cold_kernels

import routewright as rw
from routewright.facade import train_model
from routewright.instances.generators.city import build_city
from routewright.solvers.history import arms, comparison
from routewright.solvers.history.days import Day, History
from routewright.solvers.history.memory import Memory

PAST, LATER = 200, 50
#: City, share of customers that have been replaced, first seed of its later days.
SETTINGS = {"same": (0, 0.0, 1000), "drift": (0, 0.2, 2000), "unseen": (1, 0.0, 3000)}
#: Iterations per client for the plans of past days, and for the best known of later ones.
_PAST_ITERATIONS, _BEST_ITERATIONS = 100, 400
_COLUMNS = [f.name for f in fields(comparison.Trial)]


def day_names(clients: int, setting: str, count: int) -> list[str]:
    first = 0 if setting == "past" else SETTINGS[setting][2]
    return [f"n{clients}-{setting}-{day}" for day in range(first, first + count)]


def problem_of(name: str) -> rw.Problem:
    clients, setting, day = name.removeprefix("n").split("-")
    city, drift, _ = SETTINGS.get(setting, (0, 0.0, 0))
    return build_city(city).day(int(clients), int(day), drift=drift)


@dataclass(frozen=True)
class Share:
    """The part of the work that a process does: the ``number``-th of ``count``, from 1."""

    number: int = 1
    count: int = 1

    @classmethod
    def of(cls, text: str) -> Share:
        number, count = map(int, text.split("/"))
        return cls(number, count)

    def __call__(self, work: list) -> list:
        return work[self.number - 1 :: self.count]

    def file(self, folder: Path, name: str, suffix: str) -> Path:
        """What this process writes; all of them are read with `written`."""
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{name}{f'-{self.number}' if self.count > 1 else ''}{suffix}"


def written(folder: Path, name: str, suffix: str) -> list[Path]:
    return [*folder.glob(f"{name}{suffix}"), *sorted(folder.glob(f"{name}-[0-9]*{suffix}"))]


class Plans:
    """Plans by the names of their days, kept one per line."""

    def __init__(self, o: argparse.Namespace) -> None:
        self.file = o.share.file(o.results, "history-plans", ".jsonl")
        files = written(o.results, "history-plans", ".jsonl")
        lines = [line for f in files for line in f.read_text(encoding="utf-8").splitlines()]
        self.routes = {row["day"]: row["routes"] for row in map(json.loads, lines)}

    def of(self, name: str) -> rw.Solution | None:
        return rw.Solution.from_visits(self.routes[name]) if name in self.routes else None

    def add(self, name: str, iterations: int) -> None:
        if name in self.routes:
            return
        problem = problem_of(name)
        stop = rw.MaxIterations(iterations * problem.num_clients)
        plan = rw.solve(problem, solver="ruin", stop=stop, threads=1).solution
        self.routes[name] = [list(route.visits) for route in plan.routes]
        with self.file.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps({"day": name, "routes": self.routes[name]}) + "\n")


def make_plans(o: argparse.Namespace) -> None:
    plans, end = Plans(o), time.monotonic() + 60 * o.minutes
    work = [(name, _PAST_ITERATIONS) for n in o.clients for name in day_names(n, "past", PAST)]
    work += [
        (name, _BEST_ITERATIONS)
        for n in o.clients
        for setting in o.setting
        for name in day_names(n, setting, o.days)
    ]
    for name, iterations in o.share(work):
        if time.monotonic() > end:
            break
        plans.add(name, iterations)
    there = sum(name in Plans(o).routes for name, _ in work)
    print(f"{there} of {len(work)} plans are there")


def history_of(plans: Plans, clients: int) -> History:
    names = day_names(clients, "past", PAST)
    days = [Day(name, problem_of(name), plans.of(name)) for name in names]
    if missing := [day.name for day in days if day.plan is None]:
        raise SystemExit(f"{len(missing)} past days have no plan yet; first: plans")
    return History(tuple(days), "name")


def memory_of(o: argparse.Namespace, plans: Plans, clients: int) -> Memory:
    """What the past days remember, kept so that a piece need not draw them all again."""
    file = o.results / f"history-n{clients}-memory.json"
    if not file.exists():
        Memory.of(history_of(plans, clients)).write(file)
    return Memory.read(file)


def train(o: argparse.Namespace) -> None:
    plans = Plans(o)
    for clients in o.clients:
        days = [(day.problem, day.plan) for day in history_of(plans, clients).days]
        for sort, steps in (("scorer", o.steps), ("policy", o.policy_steps)):
            if steps:
                file = train_model(
                    sort, days, folder_of(o, sort, clients), steps=steps, device=o.device
                )
                print(f"{file}: {sort} of {PAST} days with {clients} clients", flush=True)


def folder_of(o: argparse.Namespace, sort: str, clients: int) -> Path:
    return o.results / f"history-{sort}-n{clients}"


def lineup(o: argparse.Namespace, plans: Plans, clients: int) -> list[arms.Arm]:
    memory = memory_of(o, plans, clients)
    fitted, tuned = (
        str(folder_of(o, sort, clients) / "policy.safetensors") for sort in ("scorer", "policy")
    )
    every = {
        "cold": arms.cold,
        "savings": arms.savings,
        "history": lambda: arms.history(memory),
        "frequencies": lambda: arms.frequencies(memory),
        "edges": lambda: arms.edges(""),
        "fitted": lambda: arms.edges(fitted, name="fitted"),
        "guided": lambda: arms.guided(fitted),
        "policy": lambda: arms.policy(""),
        "tuned": lambda: arms.policy(tuned, name="tuned"),
    }
    return [every[name]() for name in o.arms.split(",")]


def run(o: argparse.Namespace) -> None:
    refuse_cold_kernels()
    print(describe(), flush=True)
    plans, end = Plans(o), time.monotonic() + 60 * o.minutes
    file = o.share.file(o.results, "history", ".csv")
    done = {(t.day, t.arm, t.limit, t.seed) for t in read(o.results)}
    with file.open("a", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, _COLUMNS)
        if not file.stat().st_size:
            writer.writeheader()
        for day, arm, limit in trials_of(o, plans):
            if (day.name, arm.name, limit, 0) in done:
                continue
            if time.monotonic() > end:
                return
            writer.writerow(asdict(comparison.run_trial(day, arm, limit, 0)))
            handle.flush()


def trials_of(o: argparse.Namespace, plans: Plans) -> Iterator[tuple[Day, arms.Arm, float]]:
    """Yield what is to be tried by this process; the order of the arms alternates."""
    for clients in o.clients:
        chosen = lineup(o, plans, clients)
        for setting in o.setting:
            names = o.share(day_names(clients, setting, o.days))
            days = [Day(name, problem_of(name)) for name in names]
            for arm in chosen:  # models are loaded, and caches filled
                comparison.run_trial(days[-1], arm, 0.1, 0)
            for limit in o.time:
                for turn, day in enumerate(days):
                    shift = turn % len(chosen)
                    for arm in [*chosen[shift:], *chosen[:shift]]:
                        yield day, arm, limit


def read(folder: Path) -> list[comparison.Trial]:
    found = []
    for file in written(folder, "history", ".csv"):
        with file.open(encoding="utf-8", newline="") as handle:
            found += [_trial(row) for row in csv.DictReader(handle)]
    return found


def _trial(row: dict[str, str]) -> comparison.Trial:
    cost, start = (int(row[c]) if row[c] else None for c in ("cost", "start_cost"))
    return comparison.Trial(
        row["day"],
        row["arm"],
        float(row["limit"]),
        int(row["seed"]),
        cost,
        start,
        float(row["seconds"]),
        float(row["runtime"]),
    )


def table(o: argparse.Namespace) -> None:
    """Print what was found: to cold starts, and of networks to the best of what needs none."""
    trials, plans, sections = read(o.results), Plans(o), []
    for clients, setting in product(o.clients, o.setting):
        if mine := [t for t in trials if t.day.startswith(f"n{clients}-{setting}-")]:
            sections.append(Section(clients, setting, mine, least_costs(mine, plans)))
            print(*sections[-1].lines(), sep="\n")
    print(*counts(sections), sep="\n")


def least_costs(trials: list[comparison.Trial], plans: Plans) -> dict[str, int]:
    best = comparison.least_costs(trials)
    for name in best:
        if (plan := plans.of(name)) is not None:
            best[name] = min(best[name], rw.check(problem_of(name), plan).key[2])
    return best


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", choices=("plans", "train", "run", "table"))
    parser.add_argument("--clients", type=int, action="append")
    parser.add_argument("--setting", action="append", choices=tuple(SETTINGS))
    parser.add_argument("--time", type=float, action="append", help="seconds; may be repeated")
    parser.add_argument("--days", type=int, default=LATER, help="later days")
    parser.add_argument("--arms", default=",".join(NAMES))
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after so long")
    parser.add_argument("--steps", type=int, default=0, help="steps to train the scorer")
    parser.add_argument("--policy-steps", type=int, default=0, help="steps to train the policy")
    parser.add_argument("--device", default="cpu", help="of the training")
    parser.add_argument("--share", type=Share.of, default=Share(), help="K/N: a part of the work")
    parser.add_argument("--results", type=Path, default=RESULTS)
    o = parser.parse_args()
    o.clients, o.setting = o.clients or [100, 200, 500], o.setting or list(SETTINGS)
    o.time = o.time or [0.1, 0.3, 1.0, 3.0, 10.0]
    {"plans": make_plans, "train": train, "run": run, "table": table}[o.part](o)


if __name__ == "__main__":
    main()
