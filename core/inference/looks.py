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

__all__ = ["count_others", "look", "other_sizes"]

FloatArray = npt.NDArray[np.float32]

Run = Callable[[FloatArray, FloatArray], Answer]
"""A model: view (h, w, 3) and rays (2, h, w) in, its answer of (h, w) pixels with unit normals out."""

_OTHER_SCALES = (0.75, 1.25)
_MIRRORED = np.array([-1.0, 1.0, 1.0], dtype=np.float32)


def count_others(looks: int) -> int:
    """How many views there are beside the one of the size that was asked for."""
    return len(_OTHER_SCALES) if looks == LOOKS[-1] else 0


def other_sizes(size: tuple[int, int], multiple_of: int, looks: int) -> tuple[tuple[int, int], ...]:
    """Height and width of the views that are looked at beside the one of `size`; none for fewer than six looks.

    Args:
        size: height and width of the view of the whole.
        multiple_of: of the model.
        looks: one of `core.card.LOOKS`.
    """
    height, width = (
        [max(multiple_of, round(side * scale / multiple_of) * multiple_of) for scale in _OTHER_SCALES] for side in size
    )
    return tuple(zip(height, width, strict=True))[: count_others(looks)]


def look(run: Run, views: Sequence[FloatArray], window: SlopeWindow, *, mirror: bool) -> Answer:
    """The mean of what a model says of some views of the same plate, at the resolution of the last.

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
    total = np.sum([answer.normals for answer in answers], axis=0)
    # Where looks cancel, none is better than another: the last is of the size that was asked for.
    undecided = np.linalg.norm(total, axis=-1) < 1e-3
    total[undecided] = answers[-1].normals[undecided]
    sures = [answer.confidence for answer in answers if answer.confidence is not None]
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
