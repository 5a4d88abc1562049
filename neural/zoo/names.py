"""Which policies of rl4co there are here, and for which of its problems; needs no torch.

A policy is spelled ``rl4co:POLICY/PROBLEM``, as in ``rl4co:pomo/cvrp``; without a problem,
it plans the one that it was published for.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from routewright.errors import InputError, Issue

#: What the names of these policies begin with.
PREFIX = "rl4co:"
_PLAIN = ("cvrp", "cvrptw", "mtvrp", "tsp", "op", "pctsp", "pdp")


class Published(NamedTuple):
    """A policy as rl4co has it.

    Attributes
    ----------
    problems
        What it can plan; the first unless another is named.
    width, heads, layers
        Its size in the publication.
    """

    problems: tuple[str, ...]
    width: int = 128
    heads: int = 8
    layers: int = 3


POLICIES = {
    "am": Published(_PLAIN),
    "pomo": Published(_PLAIN, layers=6),
    "symnco": Published(_PLAIN),
    "mvmoe": Published(("mtvrp", *(p for p in _PLAIN if p != "mtvrp")), layers=6),
    "matnet": Published(("atsp",), width=256, heads=16, layers=5),
    "ham": Published(("pdp",)),
}
#: Policies of rl4co that are not constructors of this form, and why.
_IMPROVES = "it improves a plan and constructs none; the solvers do that"
_HEATMAP = "it plans from a heat map, and its networks need torch_geometric"
_SEARCHES = "it is a search with a policy, and no policy"
REFUSED = {
    "amppo": "its network is that of am: rl4co:am --objective ppo",
    "mdam": "it has several decoders, each with its own encoding, in place of one",
    "ptrnet": "its decoder is recurrent: what it sees is not the state of a plan alone",
    "polynet": "its decoder is told which of its strategies to follow",
    "l2d": "it is for job shops",
    "nargnn": _HEATMAP,
    "deepaco": _HEATMAP,
    "gfacs": _HEATMAP,
    "glop": _HEATMAP,
    "dact": _IMPROVES,
    "n2s": _IMPROVES,
    "neuopt": _IMPROVES,
    "eas": _SEARCHES,
    "active_search": _SEARCHES,
}


def is_zoo(name: str) -> bool:
    """Whether a policy is one of rl4co."""
    return name.startswith(PREFIX)


def parse_name(name: str) -> tuple[str, str]:
    """Return the policy and the problem of a name.

    Raises
    ------
    InputError
        If rl4co has no such policy, or it is not for that problem; says which there are.
    """
    policy, _, problem = name.removeprefix(PREFIX).partition("/")
    if policy in REFUSED:
        raise InputError([Issue("", "policy", f"{name!r} is refused: {REFUSED[policy]}")])
    if policy not in POLICIES:
        known = ", ".join(PREFIX + p for p in POLICIES)
        raise InputError([Issue("", "policy", f"{name!r} is not one of {known}")])
    problems = POLICIES[policy].problems
    if problem and problem not in problems:
        message = f"{PREFIX}{policy} plans {', '.join(problems)}; {problem!r} is none of these"
        raise InputError([Issue("", "policy", message)])
    return policy, problem or problems[0]


def full_name(config: dict[str, Any]) -> str:
    """Return the name of a policy by its configuration."""
    return f"{PREFIX}{config.get('policy', '')}/{config.get('problem', '')}"
