"""What splitting deliveries saves, and how far plans are above a lower bound.

    python benchmarks/splits.py [--clients 100] [--problems 2] [--time 5] [--seed 0]

Clients lie uniformly in a square with the depot in its center; their deliveries are drawn
from an interval of shares of the capacity, as in Archetti, Speranza, and Hertz (2006). The
solver `split` runs against `ruin` on the same problem without splits, for the same time, in
turns. The bound lets every unit pay its share of the way there and back: 2 c_i d_i / Q
summed over clients, as no vehicle is fuller than full (Haimovich and Rinnooy Kan, 1985).
All costs are the checker's.

References
----------
Archetti, C., Speranza, M. G., & Hertz, A. (2006). A tabu search algorithm for the split
delivery vehicle routing problem. *Transportation Science*, 40(1).
Haimovich, M., & Rinnooy Kan, A. H. G. (1985). Bounds and heuristics for capacitated routing
problems. *Mathematics of Operations Research*, 10(4).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from machine import describe, refuse_cold_kernels
from tables import header, interval

import routewright as rw

CAPACITY = 1000
#: Least and largest deliveries, as shares of the capacity.
SHARES = ((0.01, 0.1), (0.1, 0.3), (0.1, 0.5), (0.1, 0.9), (0.3, 0.7), (0.7, 0.9))


def problem_of(clients: int, least: float, most: float, seed: int) -> rw.Problem:
    """Draw one problem whose deliveries may all be split."""
    rng = np.random.default_rng(seed)
    model = rw.Model(f"split-{least}-{most}-n{clients}-s{seed}")
    model.add_depot(x=500, y=500)
    for x, y, share in zip(
        *rng.uniform(0, 1000, (2, clients)), rng.uniform(least, most, clients), strict=True
    ):
        model.add_client(x=x, y=y, delivery=round(share * CAPACITY), splittable=True)
    model.add_vehicle_type(capacity=CAPACITY)
    return model.problem()


def bound(problem: rw.Problem) -> float:
    """Sum of the shares that all deliveries have in a way there and back."""
    clients, depot = problem.clients, problem.depots[0].location
    places = [c.location for c in clients]
    way = problem.travels[0].distances([depot] * len(places), places)
    delivery = np.array([c.delivery[0] for c in clients])
    return float((2 * way * delivery).sum()) / CAPACITY / problem.scale.distance


def rows(arguments: argparse.Namespace) -> Iterator[str]:
    """One row of the table per interval of deliveries."""
    for least, most in SHARES:
        saved, unsplit, split, visits = [], [], [], []
        for seed in range(arguments.seed, arguments.seed + arguments.problems):
            problem = problem_of(arguments.clients, least, most, seed)
            clients = tuple(replace(c, splittable=False) for c in problem.clients)
            whole = rw.solve(
                problem.replace(clients=clients), solver="ruin", time_limit=arguments.time
            )
            parts = rw.solve(problem, solver="split", time_limit=arguments.time)
            assert whole.feasible
            assert parts.feasible
            saved.append(100 * (1 - parts.cost / whole.cost))
            unsplit.append(100 * (whole.cost / bound(problem) - 1))
            split.append(100 * (parts.cost / bound(problem) - 1))
            visits.append(sum(len(r.visits) for r in parts.solution.routes) / arguments.clients)
        mean, half = interval(saved)
        cells = [f"{mean:.2f} ± {half:.2f}", *(f"{np.mean(v):.1f}" for v in (unsplit, split))]
        yield " | ".join(["", f"{least} to {most}", *cells, f"{np.mean(visits):.2f}", ""]).strip()


def main() -> None:
    """Print the machine and the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--problems", type=int, default=2)
    parser.add_argument("--time", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    refuse_cold_kernels()
    print(describe())
    heads = ["deliveries", "saved %", "unsplit above the bound %", "split above it %"]
    for line in (*header([*heads, "visits per client"]), *rows(arguments)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
