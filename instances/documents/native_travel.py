"""Travel of our JSON documents: scales, metrics, speeds, and matrices."""

from __future__ import annotations

from collections.abc import Callable

from routewright.model import Model
from routewright.problem import Scale
from routewright.travel import Metric, MetricKind, Rounding, RoundingRule

from .native_schema import FORMULAS_WITH_RULES, MetricDocument, ProblemDocument


class TravelReader:
    """Fills the travel of a Model whose places are there already.

    Parameters
    ----------
    document
        The problem document.
    model
        The model.
    rounding
        Replaces the rounding of the document, and its scale.
    issue
        Takes what is wrong: its path and a message.
    """

    def __init__(
        self,
        document: ProblemDocument,
        model: Model,
        rounding: Rounding | None,
        issue: Callable[[str, str], None],
    ) -> None:
        self._issue = issue
        self.d = document
        self.m = model
        self.rounding = rounding

    def scale(self) -> None:
        """Set the scale that the document states."""
        scale = self.d.scale
        if scale is None:
            return
        if self.rounding is not None:
            self.m.notes.append("the rounding asked for replaces the scale of the file")
            return
        loads = [
            values
            for entity in (*self.d.clients, *self.d.vehicle_types, *self.d.shipments)
            for name in ("delivery", "pickup", "capacity", "amount")
            if isinstance(values := getattr(entity, name, None), list)
        ]
        dimensions = max(map(len, loads), default=0)
        if scale.load and len(scale.load) != dimensions:
            message = f"has {len(scale.load)} entries; the file has {dimensions} dimensions of load"
            self._issue("scale.load", message)
        load = tuple((*scale.load, *[1] * dimensions)[:dimensions])
        self.m.scale = Scale(scale.distance, scale.time, scale.cost, load)

    def travel(self) -> None:
        """Set the metric, or add the matrices."""
        if self.d.matrices is None:
            self._metric(self.d.metric or MetricDocument())
            return
        if self.d.metric is not None:
            self._issue("metric", "give a metric or matrices, not both")
        for k, matrix in enumerate(self.d.matrices):
            if matrix.distance is None and matrix.duration is None:
                self._issue(f"matrices[{k}]", "give distance, duration, or both")
                continue
            self.m.add_matrix(matrix.distance, matrix.duration, rounding=self.rounding)
        points = len(self.m.travels.points)
        rows = [len(d) for d in self.m.travels.distance if d is not None]
        if points and rows and points != rows[0]:
            self._issue("matrices", f"have {rows[0]} rows for {points} places with coordinates")

    def _metric(self, given: MetricDocument) -> None:
        geographic = self.m.travels.geographic
        kind = given.kind or ("haversine" if geographic else "euclidean")
        if geographic != (kind == "haversine"):
            wanted = "lat and lon" if kind == "haversine" else "x and y"
            self._issue("metric.kind", f"{kind} needs places with {wanted}")
        if given.period and kind != "toroidal":
            self._issue("metric.period", f"{kind} has no period; only toroidal has")
        rule, scale = self._rule(given, kind)
        metric = Metric(MetricKind[kind.upper()], rule, scale, float(given.period or 0))
        self._speeds(metric, given)
        stated = self.m.scale
        if stated is not None and stated.distance != scale:
            message = f"is {stated.distance}, but the metric keeps {scale} per unit of distance"
            self._issue("scale.distance", message)

    def _rule(self, given: MetricDocument, kind: str) -> tuple[RoundingRule, int]:
        if self.rounding is not None:
            return self.rounding.rule, self.rounding.scale
        if given.rounding is not None:
            if given.rule is not None or given.scale is not None:
                self._issue("metric.rounding", "give rounding, or rule and scale, not both")
            rounding = Rounding(given.rounding)
            return rounding.rule, rounding.scale
        if given.rule is None and given.scale is None:
            if kind in FORMULAS_WITH_RULES:
                self._issue("metric", f"{kind} needs a rounding, or a rule and a scale")
            usual = Metric.haversine() if kind == "haversine" else Metric.euclidean()
            return usual.rule, usual.scale
        return RoundingRule[(given.rule or "nint").upper()], given.scale or 1

    def _speeds(self, metric: Metric, given: MetricDocument) -> None:
        speeds = [float(speed) for speed in given.speed or [1.0]]
        self.m.set_metric(metric, speed=speeds)
        if given.duration_factor is not None:
            if given.speed is not None:
                self._issue("metric.duration_factor", "give speed or duration_factor, not both")
            self.m.travels.duration_factors = [float(f) for f in given.duration_factor]
        elif given.speed is None and metric.kind is MetricKind.HAVERSINE and self._is_timed():
            note = "metric.speed is not given: vehicles drive 1 meter per unit of time"
            self.m.notes += [note] * (note not in self.m.notes)

    def _is_timed(self) -> bool:
        """Whether anything in the file depends on how long driving takes."""
        return any((c.window, c.windows) != (None, None) for c in self.d.clients) or any(
            v.shift or v.max_duration is not None or v.unit_duration_cost
            for v in self.d.vehicle_types
        )
