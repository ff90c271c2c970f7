"""Which Python runs the worker, and which of the host's variables it must not see."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from worker_link.errors import EnvironmentMissing
from worker_link.place import PlaceError, read_setting, setting_file

__all__ = ["KEEP_VARIABLE", "PYTHON_VARIABLE", "candidates", "find_python", "scrubbed"]

PYTHON_VARIABLE = "PLATELIGHT_PYTHON"
"""Names the Python to run the worker with, before every other place."""

KEEP_VARIABLE = "PLATELIGHT_KEEP_ENV"
"""Names variables, joined by commas, that are handed on after all: `LD_LIBRARY_PATH` where a studio's wrapper sets it
for a graphics driver."""

_DROPPED = frozenset(
    (
        # Which Python, and what it imports: a host sets these for its own interpreter, launchers for the host's.
        *("VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "__PYVENV_LAUNCHER__"),
        # Which shared libraries, and what is put in front of them (allocators, mostly).
        *("LD_LIBRARY_PATH", "LD_PRELOAD", "LD_AUDIT", "SHLIB_PATH", "LIBPATH"),
        # Plug-ins and data of libraries that the worker brings in other versions.
        *("OIIO_LIBRARY_PATH", "OPENIMAGEIO_PLUGIN_PATH", "PXR_PLUGINPATH_NAME", "TCL_LIBRARY", "TK_LIBRARY"),
        *("GTK_PATH", "GIO_MODULE_DIR", "GDK_PIXBUF_MODULE_FILE", "XBMLANGPATH", "OPENSSL_CONF", "OPENSSL_MODULES"),
        *("FONTCONFIG_FILE", "FONTCONFIG_PATH"),
    )
)
_DROPPED_STARTS = ("PYTHON", "QT_", "QML", "DYLD_", "_PYI_", "_MEIPASS", "CONDA_PYTHON")

_HOMES = (
    ".platelight/venv",
    ".venvs/platelight",
    "platelight/.venv",
    "platelight/venv",
    ".local/share/pipx/venvs/platelight",
    ".local/pipx/venvs/platelight",
    ".local/share/uv/tools/platelight",
)
_WINDOWS_HOMES = (
    "pipx/venvs/platelight",
    "AppData/Local/pipx/pipx/venvs/platelight",
    "AppData/Roaming/uv/tools/platelight",
)
_SHARED = ("/opt/platelight/venv", "/opt/platelight", "/usr/local/platelight/venv")


def scrubbed(environment: Mapping[str, str], host_folder: str | None = None) -> dict[str, str]:
    """A host's environment without what would lead another Python astray.

    Left alone: `PATH` but for the host's own folders, everything about home, language, proxies, GPUs
    (`CUDA_VISIBLE_DEVICES`) and numbers of threads (a farm's limits), `OCIO`, and `PLATELIGHT_*`.

    Args:
        environment: `os.environ`, or what stands for it.
        host_folder: where the host is installed; entries of `PATH` inside it are left out, since Windows looks there
            for libraries. None: the folder of the program that runs.
    """
    keep = {name.strip() for name in environment.get(KEEP_VARIABLE, "").split(",")}
    found = {}
    for name, value in environment.items():
        upper = name.upper()  # Windows does not tell them apart
        if name in keep or not (upper in _DROPPED or upper.startswith(_DROPPED_STARTS)):
            found[name] = value
    inside = os.path.normcase(os.path.abspath(host_folder or os.path.dirname(sys.executable)))
    if "PATH" in found and "PATH" not in keep and _is_host(inside):
        found["PATH"] = os.pathsep.join(
            entry
            for entry in found["PATH"].split(os.pathsep)
            if not (os.path.normcase(os.path.abspath(entry or ".")) + os.sep).startswith(inside + os.sep)
        )
    return found


def find_python(environment: Mapping[str, str] | None = None) -> Path:
    """The Python that the worker is to be started with.

    Looked for in this order: `PLATELIGHT_PYTHON`; the setting that `platelight worker --register` writes; the
    environment that this plug-in lies in; the `platelight` command on `PATH`; folders where people put environments.
    Whether Platelight is in it turns out when it starts.

    Args:
        environment: None: `os.environ`.

    Raises:
        EnvironmentMissing: there is none, or what was named is not there.
    """
    variables = os.environ if environment is None else environment
    named = variables.get(PYTHON_VARIABLE)
    if named:
        return _named(Path(named), f"the variable {PYTHON_VARIABLE}")
    setting = setting_file()
    try:
        written = read_setting(setting)
    except PlaceError as error:
        raise EnvironmentMissing(str(error)) from error
    if written:
        return _named(Path(written), str(setting))
    for candidate in candidates(variables):
        if candidate.is_file():
            return candidate
    raise EnvironmentMissing(
        "no Python with Platelight was found; install it (python -m pip install platelight, Python 3.10 or newer) and "
        f"run `platelight worker --register` there, or set {PYTHON_VARIABLE} to that Python"
    )


def candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    """Places where a Python with Platelight may be, the likeliest first."""
    for folder in Path(__file__).resolve().parents:
        if folder.name == "site-packages":  # VENV/lib/python3.x/site-packages, or VENV\Lib\site-packages
            for above in folder.parents[:3]:
                yield from _pythons(above)
        elif (folder / "core" / "worker").is_dir():  # a clone of the repository
            yield from _pythons(folder / ".venv")
    command = shutil.which("platelight", path=environment.get("PATH", ""))  # without: none, not this process's
    if command:
        folder = Path(command).resolve().parent
        yield from (folder / name for name in _names())
    for home in (*_HOMES, *(_WINDOWS_HOMES if sys.platform == "win32" else ())):
        yield from _pythons(Path.home() / home)
    for shared in _SHARED:
        yield from _pythons(Path(shared))


def _named(path: Path, by: str) -> Path:
    """What a person named: a Python, or the folder of an environment."""
    if path.is_file():
        return path
    for inside in _pythons(path):
        if inside.is_file():
            return inside
    raise EnvironmentMissing(
        f"{path}: named by {by} as the Python for the worker, but there is none; mend that, or run "
        "`platelight worker --register` in the environment that has Platelight"
    )


def _pythons(environment: Path) -> Iterator[Path]:
    folder = environment / ("Scripts" if sys.platform == "win32" else "bin")
    yield from (folder / name for name in _names())


def _names() -> tuple[str, ...]:
    return ("python.exe",) if sys.platform == "win32" else ("python", "python3")


def _is_host(folder: str) -> bool:
    """Whether a folder is a host's own rather than one where all of a system's programs lie."""
    return (
        os.path.basename(folder).lower() not in ("bin", "sbin", "scripts")
        or "nuke" in folder.lower()
        or ("maya" in folder.lower())
    )
