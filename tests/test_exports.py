"""Plans as tables, maps, pages, and pictures."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import routewright as rw
from routewright.instances.exports import write_result
from routewright.instances.generators import GENERATORS
from routewright.instances.pictures import geojson, page, stop_table
from routewright.instances.pictures.layout import MAX_EMBEDDED, layout_of
from routewright.instances.pictures.palette import ROUTE_COLORS, itinerary, route_colors
from routewright.instances.pictures.wording import number


def variant(name: str, n: int = 12) -> tuple[rw.Problem, rw.Solution]:
    """Return a generated problem, and a plan that visits all clients but the last."""
    problem = GENERATORS["variant"].generate(n=n, seed=2, name=name)
    types = len(problem.vehicle_types)
    routes = [
        rw.Route.of(range(k, min(k + 3, n - 1)), vehicle_type=(k // 3) % types)
        for k in range(0, n - 1, 3)
    ]
    return problem, rw.Solution(routes)


def matrix_only(problem: rw.Problem) -> rw.Problem:
    """Return the problem without its coordinates."""
    travel = problem.travels[0]
    matrix = rw.MatrixTravel(travel.distance_matrix(), travel.duration_matrix())
    return problem.replace(travels=(matrix,))


@pytest.mark.parametrize("name", ["CVRP", "OVRP", "MDVRPTW", "VRPB"])
def test_table_has_every_stop_with_the_checkers_times(name: str) -> None:
    problem, plan = variant(name)
    report = rw.check(problem, plan)
    rows = list(csv.DictReader(io.StringIO(stop_table.write(problem, plan))))
    visits = [row for row in rows if row["kind"] == "visit"]
    expected = [
        (s.id, number(s.arrival), number(s.departure), [number(v) for v in s.load])
        for s in report.stops()
    ]
    found = [(r["id"], r["arrival"], r["departure"], [r["load"]]) for r in visits]
    assert found == expected
    left_out = [row["id"] for row in rows if row["kind"] == "unassigned"]
    assert left_out == [problem.clients[c].id for c in report.unassigned]
    ends = [row["kind"] for row in rows if row["kind"] in ("start", "end")]
    closed = problem.vehicle_types[0].end is not None
    assert ends == (["start", "end"] if closed else ["start"]) * len(plan.routes)


def test_geojson_lines_follow_the_routes() -> None:
    problem, plan = variant("MDVRP")
    layout = layout_of(problem)
    document = json.loads(geojson.write(problem, plan))
    assert document["planar"] is True
    kinds = [f["properties"]["kind"] for f in document["features"]]
    counts = {kind: kinds.count(kind) for kind in set(kinds)}
    assert counts == {"depot": 3, "route": len(plan.routes), "visit": 11, "unassigned": 1}
    lines = [f for f in document["features"] if f["properties"]["kind"] == "route"]
    for index, line in enumerate(lines):
        expected = layout.points[itinerary(problem, plan, index)]
        np.testing.assert_allclose(line["geometry"]["coordinates"], expected, atol=1e-6)


def test_geojson_of_geographic_problems_is_longitude_first() -> None:
    model = rw.Model()
    model.add_depot(lat=52.5, lon=13.4)
    model.add_client(lat=48.1, lon=11.6)
    model.add_vehicle_type()
    document = json.loads(geojson.write(model.problem(), rw.Solution.from_visits([[0]])))
    assert "planar" not in document
    assert document["features"][0]["geometry"]["coordinates"] == [13.4, 52.5]


class _Page(HTMLParser):
    """Counts tags, and finds what a page would load and whether its tags are balanced."""

    VOID = frozenset({"meta", "circle", "polyline", "rect"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.counts: dict[str, int] = {}
        self.external: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.counts[tag] = self.counts.get(tag, 0) + 1
        self.external += [str(v) for k, v in attrs if k in ("src", "href")]
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.counts[tag] = self.counts.get(tag, 0) + 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_page_shows_every_route_and_stop_and_loads_nothing() -> None:
    problem, plan = variant("CVRP")
    parsed = _Page(page.write(problem, plan))
    assert parsed.open == []
    assert parsed.external == []
    assert parsed.counts["polyline"] == len(plan.routes)
    assert parsed.counts["circle"] == problem.num_clients
    assert parsed.counts["rect"] == problem.num_depots


def test_page_escapes_names() -> None:
    model = rw.Model("<script>alert(1)</script>")
    model.add_depot("<i>", x=0, y=0)
    model.add_client("a&b<c>", x=1, y=1)
    model.add_vehicle_type('"van"')
    parsed = _Page(page.write(model.problem(), rw.Solution.from_visits([[0]])))
    assert parsed.counts["script"] == 1
    assert "i" not in parsed.counts
    assert "a&b<c>" in parsed.text


@given(st.integers(1, 60), st.integers(0, 5))
def test_neighboring_routes_differ_in_color(routes: int, seed: int) -> None:
    problem = GENERATORS["uniform"].generate(n=routes, seed=seed)
    plan = rw.Solution.from_visits([[k] for k in range(routes)])
    layout = layout_of(problem)
    colors = route_colors(problem, plan, layout)
    ways = layout.points[1:] - layout.points[0]
    around = np.argsort(np.arctan2(ways[:, 1], ways[:, 0]), kind="stable")
    in_order = [colors[k] for k in around]
    neighbors = zip(in_order, in_order[1:] + in_order[:1], strict=True)
    assert routes == 1 or all(a != b for a, b in neighbors)
    assert set(colors) <= set(ROUTE_COLORS)


@pytest.mark.parametrize("n", [1, 2, 3, 30])
def test_embedding_keeps_planar_distances(n: int) -> None:
    problem = matrix_only(GENERATORS["uniform"].generate(n=n, seed=1))
    layout = layout_of(problem)
    assert "matrix" in layout.note
    points = layout.points
    distance = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    exact = problem.travels[0].distance_matrix() / problem.scale.distance
    assert np.abs(distance - exact).max() <= 2.0  # distances were rounded to integers


def test_embedding_stands_missing_arcs() -> None:
    distance = np.array([[0, 3, rw.UNREACHABLE], [3, 0, 4], [rw.UNREACHABLE, 4, 0]])
    problem = GENERATORS["uniform"].generate(n=2, seed=1)
    broken = problem.replace(travels=(rw.MatrixTravel(distance, distance),))
    assert np.isfinite(layout_of(broken).points).all()


def test_too_large_a_matrix_is_refused_by_its_size() -> None:
    n = MAX_EMBEDDED + 1
    matrix = rw.MatrixTravel(np.ones((n, n), np.int64), np.ones((n, n), np.int64))
    model = rw.Model("vast")
    model.add_depot(x=0, y=0)
    model.add_client(x=1, y=1)
    model.add_vehicle_type()
    problem = model.problem().replace(travels=(matrix,))
    with pytest.raises(rw.InputError, match=f"{n} locations"):
        layout_of(problem)


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_pictures_are_reproducible(tmp_path: Path, suffix: str) -> None:
    pytest.importorskip("matplotlib")
    problem, _ = variant("CVRP", n=9)
    result = rw.solve(problem, solver="savings", time_limit=5)
    files = [tmp_path / f"{k}{suffix}" for k in range(2)]
    for file in files:
        write_result(problem, result, file)
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize("name", ["CVRP", "OVRPB", "MDVRPMBLTW"])
def test_pictures_show_every_client_and_route(name: str) -> None:
    pytest.importorskip("matplotlib")
    from matplotlib.collections import LineCollection, PathCollection

    from routewright.instances.pictures import picture

    problem, plan = variant(name)
    axes = picture(problem, plan).axes[0]
    dots = [c for c in axes.collections if isinstance(c, PathCollection)]
    drawn = sum(len(c.get_offsets()) for c in dots)
    assert drawn == problem.num_clients + problem.num_depots
    lines = [c for c in axes.collections if isinstance(c, LineCollection)]
    legs = sum(len(itinerary(problem, plan, r)) - 1 for r in range(len(plan.routes)))
    assert sum(len(c.get_segments()) for c in lines) == legs
    words = " ".join(text.get_text() for text in axes.texts)
    assert f"cost {number(rw.check(problem, plan).cost)}" in words
    assert "1 client not visited" in words


@pytest.mark.parametrize("n", [0, 1])
def test_tiny_problems_have_pictures_and_pages(n: int) -> None:
    pytest.importorskip("matplotlib")
    from routewright.instances.pictures import picture, render

    problem = GENERATORS["uniform"].generate(n=n, seed=1)
    plan = rw.Solution.from_visits([[k] for k in range(n)])
    assert render(picture(problem, plan), "png")
    assert render(picture(problem), "svg")
    assert re.search(r"<svg[^>]*viewBox", page.write(problem, plan))
    assert json.loads(geojson.write(problem, plan))["type"] == "FeatureCollection"
