"""A ball of a material under analytic lights: for losses, for previews, and to tell what a picture can show.

The formulas are those of `standard_surface` in MaterialX's node graph (Georgiev et al., 2019) but for two short cuts,
each by its source: the dielectric's reflectance is Schlick's (1994), and what the constant light gives is Karis's fit
of the lobe's albedo ("Physically Based Shading on Mobile", 2014). Everything is written with operators that numpy
arrays and torch tensors share, so that a network is trained on, and judged by, the same numbers.

Frame: the camera looks along -Z from far away, +X right, +Y up. Colours are scene-linear Rec.709.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.color import linear_to_srgb

__all__ = ["STUDIO", "UNSEEN", "Lights", "ball_normals", "ball_picture", "displayed", "drawn_lights", "shade"]

FloatArray = npt.NDArray[np.float32]

_F0 = 0.04  # of the index 1.5
_LIGHT_SIZE = 0.03
"""Added to the square of GGX's alpha: lights have a size, and a highlight that falls between two normals none."""


@dataclass(frozen=True, eq=False)
class Lights:
    """Distant lights and a constant one.

    Attributes:
        directions: (L, 3) unit, towards the lights.
        radiance: (L, 3), the irradiance of each over pi where it stands upright.
        ambient: (3,) radiance from everywhere.
    """

    directions: FloatArray
    radiance: FloatArray
    ambient: FloatArray


def ball_normals(side: int) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Normals (P, 3) of a ball that fills a picture of `side` pixels, and where they are, (side, side), row by row."""
    at = (np.arange(side) + 0.5) / side * 2 - 1
    x, y = np.meshgrid(at, -at)
    inside = x * x + y * y < 0.98
    z = np.sqrt(1 - x[inside] ** 2 - y[inside] ** 2)
    return np.stack([x[inside], y[inside], z], -1).astype(np.float32), inside


def drawn_lights(rng: np.random.Generator, count: int) -> Lights:
    """Random lights before the ball, three of a white diffuse ball's brightness between them."""
    z, phi = rng.uniform(-0.1, 1.0, count), rng.uniform(0, 2 * np.pi, count)
    r = np.sqrt(1 - z * z)
    directions = np.stack([r * np.cos(phi), r * np.sin(phi), z], -1)
    strength = rng.dirichlet(np.ones(count)) * 1.5
    color = np.exp(rng.normal(0, 0.15, (count, 3)))
    ambient = rng.uniform(0.1, 0.4) * np.exp(rng.normal(0, 0.1, 3))
    made = (directions, strength[:, None] * color, ambient)
    return Lights(*(np.asarray(part, np.float32) for part in made))


def shade(quantities: Any, normals: Any, directions: Any, radiance: Any, ambient: Any) -> Any:
    """Radiance towards the camera.

    Args:
        quantities: (B, 8) of `core.materials.parameters.QUANTITIES`, 0..1.
        normals: (P, 3) unit, camera space.
        directions, radiance, ambient: of `Lights`; arrays or tensors of the same kind as `quantities`.

    Returns:
        (B, P, 3), 0 or more; numpy or torch as what was given.
    """
    base, tint = quantities[:, None, 0:3], quantities[:, None, 3:6]
    rough, metal = quantities[:, None, 6:7].clip(0.0, 1.0), quantities[:, None, 7:8]
    view = normals[None, :, 2:3].clip(1e-3, 1.0)
    n, k2 = _index(base.clip(1e-3, 0.99), tint)
    left = 1.0 - tint.mean(-1)[..., None] * (0.095 - 0.075 * rough)

    # Karis: the albedo of the lobe as a line in F0.
    first = -rough + 1.0
    second = 2.0 ** (-9.28 * view)
    smaller = 0.5 * (first * first + second - abs(first * first - second))
    a = smaller * first - 0.0275 * rough + 0.0425
    scale, offset = -1.04 * a - 0.572 * rough + 1.04, 1.04 * a + 0.022 * rough - 0.04
    glossy = tint * (_F0 * scale + offset)
    mirrored = _conductor(view, n, k2) * (scale + offset)
    total = ambient[None, None] * ((1.0 - metal) * (glossy + left * base) + metal * mirrored)

    a2 = rough.clip(0.03, 1.0) ** 4 + _LIGHT_SIZE
    for number in range(len(directions)):
        light = directions[number]
        cos_l = (normals @ light)[None, :, None].clip(0.0, 1.0)
        half = light + _toward_camera(light)
        half = half / ((half * half).sum() ** 0.5 + 1e-6)
        cos_h = (normals @ half)[None, :, None].clip(0.0, 1.0)
        cos_d = half[2].clip(0.0, 1.0)
        width = cos_h * cos_h * (a2 - 1.0) + 1.0
        masked = 0.5 / (
            cos_l * (a2 + (1.0 - a2) * view * view) ** 0.5 + view * (a2 + (1.0 - a2) * cos_l * cos_l) ** 0.5 + 1e-4
        )
        lobe = a2 / (width * width) * masked * cos_l
        schlick = _F0 + (1.0 - _F0) * (1.0 - cos_d) ** 5
        other = (1.0 - metal) * (lobe * schlick * tint + left * base * cos_l)
        total = total + radiance[number][None, None] * (other + metal * lobe * _conductor(cos_d, n, k2))
    return total


def ball_picture(quantities: npt.ArrayLike, side: int, lights: Lights | None = None) -> FloatArray:
    """A ball for people to look at, before grey: (side, side, 3), sRGB-encoded 0..1, smooth at its rim.

    Args:
        quantities: (8,) of `core.materials.parameters.QUANTITIES`.
        lights: `STUDIO` where left out.
    """
    fine = 2 * side
    normals, inside = ball_normals(fine)
    made = np.full((fine, fine, 3), 0.18, np.float32)
    used = lights or STUDIO
    values = np.asarray(quantities, np.float32)[None]
    made[inside] = shade(values, normals, used.directions, used.radiance, used.ambient)[0]
    small = displayed(made).reshape(side, 2, side, 2, 3).mean((1, 3))
    return np.asarray(small, np.float32)


def displayed(radiance: npt.ArrayLike) -> FloatArray:
    """Scene-linear radiance as a screen shows it: cut at 1, sRGB-encoded, 0..1."""
    return np.asarray(linear_to_srgb(np.clip(np.asarray(radiance, np.float32), 0.0, 1.0)), np.float32)


def _index(reflectivity: Any, edge: Any) -> tuple[Any, Any]:
    # Gulbrandsen, "Artist Friendly Metallic Fresnel", 2014, equations 14 to 16; k squared.
    lowest, root = (1.0 - reflectivity) / (1.0 + reflectivity), reflectivity**0.5
    highest = (1.0 + root) / (1.0 - root)
    n = highest + (lowest - highest) * edge
    k2 = (reflectivity * (n + 1.0) ** 2 - (n - 1.0) ** 2) / (1.0 - reflectivity)
    return n, k2.clip(1e-5, None)


def _conductor(cosine: Any, n: Any, k2: Any) -> Any:
    # Born and Wolf, section 14.2, unpolarised.
    c2 = cosine * cosine
    s2 = 1.0 - c2
    t0 = n * n - k2 - s2
    both = (t0 * t0 + 4.0 * n * n * k2) ** 0.5
    a = (0.5 * (both + t0)).clip(1e-8, None) ** 0.5
    across = (both + c2 - 2.0 * a * cosine) / (both + c2 + 2.0 * a * cosine + 1e-6)
    t3, t4 = c2 * both + s2 * s2, 2.0 * a * cosine * s2
    return 0.5 * (across + across * (t3 - t4) / (t3 + t4 + 1e-6))


def _toward_camera(like: Any) -> Any:
    # (0, 0, 1) of the same kind and place as a direction.
    made = like * 0.0
    made[2] = 1.0
    return made


def _lights(directions: Any, radiance: Any, ambient: Any) -> Lights:
    unit = np.asarray(directions, float)
    unit = unit / np.linalg.norm(unit, axis=-1, keepdims=True)
    return Lights(*(np.asarray(part, np.float32) for part in (unit, radiance, ambient)))


STUDIO = _lights(
    [(-0.6, 0.7, 0.6), (0.8, 0.25, 0.5), (0.2, -0.5, 0.8), (0.1, 0.9, -0.1)],
    [(0.8, 0.78, 0.74), (0.3, 0.33, 0.38), (0.1, 0.1, 0.1), (0.35, 0.35, 0.35)],
    (0.22, 0.22, 0.23),
)
"""Of previews, and of what counts as seen: a key, two fills and a rim, nearly white."""

UNSEEN = (
    _lights([(0.9, 0.35, 0.25), (-0.95, 0.2, 0.05)], [(1.3, 1.2, 1.05), (0.5, 0.6, 0.8)], (0.05, 0.05, 0.06)),
    _lights([(0.0, 1.0, 0.15)], [(1.5, 1.5, 1.5)], (0.5, 0.55, 0.65)),
    _lights([(-0.3, -0.2, 0.93)], [(1.2, 1.2, 1.2)], (0.02, 0.02, 0.02)),
    _lights([(0.5, 0.5, -0.1), (-0.7, -0.6, 0.3)], [(1.5, 1.1, 0.7), (0.4, 0.5, 0.9)], (0.12, 0.1, 0.09)),
)
"""Four fixed lights that no training draws: error under lights not seen is measured with them."""
