"""Checkpoints that cannot be trusted are refused by name; models are found by name."""

from __future__ import annotations

import json
import pickle
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from command import run

torch = pytest.importorskip("torch")

from safetensors.torch import save_file  # noqa: E402

import routewright as rw  # noqa: E402
from routewright.neural.cards import Card, attributes_of, concerns, read_card  # noqa: E402
from routewright.neural.checkpoint import load_policy, save_policy  # noqa: E402
from routewright.neural.construct import construct_plans  # noqa: E402
from routewright.neural.features import ranged_features, to_batch  # noqa: E402
from routewright.neural.generator import KINDS, Mixture, draw, to_problem  # noqa: E402
from routewright.neural.models import available, find_model, use_model  # noqa: E402
from routewright.neural.policies.biased import (  # noqa: E402
    BiasedConfig,
    BiasedPolicy,
    with_all_features,
)

TINY = BiasedConfig(width=16, heads=2, layers=1, hidden=16)


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for the user's own models."""
    folder = tmp_path / "models"
    monkeypatch.setenv("ROUTEWRIGHT_MODELS", str(folder))
    return folder


def saved(folder: Path, name: str = "tiny", **card: object) -> Path:
    torch.manual_seed(3)
    policy = BiasedPolicy(TINY)
    usual = {"name": "biased", "config": asdict(TINY), "kinds": KINDS, "sizes": (5, 30)}
    save_policy(policy, Card(**{**usual, **card}), folder / f"{name}.safetensors")
    return folder / f"{name}.safetensors"


def problem_of(kind: str, clients: int = 10) -> rw.Problem:
    batch = draw(Mixture(kinds=(kind,)), clients, 1, torch.Generator().manual_seed(4)).batch
    return to_problem(batch, 0)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    file = saved(tmp_path, note="mine")
    policy, card = load_policy(file)
    assert card == read_card(file)
    assert card.note == "mine"
    assert policy.config == TINY


def test_nothing_that_runs_code_is_read(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple:
            return (Path(tmp_path / "hacked").touch, ())

    file = tmp_path / "evil.safetensors"
    file.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(rw.InputError, match="is a pickle, which runs code"):
        load_policy(file)
    torch.save({"evil": torch.zeros(1)}, file)
    with pytest.raises(rw.InputError, match="is a pickle, which runs code"):
        load_policy(file)
    assert not (tmp_path / "hacked").exists()


def test_a_header_whose_length_looks_like_a_pickle_is_none(tmp_path: Path) -> None:
    """Every length of a header is read: its first byte may be the mark of a pickle."""
    seen = set()
    for extra in range(256):
        file = saved(tmp_path, note="x" * extra)
        seen.add(file.read_bytes()[0])
        assert read_card(file).note == "x" * extra
    assert 0x80 in seen


def test_damage_is_named(tmp_path: Path) -> None:
    whole = saved(tmp_path).read_bytes()
    file = tmp_path / "damaged.safetensors"
    for damaged, message in [
        (whole[:-100], "is not a whole safetensors file"),
        (whole[:200], "header is broken"),
        (b"", "header is broken"),
        (b"\x00" * 100, "header is broken"),
        (b"\xff" * 100, "header is broken"),
    ]:
        file.write_bytes(damaged)
        with pytest.raises(rw.InputError, match=message):
            load_policy(file)
    with pytest.raises(rw.InputError, match="cannot be read: No such file"):
        load_policy(tmp_path / "nothing.safetensors")


def test_other_formats_and_versions_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.safetensors"
    card = Card("biased", asdict(TINY)).to_json()
    for header, message in [
        ({}, "format is 'nothing'"),
        ({"format": "routewright/policy/99", "card": card}, "reads 'routewright/policy/1'"),
        ({"format": "routewright/policy/1", "card": "{"}, "card cannot be read"),
        ({"format": "routewright/policy/1", "card": "[]"}, "card cannot be read"),
        (
            {"format": "routewright/policy/1", "card": json.dumps({"name": "os", "config": {}})},
            "policy 'os' is not one of attention, biased",
        ),
        ({"format": "routewright/policy/1", "card": card}, "do not fit its card"),
    ]:
        save_file({"x": torch.zeros(2)}, file, metadata=header)
        with pytest.raises(rw.InputError, match=message):
            load_policy(file)


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    policy = BiasedPolicy(TINY)
    with torch.no_grad():
        policy.depot.bias[3] = torch.inf
    save_policy(policy, Card("biased", asdict(TINY)), tmp_path / "x.safetensors")
    with pytest.raises(rw.InputError, match=r"not numbers: depot\.bias"):
        load_policy(tmp_path / "x.safetensors")


def test_new_columns_change_nothing_until_they_are_trained() -> None:
    """Attributes that a policy has not seen are columns of zeros (RouteFinder, adapters)."""
    narrow = BiasedConfig(
        width=16,
        heads=2,
        layers=1,
        hidden=16,
        node_features=("x", "y", "delivery", "out_1", "in_1"),
        global_features=("log_clients", "is_open"),
    )
    torch.manual_seed(0)
    policy = BiasedPolicy(narrow)
    wide = with_all_features(policy)
    assert wide.config.node_features == BiasedConfig().node_features
    batch = draw(Mixture(), 9, 20, torch.Generator().manual_seed(1)).batch
    with torch.inference_mode():
        for ours, theirs in zip(policy.encode(batch), wide.encode(batch), strict=True):
            torch.testing.assert_close(ours, theirs)


# Models by name --------------------------------------------------------------------


def test_models_are_found_by_name_by_path_and_by_default(models: Path, tmp_path: Path) -> None:
    file = saved(tmp_path, "mine")
    assert find_model(str(file)) == file
    with pytest.raises(rw.InputError, match="'mine' is no model and no file; models: "):
        find_model("mine")
    assert use_model(str(file)) == "mine"
    assert find_model() == models / "mine.safetensors"
    assert available()["mine"] == models / "mine.safetensors"
    (tmp_path / "no.safetensors").write_bytes(b"no")
    with pytest.raises(rw.InputError, match="header is broken"):
        use_model(str(tmp_path / "no.safetensors"))
    assert find_model().stem == "mine"


def test_the_command_lists_shows_and_uses(models: Path, tmp_path: Path) -> None:
    file = saved(tmp_path, "mine")
    assert run("models", "use", file).out == "the solver neural uses mine\n"
    listed = run("models", "list")
    assert listed.status == 0
    assert "mine" in listed.out
    assert "yes" in listed.out
    assert run("models", "info", "mine", "--json").json["sizes"] == [5, 30]
    assert "5 to 30" in run("models", "info").out
    missing = run("models", "info", "nothing")
    assert missing.status == 2
    assert "'nothing' is no model" in missing.err


def test_a_model_says_what_it_was_not_trained_for(models: Path, tmp_path: Path) -> None:
    card = Card("biased", asdict(TINY), kinds=("CVRP", "TSP"), sizes=(20, 50))
    assert attributes_of(card) >= {rw.Attribute.CAPACITY}
    assert concerns(card, problem_of("CVRP", 30), {}) == []
    assert concerns(card, problem_of("TSP", 30), {}) == []
    windows, size = concerns(card, problem_of("OVRPTW", 200), {})
    assert windows == (
        "it was not trained on problems with depot_windows, open_routes, service, time_windows"
    )
    assert size == "it was trained on 20 to 50 clients, not 200"


def test_every_kind_is_known_to_a_model_trained_on_it() -> None:
    for kind in KINDS:
        card = Card("biased", {}, kinds=(kind,), sizes=(10, 10))
        assert concerns(card, problem_of(kind), {}) == [], kind


def test_beyond_its_card_a_model_warns_or_refuses(
    models: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    problem = problem_of("OVRP")
    warns = saved(tmp_path, "warns", kinds=("CVRP",))
    assert construct_plans(problem, model=str(warns))
    assert "may be wrong: it was not trained on problems with open_routes" in caplog.text
    refuses = saved(tmp_path, "refuses", kinds=("CVRP",), beyond="refuse")
    with pytest.raises(rw.UnsupportedError, match="not trained on problems with open_routes"):
        construct_plans(problem, model=str(refuses))


def test_features_far_out_of_the_ranges_of_training_are_named(
    models: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As far beyond a range as it is wide is still near; a van for one client is not."""
    usual = problem_of("CVRP")
    features = ranged_features(to_batch([usual]))
    name = "mean load per capacity"
    load = float(features[name])
    file = saved(tmp_path, kinds=("CVRP",), ranges={name: [0.8 * load, 1.2 * load]})
    assert construct_plans(usual, model=str(file))
    assert "may be wrong" not in caplog.text
    [van] = usual.vehicle_types
    tight = usual.replace(vehicle_types=(replace(van, capacity=(van.capacity[0] // 2,)),))
    assert construct_plans(tight, model=str(file))
    assert f"its {name} was {0.8 * load:.3g} to {1.2 * load:.3g} in training" in caplog.text
    strict = saved(tmp_path, "x", kinds=("CVRP",), ranges={name: [0, load]}, beyond="refuse")
    assert construct_plans(tight, model=str(strict))
    narrow = saved(tmp_path, "y", kinds=("CVRP",), ranges={name: [load, load]}, beyond="refuse")
    with pytest.raises(rw.UnsupportedError, match=f"its {name} was"):
        construct_plans(tight, model=str(narrow))


# Plans of a model ------------------------------------------------------------------


def test_constructed_plans_are_feasible_different_and_ordered(tmp_path: Path) -> None:
    model = str(saved(tmp_path))
    for kind in ("CVRP", "MDOVRPMBLTW", "TSP", "OP"):
        problem = problem_of(kind)
        found = rw.construct(problem, model=model, plans=6, symmetries=8, seed=1)
        keys = [rw.check(problem, solution).key for solution in found]
        assert len(found) > 1
        assert len(set(found)) == len(found)
        assert keys == sorted(keys)
        assert all(key[0] == 0 for key in keys)
        assert found == rw.construct(problem, model=model, plans=6, symmetries=8, seed=1)


def test_plans_that_need_more_vehicles_than_there_are_are_left_out(tmp_path: Path) -> None:
    model, problem = str(saved(tmp_path)), problem_of("CVRP")
    free = rw.construct(problem, model=model, plans=8)
    needed = sorted(len(plan.routes) for plan in free)

    def limited(count: int) -> rw.Problem:
        van = replace(problem.vehicle_types[0], count=count)
        return problem.replace(vehicle_types=(van,))

    assert rw.construct(limited(needed[-1]), model=model, plans=8) == free
    some = rw.construct(limited(needed[0]), model=model, plans=8)
    assert some == [plan for plan in free if len(plan.routes) == needed[0]]
    with pytest.raises(rw.UnsupportedError, match=f"none needs fewer than {needed[0]}"):
        rw.construct(limited(needed[0] - 1), model=model, plans=8)
    assert rw.construct(limited(1), model=model, should_stop=lambda: True) == []


def test_no_time_gives_no_plan(tmp_path: Path) -> None:
    model = str(saved(tmp_path))
    assert rw.construct(problem_of("CVRP"), model=model, should_stop=lambda: True) == []


def test_more_plans_are_never_worse(tmp_path: Path) -> None:
    model, problem = str(saved(tmp_path)), problem_of("CVRP", 20)

    def best(**options: object) -> int:
        solutions = rw.construct(problem, model=model, temperature=0.0, **options)
        return rw.check(problem, solutions[0]).key[2]

    assert best(plans=21) <= best(plans=1)
    assert best(plans=1, symmetries=8) <= best(plans=1)
