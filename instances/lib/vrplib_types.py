"""The problem types of VRPLIB files, and the rounding that each of them means."""

from __future__ import annotations

import re
from dataclasses import dataclass

from routewright.travel import Rounding


@dataclass(frozen=True, slots=True)
class VrplibType:
    """What a TYPE means beyond the sections of the file.

    Parameters
    ----------
    rounding
        What EUC_2D stands for.
    open_routes
        Whether routes end at their last client.
    linehaul_first
        Whether deliveries come before pickups, and no route is without a delivery.
    capacitated
        Whether CAPACITY and DEMAND must be there, in whole numbers.
    amounts
        Whether PICKUP_AND_DELIVERY_SECTION ends in amounts instead of siblings.
    windows
        Whether time windows in PICKUP_AND_DELIVERY_SECTION count.
    """

    rounding: Rounding = Rounding.NINT
    open_routes: bool = False
    linehaul_first: bool = False
    capacitated: bool = False
    amounts: bool = False
    windows: bool = True


_CLASSIC = VrplibType(capacitated=True)
_TENTHS = VrplibType(Rounding.DEC1)
_THOUSANDTHS = VrplibType(Rounding.EXACT)
_REAL = VrplibType(Rounding.NONE)
_OPEN = VrplibType(open_routes=True)
_BACKHAULS = VrplibType(linehaul_first=True)
_TWO_WAY = VrplibType(amounts=True, windows=False)

#: Every TYPE that can be read.
TYPES = {
    "VRP": VrplibType(),
    "CVRP": _CLASSIC,
    "DCVRP": _CLASSIC,
    "ACVRP": _CLASSIC,
    "ADCVRP": _CLASSIC,
    "CVRPTW": _CLASSIC,
    "VRPTW": _TENTHS,
    "PCVRP": VrplibType(),
    "PCVRPTW": _TENTHS,
    "MTVRPTW": _TENTHS,
    "MTVRPTWR": _TENTHS,
    "MDVRP": _THOUSANDTHS,
    "MDVRPTW": _THOUSANDTHS,
    "SDVRP": _THOUSANDTHS,
    "SDVRPTW": _THOUSANDTHS,
    "HFVRP": _REAL,
    "HFVRPTW": _REAL,
    "GVRP": VrplibType(),
    "OVRP": _OPEN,
    "OVRPTW": _OPEN,
    "VRPB": _BACKHAULS,
    "VRPBTW": _BACKHAULS,
    "VRPMPD": _TWO_WAY,
    "VRPMPDTW": VrplibType(amounts=True),
    "VRPSPD": _TWO_WAY,
    "VRPSPDTW": VrplibType(amounts=True),
    "PDPTW": VrplibType(),
}

#: Sets whose files say EUC_2D and whose published costs are not rounded.
_UNROUNDED_SETS = re.compile(r"(CMT|Golden_|Li_|tai)\d+.*", re.IGNORECASE)


def default_rounding(kind: str, name: str) -> tuple[Rounding, str]:
    """Return the rounding that EUC_2D stands for, and where that is known from."""
    if kind in ("CVRP", "DCVRP", "VRP") and _UNROUNDED_SETS.fullmatch(name):
        return Rounding.NONE, f"default for the set of {name}"
    known = TYPES.get(kind, _CLASSIC)
    return known.rounding, f"default for VRPLIB {kind}"
