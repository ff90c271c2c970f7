"""`platelight install maya`: the module file, the plug-in and what it needs, into a folder of Maya's modules."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from core.cli.host_files import Block, HostFiles

__all__ = ["maya", "maya_files", "maya_plugin_files", "modules_folder"]

_FOLDER = "platelight"
_MODULE = "platelight.mod"
_OURS = re.compile(rb"\+ Platelight [0-9A-Za-z.]+ \./platelight/maya_plugin\r?\n?")
_PACKAGES = ("maya_plugin", "worker_link")
_OF_THE_GENERATOR = (
    "__init__.py",
    "__main__.py",
    "assets.py",
    "families",
    "materials",
    "maya_scene",
    "motion.py",
    "recipe.py",
    "recipes",
    "sample.py",
    "shapes",
    "sky.py",
    "spec.py",
    "textures",
)
"""What random scenes in Maya need of `scene_generator`: of its host-safe half."""


class ModuleFiles(HostFiles):
    """A Maya module: a folder that is all ours, and the module file beside it, which is one line of ours.

    The file cannot be marked as other hosts' start scripts are: a comment in it keeps Maya 2024 from reading it. It is
    known by its line instead, and a file of that name with other lines is somebody else's.
    """

    def _line(self) -> bytes:
        from importlib.metadata import version

        return f"+ Platelight {version('platelight')} ./{_FOLDER}/maya_plugin\n".encode()

    def _extended(self) -> tuple[Path, bytes | None, dict[str, bool]]:
        from core.errors import BadInput

        target = (self.folder / self.block_file).resolve()
        traces = {"created": True, "joined": False}
        if not target.exists():
            return target, self._line(), traces
        there = target.read_bytes()
        if not _OURS.fullmatch(there):
            raise BadInput(f"{target}: is not of this installation; move it away, or name another folder with --to")
        return target, None if there == self._line() else self._line(), traces

    def _shortened(self, force: bool) -> tuple[Path, bytes | None]:
        target = (self.folder / self.block_file).resolve()
        if not target.is_file() or not _OURS.fullmatch(target.read_bytes()):
            return target, None
        return target, b""


def maya(
    to: Annotated[
        Path | None,
        typer.Option("--to", help="Folder on MAYA_MODULE_PATH. Default: maya/modules of the user, which Maya reads."),
    ] = None,
    uninstall: Annotated[bool, typer.Option("--uninstall", help="Take out what was installed, and only that.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done; write nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Also replace or remove files that were changed.")] = False,
) -> None:
    """Copy the Maya plug-in into FOLDER/platelight, and write FOLDER/platelight.mod, by which Maya finds it.

    The copy works without this environment; only what needs a model starts this environment's Python, whose path is
    written beside it. Run again after an update. Random scenes need numpy in Maya: mayapy -m pip install numpy.

    Examples:

        platelight install maya

        platelight install maya --to /studio/maya/modules      (then put that folder on MAYA_MODULE_PATH)

        platelight install maya --uninstall
    """
    from importlib.metadata import version

    from core.cli.console import console
    from core.cli.install import told

    places = maya_files(to)
    if uninstall:
        changes = places.uninstall(force=force, dry_run=dry_run)
    else:
        changes = places.install(maya_plugin_files(places.ours), version("platelight"), force=force, dry_run=dry_run)
    for line in told(changes, dry_run):
        console.print(line, markup=False, soft_wrap=True)
    if not changes:
        console.print(f"{places.ours}: up to date", markup=False, soft_wrap=True)
    elif not dry_run and not uninstall:
        console.print(f"{places.ours}: installed; restart Maya", markup=False, soft_wrap=True)
        if to is not None:
            console.print(f"Maya finds it where MAYA_MODULE_PATH names {places.folder}", markup=False, soft_wrap=True)


def maya_files(to: Path | None) -> ModuleFiles:
    """Where the module goes: below `to`, or below the user's own folder of modules."""
    folder = modules_folder(os.environ) if to is None else to.expanduser()
    return ModuleFiles(folder.absolute(), _FOLDER, Block("", "", ()), _MODULE)


def modules_folder(environment: Mapping[str, str], platform: str = sys.platform) -> Path:
    """The folder of modules that every Maya of this user reads: `modules` in `MAYA_APP_DIR`, or in that folder's usual
    place (Maya Help, "Maya application directory")."""
    if environment.get("MAYA_APP_DIR"):
        return Path(environment["MAYA_APP_DIR"]) / "modules"
    usual = {"darwin": "Library/Preferences/Autodesk/maya", "win32": "Documents/maya"}
    return Path.home() / usual.get(platform, "maya") / "modules"


def maya_plugin_files(before: Path) -> dict[str, bytes]:
    """Path below the installed folder -> content: the packages, and the worker's setting.

    Args:
        before: the installed folder, which may be there: its setting for other platforms is kept.

    Raises:
        MissingPart: a package is not in this environment.
    """
    from core.cli.install import package_files, worker_setting

    files: dict[str, bytes] = {}
    for package in _PACKAGES:
        files.update(package_files(package))
    wanted = tuple(f"scene_generator/{name}" for name in _OF_THE_GENERATOR)
    for name, content in package_files("scene_generator").items():
        if name in wanted or name.startswith(tuple(f"{folder}/" for folder in wanted)):
            files[name] = content
    files["worker.json"] = worker_setting(before)
    return files
