"""What Nuke runs at every start, with a window or on a farm: the folders in which it finds nodes and model files.

`platelight install nuke` writes an `init.py` beside this package that calls `start`. Nothing heavy happens here: no
model, no worker, no window, and no error leaves it, because a farm job must not die of a plug-in it may not use.
"""

from __future__ import annotations

import os
import sys

from nuke_plugin.errors import PluginError
from nuke_plugin.host import Host, NukeHost, require_version
from nuke_plugin.model_file import model_folders

__all__ = ["plugin_folders", "start"]

_HERE = os.path.dirname(os.path.abspath(__file__))


def plugin_folders() -> list[str]:
    """Folders for Nuke's plug-in path: the gizmos, and where model files lie."""
    return [os.path.join(_HERE, "gizmos").replace("\\", "/"), *model_folders()]


def start(host: Host | None = None) -> bool:
    """Add the plug-in's folders to Nuke's path; whether that was done. Problems are a line on standard error."""
    nuke = host or NukeHost()
    try:
        require_version(nuke)
    except PluginError as error:
        sys.stderr.write(f"platelight: not loaded: {error}\n")
        return False
    there = {os.path.normcase(os.path.abspath(folder)) for folder in nuke.plugin_path()}
    for folder in plugin_folders():
        if os.path.isdir(folder) and os.path.normcase(os.path.abspath(folder)) not in there:
            nuke.add_plugin_path(folder)
    return True
