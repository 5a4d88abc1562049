"""Solved problems to learn from: made by our own engine, kept in a folder.

Every file holds problems of one size as tensors, and for each a plan as a sequence of
nodes. Each time that a plan is shown, its routes come in another order, some backward where
that changes nothing, and the map is turned and mirrored.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from routewright.errors import InputError
from routewright.problem import Problem
from routewright.solution import Solution

from .batch import UNLIMITED, Batch
from .cards import read_header
from .checkpoint import read_tensors, write_tensors
from .decoding import turned
from .environment import arcs
from .generator import Mixture, draw, to_problem
from .plans import to_actions, to_sequence

_FORMAT = "routewright/labels/1"
#: Most problems of a file.
_PART = 500
#: Solves a problem, or returns None if it finds no plan.
Solve = Callable[[Problem], Solution | None]


@dataclass(frozen=True)
class Labels:
    """Solved problems, one batch per file.

    Parameters
    ----------
    parts
        Batches, and their plans (B, T) int64, padded with -1.
    kinds, attributes
        What the problems are, as far as the files say.
    """

    parts: tuple[tuple[Batch, Tensor], ...]
    kinds: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> Labels:
        """Read all files of a folder.

        Raises
        ------
        InputError
            If there is none, or one cannot be read.
        """
        files = sorted(folder.glob("*.safetensors"))
        if not files:
            raise InputError("holds no solved problems; make some first", str(folder))
        parts, kinds, attributes = [], set[str](), set[str]()
        for file in files:
            tensors, header = read_tensors(file)
            if header.get("format") != _FORMAT:
                raise InputError(f"is no file of solved problems ({_FORMAT})", str(file))
            plans = tensors.pop("plans")
            # Files of problems in which nothing is split do not say so.
            tensors.setdefault("splittable", torch.zeros_like(tensors["required"]))
            kinds.update(json.loads(header.get("mixture", "{}")).get("kinds", ()))
            attributes.update(json.loads(header.get("attributes", "[]")))
            parts.append((Batch(num_depots=int(header["num_depots"]), **tensors), plans))
        return cls(tuple(parts), tuple(sorted(kinds)), tuple(sorted(attributes)))

    @property
    def size(self) -> int:
        """Number of solved problems."""
        return sum(batch.size for batch, _ in self.parts)

    def kept_on(self, device: torch.device) -> Labels:
        """Return the labels on a device, if they take less than half of what is free there."""
        if device.type != "cuda":
            return self
        tensors = [t for batch, plans in self.parts for t in (*batch[1:], plans)]
        if 2 * sum(t.nbytes for t in tensors) > torch.cuda.mem_get_info(device)[0]:
            return self
        parts = tuple((batch.to(device), plans.to(device)) for batch, plans in self.parts)
        return replace(self, parts=parts)

    def draw(self, count: int, seed: int, device: torch.device) -> tuple[Batch, Tensor]:
        """Draw problems of one file, with their plans (B, 1, T) in another order."""
        weights = [batch.size for batch, _ in self.parts]
        [(batch, plans)] = random.Random(seed).choices(self.parts, weights)
        source = torch.Generator(batch.device).manual_seed(seed)
        rows = torch.randint(batch.size, (count,), generator=source, device=source.device)
        chosen, actions = posed(batch.rows(rows), plans[rows], source)
        return chosen.to(device), actions[:, None, :].to(device)

    def split(self, every: int = 16) -> tuple[Labels, Labels]:
        """Return the labels without the last of every so many of a file, and these alone."""
        shown, held_out = list[tuple[Batch, Tensor]](), list[tuple[Batch, Tensor]]()
        for batch, plans in self.parts:
            is_last = torch.arange(batch.size, device=batch.device) % every == every - 1
            shown.append((batch.rows(~is_last), plans[~is_last]))
            if bool(is_last.any()):
                held_out.append((batch.rows(is_last), plans[is_last]))
        return replace(self, parts=tuple(shown)), replace(self, parts=tuple(held_out))


def posed(batch: Batch, plans: Tensor, source: torch.Generator) -> tuple[Batch, Tensor]:
    """Return problems turned and mirrored, and the steps (B, T) of plans in another order."""
    symmetries = torch.randint(8, (batch.size,), generator=source, device=source.device)
    chosen = turned(batch, symmetries)
    return chosen, to_actions(chosen, shuffled(chosen, plans, source))


def make_labels(
    mixture: Mixture,
    clients: int,
    count: int,
    seed: int,
    solve: Solve,
    folder: Path,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Path]:
    """Draw problems, have them solved, and write them; return the files.

    A file holds at most 500. What was made before a kill is not made again: a file that is
    there already, of the same problems, is kept. Problems for which the solver finds no plan
    are left out, and their number is in the header of the file.
    """
    files = []
    for part, begin in enumerate(range(0, count, _PART)):
        number = min(_PART, count - begin)
        file = folder / f"n{clients}-s{seed}-p{part}.safetensors"
        origin = {"mixture": json.dumps(asdict(mixture)), "problems": str(number)}
        if not _is_made(file, origin):
            source = random.Random(f"{seed} {part}").getrandbits(62)
            drawn = draw(mixture, clients, number, torch.Generator().manual_seed(source)).batch
            _write(file, drawn, _solved(drawn, solve, begin, progress), origin)
        progress(begin + number)
        files.append(file)
    return files


def _is_made(file: Path, origin: dict[str, str]) -> bool:
    if not file.exists():
        return False
    header = read_header(file)
    return header.get("format") == _FORMAT and origin.items() <= header.items()


def _solved(
    drawn: Batch, solve: Solve, before: int, progress: Callable[[int], None]
) -> dict[int, list[int]]:
    """Return the plans, as nodes, of the problems that were solved, by row."""
    sequences = {}
    for row in range(drawn.size):
        solution = solve(to_problem(drawn, row))
        if solution is not None:
            sequences[row] = to_sequence(solution, drawn)
        progress(before + row)
    return sequences


def _write(
    file: Path, drawn: Batch, sequences: dict[int, list[int]], origin: dict[str, str]
) -> None:
    batch = drawn.rows(torch.tensor(list(sequences), dtype=torch.long))
    header = {**origin, "unsolved": str(drawn.size - batch.size)}
    write_labels(batch, [*sequences.values()], header, file)


def write_labels(
    batch: Batch, sequences: Sequence[Sequence[int]], header: dict[str, str], file: Path
) -> None:
    """Write solved problems, one sequence of nodes each (see `plans.to_sequence`)."""
    width = max(map(len, sequences), default=0)
    plans = [[*s, *[-1] * (width - len(s))] for s in sequences]
    # Safetensors refuses two names for one tensor.
    tensors = {k: t.clone() for k, t in zip(Batch._fields[1:], batch[1:], strict=True)}
    tensors["plans"] = torch.tensor(plans, dtype=torch.long).view(batch.size, width)
    write_tensors(tensors, {**header, "format": _FORMAT, "num_depots": str(batch.num_depots)}, file)


def is_reversible(batch: Batch) -> Tensor:
    """Whether routes may be driven backward at the same cost, (B,) bool."""
    symmetric = (batch.distance == batch.distance.mT).flatten(1).all(1)
    symmetric &= (batch.duration == batch.duration.mT).flatten(1).all(1)
    timeless = (batch.late >= UNLIMITED).all(1)
    return symmetric & timeless & ~batch.is_open & ~(batch.pickup > 0).any(1)


def shuffled(batch: Batch, plans: Tensor, source: torch.Generator) -> Tensor:
    """Return plans (B, T) with their routes in another order, some of them backward.

    Routes that go farther come earlier, and those that may be driven both ways begin at the
    end that is farther from the depot, both up to some noise. Where one state has many equally
    good steps, a greedy plan takes the one that was shown most often: shown in one manner,
    such steps are the same ones again and again, and what lies near, where mistakes cost
    least, is left for the end.

    Padding becomes the last depot, where a finished plan stays.
    """
    width = plans.shape[1]
    place = torch.arange(width, device=plans.device)
    is_depot = (plans >= 0) & (plans < batch.num_depots)
    end = (is_depot * place).amax(1, keepdim=True)  # the depot that closes the plan
    inside = place < end
    route = (is_depot & inside).cumsum(1)  # 1, 2, ...: the number of the route
    far = _distance_from_depot(batch, plans, is_depot)
    rank = _order(torch.where(is_depot, 0, route), far, source)
    flips = _flips(route, far, is_depot, source) & is_reversible(batch)[:, None]
    backward = flips.gather(1, route) & ~is_depot
    within = torch.where(backward, 2 * width - place, place)
    key = rank.gather(1, route) * 4 * width + within
    key = torch.where(inside, key, 8 * width * width + place)
    moved = plans.gather(1, key.argsort(dim=1))
    begins = (moved < batch.num_depots) & inside
    last = moved.gather(1, (begins * place).amax(1, keepdim=True))
    return torch.where(inside, moved, last)


def _distance_from_depot(batch: Batch, plans: Tensor, is_depot: Tensor) -> Tensor:
    """Distance of every client of plans from the depot of its route, (B, T) float32."""
    place = torch.arange(plans.shape[1], device=plans.device)
    begin = (is_depot * place).cummax(1).values
    nodes = plans.clamp(min=0)
    way = arcs(batch.distance, nodes.gather(1, begin), nodes).float()
    return way * (plans >= batch.num_depots)


def _order(route: Tensor, far: Tensor, source: torch.Generator) -> Tensor:
    """Place of every route in the new order, (B, T + 1) int64, by its number."""
    reach = far.new_zeros(len(route), route.shape[1] + 1).scatter_reduce(1, route, far, "amax")
    return (-reach * _noise(reach, source)).argsort(1).argsort(1)


def _flips(route: Tensor, far: Tensor, is_depot: Tensor, source: torch.Generator) -> Tensor:
    """Which routes are turned around, (B, T + 1) bool, by number."""
    none = far.new_zeros(len(route), route.shape[1] + 1)
    first, last = (
        none.scatter_reduce(1, route, torch.where(is_depot.roll(by, 1), far, 0), "amax")
        for by in (1, -1)
    )
    return last * _noise(last, source) > first


def _noise(like: Tensor, source: torch.Generator) -> Tensor:
    """Factors near 1."""
    return 0.9 + 0.2 * torch.rand(like.shape, generator=source, device=like.device)
