"""The kernel room: cache, warm-up, one compilation each, and arcs equal to the core's."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import problems

import routewright as rw
from routewright.attributes import Attribute
from routewright.solvers import get_solver, warmup
from routewright.solvers.kernels import CACHE, COMPILED, cache, kernel
from routewright.solvers.kernels.calls import CALLS, RUN_KERNELS
from routewright.solvers.kernels.travel import arc, arc_distance, arc_duration
from routewright.solvers.neighbors import nearest_neighbors
from routewright.travel import CoordinateTravel, Metric, MetricKind, RoundingRule

compiled_only = pytest.mark.skipif(not COMPILED, reason="NUMBA_DISABLE_JIT: nothing is compiled")

SPHERICAL = {
    MetricKind.GEO,
    MetricKind.GEOM,
    MetricKind.HAVERSINE,
    MetricKind.GEO_MEEUS,
    MetricKind.GEOM_MEEUS,
}


@kernel
def run_arcs(p: Any, f: Any, distance: Any, duration: Any) -> None:
    for i in range(len(distance)):
        for j in range(len(distance)):
            distance[i, j], duration[i, j] = arc(p, f, i, j)
            if arc_distance(p, f, i, j) != distance[i, j]:
                distance[i, j] = -1
            if arc_duration(p, f, i, j) != duration[i, j]:
                duration[i, j] = -1


def arcs(problem: rw.Problem, profile: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances and durations between all nodes, by the kernels."""
    size = problem.num_depots + problem.num_clients
    distance, duration = np.zeros((2, size, size), dtype=np.int64)
    run_arcs(problem.arrays(), profile, distance, duration)
    return distance, duration


def located(points: np.ndarray, metric: Metric, duration_factor: float = 1.0) -> rw.Problem:
    """A tour through points; the first one is the depot."""
    return rw.Problem(
        travels=(CoordinateTravel(points, metric, duration_factor),),
        depots=(rw.Depot("depot", 0),),
        clients=tuple(rw.Client(str(i), i) for i in range(1, len(points))),
        vehicle_types=(rw.VehicleType("van"),),
    )


@st.composite
def coordinate_problems(draw: st.DrawFn) -> rw.Problem:
    kind = draw(st.sampled_from(MetricKind))
    rule = draw(st.sampled_from(RoundingRule))
    meters = kind in SPHERICAL and kind not in (MetricKind.GEO, MetricKind.GEO_MEEUS)
    scale = draw(st.sampled_from([1, 3, 10, 1000] if meters else [1, 3, 1000, 10**6]))
    # Hundredths, as in files; finer angles would measure the libraries' last bits.
    number = st.integers(-8000, 8000).map(lambda hundredths: hundredths / 100)
    if kind is MetricKind.TOROIDAL:
        number = st.integers(0, 9999).map(lambda hundredths: hundredths / 100)
    dims = 3 if kind in (MetricKind.XRAY1, MetricKind.XRAY2) else 2
    size = draw(st.integers(2, 6))
    point = st.lists(number, min_size=dims, max_size=dims)
    points = np.array(draw(st.lists(point, min_size=size, max_size=size)))
    factor = draw(st.sampled_from([1.0, 2.0, 1 / 3, 0.07]))
    return located(points, Metric(kind, rule, scale, 100.0), factor)


@given(coordinate_problems())
def test_arcs_equal_the_travel_of_the_core_for_every_metric_and_rounding(
    problem: rw.Problem,
) -> None:
    travel = problem.travels[0]
    assert isinstance(travel, CoordinateTravel)
    distance, duration = arcs(problem, 0)
    wanted = travel.distance_matrix()
    if travel.metric.kind in SPHERICAL:
        # The last bit of arccos differs between libraries: only at a boundary of rounding.
        c = travel.coordinates
        scaled = travel.metric.raw(c[:, None], c[None, :]) * travel.metric.scale
        offset = 0.5 if travel.metric.rule is RoundingRule.NINT else 0.0
        near = np.abs(scaled + offset - np.rint(scaled + offset)) < 1e-4
        assert (np.abs(distance - wanted) <= near).all()
        if near.any():
            return
    np.testing.assert_array_equal(distance, wanted)
    np.testing.assert_array_equal(duration, travel.duration_matrix())


@given(problems(allow={Attribute.ASYMMETRIC, Attribute.UNREACHABLE, Attribute.PROFILES}))
def test_arcs_equal_the_travel_of_the_core_in_every_profile(problem: rw.Problem) -> None:
    nodes = range(problem.num_depots + problem.num_clients)
    places = [problem.node_location(node) for node in nodes]
    for profile, travel in enumerate(problem.travels):
        if isinstance(travel, CoordinateTravel) and travel.metric.kind in SPHERICAL:
            continue
        distance, duration = arcs(problem, profile)
        np.testing.assert_array_equal(distance, travel.distance_matrix()[np.ix_(places, places)])
        np.testing.assert_array_equal(duration, travel.duration_matrix()[np.ix_(places, places)])


# Neighbors ----------------------------------------------------------------------


@given(coordinate_problems(), st.integers(1, 7))
def test_neighbors_in_space_are_the_nearest_by_the_unrounded_metric(
    problem: rw.Problem, k: int
) -> None:
    travel = problem.travels[0]
    assert isinstance(travel, CoordinateTravel)
    found = nearest_neighbors(problem, k) - 1
    raw = travel.metric.raw(travel.coordinates[1:, None], travel.coordinates[None, 1:])
    assert found.shape == (problem.num_clients, min(k, problem.num_clients - 1))
    for own, row in enumerate(found.tolist()):
        assert own not in row
        assert len(set(row)) == len(row)
        others = np.sort(np.delete(raw[own], own))[: len(row)]
        # Ellipsoidal distances are ranked as on a sphere, which is at most 1 % off.
        tolerance = 0.01 if "MEEUS" in travel.metric.kind.name else 1e-6
        np.testing.assert_allclose(raw[own, row], others, rtol=tolerance, atol=1e-6 + tolerance)


@given(problems(allow={Attribute.ASYMMETRIC, Attribute.UNREACHABLE}), st.integers(1, 9))
def test_neighbors_by_matrix_are_the_nearest_in_the_better_direction(
    problem: rw.Problem, k: int
) -> None:
    if isinstance(problem.travels[0], CoordinateTravel):
        problem = problem.replace(
            travels=(
                rw.MatrixTravel(
                    problem.travels[0].distance_matrix(), problem.travels[0].duration_matrix()
                ),
            )
        )
    places = [client.location for client in problem.clients]
    matrix = problem.travels[0].distance_matrix()[np.ix_(places, places)]
    near = np.minimum(matrix, matrix.T)
    for own, row in enumerate((nearest_neighbors(problem, k) - problem.num_depots).tolist()):
        others = np.sort(np.delete(near[own], own))
        assert near[own, row].tolist() == others[: len(row)].tolist()
        assert own not in row


def test_neighbors_may_be_looked_for_among_some_nodes_only() -> None:
    problem = located(np.array([[float(x), 0.0] for x in range(8)]), Metric.euclidean())
    nodes = np.array([1, 4, 7])
    assert nearest_neighbors(problem, 1, nodes=nodes).tolist() == [[4], [1], [4]]
    assert nearest_neighbors(problem, 5, nodes=nodes[:1]).shape == (1, 0)


# Compilation ----------------------------------------------------------------------


def test_every_kernel_that_python_calls_is_in_the_warm_up() -> None:
    """A kernel that is missing there would compile inside the clock of a search."""
    folder = Path(cache.__file__).parent
    found = {
        name
        for file in folder.glob("[!_]*.py")
        for name in vars(import_module(f"routewright.solvers.kernels.{file.stem}"))
        if name.startswith("run_")
    }
    assert found == set(RUN_KERNELS) == set(CALLS)


@compiled_only
def test_every_kernel_is_compiled_once_whatever_the_problem(square: rw.Problem) -> None:
    """Two types of one argument, such as another layout of an array, double the wait."""
    warmup.warmup()
    matrix = rw.MatrixTravel(np.ones((5, 5), dtype=np.int64), np.ones((5, 5), dtype=np.int64))
    plain = rw.Model()
    plain.add_depot(x=0, y=0)
    for x in range(6):
        plain.add_client(x=x, y=1, delivery=(3, 1), pickup=(1, 0), window=(0, 90), release=x)
    plain.add_vehicle_type(count=4, capacity=(7, 7), max_duration=80, max_stops=5)
    plain.add_vehicle_type(count=9, capacity=(7, 7), end=None, max_duration=80, max_stops=5)
    for problem in (
        square,
        square.replace(travels=(matrix,)),
        square.replace(vehicle_types=(rw.VehicleType("one", count=1, capacity=(9,)),)),
        square.replace(objective=rw.Objective.VEHICLES_THEN_COST),
        plain.problem(),
    ):
        for name in ("savings", "ruin"):
            if not get_solver(name).unsupported(problem):
                get_solver(name).solve(problem, rw.MaxIterations(200))
                get_solver(name).solve(problem, rw.MaxRuntime(0.05))
    counts = {name: len(k.signatures) for name, k in RUN_KERNELS.items()}
    assert counts == dict.fromkeys(RUN_KERNELS, 1)


@compiled_only
def test_a_second_process_compiles_nothing() -> None:
    warmup.warmup()
    code = (
        "import json\n"
        "from routewright.solvers.warmup import kernels_ready, warmup\n"
        "from routewright.solvers.kernels.calls import RUN_KERNELS\n"
        "ready = kernels_ready()\n"
        "warmup()\n"
        "misses = {n: sum(k.stats.cache_misses.values()) for n, k in RUN_KERNELS.items()}\n"
        "print(json.dumps([ready, misses]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    assert json.loads(done.stdout) == [True, dict.fromkeys(RUN_KERNELS, 0)]


@compiled_only
def test_a_helper_called_from_python_says_so() -> None:
    """It has no entry from Python, and the call would crash the process."""
    with pytest.raises(TypeError, match="kernel arc is called by kernels only"):
        arc(None, 0, 0, 1)


@compiled_only
def test_a_constant_argument_makes_no_second_compilation_of_a_helper() -> None:
    @kernel
    def twice(x: Any) -> Any:
        return 2 * x

    @kernel
    def run_twice(y: Any) -> Any:
        return twice(y) + twice(3)

    assert run_twice(4) == 14
    assert len(twice.signatures) == 1


def test_decorating_leaves_the_cache_directory_of_others_alone() -> None:
    before = cache.settings.CACHE_DIR

    @kernel
    def run_nothing() -> int:
        return 0

    assert before == cache.settings.CACHE_DIR
    assert run_nothing() == 0
    if COMPILED:
        assert str(CACHE) in run_nothing.stats.cache_path


# The cache directory ------------------------------------------------------------


def test_the_cache_is_named_by_the_content_of_all_kernel_sources(tmp_path: Path) -> None:
    """Numba does not notice the edit of a helper in another file, and runs the old one."""
    (tmp_path / "a.py").write_text("one")
    (tmp_path / "b.py").write_text("two")
    hashes = [cache.source_hash(tmp_path)]
    (tmp_path / "b.py").write_text("three")
    hashes.append(cache.source_hash(tmp_path))
    (tmp_path / "c.py").write_text("")
    hashes.append(cache.source_hash(tmp_path))
    (tmp_path / "a.py").write_text("on")
    (tmp_path / "b.py").write_text("ethree")
    hashes.append(cache.source_hash(tmp_path))
    assert len(set(hashes)) == 4
    (tmp_path / "notes.txt").write_text("no source")
    assert cache.source_hash(tmp_path) == hashes[-1]
    assert CACHE.name.startswith(f"{numba.__version__}-{cache.source_hash()}")


def test_the_cache_is_named_by_what_kernels_take_from_the_core_too(tmp_path: Path) -> None:
    core = tmp_path / "core.py"
    core.write_text("UNREACHABLE = 1")
    before = cache.source_hash(tmp_path / "kernels", [core])
    core.write_text("UNREACHABLE = 2")
    assert cache.source_hash(tmp_path / "kernels", [core]) != before
    sources = "".join(file.read_text() for file in Path(cache.__file__).parent.glob("*.py"))
    taken = set(re.findall(r"^from routewright\.(\w+) import", sources, re.MULTILINE))
    assert taken == {file.stem for file in cache.CORE}


def test_the_cache_lies_where_the_user_wants_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache.settings, "CACHE_DIR", str(tmp_path))
    assert cache.open_cache().parent == tmp_path / "routewright"
    monkeypatch.setattr(cache.settings, "CACHE_DIR", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    if sys.platform.startswith("linux"):
        assert cache.open_cache().parent == tmp_path / "home" / "routewright"


def test_the_variable_of_numba_is_respected(tmp_path: Path) -> None:
    code = "from routewright.solvers.kernels import CACHE; print(CACHE)"
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True, timeout=300, env=environment,
    )  # fmt: skip
    assert Path(done.stdout.strip()).parent == tmp_path / "routewright"


def test_code_with_bounds_checks_is_kept_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numba would load the code without checks, and check nothing."""
    monkeypatch.setattr(cache.settings, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(cache.settings, "BOUNDSCHECK", None)
    plain = cache.open_cache()
    monkeypatch.setattr(cache.settings, "BOUNDSCHECK", 1)
    assert cache.open_cache() != plain


def test_a_directory_that_cannot_be_written_is_replaced_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setattr(cache.settings, "CACHE_DIR", str(blocked))
    with pytest.warns(RuntimeWarning, match="set NUMBA_CACHE_DIR"):
        directory = cache.open_cache()
    assert directory.is_dir()
    assert tmp_path not in directory.parents


def test_old_directories_are_listed_and_left_alone(tmp_path: Path) -> None:
    current, old = tmp_path / "1.0-aaa", tmp_path / "0.9-bbb"
    current.mkdir()
    old.mkdir()
    assert cache.old_caches(current) == [old]
    assert old.is_dir()


@compiled_only
def test_kernels_are_ready_once_they_have_been_compiled_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warmup.warmup()
    monkeypatch.setattr(warmup, "CACHE", tmp_path)
    monkeypatch.setattr(warmup, "_loaded", set())
    assert not warmup.kernels_ready()
    assert warmup.expected_seconds() > warmup.expected_seconds(["run_route"]) > 0
    warmup.prepare(["run_route"])
    monkeypatch.setattr(warmup, "_loaded", set())  # as in a later process
    assert warmup.kernels_ready(["run_route"])
    assert not warmup.kernels_ready()
    reported = []
    warmup.warmup(lambda name, seconds: reported.append(name))
    assert reported == list(CALLS)
    assert warmup.kernels_ready()
    assert warmup.expected_seconds() == 0
    assert list(warmup.warmup()) == list(CALLS)


@compiled_only
def test_a_damaged_record_only_costs_an_announcement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warmup, "CACHE", tmp_path)
    monkeypatch.setattr(warmup, "_loaded", set())
    warmup.prepare(["run_route"])
    (record,) = tmp_path.glob("ready-*.json")
    record.write_text("{")
    monkeypatch.setattr(warmup, "_loaded", set())
    assert not warmup.kernels_ready(["run_route"])
    warmup.prepare(["run_route"])
    assert json.loads(record.read_text()).keys() == {"run_route"}
