"""Ctrl-C: the first ends the search with the best plan so far, the second aborts."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

from routewright.errors import ExitStatus

from .messages import say

Outcome = TypeVar("Outcome")
#: Seconds between two looks for a signal.
_ATTENTION = 0.1


def run_interruptible(
    work: Callable[[threading.Event], Outcome], remains: str = "the best plan so far"
) -> tuple[Outcome, bool]:
    """Run ``work(interrupt)`` and return its outcome and whether it was interrupted.

    ``remains`` is what an interrupted call leaves behind, for the message.

    SIGINT and SIGTERM set the event; the second one ends the process at once. The work
    runs in a thread of its own, because Python delivers signals to the main thread
    only, and there only between two bytecodes: never while compiled code searches.
    """
    interrupt = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        return work(interrupt), False
    signals = (signal.SIGINT, signal.SIGTERM)

    def handle(_signal: int, _frame: FrameType | None) -> None:
        if interrupt.is_set():
            os._exit(ExitStatus.INTERRUPTED)
        interrupt.set()
        say("note", f"stopping with {remains}; once more to abort")

    before = {s: signal.signal(s, handle) for s in signals}
    try:
        return _in_thread(lambda: work(interrupt)), interrupt.is_set()
    finally:
        for s, handler in before.items():
            signal.signal(s, handler)


def _in_thread(work: Callable[[], Outcome]) -> Outcome:
    outcome: list[Any] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=run, name="search", daemon=True)
    thread.start()
    # A wait without end would sleep through a signal that the system hands to another
    # thread, or to this one just before it falls asleep.
    while thread.is_alive():
        thread.join(_ATTENTION)
    if failure:
        raise failure[0]
    result: Outcome = outcome[0]
    return result
