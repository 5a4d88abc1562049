"""Schedules: the start of a route is the best there is, and late stops are told apart."""

from __future__ import annotations

from itertools import product

import pytest
import tiny
from corrupted import line, trips, van, visits
from hypothesis import given, settings
from hypothesis import strategies as st

import routewright as rw
from routewright.timeline import Event, best_start, least_late_start, simulate

K = rw.ViolationKind
MANY = max(300, settings.default.max_examples)

EVENTS = st.lists(
    st.builds(
        Event,
        travel=st.integers(0, 9),
        windows=st.one_of(tiny.windows(), st.just(((0, rw.UNLIMITED),))),
        service=st.integers(0, 5),
        earliest_departure=st.one_of(st.just(0), st.integers(0, 40)),
    ),
    min_size=1,
    max_size=5,
)
SHIFTS = st.tuples(st.integers(0, 20), st.one_of(st.integers(20, 60), st.just(rw.UNLIMITED)))


def run(events: list[Event], start: int) -> tuple[int, list[int]]:
    """End and lateness at every event, without the code under test."""
    now, late = start, []
    for event in events:
        now += event.travel
        entries = [max(now, early) for early, last in event.windows if now <= last]
        late.append(0 if entries else now - event.windows[-1][1])
        now = max(min(entries, default=now) + event.service, event.earliest_departure)
    return now, late


def latest_opening(events: list[Event], shift: rw.problem.Window) -> int:
    openings = [w[0] for e in events for w in e.windows]
    return max([shift[0], *openings, *(e.earliest_departure for e in events)])


@settings(max_examples=MANY)
@given(EVENTS, SHIFTS)
def test_best_start_is_the_earliest_of_the_shortest(
    events: list[Event], shift: tuple[int, int]
) -> None:
    possible = []
    for start in range(shift[0], latest_opening(events, shift) + 1):
        end, late = run(events, start)
        if end <= shift[1] and not any(late):
            possible.append((end - start, start))
    expected = min(possible)[1] if possible else None
    assert best_start(events, shift) == expected


@settings(max_examples=MANY)
@given(EVENTS, SHIFTS)
def test_a_late_route_is_as_little_late_as_can_be(
    events: list[Event], shift: tuple[int, int]
) -> None:
    starts = range(shift[0], latest_opening(events, shift) + 1)
    runs = [(*run(events, start), start) for start in starts]
    start = least_late_start(events, shift)
    end, late = run(events, start)
    for other_end, other_late, _ in runs:
        assert all(mine <= theirs for mine, theirs in zip(late, other_late, strict=True))
        assert max(0, end - shift[1]) <= max(0, other_end - shift[1])
    overrun = max(0, end - shift[1])
    same = [
        (other_end - other, other)
        for other_end, other_late, other in runs
        if other_late == late and max(0, other_end - shift[1]) == overrun
    ]
    assert (end - start, start) == min(same)


@given(EVENTS, st.integers(0, 30), st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_idling_never_helps(events: list[Event], start: int, idle: list[int]) -> None:
    """Waiting longer than needed anywhere ends no earlier and is no less late anywhere."""
    end, late = run(events, start)
    slower = [
        Event(e.travel + pause, e.windows, e.service, e.earliest_departure)
        for e, pause in zip(events, idle, strict=False)
    ]
    slow_end, slow_late = run(slower, start + idle[-1])
    assert slow_end >= end
    assert all(a <= b for a, b in zip(late, slow_late, strict=True))


@given(EVENTS, st.integers(0, 30))
def test_simulation_agrees(events: list[Event], start: int) -> None:
    end, late = run(events, start)
    timings = simulate(events, start)
    assert timings[-1].departure == end
    assert [timing.late for timing in timings] == late
    for event, timing in zip(events, timings, strict=True):
        inside = any(early <= timing.start <= last for early, last in event.windows)
        assert inside == (timing.late == 0)


# What the checker makes of it -------------------------------------------------------


def test_waiting_is_allowed_and_the_start_is_delayed_to_wait_less() -> None:
    """b opens at 20 and d closes at 25: leaving at 18 saves all waiting."""
    problem = line({1: {"windows": ((20, 22),)}, 3: {"windows": ((0, 25),)}})
    (route,) = rw.check(problem, visits([0, 1, 2, 3])).routes
    assert (route.start_time, route.end_time, route.waiting) == (18, 26, 0)


def test_waiting_that_no_start_avoids_counts_in_the_duration() -> None:
    """a closes at 5 and b opens at 20: 14 of waiting, however late the start."""
    problem = line({0: {"windows": ((0, 5),)}, 1: {"windows": ((20, 22),)}})
    (route,) = rw.check(problem, visits([0, 1, 2, 3])).routes
    assert (route.start_time, route.waiting, route.duration) == (4, 14, 22)
    assert [(s.arrival, s.start) for s in route.stops][:2] == [(5, 5), (6, 20)]


def test_a_gap_between_windows_is_waited_for() -> None:
    problem = line({3: {"windows": ((0, 3), (9, 10), (20, 30))}, 0: {"windows": ((0, 2),)}})
    (route,) = rw.check(problem, visits([0, 3, 1, 2])).routes
    assert route.start_time == 1
    assert [(s.arrival, s.start) for s in route.stops][:2] == [(2, 2), (5, 9)]


def test_lateness_is_told_at_each_late_client_and_delays_what_follows() -> None:
    """a serves until 11, so b (closes 5) is 7 late, c (open) is not, and d (8) is 6 late."""
    problem = line({0: {"service": 10}, 1: {"windows": ((0, 5),)}, 3: {"windows": ((0, 8),)}})
    report = rw.check(problem, visits([0, 1, 2, 3]))
    assert [(v.kind, v.client, v.amount) for v in report.violations] == [
        (K.LATE_ARRIVAL, "b", 7),
        (K.LATE_ARRIVAL, "d", 6),
    ]
    assert [s.start for s in report.stops()] == [1, 12, 13, 14]


def test_a_late_route_is_not_accused_of_waiting_before_its_start() -> None:
    """b opens at 50 and c closes at 10: c is late, but the route need not take 50 long."""
    problem = line({1: {"windows": ((50, 60),)}, 2: {"windows": ((0, 10),)}}, van(max_duration=8))
    report = rw.check(problem, visits([0, 1, 2, 3]))
    assert [(v.kind, v.client, v.amount) for v in report.violations] == [(K.LATE_ARRIVAL, "c", 41)]
    assert (report.routes[0].start_time, report.duration) == (48, 8)


def test_a_trip_leaves_after_the_latest_release_of_its_clients() -> None:
    """First trip a, b (release 3 and 5), second trip c, d (release 0 and 20)."""
    release = {0: {"release": 3}, 1: {"release": 5}, 3: {"release": 20}}
    problem = line(release, van(max_reloads=1, reload_depots=(0,)))
    (route,) = rw.check(problem, trips((0, 1), (2, 3), reloads=(0,))).routes
    assert (route.start_time, route.end_time) == (16, 28)
    assert [s.arrival for s in route.stops] == [17, 18, 23, 24]
    (early,) = rw.check(
        problem.replace(depots=(rw.Depot("d0", 0, (0, 9)), problem.depots[1])), visits([0, 1])
    ).routes
    assert (early.start_time, early.stops[0].arrival) == (5, 6)


def test_waiting_for_a_release_is_waiting_and_not_service() -> None:
    """b closes at 7, so the second trip's release at 20 is waited for at the depot."""
    problem = line(
        {1: {"windows": ((0, 7),)}, 3: {"release": 20}}, van(max_reloads=1, reload_depots=(0,))
    )
    (route,) = rw.check(problem, trips((0, 1), (2, 3), reloads=(0,))).routes
    assert (route.start_time, route.service, route.waiting) == (5, 0, 11)


@pytest.mark.parametrize(("release", "begin"), [(0, 0), (12, 12)])
def test_an_open_start_begins_at_its_first_client_after_the_release(
    release: int, begin: int
) -> None:
    problem = line({1: {"release": release}}, van(start=None))
    (route,) = rw.check(problem, visits([0, 1, 2, 3])).routes
    assert (route.start_time, route.duration) == (begin, 7)
    assert route.stops[0].arrival == begin


def test_depots_take_time_before_each_departure_and_none_at_the_end() -> None:
    problem = line(
        vehicles=van(max_reloads=1, reload_depots=(0, 1)),
        depots=(rw.Depot("d0", 0, service=2), rw.Depot("d1", 1, service=100)),
    )
    (route,) = rw.check(problem, trips((0, 1), (2, 3), reloads=(0,))).routes
    assert (route.service, route.duration) == (4, 4 + 4 + 8)
    ends_at_d1 = problem.replace(vehicle_types=van(end=1))
    (route,) = rw.check(ends_at_d1, visits([0, 1, 2, 3])).routes
    assert (route.service, route.duration) == (2, 2 + 10)


def test_reloads_wait_for_their_depot_to_open_and_must_be_in_time() -> None:
    problem = line(vehicles=van(max_reloads=1, reload_depots=(1,)))
    plan = trips((0, 1), (2, 3), reloads=(1,))  # is at d1 after 10
    for window, start, late in (((30, 40), 20, None), ((0, 9), 0, 1)):
        depots = (problem.depots[0], rw.Depot("d1", 1, window))
        report = rw.check(problem.replace(depots=depots), plan)
        assert report.routes[0].start_time == start
        assert [(v.kind, v.amount) for v in report.violations] == (
            [(K.DEPOT_CLOSED, late)] if late else []
        )


def test_duration_is_measured_from_the_start_of_the_shift() -> None:
    problem = line({3: {"windows": ((9, 9),)}}, van(shift=(7, 100)))
    report = rw.check(problem, visits([0, 1, 2, 3]))
    assert [(v.kind, v.amount) for v in report.violations] == [(K.LATE_ARRIVAL, 2)]
    assert report.routes[0].start_time == 7


def test_overtime_is_allowed_up_to_its_limit() -> None:
    for limit, overtime in product((6, 7, 8), (0, 1, 2)):
        paid = van(max_duration=limit, max_overtime=overtime, unit_overtime_cost=5)
        report = rw.check(line(vehicles=paid), visits([0, 1, 2, 3]))
        over = 8 - limit
        assert report.breakdown["overtime"] == 5 * over
        assert [v.amount for v in report.violations] == ([over - overtime] * (over > overtime))
