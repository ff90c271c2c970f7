"""The maps of one texture -> files: the normal map, what was asked for beside it, a MaterialX file that uses all."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.atomic import write_text
from core.card import ModelCard
from core.color import to_display
from core.errors import BadChannels, BadConfig, BadSize, PlatelightError
from core.image import Image, read_header, read_image, write_image
from core.image.pixels import rgb_indices
from core.normals import flip_green
from core.textures.convention import CONVENTIONS, DIRECTX
from core.textures.derived import curvature_map, height_picture, occlusion_map
from core.textures.materialx import is_known_space, materialx_text
from core.textures.model import TextureModel
from core.textures.predict import is_tileable, predict_texture
from core.textures.settings import ReliefSettings, shaped
from core.textures.slopes import integrate, normals_from_slopes

__all__ = ["EXTRA_MAPS", "FILE_TYPES", "MapReport", "MapSettings", "is_finished", "planned_files", "write_maps"]

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

_BEYOND_WHITE = 1.01  # a resampled or compressed white may lie a little above 1
_RAW = "raw"  # values, no colour: no curve is ever applied to them
_OURS = "platelight normal-map"
_DESCRIPTION = "ImageDescription"  # the one entry of text that PNG, TIFF and EXR all keep


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

    def description(self, card: ModelCard) -> str:
        """What each map's file says of itself: that it is the suite's, which way green goes, and settings as a hash."""
        settings = asdict(self)
        del settings["maps"], settings["materialx"]  # which others were asked for changes no map
        told = json.dumps([settings, card.sha256], sort_keys=True)
        digest = hashlib.sha256(told.encode()).hexdigest()[:16]
        return f"{_OURS}, {card.name} {card.version}, {self.convention}, settings {digest}"


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


def is_finished(source: Path, out: Path, settings: MapSettings, card: ModelCard) -> bool:
    """Whether all maps of a texture are there, of these settings and weights, and no older than the texture.

    Raises:
        BadConfig: a file of such a name is there that is of somebody else's making.
    """
    files = planned_files(source, out, settings)
    said = settings.description(card)
    told = {name: _said_by(path) for name, path in files.items() if path.exists()}
    foreign = [files[name] for name, words in told.items() if words is not None and not words.startswith(_OURS)]
    if foreign:
        raise BadConfig(f"{foreign[0]}: is there, and is not of normal-map; name another --out, or give --overwrite")
    try:
        if source.stat().st_mtime_ns > min(path.stat().st_mtime_ns for path in files.values()):
            return False
    except OSError:
        return False  # what is missing is told when the maps are made
    wanted = dict.fromkeys(files, said) | {"materialx": _of_document(settings, said)}
    return all(told[name] == wanted[name] for name in files)


def _of_document(settings: MapSettings, said: str) -> str:
    # A comment of XML may hold no two hyphens in a row, which a model's name may.
    return re.sub("-(?=-)", "- ", f"{said}, {' '.join(sorted(settings.maps))}")


def _said_by(path: Path) -> str | None:
    """What a file says of itself; None: it is broken, or stopped half-way."""
    try:
        if path.suffix == ".mtlx":
            found = re.search(r"<!-- (.*?) -->", path.read_text("utf-8"))
            return found[1] if found else ""
        return str(read_header(path).metadata.get(_DESCRIPTION, ""))
    except (OSError, ValueError, PlatelightError):
        return None


def write_maps(model: TextureModel, source: Path, out: Path, settings: MapSettings) -> MapReport:
    """Predict the maps of one texture and write them, each file whole or not at all; the MaterialX file comes last.

    Normal maps hold 0.5 + 0.5 n in integer files and n itself, -1..1, in EXR. Height is 0..1 from the lowest to the
    highest point in integer files, and in EXR the height itself in widths of the texture. No map but the colour is
    ever converted between colour spaces. Each map's `ImageDescription` tells its settings apart (see `is_finished`).

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
        rgb = image.rgb()
        notes += _doubts(source, rgb)
        color = to_display(rgb, color_space)
        tileable = is_tileable(color) if settings.tileable is None else settings.tileable
        found = predict_texture(model, color, tileable)
    except (BadChannels, BadSize) as error:
        raise type(error)(f"{source}: {error}") from error
    slopes = shaped(found.slopes, settings.relief, tileable)
    files = planned_files(source, out, settings)
    said = settings.description(model.card)
    normals = normals_from_slopes(slopes)
    normals = flip_green(normals) if settings.convention == DIRECTX else normals
    _write_normals(files["normal"], normals, settings, said)
    depth: float | None = None
    if {"height", "occlusion"} & set(settings.maps):
        height = integrate(slopes, tileable)
        depth = height_picture(height)[1]
        if "height" in files:
            _write_height(files["height"], height, settings, said)
        if "occlusion" in files:
            _write_grey(files["occlusion"], occlusion_map(height, tileable), settings, said)
    if "curvature" in files:
        _write_grey(files["curvature"], curvature_map(slopes, tileable), settings, said)
    for channel, name in enumerate(("roughness", "metalness")):
        if name in files:
            _write_grey(files[name], found.surface[..., channel], settings, said)
    if settings.materialx:
        if not is_known_space(color_space):
            notes.append(
                f"{files['materialx']}: MaterialX itself does not know the texture's colour space {color_space}; "
                "a renderer without an OpenColorIO configuration that has it needs the texture in another"
            )
        text = materialx_text(
            source,
            files,
            said=_of_document(settings, said),
            file_type=settings.file_type,
            convention=settings.convention,
            depth=(depth or 0.0) / image.width,
            color_space=color_space,
            grey=rgb_indices(image.channels) is None,
        )
        write_text(files["materialx"], text)
    return MapReport(files, tileable, notes, depth)


def _doubts(source: Path, rgb: FloatArray) -> list[str]:
    """What of a texture's colours no map can be made from."""
    broken = float(np.mean(~np.isfinite(rgb).all(-1)))
    clipped = float(np.mean((rgb > _BEYOND_WHITE).any(-1) & np.isfinite(rgb).all(-1)))
    notes = []
    if broken > 0.0:
        notes.append(f"{source}: {100.0 * broken:.2g} % of its pixels are no finite numbers, and show nothing")
    if clipped > 0.001:
        notes.append(f"{source}: {100.0 * clipped:.2g} % of it is brighter than white, and was cut off there")
    return notes


def _write_normals(path: Path, normals: FloatArray, settings: MapSettings, said: str) -> None:
    kind = FILE_TYPES[settings.file_type][1]
    if kind == "float":
        write_image(
            path, Image.from_layers({"": normals}, color_space=_RAW), dtype="float", metadata={_DESCRIPTION: said}
        )
        return
    # 127.5 + 127.5 n, rounded: as `core.normals.encode_8bit`, and alike in 16 bits.
    encoded = 0.5 + 0.5 * normals
    _write(path, encoded, kind, said)


def _write_height(path: Path, height: FloatArray, settings: MapSettings, said: str) -> None:
    if settings.file_type == "exr":
        values = height / np.float32(height.shape[1])
        write_image(
            path, Image(values[..., None], ("Y",), color_space=_RAW), dtype="float", metadata={_DESCRIPTION: said}
        )
        return
    picture, _ = height_picture(height)
    write_image(
        path, Image(picture[..., None], ("Y",), color_space=_RAW), dtype="uint16", metadata={_DESCRIPTION: said}
    )


def _write_grey(path: Path, values: FloatArray, settings: MapSettings, said: str) -> None:
    kind = FILE_TYPES[settings.file_type][1]
    kind = "half" if kind == "float" else kind
    _write(path, np.clip(values, 0.0, 1.0)[..., None], kind, said)


def _write(path: Path, values: FloatArray, kind: str, said: str) -> None:
    channels = ("Y",) if values.shape[-1] == 1 else ("R", "G", "B")
    write_image(path, Image(values, channels, color_space=_RAW), dtype=kind, metadata={_DESCRIPTION: said})
