"""The contact sheet of an evaluation: each set's best, median and worst image."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.evaluation.evaluate import Evaluation, Row
from core.image import SRGB, Image, write_image

__all__ = ["write_sheet"]

_GAP = 8


def write_sheet(evaluation: Evaluation, path: Path) -> None:
    """Write a PNG: one row a set; best, median, worst; each is plate, prediction, reference. Raises DiskFull."""
    rows = []
    for members in evaluation.groups().values():
        ordered = sorted(members, key=lambda row: row.figures.mean)
        rows.append([_pick(ordered, share) for share in (0.0, 0.5, 1.0)])
    width = max(row.picture.shape[1] for line in rows for row in line)
    bands = []
    for line in rows:
        height = max(row.picture.shape[0] for row in line)
        band = np.full((height + _GAP, 3 * (width + _GAP), 3), 24, np.uint8)
        for column, row in enumerate(line):
            picture = row.picture
            left = column * (width + _GAP)
            band[: picture.shape[0], left : left + picture.shape[1]] = picture
        bands.append(band)
    sheet = np.vstack(bands).astype(np.float32) / 255.0
    write_image(path, Image(sheet, ("R", "G", "B"), color_space=SRGB), dtype="uint8")


def _pick(ordered: list[Row], share: float) -> Row:
    return ordered[round(share * (len(ordered) - 1))]
