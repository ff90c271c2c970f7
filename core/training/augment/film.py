"""What film and sensors add to light while they record it. Everything here is scene-linear, in and out."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from core.color import linear_to_srgb

__all__ = ["add_grain", "add_noise", "balance", "halate"]

FloatArray = npt.NDArray[np.float32]

_WHITE = 1.0
_MID_GREY = 0.18
_BRIGHTEST_GLOW = 8.0  # film saturates: a lamp a thousand times brighter does not glow a thousand times more
_READ_NOISE = 0.1  # of the noise of mid grey
_SMALLER = 4
_PATH = np.array([0.6, 0.3, 0.1], np.float32)  # blue is stopped by the yellow filter layer, red passes to the base


def halate(light: FloatArray, strength: float, sigma: float, tint: tuple[float, float, float]) -> FloatArray:
    """Halation: what is brighter than white goes through the film, is reflected by its back, and exposes it again.

    The red-sensitive layer lies deepest and gets most of it, hence the red halo. The weights are choices, not measured
    on a stock.

    Args:
        light: (H, W, 3), exposed so that white is 1.
        strength: part of the light above white (up to 8) that comes back.
        sigma: standard deviation of the core of the halo, pixels; it has a tail of 2.5 times that.
        tint: red, green and blue share of it.
    """
    above = np.clip(light - np.float32(_WHITE), 0.0, _BRIGHTEST_GLOW) @ _PATH
    if not above.any():
        return light
    height, width = above.shape
    small = cv2.resize(
        above, (max(1, width // _SMALLER), max(1, height // _SMALLER)), interpolation=cv2.INTER_AREA
    )  # so wide a blur shows no detail
    core, tail = (
        cv2.GaussianBlur(small, (0, 0), scale * sigma / _SMALLER, borderType=cv2.BORDER_REPLICATE)
        for scale in (1.0, 2.5)
    )
    halo = cv2.resize(0.6 * core + 0.4 * tail, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(light + np.float32(strength) * halo[..., None] * np.asarray(tint, np.float32), dtype=np.float32)


def add_noise(light: FloatArray, relative: float, rng: np.random.Generator) -> FloatArray:
    """Noise of a sensor: photons, whose variance grows with the light, and reading, which is the same everywhere.

    Args:
        light: (H, W, 3), exposed so that mid grey is 0.18; not negative.
        relative: standard deviation of the photon noise of mid grey as a part of mid grey, 1 / signal-to-noise ratio.
        rng: draws (H, W, 3) normal numbers: the normal limit of the Poisson distribution.

    Returns:
        The same shape; dark pixels may be negative.
    """
    read = (_READ_NOISE * relative * _MID_GREY) ** 2
    deviation = np.sqrt(np.float32(relative**2 * _MID_GREY) * light + np.float32(read))
    return np.asarray(light + deviation * rng.standard_normal(light.shape, dtype=np.float32), dtype=np.float32)


def add_grain(light: FloatArray, strength: float, sigma: float, rng: np.random.Generator) -> FloatArray:
    """Film grain: clumps of a size, each channel its own, most visible in the mid-tones.

    Grain is a change of density, so light is multiplied by exp(g w): g is noise smoothed over `sigma` pixels, of
    standard deviation `strength`; w = 8.8 (1 - v) with v the sRGB-encoded value makes it about 4 v (1 - v) strong in
    encoded values (d ln L is about 2.2 d v / v): 1 at v = 0.5, and 0 in black and in white.

    Args:
        light: (H, W, 3).
        strength: standard deviation at v = 0.5, in encoded values.
        sigma: pixels, above 0.
        rng: draws (H, W, 3) normal numbers.
    """
    side = 2 * int(np.ceil(3.0 * sigma)) + 1
    line = cv2.getGaussianKernel(side, sigma)
    noise = rng.standard_normal(light.shape, dtype=np.float32)
    # The sum of squares in each direction is what smoothing leaves of the deviation.
    clumps = cv2.sepFilter2D(noise, -1, line, line) / np.float32((line**2).sum())
    encoded = linear_to_srgb(np.clip(light, 0.0, 1.0))
    return np.asarray(light * np.exp(np.float32(8.8 * strength) * clumps * (1.0 - encoded)), dtype=np.float32)


def balance(light: FloatArray, gains: npt.ArrayLike) -> FloatArray:
    """White balance: multiply the channels of (H, W, 3) light by three gains."""
    return np.asarray(light * np.asarray(gains, np.float32), dtype=np.float32)
