"""The one rotation that best takes a field of normals to another."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["common_turn"]

FloatArray = npt.NDArray[np.float32]


def common_turn(start: FloatArray, end: FloatArray, weight: FloatArray, limit_degrees: float) -> FloatArray:
    """Least-squares rotation R with `R start = end` (W. Kabsch, "A solution for the best rotation", 1976).

    Args:
        start, end: (H, W, 3) unit vectors.
        weight: (H, W) 0 or more.
        limit_degrees: a larger rotation is cut to this angle about the same axis; 0 gives the identity.

    Returns:
        (3, 3) float32 rotation matrix. The identity where the vectors do not determine one: without weight, or all
        of (nearly) one direction, about which any turn would do.
    """
    identity = np.eye(3, dtype=np.float32)
    total = float(weight.sum(dtype=np.float64))
    if limit_degrees <= 0.0 or total < 1e-6:
        return identity
    pairs = np.einsum("ijk,ijl->kl", end * weight[..., None], start, dtype=np.float64) / total
    left, strength, right = np.linalg.svd(pairs)
    if strength[1] < 1e-3:
        return identity
    sign = np.sign(np.linalg.det(left @ right))
    rotation = left @ np.diag([1.0, 1.0, sign]) @ right
    angle = float(np.arccos(np.clip((np.trace(rotation) - 1.0) / 2.0, -1.0, 1.0)))
    limit = np.radians(limit_degrees)
    if angle <= limit or angle < 1e-9:
        return np.asarray(rotation, dtype=np.float32)
    skew = (rotation - rotation.T) / (2.0 * np.sin(angle))
    # Rodrigues' formula with the limited angle.
    cut = np.eye(3) + np.sin(limit) * skew + (1.0 - np.cos(limit)) * (skew @ skew)
    return np.asarray(cut, dtype=np.float32)
