"""The maps of one texture -> files: the normal map, what was asked for beside it, a MaterialX file that uses all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
import numpy.typing as npt

from core.atomic import write_text
from core.color import to_display
from core.errors import BadChannels, BadConfig, BadSize
from core.image import SCENE_LINEAR, SRGB, Image, read_image, write_image
from core.normals import flip_green
from core.textures.convention import CONVENTIONS, DIRECTX
from core.textures.derived import curvature_map, height_picture, occlusion_map
from core.textures.model import TextureModel
from core.textures.predict import is_tileable, predict_texture
from core.textures.settings import ReliefSettings, shaped
from core.textures.slopes import integrate, normals_from_slopes

__all__ = ["EXTRA_MAPS", "FILE_TYPES", "MapReport", "MapSettings", "planned_files", "write_maps"]

FloatArray = npt.NDArray[np.float32]

EXTRA_MAPS = ("height", "curvature", "occlusion", "roughness", "metalness")
"""Maps that are written when asked for, each one channel."""

FILE_TYPES: Mapping[str, tuple[str, str]] = {
    "png": (".png", "uint8"),
    "png16": (".png", "uint16"),
    "tiff": (".tif", "uint16"),
    "exr": (".exr", "float"),
}
"""Name -> suffix and pixel type. Height is never 8-bit: its steps would show; PNG has it in 16 bits."""

_MATERIALX_SPACES = {SRGB: "srgb_texture", SCENE_LINEAR: "lin_rec709", "acescg": "acescg"}
"""Colour spaces, in small letters, that MaterialX calls by names of its own; others keep theirs."""

_RAW = "raw"  # values, no colour: no curve is ever applied to them


@dataclass(frozen=True, kw_only=True)
class MapSettings:
    """What is written, and how.

    Attributes:
        tileable: None: found out from the texture.
        relief: see `core.textures.settings`.
        convention: "opengl" (Y+) or "directx" (Y-).
        maps: names in `EXTRA_MAPS`.
        file_type: name in `FILE_TYPES`.
        materialx: also write `NAME.mtlx`.
        color_space: of the texture, as OpenColorIO names it; None: what the file says.

    Raises:
        BadConfig: an unknown name.
    """

    tileable: bool | None = None
    relief: ReliefSettings = field(default_factory=ReliefSettings)
    convention: str = "opengl"
    maps: Sequence[str] = ()
    file_type: str = "png"
    materialx: bool = False
    color_space: str | None = None

    def __post_init__(self) -> None:
        if self.convention not in CONVENTIONS:
            raise BadConfig(f"format {self.convention!r}: choose one of {', '.join(CONVENTIONS)}")
        if self.file_type not in FILE_TYPES:
            raise BadConfig(f"file type {self.file_type!r}: choose one of {', '.join(FILE_TYPES)}")
        unknown = [name for name in self.maps if name not in EXTRA_MAPS]
        if unknown:
            raise BadConfig(f"map {unknown[0]!r}: choose of {', '.join(EXTRA_MAPS)}")


@dataclass(frozen=True)
class MapReport:
    """What was made of a texture.

    Attributes:
        files: by map; `materialx` among them where written.
        tileable: as told or found out.
        notes: what somebody should know.
        height_pixels: how much higher the highest point is than the lowest, in pixels; None where no height was made.
    """

    files: Mapping[str, Path]
    tileable: bool
    notes: Sequence[str]
    height_pixels: float | None


def planned_files(source: Path, out: Path, settings: MapSettings) -> dict[str, Path]:
    """The files that `write_maps` makes of one texture, by map."""
    suffix = FILE_TYPES[settings.file_type][0]
    names = ["normal", *(name for name in EXTRA_MAPS if name in settings.maps)]
    files = {name: out / f"{source.stem}_{name}{suffix}" for name in names}
    if settings.materialx:
        files["materialx"] = out / f"{source.stem}.mtlx"
    return files


def write_maps(model: TextureModel, source: Path, out: Path, settings: MapSettings) -> MapReport:
    """Predict the maps of one texture and write them, each file whole or not at all; the MaterialX file comes last.

    Normal maps hold 0.5 + 0.5 n in integer files and n itself, -1..1, in EXR. Height is 0..1 from the lowest to the
    highest point in integer files, and in EXR the height itself in widths of the texture. No map but the colour is
    ever converted between colour spaces.

    Raises:
        FileMissing, UnreadableImage, BadChannels, BadSize: the texture cannot be used.
        DiskFull, WorkFailed: a file cannot be written, or the model failed.
    """
    image = read_image(source)
    color_space = settings.color_space or image.color_space
    notes = []
    alpha = image.alpha()
    if alpha is not None and float(alpha.min()) < 1.0:
        notes.append(f"{source}: has transparent parts, whose colour was used as it is")
    try:
        color = to_display(image.rgb(), color_space)
        tileable = is_tileable(color) if settings.tileable is None else settings.tileable
        found = predict_texture(model, color, tileable)
    except (BadChannels, BadSize) as error:
        raise type(error)(f"{source}: {error}") from error
    slopes = shaped(found.slopes, settings.relief, tileable)
    files = planned_files(source, out, settings)
    normals = normals_from_slopes(slopes)
    normals = flip_green(normals) if settings.convention == DIRECTX else normals
    _write_normals(files["normal"], normals, settings)
    depth: float | None = None
    if {"height", "occlusion"} & set(settings.maps):
        height = integrate(slopes, tileable)
        depth = height_picture(height)[1]
        if "height" in files:
            _write_height(files["height"], height, settings)
        if "occlusion" in files:
            _write_grey(files["occlusion"], occlusion_map(height, tileable), settings)
    if "curvature" in files:
        _write_grey(files["curvature"], curvature_map(slopes, tileable), settings)
    for channel, name in enumerate(("roughness", "metalness")):
        if name in files:
            _write_grey(files[name], found.surface[..., channel], settings)
    if settings.materialx:
        text = materialx_text(source, files, settings, (depth or 0.0) / image.width, color_space)
        write_text(files["materialx"], text)
    return MapReport(files, tileable, notes, depth)


def materialx_text(
    source: Path, files: Mapping[str, Path], settings: MapSettings, depth: float, color_space: str = SRGB
) -> str:
    """A MaterialX 1.38 document: a `standard_surface` with the texture and its maps.

    Files are named relative to the document where they lie beside it, else by their whole path. A DirectX map is turned
    round on its way, as MaterialX's `normalmap` node wants OpenGL.

    Args:
        source: the colour texture.
        files: as `planned_files` names them.
        settings: see there.
        depth: height of the relief in widths of the texture, the scale of the displacement.
        color_space: of the texture, as OpenColorIO names it.
    """
    folder = files["materialx"].parent
    # MaterialX's validator takes no other letters in a name.
    name = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in source.stem)
    space_of_color = _MATERIALX_SPACES.get(color_space.lower(), color_space)

    def place(path: Path) -> str:
        return path.name if path.resolve().parent == folder.resolve() else path.resolve().as_posix()

    def image(node: str, path: Path, kind: str, space: str | None) -> str:
        colorspace = f" colorspace={quoteattr(space)}" if space else ""
        return (
            f'  <image name="{name}_{node}" type="{kind}">\n'
            f'    <input name="file" type="filename" value={quoteattr(place(path))}{colorspace} />\n'
            f"  </image>\n"
        )

    parts = [image("color", source, "color3", space_of_color)]
    inputs = [f'<input name="base_color" type="color3" nodename="{name}_color" />']
    parts.append(image("normal", files["normal"], "vector3", None))
    normal = f"{name}_normal"
    if settings.file_type == "exr":
        parts.append(_node("multiply", f"{name}_half", "vector3", [("in1", "vector3", normal), ("in2", "float", 0.5)]))
        shift = [("in1", "vector3", f"{name}_half"), ("in2", "float", 0.5)]
        parts.append(_node("add", f"{name}_encoded", "vector3", shift))
        normal = f"{name}_encoded"
    if settings.convention == DIRECTX:
        turn = [("in1", "vector3", normal), ("in2", "vector3", "1, -1, 1", "value")]
        parts.append(_node("multiply", f"{name}_turned", "vector3", turn))
        back = [("in1", "vector3", f"{name}_turned"), ("in2", "vector3", "0, 1, 0", "value")]
        parts.append(_node("add", f"{name}_opengl", "vector3", back))
        normal = f"{name}_opengl"
    parts.append(_node("normalmap", f"{name}_normalmap", "vector3", [("in", "vector3", normal)]))
    inputs.append(f'<input name="normal" type="vector3" nodename="{name}_normalmap" />')
    for map_name, port in (("roughness", "specular_roughness"), ("metalness", "metalness")):
        if map_name in files:
            parts.append(image(map_name, files[map_name], "float", None))
            inputs.append(f'<input name="{port}" type="float" nodename="{name}_{map_name}" />')
    body = "\n    ".join(inputs)
    parts.append(f'  <standard_surface name="{name}_shader" type="surfaceshader">\n    {body}\n  </standard_surface>\n')
    bound = [f'<input name="surfaceshader" type="surfaceshader" nodename="{name}_shader" />']
    if "height" in files:
        parts.append(image("height", files["height"], "float", None))
        scale = 1.0 if settings.file_type == "exr" else depth
        given = [("displacement", "float", f"{name}_height"), ("scale", "float", round(scale, 6))]
        parts.append(_node("displacement", f"{name}_displacement", "displacementshader", given))
        bound.append(f'<input name="displacementshader" type="displacementshader" nodename="{name}_displacement" />')
    body = "\n    ".join(bound)
    parts.append(f'  <surfacematerial name="{name}" type="material">\n    {body}\n  </surfacematerial>\n')
    return f'<?xml version="1.0"?>\n<materialx version="1.38" colorspace="lin_rec709">\n{"".join(parts)}</materialx>\n'


def _node(kind: str, name: str, made: str, inputs: Sequence[tuple[object, ...]]) -> str:
    lines = []
    for port, kind_of_input, value, *how in inputs:
        word = "value" if how or isinstance(value, float) else "nodename"
        lines.append(f'    <input name="{port}" type="{kind_of_input}" {word}="{value}" />\n')
    return f'  <{kind} name="{name}" type="{made}">\n{"".join(lines)}  </{kind}>\n'


def _write_normals(path: Path, normals: FloatArray, settings: MapSettings) -> None:
    kind = FILE_TYPES[settings.file_type][1]
    if kind == "float":
        write_image(path, Image.from_layers({"": normals}, color_space=_RAW), dtype="float")
        return
    # 127.5 + 127.5 n, rounded: as `core.normals.encode_8bit`, and alike in 16 bits.
    encoded = 0.5 + 0.5 * normals
    write_image(path, Image(encoded, ("R", "G", "B"), color_space=_RAW), dtype=kind)


def _write_height(path: Path, height: FloatArray, settings: MapSettings) -> None:
    if settings.file_type == "exr":
        values = height / np.float32(height.shape[1])
        write_image(path, Image(values[..., None], ("Y",), color_space=_RAW), dtype="float")
        return
    picture, _ = height_picture(height)
    write_image(path, Image(picture[..., None], ("Y",), color_space=_RAW), dtype="uint16")


def _write_grey(path: Path, values: FloatArray, settings: MapSettings) -> None:
    kind = FILE_TYPES[settings.file_type][1]
    kind = "half" if kind == "float" else kind
    write_image(path, Image(np.clip(values, 0.0, 1.0)[..., None], ("Y",), color_space=_RAW), dtype=kind)
