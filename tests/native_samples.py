"""Small documents of our JSON problem, and what reading them complains about."""

from __future__ import annotations

import json

import pytest

import routewright as rw
from routewright.instances.documents import native

MINIMAL = """{
  "routewright": "problem/1",
  "depots": [{"id": "depot", "lat": 52.51, "lon": 13.39}],
  "clients": [
    {"id": "a", "lat": 52.49, "lon": 13.41, "delivery": 2, "window": ["08:00", "09:30"]},
    {"lat": 52.3, "lon": 13.2, "delivery": 1.5}
  ],
  "vehicle_types": [{"id": "van", "count": 2, "capacity": 10}]
}"""

MATRIX = """{
  "routewright": "problem/1",
  "depots": [{}],
  "clients": [{}, {}],
  "vehicle_types": [{}],
  "matrices": [{"distance": [[0, 1, null], [2.5, 0, 3], [4, 5, 0]]}]
}"""


def messages(text: str) -> list[str]:
    """Everything that reading complains about."""
    with pytest.raises(rw.InputError) as caught:
        native.read(text)
    return str(caught.value).splitlines()


def edited(base: str = MINIMAL, **changes: object) -> str:
    """A sample with some top-level fields changed; None removes a field."""
    data = {**json.loads(base), **changes}
    return json.dumps({name: value for name, value in data.items() if value is not None})
