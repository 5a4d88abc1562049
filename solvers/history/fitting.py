"""fit(history): learn from past days, and measure on later ones whether that helps."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from routewright.errors import InputError, Issue
from routewright.facade import FileName, why_not_constructed
from routewright.problem import Problem
from routewright.solution import Solution
from routewright.solvers import solve_problem
from routewright.solvers.repair import why_not_repaired
from routewright.stop import MaxRuntime

from . import arms
from .comparison import Trial, compare, run_trial
from .days import Day, History
from .learning import Learner
from .memory import Memory
from .reading import GivenDay, read_days
from .report import FitReport, Models, write_report

#: Days that are needed: to learn from, and to measure on.
FEWEST_PAST, FEWEST_LATER = 5, 3
#: Name of what past days remember, in the folder.
MEMORY_FILE = "memory.json"
#: Share of the days that is held out, and the most of them.
_LATER, _MOST_LATER = 0.2, 50
#: Shares of the time: making plans of past days, training both, and (the rest) measuring.
_PLANNING, _SCORER, _POLICY = 0.25, 0.15, 0.25
#: Most seconds for the plan of a past day.
_MOST_PLANNING = 10.0


@dataclass(frozen=True)
class FitOptions:
    """How a fit goes.

    Parameters
    ----------
    minutes
        For everything: plans of days without one, training, and the comparison.
    time_limit
        Seconds for each plan that is compared: as many as are given to a day in practice.
    later
        Days to measure on, the last ones; a fifth of all days if None.
    identity
        How clients are known again: ``auto``, ``name``, or ``place``.
    mixed
        Whether days may differ in the attributes that they use.
    learn
        Whether to train networks; without, only what needs none is compared.
    steps
        Steps of each training, in place of its share of the time.
    threads, seed
        Of every search, and of the training of the policy; all cores if None.
    """

    minutes: float = 60.0
    time_limit: float = 1.0
    later: int | None = None
    identity: str = "auto"
    mixed: bool = False
    learn: bool = True
    steps: int | None = None
    threads: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        issues = [
            Issue("", name, f"{value:g} must be more than 0")
            for name, value in (("minutes", self.minutes), ("time_limit", self.time_limit))
            if not value > 0
        ]
        if self.later is not None and self.later < FEWEST_LATER:
            message = f"{self.later} later days say too little; at least {FEWEST_LATER} are needed"
            issues.append(Issue("", "later", message))
        if self.threads is not None and self.threads < 1:
            issues.append(Issue("", "threads", f"{self.threads} must be at least 1"))
        if issues:
            raise InputError(issues)

    @property
    def cores(self) -> int:
        """Threads of every search."""
        return self.threads or os.cpu_count() or 1

    def later_days(self, days: int) -> int:
        """Days to measure on, of so many."""
        usual = min(_MOST_LATER, max(FEWEST_LATER, round(_LATER * days)))
        return usual if self.later is None else self.later


#: Called with what is being done, and the share of that which is done.
Watch = Callable[[str, float], None]


def fit_history(
    history: FileName | Sequence[GivenDay],
    folder: FileName,
    options: FitOptions | None = None,
    watch: Watch | None = None,
    interrupt: threading.Event | None = None,
) -> FitReport:
    """Learn from past days, compare on later days, and write a report.

    Parameters
    ----------
    history
        A folder of days, or a list of them in the order of time; see `reading.read_days`.
    folder
        For the checkpoints, the report (``report.md``, ``report.json``), and the training.
    options
        How it goes.
    watch, interrupt
        Progress; and an event that ends what is running early, once it is set.

    Raises
    ------
    InputError
        If days cannot be read or do not fit together; names all of them.
    """
    return _Fit(Path(folder), options or FitOptions(), watch, interrupt).run(history)


class _Fit:
    """One fit; its clock begins when it is made."""

    def __init__(
        self,
        folder: Path,
        options: FitOptions,
        watch: Watch | None,
        interrupt: threading.Event | None,
    ) -> None:
        self.folder, self.options = folder, options
        self.watch = watch or (lambda what, share: None)
        self.interrupt = interrupt or threading.Event()
        self.begin = time.monotonic()
        self.notes: list[str] = []

    def run(self, given: FileName | Sequence[GivenDay]) -> FitReport:
        """Do all of it."""
        o = self.options
        days = read_days(given)
        later = o.later_days(len(days))
        history = History.of(days, o.identity, fewest=FEWEST_PAST + later, mixed=o.mixed)
        self._note_identity(history)
        past, held_out = history.split(later)
        past = self._planned(past)
        models = self._trained(past)
        memory = Memory.of(past)
        trials = self._compared(held_out.days, self._lineup(memory, held_out.days, models))
        report = FitReport.of(trials, past, held_out, o.time_limit, tuple(self.notes), models)
        write_report(report, self.folder)
        whole = replace(past, days=(*past.days, *held_out.days))
        Memory.of(whole).write(self.folder / MEMORY_FILE)
        return report

    def _note_identity(self, history: History) -> None:
        words = {"name": "their names", "place": "their coordinates"}
        self.notes.append(f"clients are known again by {words[history.identity]}")

    # Plans of past days ---------------------------------------------------------

    def _planned(self, past: History) -> History:
        """Past days with a plan each, made by the engine where there is none."""
        without = [day for day in past.days if day.plan is None]
        if not without:
            return past
        seconds = min(_MOST_PLANNING, 60 * _PLANNING * self.options.minutes / len(without))
        self.notes.append(
            f"{len(without)} past days had no plan and were planned in {seconds:.2g} s each"
        )
        found, failed = list[Day](), list[str]()
        for number, day in enumerate(past.days):
            if self.interrupt.is_set():
                self.notes.append(
                    f"stopped early: {len(past.days) - number} past days were left out"
                )
                break
            self.watch("planning past days", number / len(past.days))
            plan = day.plan or self._plan_of(day.problem, seconds)
            if plan is None:
                failed.append(day.name)
            else:
                found.append(replace(day, plan=plan))
        if failed:
            self.notes.append(f"no feasible plan was found for {', '.join(failed)}")
        if len(found) < FEWEST_PAST:
            message = f"only {len(found)} past days have a plan; at least {FEWEST_PAST} are needed"
            raise InputError([Issue("", "history", message)])
        return replace(past, days=tuple(found))

    def _plan_of(self, problem: Problem, seconds: float) -> Solution | None:
        o = self.options
        result = solve_problem(
            problem, stop=MaxRuntime(seconds), solver="ruin", seed=o.seed, threads=o.cores
        )
        return result.solution if result.feasible else None

    # Learning -------------------------------------------------------------------

    def _trained(self, past: History) -> Models:
        """Checkpoints of a scorer and a policy; what is missing has its reason in the notes."""
        o = self.options
        if not o.learn:
            self.notes.append("nothing was trained, as asked")
            return Models()
        learner = Learner(
            self.folder, o.seed, o.cores, o.steps, self.notes.append, self.watch, self.interrupt
        )
        shares = {"scorer": _SCORER, "policy": _POLICY}
        files = {
            sort: learner.train(sort, past, min(share * o.minutes, o.minutes - self._minutes()))
            for sort, share in shares.items()
        }
        return Models(**files)

    def _minutes(self) -> float:
        return (time.monotonic() - self.begin) / 60

    # Comparing ------------------------------------------------------------------

    def _lineup(self, memory: Memory, days: Sequence[Day], models: Models) -> list[arms.Arm]:
        """All arms that can plan these days; what others lack is noted."""
        chosen = [arms.cold()]
        if lacks := {why_not_repaired(day.problem) for day in days} - {""}:
            names = "savings, history, frequencies, and edges"
            self.notes.append(
                f"{names} were left out: savings cannot handle {'; '.join(sorted(lacks))}"
            )
        else:
            chosen += [arms.savings(), arms.history(memory), arms.frequencies(memory)]
            chosen += [arms.edges(models.scorer)] if models.scorer else []
        if not models.policy:
            return chosen
        if lacks := {why_not_constructed(day.problem, models.policy) for day in days} - {""}:
            self.notes.append(f"policy was left out: it cannot plan {'; '.join(sorted(lacks))}")
            return chosen
        return [*chosen, arms.policy(models.policy)]

    def _compared(self, days: Sequence[Day], chosen: Sequence[arms.Arm]) -> list[Trial]:
        """Trials of all arms on as many later days as there is time for, the latest first."""
        o = self.options
        ordered = list(reversed(days))
        for arm in chosen:  # kernels and models are loaded before the clock runs
            run_trial(ordered[0], arm, 0.05, o.seed, o.cores)
        trials = list[Trial]()

        def is_over() -> bool:
            # Fewer days say nothing, so these are compared in any case.
            enough = len(trials) >= FEWEST_LATER * len(chosen)
            return enough and (self.interrupt.is_set() or self._minutes() > o.minutes)

        for trial in compare(ordered, chosen, o.time_limit, (o.seed,), o.cores, is_over):
            trials.append(trial)
            self.watch("comparing on later days", len(trials) / len(days) / len(chosen))
        compared = len({t.day for t in trials})
        if compared < len(days):
            self.notes.append(f"there was time for {compared} of {len(days)} later days, the last")
        return trials
