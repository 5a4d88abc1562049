"""What checkpoints say about themselves; reading it needs no torch.

A checkpoint is a safetensors file: eight bytes with the length of its header, the header
as JSON, and tensors. The card is in the header.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from routewright.attributes import Attribute
from routewright.errors import InputError
from routewright.problem import Problem
from routewright.variants import VARIANTS

#: Version of the format: a file of another one is refused.
FORMAT = "routewright/policy/1"
#: Name of the edge scorer, which plans nothing itself.
SCORER = "edges"
#: First bytes of a pickle, and of a zip archive of pickles.
_PICKLES = (b"\x80", b"PK\x03\x04")
#: Longest header that is read, in bytes.
_LONGEST = 1 << 24
#: A problem may have that many times more or fewer clients than those of the training.
_SIZE_SLACK = 2

A = Attribute


@dataclass(frozen=True)
class Card:
    """What a checkpoint says about itself.

    Parameters
    ----------
    name
        The policy's class, as in ``POLICIES``.
    config
        Its configuration.
    kinds, sizes
        What it was trained on: kinds of problems, and numbers of clients from and to.
    attributes
        Attributes of problems without a kind (of a user's own, say).
    training
        Options of the training.
    steps, problems, seconds
        Optimizer steps, problems seen, and seconds of training.
    device, commit, versions
        Where and by what it was trained.
    ranges
        Lowest and highest values of features that it was trained on, by name.
    curve
        Measurements on held-out problems: one mapping each, with step and seconds.
    beyond
        What to do with problems unlike those: ``warn``, or ``refuse``.
    note
        Whatever the trainer wants to add.
    """

    name: str
    config: dict[str, Any]
    kinds: tuple[str, ...] = ()
    sizes: tuple[int, int] = (0, 0)
    attributes: tuple[str, ...] = ()
    training: dict[str, Any] = field(default_factory=dict)
    steps: int = 0
    problems: int = 0
    seconds: float = 0.0
    device: str = ""
    commit: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    ranges: dict[str, list[float]] = field(default_factory=dict)
    curve: tuple[dict[str, float], ...] = ()
    beyond: str = "warn"
    note: str = ""

    def to_json(self) -> str:
        """Return the card as JSON."""
        return json.dumps(asdict(self), indent=1)


def read_header(file: Path) -> dict[str, str]:
    """Return the metadata of a safetensors file, without its tensors.

    Raises
    ------
    InputError
        If there is no such file, or it is a pickle, or no safetensors file.
    """
    try:
        with file.open("rb") as stream:
            start = stream.read(8)
            length = int.from_bytes(start, "little")
            text = stream.read(length) if len(start) == 8 and length <= _LONGEST else b""
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", str(file)) from error
    try:
        header = json.loads(text)
        return {str(k): str(v) for k, v in header.get("__metadata__", {}).items()}
    except (ValueError, AttributeError) as error:
        message = "is not a safetensors file: its header is broken"
        if start.startswith(_PICKLES):
            message = "is a pickle, which runs code when it is loaded; only safetensors are read"
        raise InputError(message, str(file)) from error


def parse_card(header: dict[str, str], file: Path) -> Card:
    """Return the card in a header.

    Raises
    ------
    InputError
        If the format is another one, or the card cannot be read.
    """
    if header.get("format") != FORMAT:
        found = header.get("format", "nothing")
        raise InputError(f"its format is {found!r}; this version reads {FORMAT!r}", str(file))
    try:
        values = json.loads(header.get("card", ""))
        known = {f.name for f in fields(Card)}
        values = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        return Card(**{k: v for k, v in values.items() if k in known})
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(f"its card cannot be read: {error}", str(file)) from error


def read_card(file: Path) -> Card:
    """Return the card of a checkpoint."""
    return parse_card(read_header(file), file)


def is_scorer(card: Card) -> bool:
    """Whether the checkpoint scores edges, and plans nothing itself."""
    return card.name == SCORER


def attributes_of(card: Card) -> frozenset[Attribute]:
    """Return the attributes of the problems that a policy was trained on."""
    found = {A.DISTANCE_COSTS, A.LIMITED_FLEET, *map(A, card.attributes)}
    for name in card.kinds:
        v = VARIANTS.get(name)
        if v is None:
            found |= {A.OPEN_ROUTES} if name == "OTSP" else set()
            found |= {A.OPTIONAL_CLIENTS} if name in ("OP", "PCTSP") else set()
            found |= {A.MAX_DISTANCE} if name == "OP" else set()
            continue
        found |= {A.CAPACITY}
        found |= {A.MULTIPLE_DEPOTS, A.HETEROGENEOUS_FLEET} if v.multiple_depots else set()
        found |= {A.OPEN_ROUTES} if v.open else set()
        found |= {A.PICKUP} if v.backhaul else set()
        found |= {A.BACKHAUL} if v.backhaul == "B" else set()
        found |= {A.MAX_DISTANCE} if v.limit else set()
        found |= {A.TIME_WINDOWS, A.SERVICE, A.DEPOT_WINDOWS} if v.windows else set()
    # Policies for problems whose kind does not say all.
    tours = {"pdp": {A.SHIPMENTS}, "atsp": {A.ASYMMETRIC}, "sdvrp": {A.SPLIT_DELIVERY}}
    found |= tours.get(str(card.config.get("problem")), set())
    mixture = card.training.get("mixture", {})
    return frozenset(found | ({A.ASYMMETRIC} if mixture.get("asymmetric") else set()))


def concerns(card: Card, problem: Problem, features: Mapping[str, float]) -> list[str]:
    """Say in what a problem is unlike those that a policy was trained on.

    Parameters
    ----------
    card, problem
        Of the policy, and what to plan.
    features
        Features of the problem by name, as in ``card.ranges``.
    """
    found = []
    if new := sorted(problem.attributes() - attributes_of(card)):
        found.append(f"it was not trained on problems with {', '.join(new)}")
    low, high = card.sizes
    if not low / _SIZE_SLACK <= problem.num_clients <= high * _SIZE_SLACK:
        found.append(f"it was trained on {low} to {high} clients, not {problem.num_clients}")
    for name, value in features.items():
        least, most = card.ranges.get(name, (value, value))
        slack = most - least
        if not least - slack <= value <= most + slack:
            found.append(f"its {name} was {least:.3g} to {most:.3g} in training, not {value:.3g}")
    return found
