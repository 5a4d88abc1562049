"""The part of the builder that knows places and how far they are from each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

from .intake import Intake
from .specs import Travels
from .travel import MAX_VALUE, Metric, Rounding


class TravelModel:
    """Locations, a metric over them, or matrices between them.

    Parameters
    ----------
    origin
        The instant that is time 0, for datetimes.
    """

    def __init__(self, origin: datetime | None = None) -> None:
        self._take = Intake(origin)
        #: What is wrong so far; readers add their own.
        self.issues = self._take.issues
        self.travels = Travels()

    def add_location(
        self,
        x: float | None = None,
        y: float | None = None,
        *,
        z: float | None = None,
        lat: float | None = None,
        lon: float | None = None,
        where: str = "",
    ) -> int:
        """Add a place, planar (x, y[, z]) or geographic (lat, lon), and return its index."""
        index = len(self.travels.points)
        where = where or f"locations[{index}]"
        geographic = lat is not None or lon is not None
        given = (lon, lat) if geographic else (x, y)
        if None in given or (geographic and (x is not None or y is not None)):
            self._take.issue(where, "coordinates", "give x and y, or lat and lon")
            given = (0.0, 0.0)
        if self.travels.points and geographic != self.travels.geographic:
            self._take.issue(where, "coordinates", "x, y and lat, lon cannot be mixed in one model")
        self.travels.geographic = geographic
        point = [self._take.number(where, "coordinates", v, negative=True) for v in given]
        if z is not None:
            point.append(self._take.number(where, "coordinates", z, negative=True))
        if index and len(point) != len(self.travels.points[0]):
            self._take.issue(where, "coordinates", "all locations need a z, or none")
            point = [*point, 0][: len(self.travels.points[0])]
        self.travels.points.append(tuple(float(v) for v in point))
        self.travels.places.append(where)
        return index

    def add_locations(self, points: npt.ArrayLike, places: Sequence[str]) -> None:
        """Add planar places.

        Parameters
        ----------
        points
            Coordinates, shape (places, 2 or 3).
        places
            Where each stands in the user's input, for error messages.
        """
        array = np.asarray(points, dtype=np.float64)
        width = len(self.travels.points[0]) if self.travels.points else array.shape[1]
        usual = np.abs(array).max(initial=0) <= MAX_VALUE  # false for what is no number
        if usual and array.shape == (len(places), width) and not self.travels.geographic:
            self.travels.points += map(tuple, array.tolist())
            self.travels.places += places
            return
        for (x, y, *z), where in zip(array.tolist(), places, strict=True):
            self.add_location(x, y, z=z[0] if z else None, where=where)

    def set_metric(
        self, metric: Metric | Rounding | str, *, speed: float | Sequence[float] = 1.0
    ) -> None:
        """Compute distances from coordinates.

        Parameters
        ----------
        metric
            A metric, or a rounding convention of the Euclidean metric. Default:
            Euclidean with ``none`` for x and y, great circle meters for lat and lon.
        speed
            Distance per unit of time: durations are distance / speed. Several speeds
            make as many profiles.
        """
        self.travels.metric = metric if isinstance(metric, Metric) else Metric.euclidean(metric)
        speeds = list(speed) if isinstance(speed, Sequence) else [speed]
        for k, value in enumerate(speeds):
            speeds[k] = float(self._take.number("", "speed", value)) or 1.0
            if value == 0:
                self._take.issue("", "speed", "0 must be above 0")
        self.travels.speeds = speeds

    def add_matrix(
        self,
        distance: npt.ArrayLike | None = None,
        duration: npt.ArrayLike | None = None,
        *,
        rounding: Rounding | str | None = None,
    ) -> int:
        """Add a travel profile from matrices and return its index.

        Parameters
        ----------
        distance, duration
            Shape (locations, locations); ``inf`` where no way exists. If one is
            missing, it equals the other.
        rounding
            Rule to round the values by, one for all matrices; None keeps them as
            they are.
        """
        if distance is None and duration is None:
            self._take.issue("", "matrix", "give distance, duration, or both")
            return 0
        index = len(self.travels.distance)
        first = self._take.matrix(index, "distance", distance)
        second = self._take.matrix(index, "duration", duration)
        self.travels.distance.append(second if first is None else first)
        self.travels.duration.append(first if second is None else second)
        rule = None if rounding is None else Rounding(rounding)
        if index and rule != self.travels.rounding:
            self._take.issue(f"matrix {index}", "rounding", "differs from that of matrix 0")
        self.travels.rounding = rule
        return index

    def _place(
        self,
        where: str,
        location: int | None,
        x: float | None,
        y: float | None,
        lat: float | None,
        lon: float | None,
    ) -> int:
        if location is not None:
            if not (x is None and y is None and lat is None and lon is None):
                self._take.issue(where, "location", "give coordinates or a location, not both")
            return self._take.whole(where, "location", location)
        return self.add_location(x, y, lat=lat, lon=lon, where=where)
