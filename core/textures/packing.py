"""Pairs of colour and normals -> shards, as every task reads them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from core.color import to_scene_linear
from core.errors import BadConfig, FileMissing
from core.image import Image, encode_exr
from core.shards import index_path, write_shard
from core.textures.pairs import TexturePair, read_pair
from core.textures.slopes import normals_from_slopes, slopes_from_normals

__all__ = ["PER_SHARD", "DrawnPair", "pack_drawn", "pack_pairs", "pair_bytes", "remove_shards"]

PER_SHARD = 200
"""Samples a shard."""


def pair_bytes(
    color: npt.ArrayLike,
    normals: npt.ArrayLike,
    surface: npt.ArrayLike | None = None,
) -> bytes:
    """The EXR record of one pair.

    Args:
        color: (H, W, 3), scene-linear Rec.709, 0..1.
        normals: (H, W, 3), unit, tangent space, OpenGL.
        surface: (H, W, 2) roughness and metalness, 0..1, where known.
    """
    plain = np.asarray(color, dtype=np.float32)
    layers: dict[str, npt.ArrayLike] = {"": np.concatenate([plain, np.ones_like(plain[..., :1])], -1), "N": normals}
    if surface is not None:
        both = np.asarray(surface, dtype=np.float32)
        layers |= {"roughness": both[..., 0], "metalness": both[..., 1]}
    return encode_exr(Image.from_layers(layers), dtype="half")


def pack_pairs(
    pairs: Sequence[TexturePair],
    conventions: Sequence[str],
    out: Path,
    *,
    largest: int = 512,
    repeat: int = 1,
    on_pair: Callable[[TexturePair], None] = lambda pair: None,
) -> list[Path]:
    """Write pairs as shards `pairs-NNNNN.tar` in `out`.

    The author is each sample's family, so that `platelight train --leave-out AUTHOR` holds an author out; and each
    texture is a scene of its own, so that none is on both sides of the split, in whatever versions.

    Args:
        pairs, conventions: as many as each other; see `core.textures.pairs`.
        largest: longest side; larger ones are averaged down.
        repeat: how often each is seen in an epoch of training, beside samples of other folders.
        on_pair: called after each.

    Returns:
        The shards.

    Raises:
        UnreadableImage, BadChannels, BadSize: a pair cannot be read; the message names it.
        DiskFull: no space is left.
    """
    made = []
    for start in range(0, len(pairs), PER_SHARD):
        samples = []
        for number in range(start, min(start + PER_SHARD, len(pairs))):
            samples.append(_sample(pairs[number], conventions[number], number, largest, repeat))
            on_pair(pairs[number])
        path = out / f"pairs-{start // PER_SHARD:05d}.tar"
        write_shard(path, samples)
        made.append(path)
    return made


class DrawnPair(Protocol):
    """A texture that a program drew: `scene_generator.texture_pairs.ProceduralPair`.

    Its colour is scene-linear (S, S, 3), its slopes (S, S, 2) as in `core.textures.slopes`, its surface (S, S, 2)
    roughness and metalness, all top row first.
    """

    @property
    def role(self) -> str:
        """What it is of; with "procedural-" before it, the sample's family."""

    @property
    def color(self) -> npt.NDArray[np.float32]: ...

    @property
    def slopes(self) -> npt.NDArray[np.float32]: ...

    @property
    def surface(self) -> npt.NDArray[np.float32]: ...


def pack_drawn(
    out: Path,
    count: int,
    draw: Callable[[int], DrawnPair],
    recipe: Mapping[str, int],
    on_pair: Callable[[int], None] = lambda index: None,
    replace: bool = False,
) -> list[Path]:
    """Write `count` drawn textures as shards `procedural-*.tar`; those that are whole already are kept.

    Args:
        draw: gives texture 0, 1, ..., the same each time.
        recipe: what decides them, such as seed, size and version.
        on_pair: called with the number of each, after it.
        replace: shards of another recipe and textures beyond `count`, which are removed at the end.

    Raises:
        BadConfig: there are such, and they are not to be replaced.
        DiskFull: no space is left.
    """
    made = []
    tag = hashlib.sha256(repr(sorted(recipe.items())).encode()).hexdigest()[:8]
    foreign = [path for path in out.glob("procedural-*.tar") if not path.name.startswith(f"procedural-{tag}-")]
    if foreign and not replace:
        raise BadConfig(f"{foreign[0]}: was made with other options; name another --out, or give --overwrite")
    most = max((int(path.stem.rsplit("-", 1)[1]) for path in out.glob(f"procedural-{tag}-*.tar")), default=0)
    if most > count and not replace:
        raise BadConfig(f"{out}: holds {most} of these textures, more than {count}; give as many, or --overwrite")
    for start in range(0, count, PER_SHARD):
        numbers = range(start, min(start + PER_SHARD, count))
        path = out / f"procedural-{tag}-{numbers.start:06d}-{numbers.stop:06d}.tar"
        made.append(path)
        samples = []
        whole = path.exists() and index_path(path).exists()
        for index in numbers:
            if not whole:
                pair = draw(index)
                scene = f"procedural/{tag}/{index}"
                facts = {**recipe, "family": f"procedural-{pair.role}", "scene": scene, "index": index}
                exr = pair_bytes(pair.color, normals_from_slopes(pair.slopes), pair.surface)
                samples.append((f"{tag}_{index:07d}", exr, facts))
            on_pair(index)
        if not whole:
            write_shard(path, samples)
    remove_shards(out, "procedural-*.tar", made)
    return made


def remove_shards(out: Path, pattern: str, kept: Sequence[Path]) -> None:
    """Remove shards of a former command that made more of them. Raises FileMissing if `out` is no folder."""
    if not out.is_dir():
        raise FileMissing(f"{out}: no such folder")
    for path in set(out.glob(pattern)) - set(kept):
        path.unlink()
        index_path(path).unlink(missing_ok=True)


def _sample(
    pair: TexturePair, convention: str, number: int, largest: int, repeat: int
) -> tuple[str, bytes, dict[str, Any]]:
    image, normals = read_pair(pair, convention)
    color = np.clip(to_scene_linear(image.rgb(), image.color_space), 0.0, 1.0)
    shrink = largest / max(color.shape[:2])
    if shrink < 1.0:
        size = (max(1, round(color.shape[1] * shrink)), max(1, round(color.shape[0] * shrink)))
        color = np.asarray(cv2.resize(color, size, interpolation=cv2.INTER_AREA), np.float32)
        slopes = cv2.resize(slopes_from_normals(normals), size, interpolation=cv2.INTER_AREA)
        normals = normals_from_slopes(slopes)
    digest = hashlib.sha256(pair.color.read_bytes()).hexdigest()
    name = re.sub(r"[^A-Za-z0-9_-]", "_", pair.name)[:60]
    metadata = {
        "family": pair.group,
        "scene": f"{pair.group}/{_base(pair.name)}",
        "repeat": repeat,
        "convention": convention,
        "assets": [{"kind": "texture", "name": pair.name, "sha256": digest, "licence": pair.licence}],
    }
    return f"{number:06d}_{name}", pair_bytes(color, normals), metadata


def _base(name: str) -> str:
    """A texture's name without what tells its variants apart: numbers and letters at its end, hashes."""
    plain = re.sub(r"_[0-9a-f]{6,}$", "", name.lower())
    return re.sub(r"([_-]?(v?\d+)?[a-e]?)$", "", plain) or plain
