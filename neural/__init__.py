"""Learned constructors: the only room that imports torch."""

from __future__ import annotations

from importlib.util import find_spec

from routewright.errors import NotInstalledError


def require_torch() -> None:
    """Raise an error that names the extra, if torch or safetensors is not installed.

    Raises
    ------
    NotInstalledError
        If so.
    """
    for package in ("torch", "safetensors"):
        if find_spec(package) is None:
            raise NotInstalledError(package, "neural")
