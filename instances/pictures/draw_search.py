"""The cost over time of a search, on matplotlib axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from routewright.result import TracePoint

from .palette import ROUTE_COLORS
from .wording import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_search(axes: Axes, trace: Sequence[TracePoint], runtime: float | None = None) -> None:
    """Draw the best cost as a step function of the elapsed time.

    Plans that break rules are drawn dotted. The time axis is logarithmic if the
    improvements span more than two orders of magnitude.
    """
    times = [max(point.elapsed, 1e-3) for point in trace]
    costs = [point.cost for point in trace]
    first = next((k for k, point in enumerate(trace) if point.feasible), len(trace))
    times.append(max(times[-1], runtime or 0.0))
    costs.append(costs[-1])
    if first:
        upto = slice(0, first + 1)
        color = ROUTE_COLORS[3]
        axes.step(times[upto], costs[upto], ":", where="post", color=color, label="breaks rules")
    if first < len(trace):
        color = ROUTE_COLORS[0]
        axes.step(times[first:], costs[first:], where="post", color=color, label="feasible")
        axes.plot(times[first:-1], costs[first:-1], ".", color=color, markersize=3)
        axes.annotate(
            number(costs[-1]),
            (times[-1], costs[-1]),
            xytext=(0, 4),
            textcoords="offset points",
            ha="right",
            fontsize=8,
        )
        # Plans that break rules may cost next to nothing; they do not set the scale.
        low, high = min(costs[first:]), max(costs[first:])
        slack = 0.06 * (high - low) or 1.0
        axes.set_ylim(low - slack, high + slack)
    if times[-1] > 100 * times[0]:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda seconds, _: f"{seconds:g}")
    if first and first < len(trace):
        axes.legend(frameon=False, fontsize=8)
    axes.set_xlabel("seconds", fontsize=8)
    axes.set_ylabel("cost", fontsize=8)
    axes.tick_params(labelsize=7)
    axes.ticklabel_format(axis="y", useOffset=False, style="plain")
    axes.grid(alpha=0.25, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
