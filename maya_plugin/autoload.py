"""Loads the plug-in by itself after Maya's start, where a person works and has not said otherwise."""

from __future__ import annotations

import sys

from maya_plugin.host import Host, HostError, connect
from maya_plugin.state import PREFIX

__all__ = ["SWITCH", "load_now", "schedule"]

SWITCH = f"{PREFIX}autoload"
"""An optionVar; 0 means that the plug-in is not loaded by itself."""

_PLUGIN = "platelight"


def schedule(host: Host | None = None) -> bool:
    """Have the plug-in loaded when Maya is idle; whether that was asked for. Nothing happens in batch."""
    maya = host or connect()
    if maya.batch():
        return False
    maya.call("evalDeferred", lambda: load_now(maya), lowestPriority=True)
    return True


def load_now(host: Host) -> bool:
    """Load the plug-in unless it is loaded, or the person switched that off; whether it was loaded now."""
    if host.call("optionVar", exists=SWITCH) and not host.call("optionVar", query=SWITCH):
        return False
    try:
        if host.call("pluginInfo", _PLUGIN, query=True, loaded=True):
            return False
        host.call("loadPlugin", _PLUGIN, quiet=True)
    except HostError as error:
        sys.stderr.write(f"platelight: not loaded: {error}\n")
        return False
    return True
