"""Small files of our own in each positional text format, and edits of them."""

from __future__ import annotations

from types import ModuleType

import routewright as rw
from routewright.instances.text import cordeau, li_lim, sartori_buriol, solomon

SOLOMON = """\
toy

VEHICLE
NUMBER     CAPACITY
  2         200

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME

    0      40         50          0          0       1236          0
    1      45         68         10        912        967         90
    4      45         70.5       30        825        870.25       90
"""

LI_LIM = """\
2 200 1
0 40 50 0 0 1236 0 0 0
1 45 68 -10 912 967 90 2 0
2 45 70.5 10 825 870.25 90 0 1
3 42 66 7 65 146 90 0 5
5 42 65 -7 15 667 90 3 0
"""

CORDEAU_VRP = """\
0 3 2 1
0 80
0 40 50 0 0 0 0
1 37 52 5 7 1 1 1
2 49.5 49 0 30 1 0
"""

CORDEAU_MDVRP = """\
2 2 3 2
0 80
60.5 70
1 37 52 5 7 1 2 1 2
2 49.5 49 0 30 1 1 2
3 52 64 0 16 1 1 1
4 20 20 0 0 0 0
5 30 40 0 0 0 0
"""

CORDEAU_SDVRPTW = """\
7 2 3 3
500 80
500 0
400 120
0 10 20 0 0 0 0 0 1000
1 37 52 2.5 7 1 3 1 2 4 100 200
2 49 -49 3 30 1 1 4 0 900
3 52 64 4 16 1 2 1 2 30.5 500
"""

SARTORI_BURIOL = """\
NAME: toy
LOCATION: Nowhere
COMMENT: of our own making
TYPE: PDPTW
SIZE: 5
DISTRIBUTION: random
DEPOT: central
ROUTE-TIME: 240
TIME-WINDOW: 60
CAPACITY: 300
NODES
0 41.4 2.17 0 0 240 0 0 0
1 41.41 2.15 5 10 70 3 0 3
2 41.42 2.16 9 20 80 3 0 4
3 41.43 2.11 -5 30 90 3 1 0
4 41.44 -2.12 -9 40 100 3 2 0
EDGES
0 4 6 5 9
5 0 2 3 4
7 3 0 8 8
6 6 6 0 1
9 8 7 6 0
EOF
"""

SCHNEIDER = """\
StringID   Type       x          y          demand     ReadyTime  DueDate    ServiceTime
D0         d          40.0       50.0       0.0        0.0        1236.0     0.0
S0         f          40.0       50.0       0.0        0.0        1236.0     0.0
C1         c          45.0       68.0       10.0       912.0      967.0      90.0

Q Vehicle fuel tank capacity /79.69/
"""

#: Every sample that can be read, with its format.
READABLE: dict[str, tuple[ModuleType, str]] = {
    "solomon": (solomon, SOLOMON),
    "li-lim": (li_lim, LI_LIM),
    "cordeau-vrp": (cordeau, CORDEAU_VRP),
    "cordeau-mdvrp": (cordeau, CORDEAU_MDVRP),
    "cordeau-sdvrptw": (cordeau, CORDEAU_SDVRPTW),
    "sartori-buriol": (sartori_buriol, SARTORI_BURIOL),
}


def edited(text: str, *edits: tuple[str, str]) -> str:
    """Return the text with each old part, which must occur, replaced once by the new one."""
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def nameless(problem: rw.Problem) -> rw.Problem:
    """Return the problem without what a round trip may change."""
    return problem.replace(name="", notes=(), objective=rw.Objective.COST)
