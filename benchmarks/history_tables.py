"""Tables of the ablation of past days in markdown, and how many of its comparisons are sure.

Every way to begin is compared with a cold start, and every network with the best of what
needs none, by paired differences over the same days.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import mean

from tables import header, line

from routewright.solvers.history import comparison
from routewright.solvers.history.comparison import Difference, Trial

NAMES = (
    *("cold", "savings", "history", "frequencies"),
    *("edges", "fitted", "guided", "policy", "tuned"),
)
#: What needs no network, one of which a network has to beat.
_ALTERNATIVES, _NETWORKS = NAMES[1:4], NAMES[4:]
_SETTINGS = {
    "same": "the city of the past days",
    "drift": "after 20 % of the city's customers were replaced",
    "unseen": "another city, of which nothing was learned",
}


@dataclass(frozen=True)
class Section:
    """All trials of the days of one size and setting, and the least known cost of each."""

    clients: int
    setting: str
    trials: Sequence[Trial]
    best: dict[str, int]

    @cached_property
    def gaps(self) -> comparison.Gaps:
        return comparison.gaps(self.trials, self.best)

    @property
    def limits(self) -> list[float]:
        return sorted({t.limit for t in self.trials})

    @property
    def arms(self) -> list[str]:
        tried = {arm for arm, _ in self.gaps}
        return [arm for arm in NAMES if arm in tried]

    def minus(self, arm: str, other: str | None, limit: float) -> Difference | None:
        """Compare two arms; None where one of them was not tried."""
        if (arm, limit) not in self.gaps or other is None or (other, limit) not in self.gaps:
            return None
        return comparison.difference(self.gaps[arm, limit], self.gaps[other, limit])

    def minus_cold(self, arm: str, limit: float) -> Difference | None:
        return self.minus(arm, "cold", limit) if arm != "cold" else None

    def minus_best(self, arm: str, limit: float) -> Difference | None:
        """Compare a network with the best of what needs none."""
        return self.minus(arm, self.best_alternative(limit), limit) if arm in _NETWORKS else None

    def best_alternative(self, limit: float) -> str | None:
        """Return which arm without a network has the least mean gap on these days."""
        there = [name for name in _ALTERNATIVES if (name, limit) in self.gaps]
        return min(there, key=lambda arm: mean(self.gaps[arm, limit].values()), default=None)

    def lines(self) -> Iterator[str]:
        """Yield both tables, and the trials without a feasible plan."""
        columns = [f"{limit:g} s, {self._days(limit)} days" for limit in self.limits]
        yield from ("", f"{self.clients} customers, {_SETTINGS[self.setting]}:", "")
        yield from header(["begin with", "before %", "before ms", *columns])
        for arm in self.arms:
            to_cold = (self._to_cold(arm, limit) for limit in self.limits)
            yield line([f"`{arm}`", *self._before(arm), *to_cold])
        if networks := [arm for arm in self.arms if arm in _NETWORKS]:
            yield from ("", f"Networks, minus the best of {_named(_ALTERNATIVES)}:", "")
            yield from header(["begin with", *columns])
            for arm in networks:
                yield line([f"`{arm}`", *(self._to_best(arm, limit) for limit in self.limits)])
        if failed := [f"{t.arm} {t.day} {t.limit:g} s" for t in self.trials if t.cost is None]:
            yield from ("", f"No feasible plan: {', '.join(failed)}")

    def _days(self, limit: float) -> int:
        return len({t.day for t in self.trials if t.limit == limit})

    def _before(self, arm: str) -> tuple[str, str]:
        """Mean gap of the best plan before the search, and time for it, at the longest limit."""
        longest = max(t.limit for t in self.trials if t.arm == arm)
        mine = [t for t in self.trials if (t.arm, t.limit) == (arm, longest)]
        costs = [(t.start_cost, self.best[t.day]) for t in mine if t.start_cost is not None]
        if not costs:
            return "", ""
        gap = mean(100 * (start / best - 1) for start, best in costs)
        return f"{gap:.2f}", f"{1000 * mean(t.seconds for t in mine):.0f}"

    def _to_cold(self, arm: str, limit: float) -> str:
        """Say the gap of a cold start, and of others the difference, and how long they took."""
        if (arm, limit) not in self.gaps:
            return ""
        if arm == "cold":
            return f"{mean(self.gaps[arm, limit].values()):.3f}"
        took = mean(t.runtime for t in self.trials if (t.arm, t.limit) == (arm, limit))
        over = f", took {took:.2f} s" if took > 1.05 * limit else ""
        return f"{_shown(self.minus_cold(arm, limit))}{over}"

    def _to_best(self, arm: str, limit: float) -> str:
        shown = _shown(self.minus_best(arm, limit))
        return f"{shown} ({self.best_alternative(limit)})" if shown else ""


def counts(sections: Sequence[Section]) -> Iterator[str]:
    """Yield how many comparisons are sure, each by itself and with Bonferroni's limit."""
    kinds = {"`cold`": Section.minus_cold, "best without a network": Section.minus_best}
    results = ("better", "worse", "better (Bonferroni)", "worse (Bonferroni)")
    yield from ("", "All sizes and settings:", "")
    yield from header(["compared with", "limits", "comparisons", *results])
    every = [(section, arm, limit) for section in sections for arm, limit in section.gaps]
    for kind, minus in kinds.items():
        for title, is_long in (("below 1 s", False), ("from 1 s on", True)):
            asked = [key for key in every if (key[2] >= 1) == is_long]
            found = [c for key in asked if (c := minus(*key))]
            sure = [difference for difference in found if difference.is_sure]
            corrected = [
                difference for difference in found if difference.p_value < 0.05 / len(found)
            ]
            yield line([kind, title, str(len(found)), *_signs(sure), *_signs(corrected)])


def _signs(found: Sequence[Difference]) -> tuple[str, str]:
    """Count those that are better, and those that are worse."""
    better = sum(difference.mean < 0 for difference in found)
    return str(better), str(len(found) - better)


def _shown(difference: Difference | None) -> str:
    """Say a difference; one whose interval does not hold zero is bold."""
    if difference is None:
        return ""
    return f"**{difference}**" if difference.is_sure else str(difference)


def _named(arms: Sequence[str]) -> str:
    *first, last = (f"`{arm}`" for arm in arms)
    return f"{', '.join(first)}, and {last}"
