"""Distance and duration of arcs, from matrices or computed from coordinates.

The integers are those of `travel`, formula by formula and operation by
operation. Only where a spherical distance falls within the last bits of a rounding
boundary may they differ by one unit: arccos, arcsin, and arctan of NumPy's vector
library and of the C library do not always agree in the last bit.

References
----------
Reinelt, G. (1995). *TSPLIB95*, section 2 (edge weight functions).
"""

from __future__ import annotations

import math

from routewright.travel import (
    EARTH_RADIUS_METERS,
    FLOOR_SLACK,
    MetricKind,
    RoundingRule,
)

from . import kernel

# Numba takes plain integers as compile-time constants, but not members of an enum.
_MATRIX = -1
_EUCLIDEAN = int(MetricKind.EUCLIDEAN)
_MANHATTAN = int(MetricKind.MANHATTAN)
_MAXIMUM = int(MetricKind.MAXIMUM)
_ATT = int(MetricKind.ATT)
_GEO = int(MetricKind.GEO)
_GEOM = int(MetricKind.GEOM)
_HAVERSINE = int(MetricKind.HAVERSINE)
_TOROIDAL = int(MetricKind.TOROIDAL)
_XRAY1 = int(MetricKind.XRAY1)
_XRAY2 = int(MetricKind.XRAY2)
_GEO_MEEUS = int(MetricKind.GEO_MEEUS)
_NINT = int(RoundingRule.NINT)
_FLOOR = int(RoundingRule.FLOOR)
_DEGREE = math.pi / 180.0


@kernel
def arc(p, f, i, j):
    """Distance and duration from node i to node j in profile f, in internal units."""
    a, b = p.location[i], p.location[j]
    if p.metric_kind[f] == _MATRIX:
        return p.distance[f, a, b], p.duration[f, a, b]
    distance = _computed(p, f, a, b)
    factor = p.duration_factor[f]
    if factor == 1.0:
        return distance, distance
    return distance, int(math.floor(distance * factor + 0.5))


@kernel
def arc_distance(p, f, i, j):
    """Distance from node i to node j in profile f, in internal units."""
    a, b = p.location[i], p.location[j]
    if p.metric_kind[f] == _MATRIX:
        return p.distance[f, a, b]
    return _computed(p, f, a, b)


@kernel
def arc_duration(p, f, i, j):
    """Duration from node i to node j in profile f, in internal units."""
    return arc(p, f, i, j)[1]


@kernel
def _computed(p, f, a, b):
    """Distance between two locations, from their coordinates."""
    if a == b:
        return 0
    c = p.coordinates
    dx = c[f, a, 0] - c[f, b, 0]
    dy = c[f, a, 1] - c[f, b, 1]
    dz = c[f, a, 2] - c[f, b, 2]
    kind, rule, scale = p.metric_kind[f], p.metric_rule[f], p.metric_scale[f]
    if kind == _EUCLIDEAN:
        return _rounded(math.sqrt(dx * dx + dy * dy + dz * dz) * scale, rule)
    if kind >= _GEO and kind != _TOROIDAL and kind != _XRAY1 and kind != _XRAY2:
        raw = _spherical(kind, c[f, a, 0], c[f, a, 1], c[f, b, 0], c[f, b, 1])
    else:
        raw = _planar(kind, abs(dx), abs(dy), abs(dz), rule, scale, p.metric_period[f])
    return _rounded(raw * scale, rule)


@kernel
def _rounded(value, rule):
    if rule == _NINT:
        return int(math.floor(value + 0.5))
    if rule == _FLOOR:
        return int(math.floor(value + FLOOR_SLACK))
    return int(math.ceil(value - FLOOR_SLACK))


@kernel(inline=False)
def _planar(kind, dx, dy, dz, rule, scale, period):
    """Formulas over coordinate differences (absolute values)."""
    if kind == _MANHATTAN:
        return dx + dy + dz
    if kind == _MAXIMUM:
        if rule == _NINT:
            dx = math.floor(dx * scale + 0.5) / scale
            dy = math.floor(dy * scale + 0.5) / scale
            dz = math.floor(dz * scale + 0.5) / scale
        return max(dx, dy, dz)
    if kind == _ATT:
        r = math.sqrt((dx * dx + dy * dy + dz * dz) / 10.0)
        t = math.floor(r + 0.5)
        return t + 1.0 if t < r else t * 1.0
    if kind == _TOROIDAL:
        dx, dy, dz = min(dx, period - dx), min(dy, period - dy), min(dz, period - dz)
        return math.sqrt(dx * dx + dy * dy + dz * dz)
    dx = min(dx, abs(dx - 360.0))
    if kind == _XRAY1:
        return 100.0 * max(dx, dy, dz)
    return 100.0 * max(dx / 1.25, dy / 1.5, dz / 1.15)


@kernel(inline=False)
def _spherical(kind, xa, ya, xb, yb):
    """Formulas over angles; x is the latitude, except for haversine, where it is y."""
    if kind == _HAVERSINE:
        return _haversine(xa * _DEGREE, ya * _DEGREE, xb * _DEGREE, yb * _DEGREE)
    if kind == _GEO or kind == _GEO_MEEUS:
        xa, ya = _radians_ddd_mm(xa), _radians_ddd_mm(ya)
        xb, yb = _radians_ddd_mm(xb), _radians_ddd_mm(yb)
        if kind == _GEO:
            return _great_circle(6378.388, xa, ya, xb, yb)
        return _meeus(xa, ya, xb, yb)
    if kind == _GEOM:
        pi = math.pi
        return _great_circle(
            6378388.0,
            pi * xa / 180.0,
            pi * ya / 180.0,
            pi * xb / 180.0,
            pi * yb / 180.0,
        )
    return 1000.0 * _meeus(xa * _DEGREE, ya * _DEGREE, xb * _DEGREE, yb * _DEGREE)


@kernel
def _radians_ddd_mm(x):
    degrees = float(math.trunc(x))
    return 3.141592 * (degrees + 5.0 * (x - degrees) / 3.0) / 180.0


@kernel
def _great_circle(radius, lat_a, lon_a, lat_b, lon_b):
    q1 = math.cos(lon_a - lon_b)
    q2 = math.cos(lat_a - lat_b)
    q3 = math.cos(lat_a + lat_b)
    cosine = 0.5 * ((1.0 + q1) * q2 - (1.0 - q1) * q3)
    return radius * math.acos(min(max(cosine, -1.0), 1.0)) + 1.0


@kernel
def _haversine(lon_a, lat_a, lon_b, lat_b):
    u = math.sin((lat_a - lat_b) / 2)
    v = math.sin((lon_a - lon_b) / 2)
    h = u * u + math.cos(lat_a) * math.cos(lat_b) * (v * v)
    root = math.sqrt(min(max(h, 0.0), 1.0))
    return 2 * EARTH_RADIUS_METERS * math.asin(root)


@kernel
def _meeus(lat_a, lon_a, lat_b, lon_b):
    """Kilometers on the ellipsoid; Meeus, *Astronomical Algorithms*, chapter 11."""
    f, g = (lat_a + lat_b) / 2, (lat_a - lat_b) / 2
    half = (lon_a - lon_b) / 2
    sin_g, cos_g, sin_f, cos_f = math.sin(g), math.cos(g), math.sin(f), math.cos(f)
    sin_l, cos_l = math.sin(half), math.cos(half)
    sin2g, cos2g, sin2f, cos2f = sin_g * sin_g, cos_g * cos_g, sin_f * sin_f, cos_f * cos_f
    sin2l, cos2l = sin_l * sin_l, cos_l * cos_l
    s = sin2g * cos2l + cos2f * sin2l
    if s == 0.0:
        return 0.0
    c = cos2g * cos2l + sin2f * sin2l
    w = math.atan(math.sqrt(s / c))
    r = math.sqrt(s * c) / w
    h1, h2 = (3 * r - 1) / (2 * c), (3 * r + 1) / (2 * s)
    flat = 1.0 / 298.257
    return 2 * w * 6378.137 * (1 + flat * (h1 * sin2f * cos2g - h2 * cos2f * sin2g))
