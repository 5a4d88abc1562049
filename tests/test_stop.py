"""Stop criteria: pure functions of a Progress record that can be used again and combined."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import routewright as rw
from routewright.stop import FirstOf

PROGRESS = st.builds(
    rw.Progress,
    elapsed=st.floats(0, 100),
    iterations=st.integers(0, 100),
    iterations_since_improvement=st.integers(0, 100),
    best_cost=st.one_of(st.none(), st.integers(-100, 100)),
)
CRITERIA = st.one_of(
    st.builds(rw.MaxRuntime, st.floats(0, 100)),
    st.builds(rw.MaxIterations, st.integers(0, 100)),
    st.builds(rw.NoImprovement, st.integers(0, 100)),
    st.builds(rw.TargetCost, st.integers(-100, 100)),
)


@given(PROGRESS, st.floats(0, 100))
def test_time(progress: rw.Progress, seconds: float) -> None:
    stopped = rw.MaxRuntime(seconds).reason(progress) == "time limit"
    assert stopped == (progress.elapsed >= seconds)


@given(PROGRESS, st.integers(0, 100))
def test_iterations(progress: rw.Progress, limit: int) -> None:
    stopped = rw.MaxIterations(limit).reason(progress) == "iteration limit"
    assert stopped == (progress.iterations >= limit)
    stalled = rw.NoImprovement(limit).reason(progress) == "no improvement"
    assert stalled == (progress.iterations_since_improvement >= limit)


@given(PROGRESS, st.integers(-100, 100))
def test_target(progress: rw.Progress, target: int) -> None:
    """Only a feasible solution has a cost that can reach the target."""
    reached = rw.TargetCost(target).reason(progress) == "target reached"
    assert reached == (progress.best_cost is not None and progress.best_cost <= target)


@given(st.lists(CRITERIA, min_size=1, max_size=4), PROGRESS)
def test_the_first_one_stops(criteria: list[rw.MaxIterations], progress: rw.Progress) -> None:
    combined = criteria[0]
    for criterion in criteria[1:]:
        combined = combined | criterion  # type: ignore[assignment]
    reasons = [reason for c in criteria if (reason := c.reason(progress))]
    assert combined.reason(progress) == (reasons[0] if reasons else None)
    assert combined.time_limit == min(c.time_limit for c in criteria)
    assert combined.iteration_limit == min(c.iteration_limit for c in criteria)


@given(CRITERIA, PROGRESS, PROGRESS)
def test_criteria_remember_nothing(
    criterion: rw.MaxIterations, progress: rw.Progress, other: rw.Progress
) -> None:
    before = criterion.reason(progress)
    criterion.reason(other)
    assert criterion.reason(progress) == before
    assert hash(criterion) == hash(criterion)
    assert criterion == type(criterion)(*vars(criterion).values())


def test_limits() -> None:
    assert rw.MaxRuntime(3).time_limit == 3
    assert rw.MaxRuntime(3).iteration_limit == math.inf
    assert rw.MaxIterations(3).iteration_limit == 3
    assert rw.MaxIterations(3).time_limit == math.inf
    assert rw.NoImprovement(3).iteration_limit == math.inf
    assert rw.TargetCost(3).time_limit == math.inf


def test_criteria_are_values() -> None:
    assert rw.MaxIterations(3) == rw.MaxIterations(3)
    assert rw.MaxIterations(3) != rw.NoImprovement(3)
    assert rw.MaxIterations(3) | rw.MaxRuntime(1) == FirstOf(
        (rw.MaxIterations(3), rw.MaxRuntime(1))
    )
    with pytest.raises(AttributeError):
        rw.MaxIterations(3).iterations = 4  # type: ignore[misc]


@pytest.mark.parametrize("kind", [rw.MaxRuntime, rw.MaxIterations, rw.NoImprovement])
@pytest.mark.parametrize("wrong", [-1, math.nan, "10", None, [1]])
def test_wrong_limits(kind: type, wrong: Any) -> None:
    with pytest.raises(rw.InputError, match=f"{kind.__name__}.*must be a number of at least 0"):
        kind(wrong)


@pytest.mark.parametrize("wrong", [math.nan, "10", None])
def test_wrong_targets(wrong: Any) -> None:
    with pytest.raises(rw.InputError, match="TargetCost, cost"):
        rw.TargetCost(wrong)


def test_a_target_may_be_anything_that_a_cost_may_be() -> None:
    assert rw.TargetCost(-5.5).cost == -5.5
    assert rw.MaxRuntime(math.inf).time_limit == math.inf
    assert rw.MaxRuntime(0).reason(rw.Progress()) == "time limit"
