"""Pictures of a set for people: the contact sheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.image import SRGB, Image, write_image
from scene_generator.report.pictures import pair

COLUMNS = 4
"""Pairs in a row of the sheet."""


def contact_sheet(samples: Sequence[Image], path: Path) -> None:
    """Write an 8-bit PNG: for each sample the exposed beauty beside its normals, four pairs a row.

    Args:
        samples: images with a beauty (R, G, B) and a layer N; all of one size. Of a sequence, its first frame.

    Raises:
        DiskFull: no space is left.
    """
    cells = [pair(sample) for sample in samples]
    blank = np.zeros_like(cells[0])
    cells += [blank] * (-len(cells) % min(COLUMNS, len(cells)))
    width = min(COLUMNS, len(cells))
    rows = [np.hstack(cells[i : i + width]) for i in range(0, len(cells), width)]
    write_image(path, Image(np.vstack(rows), ("R", "G", "B"), SRGB), dtype="uint8")
