"""Shards: what is packed is read, every damaged byte is noticed and named, and no scene is on both sides."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import shards as shards_module
from core.atomic import atomic_path
from core.errors import BrokenShard, DiskFull, FileMissing
from core.shards import ShardSet, index_path, scene_id, split, write_shard
from tests import lambert

REMEDY = "run the same `platelight generate` command again"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def damaged(shards: ShardSet) -> list[str]:
    """Keys whose bytes are not those that were packed."""
    found = []
    for key in shards.keys:
        try:
            shards.read_bytes(key)
        except BrokenShard:
            found.append(key)
    return found


def test_samples_come_back_as_they_were_packed(tmp_path: Path) -> None:
    given_samples = list(lambert.samples(3))
    write_shard(tmp_path / "a.tar", given_samples)
    shards = ShardSet.open(tmp_path)
    assert names(tmp_path) == {"a.tar", "a.index.json"}
    assert shards.keys == ("sample_0000", "sample_0001", "sample_0002")
    rng = np.random.default_rng(11)
    for (image, metadata), (key, data, stored) in zip(shards, given_samples, strict=True):
        expected = lambert.frame(lambert.random_scene(rng))
        for layer in ("", "N"):
            np.testing.assert_array_equal(image.layer(layer), expected.layer(layer))
        assert metadata == stored
        assert shards.read_bytes(key) == (data, stored)
        assert shards.metadata(key) == stored
        assert shards.shard_of(key) == tmp_path / "a.tar"


def test_the_same_samples_give_the_same_bytes(tmp_path: Path) -> None:
    made = list(lambert.samples(2))
    shuffled = [(key, data, dict(reversed(list(stored.items())))) for key, data, stored in made]
    for folder, given_samples in (("one", made), ("two", shuffled)):
        write_shard(tmp_path / folder / "a.tar", given_samples)
    for name in ("a.tar", "a.index.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_the_index_says_where_each_byte_lies(tmp_path: Path) -> None:
    index = lambert.write_set(tmp_path, 2)
    data = (tmp_path / index.shard).read_bytes()
    assert index.size == len(data)
    with tarfile.open(tmp_path / index.shard) as tar:
        members = {member.name: member for member in tar.getmembers()}
    for record in index.records:
        for suffix, member in ((".exr", record.image), (".json", record.metadata)):
            assert (members[record.key + suffix].offset_data, members[record.key + suffix].size) == (
                member.offset,
                member.size,
            )
            assert hashlib.sha256(data[member.offset : member.offset + member.size]).hexdigest() == member.sha256


def test_the_webdataset_library_reads_a_shard(tmp_path: Path) -> None:
    webdataset = pytest.importorskip("webdataset")
    given_samples = list(lambert.samples(3))
    write_shard(tmp_path / "a.tar", given_samples)
    found = list(webdataset.WebDataset(str(tmp_path / "a.tar"), shardshuffle=False))
    assert [(row["__key__"], row["exr"], json.loads(row["json"])) for row in found] == given_samples


def test_several_shards_are_one_set_in_the_order_of_their_names(tmp_path: Path) -> None:
    made = list(lambert.samples(3))
    write_shard(tmp_path / "b.tar", made[:1])
    write_shard(tmp_path / "a.tar", made[1:])
    assert ShardSet.open(tmp_path).keys == ("sample_0001", "sample_0002", "sample_0000")
    chosen = ShardSet.open_files([tmp_path / "b.tar"])
    assert chosen.keys == ("sample_0000",)
    assert chosen.read_bytes("sample_0000")[0] == made[0][1]
    assert len(ShardSet.open_files([])) == 0


def test_what_a_killed_writer_left_half_written_is_passed_over(tmp_path: Path) -> None:
    lambert.write_set(tmp_path, 1)
    with atomic_path(tmp_path / "shard_0001.tar") as temporary:
        temporary.write_bytes(b"half of a sha")
        # Killed here, the file stays: seen from another process, the set is what it was.
        assert [path.suffix for path in tmp_path.iterdir()].count(".tar") == 2
        assert ShardSet.open(tmp_path).keys == ("sample_0000",)


def test_a_key_in_two_shards_is_noticed(tmp_path: Path) -> None:
    made = list(lambert.samples(1))
    for name in ("a.tar", "b.tar"):
        write_shard(tmp_path / name, made)
    with pytest.raises(BrokenShard, match=r"b\.tar: record sample_0000 is also in a\.tar"):
        ShardSet.open(tmp_path)


@pytest.mark.parametrize("key", ["", "a.b", "a/b", "k" * 81, "ü b"])
def test_keys_that_webdataset_would_cut_are_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="shard key"):
        write_shard(tmp_path / "a.tar", [(key, b"", {})])
    assert names(tmp_path) == set()


def test_a_repeated_key_is_refused_and_the_older_shard_stays(tmp_path: Path) -> None:
    made = list(lambert.samples(1))
    write_shard(tmp_path / "a.tar", made)
    with pytest.raises(ValueError, match="sample_0000"):
        write_shard(tmp_path / "a.tar", [*made, *made])
    assert damaged(ShardSet.open(tmp_path)) == []


def test_damage_is_named_with_shard_record_and_remedy(tmp_path: Path) -> None:
    index = lambert.write_set(tmp_path, 3)
    lambert.damage(tmp_path / index.shard, index, "sample_0001")
    shards = ShardSet.open(tmp_path)
    assert damaged(shards) == ["sample_0001"]
    for read in (shards.read, shards.read_bytes):
        with pytest.raises(BrokenShard, match="checksum") as caught:
            read("sample_0001")
        assert f"{tmp_path / index.shard}: record sample_0001" in str(caught.value)
        assert REMEDY in str(caught.value)
    shards.read("sample_0000")
    shards.read("sample_0002")


def test_a_cut_shard_is_noticed(tmp_path: Path) -> None:
    index = lambert.write_set(tmp_path, 2)
    last = index.records[-1]
    data = (tmp_path / index.shard).read_bytes()
    (tmp_path / index.shard).write_bytes(data[: last.image.offset + 10])
    shards = ShardSet.open(tmp_path)
    assert damaged(shards) == ["sample_0001"]
    with pytest.raises(BrokenShard, match="ends inside record sample_0001"):
        shards.read("sample_0001")


def test_a_shard_that_went_away_is_noticed(tmp_path: Path) -> None:
    index = lambert.write_set(tmp_path, 1)
    shards = ShardSet.open(tmp_path)
    (tmp_path / index.shard).unlink()
    with pytest.raises(BrokenShard, match="cannot be read"):
        shards.read("sample_0000")


@pytest.mark.parametrize("data", [b"no picture", b""])
def test_a_record_that_is_no_picture_is_named(tmp_path: Path, data: bytes) -> None:
    write_shard(tmp_path / "a.tar", [("key", data, {})])
    shards = ShardSet.open(tmp_path)
    assert damaged(shards) == []  # the bytes are those that were packed
    with pytest.raises(BrokenShard, match="record key cannot be decoded"):
        shards.read("key")


def test_missing_folders_and_indices_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match="no such folder"):
        ShardSet.open(tmp_path / "none")
    with pytest.raises(FileMissing, match="no shards"):
        ShardSet.open(tmp_path)
    index = lambert.write_set(tmp_path, 1)
    index_path(tmp_path / index.shard).unlink()
    with pytest.raises(BrokenShard, match=f"index .* is missing; {REMEDY}"):
        ShardSet.open(tmp_path)


@pytest.mark.parametrize(
    ("text", "word"),
    [("{", "damaged index"), ("[]", "damaged index"), ('{"format": 9}', "format 9"), ('{"format": 1}', "damaged")],
)
def test_a_damaged_index_is_named(tmp_path: Path, text: str, word: str) -> None:
    index = lambert.write_set(tmp_path, 1)
    path = index_path(tmp_path / index.shard)
    path.write_text(text)
    with pytest.raises(BrokenShard, match=word) as caught:
        ShardSet.open(tmp_path)
    assert str(path) in str(caught.value)


def test_an_index_of_another_shard_is_refused(tmp_path: Path) -> None:
    index = lambert.write_set(tmp_path, 1)
    (tmp_path / index.shard).rename(tmp_path / "b.tar")
    index_path(tmp_path / index.shard).rename(tmp_path / "b.index.json")
    with pytest.raises(BrokenShard, match=r"describes shard_0000\.tar, not b\.tar"):
        ShardSet.open(tmp_path)


def test_a_full_disk_keeps_the_older_shard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lambert.write_set(tmp_path, 2)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    add = tarfile.TarFile.addfile
    calls = []

    def full(self: tarfile.TarFile, *arguments: Any) -> None:
        calls.append(1)
        if len(calls) > 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        add(self, *arguments)

    monkeypatch.setattr(tarfile.TarFile, "addfile", full)
    with pytest.raises(DiskFull, match="no space left"):
        lambert.write_set(tmp_path, 3)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_stopped_before_the_index_a_shard_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lambert.write_set(tmp_path, 1)

    def stop(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shards_module, "write_json", stop)
    with pytest.raises(KeyboardInterrupt):
        lambert.write_set(tmp_path, 2)
    assert names(tmp_path) == {"shard_0000.tar"}
    with pytest.raises(BrokenShard, match=r"index .* is missing"):
        ShardSet.open(tmp_path)


def test_what_a_scene_is_called() -> None:
    assert scene_id({"scene": "a", "spec_hash": "b", "seed": 1, "index": 2}) == "a"
    assert scene_id({"spec_hash": "b", "seed": 1, "index": 2}) == "b"
    assert scene_id({"seed": 1, "index": 2}) == "1:2"


@given(
    scenes=st.lists(st.integers(0, 12).map(str), min_size=0, max_size=40),
    share=st.floats(0.0, 1.0),
    seed=st.integers(0, 1000),
)
def test_no_sample_is_lost_and_no_scene_is_on_both_sides(scenes: list[str], share: float, seed: int) -> None:
    keys = [f"key{number}" for number in range(len(scenes))]
    training, validation = split(keys, scenes, share, seed)
    scene = dict(zip(keys, scenes, strict=True))
    assert sorted([*training, *validation], key=keys.index) == keys
    assert training == sorted(training, key=keys.index)
    assert validation == sorted(validation, key=keys.index)
    assert not {scene[key] for key in training} & {scene[key] for key in validation}
    if 0.0 < share < 1.0 and len(set(scenes)) > 1:
        assert training
        assert validation
    if share in (0.0, 1.0):
        assert not (validation if share == 0.0 else training)


@given(prefix=st.text("abc", max_size=4), seed=st.integers(0, 1000), data=st.data())
def test_more_samples_move_none_of_the_others(prefix: str, seed: int, data: st.DataObject) -> None:
    scenes = [f"{prefix}{number}" for number in range(80)]
    some = sorted(data.draw(st.permutations(scenes))[:50])
    _, held_out = split(scenes, scenes, 0.5, seed)
    _, fewer = split(some, some, 0.5, seed)
    assert set(fewer) == set(held_out) & set(some)


def test_the_share_of_scenes_is_about_what_was_asked_for() -> None:
    scenes = [f"scene{number}" for number in range(2000)]
    first, second = (set(split(scenes, scenes, 0.2, seed)[1]) for seed in (0, 1))
    assert 340 < len(first) < 460  # 400, give or take 3.3 standard deviations
    assert len(first & second) < 130  # another seed divides anew: 80 are expected


def test_odd_shares_and_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.\.1"):
        split(["a"], ["a"], 1.5)
    with pytest.raises(ValueError, match="zip"):
        split(["a", "b"], ["a"], 0.5)


def test_a_folder_of_sets_names_them(tmp_path: Path) -> None:
    for name in ("learn", "test", ".hidden"):
        write_shard(tmp_path / name / "a.tar", [("00000000", b"", {})])
    with pytest.raises(FileMissing, match=r"in folders of it; name those that are meant: learn, test$"):
        ShardSet.open(tmp_path)
