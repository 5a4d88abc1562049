"""Small policies of rl4co, and problems that its generators draw; needs the extra rl4co."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

import routewright as rw
from routewright.neural.cards import Card
from routewright.neural.checkpoint import save_policy
from routewright.neural.features import to_batch
from routewright.neural.plans import to_solution, tour_to_solution
from routewright.neural.policies import policy_class
from routewright.neural.zoo.support import PROBLEMS

TINY = {"width": 16, "heads": 2, "layers": 1, "hidden": 16}


def tiny(name: str, **changes: Any) -> Any:
    """A policy whose weights are random, and not near zero, so that plans differ."""
    entry = policy_class(name)
    torch.manual_seed(5)
    policy = entry(entry.config_type(**{**TINY, **changes}))
    with torch.no_grad():
        for weight in policy.parameters():
            weight.mul_(2.0)
    return policy.eval()


def saved(policy: Any, folder: Path) -> Path:
    file = folder / f"{policy.name.replace(':', '-').replace('/', '-')}.safetensors"
    kinds = PROBLEMS[policy.config.problem].kinds
    save_policy(policy, Card(policy.name, asdict(policy.config), kinds, (8, 8)), file)
    return file


def drawn(name: str, **changes: Any) -> tuple[Any, Any]:
    """An environment of rl4co, and three problems of its generator."""
    from rl4co.envs import get_env

    torch.manual_seed(11)
    env = get_env(name, generator_params={"num_loc": 8, **changes}, check_solution=False)
    td = env.generator(batch_size=[3])
    if name == "atsp":  # as our networks see it: in units of the longest arc
        td["cost_matrix"] /= td["cost_matrix"].amax((1, 2), keepdim=True)
    return env, td


def plan_of(problem: rw.Problem, name: str, actions: list[int]) -> rw.Solution:
    """A plan of rl4co as a solution; in its ``pdp`` the depot is implied."""
    if name in ("tsp", "atsp"):
        return tour_to_solution(problem, actions)
    if name == "pdp":
        return rw.Solution.from_visits([[node - 1 for node in actions]])
    return to_solution(problem, to_batch([problem]), [0, *actions])
