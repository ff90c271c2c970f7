"""Light from a picture of the surroundings: nine harmonics for the diffuse part, blurred copies for reflections.

Diffuse: the picture's spherical harmonics up to order 2 (Ramamoorthi and Hanrahan, "An Efficient Representation for
Irradiance Environment Maps", SIGGRAPH 2001), from `core.relight.harmonics`. Specular: the first half of the split sum
of Karis, "Real Shading in Unreal Engine 4", SIGGRAPH 2013 course: for each of a few roughnesses the picture is averaged
with the GGX lobe seen straight on, by importance sampling of half vectors with samples read from smaller copies of the
picture as large as each sample's share of the sphere (Krivanek and Colbert, "Real-time Shading with Filtered Importance
Sampling", EGSR 2008).

Pictures are laid out as `core.relight.harmonics.latlong_directions`: the top row is +Y, the middle column +Z (behind
the camera), a quarter from the left +X, the left and right edges -Z.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from core.color import convert
from core.errors import BadConfig, BadSize
from core.image import SCENE_LINEAR, read_image
from core.relight.harmonics import COSINE, basis, project_latlong, rotate_harmonics
from core.relight.lights import EnvironmentLight, Light

__all__ = [
    "ROUGHNESSES",
    "Environment",
    "environment_of",
    "load_environments",
    "prepare_environment",
    "wrapped_bands",
]

FloatArray: TypeAlias = npt.NDArray[np.float32]
DoubleArray: TypeAlias = npt.NDArray[np.float64]

ROUGHNESSES = (0.0, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0)
"""Roughnesses of the blurred copies; between them they are mixed."""

_BRIGHTEST = 1e6


@dataclass(frozen=True, eq=False)
class Environment:
    """A picture made ready for lighting.

    Attributes:
        harmonics: (9, 3) float64, radiance.
        blurred: (levels, rows, 2 rows, 3) float32, radiance reflected by a lobe of each roughness of `ROUGHNESSES`.
    """

    harmonics: DoubleArray
    blurred: FloatArray

    def irradiance(self, normals: FloatArray, rotation: float = 0.0, wrap: float = 0.0) -> FloatArray:
        """Irradiance over pi at unit normals.

        Args:
            normals: (..., 3) float32.
            rotation: degrees about +Y, see `EnvironmentLight`.
            wrap: 0..1; the wrapped cosine takes the place of Lambert's, see `wrapped_bands`.

        Returns:
            (..., 3) float32; negative lobes of the harmonics are cut off at 0.
        """
        turned = rotate_harmonics(self.harmonics, _turn(rotation)) if rotation else self.harmonics
        nine = turned * (wrapped_bands(wrap) if wrap > 0.0 else COSINE)[:, None]
        values = basis(normals) @ nine
        return np.maximum(values, 0.0).astype(np.float32)

    def reflection(self, directions: FloatArray, roughness: FloatArray, rotation: float = 0.0) -> FloatArray:
        """Radiance that a lobe sees.

        Args:
            directions: (..., 3) float32 unit, the view mirrored at the normal.
            roughness: (..., 1) float32 or of size 1, 0..1.
            rotation: degrees about +Y.

        Returns:
            (..., 3) float32.
        """
        levels = np.interp(np.asarray(roughness), ROUGHNESSES, np.arange(len(ROUGHNESSES))).astype(np.float32)
        x, y, z = directions[..., 0], directions[..., 1], directions[..., 2]
        u = (np.arctan2(x, -z) / np.float32(2.0 * np.pi)).astype(np.float32) + np.float32(rotation / 360.0)
        v = (np.arccos(np.clip(y, -1.0, 1.0)) / np.float32(np.pi)).astype(np.float32)
        if levels.size == 1:  # one roughness for all: mix the copies once instead of at every pixel
            low = min(int(levels.ravel()[0]), len(ROUGHNESSES) - 2)
            share = np.float32(levels.ravel()[0] - low)
            return _sample(self.blurred[low] * (1.0 - share) + self.blurred[low + 1] * share, u, v)
        level = np.broadcast_to(levels[..., 0], u.shape)
        low_index = np.minimum(level.astype(np.int64), len(ROUGHNESSES) - 2)
        part = (level - low_index)[..., None].astype(np.float32)
        size = self.blurred.shape[1]
        stacked = self.blurred.reshape(-1, *self.blurred.shape[2:])
        sharper = _sample(stacked, u, v, size, low_index * size)
        blunter = _sample(stacked, u, v, size, (low_index + 1) * size)
        return np.asarray(sharper + (blunter - sharper) * part)


def load_environments(lights: Sequence[Light], color_space: str = SCENE_LINEAR) -> dict[str, Environment]:
    """Read and prepare the pictures of the enabled environment lights.

    Args:
        lights: any lights.
        color_space: scene-linear space that is lit in, to which pictures of other spaces are converted.

    Returns:
        By `EnvironmentLight.file`.

    Raises:
        FileMissing, UnreadableImage, BadChannels: the file.
        BadSize: it is not about twice as wide as high.
        BadConfig: its colour space, or `color_space`, is not in the configuration.
    """
    found: dict[str, Environment] = {}
    for light in lights:
        if isinstance(light, EnvironmentLight) and light.enabled and light.file not in found:
            image = read_image(light.file)
            try:
                rgb = convert(_bounded(image.rgb()), image.color_space, color_space)
            except BadConfig as error:
                raise BadConfig(f"{light.file}: {error}") from error
            if not 1.8 <= image.width / image.height <= 2.2:
                raise BadSize(
                    f"{light.file}: is {image.width}x{image.height}; a latitude-longitude picture is twice as wide as "
                    "high"
                )
            found[light.file] = prepare_environment(rgb)
    return found


def environment_of(light: EnvironmentLight, environments: Mapping[str, Environment]) -> Environment:
    """The prepared picture of a light.

    Raises:
        BadConfig: it is not among `environments`.
    """
    try:
        return environments[light.file]
    except KeyError:
        raise BadConfig(
            f"the picture {light.file!r} of the environment light {light.name!r} was not loaded; "
            "give `environments` from core.relight.environment.load_environments"
        ) from None


def prepare_environment(radiance: npt.ArrayLike, rows: int = 256) -> Environment:
    """Make a picture ready for lighting; takes a second or two.

    Args:
        radiance: (H, W, 3) scene-linear, layout as the module says. NaN and negative values count as 0, values above
            1e6 as 1e6, infinite ones as the brightest finite one: a sun that outgrew its file stays a sun.
        rows: of the copies; 256 is 0.7 degrees a texel, finer than any lobe but the mirror's.

    Raises:
        BadSize: it is no picture.
    """
    picture = np.asarray(radiance, dtype=np.float32)
    if picture.ndim != 3 or picture.shape[2] != 3 or 0 in picture.shape:
        raise BadSize(f"an environment of shape {picture.shape}; height x width x 3 is needed")
    picture = np.clip(_bounded(picture), 0.0, _BRIGHTEST)
    whole = _resized(picture, rows)
    copies = [whole]
    for roughness in ROUGHNESSES[1:]:
        # A wide lobe needs few texels.
        enough = rows if roughness <= 0.1 else rows // 2 if roughness <= 0.3 else max(rows // 4, 32)
        copies.append(_resized(_blur(_resized(whole, enough), roughness), rows))
    return Environment(project_latlong(_resized(picture, 2 * rows)), np.stack(copies))


def wrapped_bands(wrap: float) -> DoubleArray:
    """What the normalised wrapped cosine of `core.relight.brdf.wrapped_cosine` leaves of each coefficient, over pi.

    The integral of (c + w) / (1 + w)^2 P_l(c) from -w to 1, times 2: 1, (2 - w) / 3, (1 - w)^2 / 4 for l = 0, 1, 2
    (Sloan, Nowrouzezahrai, Yuan, "Wrap Shading", Journal of Graphics, GPU and Game Tools 15(4), 2011, has the same for
    its own normalisation). With w = 0 this is `core.relight.harmonics.COSINE`.
    """
    first, second = (2.0 - wrap) / 3.0, (1.0 - wrap) ** 2 / 4.0
    return np.array([1.0, *[first] * 3, *[second] * 5])


def _bounded(radiance: npt.ArrayLike) -> FloatArray:
    """Every value finite. Converted to other primaries, an infinite one would be NaN in all three."""
    light = np.asarray(radiance, np.float32)
    brightest = float(np.max(light, initial=0.0, where=np.isfinite(light)))
    return np.asarray(np.nan_to_num(light, nan=0.0, posinf=brightest, neginf=0.0), np.float32)


def _blur(picture: FloatArray, roughness: float) -> FloatArray:
    """The picture averaged with the GGX lobe seen straight on (n = v), weighted by n.l; of the picture's size.

    With n = v the density of reflected directions is D(h) / 4 and (n.h)^2 = (1 + n.l) / 2. On a latitude-longitude
    grid the lobe of a row is the same in every column, so that a row is a sum of circular convolutions.
    """
    rows, columns = picture.shape[:2]
    theta = (np.arange(rows) + 0.5) / rows * np.pi
    sine, cosine = np.sin(theta), np.cos(theta)
    turn = np.cos(np.arange(columns) / columns * 2.0 * np.pi)
    spectrum = np.fft.rfft(picture.astype(np.float64), axis=1)
    alpha_squared = roughness**4
    # Beyond this angle lies less than a hundredth of a narrow lobe.
    reach = min(rows, max(8, math.ceil(24.0 * roughness * roughness / np.pi * rows)))
    out = np.empty((rows, columns, 3))
    for row in range(rows):
        near = slice(max(0, row - reach), min(rows, row + reach + 1))
        n_dot_l = cosine[row] * cosine[near, None] + sine[row] * sine[near, None] * turn
        lean = 0.5 * (1.0 - n_dot_l)  # sin^2 of the angle between n and h
        density = (alpha_squared / (alpha_squared * (1.0 - lean) + lean)) ** 2
        lobe = density * np.maximum(n_dot_l, 0.0) * sine[near, None]
        shape = np.fft.rfft(lobe / lobe.sum(), axis=1)
        out[row] = np.fft.irfft(np.sum(shape[..., None] * spectrum[near], axis=0), n=columns, axis=0)
    return np.maximum(out, 0.0).astype(np.float32)


def _sample(
    picture: FloatArray,
    u: FloatArray,
    v: FloatArray,
    rows: int | None = None,
    first_row: npt.NDArray[np.int64] | int = 0,
) -> FloatArray:
    """Bilinear, round in `u` (any number of turns), across the poles in `v` (0..1). (..., 3)."""
    height, width = picture.shape[0] if rows is None else rows, picture.shape[1]
    x = (u - np.floor(u)) * np.float32(width) - np.float32(0.5)
    y = np.clip(v, 0.0, 1.0) * np.float32(height) - np.float32(0.5)
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    fx, fy = (x - left).astype(np.float32)[..., None], (y - top).astype(np.float32)[..., None]
    lines = []
    for row in (top, top + 1):
        # Over a pole lies the same row on the other side.
        beyond = (row < 0) | (row >= height)
        column = left + np.where(beyond, width // 2, 0)
        line = np.clip(row, 0, height - 1) + first_row
        lines.append(picture[line, column % width] * (1 - fx) + picture[line, (column + 1) % width] * fx)
    value: FloatArray = lines[0] * (1 - fy) + lines[1] * fy
    return value


def _resized(picture: FloatArray, rows: int) -> FloatArray:
    """To rows x 2 rows: averaged down by solid angle, or read bilinearly where it is smaller."""
    height, width = picture.shape[:2]
    if height <= rows or width <= 2 * rows:
        if (height, width) == (rows, 2 * rows):
            return picture
        return _enlarged(picture, rows)
    edges = np.cos(np.arange(height + 1) / height * np.pi)
    solid = (edges[:-1] - edges[1:])[:, None, None]
    tall = _shrunk(picture * solid, rows, 0) / _shrunk(solid, rows, 0)
    small: FloatArray = (_shrunk(tall, 2 * rows, 1) / (width / (2 * rows))).astype(np.float32)
    return small


def _shrunk(values: npt.NDArray[np.floating], count: int, axis: int) -> DoubleArray:
    """Sums over `count` equal stretches of an axis, texels on a border shared out."""
    size = values.shape[axis]
    zero = np.zeros_like(np.take(values, [0], axis=axis), dtype=np.float64)
    running = np.concatenate([zero, np.cumsum(values, axis=axis, dtype=np.float64)], axis=axis)
    places = np.arange(count + 1) * (size / count)
    low = np.minimum(places.astype(np.int64), size - 1)
    share = (places - low).reshape([-1 if index == axis else 1 for index in range(values.ndim)])
    at = np.take(running, low, axis=axis) * (1.0 - share) + np.take(running, low + 1, axis=axis) * share
    return np.asarray(np.diff(at, axis=axis))


def _enlarged(picture: FloatArray, rows: int) -> FloatArray:
    u = ((np.arange(2 * rows) + 0.5) / (2 * rows)).astype(np.float32)
    v = ((np.arange(rows) + 0.5) / rows).astype(np.float32)
    across, down = np.broadcast_arrays(u[None, :], v[:, None])
    return _sample(picture, across, down)


def _turn(degrees: float) -> DoubleArray:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])
