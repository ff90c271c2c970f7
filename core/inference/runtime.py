"""Which ONNX Runtime this environment has: the CPU build, the GPU build, neither, or both by mistake.

The two builds are different distributions that install the same Python package, `onnxruntime`, over each other. pip
cannot express that one excludes the other, so with both present the files of the one installed last win, and removing
either takes files of the other with it. All of this is seen from the distributions' own records and from where the
package's first file lies, without importing it.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from importlib import metadata

__all__ = ["CPU_DISTRIBUTION", "GPU_DISTRIBUTION", "installed_runtimes", "package_origin", "runtime_problem"]

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


def package_origin() -> str | None:
    """Path of the `onnxruntime` package's first file, or None where the package is absent or an empty shell."""
    spec = importlib.util.find_spec("onnxruntime")
    return None if spec is None else spec.origin


def runtime_problem(
    version_of: Callable[[str], str] = metadata.version, origin: Callable[[], str | None] = package_origin
) -> str | None:
    """One line that says why no model can run here and how to mend it, or None where exactly one build is whole.

    Args:
        version_of: as in `installed_runtimes`.
        origin: as `package_origin`.
    """
    found = installed_runtimes(version_of)
    if len(found) == 1 and origin() is not None:
        return None
    named = " and ".join(f"{name} {version}" for name, version in found.items())
    if len(found) == 2:
        why = f"{named} are both installed and overwrite each other's files"
    elif found:
        why = f"{named} is recorded as installed, but its files went with another build that was removed"
    else:
        why = f"neither {CPU_DISTRIBUTION} nor {GPU_DISTRIBUTION} is installed, so no model can run"
    return (
        f"{why}; python -m pip uninstall -y {CPU_DISTRIBUTION} {GPU_DISTRIBUTION}, then python -m pip install "
        f"{CPU_DISTRIBUTION} (runs on the CPU) or {GPU_DISTRIBUTION} (for an NVIDIA GPU)"
    )
