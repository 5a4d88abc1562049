"""``routewright check``: the independent checker on a plan from any program."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from routewright.errors import ExitStatus

from . import options as o
from .messages import note, say

if TYPE_CHECKING:
    from routewright.problem import Problem
    from routewright.report import Report


@click.command()
@o.problem_file
@click.argument("plan", metavar="PLAN")
@o.rounding
@o.format_name
@o.as_json
@o.quiet
@o.verbose
def check(
    file: str,
    plan: str,
    rounding: str | None,
    format: str | None,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Check a plan: its cost, and every rule it breaks.

    FILE is the problem, and PLAN a .sol, .tour, or JSON file from any program.
    """
    from routewright import check as recompute
    from routewright import read, read_solution

    problem = read(file, format=format, rounding=rounding)
    for remark in problem.notes:
        note(remark, quiet=quiet)
    solution = read_solution(problem, plan)
    report = recompute(problem, solution)
    if as_json:
        from routewright.instances.documents.json_text import dump
        from routewright.instances.documents.result_document import solution_document

        print(dump(solution_document(problem, solution, report)), end="")
    else:
        _print(problem, report, verbose)
    _compare(problem, plan, report)
    return ExitStatus.FEASIBLE if report.feasible else ExitStatus.CHECK_FAILED


def _print(problem: Problem, report: Report, verbose: bool) -> None:
    from .describe import rounding, sizes
    from .summary import plan_facts, print_routes, print_violations
    from .tables import facts, heading, show

    rows = [*plan_facts(problem, report), ("distances", rounding(problem))]
    show(heading(problem.name or "problem", sizes(problem)), facts(rows))
    print_violations(report, limit=None)
    if verbose:
        show("")
        print_routes(problem, report, limit=None)


def _compare(problem: Problem, plan: str, report: Report) -> None:
    """Warn if the file states another cost than the checker computes."""
    from routewright.instances.lib.stated_costs import agrees, rounding_slack
    from routewright.instances.pictures.wording import number

    stated = _stated_cost(plan)
    # LKH states lengths in the integers that it computes with: ours, before scaling.
    slack = rounding_slack(problem, report)
    if stated not in (None, report.key[2]) and not agrees(stated, report.cost, slack):
        say("warning", f"{plan} states the cost {stated}; it is {number(report.cost)}")


def _stated_cost(plan: str) -> Decimal | None:
    if plan == "-":  # read already, and gone
        return None
    from routewright.instances.documents.json_text import is_object
    from routewright.instances.lib import sol, tour

    text = Path(plan).read_text(encoding="utf-8-sig")
    if is_object(text):
        cost = json.loads(text, parse_float=Decimal, parse_int=Decimal).get("cost")
        return cost if isinstance(cost, Decimal) else None
    form = next((form for form in (tour, sol) if form.sniff(text)), None)
    return None if form is None else form.stated_cost(text)
