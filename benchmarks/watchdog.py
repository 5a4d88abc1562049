"""A peer in a process of its own, which is ended if it does not return."""

from __future__ import annotations

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection

from contestants import Answer, Contestant

import routewright as rw

#: A peer is given up after this many times its limit, and these seconds for starting.
_PATIENCE, _START = 2.0, 120.0


class Watched(Contestant):
    """Runs a contestant in a child process; a run that hangs is an error of the contestant.

    Parameters
    ----------
    inner
        Who runs.
    patience
        Seconds after which a run is given up, for a time limit of 0; None for the usual.
    """

    def __init__(self, inner: Contestant, patience: float = _START) -> None:
        self.inner, self.patience = inner, patience
        self.name, self.threads, self.seeded = inner.name, inner.threads, inner.seeded

    @property
    def label(self) -> str:
        return self.inner.label

    def version(self) -> str:
        return self.inner.version()

    def refusal(self, problem: rw.Problem) -> str:
        return self.inner.refusal(problem)

    def solve(self, problem: rw.Problem, seconds: float, seed: int) -> Answer:
        """Solve in a child.

        Raises
        ------
        TimeoutError
            If it has not returned after twice its limit and ``patience``.
        RuntimeError
            If it fails; the message is that of the exception in the child.
        """
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe()
        child = context.Process(target=_serve, args=(self.inner, problem, seconds, seed, theirs))
        child.start()
        theirs.close()
        until = _PATIENCE * seconds + self.patience
        try:
            if not ours.poll(until):
                raise TimeoutError(f"did not return within {until:.0f} s (limit {seconds:g} s)")
            answer = ours.recv()
        except EOFError:
            raise RuntimeError("its process ended without an answer") from None
        finally:
            _end(child.pid)
            child.join()
        if isinstance(answer, str):
            raise RuntimeError(answer)
        assert isinstance(answer, Answer)
        return answer


def _serve(
    inner: Contestant, problem: rw.Problem, seconds: float, seed: int, pipe: Connection
) -> None:
    os.setsid()  # what it starts is ended with it
    try:
        pipe.send(inner.solve(problem, seconds, seed))
    except Exception as error:
        pipe.send(f"{type(error).__name__}: {error}")
    pipe.close()
    os._exit(0)


def _end(pid: int | None) -> None:
    try:
        if pid is not None:
            os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
