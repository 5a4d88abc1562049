"""``routewright warmup``: compile the kernels ahead of the first search."""

from __future__ import annotations

import os
import time

import click

from .messages import hush


@click.command()
def warmup() -> None:
    """Compile the kernels ahead of the first search."""
    from routewright.solvers import warmup as kernels

    hush()  # the wait is announced here
    processes = os.cpu_count() or 1
    if kernels.kernels_ready():
        print("kernels: compiled before, loading", flush=True)
    else:
        # The largest family of kernels takes as long as a third process could save.
        seconds = kernels.expected_seconds() / min(2, processes)
        print(f"kernels: compiling, about {seconds:.0f} s", flush=True)
    begin = time.perf_counter()
    taken = kernels.warmup(_print_kernel, processes=processes)
    print(f"kernels: {len(taken)} ready in {time.perf_counter() - begin:.1f} s")
    print(f"kept in {kernels.cache_directory()}")
    for directory in kernels.old_cache_directories():
        print(f"of another version, can be removed: {directory}")


def _print_kernel(name: str, seconds: float) -> None:
    print(f"  {name:<28} {seconds:7.2f} s", flush=True)
