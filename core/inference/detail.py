"""How finely a plate is looked at: the whole at the model's own size, then finer views that only add structure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from core.choice import Choice
from core.inference.agreement import agree, agree_in_confidence
from core.inference.answer import Answer
from core.inference.resample import enlarge_answer
from core.inference.tiling import Tile, blend_tiles, tile_grid

__all__ = ["Detail", "add_detail", "level_sizes"]

FloatArray = npt.NDArray[np.float32]

Run = Callable[[FloatArray, FloatArray], Answer]
"""A model: view (h, w, 3) and rays (2, h, w) in, its answer of (h, w) pixels with unit normals out."""

LONGEST_LEVEL = 8192
_FORMS = 1 / 16
_OVERLAP = 1 / 4


class Detail(Choice):
    """How much of a plate's own structure reaches its normals.

    `LOW`: one view of the whole plate, enlarged. `MEDIUM`: the same, with edges laid where the plate's edges are.
    `HIGH`: finer views in tiles add structure to it before.
    """

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


def level_sizes(
    size: tuple[int, int], height: int, multiple_of: int, factors: Sequence[int] = (2,)
) -> tuple[tuple[int, int], ...]:
    """Sizes of the finer views.

    They follow from the working size alone, not from the plate's, so that a plate gives the same answer at 2K and at
    4K; those that would enlarge the plate are left out.

    Args:
        size: height and width of the view of the whole.
        height: rows of the plate.
        multiple_of: of the model.
        factors: how many times finer than `size`. Twice by default: four times is more than a 1K plate holds, which
            would then give another answer than the same plate at 4K.

    Returns:
        (height, width) of each, from coarse to fine.
    """
    sizes = []
    for factor in factors:
        finer = (size[0] * factor, size[1] * factor)
        if finer[0] <= height + multiple_of // 2 and max(finer) <= LONGEST_LEVEL:
            sizes.append(finer)
    return tuple(sizes)


def add_detail(answer: Answer, view: FloatArray, rays: FloatArray, side: int, step: int, run: Run) -> Answer:
    """Add to an answer what a model sees in a finer view.

    The view is worked on in overlapping tiles. Each tile's normals are turned, slowly over its area, until their large
    forms (beyond about an eighth of the tile) are those of `answer`, so that neighbours agree before they are blended.
    Its confidence is moved likewise: how sure an area is comes from `answer`, where in it the doubtful places are from
    the tile (`core.inference.agreement`).

    Args:
        answer: for the whole plate from a coarser view, unit normals.
        view: (H, W, 3) the plate, network view, finer.
        rays: (2, H, W) slopes of its pixels.
        side: of the tiles, pixels, a multiple of `step`.
        step: the model's `multiple_of`, of which H and W are multiples.
        run: the model.

    Returns:
        (H, W) of float32 unit normals, with confidence if both `answer` and the model have it.
    """
    height, width = view.shape[:2]
    coarse = enlarge_answer(answer, height, width, 0, height)
    overlap = max(1, int(side * _OVERLAP))

    def corrected(tile: Tile) -> Answer:
        rows, columns = slice(tile.top, tile.bottom), slice(tile.left, tile.right)
        fine = run(view[rows, columns], rays[:, rows, columns])
        normals = agree(fine.normals, coarse.normals[rows, columns], side * _FORMS)
        if fine.confidence is None or coarse.confidence is None:
            return Answer(normals)
        sure = agree_in_confidence(fine.confidence, coarse.confidence[rows, columns], side * _FORMS)
        return Answer(normals, sure)

    return blend_tiles(height, width, list(tile_grid(height, width, side, overlap, step)), overlap, corrected)
