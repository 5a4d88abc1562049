"""The schedule of one route, as the checker sees it: plain integers, no shortcuts.

The completion time of a route is a nondecreasing piecewise linear function of its start
time, with slopes 0 (waiting somewhere) and 1 (never waiting). Waiting is always allowed,
so the feasible starts are all times up to a latest one. Composing the function stop by
stop is exact for any number of time windows, reloads, and release times.

References
----------
Visser, T. R., & Spliet, R. (2020). Efficient move evaluations for time-dependent vehicle
routing problems. *Transportation Science*, 54(4), section 3 (ready time functions).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from .problem import Window
from .travel import UNLIMITED


@dataclass(frozen=True, slots=True)
class Event:
    """A place on the route's timeline.

    Parameters
    ----------
    travel
        Time to reach it from the previous event.
    windows
        When work may start there (disjoint, increasing).
    service
        Time the work takes.
    earliest_departure
        Departure waits for this time (release of the goods of a trip).
    """

    travel: int
    windows: tuple[Window, ...]
    service: int = 0
    earliest_departure: int = 0


class Timing(NamedTuple):
    """Times of one event: arrival, start of work, departure, lateness (0 if in time)."""

    arrival: int
    start: int
    departure: int
    late: int


class _Piece(NamedTuple):
    """Completion over starts in [low, high]: ``value + slope * (start - low)``."""

    low: int
    high: int
    value: int
    slope: int

    @property
    def last(self) -> int:
        return self.value + self.slope * (self.high - self.low)


def best_start(events: Iterable[Event], shift: Window) -> int | None:
    """Earliest start among those of shortest total duration; None if none is in time."""
    pieces = [_Piece(shift[0], shift[1], shift[0], 1)]
    for event in events:
        pieces = _later(pieces, event.travel)
        pieces = _wait(pieces, event.windows)
        pieces = _later(pieces, event.service)
        if event.earliest_departure > 0:
            pieces = _wait(pieces, ((event.earliest_departure, UNLIMITED),))
    pieces = _wait(pieces, (shift,))
    if not pieces:
        return None
    # On slope 1 every start lasts equally long; on slope 0 the last start is shortest.
    starts = [(p.last - p.high, p.low if p.slope else p.high) for p in pieces]
    return min(starts)[1]


def least_late_start(events: Sequence[Event], shift: Window) -> int:
    """Earliest start among those of shortest duration that are as little late as can be.

    Starting later never makes a route earlier anywhere, so the earliest start has the
    least lateness at every event. That much is allowed here, and no more.
    """
    timings = simulate(events, shift[0])
    allowed = [
        replace(event, windows=(*event.windows[:-1], (event.windows[-1][0], timing.arrival)))
        if timing.late
        else event
        for event, timing in zip(events, timings, strict=True)
    ]
    start = best_start(allowed, (shift[0], max(shift[1], timings[-1].departure)))
    assert start is not None
    return start


def _later(pieces: list[_Piece], delay: int) -> list[_Piece]:
    if not delay:
        return pieces
    return [_Piece(low, high, value + delay, slope) for low, high, value, slope in pieces]


def _wait(pieces: list[_Piece], windows: tuple[Window, ...]) -> list[_Piece]:
    """Delay each completion to the first instant within a window; cut what is too late."""
    if not pieces or (windows[0][0] <= pieces[0].value and pieces[-1].last <= windows[0][1]):
        return pieces
    out: list[_Piece] = []
    for piece in pieces:
        low = piece.low
        for early, late in windows:
            if low > piece.high:
                break
            value = piece.value + piece.slope * (low - piece.low)
            if value > late:
                continue
            if value < early:  # waits until the window opens
                reach = piece.high if not piece.slope else min(piece.high, low + early - value)
                _append(out, _Piece(low, reach, early, 0))
                low, value = reach + 1, early + 1
                if low > piece.high:
                    break
            reach = piece.high if not piece.slope else min(piece.high, low + late - value)
            if value <= late and reach >= low:
                _append(out, _Piece(low, reach, value, piece.slope))
                low = reach + 1
    return out


def _append(pieces: list[_Piece], piece: _Piece) -> None:
    """Add a piece, joined to the one before it where they form one flat piece."""
    if pieces and piece.slope == 0 == pieces[-1].slope and piece.value == pieces[-1].value:
        pieces[-1] = pieces[-1]._replace(high=piece.high)
    else:
        pieces.append(piece)


def simulate(events: Iterable[Event], start: int) -> list[Timing]:
    """Run the route from a start time; late work begins at once and delays what follows."""
    timings = []
    now = start
    for event in events:
        arrival = now + event.travel
        begin, late = _begin(arrival, event.windows)
        departure = max(begin + event.service, event.earliest_departure)
        timings.append(Timing(arrival, begin, departure, late))
        now = departure
    return timings


def _begin(arrival: int, windows: tuple[Window, ...]) -> tuple[int, int]:
    for early, late in windows:
        if arrival <= late:
            return max(arrival, early), 0
    return arrival, arrival - windows[-1][1]
