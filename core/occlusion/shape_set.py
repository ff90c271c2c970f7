"""Random shapes and their reliefs -> shards that `platelight train occlusion_style` reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import BadConfig
from core.image import Image, encode_exr
from core.occlusion.relief import ReliefSettings, render_relief
from core.occlusion.shapes import draw_shapes
from core.shards import index_path, write_shard
from worker_link.json_text import read_json

__all__ = ["SHARD", "make_shapes"]

SHARD = 64
"""Pictures in a shard."""

_LAYERS = ("mask.Y", "shiny.red", "shiny.green", "shiny.blue")


def make_shapes(
    out: Path,
    count: int,
    size: int,
    seed: int,
    settings: ReliefSettings | None = None,
    on_picture: Callable[[], None] = lambda: None,
) -> int:
    """Draw and render `count` pictures; shards that are there already are left alone.

    A picture depends on `seed` and its number only.

    Args:
        out: folder of the shards.
        count: pictures.
        size: pixels of each side, 32 or more.
        seed: 0 or more.
        settings: the look; None: the defaults.
        on_picture: called after each.

    Returns:
        How many pictures were made now.

    Raises:
        BadConfig: the size is too small, or the folder holds pictures of another seed or size.
        DiskFull: no space is left.
    """
    out.mkdir(parents=True, exist_ok=True)
    tag = f"shapes-{size}-{seed}-"
    # What a killed run left half-written begins with a dot, and is of no seed.
    other = next((path for path in sorted(out.glob("[!.]*.tar")) if not path.name.startswith(tag)), None)
    if other is not None:
        raise BadConfig(f"{other}: is of another seed or size; name another folder with --out")
    made = 0
    for number, first in enumerate(range(0, count, SHARD)):
        path = out / f"{tag}{number:05d}.tar"
        pictures = range(first, min(first + SHARD, count))
        if path.is_file() and index_path(path).is_file() and _records(path) >= len(pictures):
            continue
        made += len(write_shard(path, _pictures(pictures, size, seed, settings, on_picture)).records)
    return made


def _records(shard: Path) -> int:
    """Of a shard: fewer than wanted where a smaller `count` ended in it, none where its index is damaged."""
    try:
        return len(read_json(index_path(shard))["records"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _pictures(
    numbers: range, size: int, seed: int, settings: ReliefSettings | None, on_picture: Callable[[], None]
) -> Iterator[tuple[str, bytes, dict[str, Any]]]:
    for number in numbers:
        mask, shiny = render_relief(draw_shapes(size, np.random.default_rng((seed, number))), settings)
        image = Image(np.concatenate([mask, shiny], -1), _LAYERS)
        key = f"{number:08d}"
        yield key, encode_exr(image, dtype="half"), {"key": key, "scene": f"shapes-{seed}-{key}", "family": "shapes"}
        on_picture()
