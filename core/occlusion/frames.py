"""Occlusion of files, frame by frame: reading, looking, writing, and telling what is finished."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.depth import planar_depth
from core.depth_kind import DepthKind
from core.errors import BadChannels, BadSize, PlatelightError
from core.image import Image, check_same_place, read_header, read_image, write_image
from core.inference.lens import Lens, plate_window, told_fov
from core.occlusion.geometry import Radius, Surfaces, surfaces_of
from core.occlusion.gtao import gtao
from core.occlusion.model import FieldModel
from core.occlusion.predict import Look, predict_occlusion

__all__ = ["CHANNEL", "DEFAULT_FOV_DEGREES", "OcclusionSettings", "is_finished", "read_surfaces", "write_occlusion"]

FloatArray = npt.NDArray[np.float32]

CHANNEL = "occlusion.Y"
"""What an EXR's one channel is called: that of `platelight generate`."""

DEFAULT_FOV_DEGREES = 50.0
"""Field of view along the longer side where none is given, as for relighting."""

_MARK = "platelightOcclusion"
_SMALLEST = 8
_SHORT, _LONG = 2, 10  # pixels, and longer sides of the picture: beyond them the unit is likelier to be wrong
_UNITS = "it is in the units of the depth, centimetres for example (--radius), or a share of the picture (--relative)"


@dataclass(frozen=True, kw_only=True)
class OcclusionSettings:
    """How occlusion is computed.

    Attributes:
        radius: how far away a surface may be and still occlude.
        lens: what is known of the lens.
        pixel_aspect: width of a pixel divided by its height; None: what the normals' file says.
        distance: metres to the surface where there is no depth; matters to a radius in metres.
        depth_is: what the numbers of the depth file are.
        strength: factor on what is closed: 1 is as computed, 0 opens everything.
        look: how closely the network looks.
        formula: GTAO instead of a network.
    """

    radius: Radius = field(default_factory=lambda: Radius(1.0))
    lens: Lens = field(default_factory=Lens)
    pixel_aspect: float | None = None
    distance: float = 2.0
    depth_is: DepthKind = DepthKind.PLANAR
    strength: float = 1.0
    look: Look = field(default_factory=Look)
    formula: bool = False

    def fingerprint(self, model: str, with_depth: bool) -> str:
        """Tells settings, model and kind of input apart: 16 hex digits that are written into each file."""
        settings = asdict(self)
        if self.pixel_aspect is None:
            del settings["pixel_aspect"]  # results of before there was this one are still finished
        if self.depth_is is DepthKind.PLANAR:
            del settings["depth_is"]  # likewise
        told = json.dumps([settings, model, with_depth], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def read_surfaces(normals: Path, depth: Path | None, settings: OcclusionSettings) -> tuple[Surfaces, Image]:
    """Read normals, and depth where there is one.

    Args:
        normals: an image with a layer N of three channels, camera space, -1..1.
        depth: an image with a channel depth.Z or Z, or a single channel: as `settings.depth_is` says, 0 where there is
            nothing.
        settings: radius, lens, distance and kind of depth.

    Returns:
        What the network is told, and the normals' image.

    Raises:
        FileMissing, UnreadableImage: a file cannot be read.
        BadChannels: no layer N, or no depth.
        BadInput: the depth is negative throughout.
        BadSize: normals and depth differ in size or place, or are smaller than 8 pixels.
        BadConfig: the lens or the distance.
    """
    image = read_image(normals)
    if not image.has_layer("N") or image.layer("N").shape[2] < 3:
        shown = ", ".join(image.channels[:8])
        raise BadChannels(f"{normals}: has no layer N of three channels but {shown}; `platelight normals` makes one")
    if min(image.width, image.height) < _SMALLEST:
        raise BadSize(f"{normals}: {image.width}x{image.height} pixels; both sides must be {_SMALLEST} or more")
    if settings.pixel_aspect is not None:
        image = replace(image, pixel_aspect=settings.pixel_aspect)
    window = plate_window(
        image.width,
        image.height,
        settings.lens,
        told_fov(image.metadata) or DEFAULT_FOV_DEGREES,
        pixel_aspect=image.pixel_aspect,
        data_window=image.data_window,
        display_window=image.display_window,
    )
    slopes = np.moveaxis(window.rays(image.height, image.width), 0, -1)
    planar = None
    if depth is not None:
        found = read_image(depth)
        check_same_place(image, str(normals), found, str(depth))
        planar = planar_depth(found, slopes, settings.depth_is, str(depth))
    layer = image.layer("N")[..., :3]
    return surfaces_of(layer, slopes, settings.radius, planar, settings.distance), image


def write_occlusion(
    model: FieldModel | None, normals: Path, depth: Path | None, out: Path, settings: OcclusionSettings
) -> tuple[str, ...]:
    """Make the occlusion of one frame and write it, whole or not at all.

    An EXR gets the channel `occlusion.Y`, half; other formats one channel of brightness, 8 bits, or 16 for TIFF. The
    windows are those of the normals.

    Args:
        model: of the task `occlusion`; None for the formula.
        normals, depth: see `read_surfaces`.
        out: the file to write.
        settings: how.

    Returns:
        Lines for the user about what was noticed.

    Raises:
        FileMissing, UnreadableImage, BadChannels, BadSize, BadConfig: as `read_surfaces`.
        DiskFull, WorkFailed: the file cannot be written, or the model failed.
    """
    surfaces, image = read_surfaces(normals, depth, settings)
    network = None if settings.formula else model
    found = gtao(surfaces) if network is None else predict_occlusion(network, surfaces, settings.look)
    found = np.clip(1.0 - np.float32(settings.strength) * (1.0 - found), 0.0, 1.0).astype(np.float32)
    is_exr = out.suffix.lower() == ".exr"
    made = Image(
        found,
        (CHANNEL,) if is_exr else ("Y",),
        color_space="raw",
        data_window=image.data_window,
        display_window=image.display_window,
        pixel_aspect=image.pixel_aspect,
    )
    kind = "half" if is_exr else "uint16" if out.suffix.lower() in (".tif", ".tiff") else "uint8"
    name = "gtao" if network is None else network.card.name
    mark = {_MARK: settings.fingerprint(name, depth is not None)}
    write_image(out, made, dtype=kind, metadata=mark)
    covered = surfaces.depth > 0.0
    notes = []
    if not covered.any():
        notes.append(f"{normals}: shows no surface at all; everything is open")
    elif surfaces.radius_pixels < _SHORT:
        notes.append(
            f"{normals}: the radius is shorter than {_SHORT} pixels, so that hardly anything is closed; {_UNITS}"
        )
    elif surfaces.radius_pixels > _LONG * max(surfaces.depth.shape):
        notes.append(f"{normals}: the radius is {_LONG} times as long as the picture, or longer; {_UNITS}")
    if depth is None and covered.any():
        notes.append(f"{normals}: no depth, so that what stands in front of what can only be guessed (--depth)")
    return tuple(notes)


def is_finished(out: Path, inputs: list[Path], settings: OcclusionSettings, model: str) -> bool:
    """Whether a result is there, was made with these settings, and is newer than what it is made from.

    EXR and PNG keep a mark of the settings. Formats that do not (JPEG, TIFF) never count as finished.

    Args:
        out: the result.
        inputs: normals, and depth if there is one.
        settings: how.
        model: name of the model, or "gtao".
    """
    try:
        made = out.stat().st_mtime_ns
        if max(path.stat().st_mtime_ns for path in inputs) >= made:
            return False
        return read_header(out).metadata.get(_MARK) == settings.fingerprint(model, len(inputs) > 1)
    except (OSError, PlatelightError):
        return False  # what is missing or broken is told when the frame is made
