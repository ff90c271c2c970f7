"""Light from all sides as nine numbers a channel: real spherical harmonics up to order 2.

A Lambert surface sees its surroundings through a cosine so broad that nine coefficients carry its irradiance: the
largest error over all environments is 9 % and the mean 3 % of the irradiance (Ramamoorthi and Hanrahan, "An Efficient
Representation for Irradiance Environment Maps", SIGGRAPH 2001; Basri and Jacobs, PAMI 25(2), 2003).

Camera space, +X right, +Y up, +Z towards the camera. Coefficients are (9, C) float64 of *radiance*, ordered

    (0,0)  (1,-1) (1,0) (1,1)  (2,-2) (2,-1) (2,0) (2,1) (2,2)      index l^2 + l + m

with the polar axis of the functions along +Z, as equation 3 of that paper: band 1 is proportional to (y, z, x).
Irradiance is always given over pi, the radiance that leaves a white Lambert surface, which is the unit of
`core.relight.lights`.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from core.errors import BadSize

__all__ = [
    "BANDS",
    "COSINE",
    "COUNT",
    "ambient_harmonics",
    "basis",
    "directional_harmonics",
    "irradiance",
    "irradiance_basis",
    "latlong_directions",
    "linear_band",
    "project_latlong",
    "project_samples",
    "rotate_harmonics",
    "sphere_directions",
]

FloatArray: TypeAlias = npt.NDArray[np.float32]
DoubleArray: TypeAlias = npt.NDArray[np.float64]

COUNT = 9
BANDS: npt.NDArray[np.int64] = np.array([0, 1, 1, 1, 2, 2, 2, 2, 2])
"""Order l of each coefficient."""

COSINE: DoubleArray = np.array([1.0, 2.0 / 3.0, 1.0 / 4.0])[BANDS]
"""What the clamped cosine leaves of each coefficient, over pi: A_l / pi of Ramamoorthi and Hanrahan, equation 8
(A = pi, 2 pi / 3, pi / 4)."""


def basis(directions: npt.ArrayLike) -> DoubleArray:
    """The nine functions at unit directions.

    Args:
        directions: (..., 3) unit vectors, camera space.

    Returns:
        (..., 9) float64, orthonormal over the sphere.
    """
    d = np.asarray(directions, dtype=np.float64)
    x, y, z = d[..., 0], d[..., 1], d[..., 2]
    one = np.full_like(x, np.sqrt(1.0 / (4.0 * np.pi)))
    first, cross = np.sqrt(3.0 / (4.0 * np.pi)), np.sqrt(15.0 / (4.0 * np.pi))
    return np.stack(
        [
            one,
            first * y,
            first * z,
            first * x,
            cross * x * y,
            cross * y * z,
            np.sqrt(5.0 / (16.0 * np.pi)) * (3.0 * z * z - 1.0),
            cross * x * z,
            0.5 * cross * (x * x - y * y),
        ],
        axis=-1,
    )


def irradiance_basis(normals: npt.ArrayLike) -> DoubleArray:
    """What each radiance coefficient adds to the irradiance over pi at unit normals: `basis` times `COSINE`.

    Args:
        normals: (..., 3) unit vectors.

    Returns:
        (..., 9) float64.
    """
    return basis(normals) * COSINE


def irradiance(coefficients: npt.ArrayLike, normals: npt.ArrayLike) -> FloatArray:
    """Irradiance over pi at each normal. Ramamoorthi and Hanrahan 2001, equation 11, divided by pi.

    Args:
        coefficients: (9, C) of radiance.
        normals: (..., 3) unit normals; zero vectors (no surface) get a value without meaning.

    Returns:
        (..., C) float32. It can be negative by a little where strong light comes from a small part of the sphere.
    """
    nine = np.asarray(coefficients, dtype=np.float64)
    values: FloatArray = (irradiance_basis(normals) @ nine).astype(np.float32)
    return values


def linear_band(coefficients: npt.ArrayLike) -> DoubleArray:
    """Band 1 as vectors (x, y, z): it points to where most light comes from. (9, C) -> (C, 3) float64."""
    nine = np.asarray(coefficients, dtype=np.float64)
    return np.stack([nine[3], nine[1], nine[2]], axis=-1)


def directional_harmonics(toward: npt.ArrayLike, color: npt.ArrayLike) -> DoubleArray:
    """Coefficients of a directional light.

    The light is a delta function whose irradiance over pi is `color` on a surface that faces it, so its coefficients
    are pi x color x Y(toward).

    Args:
        toward: (3,) unit vector from the scene to the light.
        color: (C,) irradiance over pi face on.

    Returns:
        (9, C) float64.
    """
    return np.pi * basis(toward)[:, None] * np.asarray(color, dtype=np.float64)[None, :]


def ambient_harmonics(color: npt.ArrayLike) -> DoubleArray:
    """Coefficients of equal radiance `color` (C,) from everywhere: (9, C) float64, band 0 only."""
    level = np.asarray(color, dtype=np.float64)
    nine = np.zeros((COUNT, level.shape[0]))
    nine[0] = level * np.sqrt(4.0 * np.pi)
    return nine


def project_samples(radiance: npt.ArrayLike, directions: npt.ArrayLike, weights: npt.ArrayLike) -> DoubleArray:
    """Coefficients of radiance known at directions: the sum of radiance x Y x solid angle.

    Args:
        radiance: (..., C).
        directions: (..., 3) unit.
        weights: (...) solid angles, steradians; their sum should be 4 pi.

    Returns:
        (9, C) float64.
    """
    values = np.asarray(radiance, dtype=np.float64)
    share = np.asarray(weights, dtype=np.float64)[..., None]
    functions = (basis(directions) * share).reshape(-1, COUNT)
    return np.asarray(functions.T @ values.reshape(-1, values.shape[-1]))


def latlong_directions(height: int, width: int) -> DoubleArray:
    """Unit direction through the centre of each texel of a latitude-longitude map, (height, width, 3).

    Row 0 is up (+Y). Column c sees azimuth phi = 2 pi (c + 0.5) / width with (sin phi, ., -cos phi): the middle of the
    map looks along +Z, its edges along -Z, and a quarter from the left along +X. `scene_generator.sky` has the same
    layout.
    """
    theta = (np.arange(height) + 0.5) / height * np.pi
    phi = (np.arange(width) + 0.5) / width * 2.0 * np.pi
    t, p = np.meshgrid(theta, phi, indexing="ij")
    return np.stack([np.sin(t) * np.sin(p), np.cos(t), -np.sin(t) * np.cos(p)], axis=-1)


def project_latlong(radiance: npt.ArrayLike) -> DoubleArray:
    """Coefficients of a latitude-longitude map laid out as `latlong_directions`.

    Rows weigh by their exact solid angle, the difference of the cosines of their edges, so that a constant map has
    exactly its band 0; the functions are taken at the texels' centres.

    Args:
        radiance: (H, W, C) scene-linear.

    Returns:
        (9, C) float64.

    Raises:
        BadSize: it is no picture.
    """
    values = np.asarray(radiance, dtype=np.float64)
    if values.ndim != 3 or 0 in values.shape:
        raise BadSize(f"an environment map of shape {values.shape}; height x width x channels is needed")
    height, width = values.shape[:2]
    edges = np.cos(np.arange(height + 1) / height * np.pi)
    solid = (edges[:-1] - edges[1:]) * (2.0 * np.pi / width)
    weights = np.broadcast_to(solid[:, None], (height, width))
    return project_samples(values, latlong_directions(height, width), weights)


def rotate_harmonics(coefficients: npt.ArrayLike, rotation: npt.ArrayLike) -> DoubleArray:
    """Coefficients of the environment turned by a rotation: what came from d comes from R d.

    A rotation maps each band onto itself, so fitting the turned functions at directions that determine all nine is
    exact to rounding; no formula for rotation matrices of harmonics is needed for so few.

    Args:
        coefficients: (9, C).
        rotation: (3, 3) rotation matrix for column vectors.

    Returns:
        (9, C) float64.
    """
    points = sphere_directions(64)
    matrix = np.asarray(rotation, dtype=np.float64)
    before = basis(points @ matrix)  # rows are R^-1 d
    values = before @ np.asarray(coefficients, dtype=np.float64)
    return np.asarray(np.linalg.lstsq(basis(points), values, rcond=None)[0])


def sphere_directions(count: int) -> DoubleArray:
    """`count` unit directions spread evenly over the sphere, (count, 3): a Fibonacci spiral.

    Gonzalez, "Measurement of Areas on a Sphere Using Fibonacci and Latitude-Longitude Lattices", Mathematical
    Geosciences 42, 2010, equations 1 and 2.
    """
    k = np.arange(count, dtype=np.float64)
    z = 1.0 - (2.0 * k + 1.0) / count
    ring = np.sqrt(1.0 - z * z)
    turn = k * (np.pi * (3.0 - np.sqrt(5.0)))
    return np.stack([ring * np.cos(turn), ring * np.sin(turn), z], axis=-1)
