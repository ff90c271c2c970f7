"""Frames of a run: all read, divided by scene, and a broken one named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import BadChannels, BadConfig, BadInput, BrokenShard, FileMissing
from core.image import Image, encode_exr
from core.shards import write_shard
from core.training.frames import FrameSets, load_frames
from tests import lambert
from tests.core.training import tiny_tasks


def load(*folders: Path, share: float = 0.4, limit: int = 64, seed: int = 0) -> FrameSets:
    task, _ = tiny_tasks.build()
    return load_frames(task, folders, validation_share=share, validation_limit=limit, seed=seed)


def scenes_of(keys: list[str] | tuple[str, ...]) -> set[int]:
    return {int(key[-4:]) % 3 for key in keys}


def write_views(folder: Path, count: int) -> None:
    """Three scenes, each seen several times."""
    made = [(key, data, {**meta, "scene": f"scene{meta['index'] % 3}"}) for key, data, meta in lambert.samples(count)]
    write_shard(folder / "a.tar", made)


def test_no_scene_is_on_both_sides_of_several_folders(tmp_path: Path) -> None:
    write_views(tmp_path / "one", 6)
    write_views(tmp_path / "two", 9)
    sets = load(tmp_path / "one", tmp_path / "two", tmp_path / "one")  # naming a folder twice adds nothing
    assert len(sets.training) + len(sets.validation) == 15
    assert (len(sets.training), len(sets.validation)) == (len(sets.training_keys), len(sets.validation_keys))
    assert sets.training_keys
    assert sets.validation_keys
    assert not scenes_of(list(sets.training_keys)) & scenes_of(list(sets.validation_keys))
    assert {key.split("/")[0] for key in [*sets.training_keys, *sets.validation_keys]} == {"one", "two"}


def test_the_digest_names_which_samples_are_where(tmp_path: Path) -> None:
    write_views(tmp_path / "one", 6)
    assert load(tmp_path / "one").digest() == load(tmp_path / "one").digest()
    digests = {load(tmp_path / "one", share=share).digest() for share in (0.0, 0.5)}
    assert len(digests) == 2


def test_the_digest_names_what_the_samples_show(tmp_path: Path) -> None:
    digests = []
    for seed in (0, 0, 1):
        made = lambert.samples(6, seed=seed)
        write_shard(tmp_path / "one" / "a.tar", [(key, data, {**meta, "scene": key}) for key, data, meta in made])
        digests.append(load(tmp_path / "one"))
    assert digests[0].digests() == digests[1].digests()
    assert digests[0].training_keys == digests[2].training_keys
    assert digests[0].digest() not in digests[2].digests()
    assert digests[0].digests()[1] == digests[2].digests()[1]  # what runs of earlier revisions are known by


def test_a_folder_counts_once_however_it_is_spelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_views(tmp_path / "one", 6)
    write_views(tmp_path / "two", 6)
    (tmp_path / "link").symlink_to("one")
    monkeypatch.chdir(tmp_path)
    sets = load(Path("one"), Path("two"), tmp_path / "one", Path("link"), Path("two/../one"))
    assert [key.split("/")[0] for key in load(Path("one"), Path("two"), share=0.0).training_keys] == ["one"] * 6 + [
        "two"
    ] * 6
    assert len(sets.training) + len(sets.validation) == 12
    assert {key.split("/")[0] for key in sets.training_keys} <= {"one", "two"}


def test_few_held_out_frames_are_kept_in_memory(tmp_path: Path) -> None:
    lambert.write_set(tmp_path, 12, 16, 16)
    sets = load(tmp_path, share=0.5, limit=2)
    assert 1 <= len(sets.validation) <= 2
    assert len(load(tmp_path, share=0.5, limit=0).validation) == 0


def test_families_are_left_out_of_training_only_and_the_rest_is_thinned_evenly(tmp_path: Path) -> None:
    made = [(k, data, {**m, "family": ("room", "street")[m["index"] % 2]}) for k, data, m in lambert.samples(24)]
    write_shard(tmp_path / "a.tar", made)
    task, _ = tiny_tasks.build()

    def numbers(**asked: object) -> tuple[list[int], list[int]]:
        sets = load_frames(task, [tmp_path], validation_share=0.3, validation_limit=64, seed=0, **asked)  # type: ignore[arg-type]
        return [int(k[-4:]) for k in sets.training_keys], [int(k[-4:]) for k in sets.validation_keys]

    everything, held_out = numbers()
    without, still_held_out = numbers(leave_out=["street"])
    assert without == [n for n in everything if n % 2 == 0]
    assert still_held_out == held_out
    assert numbers(leave_out=["str*"])[0] == without
    few, _ = numbers(limit=4)
    assert len(few) == 4
    assert set(few) <= set(everything)
    assert max(few) > 12, "thinned over the whole set, not cut off"
    with pytest.raises(BadConfig, match="room, street"):
        numbers(leave_out=["castle"])


def test_scenes_with_an_asset_are_left_out_of_training_only(tmp_path: Path) -> None:
    skies = ("park", "night", "night_2")
    made = [
        (key, data, {**meta, "assets": [{"kind": "hdri", "name": skies[meta["index"] % 3]}]})
        for key, data, meta in lambert.samples(24)
    ]
    write_shard(tmp_path / "a.tar", made)
    task, _ = tiny_tasks.build()

    whole = load_frames(task, [tmp_path], validation_share=0.3, validation_limit=64, seed=0)
    held_out = [int(key[-4:]) for key in whole.validation_keys]
    assert len({number % 3 for number in held_out}) > 1

    def rest(*leave_out: str) -> set[int]:
        sets = load_frames(task, [tmp_path], validation_share=0.3, validation_limit=64, seed=0, leave_out=leave_out)
        assert [int(key[-4:]) for key in sets.validation_keys] == held_out
        return {int(key[-4:]) % 3 for key in sets.training_keys}

    assert rest() == {0, 1, 2}
    assert rest("hdri:night") == {0, 2}
    assert rest("hdri:night*") == {0}
    with pytest.raises(BadConfig, match=r"hdri:day.*hdri:night, hdri:night_2, hdri:park"):
        rest("hdri:day")


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    index = lambert.write_set(tmp_path, 3, 16, 16)
    lambert.damage(tmp_path / index.shard, index, "sample_0002")
    with pytest.raises(BrokenShard, match=r"shard_0000\.tar: record sample_0002.*platelight generate"):
        load(tmp_path, share=0.0)


def test_a_sample_without_the_layers_of_the_task_is_named(tmp_path: Path) -> None:
    alpha_only = encode_exr(Image(np.ones((16, 16, 1), np.float32), ("A",)))
    write_shard(tmp_path / "a.tar", [("key", alpha_only, lambert.metadata(0))])
    with pytest.raises(BadChannels, match=r"a\.tar: record key: no R, G, B"):
        load(tmp_path, share=0.0)


def test_data_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match="--data"):
        load()
    with pytest.raises(FileMissing, match="no such folder"):
        load(tmp_path / "none")
    lambert.write_set(tmp_path, 1, 16, 16)
    with pytest.raises(BadInput, match="every sample is held out"):
        load(tmp_path, share=0.9999999)
