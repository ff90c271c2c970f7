"""Sheets of pictures to look at: of a prepared set, of an evaluation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from core.color import linear_to_srgb
from core.generative.evaluation import Evaluation, RealSets
from core.generative.pictures import Picture, as_colors, sheet, write_picture
from core.shards import ShardSet

__all__ = ["write_evaluation_sheets", "write_record_sheet"]

_COLUMNS = 16
_MOST = 128
_PAIRS = 12


def write_record_sheet(folder: Path, path: Path) -> None:
    """At most 128 pictures of a folder of shards, spread evenly over it. Raises as `ShardSet.open`."""
    shards = ShardSet.open(folder)
    count = min(_MOST, len(shards))
    chosen = [shards.keys[number * len(shards) // count] for number in range(count)]
    pictures: list[Picture] = []
    for key in chosen:
        image, _ = shards.read(key)
        shown = linear_to_srgb(np.clip(np.nan_to_num(image.rgb()), 0.0, 1.0))
        pictures.append(np.round(255.0 * shown).astype(np.uint8))
    write_picture(path, sheet(pictures, _COLUMNS))


def write_evaluation_sheets(found: Evaluation, real: RealSets, folder: Path) -> list[Path]:
    """Write samples.png, held_out.png and nearest.png, and return their paths.

    nearest.png: the samples that are nearest to a training picture in features, nearest first, each above that picture.
    """
    paths = [folder / name for name in ("samples.png", "held_out.png", "nearest.png")]
    for path, pictures in zip(paths, (found.samples, real.held_out), strict=False):
        write_picture(path, sheet(list(as_colors(pictures[:_MOST])), _COLUMNS))
    pairs = found.pairs[:_PAIRS]
    above = found.samples[torch.tensor([a for a, _ in pairs])]
    below = real.reference[torch.tensor([b for _, b in pairs])]
    write_picture(paths[2], sheet([*as_colors(above), *as_colors(below)], len(pairs), enlarge=2))
    return paths
