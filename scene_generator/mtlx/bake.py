"""A `Material`'s maps as image files, and the `StandardSurface` that refers to them.

Colour goes to half-float EXR in scene-linear Rec.709, numbers and normals to 16-bit PNG as data. A map that is the same
everywhere becomes a plain value, without a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import BadInput, FileMissing, WorkFailed
from core.image import Image, write_image
from scene_generator.mtlx.surface import Color, Scalar, StandardSurface, Texture
from scene_generator.mtlx.validate import check, new_document, read_document
from scene_generator.mtlx.write import add_surface, save, valid_name
from scene_generator.spec import Material, SpecError
from scene_generator.textures.maps import TextureMaps, material_maps

__all__ = ["TEXTURES", "Baked", "bake", "material_to_mtlx", "write_textures"]

TEXTURES = "textures"
"""Folder of the image files beside the document."""


@dataclass(frozen=True, eq=False)
class Baked:
    """A surface and the images that it refers to, not yet written."""

    surface: StandardSurface
    images: dict[str, np.ndarray]
    """File, relative to the document's folder, to (S, S) or (S, S, 3) float32 as stored, top row (v = 1) first."""


def bake(material: Material, name: str, size: int, found: TextureMaps | None = None) -> Baked:
    """Turn a material into a surface with images.

    Args:
        material: what to bake.
        name: start of the file names; letters, digits and underscores.
        size: width and height of the images in texels.
        found: maps of the material's texture set, if it has one, at `size`.

    Returns:
        The surface, with `base` as the material has it and `base_color` without it, and its images.

    Raises:
        SpecError: the material names a user's texture set and `found` is None, or a map cannot be made.
    """
    if material.texture_set and found is None:
        raise SpecError(
            f"material {name!r} uses the texture set {material.texture_set!r}; give the folder that it came from"
        )
    made = material_maps(material, size, found)
    images: dict[str, np.ndarray] = {}

    def scalar(values: np.ndarray, parameter: str) -> Scalar:
        if _is_flat(values):
            return float(values.flat[0])
        return Texture(_keep(images, f"{name}_{parameter}.png", values), "raw")

    def color(values: np.ndarray, parameter: str) -> Color:
        if _is_flat(values):
            r, g, b = (float(c) for c in values[0, 0])
            return (r, g, b)
        return Texture(_keep(images, f"{name}_{parameter}.exr", values), "lin_rec709")

    flat_normals = bool(np.all(made.normal[..., 2] > 1 - 1e-7))
    normal = None
    if not flat_normals:
        normal = Texture(_keep(images, f"{name}_normal.png", made.normal * 0.5 + 0.5), "raw")
    # The maps hold base x base_color; standard_surface wants them apart.
    albedo = made.base_color / np.float32(material.base) if material.base > 0 else made.base_color
    surface = StandardSurface(
        base=material.base,
        base_color=color(np.clip(albedo, 0.0, 1.0), "base_color"),
        metalness=scalar(made.metalness, "metalness"),
        specular=material.specular,
        specular_roughness=scalar(made.roughness, "specular_roughness"),
        normal=normal,
        repeat=material.repeat,
    )
    return Baked(surface, images)


def write_textures(folder: Path, baked: Baked) -> None:
    """Write the images of `baked` below `folder`. Raises DiskFull, BadInput or WorkFailed as `write_image`."""
    for file, values in baked.images.items():
        pixels = values[..., None] if values.ndim == 2 else values
        names = ("R", "G", "B") if pixels.shape[2] == 3 else ("Y",)
        write_image(folder / file, Image(pixels, names), dtype="half" if file.endswith(".exr") else "uint16")


def material_to_mtlx(material: Material, name: str, folder: Path, size: int, found: TextureMaps | None = None) -> Path:
    """Write one material as `FOLDER/NAME.mtlx` with its images in `FOLDER/textures`.

    Args:
        material: what to write.
        name: of the material and of the files; made a valid MaterialX name.
        folder: made if it is not there.
        size: width and height of the images in texels.
        found: as in `bake`.

    Returns:
        The path of the document. Nothing is written for a material that does not validate.

    Raises:
        SpecError: as `bake`.
        BadConfig, WorkFailed, FileMissing, DiskFull, BadInput, MissingPart: as `write.surface_to_mtlx`.
    """
    document = new_document()
    node = valid_name(document, name)
    baked = bake(material, node, size, found)
    add_surface(document, node, baked.surface)
    path = folder / f"{node}.mtlx"
    save_with_textures(document, path, [baked])
    return path


def save_with_textures(document: object, path: Path, baked: list[Baked]) -> None:
    """Write the images and then the document; neither, if the document is not valid.

    Images of the document that was at `path` before are removed where the new one has none of their names.

    Raises:
        as `write.save`.
    """
    check(document, str(path))
    before = _images_of(path)
    for each in baked:
        write_textures(path.parent, each)
    save(document, path)
    for file in before - {file for each in baked for file in each.images}:
        (path.parent / file).unlink(missing_ok=True)


def _images_of(path: Path) -> set[str]:
    """The files directly in `TEXTURES` that the document at `path` names; none where there is no such document."""
    try:
        document = read_document(path)
    except (BadInput, FileMissing, WorkFailed):
        return set()
    named = {node.getInput("file").getValueString() for node in document.getNodes() if node.getInput("file")}
    return {file for file in named if Path(file).parent == Path(TEXTURES)}


def _keep(images: dict[str, np.ndarray], name: str, values: np.ndarray) -> str:
    file = f"{TEXTURES}/{name}"
    # Maps start at v = 0, files at the top.
    images[file] = np.ascontiguousarray(values[::-1], np.float32)
    return file


def _is_flat(values: np.ndarray) -> bool:
    return bool(np.all(values == values[:1, :1]))
