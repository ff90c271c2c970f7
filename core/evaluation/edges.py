"""Where a reference's normals jump, and which pixels lie near such a place.

Fine structure is a small part of the pixels and hardly moves a mean over all of them, so it is measured by itself. A
pixel is at a *discontinuity* if the reference turns by more than `DISCONTINUITY` degrees between it and one of its four
neighbours, both trusted: creases, corners, silhouettes before another surface. The rim of what is trusted is none. A
pixel is *near* one if the centre of such a pixel is within `NEAR` pixels.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.normals import angular_error_degrees

__all__ = ["DISCONTINUITY", "NEAR", "discontinuities", "near_discontinuities"]

BoolArray = npt.NDArray[np.bool_]

DISCONTINUITY = 20.0
"""Degrees between neighbouring pixels. On a sphere it takes a radius of 3 pixels to reach it, so curved surfaces do not
count, and the noise of depth sensors after plane fitting rarely does."""

NEAR = 3
"""Pixels, centre to centre."""


def discontinuities(
    reference: npt.NDArray[np.float32], trusted: BoolArray, threshold: float = DISCONTINUITY
) -> BoolArray:
    """Pixels on either side of a jump.

    Args:
        reference: (H, W, 3) normals, of any length but zero where trusted.
        trusted: (H, W).
        threshold: degrees.

    Returns:
        (H, W); False where not trusted.
    """
    found = np.zeros(trusted.shape, bool)
    for first, second in (
        ((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
        ((slice(None, -1), slice(None)), (slice(1, None), slice(None))),
    ):
        jump = angular_error_degrees(reference[first], reference[second]) > threshold
        jump &= trusted[first] & trusted[second]
        found[first] |= jump
        found[second] |= jump
    return found


def near_discontinuities(
    reference: npt.NDArray[np.float32],
    trusted: BoolArray,
    threshold: float = DISCONTINUITY,
    distance: int = NEAR,
) -> BoolArray:
    """Trusted pixels within `distance` pixels (Euclidean, centre to centre) of a discontinuity.

    Args:
        reference, trusted, threshold: see `discontinuities`.
        distance: pixels, at least 0.

    Returns:
        (H, W).
    """
    seeds = discontinuities(reference, trusted, threshold)
    height, width = seeds.shape
    padded = np.pad(seeds, distance)
    near = np.zeros_like(seeds)
    for down in range(-distance, distance + 1):
        for right in range(-distance, distance + 1):
            if down * down + right * right <= distance * distance:
                near |= padded[distance + down : distance + down + height, distance + right : distance + right + width]
    return near & trusted
