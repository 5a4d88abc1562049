"""Plans of a learned policy for one problem: the best of several."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import torch

from routewright.checker import check
from routewright.errors import UnsupportedError
from routewright.facade import prepare_policy_plans
from routewright.problem import Problem
from routewright.solution import Solution

from .backward import is_backward, turned_back
from .batch import Batch
from .cards import Card, concerns
from .checkpoint import load_policy
from .compiled import compiled_plans, is_compiled
from .decoding import Rollout, Sampling, greedy, roll_out, spread_starts, symmetric
from .devices import find_device, torch_threads
from .features import ranged_features, to_batch
from .models import find_model
from .parts import number_of_parts, replanned
from .plans import from_cheapest_depots, to_solution
from .policies import as_planned
from .policies.biased import BiasedPolicy
from .reencoding import roll_out_anew
from .support import readable
from .zoo.names import is_zoo

logger = logging.getLogger("routewright")


@lru_cache(maxsize=4)
def _loaded(file: Path, stamp: int, device: str) -> tuple[Any, Card]:
    """Return a policy on a device; ``stamp`` changes when the file does."""
    policy, card = load_policy(file)
    where = find_device(device)
    if where.type == "cpu" and isinstance(policy, BiasedPolicy):
        prepare_policy_plans()
    return policy.to(where), card


def load_checkpoint(file: Path, device: str = "cpu") -> tuple[Any, Card]:
    """Load a checkpoint, or get it again if it is loaded already."""
    return _loaded(file, file.stat().st_mtime_ns, device)


def load_model(name: str = "", device: str = "cpu") -> tuple[Any, Card]:
    """Load a policy by its name, or get it again if it is loaded already."""
    return load_checkpoint(find_model(name), device)


def construct_plans(
    problem: Problem,
    *,
    model: str = "",
    plans: int = 8,
    temperature: float = 0.3,
    top_p: float = 1.0,
    symmetries: int = 1,
    reencode: int = 0,
    parts: int | None = None,
    seed: int = 0,
    device: str = "cpu",
    threads: int = 1,
    should_stop: Callable[[], bool] | None = None,
) -> list[Solution]:
    """Return different plans of a policy, the cheapest first.

    Parameters
    ----------
    problem
        What to plan.
    model
        Name of a model or path of a checkpoint; empty for the default.
    plans
        How many to make: the greedy one, and others that begin with other clients and are
        greedy from there (``temperature`` 0) or sampled.
    temperature, top_p
        See `decoding.Sampling`.
    symmetries
        How many of the eight symmetries of the square to look at, where there are
        coordinates; every one makes as many plans.
    reencode
        Steps after which what is left is encoded anew, see `reencoding`; 0 for never.
    parts
        In how many parts the best of the plans is made: after each, as many plans are made of
        what is left, see `parts`; 1 for at once, None for what suits the model and the problem.
    seed
        Of the sampling.
    device
        ``auto``, ``cpu``, ``cuda``, or ``mps``.
    threads
        Threads on the processor; one is best for one problem.
    should_stop
        Asked at every step; plans that are not finished then are dropped.

    Raises
    ------
    UnsupportedError
        If no policy can plan the problem, no plan gets by with the vehicles that there are (a
        policy cannot count them), or the model refuses what it was not trained for:
        attributes, numbers of clients, or features that are far out of its ranges; if it
        cannot be planned in parts, where that is asked for.
    InputError
        If ``parts`` is below 1.
    """
    policy, card = load_model(model, device)
    fleet, problem = problem, problem if is_zoo(policy.name) else readable(problem)
    batch, translate = _prepared(problem, policy)
    mind_the_card(card, problem, batch, model)
    batch = as_planned(policy, batch)
    where = next(policy.parameters()).device
    one = batch.to(where)
    parts = number_of_parts(policy, one, 1 if reencode and parts is None else parts)
    batch = symmetric(one, symmetries if bool(batch.has_coordinates[0]) else 1)
    sampling = Sampling(temperature, top_p, torch.Generator(where).manual_seed(seed))
    make = partial(_best_of, policy, plans, sampling, should_stop)
    with torch_threads(threads), torch.inference_mode():
        found = _made(policy, batch, plans, sampling, reencode, should_stop)
        if found and parts > 1:
            found.sort()
            found[0] = replanned(one, found[0][1], parts, make)
    found.sort(key=lambda pair: pair[0])
    solutions = [*dict.fromkeys(translate(nodes) for _, nodes in found)]
    if problem is not fleet and solutions:
        return _within(fleet, solutions)
    if len(problem.vehicle_types) == 1:
        return solutions
    return sorted(solutions, key=lambda s: check(problem, s).key)  # other depots, other costs


def _within(problem: Problem, solutions: list[Solution]) -> list[Solution]:
    """Return the plans that get by with the vehicles that there are, the cheapest first.

    Raises
    ------
    UnsupportedError
        If none does: policies cannot count vehicles.
    """
    reports = {s: check(problem, s) for s in solutions}
    if kept := sorted((s for s in solutions if reports[s].feasible), key=lambda s: reports[s].key):
        return kept
    least = min(len(s.routes) for s in solutions)
    found = f"so few vehicles (of {len(solutions)} plans, none needs fewer than {least})"
    raise UnsupportedError("a learned policy", [found])


def mind_the_card(card: Card, problem: Problem, batch: Batch, model: str) -> None:
    """Warn of what a problem has that the model was not trained for, or refuse it.

    Raises
    ------
    UnsupportedError
        If there is anything, and the card says that such problems are refused.
    """
    features = ranged_features(batch) if card.ranges else {}
    if unlike := concerns(card, problem, {k: float(v[0]) for k, v in features.items()}):
        if card.beyond == "refuse":
            raise UnsupportedError(f"model {model or 'default'}", unlike)
        logger.warning("the model may be wrong: %s", "; ".join(unlike))


def _prepared(problem: Problem, policy: Any) -> tuple[Batch, Callable[[Sequence[int]], Solution]]:
    """Return the problem as a batch, and what makes solutions of sequences of its nodes."""
    if is_zoo(policy.name):
        from .zoo.prepare import prepare

        return prepare(problem, policy.config)
    batch = to_batch([problem])
    is_turned = policy.plans_backward and bool(is_backward(batch)[0])

    def translate(nodes: Sequence[int]) -> Solution:
        solution = to_solution(problem, batch, nodes)
        return from_cheapest_depots(problem, turned_back(solution) if is_turned else solution)

    return batch, translate


def _best_of(
    policy: Any,
    plans: int,
    sampling: Sampling,
    should_stop: Callable[[], bool] | None,
    batch: Batch,
) -> list[int] | None:
    """Return the cheapest of some plans for one problem."""
    found = _made(policy, batch, plans, sampling, 0, should_stop)
    return min(found)[1] if found else None


def _made(
    policy: Any,
    batch: Batch,
    plans: int,
    sampling: Sampling,
    reencode: int,
    should_stop: Callable[[], bool] | None,
) -> list[tuple[int, list[int]]]:
    """Costs and sequences: one greedy plan per symmetry, the rest from other starts."""
    if not reencode and is_compiled(policy, batch, sampling):
        return compiled_plans(policy, batch, plans, sampling, should_stop)
    env = policy.environment(batch)
    make: Callable[..., Rollout]
    if reencode:
        make = partial(roll_out_anew, every=reencode)
    else:
        make = partial(roll_out, encoded=policy.encode(batch), env=env)
    rollouts = [make(policy, batch, greedy, should_stop=should_stop)]
    if plans > 1:
        starts = spread_starts(batch, plans - 1, env.servable)
        choose = sampling if sampling.temperature > 0 else greedy
        rollouts.append(make(policy, batch, choose, starts=starts, should_stop=should_stop))
    return [
        (cost, sequence)
        for r in rollouts
        if r.is_finished
        for costs, sequences in zip(r.cost.tolist(), r.actions.tolist(), strict=True)
        for cost, sequence in zip(costs, sequences, strict=True)
    ]
