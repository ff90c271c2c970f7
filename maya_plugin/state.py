"""What panels and commands remember between sessions: one `optionVar` a name, holding JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from maya_plugin.host import Host

__all__ = ["PREFIX", "recall", "remember"]

PREFIX = "platelight_"
"""Of every optionVar of ours. They stay when the plug-in is unloaded: they are the person's settings."""


def remember(host: Host, name: str, values: Mapping[str, Any]) -> None:
    """Keep values that JSON can hold."""
    host.call("optionVar", stringValue=(PREFIX + name, json.dumps(dict(values), sort_keys=True)))


def recall(host: Host, name: str) -> dict[str, Any]:
    """What was kept; empty where there is nothing, or nothing that can be read."""
    if not host.call("optionVar", exists=PREFIX + name):
        return {}
    try:
        found = json.loads(str(host.call("optionVar", query=PREFIX + name)))
    except ValueError:
        return {}
    return dict(found) if isinstance(found, dict) else {}
