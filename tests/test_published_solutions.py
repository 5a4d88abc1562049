"""The checker confirms every published solution that is at hand: its cost, and no violation."""

from __future__ import annotations

import pytest
from conftest import instances_root
from published import SETS, Case, verdict

CASES = [case for published in SETS for case in published.cases(instances_root())]
ABSENT = pytest.mark.skip(
    f"no public benchmark files at {instances_root()}; set $ROUTEWRIGHT_INSTANCES"
)


@pytest.mark.parametrize("case", CASES or [pytest.param(None, marks=ABSENT)], ids=str)
def test_published_solution_is_feasible_and_costs_what_it_states(case: Case) -> None:
    assert not verdict(case)
