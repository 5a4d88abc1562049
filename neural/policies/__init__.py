"""The policies, by name; each is a module with a configuration, an encoder, and logits."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol

from torch import Tensor

from routewright.errors import InputError, Issue
from routewright.neural.backward import turned_around
from routewright.neural.batch import Batch
from routewright.neural.cards import SCORER
from routewright.neural.environment import Environment, View
from routewright.neural.zoo.names import PREFIX, is_zoo, parse_name

#: Name -> (module, class); a policy is imported when it is asked for.
POLICIES = {
    "attention": ("attention", "AttentionModel"),
    "biased": ("biased", "BiasedPolicy"),
}


class Policy(Protocol):
    """What decoding and training ask of a policy, which is also a `torch.nn.Module`."""

    name: str
    config: Any
    #: Whether it plans some kinds from the last client of a route to the first, see `backward`.
    plans_backward: bool
    #: Whether it makes plans in parts, with what is left encoded anew, see `parts`.
    plans_in_parts: bool

    def environment(self, batch: Batch) -> Environment:
        """Return the environment that it plans in."""

    def encode(self, batch: Batch) -> Any:
        """Return a named tuple of tensors with B in front; done once for every batch."""

    def logits(self, encoded: Any, batch: Batch, view: View, mask: Tensor) -> Tensor:
        """Return the logits of all nodes, (B, S, M); nodes outside the mask do not matter."""


def as_planned(policy: Policy, batch: Batch) -> Batch:
    """Return problems as a policy plans them; costs of plans are the same."""
    return turned_around(batch) if policy.plans_backward else batch


def policy_class(name: str) -> Any:
    """Return the class of a policy, or of the edge scorer, by its name.

    Raises
    ------
    InputError
        If there is none; names those that there are.
    NotInstalledError
        If it is one of rl4co, and rl4co is not installed.
    """
    if is_zoo(name):
        from routewright.neural.zoo.policy import Entry

        return Entry(*parse_name(name))
    if name == SCORER:
        from routewright.neural.edges.network import EdgeScorer

        return EdgeScorer
    if name not in POLICIES:
        message = f"the policy {name!r} is not one of {', '.join(POLICIES)}, or {PREFIX}..."
        raise InputError([Issue("", "policy", message)])
    module, class_name = POLICIES[name]
    return getattr(import_module(f"{__name__}.{module}"), class_name)
