"""Arrays for kernels say exactly what the problem says."""

from __future__ import annotations

import numpy as np
import tiny
from corrupted import line
from hypothesis import given
from hypothesis import strategies as st

import routewright as rw


@given(tiny.problems())
def test_arrays_say_what_the_problem_says(problem: rw.Problem) -> None:
    arrays, first = problem.arrays(), problem.num_depots
    for name, part in arrays._asdict().items():
        if isinstance(part, np.ndarray):
            assert part.dtype in (np.int64, np.float64, np.uint8), name
            assert part.flags.c_contiguous, name
    zero = (0,) * problem.num_dimensions
    for c, client in enumerate(problem.clients):
        node = first + c
        assert arrays.location[node] == client.location == problem.node_location(node)
        assert tuple(arrays.delivery[node]) == (client.delivery or zero)
        assert tuple(arrays.pickup[node]) == (client.pickup or zero)
        begin, end = arrays.window_start[node : node + 2]
        pairs = zip(arrays.window_early[begin:end], arrays.window_late[begin:end], strict=True)
        assert tuple(pairs) == client.windows
        assert (arrays.tw_early[node], arrays.tw_late[node]) == (
            client.windows[0][0],
            client.windows[-1][1],
        )
        assert arrays.group[node] == (-1 if client.group is None else client.group)
        assert bool(arrays.required[node]) == client.required
        assert (arrays.prize[node], arrays.release[node]) == (client.prize, client.release)
        for k in range(len(problem.vehicle_types)):
            assert bool(arrays.may_serve[k, node]) == problem.may_serve(k, c)
    for d, depot in enumerate(problem.depots):
        assert (arrays.tw_early[d], arrays.tw_late[d]) == depot.window
        assert (arrays.service[d], arrays.required[d], arrays.partner[d]) == (depot.service, 0, -1)


@given(tiny.problems())
def test_arrays_of_relations_and_vehicles(problem: rw.Problem) -> None:
    arrays, first = problem.arrays(), problem.num_depots
    size = first + problem.num_clients
    pairs = {(first + s.pickup, first + s.delivery) for s in problem.shipments}
    found = {(a, int(arrays.partner[a])) for a in range(size) if arrays.is_pickup[a]}
    assert found == pairs
    for s in problem.shipments:
        assert tuple(arrays.amount[first + s.pickup]) == s.amount
        assert tuple(-arrays.amount[first + s.delivery]) == s.amount
    for start, values, step in (
        (arrays.after_start, arrays.after, 1),
        (arrays.before_start, arrays.before, -1),
    ):
        listed = [(i, int(j)) for i in range(size) for j in values[start[i] : start[i + 1]]]
        assert listed == sorted(
            (first + a, first + b) for a, b in (p[::step] for p in problem.precedences)
        )
    for k, kind in enumerate(problem.vehicle_types):
        assert arrays.num_available[k] == (
            problem.num_clients if kind.count is None else kind.count
        )
        unlimited = (rw.UNLIMITED,) * problem.num_dimensions
        assert tuple(arrays.capacity[k]) == (kind.capacity or unlimited)
        assert arrays.start_depot[k] == (-1 if kind.start is None else kind.start)
        assert arrays.end_depot[k] == (-1 if kind.end is None else kind.end)
        assert (arrays.shift_early[k], arrays.shift_late[k]) == kind.shift
        begin, end = arrays.reload_start[k : k + 2]
        assert tuple(arrays.reload_depots[begin:end]) == kind.reload_depots
    for p, travel in enumerate(problem.travels):
        assert (arrays.distance[p] == travel.distance_matrix()).all()
        assert (arrays.duration[p] == travel.duration_matrix()).all()


@given(st.booleans())
def test_coordinates_stay_coordinates_unless_a_matrix_is_among_them(mixed: bool) -> None:
    points = np.array([[0.0, 0.0], [3.0, 4.0]] * 3)
    plane = rw.CoordinateTravel(points, rw.Metric(scale=3))
    travels = (plane, line().travels[0]) if mixed else (plane, plane)
    arrays = line(travels=travels).arrays()
    if mixed:
        assert arrays.coordinates.shape == (2, 0, 3)
        assert (arrays.distance[0] == plane.distance_matrix()).all()
        assert arrays.metric_kind.tolist() == [-1, -1]
    else:
        assert arrays.distance.shape == (2, 0, 0)
        assert (arrays.coordinates[0, :, :2] == plane.coordinates).all()
        assert not arrays.coordinates[..., 2].any()
        assert arrays.metric_scale.tolist() == [3.0, 3.0]
