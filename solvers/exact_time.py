"""When a route leaves its last stop, as an exact function of when it starts.

The function is a list of pieces, each over the starts above the previous piece's last
start: ``leaves(t) = max(t, early) + length`` for t up to ``late``. It is exact for any
number of time windows, and composing it stop by stop loses nothing, so that the
shortest duration of a route over all its starts can be read from it.
"""

from __future__ import annotations

from typing import NamedTuple

from routewright.problem import ALWAYS, Window
from routewright.travel import UNLIMITED


class Piece(NamedTuple):
    """Waits for no reason up to ``early``, then ``length`` after any start up to ``late``."""

    early: int
    late: int
    length: int


#: In increasing order of starts; empty if no start is in time.
ReadyTime = tuple[Piece, ...]


def starting(first: int, last: int) -> ReadyTime:
    """Leave at once, at any time from first to last."""
    return (Piece(first, last, 0),) if first <= last else ()


def after_stop(
    ready: ReadyTime,
    travel: int,
    windows: tuple[Window, ...],
    service: int,
    not_before: int = 0,
) -> ReadyTime:
    """Travel on, wait for a window, serve, and wait for a time before leaving."""
    out = [p._replace(length=p.length + travel) for p in ready]
    if windows != ALWAYS:
        out = _wait(out, windows)
    if service:
        out = [p._replace(length=p.length + service) for p in out]
    if not_before:
        out = _wait(out, ((not_before, UNLIMITED),))
    return tuple(out)


def _wait(pieces: list[Piece], windows: tuple[Window, ...]) -> list[Piece]:
    """Delay each arrival to the first instant within a window; drop what is too late."""
    out: list[Piece] = []
    for early, late, length in pieces:
        for opens, closes in windows:
            if early + length > closes:
                continue
            reach = min(late, closes - length)
            if opens - length > reach:  # whatever the start, it waits until the window opens
                _append(out, Piece(reach, reach, opens - reach))
            else:
                _append(out, Piece(max(early, opens - length), reach, length))
            if reach == late:
                break
    return out


def _append(pieces: list[Piece], piece: Piece) -> None:
    """Add a piece; two that wait for the same moment are one."""
    if pieces:
        before = pieces[-1]
        same = before.early + before.length == piece.early + piece.length
        if same and before.early == before.late and piece.early == piece.late:
            pieces.pop()
    pieces.append(piece)


def shortest(ready: ReadyTime) -> int:
    """Shortest duration over all starts."""
    return min(p.length for p in ready)


def is_never_later(a: ReadyTime, b: ReadyTime) -> bool:
    """Whether ``a`` can start whenever ``b`` can, and never leaves later."""
    last = b[-1].late
    if a[-1].late < last:
        return False
    if len(a) == len(b) == 1:
        (first,), (second,) = a, b
        if first.early + first.length > second.early + second.length:
            return False
        return max(last, first.early) + first.length <= last + second.length
    # Between neighbors among these starts both are linear, so no other can differ.
    starts = {t for p in (*a, *b) for t in (p.early, p.late, p.late + 1) if t <= last}
    return all(_leaves(a, t) <= _leaves(b, t) for t in starts)


def _leaves(ready: ReadyTime, start: int) -> int:
    piece = next(p for p in ready if start <= p.late)
    return max(start, piece.early) + piece.length
