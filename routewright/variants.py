"""The 48 attribute combinations of RouteFinder: names, attributes, and capacities.

A variant is a set of attributes, read off its name: [MD] multiple depots, [O] open
routes, then VRP (CVRP if nothing else is named), then [B] backhauls after linehauls or
[MB] mixed, [L] a limit on the length of routes, [TW] time windows.

References
----------
Berto, F. et al. (2025). RouteFinder: towards foundation models for vehicle routing
problems. *Transactions on Machine Learning Research*, appendix A (arXiv:2406.15007).
"""

from __future__ import annotations

import re
from itertools import product
from typing import NamedTuple

from .errors import InputError, Issue


class Variant(NamedTuple):
    """Which attributes a variant has."""

    multiple_depots: bool
    open: bool
    backhaul: str  # "", "B", or "MB"
    limit: bool
    windows: bool

    @property
    def name(self) -> str:
        """The name in the literature."""
        tail = self.backhaul + "L" * self.limit + "TW" * self.windows
        head = "MD" * self.multiple_depots + "O" * self.open
        # Plain single-attribute names carry the C of "capacitated" in CVRP and MDCVRP only.
        return f"{head}VRP{tail}" if tail or self.open else f"{head}CVRP"


VARIANTS: dict[str, Variant] = {
    v.name: v
    for v in (
        Variant(md, o, b, limit, tw)
        for md, o, b, limit, tw in product(
            (False, True), (False, True), ("", "B", "MB"), (False, True), (False, True)
        )
    )
}


def parse_variant(name: str) -> Variant:
    """Return the variant of that name (any case).

    Raises
    ------
    InputError
        If there is none; lists the parts of a name.
    """
    key = re.sub(r"^(MD)?(O?)CVRP", r"\1\2VRP", name.upper())
    found = VARIANTS.get(key) or VARIANTS.get(key.replace("VRP", "CVRP"))
    if found is None:
        message = f"{name!r} is no variant; names are [MD][O]VRP[B|MB][L][TW], or CVRP"
        raise InputError([Issue("", "variant", message)])
    return found


def capacity_for(n: int) -> int:
    """Capacity by size (appendix A): 30 + n / 5 up to 1,000 clients, slower above."""
    return int(30 + (1000 / 5 + (n - 1000) / 33.3 if n > 1000 else n / 5 if n > 20 else 0))
