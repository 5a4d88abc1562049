"""The report of a fit in words and a table."""

from __future__ import annotations

from dataclasses import asdict

from .report import LEARNED, FitReport

#: What to do with the arm that is recommended.
_ADVICE = {
    "cold": "Solve as usual: `routewright solve DAY`.",
    "savings": "Begin with savings: `rw.solve(day, initial=rw.seed_plan(day, FOLDER, 'savings'))`.",
    "history": "Begin with similar days: `rw.solve(day, initial=rw.seed_plan(day, FOLDER, "
    "'history'))`.",
    "frequencies": "Begin with edges of past plans: `rw.solve(day, initial=rw.seed_plan(day, "
    "FOLDER, 'frequencies'))`.",
    "edges": "Use the scorer: `routewright models use {scorer}`, then `routewright solve DAY "
    "--solver edges`.",
    "policy": "Use the policy: `routewright models use {policy}`, then `routewright solve DAY "
    "--solver neural`.",
}


def markdown(report: FitReport) -> list[str]:
    """Return the lines of a report."""
    names = [o.arm for o in report.outcomes]
    head = [
        "begin with",
        "gap %",
        *(f"minus {a}" for a in names),
        "before ms",
        "before %",
        "failures",
    ]
    lines = [
        "# Does the past help?",
        "",
        f"**{report.recommended}**: {report.reason}.",
        "",
        _ADVICE[report.recommended].format(**asdict(report.models)),
        "",
        _said_of_learning(report),
        "",
        f"{len(report.later)} later days ({report.later[0]} to {report.later[-1]}), "
        f"{report.time_limit:g} s for each plan, after {len(report.past)} past days "
        f"({report.past[0]} to {report.past[-1]}). Gaps are in percent of the best plan that any "
        "arm found for a day; differences are of the same days, with 95 % intervals, and negative "
        "is better. The time includes what is done before the search.",
        "",
        _row(head),
        "|" + "---|" * len(head),
    ]
    for o in report.outcomes:
        against = ["" if a == o.arm else str(o.against[a]) for a in names]
        start = "" if o.start_gap is None else f"{o.start_gap:.2f}"
        cells = [o.arm, f"{o.gap:.3f}", *against, f"{1000 * o.seconds:.0f}", start, str(o.failures)]
        lines.append(_row(cells))
    return [*lines, "", *(f"- {note}" for note in report.notes)]


def _said_of_learning(report: FitReport) -> str:
    arms = {o.arm for o in report.outcomes}
    if not arms & set(LEARNED):
        return "Nothing was trained."
    if report.learned_helps:
        return "A trained network is surely better than all that needs none."
    return "No trained network is surely better than what needs none: do **without**."


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
