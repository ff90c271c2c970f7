"""What a Maya may have set otherwise than scenes are written: its working unit, and which axis is up."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from maya_plugin.host import Host

__all__ = ["centimetres", "stand_up"]

_UNIT = "cm"
"""Maya's own unit inside: meshes of OpenMaya, matrices and Arnold's attributes are in it whatever is set."""

_Y_TO_Z = (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
"""A quarter turn about X that takes +Y to +Z; for row vectors."""


@contextlib.contextmanager
def centimetres(host: Host) -> Iterator[None]:
    """Have `setAttr` take distances (clipping planes, focus) in Maya's own unit, as all else is; the person's working
    unit is back afterwards, also after a failure."""
    was = str(host.call("currentUnit", query=True, linear=True))
    if was == _UNIT:
        yield
        return
    host.call("currentUnit", linear=_UNIT)
    try:
        yield
    finally:
        host.call("currentUnit", linear=was)


def stand_up(host: Host, group: str) -> None:
    """Turn a scene that is made for +Y up to where this Maya has up; lights and camera are below the group as well."""
    if str(host.call("upAxis", query=True, axis=True)) == "z":
        host.call("xform", group, matrix=list(_Y_TO_Z))
