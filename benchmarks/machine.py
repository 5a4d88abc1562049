"""The machine that a benchmark runs on, and whether it may be timed on it now."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from routewright.result import versions
from routewright.solvers.warmup import kernels_ready, warmup

INSTANCES = Path(
    os.environ.get(
        "ROUTEWRIGHT_INSTANCES", Path(__file__).resolve().parents[2] / "shared" / "instances"
    )
)
#: What is not meant to be committed; name another folder for what is.
RESULTS = Path(__file__).resolve().parent / "results" / "local"


def processor() -> str:
    """Model name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def load() -> str:
    """Load average of the last minute; a busy machine is said, not hidden."""
    return f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "unknown"


def describe() -> str:
    """One line: processor, cores, load, system, and our versions."""
    ours = ", ".join(f"{name} {version}" for name, version in versions().items())
    return (
        f"{processor()}, {os.cpu_count()} cores, load {load()} at the start, "
        f"{platform.system()} {platform.release()}; {ours}"
    )


def refuse_cold_kernels() -> None:
    """End the script where kernels would be compiled; load them where they are ready."""
    if not kernels_ready():
        raise SystemExit("kernels are not compiled: run `routewright warmup` first")
    warmup()
