"""Numbers of our JSON documents on their way to the Model, without losing a digit."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from routewright.units import Real

from .json_fields import seconds
from .native_schema import ScaleDocument

#: What floats do to decimals, as fractions: a number may be too large for a float.
_SLACK = Fraction(1, 10**6)
_RELATIVE_SLACK = Fraction(1, 2**52)


class Numbers:
    """The numbers of a document, exact where it states its scale.

    Parameters
    ----------
    scale
        Internal units per unit of the document, or None.
    """

    def __init__(self, scale: ScaleDocument | None) -> None:
        self.scale = scale
        #: Whether some number was finer than the scale.
        self.rounded = False

    def _exact(self, value: Any, scale: Fraction | int) -> Real:
        if self.scale is None or isinstance(value, int):
            return float(value) if isinstance(value, Decimal) else value
        # A float stands for the decimal number that it prints as.
        real = Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
        units = real * scale
        whole = round(units)
        if abs(units - whole) <= max(_SLACK, abs(units) * _RELATIVE_SLACK):
            real = Fraction(whole) / scale
        else:
            self.rounded = True
        return real.numerator if real.denominator == 1 else real

    def distance(self, value: Any) -> Real:
        """Return a distance."""
        return self._exact(value, self.scale.distance if self.scale else 1)

    def time(self, value: Any) -> Real:
        """Return a time; clock times in seconds."""
        return self._exact(seconds(value), self.scale.time if self.scale else 1)

    def cost(self, value: Any) -> Real:
        """Return an amount of money."""
        return self._exact(value, self.scale.cost if self.scale else 1)

    def loads(self, values: Iterable[Any]) -> list[Real]:
        """Return loads, one per dimension; inf for null."""
        scales = self.scale.load if self.scale else []
        return [
            math.inf if v is None else self._exact(v, scales[d] if d < len(scales) else 1)
            for d, v in enumerate(values)
        ]

    def unit_cost(self, value: Any, base: Literal["distance", "time"]) -> Real:
        """Return a cost per unit of distance or time."""
        per = Fraction(self.scale.cost, getattr(self.scale, base)) if self.scale else 1
        return self._exact(value, per)

    def window(self, window: tuple[Any, Any] | None) -> tuple[Real | None, Real | None]:
        """Return a window; None where it is unbounded."""
        early, late = (None if v is None else self.time(v) for v in window or (None, None))
        return early, late
