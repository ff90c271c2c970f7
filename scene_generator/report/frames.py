"""What the pictures of a set show: directions of normals, depths, light and dark, from a sample of its frames."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from core.errors import BrokenShard
from core.image import Image
from core.shards import ShardSet

MOST_FRAMES = 300
"""Frames that are decoded for the statistics."""

DISC_SIDE = 64
"""Bins across the disc of normals."""

_REC709 = np.array([0.2126, 0.7152, 0.0722], np.float32)


@dataclass
class FrameStatistics:
    """Sums over the sampled frames."""

    frames: int = 0
    normals: dict[str, npt.NDArray[np.float64]] = field(
        default_factory=lambda: defaultdict(lambda: np.zeros((DISC_SIDE, DISC_SIDE)))
    )
    """By family: how many surface pixels have x and y in each bin of -1..1; rows are y upwards, columns x."""
    sums: dict[str, npt.NDArray[np.float64]] = field(default_factory=lambda: defaultdict(lambda: np.zeros(4)))
    """By family: sums of x, y, z and the number of normals."""
    depths: list[float] = field(default_factory=list)
    """Metres, about a thousand pixels of each frame that has the pass."""
    medians: list[float] = field(default_factory=list)
    """Of each frame: stops from its median to its mean luminance, below 0 where few bright pixels light it."""
    spans: list[float] = field(default_factory=list)
    """Of each frame: stops between the 2 % and the 98 % darkest pixels."""


def spread(keys: Sequence[str], most: int) -> list[str]:
    """Return at most `most` of `keys`, evenly over all of them, in order."""
    if len(keys) <= most:
        return list(keys)
    return [keys[round(i * (len(keys) - 1) / (most - 1))] for i in range(most)] if most > 1 else [keys[0]]


def sample_frames(shards: ShardSet, keys: Sequence[str], family_of: dict[str, str]) -> FrameStatistics:
    """Decode the frames `keys` and sum up what they show; damaged ones are left out."""
    total = FrameStatistics()
    for key in keys:
        try:
            image, _ = shards.read(key)
        except BrokenShard:
            continue
        add_frame(total, image, family_of.get(key, "unknown"))
    return total


def add_frame(total: FrameStatistics, image: Image, family: str) -> None:
    """Add one frame: an image with a beauty, a layer N and, where it has one, a layer depth (Z, metres)."""
    total.frames += 1
    normal = image.layer("N")
    there = np.abs(normal).sum(-1) > 0.5
    seen = normal[there].astype(np.float64)
    place = np.clip(((seen[:, :2] + 1) / 2 * DISC_SIDE).astype(np.int64), 0, DISC_SIDE - 1)
    flat = np.bincount(place[:, 1] * DISC_SIDE + place[:, 0], minlength=DISC_SIDE**2)
    total.normals[family] += flat.reshape(DISC_SIDE, DISC_SIDE)
    total.sums[family] += [*seen.sum(0), len(seen)]
    luminance = np.maximum(np.nan_to_num(image.rgb() @ _REC709), 1e-6)
    low, middle, high = np.percentile(luminance, (2, 50, 98))
    total.medians.append(float(np.log2(middle / luminance.mean())))
    total.spans.append(float(np.log2(high / low)))
    if "depth.Z" in image.channels:
        depth = image.layer("depth")[..., 0]
        values = depth[depth > 0]
        total.depths.extend(values[:: max(values.size // 1000, 1)].astype(float).tolist())
