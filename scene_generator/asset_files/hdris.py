"""A user's environment maps: latitude-longitude pictures of the light all around.

Column c of W sees azimuth 2 pi (c + 0.5) / W, with direction (sin, ., -cos) as `scene_generator.sky.directions` has it:
the left and right edge look along -Z, a quarter of the way looks along +X, the middle along +Z. This is the layout that
OpenEXR defines for its latitude-longitude maps, so a file's pixels are taken as they are.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.color import to_scene_linear
from core.errors import BadSize, UnreadableImage
from core.image import read_header, read_image
from scene_generator.asset_files.resampling import resample

__all__ = ["ENDINGS", "MAX_HEIGHT", "check_hdri", "read_hdri"]

ENDINGS = (".exr", ".hdr")
MAX_HEIGHT = 512
"""Rows that are kept; larger maps shrink to 1024 x 512, which resolves light to a third of a degree."""

_MIN_HEIGHT = 16
_BROKEN_SHARE = 0.01
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # Rec.709 primaries, ITU-R BT.709


def check_hdri(path: Path) -> None:
    """Refuse what is no environment map, by its header alone.

    Raises:
        BadSize: width over height is not 2 within 2 %, or there are fewer than 16 rows.
        FileMissing, UnreadableImage, BadChannels: as `core.image.read_header`.
    """
    header = read_header(path)
    if header.height < _MIN_HEIGHT or abs(header.width / header.height - 2) > 0.04:
        raise BadSize(
            f"{path}: is {header.width}x{header.height}; an environment map is latitude-longitude, twice as wide as "
            f"high and at least {_MIN_HEIGHT} rows: convert it (a cross or a ball is another layout) or take it away"
        )


def read_hdri(path: Path) -> np.ndarray:
    """Read an environment map.

    Negative values and NaN become 0, infinite ones the brightest finite value, as long as they are below 1 % of the
    pixels.

    Returns:
        (H, 2 H, 3) float32, scene-linear Rec.709, layout as above, H at most 512. The mean luminance over the sphere
        (each row weighed by its solid angle, Rec.709) is 1.

    Raises:
        UnreadableImage: too many pixels are not finite, or all is black.
        BadSize, FileMissing, BadChannels: as `check_hdri`.
    """
    check_hdri(path)
    image = read_image(path)
    light = image.rgb().astype(np.float64)
    broken = float((~np.isfinite(light)).any(axis=-1).mean())
    if broken > _BROKEN_SHARE:
        raise UnreadableImage(f"{path}: {broken:.1%} of its pixels are not finite; render or export it again")
    finite = light[np.isfinite(light)]
    brightest = float(finite.max()) if finite.size else 0.0
    light = np.nan_to_num(light, nan=0.0, posinf=brightest, neginf=0.0)
    light = np.maximum(to_scene_linear(light, image.color_space), 0.0).astype(np.float64)
    weight = _solid_angle(len(light))[:, None, None]
    height = min(MAX_HEIGHT, len(light))
    # Rows near a pole stand for less of the sphere: averaging what they weigh keeps the energy of each new row.
    light = resample(light * weight, height, 2 * height) / resample(weight, height, 1)
    mean = float((light @ _LUMINANCE).mean(axis=1) @ _solid_angle(height))
    if mean <= 0:
        raise UnreadableImage(f"{path}: is black all over; take it away or export it again")
    values: np.ndarray = (light / mean).astype(np.float32)
    return values


def _solid_angle(height: int) -> np.ndarray:
    # Share of the sphere that each row covers; sums to 1.
    edges = np.cos(np.arange(height + 1) / height * np.pi)
    share: np.ndarray = (edges[:-1] - edges[1:]) / 2
    return share
