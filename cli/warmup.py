"""``routewright warmup``: compile the kernels ahead of the first search."""

from __future__ import annotations

import click

from .messages import hush


@click.command()
def warmup() -> None:
    """Compile the kernels ahead of the first search."""
    from routewright.solvers import warmup as kernels

    hush()  # the wait is announced here
    if kernels.kernels_ready():
        print("kernels: compiled before, loading", flush=True)
    else:
        seconds = kernels.expected_seconds()
        print(f"kernels: compiling, about {seconds:.0f} s", flush=True)
    taken = kernels.warmup(_print_kernel)
    print(f"kernels: {len(taken)} ready in {sum(taken.values()):.1f} s")
    print(f"kept in {kernels.cache_directory()}")
    for directory in kernels.old_cache_directories():
        print(f"of another version, can be removed: {directory}")


def _print_kernel(name: str, seconds: float) -> None:
    print(f"  {name:<28} {seconds:7.2f} s", flush=True)
