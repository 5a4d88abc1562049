"""Past days: who is the same client, what was done with them, and whether that helps."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from command import run
from scipy import stats

import routewright as rw
from routewright.instances.generators.city import build_city
from routewright.instances.generators.variants import variant
from routewright.solvers.history import arms
from routewright.solvers.history.comparison import (
    Trial,
    compare,
    difference,
    gaps,
    least_costs,
)
from routewright.solvers.history.days import Day, History, client_keys
from routewright.solvers.history.fitting import FitOptions
from routewright.solvers.history.memory import Memory
from routewright.solvers.history.reading import read_days
from routewright.solvers.history.report import FitReport, Models, recommend

TRAINED = ("edges", "policy")


def planned(problem: rw.Problem) -> rw.Solution:
    return rw.solve(problem, solver="savings").solution


@pytest.fixture(scope="module")
def days() -> list[Day]:
    """Days of a city with few customers, so that they come again."""
    city = build_city(3, 30)
    problems = [city.day(12, seed) for seed in range(9)]
    return [Day(p.name, p, planned(p)) for p in problems]


# Who is who ---------------------------------------------------------------------------


def test_clients_are_known_by_names_that_mean_the_same_place_everywhere(days: list[Day]) -> None:
    assert History.of(days).identity == "name"
    # Numbers of a file mean another place on every day.
    files = [Day(f"day {seed}", variant(8, seed, "CVRP")) for seed in range(4)]
    assert History.of(files).identity == "place"
    assert History.of(files, "name").identity == "name"


def test_clients_at_the_same_place_are_still_told_apart() -> None:
    model = rw.Model("doubles")
    model.add_depot("depot", x=0, y=0)
    for name in "abc":
        model.add_client(name, x=1, y=2 if name == "c" else 1)
    model.add_vehicle_type("van")
    keys = client_keys(model.problem(), "place")
    assert len(set(keys)) == 3
    assert keys[0][0] == keys[1][0] != keys[2][0]


def test_everything_that_is_wrong_with_days_is_said_at_once(days: list[Day]) -> None:
    broken = Day("broken", days[0].problem, rw.Solution([]))
    other = Day("other", variant(8, 0, "OVRPB"))
    with pytest.raises(rw.InputError) as caught:
        History.of([*days[:3], broken, other], "colour", fewest=10)
    text = str(caught.value)
    assert "5 days are too few; at least 10 are needed" in text
    assert "broken, plan: its plan breaks a rule (missing_client: " in text
    assert "other, attributes: unlike most days it has backhaul" in text
    assert "identity: 'colour' is not one of auto, name, place" in text
    assert len(caught.value.issues) == 4


def test_mixed_days_are_taken_if_that_is_said(days: list[Day]) -> None:
    other = Day("other", variant(8, 0, "OVRPB"))
    assert len(History.of([*days, other], mixed=True).days) == 10


def test_places_need_coordinates() -> None:
    matrix = np.arange(9).reshape(3, 3) * (1 - np.eye(3, dtype=int))
    model = rw.Model("matrix")
    model.add_matrix(matrix)
    model.add_depot("depot", location=0)
    model.add_client("a", location=1)
    model.add_vehicle_type("van")
    day = Day("monday", model.problem())
    with pytest.raises(rw.InputError, match="monday, identity: has no coordinates"):
        History.of([day], "place")
    assert History.of([day]).identity == "name"


# What they remember ---------------------------------------------------------------------


def test_frequencies_are_counted_by_client(days: list[Day]) -> None:
    """Against counting pair by pair and day by day."""
    history = History.of(days)
    problem = build_city(3, 30).day(12, 99)
    weights = Memory.of(history).frequencies(problem)
    used, together = defaultdict(int), defaultdict(int)
    for day in days:
        names = [c.id for c in day.problem.clients]
        for pair in combinations(names, 2):
            together[frozenset(pair)] += 1
        for route in day.plan.routes:
            for a, b in pairwise(route.visits):
                used[frozenset((names[a], names[b]))] += 1
    names = [c.id for c in problem.clients]
    for i, j in combinations(range(12), 2):
        key = frozenset((names[i], names[j]))
        wanted = used[key] / (together[key] + 1) if used[key] else 0.0
        pair = np.array([[i], [j]]) + problem.num_depots
        assert weights.at(pair)[0] == pytest.approx(wanted)
    assert weights.values.max() > 0


def test_the_most_similar_day_lends_its_plan(days: list[Day]) -> None:
    memory = Memory.of(History.of(days))
    same = memory.similar(days[4].problem, 1)
    assert same == [days[4].plan]
    problem = build_city(3, 30).day(12, 99)
    for plan in memory.similar(problem, 3):
        assert rw.check(problem, plan).feasible


def test_a_day_of_strangers_has_nothing_to_remember(days: list[Day]) -> None:
    memory = Memory.of(History.of(days))
    strangers = build_city(3, 30).day(12, 1, drift=1.0)
    assert memory.similar(strangers, 3) == []
    assert not len(memory.frequencies(strangers).codes)
    nobody = Memory.of(History.of([Day("bare", days[0].problem)]))
    assert nobody.similar(days[0].problem, 1) == []
    assert not len(nobody.frequencies(days[0].problem).codes)


@pytest.mark.parametrize("identity", ["name", "place"])
def test_what_is_written_is_remembered(days: list[Day], identity: str, tmp_path: Path) -> None:
    memory = Memory.of(History.of(days, identity))
    memory.write(tmp_path / "memory.json")
    again = Memory.read(tmp_path / "memory.json")
    problem = build_city(3, 30).day(12, 99)
    assert again.plans == memory.plans
    assert again.similar(problem, 3) == memory.similar(problem, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no memory of past days"),
        ("[]", "is no memory of past days"),
        ('{"schema": "other"}', "this version reads 'routewright/memory/1'"),
        ('{"schema": "routewright/memory/1", "identity": "name"}', "plans"),
    ],
)
def test_a_broken_memory_is_refused(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "memory.json"
    file.write_text(text)
    with pytest.raises(rw.InputError, match=message):
        Memory.read(file)
    with pytest.raises(rw.InputError, match="cannot be read"):
        Memory.read(tmp_path / "nothing.json")


# Files ------------------------------------------------------------------------------------


def test_a_folder_is_days_by_name_with_plans_beside_them(days: list[Day], tmp_path: Path) -> None:
    for name, day in zip(("b", "a", "c"), days, strict=False):
        rw.write(day.problem, tmp_path / f"{name}.json")
    rw.write_solution(days[1].problem, days[1].plan, tmp_path / "a.plan.json")
    rw.write_solution(days[2].problem, days[2].plan, tmp_path / "c.sol")
    found = read_days(tmp_path)
    assert [day.name for day in found] == ["a.json", "b.json", "c.json"]
    assert [day.plan for day in found] == [days[1].plan, None, days[2].plan]
    listed = read_days([tmp_path / "b.json", days[1].problem, (days[2].problem, days[2].plan)])
    assert [day.plan for day in listed] == [None, None, days[2].plan]


def test_every_file_that_cannot_be_read_is_named(days: list[Day], tmp_path: Path) -> None:
    rw.write(days[0].problem, tmp_path / "good.json")
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "worse.vrp").write_text("NAME : worse\n")
    with pytest.raises(rw.InputError) as caught:
        read_days(tmp_path)
    text = str(caught.value)
    assert "bad.json" in text
    assert "worse.vrp" in text
    assert "good.json" not in text
    (tmp_path / "lonely.sol").write_text("Route #1: 1\n")
    with pytest.raises(rw.InputError, match=r"lonely\.sol: is the plan of a day that is not there"):
        read_days(tmp_path)
    with pytest.raises(rw.InputError, match="is no folder"):
        read_days(tmp_path / "good.json")


# Comparing --------------------------------------------------------------------------------


def trial(day: str, arm: str, cost: int | None, seed: int = 0) -> Trial:
    return Trial(day, arm, 1.0, seed, cost, None, 0.01, 1.0)


def test_differences_are_paired_by_day() -> None:
    costs = {"x": (100, 104, 99), "y": (101, 110, 100)}
    trials = [
        trial(str(day), arm, cost) for arm, row in costs.items() for day, cost in enumerate(row)
    ]
    found = gaps(trials, least_costs(trials))
    ours, theirs = found["y", 1.0], found["x", 1.0]
    assert theirs == {"0": 0.0, "1": 0.0, "2": 0.0}
    lead = difference(ours, theirs)
    values = [100 * 1 / 100, 100 * 6 / 104, 100 * 1 / 99]
    assert lead.mean == pytest.approx(np.mean(values))
    low, high = stats.t.interval(0.95, 2, np.mean(values), stats.sem(values))
    assert (lead.mean - lead.half, lead.mean + lead.half) == pytest.approx((low, high))
    assert not lead.is_sure
    assert lead.p_value == pytest.approx(stats.ttest_1samp(values, 0).pvalue)
    assert difference({"0": 1.0, "1": 1.0}, {"0": 1.0, "1": 1.0}).p_value == 1
    assert math.isnan(difference({"0": 1.0}, {"1": 1.0}).mean)
    alone = difference({"0": 1.0}, {"0": 0.0})
    assert not alone.is_sure
    assert math.isnan(alone.p_value)


def test_a_day_without_a_plan_is_left_out_of_gaps_and_counted() -> None:
    trials = [trial("0", "cold", 10), trial("0", "savings", None), trial("0", "cold", 12, 1)]
    found = gaps(trials, least_costs(trials))
    assert found == {("cold", 1.0): {"0": 10.0}}


def test_all_arms_search_all_days_and_alternate(days: list[Day]) -> None:
    memory = Memory.of(History.of(days[:6]))
    chosen = [arms.cold(), arms.savings(), arms.history(memory), arms.frequencies(memory)]
    trials = list(compare(days[6:], chosen, 0.05))
    assert len(trials) == 12
    assert len({t.arm for t in trials[::4]}) == 3
    for t in trials:
        assert t.cost is not None
        assert (t.start_cost is None) == (t.arm == "cold")
        assert t.start_cost is None or t.cost <= t.start_cost


# Reports ----------------------------------------------------------------------------------


def report(costs: dict[str, list[int]]) -> FitReport:
    names = [str(day) for day in range(len(next(iter(costs.values()))))]
    trials = [
        trial(day, arm, cost)
        for arm, row in costs.items()
        for day, cost in zip(names, row, strict=True)
    ]
    model = rw.Model()
    model.add_depot(x=0, y=0)
    model.add_client(x=1, y=1)
    model.add_vehicle_type()
    later = History(tuple(Day(name, model.problem()) for name in names))
    return FitReport.of(
        trials, History((Day("past", model.problem()),)), later, 1.0, (), Models("m")
    )


def test_what_is_not_surely_better_gives_way_to_what_is_simpler() -> None:
    noisy = report({"cold": [100, 100, 100, 100], "savings": [99, 101, 97, 101]})
    assert noisy.recommended == "cold"
    assert "not surely better than cold" in noisy.reason


def test_what_is_surely_better_is_recommended() -> None:
    clear = report(
        {
            "cold": [110, 111, 110, 112],
            "savings": [105, 106, 105, 106],
            "edges": [100, 101, 100, 101],
        }
    )
    assert clear.recommended == "edges"
    assert clear.learned_helps
    assert "surely better than all that needs none" in clear.to_markdown()
    assert "routewright models use m" in clear.to_markdown()


def test_a_network_that_loses_is_said_to_lose() -> None:
    lost = report(
        {
            "cold": [110, 111, 110, 112],
            "frequencies": [100, 101, 100, 101],
            "edges": [105, 106, 105, 107],
        }
    )
    assert lost.recommended == "frequencies"
    assert not lost.learned_helps
    assert "do **without**" in lost.to_markdown()


def test_an_arm_that_finds_no_plan_is_not_recommended() -> None:
    trials = [trial("0", "cold", 100), trial("1", "cold", 100)]
    trials += [trial("0", "savings", 50), trial("1", "savings", None)]
    found = report({"cold": [100, 100], "savings": [50, 50]})
    assert recommend(found.outcomes)[0] == "savings"
    failing = FitReport.of(trials, History(()), History(()), 1.0, (), Models())
    assert failing.outcomes[1].failures == 1
    assert recommend(failing.outcomes)[0] == "cold"


def test_the_report_is_json_too() -> None:
    document = json.loads(report({"cold": [100, 100, 101]}).to_json())
    assert document["schema"] == "routewright/fit/2"
    assert document["recommended"] == "cold"


# All of it --------------------------------------------------------------------------------


def folder_of(days: list[Day], folder: Path) -> Path:
    folder.mkdir()
    for number, day in enumerate(days):
        rw.write(day.problem, folder / f"day-{number}.json")
        if number % 2:
            rw.write_solution(day.problem, day.plan, folder / f"day-{number}.sol")
    return folder


def test_fit_reports_on_later_days_and_leaves_what_is_needed(
    days: list[Day], tmp_path: Path
) -> None:
    pytest.importorskip("torch")
    found = rw.fit(
        folder_of(days, tmp_path / "days"),
        tmp_path / "out",
        minutes=0.02,
        time_limit=0.02,
        later=3,
        steps=1,
        threads=1,
    )
    assert [o.arm for o in found.outcomes] == [
        "cold",
        "savings",
        "frequencies",
        "history",
        *TRAINED,
    ]
    assert found.later == ("day-6.json", "day-7.json", "day-8.json")
    assert found.past == tuple(f"day-{k}.json" for k in range(6))
    assert any("3 past days had no plan" in note for note in found.notes)
    problem = build_city(3, 30).day(12, 50)
    for way in ("savings", "history", "frequencies", *TRAINED):
        plan = rw.seed_plan(problem, tmp_path / "out", way)
        assert rw.check(problem, plan).feasible
    assert rw.seed_plan(problem, tmp_path / "out", "cold") is None
    with pytest.raises(rw.InputError, match="'magic' is not one of cold, savings"):
        rw.seed_plan(problem, tmp_path / "out", "magic")
    with pytest.raises(rw.InputError, match="routewright fit makes it"):
        rw.seed_plan(problem, tmp_path)


def test_the_command_fits_without_a_network(days: list[Day], tmp_path: Path) -> None:
    source, out = folder_of(days, tmp_path / "days"), tmp_path / "out"
    quick = ("--minutes", 0.01, "--time", 0.02, "--later", 3, "--no-learning", "--threads", 1)
    done = run("fit", source, "-o", out, *quick)
    assert done.status == 0
    assert done.out.startswith("# Does the past help?")
    assert "Nothing was trained." in done.out
    assert done.out == (out / "report.md").read_text()
    again = run("fit", source, "-o", out, *quick)
    assert again.status == 2
    assert "holds the report of a fit already" in again.err


def test_too_few_days_and_bad_options_are_errors(days: list[Day], tmp_path: Path) -> None:
    few = [(day.problem, day.plan) for day in days[:4]]
    with pytest.raises(rw.InputError, match="4 days are too few; at least 8 are needed"):
        rw.fit(few, tmp_path, learn=False)
    with pytest.raises(rw.InputError) as caught:
        FitOptions(minutes=0, time_limit=-1, later=1, threads=0)
    assert [i.field for i in caught.value.issues] == ["minutes", "time_limit", "later", "threads"]


def test_arms_give_their_plans_cheapest_first(days: list[Day]) -> None:
    """The search goes on from the first."""
    memory = Memory.of(History.of(days))
    problem = build_city(3, 30).day(12, 99)
    for arm in (arms.savings(), arms.history(memory), arms.frequencies(memory)):
        keys = [rw.check(problem, plan).key for plan in arm.plans(problem, 0, lambda: False)]
        assert keys == sorted(keys)
        assert len(keys) > 1
