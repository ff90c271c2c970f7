"""Shards whose index or tar somebody else made: read as they are, or refused by name, without reading beyond them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BrokenShard
from core.image import Image, encode_exr
from core.shards import ShardSet, index_path, write_shard
from tests.fuzz.effort import documents, fuzzed, told_well


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """Tar and index of a shard of two samples."""
    path = tmp_path_factory.mktemp("good") / "a.tar"
    exr = encode_exr(Image(np.zeros((4, 4, 3), np.float32), ("R", "G", "B")))
    write_shard(path, [("one", exr, {"seed": 1}), ("two", exr, {"seed": 2})])
    return path.read_bytes(), index_path(path).read_bytes()


def read_all(folder: Path) -> None:
    def read() -> None:
        shards = ShardSet.open(folder)
        for key in shards.keys:
            assert "/" not in key
            assert ".." not in key
            shards.read(key)

    told_well(read, str(folder))


INDEX = {
    "format": 1,
    "shard": "a.tar",
    "size": 10240,
    "records": [
        {
            "key": name,
            "exr": {"offset": at, "size": 400, "sha256": "0" * 64},
            "json": {"offset": 2048, "size": 10, "sha256": ""},
        }
        for name, at in (("one", 512), ("two", 4096))
    ],
}


@fuzzed
@given(data=documents(INDEX))
def test_damaged_indices(tmp_path: Path, good: tuple[bytes, bytes], data: bytes) -> None:
    (tmp_path / "a.tar").write_bytes(good[0])
    (tmp_path / "a.index.json").write_bytes(data)
    read_all(tmp_path)


@fuzzed
@given(
    changes=st.lists(st.tuples(st.integers(0, 20_000), st.binary(min_size=0, max_size=9)), max_size=5),
    cut=st.integers(0, 20_000),
)
def test_damaged_tars(tmp_path: Path, good: tuple[bytes, bytes], changes: list[tuple[int, bytes]], cut: int) -> None:
    data = bytearray(good[0])
    for at, piece in changes:
        data[at : at + len(piece)] = piece
    (tmp_path / "a.tar").write_bytes(bytes(data[:cut]) if cut < len(data) and cut % 3 == 0 else bytes(data))
    (tmp_path / "a.index.json").write_bytes(good[1])
    read_all(tmp_path)


@pytest.mark.parametrize("key", ["../../evil", "/etc/passwd", "a.b", "", "a" * 81, "a\u0000b", "a/b", "a\\b"])
def test_a_key_that_could_lead_out_of_a_folder_is_refused(tmp_path: Path, good: tuple[bytes, bytes], key: str) -> None:
    index = json.loads(good[1])
    index["records"][0]["key"] = key
    (tmp_path / "a.tar").write_bytes(good[0])
    (tmp_path / "a.index.json").write_text(json.dumps(index))
    with pytest.raises(BrokenShard, match="letters, digits"):
        ShardSet.open(tmp_path)


@pytest.mark.parametrize(
    ("offset", "size"), [(-1, 10), (0, 1 << 62), (1 << 70, 1), (0, -5), (10_240, 1), (0.5, 1), (True, 1)]
)
def test_a_record_beyond_its_shard_is_refused_before_anything_is_read(
    tmp_path: Path, good: tuple[bytes, bytes], offset: int, size: int
) -> None:
    index = json.loads(good[1])
    index["records"][0]["exr"] |= {"offset": offset, "size": size}
    (tmp_path / "a.tar").write_bytes(good[0])
    (tmp_path / "a.index.json").write_text(json.dumps(index))
    with pytest.raises(BrokenShard, match="damaged index"):
        ShardSet.open(tmp_path)


def test_a_tar_that_is_shorter_than_its_index_says_makes_no_room_for_the_rest(
    tmp_path: Path, good: tuple[bytes, bytes]
) -> None:
    index = json.loads(good[1])
    index["size"] = 1 << 50
    index["records"][0]["exr"]["size"] = 1 << 49  # 512 TiB, which could not be had
    (tmp_path / "a.tar").write_bytes(good[0])
    (tmp_path / "a.index.json").write_text(json.dumps(index))
    with pytest.raises(BrokenShard, match="ends inside record one"):
        ShardSet.open(tmp_path).read("one")
