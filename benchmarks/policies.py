"""How good the plans of a policy are, and how fast they come.

    python benchmarks/policies.py [--model NAME] [--kinds CVRP,...] [--clients 50]
        [--problems 20] [--time 2 | --iterations N] [--public N]

The gap is to the solver `ruin` with ``--time`` seconds on all cores, or with so many
iterations, in percent, as a mean over problems with its 95 % confidence interval. All plans
are the checker's: feasible, and of that cost. With ``--public N``, also over every N-th public
file of some sets, above its best known cost, and over days of generated cities, above `ruin`;
with at most 250 clients.
Speed is that of plans on one thread: the median over seven runs, for one problem at a time,
and once for a thousand problems on all cores.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

import torch
from machine import INSTANCES, describe
from sets import find
from tables import header, interval

import routewright as rw
from routewright.instances.generators.city import build_city
from routewright.neural.batch import Batch
from routewright.neural.construct import construct_plans, load_model
from routewright.neural.decoding import roll_out
from routewright.neural.generator import Mixture, draw, parse_kinds, to_problem

#: Best of how many plans, under how many symmetries of the square, and in how many parts.
WAYS: dict[str, dict[str, int | None]] = {
    "greedy, at once": {"plans": 1, "parts": 1},
    "greedy": {"plans": 1},
    "best of 8, at once": {"plans": 8, "parts": 1},
    "best of 8": {"plans": 8},
    "best of 8 x 8": {"plans": 8, "symmetries": 8},
}
SIZES = (100, 500, 1000)
#: Sets of public files, and their most clients.
PUBLIC = ("CVRP/A", "CVRP/X", "VRPTW/solomon", "MDVRP/cordeau")
_MOST = 250


def gaps(kind: str, clients: int, problems: int, stop: rw.StopCriterion, model: str) -> list[str]:
    """Cells of the table: mean gap and half its interval, for every way."""
    batch = draw(Mixture(kinds=(kind,)), clients, problems, seeded(2026)).batch
    found: dict[str, list[float]] = {way: [] for way in WAYS}
    for row in range(problems):
        problem = to_problem(batch, row)
        best = rw.solve(problem, solver="ruin", stop=stop, seed=1)
        for way, options in WAYS.items():
            ours = rw.construct(problem, model=model, **options)
            report = rw.check(problem, ours[0])
            assert report.feasible
            assert best.cost
            found[way].append(100 * (report.cost / best.cost - 1))
    cells = (interval(values) for values in found.values())
    return [f"{mean:.2f} ± {half:.2f}" for mean, half in cells]


def quality(arguments: argparse.Namespace) -> Iterator[str]:
    """Rows of gaps by kind."""
    iterations, seconds = arguments.iterations, arguments.time
    stop = rw.MaxIterations(iterations) if iterations else rw.MaxRuntime(seconds)
    yield from header(["kind", *WAYS])
    for kind in parse_kinds(arguments.kinds):
        cells = gaps(kind, arguments.clients, arguments.problems, stop, arguments.model)
        yield " | ".join(["", kind, *cells, ""]).strip()
    yield ""


def public(arguments: argparse.Namespace) -> Iterator[str]:
    """Rows of mean gaps by set of public files, and of days of the city."""
    yield from header(["set", "planned", *WAYS])
    for name in PUBLIC:
        convention = replace(find(name), sizes=(0, _MOST))
        files = convention.files(INSTANCES, arguments.public)
        known = ((convention.read(file), convention.best_known(file)) for file in files)
        yield row_of(name, len(files), ((p, b.cost) for p, b in known if b), arguments.model)
    for city in (0, 1):
        days = [build_city(city).day(n, 9000 + k) for k in range(4) for n in (50, 100, 200)]
        limit = arguments.time
        found = ((p, rw.solve(p, solver="ruin", time_limit=limit, seed=1).cost) for p in days)
        yield row_of(f"city {city}", len(days), ((p, c) for p, c in found if c), arguments.model)
    yield ""


def row_of(name: str, count: int, problems: Iterable[tuple[rw.Problem, float]], model: str) -> str:
    """Mean gaps of the problems that a policy can plan; the others are counted."""
    found: list[list[float]] = []
    for problem, best in problems:
        try:
            plans = [rw.construct(problem, model=model, **options)[0] for options in WAYS.values()]
        except rw.UnsupportedError:
            continue
        reports = [rw.check(problem, plan) for plan in plans]
        assert all(report.feasible for report in reports)
        found.append([100 * (float(report.cost) / best - 1) for report in reports])
    columns = [*zip(*found, strict=True)] or [()] * len(WAYS)
    means = [f"{statistics.mean(values):.1f}" if values else "" for values in columns]
    return f"| {name} | {len(found)} of {count} | {' | '.join(means)} |"


def speed(model: str) -> Iterator[str]:
    """Rows of milliseconds by size: from a problem to plans, and by tensors alone."""
    policy, _ = load_model(model)
    yield from header(["plans", "threads", "ms", "at once, ms", "by tensors alone, ms"])
    torch.set_num_threads(1)
    for clients in SIZES:
        batch = draw(Mixture(kinds=("CVRP",)), clients, 1, seeded(1)).batch
        slow = statistics.median([timed(policy, batch) for _ in range(8)][1:])
        for plans in (1, 8):
            usual, fast = (
                statistics.median([made(batch, plans, parts, model) for _ in range(8)][1:])
                for parts in (None, 1)
            )
            cells = [f"{1000 * usual:.0f}", f"{1000 * fast:.0f}"]
            cells.append(f"{1000 * slow:.0f}" if plans == 1 else "")
            yield f"| {plans} of {clients} clients | 1 | {' | '.join(cells)} |"
    cores = os.cpu_count() or 1
    torch.set_num_threads(cores)
    batch = draw(Mixture(kinds=("CVRP",)), 100, 1000, seeded(1)).batch
    parts = [batch.rows(slice(k, k + 250)) for k in range(0, 1000, 250)]
    total = sum(timed(policy, part) for part in parts)
    yield f"| 1 of each of 1,000 problems of 100 clients | {cores} | | | {1000 * total:.0f} |"
    yield ""


def made(batch: Batch, plans: int, parts: int | None, model: str) -> float:
    """Seconds from a problem to solutions; of one plan, the greedy one."""
    problem = to_problem(batch, 0)
    begin = time.perf_counter()
    construct_plans(problem, model=model, plans=plans, parts=parts)
    return time.perf_counter() - begin


def timed(policy: object, batch: object) -> float:
    """Seconds of one greedy roll-out, encoding included."""
    begin = time.perf_counter()
    with torch.inference_mode():
        roll_out(policy, batch)
    return time.perf_counter() - begin


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="")
    parser.add_argument("--kinds", default="CVRP,OVRP,VRPB,VRPL,VRPTW,MDCVRP,VRPMB,OVRPTW,TSP,OTSP")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--problems", type=int, default=20)
    parser.add_argument("--time", type=float, default=2.0)
    parser.add_argument("--iterations", type=int, default=0, metavar="N")
    parser.add_argument("--public", type=int, default=0, metavar="N")
    arguments = parser.parse_args()
    print(describe())
    print(*speed(arguments.model), sep="\n")
    print(*quality(arguments), sep="\n")
    if arguments.public:
        print(*public(arguments), sep="\n")


if __name__ == "__main__":
    main()
