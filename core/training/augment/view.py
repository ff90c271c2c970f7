"""The geometric half of augmentation: another window, roll or mirror image of the same view.

Such a change is a change of camera. Rays and normals are moved along with the pixels, so that a sample stays a true
picture of a true surface: the angle between a pixel's ray and its normal is what it was.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core.training.augment.lens import Optics

__all__ = ["View", "random_view", "whole_view"]

FloatArray = npt.NDArray[np.float32]
_SUPERSAMPLE_FROM = 1.25


@dataclass(frozen=True)
class View:
    """A square window onto an image.

    Attributes:
        centre: (x, y) of its middle in the image, pixels from the top left corner.
        side: length of its side, pixels of the image.
        roll: angle by which it is turned in the image plane, radians.
        mirrored: whether left and right are exchanged.
    """

    centre: tuple[float, float]
    side: float
    roll: float = 0.0
    mirrored: bool = False

    def turn(self) -> npt.NDArray[np.float64]:
        """(2, 2): a direction in the window (x right, y down) to the same direction in the image."""
        c, s = math.cos(self.roll), math.sin(self.roll)
        return np.array([[c, -s], [s, c]]) @ np.diag([-1.0 if self.mirrored else 1.0, 1.0])

    def sample(self, image: npt.NDArray[Any], size: int) -> FloatArray:
        """The image as the window sees it, bilinear, averaged where it shrinks; 0 outside the image.

        Args:
            image: (H, W) or (H, W, C), C at most 4; any kind of number.
            size: height and width of the result, pixels.

        Returns:
            (size, size) or (size, size, C) float32.
        """
        shrink = self.side / size
        fine = math.ceil(shrink) if shrink > _SUPERSAMPLE_FROM else 1
        count = size * fine
        matrix = self.turn() * (self.side / count)
        # Pixel i covers i..i+1, its centre is i + 0.5; OpenCV counts from centres.
        offset = np.array(self.centre) - matrix @ np.array([count / 2.0 - 0.5] * 2) - 0.5
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        seen = cv2.warpAffine(
            image.astype(np.float32), np.column_stack([matrix, offset]), (count, count), flags=flags, borderValue=0
        )
        if fine > 1:
            seen = cv2.resize(seen, (size, size), interpolation=cv2.INTER_AREA)
        return np.asarray(seen, dtype=np.float32)

    def slopes(self, size: int, width: int, height: int, focal: float) -> FloatArray:
        """Ray slopes of the window's pixels, in the camera space of the window.

        Args:
            size: as for `sample`.
            width, height: of the image, pixels.
            focal: focal length of the image's camera, pixels.

        Returns:
            (size, size, 2) float32: x to the right, y up; tangents.
        """
        steps = (np.arange(size) + 0.5) / size - 0.5
        grid = np.stack(np.meshgrid(steps * self.side, steps * self.side), axis=-1)  # x right, y down
        # Window directions are the image's, turned back; so is the way from the optical axis to the window's centre.
        axis = np.array([self.centre[0] - width / 2.0, self.centre[1] - height / 2.0])
        offset = axis @ self.turn()
        found: FloatArray = ((grid + offset) / focal * np.array([1.0, -1.0])).astype(np.float32)
        return found

    def optics(self, size: int, width: int, height: int) -> Optics:
        """Where the lens of the image's camera sits above the window.

        Args:
            size: as for `sample`.
            width, height: of the image, pixels; the optical axis goes through its middle.
        """
        scale = size / self.side
        away = np.array([width / 2.0 - self.centre[0], height / 2.0 - self.centre[1]]) @ self.turn() * scale
        axis = (size / 2.0 + float(away[0]), size / 2.0 + float(away[1]))
        return Optics(axis, math.hypot(width, height) / 2.0 * scale)

    def turn_normals(self, normals: FloatArray) -> FloatArray:
        """Normals in the image's camera space -> the window's camera space.

        Args:
            normals: (H, W, 3), +X right, +Y up.

        Returns:
            The same shape and lengths.
        """
        matrix = np.eye(3, dtype=np.float32)
        down = np.diag([1.0, -1.0])
        matrix[:2, :2] = down @ self.turn() @ down
        # Rows times the matrix: the inverse of the turn, as it is orthogonal.
        turned: FloatArray = normals @ matrix
        return turned


def whole_view(width: int, height: int) -> View:
    """The largest centred square window."""
    return View((width / 2.0, height / 2.0), float(min(width, height)))


def random_view(
    rng: np.random.Generator, width: int, height: int, *, smallest: float, roll_degrees: float, roll_chance: float
) -> View:
    """A random window that lies inside the image.

    Args:
        rng: the sample's generator.
        width, height: of the image, pixels.
        smallest: side of the smallest window, as a share of the image's short side, 0..1.
        roll_degrees: largest roll to either side.
        roll_chance: share of windows that roll at all.
    """
    short = min(width, height)
    side = short * rng.uniform(smallest, 1.0)
    roll = math.radians(rng.uniform(-roll_degrees, roll_degrees)) if rng.random() < roll_chance else 0.0
    room = abs(math.cos(roll)) + abs(math.sin(roll))
    side = min(side, short / room)
    half = side * room / 2.0
    x = rng.uniform(half, width - half) if width > 2 * half else width / 2.0
    y = rng.uniform(half, height - half) if height > 2 * half else height / 2.0
    return View((float(x), float(y)), float(side), roll, bool(rng.random() < 0.5))
