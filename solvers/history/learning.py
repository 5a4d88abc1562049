"""What a fit trains: an edge scorer and a policy, on past days."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from routewright.facade import train_model, why_not_constructed, why_not_scored
from routewright.problem import Problem

from .days import History

#: Files of the models in the folder of a fit, by their sort, and what they are called.
MODEL_FILES = {"scorer": "edges.safetensors", "policy": "policy.safetensors"}
_CALLED = {"scorer": "edge scorer", "policy": "policy"}
#: Fewest minutes for which training is worth its while.
_LEAST_MINUTES = 0.5
_WHY_NOT: dict[str, Callable[[Problem], str]] = {
    "scorer": why_not_scored,
    "policy": why_not_constructed,
}


@dataclass(frozen=True)
class Learner:
    """Trains what a fit compares, or says why not.

    Parameters
    ----------
    folder
        Of the fit.
    seed, threads, steps
        Of the trainings; minutes end them if there are no steps.
    note
        Called with what people should know.
    watch, interrupt
        Of the fit.
    """

    folder: Path
    seed: int
    threads: int
    steps: int | None
    note: Callable[[str], None]
    watch: Callable[[str, float], None]
    interrupt: threading.Event

    def train(self, sort: str, past: History, minutes: float) -> str:
        """Return the checkpoint of a ``scorer`` or a ``policy``; empty without one, and noted."""
        called = _CALLED[sort]
        reasons = {_WHY_NOT[sort](day.problem) for day in past.days} - {""}
        if reasons:
            self.note(f"no {called} was trained: it cannot read {'; '.join(sorted(reasons))}")
            return ""
        if self.steps is None and minutes < _LEAST_MINUTES:
            self.note(f"no {called} was trained: there was no time for it")
            return ""
        trained = train_model(
            sort,
            [(day.problem, day.plan) for day in past.days if day.plan is not None],
            self.folder / "training" / sort,
            minutes=None if self.steps else minutes,
            steps=self.steps,
            seed=self.seed,
            threads=self.threads,
            watch=lambda moment: self.watch(f"training the {called}", moment.fraction),
            interrupt=self.interrupt,
        )
        return str(shutil.copyfile(trained, self.folder / MODEL_FILES[sort]))
