"""What a training does, and how far it is: plain values, checked together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from routewright.errors import InputError, Issue

from .generator import KINDS, Mixture
from .objectives import OBJECTIVES, SUPERVISED
from .zoo.names import is_zoo


def trainable_kinds(policy: str) -> tuple[str, ...]:
    """Return all kinds of problems that a policy can be trained on, by its name."""
    if not is_zoo(policy):
        return KINDS
    from .zoo.names import parse_name
    from .zoo.support import PROBLEMS

    return PROBLEMS[parse_name(policy)[1]].kinds


#: Usual shares of problems that not every policy can read, in training.
_SHARES = {"asymmetric": 0.1, "no_coordinates": 0.1, "odd_times": 0.3}


def usual_share(policy: str, of: str) -> float:
    """Return the usual share of ``asymmetric``, ``no_coordinates``, or ``odd_times`` problems."""
    if not is_zoo(policy):
        return _SHARES[of]
    from .zoo.names import parse_name

    is_matrix = parse_name(policy)[1] == "atsp"
    return float(is_matrix and of == "asymmetric")


def usual_rate(objective: str) -> float:
    """Return the largest learning rate that suits an objective."""
    return {"imitation": 1e-3, "edges": 2e-3}.get(objective, 4e-4)


@dataclass(frozen=True)
class Options:
    """What to train, on what, and for how long.

    Parameters
    ----------
    policy, config
        Name of the policy (one of rl4co: ``rl4co:POLICY/PROBLEM``), and changes to its
        configuration.
    objective
        One of `objectives.OBJECTIVES`.
    mixture
        The problems.
    batch, starts
        Problems of 100 clients per step (more of smaller ones), and plans of each.
    steps, minutes
        When to end; at least one of them. The learning rate falls until then.
    learning_rate, weight_decay
        Of AdamW.
    reptile
        Steps on one size of problems before a meta-update; 0 for none.
    seed
        Of everything random.
    device
        ``auto``, ``cpu``, ``cuda``, or ``mps``.
    precision
        ``float32``, or ``bfloat16`` for mixed precision.
    threads
        Of ``imitation`` on a processor, see `workers.Workers`; other objectives have those
        of torch.
    every
        Seconds between checkpoints; ``every_steps`` counts steps instead, if given.
    labels
        Folder of solved problems, for the objectives in `objectives.SUPERVISED`.
    share
        Part of the steps of a solved problem that imitation learns from each time.
    start
        A checkpoint to begin with.
    note
        For the card.
    """

    policy: str = "biased"
    config: dict[str, Any] = field(default_factory=dict)
    objective: str = "pomo"
    mixture: Mixture = field(default_factory=Mixture)
    batch: int = 64
    starts: int = 32
    steps: int | None = None
    minutes: float | None = None
    learning_rate: float = 4e-4
    weight_decay: float = 1e-4
    reptile: int = 0
    seed: int = 0
    device: str = "auto"
    precision: str = "float32"
    threads: int = 1
    every: float = 60.0
    every_steps: int | None = None
    labels: str = ""
    share: float = 1.0
    start: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        issues = []
        if self.objective not in OBJECTIVES:
            known = ", ".join(OBJECTIVES)
            issues.append(Issue("", "objective", f"{self.objective!r} is not one of {known}"))
        if self.steps is None and self.minutes is None:
            issues.append(Issue("", "minutes", "one of steps and minutes has to be given"))
        if self.precision not in ("float32", "bfloat16"):
            message = f"{self.precision!r} is not float32 or bfloat16"
            issues.append(Issue("", "precision", message))
        if (self.objective in SUPERVISED) != bool(self.labels):
            message = f"a folder of solved problems goes with {' and '.join(SUPERVISED)} alone"
            issues.append(Issue("", "labels", message))
        if (self.objective == "edges") != (self.policy == "edges"):
            message = "the scorer edges goes with the objective edges, and no policy does"
            issues.append(Issue("", "policy", message))
        if not 0 < self.share <= 1:
            message = f"{self.share} is not a part of the steps, above 0 and at most 1"
            issues.append(Issue("", "share", message))
        if self.threads < 1:
            issues.append(Issue("", "threads", f"{self.threads} must be at least 1"))
        low, high = self.mixture.sizes
        if not 2 <= low <= high:
            issues.append(Issue("", "sizes", f"{low} to {high} is not a range from 2 on"))
        if is_zoo(self.policy):
            issues += self._zoo_issues()
        if issues:
            raise InputError(issues)

    def _zoo_issues(self) -> list[Issue]:
        from .zoo.support import check_training

        m = self.mixture
        shares = m.asymmetric + m.no_coordinates + m.odd_times
        return check_training(self.policy, m.kinds, m.sizes, self.objective, shares)

    @classmethod
    def of(cls, values: dict[str, Any]) -> Options:
        """Return the options of their JSON form."""
        mixture: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in values["mixture"].items()
        }
        return cls(**{**values, "mixture": Mixture(**mixture)})


@dataclass(frozen=True)
class Moment:
    """How far a training is, for whoever watches.

    Parameters
    ----------
    step, seconds, fraction
        Steps and seconds so far, and the share of the training that is done.
    cost
        Mean cost of the last plans in units of the problems (of imitation: the loss).
    validation
        Greedy cost on held-out problems, by name, if it was just measured.
    """

    step: int
    seconds: float
    fraction: float
    cost: float
    validation: dict[str, float] | None = None
