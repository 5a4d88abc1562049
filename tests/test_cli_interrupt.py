"""Ctrl-C and SIGTERM: the best plan is written, and the exit code is 130."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from command import install_solver, run, save_square

import routewright as rw
from routewright.errors import ExitStatus
from routewright.solvers.base import Run

GOOD = rw.Solution.from_visits([[0, 1], [2, 3]])
PATIENCE = 120  # seconds; only a hang takes as long


@pytest.fixture
def square_file(tmp_path: Path) -> Path:
    return save_square(tmp_path)


def _to_the_process(sent: signal.Signals) -> None:
    os.kill(os.getpid(), sent)


def _to_the_search(sent: signal.Signals) -> None:
    """As the system may choose; it does not wake the thread that handles the signal."""
    signal.pthread_kill(threading.get_ident(), sent)


@pytest.mark.parametrize("send", [_to_the_process, _to_the_search])
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_first_signal_ends_the_search_with_the_best_plan(
    square_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    sent: signal.Signals,
    send: Callable[[signal.Signals], None],
) -> None:
    def search(run: Run) -> None:
        run.offer(GOOD)
        send(sent)
        assert run.interrupt.wait(PATIENCE)
        assert run.should_stop()

    install_solver(monkeypatch, search)
    before = signal.getsignal(sent)
    plan = square_file.with_name("plan.csv")
    outcome = run("solve", square_file, "--solver", "scripted", "--time", 1000, "-o", plan)
    assert outcome.status == ExitStatus.INTERRUPTED
    assert "stopped: interrupted" in outcome.out
    assert len(plan.read_text().splitlines()) == 1 + 4 + 4
    assert signal.getsignal(sent) is before


def test_search_in_another_thread_leaves_signals_alone(
    square_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_solver(monkeypatch, lambda run: run.offer(GOOD) and None)
    statuses: list[int] = []

    def call() -> None:
        statuses.append(run("solve", square_file, "--solver", "scripted").status)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join(PATIENCE)
    assert statuses == [ExitStatus.FEASIBLE]


def _start(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Run code with the command line on some arguments, as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=Path(__file__).parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _wait_for(process: subprocess.Popen[str], words: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if words in line:
            return
    pytest.fail(f"the process ended without {words!r}")


def test_real_search_is_interrupted(square_file: Path) -> None:
    problem = square_file.with_name("x.json")
    assert run("generate", "x", "--n", 60, "-o", problem).status == 0
    plan = square_file.with_name("plan.json")
    options = ("--solver", "ortools", "--time", 1000, "--progress", "jsonl", "-o", plan)
    code = "import sys; from routewright.cli.main import main; sys.exit(main())"
    process = _start(code, "solve", problem, *options)
    try:
        _wait_for(process, '"feasible": true')
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == ExitStatus.INTERRUPTED
    read = rw.read(problem)
    assert rw.check(read, rw.read_solution(read, plan)).feasible
    assert {p.name for p in problem.parent.iterdir()} == {"plan.json", "square.json", "x.json"}


def test_second_signal_aborts(square_file: Path) -> None:
    code = (
        "import sys, time, pytest\n"
        "sys.path.insert(0, '.')\n"
        "from command import install_solver\n"
        "from routewright.cli.main import main\n"
        "def stubborn(run):\n"
        "    print('searching', file=sys.stderr, flush=True)\n"
        "    while True: time.sleep(0.01)\n"
        "install_solver(pytest.MonkeyPatch(), stubborn)\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    plan = square_file.with_name("plan.csv")
    process = _start(code, "solve", square_file, "--solver", "scripted", "-o", plan)
    try:
        _wait_for(process, "searching")
        process.send_signal(signal.SIGINT)
        _wait_for(process, "once more to abort")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == ExitStatus.INTERRUPTED
    assert not plan.exists()


def test_interrupt_before_the_search_is_130(
    square_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> rw.Problem:
        raise KeyboardInterrupt

    monkeypatch.setattr("routewright.facade.read", interrupted)
    monkeypatch.setattr(rw, "read", interrupted)
    outcome = run("solve", square_file)
    assert outcome.status == ExitStatus.INTERRUPTED
    assert outcome.err.strip() == "interrupted"
