"""Where a reference's normals turn sharply, and which pixels lie near such a place.

Fine structure is a small part of the pixels and hardly moves a mean over all of them, so it is measured by itself. A
*discontinuity* is a place where the reference turns by more than `DISCONTINUITY` degrees, along a row or a column,
either between neighbouring pixels or over `SPAN` pixels: creases, corners, the outline of one surface before another.
The second case is for references from depth sensors, whose plane fits smear a crease over some pixels, or leave the
crease itself untrusted. Only trusted pixels are compared, so the rim of what is trusted is no discontinuity.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.normals import angular_error_degrees

__all__ = ["DISCONTINUITY", "NEAR", "SPAN", "near_discontinuities"]

BoolArray = npt.NDArray[np.bool_]

DISCONTINUITY = 20.0
"""Degrees. A sphere turns that far over `SPAN` pixels only if its radius is below 12 pixels."""

SPAN = 4
"""Pixels from one end of a smeared discontinuity to the other."""

NEAR = 3
"""Pixels on either side of a sharp crease that count as near it."""


def near_discontinuities(
    reference: npt.NDArray[np.float32], trusted: BoolArray, threshold: float = DISCONTINUITY
) -> BoolArray:
    """Trusted pixels near a discontinuity.

    On either side of a straight, sharp crease these are the nearest `NEAR` pixels; a crease that is smeared over `SPAN`
    pixels gives a band of about the same width.

    Args:
        reference: (H, W, 3) normals, of any length but zero where trusted.
        trusted: (H, W).
        threshold: degrees.

    Returns:
        (H, W).
    """
    sharp = np.zeros(trusted.shape, bool)
    smeared = np.zeros(trusted.shape, bool)
    for axis in (0, 1):
        jump = _jumps(reference, trusted, threshold, 1, axis)
        sharp[_cut(axis, 0, -1)] |= jump
        sharp[_cut(axis, 1, None)] |= jump
        if trusted.shape[axis] > SPAN:
            smeared[_cut(axis, SPAN // 2, -(SPAN // 2))] |= _jumps(reference, trusted, threshold, SPAN, axis)
    # A pixel beside a sharp crease is already one step from it; the middle of a span reaches half of the span.
    return (_grown(sharp, NEAR - 1) | _grown(smeared, NEAR - SPAN // 2)) & trusted


def _jumps(reference: npt.NDArray[np.float32], trusted: BoolArray, threshold: float, gap: int, axis: int) -> BoolArray:
    first, second = _cut(axis, 0, -gap), _cut(axis, gap, None)
    turned = angular_error_degrees(reference[first], reference[second]) > threshold
    return np.asarray(turned & trusted[first] & trusted[second], bool)


def _cut(axis: int, start: int, stop: int | None) -> tuple[slice, ...]:
    return (slice(start, stop), slice(None)) if axis == 0 else (slice(None), slice(start, stop))


def _grown(seeds: BoolArray, distance: int) -> BoolArray:
    """Pixels whose centre is within `distance` of that of a seed."""
    height, width = seeds.shape
    padded = np.pad(seeds, distance)
    grown = np.zeros_like(seeds)
    for down in range(-distance, distance + 1):
        for right in range(-distance, distance + 1):
            if down * down + right * right <= distance * distance:
                grown |= padded[distance + down : distance + down + height, distance + right : distance + right + width]
    return grown
