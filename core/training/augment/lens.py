"""What a lens does to light before it meets film or a sensor. Everything here is scene-linear, in and out.

Blurs are made on light, not on encoded values: a highlight far above white then keeps its energy and opens into a
bright disc or streak, as it does in a camera.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["Optics", "aberrate", "aperture_kernel", "convolve", "soften", "streak_kernel", "vignette"]

FloatArray = npt.NDArray[np.float32]
_FINE = 8


@dataclass(frozen=True)
class Optics:
    """Where the lens sits above a window of a frame.

    Attributes:
        axis: (x, y) at which the optical axis meets the window, pixels of the window from its top left corner; outside
            the window for some crops.
        reach: distance from the axis to the corner of the whole frame, pixels of the window; above 0.
    """

    axis: tuple[float, float]
    reach: float

    @classmethod
    def centred(cls, height: int, width: int) -> Optics:
        """Of a picture that is a whole frame."""
        return cls((width / 2.0, height / 2.0), math.hypot(width, height) / 2.0)


def aperture_kernel(radius: float, blades: int = 0, turn: float = 0.0) -> FloatArray:
    """The image of a point out of focus: the shape of the aperture, evenly lit.

    Args:
        radius: of the circle, or of the one around the polygon, pixels; above 0.
        blades: sides of the polygon, from 3; 0 is a circle.
        turn: angle of the first corner, radians.

    Returns:
        (K, K) float32, K odd, sum 1; edges are smoothed over one pixel.
    """
    half = math.ceil(radius - 0.5) if radius > 0.5 else 0
    side = 2 * half + 1
    steps = (np.arange(side * _FINE) + 0.5) / _FINE - side / 2.0
    x, y = np.meshgrid(steps, steps)
    away = np.hypot(x, y)
    if blades:
        sector = 2.0 * math.pi / blades
        within = np.mod(np.arctan2(y, x) - turn, sector) - sector / 2.0
        inside = away * np.cos(within) <= radius * math.cos(sector / 2.0)
    else:
        inside = away <= radius
    kernel = inside.reshape(side, _FINE, side, _FINE).mean(axis=(1, 3))
    if kernel.sum() == 0.0:  # smaller than a sample of the fine grid
        kernel[half, half] = 1.0
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)


def streak_kernel(length: float, angle: float) -> FloatArray:
    """A straight, even motion during the exposure.

    Args:
        length: pixels.
        angle: radians.

    Returns:
        (K, K) float32, K odd, sum 1.
    """
    side = 2 * math.ceil(length / 2.0) + 1
    along = np.linspace(-length / 2.0, length / 2.0, 4 * side)
    column = np.clip(np.rint(side // 2 + along * math.cos(angle)), 0, side - 1).astype(int)
    row = np.clip(np.rint(side // 2 + along * math.sin(angle)), 0, side - 1).astype(int)
    kernel = np.zeros((side, side), np.float32)
    np.add.at(kernel, (row, column), 1.0)
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)


def convolve(light: FloatArray, kernel: FloatArray) -> FloatArray:
    """Spread every point of (H, W, 3) light over a kernel of sum 1; the picture goes on as its mirror image outside."""
    turned = np.ascontiguousarray(kernel[::-1, ::-1])  # OpenCV correlates
    spread = cv2.filter2D(light, -1, turned)
    # Large kernels go through a Fourier transform, whose rounding can fall below zero beside a highlight.
    return np.asarray(np.maximum(spread, 0.0), dtype=np.float32)


def soften(light: FloatArray, sigma: float) -> FloatArray:
    """A soft lens: a Gaussian of standard deviation `sigma` pixels over (H, W, 3) light."""
    return np.asarray(cv2.GaussianBlur(light, (0, 0), sigma), dtype=np.float32)


def aberrate(light: FloatArray, percent: float, optics: Optics) -> FloatArray:
    """Lateral chromatic aberration: red and blue are imaged at another size than green.

    Args:
        light: (H, W, 3).
        percent: red is magnified by this about the optical axis, blue is shrunk as much; may be negative.
        optics: where the axis is.
    """
    height, width = light.shape[:2]
    x, y = optics.axis[0] - 0.5, optics.axis[1] - 0.5  # OpenCV counts from pixel centres
    bent = light.copy()
    for channel, growth in ((0, percent / 100.0), (2, -percent / 100.0)):
        back = 1.0 / (1.0 + growth)
        matrix = np.array([[back, 0.0, x * (1.0 - back)], [0.0, back, y * (1.0 - back)]])
        bent[..., channel] = cv2.warpAffine(
            np.ascontiguousarray(light[..., channel]),
            matrix,
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    return bent


def vignette(light: FloatArray, stops: float, optics: Optics) -> FloatArray:
    """Darken (H, W, 3) light away from the axis, by `stops` in the corner of the whole frame.

    The fourth power of the cosine of the angle to the axis (the natural light falloff of a simple lens, in any optics
    textbook), at the focal length that gives the loss asked for: with r as a share of the distance to the corner,
    1 / (1 + q r^2)^2 where q = 2^(stops / 2) - 1.
    """
    height, width = light.shape[:2]
    x = ((np.arange(width) + 0.5 - optics.axis[0]) / optics.reach).astype(np.float32)
    y = ((np.arange(height) + 0.5 - optics.axis[1]) / optics.reach).astype(np.float32)
    squared = x[None, :] ** 2 + y[:, None] ** 2
    falloff = (1.0 + np.float32(2.0 ** (stops / 2.0) - 1.0) * squared) ** -2
    return np.asarray(light * falloff[..., None], dtype=np.float32)
