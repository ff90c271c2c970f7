"""Whether a beauty and its data passes lie on each other: the whole-pixel shift between their edges.

A renderer that samples the film of the two differently by a pixel or more gives training pairs that teach a network to
be wrong at every outline, and no look at either picture alone shows it. Both pictures have edges at the same outlines
and creases, however different they look; the shift at which the edges correlate best is the shift between the pictures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]

REACH = 3
"""Shifts of up to so many pixels along x and y are tried."""

LEAST_EDGES = 0.005
"""Share of the pixels that must have an edge in the data passes for a shift to be told."""

LEAST_GAIN = 0.03
"""Correlation by which a shift must beat no shift; next to no frame that lies right exceeds it (docs/gate.md)."""

_STANDARD_ERRORS = 8.0
_REC709 = np.array([0.2126, 0.7152, 0.0722], np.float32)


@dataclass(frozen=True)
class Alignment:
    """How the edges of a beauty lie on those of its data passes."""

    dx: int
    """Pixels by which the beauty lies to the right of the data, -3 .. 3."""
    dy: int
    """Pixels by which it lies below them, -3 .. 3."""
    score: float
    """Correlation of the edges at that shift, -1 .. 1."""
    gain: float
    """That correlation less the one at no shift, 0 .. 2."""
    edges: float
    """Share of the pixels where the data passes have an edge, 0 .. 1."""
    pixels: int
    """How many pixels the correlation was taken over."""

    def shift(self) -> int:
        """Return the larger of |dx| and |dy| in pixels, or 0 where there is too little to tell.

        A shift counts if there are edges (`LEAST_EDGES`) and it beats no shift by `LEAST_GAIN`, and also by eight
        standard errors 1 / sqrt(n) of a correlation of n unrelated pairs: small frames correlate by chance.
        """
        certain = self.gain >= max(LEAST_GAIN, _STANDARD_ERRORS / math.sqrt(max(self.pixels, 1)))
        return max(abs(self.dx), abs(self.dy)) if certain and self.edges >= LEAST_EDGES else 0


def measure(beauty: npt.ArrayLike, data: Mapping[str, np.ndarray]) -> Alignment:
    """Find the shift of up to `REACH` pixels at which the beauty's edges correlate best with the data's.

    The score of a shift is Pearson's correlation over the pixels that all shifts have in common.

    Args:
        beauty: (H, W, 3 or more) scene-linear Rec.709; what is not finite counts as 0. H and W are at least 16.
        data: passes by their names in `scene_generator.renderers.PASSES`, (H, W, C); `normal` (unit, 0 where there is
            no surface), `albedo` (0..1) and `id` (whole numbers) are looked at, and at least one of them is needed.

    Returns:
        The best shift; of equally good ones the smallest.

    Raises:
        ValueError: none of those passes is given, the sizes differ, or the frame is too small.
    """
    light = edges_of_light(np.asarray(beauty, np.float32)[..., :3])
    shape = edges_of_data(data)
    if light.shape != shape.shape or min(light.shape) < 16:
        raise ValueError(f"beauty {light.shape} and data {shape.shape}: one size of at least 16 x 16 is needed")
    scores = _correlations(light, shape)
    still = float(scores[REACH, REACH])
    offset = np.abs(np.arange(-REACH, REACH + 1))
    # A frame without edges correlates equally with itself everywhere: the smallest shift is the answer.
    preferred = scores - 1e-7 * (offset[:, None] + offset[None, :])
    row, column = np.unravel_index(int(np.argmax(preferred)), scores.shape)
    best = float(scores[row, column])
    inner = (light.shape[0] - 2 * REACH) * (light.shape[1] - 2 * REACH)
    return Alignment(
        int(column) - REACH, int(row) - REACH, best, max(best - still, 0.0), float((shape > 0.3).mean()), inner
    )


def edges_of_light(rgb: FloatArray) -> FloatArray:
    """Return the edges of a picture, (H, W) 0..1: the root of the step of log2 luminance over two pixels, at most 1.

    Args:
        rgb: (H, W, 3) scene-linear Rec.709.
    """
    luminance = np.nan_to_num(rgb @ _REC709, nan=0.0, posinf=0.0, neginf=0.0)
    luminance = np.maximum(luminance, 0)
    # The floor keeps the noise of black corners from being edges.
    floor = 0.02 * max(float(luminance.mean()), 1e-9)
    return np.sqrt(np.minimum(_steps(np.log2(luminance + floor)[..., None]), 1))


def edges_of_data(data: Mapping[str, np.ndarray]) -> FloatArray:
    """Return the edges of data passes, (H, W) 0..1: the root of the largest step over two pixels, at most 1.

    Steps are chords between normals, distances between albedos, and 1 between different ids. Arguments and errors as
    for `measure`.
    """
    steps = []
    for name in ("normal", "albedo"):
        if name in data:
            steps.append(np.minimum(_steps(np.nan_to_num(data[name], nan=0.0, posinf=0.0, neginf=0.0)), 1))
    if "id" in data:
        steps.append(np.minimum(_steps(np.nan_to_num(data["id"])), 1))
    if not steps:
        raise ValueError(f"passes {sorted(data)}: one of normal, albedo, id is needed")
    edges: FloatArray = np.sqrt(np.maximum.reduce(steps)).astype(np.float32)
    return edges


def _steps(values: np.ndarray) -> FloatArray:
    """Length of the central difference over all channels, (H, W); 0 on the rim."""
    across = values[1:-1, 2:] - values[1:-1, :-2]
    down = values[2:, 1:-1] - values[:-2, 1:-1]
    squared = np.einsum("hwc,hwc->hw", across, across) + np.einsum("hwc,hwc->hw", down, down)
    return np.pad(np.sqrt(squared), 1).astype(np.float32)


def _correlations(light: FloatArray, shape: FloatArray) -> npt.NDArray[np.float64]:
    """Pearson's correlation at each shift, (2 REACH + 1, 2 REACH + 1), rows are dy; 0 where a side is constant."""
    h, w = shape.shape
    inner = shape[REACH : h - REACH, REACH : w - REACH]
    centred = (inner - inner.mean()).ravel()
    spread = math.sqrt(float(centred @ centred))
    side = 2 * REACH + 1
    scores = np.zeros((side, side))
    # So few shifts cost less directly than through a Fourier transform, and wrap around nothing.
    for row in range(side):
        for column in range(side):
            moved = light[row : h - 2 * REACH + row, column : w - 2 * REACH + column].ravel()
            variance = float(moved @ moved) - moved.size * float(moved.mean()) ** 2
            scale = spread * math.sqrt(max(variance, 0.0))
            scores[row, column] = float(centred @ moved) / scale if scale > 1e-3 else 0.0
    return scores
