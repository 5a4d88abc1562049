"""Whether a way to begin helps: every arm on the same days, for the same time.

The clock of a trial begins before an arm makes its plans: inference, repair, and savings
are paid for. Models and kernels are loaded before, once, and are not.
"""

from __future__ import annotations

import math
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from scipy import stats

from routewright.checker import check
from routewright.solvers import solve_problem

from .arms import Arm
from .days import Day

#: An arm that makes several plans begins no other after this share of the time.
_SHARE = 0.2
#: Percent above the best known cost, by arm and limit, and by day.
Gaps = dict[tuple[str, float], dict[str, float]]
_LEVEL = 0.95


@dataclass(frozen=True)
class Trial:
    """One search of one day.

    Parameters
    ----------
    day, arm, limit, seed
        What was searched, how, and for how many seconds.
    cost
        Of the plan, in internal units; None if it is not feasible.
    start_cost
        Of the best plan that the arm began with; None without a feasible one.
    seconds
        That the arm took for its plans, part of the limit.
    runtime
        Of the whole trial.
    """

    day: str
    arm: str
    limit: float
    seed: int
    cost: int | None
    start_cost: int | None
    seconds: float
    runtime: float


@dataclass(frozen=True)
class Difference:
    """Mean of paired differences in percent, and half the width of its 95 % interval.

    Negative is better. The half is nan where there is a single day.
    """

    mean: float
    half: float
    days: int

    @property
    def is_sure(self) -> bool:
        """Whether the interval does not hold 0."""
        return abs(self.mean) > self.half

    @property
    def p_value(self) -> float:
        """Of Student's t, two-sided; nan where there is a single day."""
        error = self.half / float(stats.t.ppf((1 + _LEVEL) / 2, self.days - 1))
        if error == 0:  # by the same on all days
            return float(self.mean == 0)
        return float(2 * stats.t.sf(abs(self.mean) / error, self.days - 1))

    def __str__(self) -> str:
        return f"{self.mean:+.3f} ± {self.half:.3f}"


def run_trial(day: Day, arm: Arm, limit: float, seed: int, threads: int = 1) -> Trial:
    """Let an arm plan a day, and search on for the rest of the time."""
    day.problem.arrays()  # what all arms read is not charged to the first of them
    started = time.perf_counter()
    plans = arm.plans(day.problem, seed, lambda: time.perf_counter() - started > _SHARE * limit)
    seconds = time.perf_counter() - started
    result = solve_problem(
        day.problem,
        time_limit=limit,
        solver=arm.solver,
        model=arm.model,
        seed=seed,
        threads=threads,
        initial=plans[0] if plans else None,
        started=started,
    )
    start = check(day.problem, plans[0]) if plans else None
    return Trial(
        day.name,
        arm.name,
        limit,
        seed,
        result.report.key[2] if result.feasible else None,
        start.key[2] if start is not None and start.feasible else None,
        seconds,
        result.runtime,
    )


def compare(
    days: Sequence[Day],
    arms: Sequence[Arm],
    limit: float,
    seeds: Sequence[int] = (0,),
    threads: int = 1,
    is_over: Callable[[], bool] = lambda: False,
) -> Iterator[Trial]:
    """Yield the trials of all arms, day by day, the arms in an order that alternates.

    ``is_over`` is asked before every day; the days that are left are not tried then.
    """
    for turn, day in enumerate(days):
        if is_over():
            return
        for seed in seeds:
            shift = (turn + seed) % len(arms)
            for arm in [*arms[shift:], *arms[:shift]]:
                yield run_trial(day, arm, limit, seed, threads)


def gaps(trials: Iterable[Trial], best: dict[str, int]) -> Gaps:
    """Return the mean gap in percent over the seeds, by arm and limit, and by day.

    Parameters
    ----------
    trials
        Any; those without a feasible plan are left out.
    best
        The least cost that is known for each day.
    """
    found = defaultdict[tuple[str, float], dict[str, list[float]]](lambda: defaultdict(list))
    for t in trials:
        if t.cost is not None:
            gap = 100 * (t.cost - best[t.day]) / max(1, abs(best[t.day]))
            found[t.arm, t.limit][t.day].append(gap)
    return {
        key: {day: statistics.mean(values) for day, values in by_day.items()}
        for key, by_day in found.items()
    }


def least_costs(trials: Iterable[Trial]) -> dict[str, int]:
    """Return the least cost of every day that any trial found."""
    best = dict[str, int]()
    for t in trials:
        if t.cost is not None:
            best[t.day] = min(best.get(t.day, t.cost), t.cost)
    return best


def difference(ours: dict[str, float], theirs: dict[str, float]) -> Difference:
    """Return the mean of our gaps minus theirs, over the days that both have.

    The interval is that of Student's distribution over days.
    """
    shared = [ours[day] - theirs[day] for day in ours if day in theirs]
    if not shared:
        return Difference(math.nan, math.nan, 0)
    mean = statistics.mean(shared)
    if len(shared) < 2:
        return Difference(mean, math.nan, 1)
    error = statistics.stdev(shared) / math.sqrt(len(shared))
    quantile = float(stats.t.ppf((1 + _LEVEL) / 2, len(shared) - 1))
    return Difference(mean, quantile * error, len(shared))
