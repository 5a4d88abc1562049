"""How far the bound of the best penalties is below the optimum, on TSPLIB.

python benchmarks/bounds.py --most 3000 --steps 500
"""

from __future__ import annotations

import argparse
import time

from machine import INSTANCES, describe, refuse_cold_kernels
from sets import SETS
from tables import header

from routewright.solvers.tour_candidates import candidates
from routewright.solvers.tour_problem import tour_problem


def main() -> None:
    """Print a row per instance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--least", type=int, default=13, help="fewest clients")
    parser.add_argument("--most", type=int, default=3000, help="most clients")
    parser.add_argument("--steps", type=int, default=500, help="of the ascent")
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
        begin = time.perf_counter()
        t = tour_problem(problem)
        bound = candidates(t, o.steps, 1, lambda: False).bound()
        seconds = time.perf_counter() - begin
        assert bound is not None
        gaps.append(-best.gap(t.cost(bound) / problem.scale.cost))
        longest = max(longest, seconds)
        print(f"| {file.stem} | {problem.num_clients + 1} | {gaps[-1]:.2f} | {seconds:.2f} |")
    within = sum(gap <= 1 for gap in gaps)
    print(f"\n{len(gaps)} instances: mean {sum(gaps) / len(gaps):.2f} %, worst {max(gaps):.2f} %,")
    print(f"{within} within 1 %, at most {longest:.2f} s each")


if __name__ == "__main__":
    main()
