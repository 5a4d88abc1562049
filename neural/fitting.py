"""A scorer or a policy for problems of one's own: that of the package, trained on with them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from routewright.facade import FileName
from routewright.problem import Problem
from routewright.solution import Solution

from .cards import read_card
from .features import to_batch
from .generator import Mixture
from .models import find_model, find_scorer
from .options import Moment, Options
from .plans import to_sequence
from .support import readable
from .teacher import write_labels
from .trainers import trainer_type
from .training import POLICY_FILE

#: Days of about the same size in one file, so that little is padding.
_PER_FILE = 16
_BATCH = 16

Days = Sequence[tuple[Problem, Solution]]


@dataclass(frozen=True)
class _Sort:
    """What is trained, and how.

    Parameters
    ----------
    policy, objective, rate
        As of `Options`.
    usual
        Returns the checkpoint to begin with.
    read
        What the features read in place of a problem.
    """

    policy: str
    objective: str
    rate: float
    usual: Callable[[], Path]
    read: Callable[[Problem], Problem]


def _usual_policy() -> Path:
    """The policy in use, or that of the package where it is none of ours."""
    file = find_model()
    return file if read_card(file).name == "biased" else find_model("routewright")


#: A scorer promises nothing of a fleet; a policy does, and reads the problem as it is.
_SORTS = {
    "scorer": _Sort("edges", "edges", 5e-4, find_scorer, readable),
    "policy": _Sort("biased", "imitation", 3e-4, _usual_policy, lambda problem: problem),
}


def train_on(
    sort: str,
    days: Days,
    folder: FileName,
    *,
    minutes: float | None = None,
    steps: int | None = None,
    start: str | None = None,
    seed: int = 0,
    device: str = "cpu",
    threads: int = 1,
    watch: Callable[[Moment], None] | None = None,
    interrupt: threading.Event | None = None,
) -> Path:
    """Train on solved problems, and return the file of the checkpoint.

    Parameters
    ----------
    sort
        ``scorer``, or ``policy``, which learns by imitation.
    days
        Problems and their plans. One in sixteen is held out, for the curve of the card.
    folder
        For the solved problems, the state of the training, and the checkpoint.
    minutes, steps
        When to end; at least one of them.
    start
        Checkpoint to begin with; the default of its sort if None, an untrained one if empty.
    seed, device, threads, watch, interrupt
        As of `Options` and `Trainer`.

    Raises
    ------
    UnsupportedError
        If the features do not know what a problem uses.
    """
    place, kind = Path(folder), _SORTS[sort]
    _write(days, place / "labels", kind.read)
    sizes = [problem.num_clients for problem, _ in days]
    options = Options(
        policy=kind.policy,
        objective=kind.objective,
        mixture=Mixture((), (max(2, min(sizes)), max(2, *sizes))),
        batch=_BATCH,
        minutes=minutes,
        steps=steps,
        learning_rate=kind.rate,
        seed=seed,
        device=device,
        threads=threads,
        labels=str(place / "labels"),
        share=1.0,
        start=str(kind.usual()) if start is None else start,
    )
    trainer_type(options)(options, place, watch, interrupt).run()
    return place / POLICY_FILE


def _write(days: Days, folder: Path, read: Callable[[Problem], Problem]) -> None:
    """Write the days as solved problems, those of the same size together."""
    ordered = sorted(days, key=lambda day: day[0].num_clients)
    for first in range(0, len(ordered), _PER_FILE):
        part = ordered[first : first + _PER_FILE]
        batch = to_batch([read(problem) for problem, _ in part])
        sequences = [to_sequence(plan, batch) for _, plan in part]
        used = sorted({a for problem, _ in part for a in problem.attributes()})
        header = {"attributes": json.dumps(used)}
        write_labels(batch, sequences, header, folder / f"days-{first:05d}.safetensors")
