"""Which trainer goes with which options."""

from __future__ import annotations

from .edges.training import EdgeTrainer
from .options import Options
from .solved import SolvedTrainer
from .training import Trainer


def trainer_type(options: Options) -> type[Trainer]:
    """Return what trains with such options.

    Of solved problems that the generator did not draw, some are held out to measure on.
    """
    if options.objective == "edges":
        return EdgeTrainer
    is_own = options.objective == "imitation" and not options.mixture.kinds
    return SolvedTrainer if is_own else Trainer
