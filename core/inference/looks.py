"""Several looks at a plate, averaged: what a network says of it larger, smaller and mirrored differs by chance.

Averaging answers over changed inputs is as old as the networks themselves (Krizhevsky, Sutskever and Hinton, 2012, over
crops and mirror images). For normals the mirror's x changes sign, and the rays are mirrored too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from core.card import LOOKS
from core.inference.answer import Answer
from core.inference.lens import SlopeWindow
from core.inference.resample import PlateShrinker, enlarge_answer
from core.normals import normalize

__all__ = ["look", "whole_sizes"]

FloatArray = npt.NDArray[np.float32]

Run = Callable[[FloatArray, FloatArray], Answer]
"""A model: view (h, w, 3) and rays (2, h, w) in, its answer of (h, w) pixels with unit normals out."""

_SCALES = (5 / 6, 7 / 6)
"""Of the working size, for four looks. Chosen on rendered scenes and real plates (docs/shipped-model.md): a smaller
view tells the forms of plates better, a larger one detail; two sizes about the one that was asked for do better than
three that include it, for less work."""
_LEAST_CONFIDENCE = 0.01
"""An answer weighs as if the model were at least so sure of it."""

_CANCELLED = 1e-3
"""Length of a mean normal below which looks are taken to contradict each other."""

_MIRRORED = np.array([-1.0, 1.0, 1.0], dtype=np.float32)


def whole_sizes(size: tuple[int, int], multiple_of: int, looks: int) -> tuple[tuple[int, int], ...]:
    """Height and width of the views of the whole plate, from small to large: `size`, or with four looks two about it.

    Args:
        size: height and width that were asked for.
        multiple_of: of the model.
        looks: one of `core.card.LOOKS`.
    """
    if looks < LOOKS[-1]:
        return (size,)
    height, width = (
        [max(multiple_of, round(side * scale / multiple_of) * multiple_of) for scale in _SCALES] for side in size
    )
    return tuple(zip(height, width, strict=True))


def look(run: Run, views: Sequence[FloatArray], window: SlopeWindow, *, mirror: bool) -> Answer:
    """The mean of what a model says of some views of the same plate, at the resolution of the last.

    Normals weigh by the square of the model's confidence in them, if it states one: which of two views tells a form
    better changes from place to place, and the model knows that to some extent.

    Args:
        run: the model.
        views: (h, w, 3) each, network view, of the whole plate.
        window: the slopes at the edges of the plate.
        mirror: look at the mirror image of each view as well.

    Returns:
        (h, w) of float32 unit normals; and the mean confidence if the model has one.
    """
    height, width = views[-1].shape[:2]
    answers = []
    for view in views:
        rays = window.rays(*view.shape[:2])
        answers.append(_resized(run(view, rays), height, width))
        if mirror:
            flipped = np.ascontiguousarray(rays[:, :, ::-1])
            flipped[0] *= -1.0
            seen = run(np.ascontiguousarray(view[:, ::-1]), flipped)
            sure = None if seen.confidence is None else seen.confidence[:, ::-1]
            answers.append(_resized(Answer(seen.normals[:, ::-1] * _MIRRORED, sure), height, width))
    if len(answers) == 1:
        return answers[0]
    sures = [answer.confidence for answer in answers if answer.confidence is not None]
    weights = np.maximum(sures, _LEAST_CONFIDENCE) ** 2 if sures else np.ones((len(answers), height, width), np.float32)
    total = np.sum(
        [answer.normals * weight[..., None] for answer, weight in zip(answers, weights, strict=True)], axis=0
    )
    # Where looks cancel, none is better than another: the last is of the finest view.
    undecided = np.linalg.norm(total, axis=-1) < _CANCELLED * weights.sum(axis=0)
    total[undecided] = answers[-1].normals[undecided]
    return Answer(normalize(total), np.mean(sures, axis=0, dtype=np.float32) if sures else None)


def _resized(answer: Answer, height: int, width: int) -> Answer:
    h, w = answer.normals.shape[:2]
    if (h, w) == (height, width):
        return answer
    if h < height:
        return enlarge_answer(answer, height, width, 0, height)
    shrinker = PlateShrinker(h, w, height, width)
    shrinker.add(answer.normals)
    if answer.confidence is None:
        return Answer(normalize(shrinker.result()))
    sure = PlateShrinker(h, w, height, width, channels=1)
    sure.add(answer.confidence[..., None])
    return Answer(normalize(shrinker.result()), np.clip(sure.result()[..., 0], 0.0, 1.0))
