"""A material's textures as arrays: base colour, roughness, metalness, height and the normal map of the height."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from scene_generator.spec import Bump, ColorTexture, Material, Pattern, ScalarTexture
from scene_generator.textures import patterns


@dataclass(frozen=True)
class MaterialMaps:
    """Square tileable float32 arrays, row 0 at v = 0 (the bottom of the tile)."""

    base_color: np.ndarray
    """(S, S, 3), scene-linear Rec.709, 0..1, already times `base`."""
    roughness: np.ndarray
    """(S, S), 0.03 .. 1; glossiness is one minus this."""
    metalness: np.ndarray
    """(S, S), 0 .. 1."""
    normal: np.ndarray
    """(S, S, 3), tangent space, unit, -1..1, +x along u, +y along v (OpenGL)."""


def material_maps(material: Material, size: int) -> MaterialMaps:
    """Make all maps of `material` at `size` x `size` texels."""
    return MaterialMaps(
        base_color=color_map(material.base_color, size) * np.float32(material.base),
        roughness=np.clip(scalar_map(material.specular_roughness, size), 0.03, 1.0),
        metalness=np.clip(scalar_map(material.metalness, size), 0.0, 1.0),
        normal=normal_map(material.bump, size),
    )


@lru_cache(maxsize=16)
def _pattern(pattern: Pattern, size: int) -> np.ndarray:
    # One material often uses one pattern for colour, roughness and height.
    grey = patterns.make(pattern, size)
    grey.setflags(write=False)
    return grey


def scalar_map(texture: ScalarTexture, size: int) -> np.ndarray:
    """Return `low + (high - low) * pattern`, (size, size) float32."""
    return (texture.low + (texture.high - texture.low) * _pattern(texture.pattern, size)).astype(np.float32)


def color_map(texture: ColorTexture, size: int) -> np.ndarray:
    """Return the blended colour with its mottle, (size, size, 3) float32, clipped to 0..1."""
    t = _pattern(texture.pattern, size)[..., None]
    color = np.asarray(texture.low, np.float32) * (1 - t) + np.asarray(texture.high, np.float32) * t
    if texture.mottle > 0:
        rng = np.random.default_rng((texture.pattern.seed, 1))
        color = color * (1 + texture.mottle * np.clip(patterns.noise(rng, size, 5, 1.0), -2, 2)[..., None])
    values: np.ndarray = np.clip(color, 0.0, 1.0).astype(np.float32)
    return values


def height_map(bump: Bump, size: int) -> np.ndarray:
    """Return the height in units of the tile's width, (size, size) float32."""
    return (bump.depth * _pattern(bump.pattern, size)).astype(np.float32)


def normal_map(bump: Bump, size: int) -> np.ndarray:
    """Return the tangent-space normals of the height by central differences, (size, size, 3) float32, unit.

    n is proportional to (-dh/du, -dh/dv, 1), with h and u, v in tile widths.
    """
    normal = np.zeros((size, size, 3), np.float32)
    normal[..., 2] = 1.0
    if bump.depth <= 0:
        return normal
    h = height_map(bump, size)
    normal[..., 0] = (np.roll(h, 1, 1) - np.roll(h, -1, 1)) * (0.5 * size)
    normal[..., 1] = (np.roll(h, 1, 0) - np.roll(h, -1, 0)) * (0.5 * size)
    values: np.ndarray = normal / np.linalg.norm(normal, axis=-1, keepdims=True)
    return values
