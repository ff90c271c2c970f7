"""Slopes, heights and tangent-space normals, and the ways between them.

A height h is in units of a pixel's width. Its slopes are p = dh/dx to the right and q = dh/dy *upwards* (against the
rows), so that the OpenGL (Y+) normal is proportional to (-p, -q, 1). Slopes have no unit, and resizing a texture leaves
them as they are.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = [
    "STEEPEST",
    "integrate",
    "normals_from_slopes",
    "slopes_from_height",
    "slopes_from_normals",
]

FloatArray = npt.NDArray[np.float32]

STEEPEST = 20.0
"""Slopes are cut here, at 87 degrees: a normal in the plane of the texture has no finite slope."""


def slopes_from_normals(normals: npt.ArrayLike) -> FloatArray:
    """Slopes of a field of tangent-space normals.

    Args:
        normals: (..., 3), -1..1, OpenGL; zero vectors and those that point inwards count as steep or flat.

    Returns:
        (..., 2) float32, each -20..20; (0, 0) for a zero vector.
    """
    n = np.asarray(normals, dtype=np.float32)
    return np.clip(-n[..., :2] / np.maximum(n[..., 2:], np.float32(1e-3)), -STEEPEST, STEEPEST)


def normals_from_slopes(slopes: npt.ArrayLike) -> FloatArray:
    """(..., 2) slopes -> (..., 3) float32 unit normals, OpenGL."""
    s = np.asarray(slopes, dtype=np.float32)
    z = 1.0 / np.sqrt(1.0 + np.einsum("...i,...i->...", s, s))
    return np.stack([-s[..., 0] * z, -s[..., 1] * z, z], axis=-1).astype(np.float32)


def slopes_from_height(height: npt.ArrayLike, wrap: bool) -> FloatArray:
    """Central differences of a height.

    Args:
        height: (H, W), in pixels.
        wrap: whether the texture repeats; otherwise the first and last row and column use one-sided differences.

    Returns:
        (H, W, 2) float32.
    """
    h = np.asarray(height, dtype=np.float32)
    if wrap:
        p = np.roll(h, -1, 1) - np.roll(h, 1, 1)
        q = np.roll(h, 1, 0) - np.roll(h, -1, 0)
        return np.stack([0.5 * p, 0.5 * q], axis=-1).astype(np.float32)
    p = np.gradient(h, axis=1) if h.shape[1] > 1 else np.zeros_like(h)
    q = -np.gradient(h, axis=0) if h.shape[0] > 1 else np.zeros_like(h)
    return np.stack([p, q], axis=-1).astype(np.float32)


def integrate(slopes: npt.ArrayLike, wrap: bool) -> FloatArray:
    """The height whose slopes are nearest to the given ones by least squares, with mean 0.

    Frankot and Chellappa, "A Method for Enforcing Integrability in Shape from Shading Algorithms", 1988, with the
    frequency response of central differences, so that `slopes_from_height` gives an integrable field back. A texture
    that does not repeat is mirrored first, which makes it repeat without a step.

    Args:
        slopes: (H, W, 2); what is not a number counts as 0.
        wrap: whether the texture repeats.

    Returns:
        (H, W) float32, in pixels.
    """
    field = np.nan_to_num(np.asarray(slopes, dtype=np.float32), nan=0.0, posinf=STEEPEST, neginf=-STEEPEST)
    height, width = field.shape[:2]
    p, down = field[..., 0], -field[..., 1]
    if not wrap:
        p = np.concatenate([p, -p[:, ::-1]], axis=1)
        p = np.concatenate([p, p[::-1]], axis=0)
        down = np.concatenate([down, down[:, ::-1]], axis=1)
        down = np.concatenate([down, -down[::-1]], axis=0)
    rows, columns = p.shape
    dy = np.sin(2 * np.pi * np.fft.fftfreq(rows))[:, None].astype(np.float32)
    dx = np.sin(2 * np.pi * np.fft.rfftfreq(columns))[None, :].astype(np.float32)
    power = dx * dx + dy * dy
    # Constant fields and the finest checkers have no slope: nothing is known of them.
    known = power > 1e-6
    spectrum = (np.fft.rfft2(p) * dx + np.fft.rfft2(down) * dy) * np.where(known, -1j / np.where(known, power, 1), 0)
    found = np.fft.irfft2(spectrum.astype(np.complex64), s=(rows, columns))[:height, :width]
    return np.asarray(found - found.mean(), dtype=np.float32)
