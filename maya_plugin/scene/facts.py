"""What this Maya has: Arnold or not, and what it calls the two colour spaces that scenes need."""

from __future__ import annotations

import platform

import numpy as np

from maya_plugin.host import Host, HostError
from maya_plugin.rendering_space import primaries, rendering_space
from scene_generator.maya_scene.facts import (
    ARNOLD,
    LINEAR_NAMES,
    PLANS,
    RAW_NAMES,
    SOFTWARE,
    UNCHANGED,
    HostFacts,
    lacking,
    pick,
)

__all__ = ["ARNOLD_PLUGIN", "host_facts", "render_linear", "versions"]

ARNOLD_PLUGIN = "mtoa"


def host_facts(host: Host, plan: str = "auto") -> HostFacts:
    """Find out what the commands depend on, loading Arnold if it is to be used.

    Args:
        plan: one of `facts.PLANS`, or `auto`: Arnold where it loads, else Maya Software.

    Raises:
        HostError: Arnold is asked for and does not load, or this Maya's colour configuration lacks a space.
    """
    if plan not in (*PLANS, "auto"):
        raise HostError(f"renderer {plan!r} is unknown; known are auto, {', '.join(PLANS)}")
    if plan == "auto":
        plan = ARNOLD if host.has_plugin(ARNOLD_PLUGIN) else SOFTWARE
    elif plan == ARNOLD:
        host.load_plugin(ARNOLD_PLUGIN)
    there = list(host.call("colorManagementPrefs", query=True, inputSpaceNames=True) or [])
    linear, raw = pick(LINEAR_NAMES, there), pick(RAW_NAMES, there)
    if linear is None or raw is None:
        raise HostError(lacking("linear Rec.709", LINEAR_NAMES) if linear is None else lacking("Raw", RAW_NAMES))
    rows = primaries(linear, rendering_space(host))
    return HostFacts(host.version(), plan, linear, raw, rows or UNCHANGED)


def render_linear(host: Host) -> None:
    """Render in linear Rec.709, which is what frames are in; before `host_facts`. Only for a Maya that has nothing else
    to do.

    Raises:
        HostError: the colour configuration cannot.
    """
    host.call("colorManagementPrefs", edit=True, cmEnabled=True)
    there = list(host.call("colorManagementPrefs", query=True, renderingSpaceNames=True) or [])
    name = pick(LINEAR_NAMES, there)
    if name is None:
        raise HostError(lacking("linear Rec.709 to render in", LINEAR_NAMES))
    host.call("colorManagementPrefs", edit=True, renderingSpaceName=name)


def versions(host: Host) -> dict[str, str]:
    """Return the versions of `maya`, `arnold` ("" if it does not load), `python` and `numpy`."""
    arnold = host.load_plugin(ARNOLD_PLUGIN) if host.has_plugin(ARNOLD_PLUGIN) else ""
    return {
        "maya": str(host.version()),
        "arnold": arnold,
        "python": platform.python_version(),
        "numpy": np.__version__,
    }
