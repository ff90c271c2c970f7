"""The small pictures of an evaluation: plate, reference, prediction, error, and confidence where there is one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.color import network_view
from core.evaluation.pairs import Pair
from core.normals import angular_error_degrees, encode_8bit

__all__ = ["HOTTEST", "PANELS", "heat", "panels"]

Picture = npt.NDArray[np.uint8]

PANELS = ("plate", "reference", "prediction", "error")
"""From the left; a model with confidence adds it on the right, black 0 and white 1."""

HOTTEST = 60.0
"""Degrees: errors of this size and more have the last colour of `heat`."""

_SIDE = 224
_UNTRUSTED = (44, 50, 62)
# Dark to light all the way, so that the order of two errors can be told without colour.
_HEAT = np.array(
    [[4, 6, 40], [70, 20, 110], [170, 40, 90], [240, 110, 40], [255, 205, 70], [255, 255, 230]], np.float64
)


def heat(degrees: npt.ArrayLike) -> Picture:
    """Colours of errors: dark blue at 0, then purple, red, orange, yellow, white at `HOTTEST` degrees.

    Args:
        degrees: (...) 0..180.

    Returns:
        (..., 3) uint8.
    """
    place = np.clip(np.asarray(degrees, np.float64) / HOTTEST, 0.0, 1.0) * (len(_HEAT) - 1)
    channels = [np.interp(place, np.arange(len(_HEAT)), _HEAT[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def panels(
    pair: Pair, predicted: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32] | None = None
) -> Picture:
    """Draw one image of an evaluation, its longer side brought down to 224 pixels.

    Args:
        pair: plate and reference.
        predicted: (H, W, 3) normals.
        confidence: (H, W), 0..1, or None.

    Returns:
        (h, 4 w, 3) uint8, or (h, 5 w, 3) with confidence: see `PANELS`. Where the reference is not trusted it is black
        and the error slate.
    """
    height, width = pair.plate.shape[:2]
    shrink = max(1.0, max(height, width) / _SIDE)
    rows = (np.arange(round(height / shrink)) * shrink + shrink / 2).astype(int).clip(0, height - 1)
    columns = (np.arange(round(width / shrink)) * shrink + shrink / 2).astype(int).clip(0, width - 1)
    at = np.ix_(rows, columns)
    trusted = pair.trusted[at][..., None]
    shown = (network_view(pair.plate[at]) * 255).round().astype(np.uint8)
    reference = np.where(trusted, encode_8bit(pair.reference[at]), 0).astype(np.uint8)
    error = np.where(trusted, heat(angular_error_degrees(predicted[at], pair.reference[at])), _UNTRUSTED)
    drawn = [shown, reference, encode_8bit(predicted[at]), error.astype(np.uint8)]
    if confidence is not None:
        grey = (np.clip(np.nan_to_num(confidence[at]), 0.0, 1.0) * 255).round().astype(np.uint8)
        drawn.append(np.repeat(grey[..., None], 3, axis=2))
    return np.hstack(drawn)
