"""A material's textures as arrays: base colour, roughness, metalness, height and the normal map of the height."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Optional

import numpy as np

from scene_generator.spec import Bump, ColorTexture, Layer, Material, Pattern, ScalarTexture, SpecError
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

    @property
    def has_relief(self) -> bool:
        """Whether any normal differs from (0, 0, 1)."""
        return bool((self.normal[..., 2] < 1.0).any())


@dataclass(frozen=True)
class TextureMaps:
    """A user's texture set: what it lacks stays procedural. Row 0 at v = 0, values as in `MaterialMaps`."""

    base_color: Optional[np.ndarray] = None  # noqa: UP045
    """(S, S, 3) scene-linear Rec.709, 0..1."""
    roughness: Optional[np.ndarray] = None  # noqa: UP045
    """(S, S), 0..1."""
    metalness: Optional[np.ndarray] = None  # noqa: UP045
    """(S, S), 0..1."""
    normal: Optional[np.ndarray] = None  # noqa: UP045
    """(S, S, 3) tangent space, unit, +y along v (OpenGL)."""


def material_maps(material: Material, size: int, found: Optional[TextureMaps] = None) -> MaterialMaps:  # noqa: UP045
    """Make all maps of `material` at `size` x `size` texels.

    Args:
        material: the material; its layers are laid over its own maps in order.
        size: texels along each side.
        found: maps of the material's texture set; they replace the procedural ones, and layers are then left out.

    Raises:
        SpecError: a map of `found` has another shape than `size` asks for, or a pattern cannot be made.
    """
    layers = () if found is not None else material.layers
    color = color_map(material.base_color, size)
    roughness = scalar_map(material.specular_roughness, size)
    metalness = scalar_map(material.metalness, size)
    height = height_map(material.bump, size) if material.bump.depth > 0 else None
    for layer in layers:
        there = coverage(layer, size)
        color = color + there[..., None] * (color_map(layer.color, size) - color)
        roughness = roughness + there * np.float32(layer.specular_roughness - roughness)
        metalness = metalness + there * np.float32(layer.metalness - metalness)
        if layer.height:
            height = there * np.float32(layer.height) + (0.0 if height is None else height)
    maps = MaterialMaps(
        base_color=color * np.float32(material.base),
        roughness=np.clip(roughness, 0.03, 1.0),
        metalness=np.clip(metalness, 0.0, 1.0),
        normal=_flat_normals(size) if height is None else slope_normals(height),
    )
    return maps if found is None else _overridden(maps, found, size)


def _overridden(maps: MaterialMaps, found: TextureMaps, size: int) -> MaterialMaps:
    values = {}
    for name, channels in (("base_color", 3), ("roughness", 1), ("metalness", 1), ("normal", 3)):
        given = getattr(found, name)
        if given is None:
            values[name] = getattr(maps, name)
            continue
        shape = (size, size, 3) if channels == 3 else (size, size)
        if np.shape(given) != shape:
            raise SpecError(f"texture map {name} has shape {np.shape(given)}, expected {shape}; resize it first")
        values[name] = np.asarray(given, np.float32)
    values["roughness"] = np.clip(values["roughness"], 0.03, 1.0)
    return MaterialMaps(**values)


@lru_cache(maxsize=8)
def _pattern(pattern: Pattern, size: int) -> np.ndarray:
    # One material often uses one pattern for colour, roughness and height.
    grey = patterns.make(pattern, size)
    grey.setflags(write=False)
    return grey


@lru_cache(maxsize=4)
def _mottles(size: int) -> np.ndarray:
    # Mottle is too fine and faint for its repetition to be seen: a few fields, moved and mirrored, serve every texture.
    rng = np.random.default_rng(5)
    return np.stack([np.clip(patterns.noise(rng, size, 5, 1.0), -2, 2) for _ in range(4)])


def scalar_map(texture: ScalarTexture, size: int) -> np.ndarray:
    """Return `low + (high - low) * pattern`, (size, size) float32."""
    if texture.low == texture.high:
        return np.full((size, size), texture.low, np.float32)
    return (texture.low + (texture.high - texture.low) * _pattern(texture.pattern, size)).astype(np.float32)


def color_map(texture: ColorTexture, size: int) -> np.ndarray:
    """Return the colour with its mottle, (size, size, 3) float32, scene-linear, clipped to 0..1.

    The pattern runs through `low`, the colours of `palette` and `high` at even steps, with straight lines between.
    """
    t = _pattern(texture.pattern, size)
    knots = np.asarray((texture.low, *texture.palette, texture.high), np.float32)
    color = _gradient(knots, t)
    if texture.mottle > 0:
        rng = np.random.default_rng((texture.pattern.seed, 1))
        field = _mottles(size)[rng.integers(4)]
        field = np.roll(field if rng.random() < 0.5 else field.T, tuple(rng.integers(0, size, 2)), (0, 1))
        color = color * (1 + np.float32(texture.mottle) * field)[..., None]
    return np.clip(color, 0.0, 1.0, out=color)


def _gradient(knots: np.ndarray, t: np.ndarray) -> np.ndarray:
    if len(knots) == 2:
        first: np.ndarray = knots[0] + t[..., None] * (knots[1] - knots[0])
        return first
    at = t * np.float32(len(knots) - 1)
    k = np.minimum(at.astype(np.int64), len(knots) - 2)
    color: np.ndarray = knots[k] + (at - k).astype(np.float32)[..., None] * (knots[1:] - knots[:-1])[k]
    return color


def coverage(layer: Layer, size: int) -> np.ndarray:
    """Return how much of each texel the layer covers, (size, size) float32, 0..1.

    The mask's highest values up to the share `cover` are covered by at least a half; the edge is a straight ramp of
    width `softness` in units of the mask. A mask that is at its lowest over more than the rest (thin scratches with a
    large `cover`) is covered only where it rises above that.
    """
    mask = _pattern(layer.mask, size)
    if layer.cover <= 0 or layer.cover >= 1:
        return np.full((size, size), float(layer.cover >= 1), np.float32)
    level = _quantile(mask, 1 - layer.cover)
    soft = np.float32(max(layer.softness, 1e-4))
    if level <= float(mask.min()):
        level = float(mask.min()) + 0.5 * float(soft) + 1e-6
    values: np.ndarray = np.clip((mask - np.float32(level)) / soft + np.float32(0.5), 0, 1)
    return values


def _quantile(values: np.ndarray, q: float) -> float:
    k = min(int(q * values.size), values.size - 1)
    return float(np.partition(values, k, axis=None)[k])


def height_map(bump: Bump, size: int) -> np.ndarray:
    """Return the height in units of the tile's width, (size, size) float32."""
    return (bump.depth * _pattern(bump.pattern, size)).astype(np.float32)


def material_height(material: Material, size: int) -> np.ndarray:
    """Return the height of the bump and of all layers together, (size, size) float32, in units of the tile's width."""
    height = height_map(material.bump, size)
    for layer in material.layers:
        height = height + coverage(layer, size) * np.float32(layer.height)
    return height


def normal_map(bump: Bump, size: int) -> np.ndarray:
    """Return the tangent-space normals of the bump alone, (size, size, 3) float32, unit; see `slope_normals`."""
    return slope_normals(height_map(bump, size)) if bump.depth > 0 else _flat_normals(size)


def slope_normals(height: np.ndarray) -> np.ndarray:
    """Return the tangent-space normals of a tileable height by central differences, (S, S, 3) float32, unit.

    n is proportional to (-dh/du, -dh/dv, 1), with h and u, v in tile widths.
    """
    size = height.shape[0]
    x, y = (_difference(height, axis) * np.float32(0.5 * size) for axis in (1, 0))
    z = 1 / np.sqrt(x * x + y * y + 1)
    return np.stack([x * z, y * z, z], -1).astype(np.float32)


def _difference(h: np.ndarray, axis: int) -> np.ndarray:
    values: np.ndarray = np.roll(h, 1, axis) - np.roll(h, -1, axis)
    return values


def _flat_normals(size: int) -> np.ndarray:
    normal = np.zeros((size, size, 3), np.float32)
    normal[..., 2] = 1.0
    return normal
