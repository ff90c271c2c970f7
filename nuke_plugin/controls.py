"""What the PlateNormals node offers, where its data, the code behind its buttons and other nodes have to agree."""

from __future__ import annotations

__all__ = [
    "CAT_NAME",
    "COLOURS",
    "DETAILS",
    "FIELD_OF_VIEW",
    "LOOKS",
    "LOOK_COUNTS",
    "MODEL_KNOBS",
    "NODE_CLASS",
    "NORMALS_FROM",
    "SOURCES",
    "VIEWS",
    "WORK_SIZE",
]

NODE_CLASS = "PlateNormals"
"""The name of the gizmo's file, by which Nuke makes it. A node of it in a script is a `Group`."""

CAT_NAME = "PlateNormals.cat"
"""The file that the node asks Nuke's plug-in path for."""

VIEWS = ("plate, with layer N", "preview 0..1", "facing ratio", "raw N, confidence in alpha", "confidence")
SOURCES = ("Inference, the model in Nuke", "pre-rendered EXR")
COLOURS = ("scene-linear Rec.709 / sRGB", "scene-linear ACEScg", "OpenColorIO", "as displayed: bypass")
NORMALS_FROM = ("layer of the plate", "its own input")
"""Where nodes behind PlateNormals take normals from."""

DETAILS = ("low", "medium", "high")
"""What `platelight normals --detail` takes."""

LOOKS = ("1, fast", "2, mirrored too", "4, best")
LOOK_COUNTS = (1, 2, 4)
"""What the worker and the model take for each of `LOOKS`."""

MODEL_KNOBS = {
    "fov": "Numbers.fov",
    "size": "parent.process_size",
    "looks": "parent.looks+1+(parent.looks==2)",
    "detail": "parent.edges",
    "exposure": "parent.exposure",
    "encoded": "parent.input_colours==3",
    "pixel_aspect": "parent.pixel_aspect",
    "center_x": "Numbers.center_x",
    "center_y": "Numbers.center_y",
}
"""Attribute of the TorchScript model -> the expression that drives it, seen from inside the node. The model's other
attributes stay as they are made: flips are done behind the switch, for pre-rendered normals too."""

WORK_SIZE = 192
"""Short side, in pixels, that the shipped model was trained for (`work_size` of its card)."""

FIELD_OF_VIEW = 55.0
"""Degrees along the longer side, where nothing better is known (`default_fov_degrees` of the card)."""
