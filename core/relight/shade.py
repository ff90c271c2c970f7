"""Light on a surface: diffuse, specular and ambient, kept apart.

For each directional or point light, with E the strength of `core.relight.lights` (irradiance over pi):

    diffuse  += albedo (1 - metalness) E max(n.l, 0)                      Lambert, pi folded into E
    specular += pi D V F E max(n.l, 0)                                    GGX, see core.relight.brdf
    ambient   = albedo E_ambient

with F's straight-on reflectance f0 = lerp(0.08 specular, albedo, metalness) (Burley 2012: 0.5 gives the 4 % of most
dielectrics). A metal in even surroundings mirrors them in its own colour, hence no (1 - metalness) in `ambient`.
The diffuse part is not weakened by what the specular part takes, so that a frontal light of intensity 1 returns the
albedo exactly; the sum may therefore exceed the light by F, a few percent away from grazing angles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.errors import BadSize
from core.relight.brdf import alpha_from_roughness, ggx_distribution, schlick_fresnel, smith_visibility
from core.relight.lights import AmbientLight, DirectionalLight, Light, PointLight, arriving, total_ambient

__all__ = ["LightPasses", "Surface", "shade"]

FloatArray: TypeAlias = NDArray[np.float32]

_BAND_PIXELS = 1 << 17  # rows are shaded in bands of about this many pixels: 4K frames then fit caches and memory
_TINY = np.float32(1e-12)
_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)


@dataclass(frozen=True)
class Surface:
    """What is lit, pixel by pixel.

    Attributes:
        normals: (H, W, 3) float32, camera space. Any length: they are made unit here; zero or NaN means "no surface"
            and receives no light.
        position: (H, W, 3) float32, camera space metres (see `core.relight.place`).
        albedo: (H, W, 3) float32 scene-linear, or (3,); 0..1, above 1 is passed on as given.
        roughness: (H, W, 1) float32 or a float, 0 (mirror) .. 1.
        metalness: (H, W, 1) float32 or a float, 0 .. 1.
        specular: strength of a dielectric's reflection, 0 .. 1; 0.5 is 4 % straight on.
    """

    normals: FloatArray
    position: FloatArray
    albedo: FloatArray
    roughness: FloatArray | float = 0.5
    metalness: FloatArray | float = 0.0
    specular: float = 0.5


@dataclass(frozen=True)
class LightPasses:
    """(H, W, 3) float32 scene-linear each, 0 or more; their sum is all the light that leaves toward the camera."""

    diffuse: FloatArray
    specular: FloatArray
    ambient: FloatArray
    surface: NDArray[np.bool_]
    """(H, W, 1): where there is a surface at all, that is, a normal that is neither zero nor NaN."""


def shade(surface: Surface, lights: Sequence[Light]) -> LightPasses:
    """Put `lights` on `surface`.

    Returns:
        LightPasses; no lights gives zeros. Finite wherever albedo, position and lights are finite.

    Raises:
        BadSize: normals, position, albedo, roughness or metalness do not fit together.
    """
    height, width = _checked_size(surface)
    shape = (height, width, 3)
    albedo = np.broadcast_to(np.asarray(surface.albedo, dtype=np.float32), shape)
    roughness = np.broadcast_to(np.asarray(surface.roughness, dtype=np.float32), (height, width, 1))
    metalness = np.broadcast_to(np.asarray(surface.metalness, dtype=np.float32), (height, width, 1))
    around = total_ambient(lights)
    aimed = [light for light in lights if not isinstance(light, AmbientLight)]

    passes = LightPasses(
        diffuse=np.zeros(shape, dtype=np.float32),
        specular=np.zeros(shape, dtype=np.float32),
        ambient=np.zeros(shape, dtype=np.float32),
        surface=np.zeros((height, width, 1), dtype=np.bool_),
    )
    for rows in _bands(height, width):
        normals, is_surface = _unit_normals(surface.normals[rows])
        passes.surface[rows] = is_surface
        passes.ambient[rows] = np.where(is_surface, albedo[rows] * around, np.float32(0.0))
        _add_aimed(
            passes.diffuse[rows],
            passes.specular[rows],
            normals,
            surface.position[rows],
            albedo[rows],
            alpha_from_roughness(roughness[rows]),
            np.clip(metalness[rows], _ZERO, _ONE),
            np.float32(0.08 * surface.specular),
            aimed,
        )
    return passes


def _add_aimed(
    diffuse: FloatArray,
    specular: FloatArray,
    normals: FloatArray,
    position: FloatArray,
    albedo: FloatArray,
    alpha: FloatArray,
    metalness: FloatArray,
    dielectric: np.float32,
    lights: Sequence[DirectionalLight | PointLight],
) -> None:
    """Add each light to `diffuse` and `specular` in place; all arrays are one band of rows, (h, W, 3) or (h, W, 1)."""
    view = _unit(-position)
    # A predicted or bumped normal may lean away from the camera although its pixel is seen: the lobe is evaluated at
    # the grazing angle then, instead of leaving a black hole in the highlight.
    n_dot_v = np.clip(_dot(normals, view), np.float32(1e-4), _ONE)
    body = albedo * (_ONE - metalness)
    f0 = np.clip(dielectric + (albedo - dielectric) * metalness, _ZERO, _ONE)
    for light in lights:
        toward, strength = arriving(light, position)
        n_dot_l = np.clip(_dot(normals, toward), _ZERO, _ONE)
        received = n_dot_l * strength
        diffuse += body * received
        half = _unit(toward + view)
        # 1 - n.h = |n - h|^2 / 2 for unit vectors: exact where the subtraction 1 - n.h would cancel.
        apart = normals - half
        short = np.float32(0.5) * _dot(apart, apart)
        half_sine_squared = np.clip(short * (np.float32(2.0) - short), _ZERO, _ONE)
        v_dot_h = np.clip(_dot(view, half), _ZERO, _ONE)
        lobe = ggx_distribution(half_sine_squared, alpha) * smith_visibility(n_dot_l, n_dot_v, alpha)
        specular += np.float32(np.pi) * lobe * schlick_fresnel(f0, v_dot_h) * received


def _unit_normals(normals: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    safe = np.where(np.isfinite(normals).all(axis=-1, keepdims=True), normals, np.float32(0.0))
    length = _length(safe)
    is_surface = length > np.float32(1e-6)
    return np.where(is_surface, safe / np.maximum(length, np.float32(1e-6)), np.float32(0.0)), is_surface


def _dot(a: FloatArray, b: FloatArray) -> FloatArray:
    product: FloatArray = np.sum(a * b, axis=-1, keepdims=True)
    return product


def _length(vector: FloatArray) -> FloatArray:
    return np.sqrt(_dot(vector, vector))


def _unit(vector: FloatArray) -> FloatArray:
    length: FloatArray = np.maximum(_length(vector), _TINY)
    return vector / length


def _bands(height: int, width: int) -> Iterator[slice]:
    rows = max(1, _BAND_PIXELS // max(1, width))
    return (slice(top, min(top + rows, height)) for top in range(0, height, rows))


def _checked_size(surface: Surface) -> tuple[int, int]:
    if surface.normals.ndim != 3 or surface.normals.shape[2] != 3:
        raise BadSize(f"normals have shape {surface.normals.shape}; height x width x 3 is needed")
    height, width = surface.normals.shape[:2]
    for name, array, wide in (
        ("position", surface.position, 3),
        ("albedo", np.asarray(surface.albedo), 3),
        ("roughness", np.asarray(surface.roughness), 1),
        ("metalness", np.asarray(surface.metalness), 1),
    ):
        try:
            fits = np.broadcast_shapes(array.shape, (height, width, wide)) == (height, width, wide)
        except ValueError:
            fits = False
        if not fits:
            raise BadSize(f"{name} has shape {array.shape}; {(height, width, wide)} is needed to fit the normals")
    return int(height), int(width)
