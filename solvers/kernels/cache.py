"""Where compiled kernels are kept between processes.

Numba notices an edit of the file that defines a kernel, but not of a helper in another
file, and would go on running the old helper. The directory is therefore named by a hash
of all kernel sources, and of the core modules whose layout and constants are compiled
into them. Nothing deletes old directories; ``old_caches`` lists them.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import tempfile
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import llvmlite.binding  # type: ignore[import-untyped]
import numba

from routewright import arrays, travel

#: Numba's own settings, which it does not declare.
settings: Any = numba.config

_SOURCES = Path(__file__).parent
#: What kernels take in from elsewhere: the fields of the arrays, constants, and codes.
CORE = tuple(Path(module.__file__) for module in (arrays, travel) if module.__file__)
_PRIVATE: list[tempfile.TemporaryDirectory[str]] = []  # removed when the process ends


def source_hash(folder: Path = _SOURCES, others: Iterable[Path] = CORE) -> str:
    """Hash of the names and contents of all Python files in a folder, and of some others."""
    digest = hashlib.sha256()
    for file in (*sorted(folder.glob("*.py")), *others):
        content = file.read_bytes()
        digest.update(f"{file.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def open_cache() -> Path:
    """Return the cache directory of these kernels, made and writable.

    It lies in ``NUMBA_CACHE_DIR`` where that is set, else in the user's cache folder. If
    it cannot be written, a private temporary one takes its place, with a warning.
    """
    # Numba ignores the setting when it loads code that was compiled without it.
    mode = "-boundscheck" if settings.BOUNDSCHECK else ""
    name = f"{numba.__version__}-{source_hash()}{mode}"
    try:
        directory = cache_root() / name
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except (OSError, RuntimeError) as error:
        _PRIVATE.append(
            tempfile.TemporaryDirectory(prefix="routewright-", ignore_cleanup_errors=True)
        )
        warnings.warn(
            f"compiled kernels cannot be kept ({error}), so that every process compiles "
            "them again; set NUMBA_CACHE_DIR to a directory that can be written",
            RuntimeWarning,
            stacklevel=2,
        )
        return Path(_PRIVATE[-1].name)
    return directory


def cache_root() -> Path:
    """Return the folder that holds the cache directories of all versions.

    Raises
    ------
    RuntimeError
        If the user has no home directory.
    """
    return Path(settings.CACHE_DIR or _user_cache()) / "routewright"


def _user_cache() -> Path:
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local) if local else Path.home() / "AppData" / "Local"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    configured = os.environ.get("XDG_CACHE_HOME")
    return Path(configured) if configured else Path.home() / ".cache"


def old_caches(current: Path) -> list[Path]:
    """Return the cache directories beside the current one: of other versions or modes."""
    return sorted(d for d in current.parent.glob("*-*") if d.is_dir() and d != current)


def fingerprint() -> str:
    """Name everything beyond the sources that makes numba compile again.

    That is the interpreter, the processor, where the sources are, and when they were
    written.
    """
    stamps = [(file.name, file.stat().st_mtime_ns) for file in sorted(_SOURCES.glob("*.py"))]
    parts = (
        platform.python_version(),
        llvmlite.binding.get_host_cpu_name(),
        llvmlite.binding.get_host_cpu_features().flatten(),
        str(_SOURCES),
        stamps,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
