"""Probabilities of edges for one problem, from a trained scorer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from routewright.errors import UnsupportedError
from routewright.neural.construct import load_checkpoint, mind_the_card
from routewright.neural.devices import torch_threads
from routewright.neural.features import to_batch
from routewright.neural.models import find_scorer
from routewright.neural.support import readable, why_not_scored
from routewright.problem import Problem
from routewright.travel import FloatArray, IntArray

from .graph import edge_graph

if TYPE_CHECKING:
    from routewright.neural.batch import Batch

    from .graph import EdgeGraph


def load_scorer(model: str = "", device: str = "cpu") -> Path:
    """Load a scorer, or get it again if it is loaded already; return its file."""
    file = find_scorer(model)
    load_checkpoint(file, device)
    return file


def score_problem(
    problem: Problem, *, model: str = "", device: str = "cpu", threads: int = 1
) -> tuple[IntArray, FloatArray]:
    """Return how likely pairs of nodes follow each other in a good plan.

    Parameters
    ----------
    problem
        What to plan.
    model
        Name of a scorer or path of its checkpoint; empty for the default.
    device
        ``auto``, ``cpu``, ``cuda``, or ``mps``.
    threads
        Threads on the processor; one is best for one problem.

    Returns
    -------
    pairs
        Node numbers of the problem (depots first), shape (2, E), each pair once, the lower
        number first.
    probabilities
        From 0 to 1, shape (E,), in either direction; pairs that are not there are unlikely.

    Raises
    ------
    UnsupportedError
        If the features do not know what the problem uses, or the model refuses what it was
        not trained for.
    """
    scorer, card = load_checkpoint(find_scorer(model), device)
    if reason := why_not_scored(problem):
        raise UnsupportedError("an edge scorer", [reason])
    batch = to_batch([readable(problem)])
    mind_the_card(card, problem, batch, model)
    where = next(scorer.parameters()).device
    with torch_threads(threads), torch.inference_mode():
        graph = edge_graph(batch.to(where), scorer.config.neighbors)
        logits = scorer(graph)
    return _pairs(problem, batch, graph, torch.sigmoid(logits)[0].cpu().double().numpy())


def _pairs(
    problem: Problem, batch: Batch, graph: EdgeGraph, values: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Every pair once, with the mean of its two slots."""
    depots = [v.start or 0 for v in problem.vehicle_types]
    clients = range(problem.num_depots, problem.num_depots + problem.num_clients)
    node = np.array([*depots, *clients], dtype=np.int64)
    is_edge = graph.is_edge[0].cpu().numpy()
    tail, slot = np.nonzero(is_edge)
    a, b = node[tail], node[graph.target[0].cpu().numpy()[tail, slot]]
    span = int(node.max()) + 1
    codes, place = np.unique(np.minimum(a, b) * span + np.maximum(a, b), return_inverse=True)
    means = np.bincount(place, values[tail, slot]) / np.bincount(place)
    return np.stack(np.divmod(codes, span)), means
