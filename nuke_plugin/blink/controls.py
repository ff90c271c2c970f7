"""What the PlateRelight node offers, where its data, its code and the kernel have to agree."""

from __future__ import annotations

__all__ = [
    "CAT_NAME",
    "FALLOFFS",
    "KERNEL_NAME",
    "KERNEL_NODE",
    "KINDS",
    "LIGHTS",
    "MODEL_NODE",
    "MODES",
    "NODE_CLASS",
    "NO_MODEL",
    "NO_PATH",
    "PATH",
    "PATHS",
    "PATH_INFERENCE",
    "PLACES",
    "RESULTS",
    "WAITING",
]

NODE_CLASS = "PlateRelight"
KERNEL_NAME = "PlateRelight"
"""The kernel's name, with which Nuke begins the names of its knobs."""

KERNEL_NODE = "Kernel"
"""The BlinkScript node inside of a PlateRelight node, once there is one."""

MODEL_NODE = "Model"
"""The Inference node inside, which is the second path."""

CAT_NAME = "PlateRelight.cat"
"""Its model file, which the node asks Nuke's plug-in path for."""

LIGHTS = 8
KINDS = ("off", "ambient", "directional", "point", "spot", "area", "rim")
"""In the order of the kernel's numbers, as are all choices here."""

FALLOFFS = ("none", "linear", "quadratic (real)", "cubic")
MODES = ("multiply: plate x light", "ratio: new light / former light", "add: plate + light", "replace: light only")
RESULTS = ("picture", "light only", "diffuse", "specular", "ambient", "mask")
PLACES = ("nothing: a flat stage", "position", "depth, planar", "depth, 1 / planar", "distance to the camera")

PATHS = ("none: the plate passes", "Blink", "Inference (TorchScript)")
PATH = "Path: Blink. The kernel is compiled and in use."
PATH_INFERENCE = "Path: Inference (TorchScript). The same shading as a model, without Blink."
NO_PATH = "Path: none. The plate passes unchanged until you press Build the kernel."
NO_MODEL = "Path: none. There is no model file yet; the plate passes unchanged until you press Use Inference."
WAITING = "Path: none yet. Nuke is compiling the kernel; the plate passes unchanged."
