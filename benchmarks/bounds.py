"""How far the bound of the best penalties is below the optimum, on TSPLIB.

python benchmarks/bounds.py --most 3000 --time 5

The seconds are of the processor, one thread, and include a tour by local search, which the
climb aims at. ``--steps 200000 --time 600`` shows what the best penalties can prove.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from machine import INSTANCES, describe, refuse_cold_kernels
from sets import SETS
from tables import header

from routewright.problem import Problem
from routewright.solvers.kernels.tour_tree import new_tree
from routewright.solvers.tour_bound import Climb
from routewright.solvers.tour_candidates import LEAST_GAP, candidates
from routewright.solvers.tour_descent import FULL, descend
from routewright.solvers.tour_problem import tour_problem

#: Steps of the ascent that chooses the candidates of the tour.
_ROUNDS = 100


def bound_of(problem: Problem, steps: int, seconds: float) -> int:
    """Return the bound that a climb proves within a time, in internal cost units."""
    begin = time.process_time()
    t = tour_problem(problem)
    c = candidates(t, _ROUNDS, 1, lambda: False)
    walk = c.walk(0.0, np.random.default_rng(0))
    cost = min(c.first_cost, descend(c.search, walk, FULL, lambda: False)[1])
    climb = Climb(c.search, c.graph, new_tree(t.size))
    climb.run(
        steps,
        cost,
        LEAST_GAP * t.length(cost),
        lambda: time.process_time() - begin > 0.98 * seconds,
    )
    assert climb.bound is not None
    return t.cost(climb.bound)


def main() -> None:
    """Print a row per instance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--least", type=int, default=13, help="fewest clients")
    parser.add_argument("--most", type=int, default=3000, help="most clients")
    parser.add_argument("--steps", type=int, default=9000, help="of the climb")
    parser.add_argument("--time", type=float, default=5.0, help="seconds of each at most")
    parser.add_argument("--only", default="", help="names of instances, comma-separated")
    o = parser.parse_args()
    refuse_cold_kernels()
    print(describe(), "\n")
    print("\n".join(header(["instance", "cities", "bound below the optimum, %", "seconds"])))
    convention, gaps, longest = SETS["TSP/tsplib"], [], 0.0
    for file in convention.files(INSTANCES):
        problem, best = convention.read(file), convention.best_known(file)
        fits = o.least <= problem.num_clients <= o.most
        if best is None or not fits or problem.fixed_edges:
            continue
        if o.only and file.stem not in o.only.split(","):
            continue
        begin = time.process_time()
        bound = bound_of(problem, o.steps, o.time)
        seconds = time.process_time() - begin
        gaps.append(-best.gap(bound / problem.scale.cost))
        longest = max(longest, seconds)
        print(f"| {file.stem} | {problem.num_clients + 1} | {gaps[-1]:.2f} | {seconds:.2f} |")
    within = sum(gap <= 1 for gap in gaps)
    print(f"\n{len(gaps)} instances: mean {sum(gaps) / len(gaps):.2f} %, worst {max(gaps):.2f} %,")
    print(f"{within} within 1 %, at most {longest:.2f} s each")


if __name__ == "__main__":
    main()
