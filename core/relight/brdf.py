"""How a surface scatters light: Lambert, and the GGX microfacet lobe.

All functions take float32 cosines of shape (..., 1) (or anything that broadcasts) and are free of NaN for every input
inside the stated ranges. Angles are between unit vectors: n the normal, l to the light, v to the camera,
h = (l + v) / |l + v| the half vector.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "MIN_ROUGHNESS",
    "alpha_from_roughness",
    "ggx_distribution",
    "lambert",
    "schlick_fresnel",
    "smith_visibility",
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


def lambert(albedo: FloatArray) -> FloatArray:
    """Lambert's BRDF, albedo / pi, per steradian, for albedo 0..1 (values above 1 are not energy conserving)."""
    return albedo / _PI


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
