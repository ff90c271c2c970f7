"""Procedural pairs of a colour texture and its true relief, as shards: no rendering, a fraction of a second each.

Colour is drawn from the same materials as the scenes: tied to the relief where nature ties them, free of it where it is
printed, painted or stained. About a quarter gets paint or dirt on top; some materials are given the relief of another,
or forms that are built in: what looks like relief need not be, and the other way round. About an eighth has none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scene_generator.materials import ROLES, material
from scene_generator.spec import Pattern, SpecError
from scene_generator.textures import patterns
from scene_generator.textures.maps import material_height, material_maps

__all__ = ["VERSION", "ProceduralPair", "draw_pair"]

FloatArray = npt.NDArray[np.float32]

_BODY = ("skin", "hair", "eye", "lips")
_BUILT = (
    ("panels", "panels_height"),
    ("tiles", "tiles_height"),
    ("bricks", "bricks_height"),
    ("ashlar", "ashlar_height"),
    ("hexagons", "hexagons_height"),
    ("herringbone", "herringbone_height"),
    ("planks", "planks_height"),
    ("mosaic", "mosaic_height"),
    ("cobbles", "cobbles_height"),
    ("rubble", "rubble_height"),
    ("roof_tiles", "roof_tiles_height"),
    ("", "louvres"),
    ("", "corrugated"),
    ("", "diamond_plate"),
    ("", "ribs"),
    ("", "quilt"),
    ("print", "print"),
    ("print", "print"),
    ("", "letters"),
)
_FLAT_SHARE = 0.12
_FLAT_HEIGHT = 0.05  # pixels between the lowest and the highest point
_TRIES = 6
_MASKS = ("print", "letters", "graffiti", "drips", "dirt", "splashes", "patches", "cloud", "stripes", "stars", "dots")
VERSION = 4
"""Of what is drawn: another one, other textures from the same seed."""


@dataclass(frozen=True)
class ProceduralPair:
    """A tileable texture, top row first.

    Attributes:
        role: of its material.
        color: (S, S, 3), scene-linear Rec.709, 0..1.
        slopes: (S, S, 2), dh/dx to the right and dh/dy upwards, of a height in pixels.
        surface: (S, S, 2), roughness and metalness, 0..1.
    """

    role: str
    color: FloatArray
    slopes: FloatArray
    surface: FloatArray


def draw_pair(seed: int, index: int, size: int) -> ProceduralPair:
    """Texture `index` of `seed`: a pure function of its arguments.

    Args:
        seed, index: 0 or more.
        size: pixels a side, 32 or more.
    """
    if size < 32 or seed < 0 or index < 0:
        raise SpecError(
            f"texture {index} of seed {seed} at {size} pixels: 0 or more, and at least 32 pixels, are needed"
        )
    rng = np.random.default_rng([VERSION, seed, index])
    roles = [role for role in ROLES if not role.startswith(_BODY)]
    flat_wanted = rng.random() < _FLAT_SHARE
    for _ in range(_TRIES):
        role = roles[int(rng.integers(len(roles)))]
        chosen = material(rng, role)
        height = material_height(chosen, size)
        if (float(np.ptp(height)) * size < _FLAT_HEIGHT) == flat_wanted:
            break
    maps = material_maps(chosen, size)
    color, surface = maps.base_color, np.stack([maps.roughness, maps.metalness], -1)
    if not flat_wanted and rng.random() < 0.12:
        # Another material's relief under this colour: embossed, or painted over.
        other = material_height(material(rng, roles[int(rng.integers(len(roles)))]), size)
        height, role = (other, "embossed") if float(np.ptp(other)) * size >= _FLAT_HEIGHT else (height, role)
    if not flat_wanted and rng.random() < 0.45:
        color, height = _built_in(color, height, size, rng)
        role = "built"
    if rng.random() < 0.25:
        kind = _MASKS[int(rng.integers(len(_MASKS)))]
        mask = patterns.make(Pattern(kind, int(rng.integers(2**32)), int(rng.integers(1, 9)), 2.0), size)
        mask = np.clip((mask - float(rng.uniform(0.2, 0.7))) * float(rng.uniform(2, 12)) + 0.5, 0, 1)
        paint = rng.random(3).astype(np.float32) ** 2
        share = (mask * float(rng.uniform(0.3, 1.0)))[..., None]
        color = color + share * ((paint if rng.random() < 0.6 else color * paint) - color)
    pixels = height[::-1] * np.float32(size)
    slopes = _strengthened(_slopes(pixels), rng)
    color = _weathered(color[::-1], pixels, slopes, rng)
    return ProceduralPair(role, np.clip(color, 0, 1).astype(np.float32), slopes, surface[::-1].astype(np.float32))


def _built_in(
    color: FloatArray, height: FloatArray, size: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Pressed, laid or cut forms in a material: plates, bricks, slats, raised signs, with tones of their own at times.

    The material's own relief stays on top of them, weaker.
    """
    tone_kind, height_kind = _BUILT[int(rng.integers(len(_BUILT)))]
    seed, scale = int(rng.integers(2**32)), int(rng.integers(1, 7))
    form = patterns.make(Pattern(height_kind, seed, scale), size)
    if height_kind in ("print", "letters"):
        # Printed forms have walls: cut, then bevelled.
        form = _blurred(form, float(rng.uniform(0.6, 3.0)))
    form = form if rng.random() < 0.8 else 1.0 - form
    fine = (height - float(height.mean())) / max(float(np.ptp(height)), 1e-6)
    made = form + np.float32(rng.uniform(0.0, 0.35)) * fine
    if tone_kind and rng.random() < 0.7:
        tone = patterns.make(Pattern(tone_kind, seed, scale), size)
        dark = float(rng.uniform(0.2, 0.9))
        color = np.asarray(color * (dark + (1.0 - dark) * tone)[..., None], np.float32)
    if rng.random() < 0.5:
        # Seams drawn dark, or worn bright, along the walls of the forms.
        wall = np.hypot(*np.gradient(form)) * size
        line = np.clip(wall / max(float(np.quantile(wall, 0.97)), 1e-6), 0.0, 1.0)
        line = _blurred(line.astype(np.float32), float(rng.uniform(0.3, 1.5)))
        color = color * np.exp(float(rng.uniform(-1.2, 0.5)) * line)[..., None]
    return np.asarray(color, np.float32), np.asarray(made * np.float32(0.02), np.float32)


def _slopes(height: FloatArray) -> FloatArray:
    """Central differences of a repeating height, top row first: to the right, and upwards."""
    right = 0.5 * (np.roll(height, -1, 1) - np.roll(height, 1, 1))
    up = 0.5 * (np.roll(height, 1, 0) - np.roll(height, -1, 0))
    return np.stack([right, up], axis=-1).astype(np.float32)


def _strengthened(slopes: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Relief as strong as artists paint it: a mean slope drawn log-uniformly; what is nearly flat stays flat."""
    mean = float(np.sqrt(np.square(slopes).sum(-1)).mean())
    wanted = float(np.exp(rng.uniform(np.log(0.06), np.log(0.5))))
    if mean < 0.004:
        return np.zeros_like(slopes)
    return np.asarray(np.clip(slopes * np.float32(wanted / mean), -4.0, 4.0), np.float32)


def _weathered(color: FloatArray, height: FloatArray, slopes: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Hollows darkened by dirt and shade, edges worn bright, and some light from one side, as photographs have it."""
    amounts = rng.random(4)
    found = color
    if amounts[0] < 0.75:
        scale = float(2.0 ** rng.uniform(0.5, 4.5))
        depth = height - _blurred(height, scale)
        depth = depth / max(float(depth.std()), 1e-6)
        found = found * np.exp(float(rng.uniform(-0.05, 0.45)) * np.clip(depth, -2.5, 2.0))[..., None]
    if amounts[1] < 0.4:
        turn = rng.normal(np.pi / 2, 0.6) if amounts[2] < 0.7 else rng.uniform(0, 2 * np.pi)
        light = -(np.cos(turn) * slopes[..., 0] + np.sin(turn) * slopes[..., 1])
        light = light / np.sqrt(1 + np.square(slopes).sum(-1))
        found = found * np.exp(float(rng.uniform(0.1, 1.2)) * light)[..., None]
    return np.asarray(found, np.float32)


def _blurred(field: FloatArray, sigma: float) -> FloatArray:
    """Gaussian blur of a tile, by its Fourier transform."""
    rows = np.fft.fftfreq(field.shape[0])[:, None]
    columns = np.fft.rfftfreq(field.shape[1])[None, :]
    kernel = np.exp(-2 * (np.pi * sigma) ** 2 * (rows**2 + columns**2))
    return np.asarray(np.fft.irfft2(np.fft.rfft2(field) * kernel, s=field.shape), np.float32)
