"""White shapes as a relief on a table: soft shadows, occlusion and gloss, ray-marched through their distance field.

The picture is seen from straight above. What is white stands `height` pixels out of the plane z = 0, with edges rounded
by `bevel`. The distance field of the outline is exact (Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled
Functions", 2012, as OpenCV computes it, on four times the pixels), and so is that of its extrusion. Soft shadows and
occlusion are those that distance fields give cheaply: the narrowest cone towards the light (Aaltonen's form of
Quilez' shadows, GDC 2018), and how far the field falls behind along the normal (Evans, "Fast Approximations for Global
Illumination on Dynamic Scenes", SIGGRAPH 2006). Light is Phong's (1975).

Lengths are pixels, x to the right, y up, z towards the viewer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from core.errors import BadConfig

__all__ = ["FINE", "ReliefSettings", "distance_field", "render_relief"]

FloatArray = npt.NDArray[np.float32]

FINE = 4
"""Shapes are drawn with so many subpixels along each side of a pixel."""

_SHADOW_STEPS = 40
_OCCLUSION_STEPS = 6


@dataclass(frozen=True, kw_only=True)
class ReliefSettings:
    """The look.

    Attributes:
        height: of what is white, pixels.
        bevel: radius of its edges, pixels, at most `height`.
        light: direction to the light; z above 0.
        softness: radius of the light as a share of its distance.
        reach: how far occlusion looks, pixels.
        gloss: Phong exponent.
        shine: weight of the reflection.

    Raises:
        BadConfig: a number that has no meaning.
    """

    height: float = 30.0
    bevel: float = 8.0
    light: tuple[float, float, float] = (-0.66, 0.62, 0.5)
    softness: float = 0.16
    reach: float = 30.0
    gloss: float = 14.0
    shine: float = 0.7

    def __post_init__(self) -> None:
        if not 0.0 < self.bevel <= self.height:
            raise BadConfig(f"bevel of {self.bevel} pixels; it must be above 0 and at most the height, {self.height}")
        if self.light[2] <= 0.0 or min(self.softness, self.reach, self.gloss) <= 0.0 or self.shine < 0.0:
            raise BadConfig("the light must stand above the plane, and softness, reach and gloss be above 0")


def distance_field(fine: npt.NDArray[np.uint8]) -> FloatArray:
    """Exact Euclidean distance to the outline.

    Args:
        fine: (FINE H, FINE W), 0 outside and anything else inside.

    Returns:
        (H, W) float32 pixels at the pixels' centres: negative inside. Without any outline, the size of the picture.
    """
    inside = (np.asarray(fine) > 0).astype(np.uint8)
    far = float(sum(inside.shape))
    parts = []
    for part in (1 - inside, inside):
        # Between the centres of two subpixels the outline lies in the middle.
        whole = part.all() if part.size else False
        made = np.full(part.shape, far) if whole else cv2.distanceTransform(part, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        parts.append(np.where(part > 0, made - 0.5, 0.0))
    signed = (parts[0] - parts[1]).astype(np.float32) / np.float32(FINE)
    h, w = signed.shape[0] // FINE, signed.shape[1] // FINE
    field: FloatArray = signed.reshape(h, FINE, w, FINE).mean((1, 3)).astype(np.float32)
    return field


def render_relief(fine: npt.NDArray[np.uint8], settings: ReliefSettings | None = None) -> tuple[FloatArray, FloatArray]:
    """Draw shapes as a relief.

    Args:
        fine: (FINE H, FINE W), 0 outside and 255 inside.
        settings: None: the defaults.

    Returns:
        The shapes as a picture, (H, W, 1) float32, 0..1 with smooth edges; and the relief, (H, W, 3) float32, 0..1,
        display-encoded: what a screen shows.
    """
    look = settings or ReliefSettings()
    mask = cv2.resize(fine, None, fx=1 / FINE, fy=1 / FINE, interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    field = distance_field(fine)
    height, normal = _surface(field, look)
    grid = np.indices(field.shape).astype(np.float32)
    rows, columns = np.asarray(grid[0], np.float32), np.asarray(grid[1], np.float32)
    light = np.asarray(look.light, np.float32)
    light = light / np.linalg.norm(light)
    start = [columns + normal[..., 0], rows - normal[..., 1], height + normal[..., 2]]
    lit = _shadow(field, start, light, look)
    open_share = _open_share(field, [columns, rows, height], normal, look)
    facing = np.clip(normal @ light, 0.0, 1.0) * lit
    mirrored = 2.0 * (normal @ light) * normal[..., 2] - light[2]
    gloss = look.shine * np.clip(mirrored, 0.0, 1.0) ** look.gloss * lit
    white = np.clip(mask, 0.0, 1.0)[..., None]
    color = white * np.array([0.50, 0.49, 0.47], np.float32) + (1 - white) * np.array([0.46, 0.48, 0.52], np.float32)
    warm, cool = np.array([1.05, 1.0, 0.92], np.float32), np.array([0.34, 0.38, 0.44], np.float32)
    linear = (
        color * (warm * facing[..., None] + cool * open_share[..., None]) + warm * (gloss * white[..., 0])[..., None]
    )
    return mask[..., None], np.clip(linear, 0.0, 1.0).astype(np.float32) ** np.float32(1.0 / 2.2)


def _surface(field: FloatArray, look: ReliefSettings) -> tuple[FloatArray, FloatArray]:
    """Height of what is seen from above, (H, W), and its normal, (H, W, 3)."""
    down, across = np.gradient(field)
    bend = np.clip(field / look.bevel + 1.0, 0.0, 1.0)
    drop = np.sqrt(np.maximum(1.0 - bend**2, 0.0))
    inside = field < 0.0
    height = np.where(inside, look.height - look.bevel + look.bevel * drop, 0.0)
    slope = np.where(inside, bend, 0.0)
    normal = np.stack([slope * across, -slope * down, np.where(inside, np.maximum(drop, 0.05), 1.0)], -1)
    return height.astype(np.float32), (normal / np.linalg.norm(normal, axis=-1, keepdims=True)).astype(np.float32)


def _distance(field: FloatArray, x: FloatArray, y: FloatArray, z: FloatArray, look: ReliefSettings) -> FloatArray:
    """Distance to the relief and its table at points whose x and y are columns and rows."""
    flat = cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) + look.bevel
    half = 0.5 * look.height
    rise = np.abs(z - half) - half + look.bevel
    outside = np.sqrt(np.maximum(flat, 0.0) ** 2 + np.maximum(rise, 0.0) ** 2)
    solid = np.minimum(np.maximum(flat, rise), 0.0) + outside - look.bevel
    made: FloatArray = np.minimum(solid, z)
    return made


def _shadow(field: FloatArray, start: Sequence[FloatArray], light: FloatArray, look: ReliefSettings) -> FloatArray:
    """Share of the light that arrives: how much of its cone is free, (H, W) 0..1."""
    x, y, z = start
    farthest = (look.height + 2.0) / float(light[2])
    way = np.full(field.shape, 0.5, np.float32)
    lit = np.ones(field.shape, np.float32)
    for _ in range(_SHADOW_STEPS):
        here = _distance(field, x + light[0] * way, y - light[1] * way, z + light[2] * way, look)
        lit = np.minimum(lit, here / (look.softness * np.maximum(way, 1.0)))
        way = np.minimum(way + np.clip(here, 0.6, 8.0), farthest).astype(np.float32)
    # Half of the cone is free where the ray just grazes; beyond it the cone closes smoothly.
    share = np.clip(0.5 + 0.5 * lit, 0.0, 1.0)
    smooth: FloatArray = (share * share * (3.0 - 2.0 * share)).astype(np.float32)
    return smooth


def _open_share(field: FloatArray, at: Sequence[FloatArray], normal: FloatArray, look: ReliefSettings) -> FloatArray:
    """Occlusion, (H, W): 1 is open."""
    x, y, z = at
    lost = np.zeros(field.shape, np.float32)
    total = 0.0
    for step in range(_OCCLUSION_STEPS):
        way = look.reach * (step + 1.0) / _OCCLUSION_STEPS
        weight = 0.75**step
        here = _distance(field, x + way * normal[..., 0], y - way * normal[..., 1], z + way * normal[..., 2], look)
        lost += np.float32(weight) * np.clip((way - here) / way, 0.0, 1.0)
        total += weight
    made: FloatArray = np.clip(1.0 - lost / np.float32(total), 0.0, 1.0)
    return made
