"""Draws that the gate turned down: a few are kept with a small picture, for the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.atomic import write_json
from core.color import expose, exposure_key, network_view
from core.image import SRGB, Image, write_image
from scene_generator.renderers import Frame
from scene_generator.sets.records import RejectedDraw, scene_key
from scene_generator.spec import SceneSpec

THUMBNAIL = 128
"""Pixels that a thumbnail has at most along a side."""

MOST_FILES = 200
"""Files that the folder is filled up to; later draws are only counted, in the manifest."""


def rejected_draw(frame: Frame, spec: SceneSpec, reasons: Sequence[str], values: Mapping[str, Any]) -> RejectedDraw:
    """Return what is kept of `frame`, the rendering of `spec`: `reasons` against it, and the `values` of its checks."""
    facts = {
        "index": spec.index,
        "attempt": spec.attempt,
        "frame": spec.frame,
        "family": spec.family,
        "reasons": list(reasons),
        "checks": dict(values),
        "spec_hash": spec.hash(),
        "drawn": {draw.name: draw.value for draw in spec.drawn},
    }
    return RejectedDraw(facts, _thumbnail(frame.passes["beauty"][..., :3]))


def write_rejected(folder: Path, draws: Sequence[RejectedDraw]) -> None:
    """Write KEY-ATTEMPT.json and .png for each draw into `folder`, as long as it holds fewer than `MOST_FILES`.

    Raises:
        DiskFull, BadInput: the folder cannot be written.
    """
    if not draws:
        return
    there = sum(1 for _ in folder.iterdir()) if folder.is_dir() else 0
    for draw in draws[: max(0, (MOST_FILES - there) // 2)]:
        name = f"{scene_key(draw.facts['index'])}-{draw.facts['attempt']:02d}"
        write_image(
            folder / f"{name}.png",
            Image((draw.thumbnail / np.float32(255)).astype(np.float32), ("R", "G", "B"), SRGB),
            dtype="uint8",
        )
        write_json(folder / f"{name}.json", draw.facts)


def _thumbnail(beauty: np.ndarray) -> np.ndarray:
    """(H, W, 3) scene-linear -> (h, w, 3) uint8: means of square blocks, as a network would see them."""
    safe = np.clip(np.nan_to_num(beauty, nan=0.0, posinf=65504.0, neginf=0.0), 0, 65504)
    step = -(-max(safe.shape[:2]) // THUMBNAIL)
    h, w = (-(-n // step) for n in safe.shape[:2])
    padded = np.pad(safe, ((0, h * step - safe.shape[0]), (0, w * step - safe.shape[1]), (0, 0)), mode="edge")
    small = padded.reshape(h, step, w, step, 3).mean((1, 3))
    exposed: np.ndarray = np.rint(network_view(expose(small, exposure_key(small))) * 255).astype(np.uint8)
    return exposed
