"""Normals of a shot that do not flicker: each frame averaged with those before it, along the movement of the picture.

A network answers each frame anew, and grain alone makes its answers wander. What stands still in the moving picture
should keep its normals, so the answers of the last frames are brought to the present one along optical flow and
averaged where flow, brightness and the answers themselves agree. The average is over a fixed number of frames, not a
recursion without end: a frame's result depends on itself and that many frames before it and on nothing else, so that a
render farm may cut a shot anywhere and a run that was stopped goes on as if it had not been.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from core.inference.answer import Answer
from core.inference.blur import box_mean
from core.inference.flow import consistent, grid, optical_flow, sample
from core.inference.turning import common_turn

__all__ = ["DEFAULT_FRAMES", "FlickerSmoother", "is_cut"]

FloatArray = npt.NDArray[np.float32]

DEFAULT_FRAMES = 6
"""How many earlier frames take part."""

_REC709 = np.array([0.2126, 0.7152, 0.0722], np.float32)  # luminance of Rec.709 primaries (ITU-R BT.709)
_LEAST_BRIGHTNESS_STEP = 0.03
_SAME_SURFACE_DEGREES = 25.0
_CUT_HISTOGRAM = 0.5
_CUT_CONSISTENT = 0.3


@dataclass(frozen=True, eq=False)
class _Past:
    """An earlier frame, seen from the present one.

    Attributes:
        grey: (h, w) its brightness.
        normals: (H, W, 3) its answer.
        confidence: (H, W) 0..1; 1 where the model states none.
        flow: (h, w, 2) pixels from the present frame to it.
        weight: (h, w) 0..1, how far the chain of flows is to be believed.
        age: frames.
    """

    grey: FloatArray
    normals: FloatArray
    confidence: FloatArray
    flow: FloatArray
    weight: FloatArray
    age: int


class FlickerSmoother:
    """Takes the frames of one shot in order.

    Memory: `frames` answers and flows at the resolution at which the network works.

    Args:
        frames: how many earlier frames take part, 1 or more.

    Raises:
        ValueError: fewer than one frame.
    """

    def __init__(self, frames: int = DEFAULT_FRAMES) -> None:
        if frames < 1:
            raise ValueError(f"smoothing over {frames} earlier frames; 1 or more are needed")
        self.frames = frames
        self._past: list[_Past] = []

    def reset(self) -> None:
        """Forget everything: another shot begins."""
        self._past = []

    def skip(self) -> None:
        """A frame of the shot is missing or unreadable: the earlier ones grow older by one."""
        self._past = self._aged()

    def add(self, view: FloatArray, answer: Answer, pixel_degrees: float) -> Answer:
        """The next frame.

        Args:
            view: (h, w, 3) the plate as the network sees the whole of it, 0..1.
            answer: (H, W) of it, unit normals in camera space, at this or a finer resolution. Where it states a
                confidence, doubtful answers count less than sure ones; without, all count alike.
            pixel_degrees: angle that a pixel of the view covers, degrees. A camera that turns turns its normals too;
                the rotation common to all earlier normals is taken out, up to what the movement in the picture allows.

        Returns:
            (H, W) of float32 unit normals, with confidence where `answer` has it. The confidence is the mean of the
            frames' own with the weights with which their normals were averaged, so that it speaks of the answers that
            the normal was made of and lies between the lowest and the highest of them; that a mean of many answers is
            better than each is not counted in. The first frame, frames after a cut and frames of another size come
            back unchanged.
        """
        grey = box_mean(np.asarray(view, np.float32) @ _REC709, 1)
        normals, stated = answer.normals, answer.confidence
        sure = np.ones(normals.shape[:2], np.float32) if stated is None else np.clip(stated, 0.0, 1.0)
        past = self._aged()
        if past and (past[0].grey.shape != grey.shape or past[0].normals.shape != normals.shape):
            past = []
        if past:
            flow = optical_flow(grey, past[0].grey)
            back = optical_flow(past[0].grey, grey)
            believed = consistent(flow, back) * _away_from_borders(flow)
            past = [] if is_cut(grey, past[0].grey, believed) else [_linked(entry, flow, believed) for entry in past]
        result = answer
        if past:
            mean, mean_sure = _blended(grey, normals, sure, past, pixel_degrees)
            result = Answer(mean, None if stated is None else mean_sure)
        still = np.zeros((*grey.shape, 2), np.float32)
        self._past = [_Past(grey, normals, sure, still, np.ones_like(grey), 0), *past]
        return result

    def _aged(self) -> list[_Past]:
        return [replace(entry, age=entry.age + 1) for entry in self._past if entry.age < self.frames]


def is_cut(grey: FloatArray, before: FloatArray, believed: FloatArray) -> bool:
    """Whether two frames belong to different shots: other brightnesses altogether, or next to nothing that moves on.

    Args:
        grey, before: (h, w) brightness 0..1 of the frame and of the one before.
        believed: (h, w) 0..1, consistency of the flow between them.
    """
    counts = [np.histogram(np.clip(image, 0.0, 1.0), bins=24, range=(0.0, 1.0))[0] for image in (grey, before)]
    difference = 0.5 * np.abs(counts[0] - counts[1]).sum() / grey.size
    return bool(difference > _CUT_HISTOGRAM or believed.mean() < _CUT_CONSISTENT)


def _linked(entry: _Past, flow: FloatArray, believed: FloatArray) -> _Past:
    """An entry seen from the frame before, seen from the present one: flows are chained, answers stay untouched.

    Chaining flows and sampling each answer once blurs less than resampling answers from frame to frame.
    """
    x, y = grid(*flow.shape[:2])
    there_x, there_y = x + flow[..., 0], y + flow[..., 1]
    return replace(
        entry,
        flow=flow + sample(entry.flow, there_x, there_y),
        weight=believed * sample(entry.weight, there_x, there_y),
    )


def _blended(
    grey: FloatArray, normals: FloatArray, sure: FloatArray, past: list[_Past], pixel_degrees: float
) -> tuple[FloatArray, FloatArray]:
    """(H, W, 3) normals and (H, W) confidence, averaged with the same weights."""
    height, width = normals.shape[:2]
    x, y = grid(height, width)
    scale_x, scale_y = grey.shape[1] / width, grey.shape[0] / height
    small_x, small_y = (x + 0.5) * scale_x - 0.5, (y + 0.5) * scale_y - 0.5
    near = 1.0 - np.cos(np.radians(_SAME_SURFACE_DEGREES))
    weights = np.maximum(sure, 1e-3)
    total, total_sure = normals * weights[..., None], sure * weights
    for entry in past:
        flow = sample(entry.flow, small_x, small_y)
        there_x, there_y = x + flow[..., 0] / scale_x, y + flow[..., 1] / scale_y
        weight = sample(entry.weight * _same_brightness(grey, entry), small_x, small_y)
        past_sure = sample(entry.confidence, there_x, there_y)
        weight = weight * past_sure
        moved = sample(entry.normals, there_x, there_y)
        speed = float(np.percentile(np.sqrt(np.sum(entry.flow**2, axis=-1)), 90))
        moved = moved @ common_turn(moved, normals, weight, 1.5 * speed * pixel_degrees).T
        apart = 1.0 - np.einsum("ijk,ijk->ij", moved, normals)
        counted = weight * np.exp(-np.maximum(apart, 0.0) / near)
        total += moved * counted[..., None]
        total_sure += past_sure * counted
        weights = weights + counted
    length = np.sqrt(np.einsum("ijk,ijk->ij", total, total))[..., None]
    mean = np.where(length > 1e-6, total / np.maximum(length, 1e-6), normals).astype(np.float32)
    return mean, np.clip(total_sure / weights, 0.0, 1.0).astype(np.float32)


def _same_brightness(grey: FloatArray, entry: _Past) -> FloatArray:
    """(h, w) 0..1: small where flow leads to another brightness, measured against the frame's own grain."""
    x, y = grid(*grey.shape)
    step = np.abs(sample(entry.grey, x + entry.flow[..., 0], y + entry.flow[..., 1]) - grey)
    usual = max(_LEAST_BRIGHTNESS_STEP, 3.0 * 1.4826 * float(np.median(step)))  # 1.4826 MAD: a Gaussian's deviation
    return np.asarray(np.exp(-((step / usual) ** 2)), dtype=np.float32)


def _away_from_borders(flow: FloatArray) -> FloatArray:
    """(h, w) 0..1: small where the movement itself jumps, as at the outline of something that moves.

    The bound grows with the movement, after Sundaram, Brox and Keutzer 2010, equation 6.
    """
    padded = np.pad(flow, ((0, 1), (0, 1), (0, 0)), mode="edge")
    jump = np.sum((padded[1:, :-1] - flow) ** 2 + (padded[:-1, 1:] - flow) ** 2, axis=-1)
    return np.asarray(np.exp(-((jump / (0.02 * np.sum(flow**2, axis=-1) + 0.02)) ** 2)), dtype=np.float32)
