"""A scorer for problems of one's own: the one of the package, trained on with solved days."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from routewright.facade import FileName
from routewright.neural.features import to_batch
from routewright.neural.generator import Mixture
from routewright.neural.models import find_scorer
from routewright.neural.options import Moment, Options
from routewright.neural.plans import to_sequence
from routewright.neural.support import readable
from routewright.neural.teacher import write_labels
from routewright.neural.training import POLICY_FILE
from routewright.problem import Problem
from routewright.solution import Solution

from .training import EdgeTrainer

#: Days of about the same size in one file, so that little is padding.
_PER_FILE = 16
_BATCH, _RATE = 16, 5e-4


def train_on(
    days: Sequence[tuple[Problem, Solution]],
    folder: FileName,
    *,
    minutes: float | None = None,
    steps: int | None = None,
    start: str | None = None,
    seed: int = 0,
    watch: Callable[[Moment], None] | None = None,
    interrupt: threading.Event | None = None,
) -> Path:
    """Train a scorer on solved problems, and return the file of its checkpoint.

    Parameters
    ----------
    days
        Problems and their plans. One in sixteen is held out, for the curve of the card.
    folder
        For the solved problems, the state of the training, and the checkpoint.
    minutes, steps
        When to end; at least one of them.
    start
        Checkpoint to begin with; the default scorer if None, an untrained one if empty.
    seed, watch, interrupt
        As of `Trainer`.

    Raises
    ------
    UnsupportedError
        If the features do not know what a problem uses.
    """
    place = Path(folder)
    _write(days, place / "labels")
    sizes = [problem.num_clients for problem, _ in days]
    options = Options(
        policy="edges",
        objective="edges",
        mixture=Mixture((), (max(2, min(sizes)), max(2, *sizes))),
        batch=_BATCH,
        minutes=minutes,
        steps=steps,
        learning_rate=_RATE,
        seed=seed,
        device="cpu",
        labels=str(place / "labels"),
        start=str(find_scorer()) if start is None else start,
    )
    trainer = EdgeTrainer(options, place, watch, interrupt)
    trainer.run()
    return place / POLICY_FILE


def _write(days: Sequence[tuple[Problem, Solution]], folder: Path) -> None:
    """Write the days as solved problems, those of the same size together."""
    ordered = sorted(days, key=lambda day: day[0].num_clients)
    for first in range(0, len(ordered), _PER_FILE):
        part = ordered[first : first + _PER_FILE]
        batch = to_batch([readable(problem) for problem, _ in part])
        sequences = [to_sequence(plan, batch) for _, plan in part]
        used = sorted({a for problem, _ in part for a in problem.attributes()})
        header = {"attributes": json.dumps(used)}
        write_labels(batch, sequences, header, folder / f"days-{first:05d}.safetensors")
