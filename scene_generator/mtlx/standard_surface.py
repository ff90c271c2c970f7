"""Reference of `standard_surface` in numpy: what a renderer's mapping of it is measured against.

Iliyan Georgiev, Jamie Portsmouth, Zap Andersson, Adrien Herubel, Alan King, Shinji Ogaki, Frederic Servant, "Autodesk
Standard Surface" (2019), version 1.0.1, in the node graph that MaterialX 1.39 gives for it (`standard_surface.mtlx`),
for `base`, `base_color`, `metalness`, `specular`, `specular_color`, `specular_roughness` and `specular_IOR`:

    mix(metalness, metal, specular tint D G F / (4 cos cos) + (1 - specular E(view)) base base_color / pi)

- D is GGX with alpha = roughness^2 (node `roughness_anisotropy`), G the height-correlated Smith term (Heitz,
  "Understanding the Masking-Shadowing Function in Microfacet-Based BRDFs", 2014).
- F of the dielectric is exact; the diffuse layer below is Lambert, weighted by what the dielectric of directional
  albedo E leaves. MaterialX takes E at the view only and without the tint, so that this layer is not reciprocal.
- Metal is a conductor of complex index from reflectivity base x base_color and edge colour specular x specular_color
  (Gulbrandsen, "Artist Friendly Metallic Fresnel", 2014).

`multiple_scattering` adds the factor that MaterialX's shaders put on both reflections for light that the microfacets
scatter more than once: 1 + F (1 - E1) / E1 (Turquin, "Practical multiple scattering compensation for microfacet
models", 2019). The definition itself leaves it to the renderer, so it is off unless asked for.

Directions are unit, in the frame of the surface (normal +Z), and point away from it. Colours are scene-linear Rec.709.
"""

from __future__ import annotations

import functools
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from core.errors import BadConfig
from scene_generator.mtlx.surface import StandardSurface, Texture

__all__ = [
    "artistic_ior",
    "conductor_fresnel",
    "dielectric_fresnel",
    "directions",
    "evaluate",
    "ggx",
    "smith",
    "specular_albedo",
]

FloatArray = npt.NDArray[np.float64]

MIN_ALPHA = 1e-6
"""Smallest alpha: a perfect mirror has no density that could be evaluated."""


def evaluate(
    surface: StandardSurface, view: FloatArray, light: FloatArray, *, multiple_scattering: bool = False
) -> FloatArray:
    """BRDF times the cosine at the light.

    Args:
        surface: parameters as plain values; `normal` and `repeat` have no part here.
        view: (..., 3) unit, towards the eye.
        light: (..., 3) unit, towards the light; broadcast against `view`.
        multiple_scattering: see the module's description.

    Returns:
        (..., 3) in 1 / sr, scene-linear Rec.709; 0 where either direction is below the surface.

    Raises:
        BadConfig: a parameter is a texture, or out of range.
    """
    surface.check("reference")
    for name in ("base", "base_color", "metalness", "specular", "specular_color", "specular_roughness"):
        if isinstance(getattr(surface, name), Texture):
            raise BadConfig(f"{name} is a texture; the reference BSDF takes plain values")
    values = cast(Any, surface)
    base, metalness, specular = float(values.base), float(values.metalness), float(values.specular)
    color, tint = np.asarray(values.base_color, np.float64), np.asarray(values.specular_color, np.float64)
    alpha = max(float(values.specular_roughness) ** 2, MIN_ALPHA)
    view, light = np.broadcast_arrays(view, light)
    cos_v, cos_l = np.clip(view[..., 2], 1e-6, 1.0), np.clip(light[..., 2], 1e-6, 1.0)
    half = view + light
    half = half / np.maximum(np.linalg.norm(half, axis=-1, keepdims=True), 1e-12)
    cos_h = np.clip(np.sum(view * half, axis=-1), 0.0, 1.0)
    lobe = ggx(half[..., 2], alpha) * smith(cos_v, cos_l, alpha) / (4.0 * cos_v)

    total = np.zeros((*lobe.shape, 3))
    if metalness < 1.0:
        fresnel = dielectric_fresnel(cos_h, surface.specular_IOR)
        if multiple_scattering:
            fresnel = fresnel * (1.0 + fresnel * _lost(cos_v, alpha))
        passed = 1.0 - specular * specular_albedo(cos_v, alpha, surface.specular_IOR, multiple_scattering)
        diffuse = base * (passed * cos_l / np.pi)[..., None] * color
        total += (1.0 - metalness) * (specular * (lobe * fresnel)[..., None] * tint + diffuse)
    if metalness > 0.0:
        metal = conductor_fresnel(cos_h[..., None], *artistic_ior(base * color, specular * tint))
        if multiple_scattering:
            metal = metal * (1.0 + metal * _lost(cos_v, alpha)[..., None])
        total += metalness * lobe[..., None] * metal
    visible = (view[..., 2] > 0) & (light[..., 2] > 0)
    return np.where(visible[..., None], total, 0.0)


def ggx(cos_h: FloatArray, alpha: float) -> FloatArray:
    """Density of microfacet normals at the cosine `cos_h`, in 1 / sr (Walter et al., 2007, equation 33)."""
    # 1 - cos^2 loses all digits near the normal, where small alphas need them; this form does not.
    below = np.clip(1.0 - cos_h, 0.0, 1.0) * (1.0 + cos_h)
    return alpha**2 / (np.pi * (cos_h**2 * alpha**2 + below) ** 2)


def smith(cos_v: FloatArray, cos_l: FloatArray, alpha: float) -> FloatArray:
    """Height-correlated masking and shadowing of GGX, 0..1 (Heitz, 2014, equation 99)."""
    root_l = np.sqrt(alpha**2 + (1 - alpha**2) * cos_l**2)
    root_v = np.sqrt(alpha**2 + (1 - alpha**2) * cos_v**2)
    return 2 * cos_l * cos_v / (root_l * cos_v + root_v * cos_l)


def dielectric_fresnel(cosine: FloatArray, ior: float) -> FloatArray:
    """Unpolarised reflectance 0..1 of a dielectric of relative index `ior` >= 1, seen from outside at `cosine`."""
    root = np.sqrt(np.maximum(ior**2 - 1 + cosine**2, 0.0))
    # Form without a division by zero at ior 1: Cook and Torrance, 1982, equation 15.
    a = (root - cosine) / np.maximum(root + cosine, 1e-12)
    b = (cosine * (root + cosine) - 1) / (cosine * (root - cosine) + 1)
    return 0.5 * a**2 * (1 + b**2)


def artistic_ior(reflectivity: FloatArray, edge: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Complex index (n, k) of a metal of this reflectance at normal incidence and this edge colour, each 0..1.

    Gulbrandsen, 2014, equations 14 to 16. As in MaterialX, reflectivity ends at 0.99.
    """
    r = np.clip(reflectivity, 0.0, 0.99)
    lowest, highest = (1 - r) / (1 + r), (1 + np.sqrt(r)) / (1 - np.sqrt(r))
    n = highest + (lowest - highest) * edge
    k_squared = (r * (n + 1) ** 2 - (n - 1) ** 2) / (1 - r)
    return cast(FloatArray, n), cast(FloatArray, np.sqrt(np.maximum(k_squared, 0.0)))


def conductor_fresnel(cosine: FloatArray, n: FloatArray, k: FloatArray) -> FloatArray:
    """Unpolarised reflectance 0..1 of a conductor of index n + ik at `cosine` (Born and Wolf, section 14.2)."""
    c2 = cosine**2
    s2 = 1 - c2
    t0 = n**2 - k**2 - s2
    a2b2 = np.sqrt(t0**2 + 4 * n**2 * k**2)
    a = np.sqrt(np.maximum(0.5 * (a2b2 + t0), 0.0))
    across = (a2b2 + c2 - 2 * a * cosine) / np.maximum(a2b2 + c2 + 2 * a * cosine, 1e-12)
    t3, t4 = c2 * a2b2 + s2**2, 2 * a * cosine * s2
    along = across * (t3 - t4) / np.maximum(t3 + t4, 1e-12)
    return 0.5 * (across + along)


def specular_albedo(
    cosine: FloatArray, alpha: float, ior: float | None, multiple_scattering: bool = False
) -> FloatArray:
    """Share 0..1 of white light from everywhere that the dielectric's surface reflects at `cosine`, same shape.

    Args:
        cosine: of the view, 0..1.
        alpha: GGX alpha.
        ior: relative index; None for a perfect reflector, for which the rest to 1 is lost to single scattering.
        multiple_scattering: see the module's description.
    """
    knots, values = _albedo_table(alpha, ior, multiple_scattering)
    return np.interp(cosine, knots, values)


def directions(view: FloatArray, alpha: float, side: int) -> tuple[FloatArray, FloatArray]:
    """Light directions for integrals over the hemisphere of `evaluate`-like functions, and their weights.

    Half of the directions are mirrored about visible GGX normals (Heitz, "Sampling the GGX Distribution of Visible
    Normals", 2018), half have a cosine density; both are regular grids of `side` x `side`, weighted by the balance
    heuristic (Veach, 1997), so that narrow and wide lobes are integrated alike and always by the same points.

    Args:
        view: (3,) unit, z > 0.
        alpha: of the GGX lobe.
        side: points along each side of the two grids.

    Returns:
        light (2 side^2, 3) unit, weight (2 side^2,): the integral of f is the sum of weight x f; points below the
        surface have weight 0.
    """
    u, v = (g.ravel() for g in np.meshgrid(*[(np.arange(side) + 0.5) / side] * 2, indexing="ij"))
    normal = _visible_normals(view, alpha, u, v)
    mirrored = 2 * (normal @ view)[:, None] * normal - view
    radius = np.sqrt(u)
    cosine = np.stack([radius * np.cos(2 * np.pi * v), radius * np.sin(2 * np.pi * v), np.sqrt(1 - u)], -1)
    light = np.concatenate([mirrored, cosine])
    half = light + view
    half = half / np.linalg.norm(half, axis=-1, keepdims=True)
    g1 = 2 * view[2] / (view[2] + np.sqrt(alpha**2 + (1 - alpha**2) * view[2] ** 2))
    density = 0.5 * (g1 * ggx(half[:, 2], alpha) / (4 * view[2]) + np.maximum(light[:, 2], 0) / np.pi)
    weight = np.where(light[:, 2] > 1e-9, 1 / np.maximum(density, 1e-12), 0.0) / len(light)
    return light, weight


def _lost(cosine: FloatArray, alpha: float) -> FloatArray:
    once = specular_albedo(cosine, alpha, None)
    return (1 - once) / once


@functools.lru_cache(maxsize=256)
def _albedo_table(alpha: float, ior: float | None, multiple: bool) -> tuple[FloatArray, FloatArray]:
    # Dense towards grazing, where the albedo bends most.
    knots = np.linspace(0.01, 1.0, 48) ** 2
    values = np.empty_like(knots)
    u, v = (g.ravel() for g in np.meshgrid(*[(np.arange(32) + 0.5) / 32] * 2, indexing="ij"))
    for i, cosine in enumerate(knots):
        view = np.array([np.sqrt(1 - cosine**2), 0.0, cosine])
        normal = _visible_normals(view, alpha, u, v)
        cos_h = np.clip(normal @ view, 0.0, 1.0)
        cos_l = 2 * cos_h * normal[:, 2] - cosine
        g1 = 2 * cosine / (cosine + np.sqrt(alpha**2 + (1 - alpha**2) * cosine**2))
        single = np.where(cos_l > 0, smith(cosine, np.maximum(cos_l, 1e-9), alpha) / g1, 0.0)
        fresnel = np.ones_like(cos_h) if ior is None else dielectric_fresnel(cos_h, ior)
        if multiple:
            fresnel = fresnel * (1 + fresnel * (1 - single.mean()) / single.mean())
        values[i] = float(np.mean(fresnel * single))
    return knots, values


def _visible_normals(view: FloatArray, alpha: float, u: FloatArray, v: FloatArray) -> FloatArray:
    stretched = view * (alpha, alpha, 1.0)
    stretched = stretched / np.linalg.norm(stretched)
    across = np.hypot(stretched[0], stretched[1])
    first = np.array([-stretched[1], stretched[0], 0.0]) / across if across > 1e-9 else np.array([1.0, 0.0, 0.0])
    second = np.cross(stretched, first)
    r, phi = np.sqrt(u), 2 * np.pi * v
    x, y = r * np.cos(phi), r * np.sin(phi)
    s = 0.5 * (1 + stretched[2])
    y = (1 - s) * np.sqrt(np.maximum(1 - x**2, 0)) + s * y
    z = np.sqrt(np.maximum(1 - x**2 - y**2, 0))
    normal = x[:, None] * first + y[:, None] * second + z[:, None] * stretched
    normal = normal * (alpha, alpha, 1.0)
    return cast(FloatArray, normal / np.linalg.norm(normal, axis=-1, keepdims=True))
