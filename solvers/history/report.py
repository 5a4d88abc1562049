"""The report of a fit: what helps on later days, and what to do."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from .comparison import Difference, Trial, difference, gaps, least_costs
from .days import History

#: Arms in the order of their means: where the best is not surely better, the simplest is taken.
SIMPLEST = ("cold", "savings", "frequencies", "history", "edges", "policy")
#: Arms that have learned something by training a network.
LEARNED = ("edges", "policy")
SCHEMA = "routewright/fit/2"
#: Name of the report as JSON, in the folder of a fit.
REPORT_FILE = "report.json"


@dataclass(frozen=True)
class Models:
    """Checkpoints that a fit has trained, by what they are; empty without one."""

    scorer: str = ""
    policy: str = ""


@dataclass(frozen=True)
class Outcome:
    """How an arm did on the later days.

    Parameters
    ----------
    arm
        Its name.
    gap
        Mean gap in percent to the best plan that any arm found for a day.
    against
        Differences of its gaps to those of every other arm; negative is better.
    seconds
        Mean time for its plans, part of the time limit.
    start_gap
        Mean gap of the plan that it began with; None without one.
    failures
        Days without a feasible plan.
    """

    arm: str
    gap: float
    against: dict[str, Difference]
    seconds: float
    start_gap: float | None
    failures: int


@dataclass(frozen=True)
class FitReport:
    """What a fit has found.

    Parameters
    ----------
    recommended
        Name of the arm to use: the simplest that none is surely better than.
    reason
        Why, in one sentence.
    learned_helps
        Whether a trained network is surely better than the best that needs none.
    outcomes
        By arm.
    time_limit
        Seconds that every arm had for a day.
    past, later
        Names of the days that were learned from, and of those that were compared.
    models
        The checkpoints that were trained.
    notes
        What was decided or left out.
    """

    recommended: str
    reason: str
    learned_helps: bool
    outcomes: tuple[Outcome, ...]
    time_limit: float
    past: tuple[str, ...]
    later: tuple[str, ...]
    models: Models
    notes: tuple[str, ...]

    @classmethod
    def of(
        cls,
        trials: list[Trial],
        past: History,
        later: History,
        time_limit: float,
        notes: tuple[str, ...],
        models: Models,
    ) -> FitReport:
        """Return the report of some trials with one time limit."""
        found = gaps(trials, least_costs(trials))
        by_arm = {arm: found.get((arm, time_limit), {}) for arm in _arms(trials)}
        outcomes = tuple(_outcome(arm, by_arm, trials) for arm in by_arm)
        recommended, reason = recommend(outcomes)
        compared = {t.day for t in trials}
        return cls(
            recommended,
            reason,
            _learned_helps(outcomes),
            outcomes,
            time_limit,
            tuple(day.name for day in past.days),
            tuple(day.name for day in later.days if day.name in compared),
            models,
            notes,
        )

    def to_json(self) -> str:
        """Return the report as JSON."""
        return json.dumps({"schema": SCHEMA, **asdict(self)}, indent=1)

    def to_markdown(self) -> str:
        """Return the report as text with a table."""
        from .wording import markdown

        return "\n".join(markdown(self))


def write_report(report: FitReport, folder: Path) -> None:
    """Write ``report.json`` and ``report.md``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / REPORT_FILE).write_text(report.to_json() + "\n", encoding="utf-8")
    (folder / "report.md").write_text(report.to_markdown() + "\n", encoding="utf-8")


def recommend(outcomes: tuple[Outcome, ...]) -> tuple[str, str]:
    """Return the arm to use, and why.

    That is the simplest arm that the one with the least gap is not surely better than: an
    arm has to earn its place.
    """
    usable = [o for o in outcomes if not o.failures] or list(outcomes)
    best = min(usable, key=lambda o: (o.gap, SIMPLEST.index(o.arm)))
    for outcome in sorted(usable, key=lambda o: SIMPLEST.index(o.arm)):
        if outcome is best:
            break
        lead = best.against[outcome.arm]
        if not lead.is_sure:
            reason = (
                f"{best.arm} has the least gap, but is not surely better than {outcome.arm}"
                f" ({lead} %), which is simpler"
            )
            return outcome.arm, reason
    simpler = [a for a in SIMPLEST[: SIMPLEST.index(best.arm)] if a in best.against]
    if not simpler:
        return best.arm, f"nothing is better than {best.arm}, the simplest"
    return best.arm, f"it is surely better than {', '.join(simpler)}"


def _learned_helps(outcomes: tuple[Outcome, ...]) -> bool:
    """Whether the best trained arm is surely better than the best of the others."""
    trained = [o for o in outcomes if o.arm in LEARNED and not o.failures]
    others = [o for o in outcomes if o.arm not in LEARNED]
    if not trained or not others:
        return False
    best = min(trained, key=lambda o: o.gap)
    lead = best.against[min(others, key=lambda o: o.gap).arm]
    return lead.is_sure and lead.mean < 0


def _arms(trials: list[Trial]) -> list[str]:
    return sorted({t.arm for t in trials}, key=SIMPLEST.index)


def _outcome(arm: str, by_arm: dict[str, dict[str, float]], trials: list[Trial]) -> Outcome:
    mine = [t for t in trials if t.arm == arm]
    best = least_costs(trials)
    starts = [
        100 * (t.start_cost - best[t.day]) / max(1, abs(best[t.day]))
        for t in mine
        if t.start_cost is not None
    ]
    ours = by_arm[arm]
    return Outcome(
        arm,
        sum(ours.values()) / len(ours) if ours else float("inf"),
        {other: difference(ours, theirs) for other, theirs in by_arm.items() if other != arm},
        sum(t.seconds for t in mine) / len(mine),
        sum(starts) / len(starts) if starts else None,
        sum(t.cost is None for t in mine),
    )
