"""A camera's plate: the image plane's files, the camera's lens, and where what is made of them goes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maya_plugin.errors import BadSetting, NothingChosen
from maya_plugin.host import Host
from maya_plugin.nodes import all_of, path_of, selected
from maya_plugin.textures import file_of, frame_file

__all__ = ["MM_PER_INCH", "Plate", "find_plate"]

MM_PER_INCH = 25.4
_MOST = 10_000
OURS = "platelightMade"
"""An attribute of image planes that this plug-in made: they are no plates."""


@dataclass(frozen=True)
class Plate:
    """A camera with a plate.

    Attributes:
        camera, shape: names of the camera's transform and shape.
        plane: name of the image plane's shape.
        files: the plates, in order of time.
        times: when each is seen, in Maya's frames.
        sequence: whether the plane shows a sequence.
        focal_length, film_back: of the lens, millimetres; the film back along its longer side.
    """

    camera: str
    shape: str
    plane: str
    files: tuple[str, ...]
    times: tuple[float, ...]
    sequence: bool
    focal_length: float
    film_back: float


def find_plate(host: Host, values: Mapping[str, Any]) -> Plate:
    """The plate that a command is about.

    Args:
        values: `camera` (empty: the selected one, or the one of the view, or the only one with an image plane) and
            `frames`: `current` or `range`.

    Raises:
        NothingChosen: there is no such camera, no image plane with a file, or a file is missing.
        BadSetting: the range is empty or too long.
    """
    shape = _camera(host, str(values["camera"]))
    plane = _plane(host, shape)
    path = file_of(host, f"{plane}.imageName")
    if not path:
        raise NothingChosen(f"{plane}: names no picture; choose one in its attributes")
    sequence = bool(host.call("getAttr", f"{plane}.useFrameExtension"))
    numbers = _numbers(host, str(values["frames"]))
    if sequence:
        # frameExtension is driven by the time; frameOffset is added to it (Maya's documentation of imagePlane).
        offset = int(host.call("getAttr", f"{plane}.frameOffset") or 0)
        files = tuple(frame_file(path, number + offset) for number in numbers)
    else:
        files, numbers = (path,), _numbers(host, "current")
    missing = [file for file in files if not os.path.isfile(file)]
    if missing:
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise NothingChosen(f"{missing[0]}: there is no such file{more}; mend the path of {plane}, or the range")
    across = float(host.call("getAttr", f"{shape}.horizontalFilmAperture"))
    down = float(host.call("getAttr", f"{shape}.verticalFilmAperture"))
    return Plate(
        all_of(host.call("listRelatives", shape, parent=True, fullPath=True))[0],
        shape,
        plane,
        files,
        tuple(float(number) for number in numbers),
        sequence,
        float(host.call("getAttr", f"{shape}.focalLength")),
        max(across, down) * MM_PER_INCH,
    )


def _camera(host: Host, named: str) -> str:
    """The shape of the camera."""
    if named:
        path = path_of(host, named, "camera")
        if host.call("nodeType", path) == "camera":
            return path
        shapes = all_of(host.call("listRelatives", path, shapes=True, type="camera", fullPath=True))
        if not shapes:
            raise NothingChosen(f"{named}: is no camera")
        return shapes[0]
    found = selected(host, "camera")
    if len(found) == 1:
        return found[0]
    for plane in selected(host, "imagePlane"):
        owner = _owner(host, plane)
        if owner:
            return owner
    with_plate = [one for one in all_of(host.call("ls", type="camera")) if _planes(host, one)]
    if len(with_plate) == 1:
        return with_plate[0]
    many = f"{len(with_plate)} cameras have an image plane" if with_plate else "no camera has an image plane"
    raise NothingChosen(f"{many}; select the camera, or name it with camera")


def _owner(host: Host, plane: str) -> str:
    found = all_of(host.call("listConnections", f"{plane}.message", source=False, destination=True, shapes=True))
    return next((one for one in found if host.call("nodeType", one) == "camera"), "")


def _planes(host: Host, shape: str) -> list[str]:
    """Image planes of a camera but for those that this plug-in made."""
    found = all_of(host.call("listConnections", f"{shape}.imagePlane", source=True, destination=False, shapes=True))
    return [one for one in found if not host.call("attributeQuery", OURS, node=one, exists=True)]


def _plane(host: Host, shape: str) -> str:
    found = _planes(host, shape)
    if not found:
        raise NothingChosen(f"{shape}: has no image plane; View > Image Plane > Import Image adds one")
    paths = {one: all_of(host.call("ls", one, long=True)) for one in found}
    picked = selected(host, "imagePlane")
    chosen = [one for one, path in paths.items() if path and path[0] in picked]
    return chosen[0] if chosen else found[0]


def _numbers(host: Host, which: str) -> Sequence[int]:
    if which == "current":
        return [round(host.call("currentTime", query=True))]
    first = round(host.call("playbackOptions", query=True, minTime=True))
    last = round(host.call("playbackOptions", query=True, maxTime=True))
    if not first <= last < first + _MOST:
        raise BadSetting(f"the playback range is {first} to {last}; set one of 1 to {_MOST} frames")
    return range(first, last + 1)
