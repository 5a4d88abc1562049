"""Solver tsp: optimal where a twin can tell, whatever the ends, the costs, and the order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import instance_path
from tour_twin import cheapest_tour, one_vehicle, plane, random_matrix, random_plane

import routewright as rw
from routewright.attributes import Attribute
from routewright.solvers import choose_solver, get_solver
from routewright.solvers.kernels import COMPILED
from routewright.travel import UNREACHABLE

#: One more client than where the optimum is proven by another solver.
CLIENTS = 13
SIZE = CLIENTS + 1
LIMIT = rw.MaxIterations(400) | rw.MaxRuntime(60)

compiled_only = pytest.mark.skipif(not COMPILED, reason="plain Python takes too long here")
either_way = pytest.mark.parametrize("symmetric", [True, False], ids=["symmetric", "asymmetric"])


def solve(problem: rw.Problem, **options: Any) -> rw.Result:
    options = {"stop": LIMIT, **options}
    result = rw.solve(problem, solver="tsp", **options)
    assert rw.check(problem, result.solution) == result.report
    if result.bound is not None and result.feasible:
        assert result.bound <= result.cost
    return result


# The optimum --------------------------------------------------------------------------


@compiled_only
@either_way
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("start", "end"), [(0, 0), (0, None), (None, 0), (None, None), (0, 1), (1, 0)]
)
def test_tours_and_paths_are_optimal(
    start: int | None, end: int | None, seed: int, symmetric: bool
) -> None:
    """Against dynamic programming, with every kind of ends, over costs without structure."""
    depots = 2 if {start, end} == {0, 1} else 1
    matrix = random_matrix(CLIENTS + depots, seed, symmetric)
    result = solve(one_vehicle(matrix, depots, start=start, end=end))
    used = [d for d in (start, end) if d is not None]
    cities = np.array([*dict.fromkeys(used), *range(depots, len(matrix))])
    at = {int(v): i for i, v in enumerate(cities)}
    cost = matrix[np.ix_(cities, cities)]
    ends = [-1 if d is None else at[d] for d in (start, end)]
    assert result.feasible
    assert result.cost == cheapest_tour(cost, *ends)


@compiled_only
@either_way
@pytest.mark.parametrize("seed", range(4))
def test_orders_with_precedences_are_optimal(seed: int, symmetric: bool) -> None:
    matrix = random_matrix(SIZE, seed, symmetric)
    draw = np.random.default_rng(seed)
    order = draw.permutation(CLIENTS)
    pairs = sorted({tuple(sorted(draw.choice(CLIENTS, 2, False).tolist())) for _ in range(9)})
    before = [(int(order[a]), int(order[b])) for a, b in pairs]
    cities = [(a + 1, b + 1) for a, b in before]
    for end in (0, None):
        result = solve(one_vehicle(matrix, before=before, end=end))
        assert result.feasible
        assert result.cost == cheapest_tour(matrix, 0, -1 if end is None else 0, cities)


@compiled_only
@either_way
def test_costs_of_time_and_of_the_vehicle_count(symmetric: bool) -> None:
    """What does not depend on the order is in the cost, and in the bound, as well."""
    distance, duration = (random_matrix(SIZE, seed, symmetric, 30) for seed in (1, 2))
    model = rw.Model()
    model.add_matrix(distance, duration)
    model.add_depot(location=0, service=3)
    for row in range(1, SIZE):
        model.add_client(location=row, service=2)
    model.add_vehicle_type(count=1, fixed_cost=7, unit_distance_cost=2, unit_duration_cost=5)
    result = solve(model.problem())
    tour = cheapest_tour(2 * distance + 5 * duration, 0, 0)
    assert result.cost == 7 + tour + 5 * (3 + 2 * CLIENTS)


@compiled_only
@pytest.mark.parametrize("seed", range(3))
def test_fixed_edges_are_in_the_tour_and_the_rest_is_optimal(seed: int) -> None:
    matrix = random_matrix(SIZE, seed, True)
    problem = one_vehicle(matrix).replace(fixed_edges=((1, 7), (3, 12)))
    result = solve(problem)
    assert result.feasible
    bonus = 10_000
    with_bonus = matrix.copy()
    for a, b in problem.fixed_edges:
        with_bonus[a, b] -= bonus
        with_bonus[b, a] -= bonus
    assert result.cost == cheapest_tour(with_bonus, 0, 0) + 2 * bonus


def test_few_clients_are_solved_to_proven_optimality() -> None:
    result = solve(random_plane(9, 5))
    assert result.status is rw.Status.OPTIMAL
    assert result.bound == result.cost


@compiled_only
def test_the_bound_proves_a_tour_around_a_circle() -> None:
    """The penalties can reach the tour there, and the search ends with that."""
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    points = np.round(10_000 * np.column_stack([np.cos(angle), np.sin(angle)]))
    result = solve(plane(points), stop=rw.MaxRuntime(60))
    assert result.status is rw.Status.OPTIMAL
    assert result.stop_reason == "optimal"


@compiled_only
def test_the_assignment_bound_proves_a_directed_ring() -> None:
    matrix = random_matrix(30, 3, False) + 50
    matrix[np.arange(30), (np.arange(30) + 1) % 30] = 1
    np.fill_diagonal(matrix, 0)
    result = solve(one_vehicle(matrix), stop=rw.MaxRuntime(60))
    assert (result.status, result.cost) == (rw.Status.OPTIMAL, 30)


# What holds for every search ------------------------------------------------------------


@compiled_only
@pytest.mark.parametrize("kind", ["plane", "path", "directed", "ordered"])
def test_the_same_seed_gives_the_same_tour_at_any_number_of_threads(kind: str) -> None:
    if kind in ("plane", "path"):
        problem = random_plane(120, 1, end=0 if kind == "plane" else None)
    else:
        before = [(3, 40), (40, 9), (50, 2)] if kind == "ordered" else None
        problem = one_vehicle(random_matrix(60, 2, False, 1000), before=before)
    stop = rw.MaxIterations(300)
    runs = [solve(problem, stop=stop, seed=7, threads=k) for k in (1, 2, 3)]
    assert runs[0].solution == runs[1].solution == runs[2].solution
    assert runs[0].iterations == runs[1].iterations == runs[2].iterations <= 300


@compiled_only
@pytest.mark.parametrize("end", [0, None])
def test_a_tour_to_start_from_is_never_made_worse(end: int | None) -> None:
    """A tour that is optimal already survives a search too short to find it."""
    problem = random_plane(60, 4, end=end)
    good = solve(problem, stop=rw.MaxIterations(2000))
    again = solve(problem, stop=rw.MaxIterations(1), initial=good.solution)
    assert again.cost <= good.cost


@pytest.mark.parametrize("iterations", [0, 1, 3])
def test_very_short_searches_give_a_whole_tour(iterations: int) -> None:
    result = solve(random_plane(16, 2), stop=rw.MaxIterations(iterations))
    assert result.feasible
    assert result.iterations <= max(1, iterations)


@pytest.mark.parametrize("rounding", ["none", "nint", "trunc", "dec1", "exact"])
def test_every_rounding_is_solved_in_its_own_costs(rounding: str) -> None:
    points = np.random.default_rng(3).integers(0, 50, (15, 2))
    result = solve(plane(points, rounding), stop=rw.MaxIterations(20))
    assert result.feasible


def test_points_on_the_globe() -> None:
    model = rw.Model()
    draw = np.random.default_rng(1)
    places = np.column_stack([draw.uniform(-180, 180, 16), draw.uniform(-80, 80, 16)]).tolist()
    model.add_depot(lon=places[0][0], lat=places[0][1])
    for lon, lat in places[1:]:
        model.add_client(lon=lon, lat=lat)
    model.add_vehicle_type(count=1)
    assert solve(model.problem(), stop=rw.MaxIterations(20)).feasible


# Degenerate and bad input ---------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 4, 8, 14, 15, 30])
@pytest.mark.parametrize("kind", ["one place", "line", "two places"])
def test_degenerate_points(kind: str, size: int) -> None:
    """Cities that share a place, and cities on a line: twice its length."""
    steps = np.arange(size)
    if kind == "one place":
        steps = steps * 0
    if kind == "two places":
        steps = steps % 2 * 9
    points = np.column_stack([steps * 3, steps * 4])
    result = solve(plane(points), stop=rw.MaxIterations(30))
    assert result.feasible
    assert result.cost == 2 * 5 * int(steps.max())


@compiled_only
@pytest.mark.parametrize("end", [0, None])
def test_duplicate_cities_cost_nothing_to_visit_again(end: int | None) -> None:
    """Every place three times: what a tour of the places costs, and no more."""
    places = np.random.default_rng(5).integers(0, 100, (9, 2))
    once = solve(plane(places, end=end)).cost
    thrice = plane(np.concatenate([places, places[::-1], places]), end=end)
    assert solve(thrice, stop=rw.TargetCost(once) | rw.MaxIterations(3000)).cost == once


@compiled_only
@either_way
def test_costs_that_break_the_triangle_inequality(symmetric: bool) -> None:
    """Most arcs are far dearer than going round; the optimum is a matter of single arcs."""
    draw = np.random.default_rng(2)
    matrix = random_matrix(SIZE, 2, symmetric) ** 4
    assert (matrix > matrix[:, 3:4] + matrix[3]).any()
    result = solve(one_vehicle(matrix[np.ix_(*[draw.permutation(SIZE)] * 2)]))
    assert result.cost == cheapest_tour(matrix, 0, 0)


@either_way
@pytest.mark.parametrize("end", [0, None])
def test_a_matrix_of_zeros(symmetric: bool, end: int | None) -> None:
    matrix = np.zeros((15, 15), dtype=np.int64)
    if not symmetric:
        matrix[3, 4] = 1
    assert solve(one_vehicle(matrix, end=end), stop=rw.MaxIterations(20)).cost == 0


def test_huge_costs_stay_exact() -> None:
    """The bound is left out rather than wrong; what would overflow is refused."""
    small = random_matrix(15, 1, True, 9)
    large = (small + (1 << 43)) * (1 - np.eye(15, dtype=np.int64))
    result = solve(one_vehicle(large), stop=rw.MaxIterations(300))
    assert result.cost == (15 << 43) + cheapest_tour(small, 0, 0)
    with pytest.raises(rw.InputError, match="above the limit"):
        one_vehicle(large * 4)


@either_way
def test_a_disconnected_matrix_names_the_arc_that_is_missing(symmetric: bool) -> None:
    """Two groups with one way between them, which a tour would have to take back as well."""
    matrix = random_matrix(16, 1, symmetric).astype(float)
    matrix[:8, 8:] = np.inf
    matrix[8:, :8] = np.inf
    with pytest.raises(rw.InfeasibleError, match="reach"):
        solve(one_vehicle(matrix))
    matrix[0, 8] = matrix[8, 0] = 1
    result = solve(one_vehicle(matrix), stop=rw.MaxIterations(30))
    assert not result.feasible
    assert "no way leads from" in str(result.report.violations[0])


def test_unreachable_arcs_are_avoided() -> None:
    """Only the ring can be traveled."""
    matrix = np.full((20, 20), np.inf)
    for i in range(20):
        matrix[i, (i + 1) % 20] = matrix[(i + 1) % 20, i] = 1
    np.fill_diagonal(matrix, 0)
    result = solve(one_vehicle(matrix), stop=rw.MaxIterations(300))
    assert UNREACHABLE > result.cost == 20


def test_more_than_one_vehicle_is_refused() -> None:
    problem = random_plane(15, 1)
    fleet = problem.replace(vehicle_types=(rw.VehicleType("van", count=2),))
    with pytest.raises(rw.UnsupportedError, match="one vehicle"):
        get_solver("tsp").solve(fleet, LIMIT)
    assert choose_solver(fleet)[0].name != "tsp"


def test_auto_takes_it_for_one_vehicle_without_limits() -> None:
    problem = random_plane(15, 1)
    assert choose_solver(problem)[0].name == "tsp"
    limited = problem.replace(vehicle_types=(rw.VehicleType("van", count=1, max_distance=10**6),))
    assert Attribute.MAX_DISTANCE in limited.attributes()
    assert choose_solver(limited)[0].name != "tsp"


# Published optima -----------------------------------------------------------------------


@compiled_only
@pytest.mark.parametrize(
    ("file", "optimum"),
    [
        ("TSP/tsplib/eil51.tsp", 426),
        ("TSP/tsplib/gr137.tsp", 69853),
        ("TSP/tsplib/att48.tsp", 10628),
        ("TSP/tsplib/linhp318.tsp", 41345 + 3869),  # published without the fixed edge
        ("TSP/tsplib/pr299.tsp", 48191),
        ("ATSP/tsplib/ft70.atsp", 38673),
        ("ATSP/tsplib/rbg323.atsp", 1326),
        ("SOP/tsplib/br17.10.sop", 55),
        ("SOP/tsplib/p43.1.sop", 28140),
    ],
)
def test_published_optima_are_reached(file: str, optimum: int) -> None:
    problem = rw.read(instance_path(file))
    stop = rw.TargetCost(optimum) | rw.MaxIterations(20_000)
    result = solve(problem, stop=stop)
    assert result.feasible
    assert result.cost == optimum


# Files ----------------------------------------------------------------------------------

ASYMMETRIC = """NAME: three
TYPE: {kind}
DIMENSION: 3
EDGE_WEIGHT_TYPE: EXPLICIT
EDGE_WEIGHT_FORMAT: FULL_MATRIX
EDGE_WEIGHT_SECTION
0 1 2
3 0 4
2 4 0
EOF
"""


def test_asymmetric_weights_given_as_a_tsp_are_named(tmp_path: Path) -> None:
    file = tmp_path / "three.tsp"
    file.write_text(ASYMMETRIC.format(kind="TSP"))
    with pytest.raises(rw.InputError) as caught:
        rw.read(file)
    assert "line 6" in str(caught.value)
    assert "city 1 to 2 is 1 and back 3" in str(caught.value)
    file.write_text(ASYMMETRIC.format(kind="ATSP"))
    assert solve(rw.read(file)).cost == 7
