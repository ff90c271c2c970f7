"""Reference normals from a depth map: a plane fitted around every pixel.

Sets that carry depth but no normals (NYUv2's labelled file, iBims-1) need it. A plane in space is a plane in inverse
depth too, `1 / z = a u + b v + c` with the slopes u and v of the ray, so that the fit is linear least squares over the
pixels of a window whose depth is close to that of its middle. Differences of single pixels would turn the noise of a
sensor into normals that point anywhere.

These are not the references that papers measure against: those of NYUv2 come from other smoothing (Ladicky et al.,
2014; Qi et al., GeoNet, 2018), those of iBims-1 from plane fits of DSINE's authors.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.evaluation.layouts.intrinsics import Intrinsics
from core.normals import normalize

__all__ = ["RADIUS", "fit_normals"]

RADIUS = 4
"""Pixels from the middle to the edge of the window: 9 x 9."""

_SAME_SURFACE = 0.05  # relative difference of inverse depth
_LEAST_PIXELS = 0.4  # of the window
_LARGEST_RESIDUAL = 0.01  # of the inverse depth, root mean square


def fit_normals(
    depth: npt.NDArray[np.floating], valid: npt.NDArray[np.bool_], camera: Intrinsics
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Normals in camera space, and where to trust them.

    Args:
        depth: (H, W) along the viewing axis, metres.
        valid: (H, W), where the depth was measured.
        camera: of the depth map.

    Returns:
        (H, W, 3) float32 unit normals facing the camera, +X right, +Y up, +Z to the camera, zero where not trusted;
        (H, W) trusted: at least 40 % of the window lies within 5 % of the middle's inverse depth, and the plane misses
        it by less than 1 % root mean square.
    """
    height, width = depth.shape
    valid = valid & np.isfinite(depth) & (depth > 0)
    inverse = np.where(valid, 1.0 / np.where(valid, depth, 1.0), 0.0)
    padded, inside = np.pad(inverse, RADIUS), np.pad(valid, RADIUS)
    sums = {name: np.zeros((height, width)) for name in ("n", "x", "y", "xx", "xy", "yy", "q", "xq", "yq", "qq")}
    for dy in range(-RADIUS, RADIUS + 1):
        row = {name: np.zeros((height, width)) for name in ("n", "x", "q", "xq")}
        for dx in range(-RADIUS, RADIUS + 1):
            at = (slice(RADIUS + dy, RADIUS + dy + height), slice(RADIUS + dx, RADIUS + dx + width))
            # Measured from the middle's value, the sums keep their digits.
            q = padded[at] - inverse
            w = (inside[at] & (np.abs(q) < _SAME_SURFACE * inverse)).astype(np.float64)
            q *= w
            for name, value in (("n", w), ("x", dx * w), ("q", q), ("xq", dx * q)):
                row[name] += value
            sums["xx"] += dx * dx * w
            sums["qq"] += q * q
        for name, values in row.items():
            sums[name] += values
        for name, of, factor in (("y", "n", dy), ("yy", "n", dy * dy), ("xy", "x", dy), ("yq", "q", dy)):
            sums[name] += factor * row[of]
    level, right, down, determinant = _solve(sums)
    residual = sums["qq"] - level * sums["q"] - right * sums["xq"] - down * sums["yq"]
    residual = np.sqrt(np.maximum(residual, 0.0) / np.maximum(sums["n"], 1.0))
    trusted = valid & (sums["n"] >= _LEAST_PIXELS * (2 * RADIUS + 1) ** 2) & (determinant > 1e-6)
    trusted &= residual < _LARGEST_RESIDUAL * inverse
    u, v = camera.slopes(height, width)
    a, b = right * camera.fx, -down * camera.fy
    c = inverse + level - a * u[None, :] - b * v[:, None]
    normals = normalize(np.stack([-a, -b, c], axis=-1), eps=1e-12)
    return np.where(trusted[..., None], normals, 0.0).astype(np.float32), np.asarray(trusted, bool)


def _solve(sums: dict[str, npt.NDArray[np.float64]]) -> tuple[npt.NDArray[np.float64], ...]:
    """`q = level + right dx + down dy` by least squares (Cramer's rule), and the determinant."""
    n, x, y, xx, xy, yy = (sums[name] for name in ("n", "x", "y", "xx", "xy", "yy"))
    q, xq, yq = sums["q"], sums["xq"], sums["yq"]
    determinant = n * (xx * yy - xy * xy) - x * (x * yy - xy * y) + y * (x * xy - xx * y)
    safe = np.where(determinant > 1e-6, determinant, 1.0)
    level = (q * (xx * yy - xy * xy) - x * (xq * yy - xy * yq) + y * (xq * xy - xx * yq)) / safe
    right = (n * (xq * yy - xy * yq) - q * (x * yy - xy * y) + y * (x * yq - xq * y)) / safe
    down = (n * (xx * yq - xq * xy) - x * (x * yq - xq * y) + q * (x * xy - xx * y)) / safe
    return level, right, down, determinant
