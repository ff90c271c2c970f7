"""Packed frames: tar files in WebDataset layout, with an index that knows every byte.

A shard is `NAME.tar` with two members a sample, `KEY.exr` (every pass, as named layers) and `KEY.json` (its metadata),
which the `webdataset` library reads too. Beside it `NAME.index.json` holds offset, size and SHA-256 of each member, so
that one sample can be read without the others and damage is noticed and named. The same samples give the same bytes.

Layers of a sample (camera space: +X right, +Y up, looking down -Z; a sample may hold only some, always R G B A and N):

    R G B A                   beauty, scene-linear Rec.709 radiance; A = 1 where a surface is seen
    N.red/green/blue          normal with bump, unit, -1..1; 0 where there is no surface
    Ng.red/green/blue         normal without bump
    albedo.red/green/blue     diffuse reflectance 0..1, scene-linear
    P.red/green/blue          position, metres
    depth.Z                   planar depth, metres; 0 where there is no surface
    roughness.Y metalness.Y   0..1
    occlusion.Y               0..1, 1 = open
    id.Y                      object number from 1; 0 = none
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.atomic import atomic_path, write_json
from core.errors import BadConfig, BrokenShard, FileMissing, PlatelightError
from core.image import Image, decode_exr
from worker_link.json_text import parse_json, read_json

__all__ = ["Member", "ShardIndex", "ShardRecord", "ShardSet", "index_path", "scene_id", "split", "write_shard"]

_FORMAT = 1
_MOST_INDEX_BYTES = 1 << 30
_MOST_NAMED = 8
_REMEDY = "run the same `platelight generate` command again: it re-makes damaged records"


@dataclass(frozen=True)
class Member:
    """Where one file of a record lies in its tar: byte offset of the data, size in bytes, SHA-256 in hex."""

    offset: int
    size: int
    sha256: str


@dataclass(frozen=True)
class ShardRecord:
    """One sample: its key and its two members."""

    key: str
    image: Member
    metadata: Member


@dataclass(frozen=True)
class ShardIndex:
    """What `NAME.index.json` holds: the tar's file name, its size in bytes, and its records in order."""

    shard: str
    size: int
    records: tuple[ShardRecord, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return {
            "format": _FORMAT,
            "shard": self.shard,
            "size": self.size,
            "records": [
                {"key": record.key, "exr": vars(record.image), "json": vars(record.metadata)} for record in self.records
            ],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ShardIndex:
        """The inverse of `to_json`.

        Raises:
            KeyError, TypeError, ValueError: `value` is no such index.
        """
        if value["format"] != _FORMAT:
            raise ValueError(f"index format {value['format']!r:.80}, this version reads format {_FORMAT}")
        size = value["size"]
        if type(size) is not int or size < 0:
            raise ValueError("its size is no whole number")
        records = tuple(
            ShardRecord(_key(row["key"]), _member(row["exr"], size), _member(row["json"], size))
            for row in value["records"]
        )
        return cls(str(value["shard"]), size, records)


def index_path(shard: Path) -> Path:
    """`NAME.tar` -> `NAME.index.json`."""
    return shard.with_suffix(".index.json")


def write_shard(path: Path, samples: Iterable[tuple[str, bytes, Mapping[str, Any]]]) -> ShardIndex:
    """Write `path` (a .tar) and its index, each whole or not at all.

    Args:
        path: the tar to write; an older one is replaced.
        samples: (key, bytes of the EXR file, metadata that JSON can hold) of each sample, in the order to store. Keys
            are unique, at most 80 letters, digits, `_` and `-`: WebDataset cuts names at the first dot.

    Returns:
        The index that was written beside the tar.

    Raises:
        ValueError: a key is unfit or occurs twice.
        DiskFull: no space is left; the older shard, if any, is still there.
    """
    records: list[ShardRecord] = []
    seen: set[str] = set()
    with atomic_path(path) as temporary:
        with tarfile.open(temporary, "w", format=tarfile.USTAR_FORMAT) as tar:
            for key, exr, metadata in samples:
                if not _is_key(key) or key in seen:
                    raise ValueError(f"shard key {key!r}: unique letters, digits, _ and -, at most 80, are needed")
                seen.add(key)
                text = json.dumps(metadata, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
                records.append(ShardRecord(key, _add(tar, f"{key}.exr", exr), _add(tar, f"{key}.json", text)))
        index = ShardIndex(path.name, temporary.stat().st_size, tuple(records))
        # An index never describes another tar than the one beside it: stopped here, there is none, which is noticed.
        index_path(path).unlink(missing_ok=True)
    write_json(index_path(path), index.to_json())
    return index


class ShardSet:
    """All shards of a folder, read by key. Safe to share between threads.

    Attributes:
        folder: where the shards are.
        keys: every sample's key, in the order of the shard names and of the samples in each.
    """

    def __init__(self, folder: Path, records: Mapping[str, tuple[Path, ShardRecord]]) -> None:
        self.folder = folder
        self.keys: tuple[str, ...] = tuple(records)
        self._records = dict(records)

    @classmethod
    def open(cls, folder: str | Path) -> ShardSet:
        """Find the `*.tar` files of `folder` and read their indices, but not those half-written.

        Raises:
            FileMissing: there is no such folder, or no shard in it.
            BrokenShard: a shard lacks its index, or the index is damaged, belongs to another tar, or repeats a key.
        """
        root = Path(folder)
        if not root.is_dir():
            raise FileMissing(f"{root}: no such folder; `platelight generate --out {root}` makes training data")
        shards = cls.open_files(sorted(root.glob("[!.]*.tar")))
        if not len(shards):
            below = sorted({path.parent.name for path in root.glob("[!.]*/[!.]*.tar")})
            if below:  # `material-pairs` makes `learn` and `test`; several sets lie side by side
                raise FileMissing(
                    f"{root}: no shards (*.tar) with samples there, but in folders of it; name those that are meant: "
                    f"{', '.join(below[:_MOST_NAMED])}"
                )
            raise FileMissing(
                f"{root}: no shards (*.tar) with samples there; `platelight generate --out {root}` makes them"
            )
        return shards

    @classmethod
    def open_files(cls, tars: Sequence[Path]) -> ShardSet:
        """Read the indices of some shards of one folder, in this order. Raises BrokenShard as `open`."""
        records: dict[str, tuple[Path, ShardRecord]] = {}
        for shard in tars:
            for record in _read_index(shard).records:
                if record.key in records:
                    other = records[record.key][0].name
                    raise BrokenShard(f"{shard}: record {record.key} is also in {other}; keep one of the two shards")
                records[record.key] = (shard, record)
        return cls(tars[0].parent if tars else Path(), records)

    def __len__(self) -> int:
        return len(self.keys)

    def __iter__(self) -> Iterator[tuple[Image, dict[str, Any]]]:
        return (self.read(key) for key in self.keys)

    def shard_of(self, key: str) -> Path:
        """The tar that holds `key`. Raises KeyError if none does."""
        return self._records[key][0]

    def checksum(self, key: str) -> str:
        """SHA-256 of the stored EXR file in hex, as the index has it; nothing else is read. Raises KeyError."""
        return self._records[key][1].image.sha256

    def read(self, key: str) -> tuple[Image, dict[str, Any]]:
        """One sample: its image (layers as in this module's description) and its metadata.

        Raises:
            KeyError: no sample has that key.
            BrokenShard: its bytes are not what the index says, or are no EXR and JSON.
        """
        shard, record = self._records[key]
        data = _read_member(shard, key, record.image)
        try:
            return decode_exr(data), self.metadata(key)
        except BrokenShard:
            raise
        except PlatelightError as error:
            raise BrokenShard(f"{shard}: record {key} cannot be decoded ({error}); {_REMEDY}") from error

    def read_bytes(self, key: str) -> tuple[bytes, dict[str, Any]]:
        """The stored EXR file and the metadata of one sample, undecoded: for packing anew. Raises as `read`."""
        shard, record = self._records[key]
        return _read_member(shard, key, record.image), self.metadata(key)

    def metadata(self, key: str) -> dict[str, Any]:
        """Only the metadata of one sample. Raises as `read`."""
        shard, record = self._records[key]
        try:
            value = parse_json(_read_member(shard, key, record.metadata))
        except ValueError as error:
            raise BrokenShard(f"{shard}: record {key} has damaged metadata ({error!s:.300}); {_REMEDY}") from error
        if not isinstance(value, dict):
            raise BrokenShard(f"{shard}: record {key} has metadata that is no JSON object; {_REMEDY}")
        return value


def refuse_other_sets(folder: Path, *beginnings: str) -> None:
    """Raise BadConfig where `folder` holds shards whose names begin otherwise: two kinds of sets would be mixed."""
    for path in sorted(folder.glob("[!.]*.tar")):
        if not path.name.startswith(beginnings):
            raise BadConfig(f"{path}: is of a set of another kind, which {folder} holds; choose another --out")


def scene_id(metadata: Mapping[str, Any]) -> str:
    """What tells scenes apart: samples of one scene, from several cameras say, share it.

    `metadata["scene"]` where there is one, else the hash of the whole specification, else seed and index.
    """
    for name in ("scene", "spec_hash"):
        if metadata.get(name):
            return str(metadata[name])
    return f"{metadata.get('seed')}:{metadata.get('index')}"


def split(
    keys: Sequence[str], scenes: Sequence[str], validation_share: float, seed: int = 0
) -> tuple[list[str], list[str]]:
    """Divide samples into training and validation by scene, so that no scene is in both.

    Which side a scene falls on depends on its name and `seed` alone: adding samples moves none of the others. Only
    where chance would leave a side empty, the scene nearest to it changes side.

    Args:
        keys: samples.
        scenes: scene of each sample (`scene_id`), as many as keys.
        validation_share: 0..1, the expected share of scenes held out; 0 holds out none.
        seed: another seed, another division.

    Returns:
        Keys for training and keys for validation, each in the given order.

    Raises:
        ValueError: the share is outside 0..1, or `keys` and `scenes` differ in length.
    """
    if not 0.0 <= validation_share <= 1.0:
        raise ValueError(f"validation share {validation_share} is outside 0..1")
    draw = {scene: _unit_hash(f"{seed}/{scene}") for scene in scenes}
    held_out = {scene for scene, value in draw.items() if value < validation_share}
    if 0.0 < validation_share < 1.0 and len(draw) > 1:
        if not held_out:
            held_out = {min(draw, key=lambda scene: draw[scene])}
        elif len(held_out) == len(draw):
            held_out.remove(max(draw, key=lambda scene: draw[scene]))
    pairs = list(zip(keys, scenes, strict=True))
    return [key for key, scene in pairs if scene not in held_out], [key for key, scene in pairs if scene in held_out]


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> Member:
    info = tarfile.TarInfo(name)  # owner 0, time 0, mode 0644: nothing of this machine or moment
    info.size = len(data)
    offset = tar.offset + tarfile.BLOCKSIZE
    tar.addfile(info, io.BytesIO(data))
    return Member(offset, len(data), hashlib.sha256(data).hexdigest())


def _is_key(key: str) -> bool:
    return len(key) <= 80 and key.replace("_", "").replace("-", "").isalnum()


def _key(value: Any) -> str:
    # A key becomes the name of a file in more than one place.
    if not isinstance(value, str) or not _is_key(value):
        raise ValueError(f"the key {str(value)[:80]!r} is not of letters, digits, _ and -")
    return value


def _member(row: Mapping[str, Any], shard_size: int) -> Member:
    member = Member(**row)
    if type(member.offset) is not int or type(member.size) is not int or not isinstance(member.sha256, str):
        raise TypeError("a record's offset and size are whole numbers, its checksum a text")
    if member.offset < 0 or member.size < 0 or member.offset + member.size > shard_size:
        raise ValueError(f"a record of {member.size} bytes at {member.offset} is not within the shard's {shard_size}")
    return member


def _read_index(shard: Path) -> ShardIndex:
    path = index_path(shard)
    try:
        index = ShardIndex.from_json(read_json(path, _MOST_INDEX_BYTES))
    except FileNotFoundError as error:
        raise BrokenShard(f"{shard}: its index {path.name} is missing; {_REMEDY}") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BrokenShard(f"{path}: damaged index ({error!s:.300}); {_REMEDY}") from error
    if index.shard != shard.name:
        raise BrokenShard(f"{path}: describes {index.shard[:200]}, not {shard.name}; {_REMEDY}")
    return index


def _read_member(shard: Path, key: str, member: Member) -> bytes:
    try:
        with shard.open("rb") as file:
            # Asked for more than is there, `read` would make room for all of it first.
            if os.fstat(file.fileno()).st_size < member.offset + member.size:
                raise BrokenShard(f"{shard}: ends inside record {key}; {_REMEDY}")
            file.seek(member.offset)
            data = file.read(member.size)
    except OSError as error:
        raise BrokenShard(f"{shard}: record {key} cannot be read ({error.strerror}); {_REMEDY}") from error
    if len(data) != member.size:
        raise BrokenShard(f"{shard}: ends inside record {key}; {_REMEDY}")
    if hashlib.sha256(data).hexdigest() != member.sha256:
        raise BrokenShard(f"{shard}: record {key} is damaged (its checksum differs); {_REMEDY}")
    return data


def _unit_hash(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64
