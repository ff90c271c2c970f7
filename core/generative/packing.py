"""Pictures to shards: what every training of the suite reads, with what each picture was made of."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from core.errors import BadInput
from core.image import Image, encode_exr
from core.shards import ShardIndex, index_path, write_shard

__all__ = ["PER_SHARD", "DrawnTile", "Record", "drawn_records", "write_records"]

FloatArray = npt.NDArray[np.float32]

PER_SHARD = 500
"""Samples a shard."""


class Record(NamedTuple):
    """One picture as it is stored: a key for the shard, its EXR file, and what `metadata` of a shard holds."""

    key: str
    exr: bytes
    facts: Mapping[str, Any]


class DrawnTile(Protocol):
    """A tile that a program drew: `scene_generator.drawn_materials.DrawnMaterial`. Top row first."""

    @property
    def role(self) -> str:
        """What it is of; with "procedural-" before it, the sample's family."""

    @property
    def color(self) -> FloatArray:
        """(S, S, 3), scene-linear Rec.709."""

    @property
    def roughness(self) -> FloatArray:
        """(S, S), 0..1."""

    @property
    def metalness(self) -> FloatArray:
        """(S, S), 0..1."""


def picture_bytes(color: FloatArray, roughness: FloatArray | None = None, metalness: FloatArray | None = None) -> bytes:
    """The EXR file of a record: (H, W, 3) scene-linear colour, half-float, and (H, W) maps where they are known."""
    layers: dict[str, npt.ArrayLike] = {"": np.concatenate([color, np.ones_like(color[..., :1])], -1)}
    if roughness is not None:
        layers["roughness"] = roughness
    if metalness is not None:
        layers["metalness"] = metalness
    return encode_exr(Image.from_layers(layers), dtype="half")


def drawn_records(count: int, draw: Callable[[int], DrawnTile], recipe: Mapping[str, Any]) -> Iterator[Record]:
    """Tiles 0 to `count` - 1 as records; each is a scene of its own.

    Args:
        draw: gives a tile, the same each time.
        recipe: what decides them, such as seed, size and version; it is stored with each.
    """
    tag = hashlib.sha256(repr(sorted(recipe.items())).encode()).hexdigest()[:8]
    for index in range(count):
        tile = draw(index)
        facts = {
            **recipe,
            "family": f"procedural-{tile.role}",
            "scene": f"procedural/{tag}/{index}",
            "index": index,
            "tiles": True,
            "made_by": ["drawn"],
        }
        yield Record(f"{tag}_{index:07d}", picture_bytes(tile.color, tile.roughness, tile.metalness), facts)


def write_records(records: Iterable[Record], out: Path) -> list[ShardIndex]:
    """Write shards `images-NNNNN.tar` of at most `PER_SHARD` records, and remove those of a former set beyond them.

    Raises:
        BadInput: there is not one record.
        DiskFull: no space is left.
    """
    made: list[ShardIndex] = []
    waiting: list[Record] = []

    def write() -> None:
        made.append(write_shard(out / f"images-{len(made):05d}.tar", waiting))
        waiting.clear()

    for record in records:
        waiting.append(record)
        if len(waiting) == PER_SHARD:
            write()
    if waiting:
        write()
    if not made:
        raise BadInput(f"{out}: nothing to write, every picture was left out; see why above")
    kept = {index.shard for index in made}
    for path in sorted(out.glob("images-*.tar")):
        if path.name not in kept:
            path.unlink()
            index_path(path).unlink(missing_ok=True)
    return made


def record_key(number: int, name: str) -> str:
    """A key that a shard takes: the number, and what letters and digits are in the name."""
    return f"{number:07d}_{re.sub(r'[^A-Za-z0-9]+', '_', name).strip('_')[:50]}".rstrip("_")
