"""White shapes and letters at random, drawn on four times the pixels: what the shiny style is learnt from."""

from __future__ import annotations

import string

import cv2
import numpy as np
import numpy.typing as npt

from core.errors import BadConfig
from core.occlusion.relief import FINE

__all__ = ["draw_shapes"]

_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)
_KINDS = ("disc", "ring", "box", "polygon", "star", "stroke", "text", "text")
_SMALLEST = 32


def draw_shapes(size: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """A square picture of a few discs, rings, boxes, polygons, stars, strokes and words, some cut out of others.

    Args:
        size: pixels of each side, 32 or more; its number of shapes grows with its area.
        rng: decides everything.

    Returns:
        (FINE size, FINE size) uint8, 0 or 255.

    Raises:
        BadConfig: the size is too small.
    """
    if size < _SMALLEST:
        raise BadConfig(f"shapes on {size} pixels; {_SMALLEST} or more are needed")
    side = size * FINE
    canvas = np.zeros((side, side), np.uint8)
    count = max(2, round(size * size / 128**2 * float(rng.uniform(1.0, 4.0))))
    for _ in range(count):
        color = 0 if rng.random() < 0.12 else 255
        at = (int(rng.integers(side)), int(rng.integers(side)))
        extent = float(np.exp(rng.uniform(np.log(6.0), np.log(64.0)))) * FINE
        _draw(canvas, _KINDS[int(rng.integers(len(_KINDS)))], at, extent, color, rng)
    return canvas


def _draw(
    canvas: npt.NDArray[np.uint8], kind: str, at: tuple[int, int], extent: float, color: int, rng: np.random.Generator
) -> None:
    whole = round(extent)
    if kind == "disc":
        axes = (whole, max(1, round(extent * float(rng.uniform(0.4, 1.0)))))
        cv2.ellipse(canvas, at, axes, float(rng.uniform(0, 180)), 0, 360, color, -1)
    elif kind == "ring":
        cv2.circle(canvas, at, whole, color, max(2, round(extent * float(rng.uniform(0.15, 0.6)))))
    elif kind == "box":
        corners = cv2.boxPoints(
            ((float(at[0]), float(at[1])), (extent * 2, extent * 2 * float(rng.uniform(0.15, 1.0))),
             float(rng.uniform(0, 90)) if rng.random() < 0.6 else 0.0)
        )  # fmt: skip
        cv2.fillPoly(canvas, [np.round(corners).astype(np.int32)], color)
    elif kind in ("polygon", "star"):
        count = int(rng.integers(3, 8)) if kind == "polygon" else 2 * int(rng.integers(4, 8))
        angles = (
            np.sort(rng.uniform(0, 2 * np.pi, count)) if kind == "polygon" else np.arange(count) * 2 * np.pi / count
        )
        far = extent * (np.ones(count) if kind == "polygon" else np.where(np.arange(count) % 2, 0.5, 1.0))
        turn = float(rng.uniform(0, 2 * np.pi))
        points = np.stack([at[0] + far * np.cos(angles + turn), at[1] + far * np.sin(angles + turn)], -1)
        cv2.fillPoly(canvas, [np.round(points).astype(np.int32)], color)
    elif kind == "stroke":
        steps = np.cumsum(rng.normal(size=(12, 2)) * extent * 0.5, axis=0) + np.asarray(at)
        thick = max(FINE * 2, round(extent * float(rng.uniform(0.15, 0.5))))
        cv2.polylines(canvas, [np.round(steps).astype(np.int32)], False, color, thick)
    else:
        count = int(rng.integers(1, 9))
        letters = string.ascii_letters + string.digits + "&?!"
        word = "".join(letters[int(k)] for k in rng.integers(len(letters), size=count))
        scale = extent / 22.0 * float(rng.uniform(0.7, 1.3))
        thick = max(FINE, round(scale * float(rng.uniform(2.0, 7.0))))
        cv2.putText(canvas, word, at, _FONTS[int(rng.integers(len(_FONTS)))], scale, color, thick, cv2.LINE_8)
