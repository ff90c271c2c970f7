"""`StandardSurface` to MaterialX documents; none is written that MaterialX's validator refuses.

One parameter that is a texture becomes one `tiledimage` node, whose `uvtiling` is the surface's `repeat`; the normal
map goes through a `normalmap` node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.atomic import write_text
from scene_generator.mtlx.surface import Color, Scalar, StandardSurface, Texture
from scene_generator.mtlx.validate import check, materialx, new_document

__all__ = ["LOOK", "add_surface", "assign", "save", "surface_to_mtlx", "valid_name"]

LOOK = "scene"
"""Name of the look that holds the assignments of a scene."""

_SCALARS = ("base", "metalness", "specular", "specular_roughness", "specular_IOR")
_COLORS = ("base_color", "specular_color")


def valid_name(document: Any, wanted: str) -> str:
    """Return `wanted` as a name that MaterialX allows and `document` does not hold yet."""
    mx = materialx()
    name = mx.createValidName(wanted) or "material"
    taken = {child.getName() for child in document.getChildren()}
    free, number = name, 2
    while free in taken or f"{free}_surface" in taken:
        free, number = f"{name}_{number}", number + 1
    return str(free)


def add_surface(document: Any, name: str, surface: StandardSurface) -> str:
    """Add one `surfacematerial` with its shader and image nodes.

    Args:
        document: made by `validate.new_document`.
        name: wanted name; made valid and unique.
        surface: parameters; texture files need not exist yet.

    Returns:
        The name of the material node.

    Raises:
        BadConfig: a parameter is out of range (`StandardSurface.check`).
    """
    surface.check(name)
    mx = materialx()
    node = valid_name(document, name)
    shader = document.addNode("standard_surface", f"{node}_surface", "surfaceshader")
    # 1.0.0 has other defaults of base and base_color: name the version that the values are for.
    shader.setVersionString("1.0.1")
    for parameter in _SCALARS:
        _set(document, shader, parameter, "float", getattr(surface, parameter), surface.repeat)
    for parameter in _COLORS:
        _set(document, shader, parameter, "color3", getattr(surface, parameter), surface.repeat)
    if surface.normal is not None:
        image = _image(document, f"{node}_normal_image", "vector3", surface.normal, surface.repeat)
        relief = document.addNode("normalmap", f"{node}_normal", "vector3")
        relief.addInput("in", "vector3").setConnectedNode(image)
        shader.addInput("normal", "vector3").setConnectedNode(relief)
    material = document.addNode(mx.SURFACE_MATERIAL_NODE_STRING, node, "material")
    material.addInput("surfaceshader", "surfaceshader").setConnectedNode(shader)
    return node


def assign(document: Any, materials: Mapping[str, Sequence[str]]) -> None:
    """Add the look `LOOK` that gives materials to objects.

    Args:
        document: holds the materials.
        materials: name of a material node to the names of its objects; they become `/NAME`, the path of a piece of
            geometry at the top of the scene.
    """
    look = document.addLook(LOOK)
    for material, objects in materials.items():
        look.addMaterialAssign(f"assign_{material}", material).setGeom(", ".join(f"/{name}" for name in objects))


def save(document: Any, path: Path) -> None:
    """Check `document`, then write it, whole or not at all.

    Raises:
        WorkFailed: the document is not valid, or reads back as another; nothing is written.
        FileMissing: an image that it names is not in its folder; nothing is written.
        DiskFull, BadInput: the file cannot be written.
    """
    check(document, str(path), path.parent)
    write_text(path, materialx().writeToXmlString(document))


def surface_to_mtlx(surface: StandardSurface, name: str, path: Path) -> Path:
    """Write one material as a document of its own; its textures must exist beside it.

    Args:
        surface: parameters and textures, the latter relative to the folder of `path`.
        name: of the material.
        path: the `.mtlx` file.

    Returns:
        `path`.

    Raises:
        BadConfig: a parameter is out of range.
        WorkFailed, FileMissing, DiskFull, BadInput: as `save`.
        MissingPart: MaterialX is not installed.
    """
    document = new_document()
    add_surface(document, name, surface)
    save(document, path)
    return path


def _set(
    document: Any, shader: Any, parameter: str, kind: str, value: Scalar | Color, repeat: tuple[float, float]
) -> None:
    mx = materialx()
    port = shader.addInput(parameter, kind)
    if isinstance(value, Texture):
        stem = shader.getName().removesuffix("_surface")
        port.setConnectedNode(_image(document, f"{stem}_{parameter}", kind, value, repeat))
    elif isinstance(value, tuple):
        port.setValue(mx.Color3(*value))
    else:
        port.setValue(float(value))


def _image(document: Any, name: str, kind: str, texture: Texture, repeat: tuple[float, float]) -> Any:
    mx = materialx()
    node = document.addNode("tiledimage", document.createValidChildName(name), kind)
    file = node.addInput("file", "filename")
    file.setValue(texture.file, "filename")
    file.setColorSpace(texture.color_space)
    node.addInput("uvtiling", "vector2").setValue(mx.Vector2(*repeat))
    return node
