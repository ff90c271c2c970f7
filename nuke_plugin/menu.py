"""What Nuke runs at a start with a window: the node in the toolbar, and the Platelight menu."""

from __future__ import annotations

import os
import sys
from typing import Callable

from nuke_plugin import PLUGIN_VERSION, plate_normals
from nuke_plugin.controls import NODE_CLASS
from nuke_plugin.errors import PluginError, guarded, tell
from nuke_plugin.host import Host, NukeHost, require_version
from nuke_plugin.knobs import new_node
from nuke_plugin.model_file import find_cat, make_model_file
from nuke_plugin.occlusion import render as occlusion
from nuke_plugin.occlusion.controls import NODE_CLASS as OCCLUSION_CLASS
from nuke_plugin.panel import show_batch_panel
from nuke_plugin.probe import estimate
from nuke_plugin.probe.controls import NODE_CLASS as PROBE_CLASS

__all__ = ["commands", "start", "stop"]

MENU = "Platelight"
RELIGHT_CLASS = "PlateRelight"

_EXAMPLES = (
    ("Normals from a plate", "normals_from_plate.nk"),
    ("Relight", "relight.nk"),
    ("Probe", "probe.nk"),
    ("Occlusion into relight", "occlusion.nk"),
    ("Batch", "batch.nk"),
)
_HERE = os.path.dirname(os.path.abspath(__file__))


def commands(host: Host) -> list[tuple[str, str, Callable[[], object], str]]:
    """(menu, path, action, hint) of every command, in order. `Nodes` is the node toolbar, `Nuke` the menu bar."""
    found: list[tuple[str, str, Callable[[], object], str]] = [
        ("Nodes", f"{MENU}/{NODE_CLASS}", lambda: plate_normals.create(host), "Camera-space normals of a plate"),
        ("Nodes", f"{MENU}/{RELIGHT_CLASS}", lambda: new_node(host, RELIGHT_CLASS), "New light on a plate"),
        ("Nodes", f"{MENU}/{PROBE_CLASS}", lambda: estimate.create(host), "The light that a plate was shot in"),
        (
            "Nodes",
            f"{MENU}/{OCCLUSION_CLASS}",
            lambda: occlusion.create(host),
            "Ambient occlusion of normals and depth",
        ),
        ("Nuke", f"{MENU}/Batch normals...", lambda: show_batch_panel(host), "Normals for files on disk, beside Nuke"),
        ("Nuke", f"{MENU}/Make model file", lambda: make_and_tell(host), "PlateNormals.cat, once per installation"),
    ]
    for label, name in _EXAMPLES:
        path = os.path.join(_HERE, "examples", name).replace("\\", "/")
        found.append(("Nuke", f"{MENU}/Examples/{label}", _opener(host, path), "Adds the example's nodes here"))
    found.append(("Nuke", f"{MENU}/About", lambda: tell(host, about(host)), ""))
    return found


def start(host: Host | None = None) -> bool:
    """Add the menus; whether that was done."""
    nuke = host or NukeHost()
    try:
        require_version(nuke)
    except PluginError as error:
        sys.stderr.write(f"platelight: no menu: {error}\n")
        return False
    for menu, path, action, hint in commands(nuke):
        nuke.add_command(menu, path, _guard(nuke, action), hint=hint)
    return True


def stop(host: Host | None = None) -> None:
    """Take the menus away again."""
    nuke = host or NukeHost()
    for menu in ("Nodes", "Nuke"):
        nuke.remove_command(menu, MENU)


def about(host: Host) -> str:
    """Versions, and whether the model file is there."""
    major, minor, release = host.version()
    cat = find_cat(host)
    return (
        f"version {PLUGIN_VERSION} in Nuke {major}.{minor}v{release}.\n"
        f"Model file: {cat or 'not made yet (menu Platelight, Make model file)'}\n"
        f"Plug-in: {_HERE}"
    )


def make_and_tell(host: Host) -> None:
    """Make the model file and say where it lies. Raises as `make_model_file`."""
    tell(host, f"wrote {make_model_file(host)}; PlateNormals nodes find it from now on.")


def _guard(host: Host, action: Callable[[], object]) -> Callable[[], object]:
    return lambda: guarded(host, action)


def _opener(host: Host, path: str) -> Callable[[], object]:
    return lambda: host.open_script(path)
