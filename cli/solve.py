"""``routewright solve``: read, search, check, write."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from routewright.errors import ExitStatus, InputError, Issue

from . import options as o
from .failures import report_failure
from .interrupts import run_interruptible
from .messages import hush, note, say
from .outputs import Destinations
from .progress import chosen_mode, shown
from .session import Session

if TYPE_CHECKING:
    from routewright.problem import Problem
    from routewright.result import Result
    from routewright.solution import Solution
    from routewright.stop import StopCriterion


@click.command()
@o.problem_file
@click.option(
    "--time",
    type=click.FloatRange(min=0),
    metavar="S",
    help="Seconds of wall clock for the whole call; default: 10, or none with --iterations.",
)
@click.option(
    "--iterations",
    type=click.IntRange(min=0),
    metavar="N",
    help="Stop after this many iterations.",
)
@click.option(
    "--no-improvement",
    type=click.IntRange(min=0),
    metavar="N",
    help="Stop after this many iterations without a better plan.",
)
@click.option("--target", type=float, metavar="COST", help="Stop at this cost or less.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    metavar="N",
    default=0,
    help="Seed of every random choice; default: 0.",
)
@click.option(
    "--threads", type=click.IntRange(min=1), metavar="N", help="Threads; default: all cores."
)
@click.option(
    "--solver", metavar="NAME", default="auto", help="Solver; auto says which one it picks."
)
@click.option(
    "--seed-with",
    metavar="NAME",
    default="",
    help="policy: let ruin or genetic begin with plans of a learned policy.",
)
@click.option(
    "--model",
    metavar="NAME-OR-FILE",
    help="The policy of the solver neural and of --seed-with, or the edge scorer of the solver "
    "edges; default: the one in use.",
)
@click.option(
    "--device", metavar="NAME", help="Where it runs: auto, cpu, cuda, or mps; default: cpu."
)
@click.option(
    "--reencode",
    type=click.IntRange(min=0),
    metavar="N",
    help="It encodes what is left anew after every N steps; default: 0, never.",
)
@o.rounding
@o.format_name
@click.option(
    "--objective",
    metavar="NAME",
    help="cost or vehicles-then-distance; default: that of FILE.",
)
@click.option("--init", metavar="PLAN", help="A plan to start from.")
@click.option(
    "--allow-infeasible", is_flag=True, help="Write the best plan even if it breaks rules."
)
@click.option(
    "-o",
    "--output",
    "outputs",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Write the plan as .sol, .tour, .json, .csv, .geojson, .html, .png, or .svg; "
    "may be repeated.",
)
@o.as_json
@click.option(
    "--progress",
    metavar="MODE",
    default="auto",
    help="On standard error: auto, bar, jsonl, or none.",
)
@o.quiet
@o.verbose
@click.pass_obj
def solve(
    session: Session,
    /,
    *,
    file: str,
    time: float | None,
    iterations: int | None,
    no_improvement: int | None,
    target: float | None,
    seed_with: str,
    model: str | None,
    device: str | None,
    reencode: int | None,
    rounding: str | None,
    format: str | None,
    objective: str | None,
    init: str | None,
    outputs: tuple[Path, ...],
    progress: str,
    quiet: bool,
    **rest: Any,
) -> int:
    """Solve a problem, check the plan, and write it.

    FILE is a problem in any supported format, or - for standard input.
    """
    mode = chosen_mode(progress)
    quiet = quiet or mode == "jsonl"  # its readers want nothing but its lines
    call = _Call(
        destinations=Destinations.of(outputs, forbidden=file),
        stop=_criterion(time, iterations, no_improvement, target),
        progress=mode,
        started=session.started,
        quiet=quiet,
        seeding={"seed_with": seed_with, "model": model, "device": device, "reencode": reencode},
        **rest,
    )
    problem = _problem(file, format, rounding, objective)
    if quiet:
        hush()
    for remark in problem.notes:
        note(remark, quiet=quiet)
    call.destinations.refuse_unfit(problem)
    result, interrupted = call.search(problem, _initial(problem, init))
    return call.finish(problem, result, interrupted)


@dataclass(frozen=True)
class _Call:
    """One call of the command, its options understood."""

    destinations: Destinations
    stop: StopCriterion
    progress: str
    started: float
    seeding: dict[str, Any]
    seed: int
    threads: int | None
    solver: str
    allow_infeasible: bool
    as_json: bool
    quiet: bool
    verbose: bool

    def search(self, problem: Problem, initial: Solution | None) -> tuple[Result, bool]:
        """Search until a stop criterion or Ctrl-C."""
        from routewright import solve as search

        def work(interrupt: threading.Event) -> Result:
            return search(
                problem,
                stop=self.stop,
                solver=self.solver,
                seed=self.seed,
                threads=self.threads,
                initial=initial,
                on_improvement=listener,
                started=self.started,
                interrupt=interrupt,
                **self.seeding,
            )

        with shown(self.progress, self.started, self.stop.time_limit) as listener:
            return run_interruptible(work)

    def finish(self, problem: Problem, result: Result, interrupted: bool) -> int:
        """Write the plan, show the result, and return the exit code."""
        unwritten = None
        if result.feasible or self.allow_infeasible:
            try:
                self.destinations.write(problem, result, quiet=self.quiet)
            except InputError as error:  # what was found is shown all the same
                unwritten = error
        if self.as_json:
            from routewright.instances.exports import result_json

            print(result_json(problem, result), end="")
        else:
            from .summary import print_result

            print_result(problem, result, verbose=self.verbose)
        if unwritten is not None:
            return report_failure(unwritten, as_json=False)
        if interrupted:
            return ExitStatus.INTERRUPTED
        if result.feasible:
            return ExitStatus.FEASIBLE
        if not self.allow_infeasible:
            say("error", _no_plan(result, bool(self.destinations.files)))
        return ExitStatus.NO_FEASIBLE_PLAN


def _criterion(
    time: float | None,
    iterations: int | None,
    no_improvement: int | None,
    target: float | None,
) -> StopCriterion:
    """Combine the limits; only an iteration limit lifts the default time limit."""
    from routewright.solvers import DEFAULT_TIME_LIMIT
    from routewright.stop import FirstOf, MaxIterations, MaxRuntime, NoImprovement, TargetCost

    for name, value in (("--time", time), ("--target", target)):
        if value is not None and math.isnan(value):
            raise InputError([Issue("", name, "nan is not a number")])
    if time is None:
        time = DEFAULT_TIME_LIMIT if iterations is None else math.inf
    criteria: list[StopCriterion] = [MaxRuntime(time)]
    if iterations is not None:
        criteria.append(MaxIterations(iterations))
    if no_improvement is not None:
        criteria.append(NoImprovement(no_improvement))
    if target is not None:
        criteria.append(TargetCost(target))
    return criteria[0] if len(criteria) == 1 else FirstOf(tuple(criteria))


def _problem(file: str, format: str | None, rounding: str | None, objective: str | None) -> Problem:
    from routewright import read
    from routewright.problem import Objective

    if objective is not None and objective not in list(Objective):
        message = f"{objective!r} is not an objective; choose from {', '.join(Objective)}"
        raise InputError([Issue("", "--objective", message)])
    problem = read(file, format=format, rounding=rounding)
    return problem if objective is None else problem.replace(objective=Objective(objective))


def _initial(problem: Problem, file: str | None) -> Solution | None:
    if file is None:
        return None
    from routewright import read_solution

    return read_solution(problem, file)


def _no_plan(result: Result, wanted: bool) -> str:
    broken = len(result.report.violations)
    text = f"no feasible plan found; the best one breaks {broken} rule{'s' * (broken != 1)}"
    return f"{text} and was not written (--allow-infeasible writes it)" if wanted else text
