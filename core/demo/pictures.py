"""Plates and normals at the size of a page: small copies, encoded to be embedded."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import OpenImageIO as oiio  # noqa: N813
from numpy.typing import NDArray

from core.color import to_display, to_scene_linear
from core.demo.keylight import encode_animation, key_light_at
from core.demo.page import Embedded
from core.image import Image, read_image
from core.relight.lights import Light
from core.relight.picture import RelightOptions, relight_picture

__all__ = [
    "PAGE_SIDE",
    "embed",
    "embed_animation",
    "embed_file",
    "embed_normals",
    "embed_plate",
    "key_light_frames",
    "small_pair",
    "strip",
]

FloatArray: TypeAlias = NDArray[np.float32]
ByteArray: TypeAlias = NDArray[np.uint8]

# Soft and weak highlights: a gloss that the plate's surface does not have would show as haze in its shadows.
_SURFACE = RelightOptions(roughness=0.6, specular=0.3)

PAGE_SIDE = 480
"""Longest side of a picture on the page, pixels: a 1080p plate becomes 480x270, which is quick to relight in a page."""


def small_pair(plate_path: Path, normals_path: Path, side: int = PAGE_SIDE) -> tuple[Image, Image]:
    """A plate and its normals, no longer than `side` pixels.

    Returns:
        The plate as scene-linear Rec.709 R G B over black, and an image with the unit layer N.

    Raises:
        BadInput: as `core.image.read_image`; no N layer.
    """
    plate, normals = read_image(plate_path), read_image(normals_path)
    rgb = to_scene_linear(plate.rgb(), plate.color_space)
    alpha = plate.alpha()
    if alpha is not None and not plate.alpha_associated:
        rgb = rgb * alpha
    rgb = np.clip(np.nan_to_num(rgb, nan=0.0, posinf=0.0, neginf=0.0), 0.0, None)
    small_normals = _shrink(normals.layer("N")[..., :3], side)
    length = np.linalg.norm(small_normals, axis=-1, keepdims=True)
    unit = np.where(length > 1e-3, small_normals / np.maximum(length, 1e-3), 0.0)
    return Image(_shrink(rgb, side), ("R", "G", "B")), Image.from_layers({"N": unit})


def key_light_frames(plate: Image, normals: Image, count: int) -> list[ByteArray]:
    """The plate under a key light that goes round once in `count` frames; (H, W, 3) uint8, display-encoded."""
    return [_relit_bytes(plate, normals, key_light_at(index / count), _SURFACE) for index in range(count)]


def strip(plate: Image, normals: Image) -> Embedded:
    """One row of four as JPEG: the plate, its normals, the key light from the right, the key light from the left."""
    relit = [_relit_bytes(plate, normals, key_light_at(turn), _SURFACE) for turn in (0.08, 0.42)]
    shown = _bytes(to_display(plate.rgb(), plate.color_space))
    return embed(np.hstack([shown, _bytes((normals.layer("N") + 1.0) / 2.0), *relit]))


def embed(pixels: ByteArray, *, lossless: bool = False) -> Embedded:
    """An (H, W, 3) uint8 picture as JPEG, or as PNG where every value counts (normals)."""
    from PIL import Image as Pillow

    buffer = io.BytesIO()
    if lossless:
        Pillow.fromarray(pixels).save(buffer, "PNG", optimize=True)
        return Embedded("image/png", buffer.getvalue())
    Pillow.fromarray(pixels).save(buffer, "JPEG", quality=88, subsampling=0)
    return Embedded("image/jpeg", buffer.getvalue())


def embed_file(path: Path, side: int) -> Embedded:
    """An 8-bit picture file as JPEG, no longer than `side` pixels. Raises BadInput as `core.image.read_image`."""
    return embed(_bytes(_shrink(read_image(path).rgb(), side)))


def embed_plate(plate: Image) -> Embedded:
    """A scene-linear plate, display-encoded, as JPEG."""
    return embed(_bytes(to_display(plate.rgb(), plate.color_space)))


def embed_normals(normals: Image) -> Embedded:
    """The layer N as (N + 1) / 2 in a PNG; black where there is no surface is (0.5, 0.5, 0.5) here."""
    return embed(_bytes((normals.layer("N") + 1.0) / 2.0), lossless=True)


def embed_animation(frames: Sequence[ByteArray]) -> Embedded:
    """The frames as an animated WebP that loops."""
    return Embedded("image/webp", encode_animation(frames))


def _relit_bytes(plate: Image, normals: Image, lights: tuple[Light, ...], options: RelightOptions) -> ByteArray:
    image, _ = relight_picture(plate, normals, lights, options)
    return _bytes(to_display(image.rgb(), image.color_space))


def _bytes(values: FloatArray) -> ByteArray:
    eight_bit: ByteArray = np.rint(np.clip(values, 0.0, 1.0) * 255.0).astype(np.uint8)
    return eight_bit


def _shrink(pixels: FloatArray, side: int) -> FloatArray:
    """Scale down, filtered, so that the longer side is `side`; smaller pictures stay as they are."""
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale >= 1.0:
        return pixels
    target = oiio.ROI(0, max(1, round(width * scale)), 0, max(1, round(height * scale)), 0, 1, 0, pixels.shape[2])
    source = oiio.ImageBuf(np.ascontiguousarray(pixels, dtype=np.float32))
    small = oiio.ImageBufAlgo.resize(source, "triangle", roi=target)
    return np.asarray(small.get_pixels(oiio.FLOAT), dtype=np.float32).reshape(target.yend, target.xend, -1)
