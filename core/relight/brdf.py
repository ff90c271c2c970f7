"""How a surface scatters light: the GGX microfacet lobe, Fresnel, and light wrapped around.

All functions take float32 cosines of shape (..., 1) (or anything that broadcasts) and are free of NaN for every input
inside the stated ranges. Angles are between unit vectors: n the normal, l to the light, v to the camera,
h = (l + v) / |l + v| the half vector.
"""

from __future__ import annotations

import functools
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "MIN_ROUGHNESS",
    "alpha_from_roughness",
    "environment_reflectance",
    "ggx_distribution",
    "schlick_fresnel",
    "smith_visibility",
    "wrapped_cosine",
]

FloatArray: TypeAlias = NDArray[np.float32]

MIN_ROUGHNESS = 0.045
"""A perfect mirror has no width, so no directional or point light would ever be seen in it: roughness below this is
shaded as this. Its squared alpha, 4.1e-6, is also the least that float32 carries well through the lobe."""

_PI = np.float32(np.pi)
_ONE = np.float32(1.0)
_TINY = np.float32(1e-12)


def alpha_from_roughness(roughness: FloatArray) -> FloatArray:
    """GGX width alpha = roughness^2 from artist's roughness 0..1, not below MIN_ROUGHNESS^2.

    The square makes equal steps of the control look equal: Burley, "Physically Based Shading at Disney", SIGGRAPH 2012
    course, section 5.4.
    """
    kept: FloatArray = np.clip(roughness, np.float32(MIN_ROUGHNESS), np.float32(1.0))
    return kept * kept


def ggx_distribution(half_sine_squared: FloatArray, alpha: FloatArray) -> FloatArray:
    """Trowbridge-Reitz (GGX) density of microfacet normals, D(h), per steradian, 0 or more.

        D = alpha^2 / (pi ((n.h)^2 (alpha^2 - 1) + 1)^2) = alpha^2 / (pi (alpha^2 cos^2 + sin^2)^2)

    Walter, Marschner, Li, Torrance, "Microfacet Models for Refraction through Rough Surfaces", EGSR 2007, equation 33.
    The second form is used, with sin^2 handed in: 1 - (n.h)^2 in float32 loses the highlight of a glossy surface.

    Args:
        half_sine_squared: sin^2 of the angle between n and h, 0..1.
        alpha: width, above 0, from `alpha_from_roughness`.
    """
    alpha_squared = alpha * alpha
    width = alpha_squared * (_ONE - half_sine_squared) + half_sine_squared
    return alpha_squared / (_PI * width * width)


def smith_visibility(n_dot_l: FloatArray, n_dot_v: FloatArray, alpha: FloatArray) -> FloatArray:
    """Height-correlated Smith masking and shadowing over the microfacet denominator: V = G2 / (4 n.l n.v).

        V = 0.5 / (n.l sqrt(alpha^2 + (1 - alpha^2) (n.v)^2) + n.v sqrt(alpha^2 + (1 - alpha^2) (n.l)^2))

    Heitz, "Understanding the Masking-Shadowing Function in Microfacet-Based BRDFs", JCGT 3(2), 2014, equation 99 with
    the lambda of GGX (equation 72). Folding the denominator in keeps grazing angles finite.

    Args:
        n_dot_l, n_dot_v: cosines, 0..1.
        alpha: width, above 0.
    """
    alpha_squared = alpha * alpha
    rest = _ONE - alpha_squared
    toward_camera = n_dot_l * np.sqrt(alpha_squared + rest * n_dot_v * n_dot_v)
    toward_light = n_dot_v * np.sqrt(alpha_squared + rest * n_dot_l * n_dot_l)
    visibility: FloatArray = np.float32(0.5) / np.maximum(toward_camera + toward_light, _TINY)
    return visibility


def schlick_fresnel(f0: FloatArray, v_dot_h: FloatArray) -> FloatArray:
    """Schlick's Fresnel reflectance, F = f0 + (1 - f0) (1 - v.h)^5, 0..1.

    Schlick, "An Inexpensive BRDF Model for Physically-Based Rendering", Eurographics 1994, equation 15.

    Args:
        f0: reflectance straight on, 0..1, shape (..., 3) or (..., 1).
        v_dot_h: cosine 0..1.
    """
    grazing = _ONE - v_dot_h
    fifth: FloatArray = grazing * grazing * grazing * grazing * grazing
    return f0 + (_ONE - f0) * fifth


def wrapped_cosine(n_dot_l: FloatArray, wrap: float) -> FloatArray:
    """The cosine of Lambert's law, reaching round the terminator: max(n.l + w, 0) / (1 + w)^2.

    Green, "Real-Time Approximations to Subsurface Scattering", GPU Gems, 2004, chapter 16, divides by 1 + w and gains
    energy; the square keeps the integral over the sphere at pi for every w (McAuley, "Energy-Conserving Wrapped
    Diffuse", 2011). What the lit side loses, 1 / (1 + w) face on, goes round to the other.

    Args:
        n_dot_l: cosine, -1..1.
        wrap: w, 0 (Lambert) .. 1 (light all round).
    """
    if wrap <= 0.0:
        return np.maximum(n_dot_l, np.float32(0.0))
    w = np.float32(wrap)
    reached: FloatArray = np.maximum(n_dot_l + w, np.float32(0.0)) / ((_ONE + w) * (_ONE + w))
    return reached


def environment_reflectance(f0: FloatArray, roughness: FloatArray, n_dot_v: FloatArray) -> FloatArray:
    """Share of an even environment that the lobe above reflects: f0 A + B, 0..1.

    The second half of the split sum of Karis, "Real Shading in Unreal Engine 4", SIGGRAPH 2013 course. His analytic fit
    (2014) was made for another masking term and is up to 0.3 off for this one, so A and B are read from a table of the
    integral itself, within 0.01 of it for n.v of 0.1 or more and 0.02 below.

    Args:
        f0: reflectance straight on, (..., 3) or (..., 1), 0..1.
        roughness: artist's roughness 0..1 (alpha is its square).
        n_dot_v: cosine 0..1.
    """
    table = _reflectance_table()
    size = table.shape[0] - 1
    x = np.clip(roughness, np.float32(0.0), _ONE) * np.float32(size)
    y = np.clip(n_dot_v, np.float32(0.0), _ONE) * np.float32(size)
    low_x, low_y = np.minimum(x.astype(np.int64), size - 1), np.minimum(y.astype(np.int64), size - 1)
    fx, fy = (x - low_x).astype(np.float32), (y - low_y).astype(np.float32)
    share = []
    for part in (0, 1):
        whole = table[..., part]
        near = whole[low_x, low_y] * (_ONE - fy) + whole[low_x, low_y + 1] * fy
        far = whole[low_x + 1, low_y] * (_ONE - fy) + whole[low_x + 1, low_y + 1] * fy
        share.append(near + (far - near) * fx)
    reflected: FloatArray = f0 * share[0] + share[1]
    return reflected


@functools.cache
def _reflectance_table(size: int = 32, count: int = 96) -> FloatArray:
    """(size + 1, size + 1, 2) float32: A and B over roughness and n.v, each 0..1 in even steps.

    Half vectors are spread by the density of GGX (Walter et al. 2007, equations 35 and 36), one in the middle of each
    of count x count cells of equal share.
    """
    steps = np.linspace(0.0, 1.0, size + 1)
    cells = ((np.arange(count) + 0.5) / count).astype(np.float32)
    u, turn = np.meshgrid(cells, cells * np.float32(np.pi))
    table = np.empty((size + 1, size + 1, 2), dtype=np.float32)
    for row, roughness in enumerate(steps):
        alpha = alpha_from_roughness(np.asarray(roughness, dtype=np.float32))
        cosine = np.sqrt((1.0 - u) / (1.0 + (alpha * alpha - 1.0) * u))
        across = np.sqrt(1.0 - cosine * cosine) * np.cos(turn)
        for column, cosine_v in enumerate(np.maximum(steps, 1e-3)):
            n_dot_v = np.float32(cosine_v)
            v_dot_h = np.maximum(across * np.sqrt(1.0 - n_dot_v * n_dot_v) + cosine * n_dot_v, 0.0)
            n_dot_l = np.clip(2.0 * v_dot_h * cosine - n_dot_v, 0.0, 1.0)
            weight = 4.0 * smith_visibility(n_dot_l, np.asarray(n_dot_v), alpha) * n_dot_l * v_dot_h / cosine
            grazing = (1.0 - np.minimum(v_dot_h, 1.0)) ** 5
            table[row, column] = np.mean(weight * (1.0 - grazing)), np.mean(weight * grazing)
    return table
