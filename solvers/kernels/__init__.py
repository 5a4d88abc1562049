"""The only place that imports numba: every compiled function is made here.

``run_*`` kernels are called from Python, and ``calls.py`` lists them; all others are
helpers, called by kernels alone. Kernels take whole NamedTuples of arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
from numba.core.registry import CPUDispatcher

from .cache import open_cache, settings

__all__ = ["CACHE", "COMPILED", "kernel"]

#: Where compiled kernels are kept.
CACHE = open_cache()

#: False where NUMBA_DISABLE_JIT makes kernels plain Python.
COMPILED = not settings.DISABLE_JIT


class _Helper(CPUDispatcher):
    """A kernel that only kernels call; called from Python it would crash the process."""

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """Resolve a call; a constant argument gets no compilation of its own."""
        plain = {name: numba.types.unliteral(value) for name, value in kws.items()}
        return super().get_call_template([numba.types.unliteral(a) for a in args], plain)

    def __call__(self, *_: Any) -> Any:
        raise TypeError(
            f"kernel {self.py_func.__name__} is called by kernels only; kernels that "
            "Python calls are named run_*"
        )


def kernel(
    function: Callable[..., Any] | None = None, *, inline: bool = True, reorder: bool = False
) -> Any:
    """Compile at the first call, keep the code in ``CACHE``, release the GIL.

    Kernels allocate no memory: they borrow arrays from Python and count no references
    to them, which else would take a microsecond in each call that is not inlined.

    Parameters
    ----------
    function
        A ``run_*`` kernel, which Python calls, or a helper, which kernels call.
    inline
        Whether a helper becomes part of its callers. A call that hands over the fifty
        arrays of a problem takes 0.1 microseconds: not in the innermost loops.
    reorder
        Whether sums of floats may be taken in any order, and so several terms at once.
    """
    if function is None:
        return lambda decorated: kernel(decorated, inline=inline, reorder=reorder)
    # Without an entry from Python: code to unpack fifty arrays compiles longer than most helpers.
    helper = not function.__name__.startswith("run_")
    options: dict[str, Any] = {
        "cache": True,
        "nogil": True,
        "error_model": "numpy",
        "forceinline": helper and inline,
        "no_cfunc_wrapper": True,
        "fastmath": {"reassoc", "contract"} if reorder else False,
        "no_cpython_wrapper": helper,
        "_nrt": False,  # no references are counted, so nothing can be allocated
    }
    # Numba asks for the directory while it decorates, so it is set for that moment only:
    # cached functions that belong to someone else stay where they were.
    elsewhere = settings.CACHE_DIR
    settings.CACHE_DIR = str(CACHE)
    try:
        compiled: Any = numba.njit(**options)(function)
    finally:
        settings.CACHE_DIR = elsewhere
    if helper and COMPILED:
        compiled.__class__ = _Helper
    return compiled
