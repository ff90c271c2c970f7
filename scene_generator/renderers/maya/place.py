"""The private folder of one mayapy (settings, code that it runs, jobs, files) and its environment."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import scene_generator
from core.errors import MissingPart
from worker_link.environment import KEEP_VARIABLE, scrubbed

CODE = ("scene_generator", "maya_plugin", "worker_link")
"""Packages that run inside mayapy. They are copied: beside the installed ones lie numpy and others, built for another
Python, which mayapy would then find too."""

_ENDINGS = {".py", ".json"}
_PREFIX = "platelight-maya-"
_NAME = re.compile(re.escape(_PREFIX) + r"(\d+)-")

_DROPPED = (
    # What a studio sets for Mayas that people sit at: other colours, start-up scripts, preferences.
    *("OCIO", "MAYA_SCRIPT_PATH", "MAYA_PRESET_PATH", "MAYA_SHELF_PATH", "MAYA_CMD_FILE_OUTPUT", "MAYA_PROJECT"),
    *("MAYA_COLOR_MANAGEMENT_POLICY_FILE", "MAYA_COLOR_MANAGEMENT_POLICY_LOCK", "MAYA_LOCATION"),
    *("ARNOLD_FORCE_ABORT_ON_LICENSE_FAIL",),
)

_SET = {
    # The first four: crash reports, usage reports and analytics that wait for an answer; and Maya's own way out, which
    # would turn every exit code into 0.
    "MAYA_DISABLE_CIP": "1",
    "MAYA_DISABLE_CER": "1",
    "MAYA_DISABLE_ADP": "1",
    "MAYA_NO_STANDALONE_ATEXIT": "1",
    "ARNOLD_FORCE_ABORT_ON_LICENSE_FAIL": "1",
}


class PrivateFolder:
    """A new folder in the system's place for temporary ones, named after this process."""

    def __init__(self, root: Path | None = None) -> None:
        """Make it, and remove those of processes that are gone.

        Raises:
            MissingPart: the code for mayapy is not installed beside this package.
        """
        place = Path(tempfile.gettempdir()) if root is None else root
        sweep(place)
        self.folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=place))
        self.jobs = self.folder / "jobs"
        self.store = self.folder / "files"
        self.app = self.folder / "app"
        self.code = self.folder / "code"
        for folder in (self.jobs, self.store, self.app):
            folder.mkdir()
        _copy_code(self.code)

    def environment(self, of: Mapping[str, str]) -> dict[str, str]:
        """Return the environment for mayapy: `of` without what would lead it astray, and with its own settings."""
        keep = {name.strip() for name in of.get(KEEP_VARIABLE, "").split(",")}
        kept = {name: value for name, value in scrubbed(of).items() if name in keep or name.upper() not in _DROPPED}
        return {**kept, **_SET, "MAYA_APP_DIR": str(self.app), "PYTHONPATH": str(self.code), "PYTHONUTF8": "1"}

    def remove(self) -> None:
        """Remove the folder and everything in it."""
        shutil.rmtree(self.folder, ignore_errors=True)


def sweep(place: Path) -> None:
    """Remove private folders that killed processes have left in `place`."""
    for folder in place.glob(f"{_PREFIX}*"):
        match = _NAME.match(folder.name)
        if match and not _alive(int(match[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(pid: int) -> bool:
    if os.name == "nt":  # os.kill would end it there
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def _copy_code(target: Path) -> None:
    source = Path(scene_generator.__file__).parents[1]
    for package in CODE:
        if not (source / package / "__init__.py").is_file():
            raise MissingPart(f"{source / package} is not there; install Platelight whole")
        for path in (source / package).rglob("*"):
            if path.suffix in _ENDINGS and "__pycache__" not in path.parts:
                copy = target / path.relative_to(source)
                copy.parent.mkdir(parents=True, exist_ok=True)
                with contextlib.suppress(FileNotFoundError):  # an editor's temporary file
                    shutil.copyfile(path, copy)
