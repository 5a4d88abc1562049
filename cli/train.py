"""``routewright train``: a policy, from generated problems or from solved ones."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from routewright.errors import ExitStatus, InputError, Issue

from . import options as o
from .interrupts import run_interruptible
from .messages import note
from .progress import chosen_mode

if TYPE_CHECKING:
    import threading

    from routewright.neural.cards import Card
    from routewright.neural.generator import Mixture
    from routewright.neural.options import Options

_SHARE = click.FloatRange(0, 1)


@click.command()
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    metavar="M",
    help="Train for so long; default: 60, or no limit with --steps.",
)
@click.option("--steps", type=click.IntRange(min=1), metavar="N", help="Train for so many steps.")
@click.option("--resume", is_flag=True, help="Go on with the training in FOLDER, as it was.")
@click.option(
    "--objective",
    default="pomo",
    metavar="NAME",
    help="pomo, rollout, ppo, imitation, or edges (a scorer); default: pomo.",
)
@click.option(
    "--kinds",
    default="all",
    metavar="NAMES",
    help="Problems: CVRP,OVRPTW,TSP,OP,... or all; default: all.",
)
@click.option("--sizes", default="20-100", metavar="N-M", help="Clients; default: 20-100.")
@click.option("--clustered", type=_SHARE, default=0.2, help="Share of clustered problems.")
@click.option("--asymmetric", type=_SHARE, help="Share with asymmetric travel; default: 0.1.")
@click.option("--no-coordinates", type=_SHARE, help="Share with a matrix alone; default: 0.1.")
@click.option("--odd-capacity", type=_SHARE, default=0.2, help="Share with another capacity.")
@click.option(
    "--odd-times",
    type=_SHARE,
    help="Of those with windows, share with windows and days of any length; default: 0.3.",
)
@click.option(
    "--policy", default="biased", metavar="NAME", help="biased, attention, or rl4co:NAME/PROBLEM."
)
@click.option("--width", type=click.IntRange(min=8), help="Width of the embeddings.")
@click.option("--layers", type=click.IntRange(min=1), help="Layers of the encoder.")
@click.option("--hidden", type=click.IntRange(min=8), help="Width of the feed-forward part.")
@click.option(
    "--batch",
    type=click.IntRange(min=2),
    default=64,
    show_default=True,
    help="Problems of 100 clients per step; more of smaller ones.",
)
@click.option(
    "--starts",
    type=click.IntRange(min=2),
    default=32,
    show_default=True,
    help="Plans of each problem.",
)
@click.option(
    "--learning-rate",
    type=click.FloatRange(min=0, min_open=True),
    help="Largest learning rate; default: 1e-3 for imitation, 2e-3 for edges, else 4e-4.",
)
@click.option(
    "--reptile",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Meta-updates over sizes, after every N steps; 0: none.",
)
@click.option("--labels", default="", metavar="DIR", help="Solved problems, to learn from.")
@click.option(
    "--make-labels",
    type=click.IntRange(min=1),
    metavar="N",
    help="First solve N problems of each of three sizes into the folder of --labels.",
)
@click.option(
    "--label-iterations",
    type=click.IntRange(min=1),
    default=3000,
    metavar="N",
    show_default=True,
    help="Iterations of the engine for each of them.",
)
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True),
    default=1.0,
    show_default=True,
    help="Part of the steps of a solved problem that is learned from each time.",
)
@click.option("--start", default="", metavar="FILE", help="Checkpoint to begin with.")
@click.option("--seed", type=click.IntRange(min=0), default=0, help="Seed; default: 0.")
@click.option("--device", default="auto", metavar="NAME", help="auto, cpu, cuda, or mps.")
@click.option("--precision", default="float32", metavar="NAME", help="float32 or bfloat16.")
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    metavar="N",
    help="Of imitation on a processor; default: all cores.",
)
@click.option(
    "--every",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    metavar="S",
    help="Seconds between checkpoints.",
)
@click.option("--note", default="", metavar="TEXT", help="A remark for the card.")
@click.option(
    "--progress",
    metavar="MODE",
    default="auto",
    help="On standard error: auto, bar, jsonl, or none.",
)
@o.quiet
def train(folder: Path, resume: bool, progress: str, quiet: bool, **values: Any) -> int:
    """Train a policy, and keep it in FOLDER as policy.safetensors.

    What is there after every checkpoint can be used, and a training that was killed goes
    on with --resume.
    """
    from routewright.neural import require_torch

    require_torch()
    mode = chosen_mode(progress)
    from routewright.neural.trainers import trainer_type
    from routewright.neural.training import STATE_FILE, Trainer

    if resume:
        options = None
    elif (folder / STATE_FILE).exists():
        message = f"{folder} holds a training; --resume goes on with it, or name another folder"
        raise InputError([Issue("", "FOLDER", message)])
    else:
        options = _options(**values)

    from .train_progress import shown

    def work(interrupt: threading.Event) -> Card:
        with shown(mode) as watch:
            if options is None:
                return Trainer.resume(folder, watch=watch, interrupt=interrupt).run()
            return trainer_type(options)(options, folder, watch, interrupt).run()

    card, interrupted = run_interruptible(work, "a checkpoint")
    if interrupted:
        note(f"routewright train {folder} --resume goes on", quiet=quiet)
    print(
        f"{folder / 'policy.safetensors'}: {card.steps} steps, {card.problems} problems, "
        f"{card.seconds:.0f} s"
    )
    return ExitStatus.INTERRUPTED if interrupted else ExitStatus.FEASIBLE


def _options(
    *,
    width: int | None,
    layers: int | None,
    hidden: int | None,
    make_labels: int | None,
    label_iterations: int,
    minutes: float | None,
    threads: int | None,
    **rest: Any,
) -> Options:
    from routewright.neural.cards import SCORER
    from routewright.neural.options import Options, usual_rate

    if rest["objective"] == SCORER and rest["policy"] == "biased":
        rest["policy"] = SCORER
    shares = ("clustered", "asymmetric", "no_coordinates", "odd_capacity", "odd_times")
    drawn = ("kinds", "sizes", *shares)
    mixture = _mixture(rest["policy"], **{name: rest.pop(name) for name in drawn})
    config = {"width": width, "layers": layers, "hidden": hidden}
    if minutes is None and rest["steps"] is None:
        minutes = 60.0
    if rest["learning_rate"] is None:
        rest["learning_rate"] = usual_rate(rest["objective"])
    options = Options(
        config={k: v for k, v in config.items() if v is not None},
        mixture=mixture,
        minutes=minutes,
        threads=_threads(threads, rest["objective"]),
        **rest,
    )
    if make_labels is not None:
        _make_labels(options, make_labels, label_iterations)
    return options


def _mixture(
    policy: str,
    kinds: str,
    sizes: str,
    clustered: float,
    asymmetric: float | None,
    no_coordinates: float | None,
    odd_capacity: float,
    odd_times: float | None,
) -> Mixture:
    from routewright.neural.generator import Mixture, parse_kinds
    from routewright.neural.options import trainable_kinds, usual_share

    shares = {"asymmetric": asymmetric, "no_coordinates": no_coordinates, "odd_times": odd_times}
    return Mixture(
        trainable_kinds(policy) if kinds == "all" else parse_kinds(kinds),
        _sizes(sizes),
        clustered,
        odd_capacity=odd_capacity,
        **{of: usual_share(policy, of) if s is None else s for of, s in shares.items()},
    )


def _threads(given: int | None, objective: str) -> int:
    if objective == "imitation":
        return given or os.cpu_count() or 1
    if given is not None:
        message = f"goes with --objective imitation; {objective} has the threads of torch"
        raise InputError([Issue("", "--threads", message)])
    return 1


def _sizes(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    try:
        return int(low), int(high or low)
    except ValueError:
        raise InputError([Issue("", "--sizes", f"{text!r} is not N or N-M")]) from None


def _make_labels(options: Options, count: int, iterations: int) -> None:
    """Have the engine solve problems of the smallest, the middle, and the largest size."""
    from routewright import MaxIterations, Problem, Solution, solve
    from routewright.neural.teacher import make_labels

    def solved(problem: Problem) -> Solution | None:
        result = solve(problem, solver="ruin", stop=MaxIterations(iterations))
        return result.solution if result.feasible else None

    low, high = options.mixture.sizes
    for clients in sorted({low, (low + high) // 2, high}):
        folder = Path(options.labels)
        make_labels(options.mixture, clients, count, options.seed, solved, folder)
        note(f"{folder}: up to {count} problems of {clients} clients, solved")
