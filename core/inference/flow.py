"""Where each pixel of a frame was in another one: dense optical flow, coarse to fine.

At each scale every pixel solves the Lucas-Kanade equations of its neighbourhood and moves a step, a few times over
(B. Lucas and T. Kanade, "An Iterative Image Registration Technique", 1981; coarse to fine after J. Bergen et al.,
"Hierarchical Model-Based Motion Estimation", 1992). A median filter between scales keeps the borders of moving things
(D. Sun, S. Roth and M. Black, "Secrets of Optical Flow Estimation and Their Principles", 2010). Whatever it still gets
wrong, the check forward and back finds (N. Sundaram, T. Brox and K. Keutzer, "Dense Point Trajectories by
GPU-Accelerated Large Displacement Optical Flow", 2010). Only numpy; made for the few hundred rows that a network sees,
not for full plates.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.inference.blur import box_mean
from core.inference.resample import PlateShrinker

__all__ = ["consistent", "grid", "optical_flow", "sample"]

FloatArray = npt.NDArray[np.float32]

_SMALLEST = 12
_STEPS = 4
_RADIUS = 3
_DAMPING = 2e-4  # about the squared slopes that grain makes: below them the neighbourhood decides
_LONGEST_STEP = 1.5


def optical_flow(first: FloatArray, second: FloatArray) -> FloatArray:
    """Movement of each pixel of `first` to its place in `second`.

    Follows up to about a tenth of the shorter side. Where nothing can be told (no texture, hidden pixels) the
    neighbourhood's or the coarser scale's movement stands; `consistent` tells which.

    Args:
        first, second: (H, W) brightness, about 0..1, finite, of one size.

    Returns:
        (H, W, 2) float32 pixels, x to the right and y *down*: `second[y + v, x + u]` shows `first[y, x]`.

    Raises:
        ValueError: the sizes differ.
    """
    if first.shape != second.shape:
        raise ValueError(f"frames of {first.shape} and {second.shape} pixels; flow needs one size")
    scales = [(np.asarray(first, np.float32), np.asarray(second, np.float32))]
    while min(scales[-1][0].shape) >= 2 * _SMALLEST:
        scales.append((_half(scales[-1][0]), _half(scales[-1][1])))
    flow = np.zeros((*scales[-1][0].shape, 2), dtype=np.float32)
    for before, after in reversed(scales):
        # A little blur takes grain away, and what linear interpolation between pixels would get wrong.
        before, after = box_mean(before, 1), box_mean(after, 1)
        if flow.shape[:2] != before.shape:
            flow = _grown(flow, before.shape[0], before.shape[1])
        flow = _refined(before, after, flow)
    return flow


def sample(field: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """Bilinear values of a field at places between its pixels, edges held.

    Args:
        field: (H, W) or (H, W, C).
        x, y: (h, w) columns and rows, pixel centres at whole numbers.

    Returns:
        (h, w) or (h, w, C) float32.
    """
    height, width = field.shape[:2]
    column = np.clip(x, 0.0, width - 1.0)
    row = np.clip(y, 0.0, height - 1.0)
    left, top = column.astype(np.intp), row.astype(np.intp)
    across, down = (column - left).astype(np.float32), (row - top).astype(np.float32)
    if field.ndim == 3:
        across, down = across[..., None], down[..., None]
    flat = np.ascontiguousarray(field).reshape(height * width, *field.shape[2:])
    index = top * width + left
    # The neighbour beyond the last row or column has weight 0; any valid index serves.
    right = np.where(left + 1 < width, 1, 0)
    below = np.where(top + 1 < height, width, 0)
    upper = flat[index] * (1.0 - across) + flat[index + right] * across
    index = index + below
    lower = flat[index] * (1.0 - across) + flat[index + right] * across
    return np.asarray(upper * (1.0 - down) + lower * down, dtype=np.float32)


def grid(height: int, width: int) -> tuple[FloatArray, FloatArray]:
    """Column and row of each pixel, (height, width) float32 each."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return x, y


def consistent(flow: FloatArray, back: FloatArray) -> FloatArray:
    """How far a movement and the one back cancel, as they do unless a pixel is hidden or the flow is wrong.

    `exp(-(d^2 / (0.02 m^2 + 0.5))^2)` with the distance d between a pixel and where both movements take it, and m^2 the
    sum of their squared lengths (Sundaram et al. 2010 use the same bound as a threshold); 0 where the movement leaves
    the picture.

    Args:
        flow: (H, W, 2) from one frame to another.
        back: (H, W, 2) from the other frame to the one.

    Returns:
        (H, W) float32, 0..1.
    """
    height, width = flow.shape[:2]
    x, y = grid(height, width)
    there_x, there_y = x + flow[..., 0], y + flow[..., 1]
    returned = sample(back, there_x, there_y)
    distance = np.sum((flow + returned) ** 2, axis=-1)
    scale = 0.02 * (np.sum(flow**2, axis=-1) + np.sum(returned**2, axis=-1)) + 0.5
    inside = (there_x > -0.5) & (there_x < width - 0.5) & (there_y > -0.5) & (there_y < height - 0.5)
    return np.where(inside, np.exp(-((distance / scale) ** 2)), 0.0).astype(np.float32)


def _refined(before: FloatArray, after: FloatArray, flow: FloatArray) -> FloatArray:
    height, width = before.shape
    x, y = grid(height, width)
    for _ in range(_STEPS):
        warped = sample(after, x + flow[..., 0], y + flow[..., 1])
        middle = 0.5 * (warped + before)
        across, down = _slope(middle, 1), _slope(middle, 0)
        # Each neighbour's equation is taken at its own movement, so that a window solves for one movement of its own.
        change = warped - before - across * flow[..., 0] - down * flow[..., 1]
        products = np.stack([across * across, across * down, down * down, across * change, down * change], axis=-1)
        xx, xy, yy, xt, yt = np.moveaxis(box_mean(box_mean(products, _RADIUS), 1), -1, 0)
        held = box_mean(flow, _RADIUS)
        xx, yy = xx + _DAMPING, yy + _DAMPING
        xt, yt = xt - _DAMPING * held[..., 0], yt - _DAMPING * held[..., 1]
        solved = np.stack([xy * yt - yy * xt, xy * xt - xx * yt], axis=-1) / (xx * yy - xy * xy)[..., None]
        step = solved - flow
        length = np.sqrt(np.sum(step * step, axis=-1, keepdims=True))
        flow = flow + step * np.minimum(1.0, _LONGEST_STEP / np.maximum(length, 1e-6))
    return _median(flow)


def _slope(values: FloatArray, axis: int) -> FloatArray:
    """Central differences, halved one-sided ones at the border; zero along an axis of one pixel."""
    padded = np.pad(values, [(1, 1) if index == axis else (0, 0) for index in range(2)], mode="edge")
    size = values.shape[axis]
    ahead = padded.take(range(2, size + 2), axis=axis)
    return np.asarray(0.5 * (ahead - padded.take(range(size), axis=axis)), dtype=np.float32)


def _median(flow: FloatArray) -> FloatArray:
    height, width = flow.shape[:2]
    padded = np.pad(flow, ((1, 1), (1, 1), (0, 0)), mode="edge")
    shifted = [padded[row : row + height, column : column + width] for row in range(3) for column in range(3)]
    return np.asarray(np.partition(np.stack(shifted), 4, axis=0)[4])


def _half(image: FloatArray) -> FloatArray:
    height, width = image.shape
    shrinker = PlateShrinker(height, width, (height + 1) // 2, (width + 1) // 2, channels=1)
    shrinker.add(box_mean(image, 1)[..., None])
    return shrinker.result()[..., 0]


def _grown(flow: FloatArray, height: int, width: int) -> FloatArray:
    x, y = grid(height, width)
    scale_x, scale_y = flow.shape[1] / width, flow.shape[0] / height
    grown = sample(flow, (x + 0.5) * scale_x - 0.5, (y + 0.5) * scale_y - 0.5)
    return np.asarray(grown / np.array([scale_x, scale_y]), dtype=np.float32)
