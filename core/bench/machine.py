"""What the figures of a table depend on: processor, cores, system, load and versions."""

from __future__ import annotations

import datetime
import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

from core.cores import usable_cores

__all__ = ["busy", "load_averages", "machine", "processor"]

_PACKAGES = ("platelight", "numpy", "OpenImageIO", "onnxruntime", "onnxruntime-gpu", "torch", "mitsuba")


def machine(threads: int) -> dict[str, Any]:
    """Processor, cores, threads used, system, date (UTC), load of the last minute (None where unknown), versions.

    Args:
        threads: that the benchmark uses; noted as it is.
    """
    return {
        "processor": processor(),
        "cores": usable_cores(),
        "threads": threads,
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="minutes"),
        "load": next(iter(load_averages()), None),
        "versions": {name: version for name in _PACKAGES if (version := _version(name))},
    }


def load_averages() -> list[float]:
    """Of the last 1, 5 and 15 minutes; empty where the system does not tell."""
    return [round(value, 2) for value in os.getloadavg()] if hasattr(os, "getloadavg") else []


def busy(facts: dict[str, Any]) -> str:
    """A warning where other work was running as the benchmark began; else an empty string."""
    load, cores = facts["load"], facts["cores"]
    if load is None or load <= 0.5 * cores:
        return ""
    return (
        f"load average {load} on {cores} cores: other work is running; every time is too long, and ratios are less sure"
    )


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def processor() -> str:
    """The processor's name as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:  # no Linux
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
