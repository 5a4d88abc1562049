"""What breaking a rule costs: as much as it takes for some, and not all, plans to be feasible.

References
----------
Vidal, T., Crainic, T. G., Gendreau, M., Lahrichi, N., & Rei, W. (2012). A hybrid genetic
algorithm for multidepot and periodic vehicle routing problems. *Operations Research*,
60(3), section 4.7.
"""

from __future__ import annotations

import numpy as np

from routewright.travel import IntArray

from .kernels import penalty_columns as on
from .kernels import rich_columns as at
from .kernels.penalty_types import PenaltyRules

#: Share of plans that are to keep each rule; offspring between two adjustments.
_TARGET, _EVERY = 0.4, 50
_UP, _DOWN = 1.2, 0.85
_UNIT = 1 << on.FINE
_LARGEST = 1e15

_BITS = {
    on.W_TIME: on.TIME_BIT,
    on.W_DURATION: on.DURATION_BIT,
    on.W_DISTANCE: on.DISTANCE_BIT,
    on.W_STOPS: on.STOPS_BIT,
}


class Penalties:
    """Weights of the penalties, adapted to how often rules are broken.

    Parameters
    ----------
    rules
        The problem.
    cost
        Roughly that of a plan.
    vehicles_first
        Whether a vehicle less is worth any cost.
    """

    def __init__(self, rules: PenaltyRules, cost: int, vehicles_first: int) -> None:
        q, n = rules, rules.num_clients
        self.num_dims = q.num_dims
        each = max(1.0, cost / max(1, n))  # cost per client
        self.value = np.full(on.W_LOAD + q.num_dims, each)
        clients = q.node[q.num_depots :]
        times = q.dur[q.dur > 0]
        self.value[on.W_TIME] = each / max(1.0, float(np.median(times)) if times.size else 1.0)
        self.value[on.W_DURATION] = self.value[on.W_TIME]
        self.value[on.W_DISTANCE] = max(1.0, float(q.kind[:, at.PER_DISTANCE].max()))
        for d in range(q.num_dims):
            amounts = clients[:, on.DELIVERY + d] + np.abs(clients[:, q.change + d])
            self.value[on.W_LOAD + d] = each / max(1.0, float(amounts.mean()))
        # A rule without a price costs more than anything that it could save.
        self.hard = int(min(1 << 50, 20 * (abs(cost) + 1) + q.node[:, at.PRIZE].sum()))
        self.vehicle = min(1 << 50, 2 * (abs(cost) + 1)) if vehicles_first else 0
        self.kept = np.zeros((on.W_LOAD + q.num_dims, 2))

    def weights(self, times: float = 1.0) -> IntArray:
        """Return the weights for kernels, in 1/256 of a unit of cost."""
        weight = np.clip(self.value * times * _UNIT, 1, _LARGEST).astype(np.int64)
        weight[on.W_HARD], weight[on.W_VEHICLE] = self.hard, self.vehicle
        return weight

    def note(self, broken: int) -> None:
        """Take note of the rules that an offspring breaks; adapt now and then."""
        for w in range(len(self.kept)):
            bit = _BITS.get(w, on.LOAD_BIT)
            self.kept[w] += (broken & bit == 0, 1)
        if self.kept[0, 1] >= _EVERY:
            share = self.kept[:, 0] / self.kept[:, 1]
            self.value[share < _TARGET - 0.05] *= _UP
            self.value[share > _TARGET + 0.05] *= _DOWN
            self.value = np.clip(self.value, 1 / _UNIT, _LARGEST / _UNIT)
            self.kept[:] = 0
