"""VROOM JSON read by us: costs as VROOM charges them, refusals by name, fuzzing."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from json_mutations import damaged_texts, damaged_values
from strategies import solutions
from vroom_samples import Json, messages, read, sample, travel_cost, with_vehicle

import routewright as rw
from routewright.instances.documents import vroom, vroom_solution
from routewright.instances.documents.vroom_priority import cost_bound, priorities, prizes


def test_tasks_become_optional_clients_with_unique_ids() -> None:
    """Jobs, pickups, and deliveries have numbers of their own in VROOM."""
    problem = read(sample())
    ids = [client.id for client in problem.clients]
    assert ids == ["job-1", "2", "3", "pickup-1", "delivery-1"]
    assert not any(client.required for client in problem.clients)
    assert [(s.pickup, s.delivery) for s in problem.shipments] == [(3, 4)]
    assert problem.clients[2].service == 15
    assert problem.clients[1].windows == ((500, 900),)
    assert problem.clients[0].skills == {"1"}


def test_equal_vehicles_are_one_type() -> None:
    data = sample()
    data["vehicles"] = [data["vehicles"][1] | {"id": number} for number in (5, 7, 9)]
    data["vehicles"][1]["max_tasks"] = 3
    types = read(data).vehicle_types
    assert [(v.count, v.vehicle_ids, v.id) for v in types] == [
        (2, ("5", "9"), "vehicles 5..9"),
        (1, ("7",), "7"),
    ]


def test_open_ends() -> None:
    vehicle = with_vehicle(end_index=None)
    assert read(vehicle).vehicle_types[0].end is None
    assert "vehicles[0]: needs a start or an end" in messages(
        with_vehicle(start_index=None, end_index=None)
    )


@given(
    st.sampled_from([3600, 1800, 7200, 1000, 1234, 0]),
    st.sampled_from([0, 1, 5, 250]),
    st.sampled_from([1.0, 0.5, 1.6, 3.3]),
    st.integers(0, 50),
)
def test_costs_are_vrooms(per_hour: int, per_km: int, factor: float, fixed: int) -> None:
    """Travel time and distance are charged, waiting and service are not."""
    data = with_vehicle(
        costs={"per_hour": per_hour, "per_km": per_km, "fixed": fixed}, speed_factor=factor
    )
    meters = [[7 * abs(i - j) ** 2 for j in range(6)] for i in range(6)]
    data["matrices"]["car"]["distances"] = meters
    problem = read(data)
    plan = [0, 1, 2]
    report = rw.check(problem, rw.Solution.from_visits([plan]))
    places = [0, *(c + 1 for c in plan), 0]
    arcs = list(pairwise(places))
    slower = int(100 / factor + 0.5) / 100
    seconds = sum(data["matrices"]["car"]["durations"][i][j] for i, j in arcs) * slower
    distance = sum(meters[i][j] for i, j in arcs)
    expected = fixed + per_hour / 3600 * seconds + per_km / 1000 * distance
    assert travel_cost(report) == pytest.approx(expected, abs=len(arcs) * 5e-4)
    assert report.routes[0].travel_time == pytest.approx(seconds)
    assert report.routes[0].waiting > 0 or report.routes[0].service > 0


def test_a_cost_matrix_is_what_is_paid() -> None:
    data = with_vehicle()
    costs = [[3 * i + j if i != j else 0 for j in range(6)] for i in range(6)]
    data["matrices"]["car"]["costs"] = costs
    report = rw.check(read(data), rw.Solution.from_visits([[0, 2]]))
    assert travel_cost(report) == costs[0][1] + costs[1][3] + costs[3][0]
    data["vehicles"][0]["costs"] = {"per_km": 3}
    assert any("have no meaning where the profile has a cost matrix" in m for m in messages(data))


def test_limits_on_what_is_paid_are_kept() -> None:
    """Travel time is paid by default; a limit on it is a limit on distance."""
    problem = read(with_vehicle(max_travel_time=300, max_tasks=2, speed_factor=2.0))
    assert problem.vehicle_types[0].max_distance == 300 * problem.scale.distance
    assert problem.vehicle_types[0].max_stops == 2
    data = with_vehicle(max_distance=500, costs={"per_hour": 0, "per_km": 2})
    data["matrices"]["car"]["distances"] = [[9 * (i != j) for j in range(6)] for i in range(6)]
    problem = read(data)
    assert problem.vehicle_types[0].max_distance == 500
    report = rw.check(problem, rw.Solution.from_visits([[0, 1]]))
    assert report.distance == 27
    assert travel_cost(report) == pytest.approx(0.054)


def test_a_limit_may_be_on_another_measure_that_is_proportional() -> None:
    """Driving at one speed, a limit on meters is one on seconds."""
    data = with_vehicle(max_distance=1000)
    durations = data["matrices"]["car"]["durations"]
    data["matrices"]["car"]["distances"] = [[7 * cell for cell in row] for row in durations]
    problem = read(data)
    assert problem.vehicle_types[0].max_distance == 1000
    report = rw.check(problem, rw.Solution.from_visits([[0, 2]]))
    assert report.distance == pytest.approx(7 * travel_cost(report))


def test_the_old_name_of_the_matrix() -> None:
    data = sample(matrices=None, matrix=sample()["matrices"]["car"]["durations"])
    assert read(data).travels == read(sample()).travels


def test_coordinates_alone_are_great_circles_at_a_stated_speed() -> None:
    data = {
        "vehicles": [
            {"id": 1, "start": [13.39, 52.51], "speed_factor": 2.0, "max_travel_time": 100},
            {"id": 2, "start": [13.39, 52.51]},
        ],
        "jobs": [{"id": 1, "location": [13.41, 52.49]}],
    }
    problem = read(data)
    assert any("10 m/s" in note for note in problem.notes)
    fast = rw.check(problem, rw.Solution.from_visits([[0]], 0)).routes[0]
    slow = rw.check(problem, rw.Solution.from_visits([[0]], 1)).routes[0]
    assert 2500 < slow.distance < 2700
    assert slow.travel_time == pytest.approx(slow.distance / 10, abs=1)
    assert slow.cost == pytest.approx(slow.distance / 10)
    assert fast.travel_time == pytest.approx(slow.travel_time / 2, abs=1)
    assert problem.vehicle_types[0].max_distance == 2000


def test_what_is_ignored_is_named() -> None:
    data = sample(options={"g": True})
    data["jobs"][0] |= {"zone": 4, "description": "bakery"}
    notes = "\n".join(read(data).notes)
    assert "unknown fields are ignored: jobs[0].zone, options" in notes
    assert "descriptions are not kept" in notes


@given(st.lists(st.integers(0, 100), min_size=1, max_size=6), st.data())
def test_prizes_keep_vrooms_order_of_goals(levels: list[int], data: st.DataObject) -> None:
    """Most priority, then most tasks, then least cost: the same order in one sum."""
    size = range(len(levels) + 1)
    cells = data.draw(
        st.lists(st.integers(0, 99), min_size=len(size) ** 2, max_size=len(size) ** 2)
    )
    rows = [[0 if i == j else cells[i * len(size) + j] for j in size] for i in size]
    jobs = [{"id": k, "location_index": k + 1, "priority": level} for k, level in enumerate(levels)]
    document = {
        "vehicles": [{"id": 0, "start_index": 0, "end_index": 0, "costs": {"fixed": 9}}],
        "jobs": jobs,
        "matrices": {"car": {"durations": rows}},
    }
    problem = read(document)

    def goals(plan: rw.Solution) -> tuple[int, int, float]:
        served = plan.visited()
        cost = travel_cost(rw.check(problem, plan))
        return -sum(levels[c] for c in served), -len(served), cost

    one, two = (data.draw(solutions(problem)) for _ in range(2))
    one, two = (rw.Solution(plan.routes[:1]) for plan in (one, two))
    costs = [rw.check(problem, plan).cost for plan in (one, two)]
    assert (goals(one) < goals(two)) == (costs[0] < costs[1])
    found = priorities(problem)
    assert found == (levels if len(set(levels)) > 1 else [0] * len(levels))


def test_prizes_of_other_problems_are_no_priorities() -> None:
    problem = read(sample())
    assert priorities(problem) is not None
    assert prizes(problem, [0] * 5) == [cost_bound(problem) + 1] * 5
    small = problem.replace(clients=(rw.Client("x", 1, required=False, prize=3),), shipments=())
    assert priorities(small) is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (sample(vehicles=[]), "vehicles: at least one vehicle is needed"),
        (with_vehicle(id=-1), "vehicles[0].id: -1 must not be negative"),
        (with_vehicle(costs={"per_hour": 10**16}), "vehicles[0].costs: on this matrix would over"),
        (sample(matrices={"car": {"durations": [[2**32]]}}), "holds numbers above 32 bits"),
        (
            sample(matrices={"car": {"durations": [[0]], "distances": []}}),
            "matrices.car.distances: has 0 rows; another matrix has 1",
        ),
        (with_vehicle(speed_factor=6), "vehicles[0].speed_factor: 6 is not a speed factor"),
        (with_vehicle(profile="bike"), "vehicles[0].profile: 'bike' has no matrices"),
        (with_vehicle(time_window=[9, 3]), "vehicles[0].time_window: [9, 3] closes before"),
        (with_vehicle(start_index=6), "vehicles[0].start_index: row 6 does not exist"),
        (with_vehicle(capacity=[1, 2]), "jobs[0].delivery: has 1 dimensions; vehicles[0].cap"),
        (with_vehicle(costs={"per_task_hour": 1}), "vehicles[0].costs.per_task_hour: is not supp"),
        (with_vehicle(max_distance=5), "matrices.car.distances: is missing; max_distance needs"),
        (
            with_vehicle(max_travel_time=5, max_distance=5),
            "vehicles[0].max_travel_time: is not supported together with max_distance",
        ),
        (
            with_vehicle(breaks=[{"id": 1, "max_load": [1]}]),
            "vehicles[0].breaks[0].max_load: is not supported",
        ),
        (
            with_vehicle(breaks=[{"id": 1, "time_windows": [[1, 2], [3, 4]]}]),
            "vehicles[0].breaks[0].time_windows: of a break are supported only one at a time",
        ),
        (sample(jobs=[{"location_index": 1}]), "jobs[0].id: is missing"),
        (sample(jobs=[{"id": 1}]), "jobs[0].location_index: is missing; the matrices need it"),
        (sample(matrices=None), "jobs[0].location: is missing, and there are no matrices"),
        (sample(jobs=[{"id": 1, "location_index": 1}] * 2), "jobs[1].id: 1 is used more than"),
        (
            sample(jobs=[{"id": k, "location_index": 1, "setup": 5} for k in (1, 2)]),
            "jobs[0].setup: is not supported at a place shared with another task or a start",
        ),
        (
            sample(jobs=[{"id": 1, "location_index": 0, "setup": 5}]),
            "jobs[0].setup: is not supported at a place shared",
        ),
        (sample(jobs=[{"id": 1, "location_index": 1, "priority": 101}]), "jobs[0].priority: 101"),
        (sample(jobs=[{"id": 1, "location": [181, 91]}]), "jobs[0].location: [181, 91] is not a"),
        (sample(matrices={"car": {"durations": [[0.5]]}}), "must hold whole numbers"),
        (sample(matrices={"car": {}}), "matrices.car.durations: is missing"),
    ],
)
def test_errors_name_place_and_rule(data: Json, expected: str) -> None:
    found = messages(data)
    assert any(expected in message for message in found), found


def test_times_by_vehicle_type_are_refused_only_where_they_differ() -> None:
    data = sample()
    data["vehicles"][0]["type"] = "truck"
    data["jobs"][0]["service_per_type"] = {"truck": 60}
    rule = "is not supported where vehicles of different types differ in it"
    assert messages(data) == [f"jobs[0].service_per_type: {rule}"]
    data["vehicles"] = data["vehicles"][:1]
    assert read(data).clients[0].service == 60


def test_limits_on_what_is_not_paid_are_refused() -> None:
    data = with_vehicle(max_distance=500)
    data["matrices"]["car"]["distances"] = [[i * j for j in range(6)] for i in range(6)]
    rule = "is not supported here: costs are not proportional to distances"
    assert messages(data) == [f"vehicles[0].max_distance: {rule}"]


def test_null_means_that_no_way_exists() -> None:
    data = sample()
    data["matrices"]["car"]["durations"][1][2] = None
    problem = read(data)
    report = rw.check(problem, rw.Solution.from_visits([[0, 1]]))
    assert rw.ViolationKind.UNREACHABLE in {v.kind for v in report.violations}


@given(st.data())
def test_damaged_files_never_break_the_readers(data: st.DataObject) -> None:
    """Damage gives a problem or a solution, or errors with words; nothing else."""
    paid = with_vehicle(costs={"per_hour": 1000, "per_km": 3}, speed_factor=1.5)
    paid["matrices"]["car"]["distances"] = paid["matrices"]["car"]["durations"]
    limited = with_vehicle(max_distance=900)
    limited["matrices"] = paid["matrices"]
    text = json.dumps(data.draw(st.sampled_from([sample(), paid, limited])))
    output = json.dumps(
        {
            "code": 0,
            "routes": [
                {"vehicle": 1, "steps": [{"type": "start"}, {"type": "job", "id": 1}]},
                {"vehicle": 2, "steps": [{"type": "pickup", "id": 1}, {"type": "end"}]},
            ],
        }
    )
    outcome: object
    try:
        if data.draw(st.booleans()):
            outcome = vroom.read(data.draw(damaged_texts(text) | damaged_values(text)))
        else:
            damaged = data.draw(damaged_texts(output) | damaged_values(output))
            outcome = vroom_solution.read(read(sample()), damaged)
    except (rw.InputError, rw.UnsupportedError) as error:
        outcome = error
    assert isinstance(outcome, rw.Problem | rw.Solution) or str(outcome).strip()
