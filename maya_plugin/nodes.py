"""Nodes that several commands need: what is selected, file textures with their placement, names of colour spaces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from maya_plugin.errors import NotAvailable, NothingChosen
from maya_plugin.host import Host

__all__ = [
    "RAW_NAMES",
    "add_file",
    "all_of",
    "colour_space",
    "destinations",
    "has_attribute",
    "leaf_of",
    "path_of",
    "project_folder",
    "selected",
    "source_of",
]

RAW_NAMES = ("Raw", "Utility - Raw", "raw", "Non-Color", "Data", "data")
"""Data that no colour transform touches, in the colour configurations that Maya has shipped, the newest first, and in
others."""

_PLACED = (
    "coverage",
    "translateFrame",
    "rotateFrame",
    "mirrorU",
    "mirrorV",
    "stagger",
    "wrapU",
    "wrapV",
    "repeatUV",
    "offset",
    "rotateUV",
    "noiseUV",
    "vertexUvOne",
    "vertexUvTwo",
    "vertexUvThree",
    "vertexCameraOne",
)
"""Attributes that `place2dTexture` hands to those of the same names on `file`."""


def all_of(found: Any) -> list[str]:
    """What a command returned, as a list: many return None for nothing, and a text for one."""
    if found is None:
        return []
    return [str(found)] if isinstance(found, str) else [str(one) for one in found]


def selected(host: Host, kind: str, *, below: bool = False) -> list[str]:
    """Selected nodes of a type, and shapes of it below selected transforms, by their whole paths: names repeat.

    A deformed mesh keeps the one that it was made of below the same transform; that one is left out.

    Args:
        below: shapes anywhere below a selected transform, such as a group, instead of its own only.
    """
    found = all_of(host.call("ls", selection=True, type=kind, long=True))
    where = {"allDescendents": True} if below else {"shapes": True}
    for above in all_of(host.call("ls", selection=True, type="transform", long=True)):
        found += all_of(host.call("listRelatives", above, type=kind, fullPath=True, noIntermediate=True, **where))
    return list(dict.fromkeys(found))


def path_of(host: Host, named: str, what: str) -> str:
    """The whole path of the node that a person named. Raises NothingChosen: there is none, or several."""
    found = all_of(host.call("ls", named, long=True))
    if not found:
        raise NothingChosen(f"{named}: there is no such {what}")
    if len(found) > 1:
        raise NothingChosen(f"{named}: {len(found)} nodes are called so; name one by its path, such as {found[0]}")
    return found[0]


def leaf_of(name: str) -> str:
    """The last part of a path, for people."""
    return name.rpartition("|")[2]


def source_of(host: Host, plug: str) -> str:
    """The plug that drives `plug`, or empty."""
    found = all_of(host.call("listConnections", plug, source=True, destination=False, plugs=True))
    return found[0] if found else ""


def destinations(host: Host, plug: str) -> list[str]:
    """The plugs that `plug` drives."""
    return all_of(host.call("listConnections", plug, source=False, destination=True, plugs=True))


def has_attribute(host: Host, node: str, name: str) -> bool:
    """Whether a node has an attribute."""
    return bool(host.call("attributeQuery", name, node=node, exists=True))


def colour_space(host: Host, names: Sequence[str], what: str, otherwise: str) -> str:
    """The first of `names` that this Maya knows.

    Args:
        what: the space, for people.
        otherwise: what can be done without it.

    Raises:
        NotAvailable: it knows none of them.
    """
    there = all_of(host.call("colorManagementPrefs", query=True, inputSpaceNames=True))
    for name in names:
        if name in there:
            return name
    raise NotAvailable(
        f"the colour configuration of this Maya has no {what} ({', '.join(names)}); {otherwise}, or choose a "
        "configuration that has one in Preferences > Color Management"
    )


def add_file(host: Host, name: str, path: str, space: str, placed_as: str = "") -> str:
    """Make a `file` node that reads `path`, and return its name.

    Args:
        space: this Maya's name of the colour space of the file; rules by file name are switched off.
        placed_as: another `file` node whose placement it shares; empty, or one without: it gets its own.
    """
    node = str(host.call("shadingNode", "file", asTexture=True, isColorManaged=True, name=name, skipSelect=True))
    driver = source_of(host, f"{placed_as}.uvCoord") if placed_as else ""
    place = driver.partition(".")[0]
    if not place:
        place = str(host.call("shadingNode", "place2dTexture", asUtility=True, name=f"{name}Place", skipSelect=True))
    host.call("connectAttr", f"{place}.outUV", f"{node}.uvCoord")
    host.call("connectAttr", f"{place}.outUvFilterSize", f"{node}.uvFilterSize")
    for plug in _PLACED:
        host.call("connectAttr", f"{place}.{plug}", f"{node}.{plug}")
    # In this order: naming the file applies the rules of the colour preferences, unless they are ignored by then.
    host.call("setAttr", f"{node}.ignoreColorSpaceFileRules", True)
    host.call("setAttr", f"{node}.colorSpace", space, type="string")
    host.call("setAttr", f"{node}.fileTextureName", path, type="string")
    return node


def project_folder(host: Host) -> str:
    """The folder of Maya's project, with forward slashes and none at its end."""
    return str(host.call("workspace", query=True, rootDirectory=True)).replace("\\", "/").rstrip("/")
