"""Solver `split`: pieces add up, plans come back whole, and splitting never costs."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import problems

import routewright as rw
from routewright.solvers import choose_solver, get_solver
from routewright.solvers.pieces import Pieces

A = rw.Attribute
STOP = rw.MaxIterations(600)

drawn = problems(
    allow=frozenset(get_solver("ruin").supported) | {A.SPLIT_DELIVERY},
    require={A.SPLIT_DELIVERY},
    max_clients=6,
)


def uniform(clients: int, seed: int, low: int, high: int, **kind: object) -> rw.Problem:
    """Clients in a square, who want shares of a capacity of 100, in parts if need be."""
    rng = np.random.default_rng(seed)
    model = rw.Model()
    model.add_depot(x=50, y=50)
    for _ in range(clients):
        x, y = rng.integers(0, 100, 2).tolist()
        model.add_client(x=x, y=y, delivery=int(rng.integers(low, high + 1)), splittable=True)
    model.add_vehicle_type(**{"capacity": 100, **kind})
    model.set_metric("nint")
    return model.problem()


def unsplit(problem: rw.Problem) -> rw.Problem:
    return problem.replace(clients=tuple(replace(c, splittable=False) for c in problem.clients))


# Pieces ---------------------------------------------------------------------------


@given(drawn)
def test_pieces_add_up_to_the_deliveries(problem: rw.Problem) -> None:
    pieces = Pieces(problem)
    for c, client in enumerate(problem.clients):
        mine = [
            p.delivery
            for p, of in zip(pieces.whole.clients, pieces.client_of, strict=True)
            if of == c
        ]
        assert mine
        if client.may_be_split:
            assert tuple(map(sum, zip(*mine, strict=True))) == client.delivery
            assert all(any(piece) for piece in mine)
        else:
            assert mine == [client.delivery]
    assert A.SPLIT_DELIVERY not in pieces.whole.attributes()


@given(drawn, st.data())
def test_plans_in_pieces_are_plans_once_they_are_put_together(
    problem: rw.Problem, data: st.DataObject
) -> None:
    """At no more cost where travel is in the plane: a visit less is no detour."""
    pieces = Pieces(problem)
    order = data.draw(st.permutations(range(pieces.whole.num_clients)))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(order)), max_size=3)) | {0, len(order)})
    plan = rw.Solution.from_visits([order[a:b] for a, b in pairwise(cuts)])
    merged = pieces.merged(plan)
    report = rw.check(problem, merged)
    assert not {v.kind for v in report.violations} & {
        rw.ViolationKind.SPLIT_TOTAL,
        rw.ViolationKind.DUPLICATE_VISIT,
        rw.ViolationKind.BAD_QUANTITY,
        rw.ViolationKind.NOT_SPLITTABLE,
        rw.ViolationKind.QUANTITY_COUNT,
        rw.ViolationKind.MISSING_CLIENT,
    }


def test_a_merged_plan_costs_no_more_in_the_plane() -> None:
    problem = uniform(12, 1, 10, 90)
    pieces = Pieces(problem)
    rng = np.random.default_rng(2)
    for _ in range(20):
        order = rng.permutation(pieces.whole.num_clients).tolist()
        routes = [order[k : k + 5] for k in range(0, len(order), 5)]
        plan = rw.Solution.from_visits(routes)
        together = pieces.merged(plan)
        assert rw.check(problem, together).cost <= rw.check(pieces.whole, plan).cost
        assert sum(map(len, (r.visits for r in together.routes))) <= len(order)


def test_a_plan_in_parts_goes_to_pieces_and_comes_back() -> None:
    problem = uniform(4, 3, 40, 60)
    a, b, *_ = (c.delivery[0] for c in problem.clients)
    plan = rw.Solution(
        [
            rw.Route.of([0, 1], quantities=[None, (7,)]),
            rw.Route.of([1, 2], quantities=[(b - 7,), None]),
            rw.Route.of([3]),
        ]
    )
    assert a + 7 <= 100
    pieces = Pieces(problem, plan)
    parted = pieces.parted(plan)
    assert rw.check(pieces.whole, parted).key == rw.check(problem, plan).key
    assert pieces.merged(parted) == plan


def test_pieces_are_cut_by_the_rule() -> None:
    """78 of 100 are 3 twenties, a ten, a five, and 3 ones; far more goes by full vehicles."""
    pieces = Pieces(uniform(1, 0, 78, 78))
    assert [c.delivery[0] for c in pieces.whole.clients] == [20, 20, 20, 10, 5, 1, 1, 1]
    many = Pieces(uniform(1, 0, 1234, 1234))
    sizes = [c.delivery[0] for c in many.whole.clients]
    assert sizes[:11] == [100] * 11
    assert sizes[11] == 20


def test_service_is_spent_once_where_pieces_lie_together() -> None:
    """A plan of whole deliveries takes in pieces just as long as it takes."""
    problem = uniform(6, 4, 30, 60, unit_duration_cost=1, shift=(0, 1000))
    served = tuple(
        replace(c, service=20, windows=((0, 300 + 10 * k),)) for k, c in enumerate(problem.clients)
    )
    problem = problem.replace(clients=served)
    plan = rw.Solution.from_visits([[0, 1], [2], [3, 4], [5]])
    pieces = Pieces(problem, plan)
    parted = pieces.parted(plan)
    assert rw.check(pieces.whole, parted).key == rw.check(problem, plan).key


# The search -------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_splitting_saves_where_deliveries_are_large(seed: int) -> None:
    """Deliveries above half a capacity are one to a vehicle, unless they are split."""
    problem = uniform(12, seed, 51, 80)
    result = rw.solve(problem, stop=STOP)
    assert result.solver == "split"
    assert result.feasible
    assert result.solution.has_quantities
    whole = rw.solve(unsplit(problem), solver="ruin", stop=STOP)
    assert result.cost < whole.cost
    total = sum(c.delivery[0] for c in problem.clients)
    assert len(result.solution.routes) >= -(-total // 100)


@given(drawn, st.integers(0, 5))
def test_it_is_never_worse_than_the_plan_that_it_starts_from(
    problem: rw.Problem, seed: int
) -> None:
    start = get_solver("split").solve(unsplit(problem), rw.MaxIterations(20), seed).solution
    result = get_solver("split").solve(problem, rw.MaxIterations(20), seed, initial=start)
    assert result.report.key <= rw.check(problem, start).key


def optimum_of_three(problem: rw.Problem) -> int:
    """Least cost by trying every way to cover three clients with at most four routes.

    A set of routes is enough if what they carry can be shared out: by the theorem of Hall,
    if every set of clients is met by vehicles that carry at least what it wants.
    """
    deliveries = [c.delivery[0] for c in problem.clients]
    capacity = problem.vehicle_types[0].capacity[0]
    sets = [s for k in (1, 2, 3) for s in combinations(range(3), k)]
    length = {s: route_length(problem, s) for s in sets}
    best = 1 << 60
    for count in (1, 2, 3, 4):
        for chosen in combinations([s for s in sets for _ in range(count)], count):
            wanted = all(
                sum(deliveries[c] for c in part)
                <= capacity * sum(bool(set(s) & set(part)) for s in chosen)
                for part in sets
            )
            if wanted:
                best = min(best, sum(length[s] for s in chosen))
    return best


def route_length(problem: rw.Problem, clients: tuple[int, ...]) -> int:
    from itertools import permutations

    def cost(order: tuple[int, ...]) -> int:
        # Only the way is asked for; that others are not visited does not matter here.
        return int(rw.check(problem, rw.Solution.from_visits([order])).distance)

    return min(cost(order) for order in permutations(clients))


@pytest.mark.parametrize("seed", range(6))
def test_three_clients_are_served_at_least_cost(seed: int) -> None:
    problem = uniform(3, seed, 40, 120)
    assert rw.solve(problem, stop=STOP).cost == optimum_of_three(problem)


def test_relations_of_other_clients_hold_beside_splits() -> None:
    """What names single clients names the same ones in pieces."""
    model = rw.Model()
    model.add_depot(x=0, y=0)
    for k in range(4):
        model.add_client(x=10 * k, y=10, delivery=60 if k > 1 else 40, splittable=k > 1)
    model.add_client("from", x=5, y=0)
    model.add_client("to", x=25, y=0)
    model.add_shipment(4, 5, 30)
    model.add_vehicle_type(capacity=100)
    result = rw.solve(model.problem(), stop=STOP)
    assert result.feasible
    model.add_precedence(0, 1)
    with_order = model.problem()
    solver, _ = choose_solver(with_order)
    assert solver.name == "split"
    assert rw.solve(with_order, stop=rw.MaxIterations(20) | rw.MaxRuntime(20)).feasible


def test_other_solvers_refuse_splits_by_name() -> None:
    problem = uniform(4, 0, 10, 90)
    for name in ("cpsat", "exact", "genetic", "ortools", "ruin", "savings", "tsp"):
        with pytest.raises(rw.UnsupportedError, match="split_delivery"):
            rw.solve(problem, solver=name, stop=STOP)
