"""Solved problems to learn from: made by our own engine, kept in a folder.

Every file holds problems of one size as tensors, and for each a plan as a sequence of
nodes. Each time that a plan is shown, its routes come in another order, see `ordering`, and
the map is turned and mirrored.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from routewright.errors import InputError
from routewright.problem import Problem
from routewright.solution import Solution

from .backward import is_backward, turned_around
from .batch import Batch
from .cards import read_header
from .checkpoint import read_tensors, write_tensors
from .decoding import turned
from .generator import Mixture, draw, to_problem
from .ordering import shuffled
from .plans import to_actions, to_sequence
from .rests import after_routes

_FORMAT = "routewright/labels/1"
#: Most problems of a file.
_PART = 500
#: Solves a problem, or returns None if it finds no plan.
Solve = Callable[[Problem], Solution | None]


@dataclass(frozen=True)
class Labels:
    """Solved problems, one batch per shape (numbers of depots and of clients).

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
        shapes: dict[tuple[int, int], list[tuple[Batch, Tensor]]] = {}
        kinds, attributes = set[str](), set[str]()
        for file in files:
            tensors, header = read_tensors(file)
            if header.get("format") != _FORMAT:
                raise InputError(f"is no file of solved problems ({_FORMAT})", str(file))
            plans = tensors.pop("plans")
            # Files of problems in which nothing is split do not say so.
            tensors.setdefault("splittable", torch.zeros_like(tensors["required"]))
            kinds.update(json.loads(header.get("mixture", "{}")).get("kinds", ()))
            attributes.update(json.loads(header.get("attributes", "[]")))
            batch = Batch(num_depots=int(header["num_depots"]), **tensors)
            shapes.setdefault((batch.num_depots, batch.num_nodes), []).append((batch, plans))
        # Of each shape in turn, so that few problems are in memory twice.
        parts = tuple(_joined(shapes.pop(shape)) for shape in list(shapes))
        return cls(parts, tuple(sorted(kinds)), tuple(sorted(attributes)))

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

    def draw(
        self,
        count: int,
        seed: int,
        device: torch.device,
        *,
        backward: bool = False,
        in_parts: bool = False,
    ) -> tuple[Batch, Tensor]:
        """Draw problems of one shape, with their plans (B, 1, T) in another order; see `posed`.

        For a policy that plans in parts, most are what is left after some routes.
        """
        weights = [batch.size for batch, _ in self.parts]
        [(batch, plans)] = random.Random(seed).choices(self.parts, weights)
        source = torch.Generator(batch.device).manual_seed(seed)
        rows = torch.randint(batch.size, (count,), generator=source, device=source.device)
        share = share_done(seed) if in_parts else 0.0
        chosen, actions = posed(batch.rows(rows), plans[rows], source, backward, share)
        return chosen.to(device), actions[:, None, :].to(device)

    def split(self, every: int = 16) -> tuple[Labels, Labels]:
        """Return the labels without the last of every so many of a shape, and these alone."""
        shown, held_out = list[tuple[Batch, Tensor]](), list[tuple[Batch, Tensor]]()
        for batch, plans in self.parts:
            is_last = torch.arange(batch.size, device=batch.device) % every == every - 1
            shown.append((batch.rows(~is_last), plans[~is_last]))
            if bool(is_last.any()):
                held_out.append((batch.rows(is_last), plans[is_last]))
        return replace(self, parts=tuple(shown)), replace(self, parts=tuple(held_out))


def _joined(parts: Sequence[tuple[Batch, Tensor]]) -> tuple[Batch, Tensor]:
    """Return problems of one shape as one batch, and their plans."""
    if len(parts) == 1:
        return parts[0]
    batches, plans = zip(*parts, strict=True)
    width = max(p.shape[1] for p in plans)
    columns = (torch.cat(column) for column in zip(*(b[1:] for b in batches), strict=True))
    padded = [functional.pad(p, (0, width - p.shape[1]), value=-1) for p in plans]
    return Batch(batches[0].num_depots, *columns), torch.cat(padded)


def share_done(seed: int) -> float:
    """Draw how many of the clients are done: none in about a quarter of the cases."""
    return max(0.0, random.Random(f"{seed} done").uniform(-0.35, 0.9))


def posed(
    batch: Batch, plans: Tensor, source: torch.Generator, backward: bool, share: float = 0.0
) -> tuple[Batch, Tensor]:
    """Return problems turned and mirrored, and the steps (B, T) of plans in another order.

    With ``backward``, some kinds are turned around as well, see `backward`. Of the clients,
    this share is done already, see `rests.after_routes`.
    """
    symmetries = torch.randint(8, (batch.size,), generator=source, device=source.device)
    chosen = turned(batch, symmetries)
    around = is_backward(batch) if backward else None
    sequences = shuffled(chosen, plans, source, around)
    chosen, sequences = after_routes(
        turned_around(chosen) if backward else chosen, sequences, share
    )
    return chosen, to_actions(chosen, sequences)


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
