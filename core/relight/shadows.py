"""Cast shadows from depth alone: rays marched through the picture towards the light.

A ray from each surface point to the light is followed where it appears in the picture. It is blocked where it passes
behind what is seen there, but by no more than `thickness`: how deep things are, a picture does not say. Equal steps in
the picture, with depth found between the ends by its inverse, which is linear across the screen, follow McGuire and
Mara, "Efficient GPU Screen-Space Ray Tracing", JCGT 3(4), 2014, section 3; the offset of each pixel's first step is the
interleaved gradient noise of Jimenez, "Next Generation Post Processing in Call of Duty", SIGGRAPH 2014 course, so that
coarse steps give grain instead of bands.

Limits, which no setting lifts: what lies outside the frame or behind something that is seen casts no shadow; the back
of a thing is as far behind its front as `thickness` says; and where depth is wrong, so is the shadow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from core.errors import BadConfig, BadSize
from core.inference.lens import SlopeWindow
from core.relight.lights import AreaLight, DirectionalLight, PointLight, SpotLight

__all__ = ["ShadowLight", "ShadowSettings", "screen_shadow", "shadow_light"]

FloatArray: TypeAlias = npt.NDArray[np.float32]
DoubleArray: TypeAlias = npt.NDArray[np.float64]
Vector: TypeAlias = tuple[float, float, float]

_BAND_PIXELS = 1 << 16
_NEAREST = np.float32(1e-3)
_GAP = np.float32(0.1)  # neighbours whose depths differ by more than this share are two things, not one slope


@dataclass(frozen=True)
class ShadowLight:
    """Where rays go.

    Attributes:
        toward: from the scene to a light at infinity, any length but zero; or None for a light with a position.
        position: of the light, camera space, metres; or None.
        radius: of the light: metres for one with a position, radians (angular radius) for one at infinity. 0 is hard.

    Raises:
        BadConfig: not exactly one of direction and position, a direction of no length, or a negative radius.
    """

    toward: Vector | None = None
    position: Vector | None = None
    radius: float = 0.0

    def __post_init__(self) -> None:
        if (self.toward is None) == (self.position is None):
            raise BadConfig("a light that casts shadows needs either a direction or a position")
        if self.toward is not None and not math.hypot(*self.toward) > 0.0:
            raise BadConfig(f"direction to the light {self.toward} has no length")
        if not (math.isfinite(self.radius) and self.radius >= 0.0):
            raise BadConfig(f"radius of the light is {self.radius}; it must be 0 or more")


@dataclass(frozen=True)
class ShadowSettings:
    """How rays are marched.

    Attributes:
        steps: along each ray, 1 to 1024. Things narrower in the picture than a ray's way over `steps` can be missed.
        thickness: metres that things are taken to be deep, above 0.
        bias: share of the depth that a ray must pass behind a surface to be blocked, and by which it is lifted off its
            own along the normal; 0 to 0.5. Too little gives acne, too much loses contact.
        reach: metres that a ray to a light at infinity is followed, above 0.
        rays: to points on a light with a radius, 1 to 256; a hard light takes one.

    Raises:
        BadConfig: a number out of its range.
    """

    steps: int = 48
    thickness: float = 0.3
    bias: float = 0.002
    reach: float = 5.0
    rays: int = 8

    def __post_init__(self) -> None:
        for name, low, high in (
            ("steps", 1, 1024),
            ("thickness", 1e-6, 1e6),
            ("bias", 0.0, 0.5),
            ("reach", 1e-6, 1e6),
            ("rays", 1, 256),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise BadConfig(f"shadow {name} is {value}; it must be {low} .. {high}")


class _Screen(NamedTuple):
    """Focal length in pixel widths and heights, and where the optical axis meets the picture."""

    across: float
    down: float
    column: float
    row: float

    @classmethod
    def of(cls, window: SlopeWindow, height: int, width: int) -> _Screen:
        across, down = width / (window.right - window.left), height / (window.top - window.bottom)
        return cls(across, down, -window.left * across, window.top * down)


def shadow_light(light: DirectionalLight | PointLight | SpotLight | AreaLight, sun_radius: float = 0.0) -> ShadowLight:
    """Rays' aim for one of the suite's lights.

    Point and spot lights are hard spheres of their own `radius`; a rectangle counts as a disc of the same area about
    its centre; a directional light has the angular radius `sun_radius`, radians (the sun's is 0.0047).
    """
    if isinstance(light, DirectionalLight):
        x, y, z = light.direction
        return ShadowLight(toward=(-x, -y, -z), radius=sun_radius)
    if isinstance(light, AreaLight):
        return ShadowLight(position=light.position, radius=math.sqrt(light.width * light.height / math.pi))
    return ShadowLight(position=light.position, radius=light.radius)


def screen_shadow(
    depth: npt.ArrayLike,
    normals: npt.ArrayLike,
    window: SlopeWindow,
    light: ShadowLight,
    settings: ShadowSettings | None = None,
) -> FloatArray:
    """How much of the light reaches each pixel's surface, as far as the picture can tell.

    Args:
        depth: (H, W) or (H, W, 1) planar depth, metres; not finite or not above 0 is "nothing there": it neither
            receives nor casts.
        normals: (H, W, 3) camera-space normals; rays start a little along them. Zero is allowed.
        window: slopes at the picture's edges.
        light: where rays go.
        settings: steps, thickness, bias, reach and rays.

    Returns:
        (H, W, 1) float32, 1 lit to 0 in shadow; 1 where nothing is there. Surfaces that face away are not darkened
        here: shading does that.

    Raises:
        BadSize: depth is no picture, or the normals are not of its size.
    """
    chosen = settings or ShadowSettings()
    planar = np.asarray(depth, dtype=np.float32)
    planar = planar[..., 0] if planar.ndim == 3 and planar.shape[2] == 1 else planar
    direction = np.nan_to_num(np.asarray(normals, dtype=np.float32))
    if planar.ndim != 2 or direction.shape != (*planar.shape, 3):
        raise BadSize(
            f"depth of shape {planar.shape} with normals of shape {direction.shape}; they must fit each other"
        )
    height, width = planar.shape
    z = np.where(np.isfinite(planar) & (planar > 0.0), planar, np.float32(0.0))
    position = np.moveaxis(np.stack([*(window.rays(height, width) * z), -z]), 0, -1)
    screen = _Screen.of(window, height, width)
    # Inverse depth is linear over a plane's picture, so that between pixels it interpolates exactly.
    nearness = np.where(z > 0.0, 1.0 / np.maximum(z, _NEAREST), 0.0).astype(np.float32)
    offsets = _offsets(light, chosen)
    lit = np.ones((height, width, 1), dtype=np.float32)
    rows_each = max(1, _BAND_PIXELS // max(1, width))
    for top in range(0, height, rows_each):
        rows = slice(top, min(top + rows_each, height))
        there = z[rows] > 0.0
        if not there.any():
            continue
        start = position[rows][there]
        start = start + direction[rows][there] * (2.0 * np.float32(chosen.bias) * z[rows][there])[:, None]
        row, column = np.nonzero(there)
        noise = _interleaved_noise(column, row + top)
        blocked = np.zeros(len(start), dtype=np.float32)
        for number, offset in enumerate(offsets):
            end = _ray_ends(start, light, offset, chosen.reach)
            shift = (noise + np.float32(number * 0.61803399)) % np.float32(1.0)
            blocked += _blocked(start, end, shift, nearness, screen, chosen)
        lit[rows][there] = (1.0 - blocked / np.float32(len(offsets)))[:, None]
    return lit


def _blocked(
    start: FloatArray,
    end: FloatArray,
    shift: FloatArray,
    nearness: FloatArray,
    screen: _Screen,
    settings: ShadowSettings,
) -> npt.NDArray[np.bool_]:
    """Which rays from `start` to `end`, (n, 3) each, pass behind something seen, (n,) bool."""
    # A ray towards the camera's own plane is cut where it would reach it.
    fall = start[:, 2] - end[:, 2]
    cut = np.where(end[:, 2] > -_NEAREST, (start[:, 2] + _NEAREST) / np.minimum(fall, -1e-9), 1.0)
    end = start + (end - start) * np.clip(cut, 0.0, 1.0)[:, None].astype(np.float32)
    (x0, y0, k0), (x1, y1, k1) = _projected(start, screen), _projected(end, screen)
    height, width = nearness.shape
    share = np.minimum(_inside(x0, x1, width), _inside(y0, y1, height))
    x1, y1, k1 = x0 + (x1 - x0) * share, y0 + (y1 - y0) * share, k0 + (k1 - k0) * share
    found = np.zeros(len(start), dtype=np.bool_)
    # Less than a pixel of way, and all steps see the surface the ray starts from: nothing can be told.
    todo = np.flatnonzero(np.hypot(x1 - x0, y1 - y0) > 0.5)
    for step in range(settings.steps):
        along = (np.float32(step) + shift[todo]) / np.float32(settings.steps)
        ray = k0[todo] + (k1[todo] - k0[todo]) * along
        seen = _sampled(nearness, x0[todo] + (x1[todo] - x0[todo]) * along, y0[todo] + (y1[todo] - y0[todo]) * along)
        ray_depth = 1.0 / np.maximum(ray, np.float32(1e-9))
        seen_depth = 1.0 / np.maximum(seen, np.float32(1e-9))
        behind = ray_depth - seen_depth
        hit = (seen > 0.0) & (behind > settings.bias * seen_depth) & (behind < settings.thickness)
        found[todo[hit]] = True
        todo = todo[~hit]
    return found


def _projected(point: FloatArray, screen: _Screen) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Column, row and inverse depth, (n,) float32 each."""
    k = np.float32(1.0) / np.maximum(-point[:, 2], np.float32(0.5) * _NEAREST)
    x = np.float32(screen.column) + np.float32(screen.across) * point[:, 0] * k
    y = np.float32(screen.row) - np.float32(screen.down) * point[:, 1] * k
    return x.astype(np.float32), y.astype(np.float32), k.astype(np.float32)


def _inside(first: FloatArray, last: FloatArray, size: int) -> FloatArray:
    """Share 0..1 of the way from `first` to `last` that stays between 0 and `size`."""
    way = last - first
    limit = np.where(way > 0.0, np.float32(size) - first, -first)
    share = np.where(np.abs(way) > 1e-6, limit / np.where(np.abs(way) > 1e-6, way, 1.0), 1.0)
    return np.clip(share, 0.0, 1.0).astype(np.float32)


def _sampled(nearness: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """Inverse depth at a place in the picture: between four pixels of one slope, else of the nearest one."""
    height, width = nearness.shape
    px, py = np.clip(x - 0.5, 0.0, width - 1.0), np.clip(y - 0.5, 0.0, height - 1.0)
    left, up = px.astype(np.int32), py.astype(np.int32)
    right, low = np.minimum(left + 1, width - 1), np.minimum(up + 1, height - 1)
    fx, fy = (px - left).astype(np.float32), (py - up).astype(np.float32)
    a, b = nearness[up, left], nearness[up, right]
    c, d = nearness[low, left], nearness[low, right]
    between = (a * (1 - fx) + b * fx) * (1 - fy) + (c * (1 - fx) + d * fx) * fy
    most, least = np.maximum(np.maximum(a, b), np.maximum(c, d)), np.minimum(np.minimum(a, b), np.minimum(c, d))
    nearest = np.where(fy < 0.5, np.where(fx < 0.5, a, b), np.where(fx < 0.5, c, d))
    found: FloatArray = np.where(most - least > _GAP * most, nearest, between).astype(np.float32)
    return found


def _ray_ends(start: FloatArray, light: ShadowLight, offset: DoubleArray, reach: float) -> FloatArray:
    if light.position is not None:
        lamp = np.asarray(light.position, dtype=np.float32)
        to = lamp - start
        side, rise = _across(to)
        ends: FloatArray = lamp + side * np.float32(offset[0]) + rise * np.float32(offset[1])
        return ends
    toward = np.asarray(light.toward, dtype=np.float32)
    to = (toward / np.linalg.norm(toward))[None, :].astype(np.float32)
    side, rise = _across(to)
    aim = to + side * np.float32(offset[0]) + rise * np.float32(offset[1])
    aim = aim / np.linalg.norm(aim, axis=1, keepdims=True)
    return np.asarray(start + aim * np.float32(reach), dtype=np.float32)


def _across(to: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Two unit vectors square to each of `to`, (n, 3)."""
    unit = to / np.maximum(np.linalg.norm(to, axis=1, keepdims=True), 1e-9)
    steep = np.abs(unit[:, 1:2]) > 0.9
    other = np.where(steep, np.array([[1.0, 0.0, 0.0]]), np.array([[0.0, 1.0, 0.0]]))
    side = np.cross(other, unit)
    side = side / np.linalg.norm(side, axis=1, keepdims=True)
    return side.astype(np.float32), np.cross(unit, side).astype(np.float32)


def _offsets(light: ShadowLight, settings: ShadowSettings) -> DoubleArray:
    """Points on the light's disc, (rays, 2), evenly spread: Vogel, Mathematical Biosciences 44, 1979."""
    if light.radius == 0.0 or settings.rays == 1:
        return np.zeros((1, 2))
    k = np.arange(settings.rays) + 0.5
    turn = k * (math.pi * (3.0 - math.sqrt(5.0)))
    # The disc of a light at infinity lies at distance 1, where an angle becomes its tangent.
    edge = math.tan(min(light.radius, 1.5)) if light.position is None else light.radius
    ring = edge * np.sqrt(k / settings.rays)
    return np.stack([ring * np.cos(turn), ring * np.sin(turn)], axis=-1)


def _interleaved_noise(column: npt.NDArray[np.int64], row: npt.NDArray[np.int64]) -> FloatArray:
    value = 52.9829189 * ((0.06711056 * column + 0.00583715 * row) % 1.0)
    return (value % 1.0).astype(np.float32)
