"""Random views of a texture and its slopes, and what happens to a texture's colour before anyone works with it.

Slopes have no unit: scaling a texture leaves them alone, turning and mirroring it turns them too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core.errors import BadConfig
from core.settings import from_settings

__all__ = ["TextureChanges", "crop", "filter_relief", "mirrored", "recolor", "turned"]

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class TextureChanges:
    """How far and how often textures are changed in training; chances and strengths 0..1 unless told otherwise.

    Attributes:
        smallest_scale, largest_scale: pixels of the texture to a pixel of the sample, log-uniform; above 1 the texture
            shrinks.
        strength: deviation of the logarithm of a factor on the slopes. A colour texture seldom shows it, so that this
            mainly blurs what is learnt; 0 by default.
        turned: how often the texture is turned by quarters; it is mirrored left to right every second time.
        shaded: how often light from a random direction is baked into the colour, as photographs have it.
        shading: its strength, at most.
        hollowed: how often hollows are darkened and edges brightened, as dirt, wear and occlusion do.
        hollowing: its strength, at most.
        printed: how often flat paint is laid over a part of the colour.
        filtered: how often the relief is what a filter of several scales makes of the colour, as in many an artist's
            map: where nothing better is known, brightness is height.
        hue, contrast, brightness: deviations of colour gains, of the logarithm of the contrast, and of the gamma.
        grey: how often the colour is taken out.
        jpeg: how often the colour is compressed.
        noise: deviation of pixel noise, at most.
    """

    smallest_scale: float = 0.7
    largest_scale: float = 2.0
    strength: float = 0.0
    turned: float = 0.4
    shaded: float = 0.25
    shading: float = 0.6
    hollowed: float = 0.25
    hollowing: float = 0.6
    printed: float = 0.12
    filtered: float = 0.0
    hue: float = 0.08
    contrast: float = 0.15
    brightness: float = 0.15
    grey: float = 0.05
    jpeg: float = 0.3
    noise: float = 0.02

    def __post_init__(self) -> None:
        if not 0.25 <= self.smallest_scale <= self.largest_scale <= 8.0:
            raise BadConfig(
                f"smallest_scale {self.smallest_scale}, largest_scale {self.largest_scale}: 0.25 <= smallest <= "
                "largest <= 8 is needed"
            )
        for item in fields(self)[2:]:
            if getattr(self, item.name) < 0.0:
                raise BadConfig(f"augmentation {item.name} {getattr(self, item.name)}: must be 0 or more")

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> TextureChanges:
        """The fields that `value` holds, the rest as above. Raises BadConfig for others."""
        return from_settings(cls, value, "augmentation")


def crop(field: npt.NDArray[Any], top: int, left: int, side: int, size: int) -> FloatArray:
    """A square of a texture that repeats, resized.

    Args:
        field: (H, W, C), any kind of number; uint8 is read as 0..1.
        top, left: corner of the square; beyond the border the texture goes on from the other side.
        side: of the square, pixels of the texture.
        size: of the result, pixels.

    Returns:
        (size, size, C) float32; averaged over areas where it shrinks.
    """
    rows = np.arange(top, top + side) % field.shape[0]
    columns = np.arange(left, left + side) % field.shape[1]
    part = field[rows[:, None], columns[None, :]]
    values = part.astype(np.float32) / np.float32(255.0) if part.dtype == np.uint8 else part.astype(np.float32)
    if side == size:
        return np.asarray(values, np.float32)
    kind = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(values, (size, size), interpolation=kind), np.float32).reshape(size, size, -1)


def mirrored(slopes: FloatArray) -> FloatArray:
    """The slopes of the mirrored texture (columns reversed)."""
    return np.ascontiguousarray(slopes[:, ::-1] * np.array([-1, 1], np.float32))


def turned(slopes: FloatArray, quarters: int) -> FloatArray:
    """The slopes of the texture turned counter-clockwise by quarter turns, as `numpy.rot90` turns it."""
    found = np.rot90(slopes, quarters)
    for _ in range(quarters % 4):
        found = np.stack([-found[..., 1], found[..., 0]], axis=-1)
    return np.ascontiguousarray(found)


def filter_relief(color: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Slopes of a height that is the brightness, its scales weighted at random.

    Args:
        color: (S, S, 3) sRGB-encoded, 0..1.
        rng: the sample's generator.

    Returns:
        (S, S, 2): to the right and upwards, for a contrast of 1 between neighbours 1 to 5.
    """
    brightness = np.ascontiguousarray(color.mean(-1), np.float32)
    weights = np.exp(rng.normal(size=4) * 0.7)
    height, finer = np.zeros_like(brightness), brightness
    for octave, weight in enumerate(weights):
        coarser = np.asarray(cv2.GaussianBlur(brightness, (0, 0), 1.2 * 2.0**octave), np.float32)
        height += np.float32(weight) * (finer - coarser)
        finer = coarser
    height *= np.float32(np.exp(rng.uniform(0.0, np.log(5.0))))
    rows, columns = np.gradient(height)
    return np.stack([columns, -rows], axis=-1).astype(np.float32)


def recolor(color: FloatArray, slopes: FloatArray, rng: np.random.Generator, settings: TextureChanges) -> FloatArray:
    """A random change of a colour texture that leaves its relief alone.

    Args:
        color: (S, S, 3) sRGB-encoded, 0..1.
        slopes: (S, S, 2) of its relief, for light and hollows.
        rng: the sample's generator.
        settings: what happens how often and how far.

    Returns:
        (S, S, 3) float32, 0..1.
    """
    # All is drawn, taken or not: one setting changed leaves the other changes as they were.
    chances = rng.random(6)
    amounts = rng.random(6)
    angle, scale_at, seed = rng.uniform(0, 2 * np.pi), rng.random(), int(rng.integers(2**32))
    gains = np.exp(rng.normal(size=3) * settings.hue)
    contrast, gamma = np.exp(rng.normal(size=2) * (settings.contrast, settings.brightness))
    picture = color
    if chances[0] < settings.printed:
        picture = _painted(picture, np.random.default_rng(seed), 0.3 + 0.7 * float(amounts[0]))
    if chances[1] < settings.hollowed:
        picture = picture * _hollows(slopes, float(scale_at), settings.hollowing * (2 * float(amounts[1]) - 0.4))
    if chances[2] < settings.shaded:
        light = -(np.cos(angle) * slopes[..., 0] + np.sin(angle) * slopes[..., 1])
        light = light / np.sqrt(1 + np.square(slopes).sum(-1))
        picture = picture * np.exp(settings.shading * float(amounts[2]) * light)[..., None]
    if chances[3] < settings.grey:
        picture = np.repeat(picture.mean(-1, keepdims=True), 3, axis=-1)
    middle = picture.mean(axis=(0, 1), keepdims=True)
    picture = middle + (picture - middle) * contrast
    picture = np.clip(picture * gains, 0.0, 1.0) ** gamma
    if settings.noise:
        noise = np.random.default_rng(seed).standard_normal(picture.shape, np.float32)
        picture = picture + settings.noise * float(amounts[4]) ** 2 * noise
    picture = np.clip(picture, 0.0, 1.0).astype(np.float32)
    if chances[5] < settings.jpeg:
        code = np.round(picture * 255.0).astype(np.uint8)
        _, data = cv2.imencode(".jpg", code, [cv2.IMWRITE_JPEG_QUALITY, int(40 + 57 * amounts[5])])
        picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.float32) / np.float32(255.0)
    return np.ascontiguousarray(picture, dtype=np.float32)


def _hollows(slopes: FloatArray, scale_at: float, amount: float) -> FloatArray:
    """A factor, (S, S, 1): below 1 in hollows where `amount` is above 0, by the curvature at a random scale."""
    p = np.gradient(slopes[..., 0], axis=1) - np.gradient(slopes[..., 1], axis=0)  # rises of the slope: a hollow
    sigma = 0.7 * 2.0 ** (3.0 * scale_at)
    blurred = cv2.GaussianBlur(p.astype(np.float32), (0, 0), sigma)
    # The height above its own blur is about -sigma**2 / 2 times the curvature.
    depth = np.clip(0.5 * sigma * blurred, -2.0, 2.0)
    return np.asarray(np.exp(-amount * depth), np.float32)[..., None]


def _painted(color: FloatArray, rng: np.random.Generator, cover: float) -> FloatArray:
    """Flat shapes, lettering, stripes or a stain over the colour."""
    size = color.shape[0]
    drawn = np.zeros((size, size), np.uint8)
    mask = np.zeros((size, size), np.float32)
    kind = int(rng.integers(4))
    if kind == 0:
        for _ in range(int(rng.integers(1, 5))):
            points = rng.uniform(-0.2, 1.2, (int(rng.integers(3, 7)), 2)) * size
            cv2.fillPoly(drawn, [cv2.convexHull(points.astype(np.int32))], 255, cv2.LINE_AA)
    elif kind == 1:
        for _ in range(int(rng.integers(1, 6))):
            text = "".join(chr(c) for c in rng.integers(48, 91, int(rng.integers(2, 9))))
            across, down = (int(at) for at in rng.uniform(-0.1, 0.8, 2) * size)
            height, font = float(rng.uniform(0.3, 2.5) * size / 128), int(rng.integers(0, 8))
            thick = max(1, int(height * rng.uniform(1, 4)))
            cv2.putText(drawn, text, (across, down), font, height, 255, thick, cv2.LINE_AA)
    elif kind == 2:
        v, u = np.mgrid[0:size, 0:size].astype(np.float32)
        turn, period = rng.uniform(0, np.pi), rng.uniform(4, size)
        wave = np.cos(2 * np.pi * (u * np.cos(turn) + v * np.sin(turn)) / period + rng.uniform(0, 6))
        mask = np.clip((wave - rng.uniform(-0.5, 0.9)) * rng.uniform(2, 12), 0, 1).astype(np.float32)
    else:
        coarse = rng.standard_normal((int(rng.integers(3, 24)),) * 2).astype(np.float32)
        stain = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
        mask = np.clip((stain - rng.uniform(-0.5, 0.8)) * rng.uniform(0.5, 6), 0, 1)
    mask = mask if kind > 1 else drawn.astype(np.float32) / np.float32(255.0)
    paint = rng.random(3).astype(np.float32)
    blended = mask[..., None] * cover
    # Either paint that covers, or a glaze that darkens what is below it.
    target = paint if rng.random() < 0.5 else color * paint
    return np.asarray(color + blended * (target - color), np.float32)
