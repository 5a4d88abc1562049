"""The edge scorer: what it sees is the problem and nothing else, and it learns what is shown."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from command import run

torch = pytest.importorskip("torch")

import routewright as rw  # noqa: E402
from routewright.instances.generators import GENERATORS  # noqa: E402
from routewright.neural.batch import Batch  # noqa: E402
from routewright.neural.cards import read_card  # noqa: E402
from routewright.neural.checkpoint import load_policy  # noqa: E402
from routewright.neural.decoding import symmetric  # noqa: E402
from routewright.neural.edges.adjacency import adjacency, slot_labels  # noqa: E402
from routewright.neural.edges.graph import EDGE_FEATURES, edge_graph  # noqa: E402
from routewright.neural.edges.network import EdgeConfig, EdgeScorer  # noqa: E402
from routewright.neural.edges.training import EdgeTrainer, edge_loss, found  # noqa: E402
from routewright.neural.features import to_batch  # noqa: E402
from routewright.neural.fitting import train_on  # noqa: E402
from routewright.neural.generator import KINDS, Mixture, draw, to_problem  # noqa: E402
from routewright.neural.models import find_model, find_scorer  # noqa: E402
from routewright.neural.options import Moment, Options  # noqa: E402
from routewright.neural.plans import to_sequence  # noqa: E402
from routewright.neural.teacher import make_labels  # noqa: E402
from routewright.neural.training import POLICY_FILE, Trainer  # noqa: E402
from routewright.solvers.edge_weights import EdgeWeights  # noqa: E402
from routewright.solvers.plain import PlainEngine  # noqa: E402
from routewright.solvers.seeds import savings_plans, scored_weights  # noqa: E402

TINY = {"width": 8, "layers": 2}


def scorer() -> EdgeScorer:
    torch.manual_seed(1)
    return EdgeScorer(EdgeConfig(width=8, layers=2, neighbors=4)).eval()


def drawn(clients: int, count: int, seed: int = 4, **mixture: object) -> Batch:
    source = torch.Generator().manual_seed(seed)
    return draw(Mixture(**mixture), clients, count, source).batch


def table(batch: Batch, net: EdgeScorer) -> torch.Tensor:
    """Logits by pairs of nodes, (B, M, M); NaN where there is no edge."""
    with torch.inference_mode():
        graph = edge_graph(batch, net.config.neighbors)
        logits = net(graph)
    out = torch.full((batch.size, batch.num_nodes, batch.num_nodes), torch.nan)
    b, i, k = torch.nonzero(graph.is_edge, as_tuple=True)
    out[b, i, graph.target[b, i, k]] = logits[b, i, k]
    return out


def savings(problem: rw.Problem) -> rw.Solution | None:
    result = rw.solve(problem, solver="ruin", stop=rw.MaxIterations(30), threads=1)
    return result.solution if result.feasible else None


# What it sees ---------------------------------------------------------------------


def test_a_turned_or_mirrored_problem_is_the_same() -> None:
    batch = drawn(9, 52)
    views = symmetric(batch, 8)
    logits = table(views, scorer()).view(8, batch.size, *table(batch, scorer()).shape[1:])
    for view in logits[1:]:
        torch.testing.assert_close(view, logits[0], equal_nan=True)


def test_coordinates_say_no_more_than_the_matrix() -> None:
    batch = drawn(9, 30, no_coordinates=0.0)
    none = torch.zeros_like(batch.has_coordinates)
    hidden = batch._replace(coordinates=torch.zeros_like(batch.coordinates), has_coordinates=none)
    torch.testing.assert_close(table(batch, scorer()), table(hidden, scorer()), equal_nan=True)


def test_the_order_of_the_clients_does_not_matter() -> None:
    batch = drawn(9, 40, asymmetric=0.5)
    order = torch.cat((torch.arange(3), 3 + torch.randperm(9)))
    moved = {}
    for name, tensor in zip(Batch._fields[1:], batch[1:], strict=True):
        if tensor.dim() >= 2:
            tensor = tensor[:, order]
        if name in ("distance", "duration"):
            tensor = tensor[:, :, order]
        moved[name] = tensor
    ours = table(batch, scorer())[:, order][:, :, order]
    theirs = table(Batch(batch.num_depots, **moved), scorer())
    torch.testing.assert_close(ours, theirs, equal_nan=True, rtol=1e-4, atol=1e-5)


def test_a_problem_scores_the_same_alone_and_beside_a_larger_one() -> None:
    small, large = (to_problem(drawn(n, 1, kinds=("VRPTW",)), 0) for n in (7, 15))
    alone = table(to_batch([small]), scorer())[0]
    padded = table(to_batch([small, large]), scorer())[0, :8, :8]
    torch.testing.assert_close(alone, padded, equal_nan=True, rtol=1e-4, atol=1e-5)


def test_edges_lead_to_the_nearest_clients_and_to_all_depots() -> None:
    batch = drawn(12, 20, kinds=("MDCVRP", "CVRP"))
    graph = edge_graph(batch, 4)
    gap = torch.minimum(batch.distance, batch.distance.mT).float()
    for b in range(batch.size):
        depots = int(batch.is_node[b, :3].sum())
        for i in range(3, 15):
            near, there = graph.target[b, i, :4].tolist(), graph.is_edge[b, i]
            others = [j for j in range(3, 15) if j != i]
            farthest = max(float(gap[b, i, j]) for j in near)
            assert sum(float(gap[b, i, j]) < farthest for j in others) <= 3
            assert bool(there[:4].all())
            assert int(there[4:].sum()) == depots
    assert graph.edges.shape[3] == len(EDGE_FEATURES)
    assert bool(graph.edges.isfinite().all())


@pytest.mark.parametrize("kind", ["CVRP", "MDOVRPTW", "MDVRPB", "OVRPL", "OP", "TSP", "OTSP"])
def test_used_edges_are_those_of_the_routes(kind: str) -> None:
    """Against the routes of the solution, one by one."""
    batch = drawn(10, 6, kinds=(kind,))
    problems = [to_problem(batch, row) for row in range(batch.size)]
    plans = [savings(p) for p in problems]
    sequences = [to_sequence(plan, batch) for plan in plans if plan is not None]
    width = max(map(len, sequences))
    padded = torch.tensor([s + [-1] * (width - len(s)) for s in sequences])
    used = adjacency(batch, padded)
    for row, (problem, plan) in enumerate(zip(problems, plans, strict=True)):
        wanted = set()
        assert plan is not None
        for route in plan.routes:
            nodes = [batch.num_depots + c for c in route.visits]
            is_open = problem.vehicle_types[0].end is None
            depot = route.vehicle_type
            whole = [depot, *nodes] if is_open else [depot, *nodes, depot]
            wanted |= {frozenset(pair) for pair in pairwise(whole)}
        i, j = torch.nonzero(used[row], as_tuple=True)
        assert {frozenset(p) for p in zip(i.tolist(), j.tolist(), strict=True)} == wanted
    assert torch.equal(used, used.mT)


# Learning -------------------------------------------------------------------------


def test_some_problems_can_be_learned_by_heart() -> None:
    batch = drawn(10, 4, kinds=("CVRP", "VRPTW"))
    sequences = [to_sequence(savings(to_problem(batch, r)), batch) for r in range(batch.size)]
    width = max(map(len, sequences))
    plans = torch.tensor([s + [-1] * (width - len(s)) for s in sequences])
    torch.manual_seed(1)
    net = EdgeScorer(EdgeConfig(width=24, layers=3, neighbors=9))
    optimizer = torch.optim.Adam(net.parameters(), 0.01)
    losses = []
    for _ in range(120):
        loss = edge_loss(net, batch, plans)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.5 * losses[0]
    graph = edge_graph(batch, 9)
    with torch.inference_mode():
        shares = found(net(graph), graph, adjacency(batch, plans))
    assert float(shares.mean()) > 0.7


def test_the_share_that_is_found_counts_the_likeliest_edges() -> None:
    batch = drawn(8, 3, kinds=("CVRP",))
    graph = edge_graph(batch, 7)
    sequences = [to_sequence(savings(to_problem(batch, r)), batch) for r in range(batch.size)]
    width = max(map(len, sequences))
    plans = torch.tensor([s + [-1] * (width - len(s)) for s in sequences])
    used = adjacency(batch, plans)
    labels = slot_labels(used, graph.target, graph.is_edge)
    best = found(labels.float(), graph, used)  # depots have fewer slots than neighbors
    assert bool((best > found(-labels.float(), graph, used)).all())
    assert bool((best <= 1).all())


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("labels")
    make_labels(Mixture(asymmetric=0.3), 6, 34, 7, savings, folder)
    return folder


def options(labels: Path, **changes: object) -> Options:
    usual = {
        "policy": "edges",
        "objective": "edges",
        "config": TINY,
        "labels": str(labels),
        "batch": 2,
        "steps": 6,
        "every_steps": 3,
        "device": "cpu",
    }
    return Options(**{**usual, **changes})


def test_a_killed_training_ends_with_the_same_weights(labels: Path, tmp_path: Path) -> None:
    EdgeTrainer(options(labels), tmp_path / "whole").run()

    def kill(moment: Moment) -> None:
        if moment.step == 3 and moment.validation is not None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        EdgeTrainer(options(labels), tmp_path / "parts", kill).run()
    Trainer.resume(tmp_path / "parts").run()
    first, card = load_policy(tmp_path / "whole" / POLICY_FILE)
    second, again = load_policy(tmp_path / "parts" / POLICY_FILE)
    for ours, theirs in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert [m["step"] for m in card.curve] == [m["step"] for m in again.curve] == [3, 6]
    assert card.kinds == tuple(sorted(KINDS))
    assert card.sizes == (6, 6)
    assert {"n=6", "found n=6"} < set(card.curve[-1])


def test_held_out_problems_are_never_shown(labels: Path, tmp_path: Path) -> None:
    trainer = EdgeTrainer(options(labels), tmp_path)
    hidden = trainer.held_out.parts[0][0].distance
    assert len(hidden) == 2
    for step in range(60):
        trainer.step = step
        shown, _ = trainer._drawn()
        same = (shown.distance[:, None] == hidden[None]).flatten(2).all(2)
        assert not bool(same.any())


def test_options_that_do_not_go_together_are_named() -> None:
    with pytest.raises(rw.InputError, match="goes with imitation and edges alone") as caught:
        Options(objective="edges", steps=1)
    assert [i.field for i in caught.value.issues] == ["labels", "policy"]
    with pytest.raises(rw.InputError, match="the scorer edges goes with the objective edges"):
        Options(policy="edges", steps=1)


def test_the_command_trains_one(labels: Path, tmp_path: Path) -> None:
    quick = ("--width", 8, "--layers", 1, "--steps", 2, "--batch", 2, "--device", "cpu")
    done = run("train", tmp_path / "new", "--objective", "edges", "--labels", labels, *quick)
    assert done.status == 0
    file = tmp_path / "new" / POLICY_FILE
    assert read_card(file).name == "edges"
    assert run("train", tmp_path / "new", "--resume").status == 0
    assert run("models", "info", file).status == 0


# Scores of a problem ----------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    problems = [to_problem(drawn(8, 6, seed=3, kinds=("VRPTW",)), row) for row in range(6)]
    days = [(p, savings(p)) for p in problems]
    return train_on("scorer", days, tmp_path_factory.mktemp("fitted"), steps=2, start="")


def test_scores_are_probabilities_of_pairs_of_nodes(trained: Path) -> None:
    problem = to_problem(drawn(11, 1, kinds=("MDVRPTW",)), 0)
    pairs, values = rw.score_edges(problem, model=str(trained))
    assert bool((pairs[0] < pairs[1]).all())
    assert len(np.unique(pairs, axis=1).T) == len(values)
    assert bool(((values > 0) & (values < 1)).all())
    assert pairs.max() < problem.num_depots + problem.num_clients
    depots = problem.num_depots
    # Every client has an edge to every depot, and depots have none among themselves.
    assert int((pairs[0] < depots).sum()) == depots * problem.num_clients
    assert bool((pairs[1] >= depots).all())
    again = rw.score_edges(problem, model=str(trained))
    assert np.array_equal(values, again[1])


def test_a_fitted_scorer_says_what_its_days_used(trained: Path) -> None:
    card = read_card(trained)
    assert card.sizes == (8, 8)
    assert set(card.attributes) >= {"time_windows", "capacity"}


def test_a_problem_that_is_unlike_its_training_is_warned_about(
    trained: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rw.score_edges(to_problem(drawn(40, 1, kinds=("VRPMB",)), 0), model=str(trained))
    assert "not trained on problems with pickup" in caplog.text
    assert "8 to 8 clients, not 40" in caplog.text


def test_scorers_and_policies_are_told_apart(
    trained: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ROUTEWRIGHT_MODELS", str(tmp_path))
    with pytest.raises(rw.InputError, match="is an edge scorer and plans nothing itself"):
        find_model(str(trained))
    with pytest.raises(rw.InputError, match="is a policy and no edge scorer"):
        find_scorer("routewright")
    policy = find_model()
    used = run("models", "use", trained)
    assert used.out == f"the solver edges uses {trained.stem}\n"
    assert find_scorer().parent == tmp_path
    assert find_model() == policy
    assert "edges" in run("models", "list").out


def test_what_the_features_do_not_know_is_refused_by_name(trained: Path) -> None:
    model = rw.Model("reloads")
    model.add_depot("depot", x=0, y=0)
    model.add_client("a", x=1, y=0, delivery=1)
    model.add_vehicle_type("van", capacity=2, max_reloads=1, reload_depots=[0])
    with pytest.raises(rw.UnsupportedError, match="reloads"):
        rw.score_edges(model.problem(), model=str(trained))
    with pytest.raises(rw.UnsupportedError, match="more than 3,000 clients"):
        rw.score_edges(GENERATORS["uniform"].generate(n=3001), model=str(trained))


# The solver, and the scorer of the package ---------------------------------------------


def test_the_solver_is_no_worse_than_the_plans_that_it_begins_with() -> None:
    problem = to_problem(drawn(25, 1, kinds=("VRPTW",)), 0)
    result = rw.solve(problem, solver="edges", stop=rw.MaxIterations(50), seed=3)
    best = savings_plans(problem, 8, 3, scored_weights(problem))[0]
    assert result.feasible
    assert result.report.key <= rw.check(problem, best).key


def test_the_solver_takes_a_scorer_by_name_or_file_and_prefers_its_edges(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = to_problem(drawn(25, 1, kinds=("CVRP",)), 0)
    preferred: list[EdgeWeights] = []
    monkeypatch.setattr(PlainEngine, "prefer", lambda _, weights: preferred.append(weights))
    for model in (None, str(trained)):
        rw.solve(problem, solver="edges", stop=rw.MaxIterations(5), model=model)
        pairs, values = rw.score_edges(problem, model=model or "")
        inner = (pairs > 0).all(axis=0)
        found = preferred[-1].at(pairs[:, inner])
        both_ways = EdgeWeights.of(pairs[:, inner], values[inner]).at(pairs[:, inner])
        assert np.array_equal(found, both_ways)
    assert not np.array_equal(preferred[0].values, preferred[1].values)
    with pytest.raises(rw.InputError, match="nobody-knows"):
        rw.solve(problem, solver="edges", stop=rw.MaxIterations(5), model="nobody-knows")


def test_a_limited_fleet_is_read_as_if_there_were_vehicles_enough() -> None:
    """Scores promise nothing of a fleet; the search keeps to it."""
    problem = to_problem(drawn(12, 1, kinds=("CVRP",)), 0)
    few = problem.replace(vehicle_types=(replace(problem.vehicle_types[0], count=4),))
    ours, theirs = (rw.score_edges(p) for p in (few, problem))
    assert np.array_equal(ours[0], theirs[0])
    assert np.array_equal(ours[1], theirs[1])
    assert rw.solve(few, solver="edges", stop=rw.MaxIterations(200)).feasible


def test_the_scorer_of_the_package_knows_every_kind_and_ranks_better_than_cost(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On problems that it has not seen: more plan edges among the likeliest than the nearest."""
    monkeypatch.setenv("ROUTEWRIGHT_MODELS", str(tmp_path))
    file = find_scorer()
    card = read_card(file)
    assert file.stat().st_size < 1_500_000
    assert set(card.kinds) == set(KINDS)
    assert card.sizes == (20, 200)
    assert not any("/tmp" in str(value) for value in card.training.values())
    net, _ = load_policy(file)
    batch = drawn(30, 8, seed=77, kinds=("CVRP", "VRPTW", "OVRPL"))
    sequences = [to_sequence(savings(to_problem(batch, r)), batch) for r in range(batch.size)]
    width = max(map(len, sequences))
    plans = torch.tensor([s + [-1] * (width - len(s)) for s in sequences])
    graph, used = edge_graph(batch, net.config.neighbors), adjacency(batch, plans)
    with torch.inference_mode():
        ours = found(net(graph), graph, used).mean()
    nearest = found(-graph.edges[..., EDGE_FEATURES.index("cost")], graph, used).mean()
    assert float(ours) > float(nearest) + 0.05


def test_without_torch_the_solver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import util

    import routewright.neural

    there = util.find_spec
    monkeypatch.setattr(
        routewright.neural, "find_spec", lambda name: None if name == "torch" else there(name)
    )
    problem = to_problem(drawn(12, 1, kinds=("CVRP",)), 0)
    with pytest.raises(rw.NotInstalledError, match=r"torch .*routewright\[neural\]"):
        rw.solve(problem, solver="edges", stop=rw.MaxIterations(1))
