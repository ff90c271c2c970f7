"""What the PlateOcclusion node offers, where its data and the code behind its buttons have to agree."""

from __future__ import annotations

__all__ = [
    "CAMERA_INPUT",
    "CHANNEL",
    "DEPTHS",
    "DEPTH_INPUT",
    "DEPTH_IS",
    "FILE_CHANNEL",
    "NODE_CLASS",
    "NORMALS_INPUT",
    "NOTHING_YET",
    "QUALITIES",
    "RADII",
    "RADIUS",
    "SOURCES",
    "STAGE",
    "VIEWS",
]

NODE_CLASS = "PlateOcclusion"
NORMALS_INPUT, DEPTH_INPUT, CAMERA_INPUT = 1, 2, 3

CHANNEL = "ao.red"
"""The one channel of layer `ao`: 1 is open, 0 is shut in."""

FILE_CHANNEL = "occlusion.Y"
"""What the worker's files call it (`core.occlusion.frames.CHANNEL`). Nuke keeps that name: the vendor's
ExrChannelNameToNuke.cpp makes layer and channel of what stands before and behind the dot."""

VIEWS = ("plate, with layer ao", "ao in rgb")
SOURCES = ("nothing yet: open everywhere", "rendered EXR")
DEPTHS = ("its own input, where connected", "layer of the plate", "none: normals only")
DEPTH_IS = ("planar", "1 / planar", "distance to the camera")
RADII = ("share of the picture", "metres")
QUALITIES = ("best", "fast: 640 pixels at most")

RADIUS = 0.3
"""Of the longer side. A tenth, as in the command's example, hardly shows on a plate without depth."""

STAGE = 2.0
"""Metres to the surface where there is no depth, as for PlateRelight's flat stage."""

NOTHING_YET = "Nothing rendered yet: layer ao is 1, open, everywhere. Press Render and read back."
