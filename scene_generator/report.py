"""Pictures of a set for people: the contact sheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.color import expose, exposure_key, network_view
from core.image import SRGB, Image, write_image
from core.normals import encode_8bit

COLUMNS = 4
"""Pairs in a row of the sheet."""


def contact_sheet(samples: Sequence[Image], path: Path) -> None:
    """Write an 8-bit PNG: for each sample the exposed beauty beside its normals, four pairs a row.

    Args:
        samples: images with a beauty (R, G, B) and a layer N; all of one size.

    Raises:
        DiskFull: no space is left.
    """
    cells = [np.hstack([_exposed(sample.rgb()), _normals(sample)]) for sample in samples]
    blank = np.zeros_like(cells[0])
    cells += [blank] * (-len(cells) % min(COLUMNS, len(cells)))
    width = min(COLUMNS, len(cells))
    rows = [np.hstack(cells[i : i + width]) for i in range(0, len(cells), width)]
    write_image(path, Image(np.vstack(rows), ("R", "G", "B"), SRGB), dtype="uint8")


def _exposed(beauty: np.ndarray) -> np.ndarray:
    return network_view(expose(beauty, exposure_key(beauty)))


def _normals(sample: Image) -> np.ndarray:
    normal = sample.layer("N")
    there = np.abs(normal).sum(-1, keepdims=True) > 0
    return np.where(there, encode_8bit(normal) / np.float32(255), 0).astype(np.float32)
