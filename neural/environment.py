"""What a plan may do next, and what it costs: integers, masks, and no search.

A plan is a sequence of nodes. A client is served; a depot ends the current route and
begins the next one there. What the mask allows can always be completed: a client is
allowed only if the vehicle can go back from there at once, so plans are feasible whatever
a policy prefers. All of it is tensor arithmetic over (B problems, S partial plans), on
any device, without a loop over problems.

References
----------
Berto, F. et al. (2025). RouteFinder: towards foundation models for vehicle routing
problems. *Transactions on Machine Learning Research* (arXiv:2406.15007), section 4: one
environment in which a variant is a set of attributes with neutral defaults.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from .batch import UNLIMITED, Batch


class View(NamedTuple):
    """What a policy sees of partial plans; every field but the last two is (B, S).

    Attributes
    ----------
    current
        The node where the plan is, int64.
    origin
        The depot of the current route (of a tour: its first city), int64.
    first
        The first client of the current route, int64; at a depot, that.
    undecided
        Whether the first depot (of a tour: the first city) is still to be chosen.
    peak, picked
        Largest load on the current route so far if all deliveries up to here were
        loaded at its start, and what was picked up, int64.
    time, distance
        When the vehicle may leave the current node, and how far it has come, int64.
    has_backhauls
        Whether the current route has picked something up.
    remaining
        What every node is still to be brought, int64: (B, S, M), or (B, S, 0) where no
        delivery may be split, and it is either all or nothing.
    left
        (B, S, M) bool: what can still be visited; false for depots and padding. Clients whose
        delivery may be split can be until they have all of it.
    """

    current: Tensor
    origin: Tensor
    first: Tensor
    undecided: Tensor
    peak: Tensor
    picked: Tensor
    time: Tensor
    distance: Tensor
    has_backhauls: Tensor
    remaining: Tensor
    left: Tensor


class State(NamedTuple):
    """Partial plans.

    Attributes
    ----------
    view
        What the policy sees.
    cost
        (B, S) int64: of all arcs so far, and of the prizes of all that is not visited.
    is_finished
        (B, S) bool.
    """

    view: View
    cost: Tensor
    is_finished: Tensor


def pick(values: Tensor, index: Tensor) -> Tensor:
    """Values of nodes: (B, M), (B, S) -> (B, S)."""
    return values.gather(1, index)


def rows_of(matrix: Tensor, index: Tensor) -> Tensor:
    """Rows of a matrix per problem: (B, R, M), (B, S) -> (B, S, M)."""
    return matrix.gather(1, index[:, :, None].expand(-1, -1, matrix.shape[2]))


def arcs(matrix: Tensor, origin: Tensor, destination: Tensor) -> Tensor:
    """Entries of a matrix per problem: (B, R, M), (B, S), (B, S) -> (B, S)."""
    return matrix.flatten(1).gather(1, origin * matrix.shape[2] + destination)


class Environment(Protocol):
    """What decoding asks of an environment; `Routes` is the usual one."""

    #: (B, D, M) bool: whether a plan may begin with that node.
    servable: Tensor
    #: Fewest steps after which any plan may be finished, so that nobody looks earlier.
    min_steps: int
    #: Most steps of any plan.
    max_steps: int

    def reset(self, plans: int = 1) -> State:
        """Return ``plans`` empty plans for every problem."""

    def begin(self, state: State, starts: Tensor) -> tuple[State, Tensor]:
        """Prepare empty plans for their first clients; return the steps that this takes."""

    def mask(self, state: State) -> Tensor:
        """Return what may come next, (B, S, M) bool; never nothing."""

    def step(self, state: State, action: Tensor) -> State:
        """Return the plans after one more node each, (B, S) int64."""


class Uses(NamedTuple):
    """What the problems of a batch use; what none of them uses is not computed."""

    windows: bool
    limits: bool
    pickups: bool
    backhauls: bool
    optional: bool
    single: bool
    quotas: bool
    prizes: bool
    fixed_costs: bool
    open: bool
    splits: bool

    @classmethod
    def of(cls, b: Batch) -> Uses:
        """Look at all problems of a batch at once."""
        found = (
            (b.late < UNLIMITED).any(),
            (b.max_distance < UNLIMITED).any(),
            (b.pickup > 0).any(),
            b.linehaul_first.any(),
            (b.is_client & ~b.required).any(),
            b.is_single.any(),
            (b.quota > 0).any(),
            (b.prize > 0).any(),
            (b.fixed_cost > 0).any(),
            b.is_open.any(),
            b.splittable.any(),
        )
        return cls(*torch.stack(found).tolist())


class Routes:
    """Vehicle routing over a batch of problems.

    Parameters
    ----------
    batch
        The problems.
    follows_remaining
        Whether views say what is still to be brought even if nothing may be split.
    """

    def __init__(self, batch: Batch, *, follows_remaining: bool = False) -> None:
        self.batch = batch
        depots = batch.num_depots
        # (B, D, M): the way home from every node, nothing where routes are open.
        closed = ~batch.is_open[:, None, None]
        self.home_distance = batch.distance[:, :, :depots].mT * closed
        self.home_duration = batch.duration[:, :, :depots].mT * closed
        self.departure = batch.early[:, :depots] + batch.service[:, :depots]  # (B, D)
        late = torch.where(batch.is_open[:, None], 2 * UNLIMITED, batch.late[:, :depots])
        self.closing = late.clamp(min=0)  # (B, D)
        linehaul = (batch.delivery > 0) & (batch.pickup == 0)
        self.is_linehaul_first = linehaul & batch.linehaul_first[:, None]
        self.uses = Uses.of(batch)
        self.follows = follows_remaining or self.uses.splits
        #: (B, D, M) bool: whether a route from the depot to that client alone is feasible.
        self.servable = self._servable()
        #: Fewest steps after which any plan may be finished, so that nobody looks earlier.
        self.min_steps = int(batch.required.sum(1).min()) if batch.size else 0
        self.max_steps = self._max_steps()

    def reset(self, plans: int = 1) -> State:
        """Return ``plans`` empty plans for every problem."""
        b = self.batch
        shape = (b.size, plans)
        zero = b.distance.new_zeros(shape)
        no = torch.zeros(shape, dtype=torch.bool, device=b.device)
        several = (b.is_node[:, : b.num_depots].sum(1) > 1)[:, None].expand(shape)
        start = self.departure[:, :1].expand(shape)
        # An optional client that no vehicle can serve is out of the question.
        to_serve = b.is_client & self.servable.any(1)
        left = to_serve[:, None, :].expand(-1, plans, -1)
        to_bring = self._to_bring(plans)
        view = View(zero, zero, zero, several, zero, zero, start, zero, no, to_bring, left)
        prizes = b.prize.sum(1)[:, None].expand(shape)
        return State(view, prizes, ~to_serve.any(1)[:, None].expand(shape))

    def begin(self, state: State, starts: Tensor) -> tuple[State, Tensor]:
        """Send every empty plan to the depot nearest to its first client and back, (B, S) both."""
        b = self.batch
        way = b.distance[:, : b.num_depots] + self.home_distance
        way = way.masked_fill(~self.servable, UNLIMITED)
        depot = way.gather(2, starts[:, None, :].expand(-1, b.num_depots, -1)).argmin(1)
        view = state.view._replace(
            current=depot,
            origin=depot,
            first=depot,
            undecided=torch.zeros_like(state.view.undecided),
            time=pick(self.departure, depot),
        )
        return state._replace(view=view), depot

    def mask(self, state: State) -> Tensor:
        """Return what may come next, (B, S, M) bool; never nothing."""
        b, v = self.batch, state.view
        clients = self._fits(v) & v.left
        if b.num_depots > 1:
            clients &= ~v.undecided[:, :, None]
        if self.uses.optional:
            clients &= ~state.is_finished[:, :, None]
        return torch.cat((self._depots(state), clients[:, :, b.num_depots :]), 2)

    def step(self, state: State, action: Tensor) -> State:
        """Return the plans after one more node each, (B, S) int64."""
        b, v = self.batch, state.view
        to_depot, at_depot = action < b.num_depots, v.current < b.num_depots
        way = self._way(v, action, to_depot, at_depot)
        cost = state.cost + way * b.unit_distance_cost[:, None]
        if self.uses.prizes:
            cost = cost - pick(b.prize, action) * ~to_depot
        if self.uses.fixed_costs:
            cost = cost + b.fixed_cost[:, None] * (at_depot & ~to_depot)
        moved = self._moved(v, action, way, to_depot)
        stops = ~moved.left.any(2)
        if self.uses.optional:
            stops = stops | at_depot
        if self.uses.single:
            stops = stops | b.is_single[:, None]
        stops = stops & to_depot
        if b.num_depots > 1:
            stops = stops & ~v.undecided
        return State(moved, cost, state.is_finished | stops)

    def _way(self, v: View, action: Tensor, to_depot: Tensor, at_depot: Tensor) -> Tensor:
        """Distance of the next arc; a depot stands for the way back to the own one."""
        out = arcs(self.batch.distance, v.current, action)
        if self.batch.num_depots == 1:
            return out * ~(to_depot & self.batch.is_open[:, None]) if self.uses.open else out
        back = arcs(self.home_distance, v.origin, v.current) * ~at_depot
        return torch.where(to_depot, back, out)

    def _moved(self, v: View, action: Tensor, way: Tensor, to_depot: Tensor) -> View:
        b, on_route, starts = self.batch, ~to_depot, v.current < self.batch.num_depots
        brought, remaining = self._brought(v, action)
        node = action[:, :, None]
        stays: Tensor | bool = remaining.gather(2, node) > 0 if self.follows else False
        peak, picked, backhauls = v.peak + brought, v.picked, v.has_backhauls
        if self.uses.pickups:
            pickup = pick(b.pickup, action)
            picked = (v.picked + pickup) * on_route
            peak = torch.maximum(peak, picked)
            backhauls = on_route & (backhauls | (pickup > 0))
        time = v.time
        if self.uses.windows:
            begin = v.time + arcs(b.duration, v.current, action)
            begin = torch.maximum(begin, pick(b.early, action)) + pick(b.service, action)
            leave = pick(self.departure, action.clamp(max=b.num_depots - 1))
            time = torch.where(to_depot, leave, begin)
        several = b.num_depots > 1
        return View(
            current=action,
            origin=torch.where(to_depot, action, v.origin) if several else v.origin,
            first=torch.where(to_depot | starts, action, v.first),
            undecided=v.undecided & on_route if several else v.undecided,
            peak=peak * on_route,
            picked=picked,
            time=time,
            distance=(v.distance + way) * on_route,
            has_backhauls=backhauls,
            remaining=remaining,
            left=v.left.scatter(2, node, stays),
        )

    def _to_bring(self, plans: int) -> Tensor:
        """What is to be brought at the beginning, (B, S, M) or (B, S, 0)."""
        delivery = self.batch.delivery if self.follows else self.batch.delivery[:, :0]
        return delivery[:, None, :].expand(-1, plans, -1)

    def _brought(self, v: View, action: Tensor) -> tuple[Tensor, Tensor]:
        """What the next visit brings, (B, S), and what is to be brought after it."""
        if not self.follows:
            return pick(self.batch.delivery, action), v.remaining
        node = action[:, :, None]
        left = v.remaining.gather(2, node)[:, :, 0]
        room = self.batch.capacity[:, None] - v.peak
        part = torch.minimum(left, room)
        brought = torch.where(pick(self.batch.splittable, action), part, left)
        return brought, v.remaining.scatter(2, node, (left - brought)[:, :, None])

    def _max_steps(self) -> int:
        """A client, a depot, a client, ...; and full vehicles that go to one client alone."""
        b = self.batch
        if not self.uses.splits:
            return 2 * b.num_nodes
        loads = (b.delivery * b.splittable).sum(1) // b.capacity.clamp(min=1)
        return 3 * b.num_nodes + 2 * int(loads.max())

    def _fits(self, v: View) -> Tensor:
        """Whether a client may follow on the current route, (B, S, M)."""
        b = self.batch
        limit = b.capacity[:, None, None]
        load = v.peak[:, :, None] + b.delivery[:, None, :]
        fits = load <= limit
        if self.uses.splits:
            fits |= b.splittable[:, None, :] & (v.peak < b.capacity[:, None])[:, :, None]
        if self.uses.pickups:
            fits &= v.picked[:, :, None] + b.pickup[:, None, :] <= limit
        if self.uses.limits:
            length = v.distance[:, :, None] + rows_of(b.distance, v.current)
            fits &= (
                length + self._from_origin(self.home_distance, v) <= b.max_distance[:, None, None]
            )
        if self.uses.windows:
            begin = v.time[:, :, None] + rows_of(b.duration, v.current)
            begin = torch.maximum(begin, b.early[:, None, :])
            fits &= begin <= b.late[:, None, :]
            back = begin + b.service[:, None, :] + self._from_origin(self.home_duration, v)
            fits &= back <= pick(self.closing, v.origin)[:, :, None]
        if self.uses.backhauls:
            fits &= ~(self.is_linehaul_first[:, None, :] & v.has_backhauls[:, :, None])
        return fits

    def _from_origin(self, home: Tensor, v: View) -> Tensor:
        """The way home from every node, (B, S, M) or (B, 1, M)."""
        return home if self.batch.num_depots == 1 else rows_of(home, v.origin)

    def _depots(self, state: State) -> Tensor:
        """Which depots may come next, (B, S, D)."""
        b, v, uses = self.batch, state.view, self.uses
        left = v.left
        any_left = left.any(2)
        if b.num_depots == 1 and not (uses.optional or uses.quotas or uses.single):
            # Away from the depot, or if nothing is left: the same, in fewer operations.
            return ~(any_left & (v.current == 0))[:, :, None]
        done = ~(left & b.required[:, None, :]).any(2) if self.uses.optional else ~any_left
        if self.uses.quotas:
            done &= (v.picked >= b.quota[:, None]) | ~any_left
        if b.num_depots == 1:
            useful = any_left[:, :, None]
        else:  # whether a vehicle from that depot could serve something of what is left
            useful = (left.float() @ self.servable.float().mT) > 0
        if self.uses.single:
            useful &= ~b.is_single[:, None, None]
        at_depot = (v.current < b.num_depots)[:, :, None]
        own: Tensor | bool = True
        if b.num_depots > 1:
            own = torch.arange(b.num_depots, device=b.device) == v.origin[:, :, None]
        ends = done[:, :, None] & own
        allowed = ends | (useful & ~at_depot)
        if b.num_depots > 1:
            allowed = torch.where(v.undecided[:, :, None], useful, allowed)
        if self.uses.optional:
            allowed = torch.where(state.is_finished[:, :, None], own, allowed)
        return allowed

    def _servable(self) -> Tensor:
        b = self.batch
        shape = (b.size, b.num_depots)
        depot = torch.arange(b.num_depots, device=b.device).expand(shape)
        zero = b.distance.new_zeros(shape)
        no = torch.zeros(shape, dtype=torch.bool, device=b.device)
        nothing = self._to_bring(b.num_depots)
        every = b.is_client[:, None, :].expand(-1, b.num_depots, -1)
        at, start = (depot, depot, depot), (zero, zero, self.departure, zero)
        empty = View(*at, no, *start, no, nothing, every)
        return self._fits(empty) & b.is_client[:, None, :] & b.is_node[:, : b.num_depots, None]
