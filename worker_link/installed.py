"""Which Python the worker is started with, as the installation of a plug-in says."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from worker_link.json_text import read_json

__all__ = ["SETTING_NAME", "installed_python"]

SETTING_NAME = "worker.json"
"""Beside the `worker_link` folder: `{"python": {"linux": "/path/to/python"}}`, a path for each platform that shares the
installation; written by `platelight install`."""

_VARIABLE = "PLATELIGHT_PYTHON"


def installed_python(folder: Path | None = None) -> Path | None:
    """The Python of the environment that installed the plug-in, where it is to be had on this machine.

    None leaves the choice to `worker_link.environment.find_python`: where `PLATELIGHT_PYTHON` is set, where there
    is no setting or none for this platform, and where the Python it names is not there.

    Args:
        folder: where the setting lies; None is the folder that holds `worker_link`.
    """
    if os.environ.get(_VARIABLE):
        return None
    place = folder or Path(__file__).resolve().parents[1]
    try:
        named = read_json(place / SETTING_NAME)["python"].get(sys.platform)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    python = Path(named) if isinstance(named, str) and named else None
    return python if python is not None and python.is_file() else None
