"""Surface normals: unit length, spaces, encodings, comparison.

Normals are (..., 3) arrays of float, -1..1 and of length 1; a zero vector means "no surface here" and stays zero.
Camera space is right-handed, +X right, +Y up, +Z towards the camera. Nothing here is colour: normals are never
colour-converted.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "angular_error_degrees",
    "camera_to_world",
    "decode_8bit",
    "encode_8bit",
    "flip_green",
    "flip_horizontal",
    "normalize",
    "rotate",
    "world_to_camera",
]

FloatArray = npt.NDArray[np.float32]
_CODE_CENTRE = 127.5


def normalize(n: npt.ArrayLike, eps: float = 1e-6) -> FloatArray:
    """Bring vectors to length 1; those shorter than `eps` and those that are not finite become zero.

    Args:
        n: (..., 3) vectors.
        eps: length under which a vector has no direction.

    Returns:
        (..., 3) float32, without NaN.
    """
    vectors = np.asarray(n, dtype=np.float64)
    vectors = np.where(np.isfinite(vectors).all(axis=-1, keepdims=True), vectors, 0.0)
    # Dividing by the largest part first keeps the square of huge and tiny vectors inside the range of float.
    largest = np.abs(vectors).max(axis=-1, keepdims=True)
    scaled = vectors / np.where(largest > 0, largest, 1.0)
    length = np.sqrt(np.sum(scaled * scaled, axis=-1, keepdims=True))
    keep = length * largest > eps
    return np.where(keep, scaled / np.where(keep, length, 1.0), 0.0).astype(np.float32)


def encode_8bit(n: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """Normals as 8-bit picture values, `round(127.5 + 127.5 n)`: the usual purple-blue normal map.

    Args:
        n: (..., 3) unit normals, -1..1; zero vectors give (128, 128, 128).

    Returns:
        (..., 3) uint8.
    """
    values = np.clip(np.nan_to_num(np.asarray(n, dtype=np.float32)), -1.0, 1.0)
    code: npt.NDArray[np.uint8] = np.floor(_CODE_CENTRE + _CODE_CENTRE * values + 0.5).clip(0, 255).astype(np.uint8)
    return code


def decode_8bit(code: npt.NDArray[Any]) -> FloatArray:
    """Unit normals from picture values, `2 c - 1`, brought back to length 1.

    Args:
        code: (..., 3) uint8, uint16, or float 0..1. In 8 bits (127, 127, 127) and (128, 128, 128) mean no surface.

    Returns:
        (..., 3) float32 unit normals, or zero.
    """
    array = np.asarray(code)
    top = float(np.iinfo(array.dtype).max) if np.issubdtype(array.dtype, np.integer) else 1.0
    vectors = array.astype(np.float64) / top * 2.0 - 1.0
    # Grey within one step of 8 bits is the code of a zero vector, not a direction.
    return normalize(vectors, eps=np.sqrt(3.0) * 1.01 / 255.0)


def angular_error_degrees(a: npt.ArrayLike, b: npt.ArrayLike) -> FloatArray:
    """Angle between two fields of vectors, exact near 0 and near 180 degrees too.

    `atan2(|a x b|, a . b)`; unlike the arc cosine of the dot product it does not lose half of its digits where
    vectors are almost parallel (W. Kahan, "How Futile are Mindless Assessments of Roundoff", 2006, section 12).

    Args:
        a, b: (..., 3) vectors of any length above zero, of shapes that broadcast.

    Returns:
        (...) float32 degrees, 0..180. A zero vector gives 0: leave such pixels out by a mask.
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    cross = np.linalg.norm(np.cross(first, second), axis=-1)
    dot = np.sum(first * second, axis=-1)
    degrees: FloatArray = np.degrees(np.arctan2(cross, dot)).astype(np.float32)
    return degrees


def rotate(n: npt.ArrayLike, rotation: npt.ArrayLike) -> FloatArray:
    """Turn normals by a rotation matrix, `R n` for each column vector n.

    Args:
        n: (..., 3) normals.
        rotation: (3, 3) rotation, or the upper left of a (4, 4) matrix without scale.

    Returns:
        (..., 3) float32.

    Raises:
        ValueError: the matrix is not a rotation (it scales, shears or mirrors).
    """
    matrix = np.asarray(rotation, dtype=np.float64)[:3, :3]
    if matrix.shape != (3, 3) or not np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-4) or np.linalg.det(matrix) < 0:
        raise ValueError("not a rotation matrix: its rows must be orthonormal and its determinant 1")
    return (np.asarray(n, dtype=np.float64) @ matrix.T).astype(np.float32)


def world_to_camera(n: npt.ArrayLike, camera_to_world: npt.ArrayLike) -> FloatArray:
    """World-space normals in camera space.

    Args:
        n: (..., 3) world-space normals.
        camera_to_world: (4, 4), (3, 3), or 16 numbers row by row; rotation and translation only.

    Returns:
        (..., 3) float32 camera-space normals.

    Raises:
        ValueError: the matrix is not a rotation.
    """
    return rotate(n, _matrix(camera_to_world)[:3, :3].T)


def camera_to_world(n: npt.ArrayLike, camera_to_world: npt.ArrayLike) -> FloatArray:
    """Camera-space normals in world space: the inverse of `world_to_camera`, with the same arguments."""
    return rotate(n, _matrix(camera_to_world)[:3, :3])


def flip_green(n: npt.ArrayLike) -> FloatArray:
    """Turn the second component round: OpenGL (Y+) tangent-space maps to DirectX (Y-) ones and back.

    Args:
        n: (..., 3) normals, -1..1.

    Returns:
        (..., 3) float32.
    """
    return np.asarray(n, dtype=np.float32) * np.array([1, -1, 1], dtype=np.float32)


def flip_horizontal(n: npt.ArrayLike) -> FloatArray:
    """The normals of the mirrored picture: columns reversed and the x component negated.

    Args:
        n: (H, W, 3) camera-space normals.

    Returns:
        (H, W, 3) float32.
    """
    return np.ascontiguousarray(np.asarray(n, dtype=np.float32)[:, ::-1] * np.array([-1, 1, 1], dtype=np.float32))


def _matrix(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    return array.reshape(4, 4) if array.size == 16 else array
