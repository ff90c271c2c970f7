"""Light for every family: skies by kind of day, studios, lamps, coloured mixes, low key and high key.

Levels are relative: a plate is exposed when it is used. What matters is the ratio of key to fill, the colours, and how
large and where the lights are.
"""

from __future__ import annotations

import math
from typing import Dict, List, Sequence, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.families.layout import Layout, Rng, quad_light
from scene_generator.materials import color
from scene_generator.spec import Camera, Sky, SoftBox, Vec3

OUTDOORS: Dict[str, float] = {"clear": 0.42, "hazy": 0.18, "overcast": 0.22, "dusk": 0.1, "night": 0.08}  # noqa: UP006
"""Shares of the kinds of sky outdoors."""

INDOORS: Dict[str, float] = {  # noqa: UP006
    "clear": 0.25,
    "overcast": 0.15,
    "studio": 0.25,
    "high_key": 0.1,
    "low_key": 0.13,
    "gels": 0.06,
    "hazy": 0.06,
}
"""Shares of what shines on sets, tables and still lifes."""


def light_color(rng: Rng) -> Vec3:
    """Return a colour of unit luminance on a warm-to-cool line with a little tint: lamps, daylight, gels."""
    t = rng.normal(0, 0.22)
    rgb = np.array([math.exp(t), 1.0, math.exp(-t)]) * np.exp(rng.normal(0, 0.04, 3))
    rgb /= rgb @ np.array([0.2126, 0.7152, 0.0722])
    return (float(rgb[0]), float(rgb[1]), float(rgb[2]))


def scaled(c: Vec3, factor: float) -> Vec3:
    """Return `c` times `factor`."""
    return (c[0] * factor, c[1] * factor, c[2] * factor)


def sky(rng: Rng, kinds: Dict[str, float]) -> Sky:  # noqa: UP006
    """Return a random sky; `kinds` maps names of `_KINDS` to shares."""
    names, share = list(kinds), np.array(list(kinds.values()))
    kind = names[int(rng.choice(len(names), p=share / share.sum()))]
    level = math.exp(rng.uniform(-1.3, 0.6))
    zenith, horizon, ground, clouds, patches = _KINDS[kind](rng, level)
    return Sky(zenith, horizon, ground, clouds, tuple(patches), int(rng.integers(2**32)))


_Parts = Tuple[Vec3, Vec3, Vec3, float, List[SoftBox]]  # noqa: UP006


def _sun(rng: Rng, level: float, height: Tuple[float, float], radius: float, ratio: Tuple[float, float]) -> SoftBox:  # noqa: UP006
    # `ratio` is the sun's irradiance over the sky's; low suns are warm.
    azimuth, up = rng.uniform(0, 2 * math.pi), rng.uniform(*height)
    toward = (math.cos(up) * math.sin(azimuth), math.sin(up), math.cos(up) * math.cos(azimuth))
    warm = 0.45 * math.exp(-3.0 * up) + float(rng.normal(0, 0.05))
    tint = (math.exp(warm), 1.0, math.exp(-1.6 * warm))
    strength = math.exp(rng.uniform(math.log(ratio[0]), math.log(ratio[1]))) * level * 0.7 / radius**2
    return SoftBox(toward, radius, scaled(tint, strength))


def _clear(rng: Rng, level: float) -> _Parts:
    blue = float(rng.uniform(0.2, 0.75))
    zenith = scaled((1 - blue, 1 - 0.55 * blue, 1.0), 0.6 * level)
    horizon = scaled((1 - 0.3 * blue, 1 - 0.15 * blue, 1.0), 0.95 * level)
    clouds = float(rng.uniform(0.1, 0.7)) if rng.random() < 0.6 else 0.0
    sun = _sun(rng, level, (0.12, 1.35), float(rng.uniform(0.035, 0.07)), (1.5, 7.0))
    return zenith, horizon, scaled(color(rng, 0.3), 0.4 * level), clouds, [sun]


def _hazy(rng: Rng, level: float) -> _Parts:
    tint = light_color(rng)
    sun = _sun(rng, level, (0.2, 1.4), float(rng.uniform(0.05, 0.13)), (0.5, 2.5))
    clouds = float(rng.uniform(0.3, 0.9))
    return scaled(tint, 0.7 * level), scaled(tint, level), scaled(color(rng, 0.25), 0.4 * level), clouds, [sun]


def _overcast(rng: Rng, level: float) -> _Parts:
    tint = light_color(rng)
    clouds = float(rng.uniform(0.7, 1.0)) if rng.random() < 0.6 else 0.0
    return scaled(tint, level), scaled(tint, 0.5 * level), scaled(color(rng, 0.25), 0.3 * level), clouds, []


def _dusk(rng: Rng, level: float) -> _Parts:
    zenith = scaled((0.25, 0.35, 0.6), 0.35 * level)
    horizon = scaled((1.0, float(rng.uniform(0.45, 0.8)), float(rng.uniform(0.25, 0.8))), level)
    sun = _sun(rng, level, (0.02, 0.15), float(rng.uniform(0.03, 0.08)), (0.3, 3.0))
    return zenith, horizon, scaled((0.3, 0.3, 0.35), 0.1 * level), float(rng.uniform(0.0, 0.8)), [sun]


def _night(rng: Rng, level: float) -> _Parts:
    dim = 0.06 * level
    glow = scaled(light_color(rng), 2.5 * dim)
    patches = [_softbox(rng, level * rng.uniform(0.3, 2.0), 0.06, 0.2, 0.25) for _ in range(int(rng.integers(1, 4)))]
    return scaled((0.5, 0.65, 1.0), dim), glow, scaled((0.5, 0.5, 0.5), dim), 0.0, patches


def _softbox(rng: Rng, strength: float, small: float, large: float, lowest: float) -> SoftBox:
    v = rng.standard_normal(3)
    v[1] = abs(v[1]) * 0.8 + lowest
    v /= np.linalg.norm(v)
    radius = float(rng.uniform(small, large))
    toward = (float(v[0]), float(v[1]), float(v[2]))
    return SoftBox(toward, radius, scaled(light_color(rng), strength * (0.3 / radius) ** 1.2))


def _studio(rng: Rng, level: float) -> _Parts:
    patches = [_softbox(rng, level * rng.uniform(1.0, 7.0), 0.15, 0.5, 0.05) for _ in range(int(rng.integers(2, 5)))]
    fill = 0.12 * level
    return scaled(light_color(rng), fill), scaled(light_color(rng), fill), scaled(color(rng, 0.3), fill), 0.0, patches


def _high_key(rng: Rng, level: float) -> _Parts:
    tint = light_color(rng)
    patches = [_softbox(rng, level * rng.uniform(0.5, 2.5), 0.4, 0.8, 0.1)]
    return scaled(tint, level), scaled(tint, 0.9 * level), scaled(tint, 0.6 * level), 0.0, patches


def _low_key(rng: Rng, level: float) -> _Parts:
    dim = float(rng.uniform(0.015, 0.05)) * level
    patches = [_softbox(rng, level * rng.uniform(3.0, 9.0), 0.08, 0.35, 0.0)]
    if rng.random() < 0.4:
        patches.append(_softbox(rng, level * rng.uniform(0.5, 2.0), 0.05, 0.2, -0.3))
    tint = light_color(rng)
    return scaled(tint, dim), scaled(tint, dim), scaled(tint, 0.5 * dim), 0.0, patches


def _gels(rng: Rng, level: float) -> _Parts:
    patches = []
    for _ in range(2):
        box = _softbox(rng, level * rng.uniform(2.0, 6.0), 0.15, 0.4, 0.0)
        patches.append(SoftBox(box.direction, box.radius, _times(box.radiance, color(rng, 1.0, 0.5, 1.0))))
    dim = 0.1 * level
    return scaled(color(rng, 0.8), dim), scaled(color(rng, 0.8), dim), scaled(color(rng, 0.5), dim), 0.0, patches


def _times(a: Vec3, b: Vec3) -> Vec3:
    return (a[0] * b[0], a[1] * b[1], a[2] * b[2])


_KINDS = {
    "clear": _clear,
    "hazy": _hazy,
    "overcast": _overcast,
    "dusk": _dusk,
    "night": _night,
    "studio": _studio,
    "high_key": _high_key,
    "low_key": _low_key,
    "gels": _gels,
}


def _in_view(camera: Camera, position: Sequence[float], edge: float) -> bool:
    # Whether a ball around the lamp meets the camera's square frame, with a margin for a shorter lens.
    m = np.asarray(camera.to_world).reshape(4, 4)
    local = m[:3, :3].T @ (np.asarray(position) - m[:3, 3])
    radius = 0.75 * edge
    if local[2] > radius:
        return False
    slope = 1.15 * camera.horizontal_aperture_mm / (2 * camera.focal_length_mm)
    reach = slope * max(-local[2], 0.0) + radius * math.hypot(1.0, slope)
    return bool(max(abs(local[0]), abs(local[1])) < reach)


def lamps(
    rng: Rng,
    to: Layout,
    target: Sequence[float],
    reach: Tuple[float, float],  # noqa: UP006
    stops: Tuple[float, float],  # noqa: UP006
    size: Tuple[float, float] = (0.2, 0.6),  # noqa: UP006
    around: Tuple[float, float] = (-math.pi, math.pi),  # noqa: UP006
    count: int = 2,
) -> None:
    """Put `count` rectangular lights on a dome over `target`; scenes with equal counts share compiled kernels.

    Args:
        reach: distance from the target, metres.
        stops: natural logarithm of the irradiance that one gives at the target; a sky gives about 0.
        size: edge of a light over its distance.
        around: azimuths about +Y, radians from +Z.
    """
    for _ in range(count):
        azimuth, up, far = rng.uniform(*around), rng.uniform(0.35, 1.3), rng.uniform(*reach)
        edge = float(rng.uniform(*size)) * far
        position = (
            target[0] + far * math.cos(up) * math.sin(azimuth),
            target[1] + far * math.sin(up),
            target[2] + far * math.cos(up) * math.cos(azimuth),
        )
        if _in_view(to.camera, position, edge):
            # It would hang in the picture as a bright square: over and behind the camera it lights the same things.
            eye = np.asarray(to.camera.to_world).reshape(4, 4)
            away = eye[:3, 3] + 0.8 * far * (eye[:3, 2] + np.array([0.0, rng.uniform(0.2, 1.0), 0.0]))
            position = (float(away[0]), float(max(away[1], target[1] + 0.3 * far)), float(away[2]))
        power = math.exp(rng.uniform(*stops)) * far**2 / edge**2
        to.lights.append(quad_light(position, target, edge, edge, scaled(light_color(rng), power)))
