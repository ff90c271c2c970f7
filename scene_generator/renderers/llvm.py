"""The LLVM library that the embedded renderer compiles its kernels with: find it, install it, try it.

Mitsuba's `llvm_*` variants load libLLVM at run time. Versions up to 14 are refused by the renderer, and 15 and 16 abort
the whole process on current CPUs ("cannot select"), so both count as absent here. Everything that might abort
therefore runs in a child process. Standard library only.

    python -m scene_generator.renderers.llvm             says what is found and whether it renders
    python -m scene_generator.renderers.llvm --install   installs one through apt where rights allow

The exit code of --install is always 0, because without the library the renderer is slower, not broken.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from scene_generator.signals import signal_name

__all__ = ["OLDEST_VERSION", "find_llvm", "install_command", "llvm_version", "main", "probe_variant"]

OLDEST_VERSION = 17
"""The oldest LLVM with which current CPUs render instead of aborting."""

_TESTED_VERSIONS = (19, 20, 18, 17, 21)
"""The order of choice when one is to be installed; anything newer comes after these."""

_FOLDERS = (
    "usr/lib/llvm-*/lib",
    "usr/lib/*-linux-gnu*",
    "usr/lib64",
    "usr/lib",
    "usr/local/lib",
    "opt/homebrew/opt/llvm*/lib",
    "usr/local/opt/llvm*/lib",
)
_LIBRARY_PATTERNS = ("libLLVM*.so*", "libLLVM*.dylib")

_LIBRARY_NAME = re.compile(r"^libLLVM(?:-(?P<dash>\d+)(?:\.\d+)*)?\.(?:so(?:\.(?P<dot>\d+)(?:\.\d+)*)?|dylib)$")
_FOLDER_VERSION = re.compile(r"llvm(?:-|@|/)(\d+)")

# A sphere with the material the generator uses, so that the compiler meets the same kind of code as in earnest.
_PROBE = """
import sys
import mitsuba
mitsuba.set_variant(sys.argv[1])
from mitsuba import ScalarTransform4f as Transform
scene = mitsuba.load_dict({
    "type": "scene",
    "integrator": {"type": "path", "max_depth": 3},
    "sensor": {"type": "perspective", "fov": 40.0,
               "to_world": Transform().look_at([0, 0, 4], [0, 0, 0], [0, 1, 0]),
               "film": {"type": "hdrfilm", "width": 16, "height": 16}, "sampler": {"type": "independent"}},
    "ball": {"type": "sphere", "bsdf": {"type": "principled", "roughness": 0.4, "metallic": 0.5}},
    "sky": {"type": "constant"},
})
import numpy
picture = numpy.array(mitsuba.render(scene, spp=4))
if picture.shape[:2] != (16, 16) or not numpy.isfinite(picture).all() or picture.mean() < 0.01:
    sys.exit("the picture came out empty or not finite")
print("rendered")
"""


def llvm_version(path: Path) -> int | None:
    """The major version of a libLLVM file by its name, then its symbolic link's target, then its folder; None = unsaid.

    `libLLVM-17.so.1` is 17, `libLLVM.so.19.1` is 19, `llvm-18/lib/libLLVM.so` is 18.
    """
    for candidate in (path, path.resolve()):
        match = _LIBRARY_NAME.match(candidate.name)
        version = int(match["dash"] or match["dot"] or 0) if match else 0
        if version > 1:  # libLLVM.so.1 only counts its own interface
            return version
    folder = _FOLDER_VERSION.search(path.resolve().parent.as_posix()) or _FOLDER_VERSION.search(path.parent.as_posix())
    return int(folder[1]) if folder else None


def find_llvm(
    *, environ: Mapping[str, str] | None = None, root: Path = Path("/"), ldconfig: bool = True
) -> Path | None:
    """The newest libLLVM of version 17 or later that this process could load, or None.

    `$DRJIT_LIBLLVM_PATH` wins if it names a file that is not known to be too old. Then come the linker's cache (where
    `ldconfig` is true and `root` is the real one) and the usual folders under `root`. Libraries for another machine
    type (32-bit ones, linker scripts) are left out. Loads nothing and never raises.
    """
    chosen = (os.environ if environ is None else environ).get("DRJIT_LIBLLVM_PATH", "")
    if chosen and _loadable(Path(chosen)):
        version = llvm_version(Path(chosen))
        if version is None or version >= OLDEST_VERSION:
            return Path(chosen)
    found: list[tuple[int, str]] = []
    for path in (*(_from_linker_cache() if ldconfig else ()), *_from_folders(root)):
        version = llvm_version(path)
        if version is not None and version >= OLDEST_VERSION and _loadable(path):
            found.append((version, str(path)))
    if not found:
        return None
    newest = max(version for version, _ in found)
    return Path(next(path for version, path in found if version == newest))


def probe_variant(variant: str, timeout_s: float = 60.0) -> str | None:
    """Render 16 x 16 pixels with one Mitsuba variant in a child process.

    Args:
        variant: a name such as `llvm_ad_rgb` or `scalar_rgb`.
        timeout_s: seconds after which the child is stopped.

    Returns:
        None if a finite picture came out, else one line that says why not and, where known, the remedy. An abort
        inside the compiler ends the child only. Nothing is remembered between calls.
    """
    environment = dict(os.environ)
    if variant.startswith("llvm_"):
        library = find_llvm()
        if library is None:
            return f"no LLVM library of version {OLDEST_VERSION} or later was found; install one: {install_command()}"
        environment["DRJIT_LIBLLVM_PATH"] = str(library)
    try:
        child = subprocess.run(
            [sys.executable, "-c", _PROBE, variant],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"gave no picture within {timeout_s:g} seconds"
    except OSError as error:
        return f"the child process did not start ({error})"
    if child.returncode == 0 and child.stdout.strip().endswith("rendered"):
        return None
    if "No module named 'mitsuba'" in child.stderr:
        return "Mitsuba is not installed; python -m pip install 'platelight[render]' (in a clone: '.[render]')"
    lines = [line.strip() for line in child.stderr.splitlines() if line.strip()]
    last_words = lines[-1][:300] if lines else "it said nothing"
    if child.returncode < 0:
        return f"the process was killed by {signal_name(-child.returncode)} while compiling or rendering: {last_words}"
    return last_words


def install_command(package: str = f"libllvm{_TESTED_VERSIONS[0]}") -> str:
    """The shell command by which a person with root rights installs the library on this kind of machine."""
    if sys.platform == "darwin":
        return "brew install llvm"
    if shutil.which("apt-get"):
        return f"sudo apt-get install {package} libatomic1"
    return f"install the LLVM {OLDEST_VERSION} (or later) run-time library with your system's package manager"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command described at the top of this module; returns the exit code (0, or 1 where a check fails)."""
    parser = argparse.ArgumentParser(
        prog="python -m scene_generator.renderers.llvm",
        description="Find the LLVM library that the embedded renderer needs and render a few pixels with it.",
    )
    parser.add_argument("--install", action="store_true", help="install it through apt-get where rights allow")
    if parser.parse_args(arguments).install:
        for line in _install():
            print(f"llvm: {line}", flush=True)
        return 0
    library, reason = find_llvm(), probe_variant("llvm_ad_rgb")
    print(f"llvm: {library or 'none found'}")
    print(f"llvm_ad_rgb: {'renders' if reason is None else reason}")
    return 0 if reason is None else 1


def _install() -> Iterable[str]:
    """Install what is missing, yielding lines for the user; never raises for a refusal of the system's."""
    library = find_llvm()
    if library is not None and _has_libatomic():
        yield f"found {library}"
        return
    slower = "Until then scenes render with Mitsuba's scalar variant: slower, otherwise the same."
    if not sys.platform.startswith("linux") or shutil.which("apt-get") is None:
        if library is None:
            yield f"no LLVM of version {OLDEST_VERSION} or later here. To install it: {install_command()}. {slower}"
        return
    prefix = _root_prefix()
    packages = _apt_packages()
    if prefix is None:
        yield f"no rights to install here. Run this by hand: {install_command(*packages[:1])}"
        yield slower
        return
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=60"]
    if not packages:  # a fresh container has no package lists
        yield "asking apt which packages there are"
        _run([*apt, "update"])
        packages = _apt_packages()
    if not packages:
        yield f"apt knows no libllvm of version {OLDEST_VERSION} or later. {slower}"
        return
    wanted = [*([] if library else packages[:1]), "libatomic1"]
    install = [*apt, "install", "--yes", "--no-install-recommends", *wanted]
    yield f"installing {' and '.join(wanted)} with apt-get"
    trouble = _run(install)
    if trouble is not None:  # old lists name files that the mirror has replaced
        _run([*apt, "update"])
        trouble = _run(install)
    library = find_llvm()
    if library is None or trouble is not None:
        yield f"that did not work ({trouble or 'no library appeared'}). By hand: {install_command(wanted[0])}. {slower}"
    else:
        yield f"found {library}"


def _run(command: Sequence[str], timeout_s: float = 600.0) -> str | None:
    """Run a command silently; None if it succeeded, else the last line it wrote."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    lines = (done.stderr + done.stdout).strip().splitlines()
    return None if done.returncode == 0 else (lines[-1] if lines else f"exit code {done.returncode}")


def _root_prefix() -> list[str] | None:
    """What to put before a command to run it with root rights without a question; None = no such rights."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and _run(["sudo", "-n", "true"], timeout_s=10.0) is None:
        return ["sudo", "-n"]
    return None


def _apt_packages() -> list[str]:
    """libllvm packages that apt can install, the best first; empty where apt has no lists yet."""
    try:
        listed = subprocess.run(
            ["apt-cache", "search", "--names-only", "^libllvm[0-9]+(t64)?$"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return []
    versions = {int(match[2]): match[1] for match in re.finditer(r"^(libllvm(\d+)(?:t64)?) ", listed, re.MULTILINE)}
    usable = [version for version in versions if version >= OLDEST_VERSION]
    tested = [version for version in _TESTED_VERSIONS if version in usable]
    return [versions[version] for version in (*tested, *sorted(set(usable) - set(tested)))]


def _has_libatomic() -> bool:
    """Mitsuba's own libraries need libatomic, which a minimal Debian does not bring."""
    if not sys.platform.startswith("linux"):
        return True
    try:
        ctypes.CDLL("libatomic.so.1")
    except OSError:
        return False
    return True


def _from_linker_cache() -> list[Path]:
    tool = shutil.which("ldconfig") or "/sbin/ldconfig"
    try:
        listed = subprocess.run([tool, "-p"], capture_output=True, text=True, timeout=30, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [Path(match[1]) for match in re.finditer(r"libLLVM\S* .*=> (\S+)", listed)]


def _from_folders(root: Path) -> list[Path]:
    folders = [folder for pattern in _FOLDERS for folder in sorted(root.glob(pattern))]
    return [path for folder in folders for pattern in _LIBRARY_PATTERNS for path in sorted(folder.glob(pattern))]


def _loadable(path: Path) -> bool:
    """Whether the file is a library for this interpreter's machine type (compared by their ELF headers on Linux)."""
    if not sys.platform.startswith("linux"):
        return path.is_file()
    kind = _elf_kind(path)
    return kind is not None and kind == _elf_kind(Path(sys.executable))


def _elf_kind(path: Path) -> tuple[int, bytes] | None:
    """(word size, machine) from an ELF header; None for anything else or an unreadable file."""
    try:
        with path.open("rb") as file:
            header = file.read(20)
    except OSError:
        return None
    return (header[4], header[18:20]) if len(header) == 20 and header.startswith(b"\x7fELF") else None


if __name__ == "__main__":
    sys.exit(main())
