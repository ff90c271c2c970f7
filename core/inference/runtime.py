"""Which ONNX Runtime this environment has: the CPU build, the GPU build, neither, or both by mistake.

The two builds are different distributions that install the same Python package, `onnxruntime`, over each other. pip
cannot express that one excludes the other, so with both present the files of the one installed last win, and removing
either breaks the other. That state is detected by the distributions' own records, not by importing anything.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata

__all__ = ["CPU_DISTRIBUTION", "GPU_DISTRIBUTION", "installed_runtimes", "runtime_problem"]

CPU_DISTRIBUTION = "onnxruntime"
GPU_DISTRIBUTION = "onnxruntime-gpu"


def installed_runtimes(version_of: Callable[[str], str] = metadata.version) -> dict[str, str]:
    """Name -> version of the ONNX Runtime distributions that are installed; at most two entries, CPU first.

    Args:
        version_of: gives the version of a distribution or raises `importlib.metadata.PackageNotFoundError`.
    """
    found = {}
    for name in (CPU_DISTRIBUTION, GPU_DISTRIBUTION):
        try:
            found[name] = version_of(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def runtime_problem(version_of: Callable[[str], str] = metadata.version) -> str | None:
    """One line that says why no model can run here and how to mend it, or None where exactly one build is installed.

    Args:
        version_of: as in `installed_runtimes`.
    """
    found = installed_runtimes(version_of)
    if len(found) == 1:
        return None
    mend = (
        f"python -m pip uninstall -y {CPU_DISTRIBUTION} {GPU_DISTRIBUTION}, then python -m pip install "
        f"{CPU_DISTRIBUTION} (runs on the CPU) or {GPU_DISTRIBUTION} (for an NVIDIA GPU)"
    )
    if found:
        both = " and ".join(f"{name} {version}" for name, version in found.items())
        return f"{both} are both installed and overwrite each other's files; {mend}"
    return f"neither {CPU_DISTRIBUTION} nor {GPU_DISTRIBUTION} is installed, so no model can run; {mend}"
